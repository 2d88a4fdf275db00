/* Dynamic types from beginning to end: their description is copied, their tables are made. */
#include <tern/dynamic_type.h>

#include "dynamic_build.h"

/* Tables of a type, its description included. */
#define TABLES_MAX_BYTES ((size_t)16 << 20)

static tern_status no_memory(size_t size_bytes)
{
	return tern_fail(TERN_ENOMEM,
	                 "no memory for a type that is described in %zu bytes (at most "
	                 "%zu for its tables)",
	                 size_bytes, TABLES_MAX_BYTES);
}

static const uint8_t *keep(struct arena *arena, const uint8_t *bytes, size_t size_bytes)
{
	uint8_t *copy = arena_alloc(arena, size_bytes, 1);

	if (copy)
		memcpy(copy, bytes, size_bytes);
	return copy;
}

static tern_status root_create(struct arena *arena, const struct tern_xtypes *description,
                               struct dynamic_root **ret_root)
{
	struct dynamic_root *root = arena_alloc(arena, 1, sizeof(*root));

	if (!root)
		return no_memory(description->type_mapping_size_bytes);
	root->xtypes = *description;
	root->xtypes.type_information = keep(arena, description->type_information,
	                                     description->type_information_size_bytes);
	root->xtypes.type_mapping = keep(arena, description->type_mapping,
	                                 description->type_mapping_size_bytes);
	if (!root->xtypes.type_information || !root->xtypes.type_mapping)
		return no_memory(description->type_mapping_size_bytes);
	*ret_root = root;
	return TERN_OK;
}

static tern_status build(struct arena *arena, const struct tern_xtypes *xtypes,
                         struct dynamic_type **ret_made)
{
	struct type_objects objects;
	uint8_t hash[TYPE_HASH_SIZE_BYTES];
	tern_status status = type_information_hash(
		xtypes->type_information, xtypes->type_information_size_bytes, hash);

	if (status < 0)
		return status;
	status = type_objects_find(&objects, xtypes->type_mapping,
	                           xtypes->type_mapping_size_bytes);
	if (status < 0)
		return status;
	status = dynamic_build(arena, &objects, hash, ret_made);
	type_objects_fini(&objects);
	return status;
}

tern_status tern_dynamic_type_create(const struct tern_xtypes *description,
                                     const struct tern_type **ret_type)
{
	struct arena arena = { .left_bytes = TABLES_MAX_BYTES };
	struct dynamic_root *root = NULL;
	struct dynamic_type *made;
	tern_status status;

	if (!description || !description->type_information || !description->type_mapping)
		return tern_fail(TERN_EINVAL, "there is no description of the type: both "
		                              "type information and type mapping are "
		                              "needed");
	status = root_create(&arena, description, &root);
	if (status < 0)
		goto fini_arena;
	status = build(&arena, &root->xtypes, &made);
	if (status < 0)
		goto fini_arena;
	made->type.xtypes = &root->xtypes;
	root->arena = arena;
	*ret_type = &made->type;
	return TERN_OK;

fini_arena:
	arena_fini(&arena);
	return status;
}

void tern_dynamic_type_destroy(const struct tern_type *type)
{
	const struct dynamic_root *root;
	struct arena arena;

	if (!type)
		return;
	root = (const struct dynamic_root *)type->xtypes;
	arena = root->arena; /* it holds itself */
	arena_fini(&arena);
}

/* By the kind of the endpoint (RTPS 2.5, 9.3.1.2): is its type keyed, and ours not? Keys of
 * #pragma keylist are not in a description. */
static bool lacks_key(const struct tern_guid *endpoint, const struct tern_type *type)
{
	uint8_t kind = endpoint->bytes[TERN_GUID_SIZE_BYTES - 1];

	return (kind == 0x02 || kind == 0x07) && !(type->flags & TERN_TYPE_KEYED);
}

tern_status tern_dynamic_type_find(struct tern_participant *participant,
                                   const struct tern_guid *endpoint, int64_t timeout_ns,
                                   const struct tern_type **ret_type)
{
	const struct tern_type *type;
	struct tern_xtypes *description;
	tern_status status = tern_participant_describe_type(participant, endpoint,
	                                                    timeout_ns, &description);

	if (status < 0)
		return status;
	status = tern_dynamic_type_create(description, &type);
	free(description);
	if (status < 0)
		return status;
	if (lacks_key(endpoint, type)) {
		status = tern_fail(TERN_EUNSUPPORTED,
		                   "type %s has a key that its description does not "
		                   "tell: mark it with @key, not by #pragma keylist",
		                   type->name);
		tern_dynamic_type_destroy(type);
		return status;
	}
	*ret_type = type;
	return TERN_OK;
}
