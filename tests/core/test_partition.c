/* Partition names and patterns, and that a pattern from a peer cannot take long. */
#include <string.h>

#include "suite.h"

#include "partition.h"

static bool shares(const char *a, const char *b)
{
	return tern__partitions_match(&a, 1, &b, 1);
}

static void names_match_when_they_are_equal(void)
{
	CU_ASSERT_TRUE(shares("left", "left"));
	CU_ASSERT_FALSE(shares("left", "Left"));
	CU_ASSERT_FALSE(shares("left", "left/wheel"));
}

static void no_partition_is_the_default_one(void)
{
	const char *empty = "", *named = "left", *all = "*";

	CU_ASSERT_TRUE(tern__partitions_match(NULL, 0, NULL, 0));
	CU_ASSERT_TRUE(tern__partitions_match(NULL, 0, &empty, 1));
	CU_ASSERT_FALSE(tern__partitions_match(NULL, 0, &named, 1));
	CU_ASSERT_TRUE(tern__partitions_match(&all, 1, NULL, 0));
}

static void one_common_name_among_many_suffices(void)
{
	const char *const a[] = { "one", "two", "three" };
	const char *const b[] = { "four", "t?ree" };

	CU_ASSERT_TRUE(tern__partitions_match(a, 3, b, 2));
	CU_ASSERT_TRUE(tern__partitions_match(b, 2, a, 3));
	CU_ASSERT_FALSE(tern__partitions_match(a, 2, b, 2));
}

static void a_pattern_may_stand_on_either_side_but_not_on_both(void)
{
	CU_ASSERT_TRUE(shares("sensors/*", "sensors/left"));
	CU_ASSERT_TRUE(shares("sensors/left", "sensors/*"));
	CU_ASSERT_FALSE(shares("sensors/*", "sensors/*"));
	CU_ASSERT_FALSE(shares("*", "?"));
}

static void stars_and_question_marks_stand_for_characters(void)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "*", "", true },        { "*", "abc", true },
		{ "**", "a", true },      { "?", "", false },
		{ "?", "a", true },       { "?", "ab", false },
		{ "a*c", "ac", true },    { "a*c", "abbc", true },
		{ "a*c", "abcb", false }, { "*a*b*", "xxaxxbxx", true },
		{ "*ab", "aab", true },   { "*ab", "abab", true },
		{ "a?c*", "abc", true },  { "*?", "", false },
		{ "*??", "ab", true },    { "", "", true },
		{ "", "a", false },       { "*/left", "a/b/left", true },
		{ "a*a*a", "aa", false }, { "a*a*a", "aaa", true },
		{ "*.?", "1.2", true },   { "b*", "ab", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CU_ASSERT_EQUAL(
			tern__partition_pattern_matches(cases[i].pattern, cases[i].name),
			cases[i].matches);
}

static void sets_stand_for_one_character_of_them(void)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "[abc]", "b", true },
		{ "[abc]", "d", false },
		{ "[a-c]x", "cx", true },
		{ "[a-c]", "-", false },
		{ "[!a-c]", "d", true },
		{ "[!a-c]", "a", false },
		{ "[!a-c]", "", false },
		{ "[a-]", "-", true },
		{ "[]]", "]", true },
		{ "[!]]", "]", false },
		{ "[]a]", "a", true },
		{ "*[0-9]", "wheel4", true },
		{ "*[0-9]", "wheel", false },
		{ "[ab", "[ab", true },
		{ "[", "[", true },
		{ "x[1-3]y*", "x2yz", true },
		{ "[\x80-\xff]", "\xc3", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CU_ASSERT_EQUAL(
			tern__partition_pattern_matches(cases[i].pattern, cases[i].name),
			cases[i].matches);
}

static void only_what_can_match_otherwise_is_a_pattern(void)
{
	CU_ASSERT_TRUE(tern__partition_is_pattern("a*"));
	CU_ASSERT_TRUE(tern__partition_is_pattern("?"));
	CU_ASSERT_TRUE(tern__partition_is_pattern("x[a]"));
	CU_ASSERT_FALSE(tern__partition_is_pattern("x[a"));
	CU_ASSERT_FALSE(tern__partition_is_pattern("x]"));
	CU_ASSERT_FALSE(tern__partition_is_pattern(""));
}

/* Trying every split of the name among the stars would outlast the universe. */
static void a_hostile_pattern_is_done_in_no_time(void)
{
	char pattern[256], name[256];

	for (size_t i = 0; i + 1 < sizeof pattern; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[253] = 'b';
	pattern[254] = '\0';
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	int64_t begin_ns = suite_monotonic_ns();
	CU_ASSERT_FALSE(tern__partition_pattern_matches(pattern, name));
	CU_ASSERT_TRUE(suite_monotonic_ns() - begin_ns < SUITE_SECOND_NS);
}

static const struct suite_test tests[] = {
	{ "names_match_when_they_are_equal", names_match_when_they_are_equal },
	{ "no_partition_is_the_default_one", no_partition_is_the_default_one },
	{ "one_common_name_among_many_suffices", one_common_name_among_many_suffices },
	{ "a_pattern_may_stand_on_either_side_but_not_on_both",
	  a_pattern_may_stand_on_either_side_but_not_on_both },
	{ "stars_and_question_marks_stand_for_characters",
	  stars_and_question_marks_stand_for_characters },
	{ "sets_stand_for_one_character_of_them", sets_stand_for_one_character_of_them },
	{ "only_what_can_match_otherwise_is_a_pattern",
	  only_what_can_match_otherwise_is_a_pattern },
	{ "a_hostile_pattern_is_done_in_no_time", a_hostile_pattern_is_done_in_no_time },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
