/* What goes out of a reader's history: selections, sample infos and ranks, take and read.
 * Source: DDS 1.4, 2.2.2.5.1 (SampleInfo), 2.2.2.5.3.8 to 16 (read and take). */
#include "history_impl.h"

/* A selection, every group of states spelled out. */
struct wanted {
	uint32_t sample;
	uint32_t view;
	uint32_t instance;
};

/* What a walk over samples puts its finds into. */
struct results {
	uint32_t max;
	uint32_t count;
	struct tern_sample *samples;
	struct history_sample **entries;
};

static uint32_t group(uint32_t states, uint32_t any)
{
	return states & any ? states & any : any;
}

static struct wanted wanted_by(const struct tern_selection *selection)
{
	uint32_t states = selection ? selection->states : TERN_ANY_STATE;

	return (struct wanted){
		.sample = group(states, TERN_READ | TERN_NOT_READ),
		.view = group(states, TERN_NEW | TERN_NOT_NEW),
		.instance = group(states, TERN_ALIVE | TERN_NOT_ALIVE),
	};
}

static bool instance_matches(const struct history_instance *instance,
                             const struct wanted *wanted)
{
	return wanted->instance & instance->state &&
	       wanted->view & (instance->is_new ? TERN_NEW : TERN_NOT_NEW) &&
	       (wanted->sample & TERN_READ || instance->unread > 0) &&
	       (wanted->sample & TERN_NOT_READ || instance->unread < instance->count);
}

static bool sample_matches(const struct history_sample *sample,
                           const struct wanted *wanted)
{
	return wanted->sample & (sample->is_read ? TERN_READ : TERN_NOT_READ);
}

static uint32_t bound(uint32_t count, uint32_t unread, const struct wanted *wanted)
{
	if (!(wanted->sample & TERN_READ))
		return unread;
	return wanted->sample & TERN_NOT_READ ? count : count - unread;
}

uint32_t tern__history_available(struct history *history,
                                 const struct tern_selection *selection,
                                 const struct history_now *now)
{
	struct wanted wanted = wanted_by(selection);
	struct instance_node *node;
	struct history_instance *instance;

	history->news |= tern__history_tick(history, now);
	if (!selection || selection->instance == TERN_HANDLE_NIL ||
	    selection->next_instance)
		return bound(history->count, history->unread, &wanted);
	node = tern__instance_table_find_handle(&history->instances, selection->instance);
	if (!node)
		return 0;
	instance = instance_of_node(node);
	return bound(instance->count, instance->unread, &wanted);
}

static uint32_t generations(const struct history_sample *sample)
{
	return sample->disposed_generation + sample->no_writers_generation;
}

/* The entries [first, count) are one instance's: say what they are, before they change. */
static void fill_infos(const struct history_instance *instance, struct results *results,
                       uint32_t first)
{
	uint32_t latest = generations(results->entries[results->count - 1]);
	uint32_t current =
		instance->disposed_generation + instance->no_writers_generation;

	for (uint32_t i = first; i < results->count; i++) {
		const struct history_sample *sample = results->entries[i];

		results->samples[i].data = NULL;
		results->samples[i].info = (struct tern_sample_info){
			.sample_state = sample->is_read ? TERN_READ : TERN_NOT_READ,
			.view_state = instance->is_new ? TERN_NEW : TERN_NOT_NEW,
			.instance_state = instance->state,
			.valid_data = sample->valid_data,
			.source_timestamp_ns = sample->source_timestamp_ns,
			.reception_timestamp_ns = sample->reception_timestamp_ns,
			.instance_handle = instance->node.handle,
			.writer = sample->writer,
			.disposed_generation_count = sample->disposed_generation,
			.no_writers_generation_count = sample->no_writers_generation,
			.sample_rank = results->count - 1 - i,
			.generation_rank = latest - generations(sample),
			.absolute_generation_rank = current - generations(sample),
			.transport = sample->transport,
		};
	}
}

/* Put an instance's matching samples into the results. */
static void collect(struct history *history, struct history_instance *instance,
                    const struct wanted *wanted, struct results *results)
{
	uint32_t first = results->count;

	instance->visit = history->visit;
	for (struct history_sample *sample = instance->oldest;
	     sample && results->count < results->max; sample = sample->newer)
		if (sample_matches(sample, wanted)) {
			sample->references++;
			results->entries[results->count++] = sample;
		}
	if (results->count > first)
		fill_infos(instance, results, first);
}

static void collect_all(struct history *history, const struct wanted *wanted,
                        struct results *results)
{
	uint32_t enough = bound(history->count, history->unread, wanted);

	if (enough > results->max)
		enough = results->max;
	for (struct history_sample *sample = history->oldest;
	     sample && results->count < enough; sample = sample->following) {
		struct history_instance *instance = sample->instance;

		if (instance->visit != history->visit && sample_matches(sample, wanted) &&
		    instance_matches(instance, wanted))
			collect(history, instance, wanted, results);
	}
}

static tern_status collect_instance(struct history *history,
                                    const struct tern_selection *selection,
                                    const struct wanted *wanted, struct results *results)
{
	struct instance_node *node = tern__instance_table_find_handle(
		&history->instances, selection->instance);
	struct history_instance *instance;

	if (!node)
		return tern_fail(
			TERN_ENOTFOUND,
			"this reader knows no instance with handle %016llx: take or "
			"look up one first",
			(unsigned long long)selection->instance);
	instance = instance_of_node(node);
	if (instance_matches(instance, wanted))
		collect(history, instance, wanted, results);
	return TERN_OK;
}

static void collect_next_instance(struct history *history,
                                  const struct tern_selection *selection,
                                  const struct wanted *wanted, struct results *results)
{
	struct instance_node *node =
		tern__instance_table_above(&history->instances, selection->instance);

	for (; node;
	     node = tern__instance_table_above(&history->instances, node->handle)) {
		struct history_instance *instance = instance_of_node(node);

		if (!instance->count || !instance_matches(instance, wanted))
			continue;
		collect(history, instance, wanted, results);
		return;
	}
}

static tern_status collect_selection(struct history *history,
                                     const struct tern_selection *selection,
                                     struct results *results)
{
	struct wanted wanted = wanted_by(selection);

	history->visit++;
	if (selection && selection->next_instance)
		collect_next_instance(history, selection, &wanted, results);
	else if (selection && selection->instance != TERN_HANDLE_NIL)
		return collect_instance(history, selection, &wanted, results);
	else
		collect_all(history, &wanted, results);
	return TERN_OK;
}

/* The instance was looked at: what comes now and is older came too late. */
static void mark_seen(struct history *history, struct history_sample *sample)
{
	sample->instance->is_new = false;
	if (sample->valid_data)
		tern__history_raise_floor(history, sample->instance,
		                          sample->source_timestamp_ns, &sample->tie_guid);
}

int32_t tern__history_take(struct history *history,
                           const struct tern_selection *selection, uint32_t max,
                           const struct history_now *now, struct tern_sample *ret_samples,
                           struct history_sample **ret_entries)
{
	struct results results = {
		.max = max > INT32_MAX ? INT32_MAX : max,
		.samples = ret_samples,
		.entries = ret_entries,
	};
	tern_status s = collect_selection(history, selection, &results);

	if (s < 0)
		return s;
	for (uint32_t i = 0; i < results.count; i++) {
		struct history_sample *sample = ret_entries[i];
		struct history_instance *instance = sample->instance;

		mark_seen(history, sample);
		history->counts.taken += sample->valid_data;
		tern__history_sample_remove(history, sample);
		tern__history_instance_reclaim(history, instance);
	}
	if (history->overflow_first)
		history->news |= tern__history_drain(history, now);
	return (int32_t)results.count;
}

int32_t tern__history_read(struct history *history,
                           const struct tern_selection *selection, uint32_t max,
                           const struct history_now *now, struct tern_sample *ret_samples,
                           struct history_sample **ret_entries)
{
	struct results results = {
		.max = max > INT32_MAX ? INT32_MAX : max,
		.samples = ret_samples,
		.entries = ret_entries,
	};
	tern_status s = collect_selection(history, selection, &results);

	(void)now;
	if (s < 0)
		return s;
	for (uint32_t i = 0; i < results.count; i++) {
		struct history_sample *sample = ret_entries[i];

		mark_seen(history, sample);
		if (!sample->is_read) {
			sample->is_read = true;
			sample->instance->unread--;
			history->unread--;
		}
	}
	return (int32_t)results.count;
}
