/* The naive history. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_model.h"

struct model model;

static bool precedes(int64_t a_ns, uint8_t a, int64_t b_ns, uint8_t b)
{
	return a_ns < b_ns || (a_ns == b_ns && a > b);
}

static bool has_writers(const struct model_instance *instance)
{
	for (int i = 0; i < model.writer_count; i++)
		if (instance->registered[i])
			return true;
	return false;
}

static int samples_of(int key, bool valid_only)
{
	int count = 0;

	for (int i = 0; i < model.sample_count; i++)
		count += (key < 0 || model.samples[i].key == key) &&
		         (!valid_only || model.samples[i].value);
	return count;
}

/* The samples of an instance in destination order; their places in samples[]. */
static int list_samples(int key, int ret_places[CHANGES_MAX])
{
	int count = 0;

	for (int i = 0; i < model.sample_count; i++) {
		const struct model_sample *sample = &model.samples[i];
		int at = count;

		if (sample->key != key)
			continue;
		while (sample->value && at > 0 &&
		       model.qos.destination_order == TERN_BY_SOURCE_TIMESTAMP &&
		       precedes(sample->source_ns, sample->guid,
		                model.samples[ret_places[at - 1]].source_ns,
		                model.samples[ret_places[at - 1]].guid))
			at--;
		memmove(&ret_places[at + 1], &ret_places[at],
		        (size_t)(count - at) * sizeof *ret_places);
		ret_places[at] = i;
		count++;
	}
	return count;
}

static void drop(int place)
{
	model.sample_count--;
	memmove(&model.samples[place], &model.samples[place + 1],
	        (size_t)(model.sample_count - place) * sizeof *model.samples);
}

static void forget_if_empty(int key)
{
	struct model_instance *instance = &model.instances[key];

	if (instance->known && !samples_of(key, false) && !has_writers(instance))
		memset(instance, 0, sizeof *instance);
}

static void expire(void)
{
	for (int i = 0; i < model.sample_count;) {
		int key = model.samples[i].key;
		if (model.samples[i].expires_ns > fixture.now.real_ns) {
			i++;
			continue;
		}
		model.counts.expired += !model.samples[i].is_read;
		drop(i);
		forget_if_empty(key);
	}
}

static void end_instance(int key, tern_instance_state state, int writer,
                         int64_t source_ns)
{
	struct model_instance *instance = &model.instances[key];
	struct model_sample *without_data;

	if (instance->state == state || instance->state == TERN_NOT_ALIVE_DISPOSED)
		return;
	instance->state = state;
	model.ended = true;
	for (int i = 0; i < model.sample_count; i++)
		if (model.samples[i].key == key && model.samples[i].value &&
		    !model.samples[i].is_read)
			return;
	for (int i = 0; i < model.sample_count; i++)
		if (model.samples[i].key == key && !model.samples[i].value)
			drop(i);
	without_data = &model.samples[model.sample_count++];
	*without_data = (struct model_sample){
		.key = key,
		.guid = model.writers[writer].guid,
		.source_ns = source_ns,
		.expires_ns = TERN_INFINITE,
		.disposed_generation = instance->disposed_generation,
		.no_writers_generation = instance->no_writers_generation,
	};
}

static void leave(int key, int writer, tern_instance_state state, int64_t source_ns)
{
	struct model_instance *instance = &model.instances[key];

	if (!instance->registered[writer])
		return;
	instance->registered[writer] = 0;
	if (instance->owner == writer)
		instance->owner = -1;
	if (has_writers(instance))
		return;
	end_instance(key, state, writer, source_ns);
	forget_if_empty(key);
}

static void leave_all(int writer, bool dispose_too)
{
	bool disposes = dispose_too && model.writers[writer].autodispose;

	for (;;) {
		int latest = 0, key = -1;
		for (int i = 0; i < KEYS; i++)
			if (model.instances[i].registered[writer] > latest) {
				latest = model.instances[i].registered[writer];
				key = i;
			}
		if (key < 0)
			return;
		leave(key, writer,
		      disposes ? TERN_NOT_ALIVE_DISPOSED : TERN_NOT_ALIVE_NO_WRITERS,
		      fixture.now.real_ns);
	}
}

static void enter(int key, int writer)
{
	if (!model.instances[key].registered[writer])
		model.instances[key].registered[writer] = ++model.registrations;
}

static enum history_verdict no_room(bool take_helps)
{
	if (model.qos.history == TERN_KEEP_ALL && model.reliable && take_helps)
		return HISTORY_FULL;
	model.counts.rejected++;
	return HISTORY_REJECTED;
}

static bool reached(int count, int32_t limit)
{
	return limit != TERN_UNLIMITED && count >= limit;
}

static bool at_depth(int key)
{
	return model.qos.history == TERN_KEEP_LAST &&
	       reached(samples_of(key, true), model.qos.history_depth);
}

static enum history_verdict find_room(int key)
{
	if (at_depth(key))
		return HISTORY_STORED;
	if (reached(samples_of(-1, true), model.qos.max_samples) ||
	    reached(samples_of(key, true), model.qos.max_samples_per_instance))
		return no_room(true);
	return HISTORY_STORED;
}

static enum history_verdict begin_instance(const struct model_change *change,
                                           bool has_data)
{
	struct model_instance *instance = &model.instances[change->key];
	int known = 0;
	bool orphans = false;

	if (!has_data && !(change->kind & TERN_CHANGE_DISPOSE))
		return HISTORY_UNCHANGED;
	if (!change->value && !change->with_key) {
		model.counts.unknown_instance++;
		return HISTORY_UNKNOWN_INSTANCE;
	}
	for (int i = 0; i < KEYS; i++) {
		known += model.instances[i].known;
		orphans |= model.instances[i].known && !has_writers(&model.instances[i]);
	}
	if (reached(known, model.qos.max_instances))
		return no_room(orphans);
	if (has_data) {
		enum history_verdict verdict = find_room(change->key);
		if (verdict != HISTORY_STORED)
			return verdict;
	}
	memset(instance, 0, sizeof *instance);
	instance->known = true;
	instance->is_new = true;
	instance->state = TERN_ALIVE;
	instance->owner = -1;
	instance->floor_ns = INT64_MIN;
	return HISTORY_STORED;
}

static enum history_verdict check(const struct model_change *change, bool has_data)
{
	const struct model_writer *writer = &model.writers[change->writer];
	struct model_instance *instance = &model.instances[change->key];
	int places[CHANGES_MAX];
	int count = list_samples(change->key, places);

	if (!has_data && !(change->kind & TERN_CHANGE_DISPOSE))
		return HISTORY_STORED;
	if (model.qos.ownership == TERN_EXCLUSIVE && instance->owner >= 0 &&
	    instance->owner != change->writer) {
		const struct model_writer *owner = &model.writers[instance->owner];
		if (owner->strength > writer->strength ||
		    (owner->strength == writer->strength &&
		     owner->guid <= writer->guid)) {
			model.counts.not_owner += has_data;
			return HISTORY_NOT_OWNER;
		}
	}
	if (model.qos.destination_order == TERN_BY_SOURCE_TIMESTAMP) {
		bool too_old = precedes(change->source_ns, writer->guid,
		                        instance->floor_ns, instance->floor_guid);
		const struct model_sample *oldest = NULL, *newest = NULL;
		for (int i = 0; i < count; i++) {
			if (!model.samples[places[i]].value)
				continue;
			if (!oldest)
				oldest = &model.samples[places[i]];
			newest = &model.samples[places[i]];
		}
		if (newest && change->kind & TERN_CHANGE_DISPOSE)
			too_old |= precedes(change->source_ns, writer->guid,
			                    newest->source_ns, newest->guid);
		else if (oldest && at_depth(change->key))
			too_old |= precedes(change->source_ns, writer->guid,
			                    oldest->source_ns, oldest->guid);
		if (too_old) {
			model.counts.too_old += has_data;
			return HISTORY_TOO_OLD;
		}
	}
	return has_data ? find_room(change->key) : HISTORY_STORED;
}

static int64_t expiry_of(const struct model_change *change)
{
	int64_t lifespan_ns = model.writers[change->writer].lifespan_ns;

	if (lifespan_ns == TERN_INFINITE)
		return TERN_INFINITE;
	return (change->source_ns < change->reception_ns ? change->source_ns
	                                                 : change->reception_ns) +
	       lifespan_ns;
}

static enum history_verdict put_sample(const struct model_change *change)
{
	struct model_instance *instance = &model.instances[change->key];
	enum history_verdict verdict = HISTORY_STORED;
	int places[CHANGES_MAX];

	enter(change->key, change->writer);
	if (instance->state != TERN_ALIVE) {
		instance->is_new = true;
		if (instance->state == TERN_NOT_ALIVE_DISPOSED)
			instance->disposed_generation++;
		else
			instance->no_writers_generation++;
		instance->state = TERN_ALIVE;
	}
	instance->owner = change->writer;
	for (int i = 0; i < model.sample_count; i++)
		if (model.samples[i].key == change->key && !model.samples[i].value)
			drop(i);
	if (at_depth(change->key)) {
		list_samples(change->key, places);
		if (!model.samples[places[0]].is_read) {
			model.counts.overwritten++;
			verdict = HISTORY_OVERWROTE;
		}
		drop(places[0]);
	}
	model.samples[model.sample_count++] = (struct model_sample){
		.key = change->key,
		.value = change->value,
		.guid = model.writers[change->writer].guid,
		.source_ns = change->source_ns,
		.expires_ns = expiry_of(change),
		.disposed_generation = instance->disposed_generation,
		.no_writers_generation = instance->no_writers_generation,
	};
	model.counts.stored++;
	return verdict;
}

static void raise_floor(struct model_instance *instance, int64_t at_ns, uint8_t guid)
{
	if (model.qos.destination_order != TERN_BY_SOURCE_TIMESTAMP ||
	    precedes(at_ns, guid, instance->floor_ns, instance->floor_guid))
		return;
	instance->floor_ns = at_ns;
	instance->floor_guid = guid;
}

static enum history_verdict carry_out(const struct model_change *change, bool has_data,
                                      enum history_verdict verdict)
{
	struct model_instance *instance = &model.instances[change->key];
	bool wanted = verdict == HISTORY_STORED;
	bool unregisters = change->kind & TERN_CHANGE_UNREGISTER;

	model.ended = false;
	if (!wanted && verdict != HISTORY_REJECTED && !unregisters)
		enter(change->key, change->writer);
	if (wanted)
		verdict = has_data ? put_sample(change) : HISTORY_UNCHANGED;
	if (change->kind & TERN_CHANGE_DISPOSE &&
	    (wanted || verdict == HISTORY_REJECTED)) {
		if (!unregisters)
			enter(change->key, change->writer);
		instance->owner =
			instance->registered[change->writer] ? change->writer : -1;
		raise_floor(instance, change->source_ns,
		            model.writers[change->writer].guid);
		end_instance(change->key, TERN_NOT_ALIVE_DISPOSED, change->writer,
		             change->source_ns);
	}
	if (unregisters)
		leave(change->key, change->writer, TERN_NOT_ALIVE_NO_WRITERS,
		      change->source_ns);
	return verdict == HISTORY_UNCHANGED && model.ended ? HISTORY_STORED : verdict;
}

static enum history_verdict apply(const struct model_change *change)
{
	bool has_data = change->value;
	enum history_verdict verdict;

	expire();
	if (change->kind == TERN_CHANGE_WRITE && !has_data)
		return HISTORY_UNCHANGED;
	bool expired = has_data && expiry_of(change) <= fixture.now.real_ns;
	if (expired && change->kind == TERN_CHANGE_WRITE) {
		model.counts.expired++;
		return HISTORY_EXPIRED;
	}
	has_data = has_data && !expired;
	verdict = model.instances[change->key].known ? check(change, has_data)
	                                             : begin_instance(change, has_data);
	model.counts.expired += expired && verdict != HISTORY_FULL;
	if (verdict == HISTORY_FULL || !model.instances[change->key].known)
		return verdict;
	return carry_out(change, has_data, verdict);
}

void model_writer_finish(int writer)
{
	struct model_writer *self = &model.writers[writer];

	if (self->queued || !(self->unregister_later || self->remove_later))
		return;
	self->unregister_later = false;
	self->remove_later = false;
	leave_all(writer, self->dispose);
}

static void drain(void)
{
	while (model.waiting_count) {
		struct model_change first = model.waiting[0];
		if (apply(&first) == HISTORY_FULL)
			return;
		model.waiting_count--;
		memmove(&model.waiting[0], &model.waiting[1],
		        (size_t)model.waiting_count * sizeof *model.waiting);
		model.writers[first.writer].queued--;
		model_writer_finish(first.writer);
	}
}

enum history_verdict model_store(const struct model_change *change)
{
	enum history_verdict verdict = HISTORY_FULL;

	model.writers[change->writer].unregister_later = false;
	if (model.reliable)
		drain();
	if (!model.waiting_count || !model.reliable)
		verdict = apply(change);
	if (verdict == HISTORY_FULL && model.may_overflow) {
		model.waiting[model.waiting_count++] = *change;
		model.writers[change->writer].queued++;
		verdict = HISTORY_OVERFLOWED;
	}
	return verdict;
}

/* ---- what the model would lend ---- */

static char expected[TAKEN_MAX * 40];

static bool selected(const struct model_sample *sample, uint32_t states)
{
	const struct model_instance *instance = &model.instances[sample->key];
	uint32_t has[] = { sample->is_read ? TERN_READ : TERN_NOT_READ,
		           instance->is_new ? TERN_NEW : TERN_NOT_NEW, instance->state };
	uint32_t groups[] = { TERN_READ | TERN_NOT_READ, TERN_NEW | TERN_NOT_NEW,
		              TERN_ALIVE | TERN_NOT_ALIVE };

	for (int i = 0; i < 3; i++)
		if (states & groups[i] && !(states & has[i]))
			return false;
	return true;
}

static void describe(const int *places, int count)
{
	size_t used = 0;

	expected[0] = '\0';
	for (int i = 0; i < count; i++) {
		const struct model_sample *sample = &model.samples[places[i]];
		const struct model_instance *instance = &model.instances[sample->key];
		uint32_t generation =
			sample->disposed_generation + sample->no_writers_generation;
		int last = i;
		char value[12] = "-";

		while (last + 1 < count &&
		       model.samples[places[last + 1]].key == sample->key)
			last++;
		if (sample->value)
			snprintf(value, sizeof value, "%d", sample->value);
		used += (size_t)snprintf(
			expected + used, sizeof expected - used,
			"%c%s[%c%c%c %u.%u %d.%u.%u] ", 'a' + sample->key, value,
			instance->state == TERN_ALIVE                ? 'A'
			: instance->state == TERN_NOT_ALIVE_DISPOSED ? 'D'
								     : 'W',
			instance->is_new ? 'N' : 'O', sample->is_read ? 'R' : 'U',
			(unsigned)sample->disposed_generation,
			(unsigned)sample->no_writers_generation, last - i,
			(unsigned)(model.samples[places[last]].disposed_generation +
		                   model.samples[places[last]].no_writers_generation -
		                   generation),
			(unsigned)(instance->disposed_generation +
		                   instance->no_writers_generation - generation));
	}
}

static int by_place_down(const void *a, const void *b)
{
	return *(const int *)b - *(const int *)a;
}

void model_access(bool taking, uint32_t states, int only_key, int max)
{
	int places[CHANGES_MAX], count = 0;
	bool visited[KEYS] = { false };

	for (int i = 0; i < model.sample_count && count < max; i++) {
		int key = model.samples[i].key;
		int list[CHANGES_MAX], length;

		if (visited[key] || (only_key >= 0 && key != only_key) ||
		    !selected(&model.samples[i], states))
			continue;
		visited[key] = true;
		length = list_samples(key, list);
		for (int k = 0; k < length && count < max; k++)
			if (selected(&model.samples[list[k]], states))
				places[count++] = list[k];
	}
	describe(places, count);
	for (int i = 0; i < count; i++) {
		struct model_sample *sample = &model.samples[places[i]];
		struct model_instance *instance = &model.instances[sample->key];

		sample->is_read = true;
		instance->is_new = false;
		if (sample->value)
			raise_floor(instance, sample->source_ns, sample->guid);
		model.counts.taken += taking && sample->value;
	}
	if (!taking)
		return;
	qsort(places, (size_t)count, sizeof *places, by_place_down);
	for (int i = 0; i < count; i++)
		drop(places[i]);
	for (int key = 0; key < KEYS; key++)
		forget_if_empty(key);
	drain();
}

const char *model_lent(void)
{
	return expected;
}

void model_tick(void)
{
	expire();
	drain();
}
