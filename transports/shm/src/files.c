/* Files in a directory that others may write to: made with their memory granted, opened only if
 * their owner is to be trusted, mapped with a page of zeros behind them. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* Memory is granted in pieces: a signal makes the kernel give back the piece at hand, so that a
 * process with a fast timer would never get a large one. */
#define PIECE_BYTES ((size_t)2 << 20)
#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static mode_t file_mode(const struct shm_directory *directory, bool peers_write)
{
	if (!directory->is_groups)
		return 0600;
	return peers_write ? 0660 : 0640;
}

static uint64_t to_mib(size_t size_bytes)
{
	return (size_bytes + MIB - 1) / MIB;
}

static tern_status fail_full(const struct tern_host *host, int fd, size_t wanted_bytes)
{
	struct statvfs system = { 0 };

	(void)fstatvfs(fd, &system); /* then it says 0 */
	return host->fail(
		TERN_ENOMEM,
		"shared memory is full: its file system of %llu KiB has %llu KiB "
		"left, %llu KiB wanted: enlarge it (mount -o remount,size=..., "
		"docker run --shm-size=...) or set TERN_SHM_DIR to a directory "
		"elsewhere",
		(unsigned long long)system.f_blocks * system.f_frsize / KIB,
		(unsigned long long)system.f_bavail * system.f_frsize / KIB,
		(unsigned long long)(wanted_bytes + KIB - 1) / KIB);
}

static tern_status fail_grant(const struct tern_host *host, int fd, size_t wanted_bytes,
                              int error)
{
	struct rlimit limit;

	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return fail_full(host, fd, wanted_bytes);
	case EFBIG:
		if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
			limit.rlim_cur = 0;
		return host->fail(TERN_ENOMEM,
		                  "shared memory: files may have %llu bytes by the limit "
		                  "RLIMIT_FSIZE, %zu wanted: ulimit -f unlimited",
		                  (unsigned long long)limit.rlim_cur, wanted_bytes);
	case ENOMEM:
		return host->fail(TERN_ENOMEM,
		                  "shared memory: no memory for %llu MiB more: raise the "
		                  "memory limit of the control group or the container",
		                  (unsigned long long)to_mib(wanted_bytes));
	default:
		return host->fail(TERN_EIO, "shared memory: a file cannot grow: %s",
		                  strerror(error));
	}
}

/* While a file grows no signal comes in between: neither one that makes the kernel begin again,
 * nor the SIGXFSZ that a limit on file sizes brings and that would end the program. */
struct held_signals {
	sigset_t before;
	bool was_pending; /* SIGXFSZ */
};

static struct held_signals hold_signals(void)
{
	struct held_signals held;
	sigset_t all, pending;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &held.before);
	sigpending(&pending);
	held.was_pending = sigismember(&pending, SIGXFSZ) == 1;
	return held;
}

static void release_signals(const struct held_signals *held, int error)
{
	const struct timespec at_once = { 0 };
	sigset_t limit;

	if (error == EFBIG && !held->was_pending) {
		sigemptyset(&limit);
		sigaddset(&limit, SIGXFSZ);
		sigtimedwait(&limit, NULL, &at_once);
	}
	pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}

static int grant_piece(int fd, size_t offset, size_t size_bytes)
{
	struct held_signals held = hold_signals();
	int error;

	do { /* it can still be interrupted: by the freezer, by a debugger */
		error = posix_fallocate(fd, (off_t)offset, (off_t)size_bytes);
	} while (error == EINTR);
	release_signals(&held, error);
	return error;
}

static int grant(int fd, size_t offset, size_t end)
{
	int error = 0;

	if (end > INT64_MAX)
		return EFBIG;
	while (offset < end && error == 0) {
		size_t left = end - offset;
		size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
		error = grant_piece(fd, offset, piece);
		offset += piece;
	}
	return error;
}

/* The mode whatever the umask; in a group's directory, the group's. */
static tern_status set_access(const struct tern_host *host,
                              const struct shm_directory *directory, bool peers_write,
                              int fd)
{
	struct stat status;

	if (fchmod(fd, file_mode(directory, peers_write)) != 0 || fstat(fd, &status) != 0)
		return host->fail(TERN_EIO,
		                  "shared memory: a new file in %s cannot be given its "
		                  "mode: %s",
		                  directory->path, strerror(errno));
	if (directory->is_groups && status.st_gid != directory->gid)
		return host->fail(
			TERN_EIO,
			"shared memory: a new file in %s belongs to the group %u, "
			"not to the directory's, %u: its file system does not "
			"hand groups down",
			directory->path, (unsigned)status.st_gid,
			(unsigned)directory->gid);
	return TERN_OK;
}

static tern_status prepare(const struct tern_host *host,
                           const struct shm_directory *directory, int fd,
                           size_t size_bytes, bool peers_write)
{
	tern_status s = set_access(host, directory, peers_write, fd);
	if (s < 0)
		return s;
	int error = grant(fd, 0, size_bytes);
	return error ? fail_grant(host, fd, size_bytes, error) : TERN_OK;
}

static tern_status fail_create(const struct tern_host *host,
                               const struct shm_directory *directory, const char *name,
                               int error)
{
	if (error == ENOSPC || error == EDQUOT)
		return host->fail(
			TERN_ENOMEM,
			"shared memory: no room for another file in %s: its file "
			"system is full or has no inode left (mount -o "
			"remount,size=...,nr_inodes=...)",
			directory->path);
	if (error == ENOENT)
		return host->fail(TERN_ENOTFOUND, "the directory %s was removed",
		                  directory->path);
	if (error == EACCES || error == EPERM || error == EROFS)
		return host->fail(
			TERN_EPERM,
			"shared memory: no file can be made in %s: %s: set "
			"TERN_SHM_DIR to a directory that this user may write to",
			directory->path, strerror(error));
	if (error == EOPNOTSUPP || error == EISDIR)
		return host->fail(
			TERN_EIO,
			"shared memory: the file system of %s cannot make files "
			"without a name (O_TMPFILE): set TERN_SHM_DIR to a "
			"directory in a tmpfs",
			directory->path);
	return host->fail(TERN_EIO, "shared memory: %s/%s cannot be made: %s",
	                  directory->path, name, strerror(error));
}

/* In a group's directory another may have put something under the name: once more, then. */
static int open_new(const struct shm_directory *directory, const char *name)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd;

	for (int tries = 0; tries < 3; tries++) {
		fd = openat(directory->fd, name, flags, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		if (unlinkat(directory->fd, name, 0) != 0 && errno != ENOENT)
			return -1;
	}
	errno = EEXIST;
	return -1;
}

tern_status shm_file_create(const struct tern_host *host,
                            const struct shm_directory *directory, const char *name,
                            size_t size_bytes, bool peers_write, int *ret_fd)
{
	int fd = open_new(directory, name);
	if (fd < 0)
		return fail_create(host, directory, name, errno);

	tern_status s = prepare(host, directory, fd, size_bytes, peers_write);
	if (s < 0) {
		unlinkat(directory->fd, name, 0);
		close(fd);
		return s;
	}
	*ret_fd = fd;
	return TERN_OK;
}

tern_status shm_file_create_unnamed(const struct tern_host *host,
                                    const struct shm_directory *directory,
                                    size_t size_bytes, int *ret_fd)
{
	int fd = openat(directory->fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_create(host, directory, "(unnamed)", errno);

	tern_status s = prepare(host, directory, fd, size_bytes, true);
	if (s < 0) {
		close(fd);
		return s;
	}
	*ret_fd = fd;
	return TERN_OK;
}

tern_status shm_file_link(const struct tern_host *host,
                          const struct shm_directory *directory, int fd, const char *name)
{
	char path[32];

	/* By the descriptor alone from Linux 6.10 on, or with CAP_DAC_READ_SEARCH. */
	if (linkat(fd, "", directory->fd, name, AT_EMPTY_PATH) == 0)
		return TERN_OK;
	if (errno != EEXIST) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		if (linkat(AT_FDCWD, path, directory->fd, name, AT_SYMLINK_FOLLOW) == 0)
			return TERN_OK;
	}
	if (errno == EEXIST)
		return host->fail(TERN_EEXISTS, "%s/%s exists", directory->path, name);
	if (errno == ENOENT && access("/proc/self/fd", F_OK) == 0)
		return host->fail(TERN_ENOTFOUND, "the directory %s was removed",
		                  directory->path);
	return host->fail(TERN_EIO, "shared memory: %s/%s cannot be made: %s%s",
	                  directory->path, name, strerror(errno),
	                  errno == ENOENT ? " (is /proc mounted?)" : "");
}

tern_status shm_file_grant(const struct tern_host *host, int fd, uint64_t offset,
                           size_t size_bytes)
{
	int error = grant(fd, offset, offset + size_bytes);

	return error ? fail_grant(host, fd, size_bytes, error) : TERN_OK;
}

tern_status shm_file_set_size(const struct tern_host *host, int fd, uint64_t size_bytes)
{
	struct held_signals held = hold_signals();
	int error = ftruncate(fd, (off_t)size_bytes) == 0 ? 0 : errno;

	release_signals(&held, error);
	return error ? fail_grant(host, fd, size_bytes, error) : TERN_OK;
}

/* Whose is it, and is it what it seems? */
static tern_status check_trust(const struct tern_host *host,
                               const struct shm_directory *directory, const char *name,
                               const struct stat *status)
{
	const mode_t others_write = directory->is_groups ? S_IWOTH : S_IWGRP | S_IWOTH;
	const char *why = NULL;

	if (!S_ISREG(status->st_mode))
		why = "it is not a regular file";
	else if (status->st_nlink > 1)
		why = "it has a second name somewhere (a hard link)";
	else if (status->st_mode & others_write)
		why = "others may write to it";
	else if (directory->is_groups && status->st_gid != directory->gid)
		why = "its group is not the directory's";
	else if (!directory->is_groups && status->st_uid != directory->uid)
		why = "it is another user's; for several users make a directory of their "
		      "group with mode 2770 and set TERN_SHM_DIR to it";
	if (!why)
		return TERN_OK;
	return host->fail(
		TERN_EPERM,
		"shared memory: %s/%s is not to be trusted: %s (mode %o, uid %u, "
		"gid %u)",
		directory->path, name, why, (unsigned)status->st_mode,
		(unsigned)status->st_uid, (unsigned)status->st_gid);
}

static tern_status fail_open(const struct tern_host *host,
                             const struct shm_directory *directory, const char *name,
                             int error)
{
	switch (error) {
	case ENOENT:
		return host->fail(TERN_ENOTFOUND, "%s/%s is gone", directory->path, name);
	case EACCES:
	case EPERM:
		return host->fail(TERN_EPERM,
		                  "shared memory: %s/%s may not be opened: it is another "
		                  "user's; for several users make a directory of their "
		                  "group with mode 2770 and set TERN_SHM_DIR to it",
		                  directory->path, name);
	case ELOOP:
	case EISDIR:
	case ENXIO:
	case EWOULDBLOCK:
		return host->fail(
			TERN_EPERM,
			"shared memory: %s/%s is not to be trusted: it is a link, "
			"no regular file, or its owner holds a lease on it: "
			"remove it",
			directory->path, name);
	default:
		return host->fail(TERN_EIO, "shared memory: %s/%s cannot be opened: %s",
		                  directory->path, name, strerror(error));
	}
}

tern_status shm_file_open(const struct tern_host *host,
                          const struct shm_directory *directory, const char *name,
                          bool writable, int *ret_fd, size_t *ret_size_bytes)
{
	/* Not blocking: what stands there may be a pipe, or a file with a lease on it. */
	const int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	struct stat status;
	tern_status s;

	int fd = openat(directory->fd, name, flags | (writable ? O_RDWR : O_RDONLY));
	if (fd < 0)
		return fail_open(host, directory, name, errno);
	if (fstat(fd, &status) != 0) {
		s = fail_open(host, directory, name, errno);
		goto fail;
	}
	s = check_trust(host, directory, name, &status);
	if (s < 0)
		goto fail;
	if (status.st_nlink == 0) {
		s = fail_open(host, directory, name, ENOENT);
		goto fail;
	}
	*ret_fd = fd;
	*ret_size_bytes = (size_t)status.st_size;
	return TERN_OK;

fail:
	close(fd);
	return s;
}

bool shm_file_is_named(const struct shm_directory *directory, const char *name, int fd)
{
	struct stat file, named;

	return fstat(fd, &file) == 0 &&
	       fstatat(directory->fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       file.st_dev == named.st_dev && file.st_ino == named.st_ino;
}

/* ---- mapping ----------------------------------------------------------------------------- */

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t size_bytes)
{
	size_t page = page_bytes();

	return (size_bytes + page - 1) / page * page;
}

static tern_status fail_map(const struct tern_host *host, size_t size_bytes, int error)
{
	struct rlimit space, locked;

	if (error != ENOMEM && error != EAGAIN)
		return host->fail(
			TERN_EIO, "shared memory: %llu MiB cannot be mapped: %s",
			(unsigned long long)to_mib(size_bytes), strerror(error));
	if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
		return host->fail(TERN_ENOMEM,
		                  "shared memory: %llu MiB cannot be mapped: the address "
		                  "space is limited to %llu MiB: ulimit -v unlimited",
		                  (unsigned long long)to_mib(size_bytes),
		                  (unsigned long long)(space.rlim_cur / MIB));
	if (error == EAGAIN && getrlimit(RLIMIT_MEMLOCK, &locked) == 0)
		return host->fail(TERN_ENOMEM,
		                  "shared memory: %llu MiB cannot be locked in memory as "
		                  "mlockall() demands, %llu KiB are allowed: ulimit -l "
		                  "unlimited",
		                  (unsigned long long)to_mib(size_bytes),
		                  (unsigned long long)(locked.rlim_cur / 1024));
	return host->fail(
		TERN_ENOMEM,
		"shared memory: %llu MiB cannot be mapped: %s (vm.max_map_count "
		"limits the number of mappings)",
		(unsigned long long)to_mib(size_bytes), strerror(error));
}

/* The file is mapped one page longer than asked for, and that page then replaced by one of
 * zeros: nobody else can get the addresses in between, and no memory is reserved that
 * mlockall() would fill. */
tern_status shm_map(const struct tern_host *host, int fd, size_t offset,
                    size_t size_bytes, bool writable, void **ret_address)
{
	const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	size_t page = page_bytes();

	if (size_bytes == 0 || size_bytes > SIZE_MAX / 2)
		return fail_map(host, size_bytes, EINVAL);
	size_t whole = whole_pages(size_bytes);
	char *address =
		mmap(NULL, whole + page, protection, MAP_SHARED, fd, (off_t)offset);
	if (address == MAP_FAILED)
		return fail_map(host, whole, errno);
	if (mmap(address + whole, page, PROT_READ,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
		tern_status s = fail_map(host, whole, errno);
		munmap(address, whole + page);
		return s;
	}
	*ret_address = address;
	return TERN_OK;
}

void shm_unmap(void *address, size_t size_bytes)
{
	if (address)
		munmap(address, whole_pages(size_bytes) + page_bytes());
}
