/* Descriptions of types: whoever compares with one comes to the verdict of who has the type. */
#include <stdlib.h>
#include <string.h>

#include "assignability.h"
#include "suite.h"
#include "type_record.h"
#include "verdict_types.h"
#include "verdicts.h"

#define ROW(name) &v_##name##_type,
static const struct tern_type *const types[] = { VERDICT_TYPES(ROW) };

static uint8_t *encoded(const struct tern_type *type, size_t *ret_size_bytes)
{
	*ret_size_bytes = type_record_encode(type, NULL);
	CU_ASSERT_FATAL(*ret_size_bytes > 0);
	uint8_t *bytes = malloc(*ret_size_bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	CU_ASSERT_EQUAL(type_record_encode(type, bytes), *ret_size_bytes);
	return bytes;
}

static void a_described_type_compares_as_the_type_itself(void)
{
	const struct tern_qos qos = tern_qos_reader_default();
	unsigned refused = 0, differing = 0;
	char reason[256], told[256];

	for (int w = 0; w < VERDICT_TYPE_COUNT; w++) {
		size_t size_bytes;
		uint8_t *bytes = encoded(types[w], &size_bytes);
		struct tern_type *described = type_record_decode(bytes, size_bytes);
		CU_ASSERT_PTR_NOT_NULL_FATAL(described);
		CU_ASSERT_TRUE(tern__type_assignable(types[w], described, &qos, reason,
		                                     sizeof reason));
		for (int r = 0; r < VERDICT_TYPE_COUNT; r++) {
			reason[0] = told[0] = '\0';
			bool here = tern__type_assignable(types[r], types[w], &qos,
			                                  reason, sizeof reason);
			bool there = tern__type_assignable(types[r], described, &qos,
			                                   told, sizeof told);
			differing += here != there || strcmp(reason, told) != 0;
			here = tern__type_assignable(types[w], types[r], &qos, reason,
			                             sizeof reason);
			there = tern__type_assignable(described, types[r], &qos, told,
			                              sizeof told);
			differing += here != there;
			refused += !here;
		}
		free(described);
		free(bytes);
	}
	CU_ASSERT_EQUAL(differing, 0);
	CU_ASSERT(refused > 1000);
}

/* In memory that ends where the record does, so that the sanitizer sees who reads on. What is
 * understood can be compared. */
static bool is_understood(const uint8_t *bytes, size_t size_bytes)
{
	const struct tern_qos qos = tern_qos_reader_default();
	uint8_t *exact = malloc(size_bytes ? size_bytes : 1);
	char reason[256];

	CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
	memcpy(exact, bytes, size_bytes);
	struct tern_type *type = type_record_decode(exact, size_bytes);
	bool understood = type != NULL;
	if (type) {
		(void)tern__type_assignable(&v_HasUnion1_type, type, &qos, reason,
		                            sizeof reason);
		(void)tern__type_assignable(type, &v_HasUnion1_type, &qos, reason,
		                            sizeof reason);
	}
	free(type);
	free(exact);
	return understood;
}

static void what_is_cut_is_refused_and_no_byte_does_harm(void)
{
	size_t size_bytes;
	uint8_t *bytes = encoded(&v_HasUnion2_type, &size_bytes);
	unsigned refused = 0;

	CU_ASSERT_TRUE(is_understood(bytes, size_bytes));
	for (size_t cut = 0; cut < size_bytes; cut++)
		CU_ASSERT_FALSE(is_understood(bytes, cut));
	for (size_t at = 0; at < size_bytes; at++) {
		const uint8_t was = bytes[at];
		for (unsigned value = 0; value < 256; value++) {
			bytes[at] = (uint8_t)value;
			refused += !is_understood(bytes, size_bytes);
		}
		bytes[at] = was;
	}
	CU_ASSERT(refused > 256);
	free(bytes);
}

static void a_type_that_contains_itself_is_not_described(void)
{
	struct tern_type loop = { .kind = TERN_KIND_SEQUENCE, .element = &loop };

	CU_ASSERT_EQUAL(type_record_encode(&loop, NULL), 0);
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "a_described_type_compares_as_the_type_itself",
		  a_described_type_compares_as_the_type_itself },
		{ "what_is_cut_is_refused_and_no_byte_does_harm",
		  what_is_cut_is_refused_and_no_byte_does_harm },
		{ "a_type_that_contains_itself_is_not_described",
		  a_type_that_contains_itself_is_not_described },
	};
	return SUITE_RUN(argc, argv, tests);
}
