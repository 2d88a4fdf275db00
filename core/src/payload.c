/* Payloads that core itself makes. */
#include "payload.h"

#include <stdlib.h>
#include <string.h>

/* A C struct on the heap, with what its members point to. */
struct native_payload {
	struct tern_payload base;
	_Alignas(max_align_t) unsigned char sample[];
};

static void native_release(struct tern_payload *payload)
{
	struct native_payload *native = (struct native_payload *)payload;

	payload->type->codec->fini(payload->type, native->sample);
	free(native);
}

/* The sample is all zero. glibc's calloc() goes past the memory that the thread keeps at hand;
 * malloc() does not. Only the sample is cleared: compilers make a calloc() of a malloc() that is
 * cleared from its start. Where blocks are too large to be at hand, calloc() need not clear what
 * is fresh. */
static struct native_payload *native_allocate(size_t sample_bytes)
{
	enum { KEPT_AT_HAND_MAX = 1024 };
	struct native_payload *native;
	size_t size_bytes = sizeof *native + sample_bytes;

	if (size_bytes > KEPT_AT_HAND_MAX)
		return calloc(1, size_bytes);
	native = malloc(size_bytes);
	if (native)
		memset(native->sample, 0, sample_bytes);
	return native;
}

static struct native_payload *native_create(const struct tern_type *type, bool key_only)
{
	struct native_payload *native = native_allocate(type->size_bytes);

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

/* A key's other members may hold anything: they are not looked at, which encoding ensures. */
static tern_status key_copy(const struct tern_type *type, const void *sample,
                            void *ret_key)
{
	struct tern_buffer key = { 0 };
	tern_status s = type->codec->encode(type, sample, TERN_XCDR2, true, &key);

	if (s == TERN_OK)
		s = type->codec->decode(type, key.data, key.size_bytes, true, ret_key);
	free(key.data);
	return s;
}

tern_status tern__payload_copy(const struct tern_type *type, const void *sample,
                               bool key_only, struct tern_payload **ret_payload)
{
	struct native_payload *native = native_create(type, key_only);
	if (!native)
		return no_memory(type);

	tern_status s = key_only ? key_copy(type, sample, native->sample)
	                         : type->codec->copy(type, sample, native->sample);
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

	tern_status s =
		type->codec->decode(type, serialized->data, serialized->size_bytes,
	                            serialized->key_only, native->sample);
	if (s < 0) {
		free(native);
		return s;
	}
	*ret_payload = &native->base;
	return TERN_OK;
}

/* An encoding, in one block: the payload stands behind its bytes.
 *
 *     +-------------------------+---------+---------------------+
 *     | bytes[0..size_bytes)    | padding | struct tern_payload |
 *     +-------------------------+---------+---------------------+
 */
static size_t encoded_place(size_t size_bytes)
{
	size_t alignment = _Alignof(struct tern_payload);

	return (size_bytes + alignment - 1) / alignment * alignment;
}

static void encoded_release(struct tern_payload *payload)
{
	free((void *)(uintptr_t)payload->data);
}

/* Make room for the payload, and do not keep much more than that. */
static bool encoded_fit(struct tern_buffer *buffer)
{
	size_t wanted = encoded_place(buffer->size_bytes) + sizeof(struct tern_payload);

	if (buffer->capacity_bytes >= wanted && buffer->capacity_bytes / 2 <= wanted)
		return true;
	uint8_t *data = realloc(buffer->data, wanted);
	if (!data)
		return false;
	buffer->data = data;
	return true;
}

tern_status tern__payload_encode(const struct tern_type *type, const void *sample,
                                 tern_representation representation, bool key_only,
                                 size_t expected_bytes, struct tern_payload **ret_payload)
{
	struct tern_buffer buffer = { 0 };

	if (expected_bytes > 0) {
		size_t capacity =
			encoded_place(expected_bytes) + sizeof(struct tern_payload);
		buffer.data = malloc(capacity);
		buffer.capacity_bytes = buffer.data ? capacity : 0;
	}
	tern_status s =
		type->codec->encode(type, sample, representation, key_only, &buffer);
	if (s == TERN_OK && !encoded_fit(&buffer))
		s = no_memory(type);
	if (s < 0) {
		free(buffer.data);
		return s;
	}
	struct tern_payload *payload =
		(void *)(buffer.data + encoded_place(buffer.size_bytes));
	*payload = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_SERIALIZED,
		.key_only = key_only,
		.data = buffer.data,
		.size_bytes = buffer.size_bytes,
		.type = type,
		.release = encoded_release,
	};
	*ret_payload = payload;
	return TERN_OK;
}
