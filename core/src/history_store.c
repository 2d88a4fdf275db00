/* What comes into a reader's history: is it wanted, is there room, and where does it go?
 * Source: DDS 1.4, 2.2.3.9 (ownership), 2.2.3.12 (filter), 2.2.3.16 (lifespan), 2.2.3.17 (order),
 * 2.2.3.18 and 2.2.3.19 (history and limits). */
#include <string.h>

#include "history_impl.h"

/* One change on its way through the steps below, each of which says HISTORY_STORED for "go on". */
struct incoming {
	const struct history_change *change;
	int64_t reception_timestamp_ns;
	int64_t expires_ns; /* TERN_INFINITE: never */
	bool has_data;
	bool dispose;
	bool unregister;
	bool unfiltered;
	const struct history_now *now;
};

static inline uint32_t valid_in(const struct history_instance *instance)
{
	return instance->count - (instance->newest && !instance->newest->valid_data);
}

/* A writer whose clock runs ahead of ours does not prolong its samples' lives. */
static int64_t expiry_of(const struct history_change *change,
                         int64_t reception_timestamp_ns)
{
	int64_t from_ns = change->source_timestamp_ns < reception_timestamp_ns
	                          ? change->source_timestamp_ns
	                          : reception_timestamp_ns;

	if (change->writer->facts.lifespan_ns == TERN_INFINITE)
		return TERN_INFINITE;
	return time_plus(from_ns, change->writer->facts.lifespan_ns);
}

/* What finds no room: a take makes some (KEEP_ALL, nothing may be lost), or it is rejected. */
static enum history_verdict no_room(struct history *history, const struct incoming *in,
                                    tern_rejected_reason reason, bool take_helps)
{
	if (history->keep_all && in->change->reliable && take_helps)
		return HISTORY_FULL;
	history->counts.rejected++;
	history->counts.rejected_reason = reason;
	history->counts.rejected_instance =
		tern__history_handle_of(history, in->change->key_hash);
	return HISTORY_REJECTED;
}

/* instance NULL: it would be a new one. */
static enum history_verdict find_room(struct history *history,
                                      const struct history_instance *instance,
                                      const struct incoming *in)
{
	if (instance && valid_in(instance) >= history->depth)
		return HISTORY_STORED; /* its oldest makes way */
	if (history->valid >= history->max_samples)
		return no_room(history, in, TERN_REJECTED_BY_SAMPLES_LIMIT, true);
	if (instance && valid_in(instance) >= history->max_samples_per_instance)
		return no_room(history, in, TERN_REJECTED_BY_SAMPLES_PER_INSTANCE_LIMIT,
		               true);
	return HISTORY_STORED;
}

static enum history_verdict no_memory(struct history *history)
{
	history->counts.no_memory++;
	return HISTORY_NO_MEMORY;
}

/* ---- an instance that is not known yet ---- */

static enum history_verdict make_instance(struct history *history,
                                          const struct incoming *in,
                                          struct history_instance **ret_instance)
{
	struct tern_payload *payload = in->change->payload;
	struct tern_payload *key = NULL;
	enum history_verdict verdict;

	if (!in->has_data && !in->dispose)
		return HISTORY_UNCHANGED;
	if (history->keyed && !payload) {
		history->counts.unknown_instance++;
		return HISTORY_UNKNOWN_INSTANCE;
	}
	/* A take frees no instance that still has a writer: waiting for one could be for ever. */
	if (history->instances.count >= history->max_instances)
		return no_room(history, in, TERN_REJECTED_BY_INSTANCES_LIMIT,
		               history->orphans > 0);
	verdict = in->has_data ? find_room(history, NULL, in) : HISTORY_STORED;
	if (verdict != HISTORY_STORED)
		return verdict;
	if (history->keyed) {
		key = payload->key_only || !history->make_key
		              ? tern_payload_ref(payload)
		              : history->make_key(history->context, payload);
		if (!key) {
			history->counts.no_key++;
			return HISTORY_NO_KEY;
		}
	}
	*ret_instance = tern__history_instance_new(history, in->change->key_hash, key);
	if (!*ret_instance) {
		tern_payload_unref(key);
		return no_memory(history);
	}
	return HISTORY_STORED;
}

/* ---- a known instance: is the change wanted? ---- */

/* BY_SOURCE_TIMESTAMP: is the sample that the filter holds back newer? */
static bool held_is_newer(const struct history *history,
                          const struct history_instance *instance,
                          const struct incoming *in)
{
	const struct history_change *held;

	if (!history->by_source || !instance->held)
		return false;
	held = &instance->held->change;
	return tern__history_precedes(
		in->change->source_timestamp_ns, &in->change->writer->facts.tie_guid,
		held->source_timestamp_ns, &held->writer->facts.tie_guid);
}

static bool is_too_old(const struct history *history,
                       const struct history_instance *instance, const struct incoming *in)
{
	int64_t at_ns = in->change->source_timestamp_ns;
	const struct tern_guid *tie_guid = &in->change->writer->facts.tie_guid;
	const struct history_sample *limit = NULL;

	if (!history->by_source)
		return false;
	if (tern__history_precedes(at_ns, tie_guid, instance->floor_timestamp_ns,
	                           &instance->floor_tie_guid))
		return true;
	/* What was written after a dispose undoes it; what the depth would drop need not come. */
	if (in->dispose && held_is_newer(history, instance, in))
		return true;
	if (valid_in(instance) > 0 && in->dispose)
		limit = instance->newest->valid_data ? instance->newest
		                                     : instance->newest->older;
	else if (valid_in(instance) >= history->depth)
		limit = instance->oldest;
	return limit &&
	       tern__history_precedes(at_ns, tie_guid, limit->source_timestamp_ns,
	                              &limit->tie_guid);
}

/* EXCLUSIVE: does the writer own the instance, or may it take it over? */
static bool is_owner(const struct history *history,
                     const struct history_instance *instance, const struct incoming *in)
{
	const struct history_writer *owner = instance->owner;
	const struct history_writer *writer = in->change->writer;

	if (!history->exclusive || !owner || owner == writer)
		return true;
	if (owner->facts.ownership_strength < writer->facts.ownership_strength)
		return true;
	/* The owner missed its deadline, though no tick has come by to count that. */
	if (instance->deadline.due.place &&
	    in->now->monotonic_ns - instance->deadline.updated_ns >=
	            history->deadline.period_ns)
		return true;
	return owner->facts.ownership_strength == writer->facts.ownership_strength &&
	       memcmp(writer->facts.tie_guid.bytes, owner->facts.tie_guid.bytes,
	              TERN_GUID_SIZE_BYTES) < 0;
}

/* The time-based filter. A reliable reader gets the last value in the end. */
static enum history_verdict filter(struct history *history,
                                   struct history_instance *instance,
                                   const struct incoming *in)
{
	bool is_last = in->dispose || in->unregister;
	bool may_be_shown = is_last || !instance->was_shown ||
	                    instance->state != TERN_ALIVE ||
	                    in->now->monotonic_ns - instance->shown_ns >=
	                            history->minimum_separation_ns;
	bool superseded = held_is_newer(history, instance, in);

	if (may_be_shown && (!superseded || is_last)) {
		if (instance->held && !superseded) {
			history->counts.filtered++;
			tern__history_drop_held(history, instance);
		}
		return HISTORY_STORED;
	}
	/* It came in time, though nobody sees it. */
	tern__deadline_update(&history->deadline, &instance->deadline,
	                      in->now->monotonic_ns);
	if (history->reliable && in->change->reliable && !superseded) {
		if (!tern__history_register(history, instance, in->change->writer))
			return no_memory(history);
		return tern__history_hold(history, instance, in->change,
		                          in->reception_timestamp_ns);
	}
	history->counts.filtered++;
	return HISTORY_FILTERED;
}

static enum history_verdict check(struct history *history,
                                  struct history_instance *instance,
                                  const struct incoming *in)
{
	if (!in->has_data && !in->dispose)
		return HISTORY_STORED;
	if (!is_owner(history, instance, in)) {
		history->counts.not_owner += in->has_data;
		return HISTORY_NOT_OWNER;
	}
	if (is_too_old(history, instance, in)) {
		history->counts.too_old += in->has_data;
		return HISTORY_TOO_OLD;
	}
	if (!in->has_data)
		return HISTORY_STORED;
	if (history->minimum_separation_ns > 0 && !in->unfiltered) {
		enum history_verdict verdict = filter(history, instance, in);
		if (verdict != HISTORY_STORED)
			return verdict;
	}
	return find_room(history, instance, in);
}

/* ---- carry it out ---- */

static void fill(struct history_sample *sample, const struct history_instance *instance,
                 const struct incoming *in)
{
	const struct history_change *change = in->change;

	sample->payload = tern_payload_ref(change->payload);
	sample->native = NULL;
	sample->writer = change->writer->facts.guid;
	sample->tie_guid = change->writer->facts.tie_guid;
	sample->source_timestamp_ns = change->source_timestamp_ns;
	sample->reception_timestamp_ns = in->reception_timestamp_ns;
	sample->transport = change->transport;
	sample->valid_data = true;
	sample->disposed_generation = instance->disposed_generation;
	sample->no_writers_generation = instance->no_writers_generation;
}

static enum history_verdict put_sample(struct history *history,
                                       struct history_instance *instance,
                                       const struct incoming *in)
{
	struct history_writer *writer = in->change->writer;
	enum history_verdict verdict = HISTORY_STORED;
	struct history_sample *sample, *older;

	if (in->expires_ns != TERN_INFINITE &&
	    tern__due_heap_reserve(&history->lifespans, history->lifespans.count + 1) < 0)
		return no_memory(history);
	if (!tern__history_register(history, instance, writer))
		return no_memory(history);
	sample = tern__history_sample_new(history);
	if (!sample)
		return no_memory(history);

	tern__history_instance_revive(history, instance);
	instance->owner = writer;
	if (instance->newest && !instance->newest->valid_data)
		tern__history_sample_remove(history, instance->newest);
	if (instance->count >= history->depth) {
		if (!instance->oldest->is_read) {
			history->counts.overwritten++;
			verdict = HISTORY_OVERWROTE;
		}
		tern__history_sample_remove(history, instance->oldest);
	}
	fill(sample, instance, in);
	older = instance->newest;
	while (history->by_source && older &&
	       tern__history_precedes(sample->source_timestamp_ns, &sample->tie_guid,
	                              older->source_timestamp_ns, &older->tie_guid))
		older = older->older;
	tern__history_sample_insert(history, instance, sample, older);
	if (in->expires_ns != TERN_INFINITE)
		tern__due_heap_set(&history->lifespans, &sample->expiry, in->expires_ns);
	tern__deadline_update(&history->deadline, &instance->deadline,
	                      in->now->monotonic_ns);
	instance->was_shown = true;
	instance->shown_ns = in->now->monotonic_ns;
	history->counts.stored++;
	return verdict;
}

/* @return true if that can be read now */
static bool dispose(struct history *history, struct history_instance *instance,
                    const struct incoming *in)
{
	struct history_writer *writer = in->change->writer;
	int64_t at_ns = in->change->source_timestamp_ns;
	bool news = tern__history_release(history, instance, in->now);

	instance->owner = writer;
	tern__history_raise_floor(history, instance, at_ns, &writer->facts.tie_guid);
	return tern__history_instance_end(history, instance, TERN_NOT_ALIVE_DISPOSED,
	                                  writer, at_ns, in->now) ||
	       news;
}

/* Whoever writes or disposes is a writer of the instance, also if nobody listens to it. */
static enum history_verdict carry_out(struct history *history,
                                      struct history_instance *instance,
                                      const struct incoming *in,
                                      enum history_verdict verdict)
{
	struct history_writer *writer = in->change->writer;
	bool wanted = verdict == HISTORY_STORED;
	bool news = false;

	if (!wanted && verdict != HISTORY_REJECTED && !in->unregister &&
	    !tern__history_register(history, instance, writer))
		return no_memory(history);
	if (wanted) {
		verdict = in->has_data ? put_sample(history, instance, in)
		                       : HISTORY_UNCHANGED;
		if (verdict == HISTORY_NO_MEMORY)
			return verdict;
	}
	if (in->dispose && (wanted || verdict == HISTORY_REJECTED)) {
		if (!in->unregister && !tern__history_register(history, instance, writer))
			return no_memory(history);
		news = dispose(history, instance, in);
		if (in->unregister && instance->owner == writer)
			instance->owner = NULL;
	}
	if (in->unregister)
		news |= tern__history_unregister(history, instance, writer, false,
		                                 in->change->source_timestamp_ns,
		                                 in->now);
	return news && verdict == HISTORY_UNCHANGED ? HISTORY_STORED : verdict;
}

enum history_verdict tern__history_apply(struct history *history,
                                         const struct history_change *change,
                                         int64_t reception_timestamp_ns, bool unfiltered,
                                         const struct history_now *now)
{
	struct incoming in = {
		.change = change,
		.reception_timestamp_ns = reception_timestamp_ns,
		.expires_ns = expiry_of(change, reception_timestamp_ns),
		.has_data = change->payload && !change->payload->key_only,
		.dispose = change->kind & TERN_CHANGE_DISPOSE,
		.unregister = change->kind & TERN_CHANGE_UNREGISTER,
		.unfiltered = unfiltered,
		.now = now,
	};
	struct history_instance *instance;
	enum history_verdict verdict;

	tern__history_expire(history, now);
	change->writer->transport = change->transport;
	if (change->kind == TERN_CHANGE_WRITE && !in.has_data)
		return HISTORY_UNCHANGED;
	bool expired = in.has_data && in.expires_ns <= now->real_ns;
	if (expired && change->kind == TERN_CHANGE_WRITE) {
		history->counts.expired++;
		return HISTORY_EXPIRED;
	}
	in.has_data &= !expired;
	instance = tern__history_instance_find(history, change->key_hash);
	verdict = instance ? check(history, instance, &in)
	                   : make_instance(history, &in, &instance);
	if (verdict == HISTORY_FULL) /* it comes again, and is counted then */
		return verdict;
	history->counts.expired += expired;
	if (!instance || verdict == HISTORY_HELD || verdict == HISTORY_NO_MEMORY)
		return verdict;
	verdict = carry_out(history, instance, &in, verdict);
	if (verdict == HISTORY_NO_MEMORY)
		tern__history_instance_reclaim(history, instance);
	return verdict;
}

/* That this reader is slow is no deadline that the writer missed. */
static void note_in_time(struct history *history, const struct history_change *change,
                         const struct history_now *now)
{
	struct history_instance *instance =
		tern__history_instance_find(history, change->key_hash);

	if (instance && instance->deadline.due.place)
		tern__deadline_update(&history->deadline, &instance->deadline,
		                      now->monotonic_ns);
}

enum history_verdict tern__history_store(struct history *history,
                                         const struct history_change *change,
                                         const struct history_now *now)
{
	enum history_verdict verdict = HISTORY_FULL;

	change->writer->unregister_later = false;
	if (history->overflow_first && change->reliable && history->keep_all) {
		/* Behind what came before, which may find room now that lifespans ended. */
		history->news |= tern__history_drain(history, now);
		if (!history->overflow_first)
			verdict = tern__history_apply(history, change, now->real_ns,
			                              false, now);
	} else {
		verdict = tern__history_apply(history, change, now->real_ns, false, now);
	}
	if (verdict == HISTORY_FULL && change->may_overflow) {
		verdict = tern__history_overflow(history, change, now->real_ns, false);
		if (verdict == HISTORY_OVERFLOWED)
			note_in_time(history, change, now);
	}
	return verdict;
}
