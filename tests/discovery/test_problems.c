/* Each problem is provoked by processes that really have it, and seen by one that has no part in
 * it. Runs in a network and with a /dev/shm of its own. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <tern/graph.h>
#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

#define PATIENCE_NS (60 * SUITE_SECOND_NS)

static struct tern_participant *bus;
static struct tern_graph_watch *watch;
static const struct tern_graph *graph; /* the last snapshot */
#define STOPPED                                                                          \
	{                                                                                \
		.input = -1, .output = -1                                                \
	}
static struct child a = STOPPED, b = STOPPED, c = STOPPED;

static void set_transports(const char *transports)
{
	setenv("TERN_TRANSPORTS", transports, 1);
}

static void begin(const char *transports)
{
	set_transports(transports);
	CU_ASSERT_EQUAL_FATAL(tern_participant_create(0, "observer", &bus), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_participant_wait_started(bus, PATIENCE_NS), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_graph_watch_create(bus, &watch), TERN_OK);
}

static void end(void)
{
	child_stop(&a);
	child_stop(&b);
	child_stop(&c);
	tern_graph_destroy(graph);
	graph = NULL;
	tern_graph_watch_destroy(watch);
	CU_ASSERT_EQUAL(tern_participant_destroy(bus), TERN_OK);
}

static void start(struct child *peer)
{
	char *argv[] = { "graph_peer", NULL };

	CU_ASSERT_TRUE_FATAL(child_start(
		peer, suite_build_path("tests/discovery/graph_peer"), argv, NULL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(child_wait_line(peer, "here", PATIENCE_NS));
}

static void tell(struct child *peer, const char *line)
{
	CU_ASSERT_TRUE_FATAL(child_send_line(peer, line));
	const char *answer = child_wait_line(peer, "ok", PATIENCE_NS);
	if (!answer)
		fprintf(stderr, "to \"%s\" it said:\n%s\n", line, peer->text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
}

static void look(void)
{
	tern_graph_destroy(graph);
	graph = NULL;
	CU_ASSERT_EQUAL_FATAL(tern_graph_watch_take(watch, &graph), TERN_OK);
}

static const struct tern_problem *find(tern_problem_code code)
{
	for (uint32_t i = 0; i < graph->problem_count; i++)
		if (graph->problems[i].code == code)
			return &graph->problems[i];
	return NULL;
}

static void print_all(void)
{
	char line[2048];

	for (uint32_t i = 0; i < graph->problem_count; i++) {
		tern_problem_format(&graph->problems[i], line, sizeof line);
		fprintf(stderr, "there is: %s\n", line);
	}
}

/* What a transport sees of others' pairs moves no generation: look again anyway. */
static void look_again_soon(void)
{
	tern_status s = tern_graph_watch_wait(watch, 20 * SUITE_MILLISECOND_NS);

	CU_ASSERT_TRUE_FATAL(s == TERN_OK || s == TERN_ETIMEDOUT);
	look();
}

/* Look until the problem is there. */
static const struct tern_problem *see(tern_problem_code code)
{
	int64_t deadline_ns = suite_monotonic_ns() + PATIENCE_NS;
	const struct tern_problem *problem;

	look();
	while (!(problem = find(code)) && suite_monotonic_ns() < deadline_ns)
		look_again_soon();
	if (!problem)
		print_all();
	CU_ASSERT_PTR_NOT_NULL_FATAL(problem);
	return problem;
}

/* Look until so many endpoints are there. */
static void see_endpoints(uint32_t wanted)
{
	int64_t deadline_ns = suite_monotonic_ns() + PATIENCE_NS;
	uint32_t count;

	do {
		look_again_soon();
		count = 0;
		for (uint32_t i = 0; i < graph->topic_count; i++)
			count += graph->topics[i].writer_count +
			         graph->topics[i].reader_count;
	} while (count != wanted && suite_monotonic_ns() < deadline_ns);
	CU_ASSERT_EQUAL_FATAL(count, wanted);
}

/* ---- the rules --------------------------------------------------------------------------- */

static void every_policy_that_fails_is_a_t01_with_both_values(void)
{
	begin("local,shm");
	start(&a);
	start(&b);
	tell(&a, "writer pose best_effort");
	tell(&b, "reader pose reliable deadline=20");
	const struct tern_problem *problem = see(TERN_PROBLEM_QOS);
	uint32_t count = 0;
	for (uint32_t i = 0; i < graph->problem_count; i++)
		count += graph->problems[i].code == TERN_PROBLEM_QOS;
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_EQUAL(problem->severity, TERN_PROBLEM_ERROR);
	CU_ASSERT_STRING_EQUAL(problem->topic, "pose");
	CU_ASSERT_STRING_EQUAL(problem->wanted, "RELIABILITY RELIABLE");
	CU_ASSERT_STRING_EQUAL(problem->got, "RELIABILITY BEST_EFFORT");
	CU_ASSERT_STRING_EQUAL(problem->fix,
	                       "make the writer reliable or the reader best effort");
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->where, "pose: graph_peer["));
	char line[1024];
	tern_problem_format(problem, line, sizeof line);
	CU_ASSERT_EQUAL(strncmp(line, "T01 QoS mismatch: pose: graph_peer[", 35), 0);
	end();
}

static void types_of_two_others_are_a_t02_that_names_the_member(void)
{
	begin("local,shm");
	start(&a);
	start(&b);
	tell(&a, "writer pose drifted");
	tell(&b, "reader pose");
	const struct tern_problem *problem = see(TERN_PROBLEM_TYPE);
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "peer::Pose.y"));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "writer float, reader double"));
	CU_ASSERT_STRING_EQUAL(problem->wanted, "peer::Pose");
	CU_ASSERT_STRING_EQUAL(problem->got, "peer::Drifted");
	CU_ASSERT_STRING_EQUAL(problem->fix, "give both the same type");
	end();
}

static void names_that_differ_in_case_are_a_t03(void)
{
	begin("local,shm");
	start(&a);
	start(&b);
	tell(&a, "writer Pose");
	tell(&b, "reader pose");
	const struct tern_problem *problem = see(TERN_PROBLEM_NEAR_MATCH);
	CU_ASSERT_STRING_EQUAL(problem->wanted, "pose");
	CU_ASSERT_STRING_EQUAL(problem->got, "Pose");
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "upper and lower case"));
	CU_ASSERT_PTR_NULL(find(TERN_PROBLEM_UNMATCHED));
	end();
}

static void the_prefix_of_ros_2_is_a_t03(void)
{
	begin("local,shm");
	start(&a);
	start(&b);
	tell(&a, "writer rt/pose");
	tell(&b, "reader pose");
	const struct tern_problem *problem = see(TERN_PROBLEM_NEAR_MATCH);
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "ROS 2"));
	end();
}

static void partitions_that_keep_two_lonely_ends_apart_are_a_t03(void)
{
	begin("local,shm");
	start(&a);
	start(&b);
	tell(&a, "writer pose partition=left");
	tell(&b, "reader pose partition=right");
	const struct tern_problem *problem = see(TERN_PROBLEM_NEAR_MATCH);
	CU_ASSERT_STRING_EQUAL(problem->got, "PARTITION \"left\"");
	CU_ASSERT_STRING_EQUAL(problem->wanted, "PARTITION \"right\"");
	/* With a partner each, the two are other buses by their owners' wish. */
	tell(&a, "reader pose partition=left");
	tell(&b, "writer pose partition=right");
	see_endpoints(4);
	CU_ASSERT_PTR_NULL(find(TERN_PROBLEM_NEAR_MATCH));
	end();
}

static void who_has_nobody_is_a_t04_that_is_only_a_note(void)
{
	begin("local,shm");
	start(&a);
	tell(&a, "writer pose");
	const struct tern_problem *problem = see(TERN_PROBLEM_UNMATCHED);
	CU_ASSERT_EQUAL(problem->severity, TERN_PROBLEM_NOTE);
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "nobody reads"));
	start(&b);
	tell(&b, "reader pose");
	see_endpoints(2);
	CU_ASSERT_PTR_NULL(find(TERN_PROBLEM_UNMATCHED));
	end();
}

static void a_volatile_reader_of_a_durable_writer_is_a_t14(void)
{
	begin("local,shm");
	start(&a);
	start(&b);
	tell(&a, "writer pose durable reliable");
	tell(&b, "reader pose volatile");
	const struct tern_problem *problem = see(TERN_PROBLEM_LATE_JOINER);
	CU_ASSERT_EQUAL(problem->severity, TERN_PROBLEM_NOTE);
	CU_ASSERT_STRING_EQUAL(problem->got, "the last 1 of each instance");
	end();
}

/* ---- processes --------------------------------------------------------------------------- */

static void a_process_that_is_killed_is_a_t10_at_once(void)
{
	begin("local,shm");
	start(&a);
	tell(&a, "writer pose");
	see_endpoints(1);
	int64_t killed_ns = suite_monotonic_ns();
	child_signal(&a, SIGKILL);
	const struct tern_problem *problem = see(TERN_PROBLEM_DEAD_PEER);
	printf(" (seen %.1f ms after the kill) ",
	       (double)(suite_monotonic_ns() - killed_ns) / 1e6);
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->where, "graph_peer["));
	CU_ASSERT_EQUAL(graph->topic_count, 0);
	CU_ASSERT_EQUAL(graph->dead_count, 1);
	end();
}

static void a_process_that_leaves_is_not_dead(void)
{
	begin("local,shm");
	start(&a);
	tell(&a, "writer pose");
	see_endpoints(1);
	CU_ASSERT_TRUE(child_send_line(&a, "bye"));
	CU_ASSERT_EQUAL(child_wait(&a, PATIENCE_NS), 0);
	see_endpoints(0);
	CU_ASSERT_EQUAL(graph->dead_count, 0);
	end();
}

static void the_watch_wakes_up_when_a_process_dies(void)
{
	begin("local,shm");
	start(&a);
	tell(&a, "writer pose");
	see_endpoints(1);
	while (tern_graph_watch_wait(watch, 0) == TERN_OK)
		look();
	int64_t killed_ns = suite_monotonic_ns();
	child_signal(&a, SIGKILL);
	CU_ASSERT_EQUAL(tern_graph_watch_wait(watch, PATIENCE_NS), TERN_OK);
	printf(" (woken %.1f ms after the kill) ",
	       (double)(suite_monotonic_ns() - killed_ns) / 1e6);
	(void)see(TERN_PROBLEM_DEAD_PEER);
	end();
}

static void a_process_that_cannot_open_others_memory_is_a_t11(void)
{
	begin("local,shm");
	start(&a);
	tell(&a, "reader pose");
	tell(&a, "choke");
	start(&b);
	tell(&b, "writer pose");
	/* It finds the other when it next calls Tern. */
	CU_ASSERT_TRUE(child_send_line(&a, "wait pose 1"));
	const struct tern_problem *problem = see(TERN_PROBLEM_NO_SHM);
	CU_ASSERT_EQUAL(problem->severity, TERN_PROBLEM_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "cannot read its shared memory"));
	child_signal(&a, SIGKILL);
	end();
}

static void shared_memory_that_does_not_start_here_is_a_t11(void)
{
	setenv("TERN_SHM_DIR", "/proc/there/is/no/such/place", 1);
	begin("local,shm");
	unsetenv("TERN_SHM_DIR");
	const struct tern_problem *problem = see(TERN_PROBLEM_NO_SHM);
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "/proc/there/is/no/such/place"));
	end();
}

/* ---- pairs ------------------------------------------------------------------------------- */

static const struct tern_graph_pair *only_pair(void)
{
	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	CU_ASSERT_EQUAL_FATAL(graph->topics[0].pair_count, 1);
	return &graph->topics[0].pairs[0];
}

static void a_pair_of_two_others_is_seen_to_go_over_shared_memory(void)
{
	int64_t deadline_ns = suite_monotonic_ns() + PATIENCE_NS;

	begin("local,shm");
	start(&a);
	start(&b);
	tell(&a, "writer pose reliable keep_all");
	tell(&b, "reader pose reliable keep_all");
	tell(&b, "wait pose 1");
	do
		look_again_soon();
	while ((graph->topic_count == 0 || graph->topics[0].pair_count == 0 ||
	        graph->topics[0].pairs[0].state != TERN_PAIR_MATCHED) &&
	       suite_monotonic_ns() < deadline_ns);
	const struct tern_graph_pair *pair = only_pair();
	CU_ASSERT_STRING_EQUAL(pair->transport, "shm");
	CU_ASSERT_STRING_EQUAL(pair->route, "shm");
	CU_ASSERT_TRUE(pair->has_lag && pair->holds_back && !pair->blocks);
	CU_ASSERT_EQUAL(pair->lag, 0);
	end();
}

static void a_reader_that_holds_its_writer_up_is_a_t12_and_whom_it_blocks_is_said(void)
{
	begin("local,shm");
	start(&a);
	start(&b);
	start(&c);
	tell(&b, "reader pose reliable keep_all");
	tell(&c, "reader pose best_effort");
	tell(&a, "writer pose reliable keep_all");
	tell(&b, "wait pose 1");
	tell(&c, "wait pose 1");
	tell(&a, "wait pose 2");
	tell(&a, "write pose 10000000");
	const struct tern_problem *problem = see(TERN_PROBLEM_SLOW_READER);
	int64_t deadline_ns = suite_monotonic_ns() + PATIENCE_NS;
	while (problem->severity != TERN_PROBLEM_ERROR &&
	       suite_monotonic_ns() < deadline_ns) {
		look_again_soon();
		problem = see(TERN_PROBLEM_SLOW_READER);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "the writer waits for this reader"));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->what, "1 other reader of this writer"));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem->got, "samples behind"));
	child_signal(&a, SIGKILL); /* it would write for ever */
	end();
}

#ifdef WITH_DDS
static void ends_without_a_common_transport_are_a_t05_with_each_refusal(void)
{
	set_transports("local,shm");
	start(&a);
	set_transports("local,dds");
	start(&b);
	begin("local,shm,dds");
	tell(&a, "writer pose");
	tell(&b, "reader pose");
	const struct tern_problem *problem = see(TERN_PROBLEM_UNREACHABLE);
	CU_ASSERT_EQUAL(problem->severity, TERN_PROBLEM_ERROR);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(problem->what, "shm: the reader is not seen by it"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(problem->what, "dds: the writer is not seen by it"));
	CU_ASSERT_STRING_EQUAL(problem->wanted, "dds");
	CU_ASSERT_STRING_EQUAL(problem->got, "shm");
	end();
}
#endif

static const struct suite_test tests[] = {
	{ "every_policy_that_fails_is_a_t01_with_both_values",
	  every_policy_that_fails_is_a_t01_with_both_values },
	{ "types_of_two_others_are_a_t02_that_names_the_member",
	  types_of_two_others_are_a_t02_that_names_the_member },
	{ "names_that_differ_in_case_are_a_t03", names_that_differ_in_case_are_a_t03 },
	{ "the_prefix_of_ros_2_is_a_t03", the_prefix_of_ros_2_is_a_t03 },
	{ "partitions_that_keep_two_lonely_ends_apart_are_a_t03",
	  partitions_that_keep_two_lonely_ends_apart_are_a_t03 },
	{ "who_has_nobody_is_a_t04_that_is_only_a_note",
	  who_has_nobody_is_a_t04_that_is_only_a_note },
	{ "a_volatile_reader_of_a_durable_writer_is_a_t14",
	  a_volatile_reader_of_a_durable_writer_is_a_t14 },
	{ "a_process_that_is_killed_is_a_t10_at_once",
	  a_process_that_is_killed_is_a_t10_at_once },
	{ "a_process_that_leaves_is_not_dead", a_process_that_leaves_is_not_dead },
	{ "the_watch_wakes_up_when_a_process_dies",
	  the_watch_wakes_up_when_a_process_dies },
	{ "a_process_that_cannot_open_others_memory_is_a_t11",
	  a_process_that_cannot_open_others_memory_is_a_t11 },
	{ "shared_memory_that_does_not_start_here_is_a_t11",
	  shared_memory_that_does_not_start_here_is_a_t11 },
	{ "a_pair_of_two_others_is_seen_to_go_over_shared_memory",
	  a_pair_of_two_others_is_seen_to_go_over_shared_memory },
	{ "a_reader_that_holds_its_writer_up_is_a_t12_and_whom_it_blocks_is_said",
	  a_reader_that_holds_its_writer_up_is_a_t12_and_whom_it_blocks_is_said },
#ifdef WITH_DDS
	{ "ends_without_a_common_transport_are_a_t05_with_each_refusal",
	  ends_without_a_common_transport_are_a_t05_with_each_refusal },
#endif
};

int main(int argc, char **argv)
{
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
