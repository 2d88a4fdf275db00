/* How long a waiter looks for news before it sleeps: as long as that has paid lately, and not at
 * all where nothing comes for long. Decides only; bell.c does the looking.
 *
 * News while spinning doubles the budget, a spin in vain halves it, and a sleep so short that the
 * longest spin might have saved it doubles it again. One who waits for an answer, which takes
 * longer, does not spin: whoever is to answer may need the processor. If that shows by spins in
 * vain alone, since all share one processor, ever more short sleeps are needed for a new try. */
#ifndef TERN_CORE_SPIN_H
#define TERN_CORE_SPIN_H

#include <stdint.h>

/* The limit if the environment names none. Longer spins keep others from a processor that is
 * theirs too; who has one to himself may take 50 us. */
#define SPIN_DEFAULT_MAX_NS INT64_C(2000)

struct spin {
	int64_t max_ns;    /* 0: never */
	int64_t budget_ns; /* for the next wait: 0, or up to max_ns */
	uint32_t missed; /* spins in vain, one after the other; not beyond what matters */
	uint32_t short_sleeps; /* since the budget grew last */
};

void spin_init(struct spin *spin, int64_t max_ns);

/** News came while spinning. */
void spin_paid(struct spin *spin);
/** None came, and the waiter sleeps. */
void spin_missed(struct spin *spin);
/** So long did it sleep. */
void spin_slept(struct spin *spin, int64_t slept_ns);

/**
 * The limit that TERN_SPIN_US sets.
 * @param text  whole microseconds up to a second; NULL: the default. What is neither is said in
 *              the log, and the default is taken.
 */
int64_t spin_max_ns_of(const char *text);

#endif
