/* Where Tern's messages go. Silent failures do not exist: what has no caller to
 * return an error to is logged once, with the reason and the fix. */
#ifndef TERN_LOG_H
#define TERN_LOG_H

#include <tern/api.h>

TERN_BEGIN_DECLS

typedef enum tern_log_level {
	TERN_LOG_ERROR,
	TERN_LOG_WARNING,
	TERN_LOG_INFO,
	TERN_LOG_DEBUG,
} tern_log_level;

/**
 * Receives one message, without a trailing newline.
 * Called from any thread, never with one of Tern's locks held that a call into Tern needs
 * for logging itself; it must not call Tern.
 */
typedef void (*tern_log_sink)(tern_log_level level, const char *text, void *context);

/**
 * Send messages to a sink of your own instead of stderr.
 * @param sink     NULL: back to stderr
 * @param context  handed to each call
 * The environment's TERN_LOG (error, warning, info, debug; default warning) sets the level.
 * Threads: any, but call it before the first participant is made.
 */
TERN_API void tern_log_set_sink(tern_log_sink sink, void *context);

/** Messages below this level are not made. Threads: any. */
TERN_API void tern_log_set_level(tern_log_level level);

TERN_END_DECLS

#endif
