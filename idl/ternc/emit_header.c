/* FILE.h: the C types, spelled as idlc spells them, and the tables' declarations. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The same on every machine: the file's name, and a hash of what it declares, since two folders
 * may hold files of one name. */
static char *guard_of(const struct schema *schema)
{
	struct text guard = { 0 };
	uint32_t hash = 0x811c9dc5;

	for (const struct declaration *d = schema->declarations; d; d = d->next) {
		for (const char *c = d->c_name; *c; c++)
			hash = (hash ^ (uint8_t)*c) * 0x01000193;
	}
	text_add(&guard, "TERN_IDL_");
	for (const char *c = base_name(schema->file); *c; c++)
		text_add(&guard, "%c",
		         isalnum((unsigned char)*c) ? toupper((unsigned char)*c) : '_');
	text_add(&guard, "_%08" PRIx32, hash);
	return guard.data;
}

static void emit_includes(struct text *out, const struct schema *schema)
{
	text_line(out, "#include <stdlib.h>");
	text_blank(out);
	text_line(out, "#include <tern/type.h>");
	text_blank(out);
	for (size_t i = 0; i < schema->include_count; i++) {
		const char *name = schema->includes[i];
		size_t length = strlen(name);

		if (length > 4 && strcasecmp(name + length - 4, ".idl") == 0)
			text_line(out, "#include \"%.*s.h\"", (int)(length - 4), name);
		else
			text_line(out, "#include \"%s\"", name);
	}
	if (schema->include_count)
		text_blank(out);
}

static void emit_sequence(struct text *out, const struct declaration *d)
{
	char *guard = must_format("%s_DEFINED", d->c_name);

	for (char *c = guard; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	if (d->is_implicit) {
		text_line(out, "#ifndef %s", guard);
		text_line(out, "#define %s", guard);
	}
	text_open(out, "typedef struct %s {", d->c_name);
	text_line(out, "uint32_t _maximum;");
	text_line(out, "uint32_t _length;");
	text_line(out, "%s %s_buffer%s;", d->c_type, d->c_before, d->c_after);
	text_line(out, "bool _release;");
	text_close(out, "} %s;", d->c_name);
	text_line(out, "#define %s__alloc() ((%s *)calloc(1, sizeof(%s)))", d->c_name,
	          d->c_name, d->c_name);
	/* the element's pointer type without a name: char (*)[8] */
	text_line(out,
	          "#define %s_allocbuf(count) ((%s %s%s)calloc((count), sizeof(*((%s "
	          "*)0)->_buffer)))",
	          d->c_name, d->c_type, d->c_before, d->c_after, d->c_name);
	if (d->is_implicit)
		text_line(out, "#endif");
	text_blank(out);
}

static void emit_typedef(struct text *out, const struct declaration *d)
{
	text_line(out, "typedef %s %s%s%s;", d->c_type, d->c_before, d->c_name,
	          d->c_after);
	text_line(out, "#define %s__alloc() ((%s *)calloc(1, sizeof(%s)))", d->c_name,
	          d->c_name, d->c_name);
	text_blank(out);
}

static void emit_field(struct text *out, const struct member *member)
{
	/* not what would end the comment */
	bool shows_unit = member->unit && !strpbrk(member->unit, "*\\\n");

	text_line(out, "%s %s%s%s;%s%s%s", member->c_type, member->c_before, member->name,
	          member->c_after, shows_unit ? " /* " : "",
	          shows_unit ? member->unit : "", shows_unit ? " */" : "");
}

static void emit_verbatims(struct text *out, const struct declaration *d,
                           enum verbatim_placement placement)
{
	for (const struct verbatim *each = d->verbatims; each; each = each->next) {
		if (each->placement == placement)
			text_add(out, "%s\n", each->text);
	}
}

static void emit_all_verbatims(struct text *out, const struct schema *schema,
                               enum verbatim_placement placement)
{
	for (const struct declaration *d = schema->declarations; d; d = d->next)
		emit_verbatims(out, d, placement);
}

static void emit_structure(struct text *out, const struct declaration *d)
{
	const struct type *type = d->type;

	text_open(out, "typedef struct %s {", type->c_name);
	emit_verbatims(out, d, VERBATIM_BEGIN);
	if (type->base)
		text_line(out, "struct %s parent;", type->base->c_name);
	for (size_t i = 0; i < type->member_count; i++)
		emit_field(out, &type->members[i]);
	emit_verbatims(out, d, VERBATIM_END);
	text_close(out, "} %s;", type->c_name);
	text_blank(out);
}

static void emit_union(struct text *out, const struct type *type)
{
	text_open(out, "typedef struct %s {", type->c_name);
	text_line(out, "%s _d;", type->element->c_name);
	text_open(out, "union {");
	for (size_t i = 0; i < type->member_count; i++)
		emit_field(out, &type->members[i]);
	text_close(out, "} _u;");
	text_close(out, "} %s;", type->c_name);
	text_blank(out);
}

static void emit_enum(struct text *out, const struct type *type)
{
	int64_t next = 0;

	text_open(out, "typedef enum %s {", type->c_name);
	for (size_t i = 0; i < type->literal_count; i++) {
		const struct literal *literal = &type->literals[i];

		if (literal->value == next)
			text_line(out, "%s,", literal->c_name);
		else
			text_line(out, "%s = %" PRId64 ",", literal->c_name,
			          literal->value);
		next = literal->value + 1;
	}
	text_close(out, "} %s;", type->c_name);
	text_line(out, "#define %s__alloc() ((%s *)calloc(1, sizeof(%s)))", type->c_name,
	          type->c_name, type->c_name);
	text_blank(out);
}

static void emit_bitmask(struct text *out, const struct type *type)
{
	const char *suffix = type->bound > 32 ? "llu" : type->bound > 16 ? "lu" : "";

	text_line(out, "typedef uint%zu_t %s;", 8 * type->size, type->c_name);
	for (size_t i = 0; i < type->literal_count; i++)
		text_line(out, "#define %s (1%s << %" PRId64 ")",
		          type->literals[i].c_name, suffix, type->literals[i].value);
	text_blank(out);
}

static void emit_table_declaration(struct text *out, const struct type *type,
                                   const struct options *options)
{
	text_line(out, "extern %s%sconst struct tern_type %s_type;",
	          options->export_macro ? options->export_macro : "",
	          options->export_macro ? " " : "", type->c_name);
	if (type_is_aggregate(type)) {
		text_line(out, "#define %s__alloc() ((%s *)tern_sample_create(&%s_type))",
		          type->c_name, type->c_name, type->c_name);
		/* idlc's takes a second argument, what to free: here it is always all */
		text_line(out,
		          "#define %s_free(...) tern_sample_destroy(&%s_type, "
		          "TERN_IDL_FIRST(__VA_ARGS__, 0))",
		          type->c_name, type->c_name);
	}
	text_blank(out);
}

static void emit_declaration(struct text *out, const struct declaration *d,
                             const struct options *options)
{
	switch (d->kind) {
	case DECLARE_FORWARD:
		text_line(out, "struct %s;", d->c_name);
		text_blank(out);
		return;
	case DECLARE_CONST:
		text_line(out, "#define %s %s", d->c_name, d->c_type);
		if (!d->next || d->next->kind != DECLARE_CONST)
			text_blank(out);
		return;
	case DECLARE_SEQUENCE:
		emit_sequence(out, d);
		return;
	case DECLARE_TYPEDEF:
		emit_typedef(out, d);
		return;
	default:
		break;
	}
	switch (d->type->kind) {
	case TERN_KIND_STRUCTURE:
		emit_structure(out, d);
		break;
	case TERN_KIND_UNION:
		emit_union(out, d->type);
		break;
	case TERN_KIND_ENUM:
		emit_enum(out, d->type);
		break;
	default:
		emit_bitmask(out, d->type);
		break;
	}
	emit_table_declaration(out, d->type, options);
}

void emit_header(const struct schema *schema, const struct options *options,
                 struct text *out)
{
	char *guard = guard_of(schema);

	text_line(out, "/* Made by ternc from %s: change that, not this. */",
	          base_name(schema->file));
	text_line(out, "#ifndef %s", guard);
	text_line(out, "#define %s", guard);
	text_blank(out);
	emit_includes(out, schema);
	text_line(out, "#ifndef TERN_IDL_FIRST");
	text_line(out, "#define TERN_IDL_FIRST(first, ...) (first)");
	text_line(out, "#endif");
	text_blank(out);
	text_line(out, "TERN_BEGIN_DECLS");
	text_blank(out);
	emit_all_verbatims(out, schema, VERBATIM_BEGIN_FILE);
	for (const struct declaration *d = schema->declarations; d; d = d->next) {
		emit_verbatims(out, d, VERBATIM_BEFORE);
		emit_declaration(out, d, options);
		emit_verbatims(out, d, VERBATIM_AFTER);
	}
	emit_all_verbatims(out, schema, VERBATIM_END_FILE);
	text_line(out, "TERN_END_DECLS");
	text_blank(out);
	text_line(out, "#endif");
	free(guard);
}
