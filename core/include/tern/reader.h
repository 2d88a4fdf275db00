/* A reader: receives samples of one topic into its history and lends them out.
 * Source: DDS 1.4, 2.2.2.5.3 (DataReader). */
#ifndef TERN_READER_H
#define TERN_READER_H

#include <stdint.h>

#include <tern/api.h>
#include <tern/entity_status.h>
#include <tern/guid.h>
#include <tern/participant.h>
#include <tern/qos.h>
#include <tern/sample.h>
#include <tern/status.h>
#include <tern/topic.h>
#include <tern/type.h>

TERN_BEGIN_DECLS

struct tern_reader;

/**
 * Make a reader. It finds writers by itself from now on.
 * @param topic_name  see tern_topic_create(); made if the participant has no such topic
 * @param type        borrowed for the participant's life
 * @param qos         NULL: the topic's, else tern_qos_reader_default(). Copied.
 * @param ret_reader  owned by the caller: tern_reader_destroy()
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM, TERN_EEXISTS (the topic has another type)
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status
tern_reader_create(struct tern_participant *participant, const char *topic_name,
                   const struct tern_type *type, const struct tern_qos *qos,
                   struct tern_reader **ret_reader);

/**
 * Withdraw and free it. NULL is fine.
 * @return TERN_OK, or TERN_EBUSY while samples are lent, TERN_EPERM in a
 *         listener: nothing was destroyed
 * Threads: any but a listener's; no other call on the reader may run.
 */
TERN_API tern_status tern_reader_destroy(struct tern_reader *reader);

/**
 * Take samples out of the history, oldest first, one instance after the other where the
 * destination order does not forbid it.
 * @param max          1..UINT32_MAX samples at most
 * @param ret_samples  an array, lent; give it back with tern_reader_return(). Set only if the
 *                     result is above 0.
 * @return number of samples, 0 if there are none, or TERN_EINVAL, TERN_ENOMEM
 * Threads: any. Never blocks.
 */
TERN_API TERN_MUST_CHECK int32_t tern_reader_take(struct tern_reader *reader,
                                                  uint32_t max,
                                                  struct tern_sample **ret_samples);
/** The same, but the samples stay in the history, marked as read. */
TERN_API TERN_MUST_CHECK int32_t tern_reader_read(struct tern_reader *reader,
                                                  uint32_t max,
                                                  struct tern_sample **ret_samples);

/** Which samples: states by bit, one instance or all. */
struct tern_selection {
	uint32_t states;               /* TERN_NOT_READ | ... ; TERN_ANY_STATE */
	tern_instance_handle instance; /* TERN_HANDLE_NIL: any */
	bool next_instance; /* the first instance above `instance` that has samples */
};

/** As take and read, of a selection. TERN_ENOTFOUND: the reader does not know the instance. */
TERN_API TERN_MUST_CHECK int32_t tern_reader_take_selected(
	struct tern_reader *reader, const struct tern_selection *selection, uint32_t max,
	struct tern_sample **ret_samples);
TERN_API TERN_MUST_CHECK int32_t tern_reader_read_selected(
	struct tern_reader *reader, const struct tern_selection *selection, uint32_t max,
	struct tern_sample **ret_samples);

/** Give lent samples back: the whole array of one take or read. NULL is fine. Threads: any. */
TERN_API void tern_reader_return(struct tern_reader *reader, struct tern_sample *samples);

/**
 * Wait until there are samples that were not read yet.
 * @param timeout_ns  0..TERN_INFINITE
 * @return TERN_OK, TERN_ETIMEDOUT, TERN_EINVAL, TERN_ENOMEM, TERN_ELIMIT: a reader takes one of
 *         the process's TERN_WAITSETS_MAX waitsets with its first wait
 * Threads: any, one at a time; a waitset serves many readers.
 */
TERN_API TERN_MUST_CHECK tern_status tern_reader_wait(struct tern_reader *reader,
                                                      int64_t timeout_ns);

/**
 * Wait until at least so many writers are matched.
 * @return TERN_OK, TERN_ETIMEDOUT; the text then tells the reasons of writers that do not match
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_reader_wait_matched(struct tern_reader *reader,
                                                              uint32_t writers,
                                                              int64_t timeout_ns);

/** The handle of the instance that the key members name; TERN_HANDLE_NIL if it is not known. */
TERN_API tern_instance_handle tern_reader_lookup_instance(struct tern_reader *reader,
                                                          const void *key);

/** Threads: any. */
TERN_API struct tern_guid tern_reader_guid(const struct tern_reader *reader);
TERN_API const struct tern_topic *tern_reader_topic(const struct tern_reader *reader);

/** Statuses; reading one resets its change and its bit. Threads: any. */
TERN_API uint32_t tern_reader_status_changes(struct tern_reader *reader);
TERN_API struct tern_matched_status tern_reader_subscription_matched(
	struct tern_reader *reader);
TERN_API struct tern_incompatible_status tern_reader_requested_incompatible(
	struct tern_reader *reader);
TERN_API struct tern_deadline_status tern_reader_requested_deadline_missed(
	struct tern_reader *reader);
TERN_API struct tern_count tern_reader_sample_lost(struct tern_reader *reader);
TERN_API struct tern_rejected_status tern_reader_sample_rejected(
	struct tern_reader *reader);
TERN_API struct tern_liveliness_status tern_reader_liveliness_changed(
	struct tern_reader *reader);
/** Threads: any. */
TERN_API struct tern_reader_counters tern_reader_get_counters(struct tern_reader *reader);

/** Called on the participant's dispatcher thread only; each may be NULL. */
struct tern_reader_listener {
	/* Samples are there that were not read yet; take or read them here. */
	void (*data_available)(struct tern_reader *reader, void *context);
	void (*subscription_matched)(struct tern_reader *reader,
	                             const struct tern_matched_status *status,
	                             void *context);
	void (*requested_incompatible)(struct tern_reader *reader,
	                               const struct tern_incompatible_status *status,
	                               void *context);
	void (*requested_deadline_missed)(struct tern_reader *reader,
	                                  const struct tern_deadline_status *status,
	                                  void *context);
	void (*sample_lost)(struct tern_reader *reader, const struct tern_count *count,
	                    void *context);
	void (*sample_rejected)(struct tern_reader *reader,
	                        const struct tern_rejected_status *status, void *context);
	void (*liveliness_changed)(struct tern_reader *reader,
	                           const struct tern_liveliness_status *status,
	                           void *context);
	void *context;
};

/** As tern_writer_set_listener(). */
TERN_API TERN_MUST_CHECK tern_status tern_reader_set_listener(
	struct tern_reader *reader, const struct tern_reader_listener *listener);

TERN_END_DECLS

#endif
