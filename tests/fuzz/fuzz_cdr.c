/* Any bytes into the generated decoders of every type in rich.idl. The first byte chooses the
 * type, the second whether it is a key-only payload; the rest is the payload. What is read must
 * be a whole sample: it is copied, written, hashed and read again. */
#include <stdlib.h>
#include <string.h>

#include "all_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tern_type *const types[] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void require_zero(const void *memory, size_t size)
{
	for (size_t i = 0; i < size; i++)
		require(((const uint8_t *)memory)[i] == 0);
}

/* What was read can be written, and what was written is read as the same. */
static void check_sample(const struct tern_type *type, void *sample)
{
	struct tern_buffer first = { 0 }, second = { 0 };
	void *again = calloc(1, type->size_bytes);
	void *copy = calloc(1, type->size_bytes);

	require(type->codec->encode(type, sample, TERN_XCDR2, false, &first) == TERN_OK);
	require(type->codec->decode(type, first.data, first.size_bytes, false, again) ==
	        TERN_OK);
	require(type->codec->copy(type, again, copy) == TERN_OK);
	require(type->codec->encode(type, copy, TERN_XCDR2, false, &second) == TERN_OK);
	require(first.size_bytes == second.size_bytes &&
	        memcmp(first.data, second.data, first.size_bytes) == 0);
	type->codec->fini(type, again);
	type->codec->fini(type, copy);
	free(again);
	free(copy);
	free(first.data);
	free(second.data);
}

/* A payload's key is the decoded sample's. */
static void check_key(const struct tern_type *type, const uint8_t *payload, size_t size,
                      bool key_only, const void *sample)
{
	uint8_t from_payload[TERN_KEY_HASH_SIZE_BYTES];
	uint8_t from_sample[TERN_KEY_HASH_SIZE_BYTES];

	if (!type->codec->key_hash)
		return;
	require(type->codec->key_hash(type, sample, from_sample) == TERN_OK);
	require(type->codec->payload_key_hash(type, payload, size, key_only,
	                                      from_payload) == TERN_OK);
	require(memcmp(from_payload, from_sample, sizeof(from_sample)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tern_type *type;
	uint8_t hash[TERN_KEY_HASH_SIZE_BYTES];
	bool key_only;
	void *sample;

	if (size < 2)
		return 0;
	type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	key_only = data[1] & 1;
	data += 2;
	size -= 2;
	sample = calloc(1, type->size_bytes);
	if (type->codec->decode(type, data, size, key_only, sample) < 0) {
		require_zero(sample, type->size_bytes);
		if (type->codec->payload_key_hash)
			(void)type->codec->payload_key_hash(type, data, size, key_only,
			                                    hash);
	} else {
		if (!key_only)
			check_sample(type, sample);
		check_key(type, data, size, key_only, sample);
	}
	type->codec->fini(type, sample);
	free(sample);
	return 0;
}
