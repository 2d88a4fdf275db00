/* tern ls: what is on the bus now, and what is wrong with it. */
#include "ls.h"
#include "session.h"
#include "show.h"

enum { OPTION_ALL };

static int run(const struct command *command, const struct arguments *arguments)
{
	struct session session;

	if (!session_look(command, arguments, &session))
		return COMMAND_PROBLEM;
	if (arguments->json)
		ls_print_json(stdout, session.graph);
	else
		ls_print_text(stdout, session.graph,
		              arguments->options[OPTION_ALL] != NULL);
	int code = show_has_problem(session.graph) ? COMMAND_PROBLEM : COMMAND_FINE;
	session_end(&session);
	return code;
}

static const struct command_option options[] = {
	[OPTION_ALL] = { "all", NULL, "notes too: what may be meant as it is" },
	{ NULL, NULL, NULL },
};

const struct command ls_command = {
	.name = "ls",
	.arguments = "",
	.summary = "topics, their writers and readers, and what is wrong",
	.description =
		"Lists what is wrong first, each with its code and what would mend it; then\n"
		"the topics of a domain with their types, writers and readers, and the\n"
		"processes that these live in.\n",
	.example = "  tern ls --json | jq -r 'select(.kind == \"topic\").topic'\n",
	.options = options,
	.run = run,
};
