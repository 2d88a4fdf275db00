/* What walks over a sample have in common; the walks themselves are elsewhere. */
#include "sample_value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE_BYTES 256

/* ---- where ---------------------------------------------------------------------------------- */

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

tern_status path_fail(tern_status status, const struct path *path, const char *format,
                      ...)
{
	char where[TEXT_SIZE_BYTES] = "", what[TEXT_SIZE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	path_print(path, where, sizeof where);
	return tern_fail(status, "%s%s", where, what);
}

tern_status path_fail_above(tern_status status, const struct path *path, const char *what,
                            uint64_t got, uint64_t limit)
{
	return path_fail(status, path,
	                 ": got %" PRIu64 " %s, at most %" PRIu64 " can be written", got,
	                 what, limit);
}

tern_status path_fail_null(tern_status status, const struct path *path)
{
	return path_fail(status, path,
	                 " is @external and NULL: let it point to a value, or make it "
	                 "@optional");
}

/* ---- values --------------------------------------------------------------------------------- */

static tern_status check_boolean(tern_status refusal, const void *value,
                                 const struct path *path)
{
	uint8_t byte = *(const uint8_t *)value;

	return byte > 1 ? path_fail_above(refusal, path, "as a boolean", byte, 1)
	                : TERN_OK;
}

/* Up to the highest literal, as Cyclone DDS has it. It tends to be the last. */
static tern_status check_enum(tern_status refusal, const struct tern_type *type,
                              const void *value, const struct path *path)
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
	return number > highest
	               ? path_fail_above(refusal, path, "as an enum", number, highest)
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

static tern_status check_bitmask(tern_status refusal, const struct tern_type *type,
                                 const void *value, const struct path *path)
{
	uint64_t undeclared = read_unsigned(value, type->size_bytes);

	for (uint32_t i = 0; undeclared && i < type->literal_count; i++)
		undeclared &= ~(UINT64_C(1) << type->literals[i].value);
	return undeclared ? path_fail(refusal, path,
	                              ": flags 0x%" PRIx64
	                              " are none of the bitmask's: declare them, or "
	                              "leave them 0",
	                              undeclared)
	                  : TERN_OK;
}

static tern_status check_bounded_string(tern_status refusal, const struct tern_type *type,
                                        const char *text, const struct path *path)
{
	size_t size_bytes = (size_t)type->bound + 1;

	return memchr(text, 0, size_bytes)
	               ? TERN_OK
	               : path_fail_above(refusal, path, "characters without a final NUL",
	                                 size_bytes, type->bound);
}

tern_status value_check(tern_status refusal, const struct tern_type *type,
                        const void *value, const struct path *path)
{
	switch (type->kind) {
	case TERN_KIND_BOOLEAN:
		return check_boolean(refusal, value, path);
	case TERN_KIND_ENUM:
		return check_enum(refusal, type, value, path);
	case TERN_KIND_BITMASK:
		return check_bitmask(refusal, type, value, path);
	case TERN_KIND_STRING8:
		return check_bounded_string(refusal, type, value, path);
	default:
		return TERN_OK;
	}
}

bool bytes_are_booleans(const uint8_t *bytes, uint32_t count)
{
	uint8_t bits = 0;

	for (uint32_t i = 0; i < count; i++)
		bits |= bytes[i];
	return bits <= 1;
}

/* ---- unions --------------------------------------------------------------------------------- */

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

const struct tern_member *union_case(const struct tern_type *type, const void *value)
{
	const struct tern_member *chosen = NULL;
	int64_t label = discriminator_read(type->element, value);

	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if (!chosen && (member->flags & TERN_MEMBER_DEFAULT_CASE))
			chosen = member;
		for (uint32_t j = 0; j < member->label_count; j++)
			if (member->labels[j] == label)
				chosen = member;
	}
	return chosen;
}
