/* The graph while it is built: what was collected, and the memory that the snapshot owns. */
#ifndef TERN_DISCOVERY_GRAPH_INTERNAL_H
#define TERN_DISCOVERY_GRAPH_INTERNAL_H

#include <stddef.h>

#include <tern/graph.h>

/* A snapshot is freed all at once: each piece of its memory stands in one list. */
struct memory_block {
	struct memory_block *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct snapshot {
	struct tern_graph graph; /* first: what the user holds */
	struct memory_block *blocks;
};

/* What core showed of a pair that has an end in this process. */
struct seen_pair {
	struct tern_guid writer;
	struct tern_guid reader;
	bool matched;
	const char *transport; /* "" for none */
	const char *reason;
};

/* Arrays grow while collecting; the strings in them belong to the snapshot. */
struct collection {
	struct snapshot *snapshot;
	tern_status status; /* of the first failure */
	struct tern_peer_info *peers;
	size_t peer_count, peer_room;
	struct tern_endpoint_info *endpoints;
	size_t endpoint_count, endpoint_room;
	struct seen_pair *pairs;
	size_t pair_count, pair_room;
};

/** As tern_participant_visit(), for tests with a source of their own. */
typedef void (*tern__graph_visit_fn)(void *source, const struct tern_visitor *visitor);

tern_status tern__graph_build(tern__graph_visit_fn visit, void *source,
                              const struct tern_graph **ret_graph);

/** Zeroed memory that lives as long as the snapshot. NULL with the error text set. */
void *tern__graph_alloc(struct snapshot *snapshot, size_t count, size_t size_bytes);
/** A copy of a text; NULL is copied as "". */
const char *tern__graph_text(struct snapshot *snapshot, const char *text);

/** Fill a collection by one visit. It is to be freed whatever the result is. */
tern_status tern__graph_collect(struct collection *collection, tern__graph_visit_fn visit,
                                void *source);
void tern__graph_collection_fini(struct collection *collection);

/** Judge each writer of a topic with each reader. */
tern_status tern__graph_pair_up(struct snapshot *snapshot,
                                const struct collection *collection,
                                struct tern_graph_topic *topic);

#endif
