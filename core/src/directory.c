/* The directory of peers and endpoints. */
#include "directory.h"

#include <stdlib.h>
#include <string.h>

#include "qos.h"

void peer_destroy(struct peer *peer)
{
	if (!peer)
		return;
	free((char *)peer->info.process_name);
	free((char *)peer->info.address);
	free(peer);
}

static char *text_copy(const char *text)
{
	return strdup(text ? text : "");
}

/* What another transport told of the peer, and this one does not know. */
static void keep_known(const struct tern_peer_info *before, struct tern_peer_info *now)
{
	static const uint8_t unknown[TERN_HOST_ID_SIZE_BYTES];

	if (memcmp(now->host_id, unknown, sizeof unknown) == 0)
		memcpy(now->host_id, before->host_id, sizeof now->host_id);
	if (now->pid == 0)
		now->pid = before->pid;
	if (!now->process_name || !now->process_name[0])
		now->process_name = before->process_name;
	if (!now->address || !now->address[0])
		now->address = before->address;
	now->is_dead |= before->is_dead; /* one of its GUID does not come again */
}

struct peer *peer_copy(const struct peer *peer)
{
	struct peer *copy = calloc(1, sizeof *copy);

	if (!copy)
		return NULL;
	copy->info = peer->info;
	copy->reported_by = peer->reported_by;
	copy->info.process_name = text_copy(peer->info.process_name);
	copy->info.address = text_copy(peer->info.address);
	if (copy->info.process_name && copy->info.address)
		return copy;
	peer_destroy(copy);
	return NULL;
}

tern_status directory_put_peer(struct directory *directory,
                               const struct tern_peer_info *info, uint32_t reported_by)
{
	struct peer *before = guid_map_get(&directory->peers, &info->guid);
	struct peer *peer = calloc(1, sizeof *peer);

	if (!peer)
		return tern_fail(TERN_ENOMEM, "no memory for a peer");
	peer->info = *info;
	if (before)
		keep_known(&before->info, &peer->info);
	peer->info.process_name = text_copy(peer->info.process_name);
	peer->info.address = text_copy(peer->info.address);
	peer->reported_by = reported_by | (before ? before->reported_by : 0);
	tern_status s = TERN_ENOMEM;
	if (peer->info.process_name && peer->info.address)
		s = guid_map_put(&directory->peers, &info->guid, peer);
	peer_destroy(s < 0 ? peer : before);
	return s;
}

struct peer *directory_peer(const struct directory *directory,
                            const struct tern_guid *guid)
{
	return guid_map_get(&directory->peers, guid);
}

void directory_remove_peer(struct directory *directory, const struct tern_guid *guid)
{
	peer_destroy(guid_map_remove(&directory->peers, guid));
}

struct endpoint *endpoint_ref(struct endpoint *endpoint)
{
	endpoint->references++;
	return endpoint;
}

void endpoint_unref(struct endpoint *endpoint)
{
	if (!endpoint || --endpoint->references > 0)
		return;
	free((char *)endpoint->info.topic_name);
	free((char *)endpoint->info.type_name);
	free((uint8_t *)endpoint->info.type_information);
	free((uint8_t *)endpoint->info.type_mapping);
	tern__qos_fini(&endpoint->info.qos);
	free(endpoint);
}

/* NULL for none, too */
static uint8_t *bytes_copy(const uint8_t *bytes, size_t size_bytes)
{
	uint8_t *copy = size_bytes > 0 ? malloc(size_bytes) : NULL;

	if (copy)
		memcpy(copy, bytes, size_bytes);
	return copy;
}

static struct endpoint *endpoint_create(const struct tern_endpoint_info *info)
{
	struct endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (!endpoint)
		return NULL;

	endpoint->references = 1;
	endpoint->info = *info;
	endpoint->info.topic_name = text_copy(info->topic_name);
	endpoint->info.type_name = text_copy(info->type_name);
	uint8_t *type_information =
		bytes_copy(info->type_information, info->type_information_size_bytes);
	uint8_t *type_mapping =
		bytes_copy(info->type_mapping, info->type_mapping_size_bytes);
	endpoint->info.type_information = type_information;
	endpoint->info.type_mapping = type_mapping;
	bool complete = endpoint->info.topic_name && endpoint->info.type_name &&
	                (type_information || !info->type_information_size_bytes) &&
	                (type_mapping || !info->type_mapping_size_bytes);
	/* Until the copy, the QoS holds the caller's pointers: not ours to free. */
	endpoint->info.qos = (struct tern_qos){ 0 };
	if (complete && tern__qos_copy(&info->qos, &endpoint->info.qos) == TERN_OK)
		return endpoint;
	endpoint_unref(endpoint);
	return NULL;
}

tern_status directory_put_endpoint(struct directory *directory,
                                   const struct tern_endpoint_info *info,
                                   uint32_t reported_by, struct endpoint **ret_endpoint)
{
	struct endpoint *before = guid_map_get(&directory->endpoints, &info->guid);
	struct endpoint *endpoint = endpoint_create(info);

	if (!endpoint)
		return tern_fail(TERN_ENOMEM, "no memory for an endpoint of topic %s",
		                 info->topic_name);
	endpoint->reported_by = reported_by | (before ? before->reported_by : 0);
	tern_status s = guid_map_put(&directory->endpoints, &info->guid, endpoint);
	endpoint_unref(s < 0 ? endpoint : before);
	if (s < 0)
		return s;
	*ret_endpoint = endpoint;
	return TERN_OK;
}

struct endpoint *directory_endpoint(const struct directory *directory,
                                    const struct tern_guid *guid)
{
	return guid_map_get(&directory->endpoints, guid);
}

void directory_remove_endpoint(struct directory *directory, const struct tern_guid *guid)
{
	endpoint_unref(guid_map_remove(&directory->endpoints, guid));
}

bool endpoint_same(const struct tern_endpoint_info *a, const struct tern_endpoint_info *b)
{
	return a->kind == b->kind && strcmp(a->topic_name, b->topic_name) == 0 &&
	       strcmp(a->type_name, b->type_name) == 0 && a->type == b->type &&
	       tern_guid_equal(&a->participant, &b->participant) &&
	       tern__qos_equal(&a->qos, &b->qos);
}

void directory_fini(struct directory *directory)
{
	struct peer *peer;
	struct endpoint *endpoint;

	for (size_t i = 0; (peer = guid_map_next(&directory->peers, &i));)
		peer_destroy(peer);
	guid_map_fini(&directory->peers);
	for (size_t i = 0; (endpoint = guid_map_next(&directory->endpoints, &i));)
		endpoint_unref(endpoint);
	guid_map_fini(&directory->endpoints);
}
