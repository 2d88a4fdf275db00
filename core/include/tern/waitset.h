/* Waiting for many readers and writers at once, in a call or through a file descriptor.
 * Source: DDS 1.4, 2.2.2.1.6 (WaitSet). */
#ifndef TERN_WAITSET_H
#define TERN_WAITSET_H

#include <stdint.h>

#include <tern/api.h>
#include <tern/participant.h>
#include <tern/reader.h>
#include <tern/status.h>
#include <tern/writer.h>

TERN_BEGIN_DECLS

/**
 * Waitsets of one process in one domain, those in tern_reader_wait() included. One participant
 * with listeners has its own besides; each further one counts here, and so may a call of
 * tern_reader_wait_matched() or tern_writer_wait_matched() as long as it waits.
 */
#define TERN_WAITSETS_MAX 63

struct tern_waitset;

/**
 * @param ret_waitset  owned by the caller: tern_waitset_destroy()
 * @return TERN_OK, TERN_ENOMEM, TERN_ELIMIT (TERN_WAITSETS_MAX)
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_waitset_create(
	struct tern_participant *participant, struct tern_waitset **ret_waitset);

/** Detaches all. NULL is fine. Threads: any, while nobody waits. */
TERN_API void tern_waitset_destroy(struct tern_waitset *waitset);

/**
 * Wait for a reader's or writer's statuses too. Attaching again replaces statuses and context.
 * A reader or writer that is destroyed is detached.
 * @param reader    or writer: of the waitset's participant
 * @param statuses  TERN_STATUS_... bits
 * @param context   what tern_waitset_wait() returns for it; not NULL
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status
tern_waitset_attach_reader(struct tern_waitset *waitset, struct tern_reader *reader,
                           uint32_t statuses, void *context);
TERN_API TERN_MUST_CHECK tern_status
tern_waitset_attach_writer(struct tern_waitset *waitset, struct tern_writer *writer,
                           uint32_t statuses, void *context);
/**
 * Wait for news of the bus too: triggered when tern_participant_generation() moved since the last
 * tern_participant_visit() or tern_graph_create() of the waitset's participant. Attaching again
 * replaces the context.
 * @param context  what tern_waitset_wait() returns for it; NULL: no more
 * @return TERN_OK, TERN_EINVAL
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status
tern_waitset_attach_discovery(struct tern_waitset *waitset, void *context);

/** @return TERN_OK, TERN_ENOTFOUND. Threads: any. */
TERN_API tern_status tern_waitset_detach_reader(struct tern_waitset *waitset,
                                                struct tern_reader *reader);
TERN_API tern_status tern_waitset_detach_writer(struct tern_waitset *waitset,
                                                struct tern_writer *writer);

/** Make the current or next wait return with TERN_EAGAIN. Threads: any; async-signal-safe. */
TERN_API void tern_waitset_wake(struct tern_waitset *waitset);

/**
 * Wait until something attached is triggered: a status bit that was not reset by reading the
 * status, or samples not read yet. Where news comes often, it spins up to 2 us before it sleeps;
 * the environment's TERN_SPIN_US sets another limit when the domain is joined: 0 for none, 50 for
 * the lowest latency if the thread has a processor to itself.
 * @param timeout_ns    0: only look; TERN_INFINITE: no limit
 * @param max           1..: how many contexts fit
 * @param ret_contexts  of what is triggered
 * @return how many, at least 1; TERN_ETIMEDOUT; TERN_EAGAIN: tern_waitset_wake() was called
 * Threads: any, one at a time.
 */
TERN_API TERN_MUST_CHECK int32_t tern_waitset_wait(struct tern_waitset *waitset,
                                                   int64_t timeout_ns, uint32_t max,
                                                   void **ret_contexts);

/**
 * A descriptor that polls readable when tern_waitset_wait() would not block. After it was
 * readable, call tern_waitset_wait() with timeout 0 until TERN_ETIMEDOUT. Deadlines and
 * lifespans make it readable in time too. Owned by the waitset; made at the first call, with a
 * thread that listens to other processes on kernels that cannot do without (before Linux 6.7, or
 * where io_uring is forbidden).
 * @return the descriptor, >= 0, or TERN_EIO
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK int32_t tern_waitset_fd(struct tern_waitset *waitset);

TERN_END_DECLS

#endif
