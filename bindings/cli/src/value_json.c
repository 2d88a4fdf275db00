/* One function for each kind of type. */
#include "value_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

static int64_t load_signed(const struct tern_type *type, const void *at)
{
	int8_t byte;
	int16_t half;
	int32_t word;
	int64_t value;

	switch (type->size_bytes) {
	case 1:
		memcpy(&byte, at, 1);
		return byte;
	case 2:
		memcpy(&half, at, 2);
		return half;
	case 4:
		memcpy(&word, at, 4);
		return word;
	default:
		memcpy(&value, at, 8);
		return value;
	}
}

static uint64_t load_unsigned(const struct tern_type *type, const void *at)
{
	uint64_t value = (uint64_t)load_signed(type, at);

	return type->size_bytes == 8
	               ? value
	               : value & ((UINT64_C(1) << 8 * type->size_bytes) - 1);
}

/* The shortest text that is read back as the same number; JSON has none for what is no number. */
static json_object *floating(double value, bool is_narrow)
{
	char text[64];

	if (isnan(value))
		return json_text("NaN");
	if (isinf(value))
		return json_text(value > 0 ? "Infinity" : "-Infinity");
	for (int digits = is_narrow ? 6 : 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (is_narrow ? strtof(text, NULL) == (float)value
		              : strtod(text, NULL) == value)
			break;
	}
	return json_object_new_double_s(value, text);
}

static json_object *character(char value)
{
	if (value >= ' ' && value <= '~')
		return json_text((char[]){ value, 0 });
	return json_object_new_int64(
		value); /* perhaps an int8: descriptions tell no difference */
}

static json_object *enumerator(const struct tern_type *type, const void *at)
{
	int64_t value = load_signed(type, at);

	for (uint32_t i = 0; i < type->literal_count; i++)
		if (type->literals[i].value == value)
			return json_text(type->literals[i].name);
	return json_object_new_int64(value);
}

static json_object *flags(const struct tern_type *type, const void *at)
{
	uint64_t value = load_unsigned(type, at);
	size_t room = 1;

	for (uint32_t i = 0; i < type->literal_count; i++)
		room += strlen(type->literals[i].name) + 1;
	char *text = calloc(1, room);
	for (uint32_t i = 0; text && i < type->literal_count; i++) {
		if (!(value >> type->literals[i].value & 1))
			continue;
		if (*text)
			strcat(text, "|");
		strcat(text, type->literals[i].name);
	}
	json_object *object = json_text(text ? text : "");
	free(text);
	return object;
}

static json_object *string(const struct tern_type *type, const void *at)
{
	const char *text = at;

	if (!type->bound)
		memcpy(&text, at, sizeof text);
	return json_text(text ? text : "");
}

static json_object *list(const struct tern_type *element, const void *elements,
                         uint32_t count)
{
	json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < count; i++)
		json_object_array_add(
			array, value_json(element, (const char *)elements +
		                                           i * element->size_bytes));
	return array;
}

static json_object *held(const struct tern_member *member, const void *at)
{
	bool is_string = member->type->kind == TERN_KIND_STRING8 && !member->type->bound;
	const void *value = at;

	if (member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL))
		memcpy(&value, at, sizeof value);
	if (!value)
		return NULL; /* null */
	return value_json(member->type, is_string ? at : value);
}

static void add_members(json_object *object, const struct tern_type *type, const void *at)
{
	if (type->base)
		add_members(object, type->base, at);
	for (uint32_t i = 0; i < type->member_count; i++)
		json_object_object_add(object, type->members[i].name,
		                       held(&type->members[i],
		                            (const char *)at + type->members[i].offset));
}

static int64_t label_of(const struct tern_type *type, const void *at)
{
	bool is_signed = type->kind == TERN_KIND_CHAR8 || type->kind == TERN_KIND_INT8 ||
	                 type->kind == TERN_KIND_INT16 || type->kind == TERN_KIND_INT32 ||
	                 type->kind == TERN_KIND_INT64 || type->kind == TERN_KIND_ENUM;

	return is_signed ? load_signed(type, at) : (int64_t)load_unsigned(type, at);
}

static void add_case(json_object *object, const struct tern_type *type, const void *at)
{
	int64_t label = label_of(type->element, at);
	const struct tern_member *chosen = NULL;

	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if ((member->flags & TERN_MEMBER_DEFAULT_CASE) && !chosen)
			chosen = member;
		for (uint32_t j = 0; j < member->label_count; j++)
			if (member->labels[j] == label)
				chosen = member;
	}
	json_add(object, "_d", value_json(type->element, at));
	if (chosen)
		json_object_object_add(object, chosen->name,
		                       held(chosen, (const char *)at + chosen->offset));
}

static json_object *aggregate(const struct tern_type *type, const void *at)
{
	json_object *object = json_object_new_object();

	if (type->kind == TERN_KIND_UNION)
		add_case(object, type, at);
	else
		add_members(object, type, at);
	return object;
}

json_object *value_json(const struct tern_type *type, const void *at)
{
	const struct tern_sequence *sequence = at;
	float narrow;
	double wide;

	switch (type->kind) {
	case TERN_KIND_BOOLEAN:
		return json_object_new_boolean(*(const uint8_t *)at != 0);
	case TERN_KIND_CHAR8:
		return character(*(const char *)at);
	case TERN_KIND_FLOAT32:
		memcpy(&narrow, at, sizeof narrow);
		return floating((double)narrow, true);
	case TERN_KIND_FLOAT64:
		memcpy(&wide, at, sizeof wide);
		return floating(wide, false);
	case TERN_KIND_STRING8:
		return string(type, at);
	case TERN_KIND_ENUM:
		return enumerator(type, at);
	case TERN_KIND_BITMASK:
		return flags(type, at);
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		return aggregate(type, at);
	case TERN_KIND_SEQUENCE:
		return list(type->element, sequence->_buffer, sequence->_length);
	case TERN_KIND_ARRAY:
		return list(type->element, at, type->bound);
	case TERN_KIND_INT8:
	case TERN_KIND_INT16:
	case TERN_KIND_INT32:
	case TERN_KIND_INT64:
		return json_object_new_int64(load_signed(type, at));
	default:
		return json_object_new_uint64(load_unsigned(type, at));
	}
}

/* ---- parts ----------------------------------------------------------------------------- */

static json_object *element(json_object *value, const char **path, bool *ret_found)
{
	char *end;
	unsigned long index = strtoul(*path, &end, 10);

	*ret_found = end > *path && *end == ']' &&
	             json_object_is_type(value, json_type_array) &&
	             index < json_object_array_length(value);
	if (!*ret_found)
		return NULL;
	*path = end + 1;
	return json_object_array_get_idx(value, index);
}

static json_object *member(json_object *value, const char **path, bool *ret_found)
{
	size_t length = strcspn(*path, ".[");
	char *name = strndup(*path, length);
	json_object *found = NULL;

	*ret_found = name && length > 0 && json_object_is_type(value, json_type_object) &&
	             json_object_object_get_ex(value, name, &found);
	free(name);
	*path += length;
	return found;
}

json_object *value_json_part(json_object *value, const char *path, bool *ret_found)
{
	bool found = true;

	while (*path && found) {
		if (*path == '[') {
			path++;
			value = element(value, &path, &found);
		} else {
			path += *path == '.';
			value = member(value, &path, &found);
		}
	}
	*ret_found = found;
	return found ? value : NULL;
}
