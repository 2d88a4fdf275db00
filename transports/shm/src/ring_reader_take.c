/* Following a ring: the next sample in order, and what to do when the writer was faster. */
#include "ring_reader_impl.h"

/* A writer cannot be faster than so many looks in a row, unless it wants to. Looking through a
 * large history counts more. */
#ifndef RING_TRIES_MAX
#define RING_TRIES_MAX 64
#endif
#define TRY_WORDS 65536
/* How far behind the writer's back one goes on that was lapped: it writes so many samples in the
 * time that a claim takes, and then some. */
#ifndef RING_LEAD_MAX
#define RING_LEAD_MAX 16
#endif

/* Samples may be replaced by newer ones on their way, but the last of each instance may not. */
static bool has_history_to_fall_back_on(const struct ring_reader *reader)
{
	return reader->config.reliable && !reader->config.holds_back;
}

static const _Atomic uint64_t *slot_at(const struct ring_reader *reader,
                                       uint64_t sequence)
{
	return &reader->ring->slots[sequence & (reader->capacity - 1)];
}

/* How the word in the ring is to what is wanted: <0 older, 0 it, >0 newer. */
static int64_t compare(uint64_t word, uint64_t sequence)
{
	return word == 0 ? -1 : shm_word_ahead(word, sequence);
}

/* ---- overrun ------------------------------------------------------------------------------- */

/* Go on with the oldest that is still there, and a little further: the writer is near it. */
static tern_status skip_lost(struct ring_reader *reader)
{
	/* Acquire: words up to it are there; pairs with commit. */
	uint64_t head = atomic_load_explicit(&reader->ring->head, memory_order_acquire);
	uint64_t cursor = reader->cursor + 1;
	uint32_t lead = reader->capacity / 2;

	if (lead > RING_LEAD_MAX)
		lead = RING_LEAD_MAX;
	/* One that is waited for can be lapped only by what was published before it was seen:
	 * of that it wants all that is left. */
	if (!reader->config.holds_back && head - reader->cursor < UINT64_MAX / 2 &&
	    head - reader->cursor >= reader->capacity)
		cursor = head - reader->capacity + 1 + lead;
	for (uint32_t i = 0; i < reader->capacity; i++) {
		/* Relaxed: the look that counts comes when it is taken. */
		uint64_t word = atomic_load_explicit(slot_at(reader, cursor),
		                                     memory_order_relaxed);
		if (compare(word, cursor) != 0 ||
		    shm_word_descriptor(word) != SHM_DESCRIPTOR_NONE)
			break;
		cursor++;
	}
	reader->cursor = cursor;
	if (reader->config.holds_back && !reader->began)
		reader->expected = cursor;
	return RING_READER_RETRY;
}

static tern_status resync(struct ring_reader *reader)
{
	/* Acquire: the history has all up to it; pairs with commit. */
	uint64_t head = atomic_load_explicit(&reader->ring->head, memory_order_acquire);

	if ((int64_t)(head - reader->cursor) < 0)
		return reader->host->fail(TERN_EMALFORMED,
		                          "a ring in shared memory went backwards");
	tern_status s = ring_reader_scan(reader, reader->cursor, head);
	if (s < 0)
		return s;
	reader->cursor = head + 1;
	return RING_READER_RETRY;
}

/* ---- the next sample ----------------------------------------------------------------------- */

/* The writer's processor has the descriptor last written in its cache: ask for the next one
 * while we are busy with this one. */
static void prefetch(const struct ring_reader *reader, uint64_t sequence)
{
	/* Relaxed: a hint. */
	uint64_t word =
		atomic_load_explicit(slot_at(reader, sequence), memory_order_relaxed);

	if (compare(word, sequence) == 0)
		__builtin_prefetch(peer_array_at(reader->peer, &reader->ring->descriptors,
		                                 sizeof(struct shm_descriptor),
		                                 shm_word_descriptor(word)));
}

static tern_status next_in_ring(struct ring_reader *reader)
{
	const _Atomic uint64_t *slot = slot_at(reader, reader->cursor);
	/* Acquire: the descriptor that it names is written; pairs with commit. Looking here and
	 * not at head saves a cache line that the writer writes. */
	uint64_t word = atomic_load_explicit(slot, memory_order_acquire);
	int64_t ahead = compare(word, reader->cursor);

	if (ahead < 0)
		return TERN_EAGAIN;
	if (ahead > 0 || shm_word_descriptor(word) == SHM_DESCRIPTOR_NONE)
		return has_history_to_fall_back_on(reader) ? resync(reader)
		                                           : skip_lost(reader);
	prefetch(reader, reader->cursor + 1);
	tern_status s = ring_reader_open(reader, word, slot, reader->cursor);
	if (s == TERN_EUNSUPPORTED && !reader->config.wants_history) {
		/* The writer did not know of us when it wrote this: not yet matched. */
		reader->cursor++;
		reader->expected = reader->cursor;
		return RING_READER_RETRY;
	}
	return s;
}

static tern_status next_missed(struct ring_reader *reader)
{
	struct missed_list *missed = &reader->missed;
	const struct missed_sample *sample = &missed->samples[missed->next];
	tern_status s =
		ring_reader_open(reader, sample->word, sample->place, sample->sequence);

	/* Replaced by a newer one, which the ring will bring. */
	if (s == RING_READER_RETRY ||
	    (s == TERN_EUNSUPPORTED && !reader->config.wants_history))
		missed->next++;
	return s == TERN_EUNSUPPORTED && !reader->config.wants_history ? RING_READER_RETRY
	                                                               : s;
}

/* What lies between this one and the last: replaced by newer ones, or lost. */
static void note_gap(struct ring_reader *reader)
{
	uint64_t gap = reader->delivery_sequence - reader->expected;

	reader->began = true;
	if (reader->missed.next < reader->missed.count && reader->missed.is_join) {
		reader->delivery.sequence_number = 0;
		return;
	}
	if (has_history_to_fall_back_on(reader)) {
		reader->delivery.overwritten_before =
			gap > UINT32_MAX ? UINT32_MAX : (uint32_t)gap;
		reader->overwritten += gap;
	} else {
		reader->lost += gap;
	}
	reader->expected = reader->delivery_sequence + 1;
}

tern_status ring_reader_peek(struct ring_reader *reader,
                             struct tern_delivery *ret_delivery)
{
	const struct missed_list *missed = &reader->missed;
	tern_status s = TERN_OK;

	if (!reader->has_delivery) {
		uint32_t tries = 0;
		do {
			if (missed->next < missed->count) {
				s = next_missed(reader);
				continue;
			}
			s = next_in_ring(reader);
			tries += 1 + missed->scanned / TRY_WORDS;
		} while (s == RING_READER_RETRY && tries < RING_TRIES_MAX);
		if (s == RING_READER_RETRY)
			return reader->host->fail(
				TERN_EMALFORMED,
				"a ring in shared memory changes faster than it can be "
				"read");
		if (s == TERN_OK)
			note_gap(reader);
	}
	if (s == TERN_OK)
		*ret_delivery = reader->delivery;
	return s;
}

void ring_reader_pop(struct ring_reader *reader)
{
	if (!reader->has_delivery)
		return;
	uint64_t next = reader->delivery_sequence + 1;
	bool is_join = false;
	tern_payload_unref(reader->delivery.payload);
	reader->has_delivery = false;
	if (reader->missed.next < reader->missed.count) {
		reader->missed.next++;
		is_join = reader->missed.is_join;
	} else {
		reader->cursor = next;
	}
	/* Release: what was below was claimed or is not wanted; pairs with the writer's acquire
	 * when it wants a slot. */
	if (reader->config.reliable && !is_join)
		atomic_store_explicit(&reader->attachment->cursor, next,
		                      memory_order_release);
	/* A writer that waits goes on while we read the other half. */
	if (++reader->popped >= reader->capacity / 2)
		ring_reader_flush(reader);
}

void ring_reader_flush(struct ring_reader *reader)
{
	if (reader->popped > 0 && reader->config.holds_back)
		ring_reader_give(reader, SHM_WANTS_ROOM);
	reader->popped = 0;
}

bool ring_reader_is_drained(const struct ring_reader *reader)
{
	/* Acquire, as in next_in_ring(). */
	uint64_t word = atomic_load_explicit(slot_at(reader, reader->cursor),
	                                     memory_order_acquire);

	return !reader->has_delivery && reader->missed.next >= reader->missed.count &&
	       compare(word, reader->cursor) < 0;
}

uint64_t ring_reader_overwritten(const struct ring_reader *reader)
{
	return reader->overwritten;
}

uint64_t ring_reader_lost(const struct ring_reader *reader)
{
	return reader->lost;
}
