/* The two sides of the conformance suite and how a test speaks to them. One side is this process,
 * the other a second, exec'ed one; for a transport that serves one process only, both are here. */
#ifndef TERN_TESTS_SIDES_H
#define TERN_TESTS_SIDES_H

#include <stdbool.h>

struct netns;
struct side;

/** The transport under test, as TERN_TRANSPORTS names it. */
bool sides_are_one_process(void);

/** The other process belongs in this network namespace; call it before sides_start(). */
void sides_set_host_there(const struct netns *host);

/** Start what is not running. @return false with the reason on stderr */
bool sides_start(const char *transport, bool one_process);
void sides_stop(void);

/** The side in this process, and the other one. */
struct side *side_here(void);
struct side *side_there(void);

/** Send a line and wait for its answer, which lives until the side's next. printf-like. */
__attribute__((format(printf, 2, 3))) const char *side_ask(struct side *side,
                                                           const char *format, ...);
/** The same in two steps: other sides can be asked between them. */
__attribute__((format(printf, 2, 3))) void side_begin(struct side *side,
                                                      const char *format, ...);
const char *side_end(struct side *side);

/** End the other process without a word, and start another one. */
void side_kill_there(void);
bool side_restart_there(void);

#endif
