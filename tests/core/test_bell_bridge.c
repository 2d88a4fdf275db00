/* Bells in shared memory: a ring of another process wakes who sleeps, and reaches descriptors over
 * each of the carriers, io_uring and threads. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bell.h"
#include "bell_bridge.h"
#include "bell_uring.h"
#include "clock.h"
#include "suite.h"

enum { ROUNDS = 4000, BELLS = 3 };

static struct {
	struct tern_bell bells[TERN_BELLS_MAX];
	_Atomic uint32_t news[BELLS]; /* rises with each ring */
	_Atomic uint32_t seen[BELLS]; /* follows */
} * shared;

static struct bell_table table;
static int32_t descriptors[BELLS];

static void begin(enum bell_carrier carrier, int bells)
{
	uint32_t index;

	memset(shared, 0, sizeof *shared);
	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	bell_table_share(&table, shared->bells);
	table.carrier = carrier;
	for (int i = 0; i < bells; i++) {
		CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
		CU_ASSERT_EQUAL_FATAL(bell_descriptor(&table, index, &descriptors[i]),
		                      TERN_OK);
	}
}

static void end(void)
{
	bell_table_share(&table, NULL);
	bell_table_fini(&table);
}

static const enum bell_carrier carriers[] = {
	BELL_CARRIER_URING,
	BELL_CARRIER_THREAD,
	BELL_CARRIER_THREAD_EACH,
};

#define FOR_EACH_CARRIER(carrier)                                                        \
	for (const enum bell_carrier *carrier = carriers;                                \
	     carrier < carriers + sizeof carriers / sizeof *carriers; carrier++)

/* What a peer does; only calls that are safe after fork(). */
static void ring_from_outside(struct tern_bell *bell)
{
	uint32_t was = tern_bell_quiet(bell);

	if (was == TERN_BELL_PARKED || was == TERN_BELL_ARMED)
		syscall(SYS_futex, &bell->state, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static pid_t peer_start(void (*run)(void))
{
	pid_t child = fork();

	if (child == 0) {
		run();
		_exit(0);
	}
	CU_ASSERT_TRUE_FATAL(child > 0);
	return child;
}

static void peer_end(pid_t child)
{
	int status = -1;

	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
}

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, timeout_ms) == 1;
}

/* As a waitset does before its application goes back to epoll. @return false: there is news */
static bool arm(int bell)
{
	uint64_t count;
	ssize_t emptied = read(descriptors[bell], &count, sizeof count);

	(void)emptied;
	bell_arm(&table, (uint32_t)bell);
	return atomic_load(&shared->news[bell]) == atomic_load(&shared->seen[bell]);
}

/* ---- who sleeps ------------------------------------------------------------------------------- */

static void ring_all_in_turn(void)
{
	for (uint32_t round = 1; round <= ROUNDS; round++)
		for (int i = 0; i < BELLS; i++) {
			while (atomic_load(&shared->seen[i]) != round - 1)
				sched_yield();
			atomic_store(&shared->news[i], round);
			ring_from_outside(&shared->bells[i]);
		}
}

static void a_ring_from_another_process_wakes_who_sleeps(void)
{
	begin(BELL_CARRIER_BEST, 0);
	for (uint32_t i = 0, index; i < BELLS; i++)
		CU_ASSERT_EQUAL_FATAL(bell_claim(&table, false, &index), TERN_OK);
	pid_t peer = peer_start(ring_all_in_turn);
	for (uint32_t round = 1; round <= ROUNDS; round++)
		for (int i = 0; i < BELLS; i++) {
			struct bell *bell = &table.bells[i];
			bell_listen(bell);
			while (atomic_load(&shared->news[i]) != round) {
				CU_ASSERT_EQUAL_FATAL(
					bell_wait(bell, clock_monotonic_ns() +
				                                20 * SUITE_SECOND_NS),
					TERN_OK);
				bell_listen(bell);
			}
			bell_stay_awake(bell);
			atomic_store(&shared->seen[i], round);
		}
	peer_end(peer);
	end();
}

/* ---- who polls -------------------------------------------------------------------------------- */

static bool lacks_uring(enum bell_carrier carrier)
{
	if (carrier != BELL_CARRIER_URING || table.bells[0].uring)
		return false;
	printf("\n    this kernel has no io_uring that waits for futexes: not tested ");
	return true;
}

static void no_ring_from_another_process_is_missed_by_a_descriptor(void)
{
	FOR_EACH_CARRIER(carrier)
	{
		begin(*carrier, BELLS);
		lacks_uring(*carrier);
		pid_t peer = peer_start(ring_all_in_turn);
		for (uint32_t round = 1; round <= ROUNDS; round++)
			for (int i = 0; i < BELLS; i++) {
				while (arm(i))
					CU_ASSERT_TRUE_FATAL(
						is_readable(descriptors[i], 20000));
				atomic_store(&shared->seen[i], round);
			}
		peer_end(peer);
		end();
	}
}

static void ring_the_first(void)
{
	ring_from_outside(&shared->bells[0]);
}

static void only_what_was_rung_is_readable(void)
{
	FOR_EACH_CARRIER(carrier)
	{
		begin(*carrier, BELLS);
		for (int i = 0; i < BELLS; i++)
			CU_ASSERT_TRUE(arm(i));
		peer_end(peer_start(ring_the_first));
		CU_ASSERT_TRUE(is_readable(descriptors[0], 20000));
		CU_ASSERT_FALSE(is_readable(descriptors[1], 0));
		CU_ASSERT_FALSE(is_readable(descriptors[2], 0));
		end();
	}
}

static void a_ring_of_our_own_is_written_once(void)
{
	uint64_t count = 0;

	FOR_EACH_CARRIER(carrier)
	{
		begin(*carrier, 1);
		for (int round = 0; round < 100; round++) {
			bell_arm(&table, 0);
			bell_ring(&table, 1);
			bell_ring(&table, 1);
			CU_ASSERT_TRUE(is_readable(descriptors[0], 20000));
			CU_ASSERT_EQUAL(read(descriptors[0], &count, sizeof count),
			                (ssize_t)sizeof count);
			CU_ASSERT_EQUAL(count, 1);
		}
		end();
	}
}

/* What comes of a ring before, or of another thread's arming, may still be under way. */
static bool is_silent(void *context)
{
	(void)context;
	return arm(0) && !is_readable(descriptors[0], 0);
}

static void arm_and_hear(void)
{
	CU_ASSERT_TRUE(suite_wait_until(is_silent, NULL, 20 * SUITE_SECOND_NS));
	peer_end(peer_start(ring_the_first));
	CU_ASSERT_TRUE(is_readable(descriptors[0], 20000));
}

static void *arm_elsewhere(void *context)
{
	(void)context;
	arm_and_hear();
	return NULL;
}

static void any_thread_may_arm(void)
{
	pthread_t thread;

	FOR_EACH_CARRIER(carrier)
	{
		begin(*carrier, 1);
		for (int round = 0; round < 3; round++) {
			arm_and_hear();
			CU_ASSERT_EQUAL_FATAL(
				pthread_create(&thread, NULL, arm_elsewhere, NULL), 0);
			pthread_join(thread, NULL);
		}
		end();
	}
}

static void *arm_and_end(void *context)
{
	(void)context;
	arm(0);
	return NULL;
}

/* io_uring gives up what a thread waits for when it ends: that must be seen at once, or later. */
static void the_thread_that_armed_may_end(void)
{
	pthread_t thread;

	FOR_EACH_CARRIER(carrier)
	{
		begin(*carrier, 1);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, arm_and_end, NULL),
		                      0);
		pthread_join(thread, NULL);
		peer_end(peer_start(ring_the_first));
		CU_ASSERT_TRUE(is_readable(descriptors[0], 20000));
		end();
	}
}

/* The ring came between arming and the kernel's look. */
static void a_word_that_changed_before_the_kernel_looked_counts_as_rung(void)
{
	struct bell_uring *uring;
	uint64_t count;

	begin(BELL_CARRIER_URING, 1);
	uring = table.bells[0].uring;
	const uint32_t *word = &shared->bells[0].state;
	for (int round = 0; uring && round < 3; round++) {
		CU_ASSERT_TRUE(bell_uring_watch(uring, word, TERN_BELL_ARMED));
		CU_ASSERT_TRUE(is_readable(descriptors[0], 0));
		CU_ASSERT_EQUAL(read(descriptors[0], &count, sizeof count),
		                (ssize_t)sizeof count);
	}
	if (!lacks_uring(BELL_CARRIER_URING))
		arm_and_hear();
	end();
}

/* The same where a thread carries, which sleeps meanwhile: the word is QUIET again. */
static void a_ring_before_an_event_is_wanted_counts(void)
{
	begin(BELL_CARRIER_THREAD, 1);
	CU_ASSERT_TRUE(suite_wait_until(is_silent, NULL, 20 * SUITE_SECOND_NS));
	ring_from_outside(&shared->bells[0]);
	CU_ASSERT_TRUE(is_readable(descriptors[0], 20000));
	uint64_t count;
	CU_ASSERT_EQUAL(read(descriptors[0], &count, sizeof count),
	                (ssize_t)sizeof count);
	bell_bridge_arm(&table.bells[0]);
	CU_ASSERT_TRUE(is_readable(descriptors[0], 2000));
	end();
}

/* ---- what it takes ---------------------------------------------------------------------------- */

static int count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = -2; /* . and .. */

	CU_ASSERT_PTR_NOT_NULL_FATAL(tasks);
	while (readdir(tasks))
		count++;
	closedir(tasks);
	return count;
}

static bool are_so_many(void *context)
{
	return count_threads() == *(const int *)context;
}

/* One that was joined may be seen a moment longer. */
static void expect_threads(int count)
{
	CU_ASSERT_TRUE(suite_wait_until(are_so_many, &count, 20 * SUITE_SECOND_NS));
}

static void threads_are_there_only_for_descriptors(void)
{
	int before = count_threads();

	begin(BELL_CARRIER_THREAD, 0);
	expect_threads(before);
	end();
	begin(BELL_CARRIER_THREAD, BELLS);
	expect_threads(before + 1);
	end();
	expect_threads(before);
	begin(BELL_CARRIER_THREAD_EACH, BELLS);
	expect_threads(before + BELLS);
	arm(0); /* some sleep on their word, some do not */
	end();
	expect_threads(before);
	begin(BELL_CARRIER_URING, BELLS);
	if (!lacks_uring(BELL_CARRIER_URING))
		expect_threads(before);
	end();
	/* Words of the table's own need nobody. */
	bell_table_init(&table, SPIN_DEFAULT_MAX_NS);
	table.carrier = BELL_CARRIER_THREAD;
	CU_ASSERT_EQUAL(bell_descriptor(&table, 0, &descriptors[0]), TERN_OK);
	expect_threads(before);
	bell_table_fini(&table);
}

/* As containers do. @return false: it could not be forbidden */
static bool forbid(unsigned system_call)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {
		.len = sizeof steps / sizeof *steps,
		.filter = steps,
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

enum { FORBIDDEN, NOT_FORBIDDEN, USED_ALL_THE_SAME, NOT_HEARD };

/* In a process of its own, which it leaves with one of the above. */
static void hear_with_little(int forbidden, int threads)
{
	if (!forbid(SYS_io_uring_setup) || (forbidden > 1 && !forbid(SYS_futex_waitv)))
		_exit(NOT_FORBIDDEN);
	begin(BELL_CARRIER_BEST, 2);
	if (table.bells[0].uring || !table.bells[0].bridge ||
	    count_threads() != 1 + threads)
		_exit(USED_ALL_THE_SAME);
	arm(0);
	pid_t peer = fork();
	if (peer == 0) {
		ring_the_first();
		_exit(0);
	}
	_exit(is_readable(descriptors[0], 20000) ? FORBIDDEN : NOT_HEARD);
}

static void hear_without_uring(void)
{
	hear_with_little(1, 1);
}

static void hear_without_uring_and_waitv(void)
{
	hear_with_little(2, 2);
}

static void what_is_forbidden_is_done_without(void)
{
#ifndef __SANITIZE_THREAD__ /* whose own thread may come later than this look */
	/* Sanitizers have threads of their own. */
	if (count_threads() != 1)
		return;
	peer_end(peer_start(hear_without_uring));
	peer_end(peer_start(hear_without_uring_and_waitv));
#else
	(void)hear_without_uring;
	(void)hear_without_uring_and_waitv;
#endif
}

static void a_bell_that_is_had_again_keeps_its_descriptor_and_carrier(void)
{
	uint32_t index;
	int32_t same;

	FOR_EACH_CARRIER(carrier)
	{
		begin(*carrier, 1);
		int before = count_threads();
		bell_release(&table, 0);
		CU_ASSERT_EQUAL(bell_claim(&table, false, &index), TERN_OK);
		CU_ASSERT_EQUAL(bell_descriptor(&table, index, &same), TERN_OK);
		CU_ASSERT_EQUAL(same, descriptors[0]);
		expect_threads(before);
		CU_ASSERT_TRUE(arm(0));
		peer_end(peer_start(ring_the_first));
		CU_ASSERT_TRUE(is_readable(same, 20000));
		end();
	}
}

static const struct suite_test tests[] = {
	/* First, while this process has one thread. */
	{ "what_is_forbidden_is_done_without", what_is_forbidden_is_done_without },
	{ "a_ring_from_another_process_wakes_who_sleeps",
	  a_ring_from_another_process_wakes_who_sleeps },
	{ "no_ring_from_another_process_is_missed_by_a_descriptor",
	  no_ring_from_another_process_is_missed_by_a_descriptor },
	{ "only_what_was_rung_is_readable", only_what_was_rung_is_readable },
	{ "a_ring_of_our_own_is_written_once", a_ring_of_our_own_is_written_once },
	{ "a_word_that_changed_before_the_kernel_looked_counts_as_rung",
	  a_word_that_changed_before_the_kernel_looked_counts_as_rung },
	{ "a_ring_before_an_event_is_wanted_counts",
	  a_ring_before_an_event_is_wanted_counts },
	{ "any_thread_may_arm", any_thread_may_arm },
	{ "the_thread_that_armed_may_end", the_thread_that_armed_may_end },
	{ "threads_are_there_only_for_descriptors",
	  threads_are_there_only_for_descriptors },
	{ "a_bell_that_is_had_again_keeps_its_descriptor_and_carrier",
	  a_bell_that_is_had_again_keeps_its_descriptor_and_carrier },
};

int main(int argc, char **argv)
{
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return SUITE_RUN(argc, argv, tests);
}
