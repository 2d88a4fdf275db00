/* The runner must not call a failure a success: it is run on itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "suite.h"

static const char *self;

static bool is_set(void *context)
{
	return *(bool *)context;
}

static bool counts_to_three(void *context)
{
	return ++*(int *)context >= 3;
}

static void waits_until_the_condition_holds(void)
{
	int count = 0;

	CU_ASSERT_TRUE(suite_wait_until(counts_to_three, &count, SUITE_SECOND_NS));
	CU_ASSERT_EQUAL(count, 3);
}

static void gives_up_at_the_deadline(void)
{
	bool never = false;
	int64_t begin_ns = suite_monotonic_ns();

	CU_ASSERT_FALSE(suite_wait_until(is_set, &never, 20 * SUITE_MILLISECOND_NS));
	CU_ASSERT_TRUE(suite_monotonic_ns() - begin_ns >= 20 * SUITE_MILLISECOND_NS);
}

static int run_self(char *filter)
{
	char *argv[] = { "test_suite", "--as-example", filter, NULL };
	struct child example;

	CU_ASSERT_TRUE_FATAL(child_start(&example, self, argv, NULL));
	int code = child_wait(&example, 10 * SUITE_SECOND_NS);
	child_stop(&example);
	return code;
}

static void a_failed_assertion_fails_the_program(void)
{
	CU_ASSERT_EQUAL(run_self("fails"), 1);
}

static void a_program_whose_tests_pass_succeeds(void)
{
	CU_ASSERT_EQUAL(run_self("passes"), 0);
}

static void a_filter_that_matches_nothing_fails_the_program(void)
{
	CU_ASSERT_EQUAL(run_self("no such test"), 1);
}

static void a_skipped_program_says_77(void)
{
	CU_ASSERT_EQUAL(run_self("skips"), SUITE_SKIPPED);
}

static void example_passes(void)
{
	CU_ASSERT_TRUE(self != NULL);
}

static void example_fails(void)
{
	CU_ASSERT_TRUE(self == NULL);
}

static void example_skips(void)
{
	suite_skip("as an %s", "example");
}

static const struct suite_test examples[] = {
	{ "passes", example_passes },
	{ "fails", example_fails },
	{ "skips", example_skips },
};

static const struct suite_test tests[] = {
	{ "waits_until_the_condition_holds", waits_until_the_condition_holds },
	{ "gives_up_at_the_deadline", gives_up_at_the_deadline },
	{ "a_failed_assertion_fails_the_program", a_failed_assertion_fails_the_program },
	{ "a_program_whose_tests_pass_succeeds", a_program_whose_tests_pass_succeeds },
	{ "a_filter_that_matches_nothing_fails_the_program",
	  a_filter_that_matches_nothing_fails_the_program },
	{ "a_skipped_program_says_77", a_skipped_program_says_77 },
};

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 2 && strcmp(argv[1], "--as-example") == 0) {
		self = argv[0];
		argv[1] = argv[0];
		return SUITE_RUN(argc - 1, argv + 1, examples);
	}
	self = realpath("/proc/self/exe", NULL);
	int result = SUITE_RUN(argc, argv, tests);
	free((void *)self);
	return result;
}
