/* Preprocessing by `idlc -E`, parsing by libcycloneddsidl in this process, and turning the
 * messages of both into FILE:LINE:COL: error: REASON. */
#include "frontend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <idl/file.h>

#include "messages.h"
#include "process.h"
#include "report.h"

enum { PREPROCESS_TIMEOUT_MS = 30000 };

char **frontend_idlc_arguments(const struct options *options, const char *const *extra,
                               const char *file)
{
	size_t count = 0;
	size_t extra_count = 0;
	char **argv;

	while (extra[extra_count])
		extra_count++;
	argv = must_allocate(options->passed_on_count + extra_count + 12, sizeof(*argv));
	argv[count++] = must_copy("idlc");
	for (size_t i = 0; i < extra_count; i++)
		argv[count++] = must_copy(extra[i]);
	for (size_t i = 0; i < options->passed_on_count; i++)
		argv[count++] = must_copy(options->passed_on[i]);
	if (options->case_sensitive)
		argv[count++] = must_copy("-fcase-sensitive");
	if (options->keylist)
		argv[count++] = must_copy("-fkeylist");
	argv[count++] = must_format("-n%s", options->default_nested ? "true" : "false");
	argv[count++] = must_format(
		"-x%s", options->extensibility ? options->extensibility : "final");
	argv[count++] = must_copy(file);
	return argv;
}

static bool file_is_readable(const char *file)
{
	int fd = open(file, O_RDONLY);
	char byte;
	ssize_t size;

	if (fd < 0) {
		report_plain(file, "cannot open it: %s", strerror(errno));
		return false;
	}
	size = read(fd, &byte, 1);
	if (size < 0)
		report_plain(file, "cannot read it: %s", strerror(errno));
	close(fd);
	return size >= 0;
}

static bool preprocess(const struct options *options, const char *file,
                       struct text *ret_text)
{
	static const char *const extra[] = { "-E", NULL };
	char **argv = frontend_idlc_arguments(options, extra, file);
	struct text errors = { 0 };
	int code = process_run(argv, PREPROCESS_TIMEOUT_MS, ret_text, &errors);

	for (char **argument = argv; *argument; argument++)
		free(*argument);
	free(argv);
	if (code == PROCESS_MISSING)
		report_plain(
			"ternc",
			"cannot run idlc, which preprocesses IDL: install the package "
			"cyclonedds-tools");
	else if (code == PROCESS_TIMED_OUT)
		report_plain(file,
		             "preprocessing took too long: do files include each other?");
	else if (code == PROCESS_CRASHED)
		report_plain(file, "the preprocessor (idlc -E) crashed: do files include "
		                   "each other?");
	else if (messages_of_preprocessor(file, text_string(&errors)) && code != 0)
		report_plain(file, "preprocessing failed: %s", text_string(&errors));
	text_fini(&errors);
	return report_error_count() == 0;
}

/* libcycloneddsidl needs paths, files and sources as idlc sets them up, or it crashes on the
 * first #line or warning. It frees all of this with the parser state. */
static bool set_source(idl_pstate_t *pstate, const char *file)
{
	idl_source_t *source = calloc(1, sizeof(*source));
	char *normalized = NULL;
	char *absolute;

	pstate->paths = calloc(1, sizeof(*pstate->paths));
	pstate->files = calloc(1, sizeof(*pstate->files));
	pstate->sources = source;
	absolute = realpath(file, NULL);
	if (!source || !pstate->paths || !pstate->files || !absolute)
		return false;
	if (idl_normalize_path(absolute, &normalized) != IDL_RETCODE_OK)
		normalized = must_copy(absolute);
	free(absolute);
	pstate->paths->name = normalized;
	pstate->files->name = must_copy(file);
	source->path = pstate->paths;
	source->file = pstate->files;
	pstate->scanner.position.source = source;
	pstate->scanner.position.file = pstate->files;
	pstate->scanner.position.line = 1;
	pstate->scanner.position.column = 1;
	return true;
}

/* The buffer ends with two NULs, which the scanner looks ahead to. */
static void set_text(idl_pstate_t *pstate, const struct text *text)
{
	pstate->buffer.data = must_allocate(text->size + 2, 1);
	memcpy(pstate->buffer.data, text_string(text), text->size);
	pstate->buffer.size = pstate->buffer.used = text->size;
	pstate->scanner.cursor = pstate->buffer.data;
	pstate->scanner.limit = pstate->buffer.data + text->size;
}

const char *frontend_shown_path(const idl_pstate_t *pstate, const char *path)
{
	if (path && strcmp(path, pstate->sources->path->name) == 0)
		return pstate->sources->file->name;
	return path ? path : pstate->sources->file->name;
}

static void disable_warnings(idl_pstate_t *pstate, const struct options *options)
{
	static const struct {
		const char *name;
		idl_warning_t warning;
	} known[] = {
		{ "no-implicit-extensibility", IDL_WARN_IMPLICIT_EXTENSIBILITY },
		{ "no-extra-token-directive", IDL_WARN_EXTRA_TOKEN_DIRECTIVE },
		{ "no-unknown_escape_seq", IDL_WARN_UNKNOWN_ESCAPE_SEQ },
		{ "no-inherit-appendable", IDL_WARN_INHERIT_APPENDABLE },
		{ "no-enum-consecutive", IDL_WARN_ENUM_CONSECUTIVE },
		{ "no-unsupported-annotations", IDL_WARN_UNSUPPORTED_ANNOTATIONS },
	};
	static idl_warning_t disabled[sizeof(known) / sizeof(known[0])];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		for (size_t j = 0; j < options->disabled_warning_count; j++) {
			if (strcmp(known[i].name, options->disabled_warnings[j]) == 0)
				disabled[count++] = known[i].warning;
		}
	}
	pstate->config.disable_warnings = disabled;
	pstate->config.n_disable_warnings = count;
}

/* What the parser prints on standard error. It may crash after printing: the file outlives it. */
static int capture = -1;

void frontend_prepare(void)
{
	capture = memfd_create("ternc messages", MFD_CLOEXEC);
}

static void read_capture(struct text *messages)
{
	char buffer[4096];
	ssize_t size;

	lseek(capture, 0, SEEK_SET);
	while ((size = read(capture, buffer, sizeof(buffer))) > 0)
		text_append(messages, buffer, (size_t)size);
	text_append(messages, "", 0);
}

void frontend_crashed(const char *file)
{
	struct text messages = { 0 };

	if (capture >= 0)
		read_capture(&messages);
	if (messages.data)
		messages_of_crash(file, messages.data);
	text_fini(&messages);
}

void frontend_finish(void)
{
	close(capture);
}

static idl_retcode_t parse_quietly(idl_pstate_t *pstate, struct text *messages)
{
	int saved = dup(STDERR_FILENO);
	idl_retcode_t code;

	fflush(stderr);
	if (saved >= 0 && capture >= 0)
		dup2(capture, STDERR_FILENO);
	code = idl_parse(pstate);
	fflush(stderr);
	if (saved >= 0 && capture >= 0)
		dup2(saved, STDERR_FILENO);
	if (capture >= 0)
		read_capture(messages);
	close(saved);
	return code;
}

/* As idlc decides between annotations and #pragma keylist. */
static bool settle_keylists(idl_pstate_t *pstate, const struct options *options)
{
	if (pstate->keylists && pstate->annotations && !options->keylist) {
		report_plain(pstate->sources->file->name,
		             "it has both annotations and #pragma keylist: use one of "
		             "them, or let "
		             "-f keylist decide for the pragmas");
		return false;
	}
	return true;
}

static int default_extensibility(const struct options *options)
{
	if (!options->extensibility)
		return IDL_DEFAULT_EXTENSIBILITY_UNDEFINED;
	if (strcmp(options->extensibility, "final") == 0)
		return IDL_FINAL;
	return strcmp(options->extensibility, "appendable") == 0 ? IDL_APPENDABLE
	                                                         : IDL_MUTABLE;
}

idl_pstate_t *frontend_parse(const struct options *options, const char *file)
{
	uint32_t flags = IDL_FLAG_EXTENDED_DATA_TYPES | IDL_FLAG_ANONYMOUS_TYPES |
	                 IDL_FLAG_ANNOTATIONS;
	struct text text = { 0 };
	struct text messages = { 0 };
	idl_pstate_t *pstate = NULL;
	idl_retcode_t code;

	if (!file_is_readable(file) || !preprocess(options, file, &text))
		goto fini_text;
	if (options->case_sensitive)
		flags |= IDL_FLAG_CASE_SENSITIVE;
	if (idl_create_pstate(flags, NULL, &pstate) != IDL_RETCODE_OK ||
	    !set_source(pstate, file)) {
		report_plain(file, "cannot start the IDL front end: out of memory?");
		goto delete_pstate;
	}
	set_text(pstate, &text);
	pstate->config.default_extensibility = default_extensibility(options);
	pstate->config.default_nested = options->default_nested;
	disable_warnings(pstate, options);
	code = parse_quietly(pstate, &messages);
	messages_of_parser(file, messages.data ? messages.data : (char[]){ "" },
	                   code != IDL_RETCODE_OK);
	if (code != IDL_RETCODE_OK || !settle_keylists(pstate, options))
		goto delete_pstate;
	goto fini_text;

delete_pstate:
	idl_delete_pstate(pstate);
	pstate = NULL;
fini_text:
	text_fini(&messages);
	text_fini(&text);
	return pstate;
}
