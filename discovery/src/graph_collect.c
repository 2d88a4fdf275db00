/* Copies what a visit shows. The visited participant holds its lock meanwhile, so nothing is
 * judged here. */
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

static const char *text(struct collection *c, const char *from)
{
	const char *copy = tern__memory_text(&c->snapshot->memory, from);

	if (!copy)
		c->status = TERN_ENOMEM;
	return copy;
}

/* A list's next item; NULL after a failure. */
static void *add(struct collection *c, struct list *list)
{
	void *item = c->status < 0 ? NULL : tern__list_add(list);

	if (!item && c->status == TERN_OK)
		c->status = TERN_ENOMEM;
	return item;
}

static const void *copy_bytes(struct collection *c, const void *bytes, size_t size_bytes)
{
	if (!bytes || size_bytes == 0)
		return NULL;
	void *copy = tern__memory_alloc(&c->snapshot->memory, 1, size_bytes);
	if (!copy) {
		c->status = TERN_ENOMEM;
		return NULL;
	}
	return memcpy(copy, bytes, size_bytes);
}

static void copy_peer(struct collection *c, struct list *list,
                      const struct tern_peer_info *peer)
{
	struct tern_peer_info *copy = add(c, list);
	if (!copy)
		return;

	*copy = *peer;
	copy->process_name = text(c, peer->process_name);
	copy->address = text(c, peer->address);
}

static void collect_peer(const struct tern_peer_info *peer, void *context)
{
	struct collection *c = context;

	copy_peer(c, &c->peers, peer);
}

static void collect_dead(const struct tern_peer_info *peer, void *context)
{
	struct collection *c = context;

	copy_peer(c, &c->dead, peer);
}

static void copy_qos(struct collection *c, struct tern_qos *qos)
{
	const char *const *names = qos->partitions;
	const char **copies = tern__memory_alloc(&c->snapshot->memory,
	                                         qos->partition_count, sizeof *copies);

	if (!copies) {
		c->status = TERN_ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < qos->partition_count; i++)
		copies[i] = text(c, names[i]);
	qos->partitions = copies;
	qos->user_data = copy_bytes(c, qos->user_data, qos->user_data_size_bytes);
}

static void collect_endpoint(const struct tern_endpoint_info *endpoint, void *context)
{
	struct collection *c = context;
	struct tern_endpoint_info *copy = add(c, &c->endpoints);
	if (!copy)
		return;

	*copy = *endpoint;
	copy->topic_name = text(c, endpoint->topic_name);
	copy->type_name = text(c, endpoint->type_name);
	copy->type_information = copy_bytes(c, endpoint->type_information,
	                                    endpoint->type_information_size_bytes);
	copy->type_mapping = NULL; /* tern_participant_describe_type() gives it */
	copy->type_mapping_size_bytes = 0;
	copy_qos(c, &copy->qos);
}

static void collect_pair(const struct tern_pair_info *pair, void *context)
{
	struct collection *c = context;
	struct tern_pair_info *copy = add(c, &c->pairs);
	if (!copy)
		return;

	*copy = *pair;
	copy->transport = text(c, pair->transport);
	copy->reason = text(c, pair->reason);
}

static void collect_transport(const struct tern_transport_info *transport, void *context)
{
	struct collection *c = context;
	struct tern_transport_info *copy = add(c, &c->transports);
	if (!copy)
		return;

	*copy = *transport;
	copy->name = text(c, transport->name);
	copy->why = text(c, transport->why);
}

static void collect_refusal(const struct tern_refusal_info *refusal, void *context)
{
	struct collection *c = context;
	struct tern_refusal_info *copy = add(c, &c->refusals);
	if (!copy)
		return;

	*copy = *refusal;
	copy->transport = text(c, refusal->transport);
	copy->why = text(c, refusal->why);
}

tern_status tern__graph_collect(struct collection *collection,
                                const struct graph_source *source)
{
	const struct tern_visitor visitor = {
		.peer = collect_peer,
		.endpoint = collect_endpoint,
		.pair = collect_pair,
		.transport = collect_transport,
		.refusal = collect_refusal,
		.dead = collect_dead,
		.context = collection,
	};

	collection->peers.item_bytes = sizeof(struct tern_peer_info);
	collection->dead.item_bytes = sizeof(struct tern_peer_info);
	collection->endpoints.item_bytes = sizeof(struct tern_endpoint_info);
	collection->pairs.item_bytes = sizeof(struct tern_pair_info);
	collection->transports.item_bytes = sizeof(struct tern_transport_info);
	collection->refusals.item_bytes = sizeof(struct tern_refusal_info);
	source->visit(source->context, &visitor);
	return collection->status;
}

void tern__graph_collection_fini(struct collection *collection)
{
	free(collection->peers.items);
	free(collection->dead.items);
	free(collection->endpoints.items);
	free(collection->pairs.items);
	free(collection->transports.items);
	free(collection->refusals.items);
}
