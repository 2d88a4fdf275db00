/* What the sources of a ring's reader share. Only the claims and the attachment lie in shared
 * memory, in this process's own data. */
#ifndef TERN_SHM_RING_READER_IMPL_H
#define TERN_SHM_RING_READER_IMPL_H

#include <stdatomic.h>

#include "ring_reader.h"

/* A sample lent in place: one for each claim. */
struct lent_payload {
	struct tern_payload base;
	struct ring_reader *reader;
	struct tern_foreign_view view; /* memory: NULL for types without pointers */
};

/* A word of the history that is still to be delivered. */
struct missed_sample {
	uint64_t sequence;
	uint64_t word;
	const _Atomic uint64_t *place; /* of the word, in the peer's memory */
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
	uint8_t kind;
	bool readable; /* in a form that we can read */
};

struct missed_list {
	struct missed_sample *samples; /* owned; in order of sequence */
	uint32_t count, room;
	uint32_t next;
	uint32_t scanned; /* words, the last time */
	bool is_join;     /* from before we attached: not part of the sequence */
};

/* A claim is free, taken (its payload is lent), or, the last one, our own for a moment.
 *
 *   claims       [ 0 | 17 | 0 | 4 | ... | own ]      words in our segment: descriptor + 1
 *   free_claims  [ 1 |  0 | 1 | 0 | ... ]            bits, set by whoever releases
 *   lent         [   | x  |   | x | ... ]
 */
struct ring_reader {
	struct ring_reader_config config;
	const struct tern_host *host;
	struct segment *segment;         /* owned reference */
	struct peer *peer;               /* owned reference */
	const _Atomic uint64_t *refused; /* in the peer's memory: the word about us */
	const struct shm_ring *ring;
	uint32_t capacity;
	uint32_t ring_flags;

	struct shm_attachment *attachment;
	uint64_t serial;
	_Atomic uint32_t *claims; /* claim_count + 1, in our segment; owned */
	uint32_t claim_count;
	struct lent_payload *lent;     /* owned */
	_Atomic uint64_t *free_claims; /* owned; bits of claim_count */
	uint32_t free_words;
	uint32_t fork_count; /* as of the process that attached */

	/* How many releases are outstanding, counted so that the polling thread need not: it
	 * falls below zero with each release, and detach adds what was lent. Who brings it to
	 * zero is the last. */
	_Atomic int64_t balance;

	/* From here on the polling thread's: */
	uint64_t
		free_here; /* bits that were taken out of a word of free_claims at once */
	uint32_t free_here_word;
	int64_t lent_count; /* in all its life */

	uint64_t cursor; /* sequence that is wanted next from the ring */
	uint64_t
		expected; /* what follows the last that was delivered, if nothing is missing */
	struct missed_list missed;
	struct tern_delivery delivery; /* the one that was peeked at */
	uint64_t delivery_sequence;
	bool has_delivery;
	bool began; /* something was delivered: what is missing from then on counts */
	uint32_t popped; /* since the last flush */
	uint64_t overwritten, lost;
};

/* Not a tern_status: what we looked at has changed, look again. */
#define RING_READER_RETRY 1

/* ring_reader_claim.c */

/** Note whose claims they are: a child of fork() has none. @return false: no memory */
bool ring_reader_begin_claims(struct ring_reader *reader);
/** The claim that only the polling thread uses, for as long as it looks at a descriptor. */
static inline uint32_t ring_reader_own_claim(const struct ring_reader *reader)
{
	return reader->claim_count;
}
/** @return a claim for a sample to be lent, or the own one if all are out */
uint32_t ring_reader_claim_get(struct ring_reader *reader);
/**
 * Claim what a word names. @return false: the word is another now, nothing is claimed and the
 * claim is given back
 */
bool ring_reader_claim(struct ring_reader *reader, uint32_t claim, uint64_t word,
                       const _Atomic uint64_t *place);
/** It was claimed and not lent. */
void ring_reader_unclaim(struct ring_reader *reader, uint32_t claim);
/** Let the payload of this claim be released by whoever has it last. */
struct tern_payload *ring_reader_lend(struct ring_reader *reader, uint32_t claim,
                                      const void *sample,
                                      const struct tern_foreign_view *view);
/** Wake writers of the peer that wait for what we gave before (SHM_WANTS_...). Threads: any. */
void ring_reader_give(struct ring_reader *reader, uint32_t given);
/** No payload is lent from now on; the last that is released frees all. */
void ring_reader_end_claims(struct ring_reader *reader);

/* ring_reader_open.c */

/** A descriptor's first part, copied and checked. TERN_EMALFORMED: it cannot be. */
tern_status ring_reader_read_descriptor(struct ring_reader *reader, uint64_t word,
                                        struct shm_descriptor *ret_descriptor);
/**
 * Make the sample that a word names the next delivery.
 * @return TERN_OK; RING_READER_RETRY: the word has changed; TERN_ELIMIT, TERN_ENOMEM,
 *         TERN_EMALFORMED; TERN_ECLOSED: the writer's process does not honour our claims; TERN_EUNSUPPORTED: not in a form that we can read
 */
tern_status ring_reader_open(struct ring_reader *reader, uint64_t word,
                             const _Atomic uint64_t *place, uint64_t sequence);

/* ring_reader_resync.c */

/** Note what the history holds from `first` to `last`, to be delivered before the ring.
 * TERN_OK, TERN_ENOMEM, TERN_EMALFORMED */
tern_status ring_reader_scan(struct ring_reader *reader, uint64_t first, uint64_t last);
/** The same for one who joins late: the last of each instance alone. TERN_EUNSUPPORTED, too. */
tern_status ring_reader_scan_for_join(struct ring_reader *reader, uint64_t last);

#endif
