/* The two clocks: real time stamps samples, monotonic time bounds waits. */
#ifndef TERN_CORE_CLOCK_H
#define TERN_CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include <tern/qos.h>

static inline int64_t clock_read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t clock_real_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

static inline int64_t clock_monotonic_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

/** The monotonic time that lies timeout_ns ahead; TERN_INFINITE stays TERN_INFINITE. */
static inline int64_t clock_deadline_ns(int64_t timeout_ns)
{
	if (timeout_ns == TERN_INFINITE)
		return TERN_INFINITE;
	if (timeout_ns <= 0)
		return 0;
	int64_t now = clock_monotonic_ns();
	return timeout_ns > TERN_INFINITE - now ? TERN_INFINITE : now + timeout_ns;
}

/** For pthread's and futex's absolute waits. TERN_INFINITE becomes a time centuries away. */
static inline struct timespec clock_timespec(int64_t time_ns)
{
	struct timespec spec = {
		.tv_sec = (time_t)(time_ns / 1000000000),
		.tv_nsec = (long)(time_ns % 1000000000),
	};

	return spec;
}

#endif
