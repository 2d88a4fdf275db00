/* A process stands still at each system call of joining, leaving and reaping, before and after
 * it, while others do all of theirs: none harms the other, and in the end nothing is left. */
#include <poll.h>
#include <stdlib.h>

#include "registry_impl.h"
#include "shm_member.h"
#include "shm_trace.h"

/* The other can be waiting for the one who stands, and is then not to be waited for. */
#define OVERTAKE_MS 5

/* ---- who stands -------------------------------------------------------------------------- */

static bool is_well(const struct member *member)
{
	return registry_is_linked(member->registry) &&
	       registry_active_generation(member->registry, member->slot) ==
	               member->generation;
}

static int join(void *context)
{
	struct member member;

	(void)context;
	trace_stop_here();
	NEED(member_try_join(&member) == TERN_OK);
	NEED(is_well(&member));
	trace_stop_here();
	NEED(is_well(&member));
	member_leave(&member);
	return 0;
}

static int leave(void *context)
{
	struct member member;

	(void)context;
	NEED(member_try_join(&member) == TERN_OK);
	trace_stop_here();
	member_leave(&member);
	trace_stop_here();
	return 0;
}

static int reap(void *context)
{
	struct registry *registry;

	(void)context;
	NEED(registry_open(&shm_host, DOMAIN, &registry) == TERN_OK);
	trace_stop_here();
	registry_reap_now(registry);
	trace_stop_here();
	registry_close(registry);
	return 0;
}

static int open_alone(void *context)
{
	struct registry *registry;

	(void)context;
	trace_stop_here();
	tern_status s = registry_open(&shm_host, DOMAIN, &registry);
	if (s < 0)
		fprintf(stderr, "%s\n", shm_host.error_text());
	NEED(s == TERN_OK);
	trace_stop_here();
	registry_close(registry);
	return 0;
}

/* ---- who overtakes ----------------------------------------------------------------------- */

struct intruder {
	pid_t pid;
	int ready[2], go[2]; /* pipes: it has done it; it may end */
};

static int join_and_stay(void *context)
{
	const struct intruder *intruder = context;
	struct member member;
	char byte;

	close(intruder->go[1]);
	NEED(member_try_join(&member) == TERN_OK);
	NEED(is_well(&member));
	NEED(write(intruder->ready[1], "", 1) == 1);
	NEED(read(intruder->go[0], &byte, 1) == 0);
	NEED(is_well(&member));
	member_leave(&member);
	return 0;
}

static int join_and_leave(void *context)
{
	const struct intruder *intruder = context;
	struct member member;

	for (int i = 0; i < 2; i++) {
		NEED(member_try_join(&member) == TERN_OK);
		NEED(is_well(&member));
		member_leave(&member);
	}
	NEED(write(intruder->ready[1], "", 1) == 1);
	return 0;
}

static int join_leave_and_join_again(void *context)
{
	struct member member;

	NEED(member_try_join(&member) == TERN_OK);
	member_leave(&member);
	return join_and_stay(context);
}

static bool is_ready(const struct intruder *intruder, int timeout_ms)
{
	struct pollfd ready = { .fd = intruder->ready[0], .events = POLLIN };

	return poll(&ready, 1, timeout_ms) == 1;
}

static void intrude(struct intruder *intruder, int (*run)(void *context))
{
	CU_ASSERT_EQUAL_FATAL(pipe(intruder->ready), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(intruder->go), 0);
	intruder->pid = shm_child(run, intruder);
	close(intruder->ready[1]);
	is_ready(intruder, OVERTAKE_MS);
}

static void intruder_end(struct intruder *intruder)
{
	CU_ASSERT_TRUE(is_ready(intruder, 30000));
	close(intruder->go[1]);
	CU_ASSERT_EQUAL(shm_child_wait(intruder->pid), 0);
	close(intruder->go[0]);
	close(intruder->ready[0]);
}

/* ---- scenes ------------------------------------------------------------------------------ */

struct scene {
	int (*act)(void *context);
	int (*intrudes)(void *context); /* NULL: the one who lives leaves */
	bool somebody_lives;
	bool somebody_is_dead;
};

static void begin(const struct scene *scene, struct member *ret_witness)
{
	if (scene->somebody_lives)
		*ret_witness = member_join();
	if (scene->somebody_is_dead)
		shm_child_kill(member_start());
}

/* @return false: it was not overtaken, but came to the end of its act */
static bool play(const struct scene *scene, int calls)
{
	struct member witness = { 0 };
	struct intruder intruder;

	begin(scene, &witness);
	pid_t pid = trace_start(scene->act, NULL);
	bool was_overtaken = trace_advance(pid, calls, 0);
	if (scene->intrudes)
		intrude(&intruder, scene->intrudes);
	else
		member_leave(&witness);
	if (was_overtaken)
		trace_go_on(pid);
	if (scene->intrudes)
		intruder_end(&intruder);
	CU_ASSERT_FALSE(trace_go_on(pid));
	if (witness.registry) {
		CU_ASSERT_TRUE(is_well(&witness));
		registry_reap(witness.registry);
		CU_ASSERT_EQUAL(member_count_active(witness.registry), 1);
		member_leave(&witness);
	}
	CU_ASSERT_EQUAL(shm_directory_count(0), 0);
	return was_overtaken;
}

static void play_to_the_end(const struct scene *scene, int at_least)
{
	int calls = 0;

	shm_directory_make(0700);
	while (play(scene, calls) && CU_get_number_of_failures() == 0)
		calls++;
	printf("%d points ", calls);
	CU_ASSERT_TRUE(calls >= at_least);
	shm_directory_remove();
}

static void one_joins_while_another_joins(void)
{
	play_to_the_end(&(struct scene){ .act = join, .intrudes = join_and_stay }, 40);
	play_to_the_end(&(struct scene){ .act = join,
	                                 .intrudes = join_and_stay,
	                                 .somebody_is_dead = true },
	                40);
	play_to_the_end(&(struct scene){ .act = join,
	                                 .intrudes = join_and_stay,
	                                 .somebody_lives = true },
	                40);
}

static void one_joins_while_another_comes_and_goes(void)
{
	play_to_the_end(&(struct scene){ .act = join, .intrudes = join_and_leave }, 40);
	play_to_the_end(&(struct scene){ .act = join,
	                                 .intrudes = join_and_leave,
	                                 .somebody_is_dead = true },
	                40);
}

static void one_joins_while_the_last_leaves(void)
{
	play_to_the_end(&(struct scene){ .act = join, .somebody_lives = true }, 40);
}

static void one_leaves_while_another_joins(void)
{
	play_to_the_end(&(struct scene){ .act = leave, .intrudes = join_and_stay }, 15);
	play_to_the_end(&(struct scene){ .act = leave,
	                                 .intrudes = join_and_leave,
	                                 .somebody_is_dead = true },
	                15);
}

static void one_leaves_while_another_makes_the_registry_anew(void)
{
	play_to_the_end(
		&(struct scene){ .act = leave, .intrudes = join_leave_and_join_again },
		15);
	play_to_the_end(
		&(struct scene){ .act = join, .intrudes = join_leave_and_join_again },
		40);
}

static void two_leave_at_once(void)
{
	play_to_the_end(&(struct scene){ .act = leave, .somebody_lives = true }, 15);
}

static void one_reaps_while_another_does_so_and_takes_the_slot(void)
{
	play_to_the_end(&(struct scene){ .act = reap,
	                                 .intrudes = join_and_stay,
	                                 .somebody_lives = true,
	                                 .somebody_is_dead = true },
	                5);
	play_to_the_end(&(struct scene){ .act = reap,
	                                 .intrudes = join_and_leave,
	                                 .somebody_is_dead = true },
	                5);
}

static void one_opens_while_all_is_removed(void)
{
	char command[128];
	bool was_overtaken = true;

	for (int calls = 0; was_overtaken; calls++) {
		shm_directory_make(0700);
		snprintf(command, sizeof command, "rm -r %s", shm_directory_path());
		pid_t pid = trace_start(open_alone, NULL);
		was_overtaken = trace_advance(pid, calls, 0);
		CU_ASSERT_EQUAL(system(command), 0);
		if (was_overtaken)
			trace_go_on(pid);
		struct member next = member_join();
		CU_ASSERT_FALSE(trace_go_on(pid));
		CU_ASSERT_TRUE(is_well(&next));
		member_leave(&next);
		shm_directory_remove();
	}
}

static const struct suite_test tests[] = {
	{ "one_joins_while_another_joins", one_joins_while_another_joins },
	{ "one_joins_while_another_comes_and_goes",
	  one_joins_while_another_comes_and_goes },
	{ "one_joins_while_the_last_leaves", one_joins_while_the_last_leaves },
	{ "one_leaves_while_another_joins", one_leaves_while_another_joins },
	{ "one_leaves_while_another_makes_the_registry_anew",
	  one_leaves_while_another_makes_the_registry_anew },
	{ "two_leave_at_once", two_leave_at_once },
	{ "one_reaps_while_another_does_so_and_takes_the_slot",
	  one_reaps_while_another_does_so_and_takes_the_slot },
	{ "one_opens_while_all_is_removed", one_opens_while_all_is_removed },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
