/* Any bytes as a type's description, and any bytes as a sample of it: what a stranger on the bus
 * can make a tool read. The first byte chooses a type of rich.idl, the second how many bytes of its
 * description are changed: where (2), to what (1); or, beyond the types, the rest is a type mapping.
 * What is left is a payload. A type that is made must work like one of ternc's. */
#include <stdlib.h>
#include <string.h>
#include <tern/dynamic_type.h>

#include "all_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tern_type *const types[] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
};
enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_sample(const struct tern_type *type, void *sample)
{
	struct tern_buffer payload = { 0 };
	uint8_t hash[TERN_KEY_HASH_SIZE_BYTES];
	void *copy = calloc(1, type->size_bytes);

	require(type->codec->encode(type, sample, TERN_XCDR2, false, &payload) ==
	        TERN_OK);
	require(type->codec->copy(type, sample, copy) == TERN_OK);
	if (type->codec->key_hash) {
		require(type->codec->key_hash(type, sample, hash) == TERN_OK);
		require(type->codec->key_compare(type, sample, copy) == 0);
	}
	type->codec->fini(type, copy);
	free(copy);
	free(payload.data);
}

static void check_type(const struct tern_type *type, const uint8_t *payload, size_t size)
{
	void *sample;

	require(type->size_bytes > 0 && type->codec && type->name);
	if (type->size_bytes > 1 << 16)
		return; /* only slow */
	for (int key_only = 0; key_only < 2; key_only++) {
		if (key_only && !type->codec->key_hash)
			break;
		sample = calloc(1, type->size_bytes);
		if (type->codec->decode(type, payload, size, key_only, sample) ==
		            TERN_OK &&
		    !key_only)
			check_sample(type, sample);
		type->codec->fini(type, sample);
		free(sample);
	}
}

static void try_description(const struct tern_xtypes *xtypes, const uint8_t *payload,
                            size_t size)
{
	const struct tern_type *type = NULL;

	if (tern_dynamic_type_create(xtypes, &type) < 0)
		return;
	check_type(type, payload, size);
	tern_dynamic_type_destroy(type);
}

static void try_changed(const struct tern_type *type, uint8_t changes,
                        const uint8_t *data, size_t size)
{
	struct tern_xtypes xtypes = *type->xtypes;
	uint8_t *mapping = malloc(xtypes.type_mapping_size_bytes);

	memcpy(mapping, xtypes.type_mapping, xtypes.type_mapping_size_bytes);
	xtypes.type_mapping = mapping;
	for (; changes > 0 && size >= 3; changes--, data += 3, size -= 3)
		mapping[(data[0] | data[1] << 8) % (int)xtypes.type_mapping_size_bytes] =
			data[2];
	try_description(&xtypes, data, size);
	free(mapping);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tern_xtypes xtypes = *types[0]->xtypes;

	if (size < 2)
		return 0;
	if (data[0] < TYPE_COUNT) {
		try_changed(types[data[0]], data[1] % 8, data + 2, size - 2);
		return 0;
	}
	xtypes.type_mapping = data + 2;
	xtypes.type_mapping_size_bytes = size - 2;
	try_description(&xtypes, NULL, 0);
	return 0;
}
