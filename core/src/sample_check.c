/* The walk over a sample along its type's table, at each write and publish. What cannot be
 * wrong, as numbers, is passed over without a look at it. */
#include "sample_check.h"

#include <stdint.h>
#include <string.h>

#include "loan.h"
#include "sample_value.h"

struct walk {
	const struct loan *loan; /* NULL: the sample is the caller's own */
	/* What its readers still copy and search; see sample_value.h. */
	size_t copied_left_bytes, looks_left_bytes;
};

/* ---- what to say --------------------------------------------------------------------------- */

static tern_status refuse_pointer(const struct path *path, const char *what)
{
	return path_fail(
		TERN_EINVAL, path,
		": %s leads out of the loan: take its memory with tern_loan_alloc(), "
		"tern_loan_strdup() or tern_loan_sequence(), or publish a copy with "
		"tern_writer_write()",
		what);
}

static tern_status refuse_alignment(const struct path *path, const char *what,
                                    const struct tern_type *type)
{
	return path_fail(TERN_EINVAL, path,
	                 ": %s is not at a multiple of %zu bytes: take its memory with "
	                 "tern_loan_alloc() or tern_loan_sequence()",
	                 what, type->alignment_bytes);
}

static tern_status refuse_repetition(const struct path *path, const char *what)
{
	return path_fail(TERN_EINVAL, path,
	                 ": %s is used by so many members that its readers would take it "
	                 "for an attack: give each memory of its own",
	                 what);
}

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

static tern_status check_value(struct walk *walk, const struct tern_type *type,
                               const void *value, const struct path *path);

static tern_status check_text(struct walk *walk, const char *text,
                              const struct path *path)
{
	const char *end = memchr(text, 0, loan_bytes_after(walk->loan, text));

	if (!end)
		return refuse_pointer(path, "the string");
	size_t size_bytes = (size_t)(end - text) + 1;
	if (size_bytes > walk->looks_left_bytes)
		return refuse_repetition(path, "the string");
	walk->looks_left_bytes -= size_bytes;
	return TERN_OK;
}

static tern_status check_string(struct walk *walk, const char *const *slot,
                                bool is_optional, const struct path *path)
{
	const char *text = *slot;

	if (!walk->loan)
		return TERN_OK;
	if (text)
		return check_text(walk, text, path);
	if (is_optional)
		return TERN_OK;
	/* The loan is ours to change. */
	*(const char **)(uintptr_t)slot = loan_empty_string(walk->loan);
	return TERN_OK;
}

/* ---- many values --------------------------------------------------------------------------- */

static tern_status check_elements(struct walk *walk, const struct tern_type *element,
                                  const void *values, uint32_t count,
                                  const struct path *path)
{
	if (!sample_needs_check(element, walk->loan != NULL) ||
	    (element->kind == TERN_KIND_BOOLEAN && bytes_are_booleans(values, count)))
		return TERN_OK;
	for (uint32_t i = 0; i < count; i++) {
		const struct path inner = { .above = path, .index = i };
		const void *value = (const char *)values + i * element->size_bytes;
		tern_status s = check_value(walk, element, value, &inner);
		if (s < 0)
			return s;
	}
	return TERN_OK;
}

/* Do values lie in the loan, and where their type may lie? */
static tern_status check_place(struct walk *walk, const struct tern_type *type,
                               const void *values, uint32_t count, const char *what,
                               const struct path *path)
{
	if (!walk->loan)
		return TERN_OK;
	size_t left = loan_bytes_after(walk->loan, values);
	if (left == 0 || (type->size_bytes && count > left / type->size_bytes))
		return refuse_pointer(path, what);
	if (type->alignment_bytes && (uintptr_t)values % type->alignment_bytes)
		return refuse_alignment(path, what, type);
	if (type->flags & TERN_TYPE_FLAT)
		return TERN_OK;
	if (count * type->size_bytes > walk->copied_left_bytes)
		return refuse_repetition(path, what);
	walk->copied_left_bytes -= count * type->size_bytes;
	return TERN_OK;
}

static tern_status check_sequence(struct walk *walk, const struct tern_type *type,
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
	tern_status s = check_place(walk, type->element, sequence->_buffer, length,
	                            "the sequence's buffer", path);
	return s < 0 ? s
	             : check_elements(walk, type->element, sequence->_buffer, length,
	                              path);
}

/* ---- members ------------------------------------------------------------------------------- */

/* Through the pointer that holds the member, if one does. *ret_value: NULL if it is absent. */
static tern_status find_value(struct walk *walk, const struct tern_member *member,
                              const void *sample, const struct path *path,
                              const void **ret_value)
{
	const void *value = (const char *)sample + member->offset;

	if (member_is_held_by_pointer(member)) {
		value = *(const void *const *)value;
		if (!value && !(member->flags & TERN_MEMBER_OPTIONAL))
			return path_fail_null(TERN_EINVAL, path);
		tern_status s = value ? check_place(walk, member->type, value, 1,
		                                    "the member", path)
		                      : TERN_OK;
		if (s < 0)
			return s;
	}
	*ret_value = value;
	return TERN_OK;
}

/* Any value of these can be written. */
static bool is_number(tern_type_kind kind)
{
	return kind > TERN_KIND_BOOLEAN && kind < TERN_KIND_STRING8;
}

static tern_status check_member(struct walk *walk, const struct tern_member *member,
                                const void *sample, const struct path *above)
{
	const struct path path = { .above = above, .name = member->name };
	const void *value;

	if (is_number(member->type->kind) && !member_is_held_by_pointer(member))
		return TERN_OK;
	tern_status s = find_value(walk, member, sample, &path, &value);
	if (s < 0 || !value)
		return s;
	if (type_is_unbounded_string(member->type))
		return check_string(walk, value, member->flags & TERN_MEMBER_OPTIONAL,
		                    &path);
	return check_value(walk, member->type, value, &path);
}

static tern_status check_union(struct walk *walk, const struct tern_type *type,
                               const void *value, const struct path *path)
{
	const struct path inner = { .above = path, .name = "_d" };
	tern_status s = value_check(TERN_EINVAL, type->element, value, &inner);

	if (s < 0)
		return s;
	const struct tern_member *chosen = union_case(type, value);
	return chosen ? check_member(walk, chosen, value, path) : TERN_OK;
}

static tern_status check_structure(struct walk *walk, const struct tern_type *type,
                                   const void *value, const struct path *path)
{
	tern_status s = TERN_OK;

	if (type->base)
		s = check_structure(walk, type->base, value, path);
	for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++)
		s = check_member(walk, &type->members[i], value, path);
	return s;
}

static tern_status check_value(struct walk *walk, const struct tern_type *type,
                               const void *value, const struct path *path)
{
	switch (type->kind) {
	case TERN_KIND_SEQUENCE:
		return check_sequence(walk, type, value, path);
	case TERN_KIND_ARRAY:
		return check_elements(walk, type->element, value, type->bound, path);
	case TERN_KIND_UNION:
		return check_union(walk, type, value, path);
	case TERN_KIND_STRUCTURE:
		return check_structure(walk, type, value, path);
	default:
		return type_is_unbounded_string(type)
		               ? check_string(walk, value, false, path)
		               : value_check(TERN_EINVAL, type, value, path);
	}
}

/* In a structure that is a key but marks no member, all members are (XTypes 1.3, 7.2.2.4.4.4.8). */
static tern_status check_key_members(const struct tern_type *type, const void *sample,
                                     bool all, const struct path *above)
{
	struct walk walk = { 0 };
	tern_status s = TERN_OK;

	if (type->base)
		s = check_key_members(type->base, sample, all, above);
	for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		const struct path path = { .above = above, .name = member->name };
		const void *value;
		if (!all && !(member->flags & TERN_MEMBER_KEY))
			continue;
		s = find_value(&walk, member, sample, &path, &value);
		if (s < 0 || !value)
			continue;
		if (member->type->kind == TERN_KIND_STRUCTURE)
			s = check_key_members(member->type, value,
			                      !(member->type->flags & TERN_TYPE_KEYED),
			                      &path);
		else
			s = check_value(&walk, member->type, value, &path);
	}
	return s;
}

/* ---- samples ------------------------------------------------------------------------------- */

tern_status sample_check(const struct tern_type *type, const void *sample)
{
	const struct path top = { .name = type->name };
	struct walk walk = { 0 };

	return check_value(&walk, type, sample, &top);
}

tern_status sample_check_key(const struct tern_type *type, const void *sample)
{
	const struct path top = { .name = type->name };

	return check_key_members(type, sample, false, &top);
}

tern_status sample_check_loan(const struct tern_type *type, void *sample,
                              const struct loan *loan)
{
	const struct path top = { .name = type->name };
	size_t total = loan_total_bytes(loan);
	struct walk walk = {
		.loan = loan,
		.copied_left_bytes = total - type->size_bytes,
		.looks_left_bytes = sample_looks_bytes(total),
	};

	return check_value(&walk, type, sample, &top);
}
