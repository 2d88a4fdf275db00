/* The fences of a ring, one test each: two threads do one thing over and over, with the smallest
 * ring and memory that is used again at once, so that a fence that is missing shows. Needs two
 * processors that run at the same time; on one it passes and tells nothing. */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ring_fixture.h"
#include "types.h"

/* How long a sleeper sleeps whom nobody wakes. */
#define SLEEP_NS (5 * SUITE_MILLISECOND_NS)

static struct ring_process writer, reader;
static struct ring_reader *ring;
static _Atomic bool stop;
/* Samples whose publication, and whose taking, is over, bells and all. */
static _Atomic uint64_t published, acknowledged;
static uint64_t mistakes, takes, sleeps;

static void pin(size_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % (size_t)sysconf(_SC_NPROCESSORS_ONLN), &set);
	(void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

/* A little time, never the same. */
static void dawdle(uint32_t *state, uint32_t most)
{
	*state = *state * 1664525 + 1013904223;
	for (volatile uint32_t i = (*state >> 8) % most; i > 0; i--)
		;
}

static void begin(tern_history history, bool reliable, uint32_t claims)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.history = history;
	qos.max_samples = 2; /* KEEP_ALL: so many slots has the ring */
	shm_directory_make(0700);
	ring_process_begin(&writer, 0);
	ring_process_begin(&reader, 0);
	ring_process_create_writer(&writer, &test_Tick_type, &qos);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Tick_type);
	config.reliable = reliable;
	config.holds_back = reliable;
	config.claim_count = claims;
	OK(ring_reader_attach(&config, &ring));
	stop = false;
	published = 0;
	acknowledged = 0;
	mistakes = takes = sleeps = 0;
}

static void end(void)
{
	ring_reader_detach(ring);
	ring_process_end(&reader);
	ring_process_end(&writer);
	shm_directory_remove();
	CU_ASSERT_EQUAL(mistakes, 0);
	CU_ASSERT_TRUE(takes > 0);
	fprintf(stderr, "%llu takes, %llu sleeps, %llu mistakes\n",
	        (unsigned long long)takes, (unsigned long long)sleeps,
	        (unsigned long long)mistakes);
}

/* Run the writer's part here and the reader's in a thread. */
static void run(void *(*read)(void *), void (*write)(uint64_t number, uint32_t *random))
{
	const char *seconds = getenv("TERN_LITMUS_SECONDS");
	int64_t until_ns =
		suite_monotonic_ns() + (seconds ? atoi(seconds) : 2) * SUITE_SECOND_NS;
	uint32_t random = 7;
	cpu_set_t before;
	pthread_t thread;

	sched_getaffinity(0, sizeof before, &before);
	pthread_create(&thread, NULL, read, NULL);
	pin(0);
	for (uint64_t i = 1; i % 64 != 0 || suite_monotonic_ns() < until_ns; i++)
		write(i, &random);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	sched_setaffinity(0, sizeof before, &before);
}

static void publish(uint64_t number)
{
	const test_Tick tick = { .number = number };

	if (ring_process_write(&writer, &tick) < 0)
		mistakes++;
	atomic_store_explicit(&published, number, memory_order_release);
}

/* A sample that is another's when it is looked at is a mistake, too. */
static bool peek(struct ring_reader *from, struct tern_delivery *ret_delivery)
{
	tern_status s = ring_reader_peek(from, ret_delivery);

	if (s < 0 && s != TERN_EAGAIN && mistakes++ < 4)
		fprintf(stderr, "%s\n", tern_error_text());
	return s == TERN_OK;
}

/* ---- claim against recycling --------------------------------------------------------------- */

/* The reader claims and looks again, the writer takes the word away and looks at the claims: one
 * sees the other. Else the sample is another one by the time it is read. */
static void *claim_and_look(void *argument)
{
	struct tern_delivery delivery;

	pin(1);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		if (!peek(ring, &delivery))
			continue;
		const volatile test_Tick *tick = delivery.payload->data;
		for (int i = 0; i < 8; i++)
			if (tick->number != delivery.sequence_number) {
				mistakes++;
				break;
			}
		takes++;
		ring_reader_pop(ring);
	}
	return argument;
}

static void write_on(uint64_t number, uint32_t *random)
{
	publish(number);
	if (number % 8 == 0)
		dawdle(random, 60);
}

static void a_claim_and_a_reuse_see_each_other(void)
{
	begin(TERN_KEEP_ALL, false, 1);
	run(claim_and_look, write_on);
	end();
}

/* ---- publish against park ------------------------------------------------------------------ */

/* Asleep while there is a sample, whose writer is done and saw nobody to wake. */
static bool is_forgotten(const struct tern_bell *bell)
{
	uint64_t number = atomic_load_explicit(&published, memory_order_acquire);

	return number > takes &&
	       __atomic_load_n(&bell->state, __ATOMIC_SEQ_CST) == TERN_BELL_PARKED;
}

static void sleep_on(struct tern_bell *bell)
{
	const struct timespec timeout = { .tv_nsec = SLEEP_NS };

	if (!ring_reader_is_drained(ring))
		return;
	sleeps++;
	syscall(SYS_futex, &bell->state, FUTEX_WAIT, TERN_BELL_PARKED, &timeout, NULL, 0);
	mistakes += is_forgotten(bell);
}

static bool take_one(void)
{
	struct tern_delivery delivery;

	if (!peek(ring, &delivery))
		return false;
	ring_reader_pop(ring);
	ring_reader_flush(ring);
	takes++;
	atomic_store_explicit(&acknowledged, takes, memory_order_release);
	return true;
}

/* The reader parks its bell and looks for samples, the writer publishes and looks for bells. */
static void *park_and_look(void *argument)
{
	struct tern_bell *bell = &reader.bells->bells[3];
	uint32_t random = 1;

	pin(1);
	ring_reader_watch(ring, UINT64_C(1) << 3);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		dawdle(&random, 60);
		if (take_one())
			continue;
		__atomic_exchange_n(&bell->state, TERN_BELL_PARKED, __ATOMIC_SEQ_CST);
		sleep_on(bell);
		__atomic_store_n(&bell->state, TERN_BELL_QUIET, __ATOMIC_SEQ_CST);
	}
	return argument;
}

static void write_and_wait(uint64_t number, uint32_t *random)
{
	dawdle(random, 60);
	publish(number);
	while (atomic_load_explicit(&acknowledged, memory_order_acquire) != number)
		;
}

static void a_publication_and_a_park_see_each_other(void)
{
	begin(TERN_KEEP_ALL, false, 1);
	run(park_and_look, write_and_wait);
	end();
}

/* The same, with the mask of bells: the reader names its bell only when it parks. */
static void *watch_and_look(void *argument)
{
	struct tern_bell *bell = &reader.bells->bells[3];
	uint32_t random = 1;

	pin(1);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		dawdle(&random, 60);
		if (take_one())
			continue;
		__atomic_store_n(&bell->state, TERN_BELL_PARKED, __ATOMIC_RELAXED);
		ring_reader_watch(ring, UINT64_C(1) << 3);
		sleep_on(bell);
		ring_reader_watch(ring, 0);
		__atomic_store_n(&bell->state, TERN_BELL_QUIET, __ATOMIC_RELAXED);
	}
	return argument;
}

static void a_publication_and_a_watch_see_each_other(void)
{
	begin(TERN_KEEP_ALL, false, 1);
	run(watch_and_look, write_and_wait);
	end();
}

/* ---- room against waiting for it ----------------------------------------------------------- */

/* The writer's reap() comes after each of its sleeps: had the reader made room, and is done, and
 * saw nobody to wake? */
static void note_sleep(void *context)
{
	sleeps++;
	if (atomic_load_explicit(&acknowledged, memory_order_acquire) ==
	            atomic_load_explicit(&published, memory_order_relaxed) &&
	    atomic_load(&((struct ring_process *)context)->bells->space_wanted) == 1)
		mistakes++;
}

static void *pop_and_look(void *argument)
{
	uint32_t random = 1;

	pin(1);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		dawdle(&random, 60);
		take_one();
	}
	return argument;
}

static void write_into_room(uint64_t number, uint32_t *random)
{
	dawdle(random, 20);
	publish(number);
}

static void room_and_a_wait_for_it_see_each_other(void)
{
	begin(TERN_KEEP_ALL, true, 4);
	writer.timeout_ns = 20 * SUITE_SECOND_NS;
	writer.on_reap = note_sleep;
	run(pop_and_look, write_into_room);
	end();
}

/* ---- attach against publish ---------------------------------------------------------------- */

/* What is published after an attach returned is seen, and what is claimed then is safe, though
 * the writer was told of neither. */
static void *attach_and_look(void *argument)
{
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Tick_type);
	uint32_t random = 1;

	pin(1);
	config.claim_count = 2;
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		struct ring_reader *late;
		struct tern_delivery delivery;
		if (ring_reader_attach(&config, &late) < 0) {
			mistakes++;
			break;
		}
		for (int i = 0; i < 4; i++) {
			if (!peek(late, &delivery))
				continue;
			const volatile test_Tick *tick = delivery.payload->data;
			for (int j = 0; j < 100; j++)
				if (tick->number != delivery.sequence_number) {
					mistakes++;
					break;
				}
			ring_reader_pop(late);
			takes++;
		}
		ring_reader_detach(late);
		dawdle(&random, 200);
	}
	return argument;
}

static void an_attach_and_a_reuse_see_each_other(void)
{
	begin(TERN_KEEP_ALL, false, 1);
	run(attach_and_look, write_on);
	end();
}

#define TEST(name)                                                                       \
	{                                                                                \
#name, name                                                              \
	}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		TEST(a_claim_and_a_reuse_see_each_other),
		TEST(a_publication_and_a_park_see_each_other),
		TEST(a_publication_and_a_watch_see_each_other),
		TEST(room_and_a_wait_for_it_see_each_other),
		TEST(an_attach_and_a_reuse_see_each_other),
	};

	return SUITE_RUN(argc, argv, tests);
}
