/* What the history holds for a reader that was lapped by the ring or joined late: its words,
 * noted at once and delivered one by one. A word that changes meanwhile is skipped: what took
 * its place is newer and comes by the ring. */
#include <stdlib.h>
#include <string.h>

#include "ring_reader_impl.h"

static tern_status no_memory(const struct ring_reader *reader)
{
	return reader->host->fail(TERN_ENOMEM,
	                          "no memory to note %u samples of a writer's history",
	                          (unsigned)reader->missed.count);
}

static bool note(struct missed_list *list, const struct missed_sample *sample)
{
	if (list->count == list->room) {
		uint32_t room = list->room ? 2 * list->room : 64;
		struct missed_sample *samples =
			realloc(list->samples, room * sizeof *samples);
		if (!samples)
			return false;
		list->samples = samples;
		list->room = room;
	}
	list->samples[list->count++] = *sample;
	return true;
}

static int by_sequence(const void *a, const void *b)
{
	const struct missed_sample *one = a;
	const struct missed_sample *other = b;

	return one->sequence < other->sequence ? -1 : one->sequence > other->sequence;
}

/* ---- words --------------------------------------------------------------------------------- */

/* Words of one block of the array, as far as they are within `first` to `last`. */
static tern_status scan_block(struct ring_reader *reader, const _Atomic uint64_t *words,
                              uint32_t count, uint64_t first, uint64_t last)
{
	for (uint32_t i = 0; i < count; i++) {
		/* Acquire: the descriptor that it names is written; pairs with
		 * ring_history_add(). */
		uint64_t word = atomic_load_explicit(&words[i], memory_order_acquire);
		int64_t ahead = shm_word_ahead(word, last);
		if (word == 0 || ahead > 0 || (uint64_t)-ahead > last - first)
			continue;
		const struct missed_sample sample = {
			.sequence = last - (uint64_t)-ahead,
			.word = word,
			.place = &words[i],
			.readable = true,
		};
		if (!note(&reader->missed, &sample))
			return no_memory(reader);
	}
	return TERN_OK;
}

/* What is there before the scan does not move: a sample keeps its word until it is dropped. */
static tern_status scan_words(struct ring_reader *reader, uint64_t first, uint64_t last)
{
	const struct shm_array *array = &reader->ring->history;
	/* Acquire: the blocks below it are there; pairs with the release in ring_history.c. */
	uint32_t left =
		atomic_load_explicit(&reader->ring->history_count, memory_order_acquire);

	reader->missed.count = 0;
	reader->missed.next = 0;
	reader->missed.scanned = 0;
	for (uint32_t i = 0; i < SHM_ARRAY_BLOCKS && left > 0; i++) {
		uint32_t count = (uint32_t)SHM_ARRAY_FIRST << i;
		/* Acquire: the block was made before; pairs with segment_array_at(). */
		uint64_t offset =
			atomic_load_explicit(&array->blocks[i], memory_order_acquire);
		const _Atomic uint64_t *words = peer_at(
			reader->peer, offset, count * sizeof *words, sizeof *words);
		if (offset == 0 || !words)
			return reader->host->fail(
				TERN_EMALFORMED,
				"a history in shared memory is "
				"damaged: restart process %u",
				(unsigned)peer_identity(reader->peer)->pid);
		count = left < count ? left : count;
		tern_status s = scan_block(reader, words, count, first, last);
		if (s < 0) {
			reader->missed.count = 0;
			return s;
		}
		left -= count;
		reader->missed.scanned += count;
	}
	return TERN_OK;
}

tern_status ring_reader_scan(struct ring_reader *reader, uint64_t first, uint64_t last)
{
	struct missed_list *missed = &reader->missed;
	tern_status s = scan_words(reader, first, last);

	if (s < 0)
		return s;
	missed->is_join = false;
	if (missed->count > 1)
		qsort(missed->samples, missed->count, sizeof *missed->samples,
		      by_sequence);
	return TERN_OK;
}

/* ---- late joiners -------------------------------------------------------------------------- */

static int by_instance(const void *a, const void *b)
{
	const struct missed_sample *one = a;
	const struct missed_sample *other = b;
	int order = memcmp(one->key_hash, other->key_hash, sizeof one->key_hash);

	return order ? order : by_sequence(a, b);
}

/* Learn each one's instance and kind. Those that are gone by now are left out. */
static tern_status read_all(struct ring_reader *reader)
{
	struct missed_list *missed = &reader->missed;
	uint32_t claim = ring_reader_own_claim(reader);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < missed->count; i++) {
		struct missed_sample *sample = &missed->samples[i];
		struct shm_descriptor descriptor;
		if (!ring_reader_claim(reader, claim, sample->word, sample->place))
			continue;
		tern_status s =
			ring_reader_read_descriptor(reader, sample->word, &descriptor);
		ring_reader_unclaim(reader, claim);
		if (s < 0)
			return s;
		memcpy(sample->key_hash, descriptor.key_hash, sizeof sample->key_hash);
		sample->kind = descriptor.kind;
		sample->readable =
			descriptor.kind != TERN_CHANGE_WRITE ||
			(reader->config.same_layout && descriptor.block_count > 0) ||
			descriptor.encoded.offset != 0;
		missed->samples[kept++] = *sample;
	}
	missed->count = kept;
	return TERN_OK;
}

/* Where in one instance's samples begins what a late joiner gets: behind its last end (both
 * disposed and unregistered), and no more than the last `depth` WRITEs.
 * @return count: nothing */
static uint32_t joiner_start(const struct missed_sample *samples, uint32_t count,
                             uint32_t depth)
{
	uint32_t start = 0;
	uint32_t writes = 0;
	bool disposed = false;

	for (uint32_t i = 0; i < count; i++) {
		unsigned kind = samples[i].kind;
		if (kind == TERN_CHANGE_WRITE) {
			disposed = false;
			continue;
		}
		disposed |= (kind & TERN_CHANGE_DISPOSE) != 0;
		if ((kind & TERN_CHANGE_UNREGISTER) && disposed)
			start = i + 1;
	}
	for (uint32_t i = count; i-- > start;) {
		writes += samples[i].kind == TERN_CHANGE_WRITE;
		if (depth && writes == depth)
			return i;
	}
	/* The end of something of which nothing is kept tells nobody anything. */
	while (start + 1 < count && samples[start].kind != TERN_CHANGE_WRITE)
		start++;
	return start;
}

static void keep_for_joiner(struct missed_list *missed, uint32_t depth)
{
	uint32_t kept = 0;
	uint32_t end;

	for (uint32_t begin = 0; begin < missed->count; begin = end) {
		const struct missed_sample *first = &missed->samples[begin];
		end = begin + 1;
		while (end < missed->count &&
		       memcmp(missed->samples[end].key_hash, first->key_hash,
		              sizeof first->key_hash) == 0)
			end++;
		uint32_t start = begin + joiner_start(first, end - begin, depth);
		for (uint32_t i = start; i < end; i++)
			missed->samples[kept++] = missed->samples[i];
	}
	missed->count = kept;
}

tern_status ring_reader_scan_for_join(struct ring_reader *reader, uint64_t last)
{
	struct missed_list *missed = &reader->missed;
	tern_status s = last > 0 ? scan_words(reader, 1, last) : TERN_OK;

	missed->is_join = true;
	if (s == TERN_OK)
		s = read_all(reader);
	if (s < 0)
		return s;
	if (missed->count > 1)
		qsort(missed->samples, missed->count, sizeof *missed->samples,
		      by_instance);
	keep_for_joiner(missed, (uint32_t)reader->config.history_depth);
	if (missed->count > 1)
		qsort(missed->samples, missed->count, sizeof *missed->samples,
		      by_sequence);
	for (uint32_t i = 0; i < missed->count; i++)
		if (!missed->samples[i].readable)
			return reader->host->fail(
				TERN_EUNSUPPORTED,
				"the writer's history in shared memory is of another "
				"layout of type %s, and was not encoded: another "
				"transport serves it",
				reader->config.type->name);
	return TERN_OK;
}
