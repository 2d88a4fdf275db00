/* The Tern record in USER_DATA: what is written is read, and nothing else is believed. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#include "record.h"

static const struct tern__record participant = {
	.kind = TERN__RECORD_PARTICIPANT,
	.guid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
	.host_id = { 0xa0, 0xa1, [15] = 0xaf },
	.pid = 0x01020304,
	.process_name = "deck",
};

static const struct tern__record endpoint = {
	.kind = TERN__RECORD_ENDPOINT,
	.guid = { { 0xff, [15] = 0xfe } },
	.participant = { { 9, [15] = 8 } },
	.layout_hash = UINT64_C(0x0102030405060708),
};

static void a_participant_comes_back_as_it_was(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record back;
	size_t size_bytes = tern__record_encode(&participant, bytes);
	CU_ASSERT_EQUAL(size_bytes, 45 + 4);
	CU_ASSERT_EQUAL(
		tern__record_decode(TERN__RECORD_PARTICIPANT, bytes, size_bytes, &back),
		size_bytes);
	CU_ASSERT_EQUAL(memcmp(&back, &participant, sizeof back), 0);
}

static void an_endpoint_comes_back_as_it_was(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record back;
	size_t size_bytes = tern__record_encode(&endpoint, bytes);
	CU_ASSERT_EQUAL(size_bytes, TERN__RECORD_ENDPOINT_SIZE_BYTES);
	CU_ASSERT_EQUAL(
		tern__record_decode(TERN__RECORD_ENDPOINT, bytes, size_bytes, &back),
		size_bytes);
	CU_ASSERT_EQUAL(memcmp(&back, &endpoint, sizeof back), 0);
}

static void the_layout_on_the_wire_is_the_one_that_is_drawn(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	static const uint8_t start[] = { 'T', 'E', 'R', 'N', 1, 'E', 0, 48, 0xff };
	tern__record_encode(&endpoint, bytes);
	CU_ASSERT_EQUAL(memcmp(bytes, start, sizeof start), 0);
	CU_ASSERT_EQUAL(bytes[40], 1);
	CU_ASSERT_EQUAL(bytes[47], 8);
}

static void the_longest_name_fits_and_a_longer_one_is_cut(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record record = participant;
	struct tern__record back;
	memset(record.process_name, 'x', sizeof record.process_name); /* no terminator */
	size_t size_bytes = tern__record_encode(&record, bytes);
	CU_ASSERT_EQUAL(size_bytes, sizeof bytes);
	CU_ASSERT_EQUAL(
		tern__record_decode(TERN__RECORD_PARTICIPANT, bytes, size_bytes, &back),
		size_bytes);
	CU_ASSERT_EQUAL(strlen(back.process_name), TERN__RECORD_NAME_MAX);
}

static void the_users_bytes_begin_behind_the_record(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record back;
	size_t size_bytes = tern__record_encode(&endpoint, bytes);
	memcpy(bytes + size_bytes, "user", 4);
	CU_ASSERT_EQUAL(
		tern__record_decode(TERN__RECORD_ENDPOINT, bytes, size_bytes + 4, &back),
		size_bytes);
}

static void a_later_version_may_append_to_it(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record back;
	size_t size_bytes = tern__record_encode(&endpoint, bytes);
	bytes[4] = 2;
	bytes[7] = (uint8_t)(size_bytes + 8);
	CU_ASSERT_EQUAL(
		tern__record_decode(TERN__RECORD_ENDPOINT, bytes, size_bytes + 10, &back),
		size_bytes + 8);
	CU_ASSERT_EQUAL(back.layout_hash, endpoint.layout_hash);
}

static void foreign_user_data_is_all_the_users(void)
{
	struct tern__record back = { .pid = 7 };
	static const char text[] =
		"TERNs are birds, and this is long enough to be a record";
	CU_ASSERT_EQUAL(tern__record_decode(TERN__RECORD_ENDPOINT, NULL, 0, &back), 0);
	CU_ASSERT_EQUAL(tern__record_decode(TERN__RECORD_ENDPOINT, (const uint8_t *)text,
	                                    sizeof text, &back),
	                0);
	CU_ASSERT_EQUAL(back.pid, 7);
}

static void a_record_of_the_other_kind_is_none(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record back;
	size_t size_bytes = tern__record_encode(&endpoint, bytes);
	CU_ASSERT_EQUAL(
		tern__record_decode(TERN__RECORD_PARTICIPANT, bytes, size_bytes, &back),
		0);
}

static void a_truncated_record_is_none_at_any_length(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record back;
	size_t size_bytes = tern__record_encode(&participant, bytes);
	for (size_t i = 0; i < size_bytes; i++) {
		/* On the heap, so that the address sanitizer sees a read beyond. */
		uint8_t *cut = malloc(i + 1);
		memcpy(cut, bytes, i);
		CU_ASSERT_EQUAL(
			tern__record_decode(TERN__RECORD_PARTICIPANT, cut, i, &back), 0);
		if (i >= 8) {
			/* And one that lies about its size. */
			cut[6] = (uint8_t)(i >> 8);
			cut[7] = (uint8_t)i;
			CU_ASSERT_EQUAL(tern__record_decode(TERN__RECORD_PARTICIPANT, cut,
			                                    i, &back),
			                0);
		}
		free(cut);
	}
}

static void no_single_damaged_byte_is_read_beyond_the_end(void)
{
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	struct tern__record back;
	size_t size_bytes = tern__record_encode(&participant, bytes);
	uint8_t *copy = malloc(size_bytes);
	for (size_t i = 0; i < size_bytes; i++) {
		for (unsigned value = 0; value < 256; value++) {
			memcpy(copy, bytes, size_bytes);
			copy[i] = (uint8_t)value;
			CU_ASSERT_TRUE(tern__record_decode(TERN__RECORD_PARTICIPANT, copy,
			                                   size_bytes,
			                                   &back) <= size_bytes);
		}
	}
	free(copy);
}

static const struct suite_test tests[] = {
	{ "a_participant_comes_back_as_it_was", a_participant_comes_back_as_it_was },
	{ "an_endpoint_comes_back_as_it_was", an_endpoint_comes_back_as_it_was },
	{ "the_layout_on_the_wire_is_the_one_that_is_drawn",
	  the_layout_on_the_wire_is_the_one_that_is_drawn },
	{ "the_longest_name_fits_and_a_longer_one_is_cut",
	  the_longest_name_fits_and_a_longer_one_is_cut },
	{ "the_users_bytes_begin_behind_the_record",
	  the_users_bytes_begin_behind_the_record },
	{ "a_later_version_may_append_to_it", a_later_version_may_append_to_it },
	{ "foreign_user_data_is_all_the_users", foreign_user_data_is_all_the_users },
	{ "a_record_of_the_other_kind_is_none", a_record_of_the_other_kind_is_none },
	{ "a_truncated_record_is_none_at_any_length",
	  a_truncated_record_is_none_at_any_length },
	{ "no_single_damaged_byte_is_read_beyond_the_end",
	  no_single_damaged_byte_is_read_beyond_the_end },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
