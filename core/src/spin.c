/* The waiter's budget. No clock is read here: who waits tells what happened. */
#include "spin.h"

#include <stdlib.h>

#include "log.h"

/* A shorter spin ends before anybody can have news. */
#define BUDGET_MIN_NS 500
#define BUDGET_FIRST_NS 2000
/* What a sleep of no length takes: going to sleep and being woken. */
#define SLEEP_COST_NS 10000
#define MAX_MAX_US 1000000
/* So many spins in vain are bad luck; each one more doubles what a new try takes, up to 128. */
#define MISSED_BY_CHANCE 3
#define MISSED_MAX (MISSED_BY_CHANCE + 7)

static void grow(struct spin *spin)
{
	int64_t wanted_ns = spin->budget_ns ? spin->budget_ns * 2 : BUDGET_FIRST_NS;

	spin->budget_ns = wanted_ns < spin->max_ns ? wanted_ns : spin->max_ns;
}

void spin_init(struct spin *spin, int64_t max_ns)
{
	*spin = (struct spin){ .max_ns = max_ns };
}

void spin_paid(struct spin *spin)
{
	spin->missed = 0;
	grow(spin);
}

void spin_missed(struct spin *spin)
{
	if (spin->budget_ns > 0 && spin->missed < MISSED_MAX)
		spin->missed++;
	spin->budget_ns /= 2;
	if (spin->budget_ns < BUDGET_MIN_NS)
		spin->budget_ns = 0;
}

void spin_slept(struct spin *spin, int64_t slept_ns)
{
	uint32_t wanted = spin->missed <= MISSED_BY_CHANCE
	                          ? 1
	                          : UINT32_C(1) << (spin->missed - MISSED_BY_CHANCE);

	if (slept_ns >= spin->max_ns + SLEEP_COST_NS || ++spin->short_sleeps < wanted)
		return;
	spin->short_sleeps = 0;
	grow(spin);
}

int64_t spin_max_ns_of(const char *text)
{
	char *end;

	if (!text)
		return SPIN_DEFAULT_MAX_NS;
	long max_us = strtol(text, &end, 10);
	if (end == text || *end || max_us < 0 || max_us > MAX_MAX_US) {
		tern__log(TERN_LOG_WARNING,
		          "TERN_SPIN_US is \"%s\": expected whole microseconds from 0 to "
		          "%d; %d are taken",
		          text, MAX_MAX_US, (int)(SPIN_DEFAULT_MAX_NS / 1000));
		return SPIN_DEFAULT_MAX_NS;
	}
	return max_us * 1000;
}
