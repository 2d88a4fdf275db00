/* Topic names and type tables that cannot work are refused before anything is made of them. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "suite.h"
#include "tables.h"

#include <tern/tern.h>

static tern_status encode(const struct tern_type *of, const void *sample,
                          tern_representation representation, bool key_only,
                          struct tern_buffer *payload)
{
	(void)of, (void)sample, (void)representation, (void)key_only, (void)payload;
	return TERN_OK;
}

static tern_status decode(const struct tern_type *of, const uint8_t *payload,
                          size_t size_bytes, bool key_only, void *ret_sample)
{
	(void)of, (void)payload, (void)size_bytes, (void)key_only, (void)ret_sample;
	return TERN_OK;
}

static tern_status payload_key_hash(const struct tern_type *of, const uint8_t *payload,
                                    size_t size_bytes, bool key_only,
                                    uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	(void)of, (void)payload, (void)size_bytes, (void)key_only, (void)ret_hash;
	return TERN_OK;
}

static tern_status key_hash(const struct tern_type *of, const void *sample,
                            uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	(void)of, (void)sample, (void)ret_hash;
	return TERN_OK;
}

static int key_compare(const struct tern_type *of, const void *a, const void *b)
{
	(void)of, (void)a, (void)b;
	return 0;
}

static tern_status copy(const struct tern_type *of, const void *sample, void *ret_sample)
{
	(void)of, (void)sample, (void)ret_sample;
	return TERN_OK;
}

static void fini(const struct tern_type *of, void *sample)
{
	(void)of, (void)sample;
}

/* A keyed type that passes; each test breaks one thing. */
static struct tern_member members[2];
static struct tern_codec codec;
static struct tern_type type;

static void begin(void)
{
	members[0] = (struct tern_member)MEMBER("k", 0, TERN_MEMBER_KEY, &int32_table);
	members[1] = (struct tern_member)MEMBER("x", 1, 0, &float64_table);
	members[1].offset = 8;
	codec = (struct tern_codec){ .encode = encode,
		                     .decode = decode,
		                     .payload_key_hash = payload_key_hash,
		                     .key_hash = key_hash,
		                     .key_compare = key_compare,
		                     .copy = copy,
		                     .fini = fini };
	type = (struct tern_type){ .abi = TERN_TYPE_ABI,
		                   .flags = TERN_TYPE_KEYED,
		                   .kind = TERN_KIND_STRUCTURE,
		                   .name = "test::Pose",
		                   .size_bytes = 16,
		                   .alignment_bytes = 8,
		                   .members = members,
		                   .member_count = 2,
		                   .codec = &codec };
}

static void expect_refusal(const char *word, const char *other_word)
{
	CU_ASSERT_EQUAL(tern__type_check(&type), TERN_EINVAL);
	if (!strstr(tern_error_text(), word) || !strstr(tern_error_text(), other_word)) {
		printf("    got: %s\n", tern_error_text());
		CU_FAIL("the text lacks something");
	}
	begin();
}

static void a_whole_table_passes(void)
{
	begin();
	CU_ASSERT_EQUAL(tern__type_check(&type), TERN_OK);
	type.flags = 0;
	members[0].flags = 0;
	codec.payload_key_hash = NULL;
	codec.key_hash = NULL;
	codec.key_compare = NULL;
	CU_ASSERT_EQUAL(tern__type_check(&type), TERN_OK);
}

static void null_is_refused(void)
{
	CU_ASSERT_EQUAL(tern__type_check(NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern__topic_name_check(NULL), TERN_EINVAL);
}

static void tables_of_another_abi_are_refused(void)
{
	struct tern_type nested = int32_table;

	begin();
	type.abi = TERN_TYPE_ABI + 1;
	expect_refusal("test::Pose has ABI 3", "ternc");
	nested.abi = 0;
	members[1].type = &nested;
	expect_refusal("has ABI 0", "ternc");
}

static void only_structures_meant_for_topics_pass(void)
{
	begin();
	type.kind = TERN_KIND_UNION;
	expect_refusal("test::Pose is no structure", "struct");
	type.flags |= TERN_TYPE_NESTED;
	expect_refusal("@nested", "@topic");
	type.name = NULL;
	expect_refusal("no name", "ternc");
}

static void an_incomplete_codec_is_refused(void)
{
	begin();
	type.codec = NULL;
	expect_refusal("no complete codec", "link");
	codec.fini = NULL;
	expect_refusal("no complete codec", "link");
	codec.key_compare = NULL;
	expect_refusal("keyed but its codec has not all", "ternc");
	type.flags = 0;
	members[0].flags = 0;
	expect_refusal("not keyed but its codec has some", "ternc");
}

static void a_key_that_is_none_is_refused(void)
{
	begin();
	members[0].flags = 0;
	expect_refusal("says it has a key but none", "ternc");
	type.flags = 0;
	codec.payload_key_hash = NULL;
	codec.key_hash = NULL;
	codec.key_compare = NULL;
	expect_refusal("says it has no key but at least one", "ternc");
}

static void a_key_may_be_inherited(void)
{
	begin();
	struct tern_type base = type;
	type.base = &base;
	type.members = NULL;
	type.member_count = 0;
	CU_ASSERT_EQUAL(tern__type_check(&type), TERN_OK);
}

static void members_outside_their_struct_are_refused(void)
{
	begin();
	members[1].offset = 9;
	expect_refusal("puts member x at offset 9 with 8 bytes", "beyond the type's 16");
	members[1].offset = SIZE_MAX - 3;
	expect_refusal("puts member x", "beyond");
	members[0].type = NULL;
	expect_refusal("without a name or type", "ternc");
	members[1].type = SEQUENCE(NULL, 0);
	members[1].flags = TERN_MEMBER_EXTERNAL;
	expect_refusal("names no element", "ternc");
}

static void a_type_that_contains_itself_is_refused(void)
{
	begin();
	members[1].type = &type;
	members[1].flags = TERN_MEMBER_OPTIONAL;
	expect_refusal("nest deeper than 64 levels", "contain themselves");
}

static void topic_names_are_checked(void)
{
	char name[TERN_TOPIC_NAME_MAX + 2];

	CU_ASSERT_EQUAL(tern__topic_name_check("rt/vehicle_1/pose-x.y:z%20"), TERN_OK);
	CU_ASSERT_EQUAL(tern__topic_name_check(""), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern__topic_name_check("my pose"), TERN_EINVAL);
	CU_ASSERT_STRING_EQUAL(tern_error_text(),
	                       "topic name \"my pose\" has ' ' (0x20) at byte 2: use "
	                       "letters, digits and _ / - . : % only");
	CU_ASSERT_EQUAL(tern__topic_name_check("pos\xc3\xa9"), TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "(0xc3) at byte 3"));
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	CU_ASSERT_EQUAL(tern__topic_name_check(name), TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "longer than 255 bytes"));
	CU_ASSERT_EQUAL(tern__topic_name_check(name + 1), TERN_OK);
}

static const struct suite_test tests[] = {
	{ "a_whole_table_passes", a_whole_table_passes },
	{ "null_is_refused", null_is_refused },
	{ "tables_of_another_abi_are_refused", tables_of_another_abi_are_refused },
	{ "only_structures_meant_for_topics_pass",
	  only_structures_meant_for_topics_pass },
	{ "an_incomplete_codec_is_refused", an_incomplete_codec_is_refused },
	{ "a_key_that_is_none_is_refused", a_key_that_is_none_is_refused },
	{ "a_key_may_be_inherited", a_key_may_be_inherited },
	{ "members_outside_their_struct_are_refused",
	  members_outside_their_struct_are_refused },
	{ "a_type_that_contains_itself_is_refused",
	  a_type_that_contains_itself_is_refused },
	{ "topic_names_are_checked", topic_names_are_checked },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
