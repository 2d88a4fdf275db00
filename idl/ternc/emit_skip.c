/* Stepping over values that a reader does not want: on the way to the key of a payload. */
#include <inttypes.h>
#include <stdlib.h>

#include "emit.h"

static void skip_elements(struct text *out, const struct type *element, const char *name,
                          int depth)
{
	if (type_is_primitive(element))
		emit_try(out, "tern_cdr_skip(r, %zu, (size_t)n%d * %zu, \"%s\")",
		         element->size, depth, element->size, name);
	else {
		text_open(out, "for (uint32_t i%d = 0; i%d < n%d; i%d++) {", depth, depth,
		          depth, depth);
		emit_skip_value(out, element, name, depth + 1);
		text_close(out, "}");
	}
}

static void skip_collection(struct text *out, const struct type *type, const char *name,
                            int depth)
{
	const struct type *element = type->element;
	bool delimited = !type_is_primitive(element);

	text_open(out, "{");
	if (delimited) {
		text_line(out, "const uint8_t *outer%d;", depth);
		text_blank(out);
		emit_try(out, "tern_cdr_enter(r, &outer%d, \"%s\")", depth, name);
	}
	if (delimited && element->is_plain)
		text_open(out, "if (!r->xcdr2) {");
	if (!delimited || element->is_plain) {
		text_line(out, "uint32_t n%d = %" PRIu32 ";", depth,
		          type->kind == TERN_KIND_ARRAY ? type->bound : 0);
		text_blank(out);
		if (type->kind != TERN_KIND_ARRAY)
			emit_try(out,
			         "tern_cdr_get_length(r, &n%d, %zu, %" PRIu32 ", \"%s\")",
			         depth, element->wire_min ? element->wire_min : 1,
			         type->bound, name);
		skip_elements(out, element, name, depth);
	}
	if (delimited && element->is_plain)
		text_close(out, "}");
	if (delimited)
		text_line(out, "tern_cdr_leave(r, outer%d);", depth);
	text_close(out, "}");
}

void emit_skip_value(struct text *out, const struct type *type, const char *name,
                     int depth)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		emit_try(out, "tern_cdr_skip_string(r, \"%s\")", name);
		break;
	case TERN_KIND_SEQUENCE:
	case TERN_KIND_ARRAY:
		skip_collection(out, type, name, depth);
		break;
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		((struct type *)type)->needs_skip = true;
		emit_try(out, "skip_%s(r)", type->c_name);
		break;
	default:
		emit_try(out, "tern_cdr_skip(r, %zu, %zu, \"%s\")", type_wire_size(type),
		         type_wire_size(type), name);
		break;
	}
}

void emit_skip_step(struct text *out, const struct step *step)
{
	char *name;

	if (!step->member) {
		emit_try(out, "tern_cdr_skip(r, %zu, %zu, \"%s\")", step->alignment,
		         step->size, step->pieces[0].name);
		return;
	}
	name = member_name(step->member);
	if (step->member->member->optional) {
		text_open(out, "{");
		text_line(out, "bool present;");
		text_blank(out);
		emit_try(out, "tern_cdr_get_boolean(r, &present, \"%s\")", name);
		text_open(out, "if (present) {");
	}
	emit_skip_value(out, step->member->member->type, name, 0);
	if (step->member->member->optional) {
		text_close(out, "}");
		text_close(out, "}");
	}
	free(name);
}

static void skip_structure(struct text *out, const struct type *type)
{
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);
	struct plan plan = plan_make(members, count, false);

	for (size_t i = 0; i < plan.count; i++)
		emit_skip_step(out, &plan.steps[i]);
	plan_fini(&plan);
	free(members);
}

static void skip_union(struct text *out, const struct type *type)
{
	size_t size = type_wire_size(type->element);

	text_line(out, "uint%zu_t discriminator;", 8 * size);
	text_blank(out);
	emit_try(out, "tern_cdr_get_u%zu(r, &discriminator, \"%s\")", 8 * size,
	         type->name);
	text_line(out, "switch (discriminator) {");
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *each = &type->members[i];
		char *name = must_format("%s.%s", type->name, each->name);

		for (size_t j = 0; j < each->label_count; j++)
			text_line(out, "case (uint%zu_t)INT64_C(%" PRId64 "):", 8 * size,
			          each->labels[j]);
		if (each->is_default_case)
			text_line(out, "default:");
		out->depth++;
		emit_skip_value(out, each->type, name, 0);
		text_line(out, "break;");
		out->depth--;
		free(name);
	}
	emit_union_end(out, type);
}

void emit_skip_function(struct text *out, const struct type *type)
{
	text_line(out, "static TERN_CDR_UNUSED bool skip_%s(struct tern_cdr_reader *r)",
	          type->c_name);
	text_open(out, "{");
	if (type->extensibility != TERN_FINAL) {
		text_line(out, "const uint8_t *outer;");
		text_blank(out);
		emit_try(out, "tern_cdr_enter(r, &outer, \"%s\")", type->name);
		text_line(out, "tern_cdr_leave(r, outer);");
	} else if (type->kind == TERN_KIND_UNION) {
		skip_union(out, type);
	} else {
		skip_structure(out, type);
	}
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}
