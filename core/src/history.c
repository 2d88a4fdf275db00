/* A reader's history: its life, its samples, and what can be asked of it. */
#include <stdlib.h>
#include <string.h>

#include "history_impl.h"

static uint32_t limit_of(int32_t qos_limit)
{
	return qos_limit == TERN_UNLIMITED ? UINT32_MAX : (uint32_t)qos_limit;
}

tern_status tern__history_create(const struct history_config *config,
                                 struct history **ret_history)
{
	const struct tern_qos *qos = config->qos;
	struct history *history = calloc(1, sizeof *history);

	if (!history)
		return tern_fail(TERN_ENOMEM, "no memory for a reader's history");
	history->keyed = config->type->flags & TERN_TYPE_KEYED;
	history->keep_all = qos->history == TERN_KEEP_ALL;
	history->exclusive = qos->ownership == TERN_EXCLUSIVE;
	history->by_source = qos->destination_order == TERN_BY_SOURCE_TIMESTAMP;
	history->reliable = qos->reliability == TERN_RELIABLE;
	history->depth = history->keep_all ? UINT32_MAX : (uint32_t)qos->history_depth;
	history->max_samples = limit_of(qos->max_samples);
	history->max_instances = limit_of(qos->max_instances);
	history->max_samples_per_instance = limit_of(qos->max_samples_per_instance);
	history->minimum_separation_ns = qos->minimum_separation_ns;
	history->autopurge_nowriter_ns = qos->autopurge_nowriter_ns;
	history->autopurge_disposed_ns = qos->autopurge_disposed_ns;
	history->overflow_max_bytes = config->overflow_max_bytes;
	history->make_key = config->make_key;
	history->context = config->context;
	history->overflow_end = &history->overflow_first;
	tern__instance_table_init(&history->instances);
	tern__deadline_init(&history->deadline, qos->deadline_ns);
	*ret_history = history;
	return TERN_OK;
}

void tern__history_destroy(struct history *history)
{
	struct instance_node *node;

	if (!history)
		return;
	tern__history_overflow_free(history);
	while ((node = tern__instance_table_above(&history->instances, TERN_HANDLE_NIL)))
		tern__history_instance_free(history, instance_of_node(node));
	while (history->writers) {
		struct history_writer *writer = history->writers;
		history->writers = writer->next;
		free(writer);
	}
	while (history->pool) {
		struct history_sample *sample = history->pool;
		history->pool = sample->newer;
		free(sample);
	}
	tern__due_heap_fini(&history->lifespans);
	tern__due_heap_fini(&history->purges);
	tern__due_heap_fini(&history->releases);
	tern__deadline_fini(&history->deadline);
	tern__instance_table_fini(&history->instances);
	free(history);
}

struct history_sample *tern__history_sample_new(struct history *history)
{
	struct history_sample *sample = history->pool;

	if (sample) {
		history->pool = sample->newer;
		history->pool_count--;
	} else {
		sample = malloc(sizeof *sample);
		if (!sample)
			return NULL;
		sample->expiry.place = 0;
	}
	sample->references = 1;
	return sample;
}

void tern__history_unref(struct history *history, struct history_sample *sample)
{
	if (--sample->references > 0)
		return;
	tern_payload_unref(sample->native);
	tern_payload_unref(sample->payload);
	if (history->pool_count >= SAMPLE_POOL_MAX) {
		free(sample);
		return;
	}
	sample->newer = history->pool;
	history->pool = sample;
	history->pool_count++;
}

void tern__history_sample_insert(struct history *history,
                                 struct history_instance *instance,
                                 struct history_sample *sample,
                                 struct history_sample *older)
{
	sample->is_read = false;
	sample->instance = instance;
	sample->older = older;
	sample->newer = older ? older->newer : instance->oldest;
	*(older ? &older->newer : &instance->oldest) = sample;
	*(sample->newer ? &sample->newer->older : &instance->newest) = sample;
	sample->previous = history->newest;
	sample->following = NULL;
	*(sample->previous ? &sample->previous->following : &history->oldest) = sample;
	history->newest = sample;
	instance->count++;
	instance->unread++;
	history->count++;
	history->unread++;
	history->valid += sample->valid_data;
}

void tern__history_sample_remove(struct history *history, struct history_sample *sample)
{
	struct history_instance *instance = sample->instance;

	*(sample->older ? &sample->older->newer : &instance->oldest) = sample->newer;
	*(sample->newer ? &sample->newer->older : &instance->newest) = sample->older;
	*(sample->previous ? &sample->previous->following : &history->oldest) =
		sample->following;
	*(sample->following ? &sample->following->previous : &history->newest) =
		sample->previous;
	tern__due_heap_remove(&history->lifespans, &sample->expiry);
	instance->count--;
	history->count--;
	history->valid -= sample->valid_data;
	if (!sample->is_read) {
		instance->unread--;
		history->unread--;
	}
	sample->instance = NULL;
	tern__history_unref(history, sample);
}

bool tern__history_has_room(const struct history *history)
{
	return !history->keep_all ||
	       (!history->overflow_first && history->valid < history->max_samples);
}

bool tern__history_has_unread(const struct history *history)
{
	return history->unread > 0;
}

tern_instance_handle tern__history_lookup(
	const struct history *history, const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	const struct history_instance *instance =
		tern__history_instance_find(history, key_hash);

	return instance ? instance->node.handle : TERN_HANDLE_NIL;
}

struct tern_payload *tern__history_key(const struct history *history,
                                       tern_instance_handle instance)
{
	struct instance_node *node =
		tern__instance_table_find_handle(&history->instances, instance);

	return node ? instance_of_node(node)->key : NULL;
}

const struct history_counts *tern__history_counts(const struct history *history)
{
	return &history->counts;
}

size_t tern__history_overflow_bytes(const struct history *history)
{
	return history->overflow_bytes;
}
