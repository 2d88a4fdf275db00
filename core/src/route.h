/* Matching and routing: which writer goes with which reader, and over which transport. A pair is
 * an object of the process in which one of its ends lives; each end decides the same by itself.
 *
 *                    no                        refused: the next transport
 *   found --match?------> MISMATCHED       +---------------------+
 *              |                           v                     |
 *              +-------> UNDECIDED ---> ATTACHING ---> WAITING --+--> MATCHED
 *                 reach: later   decided          EAGAIN     ready       |
 *                            ^                                           v
 *                            +------------------------------------- DETACHING --> gone
 *
 * States change under the domain's lock. The transport's attach and detach are called without
 * it, one at a time, by the thread that finds nobody else doing so (route_run). */
#ifndef TERN_CORE_ROUTE_H
#define TERN_CORE_ROUTE_H

#include <stdbool.h>

#include "directory.h"
#include "match.h"
#include "port.h"

enum pair_state {
	PAIR_MISMATCHED,
	PAIR_UNDECIDED,
	PAIR_ATTACHING,
	PAIR_WAITING,
	PAIR_MATCHED,
	PAIR_DETACHING,
};

struct pair {
	struct pair *next; /* of the port */
	struct tern_port *port;
	struct endpoint *remote; /* one reference */
	enum pair_state state;
	uint32_t transport; /* from ATTACHING on */
	uint32_t refused;   /* transports that refused, by bit */
	/* Of MISMATCHED; or what UNDECIDED and WAITING wait for. */
	struct match_reason reason;
	/* A transport's, which knows types that core does not see; MATCH_OK: none yet. */
	struct match_reason verdict;

	struct pair *next_work; /* in the queue of route_run */
	bool queued;
	bool ready;       /* pair_ready came before attach returned */
	bool was_matched; /* unmatched is still to be told */
	bool gone;        /* to be freed once it is detached */
	bool again;       /* to be decided anew once it is detached */
};

/* All of these: with the domain's lock held; follow with route_run(). */

/** Pair a port with an endpoint if they have the topic in common. */
void route_consider(struct tern_port *port, struct endpoint *remote);
/** The endpoint is known on another transport, or reach changed: decide what is undecided. */
void route_reconsider(struct tern_domain *domain, const struct tern_guid *remote);
/** The endpoint's QoS changed: this is its new state. */
void route_replace(struct tern_domain *domain, struct endpoint *remote);
/** The endpoint is gone from these transports (by bit). */
void route_lost(struct tern_domain *domain, const struct tern_guid *remote,
                uint32_t transports);
/** The port is closing: all its pairs go. */
void route_close(struct tern_port *port);

struct pair *route_pair(const struct tern_port *port, const struct tern_guid *remote);
void route_ready(struct pair *pair);
void route_broken(struct pair *pair, tern_status why, const char *text);

/** Call the transports for all queued pairs, unless another thread is at it. Unlocks meanwhile. */
void route_run(struct tern_domain *domain);

#endif
