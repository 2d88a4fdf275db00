/* Payloads that core itself makes. */
#include "payload.h"

#include <stdlib.h>

/* A C struct on the heap, with what its members point to. */
struct native_payload {
	struct tern_payload base;
	_Alignas(max_align_t) unsigned char sample[];
};

static void native_release(struct tern_payload *payload)
{
	struct native_payload *native = (struct native_payload *)payload;

	payload->type->codec->fini(native->sample);
	free(native);
}

static struct native_payload *native_create(const struct tern_type *type, bool key_only)
{
	struct native_payload *native = calloc(1, sizeof *native + type->size_bytes);

	if (!native)
		return NULL;
	native->base = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_NATIVE,
		.key_only = key_only,
		.data = native->sample,
		.size_bytes = type->size_bytes,
		.type = type,
		.release = native_release,
	};
	return native;
}

static tern_status no_memory(const struct tern_type *type)
{
	return tern_fail(TERN_ENOMEM,
	                 "no memory for a sample of %s (%zu bytes and its contents)",
	                 type->name, type->size_bytes);
}

tern_status tern__payload_copy(const struct tern_type *type, const void *sample,
                               bool key_only, struct tern_payload **ret_payload)
{
	struct native_payload *native = native_create(type, key_only);
	if (!native)
		return no_memory(type);

	tern_status s = type->codec->copy(sample, native->sample);
	if (s < 0) {
		free(native);
		return s;
	}
	*ret_payload = &native->base;
	return TERN_OK;
}

tern_status tern__payload_zero(const struct tern_type *type,
                               struct tern_payload **ret_payload)
{
	struct native_payload *native = native_create(type, true);
	if (!native)
		return no_memory(type);
	*ret_payload = &native->base;
	return TERN_OK;
}

tern_status tern__payload_decode(const struct tern_type *type,
                                 const struct tern_payload *serialized,
                                 struct tern_payload **ret_payload)
{
	struct native_payload *native = native_create(type, serialized->key_only);
	if (!native)
		return no_memory(type);

	tern_status s = type->codec->decode(serialized->data, serialized->size_bytes,
	                                    serialized->key_only, native->sample);
	if (s < 0) {
		free(native);
		return s;
	}
	*ret_payload = &native->base;
	return TERN_OK;
}

/* An encoding; the bytes are the buffer's. */
struct encoded_payload {
	struct tern_payload base;
	struct tern_buffer buffer;
};

static void encoded_release(struct tern_payload *payload)
{
	struct encoded_payload *encoded = (struct encoded_payload *)payload;

	free(encoded->buffer.data);
	free(encoded);
}

tern_status tern__payload_encode(const struct tern_type *type, const void *sample,
                                 tern_representation representation, bool key_only,
                                 struct tern_payload **ret_payload)
{
	struct encoded_payload *encoded = calloc(1, sizeof *encoded);
	if (!encoded)
		return no_memory(type);

	tern_status s =
		type->codec->encode(sample, representation, key_only, &encoded->buffer);
	if (s < 0) {
		free(encoded->buffer.data);
		free(encoded);
		return s;
	}
	encoded->base = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_SERIALIZED,
		.key_only = key_only,
		.data = encoded->buffer.data,
		.size_bytes = encoded->buffer.size_bytes,
		.type = type,
		.release = encoded_release,
	};
	*ret_payload = &encoded->base;
	return TERN_OK;
}
