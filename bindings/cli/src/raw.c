/* A codec that looks into nothing. All samples are one instance. */
#include "raw.h"

#include <stdlib.h>
#include <string.h>

#include <tern/status.h>

/* What came is what goes: core makes keys of samples so. */
static tern_status encode(const struct tern_type *type, const void *sample,
                          tern_representation representation, bool key_only,
                          struct tern_buffer *payload)
{
	const struct raw_sample *raw = sample;
	uint8_t *grown = realloc(payload->data, (size_t)raw->payload._length + 1);

	(void)representation, (void)key_only;
	if (!grown)
		return tern_fail(TERN_ENOMEM, "no memory for a sample of %s", type->name);
	payload->data = grown;
	if (raw->payload._length > 0)
		memcpy(grown, raw->payload._buffer, raw->payload._length);
	payload->size_bytes = raw->payload._length;
	payload->capacity_bytes = (size_t)raw->payload._length + 1;
	return TERN_OK;
}

static tern_status copy_bytes(const void *bytes, size_t size_bytes,
                              struct raw_sample *ret_sample)
{
	if (size_bytes == 0)
		return TERN_OK;
	ret_sample->payload._buffer = malloc(size_bytes);
	if (!ret_sample->payload._buffer)
		return tern_fail(TERN_ENOMEM, "no memory for %zu bytes", size_bytes);
	memcpy(ret_sample->payload._buffer, bytes, size_bytes);
	ret_sample->payload._length = ret_sample->payload._maximum = (uint32_t)size_bytes;
	ret_sample->payload._release = true;
	return TERN_OK;
}

static tern_status decode(const struct tern_type *type, const uint8_t *payload,
                          size_t size_bytes, bool key_only, void *ret_sample)
{
	(void)type, (void)key_only;
	return copy_bytes(payload, size_bytes, ret_sample);
}

static tern_status payload_key_hash(const struct tern_type *type, const uint8_t *payload,
                                    size_t size_bytes, bool key_only,
                                    uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	(void)type, (void)payload, (void)size_bytes, (void)key_only;
	memset(ret_hash, 0, TERN_KEY_HASH_SIZE_BYTES);
	return TERN_OK;
}

static tern_status key_hash(const struct tern_type *type, const void *sample,
                            uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	(void)type, (void)sample;
	memset(ret_hash, 0, TERN_KEY_HASH_SIZE_BYTES);
	return TERN_OK;
}

static int key_compare(const struct tern_type *type, const void *a, const void *b)
{
	(void)type, (void)a, (void)b;
	return 0;
}

static tern_status copy(const struct tern_type *type, const void *sample,
                        void *ret_sample)
{
	const struct raw_sample *raw = sample;

	(void)type;
	return copy_bytes(raw->payload._buffer, raw->payload._length, ret_sample);
}

static void fini(const struct tern_type *type, void *sample)
{
	struct raw_sample *raw = sample;

	(void)type;
	if (!raw)
		return;
	free(raw->payload._buffer);
	memset(raw, 0, sizeof *raw);
}

static const struct tern_codec codec = {
	.encode = encode,
	.decode = decode,
	.copy = copy,
	.fini = fini,
};

static const struct tern_codec keyed_codec = {
	.encode = encode,
	.decode = decode,
	.payload_key_hash = payload_key_hash,
	.key_hash = key_hash,
	.key_compare = key_compare,
	.copy = copy,
	.fini = fini,
};

static const struct tern_type byte_type = {
	.abi = TERN_TYPE_ABI,
	.kind = TERN_KIND_BYTE,
	.size_bytes = 1,
	.alignment_bytes = 1,
};

static const struct tern_type bytes_type = {
	.abi = TERN_TYPE_ABI,
	.kind = TERN_KIND_SEQUENCE,
	.size_bytes = sizeof(struct tern_sequence),
	.alignment_bytes = 8,
	.element = &byte_type,
};

static const struct tern_member members[] = {
	{ .name = "payload",
	  .type = &bytes_type,
	  .flags = TERN_MEMBER_KEY | TERN_MEMBER_MUST_UNDERSTAND },
};
static const struct tern_member plain_members[] = {
	{ .name = "payload", .type = &bytes_type },
};

void raw_type_init(struct raw_type *raw, const char *type_name, bool is_keyed)
{
	raw->type = (struct tern_type){
		.abi = TERN_TYPE_ABI,
		.flags = TERN_TYPE_XCDR1 | (is_keyed ? TERN_TYPE_KEYED : 0),
		.kind = TERN_KIND_STRUCTURE,
		.name = type_name,
		.size_bytes = sizeof(struct raw_sample),
		.alignment_bytes = 8,
		.members = is_keyed ? members : plain_members,
		.member_count = 1,
		.layout_hash = UINT64_C(0x726177), /* nobody else's */
		.codec = is_keyed ? &keyed_codec : &codec,
	};
}
