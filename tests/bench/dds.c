/* Tern over DDS against Cyclone DDS alone: latency, throughput and what an idle process costs,
 * each measured by turns between processes of bench_dds_tern and of bench_dds_cyclone, on the
 * loopback of a network namespace of its own. */
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "contest.h"
#include "idle.h"
#include "netns.h"
#include "suite.h"

static const struct contest_side sides[] = {
	{ "tern", "bin/bench_dds_tern" },
	{ "cyclone", "bin/bench_dds_cyclone" },
};

/* Both get what Tern sets by itself: code is compared, not buffers. */
static const char cyclone_settings[] =
	"<General><Interfaces><NetworkInterface name='lo' multicast='true'/></Interfaces>"
	"</General><Discovery><SPDPInterval>1s</SPDPInterval></Discovery>"
	"<Internal><SocketReceiveBufferSize max='8MB'/></Internal>";

static void measure_throughput(const struct contest *contest,
                               const struct contest_side *side, double *ret_values)
{
	struct child publisher, subscriber;

	contest_start(&subscriber, side, "subscribe", contest);
	contest_start(&publisher, side, "publish", contest);
	contest_finish(&publisher, 2, ret_values);
	contest_finish(&subscriber, 1, ret_values + 2);
}

static void measure_idle(const struct contest *contest, const struct contest_side *side,
                         double *ret_values)
{
	struct child child;
	struct idle_cost settling, cost;

	contest_start(&child, side, "idle", contest);
	if (!child_wait_line(&child, "idle", 10 * SUITE_SECOND_NS) ||
	    !idle_watch(child.pid, 1, &settling) ||
	    !idle_watch(child.pid, contest->count, &cost))
		contest_fail("the idle process ended");
	child_stop(&child);
	ret_values[0] = (double)cost.memory_kib;
	ret_values[1] = (double)cost.threads;
	ret_values[2] = (double)cost.wakeups;
	ret_values[3] = (double)cost.other_wakeups;
}

/* ---- contests ------------------------------------------------------------------------ */

static const struct contest contests[] = {
	{ .name = "latency",
	  .measure = contest_latency,
	  .size_bytes = 64,
	  .count = 6000,
	  .rounds = 7,
	  .metrics = { { "p50", "ns", RATIO, AT_MOST, 1.1, 0 },
	               { "p99", "ns", RATIO, NO_TARGET, 0, 0 } } },
	{ .name = "latency",
	  .measure = contest_latency,
	  .size_bytes = 1024,
	  .count = 6000,
	  .rounds = 7,
	  .metrics = { { "p50", "ns", RATIO, AT_MOST, 1.1, 0 },
	               { "p99", "ns", RATIO, NO_TARGET, 0, 0 } } },
	{ .name = "throughput",
	  .measure = measure_throughput,
	  .size_bytes = 1024,
	  .count = 120000,
	  .rounds = 9,
	  .metrics = { { "rate", "/s", RATIO, AT_LEAST, 1.0, 0 },
	               { "writer CPU", "ns", RATIO, NO_TARGET, 0, 0 },
	               { "reader CPU", "ns", RATIO, AT_MOST, 1.0, 0 } } },
	{ .name = "idle",
	  .measure = measure_idle,
	  .size_bytes = 64,
	  .count = 2,
	  .rounds = 3,
	  .metrics = { { "memory", "KiB", DIFFERENCE, AT_MOST, 1024, 0 },
	               { "threads", "", DIFFERENCE, NO_TARGET, 0, 0 },
	               { "wake-ups", "", DIFFERENCE, NO_TARGET, 0, 0 },
	               { "not Cyclone's", "", DIFFERENCE, AT_MOST, 0, 0 } } },
};

int main(int argc, char **argv)
{
	bool quick = argc == 2 && strcmp(argv[1], "--quick") == 0;

	if (argc > 1 && !quick)
		contest_fail("usage: bench_dds [--quick]");
	netns_isolate();
	setenv("CYCLONEDDS_URI", cyclone_settings, 1);
	setenv("TERN_TRANSPORTS", "dds", 1);
	setenv("TERN_MODULE_PATH", suite_build_path("lib/tern"), 1);
	contest_run("dds", sides, sizeof sides / sizeof *sides, contests,
	            sizeof contests / sizeof *contests, quick);
	return 0;
}
