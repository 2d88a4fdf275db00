/* Memory: deep copies and freeing. Flat types need neither. */
#include <inttypes.h>
#include <stdlib.h>

#include "emit.h"

static void copy_value(struct text *out, const struct type *type, const char *from,
                       const char *to, int depth);

static void try_copy(struct text *out, const char *call)
{
	text_line(out, "if (!%s)", call);
	text_line(out, "\treturn TERN_ENOMEM;");
}

static void copy_sequence(struct text *out, const struct type *type, const char *from,
                          const char *to, int depth)
{
	char *from_each = must_format("%s._buffer[i%d]", from, depth);
	char *to_each = must_format("%s._buffer[i%d]", to, depth);

	text_open(out, "if (%s._length > 0) {", from);
	text_line(out, "if (!%s._buffer)", from);
	text_line(out, "\treturn TERN_EINVAL;");
	if (type->element->is_flat)
		text_line(out,
		          "%s._buffer = tern_cdr_copy_bytes(%s._buffer, %s._length, "
		          "sizeof(*%s._buffer));",
		          to, from, from, from);
	else
		text_line(out, "%s._buffer = calloc(%s._length, sizeof(*%s._buffer));",
		          to, from, to);
	text_line(out, "if (!%s._buffer)", to);
	text_line(out, "\treturn TERN_ENOMEM;");
	text_line(out, "%s._maximum = %s._length = %s._length;", to, to, from);
	text_line(out, "%s._release = true;", to);
	if (!type->element->is_flat) {
		text_open(out, "for (uint32_t i%d = 0; i%d < %s._length; i%d++) {", depth,
		          depth, from, depth);
		copy_value(out, type->element, from_each, to_each, depth + 1);
		text_close(out, "}");
	}
	text_close(out, "}");
	free(from_each);
	free(to_each);
}

static void copy_array(struct text *out, const struct type *type, const char *from,
                       const char *to, int depth)
{
	char *from_each = emit_array_loops(out, type, from, depth);
	struct text to_each = { 0 };

	text_add(&to_each, "%s", to);
	for (uint32_t i = 0; i < type->dimension_count; i++)
		text_add(&to_each, "[i%d]", depth + (int)i);
	copy_value(out, type->element, from_each, text_string(&to_each),
	           depth + (int)type->dimension_count);
	emit_array_loops_end(out, type);
	free(from_each);
	text_fini(&to_each);
}

static void copy_value(struct text *out, const struct type *type, const char *from,
                       const char *to, int depth)
{
	char *call;

	if (type->is_flat) {
		text_line(out, "memcpy(&%s, &%s, sizeof(%s));", to, from, to);
		return;
	}
	switch (type->kind) {
	case TERN_KIND_STRING8:
		call = must_format("tern_cdr_copy_string(%s, &%s)", from, to);
		try_copy(out, call);
		free(call);
		break;
	case TERN_KIND_SEQUENCE:
		copy_sequence(out, type, from, to, depth);
		break;
	case TERN_KIND_ARRAY:
		copy_array(out, type, from, to, depth);
		break;
	default:
		text_line(out, "status = copy_%s(&%s, &%s);", type->c_name, from, to);
		text_line(out, "if (status < 0)");
		text_line(out, "\treturn status;");
		break;
	}
}

static void copy_held(struct text *out, const struct member *member, const char *from,
                      const char *to)
{
	char *from_value;
	char *to_value;

	if (member->optional && type_is_unbounded_string(member->type)) {
		from_value =
			must_format("tern_cdr_copy_optional_string(%s, &%s)", from, to);
		try_copy(out, from_value);
		free(from_value);
		return;
	}
	if (!member_is_pointer(member)) {
		copy_value(out, member->type, from, to, 0);
		return;
	}
	from_value = must_format("(*%s)", from);
	to_value = must_format("(*%s)", to);
	text_open(out, "if (%s) {", from);
	text_line(out, "%s = calloc(1, sizeof(*%s));", to, to);
	text_line(out, "if (!%s)", to);
	text_line(out, "\treturn TERN_ENOMEM;");
	copy_value(out, member->type, from_value, to_value, 0);
	text_close(out, "}");
	free(from_value);
	free(to_value);
}

static bool is_flat_member(const struct member *member)
{
	return member->type->is_flat && !member_is_pointer(member);
}

static void copy_structure(struct text *out, const struct type *type)
{
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);

	for (size_t i = 0; i < count; i++) {
		char *from = must_format("s->%s", members[i].path);
		char *to = must_format("d->%s", members[i].path);
		size_t last = i;

		while (last + 1 < count && is_flat_member(members[i].member) &&
		       is_flat_member(members[last + 1].member))
			last++;
		if (last > i)
			text_line(out,
			          "memcpy(TERN_CDR_AT(d, %zu), TERN_CDR_CONST_AT(s, "
			          "%zu), %zu); "
			          "/* %s ... %s */",
			          members[i].offset, members[i].offset,
			          members[last].offset +
			                  members[last].member->type->size -
			                  members[i].offset,
			          members[i].path, members[last].path);
		else
			copy_held(out, members[i].member, from, to);
		i = last;
		free(from);
		free(to);
	}
	free(members);
}

static void copy_union(struct text *out, const struct type *type)
{
	text_line(out, "d->_d = s->_d;");
	emit_union_switch(out, type);
	for (size_t i = 0; i < type->member_count; i++) {
		char *from = must_format("s->_u.%s", type->members[i].name);
		char *to = must_format("d->_u.%s", type->members[i].name);

		emit_union_labels(out, type, &type->members[i]);
		out->depth++;
		copy_held(out, &type->members[i], from, to);
		text_line(out, "break;");
		out->depth--;
		free(from);
		free(to);
	}
	emit_union_end(out, type);
}

/* Does the code for this value call another copy function? */
static bool calls_copy(const struct type *type)
{
	if (type->is_flat)
		return false;
	if (type->kind == TERN_KIND_SEQUENCE || type->kind == TERN_KIND_ARRAY)
		return calls_copy(type->element);
	return type_is_aggregate(type);
}

static bool members_call_copy(const struct type *type)
{
	if (type->base && members_call_copy(type->base))
		return true;
	for (size_t i = 0; i < type->member_count; i++) {
		if (calls_copy(type->members[i].type))
			return true;
	}
	return false;
}

void emit_copy_function(struct text *out, const struct type *type)
{
	if (type->is_flat)
		return;
	text_line(out, "static TERN_CDR_UNUSED tern_status copy_%s(const %s *s, %s *d)",
	          type->c_name, type->c_name, type->c_name);
	text_open(out, "{");
	if (members_call_copy(type)) {
		text_line(out, "tern_status status;");
		text_blank(out);
	}
	if (type->kind == TERN_KIND_UNION)
		copy_union(out, type);
	else
		copy_structure(out, type);
	text_line(out, "return TERN_OK;");
	text_close(out, "}");
	text_blank(out);
}

/* ---- freeing ---- */

static void fini_value(struct text *out, const struct type *type, const char *expression,
                       int depth)
{
	char *each;

	if (type->is_flat)
		return;
	switch (type->kind) {
	case TERN_KIND_STRING8:
		text_line(out, "free(%s);", expression);
		break;
	case TERN_KIND_SEQUENCE:
		text_open(out, "if (%s._release) {", expression);
		if (!type->element->is_flat) {
			each = must_format("%s._buffer[i%d]", expression, depth);
			text_open(out,
			          "for (uint32_t i%d = 0; i%d < %s._length; i%d++) {",
			          depth, depth, expression, depth);
			fini_value(out, type->element, each, depth + 1);
			text_close(out, "}");
			free(each);
		}
		text_line(out, "free(%s._buffer);", expression);
		text_close(out, "}");
		break;
	case TERN_KIND_ARRAY:
		each = emit_array_loops(out, type, expression, depth);
		fini_value(out, type->element, each, depth + (int)type->dimension_count);
		emit_array_loops_end(out, type);
		free(each);
		break;
	default:
		text_line(out, "fini_%s(&%s);", type->c_name, expression);
		break;
	}
}

static void fini_held(struct text *out, const struct member *member,
                      const char *expression)
{
	char *value;

	if (!member_is_pointer(member)) {
		fini_value(out, member->type, expression, 0);
		return;
	}
	value = must_format("(*%s)", expression);
	if (!member->type->is_flat) {
		text_open(out, "if (%s) {", expression);
		fini_value(out, member->type, value, 0);
		text_close(out, "}");
	}
	text_line(out, "free(%s);", expression);
	free(value);
}

static void fini_union(struct text *out, const struct type *type)
{
	emit_union_switch(out, type);
	for (size_t i = 0; i < type->member_count; i++) {
		char *expression = must_format("s->_u.%s", type->members[i].name);

		emit_union_labels(out, type, &type->members[i]);
		out->depth++;
		fini_held(out, &type->members[i], expression);
		text_line(out, "break;");
		out->depth--;
		free(expression);
	}
	emit_union_end(out, type);
}

void emit_fini_function(struct text *out, const struct type *type)
{
	size_t count = 0;
	struct wire_member *members = NULL;

	if (type->is_flat)
		return;
	text_line(out, "static TERN_CDR_UNUSED void fini_%s(%s *s)", type->c_name,
	          type->c_name);
	text_open(out, "{");
	if (type->kind == TERN_KIND_UNION) {
		fini_union(out, type);
	} else {
		members = type_wire_members(type, &count);
		for (size_t i = 0; i < count; i++) {
			char *expression = must_format("s->%s", members[i].path);

			fini_held(out, members[i].member, expression);
			free(expression);
		}
	}
	text_close(out, "}");
	text_blank(out);
	free(members);
}
