/* CUnit's basic runner with an honest result, and small helpers for all tests. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <CUnit/Basic.h>

#include "suite.h"

static int add_tests(CU_pSuite suite, const struct suite_test *tests, size_t count,
                     const char *filter)
{
	int added = 0;

	for (size_t i = 0; i < count; i++) {
		if (filter && !strstr(tests[i].name, filter))
			continue;
		if (!CU_add_test(suite, tests[i].name, tests[i].run)) {
			fprintf(stderr, "suite: %s: %s\n", tests[i].name,
			        CU_get_error_msg());
			return -1;
		}
		added++;
	}
	return added;
}

int suite_run(int argc, char **argv, const struct suite_test *tests, size_t count)
{
	const char *filter = argc > 1 ? argv[1] : NULL;
	const char *slash = strrchr(argv[0], '/');
	int result = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (CU_initialize_registry() != CUE_SUCCESS) {
		fprintf(stderr, "suite: %s\n", CU_get_error_msg());
		return 1;
	}
	CU_pSuite suite = CU_add_suite(slash ? slash + 1 : argv[0], NULL, NULL);
	int added = suite ? add_tests(suite, tests, count, filter) : -1;
	if (added < 0)
		goto out;
	if (added == 0) {
		fprintf(stderr, "suite: no test's name contains \"%s\"\n",
		        filter ? filter : "");
		goto out;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (CU_basic_run_tests() == CUE_SUCCESS && CU_get_number_of_tests_run() > 0 &&
	    CU_get_number_of_failures() == 0)
		result = 0;
out:
	CU_cleanup_registry();
	return result;
}

void suite_skip(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("skipped: ", stdout);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
	exit(SUITE_SKIPPED);
}

int64_t suite_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SUITE_SECOND_NS + now.tv_nsec;
}

bool suite_wait_until(bool (*condition)(void *context), void *context, int64_t timeout_ns)
{
	const struct timespec pause = { .tv_nsec = SUITE_MILLISECOND_NS };
	int64_t deadline_ns = suite_monotonic_ns() + timeout_ns;

	while (!condition(context)) {
		if (suite_monotonic_ns() >= deadline_ns)
			return condition(context);
		nanosleep(&pause, NULL);
	}
	return true;
}

/* Paths live as long as the program; the list keeps them reachable for the leak checker. */
static const char *keep_path(const char *directory, const char *relative)
{
	static struct path {
		struct path *next;
		char text[];
	} * paths;
	size_t size_bytes = strlen(directory) + strlen(relative) + 2;
	struct path *path = malloc(sizeof *path + size_bytes);

	if (!path)
		abort();
	snprintf(path->text, size_bytes, "%s/%s", directory, relative);
	path->next = paths;
	paths = path;
	return path->text;
}

const char *suite_build_path(const char *relative)
{
	return keep_path(SUITE_BUILD_DIRECTORY, relative);
}

const char *suite_source_path(const char *relative)
{
	return keep_path(SUITE_SOURCE_DIRECTORY, relative);
}
