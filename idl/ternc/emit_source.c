/* FILE.c: code and tables for the types of a file. Types of included files get their code here
 * too, static, so that the compiler can inline it; their tables are in their own file. */
#include <stdlib.h>
#include <string.h>

#include "emit.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void mark_used(struct type *type)
{
	if (type->is_used)
		return;
	type->is_used = true;
	if (type->element)
		mark_used(type->element);
	if (type->base)
		mark_used(type->base);
	for (size_t i = 0; i < type->member_count; i++)
		mark_used(type->members[i].type);
}

static bool needs_code(const struct type *type)
{
	return type->is_used && type_is_aggregate(type) && !type->is_empty;
}

static void emit_layout(struct text *out, const struct type *type)
{
	text_line(out, "TERN_CDR_SIZE(%s, %zu);", type->c_name, type->size);
	for (size_t i = 0; i < type->member_count; i++)
		text_line(out, "TERN_CDR_OFFSET(%s, %s%s, %zu);", type->c_name,
		          type->kind == TERN_KIND_UNION ? "_u." : "",
		          type->members[i].name, type->members[i].offset);
	text_blank(out);
}

/* Keys call skip functions, and these call each other: emit the keys first, apart, to learn
 * which are needed. */
static void emit_keys(struct text *out, const struct schema *schema)
{
	struct text keys = { 0 };
	struct text ignored = { 0 };
	bool more = true;

	for (const struct type *type = schema->types; type; type = type->next) {
		if (type->is_local && needs_code(type))
			emit_key_functions(&keys, type);
	}
	while (more) {
		size_t before = 0;
		size_t after = 0;

		for (const struct type *type = schema->types; type; type = type->next)
			before += type->needs_skip;
		for (const struct type *type = schema->types; type; type = type->next) {
			if (type->needs_skip)
				emit_skip_function(&ignored, type);
		}
		for (const struct type *type = schema->types; type; type = type->next)
			after += type->needs_skip;
		more = after > before;
	}
	for (const struct type *type = schema->types; type; type = type->next) {
		if (type->needs_skip)
			emit_skip_function(out, type);
	}
	text_append(out, text_string(&keys), keys.size);
	text_fini(&keys);
	text_fini(&ignored);
}

static void emit_bytes(struct text *out, const char *name, const char *what,
                       const struct text *bytes)
{
	text_add(out, "static const uint8_t %s_%s[] = {", name, what);
	for (size_t i = 0; i < bytes->size; i++)
		text_add(out, "%s0x%02x,", i % 16 ? " " : "\n\t",
		         (uint8_t)bytes->data[i]);
	text_add(out, "\n};\n\n");
}

static void emit_xtypes(struct text *out, const struct type *type)
{
	const char *name = type->c_name;

	if (!type->type_information)
		return;
	emit_bytes(out, name, "type_information", type->type_information);
	emit_bytes(out, name, "type_mapping", type->type_mapping);
	text_open(out, "static const struct tern_xtypes %s_xtypes = {", name);
	text_line(out, ".type_information = %s_type_information,", name);
	text_line(out, ".type_information_size_bytes = sizeof(%s_type_information),",
	          name);
	text_line(out, ".type_mapping = %s_type_mapping,", name);
	text_line(out, ".type_mapping_size_bytes = sizeof(%s_type_mapping),", name);
	text_close(out, "};");
	text_blank(out);
}

void emit_source(struct schema *schema, struct text *out)
{
	const char *file = base_name(schema->file);
	const char *dot = strrchr(file, '.');

	text_line(out, "/* Made by ternc from %s: change that, not this. */", file);
	text_line(out, "#include \"%.*s.h\"",
	          (int)(dot ? dot - file : (long)strlen(file)), file);
	text_blank(out);
	text_line(out, "#include <tern/cdr.h>");
	text_blank(out);
	for (struct type *type = schema->types; type; type = type->next) {
		if (type->is_local && !type->is_empty)
			mark_used(type);
	}
	for (const struct type *type = schema->types; type; type = type->next) {
		if (!needs_code(type))
			continue;
		emit_layout(out, type);
		emit_default_function(out, type);
		emit_put_function(out, type);
		emit_get_function(out, type);
		emit_copy_function(out, type);
		emit_fini_function(out, type);
	}
	emit_keys(out, schema);
	for (const struct type *type = schema->types; type; type = type->next) {
		if (type->is_local && needs_code(type)) {
			emit_codec(out, type);
			emit_xtypes(out, type);
		}
	}
	emit_tables(out, schema);
}
