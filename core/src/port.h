/* A port: what core and transports know of a writer or reader of this process, without knowing
 * which of the two. Writers and readers embed it as their first member. */
#ifndef TERN_CORE_PORT_H
#define TERN_CORE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/transport.h>

#include "match.h"

#define TRANSPORTS_MAX 8

struct pair;

/**
 * How a port tells its writer or reader what became of a pair. The first group is called with
 * the domain's lock held and may take the reader's lock or the status lock; the second with no
 * lock held, one at a time per domain.
 */
struct port_events {
	/* The pair's samples will come or go over this transport. */
	tern_status (*path_decided)(struct tern_port *port,
	                            const struct tern_endpoint_info *remote,
	                            uint32_t transport);
	/* They do not any more: the endpoint is gone, or only its path or its match. */
	void (*path_closed)(struct tern_port *port,
	                    const struct tern_endpoint_info *remote, bool gone);
	/* Its QoS changed, and it still matches. May be NULL, as those below feeds_changed. */
	void (*changed)(struct tern_port *port, const struct tern_endpoint_info *remote);
	void (*matched)(struct tern_port *port, const struct tern_endpoint_info *remote);
	void (*unmatched)(struct tern_port *port,
	                  const struct tern_endpoint_info *remote);
	void (*mismatched)(struct tern_port *port,
	                   const struct tern_endpoint_info *remote,
	                   const struct match_reason *reason);
	/* transports with at least one matched pair, by bit */
	void (*feeds_changed)(struct tern_port *port, uint32_t transports);

	/* Made known to a transport, before the first pair: a writer may have a history. */
	void (*announced)(struct tern_port *port, uint32_t transport);
	/* Attached: a writer brings its history. */
	void (*attached)(struct tern_port *port, const struct tern_endpoint_info *remote,
	                 uint32_t transport);
	/* About to be detached: a reader fetches what the pulling transport still holds. */
	void (*detaching)(struct tern_port *port, uint32_t transport);
};

struct tern_port {
	struct tern_domain *domain;
	const struct port_events *events;
	struct tern_endpoint_info
		info; /* fixed; strings and QoS owned by the writer or reader */

	/* guarded by the domain's lock: */
	struct tern_port *next;
	struct pair *pairs; /* owned by route.c */
	struct tern_transport_endpoint
		*endpoints[TRANSPORTS_MAX]; /* NULL: not announced */
	uint32_t announced;                 /* transports that were told of it, by bit */
	uint32_t refused;                   /* those that would not have it, by bit */
	uint32_t announcing;                /* announce calls under way */
	bool closing;
};

/** Make the port known to all transports and match it. The domain must outlive it. */
void port_open(struct tern_port *port);

/** Announce all ports to a transport that began to run; the domain's lock is held. */
void port_announce_all(struct tern_domain *domain, uint32_t transport);

/** Wait until so many pairs are matched. TERN_OK, TERN_ETIMEDOUT with the reasons. */
tern_status port_wait_matched(struct tern_port *port, uint32_t count, int64_t timeout_ns);

/** Withdraw it. When this returns nobody calls the port any more. May block. */
void port_close(struct tern_port *port);

#endif
