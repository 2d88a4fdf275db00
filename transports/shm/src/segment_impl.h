/* What the segment's sources share: extents, runs of pages, and spans of small objects.
 *
 *   extent   +------+-----------+------------------+------------+
 *            | span | free run  | lent run         | span | ... |   in pages of 4 KiB
 *            +------+-----------+------------------+------------+
 *            piece 0     | piece 1      | piece 2      | ...         in pieces of 64 KiB
 *
 * Runs are what is lent, pieces are what the kernel was asked for (granted). A span is a run cut
 * into objects of one size class. Nothing here lies in shared memory. */
#ifndef TERN_SHM_SEGMENT_IMPL_H
#define TERN_SHM_SEGMENT_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "segment.h"

#define SEGMENT_PAGE_BYTES ((size_t)4096)
/* A multiple of every page size that Linux has on our machines. */
#define SEGMENT_PIECE_BYTES ((size_t)65536)
#define SEGMENT_PAGES_PER_PIECE ((uint32_t)(SEGMENT_PIECE_BYTES / SEGMENT_PAGE_BYTES))

#define SEGMENT_IDLE_NS INT64_C(1000000000)
#define SEGMENT_LONG_PAGES 256 /* runs that are worth punching: 1 MiB */

#define SEGMENT_SPAN_OBJECTS_MAX 256

/* Free runs by length: one bin each below 64 pages, eight to the octave from there on. */
#define SEGMENT_BINS 272

enum segment_run_kind { SEGMENT_RUN_FREE, SEGMENT_RUN_LENT, SEGMENT_RUN_SPAN };

/* What is asked for. */
struct segment_want {
	size_t page_count;
	enum segment_run_kind kind; /* not FREE */
	bool for_samples;           /* peers read it under a claim only */
};

struct segment_extent;

struct segment_run {
	struct segment_extent *extent;
	uint32_t first_page;
	uint32_t page_count;
	enum segment_run_kind kind;
	struct segment_run *previous, *next; /* free: of its bin; span: of its class */
	int64_t freed_ns;                    /* free and long: since when */

	/* A span's, guarded by its class's lock. */
	struct segment_class *class;
	uint32_t object_count;
	uint32_t free_count;
	uint64_t free_objects[SEGMENT_SPAN_OBJECTS_MAX / 64];
};

struct segment_extent {
	uint8_t *base;
	uint64_t offset; /* in the file */
	size_t size_bytes;
	uint32_t page_count;
	/* The run that a page belongs to: right for each page of a span, and for the first and
	 * the last of other runs. */
	struct segment_run **runs;
	uint64_t *granted; /* bit per piece */
	/* Bit per piece that once held anything but samples: granted, and never given back. A
	 * peer may still be about to read it, and on a full file system would be killed. */
	uint64_t *pinned;
};

struct segment_class {
	/* Before the segment's lock. */
	_Alignas(64) pthread_mutex_t lock;
	uint32_t object_bytes;
	bool for_samples;
	struct segment_run *first, *last; /* spans with free objects; empty ones last */
	uint32_t empty_count;             /* spans without any object lent */
	size_t lent_count;                /* objects */
};

struct segment {
	const struct tern_host *host; /* of the owner: not used after segment_destroy() */
	_Atomic uint32_t references;
	int fd;
	size_t first_size_bytes;
	size_t max_size_bytes; /* 0: none */
	bool prefault;
	_Atomic bool is_frozen; /* relaxed: by who alone still uses it */

	/* Extents below the count are final. Written under the lock. */
	_Atomic uint32_t extent_count;
	struct segment_extent extents[SHM_EXTENTS_MAX];

	/* Guards all below, and the pieces; held by nobody who waits, nor for long. */
	pthread_mutex_t lock;
	struct segment_run *bins[SEGMENT_BINS];
	uint64_t bins_used[(SEGMENT_BINS + 63) / 64];
	size_t pages_lent;
	size_t span_pages; /* of these: in spans */

	struct segment_class classes[2][SEGMENT_CLASSES]; /* others, samples */

	pthread_mutex_t
		arrays_lock; /* blocks of arrays are made under it; before class locks */

	pthread_mutex_t caches_lock; /* before the caches' own locks */
	struct segment_cache *caches;
	_Atomic int64_t trim_due_ns; /* segment_trim() has nothing to do before */
};

/* segment_extent.c */

/** Grow the file by an extent that has at least so many free pages. Takes the lock held. */
tern_status segment_extent_add(struct segment *segment, size_t page_count);
/** The extent in which the address lies; NULL: none. Needs no lock. */
struct segment_extent *segment_extent_of(const struct segment *segment,
                                         const void *memory);

/* segment_piece.c; with the segment's lock held */

/** Would so much more fit? Lest the file system be filled up only to learn that it does not. */
tern_status segment_check_left(const struct segment *segment, size_t size_bytes);
/** A new extent's: the first piece of the file was granted when it was made; prefault: all. */
tern_status segment_grant_first(struct segment *segment, struct segment_extent *extent);
bool segment_is_granted(const struct segment_extent *extent, uint32_t first_page,
                        uint32_t page_count);
/** The pages of a run are not to be given back any more. */
void segment_pin(const struct segment_run *run);
/** Ask the kernel for the pages of a run that is the caller's. Lets go of the lock meanwhile. */
tern_status segment_grant(struct segment *segment, const struct segment_run *run);
/** Whether segment_punch() would find something. */
bool segment_can_punch(const struct segment_run *run);
/** Give some of the pieces that lie in a free run back to the kernel. */
void segment_punch(struct segment *segment, const struct segment_run *run);
size_t segment_granted_bytes(const struct segment *segment);

/* segment_run.c; with the segment's lock held */

/** The shortest run that is long enough, cut to length. NULL: none, or no private memory. */
struct segment_run *segment_run_take(struct segment *segment,
                                     const struct segment_want *want);
/** The same from pages that are granted, wherever they lie. */
struct segment_run *segment_run_take_granted(struct segment *segment,
                                             const struct segment_want *want);
/** It becomes one with its free neighbours. */
void segment_run_give(struct segment *segment, struct segment_run *run);
/** Make the pages of a new extent a free run. @return false: no private memory */
bool segment_run_new(struct segment *segment, struct segment_extent *extent);
/**
 * Punch free runs that are at least so long and were freed then or before. Lets go of the lock
 * now and then.
 * @return when the next was freed; TERN_INFINITE: there is none
 */
int64_t segment_run_punch_idle(struct segment *segment, size_t min_pages,
                               int64_t freed_before_ns);

static inline uint8_t *segment_run_memory(const struct segment_run *run)
{
	return run->extent->base + run->first_page * SEGMENT_PAGE_BYTES;
}

/* segment_span.c */

void segment_classes_init(struct segment *segment);
void segment_classes_fini(struct segment *segment);
/** Bytes of all objects that are lent. */
size_t segment_objects_bytes(struct segment *segment);
size_t segment_class_bytes(uint32_t class);
void *segment_span_alloc(struct segment *segment, struct segment_class *class);
void segment_span_free(struct segment *segment, struct segment_run *span, void *memory);
/** Give back the spans that are kept without any object lent. No lock is held. */
void segment_span_trim(struct segment *segment);

/* segment.c */

/** Set the error text: what for, why not (printf-like), and how to mend it. */
tern_status segment_no_room(const struct segment *segment, size_t size_bytes,
                            const char *why, ...) TERN_PRINTF(3, 4);

/** A run of granted pages, by all means; no lock is held.
 * @return NULL: none (the error text is set) */
struct segment_run *segment_pages_get(struct segment *segment,
                                      const struct segment_want *want);
/** The address of an offset that segment_alloc() gave. */
void *segment_at(const struct segment *segment, uint64_t offset);
/** segment_trim() will have something to do in a second. Any locks may be held. */
void segment_trim_soon(struct segment *segment);
int64_t segment_now_ns(void);

#endif
