/* Both walk the JSON that value_json() makes. */
#include "value_text.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "value_json.h"

/* Of a long list so many are shown. */
enum { LIST_SHOWN = 64 };

static bool is_composite(json_object *value)
{
	if (json_object_is_type(value, json_type_object))
		return true;
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(value) && i < LIST_SHOWN; i++) {
		json_type type =
			json_object_get_type(json_object_array_get_idx(value, i));
		if (type == json_type_object || type == json_type_array)
			return true;
	}
	return false;
}

static void print_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
		char *part = strndup(text, (size_t)(quote - text));
		text_print(out, part ? part : "");
		fputs("\\\"", out);
		free(part);
	}
	text_print(out, text);
	fputc('"', out);
}

static void print_plain(FILE *out, json_object *value)
{
	size_t count;

	if (json_object_is_type(value, json_type_string)) {
		print_string(out, json_object_get_string(value));
	} else if (json_object_is_type(value, json_type_array)) {
		count = json_object_array_length(value);
		fputc('[', out);
		for (size_t i = 0; i < count && i < LIST_SHOWN; i++) {
			fputs(i ? ", " : "", out);
			print_plain(out, json_object_array_get_idx(value, i));
		}
		if (count > LIST_SHOWN)
			fprintf(out, ", ... %zu in all", count);
		fputc(']', out);
	} else {
		fputs(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), out);
	}
}

static void print_block(FILE *out, json_object *value, int indent);

/* Behind "name:" or "-". */
static void print_behind(FILE *out, json_object *value, int indent)
{
	if (is_composite(value)) {
		fputc('\n', out);
		print_block(out, value, indent + 2);
	} else {
		fputc(' ', out);
		print_plain(out, value);
		fputc('\n', out);
	}
}

static void print_block(FILE *out, json_object *value, int indent)
{
	size_t count;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member)
		{
			fprintf(out, "%*s", indent, "");
			text_print(out, name);
			fputc(':', out);
			print_behind(out, member, indent);
		}
		return;
	}
	count = json_object_array_length(value);
	for (size_t i = 0; i < count && i < LIST_SHOWN; i++) {
		fprintf(out, "%*s-", indent, "");
		print_behind(out, json_object_array_get_idx(value, i), indent);
	}
	if (count > LIST_SHOWN)
		fprintf(out, "%*s# ... %zu in all\n", indent, "", count);
}

void value_text_print(FILE *out, json_object *value)
{
	if (is_composite(value)) {
		print_block(out, value, 0);
		return;
	}
	print_plain(out, value);
	fputc('\n', out);
}

/* ---- CSV (RFC 4180) -------------------------------------------------------------------- */

static void print_cell(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		text_print(out, text);
		return;
	}
	fputc('"', out);
	for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
		char *part = strndup(text, (size_t)(quote - text));
		text_print(out, part ? part : "");
		fputs("\"\"", out);
		free(part);
	}
	text_print(out, text);
	fputc('"', out);
}

static void add_column(struct value_csv *csv, const char *path)
{
	char **grown = realloc(csv->columns, (csv->count + 1) * sizeof *grown);
	char *copy = strdup(path);

	if (!grown || !copy)
		abort(); /* a tool without memory has nothing left to say */
	csv->columns = grown;
	csv->columns[csv->count++] = copy;
}

static void add_columns(struct value_csv *csv, json_object *value, const char *path)
{
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member)
		{
			char *below = NULL;
			if (asprintf(&below, "%s%s%s", path, *path ? "." : "", name) < 0)
				abort();
			add_columns(csv, member, below);
			free(below);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			char *below = NULL;
			if (asprintf(&below, "%s[%zu]", path, i) < 0)
				abort();
			add_columns(csv, json_object_array_get_idx(value, i), below);
			free(below);
		}
	} else {
		add_column(csv, path);
	}
}

static void print_header(FILE *out, struct value_csv *csv, json_object *value)
{
	add_columns(csv, value, "");
	for (size_t i = 0; i < csv->count; i++) {
		fputs(i ? "," : "", out);
		print_cell(out, *csv->columns[i] ? csv->columns[i] : "value");
	}
	fputc('\n', out);
	csv->has_header = true;
}

void value_csv_print(FILE *out, struct value_csv *csv, json_object *value)
{
	if (!csv->has_header)
		print_header(out, csv, value);
	for (size_t i = 0; i < csv->count; i++) {
		bool found;
		json_object *part = value_json_part(value, csv->columns[i], &found);
		fputs(i ? "," : "", out);
		if (found && part)
			print_cell(out, json_object_get_string(part));
	}
	fputc('\n', out);
}

void value_csv_fini(struct value_csv *csv)
{
	for (size_t i = 0; i < csv->count; i++)
		free(csv->columns[i]);
	free(csv->columns);
	*csv = (struct value_csv){ 0 };
}
