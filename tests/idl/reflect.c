/* Random samples and their comparison, driven by the type table. */
#include "reflect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t reflect_random(struct reflect_random *random, uint32_t below)
{
	random->state =
		random->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return below ? (uint32_t)(random->state >> 33) % below : 0;
}

static bool is_unbounded_string(const struct tern_type *type)
{
	return type->kind == TERN_KIND_STRING8 && type->bound == 0;
}

static bool is_pointer(const struct tern_member *member)
{
	return (member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL)) &&
	       !is_unbounded_string(member->type);
}

/* ---- filling ---- */

static void fill_text(char *text, uint32_t length, struct reflect_random *random)
{
	for (uint32_t i = 0; i < length; i++)
		text[i] = (char)('a' + reflect_random(random, 26));
	text[length] = 0;
}

static void fill_string(const struct tern_type *type, void *value,
                        struct reflect_random *random)
{
	uint32_t length = reflect_random(random, 12);

	if (type->bound) {
		fill_text(value, length > type->bound ? type->bound : length, random);
		return;
	}
	*(char **)value = malloc(length + 1);
	fill_text(*(char **)value, length, random);
}

static void fill_sequence(const struct tern_type *type, void *value,
                          struct reflect_random *random)
{
	struct tern_sequence *sequence = value;
	uint32_t length = reflect_random(random, 6);

	if (type->bound && length > type->bound)
		length = type->bound;
	if (length == 0)
		return;
	sequence->_buffer = calloc(length, type->element->size_bytes);
	sequence->_length = sequence->_maximum = length;
	sequence->_release = true;
	for (uint32_t i = 0; i < length; i++)
		reflect_fill(type->element,
		             (uint8_t *)sequence->_buffer + i * type->element->size_bytes,
		             random);
}

static void fill_member(const struct tern_member *member, uint8_t *at,
                        struct reflect_random *random)
{
	if ((member->flags & TERN_MEMBER_OPTIONAL) && reflect_random(random, 3) == 0)
		return;
	if (is_pointer(member)) {
		*(void **)at = calloc(1, member->type->size_bytes);
		at = *(void **)at;
	}
	reflect_fill(member->type, at, random);
}

static int64_t read_integer(const struct tern_type *type, const void *value)
{
	switch (type->size_bytes) {
	case 1:
		return type->kind == TERN_KIND_CHAR8 || type->kind == TERN_KIND_INT8
		               ? *(const int8_t *)value
		               : *(const uint8_t *)value;
	case 2:
		return type->kind == TERN_KIND_INT16 ? *(const int16_t *)value
		                                     : *(const uint16_t *)value;
	case 4:
		return type->kind == TERN_KIND_UINT32 || type->kind == TERN_KIND_BITMASK
		               ? (int64_t) * (const uint32_t *)value
		               : *(const int32_t *)value;
	default:
		return *(const int64_t *)value;
	}
}

static void write_integer(const struct tern_type *type, void *value, int64_t integer)
{
	switch (type->size_bytes) {
	case 1:
		*(uint8_t *)value = (uint8_t)integer;
		break;
	case 2:
		*(uint16_t *)value = (uint16_t)integer;
		break;
	case 4:
		*(uint32_t *)value = (uint32_t)integer;
		break;
	default:
		*(uint64_t *)value = (uint64_t)integer;
		break;
	}
}

/* The case that a discriminator chooses, or NULL. */
static const struct tern_member *chosen_case(const struct tern_type *type, int64_t label)
{
	const struct tern_member *fallback = NULL;

	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];

		for (uint32_t j = 0; j < member->label_count; j++) {
			if (member->labels[j] == label)
				return member;
		}
		if (member->flags & TERN_MEMBER_DEFAULT_CASE)
			fallback = member;
	}
	return fallback;
}

static void fill_union(const struct tern_type *type, uint8_t *value,
                       struct reflect_random *random)
{
	const struct tern_member *member =
		&type->members[reflect_random(random, type->member_count)];
	int64_t label =
		member->label_count
			? member->labels[reflect_random(random, member->label_count)]
		: type->element->kind == TERN_KIND_ENUM ? 2
							: 77;

	write_integer(type->element, value, label);
	member = chosen_case(type, label);
	if (member)
		fill_member(member, value + member->offset, random);
}

static void fill_scalar(const struct tern_type *type, void *value,
                        struct reflect_random *random)
{
	uint64_t bits = (uint64_t)reflect_random(random, UINT32_MAX) << 32 |
	                reflect_random(random, UINT32_MAX);
	uint64_t flags = 0;

	switch (type->kind) {
	case TERN_KIND_BOOLEAN:
		*(bool *)value = bits & 1;
		break;
	case TERN_KIND_FLOAT32:
		*(float *)value = (float)(int32_t)bits / 16;
		break;
	case TERN_KIND_FLOAT64:
		*(double *)value = (double)(int64_t)bits / 16;
		break;
	case TERN_KIND_ENUM:
		write_integer(type, value,
		              type->literals[bits % type->literal_count].value);
		break;
	case TERN_KIND_BITMASK:
		for (uint32_t i = 0; i < type->literal_count; i++)
			flags |= UINT64_C(1) << type->literals[i].value;
		write_integer(type, value, (int64_t)(bits & flags));
		break;
	default:
		write_integer(type, value, (int64_t)bits);
		break;
	}
}

void reflect_fill(const struct tern_type *type, void *sample,
                  struct reflect_random *random)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		fill_string(type, sample, random);
		break;
	case TERN_KIND_SEQUENCE:
		fill_sequence(type, sample, random);
		break;
	case TERN_KIND_ARRAY:
		for (uint32_t i = 0; i < type->bound; i++)
			reflect_fill(type->element,
			             (uint8_t *)sample + i * type->element->size_bytes,
			             random);
		break;
	case TERN_KIND_STRUCTURE:
		if (type->base)
			reflect_fill(type->base, sample, random);
		for (uint32_t i = 0; i < type->member_count; i++)
			fill_member(&type->members[i],
			            (uint8_t *)sample + type->members[i].offset, random);
		break;
	case TERN_KIND_UNION:
		fill_union(type, sample, random);
		break;
	default:
		fill_scalar(type, sample, random);
		break;
	}
}

/* ---- comparing ---- */

static bool differ(const char *name, const char *how)
{
	fprintf(stderr, "%s: %s\n", name, how);
	return false;
}

static bool values_equal(const struct tern_type *type, const void *a, const void *b,
                         const char *name);

static bool strings_equal(const struct tern_type *type, const void *a, const void *b,
                          const char *name)
{
	const char *x = type->bound ? a : *(char *const *)a;
	const char *y = type->bound ? b : *(char *const *)b;

	/* a NULL string is written as an empty one */
	if (strcmp(x ? x : "", y ? y : "") == 0)
		return true;
	fprintf(stderr, "%s: \"%s\" and \"%s\"\n", name, x ? x : "", y ? y : "");
	return false;
}

static bool sequences_equal(const struct tern_type *type, const struct tern_sequence *a,
                            const struct tern_sequence *b, const char *name)
{
	if (a->_length != b->_length)
		return differ(name, "different lengths");
	for (uint32_t i = 0; i < a->_length; i++) {
		size_t at = i * type->element->size_bytes;

		if (!values_equal(type->element, (const uint8_t *)a->_buffer + at,
		                  (const uint8_t *)b->_buffer + at, name))
			return false;
	}
	return true;
}

static bool members_equal(const struct tern_member *member, const uint8_t *a,
                          const uint8_t *b)
{
	if ((member->flags & TERN_MEMBER_OPTIONAL) &&
	    !*(void *const *)a != !*(void *const *)b)
		return differ(member->name, "only one has it");
	if (is_pointer(member)) {
		a = *(uint8_t *const *)a;
		b = *(uint8_t *const *)b;
		if (!a || !b)
			return a == b ||
			       differ(member->name, "only one points to a value");
	}
	return values_equal(member->type, a, b, member->name);
}

static bool unions_equal(const struct tern_type *type, const uint8_t *a, const uint8_t *b,
                         const char *name)
{
	const struct tern_member *member;

	if (read_integer(type->element, a) != read_integer(type->element, b))
		return differ(name, "different discriminators");
	member = chosen_case(type, read_integer(type->element, a));
	return !member || members_equal(member, a + member->offset, b + member->offset);
}

static bool structures_equal(const struct tern_type *type, const uint8_t *a,
                             const uint8_t *b, const char *name)
{
	if (type->base && !structures_equal(type->base, a, b, name))
		return false;
	for (uint32_t i = 0; i < type->member_count; i++) {
		size_t at = type->members[i].offset;

		if (!members_equal(&type->members[i], a + at, b + at))
			return differ(type->name, "in it");
	}
	return true;
}

static bool values_equal(const struct tern_type *type, const void *a, const void *b,
                         const char *name)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		return strings_equal(type, a, b, name);
	case TERN_KIND_SEQUENCE:
		return sequences_equal(type, a, b, name);
	case TERN_KIND_ARRAY:
		for (uint32_t i = 0; i < type->bound; i++) {
			size_t at = i * type->element->size_bytes;

			if (!values_equal(type->element, (const uint8_t *)a + at,
			                  (const uint8_t *)b + at, name))
				return false;
		}
		return true;
	case TERN_KIND_STRUCTURE:
		return structures_equal(type, a, b, name);
	case TERN_KIND_UNION:
		return unions_equal(type, a, b, name);
	default:
		return memcmp(a, b, type->size_bytes) == 0 ||
		       differ(name, "different values");
	}
}

bool reflect_equal(const struct tern_type *type, const void *a, const void *b)
{
	return values_equal(type, a, b, type->name);
}

static bool has_key(const struct tern_type *type)
{
	for (; type; type = type->base) {
		for (uint32_t i = 0; i < type->member_count; i++) {
			if (type->members[i].flags & TERN_MEMBER_KEY)
				return true;
		}
	}
	return false;
}

static bool keys_equal(const struct tern_type *type, const uint8_t *a, const uint8_t *b,
                       bool all)
{
	if (type->base && !keys_equal(type->base, a, b, all))
		return false;
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		const uint8_t *x = a + member->offset;
		const uint8_t *y = b + member->offset;

		if (!all && !(member->flags & TERN_MEMBER_KEY))
			continue;
		if (member->type->kind != TERN_KIND_STRUCTURE) {
			if (!members_equal(member, x, y))
				return false;
			continue;
		}
		if (is_pointer(member)) {
			x = *(uint8_t *const *)x;
			y = *(uint8_t *const *)y;
		}
		if (!keys_equal(member->type, x, y, !has_key(member->type)))
			return false;
	}
	return true;
}

bool reflect_keys_equal(const struct tern_type *type, const void *a, const void *b)
{
	return keys_equal(type, a, b, false);
}
