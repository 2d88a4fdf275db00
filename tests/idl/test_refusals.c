/* What a codec refuses, writing and reading, and that the text names the member and the fix. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "versions.h"

static limits_Point origin;

static limits_Bounded good(void)
{
	return (limits_Bounded){
		.text = "abcd", .color = limits_GREEN, .flags = limits_A, .point = &origin
	};
}

static void expect_not_written(const limits_Bounded *sample, const char *text)
{
	struct tern_buffer payload = { 0 };

	CU_ASSERT_EQUAL(limits_Bounded_type.codec->encode(&limits_Bounded_type, sample,
	                                                  TERN_XCDR1, false, &payload),
	                TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), text));
	CU_ASSERT_EQUAL(payload.size_bytes, 0);
	free(payload.data);
}

static void a_sample_that_breaks_a_bound_is_not_written(void)
{
	limits_Bounded sample = good();
	int32_t numbers[4] = { 1, 2, 3, 4 };

	memset(sample.text, 'x', sizeof(sample.text));
	expect_not_written(&sample,
	                   "limits::Bounded.text: got 5 characters without a final NUL");
	sample = good();
	sample.numbers._buffer = numbers;
	sample.numbers._length = 4;
	expect_not_written(&sample, "limits::Bounded.numbers: got 4 elements, at most 3");
	sample = good();
	sample.names._length = 1;
	expect_not_written(&sample,
	                   "limits::Bounded.names: got 1 elements in a NULL buffer");
	sample = good();
	sample.color = (limits_Color)7;
	expect_not_written(&sample, "limits::Bounded.color: got 7 as an enum, at most 1");
	sample = good();
	sample.flags = 4;
	expect_not_written(&sample, "limits::Bounded.flags: got 4 as a bitmask");
	sample = good();
	sample.point = NULL;
	expect_not_written(&sample, "limits::Bounded.point is @external and NULL");
}

static void a_representation_that_is_none_is_refused(void)
{
	limits_Bounded sample = good();
	struct tern_buffer payload = { 0 };

	CU_ASSERT_EQUAL(limits_Bounded_type.codec->encode(&limits_Bounded_type, &sample,
	                                                  (tern_representation)1, false,
	                                                  &payload),
	                TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "no representation 1"));
	free(payload.data);
}

static void a_copy_of_what_cannot_be_is_refused(void)
{
	limits_Bounded sample = good();
	limits_Bounded copy = { 0 };

	sample.names._length = 1;
	CU_ASSERT_EQUAL(
		limits_Bounded_type.codec->copy(&limits_Bounded_type, &sample, &copy),
		TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "limits::Bounded"));
	CU_ASSERT_PTR_NULL(copy.point);
}

/* A payload of a good sample with one number changed: each is at a multiple of 4. */
static void expect_not_read(size_t word, uint32_t value, const char *text)
{
	limits_Bounded sample = good();
	limits_Bounded read = { 0 };
	int32_t numbers[3] = { 1, 2, 3 };
	char *names[1] = { "x" };
	struct tern_buffer payload = { 0 };

	sample.numbers._buffer = numbers;
	sample.numbers._length = 3;
	sample.names._buffer = names;
	sample.names._length = 1;
	CU_ASSERT_EQUAL_FATAL(limits_Bounded_type.codec->encode(&limits_Bounded_type,
	                                                        &sample, TERN_XCDR1,
	                                                        false, &payload),
	                      TERN_OK);
	memcpy(payload.data + 4 + 4 * word, &value, 4);
	CU_ASSERT_EQUAL(
		limits_Bounded_type.codec->decode(&limits_Bounded_type, payload.data,
	                                          payload.size_bytes, false, &read),
		TERN_EMALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), text));
	CU_ASSERT_PTR_NULL(read.names._buffer);
	free(payload.data);
}

/*
 * The body in words: 0 length of text 5 | 1,2 "abcd\0" | 3 length of numbers | 4..6 |
 * 7 length of names | 8 length of its name | 9 "x\0" | 10 color | 11 flags | 12 yes | 13 point.x
 */
static void a_payload_that_breaks_a_bound_is_not_read(void)
{
	expect_not_read(0, 0,
	                "limits::Bounded.text: got 0 characters without a final NUL");
	expect_not_read(0, 4,
	                "limits::Bounded.text: got 4 characters without a final NUL");
	expect_not_read(0, 0xffffffff, "limits::Bounded.text: got 4294967295 characters");
	expect_not_read(0, 8, "limits::Bounded.text: got 7 characters, at most 4");
	expect_not_read(3, 4, "limits::Bounded.numbers: got 4 elements, at most 3");
	expect_not_read(3, 0x80000000,
	                "limits::Bounded.numbers: got 2147483648 elements");
	expect_not_read(7, 0x10000000, "limits::Bounded.names: got 268435456 elements");
	expect_not_read(8, 1,
	                "limits::Bounded.names: got 1 characters without a final NUL");
	expect_not_read(10, 2, "limits::Bounded.color: got 2 as an enum, at most 1");
	expect_not_read(11, 2, "limits::Bounded.flags: got 2 as a bitmask");
	expect_not_read(12, 2, "limits::Bounded.yes: got 2 as a boolean, at most 1");
}

static void few_bytes_cannot_ask_for_much_memory(void)
{
	enum { BIGS = 1000, SIZE = 4 + 8 + 4 * BIGS };
	uint8_t payload[SIZE] = { 0x00, 0x07 };
	uint32_t numbers[2] = { 4 + 4 * BIGS,
		                BIGS }; /* DHEADER, then as many empty Bigs */
	limits_Bomb bomb = { 0 };

	memcpy(payload + 4, numbers, sizeof(numbers));
	CU_ASSERT_EQUAL(limits_Bomb_type.codec->decode(&limits_Bomb_type, payload, SIZE,
	                                               false, &bomb),
	                TERN_EMALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "memory"));
	CU_ASSERT_PTR_NULL(bomb.bigs._buffer);
}

static void an_encapsulation_of_another_kind_is_refused(void)
{
	static const uint8_t headers[][4] = { { 0, 9, 0, 0 },
		                              { 0, 11, 0, 0 },
		                              { 0, 3, 0, 0 },
		                              { 1, 1, 0, 0 },
		                              { 0xff, 0xff, 0, 0 } };
	limits_Bounded read = { 0 };

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		CU_ASSERT_EQUAL(limits_Bounded_type.codec->decode(&limits_Bounded_type,
		                                                  headers[i], 4, false,
		                                                  &read),
		                TERN_EMALFORMED);
		CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "encapsulation 0x"));
	}
	CU_ASSERT_EQUAL(limits_Bounded_type.codec->decode(&limits_Bounded_type, NULL, 0,
	                                                  false, &read),
	                TERN_EMALFORMED);
	CU_ASSERT_EQUAL(limits_Bounded_type.codec->decode(&limits_Bounded_type,
	                                                  headers[0], 3, false, &read),
	                TERN_EMALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "payload of 3 bytes"));
}

static void freeing_nothing_is_fine(void)
{
	limits_Bounded_type.codec->fini(&limits_Bounded_type, NULL);
	CU_PASS("no crash");
}

static const struct suite_test tests[] = {
	{ "a_sample_that_breaks_a_bound_is_not_written",
	  a_sample_that_breaks_a_bound_is_not_written },
	{ "a_representation_that_is_none_is_refused",
	  a_representation_that_is_none_is_refused },
	{ "a_copy_of_what_cannot_be_is_refused", a_copy_of_what_cannot_be_is_refused },
	{ "a_payload_that_breaks_a_bound_is_not_read",
	  a_payload_that_breaks_a_bound_is_not_read },
	{ "few_bytes_cannot_ask_for_much_memory", few_bytes_cannot_ask_for_much_memory },
	{ "an_encapsulation_of_another_kind_is_refused",
	  an_encapsulation_of_another_kind_is_refused },
	{ "freeing_nothing_is_fine", freeing_nothing_is_fine },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
