/* The log: one sink for the process, stderr unless told otherwise. */
#include "log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The only state that outlives participants: where messages of the process go. */
static pthread_mutex_t sink_lock =
	PTHREAD_MUTEX_INITIALIZER; /* guards sink and context */
static tern_log_sink sink;
static void *sink_context;
static _Atomic int level_shown = -1; /* -1: the environment was not asked yet */

static const char *const level_names[] = { "error", "warning", "info", "debug" };

static int level_from_environment(void)
{
	const char *wanted = getenv("TERN_LOG");

	for (int level = TERN_LOG_ERROR; wanted && level <= TERN_LOG_DEBUG; level++)
		if (strcasecmp(wanted, level_names[level]) == 0)
			return level;
	return TERN_LOG_WARNING;
}

void tern_log_set_sink(tern_log_sink new_sink, void *context)
{
	pthread_mutex_lock(&sink_lock);
	sink = new_sink;
	sink_context = context;
	pthread_mutex_unlock(&sink_lock);
}

void tern_log_set_level(tern_log_level level)
{
	atomic_store_explicit(&level_shown, (int)level, memory_order_relaxed);
}

/* Names in a message are bytes of strangers: none of them may steer the terminal or begin a line.
 * C1 controls are two bytes in UTF-8. */
static void tame(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		bool is_c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
		if (*c < 0x20 || *c == 0x7f || is_c1)
			*c = '?';
		if (is_c1)
			*++c = '?';
	}
}

void tern__log(tern_log_level level, const char *format, ...)
{
	int shown = atomic_load_explicit(&level_shown, memory_order_relaxed);
	char text[1024];
	va_list arguments;

	if (shown < 0) {
		shown = level_from_environment();
		atomic_store_explicit(&level_shown, shown, memory_order_relaxed);
	}
	if ((int)level > shown)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	tame(text);

	pthread_mutex_lock(&sink_lock);
	if (sink)
		sink(level, text, sink_context);
	else
		fprintf(stderr, "tern: %s: %s\n", level_names[level], text);
	pthread_mutex_unlock(&sink_lock);
}
