/* Selections, the order of what comes out, and the infos and ranks that go with it.
 * Source: DDS 1.4, 2.2.2.5.1 and 2.2.2.5.3.8 to 16. */
#include "history_fixture.h"

static struct history_writer *writer;

static void begin(int32_t depth)
{
	struct tern_qos qos = history_qos(depth);

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
}

static void samples_of_an_instance_stand_together_oldest_instance_first(void)
{
	begin(0);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	put(writer, 'a', 2);
	put(writer, 'c', 1);
	put(writer, 'b', 2);
	EXPECT(read_all(), "a1 a2 b1 b2 c1");
	EXPECT(take(), "a1 a2 b1 b2 c1");
	close_history();
}

static void a_busy_instance_does_not_starve_the_others(void)
{
	begin(0);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	put(writer, 'a', 2);
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 1), "a1");
	put(writer, 'a', 3);
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 1), "b1");
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 1), "a2");
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 1), "a3");
	close_history();
}

static void no_more_than_max_come_out_and_the_rest_stays(void)
{
	begin(0);
	for (int value = 1; value <= 5; value++)
		put(writer, 'a', value);
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 0), "");
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 2), "a1 a2");
	EXPECT(read_selected(TERN_ANY_STATE, 0, false, 2), "a3 a4");
	EXPECT(take(), "a3 a4 a5");
	close_history();
}

static void what_was_read_is_known_as_read(void)
{
	begin(0);
	put(writer, 'a', 1);
	EXPECT(read_selected(TERN_NOT_READ, 0, false, 9), "a1");
	CU_ASSERT_FALSE(tern__history_has_unread(fixture.history));
	put(writer, 'a', 2);
	CU_ASSERT_TRUE(tern__history_has_unread(fixture.history));
	EXPECT(read_selected(TERN_NOT_READ, 0, false, 9), "a2");
	EXPECT(read_selected(TERN_NOT_READ, 0, false, 9), "");
	EXPECT(read_selected(TERN_READ, 0, false, 9), "a1 a2");
	EXPECT(info(0), "AOR 0.0 1.0.0");
	EXPECT(take_selected(TERN_READ, 0, false, 9), "a1 a2");
	close_history();
}

static void states_select_instances_and_samples(void)
{
	begin(0);
	put(writer, 'a', 1);
	put(writer, 'd', 1);
	put(writer, 'w', 1);
	EXPECT(read_all(), "a1 d1 w1");
	put(writer, 'a', 2);
	dispose(writer, 'd');
	unregister(writer, 'w');
	put(writer, 'n', 1);
	EXPECT(read_selected(TERN_ALIVE, 0, false, 9), "a1 a2 n1");
	EXPECT(read_selected(TERN_NOT_ALIVE_DISPOSED, 0, false, 9), "d1 d-");
	EXPECT(read_selected(TERN_NOT_ALIVE_NO_WRITERS, 0, false, 9), "w1 w-");
	EXPECT(read_selected(TERN_NOT_ALIVE, 0, false, 9), "d1 d- w1 w-");
	EXPECT(read_selected(TERN_NOT_ALIVE | TERN_NOT_READ, 0, false, 9), "");
	EXPECT(read_selected(TERN_NEW, 0, false, 9), "");
	put(writer, 'm', 1);
	EXPECT(read_selected(TERN_NEW, 0, false, 9), "m1");
	EXPECT(read_selected(TERN_NOT_NEW | TERN_ALIVE, 0, false, 9), "a1 a2 n1 m1");
	EXPECT(read_selected(0, 0, false, 9), "a1 a2 d1 d- w1 w- n1 m1");
	close_history();
}

static void the_view_is_new_until_the_instance_was_looked_at(void)
{
	begin(0);
	put(writer, 'a', 1);
	EXPECT(read_selected(TERN_ANY_STATE, 0, false, 1), "a1");
	EXPECT(info(0), "ANU 0.0 0.0.0");
	put(writer, 'a', 2);
	EXPECT(take(), "a1 a2");
	EXPECT(info(0), "AOR 0.0 1.0.0");
	EXPECT(info(1), "AOU 0.0 0.0.0");
	close_history();
}

static void one_instance_can_be_selected(void)
{
	begin(0);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	put(writer, 'a', 2);
	EXPECT(read_selected(TERN_ANY_STATE, handle_of('b'), false, 9), "b1");
	EXPECT(take_selected(TERN_NOT_READ, handle_of('a'), false, 1), "a1");
	EXPECT(take_selected(TERN_ANY_STATE, handle_of('a'), false, 9), "a2");
	EXPECT(take_selected(TERN_ANY_STATE, handle_of('a'), false, 9), "");
	EXPECT(take_selected(TERN_NOT_READ, handle_of('b'), false, 9), "");
	close_history();
}

static void an_instance_that_nobody_knows_is_not_found(void)
{
	struct tern_selection selection = { TERN_ANY_STATE, 12345, false };
	struct tern_sample sample;
	struct history_sample *entry;

	begin(0);
	put(writer, 'a', 1);
	CU_ASSERT_EQUAL(
		tern__history_available(fixture.history, &selection, &fixture.now), 0);
	CU_ASSERT_EQUAL(tern__history_take(fixture.history, &selection, 1, &fixture.now,
	                                   &sample, &entry),
	                TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(tern__history_read(fixture.history, &selection, 1, &fixture.now,
	                                   &sample, &entry),
	                TERN_ENOTFOUND);
	close_history();
}

static void next_instance_goes_through_all_that_match_in_handle_order(void)
{
	const char *keys = "abcdefghijklmnopqrstuvwxyz";
	tern_instance_handle last = TERN_HANDLE_NIL;
	int visited = 0;

	begin(0);
	for (const char *key = keys; *key; key++) {
		put(writer, *key, 1);
		put(writer, *key, 2);
	}
	/* These have samples, but none that match; these have none at all. */
	read_selected(TERN_ANY_STATE, handle_of('c'), false, 9);
	take_selected(TERN_ANY_STATE, handle_of('k'), false, 9);
	for (;;) {
		const char *text = read_selected(TERN_NOT_READ, last, true, 9);
		if (!fixture.count)
			break;
		CU_ASSERT_EQUAL(fixture.count, 2);
		CU_ASSERT_TRUE(fixture.samples[0].info.instance_handle > last);
		CU_ASSERT_EQUAL(text[0], text[3]);
		CU_ASSERT_NOT_EQUAL(text[0], 'c');
		CU_ASSERT_NOT_EQUAL(text[0], 'k');
		last = fixture.samples[0].info.instance_handle;
		visited++;
	}
	CU_ASSERT_EQUAL(visited, 24);
	close_history();
}

/* Three generations: born, disposed and reborn, left by its writer and reborn. */
static void write_three_generations(void)
{
	put(writer, 'a', 1);
	dispose(writer, 'a');
	put(writer, 'a', 2);
	unregister(writer, 'a');
	put(writer, 'a', 3);
}

static void ranks_count_samples_and_generations_that_follow(void)
{
	begin(0);
	write_three_generations();
	put(writer, 'b', 1);
	EXPECT(read_all(), "a1 a2 a3 b1");
	EXPECT(info(0), "ANU 0.0 2.2.2");
	EXPECT(info(1), "ANU 1.0 1.1.1");
	EXPECT(info(2), "ANU 1.1 0.0.0");
	EXPECT(info(3), "ANU 0.0 0.0.0");
	close_history();
}

static void absolute_rank_counts_what_is_not_in_the_collection_too(void)
{
	begin(0);
	write_three_generations();
	EXPECT(read_selected(TERN_ANY_STATE, 0, false, 2), "a1 a2");
	EXPECT(info(0), "ANU 0.0 1.1.2");
	EXPECT(info(1), "ANU 1.0 0.0.1");
	EXPECT(take_selected(TERN_ANY_STATE, 0, false, 1), "a1");
	EXPECT(info(0), "AOR 0.0 0.0.2");
	close_history();
}

static void the_bound_is_never_below_what_comes_out(void)
{
	struct tern_selection unread = { TERN_NOT_READ, TERN_HANDLE_NIL, false };
	struct tern_selection was_read = { TERN_READ, TERN_HANDLE_NIL, false };
	struct tern_selection of_a = { TERN_NOT_READ, TERN_HANDLE_NIL, false };

	begin(0);
	put(writer, 'a', 1);
	put(writer, 'b', 1);
	EXPECT(read_selected(TERN_ANY_STATE, handle_of('b'), false, 9), "b1");
	put(writer, 'b', 2);
	put(writer, 'b', 3);
	of_a.instance = handle_of('a');
	CU_ASSERT_EQUAL(tern__history_available(fixture.history, NULL, &fixture.now), 4);
	CU_ASSERT_EQUAL(tern__history_available(fixture.history, &unread, &fixture.now),
	                3);
	CU_ASSERT_EQUAL(tern__history_available(fixture.history, &was_read, &fixture.now),
	                1);
	CU_ASSERT_EQUAL(tern__history_available(fixture.history, &of_a, &fixture.now), 1);
	close_history();
}

static const struct suite_test tests[] = {
	{ "samples_of_an_instance_stand_together_oldest_instance_first",
	  samples_of_an_instance_stand_together_oldest_instance_first },
	{ "a_busy_instance_does_not_starve_the_others",
	  a_busy_instance_does_not_starve_the_others },
	{ "no_more_than_max_come_out_and_the_rest_stays",
	  no_more_than_max_come_out_and_the_rest_stays },
	{ "what_was_read_is_known_as_read", what_was_read_is_known_as_read },
	{ "states_select_instances_and_samples", states_select_instances_and_samples },
	{ "the_view_is_new_until_the_instance_was_looked_at",
	  the_view_is_new_until_the_instance_was_looked_at },
	{ "one_instance_can_be_selected", one_instance_can_be_selected },
	{ "an_instance_that_nobody_knows_is_not_found",
	  an_instance_that_nobody_knows_is_not_found },
	{ "next_instance_goes_through_all_that_match_in_handle_order",
	  next_instance_goes_through_all_that_match_in_handle_order },
	{ "ranks_count_samples_and_generations_that_follow",
	  ranks_count_samples_and_generations_that_follow },
	{ "absolute_rank_counts_what_is_not_in_the_collection_too",
	  absolute_rank_counts_what_is_not_in_the_collection_too },
	{ "the_bound_is_never_below_what_comes_out",
	  the_bound_is_never_below_what_comes_out },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
