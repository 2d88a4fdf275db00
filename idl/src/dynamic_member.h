/* Members, cases and literals of type objects. */
#ifndef TERN_IDL_DYNAMIC_MEMBER_H
#define TERN_IDL_DYNAMIC_MEMBER_H

#include "dynamic.h"
#include "type_object.h"

enum { BOUNDS_MAX = 32 };

/** MemberFlag (XTypes 1.3, 7.3.4.3). */
enum {
	MEMBER_IS_EXTERNAL = 1u << 2,
	MEMBER_IS_OPTIONAL = 1u << 3,
	MEMBER_IS_MUST_UNDERSTAND = 1u << 4,
	MEMBER_IS_KEY = 1u << 5,
	MEMBER_IS_DEFAULT = 1u << 6,
};

struct builder {
	struct arena *arena;
	struct type_objects *objects;
	struct tern_cdr_reader
		r;        /* in the object that is read; its status says why it failed */
	const char *name; /* of the type that is made */
	uint32_t nesting;
	const struct tern_type *primitives[TERN_KIND_ARRAY + 1];
};

/** Both return false. */
bool builder_refuse(struct builder *b, const char *name, const char *what);
bool builder_no_memory(struct builder *b);

/** The type of the TypeIdentifier that comes next, or NULL. */
const struct tern_type *builder_get_type(struct builder *b);
/** The type that is described under the hash, or NULL. */
const struct tern_type *builder_get_object(struct builder *b,
                                           const uint8_t hash[TYPE_HASH_SIZE_BYTES]);

bool member_get_structure(struct builder *b, struct dynamic_type *made);
bool member_get_union(struct builder *b, struct dynamic_type *made);
bool member_get_literals(struct builder *b,
                         struct dynamic_type *made); /* enum, bitmask */

/** All members as they stand on the wire, the base's first. Call after dynamic_layout(). */
bool member_list_wire(struct builder *b, struct dynamic_type *made);

#endif
