/* Tern over shared memory against iceoryx with RouDi and ZeroMQ over ipc, by turns: latency,
 * throughput, one writer to several readers, late joiners, and what an idle process costs. Each
 * side's end is a program of its own; all three share the code that measures. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "contest.h"
#include "idle.h"
#include "suite.h"

enum { TERN, ICEORYX, ZMQ };

static const struct contest_side sides[] = {
	{ "tern", "bin/bench_shm_tern" },
	{ "iceoryx", "bin/bench_shm_iceoryx" },
	{ "zmq", "bin/bench_shm_zmq" },
};

#define READERS 4

/* The sum over all readers. */
static void measure_throughput(const struct contest *contest,
                               const struct contest_side *side, double *ret_values)
{
	struct child publisher, subscribers[READERS];
	int count = strchr(contest->detail, '4') ? READERS : 1;

	if (count > 1)
		setenv("BENCH_PUBLISHED", "1", 1);
	for (int i = 0; i < count; i++)
		contest_start(&subscribers[i], side, "subscribe", contest);
	contest_start(&publisher, side, "publish", contest);
	for (int i = 0; i < count; i++) {
		double rate;
		contest_finish(&subscribers[i], 1, &rate);
		ret_values[0] += rate;
	}
	child_send_line(&publisher, "done");
	contest_finish(&publisher, 0, NULL);
	unsetenv("BENCH_PUBLISHED");
}

static void measure_joining(const struct contest *contest,
                            const struct contest_side *side, double *ret_values)
{
	struct child holder, joiner;
	struct timespec now;
	char begin_ns[32];

	setenv("BENCH_HOLD_BEATS", "1", 1);
	if (side != &sides[ZMQ])
		unsetenv("BENCH_HOLD_BEATS");
	contest_start(&holder, side, "hold", contest);
	if (!child_wait_line(&holder, "holding", 10 * SUITE_SECOND_NS))
		contest_fail("nobody holds a sample");
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(begin_ns, sizeof begin_ns, "%lld",
	         (long long)now.tv_sec * 1000000000 + now.tv_nsec);
	setenv("BENCH_BEGIN_NS", begin_ns, 1);
	contest_start(&joiner, side, "join", contest);
	contest_finish(&joiner, 1, ret_values);
	child_stop(&holder);
}

static void measure_idle(const struct contest *contest, const struct contest_side *side,
                         double *ret_values)
{
	struct child child;
	struct idle_cost settling, cost;

	contest_start(&child, side, "idle", contest);
	if (!child_wait_line(&child, "idle", 10 * SUITE_SECOND_NS) ||
	    !idle_watch(child.pid, 2, &settling) ||
	    !idle_watch(child.pid, contest->count, &cost))
		contest_fail("the idle process ended");
	child_stop(&child);
	ret_values[0] = (double)cost.memory_kib;
	ret_values[1] = (double)cost.threads;
	ret_values[2] = (double)cost.wakeups / contest->count;
}

/* ---- contests ------------------------------------------------------------------------ */

#define LATENCY(NAME, SIZE, COUNT, HOW, COMPARED, TARGET, RIVAL)                         \
	{                                                                                \
		.name = NAME, .measure = contest_latency, .detail = HOW,                 \
		.size_bytes = SIZE, .count = COUNT, .rounds = 5, .metrics = {            \
			{ "p50", "ns", COMPARED, AT_MOST, TARGET, RIVAL },               \
			{ "p99", "ns", RATIO, NO_TARGET, 0, 0 }                          \
		}                                                                        \
	}

#define RATE(NAME, SIZE, COUNT, HOW, COMPARED, TARGET)                                   \
	{                                                                                \
		.name = NAME, .measure = measure_throughput, .detail = HOW,              \
		.size_bytes = SIZE, .count = COUNT, .rounds = 5, .metrics = {            \
			{ "rate", "/s", COMPARED, AT_LEAST, TARGET, 0 }                  \
		}                                                                        \
	}

static const struct contest contests[] = {
	LATENCY("spinning", 64, 100000, "s2", VALUE, 600, 0),
	LATENCY("spinning", 65536, 50000, "s2", VALUE, 600, 0),
	LATENCY("spinning", 8388608, 600, "s2", VALUE, 600, 0),
	LATENCY("one CPU", 64, 50000, "1", VALUE, 2300, 0),
	LATENCY("two CPUs", 64, 10000, "2", RATIO, 1.0, ICEORYX),
	RATE("write", 64, 2000000, "w2", VALUE, 6e6),
	RATE("loan", 65536, 150000, "2", VALUE, 3e6),
	RATE("loan", 1048576, 30000, "2", VALUE, 3e6),
	RATE("touched", 1048576, 10000, "t2", RATIO, 1.0),
	RATE("to four", 1024, 400000, "w4", VALUE, 2e6),
	{ .name = "late joiner",
	  .measure = measure_joining,
	  .detail = "",
	  .size_bytes = 64,
	  .count = 1,
	  .rounds = 7,
	  .metrics = { { "first", "ns", VALUE, AT_MOST, 4e6, 0 } } },
	{ .name = "idle",
	  .measure = measure_idle,
	  .detail = "",
	  .size_bytes = 64,
	  .count = 5,
	  .rounds = 3,
	  .metrics = { { "memory", "KiB", VALUE, AT_MOST, 3072, 0 },
	               { "threads", "", VALUE, AT_MOST, 1, 0 },
	               { "wake-ups", "/s", VALUE, AT_MOST, 0, 0 } } },
};

/* ---- surroundings -------------------------------------------------------------------- */

/* Chunks for everything above, as RouDi wants it said before. */
static const char roudi_settings[] = "[general]\nversion = 1\n[[segment]]\n"
				     "[[segment.mempool]]\nsize = 1024\ncount = 4000\n"
				     "[[segment.mempool]]\nsize = 65536\ncount = 600\n"
				     "[[segment.mempool]]\nsize = 1048576\ncount = 600\n"
				     "[[segment.mempool]]\nsize = 8388608\ncount = 16\n";

static char directory[] = "/dev/shm/tern-bench-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void remove_directory(void)
{
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void start_roudi(struct child *roudi)
{
	char path[64];
	/* Whatever the level, it tells of its memory, and of an assertion at its end. */
	char *argv[] = { "sh", "-c",
		         "exec /usr/bin/iox-roudi -c \"$0\" -m off -l error 2>/dev/null",
		         path, NULL };

	snprintf(path, sizeof path, "%s/roudi.toml", directory);
	FILE *file = fopen(path, "we");
	if (!file || fputs(roudi_settings, file) < 0 || fclose(file) != 0)
		contest_fail("no settings for RouDi");
	if (!child_start(roudi, "/bin/sh", argv, NULL) ||
	    !child_wait_line(roudi, "RouDi is ready", 20 * SUITE_SECOND_NS))
		contest_fail("RouDi does not start");
}

int main(int argc, char **argv)
{
	bool quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
	struct child roudi;

	if (argc > 1 && !quick)
		contest_fail("usage: bench_shm [--quick]");
	if (!mkdtemp(directory) || atexit(remove_directory) != 0)
		contest_fail(strerror(errno));
	setenv("TERN_SHM_DIR", directory, 1);
	setenv("BENCH_DIRECTORY", directory, 1);
	setenv("TERN_TRANSPORTS", "shm", 1);
	start_roudi(&roudi);
	contest_run("shm", sides, sizeof sides / sizeof *sides, contests,
	            sizeof contests / sizeof *contests, quick);
	child_stop(&roudi);
	return 0;
}
