/* What a history lets in: resource limits, ownership, destination order.
 * Source: DDS 1.4, 2.2.3.9, 2.2.3.17, 2.2.3.18, 2.2.3.19. */
#include "history_fixture.h"
#include "instance_table.h"

static struct history_writer *writer, *other;

static void begin(const struct tern_qos *qos)
{
	open_history(qos, KEYED);
	writer = add_writer(1, 5);
	other = add_writer(2, 5);
}

/* ---- limits ---- */

static void check_rejected(uint64_t total, tern_rejected_reason reason, char key)
{
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { (uint8_t)key };

	CU_ASSERT_EQUAL(counts()->rejected, total);
	CU_ASSERT_EQUAL(counts()->rejected_reason, reason);
	CU_ASSERT_EQUAL(counts()->rejected_instance, tern__instance_handle(key_hash));
}

static void keep_last_rejects_what_is_beyond_max_samples(void)
{
	struct tern_qos qos = history_qos(2);

	qos.max_samples = 3;
	begin(&qos);
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	put(writer, 'b', 1);
	CU_ASSERT_EQUAL(put(writer, 'b', 2), HISTORY_REJECTED);
	check_rejected(1, TERN_REJECTED_BY_SAMPLES_LIMIT, 'b');
	CU_ASSERT_EQUAL(put(writer, 'c', 1), HISTORY_REJECTED);
	check_rejected(2, TERN_REJECTED_BY_SAMPLES_LIMIT, 'c');
	CU_ASSERT_EQUAL(handle_of('c'), TERN_HANDLE_NIL);
	/* An instance at its depth needs no more room. */
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_OVERWROTE);
	EXPECT(take(), "a2 a3 b1");
	CU_ASSERT_EQUAL(put(writer, 'c', 1), HISTORY_STORED);
	close_history();
}

static void keep_all_is_full_at_max_samples_until_some_are_taken(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples = 2;
	begin(&qos);
	put(writer, 'a', 1);
	CU_ASSERT_TRUE(tern__history_has_room(fixture.history));
	put(writer, 'b', 1);
	CU_ASSERT_FALSE(tern__history_has_room(fixture.history));
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_FULL);
	CU_ASSERT_EQUAL(put(writer, 'c', 1), HISTORY_FULL);
	CU_ASSERT_EQUAL(counts()->rejected, 0);
	EXPECT(read_all(), "a1 b1");
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_FULL);
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 1), "a1");
	CU_ASSERT_TRUE(tern__history_has_room(fixture.history));
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	EXPECT(take(), "b1 a2");
	close_history();
}

static void keep_all_is_full_at_max_samples_per_instance(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples_per_instance = 1;
	begin(&qos);
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_FULL);
	CU_ASSERT_EQUAL(put(writer, 'b', 1), HISTORY_STORED);
	CU_ASSERT_TRUE(tern__history_has_room(fixture.history));
	EXPECT(take(), "a1 b1");
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	close_history();
}

static void best_effort_finds_no_room_and_is_rejected(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples_per_instance = 1;
	begin(&qos);
	fixture.best_effort = true;
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_REJECTED);
	check_rejected(1, TERN_REJECTED_BY_SAMPLES_PER_INSTANCE_LIMIT, 'a');
	close_history();
}

static void samples_without_data_need_no_room(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples = 1;
	begin(&qos);
	put(writer, 'a', 1);
	EXPECT(read_all(), "a1");
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_STORED);
	CU_ASSERT_EQUAL(dispose(writer, 'b'), HISTORY_STORED);
	EXPECT(take(), "a1 a- b-");
	close_history();
}

static void instances_with_a_writer_are_beyond_help_at_max_instances(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_instances = 2;
	begin(&qos);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	CU_ASSERT_EQUAL(put(writer, 'c', 1), HISTORY_REJECTED);
	check_rejected(1, TERN_REJECTED_BY_INSTANCES_LIMIT, 'c');
	CU_ASSERT_EQUAL(dispose(writer, 'c'), HISTORY_REJECTED);
	CU_ASSERT_EQUAL(put(writer, 'b', 2), HISTORY_STORED);
	/* When its writer left, a take frees the instance: worth waiting for. */
	unregister(writer, 'a');
	CU_ASSERT_EQUAL(put(writer, 'c', 1), HISTORY_FULL);
	EXPECT(take(), "a1 b1 b2");
	CU_ASSERT_EQUAL(put(writer, 'c', 1), HISTORY_STORED);
	close_history();
}

static void keep_last_rejects_beyond_max_instances(void)
{
	struct tern_qos qos = history_qos(1);

	qos.max_instances = 1;
	begin(&qos);
	put(writer, 'a', 1);
	unregister(writer, 'a');
	CU_ASSERT_EQUAL(put(writer, 'b', 1), HISTORY_REJECTED);
	EXPECT(take(), "a1");
	CU_ASSERT_EQUAL(put(writer, 'b', 1), HISTORY_STORED);
	close_history();
}

static void a_rejected_sample_still_disposes(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples = 1;
	begin(&qos);
	fixture.best_effort = true;
	put(writer, 'a', 1);
	EXPECT(read_all(), "a1");
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE_UNREGISTER, 'a', 2, false),
	                HISTORY_REJECTED);
	EXPECT(take(), "a1 a-");
	EXPECT(info(1), "DOU 0.0 0.0.0");
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	close_history();
}

/* ---- ownership ---- */

static struct tern_qos exclusive(void)
{
	struct tern_qos qos = history_qos(0);

	qos.ownership = TERN_EXCLUSIVE;
	return qos;
}

static void the_stronger_writer_owns_the_instance(void)
{
	struct tern_qos qos = exclusive();
	struct history_writer *strong, *stronger;

	begin(&qos);
	strong = add_writer(3, 10);
	stronger = add_writer(4, 20);
	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(strong, 'a', 2), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_NOT_OWNER);
	CU_ASSERT_EQUAL(put(stronger, 'a', 4), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(strong, 'a', 5), HISTORY_NOT_OWNER);
	CU_ASSERT_EQUAL(put(writer, 'b', 6), HISTORY_STORED);
	EXPECT(take(), "a1 a2 a4 b6");
	CU_ASSERT_EQUAL(counts()->not_owner, 2);
	close_history();
}

static void between_equals_the_lower_guid_owns(void)
{
	struct tern_qos qos = exclusive();

	begin(&qos);
	CU_ASSERT_EQUAL(put(other, 'a', 1), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(other, 'a', 3), HISTORY_NOT_OWNER);
	EXPECT(take(), "a1 a2");
	close_history();
}

static void only_the_owner_disposes(void)
{
	struct tern_qos qos = exclusive();
	struct history_writer *strong;

	begin(&qos);
	strong = add_writer(3, 10);
	put(writer, 'a', 1);
	put(strong, 'a', 2);
	EXPECT(take(), "a1 a2");
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_NOT_OWNER);
	EXPECT(take(), "");
	CU_ASSERT_EQUAL(dispose(strong, 'a'), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_NOT_OWNER);
	EXPECT(take(), "a-");
	close_history();
}

static void the_next_writer_takes_over_when_the_owner_unregisters(void)
{
	struct tern_qos qos = exclusive();
	struct history_writer *strong;

	begin(&qos);
	strong = add_writer(3, 10);
	put(strong, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_NOT_OWNER);
	/* The one that is not heard is a writer of the instance all the same. */
	CU_ASSERT_EQUAL(unregister(strong, 'a'), HISTORY_UNCHANGED);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_STORED);
	EXPECT(take(), "a1 a3");
	EXPECT(info(1), "ANU 0.0 0.0.0");
	CU_ASSERT_EQUAL(put(strong, 'a', 4), HISTORY_STORED);
	close_history();
}

static void the_next_writer_takes_over_when_the_owner_is_gone(void)
{
	struct tern_qos qos = exclusive();
	struct history_writer *strong;

	begin(&qos);
	strong = add_writer(3, 10);
	put(strong, 'a', 1);
	put(writer, 'a', 2);
	CU_ASSERT_FALSE(
		tern__history_writer_remove(fixture.history, strong, true, &fixture.now));
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_STORED);
	EXPECT(take(), "a1 a3");
	close_history();
}

static void the_next_writer_takes_over_when_the_owner_misses_its_deadline(void)
{
	struct tern_qos qos = exclusive();
	struct history_writer *strong;

	qos.deadline_ns = 100;
	begin(&qos);
	strong = add_writer(3, 10);
	put(strong, 'a', 1);
	advance(50);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_NOT_OWNER);
	advance(50);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(strong, 'a', 4), HISTORY_STORED);
	advance(100);
	tern__history_tick(fixture.history, &fixture.now);
	CU_ASSERT_EQUAL(counts()->deadline_missed, 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 5), HISTORY_STORED);
	EXPECT(take(), "a1 a3 a4 a5");
	close_history();
}

static void a_writer_that_becomes_weaker_loses_the_instance(void)
{
	struct tern_qos qos = exclusive();
	struct history_writer *strong;
	struct history_writer_facts weak = { .lifespan_ns = TERN_INFINITE,
		                             .ownership_strength = 1 };

	begin(&qos);
	strong = add_writer(3, 10);
	put(strong, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_NOT_OWNER);
	tern__history_writer_change(fixture.history, strong, &weak);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(strong, 'a', 4), HISTORY_NOT_OWNER);
	EXPECT(take(), "a1 a3");
	CU_ASSERT_EQUAL(fixture.samples[0].info.writer.bytes[15], 3);
	close_history();
}

static void shared_ownership_takes_from_all(void)
{
	struct tern_qos qos = history_qos(0);

	begin(&qos);
	put(add_writer(3, 10), 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	close_history();
}

/* ---- destination order ---- */

static struct tern_qos by_source(int32_t depth)
{
	struct tern_qos qos = history_qos(depth);

	qos.destination_order = TERN_BY_SOURCE_TIMESTAMP;
	return qos;
}

static void by_reception_keeps_the_order_of_arrival(void)
{
	struct tern_qos qos = history_qos(0);

	begin(&qos);
	put_at(writer, 'a', 1, 100);
	put_at(other, 'a', 2, 50);
	EXPECT(take(), "a1 a2");
	close_history();
}

static void by_source_sorts_what_was_not_looked_at(void)
{
	struct tern_qos qos = by_source(0);

	begin(&qos);
	put_at(writer, 'a', 3, 300);
	put_at(other, 'a', 1, 100);
	put_at(writer, 'a', 4, 400);
	put_at(other, 'a', 2, 200);
	EXPECT(take(), "a1 a2 a3 a4");
	close_history();
}

static void by_source_drops_what_is_older_than_the_last_that_was_seen(void)
{
	struct tern_qos qos = by_source(0);

	begin(&qos);
	put_at(writer, 'a', 1, 100);
	EXPECT(take(), "a1");
	CU_ASSERT_EQUAL(put_at(other, 'a', 2, 99), HISTORY_TOO_OLD);
	CU_ASSERT_EQUAL(put_at(other, 'b', 2, 99), HISTORY_STORED);
	CU_ASSERT_EQUAL(counts()->too_old, 1);
	put_at(writer, 'a', 3, 200);
	EXPECT(read_all(), "b2 a3");
	CU_ASSERT_EQUAL(put_at(other, 'a', 4, 150), HISTORY_TOO_OLD);
	/* It is a writer of the instance all the same. */
	CU_ASSERT_EQUAL(unregister(writer, 'a'), HISTORY_UNCHANGED);
	CU_ASSERT_EQUAL(unregister(other, 'a'), HISTORY_STORED);
	close_history();
}

static void by_source_keeps_the_latest_of_the_depth(void)
{
	struct tern_qos qos = by_source(2);

	begin(&qos);
	put_at(writer, 'a', 2, 200);
	put_at(writer, 'a', 4, 400);
	CU_ASSERT_EQUAL(put_at(other, 'a', 1, 100), HISTORY_TOO_OLD);
	CU_ASSERT_EQUAL(put_at(other, 'a', 3, 300), HISTORY_OVERWROTE);
	EXPECT(take(), "a3 a4");
	close_history();
}

static void by_source_at_the_same_time_the_lower_guid_prevails(void)
{
	struct tern_qos qos = by_source(1);

	begin(&qos);
	put_at(writer, 'a', 1, 100);
	CU_ASSERT_EQUAL(put_at(other, 'a', 2, 100), HISTORY_TOO_OLD);
	put_at(other, 'b', 2, 100);
	CU_ASSERT_EQUAL(put_at(writer, 'b', 1, 100), HISTORY_OVERWROTE);
	EXPECT(take(), "a1 b1");
	CU_ASSERT_EQUAL(put_at(other, 'b', 3, 100), HISTORY_TOO_OLD);
	CU_ASSERT_EQUAL(put_at(writer, 'b', 4, 100), HISTORY_STORED);
	close_history();
}

static void by_source_a_dispose_undoes_only_what_is_older(void)
{
	struct tern_qos qos = by_source(0);

	begin(&qos);
	put_at(writer, 'a', 1, 100);
	CU_ASSERT_EQUAL(dispose_at(other, 'a', 50), HISTORY_TOO_OLD);
	EXPECT(read_all(), "a1");
	EXPECT(info(0), "ANU 0.0 0.0.0");
	CU_ASSERT_EQUAL(dispose_at(other, 'a', 70), HISTORY_TOO_OLD);
	CU_ASSERT_EQUAL(dispose_at(other, 'a', 200), HISTORY_STORED);
	CU_ASSERT_EQUAL(put_at(writer, 'a', 2, 150), HISTORY_TOO_OLD);
	EXPECT(take(), "a1 a-");
	EXPECT(info(1), "DOU 0.0 0.0.0");
	CU_ASSERT_EQUAL(put_at(writer, 'a', 3, 250), HISTORY_STORED);
	EXPECT(take(), "a3");
	EXPECT(info(0), "ANU 1.0 0.0.0");
	close_history();
}

static const struct suite_test tests[] = {
	{ "keep_last_rejects_what_is_beyond_max_samples",
	  keep_last_rejects_what_is_beyond_max_samples },
	{ "keep_all_is_full_at_max_samples_until_some_are_taken",
	  keep_all_is_full_at_max_samples_until_some_are_taken },
	{ "keep_all_is_full_at_max_samples_per_instance",
	  keep_all_is_full_at_max_samples_per_instance },
	{ "best_effort_finds_no_room_and_is_rejected",
	  best_effort_finds_no_room_and_is_rejected },
	{ "samples_without_data_need_no_room", samples_without_data_need_no_room },
	{ "instances_with_a_writer_are_beyond_help_at_max_instances",
	  instances_with_a_writer_are_beyond_help_at_max_instances },
	{ "keep_last_rejects_beyond_max_instances",
	  keep_last_rejects_beyond_max_instances },
	{ "a_rejected_sample_still_disposes", a_rejected_sample_still_disposes },
	{ "the_stronger_writer_owns_the_instance",
	  the_stronger_writer_owns_the_instance },
	{ "between_equals_the_lower_guid_owns", between_equals_the_lower_guid_owns },
	{ "only_the_owner_disposes", only_the_owner_disposes },
	{ "the_next_writer_takes_over_when_the_owner_unregisters",
	  the_next_writer_takes_over_when_the_owner_unregisters },
	{ "the_next_writer_takes_over_when_the_owner_is_gone",
	  the_next_writer_takes_over_when_the_owner_is_gone },
	{ "the_next_writer_takes_over_when_the_owner_misses_its_deadline",
	  the_next_writer_takes_over_when_the_owner_misses_its_deadline },
	{ "a_writer_that_becomes_weaker_loses_the_instance",
	  a_writer_that_becomes_weaker_loses_the_instance },
	{ "shared_ownership_takes_from_all", shared_ownership_takes_from_all },
	{ "by_reception_keeps_the_order_of_arrival",
	  by_reception_keeps_the_order_of_arrival },
	{ "by_source_sorts_what_was_not_looked_at",
	  by_source_sorts_what_was_not_looked_at },
	{ "by_source_drops_what_is_older_than_the_last_that_was_seen",
	  by_source_drops_what_is_older_than_the_last_that_was_seen },
	{ "by_source_keeps_the_latest_of_the_depth",
	  by_source_keeps_the_latest_of_the_depth },
	{ "by_source_at_the_same_time_the_lower_guid_prevails",
	  by_source_at_the_same_time_the_lower_guid_prevails },
	{ "by_source_a_dispose_undoes_only_what_is_older",
	  by_source_a_dispose_undoes_only_what_is_older },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
