/* ternc's messages: one case for each thing that it refuses or warns of, with the place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "suite.h"

static char *directory;

struct message_case {
	const char *what;
	const char *idl;
	const char *place; /* "LINE:COLUMN" of the error, or NULL: accepted */
	const char *says;  /* part of the message */
	const char *options;
};

static const struct message_case cases[] = {
	/* recursion, which idlc loops on */
	{ "recursion through a sequence", "struct N { long v; sequence<N> kids; };",
	  "1:32", "N contains itself", NULL },
	{ "recursion through a typedef and a forward declaration",
	  "module m { struct N; typedef sequence<N> Ns;\nstruct N { Ns kids; }; };",
	  "2:15", "m::N contains itself", NULL },
	{ "mutual recursion",
	  "struct A; struct B { sequence<A> as; };\nstruct A { B b; };", "2:14",
	  "contains itself", NULL },
	{ "recursion through @external",
	  "struct N { long v;\n@external @optional N next; };", "2:23",
	  "refer to them by index", NULL },
	{ "direct recursion", "struct N { N next; };", "1:14", "contains itself", NULL },
	{ "recursion through a union",
	  "union U; struct S { sequence<U> us; };\nunion U switch (long) { case 1: S s; };",
	  "2:35", "contains itself", NULL },

	/* what there is no C or wire for */
	{ "wstring", "struct X { wstring a; };", "1:12", "use string", NULL },
	{ "wchar", "struct X { wchar a; };", "1:18", "use char", NULL },
	{ "long double", "struct X { long double a; };", "1:24", "use double", NULL },
	{ "fixed", "struct X { fixed<3,2> a; };", "1:12", "there is no fixed", NULL },
	{ "map", "struct X { map<long,long> a; };", "1:12", "there is no map", NULL },
	{ "any", "struct X { any a; };", "1:12", "there is no any", NULL },
	{ "bitset", "bitset X { bitfield<3> a; };", "1:1", "there is no bitset", NULL },
	{ "native", "native X;", "1:1", "there is no native", NULL },
	{ "interface", "interface X { };", "1:1", "there is no interface", NULL },
	{ "a mutable union", "@mutable union U switch (long) { case 1: long a; };",
	  "1:10", "@final or @appendable", NULL },
	{ "a 64-bit discriminator", "union U switch (long long) { case 1: long a; };",
	  "1:1", "64-bit discriminators", NULL },
	{ "an array without elements", "struct A { long x[0]; };", "1:17", "no elements",
	  NULL },
	{ "an array beyond memory", "struct A { octet x[65536][65536]; };", "1:18",
	  "too large", NULL },
	{ "an enumerator beyond C's int", "enum E { @value(4294967295) A };", "1:29",
	  "2147483647", NULL },
	{ "a sequence of nothing", "struct E { }; struct A { sequence<E> x; };", "1:38",
	  "without members", NULL },

	/* annotations that contradict */
	{ "a key that is a sequence", "struct U { @key sequence<long> s; };", "1:32",
	  "@key \"s\" is a sequence", NULL },
	{ "a key that is a union",
	  "union V switch(long) { case 1: long a; };\nstruct U { @key V v; };", "2:19",
	  "@key \"v\" is a union", NULL },
	{ "a key with a sequence within",
	  "struct I { sequence<long> s; };\nstruct U { @key I i; };", "2:19",
	  "@key \"i.s\" is a sequence", NULL },
	{ "a key of strings", "struct U { @key string s[2]; };", "1:24",
	  "@key \"s\" is an array", NULL },
	{ "a key with an optional member within",
	  "struct I { @optional long s; };\nstruct U { @key I i; };", "2:19",
	  "must always be there", NULL },
	{ "a discriminator as key", "union V switch(@key long) { case 1: long a; };",
	  "1:1", "discriminator as a @key", NULL },
	{ "@optional @key", "struct U { @key @optional long s; };", "1:17", "drop one",
	  NULL },
	{ "one @id twice", "@mutable struct U { @id(1) long a; @id(1) long b; };", "1:48",
	  "its own @id", NULL },
	{ "one @id in base and derived type",
	  "@mutable struct B { @id(1) long a; };\n@mutable struct D : B { @id(1) long b; };",
	  "2:37", "its own @id", NULL },
	{ "@must_understand outside of @mutable",
	  "@final struct A { @must_understand long x; };", "1:36",
	  "make the type @mutable", NULL },
	{ "@default beyond the string", "struct A { @default(\"abcdef\") string<3> x; };",
	  "1:41", "has 6 characters", NULL },
	{ "@default beyond @max", "struct A { @default(5) @max(3) long x; };", "1:37",
	  "above @max", NULL },
	{ "@default below @min", "struct A { @default(1) @min(3) long x; };", "1:37",
	  "below @min", NULL },
	{ "@default @external", "struct A { @default(1) @external long x; };", "1:39",
	  "do not go together", NULL },
	{ "keys both ways", "struct A { @key long x; };\n#pragma keylist A x", NULL,
	  "-f keylist", NULL },
	{ "a keylist before its type", "#pragma keylist A x\nstruct A { long x; };",
	  "2:17", "behind the structure", NULL },

	/* names */
	{ "a keyword of C", "struct U { long int; };", "1:17", "is a keyword of C",
	  NULL },
	{ "a macro of C", "struct U { long errno; };", "1:17", "macro of the C library",
	  NULL },
	{ "two names that C sees as one",
	  "module a { struct b_c { long x; }; };\nmodule a_b { struct c { long x; }; };",
	  "2:14", "called a_b_c in C", NULL },
	{ "a name that a type's table has",
	  "struct Event { long x; };\nenum Event_type { START, STOP };", "2:1",
	  "called Event_type in C", NULL },
	{ "a member of the inherited part's name",
	  "@final struct A { long x; };\n@final struct B : A { long parent; };", "2:28",
	  "rename the member", NULL },
	{ "a member that hides an annotation", "struct A { long id; @id(7) long y; };",
	  "1:25", "rename the member", NULL },
	{ "a name twice", "struct A { long x; float x; };", "1:26", "rename it", NULL },
	{ "names that differ in case", "struct A { long x; float X; };", "1:26",
	  "-f case-sensitive", NULL },

	/* grammar and files */
	{ "a brace that is missing", "struct U { long a;", "2:1", "brace or semicolon",
	  NULL },
	{ "two closing brackets", "struct A { sequence<sequence<long>> y; };", "1:34",
	  "\"> >\"", NULL },
	{ "a forward declaration alone", "struct A; struct B { long x; };", "1:1",
	  "define the type", NULL },
	{ "a name that is not declared", "struct B { Nope x; };", "1:12",
	  "declare it before", NULL },
	{ "an include that is not there", "#include \"nope.idl\"\nstruct X { long a; };",
	  "1:1", "-I options", NULL },
	{ "a file that includes itself", "#include \"case.idl\"\nstruct X { long a; };",
	  "1:1", "#ifndef", NULL },
};

static char *run_ternc(const char *options, const char *arguments, int *ret_code)
{
	char command[2048];
	char *argv[] = { "sh", "-c", command, NULL };
	struct child child = { 0 };
	char *said;

	snprintf(command, sizeof(command), "cd '%s' && '%s' %s %s 2>&1", directory,
	         suite_build_path("bin/ternc"), options ? options : "-x final",
	         arguments);
	CU_ASSERT_TRUE_FATAL(child_start(&child, "/bin/sh", argv, NULL));
	*ret_code = child_wait(&child, 30 * SUITE_SECOND_NS);
	said = strdup(child.text ? child.text : "");
	child_stop(&child);
	return said;
}

static void write_idl(const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/case.idl", directory);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static bool exists(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

static void expect_refusal(const struct message_case *c)
{
	char expected[64];
	int code;
	char *said;

	write_idl(c->idl);
	said = run_ternc(c->options, "-o refused case.idl", &code);
	if (c->place)
		snprintf(expected, sizeof(expected), "case.idl:%s: error: ", c->place);
	else
		snprintf(expected, sizeof(expected), "case.idl: error: ");
	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, expected));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, c->says));
	CU_ASSERT_FALSE(exists("refused"));
	if (code != 1 || !strstr(said, expected) || !strstr(said, c->says))
		fprintf(stderr, "%s: expected %s... %s\ngot, with code %d: %s\n", c->what,
		        expected, c->says, code, said);
	free(said);
}

static void each_thing_that_cannot_be_is_an_error_with_its_place(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refusal(&cases[i]);
}

static void expect_warning(const char *idl, const char *options, const char *warning)
{
	int code;
	char *said;

	write_idl(idl);
	said = run_ternc(options, "-o accepted case.idl", &code);
	CU_ASSERT_EQUAL(code, 0);
	if (warning)
		CU_ASSERT_PTR_NOT_NULL(strstr(said, warning))
	else
		CU_ASSERT_STRING_EQUAL(said, "");
	if (code != 0 || (warning ? !strstr(said, warning) : *said != 0))
		fprintf(stderr, "expected: %s\ngot, with code %d: %s\n",
		        warning ? warning : "nothing", code, said);
	free(said);
}

/* libcycloneddsidl frees twice after a syntax error within an annotation's arguments. */
static void a_crash_of_the_front_end_is_an_error_with_its_last_message(void)
{
	int code;
	char *said;

	write_idl("struct A { @range(min=1, max 3) long x; };");
	said = run_ternc(NULL, "-o refused case.idl", &code);
	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "case.idl:1:30: error: syntax error"));
	CU_ASSERT_FALSE(exists("refused"));
	free(said);
}

static void nesting_beyond_what_core_takes_is_an_error(void)
{
	static char idl[8192] = "struct S0 { long m; };\n";
	int code;
	char *said;

	for (int i = 1; i < 70; i++) {
		size_t size = strlen(idl);

		snprintf(idl + size, sizeof(idl) - size, "struct S%d { S%d m; };\n", i,
		         i - 1);
	}
	write_idl(idl);
	said = run_ternc(NULL, "-o refused case.idl", &code);
	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(said, "case.idl:64:1: error: S63 has types within types"));
	CU_ASSERT_FALSE(exists("refused"));
	free(said);
}

static void what_is_doubtful_is_a_warning(void)
{
	static const char plain[] = "struct A { long x; };";

	expect_warning(plain, "", "case.idl:1:1: warning: types without @final");
	expect_warning(plain, "-W no-implicit-extensibility", NULL);
	expect_warning(plain, "-x appendable", NULL);
	expect_warning("struct A { long class; };", NULL,
	               "1:17: warning: member \"class\"");
	expect_warning("struct E { }; struct A { E e; long x; };", NULL,
	               "1:1: warning: E has no members");
	expect_warning("struct E { }; struct A { E e; long x; };",
	               "-x final -W no-empty-struct", NULL);
	expect_warning("@flurb(3) struct A { long x; };", NULL,
	               "Unrecognized annotation: @flurb");
	expect_warning("struct A { @verbatim(text=\"x\") long x; };", NULL,
	               "@verbatim here is left out");
	expect_warning("enum E { R, G }; @final struct A { @key E e[2]; };", NULL,
	               "make A @appendable");
}

static void files_that_cannot_be_read_or_written_are_named(void)
{
	int code;
	char *said = run_ternc(NULL, "missing.idl", &code);

	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(said, "missing.idl: error: cannot open it: No such file"));
	free(said);
	said = run_ternc(NULL, ".", &code);
	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, ".: error: cannot read it: Is a directory"));
	free(said);
	write_idl("struct A { long x; };");
	said = run_ternc(NULL, "-o case.idl/below case.idl", &code);
	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(said, "case.idl/below: error: cannot make the output directory"));
	free(said);
}

static void a_file_that_ternc_did_not_make_is_not_replaced(void)
{
	char path[512];
	char line[64] = "";
	int code;
	snprintf(path, sizeof path, "%s/mine/case.c", directory);
	write_idl("struct A { long x; };");
	free(run_ternc(NULL, "-o mine case.idl", &code));
	CU_ASSERT_EQUAL(code, 0);
	free(run_ternc(NULL, "-o mine case.idl", &code)); /* its own it does */
	CU_ASSERT_EQUAL(code, 0);

	FILE *file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("int mine;\n", file);
	fclose(file);
	char *said = run_ternc(NULL, "-o mine case.idl", &code);
	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "mine/case.c: error: ternc did not make"));
	free(said);
	file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof line, file));
	CU_ASSERT_STRING_EQUAL(line, "int mine;\n");
	fclose(file);
}

static void options_that_make_no_sense_are_bad_use(void)
{
	static const char *const bad[] = {
		"-x nonsense case.idl", "-n perhaps case.idl",
		"-f nonsense case.idl", "-W all case.idl",
		"-Q case.idl",          "--deps d case.idl case.idl"
	};
	int code;
	char *said;

	write_idl("struct A { long x; };");
	said = run_ternc("", "", &code);
	CU_ASSERT_EQUAL(code, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "no file to compile"));
	free(said);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		said = run_ternc("", bad[i], &code);
		CU_ASSERT_EQUAL(code, 2);
		CU_ASSERT_NOT_EQUAL(*said, 0);
		free(said);
	}
	said = run_ternc("", "--help", &code);
	CU_ASSERT_EQUAL(code, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "Usage: ternc"));
	free(said);
}

static void a_good_file_among_bad_ones_is_still_compiled(void)
{
	int code;
	char *said;

	write_idl("struct A { long x; };");
	said = run_ternc(NULL, "-o mixed missing.idl case.idl", &code);
	CU_ASSERT_EQUAL(code, 1);
	CU_ASSERT_TRUE(exists("mixed/case.h"));
	CU_ASSERT_TRUE(exists("mixed/case.c"));
	free(said);
}

static const struct suite_test tests[] = {
	{ "each_thing_that_cannot_be_is_an_error_with_its_place",
	  each_thing_that_cannot_be_is_an_error_with_its_place },
	{ "a_crash_of_the_front_end_is_an_error_with_its_last_message",
	  a_crash_of_the_front_end_is_an_error_with_its_last_message },
	{ "nesting_beyond_what_core_takes_is_an_error",
	  nesting_beyond_what_core_takes_is_an_error },
	{ "what_is_doubtful_is_a_warning", what_is_doubtful_is_a_warning },
	{ "files_that_cannot_be_read_or_written_are_named",
	  files_that_cannot_be_read_or_written_are_named },
	{ "a_file_that_ternc_did_not_make_is_not_replaced",
	  a_file_that_ternc_did_not_make_is_not_replaced },
	{ "options_that_make_no_sense_are_bad_use",
	  options_that_make_no_sense_are_bad_use },
	{ "a_good_file_among_bad_ones_is_still_compiled",
	  a_good_file_among_bad_ones_is_still_compiled },
};

static void remove_directory(void)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	if (system(command) != 0)
		fprintf(stderr, "could not remove %s\n", directory);
}

int main(int argc, char **argv)
{
	char pattern[] = "/tmp/test_ternc-XXXXXX";
	int failed;

	directory = mkdtemp(pattern);
	if (!directory) {
		perror(pattern);
		return 1;
	}
	failed = SUITE_RUN(argc, argv, tests);
	remove_directory();
	return failed;
}
