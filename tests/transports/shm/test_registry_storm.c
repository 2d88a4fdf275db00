/* Many processes that come, go and are killed at any moment: never two in a slot, never two
 * registries, and nothing left in the end. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "registry_impl.h"
#include "shm_member.h"

enum { LIVES_MAX = 20000, WORKERS_MAX = 64 };

/* Of all processes of a test. A life is a process, numbered from 1. */
static struct table {
	_Atomic uint32_t is_alive[LIVES_MAX];    /* until it was waited for */
	_Atomic uint64_t registry[LIVES_MAX];    /* its id, while it is in; else 0 */
	_Atomic uint32_t in_slot[SHM_SLOTS_MAX]; /* the life in it; 0: none */
	_Atomic uint32_t joins, ready, go;
} * table;

static uint64_t id_of(const struct registry *registry)
{
	uint64_t id;

	memcpy(&id, registry_id(registry), sizeof id);
	return id;
}

/* ---- a life in the storm ----------------------------------------------------------------- */

struct life {
	uint32_t number, rounds;
	uint32_t one_in_is_killed; /* kills itself in one of so many rounds */
	unsigned seed;
};

static bool has_ended(void *number)
{
	return !atomic_load(&table->is_alive[*(uint32_t *)number]);
}

/* Who was in the slot before, and did not leave, is dead. */
static void check_slot(const struct life *life, const struct member *member)
{
	uint32_t before = atomic_exchange(&table->in_slot[member->slot], life->number);

	if (before)
		NEED(suite_wait_until(has_ended, &before, 20 * SUITE_SECOND_NS));
}

/* Whoever is in is in the same registry: it has its name until the last of them is out. */
static void check_registry(const struct life *life, const struct member *member)
{
	uint64_t ours = id_of(member->registry);

	NEED(registry_is_linked(member->registry));
	atomic_store(&table->registry[life->number], ours);
	for (uint32_t number = 1; number < LIVES_MAX; number++) {
		uint64_t other = atomic_load(&table->registry[number]);
		if (other && other != ours)
			NEED(suite_wait_until(has_ended, &number, 20 * SUITE_SECOND_NS));
	}
}

static int live(void *context)
{
	struct life *life = context;
	struct member member;

	for (uint32_t round = 0; round < life->rounds; round++) {
		tern_status s = member_try_join(&member);
		if (s < 0)
			fprintf(stderr, "join: %s\n", shm_host.error_text());
		NEED(s == TERN_OK);
		check_slot(life, &member);
		check_registry(life, &member);
		atomic_fetch_add(&table->joins, 1);
		for (int i = rand_r(&life->seed) % 4; i > 0; i--) {
			registry_reap(member.registry);
			sched_yield();
		}
		if ((uint32_t)rand_r(&life->seed) % life->one_in_is_killed == 0)
			raise(SIGKILL);
		uint32_t mine = life->number;
		NEED(atomic_compare_exchange_strong(&table->in_slot[member.slot], &mine,
		                                    0));
		atomic_store(&table->registry[life->number], 0);
		member_leave(&member);
	}
	return 0;
}

/* ---- the storm --------------------------------------------------------------------------- */

struct storm {
	uint32_t workers; /* at a time */
	uint32_t lives;   /* in all */
	uint32_t rounds;  /* of each life that is not killed */
	uint32_t
		one_in_is_killed; /* by itself, of the rounds; others by us, at any moment */
	bool we_kill;
};

struct worker {
	pid_t pid;
	uint32_t number;
};

static void begin(struct worker *worker, const struct storm *storm, uint32_t number)
{
	struct life life = { number, storm->rounds, storm->one_in_is_killed, number };

	atomic_store(&table->is_alive[number], 1);
	worker->pid = shm_child(live, &life);
	worker->number = number;
}

/* Wait for one of them. @return it */
static struct worker *wait_for_one(struct worker *workers, uint32_t count)
{
	int status;

	pid_t pid = waitpid(-1, &status, 0);
	CU_ASSERT_TRUE_FATAL(pid > 0);
	bool is_fine = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
	                                   : WEXITSTATUS(status) == 0;
	CU_ASSERT_TRUE(is_fine);
	for (uint32_t i = 0; i < count; i++) {
		if (workers[i].pid != pid)
			continue;
		workers[i].pid = 0;
		atomic_store(&table->registry[workers[i].number], 0);
		atomic_store(&table->is_alive[workers[i].number], 0);
		return &workers[i];
	}
	CU_FAIL_FATAL("not ours");
	return NULL;
}

static void kill_one(struct worker *workers, uint32_t count, unsigned *seed)
{
	const struct worker *worker = &workers[(uint32_t)rand_r(seed) % count];

	if (worker->pid && rand_r(seed) % 3 == 0)
		kill(worker->pid, SIGKILL);
}

static bool is_alone(void *registry)
{
	registry_reap(registry);
	return member_count_active(registry) == 1;
}

static void rage(const struct storm *storm)
{
	struct worker workers[WORKERS_MAX] = { 0 };
	uint32_t number = 1, running = 0;
	unsigned seed = 1;

	shm_directory_make(0700);
	memset(table, 0, sizeof *table);
	for (; running < storm->workers; running++)
		begin(&workers[running], storm, number++);
	while (running > 0) {
		if (storm->we_kill)
			kill_one(workers, storm->workers, &seed);
		struct worker *free_worker = wait_for_one(workers, storm->workers);
		if (number <= storm->lives)
			begin(free_worker, storm, number++);
		else
			running--;
	}
	printf("%u lives, %u joins ", number - 1, atomic_load(&table->joins));
	CU_ASSERT_TRUE(atomic_load(&table->joins) >= storm->lives / 2);

	/* If there were many, somebody else may have looked for the dead a moment ago. */
	struct member last = member_join();
	CU_ASSERT_TRUE(suite_wait_until(is_alone, last.registry, 20 * SUITE_SECOND_NS));
	CU_ASSERT_EQUAL(shm_directory_count(3), 3);
	member_leave(&last);
	shm_directory_remove();
}

static void few_who_come_and_go_make_and_remove_the_registry(void)
{
	rage(&(struct storm){
		.workers = 3, .lives = 60, .rounds = 60, .one_in_is_killed = 50 });
}

static void few_who_are_killed_at_any_moment(void)
{
	rage(&(struct storm){ .workers = 4,
	                      .lives = 1500,
	                      .rounds = 3,
	                      .one_in_is_killed = 4,
	                      .we_kill = true });
}

static void many_who_are_killed_at_any_moment(void)
{
	rage(&(struct storm){ .workers = WORKERS_MAX,
	                      .lives = 3000,
	                      .rounds = 4,
	                      .one_in_is_killed = 4,
	                      .we_kill = true });
}

/* ---- a crowd ----------------------------------------------------------------------------- */

enum { CROWD = 600 };

static int stand_in_the_crowd(void *context)
{
	struct member member;

	NEED(member_try_join(&member) == TERN_OK);
	NEED(atomic_exchange(&table->in_slot[member.slot], 1) == 0);
	return member_wait_to_be_killed(context);
}

static void six_hundred_at_once_each_have_a_slot(void)
{
	static pid_t pids[CROWD];
	int told[2];
	char byte;

	shm_directory_make(0700);
	memset(table, 0, sizeof *table);
	struct member a = member_join();
	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	for (size_t i = 0; i < CROWD; i++)
		pids[i] = shm_child(stand_in_the_crowd, &told[1]);
	close(told[1]);
	for (size_t i = 0; i < CROWD; i++)
		CU_ASSERT_EQUAL_FATAL(read(told[0], &byte, 1), 1);
	CU_ASSERT_EQUAL(member_count_active(a.registry), CROWD + 1);
	registry_reap_now(a.registry);
	CU_ASSERT_EQUAL(member_count_active(a.registry), CROWD + 1);

	for (size_t i = 0; i < CROWD; i += 2)
		shm_child_kill(pids[i]);
	/* Among so many, it is not looked all the time. */
	int64_t deadline_ns = suite_monotonic_ns() + 20 * SUITE_SECOND_NS;
	uint32_t reaped = 0;
	while (reaped < CROWD / 2 && suite_monotonic_ns() < deadline_ns)
		reaped += registry_reap(a.registry);
	CU_ASSERT_EQUAL(reaped, CROWD / 2);
	CU_ASSERT_EQUAL(member_count_active(a.registry), CROWD / 2 + 1);
	for (size_t i = 1; i < CROWD; i += 2)
		shm_child_kill(pids[i]);
	close(told[0]);
	member_leave(&a); /* as the last, and takes all along */
	shm_directory_remove();
}

static const struct suite_test tests[] = {
	{ "few_who_come_and_go_make_and_remove_the_registry",
	  few_who_come_and_go_make_and_remove_the_registry },
	{ "few_who_are_killed_at_any_moment", few_who_are_killed_at_any_moment },
	{ "many_who_are_killed_at_any_moment", many_who_are_killed_at_any_moment },
	{ "six_hundred_at_once_each_have_a_slot", six_hundred_at_once_each_have_a_slot },
};

int main(int argc, char **argv)
{
	table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return 1;
	return SUITE_RUN(argc, argv, tests);
}
