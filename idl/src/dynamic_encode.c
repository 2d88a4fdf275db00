/* Encoding along the table: the bytes that generated code writes (ternc/emit_put.c). */
#include "dynamic.h"

static bool put_scalar(struct tern_cdr_writer *w, const struct tern_type *type,
                       const void *at, const char *name)
{
	uint64_t limit = dynamic(type)->limit;
	uint64_t flags = 0;
	uint32_t value;

	if (type->kind == TERN_KIND_ENUM) {
		memcpy(&value, at, 4);
		if (value > limit)
			return tern_cdr_write_refused(w, name, "as an enum", value,
			                              limit);
		switch (dynamic_wire_size(type)) {
		case 1:
			return tern_cdr_put_u8(w, (uint8_t)value);
		case 2:
			return tern_cdr_put_u16(w, (uint16_t)value);
		default:
			return tern_cdr_put_u32(w, value);
		}
	}
	if (type->kind == TERN_KIND_BITMASK) {
		flags = (uint64_t)dynamic_label(type, at);
		if (flags & ~limit)
			return tern_cdr_write_refused(w, name, "as a bitmask, flags",
			                              flags, limit);
	}
	return tern_cdr_put_array(w, (uint32_t)type->size_bytes, at, type->size_bytes);
}

static bool put_elements(struct tern_cdr_writer *w, const struct tern_type *element,
                         const void *elements, uint32_t count, const char *name)
{
	if (dynamic_is_primitive(element))
		return tern_cdr_put_array(w, (uint32_t)element->size_bytes, elements,
		                          count * element->size_bytes);
	for (uint32_t i = 0; i < count; i++)
		if (!dynamic_put(w, element,
		                 TERN_CDR_CONST_AT(elements, i * element->size_bytes),
		                 name))
			return false;
	return true;
}

/* XCDR2 puts a DHEADER before elements that are not primitive. */
static bool put_sequence(struct tern_cdr_writer *w, const struct tern_type *type,
                         const void *at, const char *name)
{
	const struct tern_sequence *sequence = at;
	size_t mark = 0;

	if (!dynamic_is_primitive(type->element) && !tern_cdr_begin(w, &mark))
		return false;
	if (!tern_cdr_put_length(w, sequence->_length, sequence->_buffer, type->bound,
	                         name) ||
	    !put_elements(w, type->element, sequence->_buffer, sequence->_length, name))
		return false;
	tern_cdr_end(w, mark);
	return true;
}

static bool put_array(struct tern_cdr_writer *w, const struct tern_type *type,
                      const void *at, const char *name)
{
	size_t mark = 0;

	if (!dynamic_is_primitive(type->element) && !tern_cdr_begin(w, &mark))
		return false;
	if (!put_elements(w, type->element, at, type->bound, name))
		return false;
	tern_cdr_end(w, mark);
	return true;
}

/* ---- members --------------------------------------------------------------------------- */

/* What a member holds; NULL: an absent @optional one, or an @external one that must not be. */
static const void *held(const struct tern_member *member, const void *at)
{
	const void *pointer;

	if (!dynamic_is_pointer(member) && !(member->flags & TERN_MEMBER_OPTIONAL))
		return at;
	memcpy(&pointer, at, sizeof(pointer));
	return !pointer || dynamic_is_pointer(member) ? pointer : at;
}

static bool put_member(struct tern_cdr_writer *w, const struct wire_member *wire,
                       const void *sample)
{
	const struct tern_member *member = wire->member;
	const void *value = held(member, TERN_CDR_CONST_AT(sample, wire->offset));

	if (member->flags & TERN_MEMBER_OPTIONAL) {
		if (!tern_cdr_put_u8(w, value != NULL))
			return false;
		if (!value)
			return true;
	}
	if (!value)
		return tern_cdr_write_null(w, wire->name);
	return dynamic_put(w, member->type, value, wire->name);
}

/* As Cyclone DDS chooses it: the shortest header (XTypes 1.3, 7.4.3.4.2). */
static uint32_t length_code(const struct tern_type *type)
{
	size_t size;

	switch (type->kind) {
	case TERN_KIND_STRING8:
		return 5;
	case TERN_KIND_SEQUENCE:
		size = type->element->size_bytes;
		if (!dynamic_is_primitive(type->element) || size == 1)
			return 5;
		return size == 2 ? 4 : size == 4 ? 6 : 7;
	case TERN_KIND_ARRAY:
		return dynamic_is_primitive(type->element) ? 4 : 5;
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		return 4;
	default:
		size = dynamic_wire_size(type);
		return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
	}
}

static bool put_listed_member(struct tern_cdr_writer *w, const struct wire_member *wire,
                              const void *sample)
{
	const struct tern_member *member = wire->member;
	const void *value = held(member, TERN_CDR_CONST_AT(sample, wire->offset));
	uint32_t code = length_code(member->type);
	uint32_t header = TERN_CDR_LENGTH_CODE(code) | member->id;
	size_t mark = 0;

	if (!value && (member->flags & TERN_MEMBER_OPTIONAL))
		return true;
	if (!value)
		return tern_cdr_write_null(w, wire->name);
	if (member->flags & (TERN_MEMBER_KEY | TERN_MEMBER_MUST_UNDERSTAND))
		header |= TERN_CDR_MUST_UNDERSTAND;
	if (code == 4 ? !tern_cdr_begin_member(w, header, &mark)
	              : !tern_cdr_put_u32(w, header))
		return false;
	if (!dynamic_put(w, member->type, value, wire->name))
		return false;
	tern_cdr_end(w, mark);
	return true;
}

static bool put_structure(struct tern_cdr_writer *w, const struct tern_type *type,
                          const void *sample)
{
	const struct dynamic_type *made = dynamic(type);
	size_t mark = 0;

	if (type->extensibility != TERN_FINAL && !tern_cdr_begin(w, &mark))
		return false;
	for (uint32_t i = 0; i < made->wire_count; i++)
		if (type->extensibility == TERN_MUTABLE
		            ? !put_listed_member(w, &made->wire[i], sample)
		            : !put_member(w, &made->wire[i], sample))
			return false;
	tern_cdr_end(w, mark);
	return true;
}

static bool put_union(struct tern_cdr_writer *w, const struct tern_type *type,
                      const void *sample)
{
	const struct tern_member *chosen = dynamic_case(type, sample);
	const void *value;
	size_t mark = 0;

	if (type->extensibility != TERN_FINAL && !tern_cdr_begin(w, &mark))
		return false;
	if (!put_scalar(w, type->element, sample, dynamic(type)->discriminator_name))
		return false;
	if (chosen) {
		value = held(chosen, TERN_CDR_CONST_AT(sample, chosen->offset));
		if (!value)
			return tern_cdr_write_null(w, chosen->name);
		if (!dynamic_put(w, chosen->type, value, chosen->name))
			return false;
	}
	tern_cdr_end(w, mark);
	return true;
}

bool dynamic_put(struct tern_cdr_writer *w, const struct tern_type *type, const void *at,
                 const char *name)
{
	char *text;

	switch (type->kind) {
	case TERN_KIND_STRING8:
		if (type->bound)
			return tern_cdr_put_bounded_string(w, at, type->bound, name);
		memcpy(&text, at, sizeof(text));
		return tern_cdr_put_string(w, text, name);
	case TERN_KIND_SEQUENCE:
		return put_sequence(w, type, at, name);
	case TERN_KIND_ARRAY:
		return put_array(w, type, at, name);
	case TERN_KIND_STRUCTURE:
		return put_structure(w, type, at);
	case TERN_KIND_UNION:
		return put_union(w, type, at);
	default:
		return put_scalar(w, type, at, name);
	}
}

tern_status dynamic_encode(const struct tern_type *type, const void *sample,
                           tern_representation representation, bool key_only,
                           struct tern_buffer *payload)
{
	struct tern_cdr_writer w;
	tern_status status = tern_cdr_write_begin(&w, payload, type, representation);
	bool written;

	if (status < 0)
		return status;
	written = key_only ? dynamic_write_key(&w, type, sample)
	                   : dynamic_put(&w, type, sample, type->name);
	if (!written && w.status == TERN_OK)
		w.status = tern_cdr_key_is_null(type);
	return tern_cdr_write_end(&w, payload, written);
}
