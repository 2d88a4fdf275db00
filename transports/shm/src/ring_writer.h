/* The writer's side of a ring: publishing, holding back, and getting memory back. Drawn and told
 * in layout.h and docs/shared-memory.md. One lock for each writer, held by nobody who waits. */
#ifndef TERN_SHM_RING_WRITER_H
#define TERN_SHM_RING_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/transport.h>

#include "chunk.h"
#include "layout.h"
#include "peer.h"
#include "segment.h"

struct ring_writer;

struct ring_writer_config {
	const struct tern_host *host;
	struct segment *segment;
	struct shm_bells *bells;               /* our process's: attach_epoch and space */
	const struct tern_endpoint_info *info; /* borrowed for the call: type, QoS */
	/* Attachments to our process's writers moved (attach_epoch): connect and disconnect what
	 * changed, by the functions below. All that had moved before the call has been looked at
	 * when it returns; false: not all could be (no memory), so that nothing may be recycled
	 * yet. Called without the ring's lock. */
	bool (*refresh)(void *context);
	/* A writer waits: look whether readers that hold it back are dead (slices of 20 ms). */
	void (*reap)(void *context);
	void *context;
	/* How many peers were refused, and of those that still are, the last: what was published
	 * when there had been fewer may be held by one whose claims cannot be seen. NULL: 0. */
	const _Atomic uint64_t *refusals, *kept_before;
};

/** @param ret_ring  offset of the struct shm_ring, for our announcement */
tern_status ring_writer_create(const struct ring_writer_config *config,
                               struct ring_writer **ret_writer, uint64_t *ret_ring);
/** No more calls of the contract come, and the entry is withdrawn (its serial moved). What
 * readers still read or claim stays until they are gone: then ring_writer_collect() frees it.
 * refresh() goes on to connect and disconnect who names this entry and serial. */
void ring_writer_close(struct ring_writer *writer);
/** @return true: it was closed and is freed now. May call refresh(). */
bool ring_writer_collect(struct ring_writer *writer);

/** A peer attached (ACTIVE, or LEFT with claims): honour its claims and cursor and ring its
 * bells from now on. Idempotent; an attachment with another serial takes the place of the old.
 * @return TERN_OK; TERN_EMALFORMED: not a valid attachment; TERN_ENOTFOUND: it is free again;
 *         TERN_ENOMEM */
tern_status ring_writer_connect(struct ring_writer *writer, struct peer *peer,
                                uint32_t attachment);
/** It is free again, or its process is dead: nothing of it counts any more. */
void ring_writer_disconnect(struct ring_writer *writer, const struct peer *peer,
                            uint32_t attachment);
/** The same for all attachments of a peer: its process is dead. */
void ring_writer_disconnect_peer(struct ring_writer *writer, const struct peer *peer);
/** Is there an ACTIVE attachment of that reader (an entry of the peer's directory)? */
bool ring_writer_has_reader(struct ring_writer *writer, const struct peer *peer,
                            uint32_t reader_entry);

/** Is there any ACTIVE attachment? */
bool ring_writer_is_read(struct ring_writer *writer);
/** Let go of all that it holds, but for what is claimed. Nothing may be published after it; to be
 * called as reserve() is. */
void ring_writer_forget(struct ring_writer *writer);

/* Of the contract, see struct tern_transport_ops. */
tern_status ring_writer_loan(struct ring_writer *writer, size_t size_bytes,
                             struct tern_payload **ret_payload);
tern_status ring_writer_reserve(struct ring_writer *writer,
                                struct tern_outgoing *outgoing);
void ring_writer_commit(struct ring_writer *writer, struct tern_outgoing *outgoing);
void ring_writer_cancel(struct ring_writer *writer, struct tern_outgoing *outgoing);

struct ring_writer_usage {
	uint64_t head;
	uint32_t capacity;    /* samples that it holds */
	uint32_t descriptors; /* made so far */
	uint32_t connections;
	uint64_t held_back; /* times that a reserve had to wait */
	/* Who held us back last: the reader's slot, generation and entry; generation 0: nobody. */
	uint32_t culprit_slot;
	uint64_t culprit_generation;
	uint32_t culprit_entry;
};
void ring_writer_usage_get(struct ring_writer *writer,
                           struct ring_writer_usage *ret_usage);

#endif
