/* What a writer knows of its instances and keeps for late joiners.
 * Source: DDS 1.4, 2.2.2.4.2, 2.2.3.4, 2.2.3.5, 2.2.3.7, 2.2.3.16, 2.2.3.19. */
#include <stdio.h>
#include <stdlib.h>

#include "suite.h"
#include "writer_history.h"

#define SECOND_NS SUITE_SECOND_NS

static struct writer_history *history;
static int64_t now_ns; /* both clocks */
static int payloads;
static struct tern_type type;

struct test_payload {
	struct tern_payload base;
	int value;
};

static void release(struct tern_payload *payload)
{
	payloads--;
	free(payload);
}

static struct tern_qos transient(int32_t depth)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.history = depth ? TERN_KEEP_LAST : TERN_KEEP_ALL;
	qos.history_depth = depth ? depth : 1;
	return qos;
}

static void begin(const struct tern_qos *qos, uint32_t type_flags)
{
	type.flags = type_flags;
	now_ns = 1000 * SECOND_NS;
	CU_ASSERT_EQUAL_FATAL(tern__writer_history_create(qos, &type, &history), TERN_OK);
}

static void end(void)
{
	tern__writer_history_destroy(history);
	CU_ASSERT_EQUAL(payloads, 0);
}

static const uint8_t *hash_of(char key)
{
	static uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];

	key_hash[0] = (uint8_t)key;
	return key_hash;
}

static tern_status reserve(tern_change_kind kind, char key)
{
	return tern__writer_history_reserve(history, kind, hash_of(key), now_ns);
}

static void commit(int value)
{
	struct test_payload *payload = calloc(1, sizeof *payload);

	if (!payload)
		abort();
	payload->base = (struct tern_payload){ .references = 1, .release = release };
	payload->value = value;
	payloads++;
	tern__writer_history_commit(history, now_ns, &payload->base, now_ns);
	tern_payload_unref(&payload->base);
	now_ns++;
}

static tern_status put(char key, int value)
{
	tern_status s = reserve(TERN_CHANGE_WRITE, key);

	if (s == TERN_OK)
		commit(value);
	return s;
}

static tern_status end_instance(tern_change_kind kind, char key)
{
	tern_status s = reserve(kind, key);

	if (s == TERN_OK)
		commit(0);
	return s;
}

/* What a late joiner gets: "a1 b2 aD bU". */
static const char *kept(void)
{
	static char text[400];
	size_t used = 0;
	uint32_t count = 0;
	int64_t last_ns = INT64_MIN;
	const struct writer_sample *sample;

	tern__writer_history_expire(history, now_ns);
	text[0] = '\0';
	for (sample = tern__writer_history_first(history); sample;
	     sample = tern__writer_history_next(sample)) {
		char value[12];

		snprintf(value, sizeof value, "%d",
		         ((struct test_payload *)sample->payload)->value);
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%c%s",
		                         used ? " " : "", sample->key_hash[0],
		                         sample->kind == TERN_CHANGE_WRITE     ? value
		                         : sample->kind == TERN_CHANGE_DISPOSE ? "D"
		                                                               : "U");
		CU_ASSERT_TRUE(sample->source_timestamp_ns > last_ns);
		last_ns = sample->source_timestamp_ns;
		count++;
	}
	CU_ASSERT_EQUAL(tern__writer_history_samples(history), count);
	return text;
}

static void a_volatile_writer_keeps_its_instances_but_no_samples(void)
{
	struct tern_qos qos = tern_qos_writer_default();

	begin(&qos, TERN_TYPE_KEYED);
	CU_ASSERT_FALSE(tern__writer_history_keeps(history));
	CU_ASSERT_EQUAL(put('a', 1), TERN_OK);
	CU_ASSERT_EQUAL(put('b', 1), TERN_OK);
	CU_ASSERT_EQUAL(put('a', 2), TERN_OK);
	CU_ASSERT_STRING_EQUAL(kept(), "");
	CU_ASSERT_EQUAL(payloads, 0);
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 2);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_UNREGISTER, 'a'), TERN_OK);
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 1);
	CU_ASSERT_EQUAL(tern__writer_history_lookup(history, hash_of('a')),
	                TERN_HANDLE_NIL);
	CU_ASSERT_NOT_EQUAL(tern__writer_history_lookup(history, hash_of('b')),
	                    TERN_HANDLE_NIL);
	end();
}

static void a_late_joiner_gets_the_last_n_of_each_instance(void)
{
	struct tern_qos qos = transient(2);

	begin(&qos, TERN_TYPE_KEYED);
	CU_ASSERT_TRUE(tern__writer_history_keeps(history));
	for (int value = 1; value <= 3; value++) {
		put('a', value);
		put('b', value);
	}
	put('c', 1);
	CU_ASSERT_STRING_EQUAL(kept(), "a2 b2 a3 b3 c1");
	CU_ASSERT_EQUAL(payloads, 5);
	end();
}

static void keep_all_keeps_all_up_to_max_samples(void)
{
	struct tern_qos qos = transient(0);

	qos.max_samples = 3;
	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('a', 2);
	put('b', 1);
	CU_ASSERT_EQUAL(put('b', 2), TERN_ELIMIT);
	CU_ASSERT_EQUAL(put('c', 2), TERN_ELIMIT);
	CU_ASSERT_STRING_EQUAL(kept(), "a1 a2 b1");
	/* A dispose is no sample. */
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE, 'a'), TERN_OK);
	CU_ASSERT_STRING_EQUAL(kept(), "a1 a2 b1 aD");
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_UNREGISTER, 'a'), TERN_OK);
	CU_ASSERT_EQUAL(put('c', 1), TERN_OK);
	CU_ASSERT_STRING_EQUAL(kept(), "b1 c1");
	end();
}

static void keep_all_keeps_max_samples_per_instance_at_most(void)
{
	struct tern_qos qos = transient(0);

	qos.max_samples_per_instance = 1;
	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	CU_ASSERT_EQUAL(put('a', 2), TERN_ELIMIT);
	CU_ASSERT_EQUAL(put('b', 1), TERN_OK);
	end();
}

static void a_volatile_writer_has_no_limit_of_samples(void)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.history = TERN_KEEP_ALL;
	qos.max_samples = 1;
	qos.max_samples_per_instance = 1;
	begin(&qos, 0);
	CU_ASSERT_EQUAL(put('a', 1), TERN_OK);
	CU_ASSERT_EQUAL(put('a', 2), TERN_OK);
	end();
}

static void no_more_than_max_instances_are_registered(void)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.max_instances = 2;
	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('b', 1);
	CU_ASSERT_EQUAL(put('c', 1), TERN_ELIMIT);
	CU_ASSERT_EQUAL(put('a', 2), TERN_OK);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE, 'a'), TERN_OK);
	CU_ASSERT_EQUAL(put('c', 1), TERN_ELIMIT);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_UNREGISTER, 'a'), TERN_OK);
	CU_ASSERT_EQUAL(put('c', 1), TERN_OK);
	end();
}

static void only_what_was_written_can_be_ended(void)
{
	struct tern_qos qos = transient(1);

	begin(&qos, TERN_TYPE_KEYED);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE, 'a'), TERN_ENOTFOUND);
	put('a', 1);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_UNREGISTER, 'a'), TERN_OK);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_UNREGISTER, 'a'), TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE, 'a'), TERN_ENOTFOUND);
	CU_ASSERT_TRUE(tern_error_text()[0] != '\0');
	end();
}

static void without_a_key_there_is_one_instance(void)
{
	struct tern_qos qos = transient(1);

	begin(&qos, 0);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE, 'a'), TERN_ENOTFOUND);
	put('a', 1);
	put('b', 2);
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 1);
	CU_ASSERT_EQUAL(tern__writer_history_samples(history), 1);
	CU_ASSERT_EQUAL(tern__writer_history_first(history)->key_hash[0], 0);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE_UNREGISTER, 'c'), TERN_OK);
	CU_ASSERT_EQUAL(tern__writer_history_samples(history), 0);
	end();
}

static void a_late_joiner_learns_of_a_dispose(void)
{
	struct tern_qos qos = transient(1);

	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('b', 1);
	end_instance(TERN_CHANGE_DISPOSE, 'a');
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE, 'a'), TERN_OK);
	CU_ASSERT_STRING_EQUAL(kept(), "a1 b1 aD");
	put('a', 2);
	CU_ASSERT_STRING_EQUAL(kept(), "b1 a2");
	/* It lives again: its end is not that of a disposed one. */
	end_instance(TERN_CHANGE_UNREGISTER, 'a');
	CU_ASSERT_STRING_EQUAL(kept(), "b1 a2 aU");
	end();
}

static void a_dispose_between_samples_that_are_kept_is_kept(void)
{
	struct tern_qos qos = transient(2);

	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	end_instance(TERN_CHANGE_DISPOSE, 'a');
	put('a', 2);
	CU_ASSERT_STRING_EQUAL(kept(), "a1 aD a2");
	put('a', 3);
	CU_ASSERT_STRING_EQUAL(kept(), "a2 a3");
	end();
}

static void an_unregistered_instance_is_kept_with_its_end(void)
{
	struct tern_qos qos = transient(1);

	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('b', 1);
	end_instance(TERN_CHANGE_UNREGISTER, 'a');
	CU_ASSERT_STRING_EQUAL(kept(), "a1 b1 aU");
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 1);
	put('a', 2);
	CU_ASSERT_STRING_EQUAL(kept(), "b1 a2");
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 2);
	end();
}

static void what_is_disposed_and_unregistered_was_never_there(void)
{
	struct tern_qos qos = transient(3);

	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('b', 1);
	put('c', 1);
	end_instance(TERN_CHANGE_DISPOSE_UNREGISTER, 'a');
	end_instance(TERN_CHANGE_DISPOSE, 'b');
	end_instance(TERN_CHANGE_UNREGISTER, 'b');
	CU_ASSERT_STRING_EQUAL(kept(), "c1");
	CU_ASSERT_EQUAL(payloads, 1);
	end();
}

static void the_oldest_unregistered_instance_makes_way_for_instances(void)
{
	struct tern_qos qos = transient(1);

	qos.max_instances = 2;
	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('b', 1);
	end_instance(TERN_CHANGE_UNREGISTER, 'b');
	end_instance(TERN_CHANGE_UNREGISTER, 'a');
	put('c', 1);
	CU_ASSERT_STRING_EQUAL(kept(), "a1 aU c1");
	put('a', 2);
	CU_ASSERT_STRING_EQUAL(kept(), "c1 a2");
	CU_ASSERT_EQUAL(put('b', 2), TERN_ELIMIT);
	end();
}

static void the_oldest_unregistered_instance_makes_way_for_samples(void)
{
	struct tern_qos qos = transient(0);

	qos.max_samples = 3;
	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('a', 2);
	put('b', 1);
	end_instance(TERN_CHANGE_UNREGISTER, 'a');
	/* Its own samples do not make way for its next. */
	CU_ASSERT_EQUAL(put('a', 3), TERN_ELIMIT);
	CU_ASSERT_EQUAL(put('b', 2), TERN_OK);
	CU_ASSERT_STRING_EQUAL(kept(), "b1 b2");
	end();
}

static void samples_expire_after_their_lifespan(void)
{
	struct tern_qos qos = transient(0);

	qos.lifespan_ns = 100;
	qos.max_samples = 2;
	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	put('b', 1);
	end_instance(TERN_CHANGE_UNREGISTER, 'b');
	CU_ASSERT_EQUAL(put('a', 2), TERN_OK); /* b makes way */
	CU_ASSERT_EQUAL(put('a', 3), TERN_ELIMIT);
	now_ns += 96;
	CU_ASSERT_STRING_EQUAL(kept(), "a2");
	CU_ASSERT_EQUAL(put('a', 3), TERN_OK);
	now_ns += 100;
	CU_ASSERT_STRING_EQUAL(kept(), "");
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 1);
	end();
}

static void an_unregistered_instance_is_forgotten_when_all_of_it_expired(void)
{
	struct tern_qos qos = transient(1);

	qos.lifespan_ns = 100;
	begin(&qos, TERN_TYPE_KEYED);
	put('a', 1);
	now_ns += 50;
	end_instance(TERN_CHANGE_UNREGISTER, 'a');
	now_ns += 49;
	CU_ASSERT_STRING_EQUAL(kept(), "aU");
	/* A reserved write holds on to the instance. */
	CU_ASSERT_EQUAL(reserve(TERN_CHANGE_WRITE, 'a'), TERN_OK);
	tern__writer_history_expire(history, now_ns + 1000);
	tern__writer_history_cancel(history);
	CU_ASSERT_STRING_EQUAL(kept(), "");
	end();
}

static void a_timestamp_before_all_time_expires_at_once(void)
{
	struct tern_qos qos = transient(0);

	qos.lifespan_ns = INT64_MAX - 1;
	begin(&qos, 0);
	CU_ASSERT_EQUAL(reserve(TERN_CHANGE_WRITE, 'a'), TERN_OK);
	tern__writer_history_commit(history, INT64_MIN + 1, NULL, now_ns);
	tern__writer_history_expire(history, now_ns);
	CU_ASSERT_EQUAL(tern__writer_history_samples(history), 0);
	end();
}

static void a_cancelled_write_leaves_no_trace(void)
{
	struct tern_qos qos = transient(1);

	qos.max_instances = 1;
	begin(&qos, TERN_TYPE_KEYED);
	CU_ASSERT_EQUAL(reserve(TERN_CHANGE_WRITE, 'a'), TERN_OK);
	tern__writer_history_cancel(history);
	tern__writer_history_cancel(history);
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 0);
	CU_ASSERT_EQUAL(end_instance(TERN_CHANGE_DISPOSE, 'a'), TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(put('b', 1), TERN_OK);
	CU_ASSERT_EQUAL(reserve(TERN_CHANGE_DISPOSE_UNREGISTER, 'b'), TERN_OK);
	tern__writer_history_cancel(history);
	CU_ASSERT_STRING_EQUAL(kept(), "b1");
	end();
}

static void a_reserved_write_may_be_abandoned_with_the_writer(void)
{
	struct tern_qos qos = transient(1);

	begin(&qos, TERN_TYPE_KEYED);
	put('b', 1);
	CU_ASSERT_EQUAL(reserve(TERN_CHANGE_WRITE, 'a'), TERN_OK);
	end();
	tern__writer_history_destroy(NULL);
}

static void a_walk_meets_every_registered_instance_once(void)
{
	struct tern_qos qos = transient(1);
	tern_instance_handle last = TERN_HANDLE_NIL, next;
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
	uint32_t met = 0;

	begin(&qos, TERN_TYPE_KEYED);
	for (char key = 'a'; key <= 'z'; key++)
		put(key, 1);
	end_instance(TERN_CHANGE_UNREGISTER, 'k');
	while ((next = tern__writer_history_instance_above(history, last, key_hash))) {
		CU_ASSERT_TRUE(next > last);
		CU_ASSERT_EQUAL(tern__writer_history_lookup(history, key_hash), next);
		CU_ASSERT_NOT_EQUAL(key_hash[0], 'k');
		last = next;
		met++;
	}
	CU_ASSERT_EQUAL(met, 25);
	CU_ASSERT_EQUAL(tern__writer_history_instances(history), 25);
	end();
}

static void offered_deadlines_are_per_live_instance(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	tern_instance_handle missed = 99;

	qos.deadline_ns = 1000;
	begin(&qos, TERN_TYPE_KEYED);
	CU_ASSERT_EQUAL(tern__writer_history_next_deadline(history), TERN_INFINITE);
	put('a', 1);
	put('b', 1);
	put('c', 1);
	end_instance(TERN_CHANGE_DISPOSE, 'b');
	end_instance(TERN_CHANGE_UNREGISTER, 'c');
	CU_ASSERT_EQUAL(tern__writer_history_next_deadline(history), now_ns + 995);
	CU_ASSERT_EQUAL(
		tern__writer_history_deadline_missed(history, now_ns + 994, &missed), 0);
	CU_ASSERT_EQUAL(missed, 99);
	CU_ASSERT_EQUAL(
		tern__writer_history_deadline_missed(history, now_ns + 1995, &missed), 2);
	CU_ASSERT_EQUAL(missed, tern__writer_history_lookup(history, hash_of('a')));
	now_ns += 2000;
	put('a', 2);
	CU_ASSERT_EQUAL(tern__writer_history_next_deadline(history), now_ns + 999);
	end();
}

static const struct suite_test tests[] = {
	{ "a_volatile_writer_keeps_its_instances_but_no_samples",
	  a_volatile_writer_keeps_its_instances_but_no_samples },
	{ "a_late_joiner_gets_the_last_n_of_each_instance",
	  a_late_joiner_gets_the_last_n_of_each_instance },
	{ "keep_all_keeps_all_up_to_max_samples", keep_all_keeps_all_up_to_max_samples },
	{ "keep_all_keeps_max_samples_per_instance_at_most",
	  keep_all_keeps_max_samples_per_instance_at_most },
	{ "a_volatile_writer_has_no_limit_of_samples",
	  a_volatile_writer_has_no_limit_of_samples },
	{ "no_more_than_max_instances_are_registered",
	  no_more_than_max_instances_are_registered },
	{ "only_what_was_written_can_be_ended", only_what_was_written_can_be_ended },
	{ "without_a_key_there_is_one_instance", without_a_key_there_is_one_instance },
	{ "a_late_joiner_learns_of_a_dispose", a_late_joiner_learns_of_a_dispose },
	{ "a_dispose_between_samples_that_are_kept_is_kept",
	  a_dispose_between_samples_that_are_kept_is_kept },
	{ "an_unregistered_instance_is_kept_with_its_end",
	  an_unregistered_instance_is_kept_with_its_end },
	{ "what_is_disposed_and_unregistered_was_never_there",
	  what_is_disposed_and_unregistered_was_never_there },
	{ "the_oldest_unregistered_instance_makes_way_for_instances",
	  the_oldest_unregistered_instance_makes_way_for_instances },
	{ "the_oldest_unregistered_instance_makes_way_for_samples",
	  the_oldest_unregistered_instance_makes_way_for_samples },
	{ "samples_expire_after_their_lifespan", samples_expire_after_their_lifespan },
	{ "an_unregistered_instance_is_forgotten_when_all_of_it_expired",
	  an_unregistered_instance_is_forgotten_when_all_of_it_expired },
	{ "a_timestamp_before_all_time_expires_at_once",
	  a_timestamp_before_all_time_expires_at_once },
	{ "a_cancelled_write_leaves_no_trace", a_cancelled_write_leaves_no_trace },
	{ "a_reserved_write_may_be_abandoned_with_the_writer",
	  a_reserved_write_may_be_abandoned_with_the_writer },
	{ "a_walk_meets_every_registered_instance_once",
	  a_walk_meets_every_registered_instance_once },
	{ "offered_deadlines_are_per_live_instance",
	  offered_deadlines_are_per_live_instance },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
