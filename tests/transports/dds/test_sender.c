/* Who sends what a writer holds, and when: the sender with a Cyclone, an alarm and a clock of the
 * test's own. Another thread plays a write that is held up. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "suite.h"

#include "cyclone_0_10/cyclone_0_10.h"
#include "sender.h"

#define WRITER 7
#define DELAY_NS INT64_C(240000)
#define WAIT_NS (20 * SUITE_SECOND_NS)

/* ---- Cyclone, the alarm and the clock ------------------------------------------------ */

struct tern__alarm {
	void (*ring)(void *context);
	void *context;
	_Atomic int64_t at_ns; /* TERN_INFINITE: not set */
};

static struct tern__alarm alarm_clock;
static bool alarm_exists, writer_gathers;
static _Atomic int64_t now_ns;
static atomic_uint flushes;
static void (*during_flush)(void); /* once */

void dds_write_flush(dds_entity_t writer)
{
	void (*act)(void) = during_flush;

	CU_ASSERT_EQUAL(writer, WRITER);
	atomic_fetch_add(&flushes, 1);
	during_flush = NULL;
	if (act)
		act();
}

dds_entity_t tern__cyclone_writer_create(dds_entity_t participant, dds_entity_t topic,
                                         struct ddsi_sertype *sertype,
                                         const dds_qos_t *qos,
                                         const dds_listener_t *listener, bool gathers)
{
	(void)participant;
	(void)topic;
	(void)sertype;
	(void)qos;
	(void)listener;
	writer_gathers = gathers;
	return WRITER;
}

uint32_t tern__cyclone_message_size(struct ddsi_sertype *sertype)
{
	(void)sertype;
	return 14720;
}

struct tern__alarm *tern__alarm_create(struct ddsi_sertype *sertype,
                                       void (*ring)(void *context), void *context)
{
	(void)sertype;
	alarm_clock.ring = ring;
	alarm_clock.context = context;
	atomic_store(&alarm_clock.at_ns, TERN_INFINITE);
	alarm_exists = true;
	return &alarm_clock;
}

void tern__alarm_set(struct tern__alarm *alarm, int64_t at_ns)
{
	if (at_ns < atomic_load(&alarm->at_ns))
		atomic_store(&alarm->at_ns, at_ns);
}

void tern__alarm_destroy(struct tern__alarm *alarm)
{
	CU_ASSERT_EQUAL(alarm != NULL, alarm_exists);
	alarm_exists = false;
}

static int64_t monotonic_ns(void)
{
	return atomic_load(&now_ns);
}

static const struct tern_host host = { .monotonic_ns = monotonic_ns };

/* ---- what the tests do --------------------------------------------------------------- */

static struct tern__sender sender;

static void begin(int64_t max_delay_ns)
{
	sender = (struct tern__sender){ 0 };
	alarm_exists = false;
	atomic_store(&now_ns, SUITE_SECOND_NS);
	atomic_store(&flushes, 0);
	CU_ASSERT_EQUAL(
		tern__sender_init(&sender, &host, 1, 2, NULL, NULL, NULL, max_delay_ns),
		WRITER);
}

static void end(void)
{
	tern__sender_fini(&sender);
	CU_ASSERT_FALSE(alarm_exists);
}

static void write_one(void)
{
	int64_t begin_ns = 0;

	atomic_fetch_add(&now_ns, 1000);
	tern__sender_begin(&sender, &begin_ns);
	tern__sender_end(&sender, begin_ns, 100);
}

/* The last of the writes is held. */
static void begin_stream(void)
{
	begin(DELAY_NS);
	for (int i = 0; i <= TERN__BATCH_STREAM; i++)
		write_one();
	CU_ASSERT_EQUAL(sender.batch.held_count, 1);
	atomic_store(&flushes, 0);
}

static bool alarm_is_set(void)
{
	return atomic_load(&alarm_clock.at_ns) != TERN_INFINITE;
}

/* As Cyclone's event thread does when it is time. */
static void ring(void)
{
	int64_t at_ns = atomic_exchange(&alarm_clock.at_ns, TERN_INFINITE);

	CU_ASSERT_NOT_EQUAL_FATAL(at_ns, TERN_INFINITE);
	if (at_ns > atomic_load(&now_ns))
		atomic_store(&now_ns, at_ns);
	alarm_clock.ring(alarm_clock.context);
}

/* A write in another thread, which lasts until it is let go. */
struct slow_write {
	pthread_t thread;
	atomic_bool begun, let_go;
};

static bool is_true(void *flag)
{
	return atomic_load((atomic_bool *)flag);
}

static void *write_slowly(void *context)
{
	struct slow_write *slow = context;
	int64_t begin_ns = 0;

	tern__sender_begin(&sender, &begin_ns);
	atomic_store(&slow->begun, true);
	(void)suite_wait_until(is_true, &slow->let_go, WAIT_NS);
	tern__sender_end(&sender, begin_ns, 100);
	return NULL;
}

static void begin_slow_write(struct slow_write *slow)
{
	atomic_init(&slow->begun, false);
	atomic_init(&slow->let_go, false);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&slow->thread, NULL, write_slowly, slow), 0);
	CU_ASSERT_TRUE(suite_wait_until(is_true, &slow->begun, WAIT_NS));
}

static void end_slow_write(struct slow_write *slow)
{
	atomic_store(&slow->let_go, true);
	pthread_join(slow->thread, NULL);
}

/* ---- the tests ----------------------------------------------------------------------- */

static void writes_that_are_not_held_are_flushed_each(void)
{
	begin(DELAY_NS);
	CU_ASSERT_TRUE(writer_gathers);
	for (unsigned i = 1; i <= TERN__BATCH_STREAM; i++) {
		write_one();
		CU_ASSERT_EQUAL(atomic_load(&flushes), i);
	}
	CU_ASSERT_FALSE(alarm_is_set());
	end();
}

static void without_a_delay_the_writer_is_a_plain_one(void)
{
	begin(0);
	CU_ASSERT_FALSE(writer_gathers);
	CU_ASSERT_FALSE(alarm_exists);
	for (unsigned i = 0; i < 1000; i++)
		write_one();
	tern__sender_flush(&sender);
	CU_ASSERT_EQUAL(atomic_load(&flushes), 0);
	end();
}

static void what_is_held_leaves_with_the_alarm_at_the_latest(void)
{
	begin_stream();
	CU_ASSERT_EQUAL(atomic_load(&alarm_clock.at_ns), atomic_load(&now_ns) + DELAY_NS);
	ring();
	CU_ASSERT_EQUAL(atomic_load(&flushes), 1);
	CU_ASSERT_EQUAL(sender.batch.held_count, 0);
	CU_ASSERT_FALSE(alarm_is_set());
	end();
}

static void an_alarm_that_rings_early_comes_back(void)
{
	begin_stream();
	int64_t due_ns = atomic_load(&now_ns) + DELAY_NS;
	atomic_store(&alarm_clock.at_ns, atomic_load(&now_ns));
	ring();
	CU_ASSERT_EQUAL(atomic_load(&flushes), 0);
	CU_ASSERT_EQUAL(atomic_load(&alarm_clock.at_ns), due_ns);
	end();
}

static void in_a_stream_the_alarm_is_not_set_for_each_batch(void)
{
	begin_stream();
	int64_t at_ns = atomic_load(&alarm_clock.at_ns);
	while (atomic_load(&flushes) == 0)
		write_one();
	write_one();
	CU_ASSERT_EQUAL(atomic_load(&alarm_clock.at_ns), at_ns);
	end();
}

static void whoever_asks_gets_what_is_held_sent(void)
{
	begin_stream();
	tern__sender_flush(&sender);
	CU_ASSERT_EQUAL(atomic_load(&flushes), 1);
	CU_ASSERT_EQUAL(sender.batch.held_count, 0);
	end();
}

static void who_asks_during_a_write_has_it_done_at_its_end(void)
{
	struct slow_write slow;

	begin_stream();
	begin_slow_write(&slow);
	tern__sender_flush(&sender);
	CU_ASSERT_EQUAL(atomic_load(&flushes), 0);
	end_slow_write(&slow);
	CU_ASSERT_EQUAL(atomic_load(&flushes), 1);
	CU_ASSERT_EQUAL(sender.batch.held_count, 0);
	end();
}

static void an_alarm_in_mid_stream_waits_for_no_write_and_comes_back(void)
{
	struct slow_write slow;

	begin_stream();
	begin_slow_write(&slow);
	ring();
	CU_ASSERT_EQUAL(atomic_load(&flushes), 0);
	CU_ASSERT_EQUAL(atomic_load(&alarm_clock.at_ns), atomic_load(&now_ns) + DELAY_NS);
	end_slow_write(&slow);
	end();
}

static void a_write_that_is_held_up_is_asked_once_and_sends_at_its_end(void)
{
	struct slow_write slow;

	begin_stream();
	begin_slow_write(&slow);
	ring();
	ring();
	CU_ASSERT_FALSE(alarm_is_set());
	CU_ASSERT_EQUAL(atomic_load(&flushes), 0);
	end_slow_write(&slow);
	CU_ASSERT_EQUAL(atomic_load(&flushes), 1);
	CU_ASSERT_EQUAL(sender.batch.held_count, 0);
	end();
}

static void a_stream_after_a_write_that_was_held_up_sets_the_alarm_again(void)
{
	struct slow_write slow;

	begin_stream();
	begin_slow_write(&slow);
	ring();
	ring();
	end_slow_write(&slow);
	while (sender.batch.held_count == 0)
		write_one();
	CU_ASSERT_TRUE(alarm_is_set());
	end();
}

static void *ask(void *context)
{
	(void)context;
	tern__sender_flush(&sender);
	return NULL;
}

static void ask_in_another_thread(void)
{
	pthread_t asker;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&asker, NULL, ask, NULL), 0);
	pthread_join(asker, NULL);
}

/* The holder has looked for word already, and has still to let go. */
static void who_asks_while_another_one_sends_is_heard(void)
{
	begin_stream();
	during_flush = ask_in_another_thread;
	tern__sender_flush(&sender);
	CU_ASSERT_EQUAL(atomic_load(&flushes), 2);
	CU_ASSERT_FALSE(atomic_load(&sender.wanted));
	end();
}

#define MEETINGS 20000

static pthread_barrier_t meeting, parting;

static void *ask_often(void *context)
{
	(void)context;
	for (int i = 0; i < MEETINGS; i++) {
		pthread_barrier_wait(&meeting);
		tern__sender_flush(&sender);
		pthread_barrier_wait(&parting);
	}
	return NULL;
}

/* One who leaves word just when the lock is let go. */
static void no_word_is_lost_between_a_write_and_who_asks(void)
{
	pthread_t asker;
	int lost = 0;

	begin_stream();
	pthread_barrier_init(&meeting, NULL, 2);
	pthread_barrier_init(&parting, NULL, 2);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&asker, NULL, ask_often, NULL), 0);
	for (int i = 0; i < MEETINGS; i++) {
		unsigned before = atomic_load(&flushes);
		pthread_barrier_wait(&meeting);
		write_one();
		pthread_barrier_wait(&parting);
		lost += atomic_load(&sender.wanted) || atomic_load(&flushes) == before;
	}
	pthread_join(asker, NULL);
	pthread_barrier_destroy(&meeting);
	pthread_barrier_destroy(&parting);
	CU_ASSERT_EQUAL(lost, 0);
	end();
}

static const struct suite_test tests[] = {
	{ "writes_that_are_not_held_are_flushed_each",
	  writes_that_are_not_held_are_flushed_each },
	{ "without_a_delay_the_writer_is_a_plain_one",
	  without_a_delay_the_writer_is_a_plain_one },
	{ "what_is_held_leaves_with_the_alarm_at_the_latest",
	  what_is_held_leaves_with_the_alarm_at_the_latest },
	{ "an_alarm_that_rings_early_comes_back", an_alarm_that_rings_early_comes_back },
	{ "in_a_stream_the_alarm_is_not_set_for_each_batch",
	  in_a_stream_the_alarm_is_not_set_for_each_batch },
	{ "whoever_asks_gets_what_is_held_sent", whoever_asks_gets_what_is_held_sent },
	{ "who_asks_during_a_write_has_it_done_at_its_end",
	  who_asks_during_a_write_has_it_done_at_its_end },
	{ "an_alarm_in_mid_stream_waits_for_no_write_and_comes_back",
	  an_alarm_in_mid_stream_waits_for_no_write_and_comes_back },
	{ "a_write_that_is_held_up_is_asked_once_and_sends_at_its_end",
	  a_write_that_is_held_up_is_asked_once_and_sends_at_its_end },
	{ "a_stream_after_a_write_that_was_held_up_sets_the_alarm_again",
	  a_stream_after_a_write_that_was_held_up_sets_the_alarm_again },
	{ "who_asks_while_another_one_sends_is_heard",
	  who_asks_while_another_one_sends_is_heard },
	{ "no_word_is_lost_between_a_write_and_who_asks",
	  no_word_is_lost_between_a_write_and_who_asks },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
