/* Changes that came to a reader's history but are not in it yet: the overflow of a KEEP_ALL
 * reader at its limits, and samples that the time-based filter holds back. */
#include <stdlib.h>
#include <string.h>

#include "history_impl.h"

static struct queued_change *queued_new(const struct history *history,
                                        const struct history_change *change,
                                        int64_t reception_timestamp_ns)
{
	struct queued_change *queued = calloc(1, sizeof *queued);

	if (!queued)
		return NULL;
	queued->change = *change;
	queued->reception_timestamp_ns = reception_timestamp_ns;
	if (history->keyed)
		memcpy(queued->key_hash, change->key_hash, sizeof queued->key_hash);
	queued->change.key_hash = queued->key_hash;
	if (change->payload)
		tern_payload_ref(change->payload);
	return queued;
}

static void queued_free(struct queued_change *queued)
{
	tern_payload_unref(queued->change.payload);
	free(queued);
}

static size_t size_of(const struct history_change *change)
{
	return sizeof(struct queued_change) +
	       (change->payload ? change->payload->size_bytes : 0);
}

enum history_verdict tern__history_overflow(struct history *history,
                                            const struct history_change *change,
                                            int64_t reception_timestamp_ns, bool force)
{
	size_t size_bytes = size_of(change);
	struct queued_change *queued;

	if (!force &&
	    (history->overflow_bytes > history->overflow_max_bytes ||
	     size_bytes > history->overflow_max_bytes - history->overflow_bytes))
		return HISTORY_FULL;
	queued = queued_new(history, change, reception_timestamp_ns);
	if (!queued) {
		history->counts.no_memory++;
		return HISTORY_NO_MEMORY;
	}
	*history->overflow_end = queued;
	history->overflow_end = &queued->next;
	history->overflow_bytes += size_bytes;
	change->writer->queued++;
	return HISTORY_OVERFLOWED;
}

bool tern__history_drain(struct history *history, const struct history_now *now)
{
	struct queued_change *queued;
	bool news = false;

	while ((queued = history->overflow_first)) {
		struct history_writer *writer = queued->change.writer;
		enum history_verdict verdict =
			tern__history_apply(history, &queued->change,
		                            queued->reception_timestamp_ns, false, now);

		if (verdict == HISTORY_FULL)
			break;
		news |= verdict == HISTORY_STORED || verdict == HISTORY_OVERWROTE;
		history->overflow_first = queued->next;
		if (!queued->next)
			history->overflow_end = &history->overflow_first;
		history->overflow_bytes -= size_of(&queued->change);
		queued_free(queued);
		writer->queued--;
		if (!writer->queued && (writer->unregister_later || writer->remove_later))
			news |= tern__history_writer_finish(history, writer, now);
	}
	return news;
}

void tern__history_overflow_free(struct history *history)
{
	while (history->overflow_first) {
		struct queued_change *queued = history->overflow_first;
		history->overflow_first = queued->next;
		queued_free(queued);
	}
}

enum history_verdict tern__history_hold(struct history *history,
                                        struct history_instance *instance,
                                        const struct history_change *change,
                                        int64_t reception_timestamp_ns)
{
	struct queued_change *held = queued_new(history, change, reception_timestamp_ns);

	if (!held) {
		history->counts.no_memory++;
		return HISTORY_NO_MEMORY;
	}
	if (instance->held)
		history->counts.filtered++;
	tern__history_drop_held(history, instance);
	instance->held = held;
	tern__due_heap_set(&history->releases, &instance->release,
	                   time_plus(instance->shown_ns, history->minimum_separation_ns));
	return HISTORY_HELD;
}

bool tern__history_release(struct history *history, struct history_instance *instance,
                           const struct history_now *now)
{
	struct queued_change *held = instance->held;
	enum history_verdict verdict;

	if (!held)
		return false;
	instance->held = NULL;
	tern__due_heap_remove(&history->releases, &instance->release);
	verdict = tern__history_apply(history, &held->change,
	                              held->reception_timestamp_ns, true, now);
	if (verdict == HISTORY_FULL)
		tern__history_overflow(history, &held->change,
		                       held->reception_timestamp_ns, true);
	queued_free(held);
	return verdict == HISTORY_STORED || verdict == HISTORY_OVERWROTE;
}

void tern__history_drop_held(struct history *history, struct history_instance *instance)
{
	if (!instance->held)
		return;
	tern__due_heap_remove(&history->releases, &instance->release);
	queued_free(instance->held);
	instance->held = NULL;
}
