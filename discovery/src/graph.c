/* Merges what was collected into the snapshot: sorted processes and their hosts, topics with
 * their endpoints, each endpoint with its process. */
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

static int compare_guids(const struct tern_guid *a, const struct tern_guid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static int compare_processes(const void *a, const void *b)
{
	const struct tern_peer_info *left = a, *right = b;

	return compare_guids(&left->guid, &right->guid);
}

/* By topic, writers first, then by GUID. */
static int compare_endpoints(const void *a, const void *b)
{
	const struct tern_endpoint_info *left = a, *right = b;
	int order = strcmp(left->topic_name, right->topic_name);

	if (order == 0)
		order = (left->kind == TERN_READER) - (right->kind == TERN_READER);
	return order ? order : compare_guids(&left->guid, &right->guid);
}

/* The same entity can be seen over several transports: keep one of each. */
static size_t drop_doubles(void *array, size_t count, size_t element_bytes,
                           int (*compare)(const void *, const void *))
{
	unsigned char *elements = array;
	size_t kept = 0;

	if (count == 0)
		return 0;
	qsort(array, count, element_bytes, compare);
	for (size_t i = 1; i < count; i++) {
		unsigned char *last = elements + kept * element_bytes;
		unsigned char *next = elements + i * element_bytes;
		if (compare(last, next) == 0)
			continue;
		kept++;
		if (kept != i)
			memcpy(elements + kept * element_bytes, next, element_bytes);
	}
	return kept + 1;
}

/* The processes that were shown, and one bare entry for each that only endpoints name. */
static tern_status merge_processes(struct snapshot *snapshot,
                                   const struct collection *collection)
{
	const struct tern_endpoint_info *endpoints = collection->endpoints.items;
	size_t room = collection->peers.count + collection->endpoints.count;
	struct tern_peer_info *all =
		tern__memory_alloc(&snapshot->memory, room, sizeof *all);
	size_t count = collection->peers.count;

	if (!all)
		return TERN_ENOMEM;
	if (count > 0)
		memcpy(all, collection->peers.items, count * sizeof *all);
	count = drop_doubles(all, count, sizeof *all, compare_processes);
	size_t shown = count;
	for (size_t i = 0; i < collection->endpoints.count; i++) {
		const struct tern_endpoint_info *endpoint = &endpoints[i];
		struct tern_peer_info bare = {
			.guid = endpoint->participant,
			.is_tern = endpoint->is_tern,
			.is_ours = endpoint->is_ours,
			.seen_by = endpoint->seen_by,
			.process_name = "",
			.address = "",
		};
		if (!bsearch(&bare, all, shown, sizeof *all, compare_processes))
			all[count++] = bare;
	}
	snapshot->graph.processes = all;
	snapshot->graph.process_count =
		(uint32_t)drop_doubles(all, count, sizeof *all, compare_processes);
	return TERN_OK;
}

static const struct tern_peer_info *find_process(const struct tern_graph *graph,
                                                 const struct tern_guid *guid)
{
	const struct tern_peer_info wanted = { .guid = *guid };

	return bsearch(&wanted, graph->processes, graph->process_count, sizeof wanted,
	               compare_processes);
}

/* One topic from the endpoints that stand next to each other under its name. */
static tern_status merge_topic(struct snapshot *snapshot,
                               const struct collection *collection,
                               const struct graph_source *source,
                               const struct tern_endpoint_info *infos, size_t count,
                               struct tern_graph_topic *topic)
{
	struct tern_graph_endpoint *endpoints =
		tern__memory_alloc(&snapshot->memory, count, sizeof *endpoints);

	if (!endpoints)
		return TERN_ENOMEM;
	topic->name = infos[0].topic_name;
	topic->endpoints = endpoints;
	for (size_t i = 0; i < count; i++) {
		endpoints[i].info = infos[i];
		endpoints[i].process =
			find_process(&snapshot->graph, &infos[i].participant);
		if (infos[i].kind == TERN_WRITER)
			topic->writer_count++;
		else
			topic->reader_count++;
	}
	return tern__graph_pair_up(snapshot, collection, source, topic);
}

static tern_status merge_topics(struct snapshot *snapshot, struct collection *collection,
                                const struct graph_source *source)
{
	struct tern_endpoint_info *infos = collection->endpoints.items;
	size_t count = drop_doubles(infos, collection->endpoints.count, sizeof *infos,
	                            compare_endpoints);
	struct tern_graph_topic *topics =
		tern__memory_alloc(&snapshot->memory, count, sizeof *topics);
	uint32_t topic_count = 0;

	if (!topics)
		return TERN_ENOMEM;
	for (size_t begin = 0, end; begin < count; begin = end) {
		for (end = begin + 1; end < count; end++)
			if (strcmp(infos[begin].topic_name, infos[end].topic_name) != 0)
				break;
		tern_status s = merge_topic(snapshot, collection, source, infos + begin,
		                            end - begin, &topics[topic_count]);
		if (s < 0)
			return s;
		topic_count++;
	}
	snapshot->graph.topics = topics;
	snapshot->graph.topic_count = topic_count;
	return TERN_OK;
}

/* What stays as it was collected. */
static tern_status keep(struct snapshot *snapshot, const struct list *list,
                        const void **ret_items, uint32_t *ret_count)
{
	void *items =
		tern__memory_alloc(&snapshot->memory, list->count, list->item_bytes);

	if (!items)
		return TERN_ENOMEM;
	if (list->count > 0)
		memcpy(items, list->items, list->count * list->item_bytes);
	*ret_items = items;
	*ret_count = (uint32_t)list->count;
	return TERN_OK;
}

static tern_status keep_the_rest(struct snapshot *snapshot,
                                 const struct collection *collection)
{
	struct tern_graph *graph = &snapshot->graph;

	tern_status s = keep(snapshot, &collection->transports,
	                     (const void **)&graph->transports, &graph->transport_count);
	if (s == TERN_OK)
		s = keep(snapshot, &collection->refusals, (const void **)&graph->refusals,
		         &graph->refusal_count);
	if (s == TERN_OK)
		s = keep(snapshot, &collection->dead, (const void **)&graph->dead,
		         &graph->dead_count);
	return s;
}

static tern_status build(struct snapshot *snapshot, struct collection *collection,
                         const struct graph_source *source)
{
	snapshot->graph.generation = source->generation;
	tern_status s = tern__graph_collect(collection, source);
	if (s == TERN_OK)
		s = keep_the_rest(snapshot, collection);
	if (s == TERN_OK)
		s = merge_processes(snapshot, collection);
	if (s == TERN_OK)
		s = tern__graph_find_hosts(snapshot);
	if (s == TERN_OK) {
		tern__graph_sort_pairs(collection);
		s = merge_topics(snapshot, collection, source);
	}
	return s == TERN_OK ? tern__graph_find_problems(snapshot) : s;
}

tern_status tern__graph_build(const struct graph_source *source,
                              const struct tern_graph **ret_graph)
{
	struct snapshot *snapshot = calloc(1, sizeof *snapshot);
	struct collection collection = { .snapshot = snapshot };

	if (!snapshot)
		return tern_fail(TERN_ENOMEM, "no memory for a graph snapshot");
	tern_status s = build(snapshot, &collection, source);
	tern__graph_collection_fini(&collection);
	if (s < 0)
		tern_graph_destroy(&snapshot->graph);
	else
		*ret_graph = &snapshot->graph;
	return s;
}

void tern_graph_destroy(const struct tern_graph *graph)
{
	/* The graph is the first member; const is the user's view of it, the memory is ours. */
	struct snapshot *snapshot = (struct snapshot *)(uintptr_t)graph;

	if (!snapshot)
		return;
	tern__memory_fini(&snapshot->memory);
	free(snapshot);
}
