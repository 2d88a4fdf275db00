/* Encoding: put_TYPE() writes a value in the native byte order, XCDR1 or XCDR2. */
#include <inttypes.h>
#include <stdlib.h>

#include "emit.h"

static void put_value(struct text *out, const struct type *type, const char *expression,
                      const char *name, int depth);

static void check_enum(struct text *out, const struct type *type, const char *expression,
                       const char *name)
{
	text_line(out, "if ((uint32_t)%s > %" PRIu64 "u)", expression,
	          type_enum_max(type));
	text_line(out,
	          "\treturn tern_cdr_write_refused(w, \"%s\", \"as an enum\", "
	          "(uint32_t)%s, "
	          "%" PRIu64 "u);",
	          name, expression, type_enum_max(type));
}

static void check_bitmask(struct text *out, const struct type *type,
                          const char *expression, const char *name)
{
	uint64_t mask = type_bit_mask(type);

	text_line(out, "if (%s & ~UINT64_C(0x%" PRIx64 "))", expression, mask);
	text_line(
		out,
		"\treturn tern_cdr_write_refused(w, \"%s\", \"as a bitmask, flags\", %s, "
		"UINT64_C(0x%" PRIx64 "));",
		name, expression, mask);
}

static void put_scalar(struct text *out, const struct type *type, const char *expression,
                       const char *name)
{
	size_t size = type_wire_size(type);

	if (type->kind == TERN_KIND_ENUM) {
		check_enum(out, type, expression, name);
		emit_try(out, "tern_cdr_put_u%zu(w, (uint%zu_t)%s)", 8 * size, 8 * size,
		         expression);
		return;
	}
	if (type->kind == TERN_KIND_BITMASK)
		check_bitmask(out, type, expression, name);
	emit_try(out, "tern_cdr_put_array(w, %zu, &%s, %zu)", size, expression, size);
}

static void put_elements(struct text *out, const struct type *element,
                         const char *element_of, const char *count, const char *name,
                         int depth)
{
	char *each = must_format("%s[i%d]", element_of, depth);

	text_open(out, "for (uint32_t i%d = 0; i%d < %s; i%d++) {", depth, depth, count,
	          depth);
	put_value(out, element, each, name, depth + 1);
	text_close(out, "}");
	free(each);
}

static void put_sequence(struct text *out, const struct type *type,
                         const char *expression, const char *name, int depth)
{
	const struct type *element = type->element;
	bool delimited = !type_is_primitive(element);
	char *buffer = must_format("%s._buffer", expression);
	char *length = must_format("%s._length", expression);

	if (delimited) {
		text_open(out, "{");
		text_line(out, "size_t mark%d;", depth);
		text_blank(out);
		emit_try(out, "tern_cdr_begin(w, &mark%d)", depth);
	}
	emit_try(out, "tern_cdr_put_length(w, %s, %s, %" PRIu32 ", \"%s\")", length,
	         buffer, type->bound, name);
	if (type_is_primitive(element) || element->is_dense)
		emit_try(out, "tern_cdr_put_array(w, %zu, %s, %s * sizeof(*%s))",
		         element->alignment, buffer, length, buffer);
	else
		put_elements(out, element, buffer, length, name, depth);
	if (delimited) {
		text_line(out, "tern_cdr_end(w, mark%d);", depth);
		text_close(out, "}");
	}
	free(buffer);
	free(length);
}

static void put_array(struct text *out, const struct type *type, const char *expression,
                      const char *name, int depth)
{
	const struct type *element = type->element;
	char *each;

	if (type_is_primitive(element)) {
		emit_try(out, "tern_cdr_put_array(w, %zu, %s, %zu)", element->size,
		         expression, type->size);
		return;
	}
	text_open(out, "{");
	text_line(out, "size_t mark%d;", depth);
	text_blank(out);
	emit_try(out, "tern_cdr_begin(w, &mark%d)", depth);
	if (element->is_dense) {
		emit_try(out, "tern_cdr_put_array(w, %zu, %s, %zu)", element->alignment,
		         expression, type->size);
	} else {
		each = emit_array_loops(out, type, expression, depth);
		put_value(out, element, each, name, depth + (int)type->dimension_count);
		emit_array_loops_end(out, type);
		free(each);
	}
	text_line(out, "tern_cdr_end(w, mark%d);", depth);
	text_close(out, "}");
}

static void put_value(struct text *out, const struct type *type, const char *expression,
                      const char *name, int depth)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		if (type->bound)
			emit_try(out,
			         "tern_cdr_put_bounded_string(w, %s, %" PRIu32
			         ", \"%s\")",
			         expression, type->bound, name);
		else
			emit_try(out, "tern_cdr_put_string(w, %s, \"%s\")", expression,
			         name);
		break;
	case TERN_KIND_SEQUENCE:
		put_sequence(out, type, expression, name, depth);
		break;
	case TERN_KIND_ARRAY:
		put_array(out, type, expression, name, depth);
		break;
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		emit_try(out, "put_%s(w, &%s)", type->c_name, expression);
		break;
	default:
		put_scalar(out, type, expression, name);
		break;
	}
}

/* ---- runs ---- */

static void put_run(struct text *out, const struct step *run)
{
	size_t end = 0;

	for (size_t i = 0; i < run->piece_count; i++) {
		char *expression = must_format("s->%s", run->pieces[i].path);

		if (run->pieces[i].type->kind == TERN_KIND_ENUM)
			check_enum(out, run->pieces[i].type, expression,
			           run->pieces[i].name);
		else if (run->pieces[i].type->kind == TERN_KIND_BITMASK)
			check_bitmask(out, run->pieces[i].type, expression,
			              run->pieces[i].name);
		free(expression);
	}
	text_line(out, "at = tern_cdr_put(w, %zu, %zu);", run->alignment, run->size);
	text_line(out, "if (!at)");
	text_line(out, "\treturn false;");
	for (size_t i = 0, stretch, size; i < run->piece_count; i += stretch) {
		const struct piece *piece = &run->pieces[i];

		stretch = plan_stretch(run, i, &size);
		if (piece->wire_offset > end)
			text_line(out, "memset(at + %zu, 0, %zu);", end,
			          piece->wire_offset - end);
		end = piece->wire_offset + size;
		if (piece->wire_size == 1 && piece->type->size != 1)
			text_line(out, "at[%zu] = (uint8_t)s->%s;", piece->wire_offset,
			          piece->path);
		else if (piece->wire_size != piece->type->size)
			text_line(out,
			          "memcpy(at + %zu, &(uint16_t){(uint16_t)s->%s}, 2);",
			          piece->wire_offset, piece->path);
		else if (stretch > 1)
			text_line(out,
			          "memcpy(at + %zu, TERN_CDR_CONST_AT(s, %zu), %zu); /* "
			          "%s ... %s */",
			          piece->wire_offset, piece->offset, size, piece->path,
			          run->pieces[i + stretch - 1].path);
		else
			text_line(out, "memcpy(at + %zu, &s->%s, %zu);",
			          piece->wire_offset, piece->path, size);
	}
}

/* ---- members ---- */

static char *dereferenced(const struct member *member, const char *expression)
{
	return member_is_pointer(member) ? must_format("(*%s)", expression)
	                                 : must_copy(expression);
}

static void refuse_null(struct text *out, const struct member *member,
                        const char *expression, const char *name)
{
	if (!member_is_pointer(member) || member->optional)
		return;
	text_line(out, "if (!%s)", expression);
	text_line(out, "\treturn tern_cdr_write_null(w, \"%s\");", name);
}

static void put_member(struct text *out, const struct wire_member *wire)
{
	const struct member *member = wire->member;
	char *expression = must_format("s->%s", wire->path);
	char *value = dereferenced(member, expression);
	char *name = member_name(wire);

	refuse_null(out, member, expression, name);
	if (member->optional) {
		emit_try(out, "tern_cdr_put_u8(w, %s != NULL)", expression);
		text_open(out, "if (%s) {", expression);
	}
	put_value(out, member->type, value, name, 0);
	if (member->optional)
		text_close(out, "}");
	free(expression);
	free(value);
	free(name);
}

static int scalar_length_code(size_t wire_size)
{
	return wire_size == 1 ? 0 : wire_size == 2 ? 1 : wire_size == 4 ? 2 : 3;
}

/* As Cyclone DDS chooses it: the shortest header (XTypes 1.3, 7.4.3.4.2). */
static int length_code(const struct type *type)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		return 5;
	case TERN_KIND_SEQUENCE:
		if (!type_is_primitive(type->element) || type->element->size == 1)
			return 5;
		return type->element->size == 2 ? 4 : type->element->size == 4 ? 6 : 7;
	case TERN_KIND_ARRAY:
		return type_is_primitive(type->element) ? 4 : 5;
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		return 4;
	default:
		return scalar_length_code(type_wire_size(type));
	}
}

static void put_mutable_member(struct text *out, const struct wire_member *wire)
{
	const struct member *member = wire->member;
	char *expression = must_format("s->%s", wire->path);
	char *value = dereferenced(member, expression);
	char *name = member_name(wire);
	int code = length_code(member->type);
	char *header = must_format("%sTERN_CDR_LENGTH_CODE(%d) | %" PRIu32 "u",
	                           member->key || member->must_understand
	                                   ? "TERN_CDR_MUST_UNDERSTAND | "
	                                   : "",
	                           code, member->id);

	refuse_null(out, member, expression, name);
	if (member->optional)
		text_open(out, "if (%s) {", expression);
	if (code == 4)
		emit_try(out, "tern_cdr_begin_member(w, %s, &member_mark)", header);
	else
		emit_try(out, "tern_cdr_put_u32(w, %s)", header);
	put_value(out, member->type, value, name, 0);
	if (code == 4)
		text_line(out, "tern_cdr_end(w, member_mark);");
	if (member->optional)
		text_close(out, "}");
	free(expression);
	free(value);
	free(name);
	free(header);
}

/* ---- functions ---- */

static void put_structure(struct text *out, const struct type *type)
{
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);
	struct plan plan = plan_make(members, count, false);
	bool has_run = false;
	bool has_long_member = false;

	for (size_t i = 0; i < plan.count; i++)
		has_run |= !plan.steps[i].member;
	for (size_t i = 0; i < count; i++)
		has_long_member |= length_code(members[i].member->type) == 4;
	if (type->extensibility != TERN_MUTABLE && has_run)
		text_line(out, "uint8_t *at;");
	if (type->extensibility != TERN_FINAL)
		text_line(out, "size_t mark;");
	if (type->extensibility == TERN_MUTABLE && has_long_member)
		text_line(out, "size_t member_mark;");
	if (has_run || type->extensibility != TERN_FINAL)
		text_blank(out);
	if (type->extensibility != TERN_FINAL)
		emit_try(out, "tern_cdr_begin(w, &mark)");
	if (type->extensibility == TERN_MUTABLE) {
		for (size_t i = 0; i < count; i++)
			put_mutable_member(out, &members[i]);
	} else {
		for (size_t i = 0; i < plan.count; i++) {
			if (plan.steps[i].member)
				put_member(out, plan.steps[i].member);
			else
				put_run(out, &plan.steps[i]);
		}
	}
	if (type->extensibility != TERN_FINAL)
		text_line(out, "tern_cdr_end(w, mark);");
	plan_fini(&plan);
	free(members);
}

static void put_case(struct text *out, const struct type *type, const struct member *each)
{
	char *expression = must_format("s->_u.%s", each->name);
	char *value = dereferenced(each, expression);
	char *name = must_format("%s.%s", type->name, each->name);

	emit_union_labels(out, type, each);
	out->depth++;
	refuse_null(out, each, expression, name);
	put_value(out, each->type, value, name, 0);
	text_line(out, "break;");
	out->depth--;
	free(expression);
	free(value);
	free(name);
}

static void put_union(struct text *out, const struct type *type)
{
	char *name = must_format("%s's discriminator", type->name);

	if (type->extensibility != TERN_FINAL) {
		text_line(out, "size_t mark;");
		text_blank(out);
		emit_try(out, "tern_cdr_begin(w, &mark)");
	}
	put_scalar(out, type->element, "s->_d", name);
	emit_union_switch(out, type);
	for (size_t i = 0; i < type->member_count; i++)
		put_case(out, type, &type->members[i]);
	emit_union_end(out, type);
	if (type->extensibility != TERN_FINAL)
		text_line(out, "tern_cdr_end(w, mark);");
	free(name);
}

void emit_put_function(struct text *out, const struct type *type)
{
	text_line(out,
	          "static TERN_CDR_UNUSED bool put_%s(struct tern_cdr_writer *w, const "
	          "%s *s)",
	          type->c_name, type->c_name);
	text_open(out, "{");
	if (type->kind == TERN_KIND_UNION)
		put_union(out, type);
	else
		put_structure(out, type);
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}
