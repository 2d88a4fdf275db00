/* Messages for people and editors: FILE:LINE:COL: error: what is wrong, and what to do. */
#ifndef TERNC_REPORT_H
#define TERNC_REPORT_H

#include <stdbool.h>

#include "model.h"

void report_error(const struct location *where, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void report_warning(const struct location *where, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** "WHO: error: ..." where there is no line to point at. */
void report_plain(const char *who, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Errors so far. */
unsigned report_error_count(void);

#endif
