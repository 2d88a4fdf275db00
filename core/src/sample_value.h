/* What walks over a sample along its type's table have in common: where they are, which value
 * can be wrong, what is a pointer, which case a union is in. */
#ifndef TERN_CORE_SAMPLE_VALUE_H
#define TERN_CORE_SAMPLE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/type.h>

/** Where a walk is: names are borrowed from the tables, so that the way down costs nothing. */
struct path {
	const struct path *above;
	const char *name; /* NULL: an element */
	uint32_t index;
};

/** tern_fail() with the path in front: "test::Note.tags[2]" and what follows. */
tern_status path_fail(tern_status status, const struct path *path, const char *format,
                      ...) TERN_PRINTF(3, 4);

/** A sequence or string holds `got` of something, and `limit` is the most. */
tern_status path_fail_above(tern_status status, const struct path *path, const char *what,
                            uint64_t got, uint64_t limit);

/** A member that must be there is not. */
tern_status path_fail_null(tern_status status, const struct path *path);

/**
 * Limits of samples that are read where they were made. What holds pointers is there once for
 * each pointer to it, so all of it together is no larger than the memory it lies in; strings may
 * share bytes, but readers look for their ends at most so often.
 */
#define SAMPLE_LOOKS_MAX 8

static inline size_t sample_looks_bytes(size_t memory_bytes)
{
	return memory_bytes > SIZE_MAX / SAMPLE_LOOKS_MAX
	               ? SIZE_MAX
	               : SAMPLE_LOOKS_MAX * memory_bytes;
}

static inline bool type_is_unbounded_string(const struct tern_type *type)
{
	return type->kind == TERN_KIND_STRING8 && type->bound == 0;
}

/** Strings are pointers already, so optional and external ones have no second one. */
static inline bool member_is_held_by_pointer(const struct tern_member *member)
{
	return (member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL)) &&
	       !type_is_unbounded_string(member->type);
}

/**
 * Can a boolean, enum, bitmask or bounded string be written as it is? Others can.
 * @param refusal  what to answer if not
 */
tern_status value_check(tern_status refusal, const struct tern_type *type,
                        const void *value, const struct path *path);

/** Are these bytes all 0 or 1? */
bool bytes_are_booleans(const uint8_t *bytes, uint32_t count);

/** The case that a union's discriminator selects, or NULL for none. */
const struct tern_member *union_case(const struct tern_type *type, const void *value);

#endif
