/* What dead processes left: their slots, and their files. Each step may be the last that a
 * process does: the next one finds the slot as it is and does all of them again. */
#include "registry_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FEW_SLOTS 16
#define LOOK_PERIOD_NS INT64_C(200000) /* for each slot in use */
#define LOOK_ANYWAY_NS INT64_C(60000000000)

static const char *const kinds[] = { "data", "bells" };

/* The epoch moves before the slot is FREE: as long as it is not, somebody will come and do it,
 * so that nobody believes in the dead for ever. It moves after the files are gone: who looks
 * because it moved finds registry_is_gone(). */
void registry_bury(struct registry *registry, uint32_t slot, uint64_t generation)
{
	struct shm_slot *shared = &registry->shared->slots[slot];
	char name[SHM_NAME_SIZE_BYTES];

	/* Release: pairs with registry_active_generation(). */
	atomic_store_explicit(&shared->state, slot_state(generation, SHM_SLOT_REAPING),
	                      memory_order_release);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		registry_file_name(registry, slot, generation, kinds[i], name);
		unlinkat(registry->directory.fd, name, 0);
	}
	registry_move_epoch(registry);
	atomic_store_explicit(&shared->state, slot_state(generation, SHM_SLOT_FREE),
	                      memory_order_release);
}

/* In group mode others may write to the registry. What is ours we mend. */
static void mend_own_slot(struct registry *registry)
{
	struct shm_registry *shared = registry->shared;
	bool moved = false;

	if (registry->slot == NO_SLOT)
		return;
	if (registry_slots_used(registry) <= registry->slot) {
		atomic_store_explicit(&shared->slots_used, registry->slot + 1,
		                      memory_order_release);
		moved = true;
	}
	struct shm_slot *slot = &shared->slots[registry->slot];
	if (atomic_load_explicit(&slot->state, memory_order_relaxed) != registry->state) {
		atomic_store_explicit(&slot->state, registry->state,
		                      memory_order_release);
		moved = true;
	}
	if (moved)
		registry_move_epoch(registry);
}

/* The lock is held. */
static bool reap_slot(struct registry *registry, uint32_t slot)
{
	_Atomic uint64_t *state = &registry->shared->slots[slot].state;

	if (state_life(atomic_load_explicit(state, memory_order_acquire)) ==
	            SHM_SLOT_FREE ||
	    byte_holder(registry->probe_fd, slot_byte(slot)) != LOCK_NONE)
		return false;
	if (byte_lock(registry->probe_fd, slot_byte(slot), LOCK_EXCLUSIVE) != 0)
		return false;
	/* Meanwhile another may have reaped it. */
	uint64_t now = atomic_load_explicit(state, memory_order_acquire);
	bool is_dead = state_life(now) != SHM_SLOT_FREE;
	if (is_dead)
		registry_bury(registry, slot, state_generation(now));
	byte_unlock(registry->probe_fd, slot_byte(slot));
	return is_dead;
}

/* The time that another noted is a hint: a namespace may have a clock of its own, and in group
 * mode others may write anything. So we look ourselves now and then, too. */
bool registry_reap_is_due(struct registry *registry)
{
	_Atomic int64_t *shared = &registry->shared->reaped_at_ns;
	int64_t now_ns = registry->host->monotonic_ns();
	uint32_t used = registry_slots_used(registry);

	if (used < FEW_SLOTS || now_ns - registry->reaped_at_ns > LOOK_ANYWAY_NS)
		return true;
	int64_t last_ns = atomic_load_explicit(shared, memory_order_relaxed);
	if (last_ns <= now_ns && now_ns - last_ns < used * LOOK_PERIOD_NS)
		return false;
	/* Of several who find it due, one looks. */
	return atomic_compare_exchange_strong_explicit(
		shared, &last_ns, now_ns, memory_order_relaxed, memory_order_relaxed);
}

uint32_t registry_reap(struct registry *registry)
{
	uint32_t reaped = 0;

	if (registry->lock_fd < 0)
		return 0;
	pthread_mutex_lock(&registry->lock);
	mend_own_slot(registry);
	if (registry_reap_is_due(registry))
		reaped = registry_reap_now(registry);
	pthread_mutex_unlock(&registry->lock);
	return reaped;
}

uint32_t registry_reap_now(struct registry *registry)
{
	uint32_t reaped = 0;

	registry->reaped_at_ns = registry->host->monotonic_ns();
	uint32_t used = registry_slots_used(registry);
	for (uint32_t slot = 0; slot < used; slot++)
		if (slot != registry->slot && reap_slot(registry, slot))
			reaped++;
	return reaped;
}

/* ---- files without a slot ---------------------------------------------------------------- */

/* "tern.<domain>.<slot>.<generation>.<kind>" of this domain, as registry_file_name() makes it. */
static bool parse_name(const struct registry *registry, const char *name,
                       uint32_t *ret_slot, uint64_t *ret_generation)
{
	unsigned domain_id, slot;
	unsigned long long generation;
	char kind[8], canonical[SHM_NAME_SIZE_BYTES];

	if (sscanf(name, "tern.%u.%u.%llu.%7s", &domain_id, &slot, &generation, kind) !=
	            4 ||
	    slot >= SHM_SLOTS_MAX)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		registry_file_name(registry, slot, generation, kinds[i], canonical);
		if (strcmp(name, canonical) == 0) {
			*ret_slot = slot;
			*ret_generation = generation;
			return true;
		}
	}
	return false;
}

/* A generation comes once, and is in its slot before its files are there: if the slot says
 * another after a file was seen, that file is nobody's. In a locked slot it is left alone, as
 * somebody may have overwritten what the slot says. */
static bool is_stray(const struct registry *registry, uint32_t slot, uint64_t generation)
{
	uint64_t state = atomic_load_explicit(&registry->shared->slots[slot].state,
	                                      memory_order_acquire);

	if (state_generation(state) == generation && state_life(state) != SHM_SLOT_FREE)
		return false;
	return byte_holder(registry->probe_fd, slot_byte(slot)) == LOCK_NONE;
}

void registry_sweep(struct registry *registry)
{
	struct dirent *entry;
	uint64_t generation;
	uint32_t slot;

	int fd = openat(registry->directory.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *files = fd < 0 ? NULL : fdopendir(fd);
	if (!files) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(files)) != NULL)
		if (parse_name(registry, entry->d_name, &slot, &generation) &&
		    is_stray(registry, slot, generation))
			unlinkat(registry->directory.fd, entry->d_name, 0);
	closedir(files);
}
