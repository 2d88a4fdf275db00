/* What happens in a reader's history because time passes: lifespans end, deadlines are missed,
 * dead instances are purged, filtered samples are shown.
 * Source: DDS 1.4, 2.2.3.7, 2.2.3.12, 2.2.3.16, 2.2.3.22. */
#include "history_impl.h"

void tern__history_expire(struct history *history, const struct history_now *now)
{
	while (tern__due_heap_next(&history->lifespans) <= now->real_ns) {
		struct history_sample *sample =
			CONTAINER_OF(tern__due_heap_top(&history->lifespans),
		                     struct history_sample, expiry);
		struct history_instance *instance = sample->instance;

		history->counts.expired += !sample->is_read;
		tern__history_sample_remove(history, sample);
		tern__history_instance_reclaim(history, instance);
	}
}

static void count_missed_deadlines(struct history *history, const struct history_now *now)
{
	struct deadline_node *node;
	uint64_t missed;

	while ((node = tern__deadline_missed(&history->deadline, now->monotonic_ns,
	                                     &missed))) {
		struct history_instance *instance =
			CONTAINER_OF(node, struct history_instance, deadline);

		history->counts.deadline_missed += missed;
		history->counts.deadline_instance = instance->node.handle;
		instance->owner = NULL;
	}
}

static void purge(struct history *history, struct history_instance *instance)
{
	tern__due_heap_remove(&history->purges, &instance->purge);
	while (instance->oldest) {
		history->counts.purged +=
			instance->oldest->valid_data && !instance->oldest->is_read;
		tern__history_sample_remove(history, instance->oldest);
	}
	tern__history_instance_reclaim(history, instance);
}

bool tern__history_tick(struct history *history, const struct history_now *now)
{
	bool news = history->news;

	if (!tern__history_is_timed(history))
		return false;
	history->news = false;
	tern__history_expire(history, now);
	count_missed_deadlines(history, now);
	while (tern__due_heap_next(&history->purges) <= now->monotonic_ns)
		purge(history, CONTAINER_OF(tern__due_heap_top(&history->purges),
		                            struct history_instance, purge));
	while (tern__due_heap_next(&history->releases) <= now->monotonic_ns)
		news |= tern__history_release(
			history,
			CONTAINER_OF(tern__due_heap_top(&history->releases),
		                     struct history_instance, release),
			now);
	if (history->overflow_first)
		news |= tern__history_drain(history, now);
	return news && history->unread > 0;
}

bool tern__history_is_timed(const struct history *history)
{
	return history->news || history->overflow_first ||
	       tern__due_heap_next(&history->lifespans) != TERN_INFINITE ||
	       tern__due_heap_next(&history->deadline.heap) != TERN_INFINITE ||
	       tern__due_heap_next(&history->purges) != TERN_INFINITE ||
	       tern__due_heap_next(&history->releases) != TERN_INFINITE;
}

bool tern__history_uses_monotonic(const struct history *history)
{
	return history->deadline.period_ns != TERN_INFINITE ||
	       history->minimum_separation_ns > 0 ||
	       history->autopurge_nowriter_ns != TERN_INFINITE ||
	       history->autopurge_disposed_ns != TERN_INFINITE;
}

static inline int64_t earlier(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

int64_t tern__history_next_event(struct history *history, const struct history_now *now)
{
	if (!tern__history_is_timed(history))
		return TERN_INFINITE;
	int64_t lifespan_ns = tern__due_heap_next(&history->lifespans);
	int64_t next_ns = tern__deadline_next(&history->deadline);
	if (history->news && history->unread > 0)
		return now->monotonic_ns;
	next_ns = earlier(next_ns, tern__due_heap_next(&history->purges));
	next_ns = earlier(next_ns, tern__due_heap_next(&history->releases));
	if (lifespan_ns == TERN_INFINITE)
		return next_ns;
	if (lifespan_ns <= now->real_ns)
		return earlier(next_ns, now->monotonic_ns);
	return earlier(next_ns, time_plus(now->monotonic_ns, lifespan_ns - now->real_ns));
}
