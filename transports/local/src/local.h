/* The local transport: writers and readers of one process. The deterministic reference of the
 * contract, and a pulling one: a reader's samples wait in its queue until it is polled.
 *
 *     writer --link--> reader A    queue [s1 s2 s3]  --poll--> deliver()
 *            --link--> reader B    queue [s3]
 *
 * Samples are shared by reference: a write is one copy for all readers, a published loan none. */
#ifndef TERN_LOCAL_H
#define TERN_LOCAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <tern/transport.h>

#include "queue.h"

/* Where KEEP_ALL readers hold reliable writers back. Small: history is where samples belong. */
#define QUEUE_LIMIT 256

/* A writer's view of one reader it is attached to. */
struct link {
	struct link *next;
	struct tern_transport_endpoint *reader;
	bool reliable;  /* the pair is */
	bool may_block; /* reliable, and the writer keeps all: it waits for room */
	bool encoded;   /* the reader's type differs: it is sent the encoding */
	bool withheld;  /* the writer's history comes first: see replay() */
	bool reserved;  /* between reserve and commit: one place in the queue is ours */
};

struct tern_transport_endpoint {
	struct tern_transport *transport;
	struct tern_transport_endpoint *next; /* transport's lock */
	struct tern_port *port;
	struct tern_guid guid;
	tern_endpoint_kind kind;
	const struct tern_type *type;
	tern_reliability reliability;
	tern_history history;
	int32_t history_depth;
	tern_durability durability;
	tern_representation representation; /* a writer's, for readers of another type */

	/* A writer's: guarded by the transport's lock. */
	struct link *links;
	uint64_t next_sequence_number; /* only the writing thread touches it */

	/* A reader's. queue_lock is taken after the transport's lock; deliver() is called with it
	 * held, so that samples of a queue cannot overtake each other. */
	pthread_mutex_t queue_lock;
	struct queue queue;
	uint32_t places_reserved; /* by writers between reserve and commit */
};

struct tern_transport {
	const struct tern_host *host;
	struct tern_domain *domain;
	struct tern_guid process;

	/* Guards endpoints and links. Waiting for room in a queue lets it go. */
	pthread_mutex_t lock;
	pthread_cond_t room;      /* a queue was emptied, or a link was removed */
	_Atomic uint32_t waiting; /* writers that wait for room */
	struct tern_transport_endpoint *endpoints;
};

/** The link from a writer to a reader, or NULL; the transport's lock is held. */
struct link *local_link(const struct tern_transport_endpoint *writer,
                        const struct tern_guid *reader);

/* Functions of the contract. send.c */
tern_status local_reserve(struct tern_transport_endpoint *writer,
                          struct tern_outgoing *outgoing);
tern_status local_commit(struct tern_transport_endpoint *writer,
                         struct tern_outgoing *outgoing);
void local_cancel(struct tern_transport_endpoint *writer, struct tern_outgoing *outgoing);
tern_status local_replay(struct tern_transport_endpoint *writer,
                         const struct tern_guid *reader, struct tern_outgoing *outgoing);
tern_status local_wait_acknowledged(struct tern_transport_endpoint *writer,
                                    int64_t deadline_ns);
void local_poll(struct tern_transport_endpoint *reader);

#endif
