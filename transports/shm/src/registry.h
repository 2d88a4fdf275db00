/* Who is here: one slot for each process of the domain on this host. That a process lives is
 * told by the kernel: it holds a lock on its slot's byte (F_OFD_SETLK) for as long as it does,
 * and "not locked" means that it will store nothing more. No pids, no heartbeats. */
#ifndef TERN_SHM_REGISTRY_H
#define TERN_SHM_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "files.h"
#include "layout.h"

struct registry;

/** Open the domain's registry, made whole before it gets its name. TERN_OK or as files.h. */
tern_status registry_open(const struct tern_host *host, uint32_t domain_id,
                          struct registry **ret_registry);
/** After registry_leave(), or instead of it in a child of fork(). NULL is fine. */
void registry_close(struct registry *registry);

const struct shm_directory *registry_directory(const struct registry *registry);
const uint8_t *registry_id(const struct registry *registry);

/**
 * Take a slot, reclaiming those of the dead. Files of the new generation do not exist yet; the
 * caller makes them, then calls registry_activate().
 * @return TERN_OK; TERN_ELIMIT: SHM_SLOTS_MAX processes are here
 */
tern_status registry_join(struct registry *registry, uint32_t *ret_slot,
                          uint64_t *ret_generation);
/** Others may look at our files from now on. Moves the epoch; follow with a ring to all. */
void registry_activate(struct registry *registry);
/** Unlink our files and free the slot. Moves the epoch; follow with a ring to all. */
void registry_leave(struct registry *registry);

/** What changes with everything that anybody should look at. Acquire. */
uint32_t registry_epoch(const struct registry *registry);
/** Say that our directory changed. Follow with a ring to all. */
void registry_move_epoch(struct registry *registry);

/** Number of slots worth looking at; a slot's generation if it is ACTIVE, else 0. Acquire. */
uint32_t registry_slots_used(const struct registry *registry);
uint64_t registry_active_generation(const struct registry *registry, uint32_t slot);
/** Its owner's pid, as that says; for people, and to recognise one whose files are closed to us. */
uint32_t registry_slot_pid(const struct registry *registry, uint32_t slot);

/**
 * Did a process that was there leave, or die? It is not enough that its slot says so: others may
 * have written that, and who believed it would take back memory that somebody reads. Either the
 * slot's byte is not locked, or the process's files are gone.
 */
bool registry_is_gone(const struct registry *registry, uint32_t slot,
                      uint64_t generation);

/**
 * Free the slots of processes that died, and unlink their files. Idempotent: if we die in it,
 * another does it again. Looking costs 0.5 us for each slot in use, 5 us if there are a thousand
 * (the kernel walks a list), so that among many one looks for all: from 16 slots on, each 0.2 ms
 * for every slot in use.
 * @return how many we reaped; if any, the epoch moved: follow with a ring to all
 * Threads: any.
 */
uint32_t registry_reap(struct registry *registry);

/** Are our own files still there? Not if an administrator, or logind's RemoveIPC, removed them. */
bool registry_is_linked(const struct registry *registry);
/** Are we the process that opened it? A child of fork() is not: nothing of it works there. */
bool registry_is_ours(const struct registry *registry);

#define SHM_NAME_SIZE_BYTES 64
/** "tern.<domain>.<slot>.<generation>.<kind>", kind "data" or "bells". */
void registry_file_name(const struct registry *registry, uint32_t slot,
                        uint64_t generation, const char *kind,
                        char ret_name[SHM_NAME_SIZE_BYTES]);

#endif
