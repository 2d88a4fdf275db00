/* The registry's slots: who joins, who is there, who leaves. */
#include "registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry_impl.h"

#define GENERATION_MASK ((UINT64_C(1) << 56) - 1)

static tern_status open_files(struct registry *registry)
{
	tern_status s = shm_directory_open(registry->host, &registry->directory);
	if (s < 0)
		return s;
	s = registry_file_open(registry);
	if (s < 0)
		shm_directory_close(&registry->directory);
	return s;
}

tern_status registry_open(const struct tern_host *host, uint32_t domain_id,
                          struct registry **ret_registry)
{
	struct registry *registry = calloc(1, sizeof *registry);
	if (!registry)
		return host->fail(TERN_ENOMEM, "no memory for the registry");
	registry->host = host;
	registry->domain_id = domain_id;
	registry->lock_fd = -1;
	registry->probe_fd = -1;
	registry->slot = NO_SLOT;
	registry->reaped_at_ns = host->monotonic_ns();
	snprintf(registry->name, sizeof registry->name, "tern.%u.registry", domain_id);

	pthread_mutex_init(&registry->lock, NULL);
	tern_status s = open_files(registry);
	/* logind may have removed the directory in between; once more, then. */
	if (s == TERN_ENOTFOUND)
		s = open_files(registry);
	if (s < 0) {
		pthread_mutex_destroy(&registry->lock);
		free(registry);
		return s;
	}
	*ret_registry = registry;
	return TERN_OK;
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	bool is_forked = registry->lock_fd < 0;
	registry_leave(registry);
	registry_file_close(registry);
	if (!is_forked) /* in the child the lock may be held by a thread that is not there */
		pthread_mutex_destroy(&registry->lock);
	shm_directory_close(&registry->directory);
	free(registry);
}

const struct shm_directory *registry_directory(const struct registry *registry)
{
	return &registry->directory;
}

const uint8_t *registry_id(const struct registry *registry)
{
	return registry->id;
}

void registry_file_name(const struct registry *registry, uint32_t slot,
                        uint64_t generation, const char *kind,
                        char ret_name[SHM_NAME_SIZE_BYTES])
{
	snprintf(ret_name, SHM_NAME_SIZE_BYTES, "tern.%u.%u.%llu.%s", registry->domain_id,
	         slot, (unsigned long long)generation, kind);
}

/* ---- our own slot ------------------------------------------------------------------------ */

/* Generations of a registry begin at a number of its own, so that one that takes the place of
 * another does not use the names of its files again. */
static uint64_t next_generation(const struct registry *registry, uint64_t generation)
{
	if (generation == 0)
		memcpy(&generation, registry->id, 6);
	generation = (generation + 1) & GENERATION_MASK;
	return generation ? generation : 1;
}

static void raise_slots_used(struct registry *registry, uint32_t count)
{
	_Atomic uint32_t *used = &registry->shared->slots_used;
	uint32_t now = atomic_load_explicit(used, memory_order_relaxed);

	/* Release: pairs with registry_slots_used(). */
	while (now < count &&
	       !atomic_compare_exchange_weak_explicit(
		       used, &now, count, memory_order_release, memory_order_relaxed))
		;
}

/* The life of our slot changes. The lock is held. */
static void set_state(struct registry *registry, unsigned life)
{
	registry->state = slot_state(registry->generation, life);
	/* Release: pairs with registry_active_generation(). */
	atomic_store_explicit(&registry->shared->slots[registry->slot].state,
	                      registry->state, memory_order_release);
}

/* We hold its byte. The number of slots in use goes up first: who dies after that is found. */
static void take_slot(struct registry *registry, uint32_t slot)
{
	struct shm_slot *shared = &registry->shared->slots[slot];

	raise_slots_used(registry, slot + 1);
	uint64_t state = atomic_load_explicit(&shared->state, memory_order_acquire);
	if (state_life(state) != SHM_SLOT_FREE)
		registry_bury(registry, slot, state_generation(state));
	registry->slot = slot;
	registry->generation = next_generation(registry, state_generation(state));
	shared->pid = (uint32_t)getpid();
	shared->uid = (uint32_t)registry->directory.uid;
	set_state(registry, SHM_SLOT_JOINING);
}

static tern_status find_slot(struct registry *registry)
{
	const struct tern_host *host = registry->host;

	for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++) {
		uint64_t state = atomic_load_explicit(
			&registry->shared->slots[slot].state, memory_order_relaxed);
		/* Others that are not FREE are alive, or died since we reaped. */
		if (state_life(state) != SHM_SLOT_FREE)
			continue;
		int error = byte_lock(registry->lock_fd, slot_byte(slot), LOCK_EXCLUSIVE);
		if (error == 0) {
			take_slot(registry, slot);
			return TERN_OK;
		}
		if (error != EAGAIN)
			return host->fail(TERN_EIO,
			                  "shared memory: %s/%s cannot be locked: %s",
			                  registry->directory.path, registry->name,
			                  strerror(error));
	}
	return host->fail(
		TERN_ELIMIT,
		"shared memory: %u processes are in domain %u on this host, that "
		"is the limit: use a further domain",
		SHM_SLOTS_MAX, registry->domain_id);
}

static tern_status fail_forked(const struct registry *registry)
{
	return registry->host->fail(TERN_ECLOSED,
	                            "shared memory: the participant was made before "
	                            "fork() and is its parent's: make a new one");
}

tern_status registry_join(struct registry *registry, uint32_t *ret_slot,
                          uint64_t *ret_generation)
{
	if (registry->lock_fd < 0)
		return fail_forked(registry);
	pthread_mutex_lock(&registry->lock);
	if (registry_reap_is_due(registry)) {
		registry_reap_now(registry);
		registry_sweep(registry);
	}
	tern_status s = find_slot(registry);
	if (s == TERN_ELIMIT && registry_reap_now(registry) > 0)
		s = find_slot(registry);
	if (s == TERN_OK) {
		*ret_slot = registry->slot;
		*ret_generation = registry->generation;
	}
	pthread_mutex_unlock(&registry->lock);
	return s;
}

void registry_activate(struct registry *registry)
{
	if (registry->lock_fd < 0)
		return;
	pthread_mutex_lock(&registry->lock);
	set_state(registry, SHM_SLOT_ACTIVE);
	pthread_mutex_unlock(&registry->lock);
	registry_move_epoch(registry);
}

void registry_leave(struct registry *registry)
{
	if (registry->lock_fd < 0)
		return;
	pthread_mutex_lock(&registry->lock);
	if (registry->slot != NO_SLOT) {
		registry_bury(registry, registry->slot, registry->generation);
		byte_unlock(registry->lock_fd, slot_byte(registry->slot));
		registry->slot = NO_SLOT;
	}
	pthread_mutex_unlock(&registry->lock);
}

bool registry_is_ours(const struct registry *registry)
{
	return registry->lock_fd >= 0;
}

bool registry_is_linked(const struct registry *registry)
{
	static const char *const kinds[] = { "data", "bells" };
	char name[SHM_NAME_SIZE_BYTES];

	if (registry->lock_fd < 0 ||
	    !shm_file_is_named(&registry->directory, registry->name, registry->lock_fd))
		return false;
	if (registry->slot == NO_SLOT)
		return true;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		registry_file_name(registry, registry->slot, registry->generation,
		                   kinds[i], name);
		if (faccessat(registry->directory.fd, name, F_OK, 0) != 0)
			return false;
	}
	return true;
}

/* ---- everybody's ------------------------------------------------------------------------- */

uint32_t registry_epoch(const struct registry *registry)
{
	return atomic_load_explicit(&registry->shared->epoch, memory_order_acquire);
}

/* Sequentially consistent: whoever rings next must not look for sleepers before this. */
void registry_move_epoch(struct registry *registry)
{
	if (registry->lock_fd >= 0)
		atomic_fetch_add_explicit(&registry->shared->epoch, 1,
		                          memory_order_seq_cst);
}

uint32_t registry_slots_used(const struct registry *registry)
{
	uint32_t used =
		atomic_load_explicit(&registry->shared->slots_used, memory_order_acquire);

	return used < SHM_SLOTS_MAX ? used : SHM_SLOTS_MAX;
}

uint64_t registry_active_generation(const struct registry *registry, uint32_t slot)
{
	if (slot >= SHM_SLOTS_MAX)
		return 0;
	uint64_t state = atomic_load_explicit(&registry->shared->slots[slot].state,
	                                      memory_order_acquire);

	return state_life(state) == SHM_SLOT_ACTIVE ? state_generation(state) : 0;
}

bool registry_is_gone(const struct registry *registry, uint32_t slot, uint64_t generation)
{
	char name[SHM_NAME_SIZE_BYTES];

	if (registry->lock_fd < 0 ||
	    registry_active_generation(registry, slot) == generation)
		return false;
	if (byte_holder(registry->probe_fd, slot_byte(slot)) == LOCK_NONE)
		return true;
	registry_file_name(registry, slot, generation, "data", name);
	return faccessat(registry->directory.fd, name, F_OK, 0) != 0;
}

uint32_t registry_slot_pid(const struct registry *registry, uint32_t slot)
{
	return __atomic_load_n(&registry->shared->slots[slot].pid, __ATOMIC_RELAXED);
}
