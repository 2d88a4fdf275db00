/* Keys. A type's key members, those of structures within it included, are gathered in
 *
 *	struct key_TYPE { one field a key member; strings and arrays where they lie };
 *
 * which is filled from a sample (load), from a payload (find) or from a key-only payload (read),
 * and written, hashed, stored or compared from there. On the wire they stand in the order of
 * their member ids, as Cyclone DDS has it, in both representations. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

enum { MAX_DEPTH = 32 };

struct leaf {
	char *expression; /* from the sample: "s->header.stamp" */
	char *field;      /* in struct key_TYPE: "header_stamp" */
	char *name;       /* for messages */
	const struct member *member;
	const struct type *type;
	uint32_t ids[MAX_DEPTH]; /* of the members on the way */
	size_t depth;
	size_t definition_index;
};

struct key {
	const struct type *type;
	struct leaf *leaves; /* in the order of definition */
	size_t count;
	struct leaf **sorted;      /* in the order of the wire */
	char *pointers[MAX_DEPTH]; /* @external members on the way: must not be NULL */
	char *pointer_names[MAX_DEPTH];
	size_t pointer_count;
};

/* ---- which members make up the key ---- */

static void add_leaf(struct key *key, struct leaf leaf)
{
	key->leaves = realloc(key->leaves, (key->count + 1) * sizeof(*key->leaves));
	if (!key->leaves)
		abort();
	leaf.definition_index = key->count;
	key->leaves[key->count++] = leaf;
}

static char *field_name(const char *prefix, const char *name)
{
	return *prefix ? must_format("%s_%s", prefix, name) : must_copy(name);
}

/* `all`: the structure is a key member and marks none of its own members, so all are key. */
static void gather(struct key *key, const struct type *type, const char *prefix,
                   const char *field_prefix, const uint32_t *ids, size_t depth, bool all)
{
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);

	for (size_t i = 0; i < count && depth + 1 < MAX_DEPTH; i++) {
		const struct member *member = members[i].member;
		char *expression = must_format("%s%s", prefix, members[i].path);
		struct leaf leaf = {
			.field = field_name(field_prefix, member->name),
			.name = member_name(&members[i]),
			.member = member,
			.type = member->type,
			.depth = depth + 1,
		};

		if (!all && !member->key)
			continue;
		memcpy(leaf.ids, ids, depth * sizeof(*ids));
		leaf.ids[depth] = member->id;
		if (member_is_pointer(member) && key->pointer_count < MAX_DEPTH) {
			key->pointers[key->pointer_count] = expression;
			key->pointer_names[key->pointer_count++] = leaf.name;
			expression = must_format("(*%s)", expression);
		}
		leaf.expression = expression;
		if (member->type->kind == TERN_KIND_STRUCTURE)
			gather(key, member->type, must_format("%s.", expression),
			       leaf.field, leaf.ids, depth + 1,
			       !type_has_key(member->type));
		else
			add_leaf(key, leaf);
	}
	free(members);
}

static int by_ids(const void *a, const void *b)
{
	const struct leaf *x = *(struct leaf *const *)a;
	const struct leaf *y = *(struct leaf *const *)b;

	for (size_t i = 0; i < x->depth && i < y->depth; i++) {
		if (x->ids[i] != y->ids[i])
			return x->ids[i] < y->ids[i] ? -1 : 1;
	}
	return x->definition_index < y->definition_index ? -1 : 1;
}

static struct key gather_key(const struct type *type)
{
	struct key key = { .type = type };
	uint32_t none[MAX_DEPTH] = { 0 };

	gather(&key, type, "s->", "", none, 0, false);
	key.sorted = must_allocate(key.count, sizeof(*key.sorted));
	for (size_t i = 0; i < key.count; i++)
		key.sorted[i] = &key.leaves[i];
	qsort(key.sorted, key.count, sizeof(*key.sorted), by_ids);
	return key;
}

static bool is_span(const struct type *type)
{
	return type->kind == TERN_KIND_STRING8 || type->kind == TERN_KIND_ARRAY;
}

static bool is_delimited_array(const struct type *type)
{
	return type->kind == TERN_KIND_ARRAY && !type_is_primitive(type->element);
}

/* ---- the size of the longest key ---- */

static size_t add_aligned(size_t size, size_t alignment, size_t more)
{
	return (size + alignment - 1) / alignment * alignment + more;
}

bool key_fits_hash(const struct type *type)
{
	struct key key = gather_key(type);
	size_t align_max = type->is_plain ? 8 : 4;
	size_t size = 0;

	for (size_t i = 0; i < key.count && size <= TERN_KEY_HASH_SIZE_BYTES; i++) {
		const struct type *leaf = key.sorted[i]->type;
		const struct type *element =
			leaf->kind == TERN_KIND_ARRAY ? leaf->element : leaf;
		size_t wire_size = type_wire_size(element);

		if (leaf->kind == TERN_KIND_STRING8) {
			size = leaf->bound ? add_aligned(size, 4, 5 + (size_t)leaf->bound)
			                   : SIZE_MAX / 2;
			continue;
		}
		if (is_delimited_array(leaf) && !type->is_plain)
			size = add_aligned(size, 4, 4);
		size = add_aligned(
			size, wire_size < align_max ? wire_size : align_max,
			wire_size * (leaf->kind == TERN_KIND_ARRAY ? leaf->bound : 1));
	}
	return size <= TERN_KEY_HASH_SIZE_BYTES;
}

/* ---- struct key_TYPE ---- */

static void emit_struct(struct text *out, const struct key *key)
{
	text_open(out, "struct key_%s {", key->type->c_name);
	for (size_t i = 0; i < key->count; i++) {
		const struct leaf *leaf = &key->leaves[i];

		if (is_span(leaf->type))
			text_line(out, "struct tern_cdr_span %s;", leaf->field);
		else if (leaf->type->kind == TERN_KIND_ENUM)
			text_line(out, "uint%zu_t %s;", 8 * type_wire_size(leaf->type),
			          leaf->field);
		else if (leaf->type->kind == TERN_KIND_BITMASK)
			text_line(out, "uint%zu_t %s;", 8 * leaf->type->size,
			          leaf->field);
		else
			text_line(out, "%s %s;", leaf->type->c_name, leaf->field);
	}
	text_close(out, "};");
	text_blank(out);
}

/* ---- from a sample ---- */

static void emit_load(struct text *out, const struct key *key)
{
	const char *name = key->type->c_name;

	text_line(out, "/* false: an @external member on the way is NULL */");
	text_line(out, "static bool load_key_%s(const %s *s, struct key_%s *k)", name,
	          name, name);
	text_open(out, "{");
	text_line(out, "memset(k, 0, sizeof(*k));");
	for (size_t i = 0; i < key->pointer_count; i++) {
		text_line(out, "if (!%s)", key->pointers[i]);
		text_line(out, "\treturn false;");
	}
	for (size_t i = 0; i < key->count; i++) {
		const struct leaf *leaf = &key->leaves[i];

		if (leaf->type->kind == TERN_KIND_STRING8 && leaf->type->bound)
			text_line(out,
			          "k->%s = tern_cdr_bounded_string_span(%s, %" PRIu32
			          ");",
			          leaf->field, leaf->expression, leaf->type->bound);
		else if (leaf->type->kind == TERN_KIND_STRING8)
			text_line(out, "k->%s = tern_cdr_string_span(%s);", leaf->field,
			          leaf->expression);
		else if (leaf->type->kind == TERN_KIND_ARRAY)
			text_line(out, "k->%s = (struct tern_cdr_span){%s, %zu, false};",
			          leaf->field, leaf->expression, leaf->type->size);
		else if (leaf->type->kind == TERN_KIND_ENUM)
			text_line(out, "k->%s = (uint%zu_t)%s;", leaf->field,
			          8 * type_wire_size(leaf->type), leaf->expression);
		else
			text_line(out, "k->%s = %s;", leaf->field, leaf->expression);
	}
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- to the wire ---- */

static void write_leaf(struct text *out, const struct leaf *leaf)
{
	const struct type *type = leaf->type;
	size_t bits = 8 * type_wire_size(type);

	if (type->kind == TERN_KIND_STRING8) {
		emit_try(out, "tern_cdr_put_key_string(w, k->%s, \"%s\")", leaf->field,
		         leaf->name);
	} else if (type->kind == TERN_KIND_ARRAY) {
		if (is_delimited_array(type))
			emit_try(out, "tern_cdr_begin(w, &mark)");
		emit_try(out, "tern_cdr_put_key_array(w, k->%s, %zu)", leaf->field,
		         type->element->size);
		if (is_delimited_array(type))
			text_line(out, "tern_cdr_end_key(w, mark);");
	} else if (type->kind == TERN_KIND_FLOAT32 || type->kind == TERN_KIND_FLOAT64) {
		text_open(out, "{");
		text_line(out, "uint%zu_t bits;", bits);
		text_blank(out);
		text_line(out, "memcpy(&bits, &k->%s, sizeof(bits));", leaf->field);
		emit_try(out, "tern_cdr_put_key_u%zu(w, bits)", bits);
		text_close(out, "}");
	} else if (bits == 8) {
		emit_try(out, "tern_cdr_put_u8(w, (uint8_t)k->%s)", leaf->field);
	} else {
		emit_try(out, "tern_cdr_put_key_u%zu(w, (uint%zu_t)k->%s)", bits, bits,
		         leaf->field);
	}
}

static void emit_write(struct text *out, const struct key *key)
{
	bool delimited = false;

	for (size_t i = 0; i < key->count; i++)
		delimited |= is_delimited_array(key->leaves[i].type);
	text_line(out,
	          "static bool write_key_%s(struct tern_cdr_writer *w, const struct "
	          "key_%s *k)",
	          key->type->c_name, key->type->c_name);
	text_open(out, "{");
	if (delimited) {
		text_line(out, "size_t mark;");
		text_blank(out);
	}
	for (size_t i = 0; i < key->count; i++)
		write_leaf(out, key->sorted[i]);
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- from the wire ---- */

static void read_array(struct text *out, const struct leaf *leaf)
{
	const struct type *element = leaf->type->element;

	if (is_delimited_array(leaf->type)) {
		text_open(out, "{");
		text_line(out, "const uint8_t *inner;");
		text_blank(out);
		emit_try(out, "tern_cdr_enter(r, &inner, \"%s\")", leaf->name);
	}
	emit_try(out, "tern_cdr_take_array_span(r, %zu, %" PRIu32 ", &k->%s, \"%s\")",
	         element->size, leaf->type->bound, leaf->field, leaf->name);
	if (element->kind == TERN_KIND_BOOLEAN)
		emit_try(out, "tern_cdr_check_span(r, k->%s, 1, 1, \"%s\")", leaf->field,
		         leaf->name);
	if (element->kind == TERN_KIND_ENUM)
		emit_try(out, "tern_cdr_check_span(r, k->%s, 4, %" PRIu64 "u, \"%s\")",
		         leaf->field, type_enum_max(element), leaf->name);
	if (is_delimited_array(leaf->type)) {
		text_line(out, "tern_cdr_leave(r, inner);");
		text_close(out, "}");
	}
}

static void read_leaf(struct text *out, const struct leaf *leaf)
{
	const struct type *type = leaf->type;
	size_t size = type_wire_size(type);

	switch (type->kind) {
	case TERN_KIND_STRING8:
		emit_try(out, "tern_cdr_take_string_span(r, %" PRIu32 ", &k->%s, \"%s\")",
		         type->bound, leaf->field, leaf->name);
		break;
	case TERN_KIND_ARRAY:
		read_array(out, leaf);
		break;
	case TERN_KIND_BOOLEAN:
		emit_try(out, "tern_cdr_get_boolean(r, &k->%s, \"%s\")", leaf->field,
		         leaf->name);
		break;
	case TERN_KIND_ENUM:
		emit_try(out, "tern_cdr_get_u%zu(r, &k->%s, \"%s\")", 8 * size,
		         leaf->field, leaf->name);
		text_line(out, "if (k->%s > %" PRIu64 "u)", leaf->field,
		          type_enum_max(type));
		text_line(out,
		          "\treturn tern_cdr_read_refused(r, \"%s\", \"as an enum\", "
		          "k->%s, "
		          "%" PRIu64 "u);",
		          leaf->name, leaf->field, type_enum_max(type));
		break;
	default:
		emit_try(out, "tern_cdr_get_array(r, &k->%s, %zu, 1, \"%s\")",
		         leaf->field, size, leaf->name);
		break;
	}
}

static void emit_read(struct text *out, const struct key *key)
{
	text_line(out,
	          "static bool read_key_%s(struct tern_cdr_reader *r, struct key_%s *k)",
	          key->type->c_name, key->type->c_name);
	text_open(out, "{");
	text_line(out, "memset(k, 0, sizeof(*k));");
	for (size_t i = 0; i < key->count; i++)
		read_leaf(out, key->sorted[i]);
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- from a whole payload ---- */

struct finder {
	struct text *out;
	struct key *key;
	int depth; /* of nested structures: numbers the variables */
};

static void find_structure(struct finder *f, const struct type *type, const uint32_t *ids,
                           size_t depth, bool all, bool to_the_end);

static const struct leaf *find_leaf(const struct finder *f, const uint32_t *ids,
                                    size_t depth, const struct member *member)
{
	for (size_t i = 0; i < f->key->count; i++) {
		const struct leaf *leaf = &f->key->leaves[i];

		if (leaf->member == member && leaf->depth == depth &&
		    memcmp(leaf->ids, ids, depth * sizeof(*ids)) == 0)
			return leaf;
	}
	return NULL;
}

static void find_member(struct finder *f, const struct wire_member *wire,
                        const uint32_t *ids, size_t depth)
{
	uint32_t own_ids[MAX_DEPTH];
	const struct leaf *leaf;

	memcpy(own_ids, ids, depth * sizeof(*ids));
	own_ids[depth] = wire->member->id;
	if (wire->member->type->kind == TERN_KIND_STRUCTURE) {
		find_structure(f, wire->member->type, own_ids, depth + 1,
		               !type_has_key(wire->member->type), true);
		return;
	}
	leaf = find_leaf(f, own_ids, depth + 1, wire->member);
	if (leaf)
		read_leaf(f->out, leaf);
}

static void find_in_sequence(struct finder *f, const struct wire_member *members,
                             size_t count, const uint32_t *ids, size_t depth, bool all,
                             bool to_the_end, bool may_end)
{
	size_t last = count;

	while (!to_the_end && last > 0 && !all && !members[last - 1].member->key)
		last--;
	for (size_t i = 0; i < last;) {
		size_t next = i;
		struct plan plan;

		if (may_end) {
			text_line(f->out, "if (r->at == r->end)");
			text_line(f->out, "\tbreak;");
		}
		if (all || members[i].member->key) {
			find_member(f, &members[i], ids, depth);
			i++;
			continue;
		}
		while (next < last && !all && !members[next].member->key &&
		       (next == i || !may_end))
			next++;
		plan = plan_make(members + i, next - i, may_end);
		for (size_t j = 0; j < plan.count; j++)
			emit_skip_step(f->out, &plan.steps[j]);
		plan_fini(&plan);
		i = next;
	}
}

static void find_in_list(struct finder *f, const struct wire_member *members,
                         size_t count, const uint32_t *ids, size_t depth, bool all)
{
	struct text *out = f->out;
	int level = f->depth;
	bool has_key = false;

	for (size_t i = 0; i < count; i++)
		has_key |= members[i].member->key;
	text_line(out, "struct tern_cdr_member member%d;", level);
	if (has_key)
		text_line(out, "bool seen%d[%zu] = {false};", level, count);
	text_blank(out);
	text_open(out, "while (r->at < r->end) {");
	emit_try(out, "tern_cdr_enter_member(r, &member%d)", level);
	text_line(out, "switch (member%d.id) {", level);
	for (size_t i = 0; i < count; i++) {
		if (!all && !members[i].member->key)
			continue;
		text_line(out, "case %" PRIu32 "u: /* %s */", members[i].member->id,
		          members[i].member->name);
		out->depth++;
		find_member(f, &members[i], ids, depth);
		if (members[i].member->key)
			text_line(out, "seen%d[%zu] = true;", level, i);
		text_line(out, "break;");
		out->depth--;
	}
	text_line(out, "default:");
	text_line(out, "\tbreak;");
	text_line(out, "}");
	text_line(out, "tern_cdr_leave_member(r, &member%d);", level);
	text_close(out, "}");
	for (size_t i = 0; i < count; i++) {
		if (!members[i].member->key)
			continue;
		text_line(out, "if (!seen%d[%zu])", level, i);
		text_line(out, "\treturn tern_cdr_read_missing(r, \"%s.%s\");",
		          members[i].owner->name, members[i].member->name);
	}
}

static void find_structure(struct finder *f, const struct type *type, const uint32_t *ids,
                           size_t depth, bool all, bool to_the_end)
{
	struct text *out = f->out;
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);
	int level = ++f->depth;

	if (type->extensibility == TERN_FINAL) {
		find_in_sequence(f, members, count, ids, depth, all, to_the_end, false);
	} else {
		text_open(out, "do {");
		text_line(out, "const uint8_t *outer%d;", level);
		if (type->extensibility == TERN_MUTABLE) {
			text_line(out,
			          "bool entered%d = tern_cdr_enter(r, &outer%d, \"%s\");",
			          level, level, type->name);
			text_blank(out);
			text_line(out, "if (!entered%d)", level);
			text_line(out, "\treturn false;");
			text_open(out, "{");
			find_in_list(f, members, count, ids, depth, all);
			text_close(out, "}");
		} else {
			text_blank(out);
			emit_try(out, "tern_cdr_enter(r, &outer%d, \"%s\")", level,
			         type->name);
			text_open(out, "do {");
			find_in_sequence(f, members, count, ids, depth, all, false, true);
			text_close(out, "} while (false);");
		}
		text_line(out, "tern_cdr_leave(r, outer%d);", level);
		text_close(out, "} while (false);");
	}
	f->depth--;
	free(members);
}

/* What a key member is when an older writer does not send it. */
static void default_leaf(struct text *out, const struct leaf *leaf)
{
	const struct tern_value *initial = &leaf->member->initial;
	char *quoted;

	switch (initial->kind) {
	case TERN_VALUE_STRING:
		quoted = text_quote(initial->as.s);
		text_line(out, "k->%s = tern_cdr_string_span(%s);", leaf->field, quoted);
		free(quoted);
		break;
	case TERN_VALUE_INT64:
		text_line(out, "k->%s = INT64_C(%" PRId64 ");", leaf->field,
		          initial->as.i);
		break;
	case TERN_VALUE_UINT64:
		text_line(out, "k->%s = UINT64_C(%" PRIu64 ");", leaf->field,
		          initial->as.u);
		break;
	case TERN_VALUE_FLOAT64:
		text_line(out, "k->%s = (%s)%a;", leaf->field, leaf->type->c_name,
		          initial->as.f);
		break;
	case TERN_VALUE_BOOLEAN:
		text_line(out, "k->%s = %s;", leaf->field,
		          initial->as.b ? "true" : "false");
		break;
	default:
		if (leaf->type->kind == TERN_KIND_ENUM && leaf->type->has_default)
			text_line(out, "k->%s = %" PRId64 ";", leaf->field,
			          type_enum_default(leaf->type));
		else if (leaf->type->kind == TERN_KIND_STRING8)
			text_line(out, "k->%s = tern_cdr_string_span(\"\");",
			          leaf->field);
		else if (leaf->type->kind == TERN_KIND_ARRAY) {
			text_line(
				out,
				"k->%s = (struct tern_cdr_span){missing_%s, %zu, false};",
				leaf->field, leaf->field, leaf->type->size);
		}
		break;
	}
}

/* What an array of keys is when it is not sent: zeroes, or each the enum's default. */
static void default_array(struct text *out, const struct leaf *leaf)
{
	const struct type *element = leaf->type->element;

	if (!leaf->type->has_default) {
		text_line(out, "static const uint8_t missing_%s[%zu];", leaf->field,
		          leaf->type->size);
		return;
	}
	text_line(out, "static const uint32_t missing_%s[] = {", leaf->field);
	for (uint32_t i = 0; i < leaf->type->bound; i++)
		text_line(out, "\t%" PRId64 ",", type_enum_default(element));
	text_line(out, "};");
}

static void emit_find(struct text *out, struct key *key)
{
	struct finder f = { .out = out, .key = key };
	uint32_t none[MAX_DEPTH] = { 0 };
	bool may_be_missing = key->type->extensibility != TERN_FINAL;

	for (size_t i = 0; i < key->count; i++)
		may_be_missing |= key->leaves[i].depth > 1;
	text_line(out,
	          "static bool find_key_%s(struct tern_cdr_reader *r, struct key_%s *k)",
	          key->type->c_name, key->type->c_name);
	text_open(out, "{");
	for (size_t i = 0; i < key->count && may_be_missing; i++) {
		if (key->leaves[i].type->kind == TERN_KIND_ARRAY)
			default_array(out, &key->leaves[i]);
	}
	text_line(out, "memset(k, 0, sizeof(*k));");
	for (size_t i = 0; i < key->count && may_be_missing; i++)
		default_leaf(out, &key->leaves[i]);
	find_structure(&f, key->type, none, 0, false, false);
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

/* A key-only payload is the plain keys. Peers by the letter of XTypes put them into the type's
 * own DHEADER or parameter list: taken where the plain reading does not fill the payload. */
static void emit_take(struct text *out, const struct key *key)
{
	const char *name = key->type->c_name;

	text_line(out,
	          "static bool take_key_%s(struct tern_cdr_reader *r, bool key_only, "
	          "struct key_%s *k)",
	          name, name);
	text_open(out, "{");
	if (key->type->extensibility == TERN_FINAL) {
		text_line(out, "return key_only ? read_key_%s(r, k) : find_key_%s(r, k);",
		          name, name);
		text_close(out, "}");
		text_blank(out);
		return;
	}
	text_line(out, "struct tern_cdr_reader plain = *r;");
	text_line(out, "const uint8_t *outer;");
	text_line(out, "struct key_%s delimited;", name);
	text_line(out, "bool fits;");
	text_blank(out);
	text_line(out, "if (!key_only)");
	text_line(out, "\treturn find_key_%s(r, k);", name);
	text_line(out, "fits = read_key_%s(&plain, k);", name);
	text_line(out, "if (fits && tern_cdr_left(&plain) < 4)");
	text_line(out, "\treturn true;");
	if (key->type->extensibility == TERN_MUTABLE) {
		text_line(out, "(void)outer;");
		text_open(out, "if (find_key_%s(r, &delimited)) {", name);
	} else {
		text_open(out,
		          "if (tern_cdr_enter(r, &outer, \"%s\") && read_key_%s(r, "
		          "&delimited)) {",
		          key->type->name, name);
	}
	text_line(out, "*k = delimited;");
	text_line(out, "return true;");
	text_close(out, "}");
	text_line(out, "return fits;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- into a sample ---- */

static void store_leaf(struct text *out, const struct leaf *leaf)
{
	const struct type *type = leaf->type;

	if (type->kind == TERN_KIND_STRING8 && type->bound)
		text_line(out, "memcpy(%s, k->%s.at, k->%s.size_bytes);",
		          leaf->expression, leaf->field, leaf->field);
	else if (type->kind == TERN_KIND_STRING8) {
		text_line(out, "free(%s);", leaf->expression);
		text_line(out, "%s = NULL;", leaf->expression);
		emit_try(out, "tern_cdr_store_string(r, k->%s, &%s, \"%s\")", leaf->field,
		         leaf->expression, leaf->name);
	} else if (type->kind == TERN_KIND_ARRAY)
		text_line(out, "tern_cdr_store_array(k->%s, %zu, %s);", leaf->field,
		          type->element->size, leaf->expression);
	else if (type->kind == TERN_KIND_ENUM)
		text_line(out, "%s = (%s)k->%s;", leaf->expression, type->c_name,
		          leaf->field);
	else
		text_line(out, "%s = k->%s;", leaf->expression, leaf->field);
}

static void emit_store(struct text *out, const struct key *key)
{
	const char *name = key->type->c_name;

	text_line(out,
	          "static bool store_key_%s(struct tern_cdr_reader *r, const struct "
	          "key_%s *k, "
	          "%s *s)",
	          name, name, name);
	text_open(out, "{");
	text_line(out, "(void)r;");
	for (size_t i = 0; i < key->pointer_count; i++) {
		text_open(out, "if (!%s) {", key->pointers[i]);
		text_line(out, "%s = tern_cdr_allocate(r, 1, sizeof(*%s), true, \"%s\");",
		          key->pointers[i], key->pointers[i], key->pointer_names[i]);
		text_line(out, "if (!%s)", key->pointers[i]);
		text_line(out, "\treturn false;");
		text_close(out, "}");
	}
	for (size_t i = 0; i < key->count; i++)
		store_leaf(out, &key->leaves[i]);
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- order ---- */

static void emit_compare(struct text *out, const struct key *key)
{
	const char *name = key->type->c_name;
	bool has_span = false;

	for (size_t i = 0; i < key->count; i++)
		has_span |= is_span(key->leaves[i].type);
	text_line(out, "static int compare_keys_%s(const void *a, const void *b)", name);
	text_open(out, "{");
	text_line(out, "struct key_%s x, y;", name);
	if (has_span)
		text_line(out, "int order;");
	text_blank(out);
	text_line(out, "(void)load_key_%s(a, &x);", name);
	text_line(out, "(void)load_key_%s(b, &y);", name);
	for (size_t i = 0; i < key->count; i++) {
		const char *field = key->sorted[i]->field;

		if (is_span(key->sorted[i]->type)) {
			text_line(out, "order = tern_cdr_compare_spans(x.%s, y.%s);",
			          field, field);
			text_line(out, "if (order)");
			text_line(out, "\treturn order;");
		} else {
			text_line(out, "if (x.%s != y.%s)", field, field);
			text_line(out, "\treturn x.%s < y.%s ? -1 : 1;", field, field);
		}
	}
	text_line(out, "return 0;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- hashes ---- */

static void emit_hashes(struct text *out, const struct key *key)
{
	const char *name = key->type->c_name;

	text_line(out,
	          "static tern_status hash_key_%s(const struct key_%s *k, uint8_t "
	          "*ret_hash)",
	          name, name);
	text_open(out, "{");
	text_line(out, "struct tern_cdr_writer w;");
	text_blank(out);
	text_line(out, "tern_cdr_hash_begin(&w, &%s_type);", name);
	text_line(
		out,
		"return tern_cdr_hash_end(&w, &%s_type, write_key_%s(&w, k), ret_hash);",
		name, name);
	text_close(out, "}");
	text_blank(out);
	text_line(out,
	          "static tern_status key_hash_%s(const void *sample, uint8_t *ret_hash)",
	          name);
	text_open(out, "{");
	text_line(out, "struct key_%s k;", name);
	text_blank(out);
	text_line(out, "if (!load_key_%s(sample, &k))", name);
	text_line(out, "\treturn tern_cdr_key_is_null(&%s_type);", name);
	text_line(out, "return hash_key_%s(&k, ret_hash);", name);
	text_close(out, "}");
	text_blank(out);
	text_line(out,
	          "static tern_status payload_key_hash_%s(const uint8_t *payload, size_t "
	          "size_bytes, "
	          "bool key_only,",
	          name);
	text_line(out, "                                       uint8_t *ret_hash)");
	text_open(out, "{");
	text_line(out, "struct tern_cdr_reader r;");
	text_line(out, "struct key_%s k;", name);
	text_blank(out);
	text_line(out, "if (!tern_cdr_read_begin(&r, &%s_type, payload, size_bytes) ||",
	          name);
	text_line(out, "    !take_key_%s(&r, key_only, &k))", name);
	text_line(out, "\treturn r.status;");
	text_line(out, "return hash_key_%s(&k, ret_hash);", name);
	text_close(out, "}");
	text_blank(out);
}

void emit_key_functions(struct text *out, const struct type *type)
{
	struct key key;

	if (!type_has_key(type))
		return;
	key = gather_key(type);
	emit_struct(out, &key);
	emit_load(out, &key);
	emit_write(out, &key);
	emit_read(out, &key);
	emit_find(out, &key);
	emit_take(out, &key);
	emit_store(out, &key);
	emit_compare(out, &key);
	emit_hashes(out, &key);
}
