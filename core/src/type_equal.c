/* Minimal equivalence of type tables. What it calls equal can be exchanged in any place; what it
 * does not may still be assignable. */
#include <string.h>

#include "check.h"
#include "type_equal.h"

static bool types_equal(const struct tern_type *a, const struct tern_type *b,
                        unsigned depth);

bool tern__type_kind_equal(tern_type_kind a, tern_type_kind b)
{
	if (a == TERN_KIND_INT8)
		a = TERN_KIND_CHAR8;
	if (b == TERN_KIND_INT8)
		b = TERN_KIND_CHAR8;
	if (a == TERN_KIND_UINT8)
		a = TERN_KIND_BYTE;
	if (b == TERN_KIND_UINT8)
		b = TERN_KIND_BYTE;
	return a == b;
}

static bool literals_equal(const struct tern_type *a, const struct tern_type *b)
{
	if (a->literal_count != b->literal_count)
		return false;
	for (uint32_t i = 0; i < a->literal_count; i++) {
		const struct tern_literal *x = &a->literals[i], *y = &b->literals[i];
		if (x->value != y->value || x->is_default != y->is_default ||
		    strcmp(x->name, y->name) != 0)
			return false;
	}
	return true;
}

static bool dimensions_equal(const struct tern_type *a, const struct tern_type *b)
{
	if (a->dimension_count != b->dimension_count)
		return false;
	for (uint32_t i = 0; i < a->dimension_count; i++)
		if (a->dimensions[i] != b->dimensions[i])
			return false;
	return true;
}

static bool members_equal(const struct tern_type *a, const struct tern_type *b,
                          unsigned depth)
{
	if (a->member_count != b->member_count)
		return false;
	for (uint32_t i = 0; i < a->member_count; i++) {
		const struct tern_member *x = &a->members[i], *y = &b->members[i];
		if (x->id != y->id || x->flags != y->flags ||
		    strcmp(x->name, y->name) != 0 || x->label_count != y->label_count)
			return false;
		for (uint32_t k = 0; k < x->label_count; k++)
			if (x->labels[k] != y->labels[k])
				return false;
		if (!types_equal(x->type, y->type, depth + 1))
			return false;
	}
	return true;
}

static bool types_equal(const struct tern_type *a, const struct tern_type *b,
                        unsigned depth)
{
	if (a == b)
		return true;
	if (depth > TERN__TYPE_DEPTH_MAX || !tern__type_kind_equal(a->kind, b->kind))
		return false;
	switch (a->kind) {
	case TERN_KIND_STRING8:
		return a->bound == b->bound;
	case TERN_KIND_SEQUENCE:
		return a->bound == b->bound &&
		       types_equal(a->element, b->element, depth + 1);
	case TERN_KIND_ARRAY:
		return dimensions_equal(a, b) &&
		       types_equal(a->element, b->element, depth + 1);
	case TERN_KIND_ENUM:
	case TERN_KIND_BITMASK:
		return a->extensibility == b->extensibility && a->bound == b->bound &&
		       literals_equal(a, b);
	case TERN_KIND_STRUCTURE:
		if (!a->base != !b->base ||
		    (a->base && !types_equal(a->base, b->base, depth + 1)))
			return false;
		return a->extensibility == b->extensibility && members_equal(a, b, depth);
	case TERN_KIND_UNION:
		return a->extensibility == b->extensibility &&
		       (a->flags & TERN_TYPE_KEYED) == (b->flags & TERN_TYPE_KEYED) &&
		       types_equal(a->element, b->element, depth + 1) &&
		       members_equal(a, b, depth);
	default:
		return true; /* primitives of one kind */
	}
}

bool tern__type_equal(const struct tern_type *a, const struct tern_type *b)
{
	return types_equal(a, b, 0);
}
