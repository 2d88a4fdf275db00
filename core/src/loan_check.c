/* The check of a loan at publish: every pointer of the sample stays in the loan. Others will
 * read it in place, so a pointer to elsewhere would outlive what it points to. */
#include "loan.h"

#include <stdio.h>
#include <string.h>

#define PATH_SIZE_BYTES 256

/* Where the walk is: names are borrowed from the tables, so that the way down costs nothing. */
struct path {
	const struct path *above;
	const char *name; /* NULL: an element */
	uint32_t index;
};

static void path_print(const struct path *path, char *text, size_t size_bytes)
{
	if (path->above)
		path_print(path->above, text, size_bytes);
	size_t used = strlen(text);
	if (path->name)
		snprintf(text + used, size_bytes - used, "%s%s", used ? "." : "",
		         path->name);
	else
		snprintf(text + used, size_bytes - used, "[%u]", path->index);
}

static tern_status refuse(const struct path *path, const char *what)
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

static tern_status check_value(const struct loan *loan, const struct tern_type *type,
                               const void *value, const struct path *path);

static tern_status check_elements(const struct loan *loan,
                                  const struct tern_type *element, const void *values,
                                  uint32_t count, const struct path *path)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct path inner = { .above = path, .index = i };
		const void *value = (const char *)values + i * element->size_bytes;
		tern_status s = check_value(loan, element, value, &inner);
		if (s < 0)
			return s;
	}
	return TERN_OK;
}

static tern_status check_string(const struct loan *loan, const char *text,
                                const struct path *path)
{
	size_t left = text ? loan_bytes_after(loan, text) : 0;

	if (text && !memchr(text, 0, left))
		return refuse(path, "the string");
	return TERN_OK;
}

static bool holds_pointers(const struct tern_type *type)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		return type->bound == 0;
	case TERN_KIND_SEQUENCE:
		return true;
	case TERN_KIND_ARRAY:
		return holds_pointers(type->element);
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		return !(type->flags & TERN_TYPE_FLAT);
	default:
		return false;
	}
}

static tern_status check_sequence(const struct loan *loan, const struct tern_type *type,
                                  const struct tern_sequence *sequence,
                                  const struct path *path)
{
	size_t element_size = type->element->size_bytes;

	if (sequence->_length == 0)
		return TERN_OK;
	if (sequence->_length > loan_bytes_after(loan, sequence->_buffer) / element_size)
		return refuse(path, "the sequence's buffer");
	if (!holds_pointers(type->element))
		return TERN_OK;
	return check_elements(loan, type->element, sequence->_buffer, sequence->_length,
	                      path);
}

static tern_status check_member(const struct loan *loan, const struct tern_member *member,
                                const void *sample, const struct path *above)
{
	const struct path path = { .above = above, .name = member->name };
	const void *value = (const char *)sample + member->offset;
	bool is_string =
		member->type->kind == TERN_KIND_STRING8 && member->type->bound == 0;

	/* A string is a pointer already, so optional and external ones have no second one. */
	if (!is_string &&
	    (member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL))) {
		value = *(const void *const *)value;
		if (!value)
			return TERN_OK;
		if (!loan_contains(loan, value, member->type->size_bytes))
			return refuse(&path, "the member");
	}
	return holds_pointers(member->type)
	               ? check_value(loan, member->type, value, &path)
	               : TERN_OK;
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

static tern_status check_union(const struct loan *loan, const struct tern_type *type,
                               const void *value, const struct path *path)
{
	int64_t label = discriminator_read(type->element, value);
	const struct tern_member *chosen = NULL;

	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if (!chosen && (member->flags & TERN_MEMBER_DEFAULT_CASE))
			chosen = member;
		for (uint32_t j = 0; j < member->label_count; j++)
			if (member->labels[j] == label)
				chosen = member;
	}
	return chosen ? check_member(loan, chosen, value, path) : TERN_OK;
}

static tern_status check_value(const struct loan *loan, const struct tern_type *type,
                               const void *value, const struct path *path)
{
	tern_status s = TERN_OK;

	switch (type->kind) {
	case TERN_KIND_STRING8:
		return type->bound ? TERN_OK
		                   : check_string(loan, *(char *const *)value, path);
	case TERN_KIND_SEQUENCE:
		return check_sequence(loan, type, value, path);
	case TERN_KIND_ARRAY:
		return check_elements(loan, type->element, value, type->bound, path);
	case TERN_KIND_UNION:
		return check_union(loan, type, value, path);
	case TERN_KIND_STRUCTURE:
		if (type->base)
			s = check_value(loan, type->base, value, path);
		for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++)
			s = check_member(loan, &type->members[i], value, path);
		return s;
	default:
		return TERN_OK;
	}
}

tern_status loan_check(const struct loan *loan, const struct tern_type *type,
                       const void *sample)
{
	const struct path top = { .name = type->name };

	return holds_pointers(type) ? check_value(loan, type, sample, &top) : TERN_OK;
}
