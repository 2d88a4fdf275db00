/* A fresh sample holds its members' defaults, whatever they are made of. */
#include <stdlib.h>
#include <string.h>

#include "defaults.h"
#include "suite.h"
#include "tables.h"

#include <tern/tern.h>

struct inner {
	char *name;
	float ratio;
};

struct outer {
	int32_t from_base;
	int16_t count;
	uint32_t flags;
	double gain;
	bool enabled;
	char letter;
	uint32_t mode; /* as wide as a C enum */
	uint32_t level;
	char label[6];
	struct inner inner;
	struct inner many[2];
	struct inner *optional;
	struct tern_sequence list;
	uint8_t untouched;
};

static void free_inner(struct inner *inner)
{
	free(inner->name);
}

static void outer_fini(const struct tern_type *type, void *sample)
{
	struct outer *outer = sample;

	(void)type;
	free_inner(&outer->inner);
	free_inner(&outer->many[0]);
	free_inner(&outer->many[1]);
}

#define INTEGER(value)                                                                   \
	{                                                                                \
		.kind = TERN_VALUE_INT64, .as.i = (value)                                \
	}
#define REAL(value)                                                                      \
	{                                                                                \
		.kind = TERN_VALUE_FLOAT64, .as.f = (value)                              \
	}
#define TEXT(value)                                                                      \
	{                                                                                \
		.kind = TERN_VALUE_STRING, .as.s = (value)                               \
	}

static const struct tern_type float32_table = PRIMITIVE(TERN_KIND_FLOAT32, float);
static const struct tern_type boolean_table = PRIMITIVE(TERN_KIND_BOOLEAN, bool);
static const struct tern_type char_table = PRIMITIVE(TERN_KIND_CHAR8, char);

static const struct tern_member inner_members[] = {
	{ .name = "name",
	  .type = &string_table,
	  .offset = offsetof(struct inner, name),
	  .initial = TEXT("wheel") },
	{ .name = "ratio",
	  .type = &float32_table,
	  .offset = offsetof(struct inner, ratio),
	  .initial = REAL(0.5) },
};
static const struct tern_type inner_table = { .abi = TERN_TYPE_ABI,
	                                      .kind = TERN_KIND_STRUCTURE,
	                                      .name = "test::Inner",
	                                      .size_bytes = sizeof(struct inner),
	                                      .members = inner_members,
	                                      .member_count = 2 };
static const uint32_t two[] = { 2 };
static const struct tern_type many_table = { .abi = TERN_TYPE_ABI,
	                                     .kind = TERN_KIND_ARRAY,
	                                     .element = &inner_table,
	                                     .bound = 2,
	                                     .size_bytes = 2 * sizeof(struct inner),
	                                     .dimension_count = 1,
	                                     .dimensions = two };
static const struct tern_literal modes[] = { { "OFF", 4, false }, { "ON", 9, true } };
static const struct tern_type mode_table = { .abi = TERN_TYPE_ABI,
	                                     .kind = TERN_KIND_ENUM,
	                                     .size_bytes = 4,
	                                     .literals = modes,
	                                     .literal_count = 2 };
static const struct tern_literal levels[] = { { "LOW", 3, false }, { "HIGH", 5, false } };
static const struct tern_type level_table = { .abi = TERN_TYPE_ABI,
	                                      .kind = TERN_KIND_ENUM,
	                                      .size_bytes = 4,
	                                      .literals = levels,
	                                      .literal_count = 2 };
static const struct tern_type label_table = {
	.abi = TERN_TYPE_ABI, .kind = TERN_KIND_STRING8, .bound = 5, .size_bytes = 6
};
static const struct tern_type list_table = { .abi = TERN_TYPE_ABI,
	                                     .kind = TERN_KIND_SEQUENCE,
	                                     .element = &inner_table,
	                                     .size_bytes = sizeof(struct tern_sequence) };
static const struct tern_member base_members[] = {
	{ .name = "from_base",
	  .type = &int32_table,
	  .offset = offsetof(struct outer, from_base),
	  .initial = INTEGER(-7) },
};
static const struct tern_type base_table = { .abi = TERN_TYPE_ABI,
	                                     .kind = TERN_KIND_STRUCTURE,
	                                     .name = "test::Base",
	                                     .size_bytes = 4,
	                                     .members = base_members,
	                                     .member_count = 1 };
static const struct tern_member outer_members[] = {
	{ .name = "count",
	  .type = &int16_table,
	  .offset = offsetof(struct outer, count),
	  .initial = INTEGER(-300) },
	{ .name = "flags",
	  .type = &uint32_table,
	  .offset = offsetof(struct outer, flags),
	  .initial = { .kind = TERN_VALUE_UINT64, .as.u = 0xfffffff0u } },
	{ .name = "gain",
	  .type = &float64_table,
	  .offset = offsetof(struct outer, gain),
	  .initial = INTEGER(3) },
	{ .name = "enabled",
	  .type = &boolean_table,
	  .offset = offsetof(struct outer, enabled),
	  .initial = { .kind = TERN_VALUE_BOOLEAN, .as.b = true } },
	{ .name = "letter",
	  .type = &char_table,
	  .offset = offsetof(struct outer, letter),
	  .initial = TEXT("q") },
	{ .name = "mode", .type = &mode_table, .offset = offsetof(struct outer, mode) },
	{ .name = "level",
	  .type = &level_table,
	  .offset = offsetof(struct outer, level) },
	{ .name = "label",
	  .type = &label_table,
	  .offset = offsetof(struct outer, label),
	  .initial = TEXT("longer than it") },
	{ .name = "inner",
	  .type = &inner_table,
	  .offset = offsetof(struct outer, inner) },
	{ .name = "many", .type = &many_table, .offset = offsetof(struct outer, many) },
	{ .name = "optional",
	  .type = &inner_table,
	  .flags = TERN_MEMBER_OPTIONAL,
	  .offset = offsetof(struct outer, optional) },
	{ .name = "list", .type = &list_table, .offset = offsetof(struct outer, list) },
	{ .name = "untouched",
	  .type = &octet_table,
	  .offset = offsetof(struct outer, untouched) },
};
static const struct tern_codec outer_codec = { .fini = outer_fini };
static const struct tern_type outer_table = {
	.abi = TERN_TYPE_ABI,
	.kind = TERN_KIND_STRUCTURE,
	.name = "test::Outer",
	.size_bytes = sizeof(struct outer),
	.alignment_bytes = _Alignof(struct outer),
	.base = &base_table,
	.members = outer_members,
	.member_count = sizeof outer_members / sizeof *outer_members,
	.codec = &outer_codec,
};

static void numbers_and_strings_get_their_defaults(void)
{
	struct outer *sample = tern_sample_create(&outer_table);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
	CU_ASSERT_EQUAL(sample->from_base, -7);
	CU_ASSERT_EQUAL(sample->count, -300);
	CU_ASSERT_EQUAL(sample->flags, 0xfffffff0u);
	CU_ASSERT_EQUAL(sample->gain, 3.0);
	CU_ASSERT_TRUE(sample->enabled);
	CU_ASSERT_EQUAL(sample->letter, 'q');
	CU_ASSERT_STRING_EQUAL(sample->label, "longe"); /* cut to its bound */
	CU_ASSERT_EQUAL(sample->untouched, 0);
	tern_sample_destroy(&outer_table, sample);
}

static void enums_get_the_default_literal_or_the_first(void)
{
	struct outer *sample = tern_sample_create(&outer_table);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
	CU_ASSERT_EQUAL(sample->mode, 9);
	CU_ASSERT_EQUAL(sample->level, 3);
	tern_sample_destroy(&outer_table, sample);
}

static void nested_structures_get_theirs_and_own_their_strings(void)
{
	struct outer *sample = tern_sample_create(&outer_table);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
	CU_ASSERT_STRING_EQUAL(sample->inner.name, "wheel");
	CU_ASSERT_EQUAL(sample->inner.ratio, 0.5f);
	CU_ASSERT_STRING_EQUAL(sample->many[0].name, "wheel");
	CU_ASSERT_STRING_EQUAL(sample->many[1].name, "wheel");
	CU_ASSERT_PTR_NOT_EQUAL(sample->many[0].name, sample->many[1].name);
	CU_ASSERT_PTR_NULL(sample->optional);
	CU_ASSERT_EQUAL(sample->list._length, 0);
	CU_ASSERT_PTR_NULL(sample->list._buffer);
	tern_sample_destroy(&outer_table, sample);
}

static void unions_hold_the_case_of_their_default_discriminator(void)
{
	defaults_Outer *sample = tern_sample_create(&defaults_Outer_type);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
	CU_ASSERT_EQUAL(sample->by_mode._d, defaults_ON);
	CU_ASSERT_EQUAL(sample->by_mode._u.inner.count, 5);
	CU_ASSERT_STRING_EQUAL(sample->by_mode._u.inner.name, "wheel");
	CU_ASSERT_EQUAL(sample->by_number._d, 0);
	CU_ASSERT_STRING_EQUAL(sample->by_number._u.inner.name, "wheel");
	CU_ASSERT_EQUAL(sample->sparse._d, 0); /* selects nothing */
	CU_ASSERT_PTR_NULL(sample->sparse._u.inner.name);
	tern_sample_destroy(&defaults_Outer_type, sample);
}

static void external_members_are_there_and_optional_ones_are_not(void)
{
	defaults_Outer *sample = tern_sample_create(&defaults_Outer_type);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
	CU_ASSERT_PTR_NOT_NULL_FATAL(sample->held);
	CU_ASSERT_EQUAL(sample->held->count, 5);
	CU_ASSERT_STRING_EQUAL(sample->held->name, "wheel");
	CU_ASSERT_PTR_NULL(sample->text);
	CU_ASSERT_PTR_NULL(sample->absent);
	CU_ASSERT_EQUAL(sample->pair[1].count, 5);
	CU_ASSERT_EQUAL(sample->list._length, 0);
	tern_sample_destroy(&defaults_Outer_type, sample);
}

static void nothing_comes_of_nothing(void)
{
	CU_ASSERT_PTR_NULL(tern_sample_create(NULL));
	tern_sample_destroy(&outer_table, NULL);
}

static const struct suite_test tests[] = {
	{ "numbers_and_strings_get_their_defaults",
	  numbers_and_strings_get_their_defaults },
	{ "enums_get_the_default_literal_or_the_first",
	  enums_get_the_default_literal_or_the_first },
	{ "nested_structures_get_theirs_and_own_their_strings",
	  nested_structures_get_theirs_and_own_their_strings },
	{ "unions_hold_the_case_of_their_default_discriminator",
	  unions_hold_the_case_of_their_default_discriminator },
	{ "external_members_are_there_and_optional_ones_are_not",
	  external_members_are_there_and_optional_ones_are_not },
	{ "nothing_comes_of_nothing", nothing_comes_of_nothing },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
