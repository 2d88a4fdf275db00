/* What the sources of a ring's writer share. Nothing here lies in shared memory.
 *
 * Core calls reserve, commit and cancel of a writer one at a time: what is marked "publishing"
 * belongs to whoever is in one of these, without a lock. The lock guards the connections alone,
 * which discovery changes from other threads. */
#ifndef TERN_SHM_RING_WRITER_IMPL_H
#define TERN_SHM_RING_WRITER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "ring_history.h"
#include "ring_writer.h"

/* A descriptor of ours. References are the words that name it, one in the ring and one in the
 * history; without any it is retired, and with no claim on it either it is free. */
struct own_descriptor {
	struct shm_descriptor *shared;
	uint32_t references;
	uint32_t payload_count;
	uint64_t claimed_round; /* of the last collection that found a claim */
	uint64_t refusals;      /* when it was published */
	size_t size_bytes;      /* of its payloads */
	struct tern_payload *payloads[TERN_LOAN_BLOCKS_MAX + 1]; /* owned */
};

/* All of it is publishing. */
struct descriptor_table {
	struct own_descriptor *all; /* owned, as are the next two: room for `capacity` */
	uint32_t *free;
	uint32_t *retired;
	uint32_t count, capacity;
	uint32_t free_count;
	uint32_t retired_count;
	size_t retired_bytes;
	size_t collect_at_bytes;   /* retired bytes that are worth a look at the claims */
	uint32_t collect_at_count; /* and descriptors */
	uint64_t round;
};

/* One attachment of a peer's reader. */
struct connection {
	struct peer *peer; /* owned */
	uint32_t index;    /* in the peer's attachments */
	const struct shm_attachment *attachment;
	const _Atomic uint32_t *claims;
	uint32_t claim_count;
	uint32_t flags;
	uint32_t reader_entry;
	uint64_t serial;
};

/* Between reserve and commit: all that a commit needs, so that it cannot fail. */
struct reservation {
	bool active;
	uint32_t descriptor;
	struct history_place place; /* unused without a history */
};

struct ring_writer {
	struct ring_writer_config config; /* info: not valid after create */
	const struct tern_host *host;
	const struct tern_type *type;
	char *topic_name; /* owned; for messages */
	tern_representation representation;
	uint32_t flags; /* SHM_RING_... */
	bool has_lifespan;
	uint32_t capacity;
	struct shm_ring *ring; /* in our segment */
	struct chunk_pool *pool;

	/* publishing: */
	struct descriptor_table descriptors;
	struct ring_history *history; /* owned; NULL: the ring is all there is */
	struct reservation reserved;
	uint64_t tail;     /* oldest sequence whose word in the ring names a descriptor */
	size_t ring_bytes; /* of the payloads in it */
	size_t expected_bytes; /* of a sample that is copied, with what it points to */
	uint32_t seen_epoch;   /* attach_epoch as of the last complete refresh */

	/* Relaxed; written by whoever publishes, read by ring_writer_usage_get(), too. */
	_Atomic uint64_t head;
	_Atomic uint64_t held_back;
	_Atomic uint32_t descriptors_made;
	/* What all that hold back have passed when it was last looked at; 0: look. Relaxed: a
	 * reader's connection cannot be news to a reserve that saw the epoch it moved. */
	_Atomic uint64_t passed;
	_Atomic bool encoded_wanted;

	/* After the transport's and the endpoint's lock, before the chunk pool's. Never held while
	 * waiting. */
	pthread_mutex_t lock;
	struct connection *connections;
	uint32_t connection_count, connection_room;
	bool closed;
	uint32_t culprit_slot;
	uint64_t culprit_generation;
	uint32_t culprit_entry;
};

/* Acquire: pairs with who refuses a peer: what is published after it finds the peer told. */
static inline uint64_t ring_writer_count_of(const _Atomic uint64_t *count)
{
	return count ? atomic_load_explicit(count, memory_order_acquire) : 0;
}

/* ring_writer_connect.c */

/** Look who came and went, if anybody did. false: not all could be looked at. */
bool ring_writer_refresh(struct ring_writer *writer);
/** May the next sample take its place in the ring? Notes the culprit if not. */
bool ring_writer_has_room(struct ring_writer *writer);
bool ring_writer_somebody_holds_back(struct ring_writer *writer);
/** Let the processes of those for whom the next sample waits fetch what they have not. */
void ring_writer_call_holders(struct ring_writer *writer);

/* With the lock held: */

/** The same; lets go of the lock meanwhile. */
bool ring_writer_refresh_locked(struct ring_writer *writer);
/** What all readers with these flags (SHM_ATTACHMENT_...) have passed: all below this sequence. */
uint64_t ring_writer_passed(struct ring_writer *writer, uint32_t flags);
/** After a fence: mark in the table which descriptors somebody claims. */
void ring_writer_read_claims(struct ring_writer *writer);
/** After a fence: ring the bells of all who wait. */
void ring_writer_ring(struct ring_writer *writer);

/* ring_writer_reclaim.c; publishing */

/** A free descriptor, collected or made. TERN_OK, TERN_ENOMEM with a text. */
tern_status ring_writer_descriptor_get(struct ring_writer *writer, uint32_t *ret_index);
/** It was never named by a word: free it with its payloads. */
void ring_writer_descriptor_put_back(struct ring_writer *writer, uint32_t index);
/** A word that named it is gone. */
void ring_writer_descriptor_unref(struct ring_writer *writer, uint32_t index);
/** Free what is retired and that nobody claims. */
void ring_writer_collect_retired(struct ring_writer *writer);
/** End the oldest samples' time in the ring until no more than so many bytes are left. */
void ring_writer_trim(struct ring_writer *writer, size_t keep_bytes);
/** Is there anything that a peer may hold whose claims cannot be seen? */
bool ring_writer_keeps_for_refused(const struct ring_writer *writer);
/** Everything, claimed or not: nobody reads any more. */
void ring_writer_descriptors_fini(struct ring_writer *writer);

/* ring_writer_forms.c; publishing */

/** Put the sample's forms into a descriptor. TERN_OK, TERN_ENOMEM, TERN_EINVAL, ... */
tern_status ring_writer_make_forms(struct ring_writer *writer,
                                   struct tern_outgoing *outgoing,
                                   struct own_descriptor *descriptor);

#endif
