/* The table of commands, and what all of them share: help, complaints, numbers. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "command.h"
#include "text.h"

static const struct command *const commands[] = {
	&ls_command,
};

static void print_help(FILE *out)
{
	fputs("usage: tern COMMAND [OPTIONS]\n"
	      "       tern --version | --help\n"
	      "\n"
	      "commands:\n",
	      out);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "`tern COMMAND --help` tells a command's options.\n"
	      "Exit codes: 0 fine, 1 a problem was found, 2 bad use.\n",
	      out);
}

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

int command_main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name) {
		print_help(stderr);
		return COMMAND_BAD_USE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_help(stdout);
		return COMMAND_FINE;
	}
	if (strcmp(name, "--version") == 0) {
		printf("tern %s\n", tern_version());
		return COMMAND_FINE;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i]->run(commands[i], argc - 1, argv + 1);
	return command_bad_use(NULL, "there is no command \"%s\"", name);
}
