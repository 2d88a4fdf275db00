/* A writer's descriptors and when their memory may be used again: once no word names them any
 * more and no reader claims them. Never waits for readers: there is always a new one, as long as
 * there is memory. */
#include <stdlib.h>

#include "ring_writer_impl.h"

/* Descriptors that are free after a look at the claims, so that looking is rare. Tests that want
 * memory used again at once say so. */
#ifndef RING_FREE_MIN
#define RING_FREE_MIN 32
#endif
/* Retired memory that is worth a look, and so many samples, however large: a look at the claims
 * costs the same for one as for all. */
#define RETIRED_BYTES ((size_t)1 << 20)
#ifndef RETIRED_MIN
#define RETIRED_MIN 4
#endif
/* The newest samples stay in the ring, however large. */
#define TRIM_KEEPS 4

/* ---- making -------------------------------------------------------------------------------- */

static bool make_room(struct descriptor_table *table)
{
	uint32_t capacity = table->capacity ? 2 * table->capacity : 64;
	struct own_descriptor *all = realloc(table->all, capacity * sizeof *all);

	if (all)
		table->all = all;
	uint32_t *list = realloc(table->free, capacity * sizeof *list);
	if (list)
		table->free = list;
	uint32_t *retired = realloc(table->retired, capacity * sizeof *retired);
	if (retired)
		table->retired = retired;
	if (!all || !list || !retired)
		return false;
	table->capacity = capacity;
	return true;
}

static bool make_one(struct ring_writer *writer)
{
	struct descriptor_table *table = &writer->descriptors;

	if (table->count == SHM_DESCRIPTOR_NONE ||
	    (table->count == table->capacity && !make_room(table)))
		return false;
	struct shm_descriptor *shared =
		segment_array_at(writer->config.segment, &writer->ring->descriptors,
	                         sizeof *shared, table->count);
	if (!shared)
		return false;
	table->all[table->count] = (struct own_descriptor){ .shared = shared };
	table->free[table->free_count++] = table->count++;
	atomic_store_explicit(&writer->descriptors_made, table->count,
	                      memory_order_relaxed);
	return true;
}

tern_status ring_writer_descriptor_get(struct ring_writer *writer, uint32_t *ret_index)
{
	struct descriptor_table *table = &writer->descriptors;

	if (table->free_count == 0 || (table->retired_bytes >= table->collect_at_bytes &&
	                               table->retired_count >= table->collect_at_count)) {
		ring_writer_collect_retired(writer);
		/* The first time, and if readers claim more than they ever did. */
		if (table->free_count < RING_FREE_MIN / 2)
			while (table->free_count < RING_FREE_MIN && make_one(writer))
				;
	}
	if (table->free_count == 0)
		return writer->host->fail(
			TERN_ENOMEM,
			"%s: no memory for one more sample: %u are in use, %u of them held by "
			"readers: return loans sooner, use a smaller depth, or give "
			"/dev/shm more room",
			writer->topic_name, (unsigned)table->count,
			(unsigned)table->retired_count);
	*ret_index = table->free[--table->free_count];
	return TERN_OK;
}

/* ---- retiring and collecting --------------------------------------------------------------- */

static void free_payloads(struct own_descriptor *descriptor)
{
	for (uint32_t i = 0; i < descriptor->payload_count; i++)
		tern_payload_unref(descriptor->payloads[i]);
	descriptor->payload_count = 0;
	descriptor->size_bytes = 0;
}

void ring_writer_descriptor_put_back(struct ring_writer *writer, uint32_t index)
{
	struct descriptor_table *table = &writer->descriptors;

	free_payloads(&table->all[index]);
	table->free[table->free_count++] = index;
}

void ring_writer_descriptor_unref(struct ring_writer *writer, uint32_t index)
{
	struct descriptor_table *table = &writer->descriptors;
	struct own_descriptor *descriptor = &table->all[index];

	if (--descriptor->references > 0)
		return;
	table->retired[table->retired_count++] = index;
	table->retired_bytes += descriptor->size_bytes;
}

void ring_writer_collect_retired(struct ring_writer *writer)
{
	struct descriptor_table *table = &writer->descriptors;
	uint32_t kept = 0;

	if (table->retired_count == 0)
		return;
	pthread_mutex_lock(&writer->lock);
	/* Between the stores that took the words away and the loads of epoch and claims; pairs
	 * with the fence between a reader's claim and its second look at the word. */
	shm_fence();
	bool complete = ring_writer_refresh_locked(writer);
	table->round++;
	if (complete)
		ring_writer_read_claims(writer);
	pthread_mutex_unlock(&writer->lock);
	if (!complete)
		return;
	const uint64_t kept_before = ring_writer_count_of(writer->config.kept_before);
	for (uint32_t i = 0; i < table->retired_count; i++) {
		uint32_t index = table->retired[i];
		struct own_descriptor *descriptor = &table->all[index];
		if (descriptor->claimed_round == table->round ||
		    descriptor->refusals < kept_before) {
			table->retired[kept++] = index;
			continue;
		}
		table->retired_bytes -= descriptor->size_bytes;
		free_payloads(descriptor);
		table->free[table->free_count++] = index;
	}
	table->retired_count = kept;
	table->collect_at_bytes = table->retired_bytes + RETIRED_BYTES;
	table->collect_at_count = kept + RETIRED_MIN;
}

/* The oldest sample's word in the ring. */
static void take_word(struct ring_writer *writer)
{
	_Atomic uint64_t *slot =
		&writer->ring->slots[writer->tail & (writer->capacity - 1)];
	/* Nobody but us writes it. */
	uint64_t word = atomic_load_explicit(slot, memory_order_relaxed);
	uint32_t index = shm_word_descriptor(word);

	/* Relaxed: who reuses the descriptor fences and reads the claims first. */
	atomic_store_explicit(slot, shm_word(writer->tail, SHM_DESCRIPTOR_NONE),
	                      memory_order_relaxed);
	writer->ring_bytes -= writer->descriptors.all[index].size_bytes;
	ring_writer_descriptor_unref(writer, index);
	writer->tail++;
}

void ring_writer_forget(struct ring_writer *writer)
{
	uint64_t head = atomic_load_explicit(&writer->head, memory_order_relaxed);
	uint32_t index;

	while (writer->tail <= head)
		take_word(writer);
	while (writer->history && ring_history_forget_next(writer->history, &index))
		ring_writer_descriptor_unref(writer, index);
	ring_writer_collect_retired(writer);
}

void ring_writer_trim(struct ring_writer *writer, size_t keep_bytes)
{
	uint64_t head = atomic_load_explicit(&writer->head, memory_order_relaxed);
	uint64_t passed;

	if (writer->ring_bytes <= keep_bytes || writer->tail + TRIM_KEEPS > head)
		return;
	/* What they have passed they do not go back to: ask again when that is used up. */
	passed = atomic_load_explicit(&writer->passed, memory_order_relaxed);
	if (writer->tail >= passed) {
		pthread_mutex_lock(&writer->lock);
		passed = ring_writer_passed(writer, SHM_ATTACHMENT_HOLDS_BACK);
		atomic_store_explicit(&writer->passed, passed, memory_order_relaxed);
		pthread_mutex_unlock(&writer->lock);
	}
	while (writer->ring_bytes > keep_bytes && writer->tail + TRIM_KEEPS <= head &&
	       writer->tail < passed)
		take_word(writer);
}

bool ring_writer_keeps_for_refused(const struct ring_writer *writer)
{
	const struct descriptor_table *table = &writer->descriptors;
	const uint64_t kept_before = ring_writer_count_of(writer->config.kept_before);

	for (uint32_t i = 0; kept_before > 0 && i < table->count; i++)
		if (table->all[i].payload_count > 0 &&
		    table->all[i].refusals < kept_before)
			return true;
	return false;
}

void ring_writer_descriptors_fini(struct ring_writer *writer)
{
	struct descriptor_table *table = &writer->descriptors;

	for (uint32_t i = 0; i < table->count; i++)
		free_payloads(&table->all[i]);
	free(table->all);
	free(table->free);
	free(table->retired);
	*table = (struct descriptor_table){ 0 };
}
