/* Instances of a reader's history: their life, their states, and which writers they have.
 * Source: DDS 1.4, 2.2.2.5.1.2 (generations), 2.2.2.5.1.3 (states), 2.2.3.22 (autopurge). */
#include <stdlib.h>
#include <string.h>

#include "history_impl.h"

static const uint8_t no_key_hash[TERN_KEY_HASH_SIZE_BYTES];

tern_instance_handle tern__history_handle_of(const struct history *history,
                                             const uint8_t *key_hash)
{
	return tern__instance_handle(history->keyed ? key_hash : no_key_hash);
}

struct history_instance *tern__history_instance_find(const struct history *history,
                                                     const uint8_t *key_hash)
{
	struct instance_node *node;

	if (!history->keyed)
		return history->only;
	node = tern__instance_table_find(&history->instances, key_hash);
	return node ? instance_of_node(node) : NULL;
}

/* So that nothing that watches instances can fail later. */
static tern_status reserve_heaps(struct history *history)
{
	uint32_t count = history->instances.count + 1;
	tern_status s = tern__deadline_reserve(&history->deadline, count);

	if (s >= 0 && (history->autopurge_disposed_ns != TERN_INFINITE ||
	               history->autopurge_nowriter_ns != TERN_INFINITE))
		s = tern__due_heap_reserve(&history->purges, count);
	if (s >= 0 && history->minimum_separation_ns > 0)
		s = tern__due_heap_reserve(&history->releases, count);
	return s;
}

struct history_instance *tern__history_instance_new(struct history *history,
                                                    const uint8_t *key_hash,
                                                    struct tern_payload *key)
{
	struct history_instance *instance;

	if (reserve_heaps(history) < 0)
		return NULL;
	instance = calloc(1, sizeof *instance);
	if (!instance)
		return NULL;
	instance->key = key;
	instance->state = TERN_ALIVE;
	instance->is_new = true;
	instance->floor_timestamp_ns = INT64_MIN;
	tern__instance_table_add(&history->instances, &instance->node,
	                         history->keyed ? key_hash : no_key_hash);
	if (!history->keyed)
		history->only = instance;
	history->orphans++;
	return instance;
}

static void remove_registration(struct history *history,
                                struct registration *registration)
{
	struct history_instance *instance = registration->instance;
	struct history_writer *writer = registration->writer;
	struct registration *next = registration->next_of_instance;

	*(registration->previous_of_instance
	          ? &registration->previous_of_instance->next_of_instance
	          : &instance->registrations) = next;
	if (next)
		next->previous_of_instance = registration->previous_of_instance;
	next = registration->next_of_writer;
	*(registration->previous_of_writer
	          ? &registration->previous_of_writer->next_of_writer
	          : &writer->registrations) = next;
	if (next)
		next->previous_of_writer = registration->previous_of_writer;
	free(registration);
	if (!instance->registrations)
		history->orphans++;
}

void tern__history_instance_free(struct history *history,
                                 struct history_instance *instance)
{
	while (instance->oldest)
		tern__history_sample_remove(history, instance->oldest);
	while (instance->registrations)
		remove_registration(history, instance->registrations);
	tern__history_drop_held(history, instance);
	tern__deadline_stop(&history->deadline, &instance->deadline);
	tern__due_heap_remove(&history->purges, &instance->purge);
	tern__instance_table_remove(&history->instances, &instance->node);
	if (!history->keyed)
		history->only = NULL;
	history->orphans--;
	tern_payload_unref(instance->key);
	free(instance);
}

bool tern__history_instance_reclaim(struct history *history,
                                    struct history_instance *instance)
{
	if (instance->oldest || instance->registrations || instance->held)
		return false;
	tern__history_instance_free(history, instance);
	return true;
}

/* Both lists are walked together: one of them is short in nearly every system. */
static struct registration *find_registration(const struct history_instance *instance,
                                              const struct history_writer *writer)
{
	struct registration *a = instance->registrations;
	struct registration *b = writer->registrations;

	for (; a && b; a = a->next_of_instance, b = b->next_of_writer) {
		if (a->writer == writer)
			return a;
		if (b->instance == instance)
			return b;
	}
	return NULL;
}

bool tern__history_register(struct history *history, struct history_instance *instance,
                            struct history_writer *writer)
{
	struct registration *registration = find_registration(instance, writer);

	if (registration)
		return true;
	registration = malloc(sizeof *registration);
	if (!registration)
		return false;
	if (!instance->registrations)
		history->orphans--;
	*registration = (struct registration){
		.writer = writer,
		.instance = instance,
		.next_of_instance = instance->registrations,
		.next_of_writer = writer->registrations,
	};
	if (instance->registrations)
		instance->registrations->previous_of_instance = registration;
	if (writer->registrations)
		writer->registrations->previous_of_writer = registration;
	instance->registrations = registration;
	writer->registrations = registration;
	return true;
}

bool tern__history_precedes(int64_t a_ns, const struct tern_guid *a, int64_t b_ns,
                            const struct tern_guid *b)
{
	return a_ns < b_ns ||
	       (a_ns == b_ns && memcmp(a->bytes, b->bytes, TERN_GUID_SIZE_BYTES) > 0);
}

void tern__history_raise_floor(const struct history *history,
                               struct history_instance *instance,
                               int64_t source_timestamp_ns,
                               const struct tern_guid *tie_guid)
{
	if (!history->by_source || tern__history_precedes(source_timestamp_ns, tie_guid,
	                                                  instance->floor_timestamp_ns,
	                                                  &instance->floor_tie_guid))
		return;
	instance->floor_timestamp_ns = source_timestamp_ns;
	instance->floor_tie_guid = *tie_guid;
}

void tern__history_instance_revive(struct history *history,
                                   struct history_instance *instance)
{
	if (instance->state == TERN_ALIVE)
		return;
	if (instance->state == TERN_NOT_ALIVE_DISPOSED)
		instance->disposed_generation++;
	else
		instance->no_writers_generation++;
	instance->state = TERN_ALIVE;
	instance->is_new = true;
	tern__due_heap_remove(&history->purges, &instance->purge);
}

bool tern__history_instance_end(struct history *history,
                                struct history_instance *instance,
                                tern_instance_state state, struct history_writer *writer,
                                int64_t source_timestamp_ns,
                                const struct history_now *now)
{
	int64_t purge_after_ns = state == TERN_NOT_ALIVE_DISPOSED
	                                 ? history->autopurge_disposed_ns
	                                 : history->autopurge_nowriter_ns;
	struct history_sample *sample;

	/* Disposed stays disposed when the writers leave. */
	if (instance->state == state || instance->state == TERN_NOT_ALIVE_DISPOSED)
		return false;
	instance->state = state;
	tern__deadline_stop(&history->deadline, &instance->deadline);
	if (purge_after_ns != TERN_INFINITE)
		tern__due_heap_set(&history->purges, &instance->purge,
		                   time_plus(now->monotonic_ns, purge_after_ns));
	/* An unread sample shows the state along with its own data. */
	if (instance->unread > 0 && instance->newest->valid_data)
		return true;
	sample = tern__history_sample_new(history);
	if (!sample) {
		history->counts.no_memory++;
		return instance->unread > 0;
	}
	if (instance->newest && !instance->newest->valid_data)
		tern__history_sample_remove(history, instance->newest);
	*sample = (struct history_sample){
		.payload = instance->key ? tern_payload_ref(instance->key) : NULL,
		.writer = writer->facts.guid,
		.tie_guid = writer->facts.tie_guid,
		.source_timestamp_ns = source_timestamp_ns,
		.reception_timestamp_ns = now->real_ns,
		.transport = writer->transport,
		.references = 1,
		.disposed_generation = instance->disposed_generation,
		.no_writers_generation = instance->no_writers_generation,
	};
	tern__history_sample_insert(history, instance, sample, instance->newest);
	return true;
}

bool tern__history_unregister_at(struct history *history,
                                 struct registration *registration, bool dispose,
                                 int64_t source_timestamp_ns,
                                 const struct history_now *now)
{
	struct history_instance *instance = registration->instance;
	struct history_writer *writer = registration->writer;
	bool news = false;

	/* Its value that the filter holds back is its last: it must not come after. */
	if (instance->held && instance->held->change.writer == writer)
		news = tern__history_release(history, instance, now);
	remove_registration(history, registration);
	if (instance->owner == writer)
		instance->owner = NULL;
	if (instance->registrations)
		return news;
	news |= tern__history_instance_end(history, instance,
	                                   dispose ? TERN_NOT_ALIVE_DISPOSED
	                                           : TERN_NOT_ALIVE_NO_WRITERS,
	                                   writer, source_timestamp_ns, now);
	tern__history_instance_reclaim(history, instance);
	return news;
}

bool tern__history_unregister(struct history *history, struct history_instance *instance,
                              struct history_writer *writer, bool dispose,
                              int64_t source_timestamp_ns, const struct history_now *now)
{
	struct registration *registration = find_registration(instance, writer);

	return registration && tern__history_unregister_at(history, registration, dispose,
	                                                   source_timestamp_ns, now);
}
