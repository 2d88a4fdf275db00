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

typedef enum tern_transport_state {
	TERN_TRANSPORT_STARTING,
	TERN_TRANSPORT_RUNNING,
	TERN_TRANSPORT_FAILED,
} tern_transport_state;

/** A transport of this process. */
struct tern_transport_info {
	const char *name; /* "local", "shm", "dds" */
	uint32_t bit;     /* its own in every seen_by */
	tern_transport_state state;
	const char *why; /* FAILED: the reason and what would mend it; else "" */
};

/** Callbacks of tern_participant_visit(); each may be NULL. Infos are borrowed for the call. */
struct tern_visitor {
	void (*peer)(const struct tern_peer_info *peer, void *context);
	void (*endpoint)(const struct tern_endpoint_info *endpoint, void *context);
	void (*pair)(const struct tern_pair_info *pair, void *context);
	void *context;
	void (*transport)(const struct tern_transport_info *transport, void *context);
	void (*refusal)(const struct tern_refusal_info *refusal, void *context);
	/* Who died without leaving since this process joined; the last TERN_DEAD_MAX. */
	void (*dead)(const struct tern_peer_info *peer, void *context);
};

#define TERN_DEAD_MAX 64

/**
 * Show all that is known of the domain: transports, peers, the dead, endpoints (one's own too),
 * the pairs that have an end in this process; then what transports see of pairs and of refusals,
 * also between other processes: a pair may come twice. Looks first who died.
 * Threads: any. The callbacks run on the caller's thread and must not call Tern.
 */
TERN_API void tern_participant_visit(struct tern_participant *participant,
                                     const struct tern_visitor *visitor);

/**
 * Moves with every change of what tern_participant_visit() shows of peers, endpoints and this
 * process's pairs; see also tern_waitset_attach_discovery(). What transports see of other
 * processes' pairs moves nothing: look at that from time to time.
 * Threads: any.
 */
TERN_API uint64_t tern_participant_generation(struct tern_participant *participant);

/**
 * Compare the types of two endpoints of other processes, member by member, if a transport has
 * their descriptions.
 * @return TERN_OK: the reader's type can be filled from the writer's samples; TERN_EMISMATCH
 *         with the member's path and what differs; TERN_ENOTFOUND: they are not known
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_participant_compare_types(
	struct tern_participant *participant, const struct tern_guid *writer,
	const struct tern_guid *reader);

/**
 * What the type of an endpoint is: its XTypes description, for tern_dynamic_type_create(). A
 * process of this host has told it already; one on the network is asked.
 * @param endpoint         as in struct tern_endpoint_info; one's own is fine
 * @param timeout_ns       0..TERN_INFINITE
 * @param ret_description  owned by the caller: free(), which frees what it points to as well
 * @return TERN_OK; TERN_ENOTFOUND: there is no such endpoint; TERN_ETIMEDOUT: no answer yet;
 *         TERN_EUNSUPPORTED: it does not say what its type is; TERN_ENOMEM, TERN_EINVAL
 * Threads: any but a listener's. Blocks while it asks.
 */
TERN_API TERN_MUST_CHECK tern_status tern_participant_describe_type(
	struct tern_participant *participant, const struct tern_guid *endpoint,
	int64_t timeout_ns, struct tern_xtypes **ret_description);

TERN_END_DECLS

#endif
