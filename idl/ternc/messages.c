/* FILE:LINE:COL: error: REASON, out of the preprocessor's and the parser's own formats. */
#include "messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* The name to show for the file itself, which idlc makes absolute. */
static const char *shown(const char *file, const char *path)
{
	char *absolute = realpath(file, NULL);
	bool same = absolute && strcmp(absolute, path) == 0;

	free(absolute);
	return same ? file : path;
}

/* mcpp says "FILE:LINE: error: TEXT" and then the line itself, indented. */
bool messages_of_preprocessor(const char *file, const char *printed)
{
	static const char fatal[] = ": fatal error: ";
	static const char plain[] = ": error: ";
	bool failed = false;
	char *copy = must_copy(printed);

	for (char *save, *line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *said = strstr(line, fatal);
		const char *text = said ? said + strlen(fatal) : NULL;
		char *number;
		struct location where = { .column = 1 };

		if (!said) {
			said = strstr(line, plain);
			text = said ? said + strlen(plain) : NULL;
		}
		if (!said || *line == ' ')
			continue;
		*said = 0;
		number = strrchr(line, ':');
		where.line = number ? (unsigned)strtoul(number + 1, NULL, 10) : 1;
		if (number)
			*number = 0;
		where.file = shown(file, line);
		if (strstr(text, "nesting of #include"))
			report_error(&where,
			             "%s: does the file include itself? Guard it with "
			             "#ifndef",
			             text);
		else if (strstr(text, "open include file"))
			report_error(&where, "%s: check the path and the -I options",
			             text);
		else
			report_error(&where, "%s", text);
		failed = true;
	}
	free(copy);
	return !failed;
}

/* ---- advice ---- */

/* The line, or "" behind the end of the file. */
static void read_line(const char *path, unsigned line, char *ret_text, size_t size)
{
	FILE *file = fopen(path, "r");

	ret_text[0] = 0;
	for (; file && line > 0; line--) {
		if (!fgets(ret_text, (int)size, file)) {
			ret_text[0] = 0;
			break;
		}
	}
	if (file)
		fclose(file);
}

/* What a syntax error points at, if it is something that IDL or other compilers have. */
static const char *advice_on_syntax(const char *path, unsigned line, unsigned column)
{
	static const struct {
		const char *at;
		const char *advice;
	} known[] = {
		{ "wstring", "there is no wstring: use string, with UTF-8 in it" },
		{ "fixed", "there is no fixed: use double, or an integer with a @unit" },
		{ "map",
		  "there is no map: use a sequence of a structure of key and value" },
		{ "any", "there is no any: use a union" },
		{ "bitset", "there is no bitset: use bitmask, or integers" },
		{ "bitfield", "there is no bitfield: use bitmask, or integers" },
		{ "native", "there is no native: only data can be carried" },
		{ "interface", "there is no interface: only data can be carried" },
		{ "valuetype", "there is no valuetype: use a structure that inherits" },
		{ "exception", "there is no exception: use a structure" },
		{ "import", "there is no import: use #include" },
		{ "component", "there is no component: only data can be carried" },
		{ ">>", "write \"> >\" where two sequences end: \">>\" is an operator" },
	};
	char text[1024];
	size_t length;

	read_line(path, line, text, sizeof(text));
	length = strlen(text);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (column >= 1 && column <= length &&
		    strncmp(text + column - 1, known[i].at, strlen(known[i].at)) == 0)
			return known[i].advice;
	}
	return length == 0 ? "the file ends here: is a brace or semicolon missing?"
	                   : NULL;
}

static const char *advice_on_text(const char *text)
{
	static const struct {
		const char *says;
		const char *advice;
	} known[] = {
		{ "does not take any parameters",
		  "a member of the annotation's name hides it: rename the member" },
		{ "collides with a keyword", "write _ before it, or rename it" },
		{ "differs in case", "spell it alike, or use -f case-sensitive" },
		{ "collides with earlier",
		  "rename it; -f case-sensitive tells case apart" },
		{ "is already assigned", "give each member its own @id" },
		{ "Unknown data-type", "put #pragma keylist behind the structure" },
		{ "is incomplete", "define the type in this file" },
		{ "cannot be resolved",
		  "declare it before, or include the file that does" },
		{ "@optional cannot be set to true on key", "drop one of the two" },
		{ "@key cannot be set to true on optional", "drop one of the two" },
		{ "not allowed to expand on keys", "move the key to the base" },
		{ "members of a mutable type", "make the type @mutable, or drop it" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(text, known[i].says))
			return known[i].advice;
	}
	return NULL;
}

/* ---- the parser ---- */

/* "FILE:LINE:COL: TEXT": cut off the place. @return TEXT, or the whole line if it has no place */
static const char *split_place(char *line, unsigned *ret_line, unsigned *ret_column)
{
	char *colon = strstr(line, ": ");
	char *digits = colon;

	while (digits && digits > line && strchr(":0123456789", digits[-1]))
		digits--;
	if (!digits || digits == colon ||
	    sscanf(digits, ":%u:%u", ret_line, ret_column) != 2)
		return line;
	*digits = 0;
	return colon + 2;
}

static void report_parser_line(const char *file, char *line, bool is_error)
{
	struct location where = { file, 1, 1 };
	const char *text = split_place(line, &where.line, &where.column);
	const char *advice = NULL;

	if (text != line)
		where.file = shown(file, line);
	if (strncmp(text, "Warning: ", 9) == 0)
		text += 9;
	if (strcmp(text, "syntax error") == 0)
		advice = advice_on_syntax(line, where.line, where.column);
	else
		advice = advice_on_text(text);
	if (strstr(text, "@verbatim is currently not supported"))
		return; /* by the parser: declare.c takes it from the tree */
	if (strncmp(text, "No default extensibility", 24) == 0)
		report_warning(&where,
		               "types without @final, @appendable or @mutable are taken "
		               "as @final: annotate them, or say -x final");
	else if (!is_error)
		report_warning(&where, "%s", text);
	else if (advice)
		report_error(&where, "%s: %s", text, advice);
	else
		report_error(&where, "%s", text);
}

void messages_of_parser(const char *file, char *printed, bool failed)
{
	char *save;
	char *line = strtok_r(printed, "\n", &save);

	if (!line && failed)
		report_plain(file, "the IDL front end refused it without saying why");
	while (line) {
		char *next = strtok_r(NULL, "\n", &save);

		report_parser_line(file, line, failed && !next);
		line = next;
	}
}

void messages_of_crash(const char *file, char *printed)
{
	struct text placed = { 0 };
	char *save;

	for (char *line = strtok_r(printed, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *copy = must_copy(line);
		unsigned l, c;

		if (split_place(copy, &l, &c) != copy)
			text_add(&placed, "%s\n", line);
		free(copy);
	}
	if (placed.data)
		messages_of_parser(file, placed.data, true);
	text_fini(&placed);
}
