/* A writer: publishes samples of one topic.
 * Source: DDS 1.4, 2.2.2.4.2 (DataWriter). */
#ifndef TERN_WRITER_H
#define TERN_WRITER_H

#include <stddef.h>
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

struct tern_writer;

/** Let Tern stamp the sample: max(now, last + 1 ns). */
#define TERN_TIMESTAMP_NOW INT64_MIN

/**
 * Make a writer. It finds readers by itself from now on.
 * @param topic_name  see tern_topic_create(); made if the participant has no such topic
 * @param type        a structure that is not @nested's alone; borrowed for the participant's life
 * @param qos         NULL: the topic's, else tern_qos_writer_default(). Copied.
 * @param ret_writer  owned by the caller: tern_writer_destroy()
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM, TERN_EEXISTS (the topic has another type)
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status
tern_writer_create(struct tern_participant *participant, const char *topic_name,
                   const struct tern_type *type, const struct tern_qos *qos,
                   struct tern_writer **ret_writer);

/**
 * Withdraw and free it; its instances are unregistered (and disposed, see WRITER_DATA_LIFECYCLE).
 * NULL is fine.
 * @return TERN_OK, or TERN_EBUSY while loans are out, TERN_EPERM in a listener:
 *         nothing was destroyed
 * Threads: any but a listener's; no other call on the writer may run.
 */
TERN_API tern_status tern_writer_destroy(struct tern_writer *writer);

/**
 * Publish a copy of a sample.
 * Blocks at most max_blocking_time_ns, and only if the writer is reliable.
 * @param sample  a struct of the writer's type; not kept. A NULL string is an empty one, or
 *        absent if it is @optional.
 * @return TERN_OK, TERN_EINVAL (a bound is broken, a value is none of its type's, or an @external
 *         member is NULL, whoever reads: the text names the member),
 *         TERN_ETIMEDOUT (readers hold it back; it was sent to nobody), TERN_ELIMIT
 *         (max_instances), TERN_ENOMEM
 * Threads: any. Not in a listener of the same writer if it is reliable.
 */
TERN_API TERN_MUST_CHECK tern_status tern_writer_write(struct tern_writer *writer,
                                                       const void *sample);

/**
 * The same with a source timestamp.
 * @param source_timestamp_ns  since 1970, or TERN_TIMESTAMP_NOW. Not older than the writer's
 *        last (TERN_EINVAL); an equal one moves by 1 ns.
 */
TERN_API TERN_MUST_CHECK tern_status tern_writer_write_at(struct tern_writer *writer,
                                                          const void *sample,
                                                          int64_t source_timestamp_ns);

/**
 * Borrow a zeroed sample to fill in place and hand over without a copy.
 * @param room_bytes  for strings and sequences that tern_loan_alloc() will take out of it;
 *                    0: as much as recent loans took. It grows when it runs out; growing
 *                    often may cost a copy when the loan is published.
 * @param ret_sample  give back with tern_writer_publish() or tern_writer_discard()
 * @return TERN_OK, TERN_ENOMEM, TERN_ELIMIT (more than 1,024 loans are out)
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_writer_loan(struct tern_writer *writer,
                                                      size_t room_bytes,
                                                      void **ret_sample);

/**
 * Publish a loan: the writer owns it again, whatever the result, except TERN_ETIMEDOUT: then it
 * is still lent and may be published again or discarded.
 * @return as tern_writer_write(), and TERN_EINVAL if it is no loan of this writer's, or if a
 *         pointer in it is not aligned or leads out of the loan (the text names the member)
 * Threads: any; one thread at a time per loan.
 */
TERN_API TERN_MUST_CHECK tern_status tern_writer_publish(struct tern_writer *writer,
                                                         void *sample);
TERN_API TERN_MUST_CHECK tern_status tern_writer_publish_at(struct tern_writer *writer,
                                                            void *sample,
                                                            int64_t source_timestamp_ns);

/** Give a loan back without publishing it. NULL is fine. Threads: as publish. */
TERN_API void tern_writer_discard(struct tern_writer *writer, void *sample);

/**
 * Memory that lives in a loan, zeroed and aligned for any C type.
 * @param sample  what tern_writer_loan() gave
 * @return NULL if size_bytes is 0, above 1 GiB, or there is no memory (tern_error_text() says)
 * Threads: one at a time per loan.
 */
TERN_API void *tern_loan_alloc(void *sample, size_t size_bytes);

/**
 * The same, not zeroed: for images and point clouds, of which the caller writes every byte. What
 * earlier samples of this process left there can be read by who takes the sample.
 */
TERN_API void *tern_loan_alloc_uninitialized(void *sample, size_t size_bytes);

/** Copy a string into a loan; NULL for NULL or when there is no memory. */
TERN_API char *tern_loan_strdup(void *sample, const char *text);

/**
 * Give a sequence member of a loan room for elements: _maximum = _length = count, _buffer
 * zeroed in the loan.
 * @param sequence     the member, of any generated sequence type
 * @param element_size_bytes  sizeof *_buffer, 1..
 * @return TERN_OK, TERN_ENOMEM, TERN_EINVAL
 */
TERN_API TERN_MUST_CHECK tern_status tern_loan_sequence(void *sample, void *sequence,
                                                        uint32_t count,
                                                        size_t element_size_bytes);

/**
 * Dispose or unregister the instance that the sample's key members name.
 * @param key  a struct of the writer's type; only its key members are read. For types without
 *             a key: NULL
 * @return as tern_writer_write(); TERN_ENOTFOUND: this writer never wrote the instance
 */
TERN_API TERN_MUST_CHECK tern_status tern_writer_dispose(struct tern_writer *writer,
                                                         const void *key);
TERN_API TERN_MUST_CHECK tern_status tern_writer_dispose_at(struct tern_writer *writer,
                                                            const void *key,
                                                            int64_t source_timestamp_ns);
TERN_API TERN_MUST_CHECK tern_status tern_writer_unregister(struct tern_writer *writer,
                                                            const void *key);
TERN_API TERN_MUST_CHECK tern_status tern_writer_unregister_at(
	struct tern_writer *writer, const void *key, int64_t source_timestamp_ns);

/**
 * Wait until every matched reliable reader has all that was written.
 * @param timeout_ns  0..TERN_INFINITE
 * @return TERN_OK, TERN_ETIMEDOUT
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status
tern_writer_wait_for_acknowledgments(struct tern_writer *writer, int64_t timeout_ns);

/**
 * Wait until at least so many readers are matched.
 * @return TERN_OK, TERN_ETIMEDOUT; the text then tells the reasons of readers that do not match
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_writer_wait_matched(struct tern_writer *writer,
                                                              uint32_t readers,
                                                              int64_t timeout_ns);

/** Threads: any. */
TERN_API struct tern_guid tern_writer_guid(const struct tern_writer *writer);
TERN_API const struct tern_topic *tern_writer_topic(const struct tern_writer *writer);

/** Statuses; reading one resets its change and its bit. Threads: any. */
TERN_API uint32_t tern_writer_status_changes(struct tern_writer *writer);
TERN_API struct tern_matched_status tern_writer_publication_matched(
	struct tern_writer *writer);
TERN_API struct tern_incompatible_status tern_writer_offered_incompatible(
	struct tern_writer *writer);
TERN_API struct tern_deadline_status tern_writer_offered_deadline_missed(
	struct tern_writer *writer);

/** Called on the participant's dispatcher thread only; each may be NULL. */
struct tern_writer_listener {
	void (*publication_matched)(struct tern_writer *writer,
	                            const struct tern_matched_status *status,
	                            void *context);
	void (*offered_incompatible)(struct tern_writer *writer,
	                             const struct tern_incompatible_status *status,
	                             void *context);
	void (*offered_deadline_missed)(struct tern_writer *writer,
	                                const struct tern_deadline_status *status,
	                                void *context);
	void *context;
};

/**
 * Set or remove (NULL) the listener; copied. The participant's first listener starts its
 * dispatcher thread. When this returns, the former listener is not running and runs no more.
 * @return TERN_OK, TERN_ENOMEM, TERN_EIO (no thread could be started),
 *         TERN_EPERM (called by a listener)
 * Threads: any but a listener's.
 */
TERN_API TERN_MUST_CHECK tern_status tern_writer_set_listener(
	struct tern_writer *writer, const struct tern_writer_listener *listener);

TERN_END_DECLS

#endif
