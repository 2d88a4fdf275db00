/* How writers and readers of one topic stand to each other. Where this process has an end of a
 * pair its core decided, and that counts; then what a transport sees of it; else the same rules
 * are applied here to what both ends announced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

uint32_t tern__graph_transport_bit(const struct tern_graph *graph, const char *name)
{
	for (uint32_t i = 0; i < graph->transport_count; i++)
		if (strcmp(graph->transports[i].name, name) == 0)
			return graph->transports[i].bit;
	return 0;
}

bool tern__graph_same_host(const struct tern_peer_info *a, const struct tern_peer_info *b)
{
	static const uint8_t unknown[TERN_HOST_ID_SIZE_BYTES];

	return memcmp(a->host_id, b->host_id, sizeof unknown) == 0 &&
	       memcmp(a->host_id, unknown, sizeof unknown) != 0;
}

/* ---- what was seen ----------------------------------------------------------------------- */

/* By writer and reader; core's own decision before what a transport sees. */
static int compare_pairs(const void *a, const void *b)
{
	const struct tern_pair_info *left = a, *right = b;
	int order = memcmp(&left->writer, &right->writer, sizeof left->writer);

	if (order == 0)
		order = memcmp(&left->reader, &right->reader, sizeof left->reader);
	return order ? order : left->is_observed - right->is_observed;
}

void tern__graph_sort_pairs(struct collection *collection)
{
	if (collection->pairs.count > 0)
		qsort(collection->pairs.items, collection->pairs.count,
		      sizeof(struct tern_pair_info), compare_pairs);
}

/* What was seen of one pair; either may be NULL. */
struct seen {
	const struct tern_pair_info *decided;
	const struct tern_pair_info *observed;
};

static const struct tern_pair_info *find(const struct collection *collection,
                                         const struct tern_guid *writer,
                                         const struct tern_guid *reader, bool is_observed)
{
	const struct tern_pair_info wanted = {
		.writer = *writer,
		.reader = *reader,
		.is_observed = is_observed,
	};

	if (collection->pairs.count == 0)
		return NULL;
	return bsearch(&wanted, collection->pairs.items, collection->pairs.count,
	               sizeof wanted, compare_pairs);
}

/* ---- the rules --------------------------------------------------------------------------- */

/* By what travels of the types: equal bytes are equal types. Without any, names counted. */
static bool types_differ(const struct tern_endpoint_info *writer,
                         const struct tern_endpoint_info *reader)
{
	size_t size_bytes = writer->type_information_size_bytes;

	return size_bytes > 0 && reader->type_information_size_bytes > 0 &&
	       (size_bytes != reader->type_information_size_bytes ||
	        memcmp(writer->type_information, reader->type_information, size_bytes) !=
	                0);
}

/* A verdict on the types in one sentence, "what: fix", as core and transports give it. */
static void mismatch_of_types(const struct tern_graph_pair *pair, const char *verdict,
                              struct tern_mismatch *ret_mismatch)
{
	const char *last = NULL;

	*ret_mismatch = (struct tern_mismatch){ .kind = TERN_MISMATCH_TYPE };
	snprintf(ret_mismatch->requested, sizeof ret_mismatch->requested, "%s",
	         pair->reader->info.type_name);
	snprintf(ret_mismatch->offered, sizeof ret_mismatch->offered, "%s",
	         pair->writer->info.type_name);
	for (const char *colon = verdict; (colon = strstr(colon, ": ")); colon += 2)
		last = colon;
	int length = last ? (int)(last - verdict) : (int)strlen(verdict);
	snprintf(ret_mismatch->what, sizeof ret_mismatch->what, "%.*s", length, verdict);
	if (last)
		snprintf(ret_mismatch->fix, sizeof ret_mismatch->fix, "%s", last + 2);
}

static tern_status keep_mismatches(struct snapshot *snapshot,
                                   struct tern_graph_pair *pair,
                                   const struct tern_mismatch *mismatches, uint32_t count)
{
	struct tern_mismatch *kept =
		tern__memory_alloc(&snapshot->memory, count, sizeof *kept);

	if (!kept)
		return TERN_ENOMEM;
	memcpy(kept, mismatches, count * sizeof *kept);
	pair->mismatches = kept;
	pair->mismatch_count = count;
	pair->state = TERN_PAIR_UNMATCHED;
	if (!*pair->reason)
		pair->reason =
			tern__memory_format(&snapshot->memory, "%s%s%s", kept[0].what,
		                            *kept[0].fix ? ": " : "", kept[0].fix);
	return pair->reason ? TERN_OK : TERN_ENOMEM;
}

/* Both ends are elsewhere, the rest fits, and the types are not the same. */
static tern_status judge_types(struct snapshot *snapshot,
                               const struct graph_source *source,
                               struct tern_graph_pair *pair)
{
	struct tern_mismatch mismatch;
	tern_status s = TERN_ENOTFOUND;

	if (source->compare_types)
		s = source->compare_types(source->context, &pair->writer->info,
		                          &pair->reader->info);
	if (s == TERN_OK)
		return TERN_OK;
	if (s != TERN_EMISMATCH) {
		pair->state = TERN_PAIR_UNDECIDED;
		pair->reason =
			"the types differ, and only the two ends know whether they "
			"fit: build both from one file to be sure";
		return TERN_OK;
	}
	mismatch_of_types(pair, tern_error_text(), &mismatch);
	return keep_mismatches(snapshot, pair, &mismatch, 1);
}

/* ---- one pair ---------------------------------------------------------------------------- */

/* The transport that both ends would take, as far as this process can see them. */
static const char *expected_route(const struct tern_graph *graph,
                                  const struct tern_graph_pair *pair)
{
	const struct tern_endpoint_info *writer = &pair->writer->info;
	const struct tern_endpoint_info *reader = &pair->reader->info;
	uint32_t both = writer->seen_by & reader->seen_by;

	if (tern_guid_equal(&writer->participant, &reader->participant))
		return "local";
	for (uint32_t i = 0; i < graph->transport_count; i++) {
		const struct tern_transport_info *transport = &graph->transports[i];
		bool is_shm = strcmp(transport->name, "shm") == 0;
		if (!(both & transport->bit) || strcmp(transport->name, "local") == 0 ||
		    (is_shm && (pair->shm_refusal < 0 ||
		                !tern__graph_same_host(pair->writer->process,
		                                       pair->reader->process))))
			continue;
		return transport->name;
	}
	return "";
}

static void take_observation(struct tern_graph_pair *pair,
                             const struct tern_pair_info *observed)
{
	if (!observed)
		return;
	pair->shm_refusal = observed->refusal;
	pair->has_lag = observed->has_lag;
	pair->lag = observed->lag;
	pair->room = observed->room;
	pair->holds_back = observed->holds_back;
	pair->blocks = observed->blocks;
}

static tern_status judge(struct snapshot *snapshot, const struct graph_source *source,
                         const struct seen *seen, struct tern_graph_pair *pair)
{
	struct tern_mismatch mismatches[TERN_MISMATCHES_MAX];
	const struct tern_pair_info *decided = seen->decided;

	pair->transport = "";
	pair->reason = decided && !decided->matched ? decided->reason : "";
	take_observation(pair, seen->observed);
	pair->route = expected_route(&snapshot->graph, pair);
	if (decided ? decided->matched : seen->observed && seen->observed->matched) {
		pair->state = TERN_PAIR_MATCHED;
		pair->transport =
			decided ? decided->transport : seen->observed->transport;
		pair->route = pair->transport;
		return TERN_OK;
	}
	uint32_t count = tern_endpoint_mismatches(&pair->writer->info,
	                                          &pair->reader->info, mismatches);
	if (count == 0 && decided && decided->is_mismatched) {
		mismatch_of_types(pair, decided->reason, &mismatches[0]);
		count = 1;
	}
	if (count > 0)
		return keep_mismatches(snapshot, pair, mismatches, count);
	pair->state = decided ? TERN_PAIR_UNDECIDED : TERN_PAIR_COMPATIBLE;
	if (!decided && types_differ(&pair->writer->info, &pair->reader->info))
		return judge_types(snapshot, source, pair);
	return TERN_OK;
}

/* ---- a topic ----------------------------------------------------------------------------- */

static tern_status judge_all(struct snapshot *snapshot,
                             const struct collection *collection,
                             const struct graph_source *source,
                             struct tern_graph_topic *topic,
                             struct tern_graph_endpoint *endpoints,
                             struct tern_graph_pair *pairs)
{
	for (uint32_t i = 0; i < topic->pair_count; i++) {
		struct tern_graph_pair *pair = &pairs[i];
		struct tern_graph_endpoint *writer = &endpoints[i / topic->reader_count];
		struct tern_graph_endpoint *reader =
			&endpoints[topic->writer_count + i % topic->reader_count];
		const struct seen seen = {
			find(collection, &writer->info.guid, &reader->info.guid, false),
			find(collection, &writer->info.guid, &reader->info.guid, true),
		};
		pair->writer = writer;
		pair->reader = reader;
		tern_status s = judge(snapshot, source, &seen, pair);
		if (s < 0)
			return s;
		bool goes_together = pair->state == TERN_PAIR_MATCHED ||
		                     pair->state == TERN_PAIR_COMPATIBLE;
		writer->partner_count += goes_together;
		reader->partner_count += goes_together;
		topic->unmatched_count += pair->state == TERN_PAIR_UNMATCHED;
		topic->undecided_count += pair->state == TERN_PAIR_UNDECIDED;
	}
	return TERN_OK;
}

tern_status tern__graph_pair_up(struct snapshot *snapshot,
                                const struct collection *collection,
                                const struct graph_source *source,
                                struct tern_graph_topic *topic)
{
	uint64_t all = (uint64_t)topic->writer_count * topic->reader_count;
	uint32_t kept = all < TERN_GRAPH_PAIRS_MAX ? (uint32_t)all : TERN_GRAPH_PAIRS_MAX;

	if (kept == 0)
		return TERN_OK;
	struct tern_graph_pair *pairs =
		tern__memory_alloc(&snapshot->memory, kept, sizeof *pairs);
	if (!pairs)
		return TERN_ENOMEM;
	topic->pairs = pairs;
	topic->pair_count = kept;
	topic->pairs_left_out =
		all - kept > UINT32_MAX ? UINT32_MAX : (uint32_t)(all - kept);
	/* The memory is ours; const is the user's view of it. */
	return judge_all(snapshot, collection, source, topic,
	                 (struct tern_graph_endpoint *)(uintptr_t)topic->endpoints,
	                 pairs);
}
