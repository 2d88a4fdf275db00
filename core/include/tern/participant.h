/* A participant: a program's membership of one domain, and the owner of its topics, writers,
 * readers and waitsets. Source: DDS 1.4, 2.2.2.2.1. */
#ifndef TERN_PARTICIPANT_H
#define TERN_PARTICIPANT_H

#include <stdint.h>

#include <tern/api.h>
#include <tern/endpoint.h>
#include <tern/guid.h>
#include <tern/status.h>

TERN_BEGIN_DECLS

#define TERN_DOMAIN_ID_MAX 232

struct tern_participant;

/**
 * Join a domain. Transports start by themselves: the environment's TERN_TRANSPORTS ("dds,shm",
 * default: all that are built) chooses. Slow ones start beside the call.
 * @param domain_id        0..TERN_DOMAIN_ID_MAX
 * @param name             shown by tools, at most 255 bytes; NULL: the program's name
 * @param ret_participant  owned by the caller: tern_participant_destroy()
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM, TERN_EIO
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_participant_create(
	uint32_t domain_id, const char *name, struct tern_participant **ret_participant);

/**
 * Leave the domain; destroys the participant's writers, readers, waitsets and topics with it.
 * NULL is fine.
 * @return TERN_OK, or TERN_EBUSY while samples or writer's loans are out, TERN_EPERM in a
 *         listener: nothing was destroyed
 * Threads: any but a listener's; no other call on the participant or what it owns may run.
 */
TERN_API tern_status tern_participant_destroy(struct tern_participant *participant);

/** Threads: any. */
TERN_API uint32_t tern_participant_domain_id(const struct tern_participant *participant);
/** Threads: any. */
TERN_API struct tern_guid tern_participant_guid(
	const struct tern_participant *participant);

/**
 * Wait until every transport of the domain has started or failed. Programs need it only to
 * tell "nobody is there" from "not listening yet".
 * @param timeout_ns  0..TERN_INFINITE
 * @return TERN_OK: at least one works; TERN_ETIMEDOUT; TERN_EIO: none could start, the text says why
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status
tern_participant_wait_started(struct tern_participant *participant, int64_t timeout_ns);

/** How a pair of writer and reader stands, for struct tern_visitor. */
struct tern_pair_info {
	struct tern_guid writer;
	struct tern_guid reader;
	const char
		*transport; /* its path: "local", "dds", ...; NULL while there is none */
	bool matched;
	const char
		*reason; /* why it is not matched, or what it waits for; "" if matched */
};

/** Callbacks of tern_participant_visit(); each may be NULL. Infos are borrowed for the call. */
struct tern_visitor {
	void (*peer)(const struct tern_peer_info *peer, void *context);
	void (*endpoint)(const struct tern_endpoint_info *endpoint, void *context);
	void (*pair)(const struct tern_pair_info *pair, void *context);
	void *context;
};

/**
 * Show all that is known of the domain: peers, then endpoints (one's own too), then the pairs
 * that have an end in this process.
 * Threads: any. The callbacks run on the caller's thread and must not call Tern.
 */
TERN_API void tern_participant_visit(struct tern_participant *participant,
                                     const struct tern_visitor *visitor);

TERN_END_DECLS

#endif
