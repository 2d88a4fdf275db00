/* Walks over samples. */
#include "visit.h"

#include <string.h>

static bool is_string(const struct tern_type *type)
{
	return type->kind == TERN_KIND_STRING8 && type->bound == 0;
}

static bool is_held(const struct tern_member *member)
{
	return (member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL)) &&
	       !is_string(member->type);
}

static int64_t label_of(const struct tern_type *type, const void *value)
{
	switch (type->kind) {
	case TERN_KIND_BOOLEAN:
	case TERN_KIND_CHAR8:
		return *(const uint8_t *)value;
	case TERN_KIND_INT64:
		return *(const int64_t *)value;
	default:
		return *(const int32_t *)value;
	}
}

static const struct tern_member *case_of(const struct tern_type *type, const void *value)
{
	const struct tern_member *fallback = NULL;
	int64_t label = label_of(type->element, value);

	for (uint32_t i = 0; i < type->member_count; i++) {
		for (uint32_t j = 0; j < type->members[i].label_count; j++)
			if (type->members[i].labels[j] == label)
				return &type->members[i];
		if (type->members[i].flags & TERN_MEMBER_DEFAULT_CASE)
			fallback = &type->members[i];
	}
	return fallback;
}

static void visit_member(const struct visitor *visitor, const struct tern_member *member,
                         char *sample)
{
	void *value = sample + member->offset;

	if (is_held(member)) {
		void **slot = value;
		value = *slot;
		visitor->held(visitor->context, member, slot);
		if (!value)
			return;
	}
	visit(visitor, member->type, value);
}

static void visit_elements(const struct visitor *visitor, const struct tern_type *element,
                           char *values, uint32_t count)
{
	if (element->flags & TERN_TYPE_FLAT)
		return;
	for (uint32_t i = 0; i < count; i++)
		visit(visitor, element, values + i * element->size_bytes);
}

void visit(const struct visitor *visitor, const struct tern_type *type, void *value)
{
	const struct tern_member *chosen;
	struct tern_sequence *sequence = value;
	uint32_t length;
	void *buffer;

	switch (type->kind) {
	case TERN_KIND_STRING8:
		if (is_string(type))
			visitor->string(visitor->context, value);
		break;
	case TERN_KIND_SEQUENCE:
		length = sequence->_length;
		buffer = sequence->_buffer;
		visitor->sequence(visitor->context, type, sequence);
		visit_elements(visitor, type->element, buffer, length);
		break;
	case TERN_KIND_ARRAY:
		visit_elements(visitor, type->element, value, type->bound);
		break;
	case TERN_KIND_UNION:
		chosen = case_of(type, value);
		if (chosen)
			visit_member(visitor, chosen, value);
		break;
	case TERN_KIND_STRUCTURE:
		if (type->base)
			visit(visitor, type->base, value);
		for (uint32_t i = 0; i < type->member_count; i++)
			visit_member(visitor, &type->members[i], value);
		break;
	default:
		break;
	}
}

static uint64_t sum_bytes(const void *bytes, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum = sum * 31 + ((const volatile unsigned char *)bytes)[i];
	return sum;
}

static void walk_string(void *context, char **text)
{
	uint64_t *sum = context;

	if (*text)
		*sum += sum_bytes(*text, strlen(*text));
}

static void walk_sequence(void *context, const struct tern_type *type,
                          struct tern_sequence *sequence)
{
	uint64_t *sum = context;

	*sum += sum_bytes(sequence->_buffer,
	                  sequence->_length * type->element->size_bytes);
}

static void walk_held(void *context, const struct tern_member *member, void **value)
{
	uint64_t *sum = context;

	if (*value || !(member->flags & TERN_MEMBER_OPTIONAL)) /* then nobody asks */
		*sum += sum_bytes(*value, member->type->size_bytes);
}

uint64_t visit_walk(const struct tern_type *type, const void *value)
{
	uint64_t sum = sum_bytes(value, type->size_bytes);
	const struct visitor visitor = { .string = walk_string,
		                         .sequence = walk_sequence,
		                         .held = walk_held,
		                         .context = &sum };

	visit(&visitor, type, (void *)(uintptr_t)value);
	return sum;
}
