/* What is wrong in a graph. Each function below looks for one code; the words are in
 * problem_text.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "problem_text.h"

/* More than anybody reads; a bus of thousands must not cost for ever. */
#define PROBLEMS_MAX 4096

struct finder {
	struct snapshot *snapshot;
	const struct tern_graph *graph;
	struct list problems; /* struct tern_problem */
};

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

static tern_status add(struct finder *finder, enum problem_case which,
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
	tern_status s = problem_make(&finder->snapshot->memory, which, &all, problem);
	if (writer)
		problem->writer = writer->info.guid;
	if (reader)
		problem->reader = reader->info.guid;
	if (process)
		problem->process = process->guid;
	return s;
}

static tern_status add_pair(struct finder *finder, enum problem_case which,
                            struct problem_values values,
                            const struct tern_graph_pair *pair)
{
	values.topic = pair->writer->info.topic_name;
	return add(finder, which, &values, pair->writer, pair->reader, NULL);
}

/* ---- T01, T02, T03 (partition): the rules ------------------------------------------------ */

static tern_status find_mismatches(struct finder *finder,
                                   const struct tern_graph_pair *pair)
{
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < pair->mismatch_count && s == TERN_OK; i++) {
		const struct tern_mismatch *mismatch = &pair->mismatches[i];
		char wanted[sizeof mismatch->requested + 32];
		char got[sizeof mismatch->offered + 32];
		const struct problem_values values = {
			.detail = mismatch->what,
			.fix = *mismatch->fix ? mismatch->fix
			                      : "build both from one file",
			.wanted = wanted,
			.got = got,
		};
		bool is_type = mismatch->kind == TERN_MISMATCH_TYPE;
		const char *name = is_type ? "" : tern_mismatch_kind_name(mismatch->kind);
		const char *space = is_type ? "" : " ";
		snprintf(wanted, sizeof wanted, "%s%s%s", name, space,
		         mismatch->requested);
		snprintf(got, sizeof got, "%s%s%s", name, space, mismatch->offered);
		/* Other partitions are other buses, if each has partners in its own. */
		bool is_partition = mismatch->kind == TERN_MISMATCH_PARTITION;
		if (is_partition && pair->mismatch_count == 1 &&
		    pair->writer->partner_count > 0 && pair->reader->partner_count > 0)
			continue;
		s = add_pair(finder,
		             is_type        ? CASE_TYPE
		             : is_partition ? CASE_NEAR_PARTITION
		                            : CASE_QOS,
		             values, pair);
	}
	return s;
}

/* ---- T05: no way ------------------------------------------------------------------------- */

static bool process_sees(const struct tern_graph *graph,
                         const struct tern_graph_endpoint *endpoint,
                         const char *transport)
{
	return endpoint->info.seen_by & tern__graph_transport_bit(graph, transport);
}

/* What each transport of this process says to the pair. */
static const char *refusals_of(struct finder *finder, const struct tern_graph_pair *pair)
{
	const struct tern_graph *graph = finder->graph;
	struct memory *memory = &finder->snapshot->memory;
	const char *text = "";

	for (uint32_t i = 0; text && i < graph->transport_count; i++) {
		const char *name = graph->transports[i].name;
		bool writer = process_sees(graph, pair->writer, name);
		bool reader = process_sees(graph, pair->reader, name);
		const char *why = "it does not reach from the one to the other";
		if (strcmp(name, "local") == 0)
			continue;
		if (graph->transports[i].state == TERN_TRANSPORT_FAILED)
			why = "it does not run in the process that looks";
		else if (!writer && !reader)
			why = "neither end is seen by it";
		else if (!writer || !reader)
			why = writer ? "the reader is not seen by it"
			             : "the writer is not seen by it";
		else if (strcmp(name, "shm") == 0 && pair->shm_refusal < 0)
			why = tern_status_name(pair->shm_refusal);
		text = tern__memory_format(memory, "%s%s%s: %s", text, *text ? "; " : "",
		                           name, why);
	}
	return text;
}

static const char *seen_by_text(struct finder *finder,
                                const struct tern_graph_endpoint *endpoint)
{
	const struct tern_graph *graph = finder->graph;
	const char *text = "";

	for (uint32_t i = 0; text && i < graph->transport_count; i++)
		if (endpoint->info.seen_by & graph->transports[i].bit)
			text = tern__memory_format(&finder->snapshot->memory, "%s%s%s",
			                           text, *text ? " " : "",
			                           graph->transports[i].name);
	return text;
}

static tern_status find_unreachable(struct finder *finder,
                                    const struct tern_graph_pair *pair)
{
	bool is_open = pair->state == TERN_PAIR_COMPATIBLE ||
	               (pair->state == TERN_PAIR_UNDECIDED && *pair->reason);

	if (!is_open || *pair->route)
		return TERN_OK;
	const struct problem_values values = {
		.detail = refusals_of(finder, pair),
		.wanted = seen_by_text(finder, pair->reader),
		.got = seen_by_text(finder, pair->writer),
	};
	return values.detail && values.wanted && values.got
	               ? add_pair(finder, CASE_UNREACHABLE, values, pair)
	               : TERN_ENOMEM;
}

/* ---- T11, T12, T14: pairs that work, less well than they could ----------------------------- */

static tern_status find_refused_attachment(struct finder *finder,
                                           const struct tern_graph_pair *pair)
{
	if (pair->shm_refusal >= 0 || pair->shm_refusal == TERN_EMISMATCH ||
	    pair->state == TERN_PAIR_UNMATCHED)
		return TERN_OK;
	const char *why = pair->shm_refusal == TERN_ENOMEM   ? "no memory for it"
	                  : pair->shm_refusal == TERN_ELIMIT ? "a limit is reached"
	                  : pair->shm_refusal == TERN_EPERM  ? "it is not allowed to"
	                                                     : "";
	char detail[128];
	snprintf(detail, sizeof detail, "%s%s%s", why, *why ? ", " : "",
	         tern_status_name(pair->shm_refusal));
	return add_pair(finder, CASE_NO_SHM_PAIR,
	                (struct problem_values){ .detail = detail }, pair);
}

static uint32_t other_readers(const struct tern_graph_topic *topic,
                              const struct tern_graph_pair *pair)
{
	uint32_t others = 0;

	for (uint32_t i = 0; i < topic->pair_count; i++)
		others += topic->pairs[i].writer == pair->writer &&
		          topic->pairs[i].reader != pair->reader &&
		          topic->pairs[i].state == TERN_PAIR_MATCHED;
	return others;
}

static tern_status find_slow_reader(struct finder *finder,
                                    const struct tern_graph_topic *topic,
                                    const struct tern_graph_pair *pair)
{
	char detail[160], wanted[64], got[64];
	const struct problem_values values = { .detail = detail,
		                               .wanted = wanted,
		                               .got = got };

	if (!pair->has_lag || pair->lag < pair->room)
		return TERN_OK;
	snprintf(wanted, sizeof wanted, "less than %" PRIu64 " samples behind",
	         pair->room);
	snprintf(got, sizeof got, "%" PRIu64 " samples behind", pair->lag);
	if (!pair->blocks) {
		snprintf(detail, sizeof detail,
		         "the last %" PRIu64
		         " samples, which is all that the writer keeps",
		         pair->lag);
		return add_pair(finder, CASE_LAGS, values, pair);
	}
	uint32_t others = other_readers(topic, pair);
	int length = snprintf(detail, sizeof detail,
	                      "which is %" PRIu64 " samples behind", pair->lag);
	if (others > 0 && length > 0)
		snprintf(detail + length, sizeof detail - (size_t)length,
		         "; %" PRIu32 " other reader%s of this writer wait%s with it",
		         others, others == 1 ? "" : "s", others == 1 ? "s" : "");
	return add_pair(finder, CASE_BLOCKS, values, pair);
}

static tern_status find_late_joiner(struct finder *finder,
                                    const struct tern_graph_pair *pair)
{
	const struct tern_qos *offered = &pair->writer->info.qos;
	char got[64];

	if ((pair->state != TERN_PAIR_MATCHED && pair->state != TERN_PAIR_COMPATIBLE) ||
	    offered->durability < TERN_TRANSIENT_LOCAL ||
	    pair->reader->info.qos.durability != TERN_VOLATILE)
		return TERN_OK;
	if (offered->history == TERN_KEEP_ALL)
		snprintf(got, sizeof got, "all samples");
	else
		snprintf(got, sizeof got, "the last %" PRId32 " of each instance",
		         offered->history_depth);
	return add_pair(
		finder, CASE_LATE_JOINER,
		(struct problem_values){ .wanted = "DURABILITY VOLATILE", .got = got },
		pair);
}

static tern_status find_in_pairs(struct finder *finder,
                                 const struct tern_graph_topic *topic)
{
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < topic->pair_count && s == TERN_OK; i++) {
		const struct tern_graph_pair *pair = &topic->pairs[i];
		s = find_mismatches(finder, pair);
		if (s == TERN_OK)
			s = find_unreachable(finder, pair);
		if (s == TERN_OK)
			s = find_refused_attachment(finder, pair);
		if (s == TERN_OK)
			s = find_slow_reader(finder, topic, pair);
		if (s == TERN_OK)
			s = find_late_joiner(finder, pair);
	}
	return s;
}

/* ---- T03: topics whose names nearly meet -------------------------------------------------- */

static bool differs_by_prefix(const char *a, const char *b)
{
	return strncmp(a, "rt/", 3) == 0 && strcmp(a + 3, *b == '/' ? b + 1 : b) == 0;
}

/* @return the case, or -1 */
static int near_case(const char *writers, const char *readers)
{
	if (differs_by_prefix(writers, readers) || differs_by_prefix(readers, writers))
		return CASE_NEAR_PREFIX;
	return strcasecmp(writers, readers) == 0 ? CASE_NEAR_CASE : -1;
}

/* Somebody of the topic who has nobody; the first is enough for a hint. */
static const struct tern_graph_endpoint *lonely(const struct tern_graph_topic *topic,
                                                tern_endpoint_kind kind)
{
	for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++)
		if (topic->endpoints[i].info.kind == kind &&
		    topic->endpoints[i].partner_count == 0)
			return &topic->endpoints[i];
	return NULL;
}

static tern_status find_near(struct finder *finder, const struct tern_graph_topic *a,
                             const struct tern_graph_topic *b)
{
	int which = near_case(a->name, b->name);
	const struct tern_graph_endpoint *writer = lonely(a, TERN_WRITER);
	const struct tern_graph_endpoint *reader = lonely(b, TERN_READER);

	if (which < 0 || !writer || !reader)
		return TERN_OK;
	const struct problem_values values = { .topic = a->name,
		                               .wanted = b->name,
		                               .got = a->name };
	return add(finder, (enum problem_case)which, &values, writer, reader, NULL);
}

static bool is_half(const struct tern_graph_topic *topic)
{
	return lonely(topic, TERN_WRITER) || lonely(topic, TERN_READER);
}

static tern_status find_near_matches(struct finder *finder)
{
	const struct tern_graph *graph = finder->graph;
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < graph->topic_count; i++) {
		if (!is_half(&graph->topics[i]))
			continue;
		for (uint32_t j = 0; j < graph->topic_count && s == TERN_OK; j++)
			if (i != j)
				s = find_near(finder, &graph->topics[i],
				              &graph->topics[j]);
	}
	return s;
}

/* ---- T04 ----------------------------------------------------------------------------------- */

static bool is_named(const struct finder *finder, const struct tern_guid *endpoint)
{
	const struct tern_problem *problems = finder->problems.items;

	for (size_t i = 0; i < finder->problems.count; i++)
		if (tern_guid_equal(&problems[i].writer, endpoint) ||
		    tern_guid_equal(&problems[i].reader, endpoint))
			return true;
	return false;
}

/* Who has nobody, unless another problem says why. */
static tern_status find_unmatched(struct finder *finder,
                                  const struct tern_graph_topic *topic)
{
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++) {
		const struct tern_graph_endpoint *endpoint = &topic->endpoints[i];
		const struct problem_values values = { .topic = topic->name };
		bool is_writer = endpoint->info.kind == TERN_WRITER;
		if (s < 0 || endpoint->partner_count > 0 ||
		    (is_writer ? topic->reader_count : topic->writer_count) > 0 ||
		    is_named(finder, &endpoint->info.guid))
			continue;
		s = add(finder, is_writer ? CASE_NOBODY_READS : CASE_NOBODY_WRITES,
		        &values, is_writer ? endpoint : NULL, is_writer ? NULL : endpoint,
		        NULL);
	}
	return s;
}

/* ---- T10, T11: processes ------------------------------------------------------------------- */

static tern_status find_dead(struct finder *finder)
{
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < finder->graph->dead_count && s == TERN_OK; i++) {
		char pid[16];
		snprintf(pid, sizeof pid, "%" PRIu32, finder->graph->dead[i].pid);
		s = add(finder, CASE_DEAD_PEER, &(struct problem_values){ .got = pid },
		        NULL, NULL, &finder->graph->dead[i]);
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
		s = add(finder, CASE_NO_SHM_WITH, &values, NULL, NULL,
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
		return add(finder, CASE_NO_SHM_HERE, &values, NULL, NULL, self);
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
		s = find_in_pairs(finder, &graph->topics[i]);
	if (s == TERN_OK)
		s = find_near_matches(finder);
	for (uint32_t i = 0; i < graph->topic_count && s == TERN_OK; i++)
		s = find_unmatched(finder, &graph->topics[i]);
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
