/* How the segment's file grows, and which pieces of it take memory. The file is sparse: the
 * kernel is asked for a piece before anything in it is lent (fallocate), because a page that it
 * cannot give later, when it is touched, kills the process by SIGBUS. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "segment_impl.h"

/* In one call: interrupted by a signal, fallocate() takes back all that it had given. */
#define PIECES_AT_ONCE ((size_t)32)
#define STEP_MAX_BYTES ((size_t)64 << 20)
/* From so many extents on they grow with the file, lest they run out. */
#define EXTENTS_OF_EQUAL_STEP (SHM_EXTENTS_MAX / 2)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

static bool bit_get(const uint64_t *bits, size_t index)
{
	return bits[index / 64] >> index % 64 & 1;
}

static void bits_set(uint64_t *bits, size_t first, size_t end, bool value)
{
	for (size_t i = first; i < end; i++) {
		if (value)
			bits[i / 64] |= UINT64_C(1) << i % 64;
		else
			bits[i / 64] &= ~(UINT64_C(1) << i % 64);
	}
}

static tern_status no_room(const struct segment *segment, size_t size_bytes,
                           const char *why)
{
	return segment->host->fail(
		TERN_ENOMEM,
		"shared memory: no room for %zu bytes more: %s. Enlarge the file system "
		"(docker: --shm-size), choose another by TERN_SHM_DIR, or keep fewer or "
		"smaller samples",
		size_bytes, why);
}

/* ---- giving back ------------------------------------------------------------------------- */

/* Pieces that lie wholly inside the run: from here, */
static size_t inner_begin(const struct segment_run *run)
{
	return (run->first_page + SEGMENT_PAGES_PER_PIECE - 1) / SEGMENT_PAGES_PER_PIECE;
}

/* to here. */
static size_t inner_end(const struct segment_run *run)
{
	return ((size_t)run->first_page + run->page_count) / SEGMENT_PAGES_PER_PIECE;
}

/* Where the file system cannot punch, "not granted" costs a needless call later. */
static void punch(const struct segment *segment, const struct segment_extent *extent,
                  size_t piece, size_t count)
{
	(void)fallocate(segment->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	                (off_t)(extent->offset + piece * SEGMENT_PIECE_BYTES),
	                (off_t)(count * SEGMENT_PIECE_BYTES));
}

/* The next stretch of granted pieces wholly inside the run. */
static bool next_granted(const struct segment_run *run, size_t *first, size_t *end)
{
	const uint64_t *granted = run->extent->granted;
	const size_t limit = inner_end(run);
	size_t i = inner_begin(run);

	while (i < limit && !bit_get(granted, i))
		i++;
	*first = i;
	while (i < limit && bit_get(granted, i))
		i++;
	*end = i;
	return *first < *end;
}

bool segment_can_punch(const struct segment_run *run)
{
	size_t first, end;

	return next_granted(run, &first, &end);
}

bool segment_punch(struct segment *segment, const struct segment_run *run)
{
	struct segment_extent *extent = run->extent;
	size_t first, end;

	if (!next_granted(run, &first, &end))
		return false;
	if (end - first > PIECES_AT_ONCE)
		end = first + PIECES_AT_ONCE;
	punch(segment, extent, first, end - first);
	bits_set(extent->granted, first, end, false);
	return true;
}

size_t segment_granted_bytes(const struct segment *segment)
{
	const uint32_t count =
		atomic_load_explicit(&segment->extent_count, memory_order_relaxed);
	size_t pieces = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct segment_extent *extent = &segment->extents[i];
		for (size_t j = 0; j < extent->size_bytes / SEGMENT_PIECE_BYTES; j++)
			pieces += bit_get(extent->granted, j);
	}
	return pieces * SEGMENT_PIECE_BYTES;
}

/* ---- granting ---------------------------------------------------------------------------- */

static void prefault(uint8_t *memory, size_t size_bytes)
{
	if (!madvise(memory, size_bytes, MADV_POPULATE_WRITE))
		return;
	/* An old kernel. Others may use the page already, so its bytes stay as they are. */
	for (size_t i = 0; i < size_bytes; i += SEGMENT_PAGE_BYTES)
		__atomic_fetch_or(&memory[i], 0, __ATOMIC_RELAXED);
}

/* Ask for pieces; the bits are the caller's to set. */
static tern_status allocate(const struct segment *segment,
                            const struct segment_extent *extent, size_t piece,
                            size_t count)
{
	size_t offset = piece * SEGMENT_PIECE_BYTES;
	size_t size_bytes = count * SEGMENT_PIECE_BYTES;

	while (fallocate(segment->fd, 0, (off_t)(extent->offset + offset),
	                 (off_t)size_bytes)) {
		if (errno == EINTR)
			continue;
		return no_room(segment, size_bytes, strerror(errno));
	}
	if (segment->prefault)
		prefault(extent->base + offset, size_bytes);
	return TERN_OK;
}

static size_t pieces_end(uint32_t first_page, uint32_t page_count)
{
	return ((size_t)first_page + page_count + SEGMENT_PAGES_PER_PIECE - 1) /
	       SEGMENT_PAGES_PER_PIECE;
}

bool segment_is_granted(const struct segment_extent *extent, uint32_t first_page,
                        uint32_t page_count)
{
	size_t end = pieces_end(first_page, page_count);

	for (size_t i = first_page / SEGMENT_PAGES_PER_PIECE; i < end; i++)
		if (!bit_get(extent->granted, i))
			return false;
	return true;
}

/* Do not fill the file system up only to learn that it does not suffice. */
static tern_status check_left(const struct segment *segment, size_t size_bytes)
{
	struct statfs fs;

	if (size_bytes < SEGMENT_LONG_PAGES * SEGMENT_PAGE_BYTES ||
	    fstatfs(segment->fd, &fs) || fs.f_blocks == 0 /* it has no limit */ ||
	    size_bytes / (size_t)fs.f_bsize <= fs.f_bavail)
		return TERN_OK;
	return no_room(segment, size_bytes, "the file system has less left");
}

static tern_status grant_stretch(struct segment *segment, struct segment_extent *extent,
                                 size_t first, size_t end)
{
	tern_status s = TERN_OK;

	/* The pages are the caller's: nobody punches them meanwhile. Another may ask for the
	 * piece that the ends share with neighbours, which does no harm. */
	pthread_mutex_unlock(&segment->lock);
	for (size_t i = first, count; i < end && s == TERN_OK; i += count) {
		count = end - i < PIECES_AT_ONCE ? end - i : PIECES_AT_ONCE;
		s = allocate(segment, extent, i, count);
	}
	pthread_mutex_lock(&segment->lock);
	if (s == TERN_OK)
		bits_set(extent->granted, first, end, true);
	return s;
}

/* What was granted before a call failed must not stay: others could use it. Pieces shared with
 * neighbours stay, not marked. */
static void take_back(struct segment *segment, const struct segment_run *run,
                      size_t first, size_t end)
{
	if (first < inner_begin(run))
		first = inner_begin(run);
	if (end > inner_end(run))
		end = inner_end(run);
	for (size_t i = first, count; i < end; i += count) {
		count = end - i < PIECES_AT_ONCE ? end - i : PIECES_AT_ONCE;
		punch(segment, run->extent, i, count);
	}
}

tern_status segment_grant(struct segment *segment, struct segment_run *run)
{
	struct segment_extent *extent = run->extent;
	const size_t end = pieces_end(run->first_page, run->page_count);
	size_t missing = 0, i = run->first_page / SEGMENT_PAGES_PER_PIECE;

	for (size_t j = i; j < end; j++)
		missing += !bit_get(extent->granted, j);
	tern_status s = check_left(segment, missing * SEGMENT_PIECE_BYTES);
	while (s == TERN_OK && i < end) {
		const size_t first = i;
		while (i < end && !bit_get(extent->granted, i))
			i++;
		if (i > first) {
			s = grant_stretch(segment, extent, first, i);
			if (s < 0)
				take_back(segment, run, first, i);
		} else {
			i++;
		}
	}
	return s;
}

/* ---- extents ----------------------------------------------------------------------------- */

struct segment_extent *segment_extent_of(const struct segment *segment,
                                         const void *memory)
{
	/* Acquire: pairs with the release in publish(). The newest are the largest. */
	uint32_t i = atomic_load_explicit(&segment->extent_count, memory_order_acquire);

	while (i-- > 0) {
		const struct segment_extent *extent = &segment->extents[i];
		if ((uintptr_t)memory - (uintptr_t)extent->base < extent->size_bytes)
			return (struct segment_extent *)extent;
	}
	return NULL;
}

static size_t file_size(const struct segment *segment, uint32_t extent_count)
{
	if (extent_count == 0)
		return 0;
	const struct segment_extent *last = &segment->extents[extent_count - 1];
	return last->offset + last->size_bytes;
}

/* How far the file may grow in all. */
static size_t limit_bytes(const struct segment *segment)
{
	struct rlimit files;
	size_t limit = segment->max_size_bytes ? segment->max_size_bytes : SIZE_MAX / 2;

	/* Beyond it, the process would be sent SIGXFSZ. */
	if (!getrlimit(RLIMIT_FSIZE, &files) && files.rlim_cur < limit)
		limit = files.rlim_cur;
	return limit / SEGMENT_PIECE_BYTES * SEGMENT_PIECE_BYTES;
}

static size_t step_bytes(const struct segment *segment, uint32_t extent_count)
{
	const size_t size = file_size(segment, extent_count);

	if (size < STEP_MAX_BYTES)
		return size;
	if (extent_count < EXTENTS_OF_EQUAL_STEP)
		return STEP_MAX_BYTES;
	return size / 4 / STEP_MAX_BYTES * STEP_MAX_BYTES + STEP_MAX_BYTES;
}

static tern_status map_extent(struct segment *segment, struct segment_extent *extent,
                              size_t size_bytes)
{
	const size_t pieces = size_bytes / SEGMENT_PIECE_BYTES;
	const size_t pages = pieces * SEGMENT_PAGES_PER_PIECE;
	tern_status s = TERN_ENOMEM;
	void *base;

	extent->runs = calloc(pages, sizeof *extent->runs);
	extent->granted = calloc((pieces + 63) / 64, sizeof *extent->granted);
	if (!extent->runs || !extent->granted) {
		(void)segment->host->fail(s, "no memory for the pages of %zu bytes",
		                          size_bytes);
		goto free_tables;
	}
	if (ftruncate(segment->fd, (off_t)(extent->offset + size_bytes))) {
		s = no_room(segment, size_bytes, strerror(errno));
		goto free_tables;
	}
	s = shm_map(segment->host, segment->fd, extent->offset, size_bytes, true, &base);
	if (s < 0)
		goto shrink;
	extent->base = base;
	extent->size_bytes = size_bytes;
	extent->page_count = (uint32_t)pages;
	return TERN_OK;

shrink:
	if (extent->offset) /* nobody knows of it yet */
		(void)!ftruncate(segment->fd, (off_t)extent->offset);
free_tables:
	free(extent->granted);
	free(extent->runs);
	return s;
}

static void unmap_extent(struct segment *segment, struct segment_extent *extent)
{
	shm_unmap(extent->base, extent->size_bytes);
	if (extent->offset)
		(void)!ftruncate(segment->fd, (off_t)extent->offset);
	free(extent->granted);
	free(extent->runs);
}

/* Let peers see it. */
static void publish(struct segment *segment, uint32_t index)
{
	const struct segment_extent *extent = &segment->extents[index];
	struct shm_data *header = (struct shm_data *)(void *)segment->extents[0].base;

	header->extents[index] = (struct shm_extent){
		.offset = extent->offset,
		.size_bytes = extent->size_bytes,
		.address = (uintptr_t)extent->base,
	};
	/* Release: pairs with the acquire in peer.c. */
	atomic_store_explicit(&header->extent_count, index + 1, memory_order_release);
	atomic_store_explicit(&segment->extent_count, index + 1, memory_order_release);
}

/* The first piece of the file was granted when it was made; with prefault, all is. */
static tern_status grant_first(struct segment *segment, struct segment_extent *extent)
{
	const size_t pieces = extent->size_bytes / SEGMENT_PIECE_BYTES;
	size_t end = extent->offset == 0 ? 1 : 0;

	if (segment->prefault) {
		tern_status s = check_left(segment, extent->size_bytes);
		for (size_t i = 0, count; i < pieces && s == TERN_OK; i += count) {
			count = pieces - i < PIECES_AT_ONCE ? pieces - i : PIECES_AT_ONCE;
			s = allocate(segment, extent, i, count);
		}
		if (s < 0)
			return s;
		end = pieces;
	}
	bits_set(extent->granted, 0, end, true);
	return TERN_OK;
}

static tern_status add_of_size(struct segment *segment, size_t size_bytes)
{
	const uint32_t index =
		atomic_load_explicit(&segment->extent_count, memory_order_relaxed);
	struct segment_extent *extent = &segment->extents[index];

	*extent = (struct segment_extent){ .offset = file_size(segment, index) };
	tern_status s = map_extent(segment, extent, size_bytes);
	if (s < 0)
		return s;
	s = grant_first(segment, extent);
	if (s < 0)
		goto unmap;
	if (!segment_run_new(segment, extent)) {
		s = segment->host->fail(TERN_ENOMEM, "no memory for a run of pages");
		goto unmap;
	}
	publish(segment, index);
	return TERN_OK;

unmap:
	unmap_extent(segment, extent);
	return s;
}

tern_status segment_extent_add(struct segment *segment, size_t page_count)
{
	const uint32_t count =
		atomic_load_explicit(&segment->extent_count, memory_order_relaxed);
	const size_t old_size = file_size(segment, count);
	const size_t limit = limit_bytes(segment);
	const size_t left = limit > old_size ? limit - old_size : 0;
	const size_t wanted = (page_count + SEGMENT_PAGES_PER_PIECE - 1) /
	                      SEGMENT_PAGES_PER_PIECE * SEGMENT_PIECE_BYTES;
	size_t step = step_bytes(segment, count);
	tern_status s;

	if (count == SHM_EXTENTS_MAX)
		return no_room(segment, wanted, "it grew as often as it can");
	if (wanted > left)
		return no_room(segment, wanted,
		               "the segment's or the process's file size limit is "
		               "reached (ulimit -f)");
	s = check_left(segment, wanted);
	if (s < 0)
		return s;
	/* A step too large for a limit of the process (ulimit -v) may still go in part. */
	for (;; step /= 2) {
		size_t size = step / SEGMENT_PIECE_BYTES * SEGMENT_PIECE_BYTES;
		if (size > left)
			size = left;
		if (size < wanted)
			size = wanted;
		s = add_of_size(segment, size);
		if (s != TERN_ENOMEM || size == wanted)
			return s;
	}
}
