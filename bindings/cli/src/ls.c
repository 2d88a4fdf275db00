/* tern ls: who is on the bus now. It listens for a moment, prints, and goes. */
#include <errno.h>
#include <getopt.h>
#include <time.h>

#include <tern/tern.h>

#include "command.h"
#include "ls.h"

struct options {
	bool json;
	uint32_t domain_id;
	int64_t wait_ns;
};

enum { OPTION_HELP = 1, OPTION_JSON, OPTION_DOMAIN, OPTION_WAIT };

/* @return true to go on; else *ret_code is the exit code */
static bool parse(const struct command *command, int argc, char **argv,
                  struct options *ret_options, int *ret_code)
{
	static const struct option known[] = {
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "domain", required_argument, NULL, OPTION_DOMAIN },
		{ "wait", required_argument, NULL, OPTION_WAIT },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*ret_code = COMMAND_BAD_USE;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case OPTION_HELP:
			fputs(command->usage, stdout);
			*ret_code = COMMAND_FINE;
			return false;
		case OPTION_JSON:
			ret_options->json = true;
			break;
		case OPTION_DOMAIN:
			if (command_parse_number(optarg, TERN_DOMAIN_ID_MAX,
			                         &ret_options->domain_id) == 0)
				break;
			command_bad_use(command, "--domain takes 0 to %d, got \"%s\"",
			                TERN_DOMAIN_ID_MAX, optarg);
			return false;
		case OPTION_WAIT:
			if (command_parse_seconds(optarg, &ret_options->wait_ns) == 0)
				break;
			command_bad_use(command,
			                "--wait takes seconds, 0 to 86400, got \"%s\"",
			                optarg);
			return false;
		default: /* getopt_long has said what is wrong */
			return false;
		}
	}
	if (optind < argc) {
		command_bad_use(command, "it takes no argument, got \"%s\"",
		                argv[optind]);
		return false;
	}
	return true;
}

/* Nothing tells that all peers have answered: a stranger can always be late. */
static void listen_for(int64_t wait_ns)
{
	struct timespec left = { .tv_sec = wait_ns / 1000000000,
		                 .tv_nsec = wait_ns % 1000000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static bool has_problem(const struct tern_graph *graph)
{
	for (uint32_t i = 0; i < graph->topic_count; i++)
		if (graph->topics[i].unmatched_count > 0)
			return true;
	return false;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .wait_ns = 1000000000 };
	struct tern_participant *participant = NULL;
	const struct tern_graph *graph = NULL;
	int code;

	if (!parse(command, argc, argv, &options, &code))
		return code;
	code = COMMAND_PROBLEM;
	if (tern_participant_create(options.domain_id, "tern ls", &participant) < 0) {
		command_failed("cannot join the domain");
		goto out;
	}
	if (tern_participant_wait_started(participant, INT64_C(10000000000)) < 0) {
		command_failed("no transport works");
		goto out;
	}
	listen_for(options.wait_ns);
	if (tern_graph_create(participant, &graph) < 0) {
		command_failed("cannot look at the bus");
		goto out;
	}
	if (options.json)
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
	.summary = "topics, their writers and readers, and whether they match",
	.usage = "usage: tern ls [--json] [--domain N] [--wait SECONDS]\n"
		 "\n"
		 "Lists the topics of a domain with their types, writers and readers, "
		 "the\n"
		 "processes that these live in, and each pair that does not match, with "
		 "the\n"
		 "reason and what would mend it.\n"
		 "\n"
		 "  --json          one JSON object a line and topic\n"
		 "  --domain N      0 to 232; default 0\n"
		 "  --wait SECONDS  listen so long before printing; default 1\n"
		 "\n"
		 "Exit codes: 0 fine, 1 a pair does not match or the bus cannot be "
		 "reached,\n"
		 "2 bad use.\n",
	.run = run,
};
