/* A writer inside core. */
#ifndef TERN_CORE_WRITER_H
#define TERN_CORE_WRITER_H

#include <pthread.h>
#include <stdatomic.h>

#include <tern/writer.h>

#include "loan.h"
#include "participant_impl.h"
#include "port.h"
#include "writer_history.h"

/* A reader that waits for the writer's history, on a transport that does not keep it. */
struct backlog {
	struct backlog *next;
	uint32_t transport;
	struct tern_guid reader;
};

struct tern_writer {
	struct tern_port port; /* first: a port of kind TERN_WRITER is a writer */
	struct tern_participant *participant;
	struct tern_writer *next; /* participant's lock */
	struct tern_topic *topic;
	bool checks_writes; /* of the type's samples some could be refused */
	bool checks_loans;

	/* Held through reserve and commit, thus while readers hold a write back; deliver() and
	 * discovery never take it. Guards the members below. */
	pthread_mutex_t lock;
	struct writer_history *history;
	int64_t last_timestamp_ns;
	size_t encoded_bytes; /* of the last sample that was encoded */
	uint32_t caught_up;   /* transports that keep history and have ours, by bit */

	/* After `lock`. Guards the members below. */
	pthread_mutex_t backlog_lock;
	struct backlog *backlog;     /* owned; oldest first */
	uint32_t backlog_transports; /* that keep history and wait for ours, by bit */
	bool replaying; /* who holds `lock` serves readers alone, see writer_feed.c */
	pthread_cond_t replayed; /* replaying ended */

	/* Innermost. Guards the members below. */
	pthread_mutex_t status_lock;
	struct loan_list loans;
	struct tern_matched_status matched;
	struct tern_incompatible_status incompatible;
	struct tern_deadline_status deadline;
	uint32_t status_changes;

	_Atomic uint64_t bells;      /* of waitsets that this writer is attached to */
	_Atomic uint32_t feeds;      /* transports with matched pairs, by bit */
	_Atomic bool deadline_asked; /* while `lock` was held: ring when it is let go */
};

/** How pairs of a writer come and go. writer_feed.c */
extern const struct port_events tern__writer_events;

/** Let go of the writer's lock and serve the backlog, as far as no other thread does. */
void tern__writer_unlock(struct tern_writer *writer);

/** Wake who waits for the writer's statuses. Takes no lock. */
void tern__writer_ring(struct tern_writer *writer);

/** Transports that take part in the next write, by bit; the lock is held. */
uint32_t tern__writer_feeds(const struct tern_writer *writer);

/** As of tern__reader_triggered(). */
uint32_t tern__writer_triggered(struct tern_writer *writer, uint32_t wanted,
                                int64_t *ret_next_event_ns);
void tern__writer_dispatch(struct tern_writer *writer,
                           const struct tern_writer_listener *listener);

#endif
