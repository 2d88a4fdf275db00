/* Who is on the bus: one snapshot of hosts, processes, topics, writers, readers and how they go
 * together, merged from what a participant knows, and what is wrong with it. For tools; it
 * observes and changes nothing, and reads nobody's samples.
 *
 *	tern_graph -> hosts -> processes
 *	           -> topics (by name) -> endpoints (writers first) -> process
 *	                               -> pairs (each writer with each reader)
 *	           -> transports, the dead, problems
 */
#ifndef TERN_GRAPH_H
#define TERN_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/api.h>
#include <tern/endpoint.h>
#include <tern/guid.h>
#include <tern/participant.h>
#include <tern/problem.h>
#include <tern/status.h>

TERN_BEGIN_DECLS

/** Pairs kept of one topic; what is beyond is counted in pairs_left_out. */
#define TERN_GRAPH_PAIRS_MAX 4096

struct tern_graph_endpoint {
	struct tern_endpoint_info info;
	const struct tern_peer_info *process; /* its GUID alone if no more is known */
	uint32_t partner_count;               /* pairs that are matched or compatible */
};

typedef enum tern_pair_state {
	/* This process has one end of it and its core matched it, or a transport sees it served. */
	TERN_PAIR_MATCHED,
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
	/* The path; of a pair that nobody sees served: the one that the rules choose. "" none. */
	const char *route;
	/* UNMATCHED: why and how to mend it; UNDECIDED: what is open; else "" */
	const char *reason;
	const struct tern_mismatch *mismatches; /* UNMATCHED: all that keeps them apart */
	uint32_t mismatch_count;
	tern_status shm_refusal; /* the reader did not attach, and why; else TERN_OK */
	/* See struct tern_pair_info; of pairs that a transport sees. */
	bool has_lag;
	bool holds_back;
	bool blocks;
	uint64_t lag;
	uint64_t room;
};

struct tern_graph_topic {
	const char *name;
	const struct tern_graph_endpoint *endpoints; /* writers, then readers; by GUID */
	uint32_t writer_count;
	uint32_t reader_count;
	const struct tern_graph_pair *pairs; /* by writer, then by reader */
	uint32_t pair_count;
	uint32_t unmatched_count; /* of the pairs */
	uint32_t undecided_count;
	uint32_t pairs_left_out; /* beyond TERN_GRAPH_PAIRS_MAX */
};

struct tern_graph_host {
	uint8_t id
		[TERN_HOST_ID_SIZE_BYTES]; /* zero: of foreign participants, known by address */
	const char *address;               /* of those: "10.0.0.2", or "" */
	bool is_ours;
	const struct tern_peer_info *const *processes; /* by GUID */
	uint32_t process_count;
};

/** All names are bytes as a peer sent them: do not print them unchecked. */
struct tern_graph {
	const struct tern_peer_info
		*processes; /* by GUID; Tern processes, DDS participants */
	uint32_t process_count;
	const struct tern_graph_topic *topics; /* by name */
	uint32_t topic_count;
	const struct tern_graph_host *hosts; /* ours first */
	uint32_t host_count;
	const struct tern_transport_info *transports; /* of this process, in their rank */
	uint32_t transport_count;
	const struct tern_refusal_info *refusals;
	uint32_t refusal_count;
	const struct tern_peer_info *dead; /* since this process joined; oldest first */
	uint32_t dead_count;
	const struct tern_problem *problems; /* the worst first, then by code and topic */
	uint32_t problem_count;
	uint64_t generation; /* tern_participant_generation() before it was taken */
};

/**
 * Take a snapshot.
 * @param ret_graph  owned by the caller: tern_graph_destroy(); independent of the participant
 * @return TERN_OK, TERN_ENOMEM
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_graph_create(
	struct tern_participant *participant, const struct tern_graph **ret_graph);

/**
 * Where the types of endpoints are had from, for pairs of other processes whose types no transport
 * compares (those over DDS): tern_dynamic_type_find() and tern_dynamic_type_destroy().
 */
struct tern_graph_types {
	tern_status (*find)(struct tern_participant *participant,
	                    const struct tern_guid *endpoint, int64_t timeout_ns,
	                    const struct tern_type **ret_type);
	void (*destroy)(const struct tern_type *type);
	int64_t timeout_ns; /* for all of a snapshot together; what is not known then stays so */
};

/** As tern_graph_create(), but it asks for types. May block that long. */
TERN_API TERN_MUST_CHECK tern_status tern_graph_create_with_types(
	struct tern_participant *participant, const struct tern_graph_types *types,
	const struct tern_graph **ret_graph);

/** NULL is fine. Threads: any. */
TERN_API void tern_graph_destroy(const struct tern_graph *graph);

/* ---- why ------------------------------------------------------------------------------- */

typedef enum tern_trace_verdict {
	TERN_TRACE_YES,     /* this holds */
	TERN_TRACE_NO,      /* this keeps the pair apart, or is not its path */
	TERN_TRACE_UNKNOWN, /* only the two ends know */
} tern_trace_verdict;

/** One step of a decision. */
struct tern_trace_step {
	const char *name; /* "topic", "RELIABILITY", "shm", "path" */
	tern_trace_verdict verdict;
	const char *text; /* names as peers sent them */
};

struct tern_trace {
	const struct tern_trace_step *steps;
	uint32_t step_count;
	const struct tern_graph_pair
		*pair; /* the graph's; NULL: of two topics, or left out */
};

/**
 * All that is decided for a pair, in order: topic, QoS, type, then each transport, the path.
 * @param writer, reader  of the graph
 * @param ret_trace       tern_trace_destroy(), before the graph is destroyed
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_trace_create(
	const struct tern_graph *graph, const struct tern_graph_endpoint *writer,
	const struct tern_graph_endpoint *reader, const struct tern_trace **ret_trace);
/** NULL is fine. Threads: any. */
TERN_API void tern_trace_destroy(const struct tern_trace *trace);

#define TERN_QOS_TEXT_SIZE_BYTES 160

/**
 * What an endpoint offers or requests of one policy: "RELIABLE", "20 ms".
 * @param ret_text  room for TERN_QOS_TEXT_SIZE_BYTES
 * @return ret_text
 */
TERN_API char *tern_graph_qos_format(const struct tern_endpoint_info *endpoint,
                                     tern_mismatch_kind policy, char *ret_text);

/* ---- events ---------------------------------------------------------------------------- */

struct tern_graph_watch;

/**
 * Be told when another snapshot is worth its while: when peers, endpoints or pairs of this
 * process change, and when a process of this host dies, which the kernel tells at once.
 * @param ret_watch  owned by the caller: tern_graph_watch_destroy(), before the participant
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM, TERN_ELIMIT (waitsets), TERN_EIO
 */
TERN_API TERN_MUST_CHECK tern_status tern_graph_watch_create(
	struct tern_participant *participant, struct tern_graph_watch **ret_watch);
/** NULL is fine. Threads: any, while nobody waits. */
TERN_API void tern_graph_watch_destroy(struct tern_graph_watch *watch);

/**
 * Take a snapshot, and be told of what changes after it.
 * @return as tern_graph_create()
 * Threads: any, one at a time.
 */
TERN_API TERN_MUST_CHECK tern_status tern_graph_watch_take(
	struct tern_graph_watch *watch, const struct tern_graph **ret_graph);

/**
 * Wait until something changed since the last snapshot.
 * @param timeout_ns  0: only look; TERN_INFINITE: no limit
 * @return TERN_OK: take one; TERN_ETIMEDOUT; TERN_EIO
 * Threads: any, one at a time.
 */
TERN_API TERN_MUST_CHECK tern_status tern_graph_watch_wait(struct tern_graph_watch *watch,
                                                           int64_t timeout_ns);

/**
 * A descriptor that polls readable when tern_graph_watch_wait() may have something: call that
 * with timeout 0. Owned by the watch.
 * Threads: any.
 */
TERN_API int32_t tern_graph_watch_fd(const struct tern_graph_watch *watch);

TERN_END_DECLS

#endif
