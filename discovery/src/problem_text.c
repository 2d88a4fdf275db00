/* All texts of problems. A row is a case of a code: where it is, what it is, what is wanted and
 * what there is instead, and the cheapest fix. {names} stand for struct problem_values' members. */
#include "problem_text.h"

#include <stdio.h>
#include <string.h>

struct template
{
	tern_problem_code code;
	tern_problem_severity severity;
	const char *title;
	const char *where, *what, *wanted, *got, *fix;
};

#define PAIR "{topic}: {writer} -> {reader}"

static const struct template templates[] = {
	[CASE_QOS] = { TERN_PROBLEM_QOS, TERN_PROBLEM_ERROR, "QoS mismatch", PAIR,
	               "{detail}", "{wanted}", "{got}", "{fix}" },
	[CASE_TYPE] = { TERN_PROBLEM_TYPE, TERN_PROBLEM_ERROR, "type mismatch", PAIR,
	                "the reader's type does not hold the writer's samples: {detail}",
	                "{wanted}", "{got}", "{fix}" },
	[CASE_NEAR_CASE] = { TERN_PROBLEM_NEAR_MATCH, TERN_PROBLEM_WARNING, "near match",
	                     PAIR,
	                     "the writer's topic is named {got}, the reader's {wanted}: "
	                     "they differ in upper and lower case alone",
	                     "{wanted}", "{got}",
	                     "give both one name, if they are meant for each other" },
	[CASE_NEAR_PREFIX] = { TERN_PROBLEM_NEAR_MATCH, TERN_PROBLEM_WARNING,
	                       "near match", PAIR,
	                       "the writer's topic is named {got}, the reader's "
	                       "{wanted}: ROS 2 puts rt/ before the names of its topics",
	                       "{wanted}", "{got}",
	                       "name the topic of the program that is not ROS 2 with rt/ "
	                       "before it" },
	[CASE_NEAR_PARTITION] = { TERN_PROBLEM_NEAR_MATCH, TERN_PROBLEM_WARNING,
	                          "near match", PAIR, "{detail}", "{wanted}", "{got}",
	                          "{fix}" },
	[CASE_NOBODY_READS] = { TERN_PROBLEM_UNMATCHED, TERN_PROBLEM_NOTE,
	                        "unmatched writer", "{topic}: {writer}",
	                        "nobody reads what it writes", "", "",
	                        "start a reader; if one runs, see whether its domain and "
	                        "its network are the same" },
	[CASE_NOBODY_WRITES] = { TERN_PROBLEM_UNMATCHED, TERN_PROBLEM_NOTE,
	                         "unmatched reader", "{topic}: {reader}",
	                         "nobody writes what it reads", "", "",
	                         "start a writer; if one runs, see whether its domain and "
	                         "its network are the same" },
	[CASE_UNREACHABLE] = { TERN_PROBLEM_UNREACHABLE, TERN_PROBLEM_ERROR,
	                       "seen but unreachable", PAIR,
	                       "they match, but no transport joins them: {detail}",
	                       "{wanted}", "{got}",
	                       "let both use one transport that reaches the other: "
	                       "TERN_TRANSPORTS of the two processes, then the network "
	                       "between them" },
	[CASE_DEAD_PEER] = { TERN_PROBLEM_DEAD_PEER, TERN_PROBLEM_WARNING, "dead peer",
	                     "{process}",
	                     "the process ended without leaving: it was killed, it "
	                     "crashed, or it exited before tern_participant_destroy()",
	                     "", "",
	                     "look for its crash (its log, `coredumpctl info {got}`) and "
	                     "restart it" },
	[CASE_NO_SHM_HERE] = { TERN_PROBLEM_NO_SHM, TERN_PROBLEM_WARNING,
	                       "shared memory unavailable", "{process}",
	                       "this process shares no memory, and its samples take DDS: "
	                       "{detail}",
	                       "", "", "mend what it says, and start the program again" },
	[CASE_NO_SHM_WITH] = { TERN_PROBLEM_NO_SHM, TERN_PROBLEM_WARNING,
	                       "shared memory unavailable", "{process}",
	                       "{wanted} cannot read its shared memory: {detail}", "", "",
	                       "run both as one user, or as members of the group that owns "
	                       "TERN_SHM_DIR" },
	[CASE_NO_SHM_PAIR] = { TERN_PROBLEM_NO_SHM, TERN_PROBLEM_WARNING,
	                       "shared memory unavailable", PAIR,
	                       "the reader did not attach to the writer's memory: "
	                       "{detail}",
	                       "", "", "see the log of the reader's process" },
	[CASE_BLOCKS] = { TERN_PROBLEM_SLOW_READER, TERN_PROBLEM_ERROR, "slow reader",
	                  PAIR, "the writer waits for this reader, {detail}", "{wanted}",
	                  "{got}",
	                  "let the reader take more often, or make it KEEP_LAST or best "
	                  "effort if it needs the newest samples only" },
	[CASE_LAGS] = { TERN_PROBLEM_SLOW_READER, TERN_PROBLEM_WARNING, "slow reader",
	                PAIR, "the reader has not fetched {detail}", "{wanted}", "{got}",
	                "let the reader take more often, or raise the writer's history "
	                "depth" },
	[CASE_LATE_JOINER] = { TERN_PROBLEM_LATE_JOINER, TERN_PROBLEM_NOTE,
	                       "late joiner gets nothing", PAIR,
	                       "the writer keeps {got} for late joiners, but the reader "
	                       "asks for none: what was written before it came does not "
	                       "reach it",
	                       "{wanted}", "{got}",
	                       "make the reader's durability TRANSIENT_LOCAL, if it needs "
	                       "what was written before" },
};

static const char *value_of(const struct problem_values *values, const char *name,
                            size_t length)
{
	const struct {
		const char *name;
		const char *value;
	} known[] = {
		{ "topic", values->topic },   { "writer", values->writer },
		{ "reader", values->reader }, { "process", values->process },
		{ "wanted", values->wanted }, { "got", values->got },
		{ "detail", values->detail }, { "fix", values->fix },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i].name) == length &&
		    strncmp(known[i].name, name, length) == 0)
			return known[i].value ? known[i].value : "";
	return "";
}

/* Values are put in as they are: what looks like a {name} in them stays. */
static const char *expand(struct memory *memory, const char *template,
                          const struct problem_values *values)
{
	const char *text = "";

	while (text && *template) {
		const char *open = strchr(template, '{');
		const char *close = open ? strchr(open, '}') : NULL;
		size_t length = close ? (size_t)(open - template) : strlen(template);
		text = tern__memory_format(
			memory, "%s%.*s%s", text, (int)length, template,
			close ? value_of(values, open + 1, (size_t)(close - open - 1))
			      : "");
		template = close ? close + 1 : template + length;
	}
	return text;
}

tern_status tern__problem_make(struct memory *memory, enum problem_case which,
                               const struct problem_values *values,
                               struct tern_problem *ret_problem)
{
	const struct template *template = &templates[which];

	*ret_problem = (struct tern_problem){
		.code = template->code,
		.severity = template->severity,
		.title = template->title,
		.topic = values->topic ? values->topic : "",
		.where = expand(memory, template->where, values),
		.what = expand(memory, template->what, values),
		.wanted = expand(memory, template->wanted, values),
		.got = expand(memory, template->got, values),
		.fix = expand(memory, template->fix, values),
	};
	return ret_problem->where && ret_problem->what && ret_problem->wanted &&
	                       ret_problem->got && ret_problem->fix
	               ? TERN_OK
	               : TERN_ENOMEM;
}

char *tern_problem_code_format(tern_problem_code code, char *ret_text)
{
	snprintf(ret_text, TERN_PROBLEM_CODE_SIZE_BYTES, "T%02u", (unsigned)code % 100);
	return ret_text;
}

size_t tern_problem_format(const struct tern_problem *problem, char *ret_text,
                           size_t size_bytes)
{
	char code[TERN_PROBLEM_CODE_SIZE_BYTES];
	int length =
		snprintf(ret_text, size_bytes, "%s %s: %s: %s: %s",
	                 tern_problem_code_format(problem->code, code), problem->title,
	                 problem->where, problem->what, problem->fix);

	return length < 0 ? 0 : (size_t)length;
}
