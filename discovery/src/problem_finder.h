/* What those who look for problems share. problems.c looks at processes and puts all in order,
 * problems_pairs.c at pairs, problems_topics.c at topics and who is alone in them. */
#ifndef TERN_DISCOVERY_PROBLEM_FINDER_H
#define TERN_DISCOVERY_PROBLEM_FINDER_H

#include "problem_text.h"

struct finder {
	struct snapshot *snapshot;
	const struct tern_graph *graph;
	struct list problems; /* struct tern_problem */
};

/**
 * Add one. Endpoints and process may be NULL; they give their texts and GUIDs.
 * @return TERN_OK, also if there are too many already; TERN_ENOMEM
 */
tern_status tern__problem_add(struct finder *finder, enum problem_case which,
                              const struct problem_values *values,
                              const struct tern_graph_endpoint *writer,
                              const struct tern_graph_endpoint *reader,
                              const struct tern_peer_info *process);

/** T01, T02, T05, T11, T12, T14, and T03 for partitions. */
tern_status tern__problems_of_pairs(struct finder *finder,
                                    const struct tern_graph_topic *topic);
/** T03 for names, after the pairs. */
tern_status tern__problems_of_names(struct finder *finder);
/** T04, after the names. */
tern_status tern__problems_of_lonely(struct finder *finder,
                                     const struct tern_graph_topic *topic);

#endif
