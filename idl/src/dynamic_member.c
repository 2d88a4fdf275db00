/* What type objects say of members, cases and literals. Appendable parts have a size before them:
 * what a newer version of XTypes adds behind what is known here is stepped over. */
#include "dynamic_member.h"

enum { NAME_MAX_BYTES = 1024, MEMBERS_MAX = 16384, LITERALS_MAX = 65536 };

/* TypeFlag */
enum {
	TYPE_IS_APPENDABLE = 1u << 1,
	TYPE_IS_MUTABLE = 1u << 2,
	TYPE_IS_NESTED = 1u << 3
};

/* ---- names and annotations ------------------------------------------------------------- */

/* What is shown to people and written into files: no more than IDL allows, nearly. */
static bool is_name(const char *text, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return length > 0 && length <= NAME_MAX_BYTES;
}

static bool get_name(struct builder *b, const char **ret_name)
{
	uint32_t size;
	const char *text = tern_cdr_take_text(&b->r, &size, "a name");

	if (!text)
		return false;
	if (!is_name(text, size - 1)) {
		b->r.status = tern_fail(TERN_EMALFORMED,
		                        "type %s: its description has a name that is "
		                        "none",
		                        b->name);
		return false;
	}
	*ret_name = arena_text(b->arena, text, size - 1);
	return *ret_name || builder_no_memory(b);
}

static bool is_present(struct builder *b, bool *ret_present)
{
	return tern_cdr_get_boolean(&b->r, ret_present, "an annotation");
}

/* Something optional with a DHEADER. */
static bool skip_optional(struct builder *b)
{
	const uint8_t *outer;
	bool present;

	if (!is_present(b, &present))
		return false;
	if (!present)
		return true;
	if (!tern_cdr_enter(&b->r, &outer, "an annotation"))
		return false;
	tern_cdr_leave(&b->r, outer);
	return true;
}

/* CompleteTypeDetail: annotations, then the name. */
static bool get_type_detail(struct builder *b, struct dynamic_type *made)
{
	if (!skip_optional(b) || !skip_optional(b) || !get_name(b, &made->type.name))
		return false;
	b->name = made->type.name;
	return true;
}

static struct tern_value signed_value(int64_t value)
{
	return (struct tern_value){ .kind = TERN_VALUE_INT64, .as.i = value };
}

static struct tern_value unsigned_value(uint64_t value)
{
	return (struct tern_value){ .kind = TERN_VALUE_UINT64, .as.u = value };
}

static bool get_float(struct builder *b, uint8_t kind, struct tern_value *ret_value)
{
	uint32_t word;
	float narrow;

	ret_value->kind = TERN_VALUE_FLOAT64;
	if (kind == TI_FLOAT64)
		return tern_cdr_get_array(&b->r, &ret_value->as.f, 8, 1, "a value");
	if (!tern_cdr_get_u32(&b->r, &word, "a value"))
		return false;
	memcpy(&narrow, &word, 4);
	ret_value->as.f = (double)narrow;
	return true;
}

static bool get_integer(struct builder *b, uint8_t kind, struct tern_value *ret_value)
{
	uint8_t byte = 0;
	uint16_t half = 0;
	uint32_t word = 0;
	uint64_t value = 0;
	bool read;

	switch (kind) {
	case TI_INT16:
	case TI_UINT16:
		read = tern_cdr_get_u16(&b->r, &half, "a value");
		*ret_value = kind == TI_INT16 ? signed_value((int16_t)half)
		                              : unsigned_value(half);
		return read;
	case TI_INT32:
	case TI_ENUM:
	case TI_UINT32:
		read = tern_cdr_get_u32(&b->r, &word, "a value");
		*ret_value = kind == TI_UINT32 ? unsigned_value(word)
		                               : signed_value((int32_t)word);
		return read;
	case TI_INT64:
	case TI_UINT64:
		read = tern_cdr_get_u64(&b->r, &value, "a value");
		*ret_value = kind == TI_INT64 ? signed_value((int64_t)value)
		                              : unsigned_value(value);
		return read;
	default:
		read = tern_cdr_get_u8(&b->r, &byte, "a value");
		*ret_value = kind == TI_CHAR8 || kind == TI_INT8
		                     ? signed_value((int8_t)byte)
		                     : unsigned_value(byte);
		return read;
	}
}

/* AnnotationParameterValue; what is no number is no value here. */
static bool get_value(struct builder *b, struct tern_value *ret_value)
{
	const uint8_t *outer;
	uint8_t kind;

	if (!tern_cdr_get_u8(&b->r, &kind, "a value"))
		return false;
	switch (kind) {
	case TI_FLOAT32:
	case TI_FLOAT64:
		return get_float(b, kind, ret_value);
	case TI_STRING8_KIND:
		return tern_cdr_skip_string(&b->r, "a value");
	case TI_BOOLEAN:
	case TI_BYTE:
	case TI_CHAR8:
	case TI_INT8:
	case TI_UINT8:
	case TI_INT16:
	case TI_UINT16:
	case TI_INT32:
	case TI_UINT32:
	case TI_INT64:
	case TI_UINT64:
	case TI_ENUM:
		return get_integer(b, kind, ret_value);
	default:
		if (!tern_cdr_enter(&b->r, &outer, "a value"))
			return false;
		tern_cdr_leave(&b->r, outer);
		return true;
	}
}

static bool get_optional_value(struct builder *b, struct tern_value *ret_value)
{
	bool present;

	return is_present(b, &present) && (!present || get_value(b, ret_value));
}

static bool get_unit(struct builder *b, const char **ret_unit)
{
	uint32_t size;
	const char *text;
	bool present;

	if (!is_present(b, &present))
		return false;
	if (!present)
		return true;
	text = tern_cdr_take_text(&b->r, &size, "a unit");
	if (!text)
		return false;
	*ret_unit = arena_text(b->arena, text, size - 1);
	return *ret_unit || builder_no_memory(b);
}

/* CompleteMemberDetail: the name, and @unit, @min, @max. */
static bool get_member_detail(struct builder *b, struct tern_member *member)
{
	const uint8_t *outer;
	bool present;

	if (!get_name(b, &member->name) || !is_present(b, &present))
		return false;
	if (!present)
		return true;
	if (!tern_cdr_enter(&b->r, &outer, "annotations") ||
	    !get_unit(b, &member->unit) || !get_optional_value(b, &member->min) ||
	    !get_optional_value(b, &member->max))
		return false;
	tern_cdr_leave(&b->r, outer);
	return true;
}

static bool is_unsigned(tern_type_kind kind)
{
	return kind == TERN_KIND_BYTE || kind == TERN_KIND_UINT8 ||
	       kind == TERN_KIND_UINT16 || kind == TERN_KIND_UINT32 ||
	       kind == TERN_KIND_UINT64 || kind == TERN_KIND_BITMASK;
}

/* The end of a range as a value of the member's type, as ternc has it. */
static struct tern_value value_as(struct tern_value value, const struct tern_type *type)
{
	while (type->kind == TERN_KIND_ARRAY || type->kind == TERN_KIND_SEQUENCE)
		type = type->element;
	if (type->kind == TERN_KIND_FLOAT32 || type->kind == TERN_KIND_FLOAT64) {
		if (value.kind == TERN_VALUE_INT64)
			value.as.f = (double)value.as.i;
		else if (value.kind == TERN_VALUE_UINT64)
			value.as.f = (double)value.as.u;
		else
			return value;
		value.kind = TERN_VALUE_FLOAT64;
	} else if (value.kind == TERN_VALUE_INT64 && is_unsigned(type->kind) &&
	           value.as.i >= 0) {
		value = unsigned_value((uint64_t)value.as.i);
	} else if (value.kind == TERN_VALUE_UINT64 && !is_unsigned(type->kind) &&
	           value.as.u <= INT64_MAX) {
		value = signed_value((int64_t)value.as.u);
	}
	return value;
}

/* ---- members --------------------------------------------------------------------------- */

static tern_extensibility extensibility_of(uint16_t flags)
{
	if (flags & TYPE_IS_MUTABLE)
		return TERN_MUTABLE;
	return flags & TYPE_IS_APPENDABLE ? TERN_APPENDABLE : TERN_FINAL;
}

static uint32_t member_flags(uint16_t flags)
{
	return (flags & MEMBER_IS_KEY ? TERN_MEMBER_KEY : 0u) |
	       (flags & MEMBER_IS_OPTIONAL ? TERN_MEMBER_OPTIONAL : 0u) |
	       (flags & MEMBER_IS_EXTERNAL ? TERN_MEMBER_EXTERNAL : 0u) |
	       (flags & (MEMBER_IS_MUST_UNDERSTAND | MEMBER_IS_KEY)
	                ? TERN_MEMBER_MUST_UNDERSTAND
	                : 0u);
}

static bool get_common(struct builder *b, struct tern_member *member, uint16_t *ret_flags)
{
	if (!tern_cdr_get_u32(&b->r, &member->id, "a member") ||
	    !tern_cdr_get_u16(&b->r, ret_flags, "a member"))
		return false;
	if (member->id > 0x0fffffffu)
		return tern_cdr_read_refused(&b->r, b->name, "as a member id", member->id,
		                             0x0fffffffu);
	member->type = builder_get_type(b);
	return member->type != NULL;
}

static bool get_structure_member(struct builder *b, struct tern_member *member)
{
	const uint8_t *outer;
	uint16_t flags;

	if (!tern_cdr_enter(&b->r, &outer, "a member") ||
	    !get_common(b, member, &flags) || !get_member_detail(b, member))
		return false;
	tern_cdr_leave(&b->r, outer);
	member->flags = member_flags(flags);
	member->min = value_as(member->min, member->type);
	member->max = value_as(member->max, member->type);
	return true;
}

/* A list with a DHEADER: its length, and room for so many. */
static void *get_list(struct builder *b, size_t element_min, uint32_t max,
                      size_t size_bytes, uint32_t *ret_count)
{
	const uint8_t *outer;
	void *list;

	/* Nothing follows the list, so its end need not be left. */
	if (!tern_cdr_enter(&b->r, &outer, b->name) ||
	    !tern_cdr_get_length(&b->r, ret_count, element_min, max, b->name))
		return NULL;
	list = arena_alloc(b->arena, *ret_count, size_bytes);
	if (!list)
		builder_no_memory(b);
	return list;
}

static bool get_members(struct builder *b, struct dynamic_type *made)
{
	struct tern_type *type = &made->type;
	struct tern_member *members;
	uint32_t count;

	members = get_list(b, 16, MEMBERS_MAX, sizeof(*members), &count);
	if (!members)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct tern_member *member = &members[type->member_count];

		*member = (struct tern_member){ 0 };
		if (!get_structure_member(b, member))
			return false;
		/* C and the wire have nothing for structures without members. */
		if (member->type->size_bytes > 0)
			type->member_count++;
	}
	type->members = members;
	return true;
}

static bool get_base(struct builder *b, struct dynamic_type *made)
{
	const struct tern_type *base;

	if (tern_cdr_left(&b->r) > 0 && *b->r.at == 0) { /* TK_NONE */
		b->r.at++;
		return true;
	}
	base = builder_get_type(b);
	if (!base)
		return false;
	if (base->kind != TERN_KIND_STRUCTURE)
		return builder_refuse(b, b->name,
		                      "it inherits something that is no structure");
	made->type.base = base->size_bytes > 0 ? base : NULL;
	return true;
}

bool member_get_structure(struct builder *b, struct dynamic_type *made)
{
	const uint8_t *outer;
	uint16_t flags;

	if (!tern_cdr_get_u16(&b->r, &flags, "a structure") ||
	    !tern_cdr_enter(&b->r, &outer, "a structure") || !get_base(b, made) ||
	    !get_type_detail(b, made))
		return false;
	tern_cdr_leave(&b->r, outer);
	made->type.extensibility = extensibility_of(flags);
	if (flags & TYPE_IS_NESTED)
		made->type.flags |= TERN_TYPE_NESTED;
	return get_members(b, made);
}

static char *join_names(struct builder *b, const char *owner, const char *middle,
                        const char *name)
{
	size_t a = strlen(owner), m = strlen(middle), n = strlen(name);
	char *text = arena_alloc(b->arena, a + m + n + 1, 1);

	if (!text) {
		builder_no_memory(b);
		return NULL;
	}
	memcpy(text, owner, a);
	memcpy(text + a, middle, m);
	memcpy(text + a + m, name, n);
	return text;
}

bool member_list_wire(struct builder *b, struct dynamic_type *made)
{
	const struct tern_type *type = &made->type;
	const struct dynamic_type *base = type->base ? dynamic(type->base) : NULL;
	uint32_t inherited = base ? base->wire_count : 0;
	uint32_t count = inherited + type->member_count;
	struct wire_member *wire = arena_alloc(b->arena, count, sizeof(*wire));

	if (!wire)
		return builder_no_memory(b);
	if (inherited > 0)
		memcpy(wire, base->wire, inherited * sizeof(*wire));
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		char *name = join_names(b, type->name, ".", member->name);

		if (!name)
			return false;
		wire[inherited + i] =
			(struct wire_member){ member, member->offset, name };
	}
	made->wire = wire;
	made->wire_count = count;
	return true;
}

/* ---- cases ----------------------------------------------------------------------------- */

static bool get_labels(struct builder *b, struct tern_member *member)
{
	int64_t *labels;

	if (!tern_cdr_get_length(&b->r, &member->label_count, 4, LITERALS_MAX,
	                         "case labels"))
		return false;
	labels = arena_alloc(b->arena, member->label_count, sizeof(*labels));
	if (!labels)
		return builder_no_memory(b);
	for (uint32_t i = 0; i < member->label_count; i++) {
		uint32_t label;

		if (!tern_cdr_get_u32(&b->r, &label, "a case label"))
			return false;
		labels[i] = (int32_t)label;
	}
	member->labels = member->label_count ? labels : NULL;
	return true;
}

static bool get_case(struct builder *b, struct tern_member *member)
{
	const uint8_t *outer;
	uint16_t flags;

	if (!tern_cdr_enter(&b->r, &outer, "a case") || !get_common(b, member, &flags) ||
	    !get_labels(b, member) || !get_member_detail(b, member))
		return false;
	tern_cdr_leave(&b->r, outer);
	if (member->type->size_bytes == 0)
		return builder_refuse(b, b->name,
		                      "a case of a structure without members: C has no "
		                      "such structures");
	member->flags = member_flags(flags & MEMBER_IS_EXTERNAL);
	if (flags & MEMBER_IS_DEFAULT)
		member->flags |= TERN_MEMBER_DEFAULT_CASE;
	member->min = value_as(member->min, member->type);
	member->max = value_as(member->max, member->type);
	return true;
}

static bool get_discriminator(struct builder *b, struct dynamic_type *made)
{
	const struct tern_type *type;
	const uint8_t *outer;
	uint16_t flags;

	if (!tern_cdr_enter(&b->r, &outer, "a discriminator") ||
	    !tern_cdr_get_u16(&b->r, &flags, "a discriminator"))
		return false;
	type = builder_get_type(b);
	if (!type)
		return false;
	tern_cdr_leave(&b->r, outer);
	if (type->kind > TERN_KIND_UINT64 && type->kind != TERN_KIND_ENUM)
		return builder_refuse(b, b->name,
		                      "a discriminator that is no integer or enum");
	if (flags & MEMBER_IS_KEY)
		return builder_refuse(b, b->name, "a discriminator that is a key");
	made->type.element = type;
	made->discriminator_name = join_names(b, b->name, "'s ", "discriminator");
	return made->discriminator_name != NULL;
}

bool member_get_union(struct builder *b, struct dynamic_type *made)
{
	struct tern_type *type = &made->type;
	struct tern_member *cases;
	const uint8_t *outer;
	uint16_t flags;

	if (!tern_cdr_get_u16(&b->r, &flags, "a union") ||
	    !tern_cdr_enter(&b->r, &outer, "a union") || !get_type_detail(b, made))
		return false;
	tern_cdr_leave(&b->r, outer);
	type->extensibility = extensibility_of(flags);
	if (type->extensibility == TERN_MUTABLE)
		return builder_refuse(b, b->name, "it is a mutable union");
	if (flags & TYPE_IS_NESTED)
		type->flags |= TERN_TYPE_NESTED;
	if (!get_discriminator(b, made))
		return false;
	cases = get_list(b, 16, MEMBERS_MAX, sizeof(*cases), &type->member_count);
	if (!cases)
		return false;
	for (uint32_t i = 0; i < type->member_count; i++)
		if (!get_case(b, &cases[i]))
			return false;
	type->members = cases;
	return true;
}

/* ---- literals -------------------------------------------------------------------------- */

static bool get_enum_literal(struct builder *b, struct tern_literal *literal)
{
	const uint8_t *outer;
	uint32_t value;
	uint16_t flags;

	if (!tern_cdr_enter(&b->r, &outer, "a literal") ||
	    !tern_cdr_get_u32(&b->r, &value, "a literal") ||
	    !tern_cdr_get_u16(&b->r, &flags, "a literal"))
		return false;
	tern_cdr_leave(&b->r, outer);
	literal->value = (int32_t)value;
	literal->is_default = flags & MEMBER_IS_DEFAULT;
	return true;
}

static bool get_bit(struct builder *b, struct tern_literal *literal)
{
	uint16_t position, flags;

	if (!tern_cdr_get_u16(&b->r, &position, "a flag") ||
	    !tern_cdr_get_u16(&b->r, &flags, "a flag"))
		return false;
	literal->value = position;
	return true;
}

static bool get_literal(struct builder *b, struct dynamic_type *made,
                        struct tern_literal *literal)
{
	bool is_enum = made->type.kind == TERN_KIND_ENUM;
	struct tern_member named = { 0 };
	const uint8_t *outer;

	if (!tern_cdr_enter(&b->r, &outer, "a literal") ||
	    !(is_enum ? get_enum_literal(b, literal) : get_bit(b, literal)) ||
	    !get_member_detail(b, &named))
		return false;
	tern_cdr_leave(&b->r, outer);
	literal->name = named.name;
	if (is_enum) {
		if ((uint64_t)literal->value > made->limit)
			made->limit = (uint64_t)literal->value;
		return true;
	}
	if (literal->value >= made->type.bound)
		return tern_cdr_read_refused(&b->r, b->name, "as a flag's position",
		                             (uint64_t)literal->value,
		                             made->type.bound - 1);
	made->limit |= UINT64_C(1) << literal->value;
	return true;
}

bool member_get_literals(struct builder *b, struct dynamic_type *made)
{
	struct tern_type *type = &made->type;
	bool is_enum = type->kind == TERN_KIND_ENUM;
	struct tern_literal *literals;
	const uint8_t *outer;
	uint16_t flags, bits;

	if ((!is_enum && !tern_cdr_enter(&b->r, &outer, "a bitmask")) ||
	    !tern_cdr_get_u16(&b->r, &flags, "an enum or bitmask") ||
	    !tern_cdr_enter(&b->r, &outer, "an enum or bitmask") ||
	    !tern_cdr_get_u16(&b->r, &bits, "a bit_bound") || !get_type_detail(b, made))
		return false;
	tern_cdr_leave(&b->r, outer);
	if (bits < 1 || bits > (is_enum ? 32 : 64))
		return tern_cdr_read_refused(&b->r, b->name, "as a @bit_bound", bits,
		                             is_enum ? 32 : 64);
	type->bound = bits;
	type->extensibility = extensibility_of(flags);
	literals = get_list(b, 12, LITERALS_MAX, sizeof(*literals), &type->literal_count);
	if (!literals)
		return false;
	for (uint32_t i = 0; i < type->literal_count; i++)
		if (!get_literal(b, made, &literals[i]))
			return false;
	type->literals = literals;
	return true;
}
