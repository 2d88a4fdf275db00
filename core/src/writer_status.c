/* A writer's statuses: what changed, for waitsets, listeners and those who ask. */
#include "clock.h"
#include "dispatcher.h"
#include "domain.h"
#include "writer.h"

/* Look for missed deadlines. While a write holds the lock nobody waits for it here: it rings
 * when it is done, and then they are looked for. */
static void note_deadlines(struct tern_writer *writer, int64_t *ret_next_event_ns)
{
	if (writer->port.info.qos.deadline_ns == TERN_INFINITE)
		return;
	if (pthread_mutex_trylock(&writer->lock) != 0) {
		atomic_store(&writer->deadline_asked, true);
		if (pthread_mutex_trylock(&writer->lock) != 0)
			return;
	}
	tern_instance_handle instance = TERN_HANDLE_NIL;
	uint64_t missed = tern__writer_history_deadline_missed(
		writer->history, clock_monotonic_ns(), &instance);
	int64_t next_ns = tern__writer_history_next_deadline(writer->history);
	tern__writer_unlock(writer);
	if (next_ns < *ret_next_event_ns)
		*ret_next_event_ns = next_ns;
	if (!missed)
		return;
	pthread_mutex_lock(&writer->status_lock);
	writer->deadline.count.total += missed;
	writer->deadline.count.change += missed;
	writer->deadline.last_instance = instance;
	writer->status_changes |= TERN_STATUS_OFFERED_DEADLINE_MISSED;
	pthread_mutex_unlock(&writer->status_lock);
}

uint32_t tern__writer_triggered(struct tern_writer *writer, uint32_t wanted,
                                int64_t *ret_next_event_ns)
{
	note_deadlines(writer, ret_next_event_ns);
	pthread_mutex_lock(&writer->status_lock);
	uint32_t changes = writer->status_changes & wanted;
	pthread_mutex_unlock(&writer->status_lock);
	return changes;
}

uint32_t tern_writer_status_changes(struct tern_writer *writer)
{
	int64_t next_event_ns = TERN_INFINITE;

	if (!writer)
		return 0;
	domain_discover(writer->port.domain);
	return tern__writer_triggered(writer, UINT32_MAX, &next_event_ns);
}

struct tern_matched_status tern_writer_publication_matched(struct tern_writer *writer)
{
	if (!writer)
		return (struct tern_matched_status){ 0 };
	domain_discover(writer->port.domain);
	pthread_mutex_lock(&writer->status_lock);
	struct tern_matched_status status = writer->matched;
	writer->matched.count.change = 0;
	writer->matched.current_change = 0;
	writer->status_changes &= ~(uint32_t)TERN_STATUS_PUBLICATION_MATCHED;
	pthread_mutex_unlock(&writer->status_lock);
	return status;
}

struct tern_incompatible_status tern_writer_offered_incompatible(
	struct tern_writer *writer)
{
	if (!writer)
		return (struct tern_incompatible_status){ 0 };
	domain_discover(writer->port.domain);
	pthread_mutex_lock(&writer->status_lock);
	struct tern_incompatible_status status = writer->incompatible;
	writer->incompatible.count.change = 0;
	writer->status_changes &= ~(uint32_t)TERN_STATUS_OFFERED_INCOMPATIBLE;
	pthread_mutex_unlock(&writer->status_lock);
	return status;
}

struct tern_deadline_status tern_writer_offered_deadline_missed(
	struct tern_writer *writer)
{
	if (!writer)
		return (struct tern_deadline_status){ 0 };
	int64_t next_event_ns = TERN_INFINITE;

	note_deadlines(writer, &next_event_ns);
	pthread_mutex_lock(&writer->status_lock);
	struct tern_deadline_status status = writer->deadline;
	writer->deadline.count.change = 0;
	writer->status_changes &= ~(uint32_t)TERN_STATUS_OFFERED_DEADLINE_MISSED;
	pthread_mutex_unlock(&writer->status_lock);
	return status;
}

/* ---- listeners ------------------------------------------------------------------------- */

static uint32_t wanted_by(const struct tern_writer_listener *listener)
{
	uint32_t wanted = 0;

	wanted |= listener->publication_matched ? TERN_STATUS_PUBLICATION_MATCHED : 0;
	wanted |= listener->offered_incompatible ? TERN_STATUS_OFFERED_INCOMPATIBLE : 0;
	wanted |= listener->offered_deadline_missed ? TERN_STATUS_OFFERED_DEADLINE_MISSED
	                                            : 0;
	return wanted;
}

void tern__writer_dispatch(struct tern_writer *writer,
                           const struct tern_writer_listener *listener)
{
	int64_t next_event_ns = TERN_INFINITE;
	uint32_t changes =
		tern__writer_triggered(writer, wanted_by(listener), &next_event_ns);
	void *context = listener->context;

	if (changes & TERN_STATUS_PUBLICATION_MATCHED) {
		struct tern_matched_status status =
			tern_writer_publication_matched(writer);
		listener->publication_matched(writer, &status, context);
	}
	if (changes & TERN_STATUS_OFFERED_INCOMPATIBLE) {
		struct tern_incompatible_status status =
			tern_writer_offered_incompatible(writer);
		listener->offered_incompatible(writer, &status, context);
	}
	if (changes & TERN_STATUS_OFFERED_DEADLINE_MISSED) {
		struct tern_deadline_status status =
			tern_writer_offered_deadline_missed(writer);
		listener->offered_deadline_missed(writer, &status, context);
	}
}

tern_status tern_writer_set_listener(struct tern_writer *writer,
                                     const struct tern_writer_listener *listener)
{
	struct dispatcher *dispatcher;

	if (!writer)
		return tern_fail(TERN_EINVAL, "a listener needs a writer");
	tern_status s = dispatcher_refuse_listeners(
		tern__participant_has_dispatcher(writer->participant),
		"a listener cannot be set");
	if (s < 0)
		return s;
	if (!listener) {
		tern__participant_forget(writer->participant, writer);
		return TERN_OK;
	}
	s = tern__participant_dispatcher(writer->participant, &dispatcher);
	if (s < 0)
		return s;
	return dispatcher_set_writer(dispatcher, writer, listener, wanted_by(listener));
}
