/* The description of a type on the network: its type objects and those of all that it refers to,
 * which Cyclone has or asks for, as one XTypes TypeMapping:
 *
 *	size | count | { 0xf1 hash[14] | TypeObject } ...     minimal, aligned to 4
 *	size | count | { 0xf2 hash[14] | TypeObject } ...     complete
 *	size | 0                                              no pairs of both
 *
 * Cyclone 0.10.2's own ddsi_type_get_typemap_ser() frees its types twice. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Types in a description; what refers to more is not asked for. */
enum { TYPES_MAX = 1024, SIZE_MAX_BYTES = 4 << 20 };

static bool append(struct tern_buffer *to, size_t alignment, const void *bytes,
                   size_t size_bytes)
{
	size_t padding = -to->size_bytes & (alignment - 1);
	size_t wanted = to->size_bytes + padding + size_bytes;

	if (wanted > SIZE_MAX_BYTES)
		return false;
	if (wanted > to->capacity_bytes) {
		uint8_t *grown = realloc(to->data, 2 * wanted);
		if (!grown)
			return false;
		to->data = grown;
		to->capacity_bytes = 2 * wanted;
	}
	memset(to->data + to->size_bytes, 0, padding);
	memcpy(to->data + to->size_bytes + padding, bytes, size_bytes);
	to->size_bytes = wanted;
	return true;
}

static void put_u32(uint8_t *at, size_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static bool append_object(struct tern_buffer *to,
                          const struct DDS_XTypes_TypeIdentifier *id,
                          const struct ddsi_typeobj *object)
{
	uint8_t identifier[1 + sizeof id->_u.equivalence_hash];
	dds_ostreamLE_t stream;
	bool written;

	identifier[0] = id->_d;
	memcpy(identifier + 1, id->_u.equivalence_hash, sizeof id->_u.equivalence_hash);
	dds_ostreamLE_init(&stream, 0, CDR_ENC_VERSION_2);
	written = dds_stream_writeLE(&stream, (const char *)&object->x,
	                             DDS_XTypes_TypeObject_desc.m_ops) &&
	          append(to, 1, identifier, sizeof identifier) &&
	          append(to, 4, stream.x.m_buffer, stream.x.m_index);
	dds_ostreamLE_fini(&stream);
	return written;
}

/* One type; asked for if need be. */
static dds_return_t describe_one(dds_entity_t participant,
                                 const struct DDS_XTypes_TypeIdentifier *id,
                                 dds_time_t deadline, struct tern_buffer *to)
{
	struct ddsi_typeid wanted = { .x = *id };
	dds_typeobj_t *object = NULL;
	dds_time_t now = dds_time();
	dds_return_t rc = dds_get_typeobj(participant, (const dds_typeid_t *)&wanted,
	                                  deadline > now ? deadline - now : 0, &object);

	if (rc != DDS_RETCODE_OK)
		return rc;
	if (!object)
		return DDS_RETCODE_ERROR;
	if (!append_object(to, id, (const struct ddsi_typeobj *)object))
		rc = DDS_RETCODE_OUT_OF_RESOURCES;
	(void)dds_free_typeobj(object);
	return rc;
}

/* One list of a mapping: the type and what it refers to, all minimal or all complete. */
static dds_return_t describe_list(
	dds_entity_t participant,
	const struct DDS_XTypes_TypeIdentifierWithDependencies *types, uint8_t kind,
	dds_time_t deadline, struct tern_buffer *to)
{
	const struct DDS_XTypes_TypeIdentifier *id = &types->typeid_with_size.type_id;
	uint32_t count = 1;

	if (id->_d != kind)
		return DDS_RETCODE_UNSUPPORTED;
	if (types->dependent_typeids._length > TYPES_MAX)
		return DDS_RETCODE_OUT_OF_RESOURCES;
	if (!append(to, 4, (uint8_t[8]){ 0 }, 8)) /* size and count are filled in below */
		return DDS_RETCODE_OUT_OF_RESOURCES;
	size_t begin = to->size_bytes;
	dds_return_t rc = describe_one(participant, id, deadline, to);
	for (uint32_t i = 0; rc == DDS_RETCODE_OK && i < types->dependent_typeids._length;
	     i++) {
		id = &types->dependent_typeids._buffer[i].type_id;
		if (id->_d != kind)
			continue;
		rc = describe_one(participant, id, deadline, to);
		count++;
	}
	if (rc != DDS_RETCODE_OK)
		return rc;
	put_u32(to->data + begin - 8, to->size_bytes - begin + 4);
	put_u32(to->data + begin - 4, count);
	return DDS_RETCODE_OK;
}

/* Cyclone matches by both forms, tools read the complete one. */
static dds_return_t describe_all(dds_entity_t participant,
                                 const struct DDS_XTypes_TypeInformation *information,
                                 dds_time_t deadline, struct tern_buffer *to)
{
	dds_return_t rc = describe_list(participant, &information->minimal,
	                                DDS_XTypes_EK_MINIMAL, deadline, to);

	if (rc == DDS_RETCODE_OK)
		rc = describe_list(participant, &information->complete,
		                   DDS_XTypes_EK_COMPLETE, deadline, to);
	if (rc == DDS_RETCODE_OK && !append(to, 4, (uint8_t[8]){ 4 }, 8))
		rc = DDS_RETCODE_OUT_OF_RESOURCES;
	return rc;
}

dds_return_t tern__cyclone_describe_type(dds_entity_t participant,
                                         const struct tern_endpoint_info *endpoint,
                                         int64_t timeout_ns,
                                         struct tern_buffer *ret_mapping)
{
	dds_time_t now = dds_time();
	dds_time_t deadline = timeout_ns > DDS_NEVER - now ? DDS_NEVER : now + timeout_ns;
	struct tern_buffer mapping = { 0 };
	/* It is only read. */
	struct ddsi_sertype_cdr_data blob = {
		.sz = (uint32_t)endpoint->type_information_size_bytes,
		.data = (uint8_t *)(uintptr_t)endpoint->type_information,
	};
	ddsi_typeinfo_t *information = ddsi_typeinfo_deser(&blob);

	if (!information)
		return DDS_RETCODE_BAD_PARAMETER;
	dds_return_t rc = describe_all(participant, &information->x, deadline, &mapping);
	ddsi_typeinfo_fini(information);
	ddsrt_free(information);
	if (rc == DDS_RETCODE_OK)
		*ret_mapping = mapping;
	else
		free(mapping.data);
	return rc;
}
