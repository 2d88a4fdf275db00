/* Merges what was collected into the snapshot: sorted processes, topics with their endpoints,
 * each endpoint with its process. */
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
	size_t room = collection->peer_count + collection->endpoint_count;
	struct tern_peer_info *all = tern__graph_alloc(snapshot, room, sizeof *all);
	size_t count = collection->peer_count;

	if (!all)
		return TERN_ENOMEM;
	if (count > 0)
		memcpy(all, collection->peers, count * sizeof *all);
	count = drop_doubles(all, count, sizeof *all, compare_processes);
	size_t shown = count;
	for (size_t i = 0; i < collection->endpoint_count; i++) {
		const struct tern_endpoint_info *endpoint = &collection->endpoints[i];
		struct tern_peer_info bare = {
			.guid = endpoint->participant,
			.is_tern = endpoint->is_tern,
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
                               const struct tern_endpoint_info *infos, size_t count,
                               struct tern_graph_topic *topic)
{
	struct tern_graph_endpoint *endpoints =
		tern__graph_alloc(snapshot, count, sizeof *endpoints);

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
	return tern__graph_pair_up(snapshot, collection, topic);
}

static tern_status merge_topics(struct snapshot *snapshot, struct collection *collection)
{
	struct tern_endpoint_info *infos = collection->endpoints;
	size_t count = drop_doubles(infos, collection->endpoint_count, sizeof *infos,
	                            compare_endpoints);
	struct tern_graph_topic *topics =
		tern__graph_alloc(snapshot, count, sizeof *topics);
	uint32_t topic_count = 0;

	if (!topics)
		return TERN_ENOMEM;
	for (size_t begin = 0, end; begin < count; begin = end) {
		for (end = begin + 1; end < count; end++)
			if (strcmp(infos[begin].topic_name, infos[end].topic_name) != 0)
				break;
		tern_status s = merge_topic(snapshot, collection, infos + begin,
		                            end - begin, &topics[topic_count]);
		if (s < 0)
			return s;
		topic_count++;
	}
	snapshot->graph.topics = topics;
	snapshot->graph.topic_count = topic_count;
	return TERN_OK;
}

tern_status tern__graph_build(tern__graph_visit_fn visit, void *source,
                              const struct tern_graph **ret_graph)
{
	struct snapshot *snapshot = calloc(1, sizeof *snapshot);
	struct collection collection = { .snapshot = snapshot };

	if (!snapshot)
		return tern_fail(TERN_ENOMEM, "no memory for a graph snapshot");
	tern_status s = tern__graph_collect(&collection, visit, source);
	if (s >= 0)
		s = merge_processes(snapshot, &collection);
	if (s >= 0)
		s = merge_topics(snapshot, &collection);
	tern__graph_collection_fini(&collection);
	if (s < 0)
		tern_graph_destroy(&snapshot->graph);
	else
		*ret_graph = &snapshot->graph;
	return s;
}

static void visit_participant(void *source, const struct tern_visitor *visitor)
{
	tern_participant_visit(source, visitor);
}

tern_status tern_graph_create(struct tern_participant *participant,
                              const struct tern_graph **ret_graph)
{
	if (!participant || !ret_graph)
		return tern_fail(TERN_EINVAL, "tern_graph_create: %s is NULL",
		                 participant ? "ret_graph" : "participant");
	return tern__graph_build(visit_participant, participant, ret_graph);
}

void tern_graph_destroy(const struct tern_graph *graph)
{
	/* The graph is the first member; const is the user's view of it, the memory is ours. */
	struct snapshot *snapshot = (struct snapshot *)(uintptr_t)graph;

	if (!snapshot)
		return;
	while (snapshot->blocks) {
		struct memory_block *block = snapshot->blocks;
		snapshot->blocks = block->next;
		free(block);
	}
	free(snapshot);
}
