/* The local transport under load: back-pressure without sleepers that are forgotten, and readers
 * that go while they are written to. What every transport does is in the conformance suite. */
#include "bus.h"

static struct tern_participant *bus;

enum { WRITING = 3, SAMPLES = 2000, LIMIT = 20 };

static void write_many(void *context)
{
	for (int i = 1; i <= SAMPLES; i++)
		OK(bus_write(context, 1, i));
}

/* The reader holds little, and the queue no more than it holds: the writers block again and again. */
static void writers_that_wait_for_room_all_get_it(void)
{
	struct tern_qos qos = bus_keep_all(TERN_WRITER);
	struct bus_thread writing[WRITING];
	struct tern_sample *samples;
	int32_t taken = 0, count;

	bus = bus_open("local");
	qos.max_blocking_time_ns = SECONDS(20);
	for (int i = 0; i < WRITING; i++)
		bus_thread_start(&writing[i], write_many, bus_writer(bus, "a", &qos));
	struct tern_qos reading = bus_keep_all(TERN_READER);
	reading.max_samples = LIMIT;
	struct tern_reader *reader = bus_reader(bus, "a", &reading);
	struct tern_writer *last = bus_writer(bus, "a", &qos);
	while (tern_reader_subscription_matched(reader).current < WRITING + 1)
		OK(tern_reader_wait_matched(reader, WRITING + 1, SECONDS(20)));
	struct bus_thread one_more;
	bus_thread_start(&one_more, write_many, last);
	/* Those that began before the reader was there wrote to nobody at first: the last is all. */
	int32_t of_last = 0;
	const struct tern_guid guid = tern_writer_guid(last);
	while (of_last < SAMPLES) {
		OK(tern_reader_wait(reader, SECONDS(20)));
		while ((count = tern_reader_take(reader, 7, &samples)) > 0) {
			for (int32_t i = 0; i < count; i++)
				if (samples[i].info.valid_data &&
				    tern_guid_equal(&samples[i].info.writer, &guid))
					CU_ASSERT_EQUAL(
						((const test_Point *)samples[i].data)
							->number,
						++of_last);
			taken += count;
			tern_reader_return(reader, samples);
		}
	}
	for (int i = 0; i < WRITING; i++) {
		while (!atomic_load(&writing[i].done))
			bus_take(reader);
		bus_thread_join(&writing[i]);
	}
	bus_thread_join(&one_more);
	CU_ASSERT_TRUE(taken >= SAMPLES);
	CU_ASSERT_EQUAL(tern_reader_get_counters(reader).lost, 0);
	bus_close(bus);
}

static void a_write_that_finds_no_room_times_out_and_was_sent_to_nobody(void)
{
	struct tern_qos qos = bus_keep_all(TERN_WRITER);
	int written = 0;
	tern_status s;

	bus = bus_open("local");
	qos.max_blocking_time_ns = MILLISECONDS(1);
	struct tern_writer *writer = bus_writer(bus, "a", &qos);
	qos = bus_keep_all(TERN_READER);
	struct tern_reader *roomy = bus_reader(bus, "a", &qos);
	qos.max_samples = LIMIT;
	struct tern_reader *tight = bus_reader(bus, "a", &qos);
	while ((s = bus_write(writer, 1, written + 1)) == TERN_OK)
		written++;
	CU_ASSERT_EQUAL(s, TERN_ETIMEDOUT);
	CU_ASSERT_TRUE(written >= LIMIT);
	OK(tern_reader_destroy(tight));
	OK(bus_write(writer, 1, written + 1)); /* nobody holds it back */
	struct tern_sample *samples;
	CU_ASSERT_EQUAL_FATAL(tern_reader_take(roomy, UINT32_MAX, &samples), written + 1);
	for (int i = 0; i <= written; i++)
		CU_ASSERT_EQUAL(((const test_Point *)samples[i].data)->number, i + 1);
	tern_reader_return(roomy, samples);
	bus_close(bus);
}

static _Atomic bool stop;

static void write_on(void *context)
{
	for (int i = 0; !atomic_load(&stop); i++)
		OK(bus_write(context, 1, i));
}

static void come_and_go(void *context)
{
	struct tern_sample *samples;

	(void)context;
	for (int i = 0; i < 400; i++) {
		struct tern_reader *reader = bus_reader(bus, "a", NULL);
		if (tern_reader_take(reader, 5, &samples) > 0)
			tern_reader_return(reader, samples);
		OK(tern_reader_destroy(reader));
	}
}

static void readers_may_go_while_they_are_written_to(void)
{
	struct bus_thread writing[2], going[3];

	bus = bus_open("local");
	atomic_store(&stop, false);
	for (int i = 0; i < 2; i++)
		bus_thread_start(&writing[i], write_on, bus_writer(bus, "a", NULL));
	for (int i = 0; i < 3; i++)
		bus_thread_start(&going[i], come_and_go, NULL);
	for (int i = 0; i < 3; i++)
		bus_thread_join(&going[i]);
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		bus_thread_join(&writing[i]);
	bus_close(bus);
}

/* KEEP_LAST: what newer samples replace on the way was let go, not lost. */
static void what_is_overwritten_in_the_queue_is_not_lost(void)
{
	struct tern_qos qos = bus_keep_all(TERN_READER);
	struct tern_sample *samples;
	int32_t count, taken = 0, last[3] = { 0 };

	bus = bus_open("local");
	qos.max_samples = LIMIT;
	struct tern_reader *reader = bus_reader(bus, "a", &qos);
	qos = tern_qos_writer_default();
	qos.reliability = TERN_RELIABLE;
	qos.history_depth = 2;
	struct tern_writer *writers[] = { bus_writer(bus, "a", &qos),
		                          bus_writer(bus, "a", &qos) };
	for (int i = 1; i <= SAMPLES; i++)
		OK(bus_write(writers[i % 2], i % 3, i));
	while ((count = tern_reader_take(reader, 7, &samples)) > 0) {
		for (int32_t i = 0; i < count; i++) {
			const test_Point *point = samples[i].data;
			last[point->id] = point->number;
		}
		taken += count;
		tern_reader_return(reader, samples);
	}
	struct tern_reader_counters counters = tern_reader_get_counters(reader);
	CU_ASSERT_EQUAL(counters.lost, 0);
	CU_ASSERT_TRUE(counters.overwritten > 0);
	CU_ASSERT_EQUAL((uint64_t)taken + counters.overwritten, SAMPLES);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_TRUE(last[i] > SAMPLES - 6);
	bus_close(bus);
}

static const struct suite_test tests[] = {
	{ "what_is_overwritten_in_the_queue_is_not_lost",
	  what_is_overwritten_in_the_queue_is_not_lost },
	{ "writers_that_wait_for_room_all_get_it",
	  writers_that_wait_for_room_all_get_it },
	{ "a_write_that_finds_no_room_times_out_and_was_sent_to_nobody",
	  a_write_that_finds_no_room_times_out_and_was_sent_to_nobody },
	{ "readers_may_go_while_they_are_written_to",
	  readers_may_go_while_they_are_written_to },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
