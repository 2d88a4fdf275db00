/* tern(1) and completion, so that neither can miss a command or an option. */
#include "manual.h"

#include <tern/tern.h>

#include "arguments.h"

/* In roff a backslash escapes, and a dot or an apostrophe begins a line that commands. */
static void print_roff(FILE *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		bool begins_line = c == text || c[-1] == '\n';
		if (begins_line && (*c == '.' || *c == '\''))
			fputs("\\&", out);
		if (*c == '\\')
			fputs("\\e", out);
		else if (*c == '-')
			fputs("\\-", out);
		else
			fputc(*c, out);
	}
}

static void print_options(FILE *out, const struct command_option *options)
{
	for (; options && options->name; options++) {
		fputs(".TP\n.B \\-\\-", out);
		print_roff(out, options->name);
		if (options->value)
			fprintf(out, " \\fI%s\\fR", options->value);
		fputc('\n', out);
		print_roff(out, options->help);
		fputc('\n', out);
	}
}

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, ".SS tern %s %s\n", command->name, command->arguments);
	print_roff(out, command->description);
	print_options(out, command->options);
	fputs(".PP\nExample:\n.PP\n.nf\n", out);
	print_roff(out, command->example);
	fputs(".fi\n", out);
}

void manual_print(FILE *out)
{
	fprintf(out,
	        ".TH TERN 1 \"\" \"tern %s\"\n"
	        ".SH NAME\ntern \\- look at a data bus, and at what is wrong with it\n"
	        ".SH SYNOPSIS\n.B tern\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR] "
	        "[\\fIOPTIONS\\fR]\n"
	        ".SH OPTIONS OF ALL COMMANDS\n",
	        tern_version());
	print_options(out, common_options);
	fputs(".SH COMMANDS\n", out);
	for (const struct command *const *c = command_table; *c; c++)
		print_command(out, *c);
	fputs(".SH EXIT STATUS\n"
	      "0: fine. 1: a problem was found, or the bus cannot be reached. 2: bad use.\n"
	      ".SH COMPLETION\n"
	      "In bash: source <(tern \\-\\-completion)\n",
	      out);
}

static void print_words(FILE *out, const struct command_option *options)
{
	for (; options && options->name; options++)
		fprintf(out, " --%s", options->name);
}

void completion_print(FILE *out)
{
	fputs("_tern()\n{\n\tlocal words='--help --version'\n\tif [[ $COMP_CWORD -eq 1 ]]; "
	      "then\n\t\twords+='",
	      out);
	for (const struct command *const *c = command_table; *c; c++)
		fprintf(out, " %s", (*c)->name);
	fputs("'\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n", out);
	for (const struct command *const *c = command_table; *c; c++) {
		fprintf(out, "\t\t%s) words='", (*c)->name);
		print_words(out, common_options);
		print_words(out, (*c)->options);
		fputs("' ;;\n", out);
	}
	fputs("\t\tesac\n\tfi\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
	      "\"${COMP_WORDS[COMP_CWORD]}\")\n"
	      "}\ncomplete -o default -F _tern tern\n",
	      out);
}
