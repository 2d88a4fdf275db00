/* What the ends of all benchmarks between processes have in common, whatever they measure. */
#ifndef TERN_BENCH_END_H
#define TERN_BENCH_END_H

#include <stdint.h>

int64_t end_now_ns(void); /* CLOCK_MONOTONIC */

/**
 * Where two processes that are always busy run decides more than what they do: stay on the nth
 * processor that this process may use, if there are two at least.
 */
void end_stay_on_processor(int wanted);

/** Print p50 and p99 of the way there, half of the way there and back, in ns. Sorts them. */
void end_print_trips(int64_t *trips_ns, uint64_t count);

/** End the program with a message. */
__attribute__((noreturn)) void bus_fail(const char *what, const char *why);

#endif
