/* Files in shared memory: full file systems, limits and signals; what is not to be trusted. */
#include "files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "shm_fixture.h"

#define NAME "tern.0.0.1.data"
#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

static struct shm_directory directory;

static void begin(mode_t mode)
{
	shm_directory_make(mode);
	OK(shm_directory_open(&shm_host, &directory));
}

static void end(void)
{
	shm_directory_close(&directory);
	shm_directory_remove();
}

static int create(size_t size_bytes)
{
	int fd = -1;

	OK(shm_file_create(&shm_host, &directory, NAME, size_bytes, false, &fd));
	return fd;
}

static void discard(int fd)
{
	close(fd);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, 0), 0);
}

static void error_names(const char *what)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host.error_text(), what));
	if (!strstr(shm_host.error_text(), what))
		fprintf(stderr, "\n\"%s\" is not in: %s\n", what, shm_host.error_text());
}

/* ---- making ------------------------------------------------------------------------------ */

static void a_new_file_has_its_memory_and_its_mode_whatever_the_umask(void)
{
	static const mode_t masks[] = { 0, 022, 0777 };
	struct stat status;

	begin(0700);
	for (size_t i = 0; i < 3; i++) {
		mode_t before = umask(masks[i]);
		int fd = create(100 * KIB);
		umask(before);
		CU_ASSERT_EQUAL_FATAL(fstat(fd, &status), 0);
		CU_ASSERT_EQUAL(status.st_mode & 07777, 0600);
		CU_ASSERT_EQUAL(status.st_size, 100 * KIB);
		CU_ASSERT_TRUE((size_t)status.st_blocks * 512 >= 100 * KIB);
		CU_ASSERT_NOT_EQUAL(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		discard(fd);
	}
	end();
}

static void a_groups_file_is_the_groups_and_only_bells_are_writable_to_it(void)
{
	struct stat status;
	int fd;

	begin(02770);
	for (int peers_write = 0; peers_write < 2; peers_write++) {
		OK(shm_file_create(&shm_host, &directory, NAME, KIB, peers_write, &fd));
		CU_ASSERT_EQUAL_FATAL(fstat(fd, &status), 0);
		CU_ASSERT_EQUAL(status.st_mode & 07777, peers_write ? 0660 : 0640);
		CU_ASSERT_EQUAL(status.st_gid, directory.gid);
		discard(fd);
	}
	end();
}

static void what_stands_under_the_name_is_replaced_not_followed(void)
{
	char byte;

	begin(0700);
	int target = openat(directory.fd, "target", O_RDWR | O_CREAT, 0600);
	CU_ASSERT_EQUAL(write(target, "x", 1), 1);
	CU_ASSERT_EQUAL(symlinkat("target", directory.fd, NAME), 0);
	int fd = create(KIB);
	CU_ASSERT_EQUAL(pread(target, &byte, 1, 0), 1);
	CU_ASSERT_EQUAL(byte, 'x');
	close(target);
	close(fd);
	fd = create(2 * KIB); /* a file */
	discard(fd);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, "target", 0), 0);

	CU_ASSERT_EQUAL(mkdirat(directory.fd, NAME, 0700), 0);
	CU_ASSERT_EQUAL(shm_file_create(&shm_host, &directory, NAME, KIB, false, &fd),
	                TERN_EIO);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, AT_REMOVEDIR), 0);
	end();
}

static void a_full_file_system_is_told_and_nothing_is_left_behind(void)
{
	int fd = -1;

	shm_mount("size=1m");
	begin(0700);
	size_t left_kib = shm_left_kib("/dev/shm");
	CU_ASSERT_EQUAL(shm_file_create(&shm_host, &directory, NAME, 2 * MIB, false, &fd),
	                TERN_ENOMEM);
	error_names("of 1024 KiB has 1024 KiB left");
	error_names("2048 KiB wanted");
	error_names("--shm-size");
	CU_ASSERT_EQUAL(fd, -1);
	CU_ASSERT_EQUAL(shm_directory_count(0), 0);
	CU_ASSERT_EQUAL(shm_left_kib("/dev/shm"), left_kib);
	end();
	shm_unmount();
}

static size_t granted_bytes(int fd)
{
	struct stat status;

	CU_ASSERT_EQUAL_FATAL(fstat(fd, &status), 0);
	return (size_t)status.st_blocks * 512;
}

static void parts_of_a_file_are_granted_as_far_as_there_is_room(void)
{
	struct stat status;

	shm_mount("size=7m");
	begin(0700);
	int fd = create(MIB);
	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, (off_t)(32 * MIB)), 0);
	CU_ASSERT_EQUAL(granted_bytes(fd), MIB);
	OK(shm_file_grant(&shm_host, fd, 8 * MIB, 3 * MIB));
	CU_ASSERT_EQUAL(granted_bytes(fd), 4 * MIB);
	OK(shm_file_grant(&shm_host, fd, 8 * MIB, 3 * MIB)); /* once more */
	CU_ASSERT_EQUAL(granted_bytes(fd), 4 * MIB);
	CU_ASSERT_EQUAL(shm_file_grant(&shm_host, fd, 16 * MIB, 7 * MIB), TERN_ENOMEM);
	error_names("7168 KiB wanted");
	CU_ASSERT_EQUAL_FATAL(fstat(fd, &status), 0);
	CU_ASSERT_EQUAL(status.st_size, 32 * MIB);
	OK(shm_file_grant(&shm_host, fd, 32 * MIB, KIB));
	CU_ASSERT_EQUAL_FATAL(fstat(fd, &status), 0);
	CU_ASSERT_EQUAL(status.st_size, 32 * MIB + KIB);
	discard(fd);
	end();
	shm_unmount();
}

static void a_file_system_without_inodes_is_told(void)
{
	int fd;

	shm_mount("nr_inodes=2"); /* the root, and the directory */
	begin(0700);
	CU_ASSERT_EQUAL(shm_file_create(&shm_host, &directory, NAME, KIB, false, &fd),
	                TERN_ENOMEM);
	error_names("inode");
	end();
	shm_unmount();
}

static void a_limit_on_file_sizes_is_an_error_not_a_signal(void)
{
	struct rlimit before, limit;
	int fd;

	begin(0700);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = MIB;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	tern_status s = shm_file_create(&shm_host, &directory, NAME, 2 * MIB, false, &fd);
	CU_ASSERT_EQUAL(shm_directory_count(0), 0);
	int small = create(MIB);
	tern_status grown = shm_file_set_size(&shm_host, small, 2 * MIB);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	CU_ASSERT_EQUAL(s, TERN_ENOMEM);
	CU_ASSERT_EQUAL(grown, TERN_ENOMEM);
	error_names("RLIMIT_FSIZE");
	OK(shm_file_set_size(&shm_host, small, 2 * MIB));
	discard(small);
	end();
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
	(void)number;
	alarms++;
}

static void signals_in_between_do_no_harm(void)
{
	const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { 0 };
	const struct sigaction action = { .sa_handler = count_alarm };
	sigset_t mask;

	begin(0700);
	CU_ASSERT_EQUAL_FATAL(sigaction(SIGALRM, &action, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(setitimer(ITIMER_REAL, &often, NULL), 0);
	int fd = create(64 * MIB);
	CU_ASSERT_EQUAL_FATAL(setitimer(ITIMER_REAL, &never, NULL), 0);
	CU_ASSERT_TRUE(alarms > 3); /* else it was no test */
	CU_ASSERT_EQUAL(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	CU_ASSERT_FALSE(sigismember(&mask, SIGALRM));
	discard(fd);
	end();
}

/* ---- opening ----------------------------------------------------------------------------- */

static tern_status try_open(void)
{
	size_t size_bytes;
	int fd;

	tern_status s =
		shm_file_open(&shm_host, &directory, NAME, true, &fd, &size_bytes);
	if (s == TERN_OK)
		close(fd);
	return s;
}

static void a_file_of_ours_opens_as_it_was_made(void)
{
	size_t size_bytes = 0;
	int fd;

	begin(0700);
	CU_ASSERT_EQUAL(try_open(), TERN_ENOTFOUND);
	int made = create(5000);
	OK(shm_file_open(&shm_host, &directory, NAME, false, &fd, &size_bytes));
	CU_ASSERT_EQUAL(size_bytes, 5000);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	CU_ASSERT_NOT_EQUAL(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	CU_ASSERT_TRUE(shm_file_is_named(&directory, NAME, fd));
	close(fd);
	discard(made);
	end();
}

static void links_and_what_is_no_file_are_refused(void)
{
	begin(0700);
	CU_ASSERT_EQUAL(symlinkat("/etc/passwd", directory.fd, NAME), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, 0), 0);

	CU_ASSERT_EQUAL(mkfifoat(directory.fd, NAME, 0600), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, 0), 0);

	CU_ASSERT_EQUAL(mkdirat(directory.fd, NAME, 0700), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, AT_REMOVEDIR), 0);

	int fd = create(KIB);
	CU_ASSERT_EQUAL(linkat(directory.fd, NAME, directory.fd, "second", 0), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	error_names("hard link");
	CU_ASSERT_EQUAL(unlinkat(directory.fd, "second", 0), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_OK);
	discard(fd);
	end();
}

static void a_file_that_others_may_write_to_is_refused(void)
{
	begin(0700);
	int fd = create(KIB);
	CU_ASSERT_EQUAL(fchmod(fd, 0620), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_EQUAL(fchmod(fd, 0602), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_EQUAL(fchmod(fd, 0644), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_OK);
	discard(fd);
	end();
}

/* The kernel would have us wait for 45 s until the holder gives it back. */
static void a_lease_on_a_file_does_not_make_us_wait(void)
{
	begin(0700);
	int fd = create(KIB);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) != 0) {
		close(fd);
		fd = openat(directory.fd, NAME, O_RDWR);
		CU_ASSERT_EQUAL(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	}
	signal(SIGIO, SIG_IGN);
	int64_t began_ns = suite_monotonic_ns();
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_TRUE(suite_monotonic_ns() - began_ns < 5 * SUITE_SECOND_NS);
	signal(SIGIO, SIG_DFL);
	discard(fd);
	end();
}

/* ---- names ------------------------------------------------------------------------------- */

static void an_unnamed_file_gets_its_name_if_nobody_has_it(void)
{
	int first, second;

	begin(0700);
	OK(shm_file_create_unnamed(&shm_host, &directory, KIB, &first));
	OK(shm_file_create_unnamed(&shm_host, &directory, KIB, &second));
	CU_ASSERT_EQUAL(shm_directory_count(0), 0);
	CU_ASSERT_FALSE(shm_file_is_named(&directory, NAME, first));
	OK(shm_file_link(&shm_host, &directory, first, NAME));
	CU_ASSERT_TRUE(shm_file_is_named(&directory, NAME, first));
	CU_ASSERT_EQUAL(shm_file_link(&shm_host, &directory, second, NAME), TERN_EEXISTS);
	CU_ASSERT_FALSE(shm_file_is_named(&directory, NAME, second));

	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, 0), 0);
	CU_ASSERT_FALSE(shm_file_is_named(&directory, NAME, first));
	OK(shm_file_link(&shm_host, &directory, second, NAME));
	CU_ASSERT_FALSE(shm_file_is_named(&directory, NAME, first));
	close(first);
	discard(second);
	end();
}

/* ---- mapping ----------------------------------------------------------------------------- */

static void behind_a_map_there_is_a_page_of_zeros_of_our_own(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *letters = malloc(4 * page);
	unsigned char residency;
	void *address;

	begin(0700);
	memset(letters, 'x', 4 * page);
	int fd = create(4 * page);
	CU_ASSERT_EQUAL((size_t)pwrite(fd, letters, 4 * page, 0), 4 * page);
	OK(shm_map(&shm_host, fd, page, page + 10, false, &address));
	const char *text = address;
	CU_ASSERT_EQUAL(strlen(text), 2 * page);
	for (size_t i = 0; i < page; i++)
		if (text[2 * page + i] != 0)
			CU_FAIL_FATAL("not zero");
	shm_unmap(address, page + 10);
	CU_ASSERT_NOT_EQUAL(mincore(address, page, &residency), 0);
	CU_ASSERT_NOT_EQUAL(mincore((char *)address + 2 * page, page, &residency), 0);
	free(letters);
	discard(fd);
	end();
}

static int write_to(void *address)
{
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)address = 1;
	return 0;
}

static void only_a_writable_map_can_be_written_to(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *readable, *writable;

	begin(0700);
	int fd = create(page);
	OK(shm_map(&shm_host, fd, 0, page, false, &readable));
	OK(shm_map(&shm_host, fd, 0, page, true, &writable));
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(write_to, readable)), 128 + SIGSEGV);
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(write_to, writable)), 0);
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(write_to, (char *)writable + page)),
	                128 + SIGSEGV);
	CU_ASSERT_EQUAL(*(char *)readable, 1);
	shm_unmap(readable, page);
	shm_unmap(writable, page);
	discard(fd);
	end();
}

static void a_limit_on_the_address_space_is_told(void)
{
	struct rlimit before, limit;
	unsigned long pages = 0;
	void *address = NULL;

	begin(0700);
	int fd = create(KIB);
	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, (off_t)(4096 * MIB)), 0);
	FILE *statm = fopen("/proc/self/statm", "r");
	CU_ASSERT_TRUE_FATAL(statm && fscanf(statm, "%lu", &pages) == 1);
	fclose(statm);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_AS, &before), 0);
	limit = before;
	limit.rlim_cur = pages * (size_t)sysconf(_SC_PAGESIZE) + 1024 * MIB;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &limit), 0);
	tern_status s = shm_map(&shm_host, fd, 0, 4096 * MIB, false, &address);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &before), 0);
	CU_ASSERT_EQUAL(s, TERN_ENOMEM);
	error_names("ulimit -v");
	CU_ASSERT_PTR_NULL(address);
	discard(fd);
	end();
}

static const struct suite_test tests[] = {
	{ "a_new_file_has_its_memory_and_its_mode_whatever_the_umask",
	  a_new_file_has_its_memory_and_its_mode_whatever_the_umask },
	{ "a_groups_file_is_the_groups_and_only_bells_are_writable_to_it",
	  a_groups_file_is_the_groups_and_only_bells_are_writable_to_it },
	{ "what_stands_under_the_name_is_replaced_not_followed",
	  what_stands_under_the_name_is_replaced_not_followed },
	{ "a_full_file_system_is_told_and_nothing_is_left_behind",
	  a_full_file_system_is_told_and_nothing_is_left_behind },
	{ "parts_of_a_file_are_granted_as_far_as_there_is_room",
	  parts_of_a_file_are_granted_as_far_as_there_is_room },
	{ "a_file_system_without_inodes_is_told", a_file_system_without_inodes_is_told },
	{ "a_limit_on_file_sizes_is_an_error_not_a_signal",
	  a_limit_on_file_sizes_is_an_error_not_a_signal },
	{ "signals_in_between_do_no_harm", signals_in_between_do_no_harm },
	{ "a_file_of_ours_opens_as_it_was_made", a_file_of_ours_opens_as_it_was_made },
	{ "links_and_what_is_no_file_are_refused",
	  links_and_what_is_no_file_are_refused },
	{ "a_file_that_others_may_write_to_is_refused",
	  a_file_that_others_may_write_to_is_refused },
	{ "a_lease_on_a_file_does_not_make_us_wait",
	  a_lease_on_a_file_does_not_make_us_wait },
	{ "an_unnamed_file_gets_its_name_if_nobody_has_it",
	  an_unnamed_file_gets_its_name_if_nobody_has_it },
	{ "behind_a_map_there_is_a_page_of_zeros_of_our_own",
	  behind_a_map_there_is_a_page_of_zeros_of_our_own },
	{ "only_a_writable_map_can_be_written_to",
	  only_a_writable_map_can_be_written_to },
	{ "a_limit_on_the_address_space_is_told", a_limit_on_the_address_space_is_told },
};

int main(int argc, char **argv)
{
	shm_isolate();
	return SUITE_RUN(argc, argv, tests);
}
