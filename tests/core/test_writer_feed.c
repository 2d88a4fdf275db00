/* Late readers and late transports get the history first, then what is newer, each sample once. */
#include <string.h>

#include "fake.h"
#include "writer.h"

static struct tern_participant *bus;
static struct tern_writer *writer;

static void begin(const char *transports)
{
	struct tern_qos qos = bus_durable(TERN_WRITER);

	qos.max_blocking_time_ns =
		SECONDS(20); /* bringing long histories takes its time */
	bus = bus_open(transports);
	writer = bus_writer(bus, "out", &qos);
}

static void end(void)
{
	bus_close(bus);
	fake_reset();
}

/* In order, and none twice. */
static void expect_all(uint32_t fake, uint32_t number, uint32_t count)
{
	struct fake_remote remote = fake_remote(fake, number);

	CU_ASSERT_EQUAL(remote.count, count);
	for (uint32_t i = 1; i < remote.count; i++)
		if (remote.stamps[i] <= remote.stamps[i - 1]) {
			CU_FAIL("out of order, or twice");
			return;
		}
}

static void a_late_joiner_gets_the_history_and_then_what_is_new(void)
{
	begin("first");
	OK(bus_write(writer, 1, 1));
	OK(bus_write(writer, 1, 2));
	fake_found(0, TERN_READER, 1, "out", NULL);
	expect_all(0, 1, 2);
	OK(bus_write(writer, 1, 3));
	expect_all(0, 1, 3);
	fake_found(0, TERN_READER, 2, "out", NULL);
	expect_all(0, 2, 3);
	expect_all(0, 1, 3);
	end();
}

static void a_volatile_joiner_gets_what_is_new(void)
{
	const struct tern_qos qos = bus_keep_all(TERN_READER);

	begin("first");
	OK(bus_write(writer, 1, 1));
	fake_found(0, TERN_READER, 1, "out", &qos);
	expect_all(0, 1, 0);
	OK(bus_write(writer, 1, 2));
	expect_all(0, 1, 1);
	end();
}

static void a_transport_that_keeps_history_is_fed_without_readers(void)
{
	fakes[0].flags = TERN_TRANSPORT_KEEPS_HISTORY;
	begin("first");
	OK(bus_write(writer, 1, 1));
	fake_found(0, TERN_READER, 1, "out", NULL);
	expect_all(0, 1, 1);
	OK(bus_write(writer, 1, 2));
	expect_all(0, 1, 2);
	end();
}

static void a_transport_that_comes_up_late_gets_the_history(void)
{
	fakes[0].flags = TERN_TRANSPORT_KEEPS_HISTORY | TERN_TRANSPORT_SLOW_START;
	fakes[0].start_held = true;
	begin("first");
	OK(bus_write(writer, 1, 1));
	OK(bus_write(writer, 1, 2));
	CU_ASSERT_EQUAL(tern_participant_wait_started(bus, 0), TERN_ETIMEDOUT);
	atomic_store(&fakes[0].start_held, false);
	OK(tern_participant_wait_started(bus, SECONDS(20)));
	fake_found(0, TERN_READER, 1, "out", NULL);
	OK(bus_write(writer, 1, 3));
	CU_ASSERT_TRUE(fake_remote(0, 1).count >= 1);
	OK(tern_writer_wait_matched(writer, 1, SECONDS(20)));
	OK(bus_write(writer, 1, 4));
	expect_all(0, 1, 4);
	end();
}

/* ---- a write that is held back ------------------------------------------------------------ */

static _Atomic bool held;

static bool is_let_go(void *context)
{
	(void)context;
	return !atomic_load(&held);
}

static void hold(struct tern_transport_endpoint *endpoint)
{
	(void)endpoint;
	CU_ASSERT_TRUE(suite_wait_until(is_let_go, NULL, SECONDS(20)));
}

static void write_one(void *context)
{
	(void)context;
	OK(bus_write(writer, 1, 7));
}

static void a_write_that_is_held_back_holds_up_no_matching(void)
{
	struct bus_thread writing;

	begin("first,second");
	fake_found(1, TERN_READER, 1, "out", NULL);
	OK(bus_write(writer, 1, 1));
	atomic_store(&held, true);
	fakes[1].on_reserve = hold;
	bus_thread_start(&writing, write_one, NULL);
	CU_ASSERT_TRUE(bus_thread_sleeps(&writing));
	fake_found(0, TERN_READER, 2, "out", NULL); /* returns at once */
	EXPECT(fake_path(bus, 2), "first");
	atomic_store(&held, false);
	bus_thread_join(&writing);
	expect_all(0, 2, 2);
	expect_all(1, 1, 2);
	end();
}

/* ---- who brings what --------------------------------------------------------------------- */

static _Atomic bool replays;
static _Atomic uint32_t reserves;
static pthread_t reporter;

static void hold_replay(struct tern_transport_endpoint *endpoint)
{
	(void)endpoint;
	atomic_store(&replays, true);
	CU_ASSERT_TRUE(suite_wait_until(is_let_go, NULL, SECONDS(20)));
}

static bool does_replay(void *context)
{
	(void)context;
	return atomic_load(&replays);
}

static void reserve_elsewhere(struct tern_transport_endpoint *endpoint)
{
	(void)endpoint;
	CU_ASSERT_FALSE(pthread_equal(pthread_self(), reporter));
	atomic_fetch_add(&reserves, 1);
}

static bool has_reserved_two(void *context)
{
	(void)context;
	return atomic_load(&reserves) == 2;
}

static bool transport_waits(void *context)
{
	(void)context;
	pthread_mutex_lock(&writer->backlog_lock);
	bool waits = writer->backlog_transports != 0;
	pthread_mutex_unlock(&writer->backlog_lock);
	return waits;
}

static void report_reader(void *context)
{
	(void)context;
	reporter = pthread_self();
	fake_found(1, TERN_READER, 1, "out", NULL);
}

/* A thread that reports a reader may hold locks of the transport that waits for the history. */
static void the_history_of_a_transport_is_not_brought_by_who_reports_a_reader(void)
{
	struct bus_thread reporting;

	fakes[0].flags = TERN_TRANSPORT_KEEPS_HISTORY | TERN_TRANSPORT_SLOW_START;
	fakes[0].start_held = true;
	fakes[0].on_reserve = reserve_elsewhere;
	fakes[1].on_replay = hold_replay;
	atomic_store(&held, true);
	atomic_store(&replays, false);
	atomic_store(&reserves, 0);
	begin("first,second");
	OK(bus_write(writer, 1, 1));
	OK(bus_write(writer, 1, 2));
	bus_thread_start(&reporting, report_reader, NULL);
	CU_ASSERT_TRUE(suite_wait_until(does_replay, NULL, SECONDS(20)));
	atomic_store(&fakes[0].start_held, false);
	CU_ASSERT_TRUE(suite_wait_until(transport_waits, NULL, SECONDS(20)));
	CU_ASSERT_EQUAL(atomic_load(&reserves), 0);
	atomic_store(&held, false);
	bus_thread_join(&reporting);
	CU_ASSERT_TRUE(suite_wait_until(has_reserved_two, NULL, SECONDS(20)));
	expect_all(1, 1, 2);
	end();
}

/* ---- under load --------------------------------------------------------------------------- */

enum { WRITES = 2000, WRITING = 2 };

static void write_many(void *context)
{
	(void)context;
	for (int i = 0; i < WRITES; i++)
		OK(bus_write(writer, i % 3, i));
}

static void late_joiners_come_and_go_while_two_threads_write(void)
{
	struct bus_thread writing[WRITING];

	begin("first,second");
	for (int i = 0; i < WRITING; i++)
		bus_thread_start(&writing[i], write_many, NULL);
	for (uint32_t i = 1; i <= 40; i++) {
		fake_found(i % 2, TERN_READER, i, "out", NULL);
		if (i % 4 == 0)
			fake_lost(i % 2, i);
	}
	for (int i = 0; i < WRITING; i++)
		bus_thread_join(&writing[i]);
	for (uint32_t i = 1; i <= 40; i++)
		if (i % 4 != 0)
			expect_all(i % 2, i, WRITING * WRITES);
	end();
}

static void a_transport_comes_up_while_two_threads_write(void)
{
	struct bus_thread writing[WRITING];

	for (int round = 0; round < 10; round++) {
		fakes[0].flags = TERN_TRANSPORT_KEEPS_HISTORY | TERN_TRANSPORT_SLOW_START;
		fakes[0].start_held = true;
		begin("first");
		for (int i = 0; i < WRITING; i++)
			bus_thread_start(&writing[i], write_many, NULL);
		atomic_store(&fakes[0].start_held, false);
		OK(tern_participant_wait_started(bus, SECONDS(20)));
		fake_found(0, TERN_READER, 1, "out", NULL);
		for (int i = 0; i < WRITING; i++)
			bus_thread_join(&writing[i]);
		expect_all(0, 1, WRITING * WRITES);
		end();
	}
}

static const struct suite_test tests[] = {
	{ "a_late_joiner_gets_the_history_and_then_what_is_new",
	  a_late_joiner_gets_the_history_and_then_what_is_new },
	{ "a_volatile_joiner_gets_what_is_new", a_volatile_joiner_gets_what_is_new },
	{ "a_transport_that_keeps_history_is_fed_without_readers",
	  a_transport_that_keeps_history_is_fed_without_readers },
	{ "a_transport_that_comes_up_late_gets_the_history",
	  a_transport_that_comes_up_late_gets_the_history },
	{ "a_write_that_is_held_back_holds_up_no_matching",
	  a_write_that_is_held_back_holds_up_no_matching },
	{ "the_history_of_a_transport_is_not_brought_by_who_reports_a_reader",
	  the_history_of_a_transport_is_not_brought_by_who_reports_a_reader },
	{ "late_joiners_come_and_go_while_two_threads_write",
	  late_joiners_come_and_go_while_two_threads_write },
	{ "a_transport_comes_up_while_two_threads_write",
	  a_transport_comes_up_while_two_threads_write },
};

int main(int argc, char **argv)
{
	fake_reset();
	return SUITE_RUN(argc, argv, tests);
}
