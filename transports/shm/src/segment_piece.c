/* Which pieces of the file take memory. The kernel is asked for a piece before anything in it is
 * lent (fallocate), because a page that it cannot give later, when it is touched, kills the
 * process by SIGBUS. What lies idle is given back by punching holes. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#include "segment_impl.h"

/* Punched in one go, so that others need not wait long for the lock. */
#define PIECES_AT_ONCE ((size_t)32)

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

/* ---- giving back ------------------------------------------------------------------------- */

/* Pieces that lie wholly inside the run: from here, */
static size_t inner_begin(const struct segment_run *run)
{
	return ((size_t)run->first_page + SEGMENT_PAGES_PER_PIECE - 1) /
	       SEGMENT_PAGES_PER_PIECE;
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

static bool can_go(const struct segment_extent *extent, size_t piece)
{
	return bit_get(extent->granted, piece) && !bit_get(extent->pinned, piece);
}

/* The next stretch of pieces wholly inside the run that can go back. */
static bool next_to_go(const struct segment_run *run, size_t *first, size_t *end)
{
	const size_t limit = inner_end(run);
	size_t i = inner_begin(run);

	while (i < limit && !can_go(run->extent, i))
		i++;
	*first = i;
	while (i < limit && can_go(run->extent, i))
		i++;
	*end = i;
	return *first < *end;
}

bool segment_can_punch(const struct segment_run *run)
{
	size_t first, end;

	return next_to_go(run, &first, &end);
}

void segment_punch(struct segment *segment, const struct segment_run *run)
{
	struct segment_extent *extent = run->extent;
	size_t first, end;

	if (!next_to_go(run, &first, &end))
		return;
	if (end - first > PIECES_AT_ONCE)
		end = first + PIECES_AT_ONCE;
	punch(segment, extent, first, end - first);
	bits_set(extent->granted, first, end, false);
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
static tern_status grant(const struct segment *segment,
                         const struct segment_extent *extent, size_t first, size_t end)
{
	const size_t offset = first * SEGMENT_PIECE_BYTES;
	const size_t size_bytes = (end - first) * SEGMENT_PIECE_BYTES;
	tern_status s = shm_file_grant(segment->host, segment->fd,
	                               extent->offset + offset, size_bytes);

	if (s == TERN_OK && segment->prefault)
		prefault(extent->base + offset, size_bytes);
	return s;
}

static size_t pieces_end(uint32_t first_page, uint32_t page_count)
{
	return ((size_t)first_page + page_count + SEGMENT_PAGES_PER_PIECE - 1) /
	       SEGMENT_PAGES_PER_PIECE;
}

void segment_pin(const struct segment_run *run)
{
	bits_set(run->extent->pinned, run->first_page / SEGMENT_PAGES_PER_PIECE,
	         pieces_end(run->first_page, run->page_count), true);
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

tern_status segment_check_left(const struct segment *segment, size_t size_bytes)
{
	struct statfs fs;

	if (size_bytes < SEGMENT_LONG_PAGES * SEGMENT_PAGE_BYTES ||
	    fstatfs(segment->fd, &fs) || fs.f_blocks == 0 /* it has no limit */ ||
	    size_bytes / (size_t)fs.f_bsize <= fs.f_bavail)
		return TERN_OK;
	return segment_no_room(segment, size_bytes, "its file system has %llu KiB left",
	                       (unsigned long long)fs.f_bavail *
	                               (unsigned long long)fs.f_bsize / 1024);
}

static tern_status grant_stretch(struct segment *segment, struct segment_extent *extent,
                                 size_t first, size_t end)
{
	/* The pages are the caller's: nobody punches them meanwhile. Another may ask for the
	 * piece that the ends share with neighbours, which does no harm. */
	pthread_mutex_unlock(&segment->lock);
	tern_status s = grant(segment, extent, first, end);
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

tern_status segment_grant(struct segment *segment, const struct segment_run *run)
{
	struct segment_extent *extent = run->extent;
	const size_t end = pieces_end(run->first_page, run->page_count);
	size_t missing = 0, i = run->first_page / SEGMENT_PAGES_PER_PIECE;

	for (size_t j = i; j < end; j++)
		missing += !bit_get(extent->granted, j);
	tern_status s = segment_check_left(segment, missing * SEGMENT_PIECE_BYTES);
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

tern_status segment_grant_first(struct segment *segment, struct segment_extent *extent)
{
	const size_t pieces = extent->size_bytes / SEGMENT_PIECE_BYTES;
	size_t end = extent->offset == 0 ? 1 : 0;

	if (segment->prefault) {
		tern_status s = segment_check_left(segment, extent->size_bytes);
		if (s == TERN_OK)
			s = grant(segment, extent, 0, pieces);
		if (s < 0)
			return s;
		end = pieces;
	}
	bits_set(extent->granted, 0, end, true);
	return TERN_OK;
}
