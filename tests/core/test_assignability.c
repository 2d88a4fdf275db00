/* Which types can be filled from which others, and what is said when they cannot. */
#include <string.h>

#include "suite.h"

#include <tern/tern.h>

#include "assignability.h"
#include "tables.h"

#define KEY TERN_MEMBER_KEY
#define OPTIONAL TERN_MEMBER_OPTIONAL
#define MUST TERN_MEMBER_MUST_UNDERSTAND

static char reason[256];

static bool assignable_with(const struct tern_type *reader,
                            const struct tern_type *writer, const struct tern_qos *qos)
{
	strcpy(reason, "?");
	return tern__type_assignable(reader, writer, qos, reason, sizeof reason);
}

static bool assignable(const struct tern_type *reader, const struct tern_type *writer)
{
	struct tern_qos qos = tern_qos_reader_default();

	return assignable_with(reader, writer, &qos);
}

/* As a member of an appendable structure, where only strong assignability helps. */
static bool member_assignable_with(const struct tern_type *reader,
                                   const struct tern_type *writer,
                                   const struct tern_qos *qos)
{
	const struct tern_type *a = STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, reader));
	const struct tern_type *b = STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, writer));

	return assignable_with(a, b, qos);
}

static bool member_assignable(const struct tern_type *reader,
                              const struct tern_type *writer)
{
	struct tern_qos qos = tern_qos_reader_default();

	return member_assignable_with(reader, writer, &qos);
}

static void primitives_go_with_their_own_kind_only(void)
{
	CU_ASSERT_TRUE(member_assignable(&int32_table, &int32_table));
	CU_ASSERT_FALSE(member_assignable(&int32_table, &int16_table));
	CU_ASSERT_STRING_EQUAL(
		reason,
		"test::Pose.x: writer int16, reader int32: give both the same type");
	CU_ASSERT_FALSE(member_assignable(&int32_table, &uint32_table));
	CU_ASSERT_FALSE(member_assignable(&int32_table, &string_table));
	CU_ASSERT_TRUE(member_assignable(&uint8_table, &octet_table));
}

static void the_reason_names_the_path_of_the_member(void)
{
	const struct tern_type *reader =
		STRUCTURE(TERN_APPENDABLE, MEMBER("name", 0, 0, &string_table),
	                  MEMBER("track", 1, 0,
	                         SEQUENCE(STRUCTURE(TERN_APPENDABLE,
	                                            MEMBER("x", 0, 0, &float64_table)),
	                                  0)));
	const struct tern_type *writer =
		STRUCTURE(TERN_APPENDABLE, MEMBER("name", 0, 0, &string_table),
	                  MEMBER("track", 1, 0,
	                         SEQUENCE(STRUCTURE(TERN_APPENDABLE,
	                                            MEMBER("x", 0, 0, &int32_table)),
	                                  0)));

	CU_ASSERT_FALSE(assignable(reader, writer));
	CU_ASSERT_STRING_EQUAL(reason, "test::Pose.track[].x: writer int32, reader "
	                               "double: give both the same type");
}

static void string_bounds_count_only_when_they_are_not_ignored(void)
{
	struct tern_qos strict = tern_qos_reader_default();

	strict.ignore_string_bounds = false;
	CU_ASSERT_TRUE(member_assignable(BOUNDED_STRING(5), BOUNDED_STRING(10)));
	CU_ASSERT_TRUE(member_assignable(BOUNDED_STRING(5), &string_table));
	CU_ASSERT_TRUE(
		member_assignable_with(BOUNDED_STRING(10), BOUNDED_STRING(5), &strict));
	CU_ASSERT_TRUE(member_assignable_with(&string_table, BOUNDED_STRING(5), &strict));
	CU_ASSERT_FALSE(
		member_assignable_with(BOUNDED_STRING(5), BOUNDED_STRING(10), &strict));
	CU_ASSERT_STRING_EQUAL(reason,
	                       "test::Pose.x: writer's string holds 10, reader's 5: give "
	                       "the reader as much, or set its ignore_string_bounds");
	CU_ASSERT_FALSE(
		member_assignable_with(BOUNDED_STRING(5), &string_table, &strict));
}

static void sequence_bounds_count_only_when_they_are_not_ignored(void)
{
	struct tern_qos strict = tern_qos_reader_default();

	strict.ignore_sequence_bounds = false;
	CU_ASSERT_TRUE(
		member_assignable(SEQUENCE(&int32_table, 5), SEQUENCE(&int32_table, 0)));
	CU_ASSERT_TRUE(member_assignable_with(SEQUENCE(&int32_table, 0),
	                                      SEQUENCE(&int32_table, 5), &strict));
	CU_ASSERT_FALSE(member_assignable_with(SEQUENCE(&int32_table, 5),
	                                       SEQUENCE(&int32_table, 6), &strict));
	CU_ASSERT_FALSE(member_assignable_with(SEQUENCE(&int32_table, 5),
	                                       SEQUENCE(&int32_table, 0), &strict));
	CU_ASSERT_FALSE(
		member_assignable(SEQUENCE(&int32_table, 0), SEQUENCE(&uint32_table, 0)));
}

static void arrays_need_equal_dimensions(void)
{
	CU_ASSERT_TRUE(member_assignable(ARRAY(BOUNDED_STRING(3), 4),
	                                 ARRAY(BOUNDED_STRING(9), 4)));
	CU_ASSERT_FALSE(
		member_assignable(ARRAY(&int32_table, 4), ARRAY(&int32_table, 5)));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "writer int32[5], reader int32[4]"));
	CU_ASSERT_FALSE(
		member_assignable(ARRAY(&int32_table, 4), SEQUENCE(&int32_table, 4)));
}

static void final_enums_have_the_same_literals(void)
{
	const struct tern_type *two =
		ENUM(TERN_FINAL, { "OFF", 0, false }, { "ON", 1, false });
	const struct tern_type *three = ENUM(TERN_FINAL, { "OFF", 0, false },
	                                     { "ON", 1, false }, { "AUTO", 2, false });

	CU_ASSERT_TRUE(member_assignable(
		two, ENUM(TERN_FINAL, { "OFF", 0, false }, { "ON", 1, false })));
	CU_ASSERT_FALSE(member_assignable(two, three));
	CU_ASSERT_STRING_EQUAL(
		reason,
		"test::Pose.x: only the writer's enum has AUTO (2) and the enum is "
		"@final: add it on the reader's side, or make both @appendable");
	CU_ASSERT_FALSE(member_assignable(three, two));
}

static void appendable_enums_may_grow_but_not_contradict_each_other(void)
{
	const struct tern_type *two =
		ENUM(TERN_APPENDABLE, { "OFF", 0, false }, { "ON", 1, false });

	CU_ASSERT_TRUE(
		member_assignable(two, ENUM(TERN_APPENDABLE, { "OFF", 0, false },
	                                    { "ON", 1, false }, { "AUTO", 2, false })));
	CU_ASSERT_FALSE(member_assignable(
		two, ENUM(TERN_APPENDABLE, { "OFF", 0, false }, { "RUN", 1, false })));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(reason, "1 is RUN for the writer, ON for the reader"));
	CU_ASSERT_FALSE(member_assignable(
		two, ENUM(TERN_APPENDABLE, { "OFF", 0, false }, { "ON", 2, false })));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(reason, "ON is 2 for the writer, 1 for the reader"));
	CU_ASSERT_FALSE(member_assignable(
		two, ENUM(TERN_FINAL, { "OFF", 0, false }, { "ON", 1, false })));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "annotate both alike"));
}

static void bitmasks_go_with_their_own_width(void)
{
	CU_ASSERT_TRUE(member_assignable(BITMASK(12), BITMASK(12)));
	CU_ASSERT_FALSE(member_assignable(BITMASK(12), BITMASK(13)));
	CU_ASSERT_TRUE(member_assignable(BITMASK(12), &uint16_table));
	CU_ASSERT_TRUE(member_assignable(&uint32_table, BITMASK(32)));
	CU_ASSERT_FALSE(member_assignable(BITMASK(12), &uint32_table));
	CU_ASSERT_FALSE(member_assignable(BITMASK(12), &int16_table));
}

static void final_structures_have_the_same_members(void)
{
	const struct tern_type *one =
		STRUCTURE(TERN_FINAL, MEMBER("x", 0, 0, &int32_table));
	const struct tern_type *two =
		STRUCTURE(TERN_FINAL, MEMBER("x", 0, 0, &int32_table),
	                  MEMBER("y", 1, 0, &int32_table));

	CU_ASSERT_TRUE(
		assignable(one, STRUCTURE(TERN_FINAL, MEMBER("x", 0, 0, &int32_table))));
	CU_ASSERT_FALSE(assignable(one, two));
	CU_ASSERT_STRING_EQUAL(reason,
	                       "test::Pose: only the writer has member y (id 1), but the "
	                       "type is @final: add it to the reader's type or drop it");
	CU_ASSERT_FALSE(assignable(two, one));
	CU_ASSERT_FALSE(assignable(
		one, STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table))));
	CU_ASSERT_STRING_EQUAL(reason, "test::Pose: writer's test::Pose is @appendable, "
	                               "reader's @final: annotate both alike");
}

static void appendable_structures_may_grow_at_the_end(void)
{
	const struct tern_type *one =
		STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table));
	const struct tern_type *two =
		STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table),
	                  MEMBER("y", 1, 0, &int32_table));
	const struct tern_type *inserted =
		STRUCTURE(TERN_APPENDABLE, MEMBER("w", 7, 0, &int32_table),
	                  MEMBER("x", 0, 0, &int32_table));

	CU_ASSERT_TRUE(assignable(one, two));
	CU_ASSERT_TRUE(assignable(two, one));
	CU_ASSERT_FALSE(assignable(one, inserted));
	CU_ASSERT_STRING_EQUAL(reason,
	                       "test::Pose: place 0 holds w (id 7) at the writer, x (id "
	                       "0) at the reader: keep the order, append new members at "
	                       "the end, or make both types @mutable");
	CU_ASSERT_FALSE(assignable(
		one, STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, OPTIONAL, &int32_table))));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "@optional for the writer only"));
}

static void widening_can_be_prevented(void)
{
	const struct tern_type *one =
		STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table));
	const struct tern_type *two =
		STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table),
	                  MEMBER("y", 1, 0, &int32_table));
	const struct tern_type *optional =
		STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table),
	                  MEMBER("y", 1, OPTIONAL, &int32_table));
	struct tern_qos qos = tern_qos_reader_default();

	qos.prevent_type_widening = true;
	CU_ASSERT_FALSE(assignable_with(one, two, &qos));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "prevent_type_widening"));
	CU_ASSERT_FALSE(assignable_with(two, one, &qos));
	CU_ASSERT_TRUE(assignable_with(one, optional, &qos));
}

static void mutable_structures_go_by_member_id(void)
{
	const struct tern_type *reader =
		STRUCTURE(TERN_MUTABLE, MEMBER("x", 1, 0, &int32_table),
	                  MEMBER("y", 2, OPTIONAL, &int32_table));
	const struct tern_type *shuffled = STRUCTURE(
		TERN_MUTABLE, MEMBER("z", 9, 0, &string_table),
		MEMBER("y", 2, 0, &int32_table), MEMBER("x", 1, 0, &int32_table));
	const struct tern_type *renamed =
		STRUCTURE(TERN_MUTABLE, MEMBER("u", 1, 0, &int32_table));
	const struct tern_type *moved =
		STRUCTURE(TERN_MUTABLE, MEMBER("x", 3, 0, &int32_table),
	                  MEMBER("y", 2, 0, &int32_table));
	const struct tern_type *stranger =
		STRUCTURE(TERN_MUTABLE, MEMBER("u", 5, 0, &int32_table));
	struct tern_qos qos = tern_qos_reader_default();

	CU_ASSERT_TRUE(assignable(reader, shuffled));
	CU_ASSERT_FALSE(assignable(reader, renamed));
	CU_ASSERT_STRING_EQUAL(
		reason,
		"test::Pose: the member of id 1 is named u by the writer, x by the "
		"reader: use one name, or set the reader's ignore_member_names");
	qos.ignore_member_names = true;
	CU_ASSERT_TRUE(assignable_with(reader, renamed, &qos));
	CU_ASSERT_FALSE(assignable(reader, moved));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(reason, "member x has id 3 at the writer, 1 at the reader"));
	CU_ASSERT_FALSE(assignable(reader, stranger));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "no member id in common"));
}

static void must_understand_members_appear_on_both_sides(void)
{
	const struct tern_type *plain =
		STRUCTURE(TERN_MUTABLE, MEMBER("x", 1, 0, &int32_table));
	const struct tern_type *must =
		STRUCTURE(TERN_MUTABLE, MEMBER("x", 1, 0, &int32_table),
	                  MEMBER("y", 2, MUST, &int32_table));
	const struct tern_type *optional =
		STRUCTURE(TERN_MUTABLE, MEMBER("x", 1, 0, &int32_table),
	                  MEMBER("y", 2, MUST | OPTIONAL, &int32_table));

	CU_ASSERT_FALSE(assignable(plain, must));
	CU_ASSERT_PTR_NOT_NULL(strstr(
		reason,
		"only the writer has member y (id 2), but it is @must_understand"));
	CU_ASSERT_FALSE(assignable(must, plain));
	CU_ASSERT_TRUE(assignable(plain, optional));
}

static void keys_appear_on_both_sides_and_are_not_cut(void)
{
	const struct tern_type *plain =
		STRUCTURE(TERN_MUTABLE, MEMBER("x", 1, 0, &int32_table));
	const struct tern_type *keyed =
		STRUCTURE(TERN_MUTABLE, MEMBER("x", 1, 0, &int32_table),
	                  MEMBER("k", 2, KEY, &int32_table));
	const struct tern_type *short_key =
		STRUCTURE(TERN_MUTABLE, MEMBER("k", 2, KEY, BOUNDED_STRING(5)));
	const struct tern_type *long_key =
		STRUCTURE(TERN_MUTABLE, MEMBER("k", 2, KEY, BOUNDED_STRING(10)));
	const struct tern_type *two_modes = STRUCTURE(
		TERN_MUTABLE,
		MEMBER("k", 2, KEY,
	               ENUM(TERN_APPENDABLE, { "OFF", 0, false }, { "ON", 1, false })));
	const struct tern_type *three_modes = STRUCTURE(
		TERN_MUTABLE, MEMBER("k", 2, KEY,
	                             ENUM(TERN_APPENDABLE, { "OFF", 0, false },
	                                  { "ON", 1, false }, { "AUTO", 2, false })));

	CU_ASSERT_FALSE(assignable(plain, keyed));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "member k (id 2), but it is a key"));
	CU_ASSERT_FALSE(assignable(keyed, plain));
	CU_ASSERT_TRUE(assignable(long_key, short_key));
	CU_ASSERT_FALSE(
		assignable(short_key, long_key)); /* although bounds are ignored */
	CU_ASSERT_TRUE(assignable(three_modes, two_modes));
	CU_ASSERT_FALSE(assignable(two_modes, three_modes));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "the writer's key may be AUTO"));
}

static void keys_of_nested_structures_count_only_inside_a_key(void)
{
	const struct tern_type *one =
		STRUCTURE(TERN_MUTABLE, MEMBER("a", 1, KEY, &int32_table),
	                  MEMBER("c", 3, 0, &int32_table));
	const struct tern_type *two = STRUCTURE(
		TERN_MUTABLE, MEMBER("a", 1, KEY, &int32_table),
		MEMBER("b", 2, KEY, &int32_table), MEMBER("c", 3, 0, &int32_table));
	const struct tern_type *more =
		STRUCTURE(TERN_MUTABLE, MEMBER("a", 1, KEY, &int32_table),
	                  MEMBER("d", 4, 0, &int32_table));

	CU_ASSERT_TRUE(assignable(STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, 0, one)),
	                          STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, 0, two))));
	CU_ASSERT_FALSE(assignable(STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, KEY, one)),
	                           STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, KEY, two))));
	CU_ASSERT_TRUE(assignable(STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, KEY, one)),
	                          STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, KEY, more))));
}

static void a_key_without_keys_inside_is_a_key_as_a_whole(void)
{
	const struct tern_type *one =
		STRUCTURE(TERN_MUTABLE, MEMBER("a", 1, 0, &int32_table));
	const struct tern_type *two =
		STRUCTURE(TERN_MUTABLE, MEMBER("a", 1, 0, &int32_table),
	                  MEMBER("b", 2, 0, &int32_table));

	CU_ASSERT_TRUE(assignable(STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, 0, one)),
	                          STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, 0, two))));
	CU_ASSERT_FALSE(assignable(STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, KEY, one)),
	                           STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, KEY, two))));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(reason, "test::Pose.n: only the writer has member b"));
}

static void members_of_bases_count_as_own(void)
{
	const struct tern_type *base =
		STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table));
	const struct tern_type *middle =
		DERIVED(base, TERN_APPENDABLE, MEMBER("y", 1, 0, &int32_table));
	const struct tern_type *top =
		DERIVED(middle, TERN_APPENDABLE, MEMBER("z", 2, 0, &string_table));
	const struct tern_type *flat = STRUCTURE(
		TERN_APPENDABLE, MEMBER("x", 0, 0, &int32_table),
		MEMBER("y", 1, 0, &int32_table), MEMBER("z", 2, 0, &string_table));
	const struct tern_type *wrong =
		STRUCTURE(TERN_APPENDABLE, MEMBER("x", 0, 0, &float64_table));

	CU_ASSERT_TRUE(assignable(top, flat));
	CU_ASSERT_TRUE(assignable(flat, top));
	CU_ASSERT_TRUE(assignable(base, top));
	CU_ASSERT_FALSE(assignable(top, wrong));
	CU_ASSERT_STRING_EQUAL(
		reason,
		"test::Derived.x: writer double, reader int32: give both the same type");
}

static void what_differs_in_the_middle_must_be_delimited(void)
{
	const struct tern_type *short_name =
		STRUCTURE(TERN_FINAL, MEMBER("s", 0, 0, BOUNDED_STRING(5)));
	const struct tern_type *long_name =
		STRUCTURE(TERN_FINAL, MEMBER("s", 0, 0, BOUNDED_STRING(9)));
	const struct tern_type *equal =
		STRUCTURE(TERN_FINAL, MEMBER("s", 0, 0, BOUNDED_STRING(5)));

	CU_ASSERT_TRUE(member_assignable(SEQUENCE(short_name, 0), SEQUENCE(equal, 0)));
	CU_ASSERT_FALSE(
		member_assignable(SEQUENCE(short_name, 0), SEQUENCE(long_name, 0)));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(reason, "test::Pose.x[]: the @final types in here differ"));
	/* By id, the length is on the wire. */
	CU_ASSERT_TRUE(assignable(STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, 0, short_name)),
	                          STRUCTURE(TERN_MUTABLE, MEMBER("n", 1, 0, long_name))));
}

static void final_unions_have_the_same_labels(void)
{
	const struct tern_type *one = UNION(TERN_FINAL, CASE("a", 1, &int32_table, 1));
	const struct tern_type *two = UNION(TERN_FINAL, CASE("a", 1, &int32_table, 1),
	                                    CASE("b", 2, &string_table, 2));

	CU_ASSERT_TRUE(assignable(one, UNION(TERN_FINAL, CASE("a", 1, &int32_table, 1))));
	CU_ASSERT_FALSE(assignable(one, two));
	CU_ASSERT_STRING_EQUAL(reason,
	                       "test::Choice: only the writer's union has label 2 (b), "
	                       "but the union is @final: give both the same labels");
	CU_ASSERT_FALSE(assignable(two, one));
}

static void unions_need_assignable_cases_per_label(void)
{
	const struct tern_type *reader =
		UNION(TERN_APPENDABLE, CASE("a", 1, &int32_table, 1),
	              DEFAULT_CASE("other", 2, &string_table));
	const struct tern_type *grown =
		UNION(TERN_APPENDABLE, CASE("a", 1, &int32_table, 1),
	              CASE("b", 3, &string_table, 2, 3));
	const struct tern_type *wrong_case =
		UNION(TERN_APPENDABLE, CASE("a", 1, &float64_table, 1));
	const struct tern_type *wrong_default =
		UNION(TERN_APPENDABLE, CASE("a", 1, &int32_table, 1),
	              CASE("b", 3, &float64_table, 2));
	const struct tern_type *stranger =
		UNION(TERN_APPENDABLE, CASE("c", 4, &string_table, 9));
	struct tern_qos qos = tern_qos_reader_default();

	CU_ASSERT_TRUE(assignable(reader, grown));
	CU_ASSERT_FALSE(assignable(reader, wrong_case));
	CU_ASSERT_STRING_EQUAL(
		reason,
		"test::Choice.a: writer double, reader int32: give both the same type");
	CU_ASSERT_FALSE(assignable(reader, wrong_default));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "test::Choice.other"));
	CU_ASSERT_FALSE(assignable(reader, stranger));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "no label in common"));
	qos.prevent_type_widening = true;
	CU_ASSERT_FALSE(assignable_with(reader, grown, &qos));
}

static void a_type_that_contains_itself_is_refused_in_time(void)
{
	struct tern_member loop_members[2] = { MEMBER("next", 0, 0, NULL),
		                               MEMBER("other", 1, 0, NULL) };
	struct tern_type loop = { .abi = TERN_TYPE_ABI,
		                  .kind = TERN_KIND_STRUCTURE,
		                  .name = "test::Loop",
		                  .extensibility = TERN_MUTABLE,
		                  .members = loop_members,
		                  .member_count = 2 };
	struct tern_member twin_members[2] = { MEMBER("next", 0, 0, NULL),
		                               MEMBER("other", 1, OPTIONAL, NULL) };
	struct tern_type twin = loop;

	twin.members = twin_members;
	loop_members[0].type = loop_members[1].type = &loop;
	twin_members[0].type = twin_members[1].type = &twin;
	CU_ASSERT_FALSE(assignable(&loop, &twin));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "too deep or too large"));
}

static void a_short_buffer_gets_a_cut_reason(void)
{
	struct tern_qos qos = tern_qos_reader_default();
	char text[12];

	memset(text, '#', sizeof text);
	CU_ASSERT_FALSE(tern__type_assignable(
		STRUCTURE(TERN_FINAL, MEMBER("x", 0, 0, &int32_table)),
		STRUCTURE(TERN_FINAL, MEMBER("x", 0, 0, &int16_table)), &qos, text,
		sizeof text));
	CU_ASSERT_STRING_EQUAL(text, "test::Pose.");
}

static const struct suite_test tests[] = {
	{ "primitives_go_with_their_own_kind_only",
	  primitives_go_with_their_own_kind_only },
	{ "the_reason_names_the_path_of_the_member",
	  the_reason_names_the_path_of_the_member },
	{ "string_bounds_count_only_when_they_are_not_ignored",
	  string_bounds_count_only_when_they_are_not_ignored },
	{ "sequence_bounds_count_only_when_they_are_not_ignored",
	  sequence_bounds_count_only_when_they_are_not_ignored },
	{ "arrays_need_equal_dimensions", arrays_need_equal_dimensions },
	{ "final_enums_have_the_same_literals", final_enums_have_the_same_literals },
	{ "appendable_enums_may_grow_but_not_contradict_each_other",
	  appendable_enums_may_grow_but_not_contradict_each_other },
	{ "bitmasks_go_with_their_own_width", bitmasks_go_with_their_own_width },
	{ "final_structures_have_the_same_members",
	  final_structures_have_the_same_members },
	{ "appendable_structures_may_grow_at_the_end",
	  appendable_structures_may_grow_at_the_end },
	{ "widening_can_be_prevented", widening_can_be_prevented },
	{ "mutable_structures_go_by_member_id", mutable_structures_go_by_member_id },
	{ "must_understand_members_appear_on_both_sides",
	  must_understand_members_appear_on_both_sides },
	{ "keys_appear_on_both_sides_and_are_not_cut",
	  keys_appear_on_both_sides_and_are_not_cut },
	{ "keys_of_nested_structures_count_only_inside_a_key",
	  keys_of_nested_structures_count_only_inside_a_key },
	{ "a_key_without_keys_inside_is_a_key_as_a_whole",
	  a_key_without_keys_inside_is_a_key_as_a_whole },
	{ "members_of_bases_count_as_own", members_of_bases_count_as_own },
	{ "what_differs_in_the_middle_must_be_delimited",
	  what_differs_in_the_middle_must_be_delimited },
	{ "final_unions_have_the_same_labels", final_unions_have_the_same_labels },
	{ "unions_need_assignable_cases_per_label",
	  unions_need_assignable_cases_per_label },
	{ "a_type_that_contains_itself_is_refused_in_time",
	  a_type_that_contains_itself_is_refused_in_time },
	{ "a_short_buffer_gets_a_cut_reason", a_short_buffer_gets_a_cut_reason },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
