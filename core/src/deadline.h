/* The DEADLINE policy over the instances of one reader or writer: all share one period, each
 * must be updated within it. Not thread-safe; times are CLOCK_MONOTONIC and are the caller's.
 * Source: DDS 1.4, 2.2.3.7.
 *
 * An update only notes the time in the node, O(1); the heap learns of it when the node's former
 * due time comes up. Every whole period without an update is one miss, also when nobody looked
 * for several periods. */
#ifndef TERN_CORE_DEADLINE_H
#define TERN_CORE_DEADLINE_H

#include <stdint.h>

#include "due_heap.h"

/** One instance's part. Zero-initialise to begin. */
struct deadline_node {
	struct due_node due; /* never later than updated_ns + period */
	int64_t updated_ns;  /* or the end of the last missed period */
};

struct deadline {
	struct due_heap heap;
	int64_t period_ns; /* TERN_INFINITE: nothing is ever missed, and all calls are free */
};

/** @param period_ns  1..TERN_INFINITE */
void tern__deadline_init(struct deadline *deadline, int64_t period_ns);
void tern__deadline_fini(struct deadline *deadline);
/** Make room to watch so many instances in all. @return TERN_OK, TERN_ENOMEM */
tern_status tern__deadline_reserve(struct deadline *deadline, uint32_t count);
/** The instance was updated; it is watched from now on. Room must have been reserved. */
void tern__deadline_update(struct deadline *deadline, struct deadline_node *node,
                           int64_t now_ns);
/** Watch it no longer (disposed, unregistered); nothing happens if it was not watched. */
void tern__deadline_stop(struct deadline *deadline, struct deadline_node *node);
/**
 * One instance that missed its deadline. Call until it returns NULL.
 * @param ret_missed  whole periods that passed, 1..
 */
struct deadline_node *tern__deadline_missed(struct deadline *deadline, int64_t now_ns,
                                            uint64_t *ret_missed);
/** When the next miss will be; TERN_INFINITE if nothing is watched. Amortised O(1). */
int64_t tern__deadline_next(struct deadline *deadline);

#endif
