/* What a process costs that does nothing, as the kernel counts it. */
#ifndef TERN_BENCH_IDLE_H
#define TERN_BENCH_IDLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct idle_cost {
	uint64_t memory_kib; /* resident set */
	uint64_t threads;
	uint64_t wakeups; /* of all threads */
	uint64_t
		other_wakeups; /* of those that do not bear a name of Cyclone DDS's giving */
};

/** Watch a process for some time. @return false: it is gone */
bool idle_watch(pid_t pid, uint32_t seconds, struct idle_cost *ret_cost);

#endif
