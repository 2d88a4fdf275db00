/* The life of samples in a reader's history: kept, overwritten, lent, given back, counted. */
#include <stdlib.h>

#include "history_fixture.h"

static void an_empty_history_has_nothing_to_take(void)
{
	struct tern_qos qos = history_qos(1);

	open_history(&qos, KEYED);
	EXPECT(take(), "");
	EXPECT(read_all(), "");
	CU_ASSERT_FALSE(tern__history_has_unread(fixture.history));
	CU_ASSERT_TRUE(tern__history_has_room(fixture.history));
	CU_ASSERT_EQUAL(tern__history_next_event(fixture.history, &fixture.now),
	                TERN_INFINITE);
	close_history();
}

static void what_is_stored_is_taken_once(void)
{
	struct tern_qos qos = history_qos(0);
	struct history_writer *writer;

	open_history(&qos, UNKEYED);
	writer = add_writer(1, 0);
	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_STORED);
	CU_ASSERT_TRUE(tern__history_has_unread(fixture.history));
	EXPECT(take(), "a1 a2");
	CU_ASSERT_FALSE(tern__history_has_unread(fixture.history));
	EXPECT(take(), "");
	CU_ASSERT_EQUAL(counts()->stored, 2);
	CU_ASSERT_EQUAL(counts()->taken, 2);
	close_history();
}

static void an_info_tells_where_a_sample_came_from(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *writer;

	open_history(&qos, KEYED);
	writer = add_writer(7, 0);
	put_at(writer, 'a', 1, 12345);
	EXPECT(take(), "a1");
	CU_ASSERT_EQUAL(fixture.samples[0].info.source_timestamp_ns, 12345);
	CU_ASSERT_EQUAL(fixture.samples[0].info.reception_timestamp_ns,
	                1000 * SUITE_SECOND_NS);
	CU_ASSERT_EQUAL(fixture.samples[0].info.writer.bytes[15], 7);
	CU_ASSERT_STRING_EQUAL(fixture.samples[0].info.transport, "test");
	CU_ASSERT_EQUAL(fixture.samples[0].info.instance_handle, handle_of('a'));
	CU_ASSERT_NOT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	close_history();
}

static void keep_last_keeps_the_last_of_each_instance(void)
{
	struct tern_qos qos = history_qos(2);
	struct history_writer *writer;

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	for (int value = 1; value <= 4; value++) {
		put(writer, 'a', value);
		put(writer, 'b', 10 * value);
	}
	EXPECT(take(), "a3 a4 b30 b40");
	CU_ASSERT_EQUAL(counts()->stored, 8);
	CU_ASSERT_EQUAL(counts()->overwritten, 4);
	close_history();
}

static void overwriting_is_told_if_nobody_had_read_it(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *writer;

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_STORED);
	CU_ASSERT_EQUAL(put(writer, 'a', 2), HISTORY_OVERWROTE);
	EXPECT(read_all(), "a2");
	CU_ASSERT_EQUAL(put(writer, 'a', 3), HISTORY_STORED);
	CU_ASSERT_EQUAL(counts()->overwritten, 1);
	close_history();
}

static void types_without_a_key_have_one_instance(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *writer;

	open_history(&qos, UNKEYED);
	writer = add_writer(1, 0);
	put(writer, 'a', 1);
	put(writer, 'b', 2);
	EXPECT(take(), "b2");
	CU_ASSERT_NOT_EQUAL(fixture.samples[0].info.instance_handle, TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(handle_of('x'), fixture.samples[0].info.instance_handle);
	close_history();
}

static void a_lent_sample_outlives_its_overwriting(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *writer;

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	put(writer, 'a', 1);
	EXPECT(read_all(), "a1");
	for (int value = 2; value < 10; value++)
		put(writer, 'a', value);
	CU_ASSERT_EQUAL(*(const int *)fixture.entries[0]->payload->data, 1);
	CU_ASSERT_EQUAL(fixture.payloads, 3); /* lent, newest, and the key */
	EXPECT(take(), "a9");
	close_history();
}

static void a_sample_lent_twice_is_given_back_twice(void)
{
	struct tern_qos qos = history_qos(1);
	struct tern_sample sample;
	struct history_sample *first, *second;

	open_history(&qos, UNKEYED);
	put(add_writer(1, 0), 'a', 1);
	CU_ASSERT_EQUAL(tern__history_read(fixture.history, NULL, 1, &fixture.now,
	                                   &sample, &first),
	                1);
	CU_ASSERT_EQUAL(tern__history_take(fixture.history, NULL, 1, &fixture.now,
	                                   &sample, &second),
	                1);
	CU_ASSERT_PTR_EQUAL(first, second);
	tern__history_unref(fixture.history, first);
	CU_ASSERT_EQUAL(fixture.payloads, 1);
	tern__history_unref(fixture.history, second);
	CU_ASSERT_EQUAL(fixture.payloads, 0);
	close_history();
}

static int natives;

static void release_native(struct tern_payload *payload)
{
	natives--;
	free(payload);
}

static void what_the_reader_decoded_goes_with_the_last_reference(void)
{
	struct tern_qos qos = history_qos(1);
	struct tern_payload *native = calloc(1, sizeof *native);
	struct history_writer *writer;

	CU_ASSERT_PTR_NOT_NULL_FATAL(native);
	*native = (struct tern_payload){ .references = 1, .release = release_native };
	natives = 1;
	open_history(&qos, UNKEYED);
	writer = add_writer(1, 0);
	put(writer, 'a', 1);
	EXPECT(read_all(), "a1");
	fixture.entries[0]->native = native;
	put(writer, 'a', 2);
	CU_ASSERT_EQUAL(natives, 1);
	EXPECT(read_all(), "a2");
	CU_ASSERT_EQUAL(natives, 0);
	CU_ASSERT_PTR_NULL(fixture.entries[0]->native);
	close_history();
}

static void a_known_instance_is_found_with_its_key(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *writer;

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
	CU_ASSERT_NOT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(handle_of('b'), TERN_HANDLE_NIL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tern__history_key(fixture.history, handle_of('a')));
	CU_ASSERT_TRUE(tern__history_key(fixture.history, handle_of('a'))->key_only);
	CU_ASSERT_PTR_NULL(tern__history_key(fixture.history, handle_of('a') + 1));
	close_history();
}

static void without_make_key_the_first_sample_is_kept_as_key(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *writer;

	fixture.whole_keys = true;
	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	put(writer, 'a', 1);
	EXPECT(take(), "a1");
	CU_ASSERT_EQUAL(dispose(writer, 'a'), HISTORY_STORED);
	EXPECT(take(), "a-");
	close_history();
}

static void a_sample_whose_key_cannot_be_had_is_not_stored(void)
{
	struct tern_qos qos = history_qos(1);
	struct history_writer *writer;

	open_history(&qos, KEYED);
	writer = add_writer(1, 0);
	fixture.make_keys_to_fail = 1;
	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_NO_KEY);
	CU_ASSERT_EQUAL(counts()->no_key, 1);
	CU_ASSERT_EQUAL(handle_of('a'), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_STORED);
	close_history();
}

static void a_history_can_be_destroyed_with_everything_in_it(void)
{
	struct tern_qos qos = history_qos(0);
	struct history_writer *writer;

	fixture.overflow_max_bytes = 1 << 20;
	qos.max_samples = 2;
	qos.max_samples_per_instance = 2;
	qos.minimum_separation_ns = 1;
	open_history(&qos, KEYED);
	fixture.may_overflow = true;
	writer = add_writer(1, 0);
	add_writer(2, 0);
	put(writer, 'a', 1);
	dispose(writer, 'b');
	put(writer, 'c', 1);
	CU_ASSERT_EQUAL(put(writer, 'd', 1), HISTORY_OVERFLOWED);
	close_history();
	tern__history_destroy(NULL);
}

static const struct suite_test tests[] = {
	{ "an_empty_history_has_nothing_to_take", an_empty_history_has_nothing_to_take },
	{ "what_is_stored_is_taken_once", what_is_stored_is_taken_once },
	{ "an_info_tells_where_a_sample_came_from",
	  an_info_tells_where_a_sample_came_from },
	{ "keep_last_keeps_the_last_of_each_instance",
	  keep_last_keeps_the_last_of_each_instance },
	{ "overwriting_is_told_if_nobody_had_read_it",
	  overwriting_is_told_if_nobody_had_read_it },
	{ "types_without_a_key_have_one_instance",
	  types_without_a_key_have_one_instance },
	{ "a_lent_sample_outlives_its_overwriting",
	  a_lent_sample_outlives_its_overwriting },
	{ "a_sample_lent_twice_is_given_back_twice",
	  a_sample_lent_twice_is_given_back_twice },
	{ "what_the_reader_decoded_goes_with_the_last_reference",
	  what_the_reader_decoded_goes_with_the_last_reference },
	{ "a_known_instance_is_found_with_its_key",
	  a_known_instance_is_found_with_its_key },
	{ "without_make_key_the_first_sample_is_kept_as_key",
	  without_make_key_the_first_sample_is_kept_as_key },
	{ "a_sample_whose_key_cannot_be_had_is_not_stored",
	  a_sample_whose_key_cannot_be_had_is_not_stored },
	{ "a_history_can_be_destroyed_with_everything_in_it",
	  a_history_can_be_destroyed_with_everything_in_it },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
