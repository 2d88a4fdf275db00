/* Why a pair is matched or not, and which way its samples go: every step of the decision, those
 * that hold too. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

struct tracer {
	struct tern_trace trace; /* first: what the user holds */
	struct memory memory;
	struct list steps; /* struct tern_trace_step */
	const struct tern_graph *graph;
	const struct tern_graph_endpoint *writer;
	const struct tern_graph_endpoint *reader;
	bool failed; /* no memory */
};

static void TERN_PRINTF(4, 5) step(struct tracer *tracer, const char *name,
                                   tern_trace_verdict verdict, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	struct tern_trace_step *added = tern__list_add(&tracer->steps);
	const char *copy = tern__memory_text(&tracer->memory, text);
	tracer->failed = tracer->failed || !added || !copy;
	if (added)
		*added = (struct tern_trace_step){ name, verdict, copy };
}

static const struct tern_graph_pair *find_pair(const struct tracer *tracer)
{
	for (uint32_t t = 0; t < tracer->graph->topic_count; t++) {
		const struct tern_graph_topic *topic = &tracer->graph->topics[t];
		for (uint32_t i = 0; i < topic->pair_count; i++)
			if (topic->pairs[i].writer == tracer->writer &&
			    topic->pairs[i].reader == tracer->reader)
				return &topic->pairs[i];
	}
	return NULL;
}

/* ---- matching ---------------------------------------------------------------------------- */

static bool trace_topic(struct tracer *tracer)
{
	const char *writers = tracer->writer->info.topic_name;
	const char *readers = tracer->reader->info.topic_name;
	bool same = strcmp(writers, readers) == 0;

	if (same)
		step(tracer, "topic", TERN_TRACE_YES, "both name it %.400s", writers);
	else
		step(tracer, "topic", TERN_TRACE_NO,
		     "the writer's is %.200s, the reader's %.200s: they have nothing to do "
		     "with each other",
		     writers, readers);
	return same;
}

static const struct tern_mismatch *mismatch_of(const struct tern_graph_pair *pair,
                                               tern_mismatch_kind kind)
{
	for (uint32_t i = 0; pair && i < pair->mismatch_count; i++)
		if (pair->mismatches[i].kind == kind)
			return &pair->mismatches[i];
	return NULL;
}

static void trace_policies(struct tracer *tracer, const struct tern_graph_pair *pair)
{
	for (tern_mismatch_kind kind = 0; kind < TERN_MISMATCH_TYPE; kind++) {
		const struct tern_mismatch *mismatch = mismatch_of(pair, kind);
		char offered[TERN_QOS_TEXT_SIZE_BYTES],
			requested[TERN_QOS_TEXT_SIZE_BYTES];
		tern_graph_qos_format(&tracer->writer->info, kind, offered);
		tern_graph_qos_format(&tracer->reader->info, kind, requested);
		step(tracer, tern_mismatch_kind_name(kind),
		     mismatch ? TERN_TRACE_NO : TERN_TRACE_YES,
		     "offered %s, requested %s%s%s", offered, requested,
		     mismatch ? ": " : "", mismatch ? mismatch->fix : "");
	}
}

static void trace_type(struct tracer *tracer, const struct tern_graph_pair *pair)
{
	const struct tern_mismatch *mismatch = mismatch_of(pair, TERN_MISMATCH_TYPE);

	if (mismatch)
		step(tracer, "TYPE", TERN_TRACE_NO, "%s%s%s", mismatch->what,
		     *mismatch->fix ? ": " : "", mismatch->fix);
	else if (pair && pair->state == TERN_PAIR_UNDECIDED)
		step(tracer, "TYPE", TERN_TRACE_UNKNOWN, "%.900s", pair->reason);
	else
		step(tracer, "TYPE", TERN_TRACE_YES,
		     "the reader's %.200s holds samples of the writer's %.200s",
		     tracer->reader->info.type_name, tracer->writer->info.type_name);
}

/* ---- routing ----------------------------------------------------------------------------- */

static void trace_local(struct tracer *tracer)
{
	bool same = tern_guid_equal(&tracer->writer->info.participant,
	                            &tracer->reader->info.participant);

	step(tracer, "local", same ? TERN_TRACE_YES : TERN_TRACE_NO,
	     same ? "both ends are in one process" : "the ends are in two processes");
}

static void trace_shm(struct tracer *tracer, const struct tern_graph_pair *pair,
                      bool writer_seen, bool reader_seen)
{
	const struct tern_peer_info *writer = tracer->writer->process;
	const struct tern_peer_info *reader = tracer->reader->process;

	if (!writer->is_tern || !reader->is_tern)
		step(tracer, "shm", TERN_TRACE_NO,
		     "the %s is not a Tern process: it has no part in shared memory",
		     writer->is_tern ? "reader's" : "writer's");
	else if (!writer_seen || !reader_seen)
		step(tracer, "shm", TERN_TRACE_NO,
		     "the %s does not share memory with the process that looks: it is on "
		     "another host, in another container or another user's, or has no "
		     "shm in TERN_TRANSPORTS",
		     writer_seen ? "reader" : "writer");
	else if (pair && pair->shm_refusal < 0)
		step(tracer, "shm", TERN_TRACE_NO,
		     "the reader did not attach (%s): its log says why",
		     tern_status_name(pair->shm_refusal));
	else if (pair && strcmp(pair->transport, "shm") == 0)
		step(tracer, "shm", TERN_TRACE_YES,
		     "the reader is attached to the writer");
	else
		step(tracer, "shm", TERN_TRACE_YES,
		     "both ends share memory on this host");
}

/* What is ours nobody reports to us: it is announced by all transports that run. */
static bool is_seen(const struct tern_graph_endpoint *endpoint,
                    const struct tern_transport_info *transport)
{
	return endpoint->info.is_ours ? transport->state == TERN_TRANSPORT_RUNNING
	                              : (endpoint->info.seen_by & transport->bit) != 0;
}

static void trace_transports(struct tracer *tracer, const struct tern_graph_pair *pair)
{
	for (uint32_t i = 0; i < tracer->graph->transport_count; i++) {
		const struct tern_transport_info *transport =
			&tracer->graph->transports[i];
		bool writer = is_seen(tracer->writer, transport);
		bool reader = is_seen(tracer->reader, transport);
		if (transport->state == TERN_TRANSPORT_FAILED)
			step(tracer, transport->name, TERN_TRACE_UNKNOWN,
			     "it does not run in the process that looks: %.800s",
			     transport->why);
		else if (strcmp(transport->name, "local") == 0)
			trace_local(tracer);
		else if (strcmp(transport->name, "shm") == 0)
			trace_shm(tracer, pair, writer, reader);
		else
			step(tracer, transport->name,
			     writer && reader ? TERN_TRACE_YES : TERN_TRACE_NO, "%s",
			     writer && reader ? "both ends are seen by it"
			     : writer         ? "the reader is not seen by it"
			     : reader         ? "the writer is not seen by it"
			                      : "neither end is seen by it");
	}
}

static void trace_path(struct tracer *tracer, const struct tern_graph_pair *pair)
{
	if (pair->state == TERN_PAIR_UNMATCHED)
		step(tracer, "path", TERN_TRACE_NO, "none: they do not match");
	else if (!*pair->route)
		step(tracer, "path", TERN_TRACE_NO, "none: no transport joins them");
	else if (pair->state == TERN_PAIR_MATCHED)
		step(tracer, "path", TERN_TRACE_YES, "%s: samples go this way",
		     pair->route);
	else
		step(tracer, "path", TERN_TRACE_UNKNOWN,
		     "%s: the first that both ends have; only they know that they took it",
		     pair->route);
	if (pair->has_lag)
		step(tracer, "queue", pair->blocks ? TERN_TRACE_NO : TERN_TRACE_YES,
		     "%" PRIu64 " of %" PRIu64 " samples are waiting for the reader%s",
		     pair->lag, pair->room,
		     pair->blocks       ? ", and the writer waits for it"
		     : pair->holds_back ? "; when all are, the writer waits for it"
		                        : "");
}

tern_status tern_trace_create(const struct tern_graph *graph,
                              const struct tern_graph_endpoint *writer,
                              const struct tern_graph_endpoint *reader,
                              const struct tern_trace **ret_trace)
{
	if (!graph || !writer || !reader || !ret_trace ||
	    writer->info.kind != TERN_WRITER || reader->info.kind != TERN_READER)
		return tern_fail(TERN_EINVAL,
		                 "a trace needs a graph, a writer and a reader of it");
	struct tracer *tracer = calloc(1, sizeof *tracer);
	if (!tracer)
		return tern_fail(TERN_ENOMEM, "no memory for a trace");
	tracer->steps.item_bytes = sizeof(struct tern_trace_step);
	tracer->graph = graph;
	tracer->writer = writer;
	tracer->reader = reader;

	const struct tern_graph_pair *pair = find_pair(tracer);
	tracer->trace.pair = pair;
	if (trace_topic(tracer) && pair) {
		trace_policies(tracer, pair);
		trace_type(tracer, pair);
		trace_transports(tracer, pair);
		trace_path(tracer, pair);
	}
	tracer->trace.steps = tracer->steps.items;
	tracer->trace.step_count = (uint32_t)tracer->steps.count;
	if (tracer->failed) {
		tern_trace_destroy(&tracer->trace);
		return TERN_ENOMEM;
	}
	*ret_trace = &tracer->trace;
	return TERN_OK;
}

void tern_trace_destroy(const struct tern_trace *trace)
{
	/* The trace is the first member; const is the user's view of it, the memory is ours. */
	struct tracer *tracer = (struct tracer *)(uintptr_t)trace;

	if (!tracer)
		return;
	tern__memory_fini(&tracer->memory);
	free(tracer->steps.items);
	free(tracer);
}
