/* Memory for the samples of one writer: payloads that lie in this process's segment, kept for
 * the next sample of the size when nobody holds them any more. */
#ifndef TERN_SHM_CHUNK_H
#define TERN_SHM_CHUNK_H

#include <stdint.h>

#include <tern/transport.h>

#include "segment.h"

struct chunk_pool;

/* Chunks that nobody needed for so long, or twice that, go back to the segment: fresh memory for
 * a sample of 8 MiB costs a writer some milliseconds, so that slow ones should keep theirs. */
#define CHUNK_IDLE_NS INT64_C(10000000000)

struct chunk {
	struct tern_payload base; /* data: in the segment, writable for the maker */
	struct chunk_pool *pool;
	struct chunk *next; /* while it is free */
	uint64_t offset;    /* of its data, in the segment's file */
	size_t capacity_bytes;
};

/** @return NULL: no memory */
struct chunk_pool *chunk_pool_create(const struct tern_host *host,
                                     struct segment *segment);
/** Its chunks stay until they are released. */
void chunk_pool_unref(struct chunk_pool *pool);

/**
 * @return TERN_OK: one reference; TERN_ENOMEM: the segment cannot grow (text)
 * Threads: any.
 */
tern_status chunk_get(struct chunk_pool *pool, size_t size_bytes,
                      struct chunk **ret_chunk);
/** The chunk that a payload is, if it is one of this pool; else NULL. */
struct chunk *chunk_of(struct chunk_pool *pool, struct tern_payload *payload);

#endif
