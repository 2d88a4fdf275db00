/* tern why: each step of the decision on a pair of writer and reader. */
#include <string.h>

#include "graph_json.h"
#include "selector.h"
#include "session.h"
#include "show.h"
#include "text.h"

/* A selector may name many; who asks about more has to say it more closely. */
enum { NAMED_MAX = 64, PAIRS_MAX = 16 };

struct named {
	const char *selector;
	const struct tern_graph_endpoint *endpoints[NAMED_MAX];
	uint32_t count; /* at most NAMED_MAX of them above */
};

static uint32_t kept(const struct named *named)
{
	return named->count < NAMED_MAX ? named->count : NAMED_MAX;
}

static bool is_about_pair(const struct tern_problem *problem,
                          const struct tern_graph_endpoint *writer,
                          const struct tern_graph_endpoint *reader)
{
	return tern_guid_equal(&problem->writer, &writer->info.guid) &&
	       tern_guid_equal(&problem->reader, &reader->info.guid);
}

static void print_head(FILE *out, const struct tern_graph_endpoint *writer,
                       const struct tern_graph_endpoint *reader,
                       const struct tern_graph_pair *pair)
{
	text_print(out, writer->info.topic_name);
	fputs(": ", out);
	show_process(out, writer->process);
	fputs(" -> ", out);
	show_process(out, reader->process);
	if (!pair)
		fputs(": not a pair", out);
	else
		fprintf(out, ": %s", show_pair_state(pair->state));
	if (pair && pair->state != TERN_PAIR_UNMATCHED && *pair->route)
		fprintf(out, " over %s", pair->route);
	fputc('\n', out);
}

static void print_text(FILE *out, const struct tern_graph *graph,
                       const struct tern_graph_endpoint *writer,
                       const struct tern_graph_endpoint *reader,
                       const struct tern_trace *trace)
{
	static const char marks[] = {
		[TERN_TRACE_YES] = '+', [TERN_TRACE_NO] = '-', [TERN_TRACE_UNKNOWN] = '?'
	};

	print_head(out, writer, reader, trace->pair);
	for (uint32_t i = 0; i < trace->step_count; i++) {
		const struct tern_trace_step *step = &trace->steps[i];
		fprintf(out, "  %c %-18s ", marks[step->verdict], step->name);
		text_print(out, step->text);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < graph->problem_count; i++)
		if (is_about_pair(&graph->problems[i], writer, reader))
			show_problem(out, &graph->problems[i]);
}

static json_object *steps_array(const struct tern_trace *trace)
{
	static const char *const verdicts[] = { [TERN_TRACE_YES] = "yes",
		                                [TERN_TRACE_NO] = "no",
		                                [TERN_TRACE_UNKNOWN] = "unknown" };
	json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < trace->step_count; i++) {
		json_object *step = json_object_new_object();
		json_add_text(step, "name", trace->steps[i].name);
		json_add_text(step, "verdict", verdicts[trace->steps[i].verdict]);
		json_add_text(step, "text", trace->steps[i].text);
		json_object_array_add(array, step);
	}
	return array;
}

static void print_json(FILE *out, const struct tern_graph *graph,
                       const struct tern_graph_endpoint *writer,
                       const struct tern_graph_endpoint *reader,
                       const struct tern_trace *trace)
{
	json_object *line = json_line_create();
	json_object *problems = json_object_new_array();

	for (uint32_t i = 0; i < graph->problem_count; i++)
		if (is_about_pair(&graph->problems[i], writer, reader))
			json_object_array_add(problems,
			                      json_problem(&graph->problems[i]));
	json_add_text(line, "kind", "why");
	json_add(line, "writer", json_endpoint(writer));
	json_add(line, "reader", json_endpoint(reader));
	if (trace->pair)
		json_add(line, "pair", json_pair(trace->pair));
	json_add(line, "steps", steps_array(trace));
	json_add(line, "problems", problems);
	json_line_print(out, line);
}

static bool works(const struct tern_trace *trace)
{
	const struct tern_graph_pair *pair = trace->pair;

	return pair &&
	       (pair->state == TERN_PAIR_MATCHED ||
	        pair->state == TERN_PAIR_COMPATIBLE) &&
	       *pair->route && !pair->blocks;
}

static int explain(const struct arguments *arguments, const struct tern_graph *graph,
                   const struct tern_graph_endpoint *writer,
                   const struct tern_graph_endpoint *reader)
{
	const struct tern_trace *trace;

	if (tern_trace_create(graph, writer, reader, &trace) < 0)
		return command_failed("cannot explain a pair");
	if (arguments->json)
		print_json(stdout, graph, writer, reader, trace);
	else
		print_text(stdout, graph, writer, reader, trace);
	int code = works(trace) ? COMMAND_FINE : COMMAND_PROBLEM;
	tern_trace_destroy(trace);
	return code;
}

/* Pairs of one topic; if there is none, the first of each. */
static int explain_all(const struct arguments *arguments, const struct tern_graph *graph,
                       const struct named *writers, const struct named *readers)
{
	uint32_t shown = 0, left_out = 0;
	int code = COMMAND_FINE;

	for (uint32_t w = 0; w < kept(writers); w++)
		for (uint32_t r = 0; r < kept(readers); r++) {
			const struct tern_graph_endpoint *writer = writers->endpoints[w];
			const struct tern_graph_endpoint *reader = readers->endpoints[r];
			if (strcmp(writer->info.topic_name, reader->info.topic_name) != 0)
				continue;
			if (shown++ >= PAIRS_MAX)
				left_out++;
			else if (explain(arguments, graph, writer, reader) !=
			         COMMAND_FINE)
				code = COMMAND_PROBLEM;
		}
	if (shown == 0)
		return explain(arguments, graph, writers->endpoints[0],
		               readers->endpoints[0]);
	if (left_out > 0)
		fprintf(stderr,
		        "tern why: %u more pairs are meant: name them more closely\n",
		        left_out);
	return code;
}

static bool find(const struct tern_graph *graph, const char *selector,
                 tern_endpoint_kind kind, struct named *ret_named)
{
	ret_named->selector = selector;
	ret_named->count =
		selector_find(graph, selector, kind, NAMED_MAX, ret_named->endpoints);
	if (ret_named->count > 0)
		return true;
	fprintf(stderr, "tern why: no %s \"", kind == TERN_WRITER ? "writer" : "reader");
	text_print(stderr, selector);
	fputs("\" was seen: `tern ls` lists who is there; a longer --wait may find more\n",
	      stderr);
	return false;
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct session session;
	struct named writers, readers;
	int code = COMMAND_PROBLEM;

	if (!session_look(command, arguments, &session))
		return COMMAND_PROBLEM;
	if (find(session.graph, arguments->items[0], TERN_WRITER, &writers) &&
	    find(session.graph, arguments->items[1], TERN_READER, &readers))
		code = explain_all(arguments, session.graph, &writers, &readers);
	session_end(&session);
	return code;
}

const struct command why_command = {
	.name = "why",
	.arguments = "WRITER READER",
	.arguments_min = 2,
	.arguments_max = 2,
	.summary = "why a pair is matched or not, and which way its samples go",
	.description =
		"Prints each step of the decision: topic, every QoS policy with what is offered\n"
		"and requested, type, each transport, the path. + holds, - does not, ? only the\n"
		"two ends know. WRITER and READER are each " SELECTOR_HELP ".\n"
		"Exit code 1: they do not match, or nothing joins them.\n",
	.example = "  tern why flight:pose deck\n",
	.run = run,
};
