/* A writer's history: which instances the writer has, whether each meets its offered deadline,
 * and, for TRANSIENT_LOCAL, what a late joiner gets. It has no lock and no clock: the caller
 * holds the writer's lock and passes the times. It sends nothing.
 * Source: DDS 1.4, 2.2.2.4.2 (registration), 2.2.3.4 (durability), 2.2.3.18, 2.2.3.19.
 *
 * A change is reserved before it is sent and committed after, so that nothing can fail once it
 * is out:
 *     reserve() -> transports reserve, commit -> commit()      or      cancel()
 *
 * What is kept for late joiners, per instance:
 *     alive                   its last history_depth samples; KEEP_ALL: all
 *     disposed                the same, then the dispose
 *     unregistered            the same, then the unregister
 *     disposed, unregistered  nothing (service_cleanup_delay 0): it was never there
 * An unregistered instance does not count as one of max_instances; the oldest of them makes way
 * when a limit is reached. */
#ifndef TERN_CORE_WRITER_HISTORY_H
#define TERN_CORE_WRITER_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/qos.h>
#include <tern/sample.h>
#include <tern/status.h>
#include <tern/transport.h>
#include <tern/type.h>

struct writer_history;

/** What is kept of one change. */
struct writer_sample {
	struct tern_payload
		*payload; /* native; WRITE: the sample, others: the key, or NULL */
	int64_t source_timestamp_ns;
	tern_change_kind kind;
	const uint8_t *key_hash; /* the instance's */

	/* For the history: */
	struct writer_instance *instance;
	struct writer_sample *newer_in_instance;
	struct writer_sample *older, *newer;
};

/**
 * @param qos   the writer's; copied as far as it is needed
 * @param ret_history  owned by the caller: tern__writer_history_destroy()
 * @return TERN_OK, TERN_ENOMEM
 */
tern_status tern__writer_history_create(const struct tern_qos *qos,
                                        const struct tern_type *type,
                                        struct writer_history **ret_history);
/** NULL is fine. */
void tern__writer_history_destroy(struct writer_history *history);

/** True: commit() wants a native payload to keep (TRANSIENT_LOCAL). */
bool tern__writer_history_keeps(const struct writer_history *history);

/**
 * Can this change be made? Everything that commit() needs is set aside. Ends with commit() or
 * cancel(); one at a time.
 * @param key_hash  ignored for types without a key
 * @return TERN_OK; TERN_ELIMIT: max_instances, or max_samples or max_samples_per_instance of what
 *         is kept; TERN_ENOTFOUND: dispose or unregister of an instance that this writer does
 *         not have; TERN_ENOMEM. The text says which instance and how to mend it.
 */
tern_status tern__writer_history_reserve(struct writer_history *history,
                                         tern_change_kind kind,
                                         const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES],
                                         int64_t now_real_ns);
/**
 * The reserved change was made. Never fails.
 * @param source_timestamp_ns  above that of every change before
 * @param payload  a reference is taken if it is kept. May be NULL if nothing is
 *                 (tern__writer_history_keeps()), or for dispose and unregister
 */
void tern__writer_history_commit(struct writer_history *history,
                                 int64_t source_timestamp_ns,
                                 struct tern_payload *payload, int64_t now_monotonic_ns);
/** It was not made: nothing has changed since reserve(), except that expired samples are gone. */
void tern__writer_history_cancel(struct writer_history *history);

/**
 * What a late joiner gets, oldest first. Valid until the next reserve(), expire() or destroy().
 * NULL ends.
 */
const struct writer_sample *tern__writer_history_first(struct writer_history *history);
static inline const struct writer_sample *tern__writer_history_next(
	const struct writer_sample *sample)
{
	return sample->newer;
}

/** Drop samples whose lifespan ended: before a replay. */
void tern__writer_history_expire(struct writer_history *history, int64_t now_real_ns);

/**
 * The instances that are registered, in handle order, for a writer that unregisters them all.
 * @param above       TERN_HANDLE_NIL to begin, then the last handle
 * @param ret_key_hash  may be NULL
 * @return TERN_HANDLE_NIL at the end
 */
tern_instance_handle tern__writer_history_instance_above(
	const struct writer_history *history, tern_instance_handle above,
	uint8_t ret_key_hash[TERN_KEY_HASH_SIZE_BYTES]);
/** Handle of a registered instance, or TERN_HANDLE_NIL. */
tern_instance_handle tern__writer_history_lookup(
	const struct writer_history *history,
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES]);
/** Registered instances. O(1). */
uint32_t tern__writer_history_instances(const struct writer_history *history);
/** Changes kept for late joiners. O(1). */
uint32_t tern__writer_history_samples(const struct writer_history *history);

/**
 * Offered deadlines missed since the last call.
 * @param ret_instance  the last one; untouched if there is none
 */
uint64_t tern__writer_history_deadline_missed(struct writer_history *history,
                                              int64_t now_monotonic_ns,
                                              tern_instance_handle *ret_instance);
/** When the next will be missed, monotonic; TERN_INFINITE: never. */
int64_t tern__writer_history_next_deadline(struct writer_history *history);

#endif
