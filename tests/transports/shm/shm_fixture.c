/* A host, a directory and children for the tests of shared memory's parts. */
#include "shm_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Thread_local char error_text[1024];
static _Thread_local char log_text[1024];
static char directory[64];

static void host_log(tern_log_level level, const char *format, ...)
{
	va_list arguments;

	(void)level;
	va_start(arguments, format);
	vsnprintf(log_text, sizeof log_text, format, arguments);
	va_end(arguments);
}

static tern_status host_fail(tern_status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error_text, sizeof error_text, format, arguments);
	va_end(arguments);
	return status;
}

static const char *host_error_text(void)
{
	return error_text;
}

static int64_t host_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SUITE_SECOND_NS + now.tv_nsec;
}

const struct tern_host shm_host = {
	.abi = TERN_TRANSPORT_ABI,
	.log = host_log,
	.fail = host_fail,
	.error_text = host_error_text,
	.now_ns = host_now_ns,
	.monotonic_ns = suite_monotonic_ns,
};

const char *shm_host_log(void)
{
	return log_text;
}

void shm_need_root(void)
{
	if (geteuid() != 0)
		suite_skip("needs root, to be several users");
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return written == (ssize_t)strlen(text);
}

/* Who is not root mounts as the root of a user namespace, in which it keeps its number. */
static bool enter_namespaces(void)
{
	const unsigned user = geteuid(), group = getegid();
	char users[32], groups[32];

	if (user == 0)
		return unshare(CLONE_NEWNS) == 0;
	snprintf(users, sizeof users, "%u %u 1", user, user);
	snprintf(groups, sizeof groups, "%u %u 1", group, group);
	return unshare(CLONE_NEWNS | CLONE_NEWUSER) == 0 &&
	       write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", users) &&
	       write_text("/proc/self/gid_map", groups);
}

void shm_isolate(void)
{
	if (!enter_namespaces())
		suite_skip("no mount namespace can be made here: %s", strerror(errno));
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777") != 0)
		suite_skip("no tmpfs can be mounted here: %s", strerror(errno));
}

void shm_mount(const char *options)
{
	CU_ASSERT_EQUAL_FATAL(mount("tmpfs", "/dev/shm", "tmpfs", 0, options), 0);
}

void shm_unmount(void)
{
	CU_ASSERT_EQUAL_FATAL(umount("/dev/shm"), 0);
}

size_t shm_left_kib(const char *path)
{
	struct statvfs system;

	CU_ASSERT_EQUAL_FATAL(statvfs(path, &system), 0);
	return system.f_bavail * system.f_frsize / 1024;
}

void shm_directory_make(mode_t mode)
{
	const char *root = getenv("TERN_TEST_SHM_ROOT"); /* of who cleans up after us */

	snprintf(directory, sizeof directory, "%s/tern-test-XXXXXX",
	         root ? root : "/dev/shm");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	CU_ASSERT_EQUAL_FATAL(chmod(directory, mode), 0);
	CU_ASSERT_EQUAL_FATAL(setenv("TERN_SHM_DIR", directory, 1), 0);
}

const char *shm_directory_path(void)
{
	return directory;
}

static bool is_file(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

size_t shm_directory_count(size_t wanted)
{
	struct dirent *entry;
	size_t count = 0;

	DIR *files = opendir(directory);
	if (!files)
		return SIZE_MAX;
	while ((entry = readdir(files)) != NULL)
		count += is_file(entry);
	rewinddir(files);
	while (count != wanted && (entry = readdir(files)) != NULL)
		if (is_file(entry))
			fprintf(stderr, "%s/%s\n", directory, entry->d_name);
	closedir(files);
	return count;
}

void shm_directory_remove(void)
{
	struct dirent *entry;

	CU_ASSERT_EQUAL(shm_directory_count(0), 0);
	DIR *files = opendir(directory);
	while (files && (entry = readdir(files)) != NULL)
		if (is_file(entry) && unlinkat(dirfd(files), entry->d_name, 0) != 0)
			unlinkat(dirfd(files), entry->d_name, AT_REMOVEDIR);
	if (files)
		closedir(files);
	CU_ASSERT_EQUAL(rmdir(directory), 0);
	unsetenv("TERN_SHM_DIR");
}

pid_t shm_child(int (*run)(void *context), void *context)
{
	pid_t parent = getpid();

	fflush(NULL);
	pid_t pid = fork();
	if (pid != 0) {
		CU_ASSERT_TRUE_FATAL(pid > 0);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(99);
	_exit(run(context));
}

struct waiting {
	pid_t pid;
	int status;
};

static bool has_ended(void *context)
{
	struct waiting *waiting = context;

	return waitpid(waiting->pid, &waiting->status, WNOHANG) == waiting->pid;
}

int shm_child_wait(pid_t pid)
{
	struct waiting waiting = { .pid = pid };

	if (!suite_wait_until(has_ended, &waiting, 60 * SUITE_SECOND_NS))
		return -1;
	return WIFEXITED(waiting.status) ? WEXITSTATUS(waiting.status)
	                                 : 128 + WTERMSIG(waiting.status);
}

void shm_child_kill(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
