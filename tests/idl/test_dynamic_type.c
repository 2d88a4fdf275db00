/* Types made at run time from their own type information, held against what ternc made of the
 * same schema: the tables are equal but for what a description cannot tell, and the codecs write
 * the same bytes. Damaged descriptions are refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tern/dynamic_type.h>

#include "all_types.h"
#include "check.h"
#include "reflect.h"
#include "suite.h"
#include "verdict_types.h"
#include "verdicts.h"
#include "versions.h"

enum { ROUNDS = 50 };

static const struct tern_type *const types[] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
#define ADDRESS(name) &v_##name##_type,
			VERDICT_TYPES(ADDRESS)
#undef ADDRESS
		& v1_Report_type,
	&v1_Log_type,
	&v1_Settings_type,
	&v1_Strict_type,
	&v2_Report_type,
	&v2_Log_type,
	&v2_Settings_type,
	&v2_Strict_type,
};
enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

static const struct tern_type *make(const struct tern_type *type)
{
	const struct tern_type *made = NULL;

	if (tern_dynamic_type_create(type->xtypes, &made) < 0)
		fprintf(stderr, "%s: %s\n", type->name, tern_error_text());
	CU_ASSERT_PTR_NOT_NULL_FATAL(made);
	return made;
}

/* ---- equal tables ---------------------------------------------------------------------- */

/* idlc's descriptions have no kinds for int8 and uint8. */
static tern_type_kind described_kind(tern_type_kind kind)
{
	return kind == TERN_KIND_INT8    ? TERN_KIND_CHAR8
	       : kind == TERN_KIND_UINT8 ? TERN_KIND_BYTE
	                                 : kind;
}

static bool holds_small_integers(const struct tern_type *type)
{
	bool holds = described_kind(type->kind) != type->kind;

	if (type->element)
		holds |= holds_small_integers(type->element);
	if (type->base)
		holds |= holds_small_integers(type->base);
	for (uint32_t i = 0; i < type->member_count; i++)
		holds |= holds_small_integers(type->members[i].type);
	return holds;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_value(const struct tern_value *a, const struct tern_value *b)
{
	return a->kind == b->kind &&
	       (a->kind == TERN_VALUE_NONE || memcmp(&a->as, &b->as, 8) == 0);
}

static bool same_type(const struct tern_type *made, const struct tern_type *type);

static bool same_member(const struct tern_member *made, const struct tern_member *member)
{
	return same_text(made->name, member->name) && made->id == member->id &&
	       made->flags == member->flags && made->offset == member->offset &&
	       same_text(made->unit, member->unit) &&
	       same_value(&made->min, &member->min) &&
	       same_value(&made->max, &member->max) &&
	       made->label_count == member->label_count &&
	       (made->label_count == 0 ||
	        memcmp(made->labels, member->labels,
	               made->label_count * sizeof(*made->labels)) == 0) &&
	       same_type(made->type, member->type);
}

/* idlc orders literals by their value, and says of none that it is the default. */
static bool same_literals(const struct tern_type *made, const struct tern_type *type)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < made->literal_count; i++)
		for (uint32_t j = 0; j < type->literal_count; j++)
			found += same_text(made->literals[i].name,
			                   type->literals[j].name) &&
			         made->literals[i].value == type->literals[j].value;
	return made->literal_count == type->literal_count && found == made->literal_count;
}

static bool same_shape(const struct tern_type *made, const struct tern_type *type)
{
	return made->abi == type->abi && made->flags == type->flags &&
	       made->kind == described_kind(type->kind) &&
	       made->extensibility == type->extensibility &&
	       same_text(made->name, type->name) &&
	       made->size_bytes == type->size_bytes &&
	       made->alignment_bytes == type->alignment_bytes &&
	       made->bound == type->bound &&
	       made->dimension_count == type->dimension_count &&
	       (made->dimension_count == 0 ||
	        memcmp(made->dimensions, type->dimensions,
	               made->dimension_count * sizeof(*made->dimensions)) == 0) &&
	       made->member_count == type->member_count &&
	       !made->element == !type->element && !made->base == !type->base &&
	       !made->codec == !type->codec &&
	       (holds_small_integers(type) || made->layout_hash == type->layout_hash);
}

static bool same_type(const struct tern_type *made, const struct tern_type *type)
{
	bool same = same_shape(made, type) && same_literals(made, type);

	if (!same)
		fprintf(stderr, "%s (kind %d) differs from %s: flags 0x%x 0x%x\n",
		        made->name ? made->name : "-", (int)made->kind,
		        type->name ? type->name : "-", made->flags, type->flags);
	if (same && made->element)
		same = same_type(made->element, type->element);
	if (same && made->base)
		same = same_type(made->base, type->base);
	for (uint32_t i = 0; i < made->member_count && same; i++) {
		same = same_member(&made->members[i], &type->members[i]);
		if (!same)
			fprintf(stderr, "  in %s.%s\n", type->name,
			        type->members[i].name);
	}
	return same;
}

static void a_table_made_at_run_time_is_the_one_of_ternc(void)
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		const struct tern_type *made = make(types[i]);

		CU_ASSERT_TRUE(same_type(made, types[i]));
		if (types[i]->kind == TERN_KIND_STRUCTURE)
			CU_ASSERT_EQUAL(tern__type_check(made), TERN_OK);
		CU_ASSERT_EQUAL(made->xtypes->type_mapping_size_bytes,
		                types[i]->xtypes->type_mapping_size_bytes);
		tern_dynamic_type_destroy(made);
	}
}

/* ---- equal bytes ----------------------------------------------------------------------- */

static void expect_same_payload(const struct tern_type *made,
                                const struct tern_type *type, const void *sample,
                                tern_representation representation, bool key_only)
{
	struct tern_buffer ours = { 0 }, theirs = { 0 };
	void *read = calloc(1, type->size_bytes);
	tern_status status;

	CU_ASSERT_EQUAL_FATAL(
		made->codec->encode(made, sample, representation, key_only, &ours),
		TERN_OK);
	CU_ASSERT_EQUAL_FATAL(
		type->codec->encode(type, sample, representation, key_only, &theirs),
		TERN_OK);
	CU_ASSERT_EQUAL_FATAL(ours.size_bytes, theirs.size_bytes);
	CU_ASSERT_EQUAL(memcmp(ours.data, theirs.data, ours.size_bytes), 0);
	status =
		made->codec->decode(made, theirs.data, theirs.size_bytes, key_only, read);
	if (status == TERN_OK && !key_only)
		CU_ASSERT_TRUE(reflect_equal(type, sample, read));
	type->codec->fini(type, read); /* what one allocates, the other frees */
	/* ternc's cannot read an absent member that must be understood either. */
	CU_ASSERT_EQUAL(
		type->codec->decode(type, ours.data, ours.size_bytes, key_only, read),
		status);
	made->codec->fini(made, read);
	free(read);
	free(ours.data);
	free(theirs.data);
}

static void expect_same_codec(const struct tern_type *made, const struct tern_type *type,
                              const void *sample)
{
	uint8_t ours[TERN_KEY_HASH_SIZE_BYTES], theirs[TERN_KEY_HASH_SIZE_BYTES];

	for (int key_only = 0; key_only < 2; key_only++) {
		expect_same_payload(made, type, sample, TERN_XCDR2, key_only);
		if (type->flags & TERN_TYPE_XCDR1)
			expect_same_payload(made, type, sample, TERN_XCDR1, key_only);
	}
	if (!type->codec->key_hash)
		return;
	CU_ASSERT_EQUAL(made->codec->key_hash(made, sample, ours), TERN_OK);
	CU_ASSERT_EQUAL(type->codec->key_hash(type, sample, theirs), TERN_OK);
	CU_ASSERT_EQUAL(memcmp(ours, theirs, sizeof(ours)), 0);
}

static void both_codecs_write_the_same_bytes(void)
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct reflect_random random = { .state = i };
		const struct tern_type *made = make(types[i]);

		for (int round = 0; round < ROUNDS; round++) {
			void *sample = calloc(1, types[i]->size_bytes);

			reflect_fill(types[i], sample, &random);
			expect_same_codec(made, types[i], sample);
			types[i]->codec->fini(types[i], sample);
			free(sample);
		}
		tern_dynamic_type_destroy(made);
	}
}

/* What an older writer does not send is what an older reader of ternc's makes of it. */
static void a_shorter_payload_is_completed_alike(void)
{
	const struct tern_type *made = make(&v2_Report_type);
	struct tern_buffer payload = { 0 };
	v1_Report old = { .number = 7, .name = (char[]){ "seven" } };
	v2_Report read = { 0 };

	CU_ASSERT_EQUAL_FATAL(v1_Report_type.codec->encode(&v1_Report_type, &old,
	                                                   TERN_XCDR2, false, &payload),
	                      TERN_OK);
	CU_ASSERT_EQUAL(
		made->codec->decode(made, payload.data, payload.size_bytes, false, &read),
		TERN_OK);
	CU_ASSERT_EQUAL(read.number, 7);
	CU_ASSERT_STRING_EQUAL(read.name, "seven");
	made->codec->fini(made, &read);
	free(payload.data);
	tern_dynamic_type_destroy(made);
}

/* ---- bad descriptions ------------------------------------------------------------------ */

static uint8_t *exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	return copy;
}

/* A type that core could use, or a refusal with a reason. */
static bool try_description(const uint8_t *information, size_t information_size,
                            const uint8_t *mapping, size_t mapping_size)
{
	uint8_t *i = exact(information, information_size);
	uint8_t *m = exact(mapping, mapping_size);
	struct tern_xtypes xtypes = { i, information_size, m, mapping_size };
	const struct tern_type *made = NULL;
	tern_status status = tern_dynamic_type_create(&xtypes, &made);

	free(i);
	free(m);
	if (status < 0) {
		CU_ASSERT_PTR_NULL(made);
		CU_ASSERT_TRUE(tern_error_text()[0] != 0);
		CU_ASSERT_TRUE(status == TERN_EMALFORMED || status == TERN_EUNSUPPORTED ||
		               status == TERN_ENOMEM);
	}
	tern_dynamic_type_destroy(made);
	return status == TERN_OK;
}

static void a_description_cut_anywhere_is_refused(void)
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		const struct tern_xtypes *x = types[i]->xtypes;
		size_t mapping_step = 1 + x->type_mapping_size_bytes / 300;
		/* the third list, of pairs of hashes, is not needed */
		size_t needed = x->type_mapping_size_bytes - 40;

		for (size_t n = 0; n < 60 && n < x->type_information_size_bytes; n++)
			CU_ASSERT_FALSE(try_description(x->type_information, n,
			                                x->type_mapping,
			                                x->type_mapping_size_bytes) &&
			                n < 40);
		for (size_t n = 0; n < needed; n += mapping_step)
			(void)try_description(x->type_information,
			                      x->type_information_size_bytes,
			                      x->type_mapping, n);
		CU_ASSERT_FALSE(try_description(
			x->type_information, x->type_information_size_bytes,
			x->type_mapping, x->type_mapping_size_bytes / 2));
	}
}

static void a_damaged_description_is_refused_or_makes_a_type(void)
{
	struct reflect_random random = { .state = 5 };

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		const struct tern_xtypes *x = types[i]->xtypes;

		for (int round = 0; round < 200; round++) {
			uint8_t *mapping =
				exact(x->type_mapping, x->type_mapping_size_bytes);

			for (uint32_t n = 1 + reflect_random(&random, 3); n > 0; n--)
				mapping[reflect_random(
					&random, (uint32_t)x->type_mapping_size_bytes)] =
					(uint8_t)reflect_random(&random, 256);
			(void)try_description(x->type_information,
			                      x->type_information_size_bytes, mapping,
			                      x->type_mapping_size_bytes);
			free(mapping);
		}
	}
}

static void no_description_is_refused(void)
{
	struct tern_xtypes half = *rich_Keys_type.xtypes;
	const struct tern_type *made = NULL;

	half.type_mapping = NULL;
	CU_ASSERT_EQUAL(tern_dynamic_type_create(NULL, &made), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_dynamic_type_create(&half, &made), TERN_EINVAL);
	CU_ASSERT_PTR_NULL(made);
	tern_dynamic_type_destroy(NULL);
}

/* A structure whose only member is a sequence of itself, as recursive IDL is described. */
static void a_type_that_contains_itself_is_refused(void)
{
	static const uint8_t hash[14] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
	static const uint8_t object[] = {
		0xf2, 0x51, 0x02, 0x00,             /* complete structure, appendable */
		0x0c, 0x00, 0x00, 0x00,             /* header */
		0x00, 0x00, 0x00, 0x00,             /* no base, no annotations */
		0x02, 0x00, 0x00, 0x00, 'T',  0,    /* name */
		0x00, 0x00,                         /* */
		0x30, 0x00, 0x00, 0x00,             /* members */
		0x01, 0x00, 0x00, 0x00,             /* one */
		0x28, 0x00, 0x00, 0x00,             /* its size */
		0x00, 0x00, 0x00, 0x00, 0x01, 0x00, /* id, flags */
		0x80, 0xf2, 0x01, 0x00, 0x00,       /* a sequence without bound */
		0xf2, 1,    2,    3,    4,    5,    6,  7,
		8,    9,    10,   11,   12,   13,   14,    /* of this type */
		0x00, 0x00,                                /* */
		0x02, 0x00, 0x00, 0x00, 'm',  0,    0,  0, /* name, no annotations */
		0x00, 0x00, 0x00, 0x00,                    /* */
	};
	uint8_t mapping[256] = { 0 };
	uint8_t information[64] = { 0 };
	const struct tern_type *made = NULL;
	struct tern_xtypes xtypes = { information, 0, mapping, 0 };
	uint32_t size;

	/* no minimal objects, one complete one */
	memcpy(mapping, (uint8_t[]){ 4, 0, 0, 0, 0, 0, 0, 0 }, 8);
	size = 4 + 16 + 4 + sizeof(object);
	memcpy(mapping + 8, &size, 4);
	memcpy(mapping + 12, (uint8_t[]){ 1, 0, 0, 0, 0xf2 }, 5);
	memcpy(mapping + 17, hash, 14);
	size = sizeof(object);
	memcpy(mapping + 32, &size, 4);
	memcpy(mapping + 36, object, sizeof(object));
	xtypes.type_mapping_size_bytes = 36 + sizeof(object);
	/* member 0x1002: { size, { size, identifier } } */
	memcpy(information, (uint8_t[]){ 32, 0,  0, 0, 0x02, 0x10, 0, 0x40, 24, 0,   0,
	                                 0,  20, 0, 0, 0,    16,   0, 0,    0,  0xf2 },
	       21);
	memcpy(information + 21, hash, 14);
	xtypes.type_information_size_bytes = 36;
	CU_ASSERT_EQUAL(tern_dynamic_type_create(&xtypes, &made), TERN_EUNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "contains itself"));
}

static const struct suite_test tests[] = {
	{ "a_table_made_at_run_time_is_the_one_of_ternc",
	  a_table_made_at_run_time_is_the_one_of_ternc },
	{ "both_codecs_write_the_same_bytes", both_codecs_write_the_same_bytes },
	{ "a_shorter_payload_is_completed_alike", a_shorter_payload_is_completed_alike },
	{ "a_description_cut_anywhere_is_refused",
	  a_description_cut_anywhere_is_refused },
	{ "a_damaged_description_is_refused_or_makes_a_type",
	  a_damaged_description_is_refused_or_makes_a_type },
	{ "no_description_is_refused", no_description_is_refused },
	{ "a_type_that_contains_itself_is_refused",
	  a_type_that_contains_itself_is_refused },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
