/* The DDS transport's own structures and what its files offer each other.
 *
 * Locks: Cyclone's threads call into discovery.c and endpoint.c with Cyclone's locks held; a
 * lock of this transport is taken below those, so no function of Cyclone that takes one of its
 * own (other than that of its type library) is called with one of these held. Order:
 * report_lock, then lock, then an endpoint's pairs.lock. The host is called with none of them
 * held but report_lock, under which it calls attach(). Above Cyclone's, and never waited for by
 * its threads: a writer's sender.lock, and the lock under which writers are made. */
#ifndef TERN_DDS_DDS_H
#define TERN_DDS_DDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <dds/dds.h>

#include <tern/transport.h>

#include "cyclone_0_10/cyclone_0_10.h"
#include "pairs.h"
#include "sender.h"

struct ddsi_sertype;
struct tern__instances;

/* A participant found on the network. */
struct tern__peer {
	dds_instance_handle_t handle; /* Cyclone's number for it */
	struct tern_guid
		guid; /* as reported: Tern's, or the RTPS GUID of a foreign one */
	uint32_t endpoint_count; /* remotes of it */
	bool gone;               /* reported lost when its last remote is */
};

/* An endpoint found on the network. */
struct tern__remote {
	dds_instance_handle_t handle; /* = publication/subscription handle */
	dds_instance_handle_t participant;
	dds_guid_t rtps_guid;
	struct tern_guid guid; /* as reported */
	tern_endpoint_kind kind;
	uint64_t order;   /* in which remotes were found: 1, 2, ... */
	uint32_t matched; /* how many of our endpoints Cyclone has matched with it */
	bool gone; /* reported lost when matched is 0: until then its samples come in */
};

struct tern_transport {
	const struct tern_host *host;
	struct tern_domain *domain;
	dds_entity_t cyclone_domain; /* 0: somebody else's */
	dds_entity_t participant;
	dds_guid_t rtps_guid;   /* of participant */
	int64_t batch_delay_ns; /* how long a writer may hold samples; 0: not at all */
	dds_entity_t builtin_readers[3];

	pthread_mutex_t report_lock; /* one report of discovery at a time, in order */

	pthread_mutex_t lock; /* guards what follows */
	struct tern__peer *peers;
	size_t peer_count, peer_capacity;
	struct tern__remote *remotes;
	size_t remote_count, remote_capacity;
	uint64_t found_count; /* remotes so far */
};

struct tern_transport_endpoint {
	struct tern_transport *transport;
	struct tern_port *port;
	struct tern_guid guid;
	tern_endpoint_kind kind;
	const struct tern_type *type; /* borrowed */
	char *topic_name;
	dds_entity_t topic;
	dds_entity_t entity; /* the DDS writer or reader */
	dds_guid_t rtps_guid;
	struct ddsi_sertype *sertype;       /* the topic's */
	struct tern__instances *instances;  /* a writer's */
	struct tern__sender sender;         /* a writer's */
	tern_representation representation; /* a writer's */
	bool reliable;
	bool transient_local;
	struct tern__pairs pairs;
	/* Of the remotes up to this one, Cyclone had its verdict when the endpoint was made. */
	uint64_t judged;
	uint32_t refused_policy;   /* atomic: of its last refusal; 0: none */
	uint32_t malformed_logged; /* atomic */
};

/* ---- participant.c ---- */

tern_status tern__dds_start(const struct tern_host *host, struct tern_domain *domain,
                            const struct tern_transport_config *config,
                            struct tern_transport **ret_transport);
void tern__dds_stop(struct tern_transport *transport);

/* ---- discovery.c ---- */

/** Report who is on the network from now on. @return TERN_OK or TERN_EIO with a text */
tern_status tern__discovery_start(struct tern_transport *transport);
/** When it returns, nothing is reported any more. */
void tern__discovery_stop(struct tern_transport *transport);
tern_reach tern__discovery_reach(struct tern_transport *transport,
                                 const struct tern_peer_info *peer);

/** struct tern_transport_ops: describe_type */
tern_status tern__dds_describe_type(struct tern_transport *transport,
                                    const struct tern_endpoint_info *endpoint,
                                    int64_t deadline_ns, struct tern_buffer *ret_mapping);

/** Is the endpoint known? Copies it. */
bool tern__remote_find(struct tern_transport *transport, dds_instance_handle_t handle,
                       struct tern__remote *ret_remote);
bool tern__remote_find_guid(struct tern_transport *transport,
                            const struct tern_guid *guid,
                            struct tern__remote *ret_remote);
/** How many remotes were found so far. */
uint64_t tern__remote_found_count(struct tern_transport *transport);
/** The remote that the calling thread reported last: Cyclone matches it next. */
bool tern__remote_reported_last(struct tern_guid *ret_guid);
/** Cyclone matched (+1) or unmatched (-1) it with one of ours; the latter may end its life. */
void tern__remote_count_match(struct tern_transport *transport,
                              dds_instance_handle_t handle, int change);

/* ---- endpoint.c ---- */

tern_status tern__dds_announce(struct tern_transport *transport, struct tern_port *port,
                               const struct tern_endpoint_info *info,
                               struct tern_transport_endpoint **ret_endpoint);
void tern__dds_withdraw(struct tern_transport_endpoint *endpoint);
tern_status tern__dds_attach(struct tern_transport_endpoint *endpoint,
                             const struct tern_endpoint_info *remote);
void tern__dds_detach(struct tern_transport_endpoint *endpoint,
                      const struct tern_guid *remote);

/* ---- arrival.c ---- */

/** Hand a sample to core: a tern__cyclone_store_fn, the context is the endpoint. */
bool tern__dds_store(void *context, const struct tern__cyclone_sample *sample);

/* ---- verdict.c ---- */

/** "RELIABILITY" for DDS_RELIABILITY_QOS_POLICY_ID. */
const char *tern__policy_name(uint32_t policy);
/** What Cyclone says to the types of a pair; the text is set if it refuses. */
enum tern__types_verdict tern__compare_types(struct tern_transport_endpoint *endpoint,
                                             const struct tern__remote *remote,
                                             char *text, size_t size_bytes);
size_t tern__dds_explain(struct tern_transport_endpoint *endpoint,
                         const struct tern_guid *remote, char *text, size_t size_bytes);

#endif
