/* What the command line asks for. */
#ifndef TERNC_OPTIONS_H
#define TERNC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
	char **files;
	size_t file_count;
	const char **passed_on; /* -I, -D and the like, as idlc takes them */
	size_t passed_on_count;
	const char *output_dir;    /* "." */
	const char *deps_file;     /* or NULL */
	const char *export_macro;  /* before each extern declaration, or NULL */
	const char *extensibility; /* "final", "appendable", "mutable" or NULL */
	bool case_sensitive;
	bool keylist;
	bool default_nested;
	const char *disabled_warnings[16];
	size_t disabled_warning_count;
};

/** @return -1: go on; else the exit code. options_fini() in either case. */
int options_parse(int argc, char **argv, struct options *ret_options);
void options_fini(struct options *options);

#endif
