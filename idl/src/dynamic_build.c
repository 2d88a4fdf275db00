/* Reads CompleteTypeObjects into tables. Each is read once; anonymous collections are made where
 * they are met. What Tern has no C for is refused with the type's name, never guessed. */
#include "dynamic_build.h"

#include "dynamic_member.h"

/* A type that is small as bytes must not be huge as a tree: what walks types walks trees. */
enum { TREE_MAX = 65536 };

static const struct tern_type *make(struct builder *b, struct dynamic_type *made);

bool builder_refuse(struct builder *b, const char *name, const char *what)
{
	b->r.status = tern_fail(TERN_EUNSUPPORTED, "type %s: %s", name, what);
	return false;
}

bool builder_no_memory(struct builder *b)
{
	b->r.status = tern_fail(TERN_ENOMEM, "no memory for the tables of a type, or "
	                                     "they would be too large");
	return false;
}

static struct dynamic_type *add_type(struct builder *b, tern_type_kind kind)
{
	struct dynamic_type *made = arena_alloc(b->arena, 1, sizeof(*made));

	if (!made) {
		builder_no_memory(b);
		return NULL;
	}
	made->type.abi = TERN_TYPE_ABI;
	made->type.kind = kind;
	made->depth = made->tree_size = 1;
	return made;
}

/* ---- types without a name -------------------------------------------------------------- */

static const struct tern_type *make_string(struct builder *b, uint32_t bound)
{
	struct dynamic_type *made = add_type(b, TERN_KIND_STRING8);

	if (!made)
		return NULL;
	made->type.bound = bound;
	return make(b, made);
}

static tern_type_kind primitive_kind(uint8_t kind)
{
	static const tern_type_kind kinds[] = {
		[TI_BOOLEAN] = TERN_KIND_BOOLEAN, [TI_BYTE] = TERN_KIND_BYTE,
		[TI_INT16] = TERN_KIND_INT16,     [TI_INT32] = TERN_KIND_INT32,
		[TI_INT64] = TERN_KIND_INT64,     [TI_UINT16] = TERN_KIND_UINT16,
		[TI_UINT32] = TERN_KIND_UINT32,   [TI_UINT64] = TERN_KIND_UINT64,
		[TI_FLOAT32] = TERN_KIND_FLOAT32, [TI_FLOAT64] = TERN_KIND_FLOAT64,
		[TI_INT8] = TERN_KIND_INT8,       [TI_UINT8] = TERN_KIND_UINT8,
		[TI_CHAR8] = TERN_KIND_CHAR8,
	};

	return kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : 0;
}

static const struct tern_type *make_primitive(struct builder *b, tern_type_kind kind)
{
	struct dynamic_type *made;

	if (b->primitives[kind])
		return b->primitives[kind];
	made = add_type(b, kind);
	return made ? b->primitives[kind] = make(b, made) : NULL;
}

static const struct tern_type *check_element(struct builder *b,
                                             const struct tern_type *element)
{
	if (element && element->size_bytes == 0) {
		builder_refuse(b, element->name,
		               "a structure without members is an element: C has no "
		               "such structures");
		return NULL;
	}
	return element;
}

static const struct tern_type *make_sequence(struct builder *b, uint32_t bound,
                                             const struct tern_type *element)
{
	struct dynamic_type *made;

	if (!check_element(b, element))
		return NULL;
	made = add_type(b, TERN_KIND_SEQUENCE);
	if (!made)
		return NULL;
	made->type.bound = bound;
	made->type.element = element;
	return make(b, made);
}

/* An array of arrays is one array, as on the wire. */
static const struct tern_type *make_array(struct builder *b, const uint32_t *bounds,
                                          uint32_t count, const struct tern_type *element)
{
	uint32_t inner = 0;
	uint64_t total = 1;
	struct dynamic_type *made;
	uint32_t *dimensions;

	if (!check_element(b, element))
		return NULL;
	if (element->kind == TERN_KIND_ARRAY)
		inner = element->dimension_count;
	made = add_type(b, TERN_KIND_ARRAY);
	dimensions = arena_alloc(b->arena, count + inner, sizeof(*dimensions));
	if (!made || !dimensions) {
		builder_no_memory(b);
		return NULL;
	}
	memcpy(dimensions, bounds, count * sizeof(*bounds));
	if (inner > 0)
		memcpy(dimensions + count, element->dimensions, inner * sizeof(*bounds));
	for (uint32_t i = 0; i < count + inner && total <= INT32_MAX; i++)
		total *= dimensions[i];
	if (total == 0 || total > INT32_MAX || count == 0) {
		builder_refuse(b, element->name ? element->name : "of an array",
		               "an array of no elements, or of more than 2147483647");
		return NULL;
	}
	made->type.bound = (uint32_t)total;
	made->type.dimension_count = count + inner;
	made->type.dimensions = dimensions;
	made->type.element = inner > 0 ? element->element : element;
	return make(b, made);
}

/* ---- identifiers ----------------------------------------------------------------------- */

/* equiv_kind, element_flags, and the bound of a sequence */
static bool get_collection(struct builder *b, bool is_large, uint32_t *ret_bound)
{
	uint8_t kind, small;
	uint16_t flags;

	if (!tern_cdr_get_u8(&b->r, &kind, "a collection") ||
	    !tern_cdr_get_u16(&b->r, &flags, "a collection"))
		return false;
	if (flags & MEMBER_IS_EXTERNAL)
		return builder_refuse(b, "of a collection", "its elements are @external");
	if (!ret_bound)
		return true;
	if (is_large)
		return tern_cdr_get_u32(&b->r, ret_bound, "a bound");
	if (!tern_cdr_get_u8(&b->r, &small, "a bound"))
		return false;
	*ret_bound = small;
	return true;
}

static bool get_bounds(struct builder *b, bool is_large, uint32_t *bounds,
                       uint32_t *ret_count)
{
	uint8_t small[BOUNDS_MAX];

	if (!tern_cdr_get_length(&b->r, ret_count, is_large ? 4 : 1, BOUNDS_MAX,
	                         "an array's dimensions"))
		return false;
	if (is_large)
		return tern_cdr_get_array(&b->r, bounds, 4, *ret_count, "a dimension");
	if (!tern_cdr_get_array(&b->r, small, 1, *ret_count, "a dimension"))
		return false;
	for (uint32_t i = 0; i < *ret_count; i++)
		bounds[i] = small[i];
	return true;
}

static const struct tern_type *get_plain_sequence(struct builder *b, bool is_large)
{
	uint32_t bound;
	const struct tern_type *element;

	if (!get_collection(b, is_large, &bound))
		return NULL;
	element = builder_get_type(b);
	return element ? make_sequence(b, bound, element) : NULL;
}

static const struct tern_type *get_plain_array(struct builder *b, bool is_large)
{
	uint32_t bounds[BOUNDS_MAX];
	uint32_t count;
	const struct tern_type *element;

	if (!get_collection(b, is_large, NULL) ||
	    !get_bounds(b, is_large, bounds, &count))
		return NULL;
	element = builder_get_type(b);
	return element ? make_array(b, bounds, count, element) : NULL;
}

static const struct tern_type *get_string(struct builder *b, bool is_large)
{
	uint32_t bound = 0;
	uint8_t small = 0;

	if (is_large ? !tern_cdr_get_u32(&b->r, &bound, "a string's bound")
	             : !tern_cdr_get_u8(&b->r, &small, "a string's bound"))
		return NULL;
	return make_string(b, is_large ? bound : small);
}

static const struct tern_type *refuse_kind(struct builder *b, uint8_t kind)
{
	const char *what = "it holds something that Tern has no C for";

	switch (kind) {
	case TI_FLOAT128:
		what = "it holds a long double, which Tern has no C for";
		break;
	case TI_CHAR16:
	case TI_STRING16_SMALL:
	case TI_STRING16_LARGE:
		what = "it holds wide characters, which Tern has no C for";
		break;
	case TI_PLAIN_MAP_SMALL:
	case TI_PLAIN_MAP_LARGE:
	case TI_MAP:
		what = "it holds a map, which Tern has no C for";
		break;
	case TI_BITSET:
		what = "it holds a bit set, which Tern has no C for";
		break;
	case TI_STRONGLY_CONNECTED:
		what = "it contains itself, and Tern has no recursive types";
		break;
	case TI_MINIMAL:
		what = "it refers to a minimal type, which has no member names";
		break;
	default:
		break;
	}
	builder_refuse(b, b->name, what);
	return NULL;
}

static const struct tern_type *get_described(struct builder *b)
{
	uint8_t hash[TYPE_HASH_SIZE_BYTES];

	if (!tern_cdr_get_array(&b->r, hash, 1, sizeof(hash), "a type's hash"))
		return NULL;
	return builder_get_object(b, hash);
}

static const struct tern_type *get_identified(struct builder *b)
{
	uint8_t kind;

	if (!tern_cdr_get_u8(&b->r, &kind, "a type identifier"))
		return NULL;
	if (primitive_kind(kind))
		return make_primitive(b, primitive_kind(kind));
	switch (kind) {
	case TI_STRING8_SMALL:
	case TI_STRING8_LARGE:
		return get_string(b, kind == TI_STRING8_LARGE);
	case TI_PLAIN_SEQUENCE_SMALL:
	case TI_PLAIN_SEQUENCE_LARGE:
		return get_plain_sequence(b, kind == TI_PLAIN_SEQUENCE_LARGE);
	case TI_PLAIN_ARRAY_SMALL:
	case TI_PLAIN_ARRAY_LARGE:
		return get_plain_array(b, kind == TI_PLAIN_ARRAY_LARGE);
	case TI_COMPLETE:
		return get_described(b);
	default:
		return refuse_kind(b, kind);
	}
}

const struct tern_type *builder_get_type(struct builder *b)
{
	const struct tern_type *type;

	if (b->nesting == DYNAMIC_DEPTH_MAX) {
		builder_refuse(b, b->name, "types nest too deep in it");
		return NULL;
	}
	b->nesting++;
	type = get_identified(b);
	b->nesting--;
	return type;
}

/* ---- named types ----------------------------------------------------------------------- */

/* CommonCollectionElement and its annotations; DHEADER'ed as appendable */
static const struct tern_type *get_element(struct builder *b)
{
	const struct tern_type *type;
	const uint8_t *outer;
	uint16_t flags;

	if (!tern_cdr_enter(&b->r, &outer, "an element") ||
	    !tern_cdr_get_u16(&b->r, &flags, "an element"))
		return NULL;
	if (flags & MEMBER_IS_EXTERNAL) {
		builder_refuse(b, b->name, "its elements are @external");
		return NULL;
	}
	type = builder_get_type(b);
	tern_cdr_leave(&b->r, outer);
	return type;
}

static const struct tern_type *get_sequence_object(struct builder *b)
{
	const struct tern_type *element;
	const uint8_t *outer;
	uint16_t flags;
	uint32_t bound;

	if (!tern_cdr_get_u16(&b->r, &flags, "a sequence") ||
	    !tern_cdr_enter(&b->r, &outer, "a sequence") ||
	    !tern_cdr_get_u32(&b->r, &bound, "a sequence's bound"))
		return NULL;
	tern_cdr_leave(&b->r, outer);
	element = get_element(b);
	return element ? make_sequence(b, bound, element) : NULL;
}

static const struct tern_type *get_array_object(struct builder *b)
{
	uint32_t bounds[BOUNDS_MAX];
	const struct tern_type *element;
	const uint8_t *whole, *outer;
	uint16_t flags;
	uint32_t count;

	if (!tern_cdr_enter(&b->r, &whole, "an array") ||
	    !tern_cdr_get_u16(&b->r, &flags, "an array") ||
	    !tern_cdr_enter(&b->r, &outer, "an array") ||
	    !get_bounds(b, true, bounds, &count))
		return NULL;
	tern_cdr_leave(&b->r, outer);
	element = get_element(b);
	tern_cdr_leave(&b->r, whole);
	return element ? make_array(b, bounds, count, element) : NULL;
}

static const struct tern_type *get_alias_object(struct builder *b)
{
	const uint8_t *outer;
	uint16_t flags;

	if (!tern_cdr_get_u16(&b->r, &flags, "a typedef") ||
	    !tern_cdr_enter(&b->r, &outer, "a typedef"))
		return NULL;
	tern_cdr_leave(&b->r, outer);
	if (!tern_cdr_enter(&b->r, &outer, "a typedef") ||
	    !tern_cdr_get_u16(&b->r, &flags, "a typedef"))
		return NULL;
	return builder_get_type(b);
}

static const struct tern_type *get_aggregate(struct builder *b, tern_type_kind kind)
{
	struct dynamic_type *made = add_type(b, kind);
	bool read;

	if (!made)
		return NULL;
	switch (kind) {
	case TERN_KIND_STRUCTURE:
		read = member_get_structure(b, made);
		break;
	case TERN_KIND_UNION:
		read = member_get_union(b, made);
		break;
	default:
		read = member_get_literals(b, made);
		break;
	}
	return read ? make(b, made) : NULL;
}

static const struct tern_type *get_object(struct builder *b)
{
	uint8_t equivalence, kind;

	if (!tern_cdr_get_u8(&b->r, &equivalence, "a type object") ||
	    !tern_cdr_get_u8(&b->r, &kind, "a type object"))
		return NULL;
	if (equivalence != TI_COMPLETE)
		return refuse_kind(b, equivalence);
	switch (kind) {
	case TI_ALIAS:
		return get_alias_object(b);
	case TI_SEQUENCE:
		return get_sequence_object(b);
	case TI_ARRAY:
		return get_array_object(b);
	case TI_STRUCTURE:
		return get_aggregate(b, TERN_KIND_STRUCTURE);
	case TI_UNION:
		return get_aggregate(b, TERN_KIND_UNION);
	case TI_ENUM:
		return get_aggregate(b, TERN_KIND_ENUM);
	case TI_BITMASK:
		return get_aggregate(b, TERN_KIND_BITMASK);
	default:
		return refuse_kind(b, kind);
	}
}

const struct tern_type *builder_get_object(struct builder *b,
                                           const uint8_t hash[TYPE_HASH_SIZE_BYTES])
{
	struct type_object *object = type_objects_get(b->objects, hash);
	struct tern_cdr_reader outer = b->r;
	const char *name = b->name;
	const struct tern_type *type;

	if (!object) {
		b->r.status = tern_fail(TERN_EMALFORMED,
		                        "type %s: its description refers to a type that "
		                        "is not described",
		                        b->name);
		return NULL;
	}
	if (object->made)
		return object->made;
	if (object->is_building) {
		builder_refuse(b, b->name,
		               "it contains itself, and Tern has no recursive types");
		return NULL;
	}
	object->is_building = true;
	b->r.at = object->at;
	b->r.end = object->end;
	type = get_object(b);
	object->is_building = false;
	object->made = type;
	b->name = name;
	if (type)
		b->r = outer;
	return type;
}

/* ---- what all have --------------------------------------------------------------------- */

static bool count_in(struct dynamic_type *made, const struct tern_type *part)
{
	if (!part)
		return true;
	if (dynamic(part)->depth >= made->depth)
		made->depth = dynamic(part)->depth + 1;
	made->tree_size += dynamic(part)->tree_size;
	return made->depth <= DYNAMIC_DEPTH_MAX && made->tree_size <= TREE_MAX;
}

static bool measure(struct builder *b, struct dynamic_type *made)
{
	const struct tern_type *type = &made->type;
	bool fits = count_in(made, type->element) && count_in(made, type->base);

	for (uint32_t i = 0; i < type->member_count && fits; i++)
		fits = count_in(made, type->members[i].type);
	return fits || builder_refuse(b, b->name, "it is too large or nests too deep");
}

static const struct tern_type *make(struct builder *b, struct dynamic_type *made)
{
	if (!measure(b, made))
		return NULL;
	b->r.status = dynamic_layout(made);
	if (b->r.status < 0)
		return NULL;
	if (!dynamic_is_aggregate(&made->type))
		return &made->type;
	made->type.codec = &dynamic_codec;
	if (made->type.kind != TERN_KIND_STRUCTURE)
		return &made->type;
	if (!member_list_wire(b, made))
		return NULL;
	if (!dynamic_has_key(&made->type))
		return &made->type;
	made->type.flags |= TERN_TYPE_KEYED;
	made->type.codec = &dynamic_keyed_codec;
	b->r.status = dynamic_gather_keys(b->arena, made);
	return b->r.status < 0 ? NULL : &made->type;
}

tern_status dynamic_build(struct arena *arena, struct type_objects *objects,
                          const uint8_t hash[TYPE_HASH_SIZE_BYTES],
                          struct dynamic_type **ret_made)
{
	struct builder b = {
		.arena = arena,
		.objects = objects,
		.name = "that was asked for",
		.r = type_object_cursor(objects->body, 0, "type object"),
	};
	const struct tern_type *type = builder_get_object(&b, hash);

	if (!type)
		return b.r.status;
	if (!dynamic_is_aggregate(type) || type->size_bytes == 0)
		return tern_fail(TERN_EUNSUPPORTED,
		                 "type %s is no structure or union with members",
		                 type->name ? type->name : "without a name");
	*ret_made = (struct dynamic_type *)(uintptr_t)type;
	return TERN_OK;
}
