/* GUIDs are told apart, printed and spread over hash tables. */
#include <string.h>

#include "guid.h"
#include "suite.h"

static void equal_guids_are_equal_and_hash_alike(void)
{
	struct tern_guid a = { { 1, 2, 3 } }, b = a;

	CU_ASSERT_TRUE(tern_guid_equal(&a, &b));
	CU_ASSERT_EQUAL(tern__guid_hash(&a), tern__guid_hash(&b));
	for (size_t i = 0; i < TERN_GUID_SIZE_BYTES; i++) {
		b = a;
		b.bytes[i] ^= 0x80;
		CU_ASSERT_FALSE(tern_guid_equal(&a, &b));
		CU_ASSERT_NOT_EQUAL(tern__guid_hash(&a), tern__guid_hash(&b));
	}
}

static void guids_are_written_in_four_groups(void)
{
	struct tern_guid guid;
	char text[TERN_GUID_TEXT_SIZE_BYTES];

	for (size_t i = 0; i < TERN_GUID_SIZE_BYTES; i++)
		guid.bytes[i] = (uint8_t)(i + 1);
	guid.bytes[15] = 0xff;
	CU_ASSERT_PTR_EQUAL(tern_guid_format(&guid, text), text);
	CU_ASSERT_STRING_EQUAL(text, "01020304.05060708.090a0b0c.0d0e0fff");
}

/* Endpoints of one process differ in a counter only: low bits of the hash must differ too. */
static void guids_of_one_process_spread_over_a_table(void)
{
	enum { GUIDS = 1024, BUCKETS = 256 };
	uint32_t bucket[BUCKETS] = { 0 }, most = 0;
	struct tern_guid guid = { { 7, 7, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8 } };

	for (uint32_t i = 0; i < GUIDS; i++) {
		guid.bytes[13] = (uint8_t)(i >> 8);
		guid.bytes[14] = (uint8_t)i;
		uint32_t count = ++bucket[tern__guid_hash(&guid) % BUCKETS];
		most = count > most ? count : most;
	}
	CU_ASSERT_TRUE(most <= 16); /* 4 on average */
}

static void the_nil_guid_names_nobody(void)
{
	struct tern_guid guid = { { 0 } };

	CU_ASSERT_TRUE(tern__guid_is_nil(&guid));
	guid.bytes[15] = 1;
	CU_ASSERT_FALSE(tern__guid_is_nil(&guid));
}

static const struct suite_test tests[] = {
	{ "equal_guids_are_equal_and_hash_alike", equal_guids_are_equal_and_hash_alike },
	{ "guids_are_written_in_four_groups", guids_are_written_in_four_groups },
	{ "guids_of_one_process_spread_over_a_table",
	  guids_of_one_process_spread_over_a_table },
	{ "the_nil_guid_names_nobody", the_nil_guid_names_nobody },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
