/* A reader inside core, and the side of it that transports call. */
#ifndef TERN_CORE_READER_H
#define TERN_CORE_READER_H

#include <pthread.h>
#include <stdatomic.h>

#include <tern/reader.h>

#include "clock.h"
#include "guid_map.h"
#include "history.h"
#include "participant_impl.h"
#include "port.h"

/* For waitsets, beside the public TERN_STATUS_... bits: a sample came since the dispatcher last
 * looked, whether or not older ones are still unread. */
#define STATUS_DATA_ARRIVED (1u << 31)

/* Writers that went are remembered, so that one that comes back over another transport brings
 * nothing twice. */
#define CLOSED_SOURCES_MAX 256

/* What a reader knows of one writer. */
struct source {
	struct tern_guid guid;
	struct history_writer *writer; /* NULL: closed */
	uint32_t transport;            /* the pair's path: others' samples are dropped */
	bool is_tern;                  /* its source timestamps rise strictly */
	bool reliable;                 /* the pair is */
	int64_t last_timestamp_ns;     /* of what was accepted; INT64_MIN: nothing yet */
	uint64_t last_sequence_number; /* on this transport; 0: nothing yet */
	struct source *next_closed;
};

struct lent; /* what one take or read lends */

/* Of polled_at_ns. */
enum { NO_POLL = 0, POLL_CLOCK_UNREAD = 1 };

struct tern_reader {
	struct tern_port port; /* first: a port of kind TERN_READER is a reader */
	struct tern_participant *participant;
	struct tern_reader *next; /* participant's lock */
	struct tern_topic *topic;

	/* Serialises poll, take, read and decoding; taken before `lock`. */
	pthread_mutex_t take_lock;

	/* Taken after all others; guards the members below. deliver() takes this one alone. */
	pthread_mutex_t lock;
	struct history *history;
	struct guid_map sources; /* struct source, owned */
	struct source *closed_first;
	struct source *closed_last;
	uint32_t closed_count;
	struct lent *spare; /* kept for the next take */
	uint32_t loans_out; /* arrays */
	bool arrived;       /* see STATUS_DATA_ARRIVED */
	bool draining; /* a detach empties the transport: what has no room may overflow */
	struct tern_matched_status matched;
	struct tern_incompatible_status incompatible;
	struct tern_liveliness_status liveliness;
	struct tern_reader_counters counters; /* those that the history does not count */
	uint64_t lost_seen;
	uint64_t rejected_seen;
	uint64_t deadline_seen;
	uint32_t status_changes;          /* of matched, incompatible and liveliness */
	struct tern_waitset *own_waitset; /* tern_reader_wait()'s; NULL until then */

	_Atomic uint64_t bells; /* of waitsets that this reader is attached to */
	pthread_mutex_t
		watch_lock; /* transports are told of `bells` one change at a time */
	_Atomic uint32_t pulling; /* pulling transports with matched pairs, by bit */
	/* What the clock said last in the poll that runs, or one of the above. A clock that is
	 * read once for many samples costs them nothing. */
	_Atomic int64_t polled_at_ns;
	struct tern_reader_listener listener; /* the dispatcher's lock */
};

/** Functions of struct tern_host. reader_deliver.c */
tern_status tern__reader_deliver(struct tern_port *port, struct tern_transport *transport,
                                 const struct tern_delivery *delivery);
void tern__reader_ring(struct tern_port *port);
void tern__reader_lost(struct tern_port *port, const struct tern_guid *writer,
                       uint64_t count);

/** How pairs of a reader come and go. reader_source.c */
extern const struct port_events tern__reader_events;
void tern__reader_sources_fini(struct tern_reader *reader);

/** Tell the transports which bells to ring: `bells` changed. Before one looks again. reader.c */
void tern__reader_watch(struct tern_reader *reader);

/** Fetch what pulling transports have; take_lock is held. reader_take.c */
void tern__reader_poll(struct tern_reader *reader);

/**
 * Which of the wanted bits are set now, with pulling transports polled.
 * @param ret_next_event_ns  lowered to when time alone will change something
 */
uint32_t tern__reader_triggered(struct tern_reader *reader, uint32_t wanted,
                                int64_t *ret_next_event_ns);
/** The same without polling; the lock is held. */
uint32_t tern__reader_changes(struct tern_reader *reader);

/** Call the listener for what has changed; on the dispatcher thread. */
void tern__reader_dispatch(struct tern_reader *reader,
                           const struct tern_reader_listener *listener);

static inline struct history_now tern__now(void)
{
	return (struct history_now){ .real_ns = clock_real_ns(),
		                     .monotonic_ns = clock_monotonic_ns() };
}

/** The same as far as the history has use for it; the lock is held. */
static inline struct history_now tern__reader_now(const struct tern_reader *reader)
{
	return tern__history_is_timed(reader->history) ? tern__now()
	                                               : (struct history_now){ 0 };
}

#endif
