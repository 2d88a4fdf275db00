/* Programs of two users: by default each has memory of its own, and both take DDS and can say why;
 * with a directory of their group's they share it. As root only. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

#define WAIT_NS (60 * SUITE_SECOND_NS)
#define ALICE "60001"
#define BOB "60002"
#define CREW "60003" /* the group of both */
#define CREW_GID 60003
#define GROUPS_DIRECTORY "/dev/shm/tern-crew"

/* Where other users reach the programs, wherever the build is. */
#define BUILD "/mnt"

static struct child alice, bob;

static const char *answer(struct child *peer)
{
	const char *line = child_wait_line(peer, "answer: ", WAIT_NS);

	return line ? line : "(nothing)";
}

static bool does(struct child *peer, const char *line, const char *wanted)
{
	const char *got;

	child_send_line(peer, line);
	got = answer(peer);
	if (strcmp(got, wanted) == 0)
		return true;
	printf("\n    %s: wanted \"%s\", got \"%s\"", line, wanted, got);
	return false;
}

/* Which way the pair goes, and why. */
static bool tells(struct child *peer, const char *line, const char *begin,
                  const char *reason)
{
	const char *got;

	child_send_line(peer, line);
	got = answer(peer);
	if (strncmp(got, begin, strlen(begin)) == 0 && strstr(got, reason))
		return true;
	printf("\n    %s: wanted \"%s ... %s\", got \"%s\"", line, begin, reason, got);
	return false;
}

static void start(struct child *peer, const char *user)
{
	char *argv[] = {
		"setpriv",     "--reuid", (char *)user,
		"--regid",     CREW,      "--clear-groups",
		"--pdeathsig", "KILL",    BUILD "/tests/transports/shm/shm_routing_peer",
		NULL
	};

	CU_ASSERT_TRUE_FATAL(child_start(peer, "/usr/bin/setpriv", argv, NULL));
	CU_ASSERT_STRING_EQUAL_FATAL(answer(peer), "ok");
	CU_ASSERT_TRUE(does(peer, "settle", "ok"));
}

static void end(struct child *peer)
{
	child_send_line(peer, "bye");
	CU_ASSERT_EQUAL(child_wait(peer, WAIT_NS), 0);
	child_stop(peer);
}

/* Alice writes, Bob reads, each sample comes once. */
static void meet(void)
{
	start(&alice, ALICE);
	start(&bob, BOB);
	CU_ASSERT_TRUE(does(&alice, "writer w 1", "ok"));
	CU_ASSERT_TRUE(does(&bob, "reader r", "ok"));
	CU_ASSERT_TRUE(does(&bob, "matched r 1", "ok"));
	CU_ASSERT_TRUE(does(&alice, "matched w 1", "ok"));
	CU_ASSERT_TRUE(does(&alice, "burst w 1000", "ok 1000"));
	CU_ASSERT_TRUE(does(&bob, "told r 1 1000 0", "ok"));
	CU_ASSERT_TRUE(does(&bob, "judge r", "doubled 0 disordered 0"));
}

static void part(void)
{
	end(&bob);
	end(&alice);
}

static bool is_private(const char *user)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof path, "/dev/shm/tern-%s", user);
	return stat(path, &status) == 0 && (status.st_mode & 07777) == 0700;
}

static void by_default(void)
{
	unsetenv("TERN_SHM_DIR");
	meet();
	CU_ASSERT_TRUE(is_private(ALICE));
	CU_ASSERT_TRUE(is_private(BOB));
	CU_ASSERT_TRUE(
		tells(&alice, "path w", "dds: ", "the reader does not share memory"));
	CU_ASSERT_TRUE(
		tells(&bob, "path r", "dds: ", "the writer does not share memory"));
	part();
}

static void in_a_directory_of_one(void)
{
	setenv("TERN_SHM_DIR", "/dev/shm/tern-" ALICE, 1);
	meet();
	CU_ASSERT_TRUE(
		tells(&alice, "path w", "dds: ", "the reader does not share memory"));
	/* Bob's shared memory does not run. */
	CU_ASSERT_TRUE(tells(&bob, "path r", "dds: ", "/dev/shm/tern-" ALICE));
	part();
}

static void in_a_directory_of_the_group(void)
{
	CU_ASSERT_EQUAL_FATAL(mkdir(GROUPS_DIRECTORY, 0700), 0);
	CU_ASSERT_EQUAL_FATAL(chown(GROUPS_DIRECTORY, 0, CREW_GID), 0);
	CU_ASSERT_EQUAL_FATAL(chmod(GROUPS_DIRECTORY, 02770), 0);
	setenv("TERN_SHM_DIR", GROUPS_DIRECTORY, 1);
	meet();
	CU_ASSERT_TRUE(tells(&alice, "path w", "shm: ", "attached"));
	CU_ASSERT_TRUE(tells(&bob, "path r", "shm: ", "attached"));
	part();
	CU_ASSERT_EQUAL(rmdir(GROUPS_DIRECTORY), 0); /* nothing is left in it */
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "two_users_take_dds_and_both_say_why", by_default },
		{ "who_may_not_use_a_directory_takes_dds_and_both_say_why",
		  in_a_directory_of_one },
		{ "two_users_of_a_group_share_memory_in_its_directory",
		  in_a_directory_of_the_group },
	};

	if (geteuid() != 0)
		suite_skip("needs root, to become other users");
	netns_isolate();
	if (mount(suite_build_path(""), BUILD, NULL, MS_BIND, NULL) != 0)
		suite_skip("the build cannot be mounted at " BUILD ": %s",
		           strerror(errno));
	setenv("TERN_MODULE_PATH", BUILD "/lib/tern", 1);
	setenv("TERN_TRANSPORTS", "local,shm,dds", 1);
	setenv("CYCLONEDDS_URI",
	       "<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"
	       "</Interfaces></General>",
	       1);
	return SUITE_RUN(argc, argv, tests);
}
