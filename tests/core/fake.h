/* Transports that do what a test says: "first", "second" and "third", in this rank, and local
 * after them. A binary that links fake.c has them instead of those of the build.
 *
 *	fakes[0].reach = TERN_REACH_LATER;
 *	bus = bus_open("first,second");
 *	fake_found(0, TERN_WRITER, 7, "topic", NULL);    remote writer 7, seen by "first"
 *	fake_deliver(0, reader, 7, stamp, 0, 1, 10);     brings 1:10 by "first"
 */
#ifndef TERN_TESTS_CORE_FAKE_H
#define TERN_TESTS_CORE_FAKE_H

#include <tern/transport.h>

#include "bus.h"

enum { FAKES = 3, FAKE_REMOTES_MAX = 64, FAKE_STAMPS_MAX = 65536 };

/* A reader in another process, as a writer's transport sees it. */
struct fake_remote {
	uint32_t number; /* 0: free */
	bool attached;
	bool withheld;
	uint32_t attaches;
	uint32_t count;  /* of stamps: samples that reached it */
	int64_t *stamps; /* in order of arrival */
};

struct fake {
	const char *name;
	/* What it does; set before or between calls: */
	uint32_t flags;
	_Atomic tern_status start_status;
	_Atomic bool start_held; /* start() waits until it is false */
	_Atomic int reach;
	_Atomic tern_status announce_status, attach_status, reserve_status, commit_status;
	void (*on_attach)(struct tern_transport_endpoint *endpoint, uint32_t remote);
	void (*on_detach)(struct tern_transport_endpoint *endpoint, uint32_t remote);
	void (*on_reserve)(struct tern_transport_endpoint *endpoint);
	void (*on_replay)(struct tern_transport_endpoint *endpoint);
	void (*on_announced)(struct tern_transport_endpoint *endpoint);
	void (*on_watch)(struct tern_transport_endpoint *endpoint, uint64_t bells);
	void (*on_poll)(struct tern_transport_endpoint *endpoint);
	/* Set before it starts, or the function is not in its table: */
	int64_t (*on_discover)(void);
	bool watches;
	bool shares;
	bool reports_us; /* as local does, when it starts */
	struct tern_transport_share share;
	/* What it has: */
	struct tern_transport *instance;
	uint8_t host_id[TERN_HOST_ID_SIZE_BYTES];     /* that it was started with */
	_Atomic uint32_t shared;                      /* how often it was asked */
	_Atomic uint64_t watched;                     /* the last mask it was told */
	struct fake_remote remotes[FAKE_REMOTES_MAX]; /* under fake_lock */
};

extern struct fake fakes[FAKES];

/** All as new: they run, reach everybody, and agree to all. */
void fake_reset(void);

struct tern_guid fake_guid(uint32_t number);

/** Remote endpoint `number` of Tern peer 1000 + number, of type test_Point. qos NULL: durable. */
void fake_found(uint32_t fake, tern_endpoint_kind kind, uint32_t number,
                const char *topic, const struct tern_qos *qos);
/** A peer's transport reports an endpoint under this GUID, and then its end. */
void fake_claim(uint32_t fake, struct tern_guid guid);
void fake_lost(uint32_t fake, uint32_t number);
void fake_peer_lost(uint32_t fake, uint32_t number);
/** It ended without leaving. */
void fake_died(uint32_t fake, uint32_t number);
void fake_reach_changed(uint32_t fake, uint32_t number);
void fake_ready(uint32_t fake, struct tern_port *port, uint32_t number);
void fake_broken(uint32_t fake, struct tern_port *port, uint32_t number);

tern_status fake_deliver(uint32_t fake, struct tern_reader *reader, uint32_t writer,
                         int64_t source_timestamp_ns, uint64_t sequence_number,
                         int32_t id, int32_t number);
tern_status fake_end(uint32_t fake, struct tern_reader *reader, uint32_t writer,
                     int64_t source_timestamp_ns, int32_t id, tern_change_kind kind);

/** What became of a remote reader; a copy but for the stamps. */
struct fake_remote fake_remote(uint32_t fake, uint32_t number);

/** Calls in their order since the last fake_trace(): "first.reserve second.commit ". */
const char *fake_trace(void);

/** The path of the only pair with this remote: "first", or why there is none. */
const char *fake_path(struct tern_participant *bus, uint32_t number);

struct tern_port *fake_port(const void *entity);
/** The port of an endpoint that a hook is given. */
struct tern_port *fake_port_of(const struct tern_transport_endpoint *endpoint);

#endif
