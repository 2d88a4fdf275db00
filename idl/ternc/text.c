/* Growing text and memory that must be there. */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
	if (!memory) {
		fputs("ternc: error: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

void *must_allocate(size_t count, size_t size_bytes)
{
	return must(calloc(count ? count : 1, size_bytes));
}

char *must_copy(const char *text)
{
	return must(strdup(text));
}

char *must_format(const char *format, ...)
{
	va_list arguments;
	char *formatted = NULL;

	va_start(arguments, format);
	if (vasprintf(&formatted, format, arguments) < 0)
		formatted = NULL;
	va_end(arguments);
	return must(formatted);
}

void text_fini(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}

const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

void text_append(struct text *text, const char *data, size_t size)
{
	if (text->capacity - text->size < size + 1) {
		text->capacity = 2 * (text->capacity + size + 64);
		text->data = must(realloc(text->data, text->capacity));
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	text->data[text->size] = 0;
}

static void add_formatted(struct text *text, const char *format, va_list arguments)
{
	char *formatted = NULL;
	int size = vasprintf(&formatted, format, arguments);

	must(size < 0 ? NULL : formatted);
	text_append(text, formatted, (size_t)size);
	free(formatted);
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_formatted(text, format, arguments);
	va_end(arguments);
}

static void add_line(struct text *text, const char *format, va_list arguments)
{
	for (int i = 0; i < text->depth && *format != '#'; i++)
		text_append(text, "\t", 1);
	add_formatted(text, format, arguments);
	text_append(text, "\n", 1);
}

void text_line(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_line(text, format, arguments);
	va_end(arguments);
}

void text_blank(struct text *text)
{
	text_append(text, "\n", 1);
}

void text_open(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_line(text, format, arguments);
	va_end(arguments);
	text->depth++;
}

void text_close(struct text *text, const char *format, ...)
{
	va_list arguments;

	text->depth--;
	va_start(arguments, format);
	add_line(text, format, arguments);
	va_end(arguments);
}

char *text_quote(const char *string)
{
	struct text quoted = { 0 };

	text_append(&quoted, "\"", 1);
	for (const unsigned char *c = (const unsigned char *)string; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_add(&quoted, "\\%c", *c);
		else if (*c < ' ' || *c == 127 || *c == '?')
			text_add(&quoted, "\\%03o", *c); /* ? could begin a trigraph */
		else
			text_append(&quoted, (const char *)c, 1);
	}
	text_append(&quoted, "\"", 1);
	return quoted.data;
}
