/* Shared by the files of dynamic types: what is known of a type beside its table, and the parts
 * of the codec that walks it. Every table that is reachable from a dynamic type is one of these. */
#ifndef TERN_IDL_DYNAMIC_H
#define TERN_IDL_DYNAMIC_H

#include <tern/cdr.h>

#include "arena.h"

/* Types nest at most so deep: what recurses over them relies on it, and core takes no more. */
enum { DYNAMIC_DEPTH_MAX = 64 };

/** A member as it stands on the wire: those of the base come first. */
struct wire_member {
	const struct tern_member *member;
	size_t offset;    /* from the start of the outermost structure */
	const char *name; /* "vehicle::Pose.x" */
};

/** On the way from a sample to a key member. */
struct key_hop {
	size_t offset;
	bool is_pointer; /* what lies there is held by pointer */
};

/** A member that is part of the key; a structure that is one is taken apart. */
struct key_leaf {
	const struct tern_type *type;
	const char *name;
	uint32_t depth;
	uint32_t index; /* in order of definition */
	uint32_t ids[DYNAMIC_DEPTH_MAX];
	struct key_hop hops[DYNAMIC_DEPTH_MAX];
};

struct dynamic_type {
	struct tern_type type; /* first */
	uint32_t depth;        /* of types within types; 1: a primitive */
	uint32_t tree_size;    /* types in it, counted as often as they are met */
	size_t wire_min_bytes; /* that a value takes at least */
	bool has_default;      /* the default value is not all zeroes */
	uint64_t limit;        /* enum: the highest literal; bitmask: its flags */
	const char *discriminator_name; /* union */
	const struct wire_member *wire; /* structure */
	uint32_t wire_count;
	const struct key_leaf *const *leaves; /* with a key: in order of their ids */
	uint32_t leaf_count;
};

/** The table's own part, for the type that was asked for. */
struct dynamic_root {
	struct tern_xtypes xtypes; /* first: the type points here */
	struct arena arena;        /* holds all, this included */
};

static inline const struct dynamic_type *dynamic(const struct tern_type *type)
{
	return (const struct dynamic_type *)type;
}

extern const struct tern_codec dynamic_codec;
extern const struct tern_codec dynamic_keyed_codec;

/* ---- questions ----------------------------------------------------------------------- */

static inline bool dynamic_is_primitive(const struct tern_type *type)
{
	return type->kind >= TERN_KIND_BOOLEAN && type->kind <= TERN_KIND_FLOAT64;
}

static inline bool dynamic_is_aggregate(const struct tern_type *type)
{
	return type->kind == TERN_KIND_STRUCTURE || type->kind == TERN_KIND_UNION;
}

/** Of a number, enum or bitmask. C's enum takes 4 bytes, the wire's what its bits need. */
size_t dynamic_wire_size(const struct tern_type *type);

/** Is the member held through one more pointer? Unbounded strings are pointers already. */
bool dynamic_is_pointer(const struct tern_member *member);

/** Does the type have members with @key, the base's included? */
bool dynamic_has_key(const struct tern_type *type);

/** Of a discriminator, enum or integer, as a case label. */
int64_t dynamic_label(const struct tern_type *type, const void *at);

/** The case that a union's discriminator selects, or NULL. */
const struct tern_member *dynamic_case(const struct tern_type *type, const void *sample);

int64_t dynamic_enum_default(const struct tern_type *type);

/* ---- making -------------------------------------------------------------------------- */

/** Size, alignment, flags and layout hash, when all else of the table is there. */
tern_status dynamic_layout(struct dynamic_type *made);

/** Find the key's members. Call after dynamic_layout(). */
tern_status dynamic_gather_keys(struct arena *arena, struct dynamic_type *made);

/* ---- the codec's parts --------------------------------------------------------------- */

bool dynamic_put(struct tern_cdr_writer *w, const struct tern_type *type, const void *at,
                 const char *name);
bool dynamic_get(struct tern_cdr_reader *r, const struct tern_type *type, void *at,
                 const char *name);

/** A structure's key members out of a key-only payload in the type's own parameter list. */
bool dynamic_get_listed_keys(struct tern_cdr_reader *r, const struct tern_type *type,
                             void *sample);

/** Into zeroed memory. */
bool dynamic_set_default(struct tern_cdr_reader *r, const struct tern_type *type,
                         void *at, const char *name);
void dynamic_fini(const struct tern_type *type, void *at);

tern_status dynamic_encode(const struct tern_type *type, const void *sample,
                           tern_representation representation, bool key_only,
                           struct tern_buffer *payload);
tern_status dynamic_decode(const struct tern_type *type, const uint8_t *payload,
                           size_t size_bytes, bool key_only, void *ret_sample);
tern_status dynamic_copy_sample(const struct tern_type *type, const void *sample,
                                void *ret_sample);
void dynamic_fini_sample(const struct tern_type *type, void *sample);

bool dynamic_write_key(struct tern_cdr_writer *w, const struct tern_type *type,
                       const void *sample);
bool dynamic_take_key(struct tern_cdr_reader *r, const struct tern_type *type,
                      void *sample);
tern_status dynamic_key_hash(const struct tern_type *type, const void *sample,
                             uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES]);
tern_status dynamic_payload_key_hash(const struct tern_type *type, const uint8_t *payload,
                                     size_t size_bytes, bool key_only,
                                     uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES]);
int dynamic_key_compare(const struct tern_type *type, const void *a, const void *b);

#endif
