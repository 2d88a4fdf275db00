/* The walk over a sample along its type's table, at each write and publish. What cannot be
 * wrong, as numbers, is passed over without a look at it. */
#include "sample_check.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <tern/writer.h>

#include "loan.h"

#define PATH_SIZE_BYTES 256

/* Where the walk is: names are borrowed from the tables, so that the way down costs nothing. */
struct path {
	const struct path *above;
	const char *name; /* NULL: an element */
	uint32_t index;
};

struct walk {
	const struct loan *loan; /* NULL: the sample is the caller's own */
	void *sample;            /* the loan's */
	char *empty; /* what NULL strings of the loan become; NULL: none yet */
};

/* ---- what to say --------------------------------------------------------------------------- */

static void path_print(const struct path *path, char *text, size_t size_bytes)
{
	if (path->above)
		path_print(path->above, text, size_bytes);
	size_t used = strlen(text);
	if (path->name)
		snprintf(text + used, size_bytes - used, "%s%s", used ? "." : "",
		         path->name);
	else
		snprintf(text + used, size_bytes - used, "[%" PRIu32 "]", path->index);
}

static tern_status refuse_value(const struct path *path, const char *what, uint64_t got,
                                uint64_t limit)
{
	char text[PATH_SIZE_BYTES] = "";

	path_print(path, text, sizeof text);
	return tern_fail(TERN_EINVAL,
	                 "%s: got %" PRIu64 " %s, at most %" PRIu64 " can be written",
	                 text, got, what, limit);
}

static tern_status refuse_null(const struct path *path)
{
	char text[PATH_SIZE_BYTES] = "";

	path_print(path, text, sizeof text);
	return tern_fail(
		TERN_EINVAL,
		"%s is @external and NULL: let it point to a value, or make it @optional",
		text);
}

static tern_status refuse_bits(const struct path *path, uint64_t undeclared)
{
	char text[PATH_SIZE_BYTES] = "";

	path_print(path, text, sizeof text);
	return tern_fail(TERN_EINVAL,
	                 "%s: flags 0x%" PRIx64 " are none of the bitmask's: declare "
	                 "them, or leave them 0",
	                 text, undeclared);
}

static tern_status refuse_pointer(const struct path *path, const char *what)
{
	char text[PATH_SIZE_BYTES] = "";

	path_print(path, text, sizeof text);
	return tern_fail(
		TERN_EINVAL,
		"%s: %s leads out of the loan: take its memory with tern_loan_alloc(), "
		"tern_loan_strdup() or tern_loan_sequence(), or publish a copy with "
		"tern_writer_write()",
		text, what);
}

static tern_status refuse_alignment(const struct path *path, const char *what,
                                    const struct tern_type *type)
{
	char text[PATH_SIZE_BYTES] = "";

	path_print(path, text, sizeof text);
	return tern_fail(TERN_EINVAL,
	                 "%s: %s is not at a multiple of %zu bytes: take its memory "
	                 "with tern_loan_alloc() or tern_loan_sequence()",
	                 text, what, type->alignment_bytes);
}

/* ---- what there is to check ---------------------------------------------------------------- */

static bool is_unbounded_string(const struct tern_type *type)
{
	return type->kind == TERN_KIND_STRING8 && type->bound == 0;
}

/* Strings are pointers already, so optional and external ones have no second one. */
static bool is_held_by_pointer(const struct tern_member *member)
{
	return (member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL)) &&
	       !is_unbounded_string(member->type);
}

bool sample_needs_check(const struct tern_type *type, bool in_loan)
{
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
		bool may_be_bad = is_held_by_pointer(member) &&
		                  (in_loan || !(member->flags & TERN_MEMBER_OPTIONAL));
		if (may_be_bad || sample_needs_check(member->type, in_loan))
			return true;
	}
	return false;
}

/* ---- values -------------------------------------------------------------------------------- */

static tern_status check_value(struct walk *walk, const struct tern_type *type,
                               const void *value, const struct path *path);

static tern_status check_boolean(const void *value, const struct path *path)
{
	uint8_t byte = *(const uint8_t *)value;

	return byte > 1 ? refuse_value(path, "as a boolean", byte, 1) : TERN_OK;
}

/* Up to the highest literal, as Cyclone DDS has it. It tends to be the last. */
static tern_status check_enum(const struct tern_type *type, const void *value,
                              const struct path *path)
{
	uint64_t number = *(const uint32_t *)value;
	uint64_t highest = 0;

	for (uint32_t i = type->literal_count; i-- > 0;) {
		uint64_t literal = (uint64_t)type->literals[i].value;
		if (number <= literal)
			return TERN_OK;
		if (literal > highest)
			highest = literal;
	}
	return number > highest ? refuse_value(path, "as an enum", number, highest)
	                        : TERN_OK;
}

static uint64_t read_unsigned(const void *value, size_t size_bytes)
{
	switch (size_bytes) {
	case 1:
		return *(const uint8_t *)value;
	case 2:
		return *(const uint16_t *)value;
	case 4:
		return *(const uint32_t *)value;
	default:
		return *(const uint64_t *)value;
	}
}

static tern_status check_bitmask(const struct tern_type *type, const void *value,
                                 const struct path *path)
{
	uint64_t undeclared = read_unsigned(value, type->size_bytes);

	for (uint32_t i = 0; undeclared && i < type->literal_count; i++)
		undeclared &= ~(UINT64_C(1) << type->literals[i].value);
	return undeclared ? refuse_bits(path, undeclared) : TERN_OK;
}

static tern_status check_string(struct walk *walk, const char *const *slot,
                                bool is_optional, const struct path *path)
{
	const char *text = *slot;

	if (!walk->loan)
		return TERN_OK;
	if (text)
		return memchr(text, 0, loan_bytes_after(walk->loan, text))
		               ? TERN_OK
		               : refuse_pointer(path, "the string");
	if (is_optional)
		return TERN_OK;
	if (!walk->empty)
		walk->empty = tern_loan_alloc(walk->sample, 1);
	if (!walk->empty)
		return tern_fail(TERN_ENOMEM, "no memory for an empty string in a loan");
	*(const char **)(uintptr_t)slot = walk->empty; /* the loan is ours to change */
	return TERN_OK;
}

static tern_status check_bounded_string(const struct tern_type *type, const char *text,
                                        const struct path *path)
{
	size_t size_bytes = (size_t)type->bound + 1;

	return memchr(text, 0, size_bytes)
	               ? TERN_OK
	               : refuse_value(path, "characters without a final NUL", size_bytes,
	                              type->bound);
}

/* ---- many values --------------------------------------------------------------------------- */

static bool are_booleans(const uint8_t *bytes, uint32_t count)
{
	uint8_t bits = 0;

	for (uint32_t i = 0; i < count; i++)
		bits |= bytes[i];
	return bits <= 1;
}

static tern_status check_elements(struct walk *walk, const struct tern_type *element,
                                  const void *values, uint32_t count,
                                  const struct path *path)
{
	if (!sample_needs_check(element, walk->loan != NULL) ||
	    (element->kind == TERN_KIND_BOOLEAN && are_booleans(values, count)))
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
static tern_status check_place(const struct walk *walk, const struct tern_type *type,
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
		return refuse_value(path, "elements", length, type->bound);
	if (!sequence->_buffer)
		return refuse_value(path, "elements in a NULL buffer", length, 0);
	tern_status s = check_place(walk, type->element, sequence->_buffer, length,
	                            "the sequence's buffer", path);
	return s < 0 ? s
	             : check_elements(walk, type->element, sequence->_buffer, length,
	                              path);
}

/* ---- members ------------------------------------------------------------------------------- */

/* Through the pointer that holds the member, if one does. *ret_value: NULL if it is absent. */
static tern_status find_value(const struct walk *walk, const struct tern_member *member,
                              const void *sample, const struct path *path,
                              const void **ret_value)
{
	const void *value = (const char *)sample + member->offset;

	if (is_held_by_pointer(member)) {
		value = *(const void *const *)value;
		if (!value && !(member->flags & TERN_MEMBER_OPTIONAL))
			return refuse_null(path);
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

	if (is_number(member->type->kind) && !is_held_by_pointer(member))
		return TERN_OK;
	tern_status s = find_value(walk, member, sample, &path, &value);
	if (s < 0 || !value)
		return s;
	if (is_unbounded_string(member->type))
		return check_string(walk, value, member->flags & TERN_MEMBER_OPTIONAL,
		                    &path);
	return check_value(walk, member->type, value, &path);
}

static int64_t discriminator_read(const struct tern_type *type, const void *value)
{
	switch (type->size_bytes) {
	case 1:
		return type->kind == TERN_KIND_INT8 ? *(const int8_t *)value
		                                    : *(const uint8_t *)value;
	case 2:
		return type->kind == TERN_KIND_UINT16 ? *(const uint16_t *)value
		                                      : *(const int16_t *)value;
	case 4:
		return type->kind == TERN_KIND_UINT32
		               ? (int64_t) * (const uint32_t *)value
		               : *(const int32_t *)value;
	default:
		return *(const int64_t *)value;
	}
}

static tern_status check_union(struct walk *walk, const struct tern_type *type,
                               const void *value, const struct path *path)
{
	const struct path inner = { .above = path, .name = "_d" };
	const struct tern_member *chosen = NULL;
	tern_status s = check_value(walk, type->element, value, &inner);

	if (s < 0)
		return s;
	int64_t label = discriminator_read(type->element, value);
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if (!chosen && (member->flags & TERN_MEMBER_DEFAULT_CASE))
			chosen = member;
		for (uint32_t j = 0; j < member->label_count; j++)
			if (member->labels[j] == label)
				chosen = member;
	}
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
	case TERN_KIND_BOOLEAN:
		return check_boolean(value, path);
	case TERN_KIND_ENUM:
		return check_enum(type, value, path);
	case TERN_KIND_BITMASK:
		return check_bitmask(type, value, path);
	case TERN_KIND_STRING8:
		return type->bound ? check_bounded_string(type, value, path)
		                   : check_string(walk, value, false, path);
	case TERN_KIND_SEQUENCE:
		return check_sequence(walk, type, value, path);
	case TERN_KIND_ARRAY:
		return check_elements(walk, type->element, value, type->bound, path);
	case TERN_KIND_UNION:
		return check_union(walk, type, value, path);
	case TERN_KIND_STRUCTURE:
		return check_structure(walk, type, value, path);
	default:
		return TERN_OK;
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
	struct walk walk = { .loan = loan, .sample = sample };

	return check_value(&walk, type, sample, &top);
}
