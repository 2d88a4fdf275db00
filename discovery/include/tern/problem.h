/* What is wrong on the bus, as codes that never change their meaning. The texts are the same
 * wherever a problem is shown; all of them stand in discovery/src/problem_text.c. */
#ifndef TERN_PROBLEM_H
#define TERN_PROBLEM_H

#include <stddef.h>

#include <tern/api.h>
#include <tern/guid.h>

TERN_BEGIN_DECLS

/** T01, T02, ... by their numbers. Numbers that are missing are not computed yet. */
typedef enum tern_problem_code {
	TERN_PROBLEM_QOS = 1,  /* T01: offered and requested QoS do not go together */
	TERN_PROBLEM_TYPE = 2, /* T02: the reader's type does not hold the writer's */
	TERN_PROBLEM_NEAR_MATCH = 3,   /* T03: names that nearly meet */
	TERN_PROBLEM_UNMATCHED = 4,    /* T04: nobody to write to, or to read from */
	TERN_PROBLEM_UNREACHABLE = 5,  /* T05: they match, and no transport joins them */
	TERN_PROBLEM_DEAD_PEER = 10,   /* T10: a process ended without leaving */
	TERN_PROBLEM_NO_SHM = 11,      /* T11: shared memory is unavailable */
	TERN_PROBLEM_SLOW_READER = 12, /* T12: a reader holds its writer back */
	TERN_PROBLEM_LATE_JOINER = 14, /* T14: what was written before is not for it */
} tern_problem_code;

typedef enum tern_problem_severity {
	TERN_PROBLEM_NOTE,    /* may be meant so */
	TERN_PROBLEM_WARNING, /* works less well than it could, or not as somebody expects */
	TERN_PROBLEM_ERROR, /* samples do not arrive */
} tern_problem_severity;

/** Names in the texts are bytes as a peer sent them: do not print them unchecked. */
struct tern_problem {
	tern_problem_code code;
	tern_problem_severity severity;
	const char *title;       /* "QoS mismatch" */
	const char *topic;       /* or "" */
	struct tern_guid writer; /* whom it is about; zero: nobody */
	struct tern_guid reader;
	struct tern_guid process;
	const char *where;  /* "pose: flight[812] -> deck[815]" */
	const char *what;   /* one sentence */
	const char *wanted; /* requested, or what should be; or "" */
	const char *got;    /* offered, or what is; or "" */
	const char *fix;    /* the cheapest way to mend it */
};

#define TERN_PROBLEM_CODE_SIZE_BYTES 4

/** "T01". @param ret_text  room for TERN_PROBLEM_CODE_SIZE_BYTES @return ret_text */
TERN_API char *tern_problem_code_format(tern_problem_code code, char *ret_text);

/**
 * One line: "T01 QoS mismatch: WHERE: WHAT: FIX".
 * @return bytes that the whole line takes, as snprintf()
 */
TERN_API size_t tern_problem_format(const struct tern_problem *problem, char *ret_text,
                                    size_t size_bytes);

TERN_END_DECLS

#endif
