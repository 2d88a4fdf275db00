/* Formats of a ULog file: "name:type field;type[count] field;...", parsed and laid out.
 * Everything here comes from a file that may be damaged: each size is bounded. */
#include "ulog_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t size_bytes;
} kinds[] = {
	[ULOG_INT8] = { "int8_t", 1 },   [ULOG_UINT8] = { "uint8_t", 1 },
	[ULOG_INT16] = { "int16_t", 2 }, [ULOG_UINT16] = { "uint16_t", 2 },
	[ULOG_INT32] = { "int32_t", 4 }, [ULOG_UINT32] = { "uint32_t", 4 },
	[ULOG_INT64] = { "int64_t", 8 }, [ULOG_UINT64] = { "uint64_t", 8 },
	[ULOG_FLOAT] = { "float", 4 },   [ULOG_DOUBLE] = { "double", 8 },
	[ULOG_BOOL] = { "bool", 1 },     [ULOG_CHAR] = { "char", 1 },
};

bool ulog__name_is_valid(const char *text, size_t size_bytes)
{
	if (size_bytes == 0 || size_bytes > ULOG_NAME_MAX)
		return false;
	for (size_t i = 0; i < size_bytes; i++) {
		char c = text[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool is_digit = c >= '0' && c <= '9';

		if (!is_letter && !is_digit && c != '_' && c != '/' && c != '-')
			return false;
	}
	return true;
}

/* "uint8_t[4]" -> kind, or a nested format's name, and count. */
static const char *parse_type(const char *text, size_t size_bytes,
                              struct ulog_field *field)
{
	const char *bracket = memchr(text, '[', size_bytes);
	size_t name_size = bracket ? (size_t)(bracket - text) : size_bytes;

	field->count = 1;
	if (bracket) {
		const char *end = text + size_bytes;
		uint32_t count = 0;

		for (bracket++; bracket < end && *bracket >= '0' && *bracket <= '9';
		     bracket++) {
			count = count * 10 + (uint32_t)(*bracket - '0');
			if (count > UINT16_MAX)
				return "an array that is longer than a message";
		}
		if (count == 0 || bracket != end - 1 || *bracket != ']')
			return "an array without a length";
		field->count = count;
	}
	if (!ulog__name_is_valid(text, name_size))
		return "a field without a type";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strlen(kinds[i].name) == name_size &&
		    !memcmp(kinds[i].name, text, name_size)) {
			field->kind = (enum ulog_kind)i;
			return NULL;
		}
	}
	field->kind = ULOG_NESTED;
	field->nested_name = strndup(text, name_size);
	return field->nested_name ? NULL : "no memory";
}

/* "type name" */
static const char *parse_field(const char *text, size_t size_bytes,
                               struct ulog_field *field)
{
	const char *space = memchr(text, ' ', size_bytes);
	const char *wrong;

	if (!space)
		return "a field without a name";
	wrong = parse_type(text, (size_t)(space - text), field);
	if (wrong)
		return wrong;
	size_bytes -= (size_t)(space + 1 - text);
	if (!ulog__name_is_valid(space + 1, size_bytes))
		return "a field without a name";
	field->name = strndup(space + 1, size_bytes);
	return field->name ? NULL : "no memory";
}

static void format_destroy(struct ulog_format *format)
{
	if (!format)
		return;
	for (uint32_t i = 0; i < format->field_count; i++) {
		free(format->fields[i].name);
		free(format->fields[i].nested_name);
	}
	free(format->fields);
	free(format->name);
	free(format);
}

static const char *parse_fields(const char *text, size_t size_bytes,
                                struct ulog_format *format)
{
	uint32_t count = 0;

	for (size_t i = 0; i < size_bytes; i++)
		count += text[i] == ';';
	count += size_bytes > 0 && text[size_bytes - 1] != ';';
	if (count == 0)
		return "no fields";
	if (count > ULOG_FIELDS_MAX)
		return "too many fields";
	format->fields = calloc(count, sizeof *format->fields);
	if (!format->fields)
		return "no memory";
	while (size_bytes > 0) {
		const char *end = memchr(text, ';', size_bytes);
		size_t field_size = end ? (size_t)(end - text) : size_bytes;
		const char *wrong;

		/* Counted before it is parsed: what was allocated for half of it is
		 * freed. */
		wrong = parse_field(text, field_size,
		                    &format->fields[format->field_count++]);
		if (wrong)
			return wrong;
		size_bytes -= field_size;
		text += field_size;
		if (size_bytes > 0) {
			text++;
			size_bytes--;
		}
	}
	return NULL;
}

static struct ulog_format *find(struct ulog_formats *formats, const char *name)
{
	for (uint32_t i = 0; i < formats->count; i++)
		if (strcmp(formats->items[i]->name, name) == 0)
			return formats->items[i];
	return NULL;
}

const char *ulog__format_add(struct ulog_formats *formats, const char *text,
                             size_t size_bytes)
{
	const char *colon = memchr(text, ':', size_bytes);
	struct ulog_format *format;
	const char *wrong = "no memory";

	if (!colon || !ulog__name_is_valid(text, (size_t)(colon - text)))
		return "no name";
	if (size_bytes > ULOG_FORMAT_TEXT_MAX)
		return "too long";
	if (formats->count == ULOG_FORMATS_MAX)
		return "too many formats";
	format = calloc(1, sizeof *format);
	if (!format)
		return wrong;
	format->name = strndup(text, (size_t)(colon - text));
	if (!format->name)
		goto destroy;
	wrong = parse_fields(colon + 1, size_bytes - (size_t)(colon + 1 - text), format);
	if (wrong)
		goto destroy;
	wrong = "defined twice; the first one counts";
	if (find(formats, format->name))
		goto destroy;
	formats->items[formats->count++] = format;
	return NULL;

destroy:
	format_destroy(format);
	return wrong;
}

static const char *resolve(struct ulog_formats *formats, const char *name, int depth,
                           struct ulog_format **ret_format, char *error);

static const char *lay_out(struct ulog_formats *formats, struct ulog_format *format,
                           int depth, char *error)
{
	uint64_t offset_bytes = 0;
	uint64_t min_size_bytes = 0;

	for (uint32_t i = 0; i < format->field_count; i++) {
		struct ulog_field *field = &format->fields[i];
		uint32_t element_size;

		if (field->kind == ULOG_NESTED) {
			struct ulog_format *nested;

			if (resolve(formats, field->nested_name, depth + 1, &nested,
			            error))
				return error;
			field->nested = nested;
			element_size = nested->size_bytes;
		} else {
			element_size = kinds[field->kind].size_bytes;
		}
		field->offset_bytes = (uint32_t)offset_bytes;
		offset_bytes += (uint64_t)element_size * field->count;
		if (offset_bytes > UINT16_MAX) {
			snprintf(error, ULOG_ERROR_SIZE_BYTES,
			         "format '%s' is larger than a message", format->name);
			return error;
		}
		if (strncmp(field->name, "_padding", 8) != 0)
			min_size_bytes = offset_bytes;
	}
	format->size_bytes = (uint32_t)offset_bytes;
	format->min_size_bytes = (uint32_t)min_size_bytes;
	return NULL;
}

static const char *resolve(struct ulog_formats *formats, const char *name, int depth,
                           struct ulog_format **ret_format, char *error)
{
	struct ulog_format *format = find(formats, name);
	const char *wrong = NULL;

	if (!format) {
		snprintf(error, ULOG_ERROR_SIZE_BYTES, "format '%s' is not in the file",
		         name);
		return error;
	}
	if (format->resolving || depth > ULOG_DEPTH_MAX) {
		snprintf(error, ULOG_ERROR_SIZE_BYTES, "format '%s' %s", name,
		         format->resolving ? "contains itself" : "is nested too deep");
		return error;
	}
	if (format->size_bytes == 0) {
		format->resolving = true;
		wrong = lay_out(formats, format, depth, error);
		format->resolving = false;
	}
	if (!wrong)
		*ret_format = format;
	return wrong;
}

const char *ulog__format_resolve(struct ulog_formats *formats, const char *name,
                                 const struct ulog_format **ret_format,
                                 char error[ULOG_ERROR_SIZE_BYTES])
{
	struct ulog_format *format;

	if (resolve(formats, name, 0, &format, error))
		return error;
	*ret_format = format;
	return NULL;
}

void ulog__formats_fini(struct ulog_formats *formats)
{
	for (uint32_t i = 0; i < formats->count; i++)
		format_destroy(formats->items[i]);
	formats->count = 0;
}
