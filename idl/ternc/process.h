/* Running a program under limits, and collecting what it says. */
#ifndef TERNC_PROCESS_H
#define TERNC_PROCESS_H

#include "text.h"

enum {
	PROCESS_TIMED_OUT = -1, /* killed at the deadline */
	PROCESS_CRASHED = -2,   /* ended by a signal, or by the memory limit */
	PROCESS_MISSING = -3,   /* could not be started */
};

/**
 * Run argv[0], found on the PATH, with at most `timeout_ms` and 2 GiB of memory.
 * @return its exit code, or one of the above
 */
int process_run(char *const argv[], int timeout_ms, struct text *output,
                struct text *errors);

#endif
