/* Messages on standard error; counts the errors. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned error_count;

static void report(const struct location *where, const char *severity, const char *format,
                   va_list arguments)
{
	fprintf(stderr, "%s:%u:%u: %s: ", where->file, where->line, where->column,
	        severity);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void report_error(const struct location *where, const char *format, ...)
{
	va_list arguments;

	error_count++;
	va_start(arguments, format);
	report(where, "error", format, arguments);
	va_end(arguments);
}

void report_warning(const struct location *where, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(where, "warning", format, arguments);
	va_end(arguments);
}

void report_plain(const char *who, const char *format, ...)
{
	va_list arguments;

	error_count++;
	fprintf(stderr, "%s: error: ", who);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

unsigned report_error_count(void)
{
	return error_count;
}
