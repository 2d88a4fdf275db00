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
	/* Get and touch memory when the file grows, not when it is first used, and keep it.
	 * $TERN_SHM_PREFAULT=1 asks for it, too. */
	bool prefault;
};

/**
 * Make the file with its header: magic, ABI and extents; the rest is zero and the caller's to
 * fill in. Of what the file is long, only what is used takes memory.
 * @return TERN_OK, TERN_ENOMEM, TERN_EIO
 */
tern_status segment_create(const struct tern_host *host,
                           const struct shm_directory *directory, const char *name,
                           const struct segment_config *config,
                           struct segment **ret_segment);
/** Give up the owner's reference; the file is unlinked by the registry. NULL is fine. The host
 * is not called any more, but what others hold stays readable. */
void segment_destroy(struct segment *segment);
/** For memory that may outlive the owner. Threads: any. The last unmaps and closes. */
struct segment *segment_ref(struct segment *segment);
void segment_unref(struct segment *segment);

struct shm_data *segment_header(const struct segment *segment);

/**
 * Memory of the file, not zeroed, aligned to 64 bytes, and to SHM_APART_BYTES above 192. Size
 * classes of 64 bytes, four to the octave from 512 to 16 KiB; runs of pages above.
 * @param ret_offset  in the file
 * @return its address; NULL: none is to be had (the host's error text says why)
 * Threads: any.
 */
void *segment_alloc(struct segment *segment, size_t size_bytes, uint64_t *ret_offset);
/** The same for samples: peers read them under a claim only, so that their pages may go back to
 * the kernel when they are free. Whatever else peers read stays readable. */
void *segment_alloc_sample(struct segment *segment, size_t size_bytes,
                           uint64_t *ret_offset);
/** How much segment_alloc() gives for this size. */
size_t segment_good_size(size_t size_bytes);
/** Which size class it is of, 0..SEGMENT_CLASSES - 1; 0..SEGMENT_SMALL_MAX_BYTES only. */
#define SEGMENT_CLASSES 26
#define SEGMENT_SMALL_MAX_BYTES ((size_t)16384)
uint32_t segment_class_of(size_t size_bytes);
/** NULL is fine. Threads: any. */
void segment_free(struct segment *segment, void *memory);

/** This process leaves: readers elsewhere may not have read all yet, and have it mapped. From now
 * on nothing that is freed changes anything in the file, and nothing is to be allocated. */
void segment_freeze(struct segment *segment);

/** The file offset of memory that segment_alloc() gave, or of an address inside it. */
uint64_t segment_offset(const struct segment *segment, const void *memory);

/**
 * Give back what nobody used for a while: to the segment what caches keep, to the kernel long
 * runs that were free for a second.
 * To be called from time to time; costs next to nothing if there is none.
 * @return when to call it again (monotonic); TERN_INFINITE: there is nothing that will fall due
 * Threads: any, holding none of a segment's or cache's locks.
 */
int64_t segment_trim(struct segment *segment, int64_t now_ns);

/** Who keeps memory of the segment for its next use. */
struct segment_cache {
	/* Give back what was not needed lately, or all. @return as segment_trim() */
	int64_t (*trim)(struct segment_cache *cache, int64_t now_ns, bool all);
	struct segment_cache *previous, *next;
};
void segment_cache_add(struct segment *segment, struct segment_cache *cache);
void segment_cache_remove(struct segment *segment, struct segment_cache *cache);
/** The cache holds something. Any locks may be held. */
void segment_cache_filled(struct segment *segment);

struct segment_usage {
	size_t file_size_bytes;
	size_t granted_bytes; /* of it: takes memory */
	size_t used_bytes; /* lent by segment_alloc(), rounded up as it does; with the header */
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
