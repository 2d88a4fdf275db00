/* Samples in plain memory: made with their members' defaults, and freed.
 * Encoding and copying is generated code's work, see struct tern_codec. */
#include <stdlib.h>
#include <string.h>

#include <tern/type.h>

#include "check.h"

static bool set_defaults(const struct tern_type *type, void *sample, unsigned depth);

static int64_t value_as_int64(const struct tern_value *value)
{
	switch (value->kind) {
	case TERN_VALUE_INT64:
		return value->as.i;
	case TERN_VALUE_UINT64:
		return (int64_t)value->as.u;
	case TERN_VALUE_FLOAT64:
		return (int64_t)value->as.f;
	case TERN_VALUE_BOOLEAN:
		return value->as.b;
	case TERN_VALUE_STRING:
		return value->as.s[0]; /* a char */
	case TERN_VALUE_NONE:
		break;
	}
	return 0;
}

static double value_as_float64(const struct tern_value *value)
{
	switch (value->kind) {
	case TERN_VALUE_FLOAT64:
		return value->as.f;
	case TERN_VALUE_UINT64:
		return (double)value->as.u;
	default:
		return (double)value_as_int64(value);
	}
}

static void store_integer(void *target, size_t size_bytes, int64_t value)
{
	switch (size_bytes) {
	case 1:
		*(uint8_t *)target = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)target = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)target = (uint32_t)value;
		break;
	case 8:
		*(uint64_t *)target = (uint64_t)value;
		break;
	}
}

static bool store_string(const struct tern_type *type, void *target, const char *text)
{
	if (type->bound) { /* zeroed before: stays terminated */
		memcpy(target, text, strnlen(text, type->bound));
		return true;
	}
	char *copy = strdup(text);
	if (!copy)
		return false;
	memcpy(target, &copy, sizeof copy);
	return true;
}

/* @return false if there is no memory */
static bool store_value(const struct tern_type *type, void *target,
                        const struct tern_value *value)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		return value->kind != TERN_VALUE_STRING ||
		       store_string(type, target, value->as.s);
	case TERN_KIND_FLOAT32:
		*(float *)target = (float)value_as_float64(value);
		break;
	case TERN_KIND_FLOAT64:
		*(double *)target = value_as_float64(value);
		break;
	case TERN_KIND_BOOLEAN:
		*(bool *)target = value_as_int64(value) != 0;
		break;
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
	case TERN_KIND_SEQUENCE:
	case TERN_KIND_ARRAY:
		break; /* IDL has no constants of these */
	default:
		store_integer(target, type->size_bytes, value_as_int64(value));
		break;
	}
	return true;
}

/* The default literal, else the first (XTypes 1.3, 7.2.2.4.4.4.7). */
static int64_t enum_default(const struct tern_type *type)
{
	for (uint32_t i = 0; i < type->literal_count; i++)
		if (type->literals[i].is_default)
			return type->literals[i].value;
	return type->literal_count ? type->literals[0].value : 0;
}

static bool set_array_defaults(const struct tern_type *type, void *target, unsigned depth)
{
	const struct tern_type *element = type->element;

	for (uint32_t i = 0; i < type->bound; i++)
		if (!set_defaults(element, (char *)target + i * element->size_bytes,
		                  depth + 1))
			return false;
	return true;
}

/* @external: never NULL when written, so it is there from the beginning. Unbounded strings are
 * pointers by themselves. */
static bool set_external_default(const struct tern_type *type, void *target,
                                 unsigned depth)
{
	void *value = calloc(1, type->size_bytes);

	if (!value)
		return false;
	memcpy(target, &value, sizeof value); /* in place before it can fail */
	return set_defaults(type, value, depth + 1);
}

static bool set_member_default(const struct tern_member *member, void *target,
                               unsigned depth)
{
	const struct tern_type *type = member->type;
	bool is_string = type->kind == TERN_KIND_STRING8 && !type->bound;

	if (member->flags & TERN_MEMBER_OPTIONAL)
		return true; /* absent */
	if ((member->flags & TERN_MEMBER_EXTERNAL) && !is_string)
		return set_external_default(type, target, depth);
	if (member->initial.kind != TERN_VALUE_NONE)
		return store_value(type, target, &member->initial);
	return set_defaults(type, target, depth + 1);
}

static bool set_structure_defaults(const struct tern_type *type, void *sample,
                                   unsigned depth)
{
	if (type->base && !set_defaults(type->base, sample, depth + 1))
		return false;
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if (!set_member_default(member, (char *)sample + member->offset, depth))
			return false;
	}
	return true;
}

/* The discriminator's default, and the default of the case that it selects, if it does. */
static bool set_union_defaults(const struct tern_type *type, void *sample, unsigned depth)
{
	const struct tern_member *chosen = NULL;

	if (!set_defaults(type->element, sample, depth + 1))
		return false;
	int64_t label =
		type->element->kind == TERN_KIND_ENUM ? enum_default(type->element) : 0;
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if ((member->flags & TERN_MEMBER_DEFAULT_CASE) && !chosen)
			chosen = member;
		for (uint32_t k = 0; k < member->label_count; k++)
			if (member->labels[k] == label)
				chosen = member;
	}
	return !chosen ||
	       set_member_default(chosen, (char *)sample + chosen->offset, depth);
}

/* Into zeroed memory. @return false if there is no memory; what was allocated is in place */
static bool set_defaults(const struct tern_type *type, void *sample, unsigned depth)
{
	if (depth > TERN__TYPE_DEPTH_MAX)
		return true;
	switch (type->kind) {
	case TERN_KIND_STRUCTURE:
		return set_structure_defaults(type, sample, depth);
	case TERN_KIND_UNION:
		return set_union_defaults(type, sample, depth);
	case TERN_KIND_ARRAY:
		return set_array_defaults(type, sample, depth);
	case TERN_KIND_ENUM:
		store_integer(sample, type->size_bytes, enum_default(type));
		return true;
	default:
		return true; /* zero: numbers; NULL: strings and sequences without elements */
	}
}

void *tern_sample_create(const struct tern_type *type)
{
	if (!type || !type->size_bytes)
		return NULL;
	/* malloc's alignment suffices: no C type of a table asks for more. */
	void *sample = calloc(1, type->size_bytes);
	if (!sample)
		return NULL;
	if (!set_defaults(type, sample, 0)) {
		tern_sample_destroy(type, sample);
		return NULL;
	}
	return sample;
}

void tern_sample_destroy(const struct tern_type *type, void *sample)
{
	if (!sample)
		return;
	if (type->codec)
		type->codec->fini(type, sample);
	free(sample);
}
