/* A writer's history: instances, samples for late joiners, offered deadlines. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"
#include "instance_table.h"
#include "writer_history.h"

struct writer_instance {
	struct instance_node node; /* first: a node is its instance */
	/* Its changes: WRITEs, each followed by a dispose or unregister if that came next. */
	struct writer_sample *oldest, *newest;
	uint32_t sample_count; /* WRITEs among them */
	bool registered;
	bool disposed;
	/* Unregistered: in the order in which they make way. */
	struct writer_instance *previous, *next;
	struct deadline_node deadline;
};

/* What reserve() set aside. */
struct reservation {
	bool active;
	bool instance_is_new;
	tern_change_kind kind;
	struct writer_instance *instance; /* NULL: there is nothing to note */
	struct writer_sample *sample;     /* NULL: nothing is kept */
};

struct writer_history {
	/* Fixed at creation: */
	bool keyed, keeps, keep_all;
	uint32_t depth; /* UINT32_MAX with KEEP_ALL */
	uint32_t max_samples, max_instances, max_samples_per_instance;
	int64_t lifespan_ns;

	struct instance_table instances;
	uint32_t registered;          /* of these */
	struct writer_instance *only; /* types without a key */
	struct writer_instance *first_unregistered, *last_unregistered;
	struct writer_sample *oldest, *newest;
	uint32_t count;        /* changes that are kept */
	uint32_t sample_count; /* WRITEs among them: these count against limits */
	struct deadline deadline;
	struct reservation reserved;
};

static const uint8_t no_key_hash[TERN_KEY_HASH_SIZE_BYTES];

static uint32_t limit_of(int32_t qos_limit)
{
	return qos_limit == TERN_UNLIMITED ? UINT32_MAX : (uint32_t)qos_limit;
}

tern_status tern__writer_history_create(const struct tern_qos *qos,
                                        const struct tern_type *type,
                                        struct writer_history **ret_history)
{
	struct writer_history *history = calloc(1, sizeof *history);

	if (!history)
		return tern_fail(TERN_ENOMEM, "no memory for a writer's history");
	history->keyed = type->flags & TERN_TYPE_KEYED;
	history->keeps = qos->durability == TERN_TRANSIENT_LOCAL;
	history->keep_all = qos->history == TERN_KEEP_ALL;
	history->depth = history->keep_all ? UINT32_MAX : (uint32_t)qos->history_depth;
	history->max_samples = limit_of(qos->max_samples);
	history->max_instances = limit_of(qos->max_instances);
	history->max_samples_per_instance = limit_of(qos->max_samples_per_instance);
	history->lifespan_ns = qos->lifespan_ns;
	tern__instance_table_init(&history->instances);
	tern__deadline_init(&history->deadline, qos->deadline_ns);
	*ret_history = history;
	return TERN_OK;
}

bool tern__writer_history_keeps(const struct writer_history *history)
{
	return history->keeps;
}

/* ---- samples ---- */

static void drop_sample(struct writer_history *history, struct writer_sample *sample)
{
	struct writer_instance *instance = sample->instance;

	/* Within an instance only the oldest is ever dropped. */
	assert(instance->oldest == sample);
	instance->oldest = sample->newer_in_instance;
	if (!instance->oldest)
		instance->newest = NULL;
	*(sample->older ? &sample->older->newer : &history->oldest) = sample->newer;
	*(sample->newer ? &sample->newer->older : &history->newest) = sample->older;
	history->count--;
	if (sample->kind == TERN_CHANGE_WRITE) {
		history->sample_count--;
		instance->sample_count--;
	}
	tern_payload_unref(sample->payload);
	free(sample);
}

static void append_sample(struct writer_history *history,
                          struct writer_instance *instance, struct writer_sample *sample)
{
	sample->instance = instance;
	sample->key_hash = instance->node.key_hash;
	sample->newer_in_instance = NULL;
	*(instance->newest ? &instance->newest->newer_in_instance : &instance->oldest) =
		sample;
	instance->newest = sample;
	sample->older = history->newest;
	sample->newer = NULL;
	*(sample->older ? &sample->older->newer : &history->oldest) = sample;
	history->newest = sample;
	history->count++;
	if (sample->kind == TERN_CHANGE_WRITE) {
		history->sample_count++;
		instance->sample_count++;
	}
}

/* A dispose or unregister after which more came, and before which nothing is kept any more,
 * tells a late joiner nothing. */
static void drop_meaningless(struct writer_history *history,
                             struct writer_instance *instance)
{
	while (instance->oldest && instance->oldest->kind != TERN_CHANGE_WRITE &&
	       instance->oldest->newer_in_instance)
		drop_sample(history, instance->oldest);
}

/* ---- instances ---- */

static void unlink_unregistered(struct writer_history *history,
                                struct writer_instance *instance)
{
	*(instance->previous ? &instance->previous->next : &history->first_unregistered) =
		instance->next;
	*(instance->next ? &instance->next->previous : &history->last_unregistered) =
		instance->previous;
	instance->previous = NULL;
	instance->next = NULL;
}

static void link_unregistered(struct writer_history *history,
                              struct writer_instance *instance)
{
	instance->previous = history->last_unregistered;
	*(instance->previous ? &instance->previous->next : &history->first_unregistered) =
		instance;
	history->last_unregistered = instance;
}

static void drop_instance(struct writer_history *history,
                          struct writer_instance *instance)
{
	while (instance->oldest)
		drop_sample(history, instance->oldest);
	if (instance->registered)
		history->registered--;
	else
		unlink_unregistered(history, instance);
	tern__deadline_stop(&history->deadline, &instance->deadline);
	tern__instance_table_remove(&history->instances, &instance->node);
	if (!history->keyed)
		history->only = NULL;
	free(instance);
}

void tern__writer_history_destroy(struct writer_history *history)
{
	struct instance_node *node;

	if (!history)
		return;
	tern__writer_history_cancel(history);
	while ((node = tern__instance_table_above(&history->instances, TERN_HANDLE_NIL)))
		drop_instance(history, (struct writer_instance *)node);
	tern__instance_table_fini(&history->instances);
	tern__deadline_fini(&history->deadline);
	free(history);
}

/* ---- reserve, commit, cancel ---- */

static struct writer_instance *find(const struct writer_history *history,
                                    const uint8_t *key_hash)
{
	if (!history->keyed)
		return history->only;
	return (struct writer_instance *)tern__instance_table_find(&history->instances,
	                                                           key_hash);
}

/* Can samples of an unregistered instance other than this one make way? */
static bool can_evict(const struct writer_history *history,
                      const struct writer_instance *instance)
{
	const struct writer_instance *other = history->first_unregistered;

	while (other && (other == instance || !other->sample_count))
		other = other->next;
	return other;
}

static tern_status check_limits(const struct writer_history *history,
                                const struct writer_instance *instance)
{
	if (!(instance && instance->registered) &&
	    history->registered >= history->max_instances)
		return tern_fail(TERN_ELIMIT,
		                 "the writer has %u instances and max_instances is %u: "
		                 "unregister one, or raise the limit",
		                 (unsigned)history->registered,
		                 (unsigned)history->max_instances);
	if (!history->keeps || (instance && instance->sample_count >= history->depth))
		return TERN_OK;
	if (instance && instance->sample_count >= history->max_samples_per_instance)
		return tern_fail(
			TERN_ELIMIT,
			"the writer keeps %u samples of this instance for late joiners "
			"and max_samples_per_instance is %u: use KEEP_LAST or raise "
			"the limit",
			(unsigned)instance->sample_count,
			(unsigned)history->max_samples_per_instance);
	if (history->sample_count >= history->max_samples &&
	    !can_evict(history, instance))
		return tern_fail(
			TERN_ELIMIT,
			"the writer keeps %u samples for late joiners and max_samples "
			"is %u: use KEEP_LAST with a smaller depth, or raise the limit",
			(unsigned)history->sample_count, (unsigned)history->max_samples);
	return TERN_OK;
}

/* Will this change leave something behind for late joiners? */
static bool is_kept(const struct writer_history *history,
                    const struct writer_instance *instance, tern_change_kind kind)
{
	if (!history->keeps)
		return false;
	if (kind == TERN_CHANGE_WRITE)
		return true;
	if (kind == TERN_CHANGE_DISPOSE)
		return !instance->disposed;
	return kind == TERN_CHANGE_UNREGISTER && !instance->disposed && instance->oldest;
}

tern_status tern__writer_history_reserve(struct writer_history *history,
                                         tern_change_kind kind,
                                         const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES],
                                         int64_t now_real_ns)
{
	struct reservation reserved = { .active = true, .kind = kind };
	tern_status s;

	assert(!history->reserved.active);
	tern__writer_history_expire(history, now_real_ns);
	reserved.instance = find(history, key_hash);
	if (kind == TERN_CHANGE_WRITE) {
		s = check_limits(history, reserved.instance);
		if (s < 0)
			return s;
	} else if (!reserved.instance || !reserved.instance->registered) {
		return tern_fail(
			TERN_ENOTFOUND,
			"this writer has no such instance: it never wrote it, or "
			"unregistered it");
	}
	if (is_kept(history, reserved.instance, kind)) {
		reserved.sample = malloc(sizeof *reserved.sample);
		if (!reserved.sample)
			return tern_fail(TERN_ENOMEM, "no memory to keep a sample");
	}
	if (!reserved.instance) {
		s = tern__deadline_reserve(&history->deadline,
		                           history->instances.count + 1);
		if (s < 0)
			goto free_sample;
		reserved.instance = calloc(1, sizeof *reserved.instance);
		if (!reserved.instance) {
			s = tern_fail(TERN_ENOMEM, "no memory for a new instance");
			goto free_sample;
		}
		reserved.instance_is_new = true;
		memcpy(reserved.instance->node.key_hash,
		       history->keyed ? key_hash : no_key_hash, TERN_KEY_HASH_SIZE_BYTES);
	}
	history->reserved = reserved;
	return TERN_OK;

free_sample:
	free(reserved.sample);
	return s;
}

static void register_instance(struct writer_history *history,
                              struct writer_instance *instance, bool is_new)
{
	if (is_new) {
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];

		memcpy(key_hash, instance->node.key_hash, sizeof key_hash);
		tern__instance_table_add(&history->instances, &instance->node, key_hash);
		if (!history->keyed)
			history->only = instance;
	} else if (!instance->registered) {
		unlink_unregistered(history, instance);
	}
	if (!instance->registered)
		history->registered++;
	instance->registered = true;
	instance->disposed = false;
	while (history->instances.count > history->max_instances &&
	       history->first_unregistered)
		drop_instance(history, history->first_unregistered);
}

static void make_room(struct writer_history *history, struct writer_instance *instance)
{
	while (instance->sample_count >= history->depth)
		drop_sample(history, instance->oldest);
	while (history->sample_count >= history->max_samples &&
	       history->first_unregistered)
		drop_instance(history, history->first_unregistered);
}

static void unregister_instance(struct writer_history *history,
                                struct writer_instance *instance)
{
	instance->registered = false;
	history->registered--;
	tern__deadline_stop(&history->deadline, &instance->deadline);
	link_unregistered(history, instance);
}

void tern__writer_history_commit(struct writer_history *history,
                                 int64_t source_timestamp_ns,
                                 struct tern_payload *payload, int64_t now_monotonic_ns)
{
	struct reservation reserved = history->reserved;
	struct writer_instance *instance = reserved.instance;
	struct writer_sample *sample = reserved.sample;

	assert(reserved.active);
	history->reserved = (struct reservation){ 0 };
	if (reserved.kind == TERN_CHANGE_WRITE) {
		register_instance(history, instance, reserved.instance_is_new);
		if (sample)
			make_room(history, instance);
		tern__deadline_update(&history->deadline, &instance->deadline,
		                      now_monotonic_ns);
	}
	if (sample) {
		sample->payload = payload ? tern_payload_ref(payload) : NULL;
		sample->source_timestamp_ns = source_timestamp_ns;
		sample->kind = reserved.kind;
		append_sample(history, instance, sample);
		drop_meaningless(history, instance);
	}
	if (reserved.kind & TERN_CHANGE_DISPOSE) {
		instance->disposed = true;
		tern__deadline_stop(&history->deadline, &instance->deadline);
	}
	if (reserved.kind & TERN_CHANGE_UNREGISTER) {
		unregister_instance(history, instance);
		if (instance->disposed || !instance->oldest)
			drop_instance(history, instance);
	}
}

void tern__writer_history_cancel(struct writer_history *history)
{
	struct reservation reserved = history->reserved;

	if (!reserved.active)
		return;
	history->reserved = (struct reservation){ 0 };
	free(reserved.sample);
	if (reserved.instance_is_new)
		free(reserved.instance);
	else if (!reserved.instance->registered && !reserved.instance->oldest)
		drop_instance(history, reserved.instance);
}

/* ---- what late joiners get ---- */

void tern__writer_history_expire(struct writer_history *history, int64_t now_real_ns)
{
	struct writer_sample *sample;

	if (history->lifespan_ns == TERN_INFINITE)
		return;
	/* Timestamps rise from sample to sample, so the oldest goes first. */
	while ((sample = history->oldest) &&
	       sample->source_timestamp_ns <= now_real_ns - history->lifespan_ns) {
		struct writer_instance *instance = sample->instance;

		drop_sample(history, sample);
		drop_meaningless(history, instance);
		if (!instance->oldest && !instance->registered &&
		    instance != history->reserved.instance)
			drop_instance(history, instance);
	}
}

const struct writer_sample *tern__writer_history_first(struct writer_history *history)
{
	return history->oldest;
}

/* ---- questions ---- */

tern_instance_handle tern__writer_history_instance_above(
	const struct writer_history *history, tern_instance_handle above,
	uint8_t ret_key_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	const struct instance_node *node =
		tern__instance_table_above(&history->instances, above);

	while (node && !((const struct writer_instance *)node)->registered)
		node = tern__instance_table_above(&history->instances, node->handle);
	if (!node)
		return TERN_HANDLE_NIL;
	if (ret_key_hash)
		memcpy(ret_key_hash, node->key_hash, TERN_KEY_HASH_SIZE_BYTES);
	return node->handle;
}

tern_instance_handle tern__writer_history_lookup(
	const struct writer_history *history,
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	const struct writer_instance *instance = find(history, key_hash);

	return instance && instance->registered ? instance->node.handle : TERN_HANDLE_NIL;
}

uint32_t tern__writer_history_instances(const struct writer_history *history)
{
	return history->registered;
}

uint32_t tern__writer_history_samples(const struct writer_history *history)
{
	return history->count;
}

uint64_t tern__writer_history_deadline_missed(struct writer_history *history,
                                              int64_t now_monotonic_ns,
                                              tern_instance_handle *ret_instance)
{
	struct deadline_node *node;
	uint64_t missed, total = 0;

	while ((node = tern__deadline_missed(&history->deadline, now_monotonic_ns,
	                                     &missed))) {
		const struct writer_instance *instance =
			(const struct writer_instance
		                 *)(const void *)((const char *)node -
		                                  offsetof(struct writer_instance,
		                                           deadline));
		*ret_instance = instance->node.handle;
		total += missed;
	}
	return total;
}

int64_t tern__writer_history_next_deadline(struct writer_history *history)
{
	return tern__deadline_next(&history->deadline);
}
