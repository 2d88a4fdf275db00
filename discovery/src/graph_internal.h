/* The graph while it is built: what was collected, and the memory that the snapshot owns. */
#ifndef TERN_DISCOVERY_GRAPH_INTERNAL_H
#define TERN_DISCOVERY_GRAPH_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>

#include <tern/graph.h>

/* A snapshot is freed all at once: its memory stands in few large blocks, each of which is
 * filled from its beginning. */
struct memory_block {
	struct memory_block *next;
	size_t size_bytes, used_bytes; /* of bytes[] */
	_Alignas(max_align_t) unsigned char bytes[];
};

struct memory {
	struct memory_block *blocks; /* the newest first; it alone may have room */
};

struct snapshot {
	struct tern_graph graph; /* first: what the user holds */
	struct memory memory;
};

/* An array that grows. */
struct list {
	void *items;
	size_t count, room;
	size_t item_bytes;
};

/* Lists grow while collecting; the strings in them belong to the snapshot. */
struct collection {
	struct snapshot *snapshot;
	tern_status status;    /* of the first failure */
	struct list peers;     /* struct tern_peer_info */
	struct list endpoints; /* struct tern_endpoint_info */
	struct list pairs;     /* struct tern_pair_info */
	struct list transports;
	struct list refusals;
	struct list dead; /* struct tern_peer_info */
};

/** Where a snapshot comes from: a participant, or a test. */
struct graph_source {
	/** As tern_participant_visit(). */
	void (*visit)(void *context, const struct tern_visitor *visitor);
	/** As tern_participant_compare_types(); NULL: types are never known. */
	tern_status (*compare_types)(void *context,
	                             const struct tern_endpoint_info *writer,
	                             const struct tern_endpoint_info *reader);
	void *context;
	uint64_t generation;
};

tern_status tern__graph_build(const struct graph_source *source,
                              const struct tern_graph **ret_graph);

/* ---- graph_memory.c ---------------------------------------------------------------------- */

/** Zeroed memory that lives as long as all of it. NULL with the error text set. */
void *tern__memory_alloc(struct memory *memory, size_t count, size_t size_bytes);
/** A copy of a text; NULL is copied as "". NULL with the error text set. */
const char *tern__memory_text(struct memory *memory, const char *text);
/** printf into such memory. NULL with the error text set. */
const char *tern__memory_format(struct memory *memory, const char *format, ...)
	TERN_PRINTF(2, 3);
void tern__memory_fini(struct memory *memory);

/** @return room for one item more, zeroed, or NULL with the error text set */
void *tern__list_add(struct list *list);

/* ---- graph_collect.c --------------------------------------------------------------------- */

/** Fill a collection by one visit. It is to be freed whatever the result is. */
tern_status tern__graph_collect(struct collection *collection,
                                const struct graph_source *source);
void tern__graph_collection_fini(struct collection *collection);

/* ---- graph_hosts.c ----------------------------------------------------------------------- */

/** Put the processes together by host. */
tern_status tern__graph_find_hosts(struct snapshot *snapshot);

/* ---- graph_pairs.c ----------------------------------------------------------------------- */

/** Sort what was collected of pairs, so that it is found. */
void tern__graph_sort_pairs(struct collection *collection);
/** Judge each writer of a topic with each reader. */
tern_status tern__graph_pair_up(struct snapshot *snapshot,
                                const struct collection *collection,
                                const struct graph_source *source,
                                struct tern_graph_topic *topic);

/** The bit of a transport of this process, 0 if it has none of that name. */
uint32_t tern__graph_transport_bit(const struct tern_graph *graph, const char *name);
bool tern__graph_same_host(const struct tern_peer_info *a,
                           const struct tern_peer_info *b);

/* ---- problems ---------------------------------------------------------------------------- */

/** Find what is wrong in a graph that is complete but for this. */
tern_status tern__graph_find_problems(struct snapshot *snapshot);

/* "flight[812]", or the GUID. */
#define PROCESS_TEXT_SIZE_BYTES 320
const char *tern__process_text(const struct tern_peer_info *process, char *ret_text);

#endif
