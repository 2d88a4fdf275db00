/* A process that is stopped at its system calls, to be killed or overtaken there. */
#ifndef TERN_TESTS_SHM_TRACE_H
#define TERN_TESTS_SHM_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

/** In the child: stand here until the tracer lets it go on. */
void trace_stop_here(void);

/** Start one as shm_child() does. @return its pid, when it stands at its first stop */
pid_t trace_start(int (*run)(void *context), void *context);

/**
 * Let it go on by so many system calls, where each counts twice, before it and after it; then by
 * so many instructions.
 * @return false: it came to its next trace_stop_here() or to its end before; an end that is not
 *         exit code 0 fails the test
 */
bool trace_advance(pid_t pid, int calls, int instructions);
/** Let it go on to its next stop or its end. @return false: its end */
bool trace_go_on(pid_t pid);

#endif
