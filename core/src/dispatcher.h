/* The dispatcher: the participant's one thread on which listeners run. Started by the first. */
#ifndef TERN_CORE_DISPATCHER_H
#define TERN_CORE_DISPATCHER_H

#include <tern/reader.h>
#include <tern/status.h>
#include <tern/writer.h>

struct dispatcher;

/** @return TERN_OK, TERN_ENOMEM, TERN_ELIMIT (no bell is left), TERN_EIO (no thread) */
tern_status dispatcher_create(struct tern_participant *participant,
                              struct dispatcher **ret_dispatcher);
/**
 * For calls that would wait for a listener to end, and thus for ever if one makes them.
 * @param what  "a reader cannot be destroyed"
 * @return TERN_OK; TERN_EPERM on the dispatcher's own thread. NULL is fine.
 */
tern_status dispatcher_refuse_listeners(const struct dispatcher *dispatcher,
                                        const char *what);
/** Joins the thread. NULL is fine. */
void dispatcher_destroy(struct dispatcher *dispatcher);

/** Set an entity's listener, copied; the former one does not run when this returns. */
tern_status dispatcher_set_reader(struct dispatcher *dispatcher,
                                  struct tern_reader *reader,
                                  const struct tern_reader_listener *listener,
                                  uint32_t statuses);
tern_status dispatcher_set_writer(struct dispatcher *dispatcher,
                                  struct tern_writer *writer,
                                  const struct tern_writer_listener *listener,
                                  uint32_t statuses);

/**
 * No listener of the entity (NULL: of any) runs when this returns, until dispatcher_resume(),
 * which the same thread calls soon: to look at what a listener may hold for a moment.
 */
void dispatcher_suspend(struct dispatcher *dispatcher, const void *entity);
void dispatcher_resume(struct dispatcher *dispatcher);

/** The entity has no listener any more; none of its runs when this returns. NULL is fine. */
void dispatcher_forget(struct dispatcher *dispatcher, const void *entity);

#endif
