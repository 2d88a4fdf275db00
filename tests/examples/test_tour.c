/* The tour's programs: each prints exactly what its comment promises, and leaves cleanly. */
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

#define TIMEOUT_NS (30 * SUITE_SECOND_NS)

static void expect(const char *program, const char *output)
{
	char path[64];
	char *argv[] = { path, NULL };
	struct child child;

	snprintf(path, sizeof path, "bin/tour_%s", program);
	CU_ASSERT_TRUE_FATAL(child_start(&child, suite_build_path(path), argv, NULL));
	CU_ASSERT_EQUAL(child_wait(&child, TIMEOUT_NS), 0);
	if (strcmp(child.text, output) != 0)
		fprintf(stderr, "%s printed:\n%s", program, child.text);
	CU_ASSERT_STRING_EQUAL(child.text, output);
	child_stop(&child);
}

static void write_and_read(void)
{
	expect("1_write_and_read", "motor: 81.5 degC\n"
	                           "battery: 34.0 degC\n");
}

static void instances(void)
{
	expect("2_instances", "motor is new: 84.0 degC\n"
	                      "battery is new: 34.0 degC\n"
	                      "motor is known: 85.0 degC\n"
	                      "battery is no more\n");
}

static void late_comer(void)
{
	expect("3_late_comer", "kept for me: 87.0 degC\n"
	                       "kept for me: 88.0 degC\n"
	                       "kept for me: 89.0 degC\n");
}

static void waiting(void)
{
	expect("4_waiting", "inside: 1 sample\n"
	                    "outside: 1 sample\n");
}

#define REASON                                                                           \
	"reader requests RELIABLE, writer offers BEST_EFFORT: make the writer reliable " \
	"or the reader best effort\n"

static void no_match(void)
{
	expect("5_no_match",
	       "the reader waited in vain: reading has 0 of 1 writers: " REASON
	       "the reader's status says: " REASON "the writer's status says: " REASON);
}

static const struct suite_test tests[] = {
	{ "samples_are_written_and_read_in_one_process", write_and_read },
	{ "instances_keep_their_newest_sample_and_can_be_disposed_of", instances },
	{ "a_late_comer_gets_what_was_kept", late_comer },
	{ "an_event_loop_waits_on_a_descriptor", waiting },
	{ "what_does_not_match_is_explained_on_both_sides", no_match },
};

int main(int argc, char **argv)
{
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
