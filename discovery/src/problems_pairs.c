/* What is wrong with pairs of writers and readers. Each function looks for one code. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "problem_finder.h"

static tern_status add_pair(struct finder *finder, enum problem_case which,
                            struct problem_values values,
                            const struct tern_graph_pair *pair)
{
	values.topic = pair->writer->info.topic_name;
	return tern__problem_add(finder, which, &values, pair->writer, pair->reader,
	                         NULL);
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

tern_status tern__problems_of_pairs(struct finder *finder,
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
