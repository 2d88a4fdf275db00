/* The directory of shared memory: which it is, and whose it must be. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "shm_fixture.h"

static struct shm_directory directory;

/* /dev/shm is the test's own, and empty. */
static void begin(void)
{
	shm_mount("size=1m,mode=1777");
	unsetenv("TERN_SHM_DIR");
}

static void end(void)
{
	shm_unmount();
	unsetenv("TERN_SHM_DIR");
}

static tern_status try_open(const char *path)
{
	if (path)
		setenv("TERN_SHM_DIR", path, 1);
	else
		unsetenv("TERN_SHM_DIR");
	tern_status s = shm_directory_open(&shm_host, &directory);
	if (s == TERN_OK)
		shm_directory_close(&directory);
	return s;
}

static const char *default_path(void)
{
	static char path[64];

	snprintf(path, sizeof path, "/dev/shm/tern-%u", (unsigned)geteuid());
	return path;
}

static bool error_names(const char *what)
{
	if (strstr(shm_host.error_text(), what))
		return true;
	fprintf(stderr, "\n\"%s\" is not in: %s\n", what, shm_host.error_text());
	return false;
}

static void the_default_is_made_for_this_user_alone(void)
{
	struct stat status;

	begin();
	CU_ASSERT_EQUAL(try_open(NULL), TERN_OK);
	CU_ASSERT_STRING_EQUAL(directory.path, default_path());
	CU_ASSERT_FALSE(directory.is_groups);
	CU_ASSERT_EQUAL_FATAL(stat(default_path(), &status), 0);
	CU_ASSERT_EQUAL(status.st_mode & 07777, 0700);
	CU_ASSERT_EQUAL(try_open(""), TERN_OK);
	CU_ASSERT_STRING_EQUAL(directory.path, default_path());
	end();
}

static void a_wanted_directory_is_made_or_taken_as_it_is(void)
{
	begin();
	CU_ASSERT_EQUAL(try_open("/dev/shm/mine"), TERN_OK);
	CU_ASSERT_EQUAL(try_open("/dev/shm/mine"), TERN_OK);
	CU_ASSERT_FALSE(directory.is_groups);
	CU_ASSERT_EQUAL(chmod("/dev/shm/mine", 0755), 0);
	CU_ASSERT_EQUAL(try_open("/dev/shm/mine/"), TERN_OK);
	CU_ASSERT_STRING_EQUAL(directory.path, "/dev/shm/mine");
	CU_ASSERT_FALSE(directory.is_groups);
	CU_ASSERT_EQUAL(chmod("/dev/shm/mine", 02770), 0);
	CU_ASSERT_EQUAL(try_open("/dev/shm/mine"), TERN_OK);
	CU_ASSERT_TRUE(directory.is_groups);
	CU_ASSERT_EQUAL(directory.gid, getegid());
	end();
}

static void what_others_may_write_to_is_refused(void)
{
	static const mode_t bad[] = { 01777, 0777, 0770, 02775, 02777, 0702 };

	begin();
	CU_ASSERT_EQUAL(mkdir("/dev/shm/mine", 0700), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CU_ASSERT_EQUAL(chmod("/dev/shm/mine", bad[i]), 0);
		CU_ASSERT_EQUAL(try_open("/dev/shm/mine"), TERN_EPERM);
		CU_ASSERT_TRUE(error_names("others may write to it"));
		CU_ASSERT_TRUE(error_names("mode 2770"));
	}
	CU_ASSERT_EQUAL(mkdir(default_path(), 0700), 0);
	CU_ASSERT_EQUAL(chmod(default_path(), 0777), 0);
	CU_ASSERT_EQUAL(try_open(NULL), TERN_EPERM);
	end();
}

static void links_are_not_followed_and_files_are_no_directory(void)
{
	char path[80];

	begin();
	CU_ASSERT_EQUAL(mkdir("/dev/shm/real", 0700), 0);
	CU_ASSERT_EQUAL(symlink("/dev/shm/real", default_path()), 0);
	CU_ASSERT_EQUAL(try_open(NULL), TERN_EPERM);
	CU_ASSERT_EQUAL(try_open(default_path()), TERN_EPERM);
	snprintf(path, sizeof path, "%s//", default_path());
	CU_ASSERT_EQUAL(try_open(path), TERN_EPERM);
	CU_ASSERT_EQUAL(unlink(default_path()), 0);

	CU_ASSERT_EQUAL(symlink("/dev/shm/nothing", default_path()), 0);
	CU_ASSERT_EQUAL(try_open(NULL), TERN_EPERM);
	CU_ASSERT_NOT_EQUAL(access("/dev/shm/nothing", F_OK), 0);
	CU_ASSERT_EQUAL(unlink(default_path()), 0);

	CU_ASSERT_EQUAL(mknod(default_path(), S_IFREG | 0600, 0), 0);
	CU_ASSERT_EQUAL(try_open(NULL), TERN_EPERM);
	end();
}

static void a_path_that_cannot_be_is_told(void)
{
	char longest[300];

	begin();
	memset(longest, 'x', sizeof longest);
	longest[0] = '/';
	longest[sizeof longest - 1] = '\0';
	CU_ASSERT_EQUAL(try_open(longest), TERN_EINVAL);
	CU_ASSERT_EQUAL(try_open("relative/path"), TERN_EINVAL);
	CU_ASSERT_EQUAL(try_open("/dev/shm/not/there"), TERN_EIO);
	CU_ASSERT_TRUE(error_names("/dev/shm/not/there"));
	end();
}

/* ---- several users ----------------------------------------------------------------------- */

#define ALICE 60001
#define BOB 60002
#define CREW 60003 /* Alice's and Bob's group */

static void need_user(uid_t user, bool is_in_crew)
{
	const gid_t crew = CREW;

	NEED(setgroups(is_in_crew ? 1 : 0, &crew) == 0);
	NEED(setresgid(user, user, user) == 0);
	NEED(setresuid(user, user, user) == 0);
}

static int bob_opens(void *path)
{
	need_user(BOB, true);
	return -try_open(path);
}

static int mallory_opens(void *path)
{
	need_user(BOB, false);
	return -try_open(path);
}

static int run(int (*opens)(void *path), const char *path)
{
	return -shm_child_wait(shm_child(opens, (void *)(uintptr_t)path));
}

static void another_users_directory_is_refused_unless_it_is_our_groups(void)
{
	char bobs[64];

	if (geteuid() != 0)
		return; /* test_shm_users, which is skipped aloud, needs root as well */
	begin();
	snprintf(bobs, sizeof bobs, "/dev/shm/tern-%d", BOB);
	CU_ASSERT_EQUAL(mkdir("/dev/shm/d", 0755), 0);
	CU_ASSERT_EQUAL(chown("/dev/shm/d", ALICE, CREW), 0);
	CU_ASSERT_EQUAL(run(bob_opens, "/dev/shm/d"), TERN_EPERM);
	CU_ASSERT_EQUAL(chmod("/dev/shm/d", 0700), 0);
	CU_ASSERT_EQUAL(run(bob_opens, "/dev/shm/d"), TERN_EPERM);
	CU_ASSERT_EQUAL(try_open("/dev/shm/d"), TERN_EPERM); /* nor does root use it */

	CU_ASSERT_EQUAL(chmod("/dev/shm/d", 02770), 0);
	CU_ASSERT_EQUAL(run(bob_opens, "/dev/shm/d"), TERN_OK);
	CU_ASSERT_EQUAL(run(mallory_opens, "/dev/shm/d"), TERN_EPERM);
	CU_ASSERT_EQUAL(rename("/dev/shm/d", bobs), 0);
	CU_ASSERT_EQUAL(run(bob_opens, bobs), TERN_OK);
	CU_ASSERT_EQUAL(run(bob_opens, NULL), TERN_EPERM); /* nobody can make it ours */
	end();
}

static const struct suite_test tests[] = {
	{ "the_default_is_made_for_this_user_alone",
	  the_default_is_made_for_this_user_alone },
	{ "a_wanted_directory_is_made_or_taken_as_it_is",
	  a_wanted_directory_is_made_or_taken_as_it_is },
	{ "what_others_may_write_to_is_refused", what_others_may_write_to_is_refused },
	{ "links_are_not_followed_and_files_are_no_directory",
	  links_are_not_followed_and_files_are_no_directory },
	{ "a_path_that_cannot_be_is_told", a_path_that_cannot_be_is_told },
	{ "another_users_directory_is_refused_unless_it_is_our_groups",
	  another_users_directory_is_refused_unless_it_is_our_groups },
};

int main(int argc, char **argv)
{
	shm_isolate();
	return SUITE_RUN(argc, argv, tests);
}
