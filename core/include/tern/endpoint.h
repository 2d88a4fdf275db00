/* What is known of a peer process and of an endpoint, one's own or a discovered one.
 * Source: RTPS 2.5, 8.5 (discovery data); DDS 1.4, 2.2.5 (built-in topics). */
#ifndef TERN_ENDPOINT_H
#define TERN_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/api.h>
#include <tern/guid.h>
#include <tern/qos.h>
#include <tern/status.h>
#include <tern/type.h>

TERN_BEGIN_DECLS

#define TERN_HOST_ID_SIZE_BYTES 16

typedef enum tern_endpoint_kind { TERN_WRITER, TERN_READER } tern_endpoint_kind;

/**
 * Who is on the bus: a process with Tern (its participants of one domain are one peer), or a
 * foreign DDS participant (then host id and pid are unknown).
 */
struct tern_peer_info {
	struct tern_guid guid;
	bool is_tern;
	bool is_ours; /* this process */
	uint8_t host_id
		[TERN_HOST_ID_SIZE_BYTES]; /* same bytes: shares memory with us; 0: unknown */
	uint32_t pid;                      /* 0: unknown */
	const char *process_name;          /* or "" */
	const char *address; /* transport's own text ("udp/10.0.0.2:7410"), or "" */
	/* It ended without leaving: a transport tells so just before it reports it lost. */
	bool is_dead;
	uint32_t
		seen_by; /* transports by bit, see tern_visitor; core's, not a transport's */
};

/** A writer or reader. Pointers are borrowed for the call or callback that hands it over. */
struct tern_endpoint_info {
	tern_endpoint_kind kind;
	struct tern_guid guid;
	struct tern_guid participant; /* the peer's, as in struct tern_peer_info */
	bool is_tern;
	bool is_ours; /* made in this process */
	const char *topic_name;
	const char *type_name;
	const struct tern_type *type;    /* NULL for an endpoint of another process */
	const uint8_t *type_information; /* XTypes TypeInformation, or NULL */
	size_t type_information_size_bytes;
	const uint8_t
		*type_mapping; /* XTypes TypeMapping, if it is known at once; or NULL */
	size_t type_mapping_size_bytes;
	struct tern_qos qos;  /* user_data: the user's own part */
	uint64_t layout_hash; /* of the type; 0: unknown (foreign) */
	uint32_t
		seen_by; /* transports by bit, see tern_visitor; core's, not a transport's */
};

/** How a pair of writer and reader stands. */
struct tern_pair_info {
	struct tern_guid writer;
	struct tern_guid reader;
	const char *transport; /* its path: "local", "dds"; NULL while there is none */
	bool matched;
	bool is_mismatched; /* by the rules or a transport's verdict, not for want of a path */
	const char
		*reason; /* why it is not matched, or what it waits for; "" if matched */

	/* What a transport sees of a pair, also of one with both ends in other processes: */
	bool is_observed; /* it is told by such a transport, not by core's own decision */
	tern_status refusal; /* the reader did not take this way; else TERN_OK */
	bool has_lag;        /* the next three are known */
	uint64_t lag;  /* samples that were written and that the reader has not fetched */
	uint64_t room; /* how many the writer keeps for it */
	bool holds_back; /* at `room` the writer waits for this reader */
	bool blocks;     /* it does so now */
};

/** One process cannot reach another by a transport that both have. */
struct tern_refusal_info {
	struct tern_guid by; /* who refuses */
	struct tern_guid of; /* whom; zero: not known, but for pid */
	uint32_t pid;        /* of whom is refused; 0: not known */
	const char *transport;
	tern_status status;
	const char *why; /* "" if only the status is known */
};

/** Enough for every reason that tern_endpoint_match() gives. */
#define TERN_MATCH_REASON_SIZE_BYTES 256

/**
 * Do this writer and this reader of one topic match by the rules of DDS and XTypes? For tools
 * that look at other processes' endpoints: pairs of this process are in tern_participant_visit().
 * @param ret_reason  on false: which policy or member, offered, requested, how to mend it;
 *                    "" on true
 * Threads: any. Source: DDS 1.4, 2.2.3; XTypes 1.3, 7.2.4 and 7.6.3.
 */
TERN_API bool tern_endpoint_match(const struct tern_endpoint_info *writer,
                                  const struct tern_endpoint_info *reader,
                                  char *ret_reason, size_t reason_size_bytes);

/** What can keep a writer and a reader of one topic apart. */
typedef enum tern_mismatch_kind {
	TERN_MISMATCH_RELIABILITY,
	TERN_MISMATCH_DURABILITY,
	TERN_MISMATCH_DEADLINE,
	TERN_MISMATCH_LATENCY_BUDGET,
	TERN_MISMATCH_OWNERSHIP,
	TERN_MISMATCH_LIVELINESS,
	TERN_MISMATCH_DESTINATION_ORDER,
	TERN_MISMATCH_PARTITION,
	TERN_MISMATCH_REPRESENTATION,
	TERN_MISMATCH_TYPE,
} tern_mismatch_kind;

/** As many as there are kinds. */
#define TERN_MISMATCHES_MAX 10

/** One policy, or the types. Names in the texts are as the peers sent them. */
struct tern_mismatch {
	tern_mismatch_kind kind;
	char requested[128]; /* "RELIABLE", "20 ms"; of types: the reader's name */
	char offered[128];   /* "BEST_EFFORT"; of types: the writer's name */
	char what
		[TERN_MATCH_REASON_SIZE_BYTES]; /* "reader requests ..., writer offers ..." */
	char fix[TERN_MATCH_REASON_SIZE_BYTES]; /* "make the writer ..."; "" if what has it */
};

/**
 * The same rules as tern_endpoint_match(), but all that fails, in the order of the kinds.
 * @return how many; 0: they match
 * Threads: any.
 */
TERN_API uint32_t tern_endpoint_mismatches(
	const struct tern_endpoint_info *writer, const struct tern_endpoint_info *reader,
	struct tern_mismatch ret_mismatches[TERN_MISMATCHES_MAX]);

/** "RELIABILITY", "TYPE", ... */
TERN_API const char *tern_mismatch_kind_name(tern_mismatch_kind kind);

TERN_END_DECLS

#endif
