/* Which processes live on one host. Those of Tern say so; a foreign DDS participant has but an
 * address, so those of one address count as one host. */
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

/* A process while hosts are put together. */
struct resident {
	const struct tern_peer_info *process;
	const char *address; /* "10.0.0.2"; "" for a host that has an id */
	bool is_ours;
};

static bool has_id(const struct tern_peer_info *process)
{
	static const uint8_t unknown[TERN_HOST_ID_SIZE_BYTES];

	return memcmp(process->host_id, unknown, sizeof unknown) != 0;
}

/* "udp/10.0.0.2:7410@2" -> "10.0.0.2" */
static const char *address_of(struct snapshot *snapshot, const char *locator)
{
	const char *slash = strchr(locator, '/');
	const char *begin = slash ? slash + 1 : locator;
	const char *end = strrchr(begin, ':');
	int length = end ? (int)(end - begin) : (int)strlen(begin);

	return tern__memory_format(&snapshot->memory, "%.*s", length, begin);
}

/* Ours first, then by id, then by address. */
static int compare_hosts(const void *a, const void *b)
{
	const struct resident *left = a, *right = b;

	if (left->is_ours != right->is_ours)
		return left->is_ours ? -1 : 1;
	int order = memcmp(left->process->host_id, right->process->host_id,
	                   TERN_HOST_ID_SIZE_BYTES);
	return order ? order : strcmp(left->address, right->address);
}

static int compare_residents(const void *a, const void *b)
{
	const struct resident *left = a, *right = b;
	int order = compare_hosts(left, right);

	return order ? order
	             : memcmp(&left->process->guid, &right->process->guid,
	                      sizeof left->process->guid);
}

static const struct tern_peer_info *find_self(const struct tern_graph *graph)
{
	for (uint32_t i = 0; i < graph->process_count; i++)
		if (graph->processes[i].is_ours)
			return &graph->processes[i];
	return NULL;
}

static tern_status make_hosts(struct snapshot *snapshot, const struct resident *residents,
                              uint32_t count)
{
	struct tern_graph *graph = &snapshot->graph;
	struct tern_graph_host *hosts =
		tern__memory_alloc(&snapshot->memory, count, sizeof *hosts);
	const struct tern_peer_info **processes =
		tern__memory_alloc(&snapshot->memory, count, sizeof *processes);

	if (!hosts || !processes)
		return TERN_ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		processes[i] = residents[i].process;
		if (i > 0 && compare_hosts(&residents[i - 1], &residents[i]) == 0) {
			hosts[graph->host_count - 1].process_count++;
			continue;
		}
		struct tern_graph_host *host = &hosts[graph->host_count++];
		memcpy(host->id, processes[i]->host_id, sizeof host->id);
		host->address = residents[i].address;
		host->is_ours = residents[i].is_ours;
		host->processes = &processes[i];
		host->process_count = 1;
	}
	graph->hosts = hosts;
	return TERN_OK;
}

tern_status tern__graph_find_hosts(struct snapshot *snapshot)
{
	const struct tern_graph *graph = &snapshot->graph;
	const struct tern_peer_info *self = find_self(graph);
	struct resident *residents = tern__memory_alloc(
		&snapshot->memory, graph->process_count, sizeof *residents);

	if (!residents)
		return TERN_ENOMEM;
	for (uint32_t i = 0; i < graph->process_count; i++) {
		const struct tern_peer_info *process = &graph->processes[i];
		residents[i].process = process;
		residents[i].address =
			has_id(process) ? "" : address_of(snapshot, process->address);
		residents[i].is_ours = process->is_ours ||
		                       (self && tern__graph_same_host(process, self));
		if (!residents[i].address)
			return TERN_ENOMEM;
	}
	if (graph->process_count > 0)
		qsort(residents, graph->process_count, sizeof *residents,
		      compare_residents);
	return make_hosts(snapshot, residents, graph->process_count);
}
