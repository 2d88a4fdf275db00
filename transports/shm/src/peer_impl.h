/* What the two sources of a peer share. */
#ifndef TERN_SHM_PEER_IMPL_H
#define TERN_SHM_PEER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "peer.h"

/* A part of the peer's file that is mapped here; checked, final. */
struct peer_extent {
	const uint8_t *base;
	uint64_t offset;
	uint64_t size_bytes;
	uint64_t address; /* where the peer says it has it: never followed here */
};

struct peer {
	const struct tern_host *host;
	_Atomic uint32_t references;
	struct peer_identity identity;
	int fd;                  /* of its data */
	struct shm_bells *bells; /* mapped */

	/* Extents below the count are final. Written under the lock. */
	_Atomic uint32_t extent_count;
	struct peer_extent extents[SHM_EXTENTS_MAX];
	pthread_mutex_t lock; /* taken by nobody with a segment's lock */
	bool is_damaged;      /* what it says of its extents cannot be */
};

/**
 * Map what the peer added to its file. Threads: any.
 * @return TERN_OK: there is more than the count before; TERN_ENOTFOUND: there is not;
 *         TERN_EMALFORMED, TERN_ENOMEM, TERN_EIO
 */
tern_status peer_extend(struct peer *peer, uint32_t known_count);

/** Map the first, as it stands in the header. */
tern_status peer_extent_first(struct peer *peer, const struct shm_extent *extent);

#endif
