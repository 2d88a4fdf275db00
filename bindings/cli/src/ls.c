/* tern ls: who is on the bus now. */
#include "ls.h"
#include "session.h"

static bool has_problem(const struct tern_graph *graph)
{
	for (uint32_t i = 0; i < graph->topic_count; i++)
		if (graph->topics[i].unmatched_count > 0)
			return true;
	return false;
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct tern_participant *participant = NULL;
	const struct tern_graph *graph = NULL;
	int code = COMMAND_PROBLEM;

	if (!session_join(command, arguments, &participant))
		return COMMAND_PROBLEM;
	session_listen(arguments);
	if (tern_graph_create(participant, &graph) < 0) {
		command_failed("cannot look at the bus");
		goto out;
	}
	if (arguments->json)
		ls_print_json(stdout, graph);
	else
		ls_print_text(stdout, graph);
	code = has_problem(graph) ? COMMAND_PROBLEM : COMMAND_FINE;
out:
	tern_graph_destroy(graph);
	tern_participant_destroy(participant);
	return code;
}

const struct command ls_command = {
	.name = "ls",
	.arguments = "",
	.summary = "topics, their writers and readers, and whether they match",
	.description =
		"Lists the topics of a domain with their types, writers and readers, the\n"
		"processes that these live in, and each pair that does not match, with the\n"
		"reason and what would mend it.\n",
	.example = "  tern ls --json | jq -r .topic\n",
	.run = run,
};
