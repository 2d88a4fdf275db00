/* Two ends of pairs in one process: two transports, each with a process's GUID of its own, and what
 * the core of either would have heard. */
#ifndef TERN_TESTS_SHM_PAIR_FIXTURE_H
#define TERN_TESTS_SHM_PAIR_FIXTURE_H

#include <stdint.h>

#include "shm_fixture.h"

#define RING_CAPACITY 256 /* of a writer that keeps all */

/* One end. What its core would have heard. */
struct end {
	struct tern_transport_config config;
	struct tern_transport *transport;
	struct tern_endpoint_info info;
	struct tern_transport_endpoint *endpoint;
	unsigned ready, broken, delivered;
	tern_status why;
	struct tern_payload *kept; /* the last that was delivered */
};

extern const struct tern_transport_ops *shm;
extern struct tern_host host;
extern struct end writer, reader;
extern uint64_t written;   /* the count of the last step */
extern int32_t late_depth; /* 0: volatile, and all is kept */
extern tern_status types_verdict;

/* The reader's history. */
extern unsigned room;
extern struct tern_guid no_room_for;
extern unsigned delivered_of[3]; /* by the last byte of the writer's GUID */

/** Start both, in a directory of their own. */
void begin_ends(void);
/** And let them pair. */
void begin_pair(void);
/** The reader is detached. */
void end_pair(void);
void begin(struct end *end, tern_endpoint_kind kind);
void finish(struct end *end);
/** Both call discover() until nothing is new. */
void look(void);

/** @param timeout_ns  how long it may be held back */
tern_status write_by(struct tern_transport_endpoint *endpoint, int64_t timeout_ns);
tern_status write_one(int64_t timeout_ns);
tern_reach reach(const struct end *from, const struct end *to);

#endif
