/* Topics whose names nearly meet, and endpoints that have nobody. */
#include <string.h>
#include <strings.h>

#include "problem_finder.h"

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
	return tern__problem_add(finder, (enum problem_case)which, &values, writer,
	                         reader, NULL);
}

static bool is_half(const struct tern_graph_topic *topic)
{
	return lonely(topic, TERN_WRITER) || lonely(topic, TERN_READER);
}

tern_status tern__problems_of_names(struct finder *finder)
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
tern_status tern__problems_of_lonely(struct finder *finder,
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
		s = tern__problem_add(finder,
		                      is_writer ? CASE_NOBODY_READS : CASE_NOBODY_WRITES,
		                      &values, is_writer ? endpoint : NULL,
		                      is_writer ? NULL : endpoint, NULL);
	}
	return s;
}
