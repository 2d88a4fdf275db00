/* Keys of dynamic types. As in generated code (ternc/emit_key.c) the key members, those of
 * structures within included, are gathered once; on the wire they stand in the order of their
 * member ids. */
#include "dynamic.h"

/* A type with more is refused: walking them must stay cheap. */
enum { LEAVES_MAX = 256 };

/* ---- gathering ------------------------------------------------------------------------- */

struct gathering {
	struct arena *arena;
	struct key_leaf **leaves;
	uint32_t count;
};

static tern_status refuse_key(const char *name, const char *what)
{
	return tern_fail(TERN_EUNSUPPORTED, "%s: %s", name, what);
}

static tern_status check_leaf(const struct wire_member *wire)
{
	const struct tern_type *type = wire->member->type;
	const struct tern_type *element =
		type->kind == TERN_KIND_ARRAY ? type->element : type;

	if (wire->member->flags & TERN_MEMBER_OPTIONAL)
		return refuse_key(wire->name, "a key cannot be @optional");
	if (type->kind == TERN_KIND_SEQUENCE || type->kind == TERN_KIND_UNION)
		return refuse_key(wire->name, "a key cannot be a sequence or union");
	if (element == type)
		return TERN_OK;
	if (element->kind == TERN_KIND_ENUM && dynamic_wire_size(element) != 4)
		return refuse_key(wire->name,
		                  "a key cannot be an array of an enum with a "
		                  "@bit_bound below 17");
	if (element->kind > TERN_KIND_FLOAT64 && element->kind != TERN_KIND_ENUM &&
	    element->kind != TERN_KIND_BITMASK)
		return refuse_key(wire->name, "a key can be an array of numbers or enums "
		                              "only");
	return TERN_OK;
}

/* `outer`: how to get to the structure. `all`: it is a key member and marks none of its own
 * members, so all are key. */
static tern_status gather(struct gathering *to, const struct tern_type *type,
                          const struct key_leaf *outer, bool all)
{
	const struct dynamic_type *made = dynamic(type);
	tern_status status = TERN_OK;

	for (uint32_t i = 0; i < made->wire_count && status == TERN_OK; i++) {
		const struct wire_member *wire = &made->wire[i];
		const struct tern_member *member = wire->member;
		struct key_leaf leaf = *outer;

		if (!all && !(member->flags & TERN_MEMBER_KEY))
			continue;
		status = check_leaf(wire);
		if (status < 0)
			break;
		leaf.type = member->type;
		leaf.name = wire->name;
		leaf.ids[leaf.depth] = member->id;
		leaf.hops[leaf.depth++] =
			(struct key_hop){ wire->offset, dynamic_is_pointer(member) };
		if (member->type->kind == TERN_KIND_STRUCTURE) {
			status = gather(to, member->type, &leaf,
			                !dynamic_has_key(member->type));
			continue;
		}
		if (to->count == LEAVES_MAX)
			return refuse_key(wire->name, "the key has too many members");
		leaf.index = to->count;
		to->leaves[to->count] = arena_alloc(to->arena, 1, sizeof(leaf));
		if (!to->leaves[to->count])
			return tern_fail(TERN_ENOMEM, "no memory for the type of %s",
			                 wire->name);
		*to->leaves[to->count++] = leaf;
	}
	return status;
}

static int by_ids(const void *a, const void *b)
{
	const struct key_leaf *x = *(struct key_leaf *const *)a;
	const struct key_leaf *y = *(struct key_leaf *const *)b;

	for (uint32_t i = 0; i < x->depth && i < y->depth; i++)
		if (x->ids[i] != y->ids[i])
			return x->ids[i] < y->ids[i] ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static size_t add_aligned(size_t size, size_t alignment, size_t more)
{
	return (size + alignment - 1) / alignment * alignment + more;
}

static bool is_delimited(const struct tern_type *type)
{
	return type->kind == TERN_KIND_ARRAY && !dynamic_is_primitive(type->element);
}

/* Can no key be longer than 16 bytes? */
static bool fits_hash(const struct dynamic_type *made)
{
	bool is_plain = made->type.flags & TERN_TYPE_XCDR1;
	size_t align_max = is_plain ? 8 : 4;
	size_t size = 0;

	for (uint32_t i = 0; i < made->leaf_count && size <= TERN_KEY_HASH_SIZE_BYTES;
	     i++) {
		const struct tern_type *leaf = made->leaves[i]->type;
		bool is_array = leaf->kind == TERN_KIND_ARRAY;
		size_t wire_size = dynamic_wire_size(is_array ? leaf->element : leaf);

		if (leaf->kind == TERN_KIND_STRING8) {
			size = leaf->bound ? add_aligned(size, 4, 5 + (size_t)leaf->bound)
			                   : SIZE_MAX / 2;
			continue;
		}
		if (is_delimited(leaf) && !is_plain)
			size = add_aligned(size, 4, 4);
		size = add_aligned(size, wire_size < align_max ? wire_size : align_max,
		                   wire_size * (is_array ? leaf->bound : 1));
	}
	return size <= TERN_KEY_HASH_SIZE_BYTES;
}

tern_status dynamic_gather_keys(struct arena *arena, struct dynamic_type *made)
{
	const struct key_leaf none = { 0 };
	struct key_leaf *leaves[LEAVES_MAX];
	struct gathering to = { .arena = arena, .leaves = leaves };
	tern_status status = gather(&to, &made->type, &none, false);
	struct key_leaf **kept;

	if (status < 0)
		return status;
	kept = arena_alloc(arena, to.count, sizeof(struct key_leaf *));
	if (!kept)
		return tern_fail(TERN_ENOMEM, "no memory for the type %s",
		                 made->type.name);
	memcpy(kept, leaves, to.count * sizeof(struct key_leaf *));
	qsort(kept, to.count, sizeof(struct key_leaf *), by_ids);
	made->leaves = (const struct key_leaf *const *)kept;
	made->leaf_count = to.count;
	if (fits_hash(made))
		made->type.flags |= TERN_TYPE_KEY_FITS_HASH;
	return TERN_OK;
}

/* ---- out of a sample ------------------------------------------------------------------- */

/* NULL: an @external member on the way is. */
static const void *locate(const struct key_leaf *leaf, const void *sample)
{
	const void *at = sample;

	for (uint32_t i = 0; i < leaf->depth && at; i++) {
		at = TERN_CDR_CONST_AT(at, leaf->hops[i].offset);
		if (leaf->hops[i].is_pointer)
			memcpy(&at, at, sizeof(at));
	}
	return at;
}

static struct tern_cdr_span span_of(const struct tern_type *type, const void *at)
{
	const char *text;

	if (type->kind == TERN_KIND_ARRAY)
		return (struct tern_cdr_span){ at, (uint32_t)type->size_bytes, false };
	if (type->bound)
		return tern_cdr_bounded_string_span(at, type->bound);
	memcpy(&text, at, sizeof(text));
	return tern_cdr_string_span(text);
}

static bool write_number(struct tern_cdr_writer *w, const struct tern_type *type,
                         const void *at)
{
	uint64_t value = 0;

	if (type->kind == TERN_KIND_FLOAT64)
		memcpy(&value, at, 8);
	else if (type->kind == TERN_KIND_FLOAT32)
		value = (uint64_t)dynamic_label(&(struct tern_type){ .size_bytes = 4 },
		                                at);
	else
		value = (uint64_t)dynamic_label(type, at);
	switch (dynamic_wire_size(type)) {
	case 1:
		return tern_cdr_put_u8(w, (uint8_t)value);
	case 2:
		return tern_cdr_put_key_u16(w, (uint16_t)value);
	case 4:
		return tern_cdr_put_key_u32(w, (uint32_t)value);
	default:
		return tern_cdr_put_key_u64(w, value);
	}
}

static bool write_leaf(struct tern_cdr_writer *w, const struct key_leaf *leaf,
                       const void *at)
{
	const struct tern_type *type = leaf->type;
	size_t mark = 0;

	if (type->kind == TERN_KIND_STRING8)
		return tern_cdr_put_key_string(w, span_of(type, at), leaf->name);
	if (type->kind != TERN_KIND_ARRAY)
		return write_number(w, type, at);
	if (is_delimited(type) && !tern_cdr_begin(w, &mark))
		return false;
	if (!tern_cdr_put_key_array(w, span_of(type, at), type->element->size_bytes))
		return false;
	tern_cdr_end_key(w, mark);
	return true;
}

bool dynamic_write_key(struct tern_cdr_writer *w, const struct tern_type *type,
                       const void *sample)
{
	const struct dynamic_type *made = dynamic(type);

	for (uint32_t i = 0; i < made->leaf_count; i++) {
		const void *at = locate(made->leaves[i], sample);

		if (!at || !write_leaf(w, made->leaves[i], at))
			return false;
	}
	return true;
}

tern_status dynamic_key_hash(const struct tern_type *type, const void *sample,
                             uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	uint8_t room[TERN_CDR_KEY_ROOM_BYTES];
	struct tern_cdr_writer w;
	bool written;

	tern_cdr_hash_begin(&w, type, room);
	written = dynamic_write_key(&w, type, sample);
	if (!written && w.status == TERN_OK)
		w.status = tern_cdr_key_is_null(type);
	return tern_cdr_hash_end(&w, type, written, ret_hash);
}

static int compare_float(double a, double b)
{
	return a == b ? 0 : a < b ? -1 : 1;
}

static int compare_leaf(const struct tern_type *type, const void *a, const void *b)
{
	double x, y;
	float f, g;

	switch (type->kind) {
	case TERN_KIND_STRING8:
	case TERN_KIND_ARRAY:
		return tern_cdr_compare_spans(span_of(type, a), span_of(type, b));
	case TERN_KIND_FLOAT64:
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		return compare_float(x, y);
	case TERN_KIND_FLOAT32:
		memcpy(&f, a, 4);
		memcpy(&g, b, 4);
		return compare_float((double)f, (double)g);
	case TERN_KIND_UINT64:
	case TERN_KIND_BITMASK: {
		uint64_t u = (uint64_t)dynamic_label(type, a);
		uint64_t v = (uint64_t)dynamic_label(type, b);

		return (u > v) - (u < v);
	}
	default: {
		int64_t i = dynamic_label(type, a);
		int64_t j = dynamic_label(type, b);

		return (i > j) - (i < j);
	}
	}
}

int dynamic_key_compare(const struct tern_type *type, const void *a, const void *b)
{
	const struct dynamic_type *made = dynamic(type);

	for (uint32_t i = 0; i < made->leaf_count; i++) {
		const void *x = locate(made->leaves[i], a);
		const void *y = locate(made->leaves[i], b);
		int order = x && y ? compare_leaf(made->leaves[i]->type, x, y)
		                   : (x != NULL) - (y != NULL);

		if (order)
			return order;
	}
	return 0;
}

/* ---- out of a payload ------------------------------------------------------------------ */

static bool read_plain(struct tern_cdr_reader *r, const struct dynamic_type *made,
                       void *sample)
{
	for (uint32_t i = 0; i < made->leaf_count; i++) {
		const struct key_leaf *leaf = made->leaves[i];
		/* dynamic_set_default() made what is held by pointer on the way. */
		void *at = (void *)(uintptr_t)locate(leaf, sample);

		if (!at) {
			r->status = tern_cdr_key_is_null(&made->type);
			return false;
		}
		if (!dynamic_get(r, leaf->type, at, leaf->name))
			return false;
	}
	return true;
}

/* A key-only payload is the plain keys. Peers by the letter of XTypes put them into the type's
 * own DHEADER or parameter list: taken where the plain reading does not fill the payload, and
 * that one does. */
bool dynamic_take_key(struct tern_cdr_reader *r, const struct tern_type *type,
                      void *sample)
{
	const struct dynamic_type *made = dynamic(type);
	struct tern_cdr_reader plain = *r;
	const uint8_t *outer;
	bool fits;

	if (type->extensibility == TERN_FINAL)
		return read_plain(r, made, sample);
	fits = read_plain(&plain, made, sample);
	if (fits && tern_cdr_left(&plain) < 4)
		return true;
	if (!tern_cdr_is_delimited(r)) {
		r->status = plain.status;
		return fits;
	}
	dynamic_fini_sample(type, sample);
	if (!dynamic_set_default(r, type, sample, type->name))
		return false;
	struct tern_cdr_reader delimited = *r;
	if (type->extensibility == TERN_MUTABLE
	            ? dynamic_get_listed_keys(&delimited, type, sample)
	            : tern_cdr_enter(&delimited, &outer, type->name) &&
	                      read_plain(&delimited, made, sample) &&
	                      tern_cdr_left(&delimited) < 4)
		return true;
	dynamic_fini_sample(type, sample);
	return dynamic_set_default(r, type, sample, type->name) &&
	       read_plain(r, made, sample);
}

tern_status dynamic_payload_key_hash(const struct tern_type *type, const uint8_t *payload,
                                     size_t size_bytes, bool key_only,
                                     uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	void *sample = calloc(1, type->size_bytes);
	tern_status status;

	if (!sample)
		return tern_fail(TERN_ENOMEM, "%s: no memory for a sample", type->name);
	status = dynamic_decode(type, payload, size_bytes, key_only, sample);
	if (status == TERN_OK) {
		status = dynamic_key_hash(type, sample, ret_hash);
		dynamic_fini_sample(type, sample);
	}
	free(sample);
	return status;
}
