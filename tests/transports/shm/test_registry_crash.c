/* A process is killed at each system call of joining, leaving and reaping, before and after it,
 * and some instructions later: what it leaves is always put right by the next one. */
#include <string.h>

#include "registry_impl.h"
#include "shm_member.h"
#include "shm_trace.h"

/* Where somebody else lives, nothing else is left; where nobody does, the next one sees to it. */
#define ALONE (REGISTRY_FILES + MEMBER_FILES)

struct scene {
	int (*act)(void *scene); /* stops itself before what is to be interrupted */
	bool somebody_lives;     /* from before, in slot 0 */
	uint32_t dead;           /* so many were killed before */
};

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { STEPS_MAX = 20, STEP_STRIDE = 20 }; /* such a process takes long to fork */
#else
enum { STEPS_MAX = 60, STEP_STRIDE = 10 };
#endif

static int join(void *context)
{
	struct member member;

	(void)context;
	trace_stop_here();
	NEED(member_try_join(&member) == TERN_OK);
	_exit(0); /* without leaving: one more point to be killed at */
}

static int leave(void *context)
{
	struct member member;

	(void)context;
	NEED(member_try_join(&member) == TERN_OK);
	trace_stop_here();
	member_leave(&member);
	return 0;
}

static int reap(void *context)
{
	const struct scene *scene = context;
	struct registry *registry;

	NEED(registry_open(&shm_host, DOMAIN, &registry) == TERN_OK);
	trace_stop_here();
	NEED(registry_reap(registry) == scene->dead);
	registry_close(registry);
	return 0;
}

static bool all_but_one_are_free(const struct registry *registry)
{
	for (uint32_t slot = 1; slot < SHM_SLOTS_MAX; slot++)
		if (state_life(atomic_load(&registry->shared->slots[slot].state)) !=
		    SHM_SLOT_FREE)
			return false;
	return true;
}

/* What the one who lives saw before. */
struct seen {
	uint32_t epoch, active;
	uint64_t first_generation; /* of the next slot */
};

static struct seen look(const struct member *witness)
{
	return (struct seen){
		.epoch = registry_epoch(witness->registry),
		.active = member_count_active(witness->registry),
		.first_generation = registry_active_generation(witness->registry, 1),
	};
}

/* Who looks because the epoch moved must not find somebody there who is going: it would not look
 * again. */
static void check_that_who_goes_is_gone(const struct member *witness,
                                        const struct seen *seen)
{
	uint32_t moved = registry_epoch(witness->registry) - seen->epoch;

	CU_ASSERT_TRUE(seen->active - member_count_active(witness->registry) >= moved);
	if (moved)
		CU_ASSERT_TRUE(
			registry_is_gone(witness->registry, 1, seen->first_generation));
}

/* The one who lives hears of every change. */
static void check_with_witness(struct member *witness, const struct seen *seen)
{
	registry_reap(witness->registry);
	CU_ASSERT_EQUAL(member_count_active(witness->registry), 1);
	CU_ASSERT_TRUE(all_but_one_are_free(witness->registry));
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	if (seen->active > 1)
		CU_ASSERT_NOT_EQUAL(registry_epoch(witness->registry), seen->epoch);

	struct member next = member_join();
	CU_ASSERT_EQUAL(next.slot, 1);
	CU_ASSERT_EQUAL(member_count_active(witness->registry), 2);
	member_leave(&next);
}

static void check_without_witness(void)
{
	struct member next = member_join();

	CU_ASSERT_EQUAL(next.slot, 0);
	CU_ASSERT_TRUE(all_but_one_are_free(next.registry));
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	member_leave(&next);
	CU_ASSERT_EQUAL(shm_directory_count(0), 0);
}

static bool play(const struct scene *scene, int calls, int steps)
{
	struct member witness = { 0 };
	struct seen seen = { 0 };
	pid_t dead[4];

	if (scene->somebody_lives)
		witness = member_join();
	for (uint32_t i = 0; i < scene->dead; i++)
		dead[i] = member_start();
	for (uint32_t i = 0; i < scene->dead; i++)
		shm_child_kill(dead[i]);
	pid_t pid = trace_start(scene->act, (void *)(uintptr_t)scene);
	if (scene->somebody_lives)
		seen = look(&witness);
	bool was_killed = trace_advance(pid, calls, steps);
	if (scene->somebody_lives && scene->act != join)
		check_that_who_goes_is_gone(&witness, &seen);
	if (was_killed)
		shm_child_kill(pid);
	if (scene->somebody_lives) {
		check_with_witness(&witness, &seen);
		member_leave(&witness);
		CU_ASSERT_EQUAL(shm_directory_count(0), 0);
	} else {
		check_without_witness();
	}
	return was_killed;
}

static void play_to_the_end(const struct scene *scene, int at_least)
{
	int points = 0, calls = 0;

	shm_directory_make(0700);
	while (play(scene, calls, 0) && CU_get_number_of_failures() == 0) {
		points++;
		for (int steps = STEP_STRIDE; steps <= STEPS_MAX; steps += STEP_STRIDE)
			if (play(scene, calls, steps))
				points++;
		calls++;
	}
	printf("%d points ", points);
	CU_ASSERT_TRUE(points >= at_least); /* else nothing was interrupted */
	shm_directory_remove();
}

static void who_is_killed_joining_the_first(void)
{
	play_to_the_end(&(struct scene){ .act = join }, 200);
}

static void who_is_killed_joining_others(void)
{
	play_to_the_end(&(struct scene){ .act = join, .somebody_lives = true, .dead = 1 },
	                200);
}

static void who_is_killed_leaving_others(void)
{
	play_to_the_end(&(struct scene){ .act = leave, .somebody_lives = true }, 20);
}

static void who_is_killed_leaving_last(void)
{
	play_to_the_end(&(struct scene){ .act = leave, .dead = 1 }, 20);
}

static void who_is_killed_reaping(void)
{
	play_to_the_end(&(struct scene){ .act = reap, .somebody_lives = true, .dead = 2 },
	                20);
}

static const struct suite_test tests[] = {
	{ "who_is_killed_joining_the_first", who_is_killed_joining_the_first },
	{ "who_is_killed_joining_others", who_is_killed_joining_others },
	{ "who_is_killed_leaving_others", who_is_killed_leaving_others },
	{ "who_is_killed_leaving_last", who_is_killed_leaving_last },
	{ "who_is_killed_reaping", who_is_killed_reaping },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
