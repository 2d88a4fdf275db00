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

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
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

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, true, &first), TERN_OK);
	for (int i = 0; i < BELLS_MAX - 1; i++)
		CU_ASSERT_EQUAL_FATAL(bell_claim(&table, i % 2, &index), TERN_OK);
	CU_ASSERT_EQUAL(bell_claim(&table, true, &index), TERN_ELIMIT);
	bell_release(&table, first);
	CU_ASSERT_EQUAL(bell_claim(&table, false, &index), TERN_ELIMIT);
	CU_ASSERT_EQUAL(bell_claim(&table, true, &index), TERN_OK);
	bell_table_fini(&table);
}

static void a_ring_while_it_listens_keeps_the_waiter_awake(void)
{
	uint32_t index;

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	struct bell *bell = &table.bells[index];
	bell_listen(bell);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_EQUAL(bell_wait(bell, TERN_INFINITE), TERN_OK);
	bell_table_fini(&table);
}

static void a_ring_for_others_does_not_wake(void)
{
	uint32_t index;

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	bell_listen(&table.bells[index]);
	bell_ring(&table, ~(UINT64_C(1) << index));
	CU_ASSERT_EQUAL(bell_wait(&table.bells[index], clock_monotonic_ns() + 1000000),
	                TERN_ETIMEDOUT);
	bell_table_fini(&table);
}

static void a_waiter_is_past_its_deadline_not_before(void)
{
	uint32_t index;
	int64_t deadline_ns = clock_monotonic_ns() + 20 * SUITE_MILLISECOND_NS;

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	bell_listen(&table.bells[index]);
	CU_ASSERT_EQUAL(bell_wait(&table.bells[index], deadline_ns), TERN_ETIMEDOUT);
	CU_ASSERT_TRUE(clock_monotonic_ns() >= deadline_ns);
	bell_listen(&table.bells[index]);
	CU_ASSERT_EQUAL(bell_wait(&table.bells[index], 0), TERN_ETIMEDOUT);
	bell_table_fini(&table);
}

/* Spins until it rings or its time is over, whatever that takes. */
static struct bell *claim_patient_bell(uint32_t *ret_index)
{
	const int64_t hour_ns = 3600 * SUITE_SECOND_NS;

	bell_table_init(&table, 2 * hour_ns);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, ret_index), TERN_OK);
	struct bell *bell = &table.bells[*ret_index];
	CU_ASSERT_EQUAL(bell->spin.max_ns, 2 * hour_ns);
	bell->spin.budget_ns = hour_ns;
	return bell;
}

static void *ring_once(void *context)
{
	bell_ring(&table, UINT64_C(1) << *(const uint32_t *)context);
	return NULL;
}

static void one_who_spins_hears_a_ring_and_will_spin_longer(void)
{
	pthread_t thread;
	uint32_t index;
	struct bell *bell = claim_patient_bell(&index);
	int64_t budget_ns = bell->spin.budget_ns;

	bell_listen(bell);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, ring_once, &index), 0);
	CU_ASSERT_EQUAL(bell_wait(bell, TERN_INFINITE), TERN_OK);
	CU_ASSERT_EQUAL(bell->spin.budget_ns, 2 * budget_ns);
	pthread_join(thread, NULL);
	bell_table_fini(&table);
}

static void one_who_spins_stops_at_its_deadline(void)
{
	uint32_t index;
	struct bell *bell = claim_patient_bell(&index);
	int64_t budget_ns = bell->spin.budget_ns;
	int64_t deadline_ns = clock_monotonic_ns() + 5 * SUITE_MILLISECOND_NS;

	bell_listen(bell);
	CU_ASSERT_EQUAL(bell_wait(bell, deadline_ns), TERN_ETIMEDOUT);
	CU_ASSERT_TRUE(clock_monotonic_ns() >= deadline_ns);
	CU_ASSERT_TRUE(bell->spin.budget_ns <= budget_ns);
	bell_table_fini(&table);
}

/* Two threads hand a number to and fro, each waiting for a bell until it is its turn. */
enum { ROUNDS = 10000 };

static _Atomic int ball;

static void play(uint32_t index, int parity)
{
	struct bell *bell = &table.bells[index];

	while (atomic_load(&ball) < ROUNDS) {
		bell_listen(bell);
		if (atomic_load(&ball) % 2 != parity && atomic_load(&ball) < ROUNDS) {
			if (bell_wait(bell, clock_monotonic_ns() + 10 * SUITE_SECOND_NS) <
			    0)
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

static void match(int64_t spin_max_ns)
{
	pthread_t thread;
	uint32_t index;

	bell_table_init(&table, spin_max_ns);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	atomic_store(&ball, 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, play_odd, NULL), 0);
	play(0, 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(atomic_load(&ball), ROUNDS);
	bell_table_fini(&table);
}

static void no_ring_is_ever_missed(void)
{
	match(0);
	match(SPIN_DEFAULT_MAX_NS);
	match(50000);
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

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(bell_descriptor(&table, index, &fd), TERN_OK);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_FALSE(is_readable(fd));
	bell_arm(&table, index);
	CU_ASSERT_FALSE(is_readable(fd));
	bell_ring(&table, UINT64_C(1) << index);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_EQUAL(read(fd, &count, sizeof count), (ssize_t)sizeof count);
	CU_ASSERT_EQUAL(count, 1);
	bell_table_fini(&table);
}

static void arming_does_not_disturb_one_who_waits(void)
{
	uint32_t index;
	int32_t fd;

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(bell_descriptor(&table, index, &fd), TERN_OK);
	bell_listen(&table.bells[index]);
	bell_arm(&table, index);
	bell_ring(&table, UINT64_C(1) << index);
	CU_ASSERT_EQUAL(bell_wait(&table.bells[index], TERN_INFINITE), TERN_OK);
	CU_ASSERT_FALSE(is_readable(fd));
	bell_table_fini(&table);
}

static void a_late_ring_of_a_bell_that_was_let_go_writes_to_no_foreign_descriptor(void)
{
	uint32_t index, again;
	int32_t fd, same;

	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
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
	{ "a_ring_while_it_listens_keeps_the_waiter_awake",
	  a_ring_while_it_listens_keeps_the_waiter_awake },
	{ "a_ring_for_others_does_not_wake", a_ring_for_others_does_not_wake },
	{ "a_waiter_is_past_its_deadline_not_before",
	  a_waiter_is_past_its_deadline_not_before },
	{ "one_who_spins_hears_a_ring_and_will_spin_longer",
	  one_who_spins_hears_a_ring_and_will_spin_longer },
	{ "one_who_spins_stops_at_its_deadline", one_who_spins_stops_at_its_deadline },
	{ "no_ring_is_ever_missed", no_ring_is_ever_missed },
	{ "an_armed_bell_writes_to_its_descriptor_once",
	  an_armed_bell_writes_to_its_descriptor_once },
	{ "arming_does_not_disturb_one_who_waits",
	  arming_does_not_disturb_one_who_waits },
	{ "a_late_ring_of_a_bell_that_was_let_go_writes_to_no_foreign_descriptor",
	  a_late_ring_of_a_bell_that_was_let_go_writes_to_no_foreign_descriptor },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
