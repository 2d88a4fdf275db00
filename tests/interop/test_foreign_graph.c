/* Tools see plain DDS programs as they see those of Tern: what they have, what keeps them apart,
 * and by which way they would meet. */
#include <stdlib.h>
#include <string.h>

#include <tern/dynamic_type.h>
#include <tern/graph.h>
#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

#define PATIENCE_NS (60 * SUITE_SECOND_NS)
#define STOPPED                                                                          \
	{                                                                                \
		.input = -1, .output = -1                                                \
	}

static struct tern_participant *bus;
static struct tern_graph_watch *watch;
static const struct tern_graph *graph;
static struct child foreign = STOPPED, other = STOPPED, tern = STOPPED;

static void begin(void)
{
	CU_ASSERT_EQUAL_FATAL(tern_participant_create(0, "observer", &bus), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_participant_wait_started(bus, PATIENCE_NS), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_graph_watch_create(bus, &watch), TERN_OK);
}

static void end(void)
{
	child_stop(&foreign);
	child_stop(&other);
	child_stop(&tern);
	tern_graph_destroy(graph);
	graph = NULL;
	tern_graph_watch_destroy(watch);
	CU_ASSERT_EQUAL(tern_participant_destroy(bus), TERN_OK);
}

static void start(struct child *child, const char *path, const char *line,
                  const char *answer)
{
	char *argv[] = { "peer", NULL };

	CU_ASSERT_TRUE_FATAL(child_start(child, suite_build_path(path), argv, NULL));
	CU_ASSERT_TRUE_FATAL(child_send_line(child, line));
	CU_ASSERT_PTR_NOT_NULL_FATAL(child_wait_line(child, answer, PATIENCE_NS));
}

static void start_foreign(struct child *child, const char *line)
{
	start(child, "tests/interop/foreign_peer", line, "answer: ok");
}

/* The first pair of the only topic; NULL: there is none. */
static const struct tern_graph_pair *pair(void)
{
	return graph->topic_count == 1 && graph->topics[0].pair_count == 1
	               ? &graph->topics[0].pairs[0]
	               : NULL;
}

/* Take snapshots until there is a pair. */
static void see_pair(void)
{
	int64_t deadline_ns = suite_monotonic_ns() + PATIENCE_NS;

	do {
		tern_status s = tern_graph_watch_wait(watch, 100 * SUITE_MILLISECOND_NS);
		CU_ASSERT_TRUE_FATAL(s == TERN_OK || s == TERN_ETIMEDOUT);
		tern_graph_destroy(graph);
		graph = NULL;
		CU_ASSERT_EQUAL_FATAL(tern_graph_watch_take(watch, &graph), TERN_OK);
	} while (!pair() && suite_monotonic_ns() < deadline_ns);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pair());
}

static void two_plain_programs_that_match_meet_over_dds(void)
{
	begin();
	start_foreign(&foreign, "writer Plain graph_plain");
	start_foreign(&other, "reader Plain graph_plain");
	see_pair();
	CU_ASSERT_EQUAL(pair()->state, TERN_PAIR_COMPATIBLE);
	CU_ASSERT_STRING_EQUAL(pair()->route, "dds");
	CU_ASSERT_FALSE(pair()->writer->process->is_tern);
	CU_ASSERT_EQUAL(pair()->writer->info.qos.history, TERN_KEEP_ALL);
	CU_ASSERT_NOT_EQUAL(pair()->writer->process->address[0], '\0');
	CU_ASSERT_EQUAL(graph->problem_count, 0);
	end();
}

static void a_plain_reader_that_asks_a_tern_writer_for_too_much_is_a_t01(void)
{
	begin();
	start(&tern, "tests/discovery/graph_peer", "writer graph_mixed best_effort",
	      "ok");
	start_foreign(&foreign, "reader Plain graph_mixed");
	see_pair();
	CU_ASSERT_EQUAL(pair()->state, TERN_PAIR_UNMATCHED);
	CU_ASSERT_NOT_EQUAL_FATAL(graph->problem_count, 0);
	const struct tern_problem *problem = &graph->problems[0];
	CU_ASSERT_EQUAL(problem->code, TERN_PROBLEM_QOS);
	CU_ASSERT_STRING_EQUAL(problem->wanted, "RELIABILITY RELIABLE");
	CU_ASSERT_STRING_EQUAL(problem->got, "RELIABILITY BEST_EFFORT");
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->where, "graph_mixed: graph_peer["));
	end();
}

static void types_of_two_others_on_the_network_are_asked_for_and_compared(void)
{
	const struct tern_graph_types types = {
		.find = tern_dynamic_type_find,
		.destroy = tern_dynamic_type_destroy,
		.timeout_ns = 30 * SUITE_SECOND_NS,
	};

	/* Without shared memory, which would know them already. */
	setenv("TERN_TRANSPORTS", "local,dds", 1);
	begin();
	start(&tern, "tests/discovery/graph_peer", "writer graph_types drifted", "ok");
	start(&other, "tests/discovery/graph_peer", "reader graph_types", "ok");
	unsetenv("TERN_TRANSPORTS");
	see_pair();
	CU_ASSERT_EQUAL(pair()->state, TERN_PAIR_UNDECIDED);
	tern_graph_destroy(graph);
	graph = NULL;
	CU_ASSERT_EQUAL_FATAL(tern_graph_create_with_types(bus, &types, &graph), TERN_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pair());
	CU_ASSERT_EQUAL(pair()->state, TERN_PAIR_UNMATCHED);
	CU_ASSERT_NOT_EQUAL_FATAL(graph->problem_count, 0);
	CU_ASSERT_EQUAL(graph->problems[0].code, TERN_PROBLEM_TYPE);
	CU_ASSERT_PTR_NOT_NULL(strstr(graph->problems[0].what, "peer::Pose.y"));
	CU_ASSERT_STRING_EQUAL(graph->problems[0].got, "peer::Drifted");
	end();
}

static const struct suite_test tests[] = {
	{ "two_plain_programs_that_match_meet_over_dds",
	  two_plain_programs_that_match_meet_over_dds },
	{ "types_of_two_others_on_the_network_are_asked_for_and_compared",
	  types_of_two_others_on_the_network_are_asked_for_and_compared },
	{ "a_plain_reader_that_asks_a_tern_writer_for_too_much_is_a_t01",
	  a_plain_reader_that_asks_a_tern_writer_for_too_much_is_a_t01 },
};

int main(int argc, char **argv)
{
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
