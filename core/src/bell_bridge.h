/* A thread that carries rings of other processes to eventfds, where io_uring cannot
 * (bell_uring.h): it sleeps on the words of all bells that have a descriptor. */
#ifndef TERN_CORE_BELL_BRIDGE_H
#define TERN_CORE_BELL_BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/status.h>

struct bell;
struct bell_bridge;

/**
 * @param bells         the table's, in shared memory
 * @param one_for_each  a thread for each bell, for kernels before Linux 5.16, which cannot wait
 *                      for several words at once
 * @return TERN_OK, TERN_ENOMEM
 */
tern_status bell_bridge_create(struct bell *bells, bool one_for_each,
                               struct bell_bridge **ret_bridge);
/** Joins the threads; no bell of the table is claimed. NULL is fine. */
void bell_bridge_destroy(struct bell_bridge *bridge);

/** Can this kernel wait for several words at once? */
bool bell_bridge_can_wait_for_many(void);

/** This bell has a descriptor now; one call at a time. TERN_OK, TERN_EIO: no thread. */
tern_status bell_bridge_add(struct bell_bridge *bridge, uint32_t index);

/** The bell was ARMED: its next ring, or one that came since, makes its eventfd readable. */
void bell_bridge_arm(struct bell *bell);

/** A ring of this process found the bell armed. @return true: it is its turn to write */
bool bell_bridge_takes_turn(struct bell *bell);

#endif
