/* How writers and readers of one topic stand to each other. Where this process has an end of a
 * pair its core decided, and that counts; for pairs of others the same rules are applied here. */
#include <string.h>

#include "graph_internal.h"

static const struct seen_pair *find_seen(const struct collection *collection,
                                         const struct tern_guid *writer,
                                         const struct tern_guid *reader)
{
	for (size_t i = 0; i < collection->pair_count; i++) {
		const struct seen_pair *pair = &collection->pairs[i];
		if (tern_guid_equal(&pair->writer, writer) &&
		    tern_guid_equal(&pair->reader, reader))
			return pair;
	}
	return NULL;
}

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

static tern_status judge(struct snapshot *snapshot, const struct seen_pair *seen,
                         struct tern_graph_pair *pair)
{
	char reason[TERN_MATCH_REASON_SIZE_BYTES];
	bool rules_agree = tern_endpoint_match(&pair->writer->info, &pair->reader->info,
	                                       reason, sizeof reason);

	pair->transport = "";
	pair->reason = "";
	if (seen && seen->matched) {
		pair->state = TERN_PAIR_MATCHED;
		pair->transport = seen->transport;
	} else if (seen) {
		pair->state = rules_agree ? TERN_PAIR_UNDECIDED : TERN_PAIR_UNMATCHED;
		pair->reason = seen->reason;
	} else if (rules_agree &&
	           types_differ(&pair->writer->info, &pair->reader->info)) {
		pair->state = TERN_PAIR_UNDECIDED;
		pair->reason =
			"the types differ, and only the two ends know whether they "
			"fit: build both from one file to be sure";
	} else if (rules_agree) {
		pair->state = TERN_PAIR_COMPATIBLE;
	} else {
		pair->state = TERN_PAIR_UNMATCHED;
		pair->reason = tern__graph_text(snapshot, reason);
	}
	return pair->reason ? TERN_OK : TERN_ENOMEM;
}

tern_status tern__graph_pair_up(struct snapshot *snapshot,
                                const struct collection *collection,
                                struct tern_graph_topic *topic)
{
	const struct tern_graph_endpoint *readers =
		topic->endpoints + topic->writer_count;
	uint64_t all = (uint64_t)topic->writer_count * topic->reader_count;
	uint32_t kept = all < TERN_GRAPH_PAIRS_MAX ? (uint32_t)all : TERN_GRAPH_PAIRS_MAX;

	if (kept == 0)
		return TERN_OK;
	struct tern_graph_pair *pairs = tern__graph_alloc(snapshot, kept, sizeof *pairs);
	if (!pairs)
		return TERN_ENOMEM;
	for (uint32_t i = 0; i < kept; i++) {
		struct tern_graph_pair *pair = &pairs[i];
		pair->writer = &topic->endpoints[i / topic->reader_count];
		pair->reader = &readers[i % topic->reader_count];
		tern_status s = judge(snapshot,
		                      find_seen(collection, &pair->writer->info.guid,
		                                &pair->reader->info.guid),
		                      pair);
		if (s < 0)
			return s;
		topic->unmatched_count += pair->state == TERN_PAIR_UNMATCHED;
		topic->undecided_count += pair->state == TERN_PAIR_UNDECIDED;
	}
	topic->pairs = pairs;
	topic->pair_count = kept;
	topic->pairs_left_out =
		all - kept > UINT32_MAX ? UINT32_MAX : (uint32_t)(all - kept);
	return TERN_OK;
}
