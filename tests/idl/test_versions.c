/* Types grow: an older program reads what a newer one writes and the other way round, as
 * XTypes 1.3, 7.2.4 has it for appendable and mutable types. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "versions.h"

static struct tern_buffer encoded(const struct tern_type *type, const void *sample)
{
	struct tern_buffer payload = { 0 };

	CU_ASSERT_EQUAL_FATAL(
		type->codec->encode(type, sample, TERN_XCDR2, false, &payload), TERN_OK);
	return payload;
}

static tern_status decode(const struct tern_type *type, const struct tern_buffer *payload,
                          void *ret_sample)
{
	return type->codec->decode(type, payload->data, payload->size_bytes, false,
	                           ret_sample);
}

static void expect_defaults(const v2_Report *report)
{
	CU_ASSERT_EQUAL(report->speed, 2.5);
	CU_ASSERT_STRING_EQUAL(report->note, "none");
	CU_ASSERT_TRUE(report->active);
	CU_ASSERT_EQUAL(report->letter, 'x');
	CU_ASSERT_EQUAL(report->big, UINT64_MAX);
	CU_ASSERT_EQUAL(report->mode, v2_AUTOMATIC);
	CU_ASSERT_STRING_EQUAL(report->code, "abc");
	CU_ASSERT_EQUAL(report->limits.low, -5);
	CU_ASSERT_EQUAL(report->limits.high, 5);
	CU_ASSERT_EQUAL(report->limits.mode, v2_AUTOMATIC);
	CU_ASSERT_EQUAL(report->modes[2], v2_AUTOMATIC);
	CU_ASSERT_PTR_NULL(report->maybe);
	CU_ASSERT_PTR_NOT_NULL_FATAL(report->far);
	CU_ASSERT_EQUAL(report->far->low, -5);
	CU_ASSERT_EQUAL(report->zero, 0);
}

static void what_an_older_writer_does_not_send_has_its_default(void)
{
	v1_Report old = { .number = 3, .name = "three" };
	v2_Report fresh = { 0 };
	struct tern_buffer payload = encoded(&v1_Report_type, &old);

	CU_ASSERT_EQUAL_FATAL(decode(&v2_Report_type, &payload, &fresh), TERN_OK);
	CU_ASSERT_EQUAL(fresh.number, 3);
	CU_ASSERT_STRING_EQUAL(fresh.name, "three");
	expect_defaults(&fresh);
	v2_Report_type.codec->fini(&v2_Report_type, &fresh);
	free(payload.data);
}

static void an_older_reader_steps_over_what_it_does_not_know(void)
{
	v2_Limits limits = { 1, 2, v2_OFF };
	v2_Report report = {
		.number = 4, .name = "four", .note = "more", .far = &limits
	};
	v2_Log fresh = { .reports = { 1, 1, &report, false }, .after = 99 };
	v1_Log old = { 0 };
	struct tern_buffer payload = encoded(&v2_Log_type, &fresh);

	CU_ASSERT_EQUAL_FATAL(decode(&v1_Log_type, &payload, &old), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(old.reports._length, 1);
	CU_ASSERT_STRING_EQUAL(old.reports._buffer[0].name, "four");
	CU_ASSERT_EQUAL(old.after, 99);
	v1_Log_type.codec->fini(&v1_Log_type, &old);
	free(payload.data);
}

static void versions_mix_within_a_sequence(void)
{
	v1_Report reports[2] = { { 1, "one" }, { 2, "two" } };
	v1_Log old = { .reports = { 2, 2, reports, false }, .after = 77 };
	v2_Log fresh = { 0 };
	struct tern_buffer payload = encoded(&v1_Log_type, &old);

	CU_ASSERT_EQUAL_FATAL(decode(&v2_Log_type, &payload, &fresh), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(fresh.reports._length, 2);
	CU_ASSERT_STRING_EQUAL(fresh.reports._buffer[1].name, "two");
	expect_defaults(&fresh.reports._buffer[1]);
	CU_ASSERT_EQUAL(fresh.after, 77);
	v2_Log_type.codec->fini(&v2_Log_type, &fresh);
	free(payload.data);
}

static void mutable_members_come_in_any_order_and_number(void)
{
	v1_Settings old = { .number = 5, .name = "five", .dropped = 1.5 };
	v2_Settings fresh = { 0 };
	v1_Settings back = { 0 };
	struct tern_buffer payload = encoded(&v1_Settings_type, &old);

	CU_ASSERT_EQUAL_FATAL(decode(&v2_Settings_type, &payload, &fresh), TERN_OK);
	free(payload.data);
	CU_ASSERT_EQUAL(fresh.number, 5);
	CU_ASSERT_STRING_EQUAL(fresh.name, "five");
	CU_ASSERT_EQUAL(fresh.fresh, 7);
	CU_ASSERT_EQUAL(fresh.mode, v2_AUTOMATIC);
	CU_ASSERT_EQUAL(fresh.far->high, 5);
	payload = encoded(&v2_Settings_type, &fresh);
	CU_ASSERT_EQUAL_FATAL(decode(&v1_Settings_type, &payload, &back), TERN_OK);
	CU_ASSERT_STRING_EQUAL(back.name, "five");
	CU_ASSERT_EQUAL(back.dropped, 0);
	v2_Settings_type.codec->fini(&v2_Settings_type, &fresh);
	v1_Settings_type.codec->fini(&v1_Settings_type, &back);
	free(payload.data);
}

static void a_key_hash_is_the_same_in_both_versions(void)
{
	v1_Settings old = { .number = 6, .name = "six" };
	struct tern_buffer payload = encoded(&v1_Settings_type, &old);
	uint8_t by_old[TERN_KEY_HASH_SIZE_BYTES], by_new[TERN_KEY_HASH_SIZE_BYTES];

	CU_ASSERT_EQUAL(v1_Settings_type.codec->key_hash(&v1_Settings_type, &old, by_old),
	                TERN_OK);
	CU_ASSERT_EQUAL(v2_Settings_type.codec->payload_key_hash(
				&v2_Settings_type, payload.data, payload.size_bytes,
				false, by_new),
	                TERN_OK);
	CU_ASSERT_EQUAL(memcmp(by_old, by_new, sizeof(by_old)), 0);
	free(payload.data);
}

static void a_member_that_must_be_understood_and_is_not_refuses_the_sample(void)
{
	int32_t z = 1;
	v2_Strict fresh = { .x = 1, .y = 2, .z = &z };
	v1_Strict old = { 0 };
	struct tern_buffer payload = encoded(&v2_Strict_type, &fresh);

	CU_ASSERT_EQUAL(decode(&v1_Strict_type, &payload, &old), TERN_EMALFORMED);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(tern_error_text(), "member id 9 must be understood"));
	free(payload.data);
	fresh.z = NULL;
	payload = encoded(&v2_Strict_type, &fresh);
	CU_ASSERT_EQUAL(decode(&v1_Strict_type, &payload, &old), TERN_OK);
	CU_ASSERT_EQUAL(old.y, 2);
	free(payload.data);
}

static void a_union_of_a_case_that_is_not_known_keeps_its_discriminator(void)
{
	v1_Either either = { ._d = 42 };
	v1_Either read = { 0 };
	struct tern_buffer payload = encoded(&v1_Either_type, &either);

	CU_ASSERT_EQUAL(decode(&v1_Either_type, &payload, &read), TERN_OK);
	CU_ASSERT_EQUAL(read._d, 42);
	free(payload.data);
}

/* PL_CDR2, little-endian: header, DHEADER, then members. */
static tern_status decode_settings(const uint8_t *members, uint8_t size, v1_Settings *ret)
{
	uint8_t payload[64] = { 0x00, 0x0b, 0, 0, size };

	memcpy(payload + 8, members, size);
	return v1_Settings_type.codec->decode(&v1_Settings_type, payload, 8u + size,
	                                      false, ret);
}

static void a_missing_key_and_a_repeated_member_are_refused(void)
{
	static const uint8_t no_key[] = { 2, 0, 0, 0x50, 1, 0, 0, 0, 0 };
	static const uint8_t twice[] = { 1, 0, 0, 0x20, 7, 0, 0, 0,
		                         1, 0, 0, 0x20, 7, 0, 0, 0 };
	static const uint8_t once[] = { 1, 0, 0, 0x20, 7, 0, 0, 0 };
	v1_Settings settings = { 0 };

	CU_ASSERT_EQUAL(decode_settings(no_key, sizeof(no_key), &settings),
	                TERN_EMALFORMED);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(tern_error_text(), "v1::Settings.number is a @key"));
	CU_ASSERT_EQUAL(decode_settings(twice, sizeof(twice), &settings),
	                TERN_EMALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "v1::Settings.number"));
	CU_ASSERT_EQUAL(decode_settings(once, sizeof(once), &settings), TERN_OK);
	CU_ASSERT_EQUAL(settings.number, 7);
	CU_ASSERT_PTR_NULL(settings.name);
}

/* All ways that a peer may tell a member's length (XTypes 1.3, 7.4.3.4.2). */
static void every_length_code_is_read(void)
{
	static const uint8_t by_nextint[] = { 1, 0, 0, 0x40, 4, 0, 0, 0, 7, 0, 0, 0 };
	static const uint8_t name_by_nextint[] = { 1, 0, 0, 0x20, 7,   0, 0, 0,
		                                   2, 0, 0, 0x40, 6,   0, 0, 0,
		                                   2, 0, 0, 0,    'a', 0 };
	v1_Settings settings = { 0 };

	CU_ASSERT_EQUAL(decode_settings(by_nextint, sizeof(by_nextint), &settings),
	                TERN_OK);
	CU_ASSERT_EQUAL(settings.number, 7);
	memset(&settings, 0, sizeof(settings));
	CU_ASSERT_EQUAL_FATAL(
		decode_settings(name_by_nextint, sizeof(name_by_nextint), &settings),
		TERN_OK);
	CU_ASSERT_STRING_EQUAL(settings.name, "a");
	v1_Settings_type.codec->fini(&v1_Settings_type, &settings);
}

/* Cyclone 0.10 sends the plain keys; later ones, and the letter of XTypes, the type's format. */
static void key_payloads_in_the_types_own_format_are_read_too(void)
{
	static const uint8_t list[] = { 0x00, 0x0b, 0, 0,    8, 0, 0, 0,
		                        1,    0,    0, 0xa0, 7, 0, 0, 0 };
	static const uint8_t plain[] = { 0x00, 0x0b, 0, 0, 7, 0, 0, 0 };
	static const uint8_t delimited[] = { 0x00, 0x09, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0 };
	v1_Settings settings = { 0 };
	v1_Report report = { 0 };

	CU_ASSERT_EQUAL(v1_Settings_type.codec->decode(&v1_Settings_type, plain,
	                                               sizeof(plain), true, &settings),
	                TERN_OK);
	CU_ASSERT_EQUAL(settings.number, 7);
	v1_Settings_type.codec->fini(&v1_Settings_type, &settings);
	CU_ASSERT_EQUAL(v1_Settings_type.codec->decode(&v1_Settings_type, list,
	                                               sizeof(list), true, &settings),
	                TERN_OK);
	CU_ASSERT_EQUAL(settings.number, 7);
	v1_Settings_type.codec->fini(&v1_Settings_type, &settings);
	CU_ASSERT_EQUAL(v1_Report_type.codec->decode(&v1_Report_type, delimited,
	                                             sizeof(delimited), true, &report),
	                TERN_OK);
	CU_ASSERT_EQUAL(report.number, 8);
	v1_Report_type.codec->fini(&v1_Report_type, &report);
}

/* RTI Connext and Fast DDS may dispose by the key hash: the plain key, filled up with zeroes. */
static void a_key_filled_up_with_zeroes_is_the_plain_key(void)
{
	for (uint32_t number = 0; number < 20; number++) {
		uint8_t payload[20] = { 0x00, 0x08 };
		v1_Report report = { 0 };
		v1_Settings settings = { 0 };

		payload[7] = (uint8_t)number;
		CU_ASSERT_EQUAL(v1_Report_type.codec->decode(&v1_Report_type, payload,
		                                             sizeof(payload), true,
		                                             &report),
		                TERN_OK);
		CU_ASSERT_EQUAL(report.number, (int32_t)number);
		payload[1] = 0x0a;
		CU_ASSERT_EQUAL(v1_Settings_type.codec->decode(&v1_Settings_type, payload,
		                                               sizeof(payload), true,
		                                               &settings),
		                TERN_OK);
		CU_ASSERT_EQUAL(settings.number, (int32_t)number);
		v1_Report_type.codec->fini(&v1_Report_type, &report);
		v1_Settings_type.codec->fini(&v1_Settings_type, &settings);
	}
}

static const struct suite_test tests[] = {
	{ "what_an_older_writer_does_not_send_has_its_default",
	  what_an_older_writer_does_not_send_has_its_default },
	{ "an_older_reader_steps_over_what_it_does_not_know",
	  an_older_reader_steps_over_what_it_does_not_know },
	{ "versions_mix_within_a_sequence", versions_mix_within_a_sequence },
	{ "mutable_members_come_in_any_order_and_number",
	  mutable_members_come_in_any_order_and_number },
	{ "a_key_hash_is_the_same_in_both_versions",
	  a_key_hash_is_the_same_in_both_versions },
	{ "a_member_that_must_be_understood_and_is_not_refuses_the_sample",
	  a_member_that_must_be_understood_and_is_not_refuses_the_sample },
	{ "a_union_of_a_case_that_is_not_known_keeps_its_discriminator",
	  a_union_of_a_case_that_is_not_known_keeps_its_discriminator },
	{ "a_missing_key_and_a_repeated_member_are_refused",
	  a_missing_key_and_a_repeated_member_are_refused },
	{ "every_length_code_is_read", every_length_code_is_read },
	{ "a_key_filled_up_with_zeroes_is_the_plain_key",
	  a_key_filled_up_with_zeroes_is_the_plain_key },
	{ "key_payloads_in_the_types_own_format_are_read_too",
	  key_payloads_in_the_types_own_format_are_read_too },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
