/* Codecs, generated and driven by a table made at run time, over every type of rich.idl with random values: what is written is what
 * is read, in both representations and byte orders; damaged payloads are refused without a trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_types.h"
#include "reflect.h"
#include "suite.h"

enum { ROUNDS = 200, MUTATIONS = 40 };

static const struct tern_type *types[TYPE_COUNT];

static const tern_representation representations[] = { TERN_XCDR1, TERN_XCDR2 };

static bool carries(const struct tern_type *type, tern_representation representation)
{
	return representation == TERN_XCDR2 || (type->flags & TERN_TYPE_XCDR1);
}

static void *new_sample(const struct tern_type *type)
{
	return calloc(1, type->size_bytes);
}

static void free_sample(const struct tern_type *type, void *sample)
{
	type->codec->fini(type, sample);
	free(sample);
}

/* A copy without room behind it, so that the address sanitizer sees a step too far. */
static uint8_t *exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	return copy;
}

/* Run `check` for random samples of every type in every representation. */
static void for_all(void (*check)(const struct tern_type *type, const void *sample,
                                  const struct tern_buffer *payload))
{
	for (size_t t = 0; t < TYPE_COUNT; t++) {
		struct reflect_random random = { .state = t };

		for (int round = 0; round < ROUNDS; round++) {
			void *sample = new_sample(types[t]);

			reflect_fill(types[t], sample, &random);
			for (size_t i = 0; i < 2; i++) {
				struct tern_buffer payload = { 0 };

				if (!carries(types[t], representations[i]))
					continue;
				CU_ASSERT_EQUAL_FATAL(
					types[t]->codec->encode(types[t], sample,
				                                representations[i], false,
				                                &payload),
					TERN_OK);
				check(types[t], sample, &payload);
				free(payload.data);
			}
			free_sample(types[t], sample);
		}
	}
}

static void expect_decoded(const struct tern_type *type, const void *sample,
                           const uint8_t *payload, size_t size)
{
	void *decoded = new_sample(type);
	tern_status status = type->codec->decode(type, payload, size, false, decoded);

	CU_ASSERT_EQUAL(status, TERN_OK);
	if (status < 0)
		fprintf(stderr, "%s\n", tern_error_text());
	else
		CU_ASSERT_TRUE(reflect_equal(type, sample, decoded));
	free_sample(type, decoded);
}

static void check_round_trip(const struct tern_type *type, const void *sample,
                             const struct tern_buffer *payload)
{
	uint8_t *copy = exact(payload->data, payload->size_bytes);

	CU_ASSERT_EQUAL(payload->size_bytes % 4, 0);
	expect_decoded(type, sample, copy, payload->size_bytes);
	free(copy);
}

static void what_is_written_is_what_is_read(void)
{
	for_all(check_round_trip);
}

static void check_other_order(const struct tern_type *type, const void *sample,
                              const struct tern_buffer *payload)
{
	uint8_t *other =
		reflect_other_order(type, payload->data, payload->size_bytes, false);

	CU_ASSERT_PTR_NOT_NULL(other);
	if (!other) {
		fprintf(stderr, "%s: cannot be walked\n", type->name);
		return;
	}
	expect_decoded(type, sample, other, payload->size_bytes);
	free(other);
}

static void the_other_byte_order_is_read_too(void)
{
	for_all(check_other_order);
}

static void check_copy(const struct tern_type *type, const void *sample,
                       const struct tern_buffer *payload)
{
	void *copy = new_sample(type);
	struct tern_buffer again = { 0 };

	CU_ASSERT_EQUAL(type->codec->copy(type, sample, copy), TERN_OK);
	CU_ASSERT_TRUE(reflect_equal(type, sample, copy));
	CU_ASSERT_EQUAL(
		type->codec->encode(type, copy,
	                            payload->data[1] > 1 ? TERN_XCDR2 : TERN_XCDR1, false,
	                            &again),
		TERN_OK);
	CU_ASSERT_EQUAL_FATAL(again.size_bytes, payload->size_bytes);
	CU_ASSERT_EQUAL(memcmp(again.data, payload->data, again.size_bytes), 0);
	free(again.data);
	free_sample(type, copy);
}

static void a_copy_is_equal_and_its_own(void)
{
	for_all(check_copy);
}

static void expect_hash(const struct tern_type *type, const uint8_t *payload, size_t size,
                        bool key_only, const uint8_t *expected)
{
	uint8_t hash[TERN_KEY_HASH_SIZE_BYTES];
	tern_status status =
		type->codec->payload_key_hash(type, payload, size, key_only, hash);

	CU_ASSERT_EQUAL(status, TERN_OK);
	if (status < 0)
		fprintf(stderr, "%s\n", tern_error_text());
	else
		CU_ASSERT_EQUAL(memcmp(hash, expected, sizeof(hash)), 0);
}

static void check_key_payload(const struct tern_type *type, const void *sample,
                              const struct tern_buffer *key, const uint8_t *hash)
{
	uint8_t *other = reflect_other_order(type, key->data, key->size_bytes, true);
	const uint8_t *orders[2] = { key->data, other };

	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	for (int i = 0; i < 2; i++) {
		void *decoded = new_sample(type);

		expect_hash(type, orders[i], key->size_bytes, true, hash);
		CU_ASSERT_EQUAL(type->codec->decode(type, orders[i], key->size_bytes,
		                                    true, decoded),
		                TERN_OK);
		CU_ASSERT_TRUE(reflect_keys_equal(type, sample, decoded));
		CU_ASSERT_EQUAL(type->codec->key_compare(type, sample, decoded), 0);
		free_sample(type, decoded);
	}
	free(other);
}

static void check_keys(const struct tern_type *type, const void *sample,
                       const struct tern_buffer *payload)
{
	uint8_t hash[TERN_KEY_HASH_SIZE_BYTES];
	struct tern_buffer key = { 0 };
	uint8_t *other;
	uint8_t *copy;

	if (!(type->flags & TERN_TYPE_KEYED)) {
		CU_ASSERT_PTR_NULL(type->codec->key_hash);
		return;
	}
	copy = exact(payload->data, payload->size_bytes);
	other = reflect_other_order(type, payload->data, payload->size_bytes, false);
	CU_ASSERT_EQUAL(type->codec->key_hash(type, sample, hash), TERN_OK);
	expect_hash(type, copy, payload->size_bytes, false, hash);
	expect_hash(type, other, payload->size_bytes, false, hash);
	CU_ASSERT_EQUAL(
		type->codec->encode(type, sample,
	                            payload->data[1] > 1 ? TERN_XCDR2 : TERN_XCDR1, true,
	                            &key),
		TERN_OK);
	check_key_payload(type, sample, &key, hash);
	free(key.data);
	free(copy);
	free(other);
}

static void a_key_is_the_same_from_sample_payload_and_key_payload(void)
{
	for_all(check_keys);
}

static void different_keys_compare_and_hash_differently(void)
{
	for (size_t t = 0; t < TYPE_COUNT; t++) {
		const struct tern_type *type = types[t];
		struct reflect_random random = { .state = 99 };

		if (!(type->flags & TERN_TYPE_KEYED))
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			void *a = new_sample(type);
			void *b = new_sample(type);
			uint8_t x[TERN_KEY_HASH_SIZE_BYTES], y[TERN_KEY_HASH_SIZE_BYTES];
			int order;

			reflect_fill(type, a, &random);
			reflect_fill(type, b, &random);
			CU_ASSERT_EQUAL(type->codec->key_hash(type, a, x), TERN_OK);
			CU_ASSERT_EQUAL(type->codec->key_hash(type, b, y), TERN_OK);
			order = type->codec->key_compare(type, a, b);
			CU_ASSERT_EQUAL(order == 0, memcmp(x, y, sizeof(x)) == 0);
			CU_ASSERT_EQUAL(order<0, type->codec->key_compare(type, b, a)> 0);
			free_sample(type, a);
			free_sample(type, b);
		}
	}
}

static bool is_zero(const void *memory, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (((const uint8_t *)memory)[i])
			return false;
	}
	return true;
}

/* Whatever the bytes are: either a sample that can be written again, or nothing. */
static void expect_sample_or_nothing(const struct tern_type *type, const uint8_t *payload,
                                     size_t size, bool key_only)
{
	void *decoded = new_sample(type);
	tern_status status = type->codec->decode(type, payload, size, key_only, decoded);
	uint8_t hash[TERN_KEY_HASH_SIZE_BYTES];

	if (status < 0) {
		CU_ASSERT_TRUE(status == TERN_EMALFORMED || status == TERN_ENOMEM);
		CU_ASSERT_TRUE(is_zero(decoded, type->size_bytes));
		CU_ASSERT_TRUE(tern_error_text()[0] != 0);
	} else if (!key_only) {
		struct tern_buffer again = { 0 };

		CU_ASSERT_EQUAL(
			type->codec->encode(type, decoded, TERN_XCDR2, false, &again),
			TERN_OK);
		free(again.data);
	}
	if (type->codec->payload_key_hash)
		(void)type->codec->payload_key_hash(type, payload, size, key_only, hash);
	free_sample(type, decoded);
}

static void check_truncated(const struct tern_type *type, const void *sample,
                            const struct tern_buffer *payload)
{
	(void)sample;
	for (size_t size = 0; size < payload->size_bytes; size += 1 + size / 64) {
		uint8_t *copy = exact(payload->data, size);

		expect_sample_or_nothing(type, copy, size, false);
		expect_sample_or_nothing(type, copy, size, true);
		free(copy);
	}
}

static void a_payload_cut_anywhere_is_refused_without_a_trace(void)
{
	for_all(check_truncated);
}

static void check_mutated(const struct tern_type *type, const void *sample,
                          const struct tern_buffer *payload)
{
	struct reflect_random random = { .state = payload->size_bytes };

	(void)sample;
	for (int i = 0; i < MUTATIONS; i++) {
		uint8_t *copy = exact(payload->data, payload->size_bytes);

		for (uint32_t n = 1 + reflect_random(&random, 3); n > 0; n--)
			copy[reflect_random(&random, (uint32_t)payload->size_bytes)] =
				(uint8_t)(reflect_random(&random, 2)
			                          ? 0xff
			                          : reflect_random(&random, 256));
		expect_sample_or_nothing(type, copy, payload->size_bytes, i % 2);
		free(copy);
	}
}

static void a_damaged_payload_is_refused_or_read_never_a_crash(void)
{
	for_all(check_mutated);
}

static void a_type_that_is_not_final_refuses_xcdr1(void)
{
	for (size_t t = 0; t < TYPE_COUNT; t++) {
		struct tern_buffer payload = { 0 };
		void *sample;

		if (types[t]->flags & TERN_TYPE_XCDR1)
			continue;
		sample = new_sample(types[t]);
		CU_ASSERT_EQUAL(types[t]->codec->encode(types[t], sample, TERN_XCDR1,
		                                        false, &payload),
		                TERN_EUNSUPPORTED);
		CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), types[t]->name));
		CU_ASSERT_EQUAL(types[t]->codec->decode(types[t],
		                                        (const uint8_t[]){ 0, 1, 0, 0 },
		                                        4, false, sample),
		                TERN_EMALFORMED);
		free_sample(types[t], sample);
		free(payload.data);
	}
}

static const struct suite_test tests[] = {
	{ "what_is_written_is_what_is_read", what_is_written_is_what_is_read },
	{ "the_other_byte_order_is_read_too", the_other_byte_order_is_read_too },
	{ "a_copy_is_equal_and_its_own", a_copy_is_equal_and_its_own },
	{ "a_key_is_the_same_from_sample_payload_and_key_payload",
	  a_key_is_the_same_from_sample_payload_and_key_payload },
	{ "different_keys_compare_and_hash_differently",
	  different_keys_compare_and_hash_differently },
	{ "a_payload_cut_anywhere_is_refused_without_a_trace",
	  a_payload_cut_anywhere_is_refused_without_a_trace },
	{ "a_damaged_payload_is_refused_or_read_never_a_crash",
	  a_damaged_payload_is_refused_or_read_never_a_crash },
	{ "a_type_that_is_not_final_refuses_xcdr1",
	  a_type_that_is_not_final_refuses_xcdr1 },
};

int main(int argc, char **argv)
{
	int code;

	if (!codec_types_begin(types))
		return 1;
	code = SUITE_RUN(argc, argv, tests);
	codec_types_end(types);
	return code;
}
