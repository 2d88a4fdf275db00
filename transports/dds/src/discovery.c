/* Who is on the network: Cyclone's built-in topics, read on Cyclone's threads as they change and
 * reported to the host before Cyclone matches anything. Endpoints of this process are left out.
 *
 * A remote endpoint that ends is reported lost only after Cyclone has unmatched it everywhere:
 * what it sent before is still on its way to the readers until then. A participant is reported
 * lost after its endpoints. */
#include <stdlib.h>
#include <string.h>

#include "dds.h"
#include "qos.h"
#include "record.h"

#define CAPACITY_MIN 8

/* ---- tables, with transport->lock held ----------------------------------------------- */

static struct tern__peer *peer_by_handle(struct tern_transport *transport,
                                         dds_instance_handle_t handle)
{
	for (size_t i = 0; i < transport->peer_count; i++)
		if (transport->peers[i].handle == handle)
			return &transport->peers[i];
	return NULL;
}

static struct tern__remote *remote_by_handle(struct tern_transport *transport,
                                             dds_instance_handle_t handle)
{
	for (size_t i = 0; i < transport->remote_count; i++)
		if (transport->remotes[i].handle == handle)
			return &transport->remotes[i];
	return NULL;
}

/* Room for one more. */
static bool grow(void **table, size_t *capacity, size_t count, size_t size_bytes)
{
	if (count < *capacity)
		return true;
	size_t wanted = *capacity ? *capacity * 2 : CAPACITY_MIN;
	void *grown = realloc(*table, wanted * size_bytes);
	if (!grown)
		return false;
	*table = grown;
	*capacity = wanted;
	return true;
}

/* ---- losses -------------------------------------------------------------------------- */

static void report_peer_if_gone(struct tern_transport *transport,
                                dds_instance_handle_t handle)
{
	struct tern_guid guid;
	bool lost = false;
	pthread_mutex_lock(&transport->lock);
	struct tern__peer *peer = peer_by_handle(transport, handle);
	if (peer && peer->gone && peer->endpoint_count == 0) {
		lost = true;
		guid = peer->guid;
		*peer = transport->peers[--transport->peer_count];
	}
	pthread_mutex_unlock(&transport->lock);
	if (lost)
		transport->host->peer_lost(transport->domain, transport, &guid);
}

static void report_remote_if_gone(struct tern_transport *transport,
                                  dds_instance_handle_t handle)
{
	struct tern_guid guid;
	dds_instance_handle_t participant = 0;
	bool lost = false;
	pthread_mutex_lock(&transport->lock);
	struct tern__remote *remote = remote_by_handle(transport, handle);
	if (remote && remote->gone && remote->matched == 0) {
		lost = true;
		guid = remote->guid;
		participant = remote->participant;
		*remote = transport->remotes[--transport->remote_count];
		struct tern__peer *peer = peer_by_handle(transport, participant);
		if (peer)
			peer->endpoint_count--;
	}
	pthread_mutex_unlock(&transport->lock);
	if (!lost)
		return;
	transport->host->endpoint_lost(transport->domain, transport, &guid);
	report_peer_if_gone(transport, participant);
}

static void peer_is_gone(struct tern_transport *transport, dds_instance_handle_t handle)
{
	pthread_mutex_lock(&transport->lock);
	struct tern__peer *peer = peer_by_handle(transport, handle);
	if (peer)
		peer->gone = true;
	pthread_mutex_unlock(&transport->lock);
	report_peer_if_gone(transport, handle);
}

static void remote_is_gone(struct tern_transport *transport, dds_instance_handle_t handle)
{
	pthread_mutex_lock(&transport->lock);
	struct tern__remote *remote = remote_by_handle(transport, handle);
	if (remote)
		remote->gone = true;
	pthread_mutex_unlock(&transport->lock);
	report_remote_if_gone(transport, handle);
}

void tern__remote_count_match(struct tern_transport *transport,
                              dds_instance_handle_t handle, int change)
{
	pthread_mutex_lock(&transport->lock);
	struct tern__remote *remote = remote_by_handle(transport, handle);
	if (remote) {
		if (change > 0)
			remote->matched++;
		else if (remote->matched > 0)
			remote->matched--;
	}
	pthread_mutex_unlock(&transport->lock);
	if (change < 0)
		report_remote_if_gone(transport, handle);
}

bool tern__remote_find(struct tern_transport *transport, dds_instance_handle_t handle,
                       struct tern__remote *ret_remote)
{
	pthread_mutex_lock(&transport->lock);
	struct tern__remote *remote = remote_by_handle(transport, handle);
	if (remote)
		*ret_remote = *remote;
	pthread_mutex_unlock(&transport->lock);
	return remote != NULL;
}

bool tern__remote_find_guid(struct tern_transport *transport,
                            const struct tern_guid *guid, struct tern__remote *ret_remote)
{
	bool found = false;
	pthread_mutex_lock(&transport->lock);
	for (size_t i = 0; i < transport->remote_count && !found; i++) {
		if (memcmp(transport->remotes[i].guid.bytes, guid->bytes,
		           sizeof guid->bytes))
			continue;
		*ret_remote = transport->remotes[i];
		found = true;
	}
	pthread_mutex_unlock(&transport->lock);
	return found;
}

/* ---- finds --------------------------------------------------------------------------- */

static struct tern_guid tern_guid_of(const dds_guid_t *guid)
{
	struct tern_guid answer;
	memcpy(answer.bytes, guid->v, sizeof answer.bytes);
	return answer;
}

/* @return false: no memory, or known under another name until it is reported lost */
static bool remember_peer(struct tern_transport *transport, dds_instance_handle_t handle,
                          const struct tern_guid *guid)
{
	bool kept = false;
	pthread_mutex_lock(&transport->lock);
	struct tern__peer *peer = peer_by_handle(transport, handle);
	if (!peer && grow((void **)&transport->peers, &transport->peer_capacity,
	                  transport->peer_count, sizeof *peer)) {
		peer = &transport->peers[transport->peer_count++];
		*peer = (struct tern__peer){ .handle = handle };
	}
	if (peer) {
		peer->guid = *guid;
		peer->gone = false;
		kept = true;
	}
	pthread_mutex_unlock(&transport->lock);
	return kept;
}

static void participant_found(struct tern_transport *transport,
                              const dds_builtintopic_participant_t *found,
                              dds_instance_handle_t handle)
{
	struct tern_peer_info info = { .guid = tern_guid_of(&found->key) };
	struct tern__record record;
	void *user_data = NULL;
	size_t user_data_bytes = 0;
	char *name = NULL;
	char *address = NULL;

	(void)dds_qget_userdata(found->qos, &user_data, &user_data_bytes);
	(void)dds_qget_entity_name(found->qos, &name);
	(void)dds_qget_prop(found->qos, "__NetworkAddresses", &address);
	info.process_name = name ? name : "";
	info.address = address ? address : "";
	if (tern__record_decode(TERN__RECORD_PARTICIPANT, user_data, user_data_bytes,
	                        &record) > 0) {
		info.is_tern = true;
		info.guid = record.guid;
		memcpy(info.host_id, record.host_id, sizeof info.host_id);
		info.pid = record.pid;
		info.process_name = record.process_name;
	}
	if (remember_peer(transport, handle, &info.guid)) {
		transport->host->peer_found(transport->domain, transport, &info);
		/* Pairs of a peer that another transport found first wait for this. */
		transport->host->reach_changed(transport->domain, &info.guid);
	}
	dds_free(user_data);
	dds_free(name);
	dds_free(address);
}

static bool remember_remote(struct tern_transport *transport,
                            const struct tern__remote *found)
{
	bool kept = false;
	pthread_mutex_lock(&transport->lock);
	struct tern__remote *remote = remote_by_handle(transport, found->handle);
	if (remote) {
		remote->guid = found->guid;
		remote->gone = false;
		kept = true;
	} else if (grow((void **)&transport->remotes, &transport->remote_capacity,
	                transport->remote_count, sizeof *remote)) {
		remote = &transport->remotes[transport->remote_count++];
		*remote = *found;
		remote->order = ++transport->found_count;
		struct tern__peer *peer = peer_by_handle(transport, found->participant);
		if (peer)
			peer->endpoint_count++;
		kept = true;
	}
	pthread_mutex_unlock(&transport->lock);
	return kept;
}

/* Cyclone tells of a refusal on the thread on which it told of the endpoint, just after that,
 * and does not say whom it refuses. */
static _Thread_local struct tern_guid reported_last;
static _Thread_local bool has_reported;

bool tern__remote_reported_last(struct tern_guid *ret_guid)
{
	*ret_guid = reported_last;
	return has_reported;
}

uint64_t tern__remote_found_count(struct tern_transport *transport)
{
	pthread_mutex_lock(&transport->lock);
	uint64_t count = transport->found_count;
	pthread_mutex_unlock(&transport->lock);
	return count;
}

static void endpoint_found(struct tern_transport *transport, tern_endpoint_kind kind,
                           dds_builtintopic_endpoint_t *found,
                           dds_instance_handle_t handle)
{
	struct tern__remote remote = {
		.handle = handle,
		.participant = found->participant_instance_handle,
		.rtps_guid = found->key,
		.guid = tern_guid_of(&found->key),
		.kind = kind,
	};
	struct tern_endpoint_info info = {
		.kind = kind,
		.participant = tern_guid_of(&found->participant_key),
		.topic_name = found->topic_name,
		.type_name = found->type_name,
	};
	struct tern__found_qos qos;
	struct tern__record record;
	uint8_t *type_information;

	tern__qos_from_cyclone(found->qos, kind, &qos);
	info.type_information_size_bytes =
		tern__cyclone_type_information(found, &type_information);
	info.type_information = type_information;
	size_t record_bytes =
		tern__record_decode(TERN__RECORD_ENDPOINT, qos.qos.user_data,
	                            qos.qos.user_data_size_bytes, &record);
	if (record_bytes > 0) {
		info.is_tern = true;
		info.layout_hash = record.layout_hash;
		info.participant = record.participant;
		remote.guid = record.guid;
		qos.qos.user_data = (const uint8_t *)qos.qos.user_data + record_bytes;
		qos.qos.user_data_size_bytes -= record_bytes;
	}
	if (qos.qos.user_data_size_bytes == 0)
		qos.qos.user_data = NULL;
	info.guid = remote.guid;
	info.qos = qos.qos;
	reported_last = remote.guid;
	has_reported = true;
	if (remember_remote(transport, &remote))
		transport->host->endpoint_found(transport->domain, transport, &info);
	else
		transport->host->log(
			TERN_LOG_ERROR,
			"dds: no memory to note an endpoint of topic %s: it will "
			"not be matched",
			found->topic_name);
	free(type_information);
	tern__found_qos_fini(&qos);
}

/* ---- the built-in topics ------------------------------------------------------------- */

static bool is_own(const struct tern_transport *transport, const dds_guid_t *participant)
{
	return memcmp(participant->v, transport->rtps_guid.v, sizeof participant->v) == 0;
}

static void take_participant(struct tern_transport *transport, void *data,
                             const dds_sample_info_t *info)
{
	const dds_builtintopic_participant_t *participant = data;
	if (is_own(transport, &participant->key))
		return;
	if (info->instance_state != DDS_ALIVE_INSTANCE_STATE)
		peer_is_gone(transport, info->instance_handle);
	else if (info->valid_data)
		participant_found(transport, participant, info->instance_handle);
}

static void take_endpoint(struct tern_transport *transport, tern_endpoint_kind kind,
                          void *data, const dds_sample_info_t *info)
{
	dds_builtintopic_endpoint_t *endpoint = data;
	if (info->instance_state != DDS_ALIVE_INSTANCE_STATE)
		remote_is_gone(transport, info->instance_handle);
	else if (info->valid_data && !is_own(transport, &endpoint->participant_key))
		endpoint_found(transport, kind, endpoint, info->instance_handle);
}

static void take_publication(struct tern_transport *transport, void *data,
                             const dds_sample_info_t *info)
{
	take_endpoint(transport, TERN_WRITER, data, info);
}

static void take_subscription(struct tern_transport *transport, void *data,
                              const dds_sample_info_t *info)
{
	take_endpoint(transport, TERN_READER, data, info);
}

typedef void (*take_fn)(struct tern_transport *transport, void *data,
                        const dds_sample_info_t *info);

static void drain(dds_entity_t reader, struct tern_transport *transport, take_fn take)
{
	void *data[1] = { NULL };
	dds_sample_info_t info;
	pthread_mutex_lock(&transport->report_lock);
	while (dds_take(reader, data, &info, 1, 1) == 1) {
		take(transport, data[0], &info);
		(void)dds_return_loan(reader, data, 1);
	}
	pthread_mutex_unlock(&transport->report_lock);
}

static void on_participants(dds_entity_t reader, void *context)
{
	drain(reader, context, take_participant);
}

static void on_publications(dds_entity_t reader, void *context)
{
	drain(reader, context, take_publication);
}

static void on_subscriptions(dds_entity_t reader, void *context)
{
	drain(reader, context, take_subscription);
}

/* In this order: who is there already is in the first reader before its endpoints are in the
 * others. */
static const struct {
	dds_entity_t topic;
	const char *name;
	dds_on_data_available_fn on_data;
	take_fn take;
} builtin_topics[3] = {
	{ DDS_BUILTIN_TOPIC_DCPSPARTICIPANT, "DCPSParticipant", on_participants,
	  take_participant },
	{ DDS_BUILTIN_TOPIC_DCPSPUBLICATION, "DCPSPublication", on_publications,
	  take_publication },
	{ DDS_BUILTIN_TOPIC_DCPSSUBSCRIPTION, "DCPSSubscription", on_subscriptions,
	  take_subscription },
};

tern_status tern__discovery_start(struct tern_transport *transport)
{
	for (size_t i = 0; i < 3; i++) {
		dds_listener_t *listener = dds_create_listener(transport);
		if (!listener)
			return transport->host->fail(TERN_ENOMEM,
			                             "no memory for a listener");
		/* The listener comes second: while the reader is being made, it could not be
		 * read yet. What came before is drained by hand. */
		dds_entity_t reader = dds_create_reader(
			transport->participant, builtin_topics[i].topic, NULL, NULL);
		dds_return_t rc = reader;
		if (reader > 0) {
			transport->builtin_readers[i] = reader;
			dds_lset_data_available(listener, builtin_topics[i].on_data);
			rc = dds_set_listener(reader, listener);
		}
		dds_delete_listener(listener);
		if (rc < 0)
			return transport->host->fail(
				TERN_EIO, "Cyclone DDS gives no built-in topic %s: %s",
				builtin_topics[i].name, dds_strretcode(rc));
		drain(reader, transport, builtin_topics[i].take);
	}
	return TERN_OK;
}

void tern__discovery_stop(struct tern_transport *transport)
{
	for (size_t i = 0; i < 3; i++)
		if (transport->builtin_readers[i] > 0)
			(void)dds_delete(transport->builtin_readers[i]);
}

tern_reach tern__discovery_reach(struct tern_transport *transport,
                                 const struct tern_peer_info *peer)
{
	tern_reach reach = TERN_REACH_NO; /* reach_changed() comes when it is found */
	pthread_mutex_lock(&transport->lock);
	for (size_t i = 0; i < transport->peer_count; i++)
		if (memcmp(transport->peers[i].guid.bytes, peer->guid.bytes,
		           sizeof peer->guid.bytes) == 0 &&
		    !transport->peers[i].gone)
			reach = TERN_REACH_YES;
	pthread_mutex_unlock(&transport->lock);
	return reach;
}
