/* fork() and exec(): neither keeps alive who died, and the child has nothing of its parent's. */
#include <signal.h>
#include <unistd.h>

#include "shm_member.h"

static int join_and_fork(void *context)
{
	const pid_t parent = getpid();
	struct member member;
	const int *told = context;

	NEED(member_try_join(&member) == TERN_OK);
	pid_t child = fork();
	NEED(child >= 0);
	/* The child itself: once it runs, what fork() has it do is done. */
	child = getpid();
	if (child != parent)
		NEED(write(*told, &child, sizeof child) == sizeof child);
	for (;;)
		pause();
}

static void a_child_of_fork_does_not_keep_its_parent_alive(void)
{
	int told[2];
	pid_t grandchild;

	shm_directory_make(0700);
	struct member a = member_join();
	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	pid_t pid = shm_child(join_and_fork, &told[1]);
	CU_ASSERT_EQUAL_FATAL(read(told[0], &grandchild, sizeof grandchild),
	                      sizeof grandchild);
	shm_child_kill(pid);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	CU_ASSERT_EQUAL(kill(grandchild, 0), 0);
	kill(grandchild, SIGKILL);
	close(told[0]);
	close(told[1]);
	member_leave(&a);
	shm_directory_remove();
}

/* In the child: the registry is its parent's, and it may have one of its own. */
static int use_after_fork(void *context)
{
	struct member *parents = context, own;
	uint64_t generation;
	uint32_t slot;

	NEED(!registry_is_ours(parents->registry));
	NEED(registry_join(parents->registry, &slot, &generation) == TERN_ECLOSED);
	NEED(registry_reap(parents->registry) == 0);
	NEED(!registry_is_linked(parents->registry));
	uint32_t epoch = registry_epoch(parents->registry);
	registry_activate(parents->registry);
	registry_move_epoch(parents->registry);
	registry_leave(parents->registry);
	NEED(registry_epoch(parents->registry) == epoch);

	NEED(member_try_join(&own) == TERN_OK);
	NEED(registry_is_ours(own.registry));
	NEED(own.slot == 1);
	NEED(registry_active_generation(own.registry, 0) == parents->generation);
	registry_close(parents->registry);
	NEED(registry_active_generation(own.registry, 0) == parents->generation);
	NEED(registry_reap(own.registry) == 0);
	member_leave(&own);
	return 0;
}

static void after_fork_the_registry_is_the_parents(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	CU_ASSERT_TRUE(registry_is_ours(a.registry));
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(use_after_fork, &a)), 0);
	CU_ASSERT_TRUE(registry_is_ours(a.registry));
	CU_ASSERT_TRUE(registry_is_linked(a.registry));
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 0), a.generation);
	member_leave(&a);
	shm_directory_remove();
}

static int join_and_exec(void *context)
{
	struct member member;
	const int *told = context;

	NEED(member_try_join(&member) == TERN_OK);
	NEED(dup2(*told, STDOUT_FILENO) >= 0);
	execl("/bin/sh", "sh", "-c", "echo; exec sleep 100", NULL);
	return 1;
}

static void exec_ends_what_was_there_before(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	pid_t pid = member_start_as(join_and_exec);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	shm_child_kill(pid);
	member_leave(&a);
	shm_directory_remove();
}

static const struct suite_test tests[] = {
	{ "a_child_of_fork_does_not_keep_its_parent_alive",
	  a_child_of_fork_does_not_keep_its_parent_alive },
	{ "after_fork_the_registry_is_the_parents",
	  after_fork_the_registry_is_the_parents },
	{ "exec_ends_what_was_there_before", exec_ends_what_was_there_before },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
