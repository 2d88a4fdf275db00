/* The tables: struct tern_type and its members, literals and codec. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "key.h"

static const char *kind_text(tern_type_kind kind)
{
	static const char *const names[] = {
		[TERN_KIND_BOOLEAN] = "BOOLEAN",     [TERN_KIND_BYTE] = "BYTE",
		[TERN_KIND_CHAR8] = "CHAR8",         [TERN_KIND_INT8] = "INT8",
		[TERN_KIND_UINT8] = "UINT8",         [TERN_KIND_INT16] = "INT16",
		[TERN_KIND_UINT16] = "UINT16",       [TERN_KIND_INT32] = "INT32",
		[TERN_KIND_UINT32] = "UINT32",       [TERN_KIND_INT64] = "INT64",
		[TERN_KIND_UINT64] = "UINT64",       [TERN_KIND_FLOAT32] = "FLOAT32",
		[TERN_KIND_FLOAT64] = "FLOAT64",     [TERN_KIND_STRING8] = "STRING8",
		[TERN_KIND_ENUM] = "ENUM",           [TERN_KIND_BITMASK] = "BITMASK",
		[TERN_KIND_STRUCTURE] = "STRUCTURE", [TERN_KIND_UNION] = "UNION",
		[TERN_KIND_SEQUENCE] = "SEQUENCE",   [TERN_KIND_ARRAY] = "ARRAY"
	};

	return names[kind];
}

static const char *extensibility_text(tern_extensibility extensibility)
{
	return extensibility == TERN_FINAL        ? "TERN_FINAL"
	       : extensibility == TERN_APPENDABLE ? "TERN_APPENDABLE"
	                                          : "TERN_MUTABLE";
}

/* What to write after & to refer to a type's table. */
static char *table_name(const struct type *type)
{
	if (type->name)
		return must_format("%s_type", type->c_name);
	if (type->kind == TERN_KIND_STRING8 && type->bound == 0)
		return must_copy("string_table");
	if (type->kind == TERN_KIND_STRING8)
		return must_format("string%" PRIu32 "_table", type->bound);
	if (type_is_primitive(type)) {
		char *name = must_format("%s_table", kind_text(type->kind));

		for (char *c = name; *c != '_'; c++)
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
		return name;
	}
	return must_format("%s%d_table",
	                   type->kind == TERN_KIND_SEQUENCE ? "sequence" : "array",
	                   type->table_number);
}

/* ---- codec ---- */

static void emit_encode(struct text *out, const struct type *type, bool keyed)
{
	const char *name = type->c_name;

	text_line(out,
	          "static tern_status encode_%s(const struct tern_type *type, const void "
	          "*sample,",
	          name);
	text_line(out, "                             tern_representation representation, "
	               "bool key_only,");
	text_line(out, "                             struct tern_buffer *payload)");
	text_open(out, "{");
	text_line(out, "struct tern_cdr_writer w;");
	text_line(out, "tern_status status = tern_cdr_write_begin(&w, payload, type, "
	               "representation);");
	text_line(out, "bool written;");
	text_blank(out);
	text_line(out, "if (status < 0)");
	text_line(out, "\treturn status;");
	text_open(out, "if (key_only) {");
	if (keyed) {
		text_line(out, "struct key_%s k;", name);
		text_blank(out);
		text_line(out,
		          "written = load_key_%s(sample, &k) && write_key_%s(&w, &k);",
		          name, name);
		text_line(out, "if (!written && w.status == TERN_OK)");
		text_line(out, "\tw.status = tern_cdr_key_is_null(type);");
	} else {
		text_line(out, "written = true;");
	}
	text_close(out, "} else {");
	out->depth++;
	text_line(out, "written = put_%s(&w, sample);", name);
	text_close(out, "}");
	text_line(out, "return tern_cdr_write_end(&w, payload, written);");
	text_close(out, "}");
	text_blank(out);
}

static void emit_decode_key(struct text *out, const struct type *type, bool keyed)
{
	const char *name = type->c_name;

	text_line(out, "static bool decode_key_%s(struct tern_cdr_reader *r, %s *s)",
	          name, name);
	text_open(out, "{");
	if (keyed) {
		text_line(out, "struct key_%s k;", name);
		text_blank(out);
	}
	if (!type->has_default && !keyed) {
		text_line(out, "(void)r;");
		text_line(out, "(void)s;");
	}
	if (type->has_default)
		emit_try(out, "default_%s(r, s)", name);
	if (keyed)
		text_line(out,
		          "return take_key_%s(r, true, &k) && store_key_%s(r, &k, s);",
		          name, name);
	else
		text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

static void emit_fini(struct text *out, const struct type *type)
{
	text_line(
		out,
		"static void fini_sample_%s(const struct tern_type *type, void *sample)",
		type->c_name);
	text_open(out, "{");
	text_line(out, "(void)type;");
	text_line(out, "if (!sample)");
	text_line(out, "\treturn;");
	if (!type->is_flat)
		text_line(out, "fini_%s(sample);", type->c_name);
	text_line(out, "memset(sample, 0, sizeof(%s));", type->c_name);
	text_close(out, "}");
	text_blank(out);
}

static void emit_decode(struct text *out, const struct type *type)
{
	const char *name = type->c_name;

	text_line(out,
	          "static tern_status decode_%s(const struct tern_type *type, const "
	          "uint8_t *payload,",
	          name);
	text_line(out, "                             size_t size_bytes, bool key_only, "
	               "void *ret_sample)");
	text_open(out, "{");
	text_line(out, "struct tern_cdr_reader r;");
	text_blank(out);
	text_line(out, "if (tern_cdr_read_begin(&r, type, payload, size_bytes) &&");
	text_line(out,
	          "    (key_only ? decode_key_%s(&r, ret_sample) : get_%s(&r, "
	          "ret_sample)))",
	          name, name);
	text_line(out, "\treturn TERN_OK;");
	text_line(out, "fini_sample_%s(type, ret_sample);", name);
	text_line(out, "return r.status;");
	text_close(out, "}");
	text_blank(out);
}

static void emit_copy(struct text *out, const struct type *type)
{
	const char *name = type->c_name;

	text_line(out,
	          "static tern_status copy_sample_%s(const struct tern_type *type, const "
	          "void *sample,",
	          name);
	text_line(out, "                             void *ret_sample)");
	text_open(out, "{");
	if (type->is_flat) {
		text_line(out, "(void)type;");
		text_line(out, "memcpy(ret_sample, sample, sizeof(%s));", name);
		text_line(out, "return TERN_OK;");
	} else {
		text_line(out, "tern_status status = copy_%s(sample, ret_sample);", name);
		text_blank(out);
		text_line(out, "if (status == TERN_OK)");
		text_line(out, "\treturn TERN_OK;");
		text_line(out, "fini_sample_%s(type, ret_sample);", name);
		text_line(out, "return tern_cdr_copy_failed(type, status);");
	}
	text_close(out, "}");
	text_blank(out);
}

void emit_codec(struct text *out, const struct type *type)
{
	const char *name = type->c_name;
	bool keyed = type_has_key(type);

	emit_encode(out, type, keyed);
	emit_decode_key(out, type, keyed);
	emit_fini(out, type);
	emit_decode(out, type);
	emit_copy(out, type);
	text_open(out, "static const struct tern_codec %s_codec = {", name);
	text_line(out, ".encode = encode_%s,", name);
	text_line(out, ".decode = decode_%s,", name);
	if (keyed) {
		text_line(out, ".payload_key_hash = payload_key_hash_%s,", name);
		text_line(out, ".key_hash = key_hash_%s,", name);
		text_line(out, ".key_compare = compare_keys_%s,", name);
	}
	text_line(out, ".copy = copy_sample_%s,", name);
	text_line(out, ".fini = fini_sample_%s,", name);
	text_close(out, "};");
	text_blank(out);
}

/* ---- tables ---- */

static void add_value(struct text *out, const char *field, const struct tern_value *value)
{
	char *quoted;

	switch (value->kind) {
	case TERN_VALUE_INT64:
		if (value->as.i == INT64_MIN)
			text_line(out,
			          ".%s = {.kind = TERN_VALUE_INT64, .as = {.i = "
			          "INT64_MIN}},",
			          field);
		else
			text_line(out,
			          ".%s = {.kind = TERN_VALUE_INT64, .as = {.i = "
			          "INT64_C(%" PRId64 ")}},",
			          field, value->as.i);
		break;
	case TERN_VALUE_UINT64:
		text_line(
			out,
			".%s = {.kind = TERN_VALUE_UINT64, .as = {.u = UINT64_C(%" PRIu64
			")}},",
			field, value->as.u);
		break;
	case TERN_VALUE_FLOAT64:
		text_line(out, ".%s = {.kind = TERN_VALUE_FLOAT64, .as = {.f = %.17g}},",
		          field, value->as.f);
		break;
	case TERN_VALUE_BOOLEAN:
		text_line(out, ".%s = {.kind = TERN_VALUE_BOOLEAN, .as = {.b = %s}},",
		          field, value->as.b ? "true" : "false");
		break;
	case TERN_VALUE_STRING:
		quoted = text_quote(value->as.s);
		text_line(out, ".%s = {.kind = TERN_VALUE_STRING, .as = {.s = %s}},",
		          field, quoted);
		free(quoted);
		break;
	default:
		break;
	}
}

static void add_flag(struct text *flags, const char *name)
{
	text_add(flags, "%s%s", flags->size ? " | " : "", name);
}

static void emit_member(struct text *out, const struct type *type,
                        const struct member *member)
{
	char *of = table_name(member->type);
	struct text flags = { 0 };

	if (member->key)
		add_flag(&flags, "TERN_MEMBER_KEY");
	if (member->optional)
		add_flag(&flags, "TERN_MEMBER_OPTIONAL");
	if (member->external)
		add_flag(&flags, "TERN_MEMBER_EXTERNAL");
	if (member->must_understand || member->key)
		add_flag(&flags, "TERN_MEMBER_MUST_UNDERSTAND");
	if (member->is_default_case)
		add_flag(&flags, "TERN_MEMBER_DEFAULT_CASE");
	text_open(out, "{");
	text_line(out, ".name = \"%s\",", member->name);
	text_line(out, ".type = &%s,", of);
	text_line(out, ".id = %" PRIu32 ",", member->id);
	if (flags.size)
		text_line(out, ".flags = %s,", text_string(&flags));
	text_line(out, ".offset = offsetof(%s, %s%s),", type->c_name,
	          type->kind == TERN_KIND_UNION ? "_u." : "", member->name);
	if (member->unit) {
		char *quoted = text_quote(member->unit);

		text_line(out, ".unit = %s,", quoted);
		free(quoted);
	}
	add_value(out, "min", &member->min);
	add_value(out, "max", &member->max);
	add_value(out, "initial", &member->initial);
	if (member->label_count) {
		text_line(out, ".labels = %s_%s_labels,", type->c_name, member->name);
		text_line(out, ".label_count = %zu,", member->label_count);
	}
	text_close(out, "},");
	text_fini(&flags);
	free(of);
}

static void emit_labels(struct text *out, const struct type *type)
{
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];

		if (!member->label_count)
			continue;
		text_add(out, "static const int64_t %s_%s_labels[] = {", type->c_name,
		         member->name);
		for (size_t j = 0; j < member->label_count; j++)
			text_add(out, "%s%" PRId64, j ? ", " : "", member->labels[j]);
		text_add(out, "};\n");
	}
}

static void emit_members(struct text *out, const struct type *type)
{
	if (!type->member_count)
		return;
	emit_labels(out, type);
	text_open(out, "static const struct tern_member %s_members[] = {", type->c_name);
	for (size_t i = 0; i < type->member_count; i++)
		emit_member(out, type, &type->members[i]);
	text_close(out, "};");
	text_blank(out);
}

static void emit_literals(struct text *out, const struct type *type)
{
	if (!type->literal_count)
		return;
	text_open(out, "static const struct tern_literal %s_literals[] = {",
	          type->c_name);
	for (size_t i = 0; i < type->literal_count; i++) {
		const struct literal *literal = &type->literals[i];

		text_line(out, "{\"%s\", %" PRId64 ", %s},", literal->name,
		          literal->value, literal->is_default ? "true" : "false");
	}
	text_close(out, "};");
	text_blank(out);
}

static void add_flags(struct text *out, const struct type *type)
{
	struct text flags = { 0 };

	if (type_is_aggregate(type) && type_has_key(type))
		add_flag(&flags, "TERN_TYPE_KEYED");
	if (type->nested)
		add_flag(&flags, "TERN_TYPE_NESTED");
	if (type->is_flat)
		add_flag(&flags, "TERN_TYPE_FLAT");
	if (type->is_plain)
		add_flag(&flags, "TERN_TYPE_XCDR1");
	if (type_is_aggregate(type) && type_has_key(type) && key_fits_hash(type))
		add_flag(&flags, "TERN_TYPE_KEY_FITS_HASH");
	if (type->is_numbers)
		add_flag(&flags, "TERN_TYPE_NUMBERS");
	if (flags.size)
		text_line(out, ".flags = %s,", text_string(&flags));
	text_fini(&flags);
}

static void emit_table(struct text *out, const struct type *type)
{
	char *name = table_name(type);
	char *element = type->element ? table_name(type->element) : NULL;

	emit_members(out, type);
	emit_literals(out, type);
	if (type->dimension_count) {
		text_add(out, "static const uint32_t array%d_dimensions[] = {",
		         type->table_number);
		for (uint32_t i = 0; i < type->dimension_count; i++)
			text_add(out, "%s%" PRIu32, i ? ", " : "", type->dimensions[i]);
		text_add(out, "};\n");
	}
	text_open(out, "%sconst struct tern_type %s = {", type->name ? "" : "static ",
	          name);
	text_line(out, ".abi = TERN_TYPE_ABI,");
	add_flags(out, type);
	text_line(out, ".kind = TERN_KIND_%s,", kind_text(type->kind));
	text_line(out, ".extensibility = %s,", extensibility_text(type->extensibility));
	if (type->name) {
		text_line(out, ".name = \"%s\",", type->name);
		text_line(out, ".size_bytes = sizeof(%s),", type->c_name);
		text_line(out, ".alignment_bytes = _Alignof(%s),", type->c_name);
	} else {
		text_line(out, ".size_bytes = %zu,", type->size);
		text_line(out, ".alignment_bytes = %zu,", type->alignment);
	}
	if (type->bound)
		text_line(out, ".bound = %" PRIu32 ",", type->bound);
	if (type->dimension_count) {
		text_line(out, ".dimension_count = %" PRIu32 ",", type->dimension_count);
		text_line(out, ".dimensions = array%d_dimensions,", type->table_number);
	}
	if (element)
		text_line(out, ".element = &%s,", element);
	if (type->base)
		text_line(out, ".base = &%s_type,", type->base->c_name);
	if (type->member_count) {
		text_line(out, ".members = %s_members,", type->c_name);
		text_line(out, ".member_count = %zu,", type->member_count);
	}
	if (type->literal_count) {
		text_line(out, ".literals = %s_literals,", type->c_name);
		text_line(out, ".literal_count = %zu,", type->literal_count);
	}
	text_line(out, ".layout_hash = UINT64_C(0x%016" PRIx64 "),", type->layout_hash);
	if (type_is_aggregate(type))
		text_line(out, ".codec = &%s_codec,", type->c_name);
	if (type->type_information)
		text_line(out, ".xtypes = &%s_xtypes,", type->c_name);
	text_close(out, "};");
	text_blank(out);
	free(name);
	free(element);
}

/* Mark what the local types refer to, and number the anonymous types among it. */
static void mark_used(struct type *type, int *number)
{
	if (type->is_used)
		return;
	type->is_used = true;
	if (type->element)
		mark_used(type->element, number);
	if (type->name && !type->is_local)
		return; /* its table is in its own file */
	for (size_t i = 0; i < type->member_count; i++)
		mark_used(type->members[i].type, number);
	if (!type->name)
		type->table_number = ++*number;
}

void emit_tables(struct text *out, const struct schema *schema)
{
	int number = 0;

	for (struct type *type = schema->types; type; type = type->next)
		type->is_used = false;
	for (struct type *type = schema->types; type; type = type->next) {
		if (type->is_local && !type->is_empty)
			mark_used(type, &number);
	}
	for (const struct type *type = schema->types; type; type = type->next) {
		if (type->is_used && !type->is_empty && (type->is_local || !type->name))
			emit_table(out, type);
	}
}
