/* A reader's statuses: what changed, for waitsets, listeners and those who ask. */
#include "dispatcher.h"
#include "domain.h"
#include "entity_status.h"
#include "reader.h"

uint32_t tern__reader_changes(struct tern_reader *reader)
{
	const struct history_counts *counts = tern__history_counts(reader->history);
	uint32_t changes = reader->status_changes;

	if (tern__history_has_unread(reader->history))
		changes |= TERN_STATUS_DATA_AVAILABLE;
	/* What arrived may have been taken since. */
	if (reader->arrived && (changes & TERN_STATUS_DATA_AVAILABLE))
		changes |= STATUS_DATA_ARRIVED;
	if (reader->counters.lost != reader->lost_seen)
		changes |= TERN_STATUS_SAMPLE_LOST;
	if (counts->rejected != reader->rejected_seen)
		changes |= TERN_STATUS_SAMPLE_REJECTED;
	if (counts->deadline_missed != reader->deadline_seen)
		changes |= TERN_STATUS_REQUESTED_DEADLINE_MISSED;
	return changes;
}

uint32_t tern__reader_triggered(struct tern_reader *reader, uint32_t wanted,
                                int64_t *ret_next_event_ns)
{
	if (atomic_load_explicit(&reader->pulling, memory_order_acquire)) {
		pthread_mutex_lock(&reader->take_lock);
		tern__reader_poll(reader);
		pthread_mutex_unlock(&reader->take_lock);
	}
	pthread_mutex_lock(&reader->lock);
	struct history_now now = tern__reader_now(reader);
	if (tern__history_tick(reader->history, &now))
		reader->arrived = true;
	uint32_t changes = tern__reader_changes(reader) & wanted;
	int64_t next = tern__history_next_event(reader->history, &now);
	pthread_mutex_unlock(&reader->lock);
	if (next < *ret_next_event_ns)
		*ret_next_event_ns = next;
	return changes;
}

uint32_t tern_reader_status_changes(struct tern_reader *reader)
{
	int64_t next_event_ns = TERN_INFINITE;

	if (!reader)
		return 0;
	domain_discover(reader->port.domain);
	return tern__reader_triggered(reader, ~STATUS_DATA_ARRIVED, &next_event_ns);
}

struct tern_matched_status tern_reader_subscription_matched(struct tern_reader *reader)
{
	if (!reader)
		return (struct tern_matched_status){ 0 };
	domain_discover(reader->port.domain);
	pthread_mutex_lock(&reader->lock);
	struct tern_matched_status status = reader->matched;
	reader->matched.count.change = 0;
	reader->matched.current_change = 0;
	reader->status_changes &= ~(uint32_t)TERN_STATUS_SUBSCRIPTION_MATCHED;
	pthread_mutex_unlock(&reader->lock);
	return status;
}

struct tern_incompatible_status tern_reader_requested_incompatible(
	struct tern_reader *reader)
{
	if (!reader)
		return (struct tern_incompatible_status){ 0 };
	domain_discover(reader->port.domain);
	pthread_mutex_lock(&reader->lock);
	struct tern_incompatible_status status = reader->incompatible;
	reader->incompatible.count.change = 0;
	reader->status_changes &= ~(uint32_t)TERN_STATUS_REQUESTED_INCOMPATIBLE;
	pthread_mutex_unlock(&reader->lock);
	return status;
}

struct tern_liveliness_status tern_reader_liveliness_changed(struct tern_reader *reader)
{
	if (!reader)
		return (struct tern_liveliness_status){ 0 };
	domain_discover(reader->port.domain);
	pthread_mutex_lock(&reader->lock);
	struct tern_liveliness_status status = reader->liveliness;
	reader->liveliness.alive_change = 0;
	reader->liveliness.not_alive_change = 0;
	reader->status_changes &= ~(uint32_t)TERN_STATUS_LIVELINESS_CHANGED;
	pthread_mutex_unlock(&reader->lock);
	return status;
}

struct tern_deadline_status tern_reader_requested_deadline_missed(
	struct tern_reader *reader)
{
	if (!reader)
		return (struct tern_deadline_status){ 0 };
	struct history_now now = tern__now();

	pthread_mutex_lock(&reader->lock);
	if (tern__history_tick(reader->history, &now))
		reader->arrived = true;
	const struct history_counts *counts = tern__history_counts(reader->history);
	struct tern_deadline_status status = {
		.count =
			tern__count_look(counts->deadline_missed, &reader->deadline_seen),
		.last_instance = counts->deadline_instance,
	};
	pthread_mutex_unlock(&reader->lock);
	return status;
}

struct tern_count tern_reader_sample_lost(struct tern_reader *reader)
{
	if (!reader)
		return (struct tern_count){ 0 };
	pthread_mutex_lock(&reader->lock);
	struct tern_count count =
		tern__count_look(reader->counters.lost, &reader->lost_seen);
	pthread_mutex_unlock(&reader->lock);
	return count;
}

struct tern_rejected_status tern_reader_sample_rejected(struct tern_reader *reader)
{
	if (!reader)
		return (struct tern_rejected_status){ 0 };
	pthread_mutex_lock(&reader->lock);
	const struct history_counts *counts = tern__history_counts(reader->history);
	struct tern_rejected_status status = {
		.count = tern__count_look(counts->rejected, &reader->rejected_seen),
		.last_reason = counts->rejected_reason,
		.last_instance = counts->rejected_instance,
	};
	pthread_mutex_unlock(&reader->lock);
	return status;
}

struct tern_reader_counters tern_reader_get_counters(struct tern_reader *reader)
{
	if (!reader)
		return (struct tern_reader_counters){ 0 };
	pthread_mutex_lock(&reader->lock);
	const struct history_counts *counts = tern__history_counts(reader->history);
	struct tern_reader_counters counters = reader->counters;
	counters.received = counts->stored;
	counters.taken = counts->taken;
	counters.malformed += counts->no_key;
	counters.rejected = counts->rejected + counts->no_memory;
	counters.expired = counts->expired + counts->purged;
	counters.filtered = counts->filtered + counts->not_owner + counts->too_old;
	counters.overwritten += counts->overwritten;
	pthread_mutex_unlock(&reader->lock);
	return counters;
}

/* ---- listeners ------------------------------------------------------------------------- */

static uint32_t wanted_by(const struct tern_reader_listener *listener)
{
	uint32_t wanted = 0;

	wanted |= listener->data_available ? STATUS_DATA_ARRIVED : 0;
	wanted |= listener->subscription_matched ? TERN_STATUS_SUBSCRIPTION_MATCHED : 0;
	wanted |=
		listener->requested_incompatible ? TERN_STATUS_REQUESTED_INCOMPATIBLE : 0;
	wanted |= listener->requested_deadline_missed
	                  ? TERN_STATUS_REQUESTED_DEADLINE_MISSED
	                  : 0;
	wanted |= listener->sample_lost ? TERN_STATUS_SAMPLE_LOST : 0;
	wanted |= listener->sample_rejected ? TERN_STATUS_SAMPLE_REJECTED : 0;
	wanted |= listener->liveliness_changed ? TERN_STATUS_LIVELINESS_CHANGED : 0;
	return wanted;
}

static void dispatch_statuses(struct tern_reader *reader,
                              const struct tern_reader_listener *listener,
                              uint32_t changes)
{
	void *context = listener->context;

	if (changes & TERN_STATUS_SUBSCRIPTION_MATCHED) {
		struct tern_matched_status status =
			tern_reader_subscription_matched(reader);
		listener->subscription_matched(reader, &status, context);
	}
	if (changes & TERN_STATUS_REQUESTED_INCOMPATIBLE) {
		struct tern_incompatible_status status =
			tern_reader_requested_incompatible(reader);
		listener->requested_incompatible(reader, &status, context);
	}
	if (changes & TERN_STATUS_REQUESTED_DEADLINE_MISSED) {
		struct tern_deadline_status status =
			tern_reader_requested_deadline_missed(reader);
		listener->requested_deadline_missed(reader, &status, context);
	}
	if (changes & TERN_STATUS_SAMPLE_LOST) {
		struct tern_count count = tern_reader_sample_lost(reader);
		listener->sample_lost(reader, &count, context);
	}
	if (changes & TERN_STATUS_SAMPLE_REJECTED) {
		struct tern_rejected_status status = tern_reader_sample_rejected(reader);
		listener->sample_rejected(reader, &status, context);
	}
	if (changes & TERN_STATUS_LIVELINESS_CHANGED) {
		struct tern_liveliness_status status =
			tern_reader_liveliness_changed(reader);
		listener->liveliness_changed(reader, &status, context);
	}
}

void tern__reader_dispatch(struct tern_reader *reader,
                           const struct tern_reader_listener *listener)
{
	int64_t next_event_ns = TERN_INFINITE;
	uint32_t changes =
		tern__reader_triggered(reader, wanted_by(listener), &next_event_ns);

	dispatch_statuses(reader, listener, changes);
	if (!(changes & STATUS_DATA_ARRIVED))
		return;
	pthread_mutex_lock(&reader->lock);
	reader->arrived = false;
	pthread_mutex_unlock(&reader->lock);
	listener->data_available(reader, listener->context);
}

tern_status tern_reader_set_listener(struct tern_reader *reader,
                                     const struct tern_reader_listener *listener)
{
	struct dispatcher *dispatcher;

	if (!reader)
		return tern_fail(TERN_EINVAL, "a listener needs a reader");
	tern_status s = dispatcher_refuse_listeners(
		tern__participant_has_dispatcher(reader->participant),
		"a listener cannot be set");
	if (s < 0)
		return s;
	if (!listener) {
		tern__participant_forget(reader->participant, reader);
		return TERN_OK;
	}
	s = tern__participant_dispatcher(reader->participant, &dispatcher);
	if (s < 0)
		return s;
	return dispatcher_set_reader(dispatcher, reader, listener, wanted_by(listener));
}
