/* Runs idlc's own C generator into a scratch directory, and takes from its output
 *
 *	#define TYPE_INFO_CDR_<type> (unsigned char []){ 0x60, ... }
 *	#define TYPE_MAP_CDR_<type> (unsigned char []){ 0xb8, ... }
 *
 * See docs/decisions: why not by a plug-in, and why not by code of our own. */
#include "xtypes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frontend.h"
#include "process.h"
#include "report.h"

enum { IDLC_TIMEOUT_MS = 60000 };

static void remove_directory(const char *directory)
{
	DIR *entries = opendir(directory);
	struct dirent *entry;

	while (entries && (entry = readdir(entries))) {
		char *path = must_format("%s/%s", directory, entry->d_name);

		unlink(path);
		free(path);
	}
	if (entries)
		closedir(entries);
	rmdir(directory);
}

static bool read_file(const char *path, struct text *ret_text)
{
	FILE *file = fopen(path, "r");
	char buffer[16384];
	size_t size;

	if (!file)
		return false;
	while ((size = fread(buffer, 1, sizeof(buffer), file)) > 0)
		text_append(ret_text, buffer, size);
	fclose(file);
	return true;
}

static bool run_idlc(const struct options *options, const struct schema *schema,
                     const char *directory)
{
	const char *extra[] = { "-o", directory, NULL };
	char **argv = frontend_idlc_arguments(options, extra, schema->file);
	struct text output = { 0 };
	struct text errors = { 0 };
	int code = process_run(argv, IDLC_TIMEOUT_MS, &output, &errors);

	for (char **argument = argv; *argument; argument++)
		free(*argument);
	free(argv);
	if (code == PROCESS_MISSING)
		report_plain(
			"ternc",
			"cannot run idlc, which makes the type information: install the "
			"package cyclonedds-tools");
	else if (code == PROCESS_TIMED_OUT || code == PROCESS_CRASHED)
		report_plain(
			schema->file,
			"idlc %s while it made the type information: simplify the types",
			code == PROCESS_TIMED_OUT ? "did not finish" : "crashed");
	else if (code != 0)
		report_plain(schema->file, "idlc refused it: %s", text_string(&errors));
	text_fini(&output);
	text_fini(&errors);
	return code == 0;
}

/* The bytes between { and } behind `#define NAME `, or NULL. */
static struct text *find_bytes(const char *source, const char *what, const char *c_name)
{
	char *wanted = must_format("#define %s%s (unsigned char []){", what, c_name);
	const char *at = strstr(source, wanted);
	struct text *bytes;

	if (at)
		at += strlen(wanted);
	free(wanted);
	if (!at)
		return NULL;
	bytes = must_allocate(1, sizeof(*bytes));
	while (*at && *at != '}') {
		char *end;
		unsigned long value;

		if (strncmp(at, "0x", 2) != 0) {
			at++;
			continue;
		}
		value = strtoul(at, &end, 16);
		text_append(bytes, (char[]){ (char)value }, 1);
		at = end;
	}
	return bytes;
}

static char *source_in(const char *directory, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	const char *dot = strrchr(name, '.');

	return must_format("%s/%.*s.c", directory,
	                   (int)(dot ? dot - name : (long)strlen(name)), name);
}

static bool take_bytes(struct schema *schema, const char *source)
{
	for (struct type *type = schema->types; type; type = type->next) {
		if (!type->is_local || type->is_empty || !type_is_aggregate(type) ||
		    type->nested)
			continue;
		type->type_information =
			find_bytes(source, "TYPE_INFO_CDR_", type->c_name);
		type->type_mapping = find_bytes(source, "TYPE_MAP_CDR_", type->c_name);
		if (!type->type_information || !type->type_mapping) {
			report_error(
				&type->location,
				"idlc made no type information for %s: is it version "
				"0.10, built with type discovery?",
				type->name);
			return false;
		}
	}
	return true;
}

bool xtypes_add(struct schema *schema, const struct options *options)
{
	const char *scratch = getenv("TMPDIR");
	char *directory =
		must_format("%s/ternc-XXXXXX", scratch && *scratch ? scratch : "/tmp");
	struct text source = { 0 };
	char *path = NULL;
	bool done = false;

	if (!mkdtemp(directory)) {
		report_plain("ternc",
		             "cannot make a scratch directory %s: %s: set TMPDIR",
		             directory, strerror(errno));
		goto free_directory;
	}
	if (!run_idlc(options, schema, directory))
		goto remove_directory;
	path = source_in(directory, schema->file);
	if (!read_file(path, &source)) {
		report_plain(schema->file, "idlc wrote no %s", path);
		goto remove_directory;
	}
	done = take_bytes(schema, text_string(&source));

remove_directory:
	remove_directory(directory);
	free(path);
	text_fini(&source);
free_directory:
	free(directory);
	return done;
}
