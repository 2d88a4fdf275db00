/* A writer's history as readers see it: the last samples of each instance, for those who join
 * late or were lapped by the ring. Which sample stays and which goes; not how it is published. */
#ifndef TERN_SHM_RING_HISTORY_H
#define TERN_SHM_RING_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/transport.h>

#include "layout.h"
#include "segment.h"

struct ring_history;
struct history_entry;
struct history_instance;

/* Where the next sample will go: found beforehand, so that adding it cannot fail. */
struct history_place {
	struct history_entry *entry;
	struct history_instance *instance;
};

/** @return NULL: no memory */
struct ring_history *ring_history_create(const struct tern_host *host,
                                         struct segment *segment, struct shm_ring *ring,
                                         const struct tern_qos *qos, bool keyed);
/** Its words are given back with the ring. NULL is fine. */
void ring_history_destroy(struct ring_history *history);

/** Find a place for a sample of this instance. TERN_OK, TERN_ENOMEM with a text. */
tern_status ring_history_reserve(struct ring_history *history,
                                 const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES],
                                 struct history_place *ret_place);
/** It was not used. */
void ring_history_cancel(struct ring_history *history, struct history_place *place);

/* A sample is added before it is published and others are dropped after: at no time does a
 * reader find less than the last ones. */

/** Store the word, with release: what it names is written. */
void ring_history_add(struct ring_history *history, struct history_place *place,
                      tern_change_kind kind, int64_t source_timestamp_ns,
                      uint64_t sequence, uint32_t descriptor);

/**
 * What a sample that was added replaces: to be called until it returns false.
 * @param now_ns          samples whose lifespan is over by then go, too
 * @param ret_descriptor  its word is gone
 */
bool ring_history_drop_next(struct ring_history *history, int64_t now_ns,
                            uint32_t *ret_descriptor);

/** All of it goes: to be called until it returns false. Nobody reads it any more. */
bool ring_history_forget_next(struct ring_history *history, uint32_t *ret_descriptor);

/** Is it time to find out what all reliable readers have passed? */
bool ring_history_asks_for_passed(const struct ring_history *history);
/** All below this sequence: the end of an instance that they saw need not be kept for them. */
void ring_history_set_passed(struct ring_history *history, uint64_t passed);

#endif
