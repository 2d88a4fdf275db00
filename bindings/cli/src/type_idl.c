/* Named types in the order in which IDL wants them, each in its modules. */
#include "type_idl.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct printed {
	const struct tern_type **types;
	size_t count;
	FILE *out;
};

static bool is_named(const struct tern_type *type)
{
	return type->kind == TERN_KIND_STRUCTURE || type->kind == TERN_KIND_UNION ||
	       type->kind == TERN_KIND_ENUM || type->kind == TERN_KIND_BITMASK;
}

/* @return false: it was printed already */
static bool note(struct printed *printed, const struct tern_type *type)
{
	for (size_t i = 0; i < printed->count; i++)
		if (printed->types[i] == type)
			return false;
	const struct tern_type **grown =
		realloc(printed->types, (printed->count + 1) * sizeof *grown);
	if (!grown)
		return false;
	printed->types = grown;
	printed->types[printed->count++] = type;
	return true;
}

/* ---- names ----------------------------------------------------------------------------- */

static const char *plain_name(tern_type_kind kind)
{
	static const char *const names[] = {
		[TERN_KIND_BOOLEAN] = "boolean",
		[TERN_KIND_BYTE] = "octet",
		[TERN_KIND_CHAR8] = "char",
		[TERN_KIND_INT8] = "int8",
		[TERN_KIND_UINT8] = "uint8",
		[TERN_KIND_INT16] = "short",
		[TERN_KIND_UINT16] = "unsigned short",
		[TERN_KIND_INT32] = "long",
		[TERN_KIND_UINT32] = "unsigned long",
		[TERN_KIND_INT64] = "long long",
		[TERN_KIND_UINT64] = "unsigned long long",
		[TERN_KIND_FLOAT32] = "float",
		[TERN_KIND_FLOAT64] = "double",
	};

	return names[kind];
}

/* Without dimensions, which stand behind the member's name. */
static void print_name(FILE *out, const struct tern_type *type)
{
	switch (type->kind) {
	case TERN_KIND_ARRAY:
		print_name(out, type->element);
		break;
	case TERN_KIND_STRING8:
		fputs("string", out);
		if (type->bound)
			fprintf(out, "<%" PRIu32 ">", type->bound);
		break;
	case TERN_KIND_SEQUENCE:
		fputs("sequence<", out);
		print_name(out, type->element);
		if (type->bound)
			fprintf(out, ", %" PRIu32, type->bound);
		fputs(">", out);
		break;
	default:
		if (is_named(type))
			fprintf(out, "::%s", type->name);
		else
			fputs(plain_name(type->kind), out);
		break;
	}
}

static void print_dimensions(FILE *out, const struct tern_type *type)
{
	for (uint32_t i = 0; type->kind == TERN_KIND_ARRAY && i < type->dimension_count;
	     i++)
		fprintf(out, "[%" PRIu32 "]", type->dimensions[i]);
}

/* ---- members --------------------------------------------------------------------------- */

static void print_value(FILE *out, const struct tern_value *value)
{
	switch (value->kind) {
	case TERN_VALUE_INT64:
		fprintf(out, "%" PRId64, value->as.i);
		break;
	case TERN_VALUE_UINT64:
		fprintf(out, "%" PRIu64, value->as.u);
		break;
	case TERN_VALUE_FLOAT64:
		fprintf(out, "%.17g", value->as.f);
		break;
	case TERN_VALUE_BOOLEAN:
		fputs(value->as.b ? "TRUE" : "FALSE", out);
		break;
	case TERN_VALUE_STRING:
		fputc('"', out);
		text_print(out, value->as.s);
		fputc('"', out);
		break;
	case TERN_VALUE_NONE:
		break;
	}
}

static void print_annotation(FILE *out, const char *name, const struct tern_value *value)
{
	if (value->kind == TERN_VALUE_NONE)
		return;
	fprintf(out, "@%s(", name);
	print_value(out, value);
	fputs(") ", out);
}

static void print_member(FILE *out, const struct tern_member *member, bool with_id)
{
	fputs("\t", out);
	if (with_id)
		fprintf(out, "@id(%" PRIu32 ") ", member->id);
	if (member->flags & TERN_MEMBER_KEY)
		fputs("@key ", out);
	else if (member->flags & TERN_MEMBER_MUST_UNDERSTAND)
		fputs("@must_understand ", out);
	if (member->flags & TERN_MEMBER_OPTIONAL)
		fputs("@optional ", out);
	if (member->flags & TERN_MEMBER_EXTERNAL)
		fputs("@external ", out);
	if (member->unit) {
		fputs("@unit(\"", out);
		text_print(out, member->unit);
		fputs("\") ", out);
	}
	print_annotation(out, "min", &member->min);
	print_annotation(out, "max", &member->max);
	print_annotation(out, "default", &member->initial);
	print_name(out, member->type);
	fprintf(out, " %s", member->name);
	print_dimensions(out, member->type);
	fputs(";\n", out);
}

/* ---- types ----------------------------------------------------------------------------- */

static void print_structure(FILE *out, const struct tern_type *type, const char *name)
{
	fprintf(out, "struct %s", name);
	if (type->base)
		fprintf(out, " : ::%s", type->base->name);
	fputs(" {\n", out);
	for (uint32_t i = 0; i < type->member_count; i++)
		print_member(out, &type->members[i], type->extensibility == TERN_MUTABLE);
	fputs("};\n", out);
}

static void print_label(FILE *out, const struct tern_type *type, int64_t label)
{
	if (type->kind == TERN_KIND_ENUM)
		for (uint32_t i = 0; i < type->literal_count; i++)
			if (type->literals[i].value == label) {
				fputs(type->literals[i].name, out);
				return;
			}
	if (type->kind == TERN_KIND_BOOLEAN)
		fputs(label ? "TRUE" : "FALSE", out);
	else if (type->kind == TERN_KIND_CHAR8 && label > ' ' && label <= '~' &&
	         label != '\'' && label != '\\')
		fprintf(out, "'%c'", (char)label);
	else
		fprintf(out, "%" PRId64, label);
}

static void print_union(FILE *out, const struct tern_type *type, const char *name)
{
	fprintf(out, "union %s switch (", name);
	print_name(out, type->element);
	fputs(") {\n", out);
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		for (uint32_t j = 0; j < member->label_count; j++) {
			fputs("case ", out);
			print_label(out, type->element, member->labels[j]);
			fputs(":\n", out);
		}
		if (member->flags & TERN_MEMBER_DEFAULT_CASE)
			fputs("default:\n", out);
		print_member(out, member, false);
	}
	fputs("};\n", out);
}

static void print_literals(FILE *out, const struct tern_type *type, const char *name)
{
	bool is_enum = type->kind == TERN_KIND_ENUM;

	if (type->bound != 32)
		fprintf(out, "@bit_bound(%" PRIu32 ") ", type->bound);
	fprintf(out, "%s %s {\n", is_enum ? "enum" : "bitmask", name);
	for (uint32_t i = 0; i < type->literal_count; i++)
		fprintf(out, "\t%s@%s(%" PRId64 ") %s%s\n",
		        type->literals[i].is_default ? "@default_literal " : "",
		        is_enum ? "value" : "position", type->literals[i].value,
		        type->literals[i].name, i + 1 < type->literal_count ? "," : "");
	fputs("};\n", out);
}

/* "a::b::C" is C in module b in module a. @return how many modules were opened */
static int open_modules(FILE *out, const char *full_name, const char **ret_name)
{
	int depth = 0;

	for (const char *colons; (colons = strstr(full_name, "::")); depth++) {
		fprintf(out, "module %.*s { ", (int)(colons - full_name), full_name);
		full_name = colons + 2;
	}
	if (depth > 0)
		fputc('\n', out);
	*ret_name = full_name;
	return depth;
}

static void print_type(FILE *out, const struct tern_type *type)
{
	static const char *const extensibilities[] = { "@final ", "@appendable ",
		                                       "@mutable " };
	const char *name;
	int depth = open_modules(out, type->name, &name);

	if (type->kind == TERN_KIND_STRUCTURE || type->kind == TERN_KIND_UNION) {
		fputs(extensibilities[type->extensibility], out);
		fputs(type->flags & TERN_TYPE_NESTED ? "@nested " : "", out);
	}
	if (type->kind == TERN_KIND_STRUCTURE)
		print_structure(out, type, name);
	else if (type->kind == TERN_KIND_UNION)
		print_union(out, type, name);
	else
		print_literals(out, type, name);
	for (int i = 0; i < depth; i++)
		fputs(i + 1 < depth ? "}; " : "};\n", out);
}

/* What it consists of first. */
static void print_all(struct printed *printed, const struct tern_type *type)
{
	if (!note(printed, type))
		return;
	if (type->element)
		print_all(printed, type->element);
	if (type->base)
		print_all(printed, type->base);
	for (uint32_t i = 0; i < type->member_count; i++)
		print_all(printed, type->members[i].type);
	if (is_named(type))
		print_type(printed->out, type);
}

void type_idl_print(FILE *out, const struct tern_type *type)
{
	struct printed printed = { .out = out };

	print_all(&printed, type);
	free(printed.types);
}
