/* The overflow of a KEEP_ALL reader: late, never lost, in order, and bounded. */
#include "history_fixture.h"

static struct history_writer *writer, *other;

/* Room for 2 samples, and for 4 more of some 1,100 bytes each. */
static void begin(struct tern_qos qos)
{
	qos.max_samples = qos.max_samples == TERN_UNLIMITED ? 2 : qos.max_samples;
	fixture.overflow_max_bytes = 4 * 1200;
	open_history(&qos, KEYED);
	fixture.may_overflow = true;
	writer = add_writer(1, 0);
	other = add_writer(2, 0);
}

static void what_finds_no_room_comes_in_order_as_room_appears(void)
{
	begin(history_qos(0));
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_OVERFLOWED);
	CU_ASSERT_EQUAL(put(other, 'b', 2), HISTORY_OVERFLOWED);
	CU_ASSERT_EQUAL(put(writer, 'c', 1), HISTORY_OVERFLOWED);
	CU_ASSERT_TRUE(tern__history_overflow_bytes(fixture.history) >= 3000);
	CU_ASSERT_EQUAL(counts()->stored, 2);
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 1), "a1");
	EXPECT(read_all(), "b1 a2");
	EXPECT(take(), "b1 a2");
	CU_ASSERT_TRUE(tern__history_has_unread(fixture.history));
	CU_ASSERT_TRUE(tern__history_tick(fixture.history, &fixture.now));
	CU_ASSERT_EQUAL(tern__history_overflow_bytes(fixture.history), 0);
	EXPECT(take(), "b2 c1");
	CU_ASSERT_EQUAL(counts()->stored, 5);
	CU_ASSERT_EQUAL(counts()->taken, 5);
	CU_ASSERT_EQUAL(counts()->rejected, 0);
	close_history();
}

static void a_full_overflow_is_full(void)
{
	begin(history_qos(0));
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	for (int value = 3; value <= 6; value++)
		CU_ASSERT_EQUAL(put(writer, 'a', value), HISTORY_OVERFLOWED);
	CU_ASSERT_EQUAL(put(writer, 'a', 7), HISTORY_FULL);
	CU_ASSERT_TRUE(tern__history_overflow_bytes(fixture.history) <= 4 * 1200);
	EXPECT(take(), "a1 a2");
	CU_ASSERT_EQUAL(put(writer, 'a', 7), HISTORY_OVERFLOWED);
	EXPECT(take(), "a3 a4");
	EXPECT(take(), "a5 a6");
	EXPECT(take(), "a7");
	EXPECT(take(), "");
	close_history();
}

static void who_pulls_is_told_full_and_does_not_overtake(void)
{
	begin(history_qos(0));
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_OVERFLOWED);
	fixture.may_overflow = false;
	CU_ASSERT_EQUAL(put(other, 'b', 1), HISTORY_FULL);
	CU_ASSERT_FALSE(tern__history_has_room(fixture.history));
	EXPECT(take(), "a1 a2");
	CU_ASSERT_TRUE(tern__history_has_room(fixture.history));
	CU_ASSERT_EQUAL(put(other, 'b', 1), HISTORY_STORED);
	EXPECT(take(), "a3 b1");
	close_history();
}

static void a_dispose_waits_behind_the_samples_before_it(void)
{
	begin(history_qos(0));
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	put(writer, 'a', 3);
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_OVERFLOWED);
	EXPECT(read_all(), "a1 a2");
	EXPECT(info(0), "ANU 0.0 1.0.0");
	EXPECT(take(), "a1 a2");
	EXPECT(take(), "a3");
	EXPECT(info(0), "DOU 0.0 0.0.0");
	close_history();
}

static void a_writer_that_goes_leaves_after_its_samples(void)
{
	begin(history_qos(0));
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	put(writer, 'a', 3);
	CU_ASSERT_FALSE(
		tern__history_writer_remove(fixture.history, writer, true, &fixture.now));
	EXPECT(take(), "a1 a2");
	EXPECT(info(0), "ANU 0.0 1.0.0");
	EXPECT(take(), "a3");
	EXPECT(info(0), "DOU 0.0 0.0.0");
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	close_history();
}

static void a_writer_that_lapses_leaves_after_its_samples_unless_it_comes_back(void)
{
	begin(history_qos(0));
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	put(writer, 'a', 3);
	CU_ASSERT_FALSE(tern__history_writer_unregister(fixture.history, writer, false,
	                                                &fixture.now));
	EXPECT(take(), "a1 a2");
	EXPECT(take(), "a3");
	EXPECT(info(0), "WOU 0.0 0.0.0");
	put(writer, 'a', 4);
	put(writer, 'a', 5);
	put(writer, 'a', 6);
	tern__history_writer_unregister(fixture.history, writer, false, &fixture.now);
	put(writer, 'a', 7);
	EXPECT(take(), "a4 a5");
	EXPECT(take(), "a6 a7");
	EXPECT(info(1), "AOU 0.0 0.0.0");
	close_history();
}

static void the_reception_time_of_what_waited_is_when_it_came(void)
{
	begin(history_qos(0));
	put(writer, 'a', 1);
	put(writer, 'a', 2);
	put(writer, 'a', 3);
	advance(SUITE_SECOND_NS);
	EXPECT(take(), "a1 a2");
	EXPECT(take(), "a3");
	CU_ASSERT_EQUAL(fixture.samples[0].info.reception_timestamp_ns,
	                1000 * SUITE_SECOND_NS + 2);
	close_history();
}

static void what_expires_while_it_waits_is_counted_and_makes_room(void)
{
	struct history_writer *brief;

	begin(history_qos(0));
	brief = add_writer_with(3, 0, 1000, true);
	put(brief, 'a', 1);
	put(writer, 'a', 2);
	put(brief, 'a', 3);
	CU_ASSERT_EQUAL(put(writer, 'a', 4), HISTORY_OVERFLOWED);
	advance(1000);
	CU_ASSERT_TRUE(tern__history_tick(fixture.history, &fixture.now));
	EXPECT(take(), "a2 a4");
	CU_ASSERT_EQUAL(counts()->expired, 2);
	close_history();
}

static void what_expired_lets_the_waiting_in_before_the_new(void)
{
	struct history_writer *brief;

	begin(history_qos(0));
	brief = add_writer_with(3, 0, 1000, true);
	put(brief, 'a', 1);
	put(brief, 'a', 2);
	put(writer, 'a', 3);
	advance(1000);
	CU_ASSERT_EQUAL(put(writer, 'a', 4), HISTORY_STORED);
	CU_ASSERT_TRUE(tern__history_tick(fixture.history, &fixture.now));
	EXPECT(take(), "a3 a4");
	close_history();
}

static void a_full_instance_holds_up_what_came_after(void)
{
	struct tern_qos qos = history_qos(0);

	qos.max_samples = 10;
	qos.max_samples_per_instance = 1;
	begin(qos);
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_OVERFLOWED);
	CU_ASSERT_EQUAL(put(writer, 'b', 1), HISTORY_OVERFLOWED);
	EXPECT(take(), "a1");
	EXPECT(take(), "a2 b1");
	close_history();
}

static void waiting_for_the_reader_misses_no_deadline(void)
{
	struct tern_qos qos = history_qos(0);

	qos.deadline_ns = 100;
	begin(qos);
	for (int value = 1; value <= 5; value++) {
		put(writer, 'a', value);
		advance(90);
		tern__history_tick(fixture.history, &fixture.now);
	}
	CU_ASSERT_EQUAL(counts()->deadline_missed, 0);
	close_history();
}

static void a_held_sample_that_finds_no_room_waits_too(void)
{
	struct tern_qos qos = history_qos(0);

	qos.minimum_separation_ns = 1000;
	begin(qos);
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_HELD);
	put(writer, 'b', 1);
	advance(1000);
	CU_ASSERT_FALSE(tern__history_tick(fixture.history, &fixture.now));
	CU_ASSERT_FALSE(tern__history_has_room(fixture.history));
	EXPECT(take(), "a1 b1");
	EXPECT(take(), "a2");
	close_history();
}

static const struct suite_test tests[] = {
	{ "what_finds_no_room_comes_in_order_as_room_appears",
	  what_finds_no_room_comes_in_order_as_room_appears },
	{ "a_full_overflow_is_full", a_full_overflow_is_full },
	{ "who_pulls_is_told_full_and_does_not_overtake",
	  who_pulls_is_told_full_and_does_not_overtake },
	{ "a_dispose_waits_behind_the_samples_before_it",
	  a_dispose_waits_behind_the_samples_before_it },
	{ "a_writer_that_goes_leaves_after_its_samples",
	  a_writer_that_goes_leaves_after_its_samples },
	{ "a_writer_that_lapses_leaves_after_its_samples_unless_it_comes_back",
	  a_writer_that_lapses_leaves_after_its_samples_unless_it_comes_back },
	{ "the_reception_time_of_what_waited_is_when_it_came",
	  the_reception_time_of_what_waited_is_when_it_came },
	{ "what_expires_while_it_waits_is_counted_and_makes_room",
	  what_expires_while_it_waits_is_counted_and_makes_room },
	{ "what_expired_lets_the_waiting_in_before_the_new",
	  what_expired_lets_the_waiting_in_before_the_new },
	{ "a_full_instance_holds_up_what_came_after",
	  a_full_instance_holds_up_what_came_after },
	{ "waiting_for_the_reader_misses_no_deadline",
	  waiting_for_the_reader_misses_no_deadline },
	{ "a_held_sample_that_finds_no_room_waits_too",
	  a_held_sample_that_finds_no_room_waits_too },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
