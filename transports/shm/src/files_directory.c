/* The directory that the files are in: whose it must be for its files to be trusted. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_OTHERS (S_IWGRP | S_IWOTH)
#define GROUP_MODE (S_ISGID | S_IRWXG)

static tern_status find_path(const struct tern_host *host,
                             struct shm_directory *directory, bool *ret_is_default)
{
	/* Not in a program that runs with another user's rights than its caller's. */
	const char *wanted = secure_getenv("TERN_SHM_DIR");
	bool is_default = !wanted || !*wanted;
	int length;

	if (is_default)
		length = snprintf(directory->path, sizeof directory->path,
		                  "/dev/shm/tern-%u", (unsigned)directory->uid);
	else
		length = snprintf(directory->path, sizeof directory->path, "%s", wanted);
	if (length < 0 || (size_t)length >= sizeof directory->path)
		return host->fail(
			TERN_EINVAL,
			"TERN_SHM_DIR has %d characters, at most %zu are possible",
			length, sizeof directory->path - 1);
	if (directory->path[0] != '/')
		return host->fail(TERN_EINVAL,
		                  "TERN_SHM_DIR=%s is not an absolute path (/...)",
		                  directory->path);
	/* With a slash at the end the kernel would follow a link. */
	while (length > 1 && directory->path[length - 1] == '/')
		directory->path[--length] = '\0';
	*ret_is_default = is_default;
	return TERN_OK;
}

static tern_status fail_open(const struct tern_host *host,
                             const struct shm_directory *directory, int error)
{
	if (error == ELOOP || error == ENOTDIR)
		return host->fail(
			TERN_EPERM,
			"shared memory: %s is a link or no directory: remove it, "
			"or set TERN_SHM_DIR to a directory of your own",
			directory->path);
	if (error == EACCES || error == EPERM || error == EROFS)
		return host->fail(
			TERN_EPERM,
			"shared memory: %s may not be opened: %s: set TERN_SHM_DIR "
			"to a directory of your own, or to your group's with mode "
			"2770",
			directory->path, strerror(error));
	return host->fail(TERN_EIO,
	                  "shared memory: %s cannot be made or opened: %s: mount a tmpfs "
	                  "there, or set TERN_SHM_DIR",
	                  directory->path, strerror(error));
}

static tern_status fail_owner(const struct tern_host *host,
                              const struct shm_directory *directory,
                              const struct stat *status, const char *why)
{
	return host->fail(
		TERN_EPERM,
		"shared memory: %s is not to be trusted: %s (mode %o, uid %u, gid "
		"%u; we are uid %u): set TERN_SHM_DIR to a directory of your own "
		"with mode 0700, or to your group's with mode 2770",
		directory->path, why, (unsigned)status->st_mode & 07777,
		(unsigned)status->st_uid, (unsigned)status->st_gid,
		(unsigned)directory->uid);
}

static tern_status check_owner(const struct tern_host *host,
                               struct shm_directory *directory, bool is_default)
{
	struct stat status;

	if (fstat(directory->fd, &status) != 0)
		return fail_open(host, directory, errno);
	directory->gid = status.st_gid;
	directory->is_groups = (status.st_mode & (GROUP_MODE | S_IRWXO)) == GROUP_MODE;
	/* A group's may be anybody's, as the user named it; nobody can make us use theirs. */
	if (status.st_uid != directory->uid && (is_default || !directory->is_groups))
		return fail_owner(host, directory, &status, "it is another user's");
	if (!directory->is_groups && (status.st_mode & WRITE_OTHERS))
		return fail_owner(host, directory, &status, "others may write to it");
	/* Users without a number in our user namespace all look the same; this tells them. */
	if (faccessat(directory->fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0)
		return fail_open(host, directory, errno);
	return TERN_OK;
}

tern_status shm_directory_open(const struct tern_host *host,
                               struct shm_directory *ret_directory)
{
	struct shm_directory directory = { .fd = -1, .uid = geteuid() };
	bool is_default = false;

	tern_status s = find_path(host, &directory, &is_default);
	if (s < 0)
		return s;
	if (mkdir(directory.path, 0700) != 0 && errno != EEXIST)
		return fail_open(host, &directory, errno);
	directory.fd =
		open(directory.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory.fd < 0 && errno == ENOENT)
		return host->fail(TERN_ENOTFOUND, "%s was removed", directory.path);
	if (directory.fd < 0)
		return fail_open(host, &directory, errno);
	s = check_owner(host, &directory, is_default);
	if (s < 0) {
		shm_directory_close(&directory);
		return s;
	}
	*ret_directory = directory;
	return TERN_OK;
}

void shm_directory_close(struct shm_directory *directory)
{
	if (directory->fd >= 0)
		close(directory->fd);
	directory->fd = -1;
}
