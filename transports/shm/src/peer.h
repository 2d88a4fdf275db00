/* Another process's files as we see them: its data, mapped to be read, extent by extent as it
 * grows, and its bells. Nothing in them is trusted: every position is checked against what is
 * mapped here. A peer's memory stays mapped for as long as anybody here uses it, also after it
 * died and its files were unlinked. */
#ifndef TERN_SHM_PEER_H
#define TERN_SHM_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files.h"
#include "layout.h"
#include "registry.h"

struct peer;

/**
 * Open and map the files of a slot's generation. The data file's descriptor is kept, so that
 * extents can be mapped after it was unlinked.
 * @return TERN_OK; TERN_ENOTFOUND: it just left; TERN_EPERM: no permission or no trust;
 *         TERN_EMALFORMED: not what layout.h says; TERN_ENOMEM
 */
tern_status peer_open(const struct tern_host *host, const struct registry *registry,
                      uint32_t slot, uint64_t generation, struct peer **ret_peer);
/** Any thread. The last unmaps. */
struct peer *peer_ref(struct peer *peer);
void peer_unref(struct peer *peer);

/** Copied from its header when it was opened, and checked. */
struct peer_identity {
	uint32_t slot;
	uint64_t generation;
	struct tern_guid process;
	uint32_t pid;
	char process_name[64];
};
const struct peer_identity *peer_identity(const struct peer *peer);

/** Its header; values in it must be read once and checked. */
const struct shm_data *peer_data(const struct peer *peer);
struct shm_bells *peer_bells(const struct peer *peer);

/**
 * The part of its file from offset on, if all of it lies in one extent; extents that are new are
 * mapped. Alignment is checked, too.
 * @return NULL: it does not, or there is no memory to map it
 * Threads: any.
 */
const void *peer_at(struct peer *peer, uint64_t offset, size_t size_bytes,
                    size_t alignment_bytes);
/** The same, and where its owner has it mapped; 0: no such part. */
uint64_t peer_address(struct peer *peer, uint64_t offset, size_t size_bytes);

/** An element of one of its arrays, or NULL: not there. Threads: any. */
const void *peer_array_at(struct peer *peer, const struct shm_array *array,
                          size_t element_size_bytes, uint32_t index);

/** Ring those of its bells that are in the mask; a fence was done since the news was stored. */
void peer_ring(struct peer *peer, uint64_t mask);
/** Tell its writers that an attachment came or went: attach_epoch moves, all bells ring. */
void peer_attachment_changed(struct peer *peer);

#endif
