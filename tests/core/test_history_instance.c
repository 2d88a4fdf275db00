/* How an instance's state, view and generations go on with each thing that can happen to it.
 * Source: DDS 1.4, 2.2.2.5.1.2 to 2.2.2.5.1.4. */
#include "history_fixture.h"

static struct history_writer *writer, *other;

static void begin(void)
{
	struct tern_qos qos = history_qos(4);

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	other = add_writer(2, 0);
}

/* Instance 'a' is brought into a state and all its samples are taken. */
static void begin_alive(void)
{
	begin();
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
}

static void begin_disposed(void)
{
	begin_alive();
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_STORED);
	EXPECT(take(), "a-");
	EXPECT(info(0), "DOU 0.0 0.0.0");
}

/* With a sample that was read, so that the instance stays known. */
static void begin_without_writers(void)
{
	begin_alive();
	put(writer, 'a', 2);
	EXPECT(read_all(), "a2");
	CU_ASSERT_EQUAL(unregister(writer, 'a'), HISTORY_STORED);
	EXPECT(take_selected(TERN_NOT_READ, 0, false, 9), "a-");
	EXPECT(info(0), "WOU 0.0 0.0.0");
}

static void a_first_write_makes_a_new_live_instance(void)
{
	begin();
	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_STORED);
	EXPECT(read_all(), "a1");
	EXPECT(info(0), "ANU 0.0 0.0.0");
	close_history();
}

static void a_write_to_a_live_instance_changes_no_state(void)
{
	begin_alive();
	CU_ASSERT_EQUAL(put(other, 'a', 2), HISTORY_STORED);
	EXPECT(take(), "a2");
	EXPECT(info(0), "AOU 0.0 0.0.0");
	close_history();
}

static void a_dispose_is_shown_by_a_sample_without_data(void)
{
	begin_alive();
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_STORED);
	CU_ASSERT_TRUE(tern__history_has_unread(fixture.history));
	EXPECT(read_all(), "a-");
	EXPECT(info(0), "DOU 0.0 0.0.0");
	CU_ASSERT_EQUAL(fixture.samples[0].info.writer.bytes[15], 1);
	CU_ASSERT_TRUE(fixture.entries[0]->payload->key_only);
	EXPECT(take(), "a-");
	close_history();
}

static void a_dispose_is_shown_by_an_unread_sample_if_there_is_one(void)
{
	begin();
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_STORED);
	EXPECT(take(), "a1");
	EXPECT(info(0), "DNU 0.0 0.0.0");
	EXPECT(take(), "");
	close_history();
}

static void a_second_dispose_changes_nothing(void)
{
	begin_disposed();
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_UNCHANGED);
	CU_ASSERT_EQUAL(dispose(other, 'a'), HISTORY_UNCHANGED);
	EXPECT(take(), "");
	close_history();
}

static void a_write_after_a_dispose_begins_a_generation(void)
{
	begin_disposed();
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	EXPECT(take(), "a2");
	EXPECT(info(0), "ANU 1.0 0.0.0");
	close_history();
}

static void a_write_after_the_last_writer_left_begins_a_generation(void)
{
	begin_without_writers();
	CU_ASSERT_EQUAL(put(other, 'a', 3), HISTORY_STORED);
	EXPECT(take(), "a2 a3");
	EXPECT(info(0), "ANR 0.0 1.1.1");
	EXPECT(info(1), "ANU 0.1 0.0.0");
	close_history();
}

static void a_rebirth_hides_the_death_that_nobody_looked_at(void)
{
	begin_alive();
	dispose(writer, 'a');
	put(writer, 'a', 2);
	EXPECT(take(), "a2");
	EXPECT(info(0), "ANU 1.0 0.0.0");
	close_history();
}

static void the_last_writer_that_leaves_ends_the_instance(void)
{
	begin_alive();
	put(other, 'a', 2);
	EXPECT(take(), "a2");
	CU_ASSERT_EQUAL(unregister(writer, 'a'), HISTORY_UNCHANGED);
	CU_ASSERT_EQUAL(unregister(writer, 'a'), HISTORY_UNCHANGED);
	EXPECT(take(), "");
	CU_ASSERT_EQUAL(unregister(other, 'a'), HISTORY_STORED);
	EXPECT(take(), "a-");
	EXPECT(info(0), "WOU 0.0 0.0.0");
	CU_ASSERT_EQUAL(fixture.samples[0].info.writer.bytes[15], 2);
	close_history();
}

static void disposed_stays_disposed_when_the_writers_leave(void)
{
	begin_alive();
	put(writer, 'a', 2);
	EXPECT(read_all(), "a2");
	dispose(writer, 'a');
	CU_ASSERT_EQUAL(unregister(writer, 'a'), HISTORY_UNCHANGED);
	EXPECT(read_all(), "a2 a-");
	EXPECT(info(1), "DOU 0.0 0.0.0");
	close_history();
}

static void a_dispose_without_writers_shows_disposed_in_the_same_generation(void)
{
	begin_without_writers();
	CU_ASSERT_EQUAL(dispose(other, 'a'), HISTORY_STORED);
	EXPECT(take(), "a2 a-");
	EXPECT(info(1), "DOU 0.0 0.0.0");
	close_history();
}

static void dispose_and_unregister_together_show_disposed(void)
{
	begin_alive();
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE_UNREGISTER, 'a', 0, true),
	                HISTORY_STORED);
	EXPECT(take(), "a-");
	EXPECT(info(0), "DOU 0.0 0.0.0");
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	close_history();
}

static void a_sample_can_dispose_and_unregister_at_once(void)
{
	begin();
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE, 'a', 1, false),
	                HISTORY_STORED);
	EXPECT(take(), "a1");
	EXPECT(info(0), "DNU 0.0 0.0.0");
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE, 'a', 2, false),
	                HISTORY_STORED);
	EXPECT(take(), "a2");
	EXPECT(info(0), "DNU 1.0 0.0.0");
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_UNREGISTER, 'b', 1, false),
	                HISTORY_STORED);
	EXPECT(take(), "b1");
	EXPECT(info(0), "WNU 0.0 0.0.0");
	CU_ASSERT_EQUAL(handle_of('b'), TERN_HANDLE_NIL);
	close_history();
}

static void an_instance_can_begin_disposed(void)
{
	begin();
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_STORED);
	EXPECT(take(), "a-");
	EXPECT(info(0), "DNU 0.0 0.0.0");
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE_UNREGISTER, 'b', 0, true),
	                HISTORY_STORED);
	EXPECT(take(), "b-");
	CU_ASSERT_EQUAL(handle_of('b'), TERN_HANDLE_NIL);
	close_history();
}

static void a_dispose_by_hash_alone_of_an_unknown_instance_is_dropped_and_counted(void)
{
	begin();
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE, 'a', 0, false),
	                HISTORY_UNKNOWN_INSTANCE);
	CU_ASSERT_EQUAL(counts()->unknown_instance, 1);
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE, 'a', 0, false),
	                HISTORY_STORED);
	EXPECT(take(), "a-");
	close_history();
}

static void without_a_key_a_dispose_needs_none(void)
{
	struct tern_qos qos = history_qos(1);

	open_history(&qos, UNKEYED);
	writer = add_writer(1, 0);
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_DISPOSE, 0, 0, false), HISTORY_STORED);
	EXPECT(take(), "?-");
	EXPECT(info(0), "DNU 0.0 0.0.0");
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
	EXPECT(info(0), "ANU 1.0 0.0.0");
	close_history();
}

static void an_unregister_of_an_unknown_instance_changes_nothing(void)
{
	begin();
	CU_ASSERT_EQUAL(unregister(writer, 'a'), HISTORY_UNCHANGED);
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	EXPECT(take(), "");
	close_history();
}

static void a_write_of_a_key_alone_is_no_sample(void)
{
	begin();
	CU_ASSERT_EQUAL(change(writer, TERN_CHANGE_WRITE, 'a', 0, true),
	                HISTORY_UNCHANGED);
	EXPECT(take(), "");
	close_history();
}

static void an_instance_is_forgotten_with_its_last_sample_and_writer(void)
{
	begin_disposed();
	CU_ASSERT_NOT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(unregister(writer, 'a'), HISTORY_UNCHANGED);
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(fixture.payloads, 1); /* the one that is lent */
	put(other, 'a', 2);
	EXPECT(take(), "a2");
	EXPECT(info(0), "ANU 0.0 0.0.0");
	close_history();
}

static void samples_without_data_do_not_count_against_the_depth(void)
{
	struct tern_qos qos = history_qos(1);

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	put(writer, 'a', 1);
	EXPECT(read_all(), "a1");
	dispose(writer, 'a');
	EXPECT(read_all(), "a1 a-");
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	EXPECT(read_all(), "a2");
	close_history();
}

static void many_deaths_leave_one_sample_without_data(void)
{
	begin_alive();
	for (int i = 0; i < 5; i++) {
		dispose(writer, 'a');
		put(writer, 'a', i + 1);
		EXPECT(read_selected(TERN_NOT_READ, 0, false, 9),
		       ((const char *[]){ "a1", "a2", "a3", "a4", "a5" })[i]);
	}
	dispose(writer, 'a');
	EXPECT(read_all(), "a2 a3 a4 a5 a-");
	EXPECT(info(0), "DOR 2.0 4.3.3");
	EXPECT(info(4), "DOU 5.0 0.0.0");
	close_history();
}

static const struct suite_test tests[] = {
	{ "a_first_write_makes_a_new_live_instance",
	  a_first_write_makes_a_new_live_instance },
	{ "a_write_to_a_live_instance_changes_no_state",
	  a_write_to_a_live_instance_changes_no_state },
	{ "a_dispose_is_shown_by_a_sample_without_data",
	  a_dispose_is_shown_by_a_sample_without_data },
	{ "a_dispose_is_shown_by_an_unread_sample_if_there_is_one",
	  a_dispose_is_shown_by_an_unread_sample_if_there_is_one },
	{ "a_second_dispose_changes_nothing", a_second_dispose_changes_nothing },
	{ "a_write_after_a_dispose_begins_a_generation",
	  a_write_after_a_dispose_begins_a_generation },
	{ "a_write_after_the_last_writer_left_begins_a_generation",
	  a_write_after_the_last_writer_left_begins_a_generation },
	{ "a_rebirth_hides_the_death_that_nobody_looked_at",
	  a_rebirth_hides_the_death_that_nobody_looked_at },
	{ "the_last_writer_that_leaves_ends_the_instance",
	  the_last_writer_that_leaves_ends_the_instance },
	{ "disposed_stays_disposed_when_the_writers_leave",
	  disposed_stays_disposed_when_the_writers_leave },
	{ "a_dispose_without_writers_shows_disposed_in_the_same_generation",
	  a_dispose_without_writers_shows_disposed_in_the_same_generation },
	{ "dispose_and_unregister_together_show_disposed",
	  dispose_and_unregister_together_show_disposed },
	{ "a_sample_can_dispose_and_unregister_at_once",
	  a_sample_can_dispose_and_unregister_at_once },
	{ "an_instance_can_begin_disposed", an_instance_can_begin_disposed },
	{ "a_dispose_by_hash_alone_of_an_unknown_instance_is_dropped_and_counted",
	  a_dispose_by_hash_alone_of_an_unknown_instance_is_dropped_and_counted },
	{ "without_a_key_a_dispose_needs_none", without_a_key_a_dispose_needs_none },
	{ "an_unregister_of_an_unknown_instance_changes_nothing",
	  an_unregister_of_an_unknown_instance_changes_nothing },
	{ "a_write_of_a_key_alone_is_no_sample", a_write_of_a_key_alone_is_no_sample },
	{ "an_instance_is_forgotten_with_its_last_sample_and_writer",
	  an_instance_is_forgotten_with_its_last_sample_and_writer },
	{ "samples_without_data_do_not_count_against_the_depth",
	  samples_without_data_do_not_count_against_the_depth },
	{ "many_deaths_leave_one_sample_without_data",
	  many_deaths_leave_one_sample_without_data },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
