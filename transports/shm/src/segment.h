/* This process's own data: a file that grows, and who has which part of it. All bookkeeping is
 * in private memory, so that it dies with its owner and no peer can damage it. */
#ifndef TERN_SHM_SEGMENT_H
#define TERN_SHM_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files.h"
#include "layout.h"

struct segment;

struct segment_config {
	size_t first_size_bytes; /* 0: 1 MiB, the size to begin with */
	size_t max_size_bytes;   /* 0: as much as the file system gives */
	bool prefault; /* touch memory when it is granted, not when first used */
};

/**
 * Make the file and its header (extents, registry id, slot, generation; the rest is zero).
 * @return TERN_OK, TERN_ENOMEM, TERN_EIO
 */
tern_status segment_create(const struct tern_host *host,
                           const struct shm_directory *directory, const char *name,
                           const struct segment_config *config,
                           struct segment **ret_segment);
/** Unmap and close; the file is unlinked by the registry. NULL is fine. */
void segment_destroy(struct segment *segment);

struct shm_data *segment_header(const struct segment *segment);

/**
 * Memory of the file, aligned to 64 bytes, not zeroed. Size classes, four to the octave, up to
 * 16 KiB, runs of pages above.
 * @param ret_offset  in the file
 * @return its address; NULL: none is to be had (the host's error text says why)
 * Threads: any.
 */
void *segment_alloc(struct segment *segment, size_t size_bytes, uint64_t *ret_offset);
/** How much segment_alloc() gives for this size. */
size_t segment_good_size(size_t size_bytes);
/** NULL is fine. Long runs give their pages back to the kernel. Threads: any. */
void segment_free(struct segment *segment, void *memory);

/** The file offset of memory that segment_alloc() gave, or of an address inside it. */
uint64_t segment_offset(const struct segment *segment, const void *memory);

struct segment_usage {
	size_t file_size_bytes;
	size_t used_bytes; /* lent by segment_alloc(), rounded up as it does */
};
void segment_usage_get(struct segment *segment, struct segment_usage *ret_usage);

/* ---- arrays of our own (struct shm_array) ------------------------------------------------ */

/**
 * The element's address, its block made and zeroed if need be. Blocks live as long as the array.
 * @return NULL: no memory, or index beyond the array's limit
 */
void *segment_array_at(struct segment *segment, struct shm_array *array,
                       size_t element_size_bytes, uint32_t index);
/** Give all its blocks back. */
void segment_array_free(struct segment *segment, struct shm_array *array);

#endif
