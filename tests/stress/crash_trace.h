/* Stopping a process after so many instructions. Single-stepping to each point from the start of
 * an operation would take hours: it is done once, and noted where the process was at each step;
 * later runs go to a point by a breakpoint there. x86-64 alone. */
#ifndef TERN_TESTS_CRASH_TRACE_H
#define TERN_TESTS_CRASH_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct crash_trace;

/**
 * Step a traced process, which is stopped, until it raises SIGSTOP.
 * @return NULL: it ended or got another signal, or there is no memory
 */
struct crash_trace *crash_trace_record(pid_t pid);
void crash_trace_free(struct crash_trace *trace);

/** How many instructions it did. */
uint64_t crash_trace_length(const struct crash_trace *trace);
/** Does a breakpoint get there soon? Not in the midst of a long loop. */
bool crash_trace_reaches(const struct crash_trace *trace, uint64_t step);

enum crash_stop { CRASH_STOPPED, CRASH_PASSED, CRASH_FAILED };
/**
 * Let another process, which is as the recorded one was at its start, run to that point.
 * @return CRASH_STOPPED there; CRASH_PASSED: it took another way and raised SIGSTOP;
 *         CRASH_FAILED: it ended or got another signal
 */
enum crash_stop crash_trace_run(const struct crash_trace *trace, uint64_t step,
                                pid_t pid);

#endif
