/* Deep copies along the type's table: each struct or array is copied as it is, and then its
 * pointers are led to copies of what they led to. */
#include "sample_copy.h"

#include <stddef.h>
#include <string.h>

#include "sample_move.h"

struct copying {
	struct move base;
	const struct tern_type *type;
	void *(*alloc)(void *context, size_t size_bytes);
	void *context;
	char *empty; /* what all NULL strings become; NULL: none yet */
};

static void *take(const struct copying *copying, size_t size_bytes)
{
	void *memory = copying->alloc(copying->context, size_bytes);

	if (!memory)
		(void)tern_fail(TERN_ENOMEM, "no memory for a copy of %s: %zu more bytes",
		                copying->type->name, size_bytes);
	return memory;
}

static tern_status copy_string(struct move *move, char **text, bool is_optional,
                               const struct path *path)
{
	struct copying *copying = (struct copying *)move;
	const char *from = *text ? *text : "";

	(void)path;
	if (!*text && is_optional)
		return TERN_OK;
	if (!*from && copying->empty) {
		*text = copying->empty;
		return TERN_OK;
	}
	size_t length = strlen(from);
	char *copy = take(copying, length + 1);
	if (!copy)
		return TERN_ENOMEM;
	/* Its end is set, not copied: others may write to text that lies in shared memory. */
	*text = memcpy(copy, from, length);
	copy[length] = 0;
	if (length == 0)
		copying->empty = copy;
	return TERN_OK;
}

static tern_status copy_values(struct move *move, const struct tern_type *type,
                               uint32_t count, void **values, const struct path *path)
{
	const struct copying *copying = (struct copying *)move;
	size_t size_bytes;

	if (__builtin_mul_overflow(type->size_bytes, (size_t)count, &size_bytes))
		return path_fail(TERN_ENOMEM, path, ": %u elements are above any memory",
		                 count);
	void *copy = take(copying, size_bytes ? size_bytes : 1);
	if (!copy)
		return TERN_ENOMEM;
	*values = memcpy(copy, *values, size_bytes);
	return TERN_OK;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static tern_status fill(const struct copying *copying, const struct tern_type *type,
                        void *value);

static tern_status take_zero(const struct copying *copying, const struct tern_type *type,
                             void **ret_value)
{
	void *value = take(copying, type->size_bytes ? type->size_bytes : 1);

	if (!value)
		return TERN_ENOMEM;
	*ret_value = memset(value, 0, type->size_bytes);
	return TERN_OK;
}

/* Where there must be a value behind a pointer, let there be one. */
static tern_status fill_member(const struct copying *copying,
                               const struct tern_member *member, void *sample)
{
	void *value = (char *)sample + member->offset;

	if (member->flags & TERN_MEMBER_OPTIONAL)
		return TERN_OK;
	if (member_is_held_by_pointer(member)) {
		void *held;
		tern_status s = take_zero(copying, member->type, &held);
		if (s < 0)
			return s;
		*(void **)value = held;
		value = held;
	}
	return fill(copying, member->type, value);
}

static tern_status fill_elements(const struct copying *copying,
                                 const struct tern_type *type, void *values)
{
	tern_status s = TERN_OK;

	for (uint32_t i = 0; s == TERN_OK && i < type->bound; i++)
		s = fill(copying, type->element,
		         (char *)values + i * type->element->size_bytes);
	return s;
}

/* All is zero so far. */
static tern_status fill(const struct copying *copying, const struct tern_type *type,
                        void *value)
{
	const struct tern_member *chosen;
	tern_status s = TERN_OK;

	if (type->flags & TERN_TYPE_FLAT)
		return TERN_OK;
	switch (type->kind) {
	case TERN_KIND_ARRAY:
		return fill_elements(copying, type, value);
	case TERN_KIND_UNION:
		chosen = union_case(type, value);
		return chosen ? fill_member(copying, chosen, value) : TERN_OK;
	case TERN_KIND_STRUCTURE:
		if (type->base)
			s = fill(copying, type->base, value);
		for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++)
			s = fill_member(copying, &type->members[i], value);
		return s;
	default:
		return TERN_OK;
	}
}

static tern_status copy_key_members(struct copying *copying, const struct tern_type *type,
                                    const void *sample, void *copy, bool all,
                                    const struct path *above);

/* A structure that is a key, perhaps behind a pointer. */
static tern_status copy_key_structure(struct copying *copying,
                                      const struct tern_member *member,
                                      const void *sample, void *copy,
                                      const struct path *above)
{
	const struct path path = { .above = above, .name = member->name };
	const void *from = (const char *)sample + member->offset;
	void *to = (char *)copy + member->offset;

	if (member_is_held_by_pointer(member)) {
		void *held;
		from = *(const void *const *)from;
		if (!from)
			return member->flags & TERN_MEMBER_OPTIONAL
			               ? TERN_OK
			               : path_fail_null(TERN_EINVAL, &path);
		tern_status s = take_zero(copying, member->type, &held);
		if (s < 0)
			return s;
		*(void **)to = held;
		to = held;
	}
	return copy_key_members(copying, member->type, from, to,
	                        !(member->type->flags & TERN_TYPE_KEYED), &path);
}

/* In a structure that is a key but marks no member, all members are (XTypes 1.3, 7.2.2.4.4.4.8). */
static tern_status copy_key_members(struct copying *copying, const struct tern_type *type,
                                    const void *sample, void *copy, bool all,
                                    const struct path *above)
{
	tern_status s = TERN_OK;

	if (type->base)
		s = copy_key_members(copying, type->base, sample, copy, all, above);
	for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if (!all && !(member->flags & TERN_MEMBER_KEY)) {
			s = fill_member(copying, member, copy);
		} else if (member->type->kind == TERN_KIND_STRUCTURE) {
			s = copy_key_structure(copying, member, sample, copy, above);
		} else {
			memcpy((char *)copy + member->offset,
			       (const char *)sample + member->offset,
			       member_is_held_by_pointer(member)
			               ? sizeof(void *)
			               : member->type->size_bytes);
			s = move_member(&copying->base, member, copy, above);
		}
	}
	return s;
}

/* ---- samples -------------------------------------------------------------------------------- */

tern_status sample_copy(const struct tern_type *type, const void *sample, bool key_only,
                        void *(*alloc)(void *context, size_t size_bytes), void *context,
                        void **ret_sample)
{
	const struct path top = { .name = type->name };
	struct copying copying = {
		.base = { .refusal = TERN_EINVAL,
		          .string = copy_string,
		          .values = copy_values },
		.type = type,
		.alloc = alloc,
		.context = context,
	};
	void *copy = take(&copying, type->size_bytes);
	tern_status s;

	if (!copy)
		return TERN_ENOMEM;
	if (key_only) {
		memset(copy, 0, type->size_bytes);
		s = copy_key_members(&copying, type, sample, copy, false, &top);
	} else {
		memcpy(copy, sample, type->size_bytes);
		s = move_value(&copying.base, type, copy, &top);
	}
	if (s == TERN_OK)
		*ret_sample = copy;
	return s;
}
