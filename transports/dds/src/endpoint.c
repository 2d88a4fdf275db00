/* Endpoints of this process on DDS: a DDS writer or reader for each, made when it is announced;
 * and their pairs. Cyclone decides what matches; its listeners tell us, on its threads. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cyclone_0_10/cyclone_0_10.h"
#include "dds.h"
#include "qos.h"
#include "record.h"

/* How long samples of a writer that Cyclone has matched wait for core to take the pair up.
 * Core does so within the call that made the endpoint; whatever it has not attached after this
 * time goes another way, and core counts what comes. */
#define ATTACH_GRACE_NS INT64_C(200000000)

/* ---- verdicts ------------------------------------------------------------------------ */

static const char *policy_name(uint32_t policy)
{
	switch (policy) {
	case DDS_RELIABILITY_QOS_POLICY_ID:
		return "RELIABILITY";
	case DDS_DURABILITY_QOS_POLICY_ID:
		return "DURABILITY";
	case DDS_PRESENTATION_QOS_POLICY_ID:
		return "PRESENTATION";
	case DDS_DEADLINE_QOS_POLICY_ID:
		return "DEADLINE";
	case DDS_LATENCYBUDGET_QOS_POLICY_ID:
		return "LATENCY_BUDGET";
	case DDS_OWNERSHIP_QOS_POLICY_ID:
		return "OWNERSHIP";
	case DDS_LIVELINESS_QOS_POLICY_ID:
		return "LIVELINESS";
	case DDS_DESTINATIONORDER_QOS_POLICY_ID:
		return "DESTINATION_ORDER";
	case DDS_PARTITION_QOS_POLICY_ID:
		return "PARTITION";
	case DDS_DATA_REPRESENTATION_QOS_POLICY_ID:
		return "DATA_REPRESENTATION";
	case DDS_TYPE_CONSISTENCY_ENFORCEMENT_QOS_POLICY_ID:
		return "TYPE_CONSISTENCY_ENFORCEMENT";
	default:
		return "unknown";
	}
}

/* RTPS 2.5, 9.3.1.2: the entity kind tells whether there is a key. */
static bool has_key(const dds_guid_t *guid)
{
	uint8_t kind = guid->v[15] & 0x3f;
	return kind == 0x02 || kind == 0x07;
}

/* Does Cyclone refuse this pair for its types? Only types: what QoS policies say, core has
 * compared before it asks. */
static bool types_refused(struct tern_transport_endpoint *endpoint,
                          const struct tern__remote *remote, char *text,
                          size_t size_bytes)
{
	bool keyed = (endpoint->type->flags & TERN_TYPE_KEYED) != 0;
	const dds_guid_t *writer = &endpoint->rtps_guid;
	const dds_guid_t *reader = &remote->rtps_guid;
	if (endpoint->kind == TERN_READER) {
		writer = &remote->rtps_guid;
		reader = &endpoint->rtps_guid;
	}
	if (has_key(&remote->rtps_guid) != keyed) {
		snprintf(text, size_bytes,
		         "type mismatch on topic %s: type %s here has %s key, the other "
		         "side's has "
		         "%s: give both the same @key members",
		         endpoint->topic_name, endpoint->type->name, keyed ? "a" : "no",
		         keyed ? "none" : "one");
		return true;
	}
	if (tern__cyclone_types_refused(endpoint->sertype, writer, reader)) {
		snprintf(text, size_bytes,
		         "type mismatch on topic %s: the reader's type cannot be filled "
		         "from the "
		         "writer's (XTypes 1.3, 7.2.4): members, their order or "
		         "extensibility "
		         "differ. Build both from one IDL file; here it is type %s",
		         endpoint->topic_name, endpoint->type->name);
		return true;
	}
	return false;
}

/* Cyclone refused some pair of the endpoint's; it does not say which. Those that wait and whose
 * types have become known since are refused now. */
static void refuse_waiting(struct tern_transport_endpoint *endpoint)
{
	const struct tern_host *host = endpoint->transport->host;
	struct tern_guid guid;
	struct tern__remote remote;
	size_t index = 0;
	char text[256];
	while (tern__pairs_next_waiting(&endpoint->pairs, &index, &guid)) {
		if (!tern__remote_find_guid(endpoint->transport, &guid, &remote) ||
		    !types_refused(endpoint, &remote, text, sizeof text))
			continue;
		tern__pairs_detach(&endpoint->pairs, &guid);
		host->pair_broken(endpoint->port, endpoint->transport, &guid,
		                  TERN_EMISMATCH, text);
	}
}

static void on_incompatible(struct tern_transport_endpoint *endpoint, uint32_t policy)
{
	endpoint->transport->host->log(
		TERN_LOG_DEBUG, "dds: Cyclone refuses a pair of %s's %s for policy %s",
		endpoint->topic_name, endpoint->kind == TERN_WRITER ? "writer" : "reader",
		policy_name(policy));
	refuse_waiting(endpoint);
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

/* ---- samples that come in ------------------------------------------------------------ */

static void drop_malformed(struct tern_transport_endpoint *endpoint,
                           const struct tern__cyclone_sample *sample,
                           const struct tern_guid *writer)
{
	const struct tern_host *host = endpoint->transport->host;
	host->lost(endpoint->port, writer, 1);
	/* The log tells the first; the count tells how many. */
	if (__atomic_exchange_n(&endpoint->malformed_logged, 1, __ATOMIC_RELAXED) == 0)
		host->log(TERN_LOG_WARNING,
		          "dds: dropped a malformed sample of topic %s: %s. The writer's "
		          "type or "
		          "encoder is broken; more such samples are counted as lost",
		          endpoint->topic_name, sample->malformed);
}

/* What core needs of the pair, taken under its lock. */
struct arrival {
	struct tern_guid writer;
	uint64_t sequence_number; /* for core */
	uint64_t before;          /* the pair's last_sequence_number until now */
	enum { ARRIVAL_DELIVER, ARRIVAL_DROP, ARRIVAL_LATER } what;
};

static struct arrival arrive(struct tern_transport_endpoint *endpoint,
                             const struct tern__cyclone_sample *sample)
{
	struct arrival arrival = { .what = ARRIVAL_DROP };
	uint64_t number = sample->sequence_number;
	pthread_mutex_lock(&endpoint->pairs.lock);
	struct tern__pair *pair = tern__pairs_by_handle(&endpoint->pairs, sample->writer);
	if (!pair)
		goto unlock; /* its end was reported */
	/* Where several readers share a writer, Cyclone offers a sample that one of them had no
	 * room for to all of them again. */
	if (number != 0 && number <= pair->last_sequence_number)
		goto unlock;
	arrival.what = ARRIVAL_LATER;
	if (!pair->decided && endpoint->reliable &&
	    endpoint->transport->host->monotonic_ns() - pair->matched_at_ns <
	            ATTACH_GRACE_NS)
		goto unlock;
	arrival.what = ARRIVAL_DELIVER;
	arrival.writer = pair->remote;
	/* In history that is sent to a late joiner, samples that newer ones have replaced are
	 * missing: these gaps are no loss. */
	if (number != 0 && (!endpoint->transient_local ||
	                    sample->source_timestamp_ns >= pair->matched_realtime_ns))
		arrival.sequence_number = number - pair->malformed;
	arrival.before = pair->last_sequence_number;
	pair->last_sequence_number = number;
	pair->malformed += sample->malformed != NULL;
unlock:
	pthread_mutex_unlock(&endpoint->pairs.lock);
	return arrival;
}

/* There was no room: it will be offered again. */
static void take_back(struct tern_transport_endpoint *endpoint,
                      const struct tern__cyclone_sample *sample, uint64_t before)
{
	pthread_mutex_lock(&endpoint->pairs.lock);
	struct tern__pair *pair = tern__pairs_by_handle(&endpoint->pairs, sample->writer);
	if (pair)
		pair->last_sequence_number = before;
	pthread_mutex_unlock(&endpoint->pairs.lock);
}

static bool store(void *context, const struct tern__cyclone_sample *sample)
{
	struct tern_transport_endpoint *endpoint = context;
	const struct tern_host *host = endpoint->transport->host;
	struct arrival arrival = arrive(endpoint, sample);
	if (arrival.what != ARRIVAL_DELIVER)
		return arrival.what == ARRIVAL_DROP;
	if (sample->malformed) {
		drop_malformed(endpoint, sample, &arrival.writer);
		return true;
	}
	struct tern_delivery delivery = {
		.writer = arrival.writer,
		.source_timestamp_ns = sample->source_timestamp_ns,
		.sequence_number = arrival.sequence_number,
		.kind = sample->kind,
		.payload = sample->payload,
	};
	memcpy(delivery.key_hash, sample->key_hash, sizeof delivery.key_hash);
	if (host->deliver(endpoint->port, endpoint->transport, &delivery) != TERN_EAGAIN)
		return true;
	take_back(endpoint, sample, arrival.before);
	return false;
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
                                  const dds_qos_t *qos, const dds_listener_t *listener)
{
	dds_entity_t participant = endpoint->transport->participant;
	endpoint->topic = tern__cyclone_topic_create(participant, endpoint->topic_name,
	                                             endpoint->type, &endpoint->sertype);
	if (endpoint->topic < 0)
		return endpoint->topic;
	if (endpoint->kind == TERN_WRITER) {
		endpoint->instances = tern__instances_create(endpoint->sertype);
		endpoint->entity =
			dds_create_writer(participant, endpoint->topic, qos, listener);
	} else {
		endpoint->entity = tern__cyclone_reader_create(
			participant, endpoint->topic, qos, listener, store, endpoint);
	}
	if (endpoint->entity < 0)
		return endpoint->entity;
	return dds_get_guid(endpoint->entity, &endpoint->rtps_guid);
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
		rc = create_entity(endpoint, qos, listener);
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
	/* No listener and no store() runs after this. */
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
	if (names_differ || types_refused(endpoint, &remote, text, sizeof text)) {
		tern__pairs_detach(&endpoint->pairs, &info->guid);
		return host->fail(TERN_EMISMATCH, "%s", text);
	}
	return TERN_EAGAIN;
}

void tern__dds_detach(struct tern_transport_endpoint *endpoint,
                      const struct tern_guid *remote)
{
	tern__pairs_detach(&endpoint->pairs, remote);
}

__attribute__((format(printf, 3, 4))) static size_t write_text(char *text,
                                                               size_t size_bytes,
                                                               const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, size_bytes, format, arguments);
	va_end(arguments);
	return length < 0 ? 0 : (size_t)length;
}

size_t tern__dds_explain(struct tern_transport_endpoint *endpoint,
                         const struct tern_guid *remote, char *text, size_t size_bytes)
{
	struct tern__remote found;
	struct tern__pair pair;
	char reason[256];
	if (!tern__remote_find_guid(endpoint->transport, remote, &found))
		return write_text(text, size_bytes,
		                  "DDS has not discovered the other end");
	bool known = tern__pairs_find(&endpoint->pairs, remote, &pair);
	if (known && pair.matched)
		return write_text(text, size_bytes, "Cyclone DDS matches the pair%s",
		                  pair.attached ? ""
		                                : "; it is served by another transport");
	if (types_refused(endpoint, &found, reason, sizeof reason))
		return write_text(text, size_bytes, "%s", reason);
	if (known && pair.waiting)
		return write_text(
			text, size_bytes,
			"Cyclone DDS has discovered the other end and not matched it: it "
			"may be asking for its type");
	return write_text(text, size_bytes, "Cyclone DDS does not match the pair");
}
