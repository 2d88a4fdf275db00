/* Locking a mutex with a monotonic deadline. Here because gcc 12's thread sanitizer does not
 * know pthread_mutex_clocklock(), and would take all that the lock guards for races. */
#ifndef TERN_CORE_TIMED_LOCK_H
#define TERN_CORE_TIMED_LOCK_H

#include <pthread.h>
#include <time.h>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

/** @return 0 or ETIMEDOUT */
static inline int timed_lock(pthread_mutex_t *lock, const struct timespec *until)
{
#if defined(__SANITIZE_THREAD__)
	__tsan_mutex_pre_lock(lock, __tsan_mutex_try_lock);
	int error = pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, until);
	__tsan_mutex_post_lock(lock,
	                       error ? __tsan_mutex_try_lock |
	                                       __tsan_mutex_try_lock_failed
	                             : __tsan_mutex_try_lock,
	                       0);
	return error;
#else
	return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, until);
#endif
}

#endif
