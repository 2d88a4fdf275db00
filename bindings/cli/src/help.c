/* Help, made from the table of commands. */
#include "help.h"

#include "arguments.h"

void help_print(FILE *out)
{
	fputs("usage: tern COMMAND [ARGUMENTS] [OPTIONS]\n"
	      "       tern --version | --help | --man | --completion\n"
	      "\n"
	      "commands:\n",
	      out);
	for (const struct command *const *c = command_table; *c; c++)
		fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
	fputs("\n"
	      "`tern COMMAND --help` tells a command's options, with an example.\n"
	      "`tern --man | man -l -` is the manual, `source <(tern --completion)` completes "
	      "in bash.\n"
	      "Exit codes: 0 fine, 1 a problem was found, 2 bad use.\n",
	      out);
}

static void print_options(FILE *out, const struct command_option *options)
{
	for (; options && options->name; options++) {
		char left[40];
		snprintf(left, sizeof left, "--%s%s%s", options->name,
		         options->value ? " " : "", options->value ? options->value : "");
		fprintf(out, "  %-18s %s\n", left, options->help);
	}
}

void help_print_command(FILE *out, const struct command *command)
{
	fprintf(out, "usage: tern %s%s%s [OPTIONS]\n\n%s\noptions:\n", command->name,
	        *command->arguments ? " " : "", command->arguments, command->description);
	print_options(out, command->options);
	print_options(out, common_options);
	fprintf(out,
	        "\nexample:\n%s\n"
	        "Exit codes: 0 fine, 1 a problem was found or the bus cannot be reached, "
	        "2 bad use.\n",
	        command->example);
}
