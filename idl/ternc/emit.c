/* What several emitters share. */
#include "emit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void emit_try(struct text *out, const char *format, ...)
{
	va_list arguments;
	char *call = NULL;

	va_start(arguments, format);
	if (vasprintf(&call, format, arguments) < 0)
		abort();
	va_end(arguments);
	text_line(out, "if (!%s)", call);
	text_line(out, "\treturn false;");
	free(call);
}

char *emit_array_loops(struct text *out, const struct type *array, const char *expression,
                       int depth)
{
	struct text element = { 0 };

	text_add(&element, "%s", expression);
	for (uint32_t i = 0; i < array->dimension_count; i++) {
		int variable = depth + (int)i;

		text_open(out, "for (size_t i%d = 0; i%d < %" PRIu32 "; i%d++) {",
		          variable, variable, array->dimensions[i], variable);
		text_add(&element, "[i%d]", variable);
	}
	return element.data;
}

void emit_array_loops_end(struct text *out, const struct type *array)
{
	for (uint32_t i = 0; i < array->dimension_count; i++)
		text_close(out, "}");
}

char *label_text(const struct type *type, int64_t value)
{
	if (type->kind == TERN_KIND_ENUM) {
		for (size_t i = 0; i < type->literal_count; i++) {
			if (type->literals[i].value == value)
				return must_copy(type->literals[i].c_name);
		}
	}
	return must_format("%" PRId64, value);
}

void emit_union_switch(struct text *out, const struct type *type)
{
	text_line(out, type->element->kind == TERN_KIND_BOOLEAN ? "switch ((int)s->_d) {"
	                                                        : "switch (s->_d) {");
}

void emit_union_labels(struct text *out, const struct type *type,
                       const struct member *each)
{
	for (size_t i = 0; i < each->label_count; i++) {
		char *label = label_text(type->element, each->labels[i]);

		text_line(out, "case %s:", label);
		free(label);
	}
	if (each->is_default_case)
		text_line(out, "default:");
}

void emit_union_end(struct text *out, const struct type *type)
{
	bool has_default_case = false;

	for (size_t i = 0; i < type->member_count; i++)
		has_default_case |= type->members[i].is_default_case;
	if (!has_default_case) {
		text_line(out, "default:");
		text_line(out, "\tbreak;");
	}
	text_line(out, "}");
}
