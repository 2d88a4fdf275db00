/* Writers that go: what they leave behind on their instances, and on nobody else's. */
#include "history_fixture.h"

static struct history_writer *writer, *other;

static void begin(void)
{
	struct tern_qos qos = history_qos(1);

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	other = add_writer_with(2, 0, TERN_INFINITE, false);
}

static bool remove_writer(struct history_writer *gone, bool dispose_too)
{
	return tern__history_writer_remove(fixture.history, gone, dispose_too,
	                                   &fixture.now);
}

static void a_writer_that_is_lost_leaves_instances_without_writers(void)
{
	begin();
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	put(other, 'b', 2);
	put(other, 'c', 1);
	EXPECT(read_all(), "a1 b2 c1");
	CU_ASSERT_TRUE(remove_writer(writer, false));
	EXPECT(take(), "a1 a- b2 c1");
	close_history();
}

static void a_writer_that_is_deleted_disposes_what_was_only_its_own(void)
{
	begin();
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	put(other, 'b', 2);
	EXPECT(take(), "a1 b2");
	CU_ASSERT_TRUE(remove_writer(writer, true));
	EXPECT(take(), "a-");
	EXPECT(info(0), "DOU 0.0 0.0.0");
	/* This one does not autodispose. */
	CU_ASSERT_TRUE(remove_writer(other, true));
	EXPECT(take(), "b-");
	EXPECT(info(0), "WOU 0.0 0.0.0");
	close_history();
}

static void a_writer_without_instances_goes_unnoticed(void)
{
	begin();
	put(other, 'a', 1);
	CU_ASSERT_FALSE(remove_writer(writer, true));
	EXPECT(take(), "a1");
	EXPECT(info(0), "ANU 0.0 0.0.0");
	close_history();
}

static void a_writer_that_lapses_can_come_back(void)
{
	begin();
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
	CU_ASSERT_TRUE(tern__history_writer_unregister(fixture.history, writer, false,
	                                               &fixture.now));
	EXPECT(read_all(), "a-");
	EXPECT(info(0), "WOU 0.0 0.0.0");
	put(writer, 'a', 2);
	EXPECT(take(), "a2");
	EXPECT(info(0), "ANU 0.1 0.0.0");
	close_history();
}

static void the_last_sight_of_a_writer_carries_its_name_and_transport(void)
{
	begin();
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
	remove_writer(writer, false);
	EXPECT(take(), "a-");
	CU_ASSERT_EQUAL(fixture.samples[0].info.writer.bytes[15], 1);
	CU_ASSERT_STRING_EQUAL(fixture.samples[0].info.transport, "test");
	CU_ASSERT_EQUAL(fixture.samples[0].info.source_timestamp_ns, fixture.now.real_ns);
	close_history();
}

static void samples_of_a_writer_outlive_it(void)
{
	begin();
	put(writer, 'a', 1);
	CU_ASSERT_TRUE(remove_writer(writer, false));
	EXPECT(take(), "a1");
	EXPECT(info(0), "WNU 0.0 0.0.0");
	CU_ASSERT_EQUAL(fixture.samples[0].info.writer.bytes[15], 1);
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	close_history();
}

static void many_writers_of_many_instances_all_go(void)
{
	struct history_writer *writers[20];

	begin();
	for (uint8_t i = 0; i < 20; i++) {
		writers[i] = add_writer((uint8_t)(10 + i), 0);
		for (char key = 'a'; key <= 'z'; key++)
			put(writers[i], key, i + 1);
	}
	read_all();
	CU_ASSERT_EQUAL(fixture.count, 26);
	for (int i = 0; i < 19; i++)
		CU_ASSERT_FALSE(remove_writer(writers[(i * 7) % 20], true));
	CU_ASSERT_TRUE(remove_writer(writers[(19 * 7) % 20], true));
	take_selected(TERN_NOT_ALIVE_DISPOSED, 0, false, 100);
	CU_ASSERT_EQUAL(fixture.count, 52);
	for (char key = 'a'; key <= 'z'; key++)
		CU_ASSERT_EQUAL(handle_of(key), TERN_HANDLE_NIL);
	close_history();
}

static const struct suite_test tests[] = {
	{ "a_writer_that_is_lost_leaves_instances_without_writers",
	  a_writer_that_is_lost_leaves_instances_without_writers },
	{ "a_writer_that_is_deleted_disposes_what_was_only_its_own",
	  a_writer_that_is_deleted_disposes_what_was_only_its_own },
	{ "a_writer_without_instances_goes_unnoticed",
	  a_writer_without_instances_goes_unnoticed },
	{ "a_writer_that_lapses_can_come_back", a_writer_that_lapses_can_come_back },
	{ "the_last_sight_of_a_writer_carries_its_name_and_transport",
	  the_last_sight_of_a_writer_carries_its_name_and_transport },
	{ "samples_of_a_writer_outlive_it", samples_of_a_writer_outlive_it },
	{ "many_writers_of_many_instances_all_go",
	  many_writers_of_many_instances_all_go },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
