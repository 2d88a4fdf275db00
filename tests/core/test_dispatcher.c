/* Listeners run on one thread, for what happened, and never after they were removed. */
#include "bus.h"

static struct tern_participant *bus;
static struct tern_writer *writer;
static struct tern_reader *reader;

static _Atomic int matches, arrivals, taken, misses;
static _Atomic bool is_in, may_go;

static void begin(void)
{
	bus = bus_open("local");
	atomic_store(&matches, 0);
	atomic_store(&arrivals, 0);
	atomic_store(&taken, 0);
	atomic_store(&misses, 0);
	atomic_store(&is_in, false);
	atomic_store(&may_go, false);
	const struct tern_qos qos = bus_keep_all(TERN_READER);
	reader = bus_reader(bus, "a", &qos);
	writer = bus_writer(bus, "a", NULL);
}

static bool is_reached(void *context)
{
	_Atomic int *const *pair = context;

	return atomic_load(pair[0]) >= *(const int *)(const void *)pair[1];
}

static bool wait_count(_Atomic int *count, int wanted)
{
	void *pair[2] = { count, &wanted };

	return suite_wait_until(is_reached, pair, SECONDS(20));
}

static void on_matched(struct tern_reader *of, const struct tern_matched_status *status,
                       void *context)
{
	(void)of;
	(void)context;
	atomic_fetch_add(&matches, (int)status->count.change);
}

static void on_writer_matched(struct tern_writer *of,
                              const struct tern_matched_status *status, void *context)
{
	(void)of;
	(void)context;
	atomic_fetch_add(&matches, (int)status->count.change);
}

static void on_data(struct tern_reader *of, void *context)
{
	struct tern_sample *samples;
	int32_t count;

	CU_ASSERT_PTR_EQUAL(context, &arrivals);
	atomic_fetch_add(&arrivals, 1);
	while ((count = tern_reader_take(of, 10, &samples)) > 0) {
		atomic_fetch_add(&taken, count);
		tern_reader_return(of, samples);
	}
}

static void on_data_left_there(struct tern_reader *of, void *context)
{
	(void)of;
	(void)context;
	atomic_fetch_add(&arrivals, 1);
}

static const struct tern_reader_listener listener = {
	.data_available = on_data,
	.subscription_matched = on_matched,
	.context = &arrivals,
};

static void listeners_hear_of_matches_and_of_data(void)
{
	const struct tern_writer_listener of_writer = { .publication_matched =
		                                                on_writer_matched };

	begin();
	OK(tern_reader_set_listener(reader, &listener));
	OK(tern_writer_set_listener(writer, &of_writer));
	CU_ASSERT_TRUE(wait_count(&matches, 2));
	for (int i = 1; i <= 100; i++)
		OK(bus_write(writer, 1, i));
	CU_ASSERT_TRUE(wait_count(&taken, 100));
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).count.change, 0);
	bus_close(bus); /* with its listeners set */
}

static void data_that_a_listener_leaves_is_told_once(void)
{
	const struct tern_reader_listener lazy = { .data_available = on_data_left_there };
	struct tern_reader *other;

	begin();
	OK(tern_reader_set_listener(reader, &lazy));
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_TRUE(wait_count(&arrivals, 1));
	/* The thread has been round again when it tells of another reader. */
	other = bus_reader(bus, "a", NULL);
	OK(tern_reader_set_listener(other, &listener));
	OK(bus_write(writer, 1, 2));
	CU_ASSERT_TRUE(wait_count(&taken, 1));
	CU_ASSERT_TRUE(wait_count(&arrivals, 3));
	CU_ASSERT_EQUAL(atomic_load(&arrivals), 3);
	bus_close(bus);
}

static void data_that_was_taken_before_is_not_told(void)
{
	begin();
	OK(bus_write(writer, 1, 1));
	EXPECT(bus_take(reader), "1:1");
	OK(tern_reader_set_listener(reader, &listener));
	CU_ASSERT_TRUE(wait_count(&matches, 1));
	CU_ASSERT_EQUAL(atomic_load(&arrivals), 0);
	OK(bus_write(writer, 1, 2));
	CU_ASSERT_TRUE(wait_count(&taken, 1));
	CU_ASSERT_EQUAL(atomic_load(&arrivals), 1);
	bus_close(bus);
}

static void on_data_stay(struct tern_reader *of, void *context)
{
	on_data(of, context);
	atomic_store(&is_in, true);
	while (!atomic_load(&may_go))
		pthread_testcancel(); /* until the test says so */
}

static bool is_running(void *context)
{
	(void)context;
	return atomic_load(&is_in);
}

static void remove_listener(void *context)
{
	(void)context;
	OK(tern_reader_set_listener(reader, NULL));
}

static void removing_a_listener_waits_until_it_does_not_run(void)
{
	struct tern_reader_listener staying = listener;
	struct bus_thread removing;

	begin();
	staying.data_available = on_data_stay;
	OK(tern_reader_set_listener(reader, &staying));
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_TRUE_FATAL(suite_wait_until(is_running, NULL, SECONDS(20)));
	bus_thread_start(&removing, remove_listener, NULL);
	CU_ASSERT_TRUE(bus_thread_sleeps(&removing)); /* not done: it waits */
	atomic_store(&may_go, true);
	bus_thread_join(&removing);
	OK(bus_write(writer, 1, 2));
	EXPECT(bus_take(reader), "1:2");
	CU_ASSERT_EQUAL(atomic_load(&arrivals), 1);
	bus_close(bus);
}

static _Atomic bool stop;

static void write_on(void *context)
{
	(void)context;
	for (int i = 0; !atomic_load(&stop); i++)
		OK(bus_write(writer, 1, i));
}

static void listeners_may_be_replaced_while_they_run(void)
{
	const struct tern_reader_listener lazy = { .data_available = on_data_left_there };
	struct bus_thread writing;

	begin();
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_reader *best_effort = bus_reader(bus, "a", &qos);
	OK(tern_reader_destroy(reader));
	atomic_store(&stop, false);
	bus_thread_start(&writing, write_on, NULL);
	for (int i = 0; i < 300; i++)
		OK(tern_reader_set_listener(best_effort, i % 3 == 0   ? NULL
		                                         : i % 3 == 1 ? &listener
		                                                      : &lazy));
	OK(tern_reader_set_listener(best_effort, &listener));
	CU_ASSERT_TRUE(wait_count(&arrivals, atomic_load(&arrivals) + 2));
	OK(tern_reader_destroy(best_effort)); /* while its listener may run */
	atomic_store(&stop, true);
	bus_thread_join(&writing);
	bus_close(bus);
}

static void on_missed(struct tern_writer *of, const struct tern_deadline_status *status,
                      void *context)
{
	(void)of;
	(void)context;
	atomic_fetch_add(&misses, (int)status->count.change);
}

static void a_listener_hears_of_missed_deadlines(void)
{
	const struct tern_writer_listener of_writer = { .offered_deadline_missed =
		                                                on_missed };
	struct tern_qos qos = tern_qos_writer_default();

	begin();
	qos.deadline_ns = MILLISECONDS(10);
	struct tern_writer *late = bus_writer(bus, "b", &qos);
	OK(tern_writer_set_listener(late, &of_writer));
	OK(bus_write(late, 1, 1));
	CU_ASSERT_TRUE(wait_count(&misses, 3));
	bus_close(bus);
}

static _Atomic int refused;

static void destroy_all(struct tern_reader *of, void *context)
{
	(void)context;
	atomic_fetch_add(&refused, tern_reader_set_listener(of, NULL) == TERN_EPERM);
	atomic_fetch_add(&refused, tern_writer_set_listener(writer, NULL) == TERN_EPERM);
	atomic_fetch_add(&refused, tern_reader_destroy(of) == TERN_EPERM);
	atomic_fetch_add(&refused, tern_writer_destroy(writer) == TERN_EPERM);
	atomic_fetch_add(&refused, tern_participant_destroy(bus) == TERN_EPERM);
}

static void a_listener_cannot_end_what_would_wait_for_it(void)
{
	const struct tern_reader_listener destroyer = { .data_available = destroy_all };

	begin();
	atomic_store(&refused, 0);
	OK(tern_reader_set_listener(reader, &destroyer));
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_TRUE(wait_count(&refused, 5));
	bus_close(bus);
}

static void listeners_need_somebody_to_listen_to(void)
{
	begin();
	CU_ASSERT_EQUAL(tern_reader_set_listener(NULL, &listener), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_set_listener(NULL, NULL), TERN_EINVAL);
	OK(tern_reader_set_listener(reader, NULL)); /* there was none */
	bus_close(bus);
}

static const struct suite_test tests[] = {
	{ "listeners_hear_of_matches_and_of_data",
	  listeners_hear_of_matches_and_of_data },
	{ "data_that_a_listener_leaves_is_told_once",
	  data_that_a_listener_leaves_is_told_once },
	{ "data_that_was_taken_before_is_not_told",
	  data_that_was_taken_before_is_not_told },
	{ "removing_a_listener_waits_until_it_does_not_run",
	  removing_a_listener_waits_until_it_does_not_run },
	{ "listeners_may_be_replaced_while_they_run",
	  listeners_may_be_replaced_while_they_run },
	{ "a_listener_hears_of_missed_deadlines", a_listener_hears_of_missed_deadlines },
	{ "a_listener_cannot_end_what_would_wait_for_it",
	  a_listener_cannot_end_what_would_wait_for_it },
	{ "listeners_need_somebody_to_listen_to", listeners_need_somebody_to_listen_to },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
