/* A reader's history: every sample that reached the reader and was not taken, by instance, with
 * the states of DDS. One for all transports. It has no lock, no thread and no clock: the caller
 * holds the reader's lock and passes the times; it knows no transport and decodes nothing.
 * Source: DDS 1.4, 2.2.2.5.1 (states, ranks), 2.2.3 (policies).
 *
 *     reader                          history
 *     deliver()  ---- store() ------> limits, order, owner, filter, lifespan -> verdict
 *     take()     ---- available() --> what is due happens; an upper bound to allocate for
 *                ---- take() -------> entries, each with a reference, and their infos
 *     return()   ---- unref() ------> entries may be reused
 *     wait()     ---- next_event() -> when tick() will have something to do
 */
#ifndef TERN_CORE_HISTORY_H
#define TERN_CORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/entity_status.h>
#include <tern/guid.h>
#include <tern/qos.h>
#include <tern/reader.h>
#include <tern/sample.h>
#include <tern/status.h>
#include <tern/transport.h>
#include <tern/type.h>

#include "due_heap.h"

/** How much a KEEP_ALL reader holds beyond its limits, unless told otherwise. */
#define HISTORY_OVERFLOW_MAX_BYTES ((size_t)64 << 20)

struct history;
struct history_writer; /* what the history knows of one matched writer */

struct history_now {
	int64_t real_ns;      /* CLOCK_REALTIME: lifespan, reception timestamps */
	int64_t monotonic_ns; /* CLOCK_MONOTONIC: deadline, filter, autopurge */
};

struct history_config {
	const struct tern_qos *qos; /* the reader's; copied as far as it is needed */
	const struct tern_type *type;
	size_t overflow_max_bytes; /* payloads and bookkeeping; 0: no overflow */
	/**
	 * What to keep of a new instance so that its key members can be shown when its samples
	 * are gone. Called for keyed types with the first whole sample of an instance; the
	 * result (a reference the history owns, key_only) is the payload of its samples without
	 * data. NULL result: the sample cannot be decoded, or there is no memory; it is not
	 * stored. NULL function: the sample's own payload is kept, whole.
	 */
	struct tern_payload *(*make_key)(void *context, struct tern_payload *sample);
	void *context; /* of make_key */
};

struct history_writer_facts {
	struct tern_guid guid;
	/* Decides between writers of equal strength, and between equal source timestamps: the
	 * lower wins, as in Cyclone DDS. The RTPS GUID, else guid again. */
	struct tern_guid tie_guid;
	int32_t ownership_strength;
	int64_t lifespan_ns;
	bool autodispose;
};

/** Something that a writer did, on its way into the history. Borrowed for the call. */
struct history_change {
	struct history_writer *writer;
	int64_t source_timestamp_ns;
	tern_change_kind kind;
	const uint8_t
		*key_hash; /* TERN_KEY_HASH_SIZE_BYTES; ignored for types without a key */
	/* The history takes a reference of its own if it keeps it. WRITE: the sample. Others: the
	 * key (key_only), or NULL; a whole sample makes it a write and a dispose or unregister. */
	struct tern_payload *payload;
	const char *transport; /* static */
	bool reliable;         /* the pair's: false: what finds no room is rejected */
	bool may_overflow;     /* false: what finds no room is HISTORY_FULL at once */
};

enum history_verdict {
	HISTORY_STORED, /* there is something new to read: a sample, or a change of state */
	HISTORY_OVERWROTE, /* the same, and a sample that nobody had read made way (KEEP_LAST) */
	HISTORY_UNCHANGED, /* nothing to see: disposed again, unregistered one of several, ... */
	HISTORY_OVERFLOWED, /* KEEP_ALL: waits behind the limits and comes in when there is room */
	HISTORY_HELD, /* time-based filter, reliable: shown later, unless a newer one comes */
	/* not kept: */
	HISTORY_FULL, /* KEEP_ALL and nothing may be lost: offer it again after a take */
	HISTORY_REJECTED, /* resource limits; counts.rejected_reason, rejected_instance */
	HISTORY_EXPIRED,  /* lifespan */
	HISTORY_FILTERED, /* time-based filter */
	HISTORY_NOT_OWNER, /* EXCLUSIVE: a stronger writer owns the instance */
	HISTORY_TOO_OLD,   /* BY_SOURCE_TIMESTAMP: older than what was read or decided */
	HISTORY_UNKNOWN_INSTANCE, /* a dispose by hash alone of an instance without a known key */
	HISTORY_NO_KEY,           /* make_key() had none to give */
	HISTORY_NO_MEMORY,
};

/** Totals since creation. A sample that came through overflow or hold is counted at its end. */
struct history_counts {
	uint64_t stored;      /* samples with data that came in */
	uint64_t taken;       /* samples with data that take() lent */
	uint64_t overwritten; /* not read before: KEEP_LAST */
	uint64_t rejected;
	tern_rejected_reason rejected_reason; /* of the last */
	tern_instance_handle rejected_instance;
	uint64_t expired;  /* not read before: lifespan; also on arrival */
	uint64_t filtered; /* time-based filter */
	uint64_t not_owner;
	uint64_t too_old;
	uint64_t unknown_instance;
	uint64_t no_key;
	uint64_t purged; /* not read before: autopurge */
	uint64_t no_memory;
	uint64_t deadline_missed;
	tern_instance_handle deadline_instance; /* of the last miss */
};

/**
 * A sample in the history, or lent out of it, or both. The caller of take() and read() gets one
 * reference to each.
 */
struct history_sample {
	/* For the reader: */
	struct tern_payload
		*payload; /* without data: the key's, or NULL (no key, or not known) */
	/* Reader's slot: the sample decoded, or payload again. The history only gives its
	 * reference up with the last reference to the sample. */
	struct tern_payload *native;
	struct tern_guid writer;
	int64_t source_timestamp_ns;
	int64_t reception_timestamp_ns;
	const char *transport;
	bool valid_data;

	/* For the history: */
	bool is_read;
	uint32_t references;
	uint32_t disposed_generation;
	uint32_t no_writers_generation;
	struct history_instance *instance; /* NULL: not in the history any more */
	struct history_sample *older,
		*newer; /* in the instance; newer also chains the pool */
	struct history_sample *previous, *following; /* in order of arrival, over all */
	struct due_node expiry;
	struct tern_guid tie_guid; /* set with BY_SOURCE_TIMESTAMP only */
};

/**
 * @param ret_history  owned by the caller: tern__history_destroy()
 * @return TERN_OK, TERN_ENOMEM
 */
tern_status tern__history_create(const struct history_config *config,
                                 struct history **ret_history);
/** Nothing may be lent. NULL is fine. */
void tern__history_destroy(struct history *history);

/* ---- writers ------------------------------------------------------------------------- */

/**
 * A writer was matched.
 * @param ret_writer  the history's; valid until tern__history_writer_remove()
 * @return TERN_OK, TERN_ENOMEM
 */
tern_status tern__history_writer_add(struct history *history,
                                     const struct history_writer_facts *facts,
                                     struct history_writer **ret_writer);
/** Its QoS changed: counts for the samples that come from now on. guid stays. */
void tern__history_writer_change(struct history *history, struct history_writer *writer,
                                 const struct history_writer_facts *facts);
/**
 * It is alive no longer (liveliness): unregister it from all its instances, O(its instances);
 * its next sample registers it again.
 * @param dispose  where it was the last writer, the instance becomes NOT_ALIVE_DISPOSED if the
 *                 writer autodisposes; else NOT_ALIVE_NO_WRITERS
 * @return true if there is something new to read
 */
bool tern__history_writer_unregister(struct history *history,
                                     struct history_writer *writer, bool dispose,
                                     const struct history_now *now);
/**
 * It was unmatched: the same, and it is forgotten; the pointer is dead. What it has in the
 * overflow still comes in, and its instances lose it after that.
 */
bool tern__history_writer_remove(struct history *history, struct history_writer *writer,
                                 bool dispose, const struct history_now *now);

/* ---- in ------------------------------------------------------------------------------ */

/**
 * A change arrived. O(1) apart from growth (BY_SOURCE_TIMESTAMP: O(how late it is); a finite
 * lifespan: O(log n)).
 * EXCLUSIVE ownership: the writer that wrote an instance last owns it until a stronger one
 * writes, or it unregisters, dies or misses the instance's deadline. Equal strength: the lower
 * tie_guid. Others' changes are HISTORY_NOT_OWNER, but they are registered.
 * Lifespan: a sample expires at min(source, reception timestamp) + lifespan by the real clock:
 * DDS's rule, and a writer whose clock runs ahead of ours does not prolong it.
 */
enum history_verdict tern__history_store(struct history *history,
                                         const struct history_change *change,
                                         const struct history_now *now);

/** May a pulling transport be polled? False: KEEP_ALL and at max_samples. O(1). */
bool tern__history_has_room(const struct history *history);

/* ---- time ---------------------------------------------------------------------------- */

/**
 * Let happen what is due: lifespans, deadlines, autopurge, samples held by the filter.
 * O(1) if nothing is. available() does it by itself; store() needs none before it.
 * @return true if there is something new to read
 */
bool tern__history_tick(struct history *history, const struct history_now *now);
/**
 * May time bring anything about? If not, tick(), next_event(), available(), take() and read()
 * need no clocks: their `now` may be zero. As of the last call; O(1).
 */
bool tern__history_is_timed(const struct history *history);
/** Does store() need the monotonic clock? Else monotonic_ns may be 0. Fixed at creation. */
bool tern__history_uses_monotonic(const struct history *history);
/** When tick() will have something to do, in monotonic time; TERN_INFINITE: never. */
int64_t tern__history_next_event(struct history *history, const struct history_now *now);

/* ---- out ----------------------------------------------------------------------------- */

/** Are there samples that were not read? O(1). As of the last store, tick or available. */
bool tern__history_has_unread(const struct history *history);

/**
 * Tick, then: how many samples a take or read of this selection gives at most. O(1).
 * @param selection  NULL: any
 */
uint32_t tern__history_available(struct history *history,
                                 const struct tern_selection *selection,
                                 const struct history_now *now);

/**
 * Take or read: one instance after the other, the one with the oldest matching sample first; in
 * each instance in order of the destination order. Samples of one instance stand together.
 * @param selection    NULL: any; a group of states left out is any of that group
 * @param max          room in both arrays, 0..
 * @param ret_samples  info is filled, data is NULL
 * @param ret_entries  with a reference to each: tern__history_unref()
 * @return number of samples, or TERN_ENOTFOUND (no such instance; text is set)
 */
int32_t tern__history_take(struct history *history,
                           const struct tern_selection *selection, uint32_t max,
                           const struct history_now *now, struct tern_sample *ret_samples,
                           struct history_sample **ret_entries);
int32_t tern__history_read(struct history *history,
                           const struct tern_selection *selection, uint32_t max,
                           const struct history_now *now, struct tern_sample *ret_samples,
                           struct history_sample **ret_entries);

/** Give a reference up: with the last one, payload and native are given up too. */
void tern__history_unref(struct history *history, struct history_sample *sample);

/** The handle of a key hash; TERN_HANDLE_NIL if the history does not know the instance. */
tern_instance_handle tern__history_lookup(
	const struct history *history, const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES]);
/** The key of an instance, borrowed until the next call; NULL: not known, or no key. */
struct tern_payload *tern__history_key(const struct history *history,
                                       tern_instance_handle instance);

const struct history_counts *tern__history_counts(const struct history *history);
/** Bytes that wait in the overflow: a reader that is slow. */
size_t tern__history_overflow_bytes(const struct history *history);

#endif
