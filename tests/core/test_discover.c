/* News without threads: transports that are asked who came before anything is looked at, waited
 * for or written, and whose peers ring bells in shared memory. */
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake.h"
#include "reader.h"
#include "waitset.h"

enum { WRITER = 7, READER = 8 };

static struct tern_participant *bus;
static struct tern_reader *reader;
static struct tern_writer *writer;

/* What two processes share: the bells, and whether somebody came. */
static struct {
	struct tern_bell bells[TERN_BELLS_MAX];
	_Atomic bool came;
} * shared;

static _Atomic uint32_t asked; /* calls of discover() */
static _Atomic bool found;
static _Atomic int64_t again_ns; /* what it answers */

static int64_t look_who_came(void)
{
	const struct tern_qos reading = bus_keep_all(TERN_READER);

	atomic_fetch_add(&asked, 1);
	if (atomic_load(&shared->came) && !atomic_exchange(&found, true)) {
		fake_found(0, TERN_WRITER, WRITER, "in", NULL);
		fake_found(0, TERN_READER, READER, "out", &reading);
	}
	return atomic_load(&again_ns);
}

static void begin(const char *transports)
{
	memset(shared, 0, sizeof *shared);
	atomic_store(&asked, 0);
	atomic_store(&found, false);
	atomic_store(&again_ns, TERN_INFINITE);
	fakes[0].on_discover = look_who_came;
	fakes[0].watches = true;
	fakes[0].shares = true;
	fakes[0].share.bells = shared->bells;
	bus = bus_open(transports);
	reader = bus_reader(bus, "in", NULL);
	writer = bus_writer(bus, "out", NULL);
}

static void end(void)
{
	bus_close(bus);
	fake_reset();
}

/* ---- before anything is answered or done ----------------------------------------------------- */

static void a_reader_that_came_gets_what_is_written_next(void)
{
	const test_Point point = { .id = 1, .number = 3 };
	void *loan;

	begin("first");
	OK(bus_write(writer, 1, 1));
	atomic_store(&shared->came, true);
	OK(bus_write(writer, 1, 2));
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 1);
	end();

	begin("first");
	OK(tern_writer_loan(writer, 0, &loan));
	memcpy(loan, &point, sizeof point);
	atomic_store(&shared->came, true);
	OK(tern_writer_publish(writer, loan));
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 1);
	end();

	begin("first");
	OK(bus_write(writer, 1, 1));
	atomic_store(&shared->came, true);
	OK(tern_writer_dispose(writer, &point));
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 1);
	end();
}

static bool ask_reader_matched(void)
{
	return tern_reader_subscription_matched(reader).current == 1;
}

static bool ask_reader_liveliness(void)
{
	return tern_reader_liveliness_changed(reader).alive == 1;
}

static bool ask_reader_changes(void)
{
	return tern_reader_status_changes(reader) & TERN_STATUS_SUBSCRIPTION_MATCHED;
}

static bool ask_writer_matched(void)
{
	return tern_writer_publication_matched(writer).current == 1;
}

static bool ask_writer_changes(void)
{
	return tern_writer_status_changes(writer) & TERN_STATUS_PUBLICATION_MATCHED;
}

static bool ask_incompatible(void)
{
	/* Both match: the question alone is what is tested. */
	return tern_reader_requested_incompatible(reader).count.total == 0 &&
	       tern_writer_offered_incompatible(writer).count.total == 0 &&
	       atomic_load(&found);
}

static bool ask_visitor(void)
{
	return strcmp(fake_path(bus, WRITER), "first") == 0;
}

static bool ask_by_taking(void)
{
	EXPECT(bus_take(reader), "");
	return atomic_load(&found);
}

static bool ask_for_acknowledgments(void)
{
	OK(tern_writer_wait_for_acknowledgments(writer, 0));
	return atomic_load(&found);
}

static bool ask_wait_matched(void)
{
	return tern_reader_wait_matched(reader, 1, 0) == TERN_OK &&
	       tern_writer_wait_matched(writer, 1, 0) == TERN_OK;
}

static void every_question_is_answered_with_who_just_came(void)
{
	static bool (*const questions[])(void) = {
		ask_reader_matched, ask_reader_liveliness, ask_reader_changes,
		ask_writer_matched, ask_writer_changes,    ask_incompatible,
		ask_visitor,        ask_by_taking,         ask_for_acknowledgments,
		ask_wait_matched,
	};

	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		begin("first");
		atomic_store(&shared->came, true);
		CU_ASSERT_FALSE(atomic_load(&found));
		CU_ASSERT_TRUE(questions[i]());
		end();
	}
}

static void a_new_endpoint_finds_at_once_who_is_there(void)
{
	begin("first");
	OK(tern_reader_destroy(reader));
	atomic_store(&shared->came, true);
	reader = bus_reader(bus, "in", NULL);
	/* Not by a question, which would look by itself. */
	CU_ASSERT_EQUAL(reader->matched.current, 1);
	end();
}

static void transports_that_have_threads_are_not_asked(void)
{
	begin("second"); /* which has no discover() */
	OK(bus_write(writer, 1, 1));
	EXPECT(bus_take(reader), "");
	CU_ASSERT_EQUAL(tern_reader_wait(reader, 0), TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(atomic_load(&asked), 0);
	end();
}

/* ---- waiting --------------------------------------------------------------------------------- */

static struct {
	struct bus_thread thread;
	struct tern_waitset *waitset;
	tern_status result;
} waiter;

static void wait_in_waitset(void *context)
{
	void *triggered;

	(void)context;
	waiter.result = tern_waitset_wait(waiter.waitset, SECONDS(60), 1, &triggered);
}

static void wait_for_match(void *context)
{
	(void)context;
	waiter.result = tern_reader_wait_matched(reader, 1, SECONDS(60));
}

static void waitset_make(void)
{
	OK(tern_waitset_create(bus, &waiter.waitset));
	OK(tern_waitset_attach_reader(waiter.waitset, reader,
	                              TERN_STATUS_SUBSCRIPTION_MATCHED, &waiter));
}

static void waiter_start(void (*wait)(void *context))
{
	bus_thread_start(&waiter.thread, wait, NULL);
	CU_ASSERT_TRUE(bus_thread_sleeps(&waiter.thread));
}

/* What a peer does: it tells, then rings all bells. Only calls that are safe after fork(). */
static void come_from_another_process(void)
{
	pid_t child = fork();

	if (child == 0) {
		atomic_store(&shared->came, true);
		for (int i = 0; i < TERN_BELLS_MAX; i++)
			if (tern_bell_quiet(&shared->bells[i]) != TERN_BELL_QUIET)
				syscall(SYS_futex, &shared->bells[i].state, FUTEX_WAKE,
				        INT32_MAX, NULL, NULL, 0);
		_exit(0);
	}
	int status = -1;
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
}

static void a_ring_from_another_process_ends_a_wait(void)
{
	begin("first");
	waitset_make();
	waiter_start(wait_in_waitset);
	come_from_another_process();
	bus_thread_join(&waiter.thread);
	CU_ASSERT_EQUAL(waiter.result, 1);
	end();
}

static void a_ring_from_another_process_ends_a_wait_for_a_match(void)
{
	begin("first");
	waiter_start(wait_for_match);
	come_from_another_process();
	bus_thread_join(&waiter.thread);
	CU_ASSERT_EQUAL(waiter.result, TERN_OK);
	end();
}

static void a_match_in_this_process_ends_a_wait_for_one(void)
{
	begin("first,local");
	waiter_start(wait_for_match);
	bus_writer(bus, "in", NULL);
	bus_thread_join(&waiter.thread);
	CU_ASSERT_EQUAL(waiter.result, TERN_OK);
	end();
}

static void a_wait_for_a_match_needs_no_bell(void)
{
	struct tern_waitset *all[TERN_WAITSETS_MAX];

	begin("first");
	for (int i = 0; i < TERN_WAITSETS_MAX; i++)
		OK(tern_waitset_create(bus, &all[i]));
	waiter_start(wait_for_match);
	atomic_store(&shared->came, true);
	bus_thread_join(&waiter.thread);
	CU_ASSERT_EQUAL(waiter.result, TERN_OK);
	CU_ASSERT_EQUAL(tern_reader_wait_matched(reader, 2, MILLISECONDS(30)),
	                TERN_ETIMEDOUT);
	end();
}

static void a_wait_for_a_match_lets_go_of_its_bell(void)
{
	begin("first");
	for (int i = 0; i <= TERN_WAITSETS_MAX; i++)
		CU_ASSERT_EQUAL(tern_reader_wait_matched(reader, 1, 1), TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(bus->domain->bells.used, 0);
	CU_ASSERT_EQUAL(atomic_load(&bus->domain->awaiting), 0);
	end();
}

static int64_t come_when_asked_again(void)
{
	if (atomic_fetch_add(&asked, 1) == 0)
		return TERN_INFINITE; /* the first endpoint's */
	if (again_ns == TERN_INFINITE)
		atomic_store(&again_ns, suite_monotonic_ns() + MILLISECONDS(30));
	else if (suite_monotonic_ns() >= again_ns && !atomic_exchange(&found, true))
		fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	return found ? TERN_INFINITE : again_ns;
}

static void a_wait_looks_again_when_the_transport_wants_to(void)
{
	void *triggered;

	begin("first");
	fakes[0].on_discover = come_when_asked_again;
	waitset_make();
	CU_ASSERT_EQUAL(tern_waitset_wait(waiter.waitset, SECONDS(20), 1, &triggered), 1);
	end();

	begin("first");
	fakes[0].on_discover = come_when_asked_again;
	OK(tern_reader_wait_matched(reader, 1, SECONDS(20)));
	end();
}

static void the_descriptor_is_readable_when_the_transport_wants_to_look(void)
{
	void *triggered;

	begin("first");
	fakes[0].on_discover = come_when_asked_again;
	waitset_make();
	struct pollfd ready = { .fd = tern_waitset_fd(waiter.waitset), .events = POLLIN };
	CU_ASSERT_EQUAL(poll(&ready, 1, 20000), 1);
	CU_ASSERT_EQUAL(tern_waitset_wait(waiter.waitset, 0, 1, &triggered), 1);
	end();
}

static void the_descriptor_is_readable_when_the_transport_wants_to_look_at_once(void)
{
	begin("first");
	atomic_store(&again_ns, 0);
	waitset_make();
	struct pollfd ready = { .fd = tern_waitset_fd(waiter.waitset), .events = POLLIN };
	CU_ASSERT_EQUAL(poll(&ready, 1, 5000), 1);
	end();
}

static void a_ring_from_another_process_makes_the_descriptor_readable(void)
{
	static const enum bell_carrier carriers[] = {
		BELL_CARRIER_BEST,
		BELL_CARRIER_THREAD,
		BELL_CARRIER_THREAD_EACH,
	};
	void *triggered;

	for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++) {
		begin("first");
		bus->domain->bells.carrier = carriers[i];
		waitset_make();
		struct pollfd ready = { .fd = tern_waitset_fd(waiter.waitset),
			                .events = POLLIN };
		CU_ASSERT_EQUAL(poll(&ready, 1, 0), 0);
		come_from_another_process();
		CU_ASSERT_EQUAL(poll(&ready, 1, 20000), 1);
		CU_ASSERT_EQUAL(tern_waitset_wait(waiter.waitset, 0, 1, &triggered), 1);
		CU_ASSERT_TRUE(ask_reader_matched());
		CU_ASSERT_EQUAL(tern_waitset_wait(waiter.waitset, 0, 1, &triggered),
		                TERN_ETIMEDOUT);
		CU_ASSERT_EQUAL(poll(&ready, 1, 0), 0);
		end();
	}
}

/* Nobody there: one look before the sleep, and one after the deadline. */
static void a_wait_among_nobody_sleeps_through(void)
{
	void *triggered;

	begin("first");
	waitset_make();
	uint32_t before = atomic_load(&asked);
	CU_ASSERT_EQUAL(
		tern_waitset_wait(waiter.waitset, MILLISECONDS(200), 1, &triggered),
		TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(atomic_load(&asked) - before, 2);
	CU_ASSERT_EQUAL(tern_reader_wait_matched(reader, 1, MILLISECONDS(200)),
	                TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(atomic_load(&asked) - before, 4);
	end();
}

static void count_match(struct tern_reader *matched,
                        const struct tern_matched_status *status, void *context)
{
	(void)matched;
	atomic_fetch_add((_Atomic int32_t *)context, status->current_change);
}

static bool is_one(void *context)
{
	return atomic_load((_Atomic int32_t *)context) == 1;
}

static void a_listener_hears_who_came_by_a_ring(void)
{
	_Atomic int32_t matched = 0;
	const struct tern_reader_listener listener = {
		.subscription_matched = count_match,
		.context = &matched,
	};

	begin("first");
	OK(tern_reader_set_listener(reader, &listener));
	come_from_another_process();
	CU_ASSERT_TRUE(suite_wait_until(is_one, &matched, SECONDS(20)));
	end();
}

static void ask_often(void *context)
{
	struct tern_writer *own = context;

	for (int i = 0; i < 200; i++) {
		OK(bus_write(own, 1, i));
		tern_reader_subscription_matched(reader);
	}
}

static void any_number_of_threads_may_look_at_once(void)
{
	enum { THREADS = 4 };
	struct bus_thread threads[THREADS];

	begin("first");
	for (int i = 0; i < THREADS; i++)
		bus_thread_start(&threads[i], ask_often, bus_writer(bus, "more", NULL));
	atomic_store(&shared->came, true);
	for (int i = 0; i < THREADS; i++)
		bus_thread_join(&threads[i]);
	EXPECT(fake_path(bus, WRITER), "first");
	end();
}

/* ---- which bells a transport rings ------------------------------------------------------------ */

static uint64_t watched(void)
{
	return atomic_load(&fakes[0].watched);
}

static void a_transport_knows_which_bells_wait_for_a_reader(void)
{
	struct tern_waitset *other;
	const struct tern_reader_listener listener = { .context = NULL };

	begin("first");
	fakes[0].watched = 77;
	waitset_make();
	CU_ASSERT_EQUAL(watched(), 1u << waiter.waitset->bell);
	OK(tern_waitset_create(bus, &other));
	OK(tern_waitset_attach_reader(other, reader, 1, &other));
	CU_ASSERT_EQUAL(watched(), 1u << waiter.waitset->bell | 1u << other->bell);
	OK(tern_waitset_detach_reader(waiter.waitset, reader));
	CU_ASSERT_EQUAL(watched(), 1u << other->bell);
	struct tern_reader_listener matched = listener;
	_Atomic int32_t count = 0;
	matched.subscription_matched = count_match;
	matched.context = &count;
	OK(tern_reader_set_listener(reader, &matched));
	CU_ASSERT_EQUAL(watched(), 1u << other->bell | UINT64_C(1) << 63);
	tern_waitset_destroy(other);
	CU_ASSERT_EQUAL(watched(), UINT64_C(1) << 63);
	OK(tern_reader_set_listener(reader, NULL));
	CU_ASSERT_EQUAL(watched(), 0);
	end();
}

static bool knows_the_waitset(void *context)
{
	(void)context;
	return watched() == UINT64_C(1) << waiter.waitset->bell;
}

static void a_transport_that_comes_up_late_knows_the_bells(void)
{
	fakes[0].flags = TERN_TRANSPORT_SLOW_START;
	fakes[0].start_held = true;
	begin("first");
	waitset_make();
	CU_ASSERT_EQUAL(watched(), 0);
	atomic_store(&fakes[0].start_held, false);
	CU_ASSERT_TRUE(suite_wait_until(knows_the_waitset, NULL, SECONDS(20)));
	CU_ASSERT_EQUAL(atomic_load(&fakes[0].shared), 0); /* too late for its bells */
	end();
}

/* What came just before the transport knew the bell rang nobody: the waitset looks once more. */
static _Atomic uint32_t polls, polls_when_told;

static void count_poll(struct tern_transport_endpoint *endpoint)
{
	(void)endpoint;
	atomic_fetch_add(&polls, 1);
}

static void note_polls(struct tern_transport_endpoint *endpoint, uint64_t bells)
{
	CU_ASSERT_EQUAL(
		bells,
		atomic_load(&((struct tern_reader *)fake_port_of(endpoint))->bells));
	atomic_store(&polls_when_told, atomic_load(&polls));
}

static bool was_polled_since(void *context)
{
	(void)context;
	return atomic_load(&polls) > atomic_load(&polls_when_told);
}

static void a_waitset_looks_after_the_transport_was_told(void)
{
	fakes[0].flags = TERN_TRANSPORT_PULLS;
	fakes[0].on_poll = count_poll;
	fakes[0].on_watch = note_polls;
	begin("first");
	atomic_store(&shared->came, true);
	CU_ASSERT_TRUE(ask_reader_matched());
	OK(tern_waitset_create(bus, &waiter.waitset));
	waiter_start(wait_in_waitset);
	OK(tern_waitset_attach_reader(waiter.waitset, reader, TERN_STATUS_SAMPLE_LOST,
	                              &waiter));
	CU_ASSERT_TRUE(suite_wait_until(was_polled_since, NULL, SECONDS(20)));
	tern_waitset_wake(waiter.waitset);
	bus_thread_join(&waiter.thread);
	CU_ASSERT_EQUAL(waiter.result, TERN_EAGAIN);
	end();
}

enum { WATCHERS = 4 };

static pthread_barrier_t together;

/* Who reads the mask too early tells it late. */
static void take_long(struct tern_transport_endpoint *endpoint, uint64_t bells)
{
	(void)endpoint;
	(void)bells;
	sched_yield();
}

static void expect_watched(uint64_t wanted)
{
	if (pthread_barrier_wait(&together) == PTHREAD_BARRIER_SERIAL_THREAD)
		CU_ASSERT_EQUAL(watched(), wanted);
	pthread_barrier_wait(&together);
}

static void attach_and_detach(void *context)
{
	struct tern_waitset *own;

	OK(tern_waitset_create(bus, &own));
	for (int i = 0; i < 300; i++) {
		OK(tern_waitset_attach_reader(own, reader, 1, context));
		expect_watched((UINT64_C(1) << WATCHERS) - 1);
		OK(tern_waitset_detach_reader(own, reader));
		expect_watched(0);
	}
}

static void the_last_that_a_transport_hears_is_what_holds(void)
{
	struct bus_thread threads[WATCHERS];

	CU_ASSERT_EQUAL(pthread_barrier_init(&together, NULL, WATCHERS), 0);
	fakes[0].on_watch = take_long;
	begin("first");
	for (int i = 0; i < WATCHERS; i++)
		bus_thread_start(&threads[i], attach_and_detach, &threads[i]);
	for (int i = 0; i < WATCHERS; i++)
		bus_thread_join(&threads[i]);
	end();
	pthread_barrier_destroy(&together);
}

static const struct suite_test tests[] = {
	{ "a_reader_that_came_gets_what_is_written_next",
	  a_reader_that_came_gets_what_is_written_next },
	{ "every_question_is_answered_with_who_just_came",
	  every_question_is_answered_with_who_just_came },
	{ "a_new_endpoint_finds_at_once_who_is_there",
	  a_new_endpoint_finds_at_once_who_is_there },
	{ "transports_that_have_threads_are_not_asked",
	  transports_that_have_threads_are_not_asked },
	{ "a_ring_from_another_process_ends_a_wait",
	  a_ring_from_another_process_ends_a_wait },
	{ "a_ring_from_another_process_ends_a_wait_for_a_match",
	  a_ring_from_another_process_ends_a_wait_for_a_match },
	{ "a_match_in_this_process_ends_a_wait_for_one",
	  a_match_in_this_process_ends_a_wait_for_one },
	{ "a_wait_for_a_match_needs_no_bell", a_wait_for_a_match_needs_no_bell },
	{ "a_wait_for_a_match_lets_go_of_its_bell",
	  a_wait_for_a_match_lets_go_of_its_bell },
	{ "a_wait_looks_again_when_the_transport_wants_to",
	  a_wait_looks_again_when_the_transport_wants_to },
	{ "the_descriptor_is_readable_when_the_transport_wants_to_look",
	  the_descriptor_is_readable_when_the_transport_wants_to_look },
	{ "the_descriptor_is_readable_when_the_transport_wants_to_look_at_once",
	  the_descriptor_is_readable_when_the_transport_wants_to_look_at_once },
	{ "a_ring_from_another_process_makes_the_descriptor_readable",
	  a_ring_from_another_process_makes_the_descriptor_readable },
	{ "a_wait_among_nobody_sleeps_through", a_wait_among_nobody_sleeps_through },
	{ "a_listener_hears_who_came_by_a_ring", a_listener_hears_who_came_by_a_ring },
	{ "any_number_of_threads_may_look_at_once",
	  any_number_of_threads_may_look_at_once },
	{ "a_transport_knows_which_bells_wait_for_a_reader",
	  a_transport_knows_which_bells_wait_for_a_reader },
	{ "a_transport_that_comes_up_late_knows_the_bells",
	  a_transport_that_comes_up_late_knows_the_bells },
	{ "a_waitset_looks_after_the_transport_was_told",
	  a_waitset_looks_after_the_transport_was_told },
	{ "the_last_that_a_transport_hears_is_what_holds",
	  the_last_that_a_transport_hears_is_what_holds },
};

int main(int argc, char **argv)
{
	fake_reset();
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return SUITE_RUN(argc, argv, tests);
}
