/* Keys. A type's key members, those of structures within it included, are gathered in
 *
 *	struct key_TYPE { one field a key member; strings and arrays where they lie };
 *
 * which is filled from a sample (load), from a payload (find) or from a key-only payload (read),
 * and written, hashed, stored or compared from there. On the wire they stand in the order of
 * their member ids, as Cyclone DDS has it, in both representations. */
#include <inttypes.h>
#include <stdlib.h>

#include "emit.h"
#include "emit_key.h"

/* ---- struct key_TYPE ---- */

static void emit_struct(struct text *out, const struct key *key)
{
	text_open(out, "struct key_%s {", key->type->c_name);
	for (size_t i = 0; i < key->count; i++) {
		const struct key_leaf *leaf = &key->leaves[i];

		if (key_is_span(leaf->type))
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
		const struct key_leaf *leaf = &key->leaves[i];

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

static void write_leaf(struct text *out, const struct key_leaf *leaf)
{
	const struct type *type = leaf->type;
	size_t bits = 8 * type_wire_size(type);

	if (type->kind == TERN_KIND_STRING8) {
		emit_try(out, "tern_cdr_put_key_string(w, k->%s, \"%s\")", leaf->field,
		         leaf->name);
	} else if (type->kind == TERN_KIND_ARRAY) {
		if (key_is_delimited_array(type))
			emit_try(out, "tern_cdr_begin(w, &mark)");
		emit_try(out, "tern_cdr_put_key_array(w, k->%s, %zu)", leaf->field,
		         type->element->size);
		if (key_is_delimited_array(type))
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
		delimited |= key_is_delimited_array(key->leaves[i].type);
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

static void read_array(struct text *out, const struct key_leaf *leaf)
{
	const struct type *element = leaf->type->element;

	if (key_is_delimited_array(leaf->type)) {
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
	if (key_is_delimited_array(leaf->type)) {
		text_line(out, "tern_cdr_leave(r, inner);");
		text_close(out, "}");
	}
}

void emit_key_read_leaf(struct text *out, const struct key_leaf *leaf)
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
		emit_key_read_leaf(out, key->sorted[i]);
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- into a sample ---- */

static void store_leaf(struct text *out, const struct key_leaf *leaf)
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
		has_span |= key_is_span(key->leaves[i].type);
	text_line(
		out,
		"static int compare_keys_%s(const struct tern_type *type, const void *a, "
		"const void *b)",
		name);
	text_open(out, "{");
	text_line(out, "struct key_%s x, y;", name);
	if (has_span)
		text_line(out, "int order;");
	text_blank(out);
	text_line(out, "(void)type;");
	text_line(out, "(void)load_key_%s(a, &x);", name);
	text_line(out, "(void)load_key_%s(b, &y);", name);
	for (size_t i = 0; i < key->count; i++) {
		const char *field = key->sorted[i]->field;

		if (key_is_span(key->sorted[i]->type)) {
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
	text_line(out, "uint8_t room[TERN_CDR_KEY_ROOM_BYTES];");
	text_line(out, "struct tern_cdr_writer w;");
	text_blank(out);
	text_line(out, "tern_cdr_hash_begin(&w, &%s_type, room);", name);
	text_line(
		out,
		"return tern_cdr_hash_end(&w, &%s_type, write_key_%s(&w, k), ret_hash);",
		name, name);
	text_close(out, "}");
	text_blank(out);
	text_line(out,
	          "static tern_status key_hash_%s(const struct tern_type *type, const "
	          "void *sample,",
	          name);
	text_line(out, "                               uint8_t *ret_hash)");
	text_open(out, "{");
	text_line(out, "struct key_%s k;", name);
	text_blank(out);
	text_line(out, "if (!load_key_%s(sample, &k))", name);
	text_line(out, "\treturn tern_cdr_key_is_null(type);");
	text_line(out, "return hash_key_%s(&k, ret_hash);", name);
	text_close(out, "}");
	text_blank(out);
	text_line(out,
	          "static tern_status payload_key_hash_%s(const struct tern_type *type,",
	          name);
	text_line(out,
	          "                                       const uint8_t *payload, size_t "
	          "size_bytes,");
	text_line(out, "                                       bool key_only, uint8_t "
	               "*ret_hash)");
	text_open(out, "{");
	text_line(out, "struct tern_cdr_reader r;");
	text_line(out, "struct key_%s k;", name);
	text_blank(out);
	text_line(out, "if (!tern_cdr_read_begin(&r, type, payload, size_bytes) ||");
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
	key = key_gather(type);
	emit_struct(out, &key);
	emit_load(out, &key);
	emit_write(out, &key);
	emit_read(out, &key);
	emit_key_find_functions(out, &key);
	emit_store(out, &key);
	emit_compare(out, &key);
	emit_hashes(out, &key);
}
