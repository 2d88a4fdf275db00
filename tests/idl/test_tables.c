/* The tables that ternc writes: whole by core's own check, and with what the schema says. */
#include <string.h>

#include "all_types.h"
#include "check.h"
#include "reflect.h"
#include "suite.h"
#include "versions.h"

static const struct tern_type *const types[] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
};

static const struct tern_member *member_of(const struct tern_type *type, const char *name)
{
	for (uint32_t i = 0; i < type->member_count; i++) {
		if (strcmp(type->members[i].name, name) == 0)
			return &type->members[i];
	}
	CU_FAIL_FATAL("no such member");
	return NULL;
}

static void core_takes_every_structure_as_a_topic(void)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i]->kind == TERN_KIND_STRUCTURE)
			CU_ASSERT_EQUAL(tern__type_check(types[i]), TERN_OK);
	}
	CU_ASSERT_EQUAL(tern__type_check(&rich_Point_type), TERN_EINVAL); /* @nested */
}

static void members_have_their_annotations(void)
{
	const struct tern_member *f = member_of(&rich_Primitives_type, "f");
	const struct tern_member *d = member_of(&rich_Primitives_type, "d");
	const struct tern_member *speed = member_of(&v2_Report_type, "speed");
	const struct tern_member *note = member_of(&v2_Report_type, "note");

	CU_ASSERT_STRING_EQUAL(f->unit, "m/s");
	CU_ASSERT_EQUAL(f->min.kind, TERN_VALUE_FLOAT64);
	CU_ASSERT_EQUAL(f->min.as.f, -100);
	CU_ASSERT_EQUAL(f->max.as.f, 100);
	CU_ASSERT_EQUAL(d->min.as.f, 0);
	CU_ASSERT_EQUAL(d->max.as.f, 9);
	CU_ASSERT_EQUAL(speed->initial.as.f, 2.5);
	CU_ASSERT_STRING_EQUAL(note->initial.as.s, "none");
	CU_ASSERT_EQUAL(member_of(&rich_Scattered_type, "code")->id, 40);
	CU_ASSERT_EQUAL(member_of(&rich_Scattered_type, "code")->flags,
	                TERN_MEMBER_KEY | TERN_MEMBER_MUST_UNDERSTAND);
	CU_ASSERT_EQUAL(member_of(&rich_Scattered_type, "important")->flags,
	                TERN_MEMBER_MUST_UNDERSTAND);
	CU_ASSERT_EQUAL(member_of(&rich_Derived_type, "maybe")->flags,
	                TERN_MEMBER_OPTIONAL);
	CU_ASSERT_EQUAL(member_of(&rich_Derived_type, "far")->flags,
	                TERN_MEMBER_EXTERNAL);
	CU_ASSERT_PTR_EQUAL(rich_Derived_type.base, &rich_Base_type);
}

static void types_have_their_shape(void)
{
	const struct tern_type *grid = member_of(&rich_Arrays_type, "mm")->type;
	const struct tern_member *fallback = member_of(&rich_Choice_type, "path");

	CU_ASSERT_EQUAL(grid->kind, TERN_KIND_ARRAY);
	CU_ASSERT_EQUAL(grid->bound, 12);
	CU_ASSERT_EQUAL_FATAL(grid->dimension_count, 3);
	CU_ASSERT_EQUAL(grid->dimensions[0], 2);
	CU_ASSERT_EQUAL(grid->dimensions[2], 2);
	CU_ASSERT_EQUAL(rich_Choice_type.element, &rich_Color_type);
	CU_ASSERT_TRUE(fallback->flags & TERN_MEMBER_DEFAULT_CASE);
	CU_ASSERT_EQUAL(fallback->offset, offsetof(rich_Choice, _u));
	CU_ASSERT_EQUAL(rich_Color_type.literal_count, 3);
	CU_ASSERT_TRUE(rich_Color_type.literals[1].is_default);
	CU_ASSERT_EQUAL(rich_Flags16_type.size_bytes, 2);
	CU_ASSERT_EQUAL(rich_Flags16_type.literals[1].value, 15);
	CU_ASSERT_TRUE(rich_Primitives_type.flags & TERN_TYPE_FLAT);
	CU_ASSERT_FALSE(rich_Sequences_type.flags & TERN_TYPE_FLAT);
	CU_ASSERT_TRUE(rich_Sequences_type.flags & TERN_TYPE_XCDR1);
	CU_ASSERT_FALSE(rich_FinalOptional_type.flags & TERN_TYPE_XCDR1);
	CU_ASSERT_TRUE(rich_KeyFits_type.flags & TERN_TYPE_KEY_FITS_HASH);
	CU_ASSERT_FALSE(rich_Keys_type.flags & TERN_TYPE_KEY_FITS_HASH);
}

static void layouts_that_differ_have_different_hashes(void)
{
	CU_ASSERT_EQUAL(v1_Log_type.layout_hash == v2_Log_type.layout_hash, false);
	CU_ASSERT_EQUAL(v1_Settings_type.layout_hash == v2_Settings_type.layout_hash,
	                false);
	/* other names, the same layout: a bounded string, then an aligned structure */
	CU_ASSERT_EQUAL(rich_Point_type.layout_hash == rich_Packed_type.layout_hash,
	                false);
}

static void a_new_sample_has_the_defaults_that_a_reader_fills_in(void)
{
	/* D_CDR2 with nothing in it: every member is missing */
	static const uint8_t nothing[] = { 0x00, 0x09, 0, 0, 0, 0, 0, 0 };
	v2_Report read = { 0 };
	v2_Report *fresh = v2_Report__alloc();

	CU_ASSERT_PTR_NOT_NULL_FATAL(fresh);
	CU_ASSERT_EQUAL_FATAL(v2_Report_type.codec->decode(&v2_Report_type, nothing,
	                                                   sizeof(nothing), false, &read),
	                      TERN_OK);
	CU_ASSERT_TRUE(reflect_equal(&v2_Report_type, fresh, &read));
	v2_Report_type.codec->fini(&v2_Report_type, &read);
	v2_Report_free(fresh, 0);
}

static const struct suite_test tests[] = {
	{ "core_takes_every_structure_as_a_topic",
	  core_takes_every_structure_as_a_topic },
	{ "members_have_their_annotations", members_have_their_annotations },
	{ "types_have_their_shape", types_have_their_shape },
	{ "layouts_that_differ_have_different_hashes",
	  layouts_that_differ_have_different_hashes },
	{ "a_new_sample_has_the_defaults_that_a_reader_fills_in",
	  a_new_sample_has_the_defaults_that_a_reader_fills_in },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
