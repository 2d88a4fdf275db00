/* ternc: from IDL to C types, their tables and their code. This file drives; see build.c for the
 * model, emit_*.c for the output. Each file is compiled in a child process, so that a crash of
 * the IDL front end becomes an error message. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "check.h"
#include "emit.h"
#include "frontend.h"
#include "layout.h"
#include "report.h"
#include "xtypes.h"

enum { FILE_TIMEOUT_S = 120, CHILD_REFUSED = 3 };

static bool make_directories(const char *path)
{
	char *copy = must_copy(path);
	bool made = true;

	for (char *c = copy + 1; made && *c; c++) {
		if (*c != '/')
			continue;
		*c = 0;
		made = mkdir(copy, 0777) == 0 || errno == EEXIST;
		*c = '/';
	}
	made = made && (mkdir(copy, 0777) == 0 || errno == EEXIST);
	if (!made)
		report_plain(path, "cannot make the output directory: %s",
		             strerror(errno));
	free(copy);
	return made;
}

/* All or nothing: a reader never sees half a file. */
static bool write_file(const char *path, const struct text *text)
{
	char *scratch = must_format("%s.%ld.tmp", path, (long)getpid());
	FILE *file = fopen(scratch, "w");
	bool written = false;

	if (file) {
		written = fwrite(text_string(text), 1, text->size, file) == text->size;
		written = fclose(file) == 0 && written;
		written = written && rename(scratch, path) == 0;
	}
	if (!written) {
		report_plain(path, "cannot write it: %s", strerror(errno));
		unlink(scratch);
	}
	free(scratch);
	return written;
}

static char *output_path(const struct options *options, const char *file,
                         const char *extension)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	const char *dot = strrchr(name, '.');

	return must_format("%s/%.*s.%s", options->output_dir,
	                   (int)(dot ? dot - name : (long)strlen(name)), name, extension);
}

static void add_escaped(struct text *rule, const char *path)
{
	for (; *path; path++)
		text_add(rule, *path == ' ' || *path == '#' ? "\\%c" : "%c", *path);
}

static bool write_deps(const struct options *options, const struct schema *schema,
                       const char *header, const char *source)
{
	struct text rule = { 0 };
	bool written;

	add_escaped(&rule, header);
	text_add(&rule, " ");
	add_escaped(&rule, source);
	text_add(&rule, ":");
	for (size_t i = 0; i < schema->source_count; i++) {
		text_add(&rule, " \\\n  ");
		add_escaped(&rule, schema->sources[i]);
	}
	text_add(&rule, "\n");
	written = write_file(options->deps_file, &rule);
	text_fini(&rule);
	return written;
}

/* A robot.c that somebody wrote by hand beside robot.idl is not ours to replace. */
static bool may_replace(const char *path)
{
	static const char mark[] = "/* Made by ternc";
	char begin[sizeof mark] = "";
	FILE *file = fopen(path, "r");

	if (!file)
		return true;
	size_t size = fread(begin, 1, sizeof begin - 1, file);
	fclose(file);
	if (size == 0 || strcmp(begin, mark) == 0)
		return true;
	report_plain(path, "ternc did not make this file and does not replace it: write "
	                   "elsewhere with -o DIR, or move it away");
	return false;
}

static bool write_outputs(const struct options *options, struct schema *schema)
{
	struct text header = { 0 };
	struct text source = { 0 };
	char *header_path = output_path(options, schema->file, "h");
	char *source_path = output_path(options, schema->file, "c");
	bool written;

	emit_header(schema, options, &header);
	emit_source(schema, &source);
	written = make_directories(options->output_dir) && may_replace(header_path) &&
	          may_replace(source_path) && write_file(header_path, &header) &&
	          write_file(source_path, &source);
	if (written && options->deps_file)
		written = write_deps(options, schema, header_path, source_path);
	text_fini(&header);
	text_fini(&source);
	free(header_path);
	free(source_path);
	return written;
}

static bool compile_file(const struct options *options, const char *file)
{
	idl_pstate_t *pstate = frontend_parse(options, file);
	struct schema *schema;

	if (!pstate)
		return false;
	schema = build_schema(pstate, options);
	if (!schema)
		return false;
	layout_schema(schema);
	return check_schema(schema, options) && xtypes_add(schema, options) &&
	       write_outputs(options, schema);
}

/* Also one that a sanitizer ended, with a code of its own. */
static void report_crash(const char *file, int status)
{
	bool in_time = !WIFSIGNALED(status) || WTERMSIG(status) != SIGALRM;

	frontend_crashed(file);
	report_plain(
		file,
		"the IDL front end %s: mend what is said above, or try the file in halves",
		in_time ? "crashed" : "did not finish");
}

static bool compile_in_child(const struct options *options, const char *file)
{
	pid_t child;
	int status = -1;

	fflush(NULL);
	frontend_prepare();
	child = fork();
	if (child == 0) {
		alarm(FILE_TIMEOUT_S);
		_exit(compile_file(options, file) ? 0 : CHILD_REFUSED);
	}
	if (child < 0)
		report_plain("ternc", "cannot start a process: %s", strerror(errno));
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (child > 0 && (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 &&
	                                         WEXITSTATUS(status) != CHILD_REFUSED)))
		report_crash(file, status);
	frontend_finish();
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	struct options options;
	int code = options_parse(argc, argv, &options);

	if (code < 0 && options.deps_file && options.file_count > 1) {
		report_plain("ternc", "--deps goes with one file at a time");
		code = 2;
	}
	if (code < 0) {
		code = 0;
		for (size_t i = 0; i < options.file_count; i++)
			code |= !compile_in_child(&options, options.files[i]);
	}
	options_fini(&options);
	return code;
}
