/* A benchmark as a contest: several sides do the same by turns within one run, so that what
 * drifts on a busy machine drifts for all. Prints a table, then a line of JSON for each row:
 * medians over the rounds, and the median of the rounds' ratios (or differences) to Tern. */
#ifndef TERN_BENCH_CONTEST_H
#define TERN_BENCH_CONTEST_H

#include <stdbool.h>
#include <stdint.h>

#define CONTEST_SIDES_MAX 3 /* the first is Tern */
#define CONTEST_ROUNDS_MAX 9
#define CONTEST_METRICS_MAX 4

struct child;

struct contest_side {
	const char *name;
	const char *program; /* its end, below the build's directory */
};

/* How a side does, and what is asked of Tern; wanted 0: nothing. */
struct metric {
	const char *name;
	const char *unit;
	/* The target is for Tern's ratio to the rival, the difference, or the value itself. */
	enum { RATIO, DIFFERENCE, VALUE } compared_by;
	enum { NO_TARGET, AT_MOST, AT_LEAST } wanted;
	double target;
	/* RATIO: the side that counts; 0: whoever did best. */
	int rival;
};

struct contest {
	const char *name;
	void (*measure)(const struct contest *contest, const struct contest_side *side,
	                double *ret_values);
	const char *detail;  /* for measure(), or NULL */
	uint32_t size_bytes; /* of a sample */
	uint32_t count;      /* of samples; seconds if idle */
	uint32_t rounds;
	uint32_t absent;                            /* sides that take no part, by bit */
	struct metric metrics[CONTEST_METRICS_MAX]; /* up to the first without a name */
};

/**
 * Run them all and print the results.
 * @param quick  fewer rounds and samples
 */
void contest_run(const char *bench, const struct contest_side *sides, int side_count,
                 const struct contest *contests, int contest_count, bool quick);

/** Start a side's end with `ROLE SIZE COUNT`, and `detail` if there is one. */
void contest_start(struct child *child, const struct contest_side *side, const char *role,
                   const struct contest *contest);
/** Wait for its end. @param ret_values  the first numbers that it printed */
void contest_finish(struct child *child, int wanted, double *ret_values);

/** A measure(): an end "ping" against an end "pong", which prints p50 and p99. */
void contest_latency(const struct contest *contest, const struct contest_side *side,
                     double *ret_values);

/** End the program with a message. */
__attribute__((noreturn)) void contest_fail(const char *what);

#endif
