/* The table of commands, and what all of them share: complaints, numbers. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "arguments.h"
#include "command.h"
#include "help.h"
#include "manual.h"
#include "text.h"

const struct command *const command_table[] = {
	&ls_command,   &ps_command,    &info_command, &why_command,
	&type_command, &echo_command,  &pub_command,  &hz_command,
	&bw_command,   &delay_command, &diff_command, NULL,
};

int command_bad_use(const struct command *command, const char *format, ...)
{
	const char *name = command ? command->name : "";
	va_list arguments;

	fprintf(stderr, "tern%s%s: ", *name ? " " : "", name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, " (see `tern%s%s --help`)\n", *name ? " " : "", name);
	return COMMAND_BAD_USE;
}

int command_failed(const char *what)
{
	fprintf(stderr, "tern: %s: ", what);
	text_print(stderr, tern_error_text());
	fputc('\n', stderr);
	return COMMAND_PROBLEM;
}

int command_parse_number(const char *text, uint32_t max, uint32_t *ret_number)
{
	char *end;

	errno = 0;
	unsigned long number = strtoul(text, &end, 10);
	if (errno || end == text || *end || strchr(text, '-') || number > max)
		return -1;
	*ret_number = (uint32_t)number;
	return 0;
}

int command_parse_seconds(const char *text, int64_t *ret_ns)
{
	const double day = 24.0 * 60.0 * 60.0;
	char *end;

	double seconds = strtod(text, &end);
	if (end == text || *end || !(seconds >= 0.0 && seconds <= day))
		return -1;
	*ret_ns = (int64_t)(seconds * 1e9);
	return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct arguments arguments;
	int code;

	if (!arguments_parse(command, argc, argv, &arguments, &code))
		return code;
	return command->run(command, &arguments);
}

int command_main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name) {
		help_print(stderr);
		return COMMAND_BAD_USE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		help_print(stdout);
		return COMMAND_FINE;
	}
	if (strcmp(name, "--version") == 0) {
		printf("tern %s\n", tern_version());
		return COMMAND_FINE;
	}
	if (strcmp(name, "--man") == 0) {
		manual_print(stdout);
		return COMMAND_FINE;
	}
	if (strcmp(name, "--completion") == 0) {
		completion_print(stdout);
		return COMMAND_FINE;
	}
	for (const struct command *const *c = command_table; *c; c++)
		if (strcmp(name, (*c)->name) == 0)
			return run(*c, argc - 1, argv + 1);
	return command_bad_use(NULL, "there is no command \"%s\"", name);
}
