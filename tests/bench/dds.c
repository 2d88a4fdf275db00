/* Tern over DDS against Cyclone DDS alone: latency, throughput and what an idle process costs,
 * each measured by turns between processes of bench_dds_tern and of bench_dds_cyclone, on the
 * loopback of a network namespace of its own. Prints a table, then a line of JSON for each row:
 * medians over the rounds, and the median of the rounds' ratios (or differences). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "dds_idle.h"
#include "netns.h"
#include "suite.h"

enum { TERN, CYCLONE, SIDES, ROUNDS_MAX = 9, METRICS_MAX = 4 };

static const char *const side_names[SIDES] = { "tern", "cyclone" };
static const char *const side_programs[SIDES] = { "bin/bench_dds_tern",
	                                          "bin/bench_dds_cyclone" };

/* Both get what Tern sets by itself: code is compared, not buffers. */
static const char cyclone_settings[] =
	"<General><Interfaces><NetworkInterface name='lo' multicast='true'/></Interfaces>"
	"</General><Discovery><SPDPInterval>1s</SPDPInterval></Discovery>"
	"<Internal><SocketReceiveBufferSize max='8MB'/></Internal>";

/* How two medians compare, and what is asked of the result; 0: nothing */
struct metric {
	const char *name;
	const char *unit;
	enum { RATIO, DIFFERENCE } compared_by;
	enum { NO_TARGET, AT_MOST, AT_LEAST } wanted;
	double target;
};

struct contest {
	const char *name;
	void (*measure)(const struct contest *contest, int side, double *ret_values);
	uint32_t size_bytes;
	uint32_t count; /* of samples; seconds if idle */
	uint32_t rounds;
	struct metric metrics[METRICS_MAX]; /* up to the first without a name */
};

static void fail(const char *what)
{
	fprintf(stderr, "bench_dds: %s\n", what);
	exit(1);
}

/* ---- processes ----------------------------------------------------------------------- */

static void start(struct child *child, int side, const char *role,
                  const struct contest *contest)
{
	char size[16], count[16];
	char *const argv[] = { (char *)(uintptr_t)side_programs[side],
		               (char *)(uintptr_t)role, size, count, NULL };

	snprintf(size, sizeof size, "%u", contest->size_bytes);
	snprintf(count, sizeof count, "%u", contest->count);
	if (!child_start(child, suite_build_path(side_programs[side]), argv, NULL))
		fail("an end does not start");
}

/* The numbers that it printed. */
static void finish(struct child *child, int wanted, double *ret_values)
{
	if (child_wait(child, 60 * SUITE_SECOND_NS) != 0)
		fail("an end failed");
	char *text = child->text ? child->text : (char[]){ "" };
	for (int i = 0; i < wanted; i++) {
		char *end;
		ret_values[i] = strtod(text, &end);
		if (end == text)
			fail("an end printed too little");
		text = end;
	}
	child_stop(child);
}

static void measure_latency(const struct contest *contest, int side, double *ret_values)
{
	struct child ping, pong;

	start(&pong, side, "pong", contest);
	start(&ping, side, "ping", contest);
	finish(&ping, 2, ret_values);
	finish(&pong, 0, NULL);
}

static void measure_throughput(const struct contest *contest, int side,
                               double *ret_values)
{
	struct child publisher, subscriber;

	start(&subscriber, side, "subscribe", contest);
	start(&publisher, side, "publish", contest);
	finish(&publisher, 2, ret_values);
	finish(&subscriber, 1, ret_values + 2);
}

static void measure_idle(const struct contest *contest, int side, double *ret_values)
{
	struct child child;
	struct idle_cost settling, cost;

	start(&child, side, "idle", contest);
	if (!child_wait_line(&child, "idle", 10 * SUITE_SECOND_NS) ||
	    !idle_watch(child.pid, 1, &settling) ||
	    !idle_watch(child.pid, contest->count, &cost))
		fail("the idle process ended");
	child_stop(&child);
	ret_values[0] = (double)cost.memory_kib;
	ret_values[1] = (double)cost.threads;
	ret_values[2] = (double)cost.wakeups;
	ret_values[3] = (double)cost.other_wakeups;
}

/* ---- contests ------------------------------------------------------------------------ */

static const struct contest contests[] = {
	{ .name = "latency",
	  .measure = measure_latency,
	  .size_bytes = 64,
	  .count = 6000,
	  .rounds = 7,
	  .metrics = { { "p50", "ns", RATIO, AT_MOST, 1.1 },
	               { "p99", "ns", RATIO, NO_TARGET, 0 } } },
	{ .name = "latency",
	  .measure = measure_latency,
	  .size_bytes = 1024,
	  .count = 6000,
	  .rounds = 7,
	  .metrics = { { "p50", "ns", RATIO, AT_MOST, 1.1 },
	               { "p99", "ns", RATIO, NO_TARGET, 0 } } },
	{ .name = "throughput",
	  .measure = measure_throughput,
	  .size_bytes = 1024,
	  .count = 120000,
	  .rounds = 9,
	  .metrics = { { "rate", "/s", RATIO, AT_LEAST, 1.0 },
	               { "writer CPU", "ns", RATIO, NO_TARGET, 0 },
	               { "reader CPU", "ns", RATIO, AT_MOST, 1.0 } } },
	{ .name = "idle",
	  .measure = measure_idle,
	  .size_bytes = 64,
	  .count = 2,
	  .rounds = 3,
	  .metrics = { { "memory", "KiB", DIFFERENCE, AT_MOST, 1024 },
	               { "threads", "", DIFFERENCE, NO_TARGET, 0 },
	               { "wake-ups", "", DIFFERENCE, NO_TARGET, 0 },
	               { "not Cyclone's", "", DIFFERENCE, AT_MOST, 0 } } },
};

enum { CONTESTS = sizeof contests / sizeof *contests };

/* ---- results ------------------------------------------------------------------------- */

struct row {
	const char *what;
	uint32_t size_bytes;
	struct metric metric;
	double medians[SIDES];
	double compared;
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, uint32_t count)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof *values);
	qsort(sorted, count, sizeof *sorted, by_value);
	return sorted[count / 2];
}

static bool is_met(const struct row *row)
{
	switch (row->metric.wanted) {
	case AT_MOST:
		return row->compared <= row->metric.target;
	case AT_LEAST:
		return row->compared >= row->metric.target;
	case NO_TARGET:
		break;
	}
	return true;
}

static void print_row(const struct row *row)
{
	const struct metric *metric = &row->metric;
	char comparison[32], target[64] = "";

	if (metric->compared_by == RATIO)
		snprintf(comparison, sizeof comparison, "%.2f", row->compared);
	else
		snprintf(comparison, sizeof comparison, "%+.0f", row->compared);
	if (metric->wanted != NO_TARGET)
		snprintf(target, sizeof target, "%s %g%s",
		         metric->wanted == AT_MOST ? "at most" : "at least",
		         metric->target, is_met(row) ? "" : ": missed");
	printf("%-10s %5u B  %-13s %3s %9.0f %9.0f  %7s  %s\n", row->what,
	       row->size_bytes, metric->name, metric->unit, row->medians[TERN],
	       row->medians[CYCLONE], comparison, target);
	fflush(stdout);
}

static void print_json(const struct row *row)
{
	const struct metric *metric = &row->metric;

	printf("{\"bench\":\"dds\",\"what\":\"%s\",\"size_bytes\":%u,\"metric\":\"%s\","
	       "\"unit\":\"%s\",\"tern\":%.0f,\"cyclone\":%.0f,\"%s\":%.3f",
	       row->what, row->size_bytes, metric->name, metric->unit, row->medians[TERN],
	       row->medians[CYCLONE],
	       metric->compared_by == RATIO ? "ratio" : "difference", row->compared);
	if (metric->wanted != NO_TARGET)
		printf(",\"%s\":%g", metric->wanted == AT_MOST ? "at_most" : "at_least",
		       metric->target);
	printf("}\n");
}

typedef double measured_values[METRICS_MAX][ROUNDS_MAX];

static struct row compare(const struct contest *contest, int metric_index,
                          measured_values values[SIDES])
{
	const struct metric *metric = &contest->metrics[metric_index];
	const double *tern = values[TERN][metric_index];
	const double *cyclone = values[CYCLONE][metric_index];
	double compared[ROUNDS_MAX];

	for (uint32_t i = 0; i < contest->rounds; i++)
		compared[i] = metric->compared_by == RATIO ? tern[i] / cyclone[i]
		                                           : tern[i] - cyclone[i];
	return (struct row){
		.what = contest->name,
		.size_bytes = contest->size_bytes,
		.metric = *metric,
		.medians = { median(tern, contest->rounds),
		             median(cyclone, contest->rounds) },
		.compared = median(compared, contest->rounds),
	};
}

/* By turns, and each round begins with the other side: what drifts, drifts for both. */
static uint32_t run(const struct contest *contest, struct row *ret_rows)
{
	measured_values values[SIDES];
	uint32_t rows = 0;

	for (uint32_t round = 0; round < contest->rounds; round++)
		for (uint32_t turn = 0; turn < SIDES; turn++) {
			uint32_t side = (turn + round) % SIDES;
			double measured[METRICS_MAX] = { 0 };
			contest->measure(contest, (int)side, measured);
			for (int i = 0; i < METRICS_MAX; i++)
				values[side][i][round] = measured[i];
		}
	for (int i = 0; i < METRICS_MAX && contest->metrics[i].name; i++) {
		ret_rows[rows] = compare(contest, i, values);
		print_row(&ret_rows[rows++]);
	}
	return rows;
}

int main(int argc, char **argv)
{
	bool quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
	struct row rows[CONTESTS * METRICS_MAX];
	uint32_t count = 0;

	if (argc > 1 && !quick)
		fail("usage: bench_dds [--quick]");
	netns_isolate();
	setenv("CYCLONEDDS_URI", cyclone_settings, 1);
	setenv("TERN_TRANSPORTS", "dds", 1);
	setenv("TERN_MODULE_PATH", suite_build_path("lib/tern"), 1);
	printf("%-10s %7s  %-17s %9s %9s  %7s\n", "", "", "", side_names[TERN],
	       side_names[CYCLONE], "compared");
	for (int i = 0; i < CONTESTS; i++) {
		struct contest contest = contests[i];
		if (quick) {
			contest.rounds = 3;
			contest.count = contest.count > 100 ? contest.count / 3 : 1;
		}
		count += run(&contest, &rows[count]);
	}
	for (uint32_t i = 0; i < count; i++)
		print_json(&rows[i]);
	return 0;
}
