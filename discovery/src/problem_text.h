/* The words of problems: one template for each case, see problem_text.c. */
#ifndef TERN_DISCOVERY_PROBLEM_TEXT_H
#define TERN_DISCOVERY_PROBLEM_TEXT_H

#include <tern/problem.h>

#include "graph_internal.h"

/** The cases: a code may have several. */
enum problem_case {
	CASE_QOS,
	CASE_TYPE,
	CASE_NEAR_CASE,
	CASE_NEAR_PREFIX,
	CASE_NEAR_PARTITION,
	CASE_NOBODY_READS,
	CASE_NOBODY_WRITES,
	CASE_UNREACHABLE,
	CASE_DEAD_PEER,
	CASE_NO_SHM_HERE,
	CASE_NO_SHM_WITH,
	CASE_NO_SHM_PAIR,
	CASE_BLOCKS,
	CASE_LAGS,
	CASE_LATE_JOINER,
};

/** What the templates' {names} stand for; each may be NULL if the case has none. */
struct problem_values {
	const char *topic;
	const char *writer;
	const char *reader;
	const char *process;
	const char *wanted;
	const char *got;
	const char *detail;
	const char *fix;
};

/**
 * Make a problem's texts.
 * @param ret_problem  code, severity, title and texts are set; GUIDs are the caller's
 * @return TERN_OK, TERN_ENOMEM
 */
tern_status tern__problem_make(struct memory *memory, enum problem_case which,
                               const struct problem_values *values,
                               struct tern_problem *ret_problem);

#endif
