/* How C lays a dynamic type out: what ternc computes for generated code (ternc/layout.c), so that
 * a program with the table and one with the compiled struct share samples as they lie in memory. */
#include "dynamic.h"

enum { POINTER_SIZE = 8, SEQUENCE_SIZE = 24 };

/* Of one sample without what it points to: more is no message. Sums of a few stay in 64 bits. */
#define SIZE_MAX_BYTES ((size_t)64 << 20)
#define WIRE_MIN_MAX_BYTES ((size_t)1 << 20)

enum { ALL_FLAGS = TERN_TYPE_FLAT | TERN_TYPE_NUMBERS | TERN_TYPE_XCDR1 };

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/* FNV-1a over the numbers that make up a layout. */
static void mix(uint64_t *hash, uint64_t number)
{
	for (int i = 0; i < 8; i++) {
		*hash ^= number >> 8 * i & 0xff;
		*hash *= UINT64_C(0x100000001b3);
	}
}

static size_t align_up(size_t offset, size_t alignment)
{
	return (offset + alignment - 1) / alignment * alignment;
}

static tern_status refuse_size(const struct tern_type *type)
{
	return tern_fail(TERN_EUNSUPPORTED,
	                 "%s: a sample is larger than %zu bytes: use sequences in the "
	                 "place of large arrays",
	                 type->name ? type->name : "an array", SIZE_MAX_BYTES);
}

size_t dynamic_wire_size(const struct tern_type *type)
{
	if (type->kind != TERN_KIND_ENUM)
		return type->size_bytes;
	return type->bound <= 8 ? 1 : type->bound <= 16 ? 2 : 4;
}

bool dynamic_is_pointer(const struct tern_member *member)
{
	bool is_string = member->type->kind == TERN_KIND_STRING8 && !member->type->bound;

	return member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL) &&
	       !is_string;
}

static size_t size_held(const struct tern_member *member)
{
	return dynamic_is_pointer(member) ? POINTER_SIZE : member->type->size_bytes;
}

static size_t alignment_held(const struct tern_member *member)
{
	return dynamic_is_pointer(member) ? POINTER_SIZE : member->type->alignment_bytes;
}

static bool is_direct(const struct tern_member *member)
{
	return !dynamic_is_pointer(member) && !(member->flags & TERN_MEMBER_OPTIONAL);
}

/* ---- structures ------------------------------------------------------------------------ */

/* @return its offset */
static size_t place(struct tern_type *type, size_t size, size_t alignment)
{
	size_t offset = align_up(type->size_bytes, alignment);

	type->size_bytes = offset + size;
	if (alignment > type->alignment_bytes)
		type->alignment_bytes = alignment;
	return offset;
}

/* What its members have in common, all of them have. */
static uint32_t flags_of(const struct tern_member *member)
{
	uint32_t flags = member->type->flags;

	if (!is_direct(member))
		flags &= ~(uint32_t)(TERN_TYPE_FLAT | TERN_TYPE_NUMBERS);
	if (member->flags & TERN_MEMBER_OPTIONAL)
		flags &= ~(uint32_t)TERN_TYPE_XCDR1;
	return flags & ALL_FLAGS;
}

static bool member_has_default(const struct tern_member *member)
{
	if (member->flags & TERN_MEMBER_OPTIONAL)
		return false;
	return dynamic_is_pointer(member) || dynamic(member->type)->has_default;
}

static void add_wire_min(struct dynamic_type *made, size_t bytes)
{
	if (made->wire_min_bytes < WIRE_MIN_MAX_BYTES)
		made->wire_min_bytes += bytes;
}

static tern_status layout_structure(struct dynamic_type *made)
{
	struct tern_type *type = &made->type;
	struct tern_member *members = (struct tern_member *)(uintptr_t)type->members;
	uint64_t hash = HASH_BEGIN;
	uint32_t flags = ALL_FLAGS;

	type->alignment_bytes = 1;
	if (type->base) {
		place(type, type->base->size_bytes, type->base->alignment_bytes);
		flags &= type->base->flags;
		made->has_default = dynamic(type->base)->has_default;
		made->wire_min_bytes = dynamic(type->base)->wire_min_bytes;
		mix(&hash, type->base->layout_hash);
	}
	for (uint32_t i = 0; i < type->member_count; i++) {
		struct tern_member *member = &members[i];

		member->offset = place(type, size_held(member), alignment_held(member));
		if (type->size_bytes > SIZE_MAX_BYTES)
			return refuse_size(type);
		flags &= flags_of(member);
		made->has_default |= member_has_default(member);
		add_wire_min(made, member->flags & TERN_MEMBER_OPTIONAL
		                           ? 1
		                           : dynamic(member->type)->wire_min_bytes);
		mix(&hash, member->offset);
		mix(&hash, dynamic_is_pointer(member));
		mix(&hash, member->type->layout_hash);
	}
	place(type, 0, type->alignment_bytes);
	if (type->extensibility != TERN_FINAL) {
		flags &= ~(uint32_t)TERN_TYPE_XCDR1;
		made->wire_min_bytes = 4;
	}
	mix(&hash, type->size_bytes);
	type->flags |= flags;
	type->layout_hash = hash;
	return TERN_OK;
}

/* ---- unions ---------------------------------------------------------------------------- */

static tern_status layout_union(struct dynamic_type *made)
{
	struct tern_type *type = &made->type;
	struct tern_member *members = (struct tern_member *)(uintptr_t)type->members;
	const struct tern_type *discriminator = type->element;
	uint64_t hash = HASH_BEGIN;
	uint32_t flags = TERN_TYPE_FLAT | TERN_TYPE_XCDR1;
	size_t size = 0;
	size_t alignment = 1;
	size_t offset;

	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &members[i];
		size_t member_size = size_held(member);
		size_t member_alignment = alignment_held(member);

		size = member_size > size ? member_size : size;
		alignment = member_alignment > alignment ? member_alignment : alignment;
		if (dynamic_is_pointer(member))
			flags &= ~(uint32_t)TERN_TYPE_FLAT;
		flags &= member->type->flags |
		         (dynamic_is_pointer(member) ? TERN_TYPE_FLAT : 0);
		mix(&hash, dynamic_is_pointer(member));
		mix(&hash, member->type->layout_hash);
		for (uint32_t j = 0; j < member->label_count; j++)
			mix(&hash, (uint64_t)member->labels[j]);
	}
	offset = align_up(discriminator->size_bytes, alignment);
	for (uint32_t i = 0; i < type->member_count; i++)
		members[i].offset = offset;
	type->alignment_bytes = alignment > discriminator->alignment_bytes
	                                ? alignment
	                                : discriminator->alignment_bytes;
	type->size_bytes =
		align_up(offset + align_up(size, alignment), type->alignment_bytes);
	if (type->size_bytes > SIZE_MAX_BYTES)
		return refuse_size(type);
	if (type->extensibility != TERN_FINAL)
		flags &= ~(uint32_t)TERN_TYPE_XCDR1;
	made->wire_min_bytes =
		type->extensibility == TERN_FINAL ? dynamic_wire_size(discriminator) : 4;
	made->has_default = dynamic(discriminator)->has_default;
	mix(&hash, discriminator->layout_hash);
	mix(&hash, type->size_bytes);
	type->flags |= flags;
	type->layout_hash = hash;
	return TERN_OK;
}

/* ---- all others ------------------------------------------------------------------------ */

static size_t scalar_size(const struct tern_type *type)
{
	switch (type->kind) {
	case TERN_KIND_BITMASK:
		return type->bound <= 8    ? 1
		       : type->bound <= 16 ? 2
		       : type->bound <= 32 ? 4
		                           : 8;
	case TERN_KIND_INT16:
	case TERN_KIND_UINT16:
		return 2;
	case TERN_KIND_INT32:
	case TERN_KIND_UINT32:
	case TERN_KIND_FLOAT32:
	case TERN_KIND_ENUM:
		return 4;
	case TERN_KIND_INT64:
	case TERN_KIND_UINT64:
	case TERN_KIND_FLOAT64:
		return 8;
	default:
		return 1;
	}
}

static void layout_scalar(struct dynamic_type *made)
{
	struct tern_type *type = &made->type;

	type->size_bytes = type->alignment_bytes = scalar_size(type);
	type->flags |= TERN_TYPE_FLAT | TERN_TYPE_XCDR1;
	if (dynamic_is_primitive(type) && type->kind != TERN_KIND_BOOLEAN)
		type->flags |= TERN_TYPE_NUMBERS;
	made->has_default =
		type->kind == TERN_KIND_ENUM && dynamic_enum_default(type) != 0;
	made->wire_min_bytes = dynamic_wire_size(type);
}

static tern_status layout_string(struct dynamic_type *made)
{
	struct tern_type *type = &made->type;

	type->size_bytes = type->bound ? (size_t)type->bound + 1 : POINTER_SIZE;
	type->alignment_bytes = type->bound ? 1 : POINTER_SIZE;
	type->flags |= TERN_TYPE_XCDR1 | (type->bound ? TERN_TYPE_FLAT : 0);
	made->wire_min_bytes = 5; /* a length and the NUL */
	return type->size_bytes > SIZE_MAX_BYTES ? refuse_size(type) : TERN_OK;
}

static void layout_sequence(struct dynamic_type *made)
{
	struct tern_type *type = &made->type;

	type->size_bytes = SEQUENCE_SIZE;
	type->alignment_bytes = POINTER_SIZE;
	type->flags |= type->element->flags & TERN_TYPE_XCDR1;
	made->wire_min_bytes = 4;
}

static tern_status layout_array(struct dynamic_type *made)
{
	struct tern_type *type = &made->type;
	const struct tern_type *element = type->element;

	if (type->bound > SIZE_MAX_BYTES / element->size_bytes)
		return refuse_size(type);
	type->size_bytes = element->size_bytes * type->bound;
	type->alignment_bytes = element->alignment_bytes;
	type->flags |= element->flags & ALL_FLAGS;
	made->has_default = dynamic(element)->has_default;
	made->wire_min_bytes =
		dynamic(element)->wire_min_bytes *
		(type->bound < WIRE_MIN_MAX_BYTES ? type->bound : WIRE_MIN_MAX_BYTES);
	return TERN_OK;
}

tern_status dynamic_layout(struct dynamic_type *made)
{
	struct tern_type *type = &made->type;
	tern_status status = TERN_OK;

	switch (type->kind) {
	case TERN_KIND_STRUCTURE:
		return layout_structure(made);
	case TERN_KIND_UNION:
		return layout_union(made);
	case TERN_KIND_STRING8:
		status = layout_string(made);
		break;
	case TERN_KIND_SEQUENCE:
		layout_sequence(made);
		break;
	case TERN_KIND_ARRAY:
		status = layout_array(made);
		break;
	default:
		layout_scalar(made);
		break;
	}
	type->layout_hash = HASH_BEGIN;
	mix(&type->layout_hash, type->kind);
	mix(&type->layout_hash, type->size_bytes);
	mix(&type->layout_hash, type->element ? type->element->layout_hash : 0);
	return status;
}
