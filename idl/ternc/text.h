/* Text that grows, with C's indentation: every emitter writes into one of these. */
#ifndef TERNC_TEXT_H
#define TERNC_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char *data; /* NUL-terminated once anything was written */
	size_t size;
	size_t capacity;
	int depth; /* tabs before each line of text_line() */
};

/** Memory that must be there: ternc is a short-lived program and stops without it. */
void *must_allocate(size_t count, size_t size_bytes);
char *must_copy(const char *text);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

void text_fini(struct text *text);
const char *text_string(const struct text *text);
void text_append(struct text *text, const char *data, size_t size);
void text_add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** One line of C: tabs for the depth (none before a #), the text, a newline. */
void text_line(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void text_blank(struct text *text);

/** text_line() and one level deeper; text_close() one level back, then the line. */
void text_open(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_close(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** A C string literal, quotes included. */
char *text_quote(const char *string);

#endif
