/* A type mapping is three lists; the second pairs identifiers with complete type objects:
 *
 *	size | count | { 0xf2 hash[14] | size | 0xf2 kind ... } ...
 *
 * The first, of minimal objects, has no names and is stepped over; so is the third. */
#include "type_object.h"

enum { OBJECTS_MAX = 4096, PAIR_MIN_BYTES = 1 + TYPE_HASH_SIZE_BYTES + 4 };

/* TypeInformation's member (XTypes 1.3, 7.6.3.2.1). */
enum { COMPLETE_MEMBER_ID = 0x1002 };

static bool host_is_big_endian(void)
{
	const uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 0;
}

struct tern_cdr_reader type_object_cursor(const uint8_t *bytes, size_t size_bytes,
                                          const char *what)
{
	return (struct tern_cdr_reader){
		.body = bytes,
		.at = bytes,
		.end = bytes + size_bytes,
		.align_max = 4,
		.xcdr2 = true,
		.swap = host_is_big_endian(),
		.type = what,
	};
}

static bool skip_list(struct tern_cdr_reader *r)
{
	const uint8_t *outer;

	if (!tern_cdr_enter(r, &outer, r->type))
		return false;
	tern_cdr_leave(r, outer);
	return true;
}

static bool get_hash(struct tern_cdr_reader *r, uint8_t *ret_hash)
{
	uint8_t kind;

	if (!tern_cdr_get_u8(r, &kind, r->type))
		return false;
	if (kind != TI_COMPLETE)
		return tern_cdr_read_refused(r, r->type, "as the kind of a complete type",
		                             kind, TI_COMPLETE);
	return tern_cdr_get_array(r, ret_hash, 1, TYPE_HASH_SIZE_BYTES, r->type);
}

static bool get_pair(struct tern_cdr_reader *r, struct type_object *ret_object)
{
	const uint8_t *outer;

	if (!get_hash(r, ret_object->hash) || !tern_cdr_enter(r, &outer, r->type))
		return false;
	ret_object->at = r->at;
	ret_object->end = r->end;
	tern_cdr_leave(r, outer);
	return true;
}

static bool find(struct tern_cdr_reader *r, struct type_objects *objects)
{
	const uint8_t *outer;
	uint32_t count;

	if (!skip_list(r) || !tern_cdr_enter(r, &outer, r->type) ||
	    !tern_cdr_get_length(r, &count, PAIR_MIN_BYTES, OBJECTS_MAX, r->type))
		return false;
	objects->objects = calloc(count ? count : 1, sizeof(*objects->objects));
	if (!objects->objects) {
		r->status = tern_fail(TERN_ENOMEM, "no memory for %u types", count);
		return false;
	}
	while (objects->count < count)
		if (!get_pair(r, &objects->objects[objects->count++]))
			return false;
	return true;
}

tern_status type_objects_find(struct type_objects *objects, const uint8_t *mapping,
                              size_t size_bytes)
{
	struct tern_cdr_reader r =
		type_object_cursor(mapping, size_bytes, "type mapping");

	*objects = (struct type_objects){ .body = mapping };
	if (find(&r, objects))
		return TERN_OK;
	type_objects_fini(objects);
	return r.status;
}

void type_objects_fini(struct type_objects *objects)
{
	free(objects->objects);
	*objects = (struct type_objects){ 0 };
}

struct type_object *type_objects_get(const struct type_objects *objects,
                                     const uint8_t hash[TYPE_HASH_SIZE_BYTES])
{
	for (uint32_t i = 0; i < objects->count; i++)
		if (memcmp(objects->objects[i].hash, hash, TYPE_HASH_SIZE_BYTES) == 0)
			return &objects->objects[i];
	return NULL;
}

/* TypeIdentifierWithDependencies { TypeIdentifierWithSize { TypeIdentifier ... } ... } */
static bool get_described(struct tern_cdr_reader *r, uint8_t *ret_hash)
{
	const uint8_t *outer;

	return tern_cdr_enter(r, &outer, r->type) && tern_cdr_enter(r, &outer, r->type) &&
	       get_hash(r, ret_hash);
}

tern_status type_information_hash(const uint8_t *information, size_t size_bytes,
                                  uint8_t ret_hash[TYPE_HASH_SIZE_BYTES])
{
	struct tern_cdr_reader r =
		type_object_cursor(information, size_bytes, "type information");
	struct tern_cdr_member member;
	uint8_t hash[TYPE_HASH_SIZE_BYTES];
	const uint8_t *outer;

	if (!tern_cdr_enter(&r, &outer, r.type))
		return r.status;
	while (r.at < r.end) {
		if (!tern_cdr_enter_member(&r, &member))
			return r.status;
		if (member.id == COMPLETE_MEMBER_ID) {
			if (!get_described(&r, hash))
				return r.status;
			memcpy(ret_hash, hash, sizeof(hash));
			return TERN_OK;
		}
		tern_cdr_leave_member(&r, &member);
	}
	return tern_fail(TERN_EMALFORMED,
	                 "the type information names no complete type: its writer "
	                 "sends minimal types only, which have no member names");
}
