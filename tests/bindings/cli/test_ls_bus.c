/* tern ls looks at a real bus over DDS: this process writes and reads, `tern` looks on as another.
 * Runs in a network of its own. */
#include <string.h>

#include <json-c/json.h>

#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "pose.h"
#include "suite.h"

static struct tern_participant *bus;

static void join(void)
{
	CU_ASSERT_EQUAL_FATAL(tern_participant_create(0, "ls bus", &bus), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_participant_wait_started(bus, 10 * SUITE_SECOND_NS),
	                      TERN_OK);
}

static void leave(void)
{
	CU_ASSERT_EQUAL(tern_participant_destroy(bus), TERN_OK);
}

static void add_writer(const char *topic, tern_reliability reliability)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_writer *writer;

	qos.reliability = reliability;
	CU_ASSERT_EQUAL_FATAL(
		tern_writer_create(bus, topic, &vehicle_Pose_type, &qos, &writer),
		TERN_OK);
}

static void add_reader(const char *topic, tern_reliability reliability)
{
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_reader *reader;

	qos.reliability = reliability;
	CU_ASSERT_EQUAL_FATAL(
		tern_reader_create(bus, topic, &vehicle_Pose_type, &qos, &reader),
		TERN_OK);
}

/* Discovery may take a while on a busy machine: look until the output is complete. */
static bool ls_shows(struct child *child, char *const argv[], int wanted_code,
                     const char *wanted, int *ret_code)
{
	int64_t deadline_ns = suite_monotonic_ns() + 30 * SUITE_SECOND_NS;

	do {
		CU_ASSERT_TRUE_FATAL(
			child_start(child, suite_build_path("bin/tern"), argv, NULL));
		*ret_code = child_wait(child, 30 * SUITE_SECOND_NS);
		if (*ret_code == wanted_code && child->text &&
		    strstr(child->text, wanted))
			return true;
		if (suite_monotonic_ns() >= deadline_ns)
			fprintf(stderr, "exit code %d:\n%s\n", *ret_code,
			        child->text ? child->text : "");
		child_stop(child);
	} while (suite_monotonic_ns() < deadline_ns);
	return false;
}

static void matched_topics_are_listed_with_type_and_process(void)
{
	char *argv[] = { "tern", "ls", NULL };
	struct child child;
	int code;

	join();
	add_writer("pose", TERN_RELIABLE);
	add_reader("pose", TERN_RELIABLE);
	CU_ASSERT_TRUE_FATAL(
		ls_shows(&child, argv, 0,
	                 "pose  vehicle::Pose  1 writer, 1 reader, matched\n", &code));
	CU_ASSERT_PTR_NOT_NULL(strstr(child.text, "  writer  test_ls_bus["));
	CU_ASSERT_PTR_NOT_NULL(strstr(child.text, " on this host"));
	child_stop(&child);
	leave();
}

static void a_pair_that_does_not_match_is_exit_code_1_with_the_reason(void)
{
	char *argv[] = { "tern", "ls", "--json", NULL };
	struct child child;
	json_object *reason = NULL;
	int code;

	join();
	add_writer("pose", TERN_BEST_EFFORT);
	add_reader("pose", TERN_RELIABLE);
	CU_ASSERT_TRUE_FATAL(ls_shows(&child, argv, 1, "\"unmatched\"", &code));
	/* Behind the problems. */
	const char *topic = strstr(child.text, "{\"version\":1,\"kind\":\"topic\"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(topic);
	json_object *line = json_tokener_parse(topic);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_EQUAL_FATAL(json_pointer_get(line, "/pairs/0/reason", &reason), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(json_object_get_string(reason), "RELIABLE"));
	json_object_put(line);
	child_stop(&child);
	leave();
}

static void another_domain_is_not_shown(void)
{
	char *argv[] = { "tern", "ls", "--domain", "1", NULL };
	struct child child;
	int code;

	join();
	add_writer("pose", TERN_RELIABLE);
	CU_ASSERT_TRUE(ls_shows(&child, argv, 0, "no topics", &code));
	child_stop(&child);
	leave();
}

static const struct suite_test tests[] = {
	{ "matched_topics_are_listed_with_type_and_process",
	  matched_topics_are_listed_with_type_and_process },
	{ "a_pair_that_does_not_match_is_exit_code_1_with_the_reason",
	  a_pair_that_does_not_match_is_exit_code_1_with_the_reason },
	{ "another_domain_is_not_shown", another_domain_is_not_shown },
};

int main(int argc, char **argv)
{
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
