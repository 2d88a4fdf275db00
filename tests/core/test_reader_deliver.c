/* What a reader lets in, what it counts and drops, and who is woken by it. */
#include "fake.h"

static struct tern_participant *bus;
static struct tern_reader *reader;

enum { WRITER = 7 };

static void begin(const struct tern_qos *qos)
{
	bus = bus_open("first,second");
	reader = bus_reader(bus, "in", qos);
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	EXPECT(fake_path(bus, WRITER), "first");
}

static void end(void)
{
	bus_close(bus);
	fake_reset();
}

static struct tern_reader_counters counters(void)
{
	return tern_reader_get_counters(reader);
}

static void what_was_there_before_is_dropped_by_its_timestamp(void)
{
	const struct tern_qos qos = bus_keep_all(TERN_READER);

	begin(&qos);
	OK(fake_deliver(0, reader, WRITER, 10, 0, 1, 1));
	OK(fake_deliver(0, reader, WRITER, 10, 0, 1, 1));
	OK(fake_deliver(0, reader, WRITER, 9, 0, 2, 1));
	OK(fake_deliver(0, reader, WRITER, 11, 0, 1, 2));
	CU_ASSERT_EQUAL(counters().duplicated, 2);
	CU_ASSERT_EQUAL(counters().received, 2);
	EXPECT(bus_take(reader), "1:1 1:2");
	CU_ASSERT_EQUAL(counters().taken, 2);
	end();
}

static void gaps_in_the_sequence_are_lost_samples(void)
{
	const struct tern_qos qos = bus_keep_all(TERN_READER);

	begin(&qos);
	OK(fake_deliver(0, reader, WRITER, 1, 5, 1,
	                1)); /* the first counts from where it is */
	OK(fake_deliver(0, reader, WRITER, 2, 6, 1, 2));
	CU_ASSERT_EQUAL(tern_reader_sample_lost(reader).total, 0);
	OK(fake_deliver(0, reader, WRITER, 3, 10, 1, 3));
	CU_ASSERT_TRUE(tern_reader_status_changes(reader) & TERN_STATUS_SAMPLE_LOST);
	struct tern_count lost = tern_reader_sample_lost(reader);
	CU_ASSERT_EQUAL(lost.total, 3);
	CU_ASSERT_EQUAL(lost.change, 3);
	CU_ASSERT_FALSE(tern_reader_status_changes(reader) & TERN_STATUS_SAMPLE_LOST);
	CU_ASSERT_EQUAL(tern_reader_sample_lost(reader).change, 0);
	CU_ASSERT_EQUAL(counters().lost, 3);
	end();
}

static void strangers_are_counted_and_dropped(void)
{
	begin(NULL);
	OK(fake_deliver(0, reader, 99, 1, 1, 1, 1));
	OK(fake_deliver(1, reader, WRITER, 1, 1, 1, 1));
	CU_ASSERT_EQUAL(counters().unmatched, 1);
	CU_ASSERT_EQUAL(counters().wrong_path, 1);
	fake_lost(0, WRITER);
	OK(fake_deliver(0, reader, WRITER, 2, 1, 1, 1));
	CU_ASSERT_EQUAL(counters().unmatched, 2);
	EXPECT(bus_take(reader), "");
	end();
}

/* ---- KEEP_ALL ----------------------------------------------------------------------------- */

static void what_finds_no_room_waits_for_who_pushes_and_wakes_who_sleeps(void)
{
	struct tern_qos qos = bus_keep_all(TERN_READER);

	qos.max_samples = 2;
	begin(&qos);
	for (int i = 1; i <= 5; i++)
		OK(fake_deliver(0, reader, WRITER, i, (uint64_t)i, 1, i));
	CU_ASSERT_EQUAL(counters().received, 2);
	EXPECT(bus_read(reader), "1:1 1:2");
	EXPECT(bus_take(reader), "1:1 1:2");
	OK(tern_reader_wait(reader, 0)); /* the next came in */
	EXPECT(bus_take(reader), "1:3 1:4");
	EXPECT(bus_take(reader), "1:5");
	CU_ASSERT_EQUAL(counters().lost, 0);
	CU_ASSERT_EQUAL(counters().rejected, 0);
	end();
}

static void wait_long(void *context)
{
	*(tern_status *)context = tern_reader_wait(reader, SECONDS(60));
}

static void taking_wakes_another_who_waits_for_what_had_no_room(void)
{
	struct tern_qos qos = bus_keep_all(TERN_READER);
	struct bus_thread waiting;
	tern_status status = TERN_EINVAL;

	qos.max_samples = 1;
	begin(&qos);
	OK(fake_deliver(0, reader, WRITER, 1, 1, 1, 1));
	EXPECT(bus_read(reader), "1:1");
	OK(fake_deliver(0, reader, WRITER, 2, 2, 1, 2)); /* behind the limit */
	bus_thread_start(&waiting, wait_long, &status);
	CU_ASSERT_TRUE(bus_thread_sleeps(&waiting));
	EXPECT(bus_take(reader), "1:1");
	bus_thread_join(&waiting);
	CU_ASSERT_EQUAL(status, TERN_OK);
	EXPECT(bus_take(reader), "1:2");
	end();
}

static void a_sample_that_the_filter_holds_wakes_who_sleeps(void)
{
	struct tern_qos qos = bus_keep_all(TERN_READER);
	struct bus_thread waiting;
	tern_status status = TERN_EINVAL;

	qos.minimum_separation_ns = MILLISECONDS(100);
	begin(&qos);
	OK(fake_deliver(0, reader, WRITER, 1, 1, 1, 1));
	EXPECT(bus_take(reader), "1:1");
	bus_thread_start(&waiting, wait_long, &status);
	CU_ASSERT_TRUE(bus_thread_sleeps(&waiting));
	OK(fake_deliver(0, reader, WRITER, 2, 2, 1, 2));
	bus_thread_join(&waiting);
	CU_ASSERT_EQUAL(status, TERN_OK);
	EXPECT(bus_take(reader), "1:2");
	end();
}

/* ---- states -------------------------------------------------------------------------------- */

static void disposed_and_unregistered_instances_are_told(void)
{
	const struct tern_qos qos = bus_keep_all(TERN_READER);

	begin(&qos);
	OK(fake_deliver(0, reader, WRITER, 1, 0, 1, 1));
	OK(fake_deliver(0, reader, WRITER, 2, 0, 2, 1));
	EXPECT(bus_take(reader), "1:1 2:1");
	OK(fake_end(0, reader, WRITER, 3, 1, TERN_CHANGE_DISPOSE));
	OK(fake_end(0, reader, WRITER, 4, 2, TERN_CHANGE_UNREGISTER));
	EXPECT(bus_take(reader), "1! 2?");
	OK(fake_deliver(0, reader, WRITER, 5, 0, 1, 2));
	EXPECT(bus_take(reader), "1:2");
	end();
}

static void deliver_many(void *context)
{
	for (int64_t i = 1; i <= 2000; i++)
		OK(fake_deliver(*(uint32_t *)context - WRITER, reader,
		                *(uint32_t *)context, i, (uint64_t)i, 1, (int32_t)i));
}

static void two_transports_may_deliver_at_once(void)
{
	const struct tern_qos qos = bus_keep_all(TERN_READER);
	struct bus_thread delivering[2];
	uint32_t writers[2] = { WRITER, WRITER + 1 };
	struct tern_sample *samples;
	int32_t taken = 0, count;

	begin(&qos);
	fake_found(1, TERN_WRITER, WRITER + 1, "in", NULL);
	for (int i = 0; i < 2; i++)
		bus_thread_start(&delivering[i], deliver_many, &writers[i]);
	while (taken < 4000) {
		OK(tern_reader_wait(reader, SECONDS(20)));
		while ((count = tern_reader_take(reader, 7, &samples)) > 0) {
			taken += count;
			tern_reader_return(reader, samples);
		}
	}
	for (int i = 0; i < 2; i++)
		bus_thread_join(&delivering[i]);
	CU_ASSERT_EQUAL(taken, 4000);
	CU_ASSERT_EQUAL(counters().lost, 0);
	end();
}

static const struct suite_test tests[] = {
	{ "what_was_there_before_is_dropped_by_its_timestamp",
	  what_was_there_before_is_dropped_by_its_timestamp },
	{ "gaps_in_the_sequence_are_lost_samples",
	  gaps_in_the_sequence_are_lost_samples },
	{ "strangers_are_counted_and_dropped", strangers_are_counted_and_dropped },
	{ "what_finds_no_room_waits_for_who_pushes_and_wakes_who_sleeps",
	  what_finds_no_room_waits_for_who_pushes_and_wakes_who_sleeps },
	{ "taking_wakes_another_who_waits_for_what_had_no_room",
	  taking_wakes_another_who_waits_for_what_had_no_room },
	{ "a_sample_that_the_filter_holds_wakes_who_sleeps",
	  a_sample_that_the_filter_holds_wakes_who_sleeps },
	{ "disposed_and_unregistered_instances_are_told",
	  disposed_and_unregistered_instances_are_told },
	{ "two_transports_may_deliver_at_once", two_transports_may_deliver_at_once },
};

int main(int argc, char **argv)
{
	fake_reset();
	return SUITE_RUN(argc, argv, tests);
}
