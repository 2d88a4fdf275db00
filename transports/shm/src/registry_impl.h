/* What the sources of the registry share: the handle, its locks, its file. */
#ifndef TERN_SHM_REGISTRY_IMPL_H
#define TERN_SHM_REGISTRY_IMPL_H

#include <pthread.h>

#include "registry.h"

#define NO_SLOT SHM_SLOTS_MAX

struct registry {
	const struct tern_host *host; /* borrowed */
	struct shm_directory directory;
	uint32_t domain_id;
	char name[SHM_NAME_SIZE_BYTES];      /* of its file */
	uint8_t id[TERN_HOST_ID_SIZE_BYTES]; /* copied: others may write to the file */
	struct shm_registry *shared;

	/* Two open files of their own, never mapped (a mapping would hold their locks after they
	 * were closed). What one locks conflicts with the other's. -1 in a child of fork(). */
	int lock_fd;  /* holds our use of the registry and our slot */
	int probe_fd; /* looks at others' slots, and holds those that are being reaped */

	pthread_mutex_t
		lock;  /* guards the members below, and probe_fd's locks; last of all */
	uint32_t slot; /* ours; NO_SLOT: none */
	uint64_t generation;
	uint64_t state; /* what our slot must say: whoever overwrites it, we mend it */
	int64_t reaped_at_ns; /* when we ourselves looked for the dead */

	struct registry *next_forked; /* in the list of registry_fork.c */
};

/* ---- registry_lock.c: bytes that are locked, by F_OFD_SETLK ---------------------------------
 *
 * They lie behind the end of the file. OFD locks belong to the open file: they end when its last
 * descriptor is closed, at the latest when the kernel has torn down the process's memory. */
enum { LOCK_NONE, LOCK_SHARED, LOCK_EXCLUSIVE };

/** Of the whole registry: shared by who uses it, exclusive for who removes it. The same in every
 * SHM_ABI, so that versions know of each other. */
#define USERS_BYTE (INT64_C(1) << 40)
static inline int64_t slot_byte(uint32_t slot)
{
	return USERS_BYTE + 1 + slot;
}

/** @return 0; EAGAIN: another open file holds it; ENOLCK, ... Never waits. */
int byte_lock(int fd, int64_t byte, int kind);
void byte_unlock(int fd, int64_t byte);
/** How another open file holds it: LOCK_... */
int byte_holder(int fd, int64_t byte);

/* ---- registry_file.c: the registry's file, made whole, and removed by the last --------------*/

/** Open or make it: sets shared, id, lock_fd and probe_fd, and has fork() watched. The directory
 * and name are set. */
tern_status registry_file_open(struct registry *registry);
/** Give up our use of it. If nobody else uses it, it and all that is left over is removed. */
void registry_file_close(struct registry *registry);

/* ---- registry_fork.c ------------------------------------------------------------------------*/

/** No fork() comes until registry_fork_allow(): descriptors come or go. */
tern_status registry_fork_hold(const struct tern_host *host);
void registry_fork_allow(void);
/** From now on a child of fork() closes the registry's locks at once. fork() is held. */
void registry_fork_watch(struct registry *registry);
void registry_fork_forget(struct registry *registry);

/* ---- registry_reap.c ------------------------------------------------------------------------*/

/** Remove a process's files and take it out of its slot. Whoever holds its byte may do it. The
 * slot is left as REAPING: who dies in it, another redoes it. */
void registry_bury(struct registry *registry, uint32_t slot, uint64_t generation);
/** Is it time to look for the dead? Who is told so looks for all. */
bool registry_reap_is_due(struct registry *registry);
/** Look at once. @return how many were reaped */
uint32_t registry_reap_now(struct registry *registry);
/** Remove files of the domain that belong to nobody. */
void registry_sweep(struct registry *registry);

static inline uint64_t slot_state(uint64_t generation, unsigned life)
{
	return generation << 8 | life;
}

static inline uint64_t state_generation(uint64_t state)
{
	return state >> 8;
}

static inline unsigned state_life(uint64_t state)
{
	return (unsigned)(state & 0xff);
}

#endif
