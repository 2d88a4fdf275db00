/* Who is here, over the borders of users and of namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm_member.h"

#define ALICE 60001
#define BOB 60002
#define CREW 60003  /* the group of both */
#define OTHER 60004 /* a group that Alice is in as well */

static void begin_with_crew(void)
{
	shm_directory_make(0700);
	CU_ASSERT_EQUAL_FATAL(chown(shm_directory_path(), 0, CREW), 0);
	CU_ASSERT_EQUAL_FATAL(chmod(shm_directory_path(), 02770), 0);
}

static void become(uid_t user)
{
	const gid_t groups[] = { CREW, OTHER };

	NEED(setgroups(user == ALICE ? 2 : 1, groups) == 0);
	NEED(setresgid(user, user, user) == 0);
	NEED(setresuid(user, user, user) == 0);
	umask(077);
}

static int alice_lives(void *context)
{
	struct member member;

	become(ALICE);
	NEED(member_try_join(&member) == TERN_OK);
	return member_wait_to_be_killed(context);
}

static void name_of(const struct registry *registry, uint32_t slot, const char *kind,
                    char ret_name[SHM_NAME_SIZE_BYTES])
{
	registry_file_name(registry, slot, registry_active_generation(registry, slot),
	                   kind, ret_name);
}

static tern_status try_open(const struct registry *registry, const char *name,
                            bool writable)
{
	size_t size_bytes;
	int fd;

	tern_status s = shm_file_open(&shm_host, registry_directory(registry), name,
	                              writable, &fd, &size_bytes);
	if (s == TERN_OK)
		close(fd);
	return s;
}

static int bob_finds_alice_and_outlives_her(void *context)
{
	const pid_t *alice = context;
	char data[SHM_NAME_SIZE_BYTES], bells[SHM_NAME_SIZE_BYTES];
	struct member bob;

	become(BOB);
	NEED(member_try_join(&bob) == TERN_OK);
	NEED(bob.slot == 1);
	NEED(registry_active_generation(bob.registry, 0) != 0);
	name_of(bob.registry, 0, "data", data);
	name_of(bob.registry, 0, "bells", bells);
	NEED(try_open(bob.registry, data, false) == TERN_OK);
	NEED(try_open(bob.registry, data, true) == TERN_EPERM);
	NEED(try_open(bob.registry, bells, true) == TERN_OK);
	NEED(registry_reap(bob.registry) == 0);

	NEED(write(*alice, "", 1) == 1); /* now she may die */
	int64_t deadline_ns = suite_monotonic_ns() + 10 * SUITE_SECOND_NS;
	while (registry_reap(bob.registry) == 0)
		NEED(suite_monotonic_ns() < deadline_ns);
	NEED(try_open(bob.registry, data, false) == TERN_ENOTFOUND);
	NEED(try_open(bob.registry, bells, true) == TERN_ENOTFOUND);
	member_leave(&bob);
	return 0;
}

static void two_users_of_a_group_share_see_and_reap_each_other(void)
{
	int seen[2];
	char byte;

	begin_with_crew();
	CU_ASSERT_EQUAL_FATAL(pipe(seen), 0);
	pid_t alice = member_start_as(alice_lives);
	pid_t bob = shm_child(bob_finds_alice_and_outlives_her, &seen[1]);
	close(seen[1]);
	CU_ASSERT_EQUAL(read(seen[0], &byte, 1), 1);
	shm_child_kill(alice);
	CU_ASSERT_EQUAL(shm_child_wait(bob), 0);
	close(seen[0]);
	shm_directory_remove(); /* the registry was Alice's; Bob has removed it */
}

/* Alice makes a file that is of another group of hers, under the name of her data. */
static int alice_lives_with_a_file_of_another_group(void *context)
{
	char name[SHM_NAME_SIZE_BYTES], path[160];
	struct member member;

	become(ALICE);
	NEED(member_try_join(&member) == TERN_OK);
	name_of(member.registry, member.slot, "data", name);
	snprintf(path, sizeof path, "%s/%s", shm_directory_path(), name);
	NEED(chown(path, (uid_t)-1, OTHER) == 0);
	NEED(chmod(path, 0644) == 0);
	return member_wait_to_be_killed(context);
}

static int bob_does_not_trust(void *context)
{
	char name[SHM_NAME_SIZE_BYTES];
	struct member bob;

	(void)context;
	become(BOB);
	NEED(member_try_join(&bob) == TERN_OK);
	name_of(bob.registry, 0, "data", name);
	NEED(try_open(bob.registry, name, false) == TERN_EPERM);
	NEED(strstr(shm_host.error_text(), "group") != NULL);
	member_leave(&bob);
	return 0;
}

static void a_file_of_another_group_is_not_trusted(void)
{
	begin_with_crew();
	pid_t alice = member_start_as(alice_lives_with_a_file_of_another_group);
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(bob_does_not_trust, NULL)), 0);
	shm_child_kill(alice);
	struct member root = member_join(); /* who may do so in any group's directory */
	CU_ASSERT_EQUAL(root.slot, 0);
	member_leave(&root);
	shm_directory_remove();
}

/* Somebody else's file in a directory of our own: it was made there by root. */
static void a_file_of_another_user_is_not_trusted(void)
{
	struct registry *registry;
	char path[128];

	shm_directory_make(0700);
	snprintf(path, sizeof path, "%s/tern.%d.registry", shm_directory_path(), DOMAIN);
	shm_child_kill(member_start());
	CU_ASSERT_EQUAL(chown(path, BOB, BOB), 0);
	CU_ASSERT_EQUAL(registry_open(&shm_host, DOMAIN, &registry), TERN_EPERM);
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host.error_text(), "another user"));
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host.error_text(), "2770"));
	CU_ASSERT_EQUAL(chown(path, 0, 0), 0);
	struct member a = member_join();
	member_leave(&a);
	shm_directory_remove();
}

/* ---- namespaces -------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	NEED(fd >= 0);
	NEED(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* Process 1 of a PID namespace, root in a user namespace. */
static int container_lives(void *context)
{
	struct member member;
	int status;

	NEED(unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 0 1");
	write_file("/proc/self/gid_map", "0 0 1");
	pid_t first = fork();
	NEED(first >= 0);
	if (first == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		NEED(getpid() == 1);
		NEED(member_try_join(&member) == TERN_OK);
		NEED(member_count_active(member.registry) == 2);
		NEED(registry_reap(member.registry) == 0);
		NEED(write(*(int *)context, "", 1) == 1);
		/* Until the one outside was killed. */
		int64_t deadline_ns = suite_monotonic_ns() + 30 * SUITE_SECOND_NS;
		while (registry_reap(member.registry) == 0)
			NEED(suite_monotonic_ns() < deadline_ns);
		NEED(member_count_active(member.registry) == 1);
		member_wait_to_be_killed(context);
	}
	NEED(waitpid(first, &status, 0) == first);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void containers_that_share_the_directory_see_who_lives(void)
{
	int told[2];
	char byte;

	shm_directory_make(0700);
	pid_t outside = member_start();
	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	pid_t container = shm_child(container_lives, &told[1]);
	close(told[1]);
	CU_ASSERT_EQUAL_FATAL(read(told[0], &byte, 1), 1);
	shm_child_kill(outside);
	CU_ASSERT_EQUAL_FATAL(read(told[0], &byte, 1), 1); /* it has reaped that one */

	struct member here = member_join();
	CU_ASSERT_EQUAL(here.slot, 0);
	CU_ASSERT_EQUAL(member_count_active(here.registry), 2);
	CU_ASSERT_EQUAL(registry_reap(here.registry), 0);
	shm_child_kill(container); /* and with it what is in it, a little later */
	CU_ASSERT_EQUAL(read(told[0], &byte, 1), 0);
	int64_t deadline_ns = suite_monotonic_ns() + 10 * SUITE_SECOND_NS;
	while (registry_reap(here.registry) == 0 && suite_monotonic_ns() < deadline_ns)
		sched_yield();
	CU_ASSERT_EQUAL(member_count_active(here.registry), 1);
	close(told[0]);
	member_leave(&here);
	shm_directory_remove();
}

static int join_without_a_user_number(void *context)
{
	const uint32_t *slot = context;
	struct member member;

	NEED(unshare(CLONE_NEWUSER) == 0);
	NEED(geteuid() != 0);
	NEED(member_try_join(&member) == TERN_OK);
	NEED(member.slot == *slot);
	member_leave(&member);
	return 0;
}

static void who_has_no_number_in_a_user_namespace_joins_all_the_same(void)
{
	uint32_t slot = 0;

	shm_directory_make(0700);
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(join_without_a_user_number, &slot)), 0);
	struct member a = member_join();
	slot = 1;
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(join_without_a_user_number, &slot)), 0);
	member_leave(&a);
	shm_directory_remove();
}

static int join_without_proc(void *context)
{
	const uint32_t *slot = context;
	struct member member;

	NEED(unshare(CLONE_NEWNS) == 0);
	NEED(mount("none", "/proc", "tmpfs", 0, "") == 0);
	NEED(member_try_join(&member) == TERN_OK);
	NEED(member.slot == *slot);
	return 0; /* without leaving: as if it was killed */
}

static void proc_is_not_needed(void)
{
	uint32_t slot = 0;

	shm_directory_make(0700);
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(join_without_proc, &slot)), 0);
	struct member a =
		member_join(); /* the registry of one that did not know its boot */
	CU_ASSERT_EQUAL(a.slot, 0);
	CU_ASSERT_EQUAL(shm_directory_count(3), 3);
	slot = 1;
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(join_without_proc, &slot)), 0);
	member_leave(&a);
	shm_directory_remove();
}

static const struct suite_test tests[] = {
	{ "two_users_of_a_group_share_see_and_reap_each_other",
	  two_users_of_a_group_share_see_and_reap_each_other },
	{ "a_file_of_another_group_is_not_trusted",
	  a_file_of_another_group_is_not_trusted },
	{ "a_file_of_another_user_is_not_trusted",
	  a_file_of_another_user_is_not_trusted },
	{ "containers_that_share_the_directory_see_who_lives",
	  containers_that_share_the_directory_see_who_lives },
	{ "who_has_no_number_in_a_user_namespace_joins_all_the_same",
	  who_has_no_number_in_a_user_namespace_joins_all_the_same },
	{ "proc_is_not_needed", proc_is_not_needed },
};

int main(int argc, char **argv)
{
	shm_need_root();
	shm_isolate();
	return SUITE_RUN(argc, argv, tests);
}
