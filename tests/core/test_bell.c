/* Whoever has news rings; whoever waits is woken, and pays nothing while awake. */
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bell.h"
#include "clock.h"
#include "suite.h"

static struct bell_table table;

static void every_bell_is_had_once_and_can_be_had_again(void)
{
	uint32_t index, other = 77;
	uint64_t seen = 0;

	bell_table_init(&table);
	for (int i = 0; i < BELLS_MAX - 1; i++) {
		CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
		CU_ASSERT_EQUAL(seen & UINT64_C(1) << index, 0);
		seen |= UINT64_C(1) << index;
	}
	CU_ASSERT_EQUAL(bell_claim(&table, false, &other), TERN_ELIMIT);
	CU_ASSERT_EQUAL(other, 77);
	bell_release(&table, 5);
	CU_ASSERT_EQUAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL(index, 5);
	bell_table_fini(&table);
}

static void the_last_bell_is_the_listeners(void)
{
	uint32_t index, first;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, true, &first), TERN_OK);
	for (int i = 0; i < BELLS_MAX - 1; i++)
		CU_ASSERT_EQUAL_FATAL(bell_claim(&table, i % 2, &index), TERN_OK);
	CU_ASSERT_EQUAL(bell_claim(&table, true, &index), TERN_ELIMIT);
	bell_release(&table, first);
	CU_ASSERT_EQUAL(bell_claim(&table, false, &index), TERN_ELIMIT);
	CU_ASSERT_EQUAL(bell_claim(&table, true, &index), TERN_OK);
	bell_table_fini(&table);
}

static void a_ring_after_parking_keeps_the_waiter_awake(void)
{
	uint32_t index;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	struct bell *bell = &table.bells[index];
	bell_park(bell);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_EQUAL(bell_sleep(bell, TERN_INFINITE), TERN_OK);
	bell_table_fini(&table);
}

static void a_ring_for_others_does_not_wake(void)
{
	uint32_t index;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	bell_park(&table.bells[index]);
	bell_ring(&table, ~(UINT64_C(1) << index));
	CU_ASSERT_EQUAL(bell_sleep(&table.bells[index], clock_monotonic_ns() + 1000000),
	                TERN_ETIMEDOUT);
	bell_table_fini(&table);
}

static void a_sleeper_is_past_its_deadline_not_before(void)
{
	uint32_t index;
	int64_t deadline_ns = clock_monotonic_ns() + 20 * SUITE_MILLISECOND_NS;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	bell_park(&table.bells[index]);
	CU_ASSERT_EQUAL(bell_sleep(&table.bells[index], deadline_ns), TERN_ETIMEDOUT);
	CU_ASSERT_TRUE(clock_monotonic_ns() >= deadline_ns);
	bell_park(&table.bells[index]);
	CU_ASSERT_EQUAL(bell_sleep(&table.bells[index], 0), TERN_ETIMEDOUT);
	bell_table_fini(&table);
}

/* Two threads hand a number to and fro, each sleeping on a bell until it is its turn. */
enum { ROUNDS = 20000 };

static _Atomic int ball;

static void play(uint32_t index, int parity)
{
	struct bell *bell = &table.bells[index];

	while (atomic_load(&ball) < ROUNDS) {
		bell_park(bell);
		if (atomic_load(&ball) % 2 != parity && atomic_load(&ball) < ROUNDS) {
			if (bell_sleep(bell,
			               clock_monotonic_ns() + 10 * SUITE_SECOND_NS) < 0)
				return;
			continue;
		}
		bell_stay_awake(bell);
		if (atomic_load(&ball) >= ROUNDS)
			break;
		atomic_fetch_add(&ball, 1);
		bell_ring(&table, UINT64_C(1) << (1 - index));
	}
}

static void *play_odd(void *context)
{
	(void)context;
	play(1, 1);
	return NULL;
}

static void no_ring_is_ever_missed(void)
{
	pthread_t thread;
	uint32_t index;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	atomic_store(&ball, 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, play_odd, NULL), 0);
	play(0, 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(atomic_load(&ball), ROUNDS);
	bell_table_fini(&table);
}

static bool is_readable(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, 0) == 1;
}

static void an_armed_bell_writes_to_its_descriptor_once(void)
{
	uint32_t index;
	uint64_t count;
	int32_t fd;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(bell_descriptor(&table, index, &fd), TERN_OK);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_FALSE(is_readable(fd));
	bell_arm(&table.bells[index]);
	CU_ASSERT_FALSE(is_readable(fd));
	bell_ring(&table, UINT64_C(1) << index);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_EQUAL(read(fd, &count, sizeof count), (ssize_t)sizeof count);
	CU_ASSERT_EQUAL(count, 1);
	bell_table_fini(&table);
}

static void arming_does_not_disturb_one_who_sleeps(void)
{
	uint32_t index;
	int32_t fd;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(bell_descriptor(&table, index, &fd), TERN_OK);
	bell_park(&table.bells[index]);
	bell_arm(&table.bells[index]);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_EQUAL(bell_sleep(&table.bells[index], TERN_INFINITE), TERN_OK);
	CU_ASSERT_FALSE(is_readable(fd));
	bell_table_fini(&table);
}

static void a_late_ring_of_a_bell_that_was_let_go_writes_to_no_foreign_descriptor(void)
{
	uint32_t index, again;
	int32_t fd, same;

	bell_table_init(&table);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(bell_descriptor(&table, index, &fd), TERN_OK);
	bell_release(&table, index);
	/* Still open, and the bell's: a number that was closed could be a file of the user's. */
	CU_ASSERT_FALSE(is_readable(fd));
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &again), TERN_OK);
	CU_ASSERT_EQUAL(again, index);
	CU_ASSERT_EQUAL_FATAL(bell_descriptor(&table, again, &same), TERN_OK);
	CU_ASSERT_EQUAL(same, fd);
	bell_table_fini(&table);
	CU_ASSERT_EQUAL(write(fd, &(uint64_t){ 1 }, 8), -1);
}

static const struct suite_test tests[] = {
	{ "every_bell_is_had_once_and_can_be_had_again",
	  every_bell_is_had_once_and_can_be_had_again },
	{ "the_last_bell_is_the_listeners", the_last_bell_is_the_listeners },
	{ "a_ring_after_parking_keeps_the_waiter_awake",
	  a_ring_after_parking_keeps_the_waiter_awake },
	{ "a_ring_for_others_does_not_wake", a_ring_for_others_does_not_wake },
	{ "a_sleeper_is_past_its_deadline_not_before",
	  a_sleeper_is_past_its_deadline_not_before },
	{ "no_ring_is_ever_missed", no_ring_is_ever_missed },
	{ "an_armed_bell_writes_to_its_descriptor_once",
	  an_armed_bell_writes_to_its_descriptor_once },
	{ "arming_does_not_disturb_one_who_sleeps",
	  arming_does_not_disturb_one_who_sleeps },
	{ "a_late_ring_of_a_bell_that_was_let_go_writes_to_no_foreign_descriptor",
	  a_late_ring_of_a_bell_that_was_let_go_writes_to_no_foreign_descriptor },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
