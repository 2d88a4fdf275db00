/* Copies what a visit shows. The visited participant holds its lock meanwhile, so nothing is
 * judged here. */
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

void *tern__graph_alloc(struct snapshot *snapshot, size_t count, size_t size_bytes)
{
	struct memory_block *block = NULL;
	size_t bytes;

	if (!__builtin_mul_overflow(count, size_bytes, &bytes) &&
	    bytes <= SIZE_MAX - sizeof *block)
		block = calloc(1, sizeof *block + bytes);
	if (!block) {
		tern_fail(TERN_ENOMEM, "no memory for %zu bytes of a graph snapshot",
		          count * size_bytes);
		return NULL;
	}
	block->next = snapshot->blocks;
	snapshot->blocks = block;
	return block->bytes;
}

static void *copy_bytes(struct snapshot *snapshot, const void *bytes, size_t size_bytes)
{
	void *copy = tern__graph_alloc(snapshot, 1, size_bytes);

	if (copy && size_bytes > 0)
		memcpy(copy, bytes, size_bytes);
	return copy;
}

const char *tern__graph_text(struct snapshot *snapshot, const char *text)
{
	return text && *text ? copy_bytes(snapshot, text, strlen(text) + 1) : "";
}

/* Room for one element more in an array of any kind. */
static bool make_room(struct collection *collection, void **array, size_t count,
                      size_t *room, size_t element_bytes)
{
	if (count < *room)
		return true;
	size_t wanted = *room ? *room * 2 : 16;
	void *grown = reallocarray(*array, wanted, element_bytes);
	if (!grown) {
		collection->status = tern_fail(
			TERN_ENOMEM, "no memory for a graph snapshot of %zu entries",
			wanted);
		return false;
	}
	*array = grown;
	*room = wanted;
	return true;
}

static void collect_peer(const struct tern_peer_info *peer, void *context)
{
	struct collection *c = context;
	void *array = c->peers;

	if (c->status < 0 ||
	    !make_room(c, &array, c->peer_count, &c->peer_room, sizeof *c->peers))
		return;
	c->peers = array;
	struct tern_peer_info *copy = &c->peers[c->peer_count];
	*copy = *peer;
	copy->process_name = tern__graph_text(c->snapshot, peer->process_name);
	copy->address = tern__graph_text(c->snapshot, peer->address);
	if (!copy->process_name || !copy->address)
		c->status = TERN_ENOMEM;
	else
		c->peer_count++;
}

static bool copy_qos(struct snapshot *snapshot, struct tern_qos *qos)
{
	const char *const *names = qos->partitions;
	const char **copies = NULL;

	if (qos->partition_count > 0) {
		copies =
			tern__graph_alloc(snapshot, qos->partition_count, sizeof *copies);
		if (!copies)
			return false;
	}
	for (uint32_t i = 0; i < qos->partition_count; i++) {
		copies[i] = tern__graph_text(snapshot, names[i]);
		if (!copies[i])
			return false;
	}
	qos->partitions = copies;
	if (qos->user_data_size_bytes > 0) {
		qos->user_data =
			copy_bytes(snapshot, qos->user_data, qos->user_data_size_bytes);
		return qos->user_data != NULL;
	}
	qos->user_data = NULL;
	return true;
}

static void collect_endpoint(const struct tern_endpoint_info *endpoint, void *context)
{
	struct collection *c = context;
	void *array = c->endpoints;

	if (c->status < 0 || !make_room(c, &array, c->endpoint_count, &c->endpoint_room,
	                                sizeof *c->endpoints))
		return;
	c->endpoints = array;
	struct tern_endpoint_info *copy = &c->endpoints[c->endpoint_count];
	*copy = *endpoint;
	copy->topic_name = tern__graph_text(c->snapshot, endpoint->topic_name);
	copy->type_name = tern__graph_text(c->snapshot, endpoint->type_name);
	copy->type_information = NULL;
	if (endpoint->type_information)
		copy->type_information =
			copy_bytes(c->snapshot, endpoint->type_information,
		                   endpoint->type_information_size_bytes);
	if (!copy->topic_name || !copy->type_name ||
	    (endpoint->type_information && !copy->type_information) ||
	    !copy_qos(c->snapshot, &copy->qos))
		c->status = TERN_ENOMEM;
	else
		c->endpoint_count++;
}

static void collect_pair(const struct tern_pair_info *pair, void *context)
{
	struct collection *c = context;
	void *array = c->pairs;

	if (c->status < 0 ||
	    !make_room(c, &array, c->pair_count, &c->pair_room, sizeof *c->pairs))
		return;
	c->pairs = array;
	struct seen_pair *copy = &c->pairs[c->pair_count];
	*copy = (struct seen_pair){
		.writer = pair->writer,
		.reader = pair->reader,
		.matched = pair->matched,
		.transport = tern__graph_text(c->snapshot, pair->transport),
		.reason = tern__graph_text(c->snapshot, pair->reason),
	};
	if (!copy->transport || !copy->reason)
		c->status = TERN_ENOMEM;
	else
		c->pair_count++;
}

tern_status tern__graph_collect(struct collection *collection, tern__graph_visit_fn visit,
                                void *source)
{
	const struct tern_visitor visitor = {
		.peer = collect_peer,
		.endpoint = collect_endpoint,
		.pair = collect_pair,
		.context = collection,
	};

	visit(source, &visitor);
	return collection->status;
}

void tern__graph_collection_fini(struct collection *collection)
{
	free(collection->peers);
	free(collection->endpoints);
	free(collection->pairs);
}
