/* How the C compiler lays the types out, on every 64-bit Linux. The generated code asserts it.
 * Types are laid out in order of definition, so that what a type uses is ready before it. */
#include "layout.h"

/* Larger structures are not taken apart where they are members: a call is less code. */
enum { POINTER_SIZE = 8, SEQUENCE_SIZE = 24, PIECES_MAX = 200 };

static size_t align_up(size_t offset, size_t alignment)
{
	return (offset + alignment - 1) / alignment * alignment;
}

static size_t size_for_bits(uint32_t bits)
{
	return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

static size_t primitive_size(tern_type_kind kind)
{
	switch (kind) {
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

/* FNV-1a over the numbers that make up a layout. */
static void mix(uint64_t *hash, uint64_t number)
{
	for (int i = 0; i < 8; i++) {
		*hash ^= number >> 8 * i & 0xff;
		*hash *= UINT64_C(0x100000001b3);
	}
}

/* The alignment on the wire of the first primitive in a dense type. */
static size_t first_alignment(const struct type *type)
{
	if (type->kind == TERN_KIND_ARRAY)
		return first_alignment(type->element);
	if (type->kind != TERN_KIND_STRUCTURE)
		return type->size;
	return first_alignment(type->base ? type->base : type->members[0].type);
}

static size_t smallest_wire_size(const struct member *member)
{
	return member->optional ? 1 : member->type->wire_min;
}

static bool is_fixed_member(const struct member *member)
{
	const struct type *type = member->type;

	if (member_is_pointer(member) || member->optional)
		return false;
	if (type->kind == TERN_KIND_ARRAY)
		return type_is_primitive(type->element);
	return type->is_fixed;
}

bool member_has_default(const struct member *member)
{
	if (member->optional)
		return false;
	if (member_is_pointer(member))
		return true; /* @external members are never NULL in a complete sample */
	switch (member->initial.kind) {
	case TERN_VALUE_NONE:
		return member->type->has_default;
	case TERN_VALUE_STRING:
		return member->initial.as.s[0] != 0;
	case TERN_VALUE_FLOAT64:
		return member->initial.as.f != 0;
	case TERN_VALUE_BOOLEAN:
		return member->initial.as.b;
	default:
		return member->initial.as.u != 0;
	}
}

/* Place one member (or the base) behind what the structure has so far. */
static size_t place(struct type *type, size_t size, size_t alignment)
{
	size_t offset = align_up(type->size, alignment);

	if (offset != type->size)
		type->is_dense = false;
	type->size = offset + size;
	if (alignment > type->alignment)
		type->alignment = alignment;
	return offset;
}

static void add_property(struct type *type, const struct member *member)
{
	const struct type *of = member->type;
	bool is_pointer = member_is_pointer(member);

	type->is_flat &= of->is_flat && !is_pointer && !member->optional;
	type->is_numbers &= of->is_numbers && !is_pointer && !member->optional;
	type->is_fixed &= is_fixed_member(member);
	type->is_dense &= of->is_dense && !is_pointer && !member->optional;
	type->is_plain &= of->is_plain && !member->optional;
	type->has_default |= member_has_default(member);
	type->pieces += type->pieces <= PIECES_MAX ? of->pieces : 0;
}

static void layout_structure(struct type *type)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	type->size = 0;
	type->pieces = 0;
	type->alignment = 1;
	type->is_flat = type->is_numbers = true;
	type->is_fixed = type->is_dense = type->is_plain = true;
	if (type->base) {
		place(type, type->base->size, type->base->alignment);
		type->is_flat = type->base->is_flat;
		type->is_numbers = type->base->is_numbers;
		type->is_fixed = type->base->is_fixed;
		type->is_dense = type->base->is_dense;
		type->is_plain = type->base->is_plain;
		type->has_default = type->base->has_default;
		type->wire_min = type->base->wire_min;
		type->pieces = type->base->pieces;
		mix(&hash, type->base->layout_hash);
	}
	for (size_t i = 0; i < type->member_count; i++) {
		struct member *member = &type->members[i];
		bool is_pointer = member_is_pointer(member);

		member->offset =
			place(type, is_pointer ? POINTER_SIZE : member->type->size,
		              is_pointer ? POINTER_SIZE : member->type->alignment);
		add_property(type, member);
		if (type->wire_min < 1 << 20)
			type->wire_min += smallest_wire_size(member);
		mix(&hash, member->offset);
		mix(&hash, is_pointer);
		mix(&hash, member->type->layout_hash);
	}
	place(type, 0, type->alignment);
	type->is_fixed &= type->pieces <= PIECES_MAX;
	if (type->extensibility != TERN_FINAL) {
		type->is_fixed = type->is_dense = type->is_plain = false;
		type->wire_min = 4;
	}
	if (type->is_dense && !type->is_empty && first_alignment(type) != type->alignment)
		type->is_dense = false;
	mix(&hash, type->size);
	type->layout_hash = hash;
}

static void layout_union(struct type *type)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t size = 0;
	size_t alignment = 1;

	type->is_flat = type->is_plain = true;
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];
		bool is_pointer = member_is_pointer(member);
		size_t member_size = is_pointer ? POINTER_SIZE : member->type->size;
		size_t member_alignment =
			is_pointer ? POINTER_SIZE : member->type->alignment;

		size = member_size > size ? member_size : size;
		alignment = member_alignment > alignment ? member_alignment : alignment;
		type->is_flat &= member->type->is_flat && !is_pointer;
		type->is_plain &= member->type->is_plain;
		mix(&hash, is_pointer);
		mix(&hash, member->type->layout_hash);
		for (size_t j = 0; j < member->label_count; j++)
			mix(&hash, (uint64_t)member->labels[j]);
	}
	size = align_up(size, alignment);
	for (size_t i = 0; i < type->member_count; i++)
		type->members[i].offset = align_up(type->element->size, alignment);
	type->alignment = alignment > type->element->alignment ? alignment
	                                                       : type->element->alignment;
	type->size = align_up(align_up(type->element->size, alignment) + size,
	                      type->alignment);
	type->is_plain &= type->extensibility == TERN_FINAL;
	type->wire_min =
		type->extensibility == TERN_FINAL ? type_wire_size(type->element) : 4;
	type->has_default = type->discriminator_default.as.u != 0;
	mix(&hash, type->element->layout_hash);
	mix(&hash, type->size);
	type->layout_hash = hash;
}

static void layout_scalar(struct type *type)
{
	type->size = type->kind == TERN_KIND_BITMASK ? size_for_bits(type->bound)
	                                             : primitive_size(type->kind);
	type->alignment = type->size;
	type->is_flat = type->is_fixed = type->is_plain = true;
	type->is_dense = type_is_primitive(type) && type->kind != TERN_KIND_BOOLEAN;
	type->is_numbers = type->is_dense;
	type->has_default = type->kind == TERN_KIND_ENUM && type_enum_default(type) != 0;
	type->wire_min = type_wire_size(type);
}

static void layout_string(struct type *type)
{
	type->size = type->bound ? (size_t)type->bound + 1 : POINTER_SIZE;
	type->alignment = type->bound ? 1 : POINTER_SIZE;
	type->is_flat = type->bound != 0;
	type->is_plain = true;
	type->wire_min = 5; /* a length and the NUL */
}

static void layout_sequence(struct type *type)
{
	type->size = SEQUENCE_SIZE;
	type->alignment = POINTER_SIZE;
	type->is_plain = type->element->is_plain;
	type->wire_min = 4;
}

static void layout_array(struct type *type)
{
	type->size = type->element->size * type->bound;
	type->alignment = type->element->alignment;
	type->is_flat = type->element->is_flat;
	type->is_numbers = type->element->is_numbers;
	type->is_fixed = type_is_primitive(type->element);
	type->is_dense = type->is_fixed && type->element->is_dense;
	type->is_plain = type->element->is_plain;
	type->has_default = type->element->has_default;
	type->wire_min =
		type->element->wire_min * (type->bound < 1 << 20 ? type->bound : 1 << 20);
}

static unsigned depth_of(const struct type *type)
{
	unsigned depth = type->element ? type->element->depth : 0;

	if (type->base && type->base->depth > depth)
		depth = type->base->depth;
	for (size_t i = 0; i < type->member_count; i++) {
		if (type->members[i].type->depth > depth)
			depth = type->members[i].type->depth;
	}
	return depth + 1;
}

static void layout_type(struct type *type)
{
	type->depth = depth_of(type);
	type->pieces = 1;
	switch (type->kind) {
	case TERN_KIND_STRUCTURE:
		layout_structure(type);
		return;
	case TERN_KIND_UNION:
		layout_union(type);
		return;
	case TERN_KIND_STRING8:
		layout_string(type);
		break;
	case TERN_KIND_SEQUENCE:
		layout_sequence(type);
		break;
	case TERN_KIND_ARRAY:
		layout_array(type);
		break;
	default:
		layout_scalar(type);
		break;
	}
	type->layout_hash = UINT64_C(0xcbf29ce484222325);
	mix(&type->layout_hash, type->kind);
	mix(&type->layout_hash, type->size);
	mix(&type->layout_hash, type->element ? type->element->layout_hash : 0);
}

void layout_schema(struct schema *schema)
{
	for (struct type *type = schema->types; type; type = type->next)
		layout_type(type);
}
