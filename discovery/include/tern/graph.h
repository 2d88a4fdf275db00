/* Who is on the bus: one snapshot of processes, topics, writers, readers and how they go
 * together, merged from what a participant knows. For tools; it observes and changes nothing.
 *
 *	tern_graph -> topics (by name) -> endpoints (writers first) -> process
 *	                               -> pairs (each writer with each reader)
 */
#ifndef TERN_GRAPH_H
#define TERN_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/api.h>
#include <tern/endpoint.h>
#include <tern/guid.h>
#include <tern/participant.h>
#include <tern/status.h>

TERN_BEGIN_DECLS

/** Pairs kept of one topic; what is beyond is counted in pairs_left_out. */
#define TERN_GRAPH_PAIRS_MAX 4096

struct tern_graph_endpoint {
	struct tern_endpoint_info info;
	const struct tern_peer_info *process; /* its GUID alone if no more is known */
};

typedef enum tern_pair_state {
	TERN_PAIR_MATCHED, /* this process has one end of it, and its core matched it */
	TERN_PAIR_COMPATIBLE, /* both ends are elsewhere; by the rules they match */
	/* The rules agree, but: one end is here and no path serves it yet; or both ends are
	 * elsewhere and have types that differ, and only they know whether these fit. */
	TERN_PAIR_UNDECIDED,
	TERN_PAIR_UNMATCHED, /* see reason */
} tern_pair_state;

struct tern_graph_pair {
	const struct tern_graph_endpoint *writer;
	const struct tern_graph_endpoint *reader;
	tern_pair_state state;
	const char *transport; /* MATCHED: its path, "local", "dds"; else "" */
	/* UNMATCHED: why and how to mend it; UNDECIDED: what is open; else "" */
	const char *reason;
};

struct tern_graph_topic {
	const char *name;
	const struct tern_graph_endpoint *endpoints; /* writers, then readers; by GUID */
	uint32_t writer_count;
	uint32_t reader_count;
	const struct tern_graph_pair *pairs;
	uint32_t pair_count;
	uint32_t unmatched_count; /* of the pairs */
	uint32_t undecided_count;
	uint32_t pairs_left_out; /* beyond TERN_GRAPH_PAIRS_MAX */
};

/** All names are bytes as a peer sent them: do not print them unchecked. */
struct tern_graph {
	const struct tern_peer_info *processes; /* by GUID */
	uint32_t process_count;
	const struct tern_graph_topic *topics; /* by name */
	uint32_t topic_count;
};

/**
 * Take a snapshot.
 * @param ret_graph  owned by the caller: tern_graph_destroy(); independent of the participant
 * @return TERN_OK, TERN_ENOMEM
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_graph_create(
	struct tern_participant *participant, const struct tern_graph **ret_graph);

/** NULL is fine. Threads: any. */
TERN_API void tern_graph_destroy(const struct tern_graph *graph);

TERN_END_DECLS

#endif
