/* The history and a naive one go through the same random changes, and must say the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_model.h"

#define STEPS 3000

static unsigned seed;

static int below(int limit)
{
	return (int)((unsigned)rand_r(&seed) % (unsigned)limit);
}

static const char *got(const char *text)
{
	static char all[TAKEN_MAX * 40];
	size_t used = 0;

	all[0] = '\0';
	for (int32_t i = 0; i < fixture.count; i++) {
		size_t length = strcspn(text, " ");
		used += (size_t)snprintf(all + used, sizeof all - used, "%.*s[%s] ",
		                         (int)length, text, info(i));
		text += length + (text[length] == ' ');
	}
	return all;
}

static void new_writer(void)
{
	struct model_writer *writer = &model.writers[model.writer_count++];

	*writer = (struct model_writer){
		.guid = (uint8_t)(1 + below(200)),
		.strength = below(3),
		.lifespan_ns = below(3) ? TERN_INFINITE : 500 + below(1000),
		.autodispose = below(2),
	};
	writer->real = add_writer_with(writer->guid, writer->strength,
	                               writer->lifespan_ns, writer->autodispose);
}

static void step_store(const int *live)
{
	static int value;
	struct model_change change_made = {
		.writer = live[below(3)],
		.key = below(KEYS),
		.kind = below(3) ? TERN_CHANGE_WRITE : (tern_change_kind)below(4),
		.with_key = below(4),
		.source_ns = fixture.now.real_ns - below(200),
		.reception_ns = fixture.now.real_ns,
	};
	enum history_verdict wanted, told;

	if (change_made.kind == TERN_CHANGE_WRITE || below(5) == 0)
		change_made.value = ++value;
	wanted = model_store(&change_made);
	told = change_at(model.writers[change_made.writer].real, change_made.kind,
	                 (char)('a' + change_made.key), change_made.value,
	                 change_made.with_key, change_made.source_ns);
	CU_ASSERT_EQUAL_FATAL(told, wanted);
}

static void step_access(void)
{
	static const uint32_t states[] = {
		TERN_ANY_STATE, 0,
		TERN_NOT_READ,  TERN_READ,
		TERN_NEW,       TERN_ALIVE,
		TERN_NOT_ALIVE, TERN_NOT_READ | TERN_NOT_ALIVE_NO_WRITERS
	};
	uint32_t wanted = states[below(8)];
	int max = below(3) ? TAKEN_MAX : below(4);
	bool taking = below(2);
	int key = below(4) ? -1 : below(KEYS);
	tern_instance_handle handle =
		key < 0 ? TERN_HANDLE_NIL : handle_of((char)('a' + key));

	if (key >= 0) {
		CU_ASSERT_EQUAL_FATAL(handle != TERN_HANDLE_NIL,
		                      model.instances[key].known);
		if (handle == TERN_HANDLE_NIL)
			return;
	}
	/* The tick that comes first may end the instance that was just found. */
	tern__history_tick(fixture.history, &fixture.now);
	model_tick();
	if (key >= 0 && !model.instances[key].known)
		return;
	const char *text = (taking ? take_selected : read_selected)(wanted, handle, false,
	                                                            (uint32_t)max);
	model_access(taking, wanted, key, max);
	CU_ASSERT_STRING_EQUAL_FATAL(got(text), model_lent());
}

static void step_writer(int *live)
{
	int which = below(3);
	struct model_writer *writer = &model.writers[live[which]];
	bool dispose_too = below(2);

	writer->dispose = dispose_too;
	if (below(2)) {
		tern__history_writer_unregister(fixture.history, writer->real,
		                                dispose_too, &fixture.now);
		writer->unregister_later = true;
	} else {
		tern__history_writer_remove(fixture.history, writer->real, dispose_too,
		                            &fixture.now);
		writer->remove_later = true;
	}
	bool removed = writer->remove_later;
	model_writer_finish(live[which]);
	if (removed) {
		live[which] = model.writer_count;
		new_writer();
	}
}

static void compare(void)
{
	const struct history_counts *told = counts();
	bool unread = false;

	for (int i = 0; i < model.sample_count; i++)
		unread |= !model.samples[i].is_read;
	CU_ASSERT_EQUAL_FATAL(tern__history_has_unread(fixture.history), unread);
	CU_ASSERT_EQUAL_FATAL(told->stored, model.counts.stored);
	CU_ASSERT_EQUAL_FATAL(told->taken, model.counts.taken);
	CU_ASSERT_EQUAL_FATAL(told->overwritten, model.counts.overwritten);
	CU_ASSERT_EQUAL_FATAL(told->rejected, model.counts.rejected);
	CU_ASSERT_EQUAL_FATAL(told->expired, model.counts.expired);
	CU_ASSERT_EQUAL_FATAL(told->not_owner, model.counts.not_owner);
	CU_ASSERT_EQUAL_FATAL(told->too_old, model.counts.too_old);
	CU_ASSERT_EQUAL_FATAL(told->unknown_instance, model.counts.unknown_instance);
	CU_ASSERT_EQUAL_FATAL(tern__history_overflow_bytes(fixture.history) > 0,
	                      model.waiting_count > 0);
	for (int key = 0; key < KEYS; key++)
		CU_ASSERT_EQUAL_FATAL(handle_of((char)('a' + key)) != TERN_HANDLE_NIL,
		                      model.instances[key].known);
}

static void run(const struct tern_qos *qos, bool reliable, bool may_overflow,
                unsigned start)
{
	int live[3];

	memset(&model, 0, sizeof model);
	seed = start;
	fixture.overflow_max_bytes = (size_t)1 << 30;
	open_history(qos, KEYED);
	fixture.best_effort = !reliable;
	fixture.may_overflow = may_overflow;
	model.qos = *qos;
	model.reliable = reliable;
	model.may_overflow = may_overflow;
	for (int i = 0; i < 3; i++) {
		live[i] = model.writer_count;
		new_writer();
	}
	for (int i = 0; i < STEPS; i++) {
		int dice = below(100);
		if (dice < 70)
			step_store(live);
		else if (dice < 90)
			step_access();
		else if (dice < 95)
			step_writer(live);
		else
			advance(below(300));
		compare();
	}
	CU_ASSERT_TRUE(model.counts.stored > 100);
	close_history();
}

static void run_all(struct tern_qos qos, bool reliable, bool may_overflow)
{
	for (unsigned start = 1; start <= 3; start++) {
		qos.ownership = TERN_SHARED;
		qos.destination_order = TERN_BY_RECEPTION_TIMESTAMP;
		run(&qos, reliable, may_overflow, start);
		qos.destination_order = TERN_BY_SOURCE_TIMESTAMP;
		run(&qos, reliable, may_overflow, 10 + start);
		qos.ownership = TERN_EXCLUSIVE;
		run(&qos, reliable, may_overflow, 20 + start);
		qos.destination_order = TERN_BY_RECEPTION_TIMESTAMP;
		run(&qos, reliable, may_overflow, 30 + start);
	}
}

static void keep_last_1_is_what_the_rules_say(void)
{
	run_all(history_qos(1), true, true);
}

static void keep_last_3_with_limits_is_what_the_rules_say(void)
{
	struct tern_qos qos = history_qos(3);

	qos.max_samples = 8;
	qos.max_instances = 4;
	run_all(qos, true, true);
}

static void keep_all_is_what_the_rules_say(void)
{
	run_all(history_qos(0), true, true);
}

static void keep_all_with_limits_is_what_the_rules_say(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples = 10;
	qos.max_instances = 4;
	qos.max_samples_per_instance = 4;
	run_all(qos, true, false);
	run_all(qos, false, false);
}

static void keep_all_with_overflow_is_what_the_rules_say(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples = 10;
	qos.max_instances = 4;
	qos.max_samples_per_instance = 4;
	run_all(qos, true, true);
}

static const struct suite_test tests[] = {
	{ "keep_last_1_is_what_the_rules_say", keep_last_1_is_what_the_rules_say },
	{ "keep_last_3_with_limits_is_what_the_rules_say",
	  keep_last_3_with_limits_is_what_the_rules_say },
	{ "keep_all_is_what_the_rules_say", keep_all_is_what_the_rules_say },
	{ "keep_all_with_limits_is_what_the_rules_say",
	  keep_all_with_limits_is_what_the_rules_say },
	{ "keep_all_with_overflow_is_what_the_rules_say",
	  keep_all_with_overflow_is_what_the_rules_say },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
