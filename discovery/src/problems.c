/* What is wrong in a graph: what of processes, and all of it in order. The words are in
 * problem_text.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem_finder.h"

/* More than anybody reads; a bus of thousands must not cost for ever. */
#define PROBLEMS_MAX 4096

const char *tern__process_text(const struct tern_peer_info *process, char *ret_text)
{
	char guid[TERN_GUID_TEXT_SIZE_BYTES];
	const char *name = process->process_name;

	if (!name || !*name)
		name = tern_guid_format(&process->guid, guid);
	if (process->pid)
		snprintf(ret_text, PROCESS_TEXT_SIZE_BYTES, "%.255s[%" PRIu32 "]", name,
		         process->pid);
	else
		snprintf(ret_text, PROCESS_TEXT_SIZE_BYTES, "%.255s", name);
	return ret_text;
}

tern_status tern__problem_add(struct finder *finder, enum problem_case which,
                              const struct problem_values *values,
                              const struct tern_graph_endpoint *writer,
                              const struct tern_graph_endpoint *reader,
                              const struct tern_peer_info *process)
{
	struct problem_values all = *values;
	char texts[3][PROCESS_TEXT_SIZE_BYTES];

	if (finder->problems.count >= PROBLEMS_MAX)
		return TERN_OK;
	if (writer)
		all.writer = tern__process_text(writer->process, texts[0]);
	if (reader)
		all.reader = tern__process_text(reader->process, texts[1]);
	if (process)
		all.process = tern__process_text(process, texts[2]);
	struct tern_problem *problem = tern__list_add(&finder->problems);
	if (!problem)
		return TERN_ENOMEM;
	tern_status s =
		tern__problem_make(&finder->snapshot->memory, which, &all, problem);
	if (writer)
		problem->writer = writer->info.guid;
	if (reader)
		problem->reader = reader->info.guid;
	if (process)
		problem->process = process->guid;
	return s;
}

/* ---- T10, T11: processes ------------------------------------------------------------------- */

static tern_status find_dead(struct finder *finder)
{
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < finder->graph->dead_count && s == TERN_OK; i++) {
		char pid[16];
		snprintf(pid, sizeof pid, "%" PRIu32, finder->graph->dead[i].pid);
		s = tern__problem_add(finder, CASE_DEAD_PEER,
		                      &(struct problem_values){ .got = pid }, NULL, NULL,
		                      &finder->graph->dead[i]);
	}
	return s;
}

static const struct tern_peer_info *process_of(const struct tern_graph *graph,
                                               const struct tern_guid *guid)
{
	for (uint32_t i = 0; i < graph->process_count; i++)
		if (tern_guid_equal(&graph->processes[i].guid, guid))
			return &graph->processes[i];
	return NULL;
}

static tern_status find_refusals(struct finder *finder)
{
	const struct tern_graph *graph = finder->graph;
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < graph->refusal_count && s == TERN_OK; i++) {
		const struct tern_refusal_info *refusal = &graph->refusals[i];
		const struct tern_peer_info *by = process_of(graph, &refusal->by);
		const struct tern_peer_info *of = process_of(graph, &refusal->of);
		const struct tern_peer_info unknown = { .guid = refusal->of,
			                                .pid = refusal->pid,
			                                .process_name = "process" };
		char by_text[PROCESS_TEXT_SIZE_BYTES] = "a process";
		const struct problem_values values = {
			.wanted = by ? tern__process_text(by, by_text) : by_text,
			.detail = *refusal->why ? refusal->why
			                        : tern_status_name(refusal->status),
		};
		s = tern__problem_add(finder, CASE_NO_SHM_WITH, &values, NULL, NULL,
		                      of ? of : &unknown);
	}
	return s;
}

static tern_status find_failed_transports(struct finder *finder)
{
	const struct tern_graph *graph = finder->graph;
	const struct tern_peer_info *self = NULL;

	for (uint32_t i = 0; i < graph->process_count; i++)
		if (graph->processes[i].is_ours)
			self = &graph->processes[i];
	for (uint32_t i = 0; i < graph->transport_count; i++) {
		const struct tern_transport_info *transport = &graph->transports[i];
		if (transport->state != TERN_TRANSPORT_FAILED ||
		    strcmp(transport->name, "shm") != 0)
			continue;
		const struct problem_values values = { .process = "this process",
			                               .detail = transport->why };
		return tern__problem_add(finder, CASE_NO_SHM_HERE, &values, NULL, NULL,
		                         self);
	}
	return TERN_OK;
}

/* ---- all ----------------------------------------------------------------------------------- */

static int compare_problems(const void *a, const void *b)
{
	const struct tern_problem *left = a, *right = b;
	int order = (int)right->severity - (int)left->severity;

	if (order == 0)
		order = (int)left->code - (int)right->code;
	if (order == 0)
		order = strcmp(left->topic, right->topic);
	if (order == 0)
		order = memcmp(&left->writer, &right->writer, sizeof left->writer);
	return order ? order : memcmp(&left->reader, &right->reader, sizeof left->reader);
}

static tern_status find_all(struct finder *finder)
{
	const struct tern_graph *graph = finder->graph;
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < graph->topic_count && s == TERN_OK; i++)
		s = tern__problems_of_pairs(finder, &graph->topics[i]);
	if (s == TERN_OK)
		s = tern__problems_of_names(finder);
	for (uint32_t i = 0; i < graph->topic_count && s == TERN_OK; i++)
		s = tern__problems_of_lonely(finder, &graph->topics[i]);
	if (s == TERN_OK)
		s = find_dead(finder);
	if (s == TERN_OK)
		s = find_refusals(finder);
	return s == TERN_OK ? find_failed_transports(finder) : s;
}

tern_status tern__graph_find_problems(struct snapshot *snapshot)
{
	struct finder finder = {
		.snapshot = snapshot,
		.graph = &snapshot->graph,
		.problems = { .item_bytes = sizeof(struct tern_problem) },
	};
	struct tern_problem *problems = NULL;
	tern_status s = find_all(&finder);

	if (s == TERN_OK) {
		problems = tern__memory_alloc(&snapshot->memory, finder.problems.count,
		                              sizeof *problems);
		s = problems ? TERN_OK : TERN_ENOMEM;
	}
	if (problems && finder.problems.count > 0) {
		memcpy(problems, finder.problems.items,
		       finder.problems.count * sizeof *problems);
		qsort(problems, finder.problems.count, sizeof *problems,
		      compare_problems);
	}
	snapshot->graph.problems = problems;
	snapshot->graph.problem_count = problems ? (uint32_t)finder.problems.count : 0;
	free(finder.problems.items);
	return s;
}
