/* tern info: all that is known of a topic, an endpoint or a process. */
#include <inttypes.h>
#include <string.h>

#include "graph_json.h"
#include "ls.h"
#include "selector.h"
#include "session.h"
#include "show.h"
#include "text.h"

static void print_policies(FILE *out, const struct tern_endpoint_info *endpoint)
{
	char text[TERN_QOS_TEXT_SIZE_BYTES];

	for (tern_mismatch_kind kind = 0; kind <= TERN_MISMATCH_TYPE; kind++) {
		fprintf(out, "    %-18s ", tern_mismatch_kind_name(kind));
		text_print(out, tern_graph_qos_format(endpoint, kind, text));
		fputc('\n', out);
	}
	fprintf(out, "    %-18s ", "HISTORY");
	if (endpoint->qos.history == TERN_KEEP_ALL)
		fputs("KEEP_ALL\n", out);
	else
		fprintf(out, "KEEP_LAST %" PRId32 "\n", endpoint->qos.history_depth);
}

static void print_partner(FILE *out, const struct tern_graph_pair *pair, bool of_writer)
{
	const struct tern_graph_endpoint *partner =
		of_writer ? pair->reader : pair->writer;

	fprintf(out, "    %s ", of_writer ? "->" : "<-");
	show_process(out, partner->process);
	fprintf(out, "  %s", show_pair_state(pair->state));
	if (pair->state != TERN_PAIR_UNMATCHED && *pair->route)
		fprintf(out, " over %s", pair->route);
	if (pair->has_lag)
		fprintf(out, ", %" PRIu64 " of %" PRIu64 " samples wait", pair->lag,
		        pair->room);
	if (*pair->reason) {
		fputs(": ", out);
		text_print(out, pair->reason);
	}
	fputc('\n', out);
}

static void print_endpoint(FILE *out, const struct tern_graph *graph,
                           const struct tern_graph_topic *topic,
                           const struct tern_graph_endpoint *endpoint)
{
	char guid[TERN_GUID_TEXT_SIZE_BYTES];
	bool is_writer = endpoint->info.kind == TERN_WRITER;

	fprintf(out, "%s %s  ", is_writer ? "writer" : "reader",
	        tern_guid_format(&endpoint->info.guid, guid));
	show_process(out, endpoint->process);
	show_place(out, endpoint->process, show_self(graph));
	fputc('\n', out);
	print_policies(out, &endpoint->info);
	for (uint32_t i = 0; i < topic->pair_count; i++)
		if (topic->pairs[i].writer == endpoint ||
		    topic->pairs[i].reader == endpoint)
			print_partner(out, &topic->pairs[i], is_writer);
}

static void print_topic(FILE *out, const struct tern_graph *graph,
                        const struct tern_graph_topic *topic)
{
	for (uint32_t i = 0; i < graph->problem_count; i++)
		if (strcmp(graph->problems[i].topic, topic->name) == 0)
			show_problem(out, &graph->problems[i]);
	fputs("topic ", out);
	text_print(out, topic->name);
	fputs("  ", out);
	show_count(out, topic->writer_count, "writer");
	fputs(", ", out);
	show_count(out, topic->reader_count, "reader");
	fputc('\n', out);
	for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++)
		print_endpoint(out, graph, topic, &topic->endpoints[i]);
}

/* ---- what was asked for ------------------------------------------------------------------ */

static void show_one_endpoint(const struct arguments *arguments,
                              const struct tern_graph *graph,
                              const struct tern_graph_topic *topic,
                              const struct tern_graph_endpoint *endpoint)
{
	if (!arguments->json) {
		show_problems(stdout, graph, TERN_PROBLEM_NOTE, &endpoint->info.guid);
		fputs("topic ", stdout);
		text_print(stdout, topic->name);
		fputc('\n', stdout);
		print_endpoint(stdout, graph, topic, endpoint);
		return;
	}
	json_object *line = json_line_create();
	json_object *pairs = json_object_new_array();
	for (uint32_t i = 0; i < topic->pair_count; i++)
		if (topic->pairs[i].writer == endpoint ||
		    topic->pairs[i].reader == endpoint)
			json_object_array_add(pairs, json_pair(&topic->pairs[i]));
	json_add_text(line, "kind", "endpoint");
	json_add(line, "endpoint", json_endpoint(endpoint));
	json_add(line, "pairs", pairs);
	json_line_print(stdout, line);
	json_print_problems(stdout, graph, &endpoint->info.guid);
}

static void show_one_process(const struct arguments *arguments,
                             const struct tern_graph *graph,
                             const struct tern_peer_info *process)
{
	char guid[TERN_GUID_TEXT_SIZE_BYTES];

	if (arguments->json) {
		json_object *line = json_line_create();
		json_add_text(line, "kind", "process");
		json_add(line, "process", json_process(process));
		json_line_print(stdout, line);
		json_print_problems(stdout, graph, &process->guid);
		return;
	}
	show_problems(stdout, graph, TERN_PROBLEM_NOTE, &process->guid);
	fprintf(stdout, "process %s  ", tern_guid_format(&process->guid, guid));
	show_process(stdout, process);
	show_place(stdout, process, show_self(graph));
	fputc('\n', stdout);
}

/* Endpoints and processes by GUID; a topic by its name. @return how many were shown */
static uint32_t show_what_is(const struct arguments *arguments,
                             const struct tern_graph *graph, const char *what)
{
	uint32_t shown = 0;

	for (uint32_t t = 0; t < graph->topic_count; t++) {
		const struct tern_graph_topic *topic = &graph->topics[t];
		if (strcmp(topic->name, what) == 0) {
			if (arguments->json)
				ls_print_json_topic(stdout, topic);
			else
				print_topic(stdout, graph, topic);
			return 1;
		}
	}
	for (uint32_t t = 0; t < graph->topic_count; t++) {
		const struct tern_graph_topic *topic = &graph->topics[t];
		for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++) {
			if (!selector_is_guid(what, &topic->endpoints[i].info.guid))
				continue;
			show_one_endpoint(arguments, graph, topic, &topic->endpoints[i]);
			shown++;
		}
	}
	for (uint32_t i = 0; i < graph->process_count; i++)
		if (selector_is_guid(what, &graph->processes[i].guid)) {
			show_one_process(arguments, graph, &graph->processes[i]);
			shown++;
		}
	return shown;
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct session session;

	if (!session_look(command, arguments, &session))
		return COMMAND_PROBLEM;
	uint32_t shown = show_what_is(arguments, session.graph, arguments->items[0]);
	if (shown == 0) {
		fputs("tern info: no topic, endpoint or process \"", stderr);
		text_print(stderr, arguments->items[0]);
		fputs("\" was seen: `tern ls` lists what is there\n", stderr);
	}
	session_end(&session);
	return shown > 0 ? COMMAND_FINE : COMMAND_PROBLEM;
}

const struct command info_command = {
	.name = "info",
	.arguments = "TOPIC|GUID",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "all that is known of a topic, an endpoint or a process",
	.description =
		"Prints what is wrong with it, then each endpoint with its whole QoS, its\n"
		"partners and the way that samples take between them. A GUID may be given by\n"
		"its beginning.\n",
	.example = "  tern info pose\n",
	.run = run,
};
