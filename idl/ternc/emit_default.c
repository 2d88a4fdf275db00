/* Defaults: what a member is when the payload does not carry it (XTypes 1.3, 7.2.2.4.4.4.4). */
#include <inttypes.h>
#include <stdlib.h>

#include "emit.h"
#include "layout.h"

static char *constant(const struct type *type, const struct tern_value *value)
{
	switch (value->kind) {
	case TERN_VALUE_INT64:
		if (type->kind == TERN_KIND_ENUM)
			return label_text(type, value->as.i);
		return value->as.i == INT64_MIN ? must_copy("INT64_MIN")
		                                : must_format("(%s)INT64_C(%" PRId64 ")",
		                                              type->c_name, value->as.i);
	case TERN_VALUE_UINT64:
		return must_format("(%s)UINT64_C(%" PRIu64 ")", type->c_name,
		                   value->as.u);
	case TERN_VALUE_FLOAT64:
		return must_format("(%s)%a", type->c_name, value->as.f);
	case TERN_VALUE_BOOLEAN:
		return must_copy(value->as.b ? "true" : "false");
	default:
		return must_copy("0");
	}
}

/* A type's own default, where it is not zeroes. */
static void default_value(struct text *out, const struct type *type,
                          const char *expression, int depth)
{
	char *each;

	if (type->kind == TERN_KIND_ENUM) {
		each = label_text(type, type_enum_default(type));
		text_line(out, "%s = %s;", expression, each);
	} else if (type->kind == TERN_KIND_ARRAY) {
		each = emit_array_loops(out, type, expression, depth);
		default_value(out, type->element, each,
		              depth + (int)type->dimension_count);
		emit_array_loops_end(out, type);
	} else {
		emit_try(out, "default_%s(r, &%s)", type->c_name, expression);
		return;
	}
	free(each);
}

static void default_string(struct text *out, const struct member *member,
                           const char *expression, const char *name)
{
	char *quoted = text_quote(member->initial.as.s);

	if (member->type->bound)
		text_line(out, "memcpy(%s, %s, sizeof(%s));", expression, quoted, quoted);
	else
		emit_try(
			out,
			"tern_cdr_store_string(r, tern_cdr_string_span(%s), &%s, \"%s\")",
			quoted, expression, name);
	free(quoted);
}

void emit_default_member(struct text *out, const struct wire_member *wire)
{
	const struct member *member = wire->member;
	char *expression = must_format("s->%s", wire->path);
	char *name = member_name(wire);
	char *value;

	if (!member_has_default(member)) {
		/* zero already */
	} else if (member_is_pointer(member)) {
		value = must_format("(*%s)", expression);
		text_line(out, "%s = tern_cdr_allocate(r, 1, sizeof(*%s), true, \"%s\");",
		          expression, expression, name);
		text_line(out, "if (!%s)", expression);
		text_line(out, "\treturn false;");
		if (member->type->has_default)
			default_value(out, member->type, value, 0);
		free(value);
	} else if (member->initial.kind == TERN_VALUE_NONE) {
		default_value(out, member->type, expression, 0);
	} else if (member->initial.kind == TERN_VALUE_STRING) {
		default_string(out, member, expression, name);
	} else {
		value = constant(member->type, &member->initial);
		text_line(out, "%s = %s;", expression, value);
		free(value);
	}
	free(expression);
	free(name);
}

static void default_union(struct text *out, const struct type *type)
{
	char *label = label_text(type->element, type->discriminator_default.as.i);

	if (type->element->kind == TERN_KIND_BOOLEAN)
		text_line(out, "s->_d = true;");
	else
		text_line(out, "s->_d = %s;", label);
	free(label);
}

void emit_default_function(struct text *out, const struct type *type)
{
	size_t count = 0;
	struct wire_member *members = NULL;

	if (!type->has_default)
		return;
	text_line(out,
	          "static TERN_CDR_UNUSED bool default_%s(struct tern_cdr_reader *r, %s "
	          "*s)",
	          type->c_name, type->c_name);
	text_open(out, "{");
	text_line(out, "(void)r;");
	if (type->kind == TERN_KIND_UNION) {
		default_union(out, type);
	} else {
		members = type_wire_members(type, &count);
		for (size_t i = 0; i < count; i++)
			emit_default_member(out, &members[i]);
	}
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
	free(members);
}
