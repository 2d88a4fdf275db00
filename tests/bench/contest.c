/* Contests by turns, and how their results are told. */
#include "contest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "suite.h"

void contest_fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(1);
}

/* ---- processes ----------------------------------------------------------------------- */

void contest_start(struct child *child, const struct contest_side *side, const char *role,
                   const struct contest *contest)
{
	char size[16], count[16];
	char *const argv[] = { (char *)(uintptr_t)side->program,
		               (char *)(uintptr_t)role,
		               size,
		               count,
		               (char *)(uintptr_t)contest->detail,
		               NULL };

	snprintf(size, sizeof size, "%u", contest->size_bytes);
	snprintf(count, sizeof count, "%u", contest->count);
	if (!child_start(child, suite_build_path(side->program), argv, NULL))
		contest_fail("an end does not start");
}

void contest_finish(struct child *child, int wanted, double *ret_values)
{
	if (child_wait(child, 60 * SUITE_SECOND_NS) != 0)
		contest_fail("an end failed");
	char *text = child->text ? child->text : (char[]){ "" };
	for (int i = 0; i < wanted; i++) {
		char *end;
		ret_values[i] = strtod(text, &end);
		if (end == text)
			contest_fail("an end printed too little");
		text = end;
	}
	child_stop(child);
}

void contest_latency(const struct contest *contest, const struct contest_side *side,
                     double *ret_values)
{
	struct child ping, pong;

	contest_start(&pong, side, "pong", contest);
	contest_start(&ping, side, "ping", contest);
	contest_finish(&ping, 2, ret_values);
	contest_finish(&pong, 0, NULL);
}

/* ---- results ------------------------------------------------------------------------- */

struct results {
	const struct contest *contest;
	const struct contest_side *sides;
	int side_count;
	double values[CONTEST_SIDES_MAX][CONTEST_METRICS_MAX][CONTEST_ROUNDS_MAX];
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, uint32_t count)
{
	double sorted[CONTEST_ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof *values);
	qsort(sorted, count, sizeof *sorted, by_value);
	return sorted[count / 2];
}

static bool takes_part(const struct contest *contest, int side)
{
	return !(contest->absent & (1u << side));
}

static double median_of(const struct results *results, int metric, int side)
{
	return median(results->values[side][metric], results->contest->rounds);
}

/* Of Tern, round by round, to one side. */
static double compared_to(const struct results *results, int metric, int side)
{
	const double *tern = results->values[0][metric];
	const double *other = results->values[side][metric];
	double compared[CONTEST_ROUNDS_MAX];

	for (uint32_t i = 0; i < results->contest->rounds; i++)
		compared[i] = results->contest->metrics[metric].compared_by == DIFFERENCE
		                      ? tern[i] - other[i]
		                      : tern[i] / other[i];
	return median(compared, results->contest->rounds);
}

/* What the target is for. Among several rivals the best one counts. */
static double judged(const struct results *results, int metric_index)
{
	const struct metric *metric = &results->contest->metrics[metric_index];
	double worst = 0;
	bool none = true;

	if (metric->compared_by == VALUE)
		return median_of(results, metric_index, 0);
	for (int side = 1; side < results->side_count; side++) {
		if (!takes_part(results->contest, side) ||
		    (metric->rival && metric->rival != side))
			continue;
		double compared = compared_to(results, metric_index, side);
		if (none ||
		    (metric->wanted == AT_MOST ? compared > worst : compared < worst))
			worst = compared;
		none = false;
	}
	return worst;
}

static bool is_met(const struct metric *metric, double value)
{
	return metric->wanted == NO_TARGET ||
	       (metric->wanted == AT_MOST ? value <= metric->target
	                                  : value >= metric->target);
}

static void print_row(const struct results *results, int index)
{
	const struct contest *contest = results->contest;
	const struct metric *metric = &contest->metrics[index];
	double value = judged(results, index);

	printf("%-11s %8u B  %-10s %3s", contest->name, contest->size_bytes, metric->name,
	       metric->unit);
	for (int side = 0; side < results->side_count; side++)
		if (takes_part(contest, side))
			printf(" %10.0f", median_of(results, index, side));
		else
			printf(" %10s", "-");
	for (int side = 1; side < results->side_count; side++)
		if (!takes_part(contest, side))
			printf(" %8s", "-");
		else
			printf(metric->compared_by == DIFFERENCE ? " %+8.0f" : " %8.2f",
			       compared_to(results, index, side));
	if (metric->wanted != NO_TARGET)
		printf("  %s %g%s%s", metric->wanted == AT_MOST ? "at most" : "at least",
		       metric->target, metric->compared_by == RATIO ? " times" : "",
		       is_met(metric, value) ? "" : ": missed");
	putchar('\n');
	fflush(stdout);
}

static void print_json(const char *bench, const struct results *results, int index)
{
	const struct contest *contest = results->contest;
	const struct metric *metric = &contest->metrics[index];

	printf("{\"bench\":\"%s\",\"what\":\"%s\",\"size_bytes\":%u,\"metric\":\"%s\","
	       "\"unit\":\"%s\"",
	       bench, contest->name, contest->size_bytes, metric->name, metric->unit);
	for (int side = 0; side < results->side_count; side++)
		if (takes_part(contest, side))
			printf(",\"%s\":%.0f", results->sides[side].name,
			       median_of(results, index, side));
	for (int side = 1; side < results->side_count; side++)
		if (takes_part(contest, side))
			printf(",\"%s_to_%s\":%.3f",
			       metric->compared_by == DIFFERENCE ? "difference" : "ratio",
			       results->sides[side].name,
			       compared_to(results, index, side));
	if (metric->wanted != NO_TARGET)
		printf(",\"%s\":%g,\"met\":%s",
		       metric->wanted == AT_MOST ? "at_most" : "at_least", metric->target,
		       is_met(metric, judged(results, index)) ? "true" : "false");
	printf("}\n");
}

/* ---- rounds -------------------------------------------------------------------------- */

/* Each round begins with another side. */
static void run(struct results *results)
{
	const struct contest *contest = results->contest;

	for (uint32_t round = 0; round < contest->rounds; round++)
		for (uint32_t turn = 0; turn < (uint32_t)results->side_count; turn++) {
			int side = (int)((turn + round) % (uint32_t)results->side_count);
			double measured[CONTEST_METRICS_MAX] = { 0 };
			if (!takes_part(contest, side))
				continue;
			contest->measure(contest, &results->sides[side], measured);
			for (int i = 0; i < CONTEST_METRICS_MAX; i++)
				results->values[side][i][round] = measured[i];
		}
	for (int i = 0; i < CONTEST_METRICS_MAX && contest->metrics[i].name; i++)
		print_row(results, i);
}

static void print_head(const struct contest_side *sides, int side_count)
{
	printf("%-11s %10s  %-14s", "", "", "");
	for (int side = 0; side < side_count; side++)
		printf(" %10s", sides[side].name);
	for (int side = 1; side < side_count; side++)
		printf(" %3s%5.5s", "to ", sides[side].name);
	putchar('\n');
}

void contest_run(const char *bench, const struct contest_side *sides, int side_count,
                 const struct contest *contests, int contest_count, bool quick)
{
	struct results *results = calloc((size_t)contest_count, sizeof *results);
	struct contest *ours = calloc((size_t)contest_count, sizeof *ours);

	if (!results || !ours)
		contest_fail("no memory");
	print_head(sides, side_count);
	for (int i = 0; i < contest_count; i++) {
		ours[i] = contests[i];
		if (quick) {
			ours[i].rounds = 3;
			ours[i].count = ours[i].count > 100 ? ours[i].count / 3 : 1;
		}
		results[i].contest = &ours[i];
		results[i].sides = sides;
		results[i].side_count = side_count;
		run(&results[i]);
	}
	for (int i = 0; i < contest_count; i++)
		for (int j = 0; j < CONTEST_METRICS_MAX && ours[i].metrics[j].name; j++)
			print_json(bench, &results[i], j);
	free(ours);
	free(results);
}
