/* Runs a table of CUnit tests and says truthfully whether they passed. Also what nearly every
 * test needs: waiting for a condition, and finding files of the build and of the sources.
 *
 *	static const struct suite_test tests[] = {
 *		{ "late_joiner_gets_the_last_n_of_each_instance", late_joiner },
 *	};
 *
 *	int main(int argc, char **argv)
 *	{
 *		return SUITE_RUN(argc, argv, tests);
 *	}
 *
 * An argument runs only the tests whose name contains it. */
#ifndef TERN_TESTS_SUITE_H
#define TERN_TESTS_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <CUnit/CUnit.h>

/** The exit code by which CTest knows a test that could not run here. */
#define SUITE_SKIPPED 77

#define SUITE_SECOND_NS INT64_C(1000000000)
#define SUITE_MILLISECOND_NS INT64_C(1000000)

struct suite_test {
	const char *name; /* a sentence */
	void (*run)(void);
};

#define SUITE_RUN(argc, argv, tests)                                                     \
	suite_run((argc), (argv), (tests), sizeof(tests) / sizeof *(tests))

/** @return main's exit code: 0 if tests ran and all passed, else 1 */
int suite_run(int argc, char **argv, const struct suite_test *tests, size_t count);

/** End the test program as skipped, with a plain message on what is missing. printf-like. */
__attribute__((format(printf, 1, 2), noreturn)) void suite_skip(const char *format, ...);

/** CLOCK_MONOTONIC. */
int64_t suite_monotonic_ns(void);

/**
 * Look at a condition again and again until it holds.
 * @return true as soon as it holds; false at the deadline, which is a failure for the caller:
 *         CU_ASSERT_TRUE_FATAL(suite_wait_until(has_two_peers, bus, 5 * SUITE_SECOND_NS))
 */
bool suite_wait_until(bool (*condition)(void *context), void *context,
                      int64_t timeout_ns);

/** Absolute path of "bin/ternc" and the like. Never freed before the program ends. */
const char *suite_build_path(const char *relative);
/** The same for a file of the sources: "tests/idl/golden/pose.idl". */
const char *suite_source_path(const char *relative);

#endif
