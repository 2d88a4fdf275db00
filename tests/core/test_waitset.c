/* Waiting for many at once: nothing is missed, in a call or through a descriptor. */
#include <poll.h>

#include "bus.h"

static struct tern_participant *bus;
static struct tern_waitset *waitset;

static void begin(void)
{
	bus = bus_open("local");
	OK(tern_waitset_create(bus, &waitset));
}

static void end(void)
{
	tern_waitset_destroy(waitset);
	bus_close(bus);
}

static int32_t wait_for(int64_t timeout_ns, void **ret_context)
{
	return tern_waitset_wait(waitset, timeout_ns, 1, ret_context);
}

static int32_t look(void)
{
	void *context;

	return wait_for(0, &context);
}

/* ---- calls ------------------------------------------------------------------------------- */

static void what_is_triggered_is_returned_by_its_context(void)
{
	void *contexts[3] = { NULL };
	int a, b;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader_a = bus_reader(bus, "a", NULL);
	struct tern_reader *reader_b = bus_reader(bus, "b", NULL);
	OK(tern_waitset_attach_reader(waitset, reader_a, TERN_STATUS_DATA_AVAILABLE, &a));
	OK(tern_waitset_attach_reader(waitset, reader_b, TERN_STATUS_DATA_AVAILABLE, &b));
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 3, contexts), TERN_ETIMEDOUT);
	CU_ASSERT_PTR_NULL(contexts[0]);
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 3, contexts), 1);
	CU_ASSERT_PTR_EQUAL(contexts[0], &a);
	EXPECT(bus_read(reader_a), "1:1");
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 3, contexts), TERN_ETIMEDOUT);
	end();
}

static void no_more_contexts_than_fit_are_returned(void)
{
	void *contexts[2] = { NULL, NULL };
	int a, b;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, bus_reader(bus, "a", NULL),
	                              TERN_STATUS_DATA_AVAILABLE, &a));
	OK(tern_waitset_attach_reader(waitset, bus_reader(bus, "a", NULL),
	                              TERN_STATUS_DATA_AVAILABLE, &b));
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, contexts), 1);
	CU_ASSERT_PTR_NULL(contexts[1]);
	/* What found no room comes first next time. */
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, contexts + 1), 1);
	CU_ASSERT_TRUE(contexts[0] != contexts[1]);
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 2, contexts), 2);
	CU_ASSERT_TRUE(contexts[0] != contexts[1]);
	end();
}

static void a_timeout_is_not_early(void)
{
	void *context;

	begin();
	int64_t begin_ns = suite_monotonic_ns();
	CU_ASSERT_EQUAL(wait_for(MILLISECONDS(20), &context), TERN_ETIMEDOUT);
	CU_ASSERT_TRUE(suite_monotonic_ns() - begin_ns >= MILLISECONDS(20));
	end();
}

static void statuses_that_were_not_asked_for_do_not_trigger(void)
{
	int a;

	begin();
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_SAMPLE_LOST, &a));
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
	/* Attaching again replaces. */
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_SUBSCRIPTION_MATCHED,
	                              &a));
	CU_ASSERT_EQUAL(look(), 1);
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).current, 1);
	CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
	OK(tern_waitset_attach_writer(waitset, writer, TERN_STATUS_PUBLICATION_MATCHED,
	                              &a));
	CU_ASSERT_EQUAL(look(), 1);
	CU_ASSERT_EQUAL(tern_writer_publication_matched(writer).count.change, 1);
	CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
	end();
}

static void what_is_detached_or_destroyed_triggers_no_more(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *detached = bus_reader(bus, "a", NULL);
	struct tern_reader *destroyed = bus_reader(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, detached, TERN_STATUS_DATA_AVAILABLE, &a));
	OK(tern_waitset_attach_reader(waitset, destroyed, TERN_STATUS_DATA_AVAILABLE,
	                              &a));
	OK(tern_waitset_attach_writer(waitset, writer, TERN_STATUS_PUBLICATION_MATCHED,
	                              &a));
	OK(bus_write(writer, 1, 1));
	OK(tern_waitset_detach_reader(waitset, detached));
	CU_ASSERT_EQUAL(tern_waitset_detach_reader(waitset, detached), TERN_ENOTFOUND);
	OK(tern_waitset_detach_writer(waitset, writer));
	CU_ASSERT_EQUAL(tern_waitset_detach_writer(waitset, writer), TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(look(), 1);
	OK(tern_reader_destroy(destroyed));
	CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
	end();
}

static void a_reader_outlives_the_waitset_it_was_attached_to(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE, &a));
	OK(tern_waitset_attach_writer(waitset, writer, TERN_STATUS_PUBLICATION_MATCHED,
	                              &a));
	CU_ASSERT_TRUE(tern_waitset_fd(waitset) >= 0);
	tern_waitset_destroy(waitset);
	OK(bus_write(writer, 1, 1));
	OK(tern_waitset_create(bus, &waitset));
	CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
	EXPECT(bus_take(reader), "1:1");
	end();
}

static void a_process_has_63_waitsets_and_listeners_besides(void)
{
	struct tern_waitset *all[TERN_WAITSETS_MAX], *one_more = NULL;
	const struct tern_reader_listener none = { .context = NULL };

	bus = bus_open("local");
	for (int i = 0; i < TERN_WAITSETS_MAX; i++)
		OK(tern_waitset_create(bus, &all[i]));
	CU_ASSERT_EQUAL(tern_waitset_create(bus, &one_more), TERN_ELIMIT);
	CU_ASSERT_PTR_NULL(one_more);
	OK(tern_reader_set_listener(bus_reader(bus, "a", NULL), &none));
	tern_waitset_destroy(all[7]);
	OK(tern_waitset_create(bus, &all[7]));
	bus_close(bus); /* with all of them */
}

static void readers_and_writers_of_another_participant_are_refused(void)
{
	int mark;

	begin();
	struct tern_participant *other = bus_open("local");
	struct tern_reader *reader = bus_reader(other, "a", NULL);
	struct tern_writer *writer = bus_writer(other, "a", NULL);
	CU_ASSERT_EQUAL(tern_waitset_attach_reader(waitset, reader,
	                                           TERN_STATUS_DATA_AVAILABLE, &mark),
	                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_attach_writer(
				waitset, writer, TERN_STATUS_PUBLICATION_MATCHED, &mark),
	                TERN_EINVAL);
	bus_close(other); /* what were attached is gone now */
	CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
	end();
}

static void bad_arguments_are_refused(void)
{
	void *context = NULL;

	begin();
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	CU_ASSERT_EQUAL(tern_waitset_create(NULL, &waitset), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_create(bus, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_attach_reader(NULL, reader, 1, reader), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_attach_reader(waitset, NULL, 1, reader),
	                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_attach_reader(waitset, reader, 0, reader),
	                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_attach_reader(waitset, reader, 1, NULL),
	                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_attach_writer(waitset, NULL, 1, reader),
	                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_detach_reader(NULL, reader), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_detach_reader(waitset, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_wait(NULL, 0, 1, &context), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, -1, 1, &context), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 0, &context), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_waitset_fd(NULL), TERN_EINVAL);
	tern_waitset_wake(NULL);
	tern_waitset_destroy(NULL);
	end();
}

/* ---- a thread that sleeps ---------------------------------------------------------------- */

static struct {
	struct bus_thread thread;
	int32_t result;
	void *context;
} waiter;

static void wait_long(void *context)
{
	(void)context;
	waiter.result = wait_for(SECONDS(60), &waiter.context); /* longer than a join */
}

static void waiter_start(void)
{
	bus_thread_start(&waiter.thread, wait_long, NULL);
	CU_ASSERT_TRUE(bus_thread_sleeps(&waiter.thread));
}

static void waiter_woke(int32_t result)
{
	bus_thread_join(&waiter.thread);
	CU_ASSERT_EQUAL(waiter.result, result);
}

static void a_sample_wakes_who_sleeps(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, bus_reader(bus, "a", NULL),
	                              TERN_STATUS_DATA_AVAILABLE, &a));
	waiter_start();
	OK(bus_write(writer, 1, 1));
	waiter_woke(1);
	CU_ASSERT_PTR_EQUAL(waiter.context, &a);
	end();
}

static void attaching_what_is_triggered_wakes_who_sleeps(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	OK(bus_write(writer, 1, 1));
	waiter_start();
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE, &a));
	waiter_woke(1);
	end();
}

static void a_wake_ends_the_wait_that_runs_or_the_next(void)
{
	begin();
	waiter_start();
	tern_waitset_wake(waitset);
	waiter_woke(TERN_EAGAIN);
	tern_waitset_wake(waitset);
	CU_ASSERT_EQUAL(look(), TERN_EAGAIN);
	CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
	end();
}

static void asking_for_the_descriptor_leaves_who_sleeps_alone(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, bus_reader(bus, "a", NULL),
	                              TERN_STATUS_DATA_AVAILABLE, &a));
	waiter_start();
	CU_ASSERT_TRUE(tern_waitset_fd(waitset) >= 0);
	OK(bus_write(writer, 1, 1));
	waiter_woke(1);
	end();
}

static void a_missed_deadline_of_a_reader_wakes_who_slept_before_the_first_sample(void)
{
	struct tern_qos qos = tern_qos_reader_default();
	int a;

	begin();
	qos.deadline_ns = MILLISECONDS(30);
	struct tern_reader *reader = bus_reader(bus, "a", &qos);
	qos = tern_qos_writer_default();
	qos.deadline_ns = MILLISECONDS(30);
	struct tern_writer *writer = bus_writer(bus, "a", &qos);
	OK(tern_waitset_attach_reader(waitset, reader,
	                              TERN_STATUS_REQUESTED_DEADLINE_MISSED, &a));
	waiter_start();
	OK(bus_write(writer, 1, 1));
	waiter_woke(1);
	CU_ASSERT_TRUE(tern_reader_requested_deadline_missed(reader).count.change >= 1);
	end();
}

static void a_missed_deadline_of_a_writer_wakes_who_slept_before_the_first_sample(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	int a;

	begin();
	qos.deadline_ns = MILLISECONDS(30);
	struct tern_writer *writer = bus_writer(bus, "a", &qos);
	OK(tern_waitset_attach_writer(waitset, writer,
	                              TERN_STATUS_OFFERED_DEADLINE_MISSED, &a));
	waiter_start();
	OK(bus_write(writer, 1, 1));
	waiter_woke(1);
	struct tern_deadline_status status = tern_writer_offered_deadline_missed(writer);
	CU_ASSERT_TRUE(status.count.change >= 1);
	CU_ASSERT_NOT_EQUAL(status.last_instance, TERN_HANDLE_NIL);
	end();
}

/* Reliable, TIME_BASED_FILTER: the last sample in a period is held and shown at its end. */
static void a_sample_held_by_the_filter_wakes_who_sleeps(void)
{
	struct tern_qos qos = bus_keep_all(TERN_READER);
	int a;

	begin();
	qos.minimum_separation_ns = MILLISECONDS(50);
	struct tern_reader *reader = bus_reader(bus, "a", &qos);
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE, &a));
	OK(bus_write(writer, 1, 1));
	EXPECT(bus_take(reader), "1:1");
	waiter_start();
	OK(bus_write(writer, 1, 2));
	waiter_woke(1);
	EXPECT(bus_take(reader), "1:2");
	end();
}

/* ---- the descriptor ---------------------------------------------------------------------- */

static bool is_readable(int64_t timeout_ns)
{
	struct pollfd ready = { .fd = tern_waitset_fd(waitset), .events = POLLIN };

	return poll(&ready, 1, (int)(timeout_ns / SUITE_MILLISECOND_NS)) == 1;
}

/* As a program does: after it was readable, wait until there is nothing. */
static int drain(void)
{
	int rounds = 0;

	while (look() != TERN_ETIMEDOUT && rounds < 10)
		rounds++;
	return rounds;
}

static void the_descriptor_is_readable_while_there_is_something(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE, &a));
	CU_ASSERT_FALSE(is_readable(0));
	for (int round = 0; round < 3; round++) {
		OK(bus_write(writer, 1, round));
		CU_ASSERT_TRUE(is_readable(0));
		CU_ASSERT_EQUAL(look(), 1);
		CU_ASSERT_TRUE(is_readable(0));
		bus_take(reader);
		CU_ASSERT_EQUAL(look(), TERN_ETIMEDOUT);
		CU_ASSERT_FALSE(is_readable(0));
	}
	end();
}

static void the_descriptor_is_readable_for_what_was_there_before_it(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, bus_reader(bus, "a", NULL),
	                              TERN_STATUS_DATA_AVAILABLE, &a));
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_TRUE(is_readable(0));
	end();
}

static void a_wake_makes_the_descriptor_readable(void)
{
	begin();
	CU_ASSERT_FALSE(is_readable(0));
	tern_waitset_wake(waitset);
	CU_ASSERT_TRUE(is_readable(0));
	CU_ASSERT_EQUAL(drain(), 1);
	CU_ASSERT_FALSE(is_readable(0));
	end();
}

static void time_alone_makes_the_descriptor_readable(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	int a;

	begin();
	qos.deadline_ns = MILLISECONDS(20);
	struct tern_writer *writer = bus_writer(bus, "a", &qos);
	OK(tern_waitset_attach_writer(waitset, writer,
	                              TERN_STATUS_OFFERED_DEADLINE_MISSED, &a));
	CU_ASSERT_FALSE(is_readable(0));
	OK(bus_write(writer, 1, 1));
	while (is_readable(SECONDS(20)) && look() == TERN_ETIMEDOUT)
		; /* readable once more because the deadline began */
	CU_ASSERT_EQUAL(look(), 1);
	CU_ASSERT_TRUE(tern_writer_offered_deadline_missed(writer).count.change >= 1);
	OK(tern_waitset_detach_writer(waitset, writer));
	CU_ASSERT_EQUAL(drain(), 0);
	CU_ASSERT_FALSE(is_readable(60 * SUITE_MILLISECOND_NS)); /* its timer is off */
	end();
}

static void a_wait_that_returned_something_leaves_the_descriptor_readable(void)
{
	int a;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE, &a));
	CU_ASSERT_FALSE(is_readable(0));
	waiter_start();
	OK(bus_write(writer, 1, 1));
	waiter_woke(1);
	CU_ASSERT_TRUE(is_readable(0));
	bus_take(reader);
	OK(bus_write(writer, 1, 2));
	CU_ASSERT_TRUE(is_readable(0));
	end();
}

/* ---- under load -------------------------------------------------------------------------- */

enum { SAMPLES = 5000 };

static void write_all(void *context)
{
	for (int i = 1; i <= SAMPLES; i++)
		OK(bus_write(context, 1, i));
}

static void wait_and_take_all(bool by_descriptor)
{
	struct tern_qos qos = bus_keep_all(TERN_WRITER);
	struct bus_thread writing;
	struct tern_sample *samples;
	int32_t taken = 0, a, count;
	void *context;

	begin();
	struct tern_writer *writer = bus_writer(bus, "a", &qos);
	qos = bus_keep_all(TERN_READER);
	struct tern_reader *reader = bus_reader(bus, "a", &qos);
	OK(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE, &a));
	bus_thread_start(&writing, write_all, writer);
	while (taken < SAMPLES) {
		if (by_descriptor && look() == TERN_ETIMEDOUT)
			CU_ASSERT_TRUE_FATAL(is_readable(SECONDS(20)));
		if (!by_descriptor)
			OK(wait_for(SECONDS(20), &context));
		while ((count = tern_reader_take(reader, 3, &samples)) > 0) {
			for (int32_t i = 0; i < count; i++)
				CU_ASSERT_EQUAL(
					((const test_Point *)samples[i].data)->number,
					++taken);
			tern_reader_return(reader, samples);
		}
	}
	bus_thread_join(&writing);
	end();
}

static void no_sample_is_slept_over(void)
{
	wait_and_take_all(false);
}

static void no_sample_is_slept_over_in_epoll(void)
{
	wait_and_take_all(true);
}

static struct tern_reader *destroyed_reader;

static void destroy_reader(void *context)
{
	(void)context;
	OK(tern_reader_destroy(destroyed_reader));
}

static void a_waitset_and_its_reader_may_go_at_once(void)
{
	struct bus_thread destroying;
	int a;

	for (int round = 0; round < 200; round++) {
		begin();
		destroyed_reader = bus_reader(bus, "a", NULL);
		OK(tern_waitset_attach_reader(waitset, destroyed_reader,
		                              TERN_STATUS_DATA_AVAILABLE, &a));
		bus_thread_start(&destroying, destroy_reader, NULL);
		tern_waitset_destroy(waitset);
		pthread_join(destroying.thread, NULL);
		bus_close(bus);
	}
}

static const struct suite_test tests[] = {
	{ "what_is_triggered_is_returned_by_its_context",
	  what_is_triggered_is_returned_by_its_context },
	{ "no_more_contexts_than_fit_are_returned",
	  no_more_contexts_than_fit_are_returned },
	{ "a_timeout_is_not_early", a_timeout_is_not_early },
	{ "statuses_that_were_not_asked_for_do_not_trigger",
	  statuses_that_were_not_asked_for_do_not_trigger },
	{ "what_is_detached_or_destroyed_triggers_no_more",
	  what_is_detached_or_destroyed_triggers_no_more },
	{ "a_reader_outlives_the_waitset_it_was_attached_to",
	  a_reader_outlives_the_waitset_it_was_attached_to },
	{ "a_process_has_63_waitsets_and_listeners_besides",
	  a_process_has_63_waitsets_and_listeners_besides },
	{ "readers_and_writers_of_another_participant_are_refused",
	  readers_and_writers_of_another_participant_are_refused },
	{ "bad_arguments_are_refused", bad_arguments_are_refused },
	{ "a_sample_wakes_who_sleeps", a_sample_wakes_who_sleeps },
	{ "attaching_what_is_triggered_wakes_who_sleeps",
	  attaching_what_is_triggered_wakes_who_sleeps },
	{ "a_wake_ends_the_wait_that_runs_or_the_next",
	  a_wake_ends_the_wait_that_runs_or_the_next },
	{ "asking_for_the_descriptor_leaves_who_sleeps_alone",
	  asking_for_the_descriptor_leaves_who_sleeps_alone },
	{ "a_missed_deadline_of_a_reader_wakes_who_slept_before_the_first_sample",
	  a_missed_deadline_of_a_reader_wakes_who_slept_before_the_first_sample },
	{ "a_missed_deadline_of_a_writer_wakes_who_slept_before_the_first_sample",
	  a_missed_deadline_of_a_writer_wakes_who_slept_before_the_first_sample },
	{ "a_sample_held_by_the_filter_wakes_who_sleeps",
	  a_sample_held_by_the_filter_wakes_who_sleeps },
	{ "the_descriptor_is_readable_while_there_is_something",
	  the_descriptor_is_readable_while_there_is_something },
	{ "the_descriptor_is_readable_for_what_was_there_before_it",
	  the_descriptor_is_readable_for_what_was_there_before_it },
	{ "a_wake_makes_the_descriptor_readable", a_wake_makes_the_descriptor_readable },
	{ "time_alone_makes_the_descriptor_readable",
	  time_alone_makes_the_descriptor_readable },
	{ "a_wait_that_returned_something_leaves_the_descriptor_readable",
	  a_wait_that_returned_something_leaves_the_descriptor_readable },
	{ "no_sample_is_slept_over", no_sample_is_slept_over },
	{ "no_sample_is_slept_over_in_epoll", no_sample_is_slept_over_in_epoll },
	{ "a_waitset_and_its_reader_may_go_at_once",
	  a_waitset_and_its_reader_may_go_at_once },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
