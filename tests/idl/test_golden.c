/* ternc's output, compared with files that were looked at by people. After a wanted change:
 *
 *	TERN_UPDATE_GOLDEN=1 build/release/tests/idl/test_golden
 *
 * and read the difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "suite.h"

static char *directory;

static const char *const files[] = { "plain", "growing", "keyed" };
static const char *const extensions[] = { "h", "c" };

static void run(const char *command)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	struct child child = { 0 };

	CU_ASSERT_TRUE_FATAL(child_start(&child, "/bin/sh", argv, NULL));
	CU_ASSERT_EQUAL_FATAL(child_wait(&child, 60 * SUITE_SECOND_NS), 0);
	child_stop(&child);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (file) {
		size_t size = fread(text, 1, (1 << 20) - 1, file);

		CU_ASSERT_TRUE(size > 0);
		fclose(file);
	}
	return text;
}

/* Names the first line in which they differ. */
static void expect_equal(const char *golden, const char *made, const char *name)
{
	unsigned line = 1;

	while (*golden && *golden == *made) {
		line += *golden == '\n';
		golden++;
		made++;
	}
	CU_ASSERT_EQUAL(*golden, *made);
	if (*golden != *made)
		fprintf(stderr,
		        "%s.golden differs in line %u\n  golden: %.60s\n  made:   %.60s\n",
		        name, line, golden, made);
}

static void compare(const char *file, const char *extension, const char *where)
{
	char name[128];
	char path[512];
	char command[2048];
	char *golden;
	char *made;

	snprintf(name, sizeof(name), "tests/idl/golden/%s.%s", file, extension);
	snprintf(path, sizeof(path), "%s/%s/%s.%s", directory, where, file, extension);
	if (getenv("TERN_UPDATE_GOLDEN")) {
		snprintf(command, sizeof(command), "cp '%s' '%s.golden'", path,
		         suite_source_path(name));
		run(command);
	}
	made = read_file(path);
	snprintf(path, sizeof(path), "%s.golden", suite_source_path(name));
	golden = read_file(path);
	expect_equal(golden, made, name);
	free(golden);
	free(made);
}

static void the_output_is_what_was_looked_at(void)
{
	char command[2048];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char source[64];

		snprintf(source, sizeof(source), "tests/idl/golden/%s.idl", files[i]);
		snprintf(command, sizeof(command),
		         "'%s' -x final -W no-inherit-appendable -o '%s/out' '%s'",
		         suite_build_path("bin/ternc"), directory,
		         suite_source_path(source));
		run(command);
		for (size_t j = 0; j < 2; j++)
			compare(files[i], extensions[j], "out");
	}
}

/* Another directory, a relative path, another output directory: the same bytes. */
static void the_output_does_not_tell_where_it_was_made(void)
{
	char command[2048];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(
			command, sizeof(command),
			"mkdir -p '%s/moved' && cp '%s'/*.idl '%s/moved' && cd '%s/moved' && "
			"'%s' -x final -W no-inherit-appendable -o made/here %s.idl",
			directory, suite_source_path("tests/idl/golden"), directory,
			directory, suite_build_path("bin/ternc"), files[i]);
		run(command);
		for (size_t j = 0; j < 2; j++)
			compare(files[i], extensions[j], "moved/made/here");
	}
}

/* A compiler for C and one for C++ take what was made, without a warning. */
static void the_output_compiles_cleanly_as_c_and_cpp(void)
{
	char command[4096];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(
			command, sizeof(command),
			"cd '%s/out' && cc -std=c11 -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow "
			"-Werror -I'%s' -I'%s' -c %s.c -o %s.o && echo '#include \"%s.h\"' > %s.cpp && "
			"c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -I'%s' -fsyntax-only %s.cpp",
			directory, suite_source_path("core/include"),
			suite_source_path("idl/include"), files[i], files[i], files[i],
			files[i], suite_source_path("core/include"), files[i]);
		run(command);
	}
}

static void the_rule_for_make_names_all_files_that_were_read(void)
{
	char command[2048];
	char path[512];
	char *rule;

	snprintf(
		command, sizeof(command),
		"'%s' -x final -W no-inherit-appendable -o '%s/out' --deps '%s/growing.d' '%s'",
		suite_build_path("bin/ternc"), directory, directory,
		suite_source_path("tests/idl/golden/growing.idl"));
	run(command);
	snprintf(path, sizeof(path), "%s/growing.d", directory);
	rule = read_file(path);
	CU_ASSERT_PTR_NOT_NULL(strstr(rule, "out/growing.h"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rule, "out/growing.c:"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(rule, suite_source_path("tests/idl/golden/growing.idl")));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(rule, suite_source_path("tests/idl/golden/plain.idl")));
	free(rule);
}

static const struct suite_test tests[] = {
	{ "the_output_is_what_was_looked_at", the_output_is_what_was_looked_at },
	{ "the_output_does_not_tell_where_it_was_made",
	  the_output_does_not_tell_where_it_was_made },
	{ "the_output_compiles_cleanly_as_c_and_cpp",
	  the_output_compiles_cleanly_as_c_and_cpp },
	{ "the_rule_for_make_names_all_files_that_were_read",
	  the_rule_for_make_names_all_files_that_were_read },
};

int main(int argc, char **argv)
{
	char pattern[] = "/tmp/test_golden-XXXXXX";
	char command[512];
	int failed;

	directory = mkdtemp(pattern);
	if (!directory) {
		perror(pattern);
		return 1;
	}
	failed = SUITE_RUN(argc, argv, tests);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	if (system(command) != 0)
		fprintf(stderr, "could not remove %s\n", directory);
	return failed;
}
