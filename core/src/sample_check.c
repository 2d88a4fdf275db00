/* The walk over a sample along its type's table, at each write. What cannot be wrong, as numbers
 * and unbounded strings, is passed over without a look at it. Loans: sample_check_loan.c. */
#include "sample_check.h"

#include <stdint.h>
#include <string.h>

#include "sample_value.h"

/* ---- what there is to check ---------------------------------------------------------------- */

bool sample_needs_check(const struct tern_type *type, bool in_loan)
{
	if (type->flags & TERN_TYPE_NUMBERS)
		return false;
	switch (type->kind) {
	case TERN_KIND_BOOLEAN:
	case TERN_KIND_ENUM:
	case TERN_KIND_BITMASK:
	case TERN_KIND_SEQUENCE:
		return true;
	case TERN_KIND_STRING8:
		return type->bound || in_loan;
	case TERN_KIND_ARRAY:
		return sample_needs_check(type->element, in_loan);
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		break;
	default:
		return false;
	}
	if (type->kind == TERN_KIND_UNION && sample_needs_check(type->element, in_loan))
		return true;
	if (type->base && sample_needs_check(type->base, in_loan))
		return true;
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		bool may_be_bad = member_is_held_by_pointer(member) &&
		                  (in_loan || !(member->flags & TERN_MEMBER_OPTIONAL));
		if (may_be_bad || sample_needs_check(member->type, in_loan))
			return true;
	}
	return false;
}

/* ---- values -------------------------------------------------------------------------------- */

static tern_status check_value(const struct tern_type *type, const void *value,
                               const struct path *path);

/* ---- many values --------------------------------------------------------------------------- */

static tern_status check_elements(const struct tern_type *element, const void *values,
                                  uint32_t count, const struct path *path)
{
	if (!sample_needs_check(element, false) ||
	    (element->kind == TERN_KIND_BOOLEAN && bytes_are_booleans(values, count)))
		return TERN_OK;
	for (uint32_t i = 0; i < count; i++) {
		const struct path inner = { .above = path, .index = i };
		const void *value = (const char *)values + i * element->size_bytes;
		tern_status s = check_value(element, value, &inner);
		if (s < 0)
			return s;
	}
	return TERN_OK;
}

static tern_status check_sequence(const struct tern_type *type,
                                  const struct tern_sequence *sequence,
                                  const struct path *path)
{
	uint32_t length = sequence->_length;

	if (length == 0)
		return TERN_OK;
	if (type->bound && length > type->bound)
		return path_fail_above(TERN_EINVAL, path, "elements", length,
		                       type->bound);
	if (!sequence->_buffer)
		return path_fail_above(TERN_EINVAL, path, "elements in a NULL buffer",
		                       length, 0);
	return check_elements(type->element, sequence->_buffer, length, path);
}

/* ---- members ------------------------------------------------------------------------------- */

/* Through the pointer that holds the member, if one does. *ret_value: NULL if it is absent. */
static tern_status find_value(const struct tern_member *member, const void *sample,
                              const struct path *path, const void **ret_value)
{
	const void *value = (const char *)sample + member->offset;

	if (member_is_held_by_pointer(member)) {
		value = *(const void *const *)value;
		if (!value && !(member->flags & TERN_MEMBER_OPTIONAL))
			return path_fail_null(TERN_EINVAL, path);
	}
	*ret_value = value;
	return TERN_OK;
}

/* Any value of these can be written. */
static bool is_number(tern_type_kind kind)
{
	return kind > TERN_KIND_BOOLEAN && kind < TERN_KIND_STRING8;
}

static tern_status check_member(const struct tern_member *member, const void *sample,
                                const struct path *above)
{
	const struct path path = { .above = above, .name = member->name };
	const void *value = NULL;

	if (is_number(member->type->kind) && !member_is_held_by_pointer(member))
		return TERN_OK;
	tern_status s = find_value(member, sample, &path, &value);
	if (s < 0 || !value)
		return s;
	return check_value(member->type, value, &path);
}

static tern_status check_union(const struct tern_type *type, const void *value,
                               const struct path *path)
{
	const struct path inner = { .above = path, .name = "_d" };
	tern_status s = value_check(TERN_EINVAL, type->element, value, &inner);

	if (s < 0)
		return s;
	const struct tern_member *chosen = union_case(type, value);
	return chosen ? check_member(chosen, value, path) : TERN_OK;
}

static tern_status check_structure(const struct tern_type *type, const void *value,
                                   const struct path *path)
{
	tern_status s = TERN_OK;

	if (type->base)
		s = check_structure(type->base, value, path);
	for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++)
		s = check_member(&type->members[i], value, path);
	return s;
}

static tern_status check_value(const struct tern_type *type, const void *value,
                               const struct path *path)
{
	switch (type->kind) {
	case TERN_KIND_SEQUENCE:
		return check_sequence(type, value, path);
	case TERN_KIND_ARRAY:
		return check_elements(type->element, value, type->bound, path);
	case TERN_KIND_UNION:
		return check_union(type, value, path);
	case TERN_KIND_STRUCTURE:
		return check_structure(type, value, path);
	default:
		return type_is_unbounded_string(type)
		               ? TERN_OK
		               : value_check(TERN_EINVAL, type, value, path);
	}
}

/* In a structure that is a key but marks no member, all members are (XTypes 1.3, 7.2.2.4.4.4.8). */
static tern_status check_key_members(const struct tern_type *type, const void *sample,
                                     bool all, const struct path *above)
{
	tern_status s = TERN_OK;

	if (type->base)
		s = check_key_members(type->base, sample, all, above);
	for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		const struct path path = { .above = above, .name = member->name };
		const void *value = NULL;
		if (!all && !(member->flags & TERN_MEMBER_KEY))
			continue;
		s = find_value(member, sample, &path, &value);
		if (s < 0 || !value)
			continue;
		if (member->type->kind == TERN_KIND_STRUCTURE)
			s = check_key_members(member->type, value,
			                      !(member->type->flags & TERN_TYPE_KEYED),
			                      &path);
		else
			s = check_value(member->type, value, &path);
	}
	return s;
}

/* ---- samples ------------------------------------------------------------------------------- */

tern_status sample_check(const struct tern_type *type, const void *sample)
{
	const struct path top = { .name = type->name };

	return check_value(type, sample, &top);
}

tern_status sample_check_key(const struct tern_type *type, const void *sample)
{
	const struct path top = { .name = type->name };

	return check_key_members(type, sample, false, &top);
}
