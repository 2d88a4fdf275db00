/* An encoding is the same whatever size was expected of it. */
#include <stdlib.h>
#include <string.h>

#include "payload.h"
#include "suite.h"
#include "types.h"

static const struct tern_type *const type = &test_OtherPoint_type;

static struct tern_payload *encode(const test_OtherPoint *sample, size_t expected_bytes)
{
	struct tern_payload *payload = NULL;

	CU_ASSERT_EQUAL_FATAL(tern__payload_encode(type, sample, TERN_XCDR2, false,
	                                           expected_bytes, &payload),
	                      TERN_OK);
	return payload;
}

static void an_encoding_is_the_same_whatever_size_was_expected(void)
{
	char text[5000];
	const test_OtherPoint sample = { .id = 7, .number = text };

	for (size_t length = 0; length < sizeof text; length += 1 + length / 3) {
		memset(text, 'x', length);
		text[length] = '\0';
		struct tern_payload *plain = encode(&sample, 0);
		const size_t guesses[] = { 1,
			                   plain->size_bytes - 1,
			                   plain->size_bytes,
			                   plain->size_bytes + 1,
			                   3 * plain->size_bytes,
			                   100000 };
		for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
			struct tern_payload *guessed = encode(&sample, guesses[i]);
			CU_ASSERT_EQUAL_FATAL(guessed->size_bytes, plain->size_bytes);
			CU_ASSERT_EQUAL(
				memcmp(guessed->data, plain->data, plain->size_bytes), 0);
			tern_payload_unref(guessed);
		}
		tern_payload_unref(plain);
	}
}

static void an_encoding_can_be_decoded(void)
{
	char text[] = "seven";
	const test_OtherPoint sample = { .id = 7, .number = text };
	struct tern_payload *encoded = encode(&sample, 0);
	struct tern_payload *decoded = NULL;

	CU_ASSERT_EQUAL_FATAL(tern__payload_decode(type, encoded, &decoded), TERN_OK);
	const test_OtherPoint *got = decoded->data;
	CU_ASSERT_EQUAL(got->id, 7);
	CU_ASSERT_STRING_EQUAL(got->number, "seven");
	tern_payload_unref(encoded);
	tern_payload_unref(decoded);
}

static void what_cannot_be_encoded_gives_no_payload(void)
{
	struct tern_payload *payload = NULL;
	const test_OtherPoint sample = { .id = 7 };

	/* Appendable types have no XCDR1. */
	CU_ASSERT_EQUAL(
		tern__payload_encode(type, &sample, TERN_XCDR1, false, 100, &payload),
		TERN_EUNSUPPORTED);
	CU_ASSERT_PTR_NULL(payload);
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "an_encoding_is_the_same_whatever_size_was_expected",
		  an_encoding_is_the_same_whatever_size_was_expected },
		{ "an_encoding_can_be_decoded", an_encoding_can_be_decoded },
		{ "what_cannot_be_encoded_gives_no_payload",
		  what_cannot_be_encoded_gives_no_payload },
	};

	return SUITE_RUN(argc, argv, tests);
}
