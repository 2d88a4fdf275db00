/* tern ps: hosts and the processes on them. */
#include <inttypes.h>

#include "graph_json.h"
#include "session.h"
#include "show.h"
#include "text.h"

/* What a process has on the bus. */
struct load {
	uint32_t writers, readers, pairs;
};

static struct load load_of(const struct tern_graph *graph,
                           const struct tern_peer_info *process)
{
	struct load load = { 0, 0, 0 };

	for (uint32_t t = 0; t < graph->topic_count; t++) {
		const struct tern_graph_topic *topic = &graph->topics[t];
		for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++) {
			if (topic->endpoints[i].process != process)
				continue;
			load.writers += i < topic->writer_count;
			load.readers += i >= topic->writer_count;
			load.pairs += topic->endpoints[i].partner_count;
		}
	}
	return load;
}

static void print_transports(FILE *out, const struct tern_graph *graph,
                             const struct tern_peer_info *process)
{
	const char *space = "";

	for (uint32_t i = 0; i < graph->transport_count; i++) {
		const struct tern_transport_info *transport = &graph->transports[i];
		if (!(process->seen_by & transport->bit))
			continue;
		fprintf(out, "%s%s", space, transport->name);
		space = " ";
	}
}

static void print_process(FILE *out, const struct tern_graph *graph,
                          const struct tern_peer_info *process)
{
	struct load load = load_of(graph, process);

	fputs("  ", out);
	show_process(out, process);
	fputs(process->is_tern ? "  tern" : "  dds", out);
	fputs("  ", out);
	show_count(out, load.writers, "writer");
	fputs(", ", out);
	show_count(out, load.readers, "reader");
	fputs(", ", out);
	show_count(out, load.pairs, "pair");
	fputs("  by ", out);
	print_transports(out, graph, process);
	if (process->is_ours)
		fputs("  (this command)", out);
	if (process->is_dead)
		fputs("  (dead)", out);
	fputc('\n', out);
}

static void print_host(FILE *out, const struct tern_graph_host *host)
{
	char id[SHOW_HOST_TEXT_SIZE_BYTES];

	show_host_text(host->id, id);
	if (host->is_ours)
		fputs("this host", out);
	else if (*id)
		fprintf(out, "host %.8s", id);
	else if (*host->address) {
		fputs("host at ", out);
		text_print(out, host->address);
	} else
		fputs("unknown host", out);
	fputc('\n', out);
}

static void print_text(FILE *out, const struct tern_graph *graph)
{
	for (uint32_t h = 0; h < graph->host_count; h++) {
		print_host(out, &graph->hosts[h]);
		for (uint32_t i = 0; i < graph->hosts[h].process_count; i++)
			print_process(out, graph, graph->hosts[h].processes[i]);
	}
	for (uint32_t i = 0; i < graph->problem_count; i++)
		if (graph->problems[i].code == TERN_PROBLEM_DEAD_PEER ||
		    graph->problems[i].code == TERN_PROBLEM_NO_SHM)
			show_problem(out, &graph->problems[i]);
}

static void print_json(FILE *out, const struct tern_graph *graph,
                       const struct tern_peer_info *process)
{
	struct load load = load_of(graph, process);
	json_object *line = json_line_create();
	json_object *transports = json_object_new_array();

	for (uint32_t i = 0; i < graph->transport_count; i++)
		if (process->seen_by & graph->transports[i].bit)
			json_object_array_add(transports,
			                      json_text(graph->transports[i].name));
	json_add_text(line, "kind", "process");
	json_add(line, "process", json_process(process));
	json_add_boolean(line, "self", process->is_ours);
	json_add(line, "transports", transports);
	json_add_number(line, "writers", load.writers);
	json_add_number(line, "readers", load.readers);
	json_add_number(line, "pairs", load.pairs);
	json_line_print(out, line);
}

static bool has_dead(const struct tern_graph *graph)
{
	return graph->dead_count > 0;
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct session session;

	if (!session_look(command, arguments, &session))
		return COMMAND_PROBLEM;
	if (arguments->json)
		for (uint32_t i = 0; i < session.graph->process_count; i++)
			print_json(stdout, session.graph, &session.graph->processes[i]);
	else
		print_text(stdout, session.graph);
	int code = has_dead(session.graph) ? COMMAND_PROBLEM : COMMAND_FINE;
	session_end(&session);
	return code;
}

const struct command ps_command = {
	.name = "ps",
	.arguments = "",
	.summary = "hosts, and the processes on them",
	.description =
		"Lists the hosts of a domain and the processes on each: Tern programs and DDS\n"
		"participants, what they have on the bus, and the transports by which they are\n"
		"seen. Who dies while it listens is told.\n",
	.example = "  tern ps --domain 3\n",
	.run = run,
};
