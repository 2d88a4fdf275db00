/* Doorbells: the words on which waitsets sleep and which whoever has news rings, from any thread
 * and, if they lie in shared memory, from any process. For authors of transports.
 *
 *        QUIET  --listen-->  LISTENING  --ring-->  QUIET
 *                                | spun in vain
 *                                v
 *                            PARKED     --ring-->  QUIET (and futex wake)
 *        QUIET  --arm----->  ARMED      --ring-->  QUIET (and futex wake: for a descriptor)
 *
 * The protocol is Dekker's: the waiter announces itself and then looks for news; the ringer
 * stores the news and then looks for a waiter. What a wrong value can cost is a late wake-up. */
#ifndef TERN_BELL_H
#define TERN_BELL_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/api.h>

TERN_BEGIN_DECLS

/** Bells of a process in one domain: a reader names those to ring by the bits of one word. */
#define TERN_BELLS_MAX 64

/* Apart from each other by more than a pair of cache lines: each has its own waiter. */
#define TERN_BELL_SIZE_BYTES 128

enum { TERN_BELL_QUIET, TERN_BELL_LISTENING, TERN_BELL_PARKED, TERN_BELL_ARMED };

struct tern_bell {
	uint32_t state; /* atomic; TERN_BELL_...; the futex word */
	uint8_t padding[TERN_BELL_SIZE_BYTES - sizeof(uint32_t)];
};

/**
 * Say that there is news, which was stored before, with a sequentially consistent fence between.
 * @return what the bell was: if PARKED or ARMED, the caller must do a futex wake of all waiters
 *         on bell->state, not private to the process
 * Threads: any, of any process; async-signal-safe.
 */
static inline uint32_t tern_bell_quiet(struct tern_bell *bell)
{
	/* Pairs with the waiter's exchange when it listens or arms. */
	if (__atomic_load_n(&bell->state, __ATOMIC_SEQ_CST) == TERN_BELL_QUIET)
		return TERN_BELL_QUIET;
	return __atomic_exchange_n(&bell->state, TERN_BELL_QUIET, __ATOMIC_SEQ_CST);
}

TERN_END_DECLS

#endif
