/* Command lines, on getopt_long(). */
#include <getopt.h>
#include <string.h>

#include <tern/tern.h>

#include "arguments.h"
#include "help.h"

#define WAIT_DEFAULT_NS INT64_C(1000000000)

enum { COMMON_HELP, COMMON_JSON, COMMON_DOMAIN, COMMON_WAIT, COMMON_COUNT };

const struct command_option common_options[] = {
	[COMMON_HELP] = { "help", NULL, "this text" },
	[COMMON_JSON] = { "json", NULL, "one JSON object a line, with its \"version\"" },
	[COMMON_DOMAIN] = { "domain", "N", "0 to 232; default 0" },
	[COMMON_WAIT] = { "wait", "SECONDS", "how long to listen for others; default 1" },
	[COMMON_COUNT] = { NULL, NULL, NULL },
};

/* getopt_long() answers 1 + the option's number here. */
struct known {
	struct option options[COMMON_COUNT + COMMAND_OPTIONS_MAX + 1];
	int count;
};

static void add(struct known *known, const struct command_option *options)
{
	for (; options && options->name; options++) {
		known->options[known->count] = (struct option){
			.name = options->name,
			.has_arg = options->value ? required_argument : no_argument,
			.val = known->count + 1,
		};
		known->count++;
	}
}

/* @return false after a complaint */
static bool take_common(const struct command *command, int option, const char *value,
                        struct arguments *arguments)
{
	switch (option) {
	case COMMON_JSON:
		arguments->json = true;
		return true;
	case COMMON_DOMAIN:
		if (command_parse_number(value, TERN_DOMAIN_ID_MAX,
		                         &arguments->domain_id) == 0)
			return true;
		command_bad_use(command, "--domain takes 0 to %d, got \"%s\"",
		                TERN_DOMAIN_ID_MAX, value);
		return false;
	default: /* COMMON_WAIT */
		if (command_parse_seconds(value, &arguments->wait_ns) == 0)
			return true;
		command_bad_use(command, "--wait takes seconds, 0 to 86400, got \"%s\"",
		                value);
		return false;
	}
}

static bool check_count(const struct command *command, const struct arguments *arguments)
{
	if (arguments->count < command->arguments_min) {
		command_bad_use(command, "it needs %s", command->arguments);
		return false;
	}
	if (arguments->count <= command->arguments_max)
		return true;
	if (command->arguments_max == 0)
		command_bad_use(command, "it takes no argument, got \"%s\"",
		                arguments->items[0]);
	else
		command_bad_use(command, "it takes %s and no more, got \"%s\"",
		                command->arguments,
		                arguments->items[command->arguments_max]);
	return false;
}

bool arguments_parse(const struct command *command, int argc, char **argv,
                     struct arguments *ret_arguments, int *ret_code)
{
	struct arguments arguments = { .wait_ns = WAIT_DEFAULT_NS };
	struct known known = { .count = 0 };
	int answer;

	*ret_code = COMMAND_BAD_USE;
	add(&known, common_options);
	add(&known, command->options);
	optind = 0; /* anew, for who parses twice */
	while ((answer = getopt_long(argc, argv, "", known.options, NULL)) != -1) {
		int option = answer - 1;
		if (answer == '?') /* getopt_long has said what is wrong */
			return false;
		if (option == COMMON_HELP) {
			help_print_command(stdout, command);
			*ret_code = COMMAND_FINE;
			return false;
		}
		if (option >= COMMON_COUNT)
			arguments.options[option - COMMON_COUNT] = optarg ? optarg : "";
		else if (!take_common(command, option, optarg, &arguments))
			return false;
	}
	arguments.items = argv + optind;
	arguments.count = (uint32_t)(argc - optind);
	if (!check_count(command, &arguments))
		return false;
	*ret_arguments = arguments;
	return true;
}
