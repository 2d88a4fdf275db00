/* Clock, processor and percentiles for the ends of benchmarks. */
#include "end.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void bus_fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
	exit(1);
}

int64_t end_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void end_stay_on_processor(int wanted)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 ||
	    CPU_COUNT(&allowed) < 2)
		return;
	CPU_ZERO(&one);
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &allowed) && wanted-- == 0)
			CPU_SET(i, &one);
	if (sched_setaffinity(0, sizeof one, &one) != 0)
		bus_fail("cannot stay on a processor", strerror(errno));
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void end_print_trips(int64_t *trips_ns, uint64_t count)
{
	qsort(trips_ns, count, sizeof *trips_ns, by_value);
	printf("%.0f %.0f\n", (double)trips_ns[count / 2] / 2,
	       (double)trips_ns[count * 99 / 100] / 2);
}
