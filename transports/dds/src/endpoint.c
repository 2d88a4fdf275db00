/* Endpoints of this process on DDS: a DDS writer or reader for each, made when it is announced;
 * and their pairs. Cyclone decides what matches; its listeners tell us, on its threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dds.h"
#include "qos.h"
#include "record.h"

/* ---- refusals ------------------------------------------------------------------------ */

static void refuse(struct tern_transport_endpoint *endpoint,
                   const struct tern_guid *remote, const char *text)
{
	tern__pairs_detach(&endpoint->pairs, remote);
	endpoint->transport->host->pair_broken(endpoint->port, endpoint->transport,
	                                       remote, TERN_EMISMATCH, text);
}

/* Cyclone refused some pair of the endpoint's for its types, which it may have got just now. */
static void refuse_unlike_types(struct tern_transport_endpoint *endpoint)
{
	struct tern_guid guid;
	struct tern__remote remote;
	size_t index = 0;
	char text[256];
	while (tern__pairs_next_waiting(&endpoint->pairs, &index, &guid)) {
		if (!tern__remote_find_guid(endpoint->transport, &guid, &remote) ||
		    tern__compare_types(endpoint, &remote, text, sizeof text) !=
		            TERN__TYPES_REFUSED)
			continue;
		refuse(endpoint, &guid, text);
		index = 0; /* the table has moved */
	}
}

/* What Cyclone refuses and core does not: the two read a rule differently (see
 * docs/decisions, "One verdict on a pair"). */
static void refuse_for_policy(struct tern_transport_endpoint *endpoint, uint32_t policy)
{
	struct tern_guid guid;
	struct tern__pair pair;
	char text[256];
	__atomic_store_n(&endpoint->refused_policy, policy, __ATOMIC_RELAXED);
	if (!tern__remote_reported_last(&guid) ||
	    !tern__pairs_find(&endpoint->pairs, &guid, &pair) || !pair.waiting)
		return;
	snprintf(
		text, sizeof text,
		"Cyclone DDS refuses a pair on topic %s for its %s, which Tern's rules take: "
		"make that policy the same on both sides",
		endpoint->topic_name, tern__policy_name(policy));
	refuse(endpoint, &guid, text);
}

static void on_incompatible(struct tern_transport_endpoint *endpoint, uint32_t policy)
{
	if (policy == DDS_TYPE_CONSISTENCY_ENFORCEMENT_QOS_POLICY_ID)
		refuse_unlike_types(endpoint);
	else
		refuse_for_policy(endpoint, policy);
}

/* ---- Cyclone's listeners ------------------------------------------------------------- */

static void on_match(struct tern_transport_endpoint *endpoint,
                     dds_instance_handle_t handle, int32_t change)
{
	struct tern_transport *transport = endpoint->transport;
	const struct tern_host *host = transport->host;
	struct tern__remote remote;
	if (!tern__remote_find(transport, handle, &remote))
		return;
	if (change > 0) {
		tern__remote_count_match(transport, handle, +1);
		if (tern__pairs_matched(&endpoint->pairs, &remote.guid, handle,
		                        host->monotonic_ns(), host->now_ns()))
			host->pair_ready(endpoint->port, transport, &remote.guid);
	} else {
		bool served = tern__pairs_unmatched(&endpoint->pairs, &remote.guid);
		/* One that ends is reported as such. */
		if (served && !remote.gone)
			host->pair_broken(endpoint->port, transport, &remote.guid,
			                  TERN_ECLOSED,
			                  "Cyclone DDS has unmatched the pair");
		tern__remote_count_match(transport, handle, -1);
	}
}

static void on_publication_matched(dds_entity_t writer,
                                   const dds_publication_matched_status_t status,
                                   void *context)
{
	(void)writer;
	on_match(context, status.last_subscription_handle, status.current_count_change);
}

static void on_subscription_matched(dds_entity_t reader,
                                    const dds_subscription_matched_status_t status,
                                    void *context)
{
	(void)reader;
	on_match(context, status.last_publication_handle, status.current_count_change);
}

static void on_offered_incompatible(dds_entity_t writer,
                                    const dds_offered_incompatible_qos_status_t status,
                                    void *context)
{
	(void)writer;
	on_incompatible(context, status.last_policy_id);
}

static void on_requested_incompatible(
	dds_entity_t reader, const dds_requested_incompatible_qos_status_t status,
	void *context)
{
	(void)reader;
	on_incompatible(context, status.last_policy_id);
}

static dds_listener_t *create_listener(struct tern_transport_endpoint *endpoint)
{
	dds_listener_t *listener = dds_create_listener(endpoint);
	if (!listener)
		return NULL;
	if (endpoint->kind == TERN_WRITER) {
		dds_lset_publication_matched(listener, on_publication_matched);
		dds_lset_offered_incompatible_qos(listener, on_offered_incompatible);
	} else {
		dds_lset_subscription_matched(listener, on_subscription_matched);
		dds_lset_requested_incompatible_qos(listener, on_requested_incompatible);
	}
	return listener;
}

/* ---- announce and withdraw ----------------------------------------------------------- */

static dds_qos_t *endpoint_qos(const struct tern_endpoint_info *info)
{
	struct tern__record record = {
		.kind = TERN__RECORD_ENDPOINT,
		.guid = info->guid,
		.participant = info->participant,
		.layout_hash = info->type->layout_hash,
	};
	size_t user_bytes = info->qos.user_data_size_bytes;
	uint8_t *bytes = malloc(TERN__RECORD_SIZE_MAX_BYTES + user_bytes);
	if (!bytes)
		return NULL;
	size_t size_bytes = tern__record_encode(&record, bytes);
	if (user_bytes > 0)
		memcpy(bytes + size_bytes, info->qos.user_data, user_bytes);
	dds_qos_t *qos = tern__qos_to_cyclone(info, bytes, size_bytes + user_bytes);
	free(bytes);
	return qos;
}

static tern_status check(const struct tern_host *host,
                         const struct tern_endpoint_info *info)
{
	size_t user_max_bytes =
		TERN__USER_DATA_SIZE_MAX_BYTES - TERN__RECORD_ENDPOINT_SIZE_BYTES;
	if (tern__qos_representations(info) == 0)
		return host->fail(
			TERN_EUNSUPPORTED,
			"topic %s: type %s travels as XCDR2 only, and the QoS does not "
			"accept that: only types that are @final throughout and without "
			"@optional can travel as XCDR1",
			info->topic_name, info->type_name);
	if (info->qos.user_data_size_bytes > user_max_bytes)
		return host->fail(
			TERN_ELIMIT,
			"topic %s: USER_DATA of %zu bytes; DDS carries at most %zu",
			info->topic_name, info->qos.user_data_size_bytes, user_max_bytes);
	return TERN_OK;
}

/* Cyclone matches from within: listeners may run before it returns. */
static dds_return_t create_entity(struct tern_transport_endpoint *endpoint,
                                  const dds_qos_t *qos, const dds_listener_t *listener,
                                  int64_t batch_delay_ns)
{
	dds_entity_t participant = endpoint->transport->participant;
	endpoint->topic = tern__cyclone_topic_create(participant, endpoint->topic_name,
	                                             endpoint->type, &endpoint->sertype);
	if (endpoint->topic < 0)
		return endpoint->topic;
	if (endpoint->kind == TERN_WRITER) {
		endpoint->instances = tern__instances_create(endpoint->sertype);
		endpoint->entity =
			tern__sender_init(&endpoint->sender, endpoint->transport->host,
		                          participant, endpoint->topic, endpoint->sertype,
		                          qos, listener, batch_delay_ns);
	} else {
		endpoint->entity =
			tern__cyclone_reader_create(participant, endpoint->topic, qos,
		                                    listener, tern__dds_store, endpoint);
	}
	if (endpoint->entity < 0)
		return endpoint->entity;
	endpoint->judged = tern__remote_found_count(endpoint->transport);
	return dds_get_guid(endpoint->entity, &endpoint->rtps_guid);
}

/* For how long the writer may hold samples. Best effort would lose more at a time; a writer with
 * a latency budget has a thread of Cyclone's, which sends by its own rules. */
static int64_t batch_delay_ns(const struct tern_transport *transport,
                              const struct tern_qos *qos)
{
	return qos->reliability == TERN_RELIABLE && qos->latency_budget_ns == 0
	               ? transport->batch_delay_ns
	               : 0;
}

tern_status tern__dds_announce(struct tern_transport *transport, struct tern_port *port,
                               const struct tern_endpoint_info *info,
                               struct tern_transport_endpoint **ret_endpoint)
{
	const struct tern_host *host = transport->host;
	tern_status s = check(host, info);
	if (s < 0)
		return s;
	struct tern_transport_endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (!endpoint)
		return host->fail(TERN_ENOMEM, "no memory for an endpoint of topic %s",
		                  info->topic_name);
	endpoint->transport = transport;
	endpoint->port = port;
	endpoint->guid = info->guid;
	endpoint->kind = info->kind;
	endpoint->type = info->type;
	endpoint->representation = tern__qos_representations(info) & TERN_ACCEPT_XCDR1
	                                   ? TERN_XCDR1
	                                   : TERN_XCDR2;
	endpoint->reliable = info->qos.reliability == TERN_RELIABLE;
	endpoint->transient_local = info->qos.durability == TERN_TRANSIENT_LOCAL;
	endpoint->topic_name = strdup(info->topic_name);
	tern__pairs_init(&endpoint->pairs);

	dds_qos_t *qos = endpoint_qos(info);
	dds_listener_t *listener = create_listener(endpoint);
	dds_return_t rc = DDS_RETCODE_OUT_OF_RESOURCES;
	if (endpoint->topic_name && qos && listener)
		rc = create_entity(endpoint, qos, listener,
		                   batch_delay_ns(transport, &info->qos));
	dds_delete_listener(listener);
	dds_delete_qos(qos);
	if (rc < 0) {
		tern__dds_withdraw(endpoint);
		return host->fail(rc == DDS_RETCODE_OUT_OF_RESOURCES ? TERN_ENOMEM
		                                                     : TERN_EIO,
		                  "Cyclone DDS makes no %s of topic %s: %s",
		                  info->kind == TERN_WRITER ? "writer" : "reader",
		                  info->topic_name, dds_strretcode(rc));
	}
	*ret_endpoint = endpoint;
	return TERN_OK;
}

void tern__dds_withdraw(struct tern_transport_endpoint *endpoint)
{
	tern__sender_fini(&endpoint->sender);
	/* Sends what is held. No listener and no store() runs after this. */
	if (endpoint->entity > 0)
		(void)dds_delete(endpoint->entity);
	/* Nobody else tells that these are unmatched now. */
	for (size_t i = 0; i < endpoint->pairs.count; i++)
		if (endpoint->pairs.pairs[i].matched)
			tern__remote_count_match(endpoint->transport,
			                         endpoint->pairs.pairs[i].handle, -1);
	tern__instances_destroy(endpoint->instances);
	if (endpoint->topic > 0)
		(void)dds_delete(endpoint->topic);
	tern__pairs_fini(&endpoint->pairs);
	free(endpoint->topic_name);
	free(endpoint);
}

/* ---- pairs --------------------------------------------------------------------------- */

/* Cyclone could have matched it when the endpoint was made, and did not. It still may, where DDS
 * Security has to agree first. */
static void warn_unmatched(struct tern_transport_endpoint *endpoint)
{
	uint32_t policy = __atomic_load_n(&endpoint->refused_policy, __ATOMIC_RELAXED);
	endpoint->transport->host->log(
		TERN_LOG_WARNING,
		"dds: Cyclone DDS does not match a pair on topic %s that Tern's rules take%s%s: "
		"make the policies the same on both sides",
		endpoint->topic_name, policy ? "; it last refused one for its " : "",
		policy ? tern__policy_name(policy) : "");
}

tern_status tern__dds_attach(struct tern_transport_endpoint *endpoint,
                             const struct tern_endpoint_info *info)
{
	const struct tern_host *host = endpoint->transport->host;
	struct tern__remote remote;
	char text[256];
	if (!tern__remote_find_guid(endpoint->transport, &info->guid, &remote))
		return host->fail(TERN_ENOTFOUND, "not found on DDS");
	tern_status s = tern__pairs_attach(&endpoint->pairs, &info->guid);
	if (s == TERN_OK || s == TERN_ENOMEM)
		return s;
	/* Without type information the names must be the same (XTypes 1.3, 7.6.3.4.2). */
	bool names_differ = (!info->type_information || !endpoint->type->xtypes) &&
	                    strcmp(info->type_name, endpoint->type->name) != 0;
	if (names_differ)
		snprintf(text, sizeof text,
		         "type mismatch on topic %s: type %s here, %s there, and no type "
		         "information to compare them by: use the same name",
		         endpoint->topic_name, endpoint->type->name, info->type_name);
	enum tern__types_verdict verdict =
		names_differ ? TERN__TYPES_REFUSED
			     : tern__compare_types(endpoint, &remote, text, sizeof text);
	if (verdict == TERN__TYPES_REFUSED) {
		tern__pairs_detach(&endpoint->pairs, &info->guid);
		return host->fail(TERN_EMISMATCH, "%s", text);
	}
	if (verdict == TERN__TYPES_FIT && !remote.gone &&
	    remote.order <= endpoint->judged)
		warn_unmatched(endpoint);
	return TERN_EAGAIN;
}

void tern__dds_detach(struct tern_transport_endpoint *endpoint,
                      const struct tern_guid *remote)
{
	tern__pairs_detach(&endpoint->pairs, remote);
}
