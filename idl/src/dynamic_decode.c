/* Decoding along the table, as generated code does it (ternc/emit_get.c): everything is checked,
 * and what a shorter or older payload does not carry gets its default. */
#include "dynamic.h"

static bool get_enum(struct tern_cdr_reader *r, const struct tern_type *type, void *at,
                     const char *name)
{
	uint64_t limit = dynamic(type)->limit;
	uint32_t value = 0;
	uint16_t word;
	uint8_t byte;
	bool read;

	switch (dynamic_wire_size(type)) {
	case 1:
		read = tern_cdr_get_u8(r, &byte, name);
		value = read ? byte : 0;
		break;
	case 2:
		read = tern_cdr_get_u16(r, &word, name);
		value = read ? word : 0;
		break;
	default:
		read = tern_cdr_get_u32(r, &value, name);
		break;
	}
	if (!read)
		return false;
	memcpy(at, &value, 4);
	if (value > limit)
		return tern_cdr_read_refused(r, name, "as an enum", value, limit);
	return true;
}

static bool get_scalar(struct tern_cdr_reader *r, const struct tern_type *type, void *at,
                       const char *name)
{
	uint64_t flags;

	if (type->kind == TERN_KIND_ENUM)
		return get_enum(r, type, at, name);
	if (type->kind == TERN_KIND_BOOLEAN)
		return tern_cdr_get_boolean(r, at, name);
	if (!tern_cdr_get_array(r, at, type->size_bytes, 1, name))
		return false;
	if (type->kind != TERN_KIND_BITMASK)
		return true;
	flags = (uint64_t)dynamic_label(type, at);
	if (flags & ~dynamic(type)->limit)
		return tern_cdr_read_refused(r, name, "as a bitmask, flags", flags,
		                             dynamic(type)->limit);
	return true;
}

static bool get_elements(struct tern_cdr_reader *r, const struct tern_type *element,
                         void *elements, uint32_t count, const char *name)
{
	if (element->kind == TERN_KIND_BOOLEAN)
		return tern_cdr_get_booleans(r, elements, count, name);
	if (dynamic_is_primitive(element))
		return tern_cdr_get_array(r, elements, element->size_bytes, count, name);
	for (uint32_t i = 0; i < count; i++)
		if (!dynamic_get(r, element,
		                 TERN_CDR_AT(elements, i * element->size_bytes), name))
			return false;
	return true;
}

static bool get_sequence(struct tern_cdr_reader *r, const struct tern_type *type,
                         struct tern_sequence *sequence, const char *name)
{
	const struct tern_type *element = type->element;
	bool delimited = !dynamic_is_primitive(element);
	size_t element_min = dynamic(element)->wire_min_bytes;
	const uint8_t *outer = r->end;
	uint32_t count;

	if (delimited && !tern_cdr_enter(r, &outer, name))
		return false;
	if (!tern_cdr_get_length(r, &count, element_min ? element_min : 1, type->bound,
	                         name))
		return false;
	if (count > 0) {
		sequence->_buffer =
			tern_cdr_allocate(r, count, element->size_bytes, true, name);
		if (!sequence->_buffer)
			return false;
		sequence->_maximum = sequence->_length = count;
		sequence->_release = true;
		if (!get_elements(r, element, sequence->_buffer, count, name))
			return false;
	}
	if (delimited)
		tern_cdr_leave(r, outer);
	return true;
}

static bool get_array(struct tern_cdr_reader *r, const struct tern_type *type, void *at,
                      const char *name)
{
	bool delimited = !dynamic_is_primitive(type->element);
	const uint8_t *outer = r->end;

	if (delimited && !tern_cdr_enter(r, &outer, name))
		return false;
	if (!get_elements(r, type->element, at, type->bound, name))
		return false;
	if (delimited)
		tern_cdr_leave(r, outer);
	return true;
}

/* ---- members --------------------------------------------------------------------------- */

/* Where a member's value goes: memory of its own if it is held by pointer. */
static void *make_held(struct tern_cdr_reader *r, const struct tern_member *member,
                       void *at, const char *name)
{
	void *value;

	if (!dynamic_is_pointer(member))
		return at;
	memcpy(&value, at, sizeof(value));
	if (!value) {
		value = tern_cdr_allocate(r, 1, member->type->size_bytes, true, name);
		memcpy(at, &value, sizeof(value));
	}
	return value;
}

static bool get_held(struct tern_cdr_reader *r, const struct tern_member *member,
                     void *at, const char *name)
{
	void *value = make_held(r, member, at, name);

	return value && dynamic_get(r, member->type, value, name);
}

static bool get_member(struct tern_cdr_reader *r, const struct wire_member *wire,
                       void *sample)
{
	bool present = true;

	if ((wire->member->flags & TERN_MEMBER_OPTIONAL) &&
	    !tern_cdr_get_boolean(r, &present, wire->name))
		return false;
	return !present ||
	       get_held(r, wire->member, TERN_CDR_AT(sample, wire->offset), wire->name);
}

static bool set_member_default(struct tern_cdr_reader *r, const struct wire_member *wire,
                               void *sample)
{
	const struct tern_member *member = wire->member;
	void *value;

	if (member->flags & TERN_MEMBER_OPTIONAL)
		return true; /* absent */
	value = make_held(r, member, TERN_CDR_AT(sample, wire->offset), wire->name);
	return value && dynamic_set_default(r, member->type, value, wire->name);
}

static bool set_array_default(struct tern_cdr_reader *r, const struct tern_type *type,
                              void *at, const char *name)
{
	for (uint32_t i = 0; i < type->bound; i++)
		if (!dynamic_set_default(r, type->element,
		                         TERN_CDR_AT(at, i * type->element->size_bytes),
		                         name))
			return false;
	return true;
}

bool dynamic_set_default(struct tern_cdr_reader *r, const struct tern_type *type,
                         void *at, const char *name)
{
	const struct dynamic_type *made = dynamic(type);
	uint32_t value;

	if (!made->has_default)
		return true;
	switch (type->kind) {
	case TERN_KIND_ENUM:
		value = (uint32_t)dynamic_enum_default(type);
		memcpy(at, &value, 4);
		return true;
	case TERN_KIND_ARRAY:
		return set_array_default(r, type, at, name);
	case TERN_KIND_UNION:
		return dynamic_set_default(r, type->element, at, name);
	default:
		break;
	}
	for (uint32_t i = 0; i < made->wire_count; i++)
		if (!set_member_default(r, &made->wire[i], at))
			return false;
	return true;
}

/* ---- structures ------------------------------------------------------------------------ */

static bool get_final(struct tern_cdr_reader *r, const struct dynamic_type *made,
                      void *sample)
{
	for (uint32_t i = 0; i < made->wire_count; i++)
		if (!get_member(r, &made->wire[i], sample))
			return false;
	return true;
}

/* A writer's older version ends early, a newer one has more: the DHEADER tells where. */
static bool get_appendable(struct tern_cdr_reader *r, const struct dynamic_type *made,
                           void *sample)
{
	const uint8_t *outer;
	uint32_t i;

	if (!tern_cdr_enter(r, &outer, made->type.name))
		return false;
	for (i = 0; i < made->wire_count && r->at != r->end; i++)
		if (!get_member(r, &made->wire[i], sample))
			return false;
	for (; i < made->wire_count; i++)
		if (!set_member_default(r, &made->wire[i], sample))
			return false;
	tern_cdr_leave(r, outer);
	return true;
}

/* Members mostly come in order: the search begins behind the one before. */
static uint32_t find_member(const struct dynamic_type *made, uint32_t id, uint32_t from)
{
	for (uint32_t n = 0; n < made->wire_count; n++) {
		uint32_t i = (from + n) % made->wire_count;

		if (made->wire[i].member->id == id)
			return i;
	}
	return made->wire_count;
}

static bool get_listed_member(struct tern_cdr_reader *r, const struct wire_member *wire,
                              bool *seen, void *sample)
{
	if (*seen)
		return tern_cdr_read_refused(r, wire->name, "times, at least", 2, 1);
	*seen = true;
	return get_held(r, wire->member, TERN_CDR_AT(sample, wire->offset), wire->name);
}

static bool get_list(struct tern_cdr_reader *r, const struct dynamic_type *made,
                     bool keys_only, bool *seen, void *sample)
{
	struct tern_cdr_member member;
	uint32_t i = 0;

	while (r->at < r->end) {
		const struct wire_member *wire;
		uint32_t found;

		if (!tern_cdr_enter_member(r, &member))
			return false;
		found = find_member(made, member.id, i);
		wire = found < made->wire_count ? &made->wire[found] : NULL;
		if (!wire && !keys_only && !tern_cdr_unknown_member(r, &member))
			return false;
		if (wire && (!keys_only || wire->member->flags & TERN_MEMBER_KEY)) {
			if (!get_listed_member(r, wire, &seen[found], sample))
				return false;
			i = found + 1;
		}
		tern_cdr_leave_member(r, &member);
	}
	return true;
}

/* What the list did not have. */
static bool complete_list(struct tern_cdr_reader *r, const struct dynamic_type *made,
                          bool keys_only, const bool *seen, void *sample)
{
	uint32_t needed = TERN_MEMBER_KEY | (keys_only ? 0 : TERN_MEMBER_MUST_UNDERSTAND);

	for (uint32_t i = 0; i < made->wire_count; i++) {
		const struct wire_member *wire = &made->wire[i];

		if (seen[i])
			continue;
		if (wire->member->flags & needed)
			return tern_cdr_read_missing(r, wire->name);
		if (!keys_only && !set_member_default(r, wire, sample))
			return false;
	}
	return true;
}

static bool get_mutable(struct tern_cdr_reader *r, const struct dynamic_type *made,
                        bool keys_only, void *sample)
{
	const uint8_t *outer;
	bool *seen;
	bool read;

	if (!tern_cdr_enter(r, &outer, made->type.name))
		return false;
	seen = tern_cdr_allocate(r, made->wire_count + 1, sizeof(*seen), true,
	                         made->type.name);
	if (!seen)
		return false;
	read = get_list(r, made, keys_only, seen, sample) &&
	       complete_list(r, made, keys_only, seen, sample);
	free(seen);
	r->budget_bytes += made->wire_count + 1;
	if (read)
		tern_cdr_leave(r, outer);
	return read;
}

bool dynamic_get_listed_keys(struct tern_cdr_reader *r, const struct tern_type *type,
                             void *sample)
{
	return get_mutable(r, dynamic(type), true, sample);
}

static bool get_structure(struct tern_cdr_reader *r, const struct tern_type *type,
                          void *sample)
{
	switch (type->extensibility) {
	case TERN_FINAL:
		return get_final(r, dynamic(type), sample);
	case TERN_APPENDABLE:
		return get_appendable(r, dynamic(type), sample);
	default:
		return get_mutable(r, dynamic(type), false, sample);
	}
}

static bool get_union(struct tern_cdr_reader *r, const struct tern_type *type,
                      void *sample)
{
	const uint8_t *outer = r->end;
	const struct tern_member *chosen;

	if (type->extensibility != TERN_FINAL && !tern_cdr_enter(r, &outer, type->name))
		return false;
	if (!get_scalar(r, type->element, sample, dynamic(type)->discriminator_name))
		return false;
	chosen = dynamic_case(type, sample);
	if (chosen &&
	    !get_held(r, chosen, TERN_CDR_AT(sample, chosen->offset), chosen->name))
		return false;
	if (type->extensibility != TERN_FINAL)
		tern_cdr_leave(r, outer);
	return true;
}

bool dynamic_get(struct tern_cdr_reader *r, const struct tern_type *type, void *at,
                 const char *name)
{
	char *text = NULL;

	switch (type->kind) {
	case TERN_KIND_STRING8:
		if (type->bound)
			return tern_cdr_get_bounded_string(r, at, type->bound, name);
		if (!tern_cdr_get_string(r, &text, name))
			return false;
		memcpy(at, &text, sizeof(text));
		return true;
	case TERN_KIND_SEQUENCE:
		return get_sequence(r, type, at, name);
	case TERN_KIND_ARRAY:
		return get_array(r, type, at, name);
	case TERN_KIND_STRUCTURE:
		return get_structure(r, type, at);
	case TERN_KIND_UNION:
		return get_union(r, type, at);
	default:
		return get_scalar(r, type, at, name);
	}
}

tern_status dynamic_decode(const struct tern_type *type, const uint8_t *payload,
                           size_t size_bytes, bool key_only, void *ret_sample)
{
	struct tern_cdr_reader r;

	if (tern_cdr_read_begin(&r, type, payload, size_bytes) &&
	    (key_only ? dynamic_set_default(&r, type, ret_sample, type->name) &&
	                        dynamic_take_key(&r, type, ret_sample)
	              : dynamic_get(&r, type, ret_sample, type->name)))
		return TERN_OK;
	dynamic_fini_sample(type, ret_sample);
	return r.status;
}
