/* Questions about types that several emitters ask. */
#include "model.h"

#include <stdlib.h>

bool type_is_primitive(const struct type *type)
{
	return type->kind >= TERN_KIND_BOOLEAN && type->kind <= TERN_KIND_FLOAT64;
}

bool type_is_unbounded_string(const struct type *type)
{
	return type->kind == TERN_KIND_STRING8 && type->bound == 0;
}

bool type_is_aggregate(const struct type *type)
{
	return type->kind == TERN_KIND_STRUCTURE || type->kind == TERN_KIND_UNION;
}

/* Enums and bitmasks take the smallest size that holds bit_bound bits (XTypes 1.3, 7.4.1.1.2);
 * C's enum always takes 4 bytes. */
size_t type_wire_size(const struct type *type)
{
	if (type->kind != TERN_KIND_ENUM)
		return type->size;
	return type->bound <= 8 ? 1 : type->bound <= 16 ? 2 : 4;
}

uint64_t type_bit_mask(const struct type *type)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < type->literal_count; i++)
		mask |= UINT64_C(1) << type->literals[i].value;
	return mask;
}

uint64_t type_enum_max(const struct type *type)
{
	uint64_t max = 0;

	for (size_t i = 0; i < type->literal_count; i++) {
		if ((uint64_t)type->literals[i].value > max)
			max = (uint64_t)type->literals[i].value;
	}
	return max;
}

int64_t type_enum_default(const struct type *type)
{
	for (size_t i = 0; i < type->literal_count; i++) {
		if (type->literals[i].is_default)
			return type->literals[i].value;
	}
	return type->literals[0].value;
}

bool member_is_pointer(const struct member *member)
{
	return (member->optional || member->external) &&
	       !type_is_unbounded_string(member->type);
}

bool type_has_key(const struct type *type)
{
	if (type->base && type_has_key(type->base))
		return true;
	for (size_t i = 0; i < type->member_count; i++) {
		if (type->members[i].key)
			return true;
	}
	return false;
}

static void add_wire_members(const struct type *type, const char *prefix, size_t offset,
                             struct wire_member **members, size_t *count)
{
	if (type->base) {
		char *base_prefix = must_format("%sparent.", prefix);

		add_wire_members(type->base, base_prefix, offset, members, count);
	}
	*members =
		realloc(*members, (*count + type->member_count + 1) * sizeof(**members));
	if (!*members)
		abort();
	for (size_t i = 0; i < type->member_count; i++) {
		(*members)[(*count)++] = (struct wire_member){
			.member = &type->members[i],
			.owner = type,
			.path = must_format("%s%s", prefix, type->members[i].name),
			.offset = offset + type->members[i].offset,
		};
	}
}

struct wire_member *type_wire_members(const struct type *type, size_t *ret_count)
{
	struct wire_member *members = NULL;

	*ret_count = 0;
	add_wire_members(type, "", 0, &members, ret_count);
	return members;
}
