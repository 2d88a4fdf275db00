/* Children are heard, told apart by how they ended, and ended. */
#include <signal.h>
#include <string.h>

#include "child.h"
#include "suite.h"

static void lines_go_both_ways(void)
{
	char *argv[] = { "sh", "-c", "echo other; read word; echo heard $word", NULL };
	struct child child;

	CU_ASSERT_TRUE_FATAL(child_start(&child, "/bin/sh", argv, NULL));
	CU_ASSERT_TRUE(child_send_line(&child, "tern"));
	const char *rest = child_wait_line(&child, "heard ", 10 * SUITE_SECOND_NS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rest);
	CU_ASSERT_STRING_EQUAL(rest, "tern");
	CU_ASSERT_EQUAL(child_wait(&child, 10 * SUITE_SECOND_NS), 0);
	child_stop(&child);
}

static void the_exit_code_is_reported(void)
{
	char *argv[] = { "sh", "-c", "echo last words; exit 7", NULL };
	struct child child;

	CU_ASSERT_TRUE_FATAL(child_start(&child, "/bin/sh", argv, NULL));
	CU_ASSERT_EQUAL(child_wait(&child, 10 * SUITE_SECOND_NS), 7);
	CU_ASSERT_STRING_EQUAL(child.text, "last words\n");
	child_stop(&child);
}

static void a_wait_for_a_line_ends_with_the_output(void)
{
	char *argv[] = { "sh", "-c", "echo something", NULL };
	struct child child;

	CU_ASSERT_TRUE_FATAL(child_start(&child, "/bin/sh", argv, NULL));
	CU_ASSERT_PTR_NULL(child_wait_line(&child, "nothing", 10 * SUITE_SECOND_NS));
	child_stop(&child);
}

static void a_running_child_is_ended_by_a_signal(void)
{
	char *argv[] = { "sh", "-c", "echo ready; exec sleep 100", NULL };
	struct child child;

	CU_ASSERT_TRUE_FATAL(child_start(&child, "/bin/sh", argv, NULL));
	CU_ASSERT_PTR_NOT_NULL(child_wait_line(&child, "ready", 10 * SUITE_SECOND_NS));
	CU_ASSERT_EQUAL(child_wait(&child, 0), -1);
	CU_ASSERT_EQUAL(child_stop(&child), 128 + SIGTERM);
}

static void a_program_that_is_not_there_does_not_start(void)
{
	char *argv[] = { "nothing", NULL };
	struct child child;

	CU_ASSERT_FALSE(child_start(&child, "/nonexistent/program", argv, NULL));
	CU_ASSERT_EQUAL(child_stop(&child), -1);
}

static const struct suite_test tests[] = {
	{ "lines_go_both_ways", lines_go_both_ways },
	{ "the_exit_code_is_reported", the_exit_code_is_reported },
	{ "a_wait_for_a_line_ends_with_the_output",
	  a_wait_for_a_line_ends_with_the_output },
	{ "a_running_child_is_ended_by_a_signal", a_running_child_is_ended_by_a_signal },
	{ "a_program_that_is_not_there_does_not_start",
	  a_program_that_is_not_there_does_not_start },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
