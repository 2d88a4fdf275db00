/* The pairs of one endpoint of ours: which remote endpoints Cyclone has matched with it, and
 * which of them core wants served. A pair is ready when both are true. */
#ifndef TERN_DDS_PAIRS_H
#define TERN_DDS_PAIRS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/guid.h>
#include <tern/status.h>

struct tern__pair {
	struct tern_guid remote;
	uint64_t handle; /* Cyclone's number for the remote; 0: never matched */
	bool matched;    /* by Cyclone */
	bool attached;   /* by core */
	bool waiting;    /* attached, but not matched: pair_ready() is owed */
	bool decided;    /* core has attached, detached or been refused since the match */
	int64_t matched_at_ns; /* monotonic */
	int64_t matched_realtime_ns;
	uint64_t last_sequence_number; /* handed to core; 0: none yet */
	uint64_t
		malformed; /* reported lost one by one: core's numbers close these gaps */
};

struct tern__pairs {
	pthread_mutex_t lock; /* guards the members; a leaf */
	struct tern__pair *pairs;
	size_t count;
	size_t capacity;
	size_t latest; /* where the last lookup by handle ended */
};

void tern__pairs_init(struct tern__pairs *pairs);
void tern__pairs_fini(struct tern__pairs *pairs);

/** Cyclone matched them. @return true if pair_ready() is owed */
bool tern__pairs_matched(struct tern__pairs *pairs, const struct tern_guid *remote,
                         uint64_t handle, int64_t monotonic_ns, int64_t realtime_ns);
/** Cyclone unmatched them. @return true if core had the pair served */
bool tern__pairs_unmatched(struct tern__pairs *pairs, const struct tern_guid *remote);

/** @return TERN_OK: ready; TERN_EAGAIN: waits for Cyclone; TERN_ENOMEM */
tern_status tern__pairs_attach(struct tern__pairs *pairs, const struct tern_guid *remote);
void tern__pairs_detach(struct tern__pairs *pairs, const struct tern_guid *remote);

/** Is it there? Copies it. */
bool tern__pairs_find(struct tern__pairs *pairs, const struct tern_guid *remote,
                      struct tern__pair *ret_pair);
/** The first that waits for Cyclone, from *index on, which is moved behind it. */
bool tern__pairs_next_waiting(struct tern__pairs *pairs, size_t *index,
                              struct tern_guid *ret_remote);

/**
 * With the lock held: the matched pair of this handle; NULL if there is none. The pointer is
 * good while the lock is held.
 */
struct tern__pair *tern__pairs_by_handle(struct tern__pairs *pairs, uint64_t handle);

#endif
