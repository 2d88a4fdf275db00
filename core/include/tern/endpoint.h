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
	struct tern_qos qos;  /* user_data: the user's own part */
	uint64_t layout_hash; /* of the type; 0: unknown (foreign) */
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

TERN_END_DECLS

#endif
