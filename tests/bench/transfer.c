/* Tern over DDS against plain Cyclone DDS programs: latency, throughput, CPU and memory, on
 * loopback in a network namespace of its own. Both run by turns, several times; medians and
 * their ratio count. Prints a line of JSON for each number and a table at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

#define WAIT_NS (120 * SUITE_SECOND_NS)
#define ROUNDS_MAX 31

enum side { CYCLONE, TERN, SIDES };

static const char *const names[SIDES] = { "cyclone", "tern" };
static const char *directory;
static int rounds = 5;

/* ---- children ------------------------------------------------------------------------- */

static void start(struct child *child, enum side side, const char *role,
                  const char *first, const char *second)
{
	static char path[SIDES][512];
	char *argv[] = { path[side], (char *)(uintptr_t)role, (char *)(uintptr_t)first,
		         (char *)(uintptr_t)second, NULL };
	snprintf(path[side], sizeof path[side], "%s/bench_transfer_%s", directory,
	         names[side]);
	if (child_start(child, path[side], argv, NULL))
		return;
	fprintf(stderr, "cannot start %s\n", path[side]);
	exit(1);
}

/* Its "name value" pair. */
static double value_of(struct child *child, const char *name)
{
	const char *found = child->text ? strstr(child->text, name) : NULL;
	if (!found) {
		fprintf(stderr, "no %s in \"%s\"\n", name,
		        child->text ? child->text : "");
		exit(1);
	}
	return strtod(found + strlen(name), NULL);
}

static void finish(struct child *child)
{
	if (child_wait(child, WAIT_NS) == 0)
		return;
	fprintf(stderr, "a benchmark process failed: %s\n",
	        child->text ? child->text : "");
	exit(1);
}

/* ---- results -------------------------------------------------------------------------- */

struct result {
	const char *name;
	const char *unit;
	const char *wanted; /* the goal for tern / cyclone */
	double values[SIDES][ROUNDS_MAX];
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(const double *values)
{
	double sorted[ROUNDS_MAX];
	memcpy(sorted, values, (size_t)rounds * sizeof *sorted);
	qsort(sorted, (size_t)rounds, sizeof *sorted, compare);
	return sorted[rounds / 2];
}

static void print_json(const struct result *result)
{
	double tern = median(result->values[TERN]);
	double cyclone = median(result->values[CYCLONE]);
	printf("{\"bench\":\"transfer\",\"name\":\"%s\",\"unit\":\"%s\",\"tern\":%.1f,"
	       "\"cyclone\":%.1f,\"ratio\":%.3f,\"rounds\":%d}\n",
	       result->name, result->unit, tern, cyclone, tern / cyclone, rounds);
}

static void print_row(const struct result *result)
{
	double tern = median(result->values[TERN]);
	double cyclone = median(result->values[CYCLONE]);
	printf("%-38s %-10s %12.1f %12.1f %8.3f  %s\n", result->name, result->unit, tern,
	       cyclone, tern / cyclone, result->wanted);
}

/* ---- measurements --------------------------------------------------------------------- */

static void latency(enum side side, const char *size, int round, struct result *p50,
                    struct result *p99)
{
	struct child pong;
	struct child ping;
	start(&pong, side, "pong", size, NULL);
	start(&ping, side, "ping", size, "5000");
	finish(&ping);
	finish(&pong);
	p50->values[side][round] = value_of(&ping, "p50_ns ") / 1000;
	p99->values[side][round] = value_of(&ping, "p99_ns ") / 1000;
	child_stop(&ping);
	child_stop(&pong);
}

static void throughput(enum side side, const char *size, int round, struct result *rate,
                       struct result *sender, struct result *receiver)
{
	struct child to;
	struct child from;
	start(&to, side, "receive", NULL, NULL);
	start(&from, side, "send", size, "1500");
	finish(&from);
	finish(&to);
	rate->values[side][round] = value_of(&from, "samples_per_s ") / 1000;
	sender->values[side][round] = value_of(&from, "cpu_ns ") / 1000;
	receiver->values[side][round] = value_of(&to, "cpu_ns ") / 1000;
	child_stop(&from);
	child_stop(&to);
}

static void idle(enum side side, int round, struct result *memory, struct result *wakeups)
{
	struct child child;
	start(&child, side, "idle", "2000", NULL);
	finish(&child);
	memory->values[side][round] = value_of(&child, "rss_kb ");
	wakeups->values[side][round] = value_of(&child, "wakeups_per_s ");
	child_stop(&child);
}

static struct result results[] = {
	{ .name = "latency 64 B, p50", .unit = "us", .wanted = "at most 1.1" },
	{ .name = "latency 64 B, p99", .unit = "us", .wanted = "" },
	{ .name = "latency 1 KiB, p50", .unit = "us", .wanted = "at most 1.1" },
	{ .name = "latency 1 KiB, p99", .unit = "us", .wanted = "" },
	{ .name = "throughput 1 KiB", .unit = "k/s", .wanted = "at least 1.0" },
	{ .name = "sender CPU per 1 KiB sample", .unit = "us", .wanted = "" },
	{ .name = "receiver CPU per 1 KiB sample",
	  .unit = "us",
	  .wanted = "at most 1.0" },
	{ .name = "idle memory", .unit = "kB RSS", .wanted = "at most 1024 kB more" },
	{ .name = "idle wake-ups", .unit = "1/s", .wanted = "no more" },
};

/* The one that begins changes from round to round. */
static void run_round(int round)
{
	for (int turn = 0; turn < SIDES; turn++) {
		enum side side = (enum side)((round + turn) % SIDES);
		latency(side, "64", round, &results[0], &results[1]);
	}
	for (int turn = 0; turn < SIDES; turn++) {
		enum side side = (enum side)((round + turn) % SIDES);
		latency(side, "1024", round, &results[2], &results[3]);
	}
	for (int turn = 0; turn < SIDES; turn++) {
		enum side side = (enum side)((round + turn) % SIDES);
		throughput(side, "1024", round, &results[4], &results[5], &results[6]);
	}
	for (int turn = 0; turn < SIDES; turn++) {
		enum side side = (enum side)((round + turn) % SIDES);
		idle(side, round, &results[7], &results[8]);
	}
}

int main(int argc, char **argv)
{
	static char self[512];
	snprintf(self, sizeof self, "%s", argv[0]);
	char *slash = strrchr(self, '/');
	directory = slash ? self : ".";
	if (slash)
		*slash = '\0';
	if (argc > 1)
		rounds = atoi(argv[1]);
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench_transfer [ROUNDS, 1..%d]\n", ROUNDS_MAX);
		return 2;
	}
	netns_isolate();
	/* Both get what Tern sets by itself: the comparison is of code, not of buffers. */
	setenv("CYCLONEDDS_URI",
	       "<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"
	       "</Interfaces></General><Discovery><SPDPInterval>1s</SPDPInterval></Discovery>"
	       "<Internal><SocketReceiveBufferSize max='8MB'/></Internal>",
	       1);
	for (int round = 0; round < rounds; round++)
		run_round(round);
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		print_json(&results[i]);
	printf("\n%-38s %-10s %12s %12s %8s  %s\n", "", "", "tern", "cyclone", "ratio",
	       "wanted");
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		print_row(&results[i]);
	return 0;
}
