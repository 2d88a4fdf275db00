/* The reader's side of a ring: attaching without the writer's help, claiming samples in place,
 * and letting go of them. One for each pair. Its functions are called one at a time, but for the
 * release of payloads, which may come from any thread and also after it was detached. */
#ifndef TERN_SHM_RING_READER_H
#define TERN_SHM_RING_READER_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/transport.h>

#include "layout.h"
#include "peer.h"
#include "segment.h"

struct ring_reader;

/**
 * A FREE attachment of our segment, its state still (serial << 8 | FREE): the caller fills it in
 * and then stores ((serial + 1) << 8 | state). One caller at a time.
 * @return NULL: no memory in the segment, or SHM_ENTRIES_MAX are in use
 */
struct shm_attachment *ring_attachment_find_free(struct segment *segment,
                                                 uint32_t *ret_index);

struct ring_reader_config {
	const struct tern_host *host;
	struct segment *segment; /* ours: the attachment lies in it */
	struct peer *peer;       /* the writer's; a reference is taken */
	uint32_t writer_entry;
	uint64_t writer_serial;
	struct tern_guid writer;
	uint64_t ring; /* offset, from the writer's announcement: not trusted */
	uint32_t reader_entry;
	const struct tern_type *type; /* ours; lives on */
	bool same_layout;             /* else the encoded form is read */
	bool reliable;                /* the pair is */
	bool holds_back;              /* and the writer keeps all */
	/* Samples beyond the claims are copied out, even if the writer could wait for them. */
	bool copies_out;
	/* Both are transient-local: begin with the history, its last `history_depth` of each
	 * instance; 0: all that there is. */
	bool wants_history;
	int32_t history_depth;
	uint32_t
		claim_count; /* 1..SHM_CLAIMS_MAX: samples that core's history may hold in place */
	uint64_t bells; /* at first */
};

/**
 * Attach: what is published from now on, and the history if wanted, will be seen.
 * @return TERN_OK; TERN_ECLOSED: the entry is not this writer's any more; TERN_EMALFORMED: the
 *         peer's ring is not one; TERN_ENOMEM: our segment or our memory is full;
 *         TERN_EUNSUPPORTED: the layouts differ and what the history holds was not encoded
 * Attachments of a process are made one at a time.
 */
tern_status ring_reader_attach(const struct ring_reader_config *config,
                               struct ring_reader **ret_reader);
/** Nothing is read any more. Samples lent before stay readable until they are released. */
void ring_reader_detach(struct ring_reader *reader);

/** See watch() of the contract. Threads: any. */
void ring_reader_watch(struct ring_reader *reader, uint64_t bells);

/**
 * The next sample, claimed and readable; the same one until ring_reader_pop().
 * @param ret_delivery  its payload is the reader's own until then; core refs it to keep it
 * @return TERN_OK; TERN_EAGAIN: nothing there; TERN_ELIMIT: all claims are out, and this sample
 *         may not be lost: it stays in the ring; TERN_ENOMEM: try again; TERN_EMALFORMED: the
 *         peer's memory is damaged: break the pair; TERN_EUNSUPPORTED: a late joiner's history
 *         goes on in a form that it cannot read: break it, too
 */
tern_status ring_reader_peek(struct ring_reader *reader,
                             struct tern_delivery *ret_delivery);
/** Core took it, or wants it not. */
void ring_reader_pop(struct ring_reader *reader);
/** At the end of a poll: wake the writer if it waits for what was popped. */
void ring_reader_flush(struct ring_reader *reader);

/** Is the writer still announced? Of a process that was killed: for ever. Threads: any. */
bool ring_reader_is_announced(const struct ring_reader *reader);
/** The writer's process is dead, or its writer is gone: true once all that it wrote was read. */
bool ring_reader_is_drained(const struct ring_reader *reader);

/** Samples that newer ones replaced before we read them (reliable KEEP_LAST), and those that
 * were lost (best effort). Threads: the polling one. */
uint64_t ring_reader_overwritten(const struct ring_reader *reader);
uint64_t ring_reader_lost(const struct ring_reader *reader);

#endif
