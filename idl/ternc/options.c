/* The command line. Options are idlc's where idlc has the like. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "text.h"

#include <tern/api.h>

static const char usage[] =
	"Usage: ternc [OPTIONS] FILE.idl ...\n"
	"Writes FILE.h and FILE.c: the C types, and struct tern_type FILE's types for "
	"Tern.\n"
	"\n"
	"  -I DIR         search DIR for included files\n"
	"  -D NAME[=TEXT] define a preprocessor macro\n"
	"  -o DIR         write there (default: the current directory); made if missing\n"
	"  -x KIND        extensibility of types that do not say: final, appendable or "
	"mutable\n"
	"                 (default: final, as idlc has it)\n"
	"  -n true|false  whether types that do not say are @nested (default: false)\n"
	"  -f case-sensitive   names may differ in case only\n"
	"  -f keylist     take keys from #pragma keylist even where there are "
	"annotations\n"
	"  -e MACRO       put MACRO before each exported declaration\n"
	"  -W no-NAME     silence a warning: no-implicit-extensibility, "
	"no-inherit-appendable,\n"
	"                 no-enum-consecutive, no-unsupported-annotations, "
	"no-empty-struct, ...\n"
	"  --deps FILE    write a Makefile rule with all files that were read\n"
	"  -h, --help     this text\n"
	"  -v, --version  the version\n";

static void pass_on(struct options *options, const char *flag, const char *value)
{
	size_t count = options->passed_on_count;

	options->passed_on[count] = flag;
	options->passed_on[count + 1] = value;
	options->passed_on_count += 2;
}

static bool is_one_of(const char *value, const char *const *choices)
{
	for (; *choices; choices++) {
		if (strcmp(value, *choices) == 0)
			return true;
	}
	return false;
}

static bool set_feature(struct options *options, const char *value)
{
	if (strcmp(value, "case-sensitive") == 0)
		options->case_sensitive = true;
	else if (strcmp(value, "keylist") == 0)
		options->keylist = true;
	else
		return false;
	return true;
}

static bool set_option(struct options *options, int letter, char *value)
{
	static const char *const extensibilities[] = { "final", "appendable", "mutable",
		                                       NULL };
	static const char *const booleans[] = { "true", "false", NULL };
	size_t room = sizeof(options->disabled_warnings) /
	              sizeof(options->disabled_warnings[0]);

	switch (letter) {
	case 'I':
	case 'D':
		pass_on(options, letter == 'I' ? "-I" : "-D", value);
		return true;
	case 'o':
		options->output_dir = value;
		return true;
	case 'e':
		options->export_macro = value;
		return true;
	case 'x':
		options->extensibility = value;
		return is_one_of(value, extensibilities);
	case 'n':
		options->default_nested = strcmp(value, "true") == 0;
		return is_one_of(value, booleans);
	case 'f':
		return set_feature(options, value);
	case 'W':
		if (strncmp(value, "no-", 3) != 0 ||
		    options->disabled_warning_count == room)
			return false;
		options->disabled_warnings[options->disabled_warning_count++] = value;
		return true;
	case 'M':
		options->deps_file = value;
		return true;
	default:
		return false;
	}
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	static const struct option names[] = { { "deps", required_argument, NULL, 'M' },
		                               { "help", no_argument, NULL, 'h' },
		                               { "version", no_argument, NULL, 'v' },
		                               { NULL, 0, NULL, 0 } };
	int letter;

	*ret_options = (struct options){ .output_dir = "." };
	ret_options->passed_on = must_allocate(2 * (size_t)argc, sizeof(char *));
	while ((letter = getopt_long(argc, argv, "I:D:o:x:n:f:e:W:hv", names, NULL)) !=
	       -1) {
		if (letter == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (letter == 'v') {
			printf("ternc %d.%d.%d\n", TERN_VERSION_MAJOR, TERN_VERSION_MINOR,
			       TERN_VERSION_PATCH);
			return 0;
		}
		if (letter == '?')
			return 2; /* getopt has said what is wrong */
		if (!set_option(ret_options, letter, optarg)) {
			report_plain("ternc",
			             "-%c does not take \"%s\": see ternc --help", letter,
			             optarg);
			return 2;
		}
	}
	ret_options->files = argv + optind;
	ret_options->file_count = (size_t)(argc - optind);
	if (ret_options->file_count == 0) {
		report_plain("ternc", "no file to compile: ternc [OPTIONS] FILE.idl ...");
		return 2;
	}
	return -1;
}

void options_fini(struct options *options)
{
	free(options->passed_on);
}
