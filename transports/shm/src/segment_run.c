/* Runs of pages: which are free, the shortest that is long enough, and free neighbours becoming
 * one. Bins by length make the search short; in a bin the best is taken. */
#include <assert.h>
#include <stdlib.h>

#include "segment_impl.h"

static uint32_t bin_of(uint32_t page_count)
{
	if (page_count < 64)
		return page_count;
	uint32_t log = 31 - (uint32_t)__builtin_clz(page_count);
	return 64 + (log - 6) * 8 + (page_count >> (log - 3) & 7);
}

/* The first bin from this one on that has a run; SEGMENT_BINS: none has. */
static uint32_t bin_used_from(const struct segment *segment, uint32_t bin)
{
	for (uint32_t word = bin / 64; word < sizeof segment->bins_used / 8; word++) {
		uint64_t used = segment->bins_used[word];
		if (word == bin / 64)
			used &= UINT64_MAX << bin % 64;
		if (used)
			return word * 64 + (uint32_t)__builtin_ctzll(used);
	}
	return SEGMENT_BINS;
}

static void bin_add(struct segment *segment, struct segment_run *run)
{
	const uint32_t bin = bin_of(run->page_count);

	run->kind = SEGMENT_RUN_FREE;
	run->previous = NULL;
	run->next = segment->bins[bin];
	if (run->next)
		run->next->previous = run;
	segment->bins[bin] = run;
	segment->bins_used[bin / 64] |= UINT64_C(1) << bin % 64;
}

static void bin_remove(struct segment *segment, struct segment_run *run)
{
	const uint32_t bin = bin_of(run->page_count);

	if (run->next)
		run->next->previous = run->previous;
	if (run->previous)
		run->previous->next = run->next;
	else
		segment->bins[bin] = run->next;
	if (!segment->bins[bin])
		segment->bins_used[bin / 64] &= ~(UINT64_C(1) << bin % 64);
}

static void mark_ends(struct segment_run *run)
{
	run->extent->runs[run->first_page] = run;
	run->extent->runs[run->first_page + run->page_count - 1] = run;
}

static struct segment_run *run_create(struct segment_extent *extent, uint32_t first_page,
                                      uint32_t page_count)
{
	struct segment_run *run = malloc(sizeof *run);

	if (!run)
		return NULL;
	run->extent = extent;
	run->first_page = first_page;
	run->page_count = page_count;
	run->freed_ns = 0;
	mark_ends(run);
	return run;
}

bool segment_run_new(struct segment *segment, struct segment_extent *extent)
{
	struct segment_run *run = run_create(extent, 0, extent->page_count);

	if (!run)
		return false;
	bin_add(segment, run);
	return true;
}

/* ---- taking ------------------------------------------------------------------------------ */

/* Keep the pages [skip, skip + count) of a run that is in no bin; the rest stays free. */
static bool cut(struct segment *segment, struct segment_run *run, uint32_t skip,
                uint32_t count)
{
	struct segment_run *before = NULL, *after = NULL;
	const uint32_t first = run->first_page, rest = run->page_count - skip - count;

	if (skip && !(before = run_create(run->extent, first, skip)))
		return false;
	if (rest && !(after = run_create(run->extent, first + skip + count, rest))) {
		free(before);
		mark_ends(run);
		return false;
	}
	run->first_page = first + skip;
	run->page_count = count;
	mark_ends(run);
	if (before) {
		before->freed_ns = run->freed_ns;
		bin_add(segment, before);
	}
	if (after) {
		after->freed_ns = run->freed_ns;
		bin_add(segment, after);
	}
	return true;
}

static struct segment_run *take(struct segment *segment, struct segment_run *run,
                                uint32_t skip, const struct segment_want *want)
{
	const uint32_t count = (uint32_t)want->page_count;

	bin_remove(segment, run);
	if (!cut(segment, run, skip, count)) {
		bin_add(segment, run);
		return NULL;
	}
	run->kind = want->kind;
	segment->pages_lent += count;
	if (!want->for_samples)
		segment_pin(run);
	if (want->kind == SEGMENT_RUN_SPAN)
		segment->span_pages += count;
	return run;
}

static struct segment_run *best_of(struct segment_run *runs, size_t page_count)
{
	struct segment_run *best = NULL;

	for (; runs; runs = runs->next) {
		if (runs->page_count == page_count)
			return runs;
		if (runs->page_count > page_count &&
		    (!best || runs->page_count < best->page_count))
			best = runs;
	}
	return best;
}

struct segment_run *segment_run_take(struct segment *segment,
                                     const struct segment_want *want)
{
	struct segment_run *best = NULL;
	uint32_t bin = bin_of((uint32_t)want->page_count);

	while (!best && (bin = bin_used_from(segment, bin)) < SEGMENT_BINS)
		best = best_of(segment->bins[bin++], want->page_count);
	return best ? take(segment, best, 0, want) : NULL;
}

/* How many pages to skip until so many granted ones follow; more than it has: nowhere. */
static uint32_t granted_after(const struct segment_run *run, uint32_t page_count)
{
	const uint32_t end = run->first_page + run->page_count;
	uint32_t start = run->first_page, page = start;

	while (page < end && page - start < page_count) {
		uint32_t next =
			(page / SEGMENT_PAGES_PER_PIECE + 1) * SEGMENT_PAGES_PER_PIECE;
		if (!segment_is_granted(run->extent, page, 1))
			start = next;
		page = next < end ? next : end;
	}
	return start < end && page - start >= page_count ? start - run->first_page
	                                                 : UINT32_MAX;
}

struct segment_run *segment_run_take_granted(struct segment *segment,
                                             const struct segment_want *want)
{
	uint32_t bin = bin_of((uint32_t)want->page_count);

	for (; (bin = bin_used_from(segment, bin)) < SEGMENT_BINS; bin++) {
		for (struct segment_run *run = segment->bins[bin]; run; run = run->next) {
			uint32_t skip = granted_after(run, (uint32_t)want->page_count);
			if (skip != UINT32_MAX)
				return take(segment, run, skip, want);
		}
	}
	return NULL;
}

/* ---- giving ------------------------------------------------------------------------------ */

/* @return since when the larger of both has been free */
static int64_t absorb(struct segment *segment, struct segment_run *run,
                      struct segment_run *neighbour, int64_t freed_ns)
{
	if (!neighbour || neighbour->kind != SEGMENT_RUN_FREE)
		return freed_ns;
	bin_remove(segment, neighbour);
	if (neighbour->page_count > run->page_count)
		freed_ns = neighbour->freed_ns;
	if (neighbour->first_page < run->first_page)
		run->first_page = neighbour->first_page;
	run->page_count += neighbour->page_count;
	free(neighbour);
	return freed_ns;
}

void segment_run_give(struct segment *segment, struct segment_run *run)
{
	struct segment_extent *extent = run->extent;
	const uint32_t end = run->first_page + run->page_count;
	int64_t freed_ns = segment_now_ns();

	segment->pages_lent -= run->page_count;
	if (run->kind == SEGMENT_RUN_SPAN)
		segment->span_pages -= run->page_count;
	if (end < extent->page_count)
		freed_ns = absorb(segment, run, extent->runs[end], freed_ns);
	if (run->first_page > 0)
		freed_ns =
			absorb(segment, run, extent->runs[run->first_page - 1], freed_ns);
	mark_ends(run);
	bin_add(segment, run);
	run->freed_ns = freed_ns;
	if (run->page_count >= SEGMENT_LONG_PAGES && !segment->prefault)
		segment_trim_soon(segment);
}

/* The run that has been idle for so long, or *earliest: when the next began to be. */
static struct segment_run *find_idle(struct segment *segment, size_t min_pages,
                                     int64_t freed_before_ns, int64_t *earliest)
{
	uint32_t bin = bin_of((uint32_t)min_pages);

	for (; (bin = bin_used_from(segment, bin)) < SEGMENT_BINS; bin++) {
		for (struct segment_run *run = segment->bins[bin]; run; run = run->next) {
			if (run->page_count < min_pages || !segment_can_punch(run))
				continue;
			if (run->freed_ns <= freed_before_ns)
				return run;
			if (run->freed_ns < *earliest)
				*earliest = run->freed_ns;
		}
	}
	return NULL;
}

int64_t segment_run_punch_idle(struct segment *segment, size_t min_pages,
                               int64_t freed_before_ns)
{
	for (;;) {
		int64_t earliest = TERN_INFINITE;
		struct segment_run *run =
			find_idle(segment, min_pages, freed_before_ns, &earliest);
		if (!run)
			return earliest;
		segment_punch(segment, run);
		pthread_mutex_unlock(&segment->lock); /* others need not wait for all */
		pthread_mutex_lock(&segment->lock);
	}
}
