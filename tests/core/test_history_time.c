/* What happens because time passes: lifespan, deadline, autopurge, time-based filter; and when
 * the next such thing will be. Source: DDS 1.4, 2.2.3.7, 2.2.3.12, 2.2.3.16, 2.2.3.22. */
#include "history_fixture.h"

static struct history_writer *writer;

static void begin(const struct tern_qos *qos)
{
	open_history(qos, KEYED);
	writer = add_writer(1, 0);
}

static bool tick(void)
{
	return tern__history_tick(fixture.history, &fixture.now);
}

/* From now until the next event; -1: never. */
static int64_t until_next(void)
{
	int64_t next_ns = tern__history_next_event(fixture.history, &fixture.now);

	return next_ns == TERN_INFINITE ? -1 : next_ns - fixture.now.monotonic_ns;
}

/* ---- lifespan ---- */

static void a_sample_expires_at_its_source_time_plus_lifespan(void)
{
	struct tern_qos qos = history_qos(0);
	struct history_writer *brief;

	begin(&qos);
	brief = add_writer_with(2, 0, 1000, true);
	put_at(brief, 'a', 1, fixture.now.real_ns - 400);
	put(brief, 'b', 1);
	put(writer, 'c', 1);
	CU_ASSERT_EQUAL(until_next(), 600 - 3);
	advance(600 - 4);
	EXPECT(read_selected(TERN_ANY_STATE, 0, false, 9), "a1 b1 c1");
	advance(1);
	EXPECT(take(), "b1 c1");
	/* It had been read: nothing was lost. */
	CU_ASSERT_EQUAL(counts()->expired, 0);
	close_history();
}

static void an_unread_sample_that_expires_is_counted(void)
{
	struct tern_qos qos = history_qos(1);

	begin(&qos);
	put(add_writer_with(2, 0, 1000, true), 'a', 1);
	advance(1000);
	CU_ASSERT_TRUE(tern__history_has_unread(fixture.history));
	CU_ASSERT_FALSE(tick());
	CU_ASSERT_FALSE(tern__history_has_unread(fixture.history));
	CU_ASSERT_EQUAL(counts()->expired, 1);
	CU_ASSERT_EQUAL(until_next(), -1);
	close_history();
}

static void what_comes_expired_is_not_stored(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *brief;

	begin(&qos);
	brief = add_writer_with(2, 0, 1000, true);
	CU_ASSERT_EQUAL(put_at(brief, 'a', 1, fixture.now.real_ns - 1000),
	                HISTORY_EXPIRED);
	CU_ASSERT_EQUAL(counts()->expired, 1);
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(put_at(brief, 'a', 1, fixture.now.real_ns - 999), HISTORY_STORED);
	close_history();
}

static void a_clock_that_runs_ahead_prolongs_nothing(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *brief;

	begin(&qos);
	brief = add_writer_with(2, 0, 1000, true);
	put_at(brief, 'a', 1, fixture.now.real_ns + SUITE_SECOND_NS);
	CU_ASSERT_EQUAL(until_next(), 999);
	advance(999);
	EXPECT(take(), "");
	close_history();
}

static void an_expired_dispose_still_disposes(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *brief;

	begin(&qos);
	brief = add_writer_with(2, 0, 1, true);
	CU_ASSERT_EQUAL(dispose_at(brief, 'a', 5), HISTORY_STORED);
	EXPECT(take(), "a-");
	close_history();
}

static void an_instance_goes_with_its_expired_samples_if_nobody_writes_it(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *brief;

	begin(&qos);
	brief = add_writer_with(2, 0, 1000, true);
	put(brief, 'a', 1);
	put(brief, 'b', 1);
	unregister(brief, 'a');
	advance(1000);
	tick();
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	CU_ASSERT_NOT_EQUAL(handle_of('b'), TERN_HANDLE_NIL);
	close_history();
}

static void the_real_clock_may_step_without_harm(void)
{
	struct tern_qos qos = history_qos(1);

	begin(&qos);
	put(add_writer_with(2, 0, 1000, true), 'a', 1);
	fixture.now.real_ns -= 500 * SUITE_SECOND_NS;
	CU_ASSERT_EQUAL(until_next(), 500 * SUITE_SECOND_NS + 999);
	fixture.now.real_ns += 1000 * SUITE_SECOND_NS;
	CU_ASSERT_EQUAL(until_next(), 0);
	EXPECT(take(), "");
	close_history();
}

/* ---- deadline ---- */

static struct tern_qos with_deadline(void)
{
	struct tern_qos qos = history_qos(1);

	qos.deadline_ns = 1000;
	return qos;
}

static void every_instance_has_its_own_deadline(void)
{
	struct tern_qos qos = with_deadline();

	begin(&qos);
	put(writer, 'a', 1);
	advance(499);
	put(writer, 'b', 1);
	CU_ASSERT_EQUAL(until_next(), 499);
	advance(499);
	tick();
	CU_ASSERT_EQUAL(counts()->deadline_missed, 1);
	CU_ASSERT_EQUAL(counts()->deadline_instance, handle_of('a'));
	CU_ASSERT_EQUAL(until_next(), 500);
	advance(500);
	tick();
	CU_ASSERT_EQUAL(counts()->deadline_missed, 2);
	CU_ASSERT_EQUAL(counts()->deadline_instance, handle_of('b'));
	put(writer, 'a', 2);
	advance(998);
	tick();
	CU_ASSERT_EQUAL(counts()->deadline_missed, 2);
	close_history();
}

static void an_instance_that_is_not_alive_has_no_deadline(void)
{
	struct tern_qos qos = with_deadline();

	begin(&qos);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	dispose(writer, 'a');
	unregister(writer, 'b');
	CU_ASSERT_EQUAL(until_next(), -1);
	advance(5000);
	tick();
	CU_ASSERT_EQUAL(counts()->deadline_missed, 0);
	put(writer, 'a', 2);
	CU_ASSERT_EQUAL(until_next(), 999);
	close_history();
}

static void what_was_taken_still_has_its_deadline(void)
{
	struct tern_qos qos = with_deadline();

	begin(&qos);
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
	advance(2999);
	tick();
	CU_ASSERT_EQUAL(counts()->deadline_missed, 3);
	close_history();
}

/* ---- autopurge ---- */

static void a_disposed_instance_is_purged_after_its_delay(void)
{
	struct tern_qos qos = history_qos(0);

	qos.autopurge_disposed_ns = 1000;
	begin(&qos);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	EXPECT(read_selected(TERN_ANY_STATE, handle_of('a'), false, 9), "a1");
	put(writer, 'a', 2);
	dispose(writer, 'a');
	CU_ASSERT_EQUAL(until_next(), 999);
	advance(998);
	EXPECT(read_selected(TERN_READ, 0, false, 9), "a1");
	advance(1);
	EXPECT(take(), "b1");
	CU_ASSERT_EQUAL(counts()->purged, 1);
	CU_ASSERT_EQUAL(until_next(), -1);
	/* Its writer is there: the instance and its generations stay known. */
	put(writer, 'a', 3);
	EXPECT(take(), "a3");
	EXPECT(info(0), "ANU 1.0 0.0.0");
	close_history();
}

static void an_instance_without_writers_is_purged_and_forgotten(void)
{
	struct tern_qos qos = history_qos(0);

	qos.autopurge_nowriter_ns = 1000;
	begin(&qos);
	put(writer, 'a', 1);
	unregister(writer, 'a');
	put(writer, 'b', 1);
	dispose(writer, 'b');
	advance(2000);
	EXPECT(take(), "b1");
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(counts()->purged, 1);
	close_history();
}

static void a_rebirth_in_time_stops_the_purge(void)
{
	struct tern_qos qos = history_qos(0);

	qos.autopurge_nowriter_ns = 1000;
	begin(&qos);
	put(writer, 'a', 1);
	unregister(writer, 'a');
	advance(500);
	put(writer, 'a', 2);
	CU_ASSERT_EQUAL(until_next(), -1);
	advance(1000);
	EXPECT(take(), "a1 a2");
	close_history();
}

static void a_purge_makes_room(void)
{
	struct tern_qos qos = history_qos(0);

	qos.autopurge_disposed_ns = 1000;
	qos.max_samples = 1;
	fixture.overflow_max_bytes = 10000;
	begin(&qos);
	fixture.may_overflow = true;
	put(writer, 'a', 1);
	dispose(writer, 'a');
	CU_ASSERT_EQUAL(put(writer, 'b', 1), HISTORY_OVERFLOWED);
	advance(1000);
	CU_ASSERT_TRUE(tick());
	EXPECT(take(), "b1");
	close_history();
}

/* ---- time-based filter ---- */

static struct tern_qos filtered(void)
{
	struct tern_qos qos = history_qos(0);

	qos.minimum_separation_ns = 1000;
	return qos;
}

static void a_best_effort_reader_sees_one_sample_per_separation(void)
{
	struct tern_qos qos = filtered();

	qos.reliability = TERN_BEST_EFFORT;
	begin(&qos);
	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_FILTERED);
	CU_ASSERT_EQUAL(put(writer, 'b', 1), HISTORY_STORED);
	advance(996);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_FILTERED);
	CU_ASSERT_EQUAL(put(writer, 'a', 4), HISTORY_STORED);
	EXPECT(take(), "a1 a4 b1");
	CU_ASSERT_EQUAL(counts()->filtered, 2);
	CU_ASSERT_EQUAL(until_next(), -1);
	close_history();
}

static void a_reliable_reader_gets_the_last_value_in_the_end(void)
{
	struct tern_qos qos = filtered();

	begin(&qos);
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_HELD);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_HELD);
	CU_ASSERT_EQUAL(counts()->filtered, 1);
	CU_ASSERT_EQUAL(until_next(), 997);
	EXPECT(take(), "a1");
	CU_ASSERT_FALSE(tick());
	advance(997);
	CU_ASSERT_TRUE(tick());
	EXPECT(take(), "a3");
	CU_ASSERT_EQUAL(until_next(), -1);
	/* The separation counts from what was shown. */
	CU_ASSERT_EQUAL(put(writer, 'a', 4), HISTORY_HELD);
	close_history();
}

static void a_newer_sample_that_may_be_shown_replaces_the_held_one(void)
{
	struct tern_qos qos = filtered();

	begin(&qos);
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	advance(998);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_STORED);
	CU_ASSERT_FALSE(tick());
	EXPECT(take(), "a1 a3");
	CU_ASSERT_EQUAL(counts()->filtered, 1);
	close_history();
}

static void a_held_sample_is_shown_before_the_end_of_its_instance(void)
{
	struct tern_qos qos = filtered();

	begin(&qos);
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_STORED);
	EXPECT(take(), "a1 a2");
	EXPECT(info(1), "DNU 0.0 0.0.0");
	put(writer, 'b', 1);
	put(writer, 'b', 2);
	CU_ASSERT_EQUAL(unregister(writer, 'b'), HISTORY_STORED);
	EXPECT(take(), "b1 b2");
	EXPECT(info(1), "WNU 0.0 0.0.0");
	close_history();
}

static void a_last_sample_is_not_filtered(void)
{
	struct tern_qos qos = filtered();

	begin(&qos);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_UNREGISTER, 'a', 2, false),
	                HISTORY_STORED);
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE, 'b', 2, false),
	                HISTORY_STORED);
	EXPECT(take(), "a1 a2 b1 b2");
	EXPECT(info(1), "WNU 0.0 0.0.0");
	EXPECT(info(3), "DNU 0.0 0.0.0");
	close_history();
}

static void a_writer_that_goes_leaves_its_held_sample(void)
{
	struct tern_qos qos = filtered();
	struct history_writer *other;

	begin(&qos);
	other = add_writer(2, 0);
	put(writer, 'a', 1);
	put(other, 'a', 2);
	CU_ASSERT_TRUE(
		tern__history_writer_remove(fixture.history, other, true, &fixture.now));
	EXPECT(take(), "a1 a2");
	EXPECT(info(1), "ANU 0.0 0.0.0");
	close_history();
}

static void a_held_sample_stays_held_when_another_writer_goes(void)
{
	struct tern_qos qos = filtered();
	struct history_writer *other;

	begin(&qos);
	other = add_writer(2, 0);
	put(other, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_HELD);
	CU_ASSERT_EQUAL(unregister(other, 'a'), HISTORY_UNCHANGED);
	EXPECT(take(), "a1");
	advance(1000);
	CU_ASSERT_TRUE(tick());
	EXPECT(take(), "a2");
	close_history();
}

static void a_rebirth_is_not_filtered(void)
{
	struct tern_qos qos = filtered();

	begin(&qos);
	put(writer, 'a', 1);
	dispose(writer, 'a');
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	EXPECT(take(), "a1 a2");
	close_history();
}

static void what_the_filter_drops_meets_the_deadline(void)
{
	struct tern_qos qos = filtered();

	qos.reliability = TERN_BEST_EFFORT;
	qos.deadline_ns = 1000;
	begin(&qos);
	put(writer, 'a', 1);
	advance(900);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_FILTERED);
	advance(900);
	tick();
	CU_ASSERT_EQUAL(counts()->deadline_missed, 0);
	close_history();
}

static void by_source_the_newest_is_held(void)
{
	struct tern_qos qos = filtered();

	qos.destination_order = TERN_BY_SOURCE_TIMESTAMP;
	begin(&qos);
	put_at(writer, 'a', 1, 100);
	CU_ASSERT_EQUAL(put_at(writer, 'a', 3, 300), HISTORY_HELD);
	CU_ASSERT_EQUAL(put_at(writer, 'a', 2, 200), HISTORY_FILTERED);
	CU_ASSERT_EQUAL(dispose_at(writer, 'a', 250), HISTORY_TOO_OLD);
	advance(1000);
	/* Its time has come: nothing older is shown before it. */
	CU_ASSERT_EQUAL(put_at(writer, 'a', 2, 200), HISTORY_FILTERED);
	CU_ASSERT_TRUE(tick());
	EXPECT(take(), "a1 a3");
	CU_ASSERT_EQUAL(counts()->filtered, 2);
	close_history();
}

static void a_held_sample_can_expire(void)
{
	struct tern_qos qos = filtered();
	struct history_writer *brief;

	begin(&qos);
	brief = add_writer_with(2, 0, 500, true);
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(put(brief, 'a', 2), HISTORY_HELD);
	advance(1000);
	CU_ASSERT_FALSE(tick());
	CU_ASSERT_EQUAL(counts()->expired, 1);
	EXPECT(take(), "a1");
	close_history();
}

static const struct suite_test tests[] = {
	{ "a_sample_expires_at_its_source_time_plus_lifespan",
	  a_sample_expires_at_its_source_time_plus_lifespan },
	{ "an_unread_sample_that_expires_is_counted",
	  an_unread_sample_that_expires_is_counted },
	{ "what_comes_expired_is_not_stored", what_comes_expired_is_not_stored },
	{ "a_clock_that_runs_ahead_prolongs_nothing",
	  a_clock_that_runs_ahead_prolongs_nothing },
	{ "an_expired_dispose_still_disposes", an_expired_dispose_still_disposes },
	{ "an_instance_goes_with_its_expired_samples_if_nobody_writes_it",
	  an_instance_goes_with_its_expired_samples_if_nobody_writes_it },
	{ "the_real_clock_may_step_without_harm", the_real_clock_may_step_without_harm },
	{ "every_instance_has_its_own_deadline", every_instance_has_its_own_deadline },
	{ "an_instance_that_is_not_alive_has_no_deadline",
	  an_instance_that_is_not_alive_has_no_deadline },
	{ "what_was_taken_still_has_its_deadline",
	  what_was_taken_still_has_its_deadline },
	{ "a_disposed_instance_is_purged_after_its_delay",
	  a_disposed_instance_is_purged_after_its_delay },
	{ "an_instance_without_writers_is_purged_and_forgotten",
	  an_instance_without_writers_is_purged_and_forgotten },
	{ "a_rebirth_in_time_stops_the_purge", a_rebirth_in_time_stops_the_purge },
	{ "a_purge_makes_room", a_purge_makes_room },
	{ "a_best_effort_reader_sees_one_sample_per_separation",
	  a_best_effort_reader_sees_one_sample_per_separation },
	{ "a_reliable_reader_gets_the_last_value_in_the_end",
	  a_reliable_reader_gets_the_last_value_in_the_end },
	{ "a_newer_sample_that_may_be_shown_replaces_the_held_one",
	  a_newer_sample_that_may_be_shown_replaces_the_held_one },
	{ "a_held_sample_is_shown_before_the_end_of_its_instance",
	  a_held_sample_is_shown_before_the_end_of_its_instance },
	{ "a_writer_that_goes_leaves_its_held_sample",
	  a_writer_that_goes_leaves_its_held_sample },
	{ "a_held_sample_stays_held_when_another_writer_goes",
	  a_held_sample_stays_held_when_another_writer_goes },
	{ "a_last_sample_is_not_filtered", a_last_sample_is_not_filtered },
	{ "a_rebirth_is_not_filtered", a_rebirth_is_not_filtered },
	{ "what_the_filter_drops_meets_the_deadline",
	  what_the_filter_drops_meets_the_deadline },
	{ "by_source_the_newest_is_held", by_source_the_newest_is_held },
	{ "a_held_sample_can_expire", a_held_sample_can_expire },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
