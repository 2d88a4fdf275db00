/* How the segment's file grows: by extents, about doubling up to steps of 64 MiB, each mapped on
 * its own. It stays sparse; what of it takes memory is segment_piece.c's. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "segment_impl.h"

#define STEP_MAX_BYTES ((size_t)64 << 20)
/* From so many extents on they grow with the file, lest they run out. */
#define EXTENTS_OF_EQUAL_STEP (SHM_EXTENTS_MAX / 2)

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
	size_t limit = segment->max_size_bytes ? segment->max_size_bytes : SIZE_MAX / 2;

	return limit / SEGMENT_PIECE_BYTES * SEGMENT_PIECE_BYTES;
}

static size_t step_bytes(const struct segment *segment, uint32_t extent_count)
{
	const size_t size = file_size(segment, extent_count);

	if (size == 0)
		return segment->first_size_bytes;
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
	extent->pinned = calloc((pieces + 63) / 64, sizeof *extent->pinned);
	if (!extent->runs || !extent->granted || !extent->pinned) {
		(void)segment->host->fail(s, "no memory for the pages of %zu bytes",
		                          size_bytes);
		goto free_tables;
	}
	s = shm_file_set_size(segment->host, segment->fd, extent->offset + size_bytes);
	if (s < 0)
		goto free_tables;
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
	free(extent->pinned);
	free(extent->granted);
	free(extent->runs);
	return s;
}

static void unmap_extent(struct segment *segment, struct segment_extent *extent)
{
	shm_unmap(extent->base, extent->size_bytes);
	if (extent->offset)
		(void)!ftruncate(segment->fd, (off_t)extent->offset);
	free(extent->pinned);
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

static tern_status add_of_size(struct segment *segment, size_t size_bytes)
{
	const uint32_t index =
		atomic_load_explicit(&segment->extent_count, memory_order_relaxed);
	struct segment_extent *extent = &segment->extents[index];

	*extent = (struct segment_extent){ .offset = file_size(segment, index) };
	tern_status s = map_extent(segment, extent, size_bytes);
	if (s < 0)
		return s;
	s = segment_grant_first(segment, extent);
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
		return segment_no_room(segment, wanted,
		                       "its file grew as often as it can");
	if (wanted > left)
		return segment_no_room(segment, wanted,
		                       "its file may have %zu bytes by its configuration",
		                       limit);
	s = segment_check_left(segment, wanted);
	if (s < 0)
		return s;
	/* A step too large for a limit of the process (ulimit -v, -f) may still go in part. */
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
