/* Core's own use of the log; the public side is tern/log.h. */
#ifndef TERN_CORE_LOG_H
#define TERN_CORE_LOG_H

#include <tern/log.h>

/** One line, printf-like; cheap if the level is not shown. Threads: any. Takes no lock of core's. */
void tern__log(tern_log_level level, const char *format, ...) TERN_PRINTF(2, 3);

#endif
