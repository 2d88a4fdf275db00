/* The registry's file: made whole before it has its name, shared by all who use it, removed by
 * the last of them. Who removes it holds its USERS_BYTE exclusively, and nobody else ever takes
 * its name away: so who holds that byte in any way, and finds the file under its name, knows that
 * it stays there. */
#include "registry_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Somebody is just removing the registry: microseconds, unless that process is stopped in it. */
#define OPEN_WAIT_MS 2000
/* How an attempt to open the registry ended, when it is not an error. */
enum { OPENED = 0, TRY_AGAIN, TRY_LATER };

struct attempt {
	int64_t deadline_ns;
	const char *defect; /* of one that was removed; NULL: none was */
};

static void pause_ms(void)
{
	const struct timespec one = { .tv_nsec = 1000000 };

	nanosleep(&one, NULL);
}

/* ---- what it says ------------------------------------------------------------------------ */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Zero, if /proc is not mounted. */
static void read_boot_id(uint8_t ret_id[16])
{
	char text[64];
	size_t nibbles = 0;

	memset(ret_id, 0, 16);
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t length = read(fd, text, sizeof text);
	close(fd);
	for (ssize_t i = 0; i < length && nibbles < 32; i++) {
		int digit = hex_digit(text[i]);
		if (digit < 0)
			continue;
		ret_id[nibbles / 2] = (uint8_t)(ret_id[nibbles / 2] << 4 | digit);
		nibbles++;
	}
	if (nibbles < 32)
		memset(ret_id, 0, 16);
}

static bool is_zero(const uint8_t id[16])
{
	static const uint8_t zero[16];

	return memcmp(id, zero, sizeof zero) == 0;
}

static bool is_other_boot(const uint8_t theirs[16])
{
	uint8_t ours[16];

	read_boot_id(ours);
	return !is_zero(ours) && !is_zero(theirs) && memcmp(ours, theirs, 16) != 0;
}

static tern_status fill(const struct tern_host *host, int fd)
{
	struct shm_registry_head head = {
		.magic = SHM_REGISTRY_MAGIC,
		.abi = SHM_ABI,
		.slot_count = SHM_SLOTS_MAX,
	};

	read_boot_id(head.boot_id);
	if (getrandom(head.id, sizeof head.id, 0) != sizeof head.id)
		return host->fail(TERN_EIO, "no random numbers: %s", strerror(errno));
	if (pwrite(fd, &head, sizeof head, 0) != (ssize_t)sizeof head)
		return host->fail(TERN_EIO, "the registry cannot be written: %s",
		                  strerror(errno));
	return TERN_OK;
}

/* Why it cannot be used; NULL: it can. */
static const char *defect(const struct shm_registry_head *head, size_t size_bytes)
{
	if (size_bytes < sizeof(struct shm_registry) || head->magic != SHM_REGISTRY_MAGIC)
		return "is damaged";
	if (head->abi != SHM_ABI)
		return "was made by another version of Tern";
	if (head->slot_count != SHM_SLOTS_MAX || is_zero(head->id))
		return "is damaged";
	if (is_other_boot(head->boot_id))
		return "is of another host, or from before the last boot";
	return NULL;
}

/* ---- opening ----------------------------------------------------------------------------- */

static tern_status make(struct registry *registry)
{
	const struct tern_host *host = registry->host;
	int fd;

	tern_status s = shm_file_create_unnamed(host, &registry->directory,
	                                        sizeof(struct shm_registry), &fd);
	if (s < 0)
		return s;
	s = fill(host, fd);
	if (s < 0)
		goto out;
	s = shm_file_link(host, &registry->directory, fd, registry->name);
	if (s == TERN_EEXISTS)
		s = TERN_OK; /* another was faster */
out:
	close(fd);
	return s < 0 ? s : TRY_AGAIN;
}

/* Is it nobody's? We do not use it, or not any more. */
static bool take_for_removal(const struct registry *registry, int fd)
{
	return byte_lock(fd, USERS_BYTE, LOCK_EXCLUSIVE) == 0 &&
	       shm_file_is_named(&registry->directory, registry->name, fd);
}

/* One that cannot be used. We look at it without a lock: who holds one is a user, or removes it. */
static tern_status replace(struct registry *registry, int fd, const char *why,
                           struct attempt *attempt)
{
	const struct tern_host *host = registry->host;

	if (take_for_removal(registry, fd)) {
		if (unlinkat(registry->directory.fd, registry->name, 0) != 0)
			return host->fail(TERN_EIO, "%s/%s %s and cannot be removed: %s",
			                  registry->directory.path, registry->name, why,
			                  strerror(errno));
		attempt->defect = why;
		return TRY_AGAIN;
	}
	if (byte_holder(fd, USERS_BYTE) != LOCK_SHARED)
		return TRY_LATER; /* somebody else is just removing it */
	return host->fail(
		TERN_EMALFORMED,
		"shared memory: %s/%s %s, and programs use it: end them, or set "
		"TERN_SHM_DIR to another directory",
		registry->directory.path, registry->name, why);
}

static tern_status read_head(const struct registry *registry, int fd,
                             struct shm_registry_head *ret_head)
{
	memset(ret_head, 0, sizeof *ret_head);
	if (pread(fd, ret_head, sizeof *ret_head, 0) < 0)
		return registry->host->fail(TERN_EIO, "%s/%s cannot be read: %s",
		                            registry->directory.path, registry->name,
		                            strerror(errno));
	return TERN_OK;
}

/* The same file twice more: to probe, and to map. If its name leads elsewhere now, it was removed
 * before we locked it. */
static tern_status open_again(struct registry *registry, int fd, int *ret_fd)
{
	struct stat first, again;
	size_t size_bytes;

	tern_status s = shm_file_open(registry->host, &registry->directory,
	                              registry->name, true, ret_fd, &size_bytes);
	if (s < 0)
		return s == TERN_ENOTFOUND ? TRY_AGAIN : s;
	if (fstat(fd, &first) == 0 && fstat(*ret_fd, &again) == 0 &&
	    first.st_dev == again.st_dev && first.st_ino == again.st_ino)
		return OPENED;
	close(*ret_fd);
	return TRY_AGAIN;
}

static tern_status map(struct registry *registry, int fd)
{
	int map_fd;
	void *shared;

	tern_status s = open_again(registry, fd, &registry->probe_fd);
	if (s != OPENED)
		return s;
	s = open_again(registry, fd, &map_fd);
	if (s != OPENED)
		goto close_probe;
	s = shm_map(registry->host, map_fd, 0, sizeof(struct shm_registry), true,
	            &shared);
	close(map_fd);
	if (s < 0)
		goto close_probe;
	registry->shared = shared;
	return OPENED;

close_probe:
	close(registry->probe_fd);
	registry->probe_fd = -1;
	return s;
}

static tern_status use(struct registry *registry, int fd)
{
	int error = byte_lock(fd, USERS_BYTE, LOCK_SHARED);
	if (error == EAGAIN)
		return TRY_LATER; /* somebody removes it */
	if (error)
		return registry->host->fail(
			TERN_EIO, "shared memory: %s/%s cannot be locked: %s",
			registry->directory.path, registry->name, strerror(error));
	return map(registry, fd);
}

/* OPENED, TRY_AGAIN, TRY_LATER or an error. */
static tern_status try_open(struct registry *registry, struct attempt *attempt)
{
	struct shm_registry_head head;
	size_t size_bytes;
	int fd;

	tern_status s = shm_file_open(registry->host, &registry->directory,
	                              registry->name, true, &fd, &size_bytes);
	if (s == TERN_ENOTFOUND)
		return make(registry);
	if (s < 0)
		return s;
	s = read_head(registry, fd, &head);
	if (s < 0)
		goto close_fd;
	const char *why = defect(&head, size_bytes);
	s = why ? replace(registry, fd, why, attempt) : use(registry, fd);
	if (s != OPENED)
		goto close_fd;
	memcpy(registry->id, head.id, sizeof registry->id);
	registry->lock_fd = fd;
	return OPENED;

close_fd:
	close(fd);
	return s;
}

tern_status registry_file_open(struct registry *registry)
{
	const struct tern_host *host = registry->host;
	struct attempt attempt = {
		.deadline_ns = host->monotonic_ns() + OPEN_WAIT_MS * INT64_C(1000000),
	};
	tern_status s;

	do {
		s = registry_fork_hold(host);
		if (s < 0)
			return s;
		s = try_open(registry, &attempt);
		if (s == OPENED)
			registry_fork_watch(registry);
		registry_fork_allow();
		if (s == TRY_LATER)
			pause_ms();
	} while (s > OPENED && host->monotonic_ns() < attempt.deadline_ns);
	if (attempt.defect)
		host->log(TERN_LOG_WARNING,
		          "shared memory: %s/%s %s; nobody used it, so it was removed",
		          registry->directory.path, registry->name, attempt.defect);
	if (s > OPENED)
		return host->fail(
			TERN_EAGAIN,
			"shared memory: %s/%s is being removed by a process that "
			"does not get on with it (stopped?): end it",
			registry->directory.path, registry->name);
	return s;
}

void registry_file_close(struct registry *registry)
{
	registry_fork_hold(registry->host);
	if (registry->lock_fd >= 0) {
		/* Given up first: of several who leave at once, one finds that it was the last. */
		byte_unlock(registry->lock_fd, USERS_BYTE);
		if (take_for_removal(registry, registry->lock_fd)) {
			pthread_mutex_lock(&registry->lock);
			registry_reap_now(registry);
			pthread_mutex_unlock(&registry->lock);
			registry_sweep(registry);
			unlinkat(registry->directory.fd, registry->name, 0);
		}
		registry_fork_forget(registry);
		close(registry->probe_fd);
		close(registry->lock_fd);
	}
	registry_fork_allow();
	shm_unmap(registry->shared, sizeof *registry->shared);
}
