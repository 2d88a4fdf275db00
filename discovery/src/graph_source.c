/* A participant as the source of a snapshot: what it shows, and how types of others compare. */
#include <time.h>

#include "graph_internal.h"

struct participant_source {
	struct tern_participant *participant;
	const struct tern_graph_types *types; /* or NULL */
	int64_t deadline_ns;                  /* to ask for types until */
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void visit(void *context, const struct tern_visitor *visitor)
{
	const struct participant_source *source = context;

	tern_participant_visit(source->participant, visitor);
}

static tern_status find_type(const struct participant_source *source,
                             const struct tern_endpoint_info *endpoint,
                             const struct tern_type **ret_type)
{
	int64_t left_ns = source->deadline_ns - now_ns();

	return source->types->find(source->participant, &endpoint->guid,
	                           left_ns > 0 ? left_ns : 0, ret_type);
}

/* By core's rules, as if both types were of this process. */
static tern_status compare(const struct tern_endpoint_info *writer,
                           const struct tern_type *writers,
                           const struct tern_endpoint_info *reader,
                           const struct tern_type *readers)
{
	struct tern_mismatch mismatches[TERN_MISMATCHES_MAX];
	struct tern_endpoint_info w = *writer, r = *reader;

	w.type = writers;
	r.type = readers;
	uint32_t count = tern_endpoint_mismatches(&w, &r, mismatches);
	for (uint32_t i = 0; i < count; i++)
		if (mismatches[i].kind == TERN_MISMATCH_TYPE)
			return tern_fail(TERN_EMISMATCH, "%s: %s", mismatches[i].what,
			                 mismatches[i].fix);
	return TERN_OK;
}

static tern_status compare_described(const struct participant_source *source,
                                     const struct tern_endpoint_info *writer,
                                     const struct tern_endpoint_info *reader)
{
	const struct tern_type *writers = NULL, *readers = NULL;
	tern_status s = TERN_ENOTFOUND;

	if (find_type(source, writer, &writers) == TERN_OK &&
	    find_type(source, reader, &readers) == TERN_OK)
		s = compare(writer, writers, reader, readers);
	source->types->destroy(writers);
	source->types->destroy(readers);
	return s;
}

static tern_status compare_types(void *context, const struct tern_endpoint_info *writer,
                                 const struct tern_endpoint_info *reader)
{
	const struct participant_source *source = context;
	tern_status s = tern_participant_compare_types(source->participant, &writer->guid,
	                                               &reader->guid);

	return s == TERN_ENOTFOUND && source->types
	               ? compare_described(source, writer, reader)
	               : s;
}

static tern_status create(struct tern_participant *participant,
                          const struct tern_graph_types *types,
                          const struct tern_graph **ret_graph)
{
	struct participant_source context = {
		.participant = participant,
		.types = types,
		.deadline_ns = types ? now_ns() + types->timeout_ns : 0,
	};
	const struct graph_source source = {
		.visit = visit,
		.compare_types = compare_types,
		.context = &context,
		.generation = tern_participant_generation(participant),
	};

	return tern__graph_build(&source, ret_graph);
}

tern_status tern_graph_create(struct tern_participant *participant,
                              const struct tern_graph **ret_graph)
{
	if (!participant || !ret_graph)
		return tern_fail(TERN_EINVAL, "tern_graph_create: %s is NULL",
		                 participant ? "ret_graph" : "participant");
	return create(participant, NULL, ret_graph);
}

tern_status tern_graph_create_with_types(struct tern_participant *participant,
                                         const struct tern_graph_types *types,
                                         const struct tern_graph **ret_graph)
{
	const int64_t hour_ns = INT64_C(3600) * 1000000000;

	if (!participant || !ret_graph || !types || !types->find || !types->destroy ||
	    types->timeout_ns < 0 || types->timeout_ns > hour_ns)
		return tern_fail(TERN_EINVAL,
		                 "a graph with types needs a participant, two functions "
		                 "and a time-out of 0 to an hour");
	return create(participant, types, ret_graph);
}
