/* Decoding: get_TYPE() reads a value of either representation and byte order into zeroed memory.
 * It checks everything; what it allocated before a failure, fini_TYPE() frees. */
#include <inttypes.h>
#include <stdlib.h>

#include "emit.h"
#include "layout.h"

static void get_value(struct text *out, const struct type *type, const char *expression,
                      const char *name, int depth);

static void check_enum(struct text *out, const struct type *type, const char *expression,
                       const char *name)
{
	text_line(out, "if ((uint32_t)%s > %" PRIu64 "u)", expression,
	          type_enum_max(type));
	text_line(
		out,
		"\treturn tern_cdr_read_refused(r, \"%s\", \"as an enum\", (uint32_t)%s, "
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
		"\treturn tern_cdr_read_refused(r, \"%s\", \"as a bitmask, flags\", %s, "
		"UINT64_C(0x%" PRIx64 "));",
		name, expression, mask);
}

static void get_enum(struct text *out, const struct type *type, const char *expression,
                     const char *name)
{
	size_t bits = 8 * type_wire_size(type);

	text_open(out, "{");
	text_line(out, "uint%zu_t value;", bits);
	text_blank(out);
	emit_try(out, "tern_cdr_get_u%zu(r, &value, \"%s\")", bits, name);
	text_line(out, "%s = (%s)value;", expression, type->c_name);
	check_enum(out, type, expression, name);
	text_close(out, "}");
}

static void get_scalar(struct text *out, const struct type *type, const char *expression,
                       const char *name)
{
	if (type->kind == TERN_KIND_ENUM) {
		get_enum(out, type, expression, name);
		return;
	}
	if (type->kind == TERN_KIND_BOOLEAN) {
		emit_try(out, "tern_cdr_get_boolean(r, &%s, \"%s\")", expression, name);
		return;
	}
	emit_try(out, "tern_cdr_get_array(r, &%s, %zu, 1, \"%s\")", expression,
	         type->size, name);
	if (type->kind == TERN_KIND_BITMASK)
		check_bitmask(out, type, expression, name);
}

static void get_primitives(struct text *out, const struct type *element,
                           const char *elements, const char *count, const char *name)
{
	if (element->kind == TERN_KIND_BOOLEAN)
		emit_try(out, "tern_cdr_get_booleans(r, (bool *)%s, %s, \"%s\")",
		         elements, count, name);
	else
		emit_try(out, "tern_cdr_get_array(r, %s, %zu, %s, \"%s\")", elements,
		         element->size, count, name);
}

/* Structures that lie on the wire as in C: at once, if the byte order is ours too. */
static void open_dense(struct text *out, const struct type *element, const char *elements,
                       const char *size, const char *name)
{
	text_open(out, "if (!r->swap) {");
	text_line(out, "const uint8_t *dense = tern_cdr_take(r, %zu, %s);",
	          element->alignment, size);
	text_blank(out);
	text_line(out, "if (!dense)");
	text_line(out, "\treturn tern_cdr_read_short(r, \"%s\");", name);
	text_line(out, "memcpy(%s, dense, %s);", elements, size);
	text_close(out, "} else {");
	out->depth++;
}

static void get_sequence_elements(struct text *out, const struct type *element,
                                  const char *buffer, const char *name, int depth)
{
	char *count = must_format("n%d", depth);
	char *each = must_format("%s[i%d]", buffer, depth);
	char *size = must_format("n%d * sizeof(*%s)", depth, buffer);

	if (type_is_primitive(element)) {
		get_primitives(out, element, buffer, count, name);
	} else {
		if (element->is_dense)
			open_dense(out, element, buffer, size, name);
		text_open(out, "for (uint32_t i%d = 0; i%d < n%d; i%d++) {", depth, depth,
		          depth, depth);
		get_value(out, element, each, name, depth + 1);
		text_close(out, "}");
		if (element->is_dense)
			text_close(out, "}");
	}
	free(count);
	free(each);
	free(size);
}

static void get_sequence(struct text *out, const struct type *type,
                         const char *expression, const char *name, int depth)
{
	const struct type *element = type->element;
	bool delimited = !type_is_primitive(element);
	bool overwritten = type_is_primitive(element) || element->is_dense;
	char *buffer = must_format("%s._buffer", expression);

	text_open(out, "{");
	if (delimited)
		text_line(out, "const uint8_t *outer%d;", depth);
	text_line(out, "uint32_t n%d;", depth);
	text_blank(out);
	if (delimited)
		emit_try(out, "tern_cdr_enter(r, &outer%d, \"%s\")", depth, name);
	emit_try(out, "tern_cdr_get_length(r, &n%d, %zu, %" PRIu32 ", \"%s\")", depth,
	         element->wire_min ? element->wire_min : 1, type->bound, name);
	text_open(out, "if (n%d > 0) {", depth);
	text_line(out, "%s = tern_cdr_allocate(r, n%d, sizeof(*%s), %s, \"%s\");", buffer,
	          depth, buffer, overwritten ? "false" : "true", name);
	text_line(out, "if (!%s)", buffer);
	text_line(out, "\treturn false;");
	text_line(out, "%s._maximum = %s._length = n%d;", expression, expression, depth);
	text_line(out, "%s._release = true;", expression);
	get_sequence_elements(out, element, buffer, name, depth);
	text_close(out, "}");
	if (delimited)
		text_line(out, "tern_cdr_leave(r, outer%d);", depth);
	text_close(out, "}");
	free(buffer);
}

static void get_array(struct text *out, const struct type *type, const char *expression,
                      const char *name, int depth)
{
	const struct type *element = type->element;
	char *count = must_format("%" PRIu32, type->bound);
	char *size = must_format("%zu", type->size);
	char *each;

	if (type_is_primitive(element)) {
		get_primitives(out, element, expression, count, name);
	} else {
		text_open(out, "{");
		text_line(out, "const uint8_t *outer%d;", depth);
		text_blank(out);
		emit_try(out, "tern_cdr_enter(r, &outer%d, \"%s\")", depth, name);
		if (element->is_dense)
			open_dense(out, element, expression, size, name);
		each = emit_array_loops(out, type, expression, depth);
		get_value(out, element, each, name, depth + (int)type->dimension_count);
		emit_array_loops_end(out, type);
		free(each);
		if (element->is_dense)
			text_close(out, "}");
		text_line(out, "tern_cdr_leave(r, outer%d);", depth);
		text_close(out, "}");
	}
	free(count);
	free(size);
}

static void get_value(struct text *out, const struct type *type, const char *expression,
                      const char *name, int depth)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		if (type->bound)
			emit_try(out,
			         "tern_cdr_get_bounded_string(r, %s, %" PRIu32
			         ", \"%s\")",
			         expression, type->bound, name);
		else
			emit_try(out, "tern_cdr_get_string(r, &%s, \"%s\")", expression,
			         name);
		break;
	case TERN_KIND_SEQUENCE:
		get_sequence(out, type, expression, name, depth);
		break;
	case TERN_KIND_ARRAY:
		get_array(out, type, expression, name, depth);
		break;
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		emit_try(out, "get_%s(r, &%s)", type->c_name, expression);
		break;
	default:
		get_scalar(out, type, expression, name);
		break;
	}
}

/* ---- runs ---- */

static void check_piece(struct text *out, const struct piece *piece)
{
	char *expression = must_format("s->%s", piece->path);

	if (piece->type->kind == TERN_KIND_ENUM)
		check_enum(out, piece->type, expression, piece->name);
	else if (piece->type->kind == TERN_KIND_BITMASK)
		check_bitmask(out, piece->type, expression, piece->name);
	free(expression);
}

/* Booleans are checked before they are in C's hands: other values there are undefined. */
static void check_booleans(struct text *out, const struct piece *piece)
{
	if (piece->type->kind != TERN_KIND_BOOLEAN)
		return;
	if (piece->count == 1) {
		text_line(out, "if (at[%zu] > 1)", piece->wire_offset);
		text_line(out,
		          "\treturn tern_cdr_read_refused(r, \"%s\", \"as a boolean\", "
		          "at[%zu], 1);",
		          piece->name, piece->wire_offset);
		return;
	}
	text_open(out, "for (size_t i = %zu; i < %zu; i++) {", piece->wire_offset,
	          piece->wire_offset + piece->count);
	text_line(out, "if (at[i] > 1)");
	text_line(
		out,
		"\treturn tern_cdr_read_refused(r, \"%s\", \"as a boolean\", at[i], 1);",
		piece->name);
	text_close(out, "}");
}

/* An enum that is smaller on the wire than in C. */
static void get_small_enum(struct text *out, const struct piece *piece)
{
	if (piece->wire_size == 1) {
		text_line(out, "s->%s = (%s)at[%zu];", piece->path, piece->type->c_name,
		          piece->wire_offset);
		return;
	}
	text_open(out, "{");
	text_line(out, "uint16_t value;");
	text_blank(out);
	text_line(out, "memcpy(&value, at + %zu, 2);", piece->wire_offset);
	text_line(out, "s->%s = (%s)(r->swap ? tern_cdr_swap_u16(value) : value);",
	          piece->path, piece->type->c_name);
	text_close(out, "}");
}

static bool needs_swap(const struct piece *piece)
{
	return piece->wire_size > 1 && piece->wire_size == piece->type->size;
}

/* Pieces of one size that follow each other in C are turned together. */
static void swap_pieces(struct text *out, const struct step *run)
{
	size_t next;

	for (size_t i = 0; i < run->piece_count; i = next) {
		const struct piece *piece = &run->pieces[i];
		size_t count = piece->count;

		for (next = i + 1; next < run->piece_count; next++) {
			const struct piece *other = &run->pieces[next];

			if (other->wire_size != piece->wire_size || !needs_swap(other) ||
			    other->offset != piece->offset + count * piece->wire_size)
				break;
			count += other->count;
		}
		if (needs_swap(piece))
			text_line(
				out,
				"tern_cdr_swap_elements(TERN_CDR_AT(s, %zu), %zu, %zu);",
				piece->offset, piece->wire_size, count);
	}
}

static void get_run(struct text *out, const struct step *run)
{
	bool swaps = false;

	text_line(out, "at = tern_cdr_take(r, %zu, %zu);", run->alignment, run->size);
	text_line(out, "if (!at)");
	text_line(out, "\treturn tern_cdr_read_short(r, \"%s\");", run->pieces[0].name);
	for (size_t i = 0; i < run->piece_count; i++)
		check_booleans(out, &run->pieces[i]);
	for (size_t i = 0, stretch, size; i < run->piece_count; i += stretch) {
		const struct piece *piece = &run->pieces[i];

		stretch = plan_stretch(run, i, &size);
		if (piece->wire_size != piece->type->size)
			get_small_enum(out, piece);
		else if (stretch > 1)
			text_line(out,
			          "memcpy(TERN_CDR_AT(s, %zu), at + %zu, %zu); /* %s ... "
			          "%s */",
			          piece->offset, piece->wire_offset, size, piece->path,
			          run->pieces[i + stretch - 1].path);
		else
			text_line(out, "memcpy(&s->%s, at + %zu, %zu);", piece->path,
			          piece->wire_offset, size);
	}
	for (size_t i = 0; i < run->piece_count; i++)
		swaps |= needs_swap(&run->pieces[i]);
	if (swaps) {
		text_open(out, "if (r->swap) {");
		swap_pieces(out, run);
		text_close(out, "}");
	}
	for (size_t i = 0; i < run->piece_count; i++)
		check_piece(out, &run->pieces[i]);
}

/* ---- members ---- */

static void get_held(struct text *out, const struct member *member,
                     const char *expression, const char *name)
{
	char *value;

	if (!member_is_pointer(member)) {
		get_value(out, member->type, expression, name, 0);
		return;
	}
	value = must_format("(*%s)", expression);
	text_line(out, "%s = tern_cdr_allocate(r, 1, sizeof(*%s), true, \"%s\");",
	          expression, expression, name);
	text_line(out, "if (!%s)", expression);
	text_line(out, "\treturn false;");
	get_value(out, member->type, value, name, 0);
	free(value);
}

static void get_member(struct text *out, const struct wire_member *wire, bool is_mutable)
{
	const struct member *member = wire->member;
	char *expression = must_format("s->%s", wire->path);
	char *name = member_name(wire);
	bool flagged = member->optional && !is_mutable;

	if (flagged) {
		text_open(out, "{");
		text_line(out, "bool present;");
		text_blank(out);
		emit_try(out, "tern_cdr_get_boolean(r, &present, \"%s\")", name);
		text_open(out, "if (present) {");
	}
	get_held(out, member, expression, name);
	if (flagged) {
		text_close(out, "}");
		text_close(out, "}");
	}
	free(expression);
	free(name);
}

static void get_step(struct text *out, const struct step *step)
{
	if (step->member)
		get_member(out, step->member, false);
	else
		get_run(out, step);
}

/* ---- structures ---- */

static bool plan_has_run(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (!plan->steps[i].member)
			return true;
	}
	return false;
}

static void get_final(struct text *out, const struct wire_member *members, size_t count)
{
	struct plan plan = plan_make(members, count, false);

	if (plan_has_run(&plan)) {
		text_line(out, "const uint8_t *at;");
		text_blank(out);
	}
	for (size_t i = 0; i < plan.count; i++)
		get_step(out, &plan.steps[i]);
	text_line(out, "return true;");
	plan_fini(&plan);
}

/* The first member from `first` on that does not default to zero, or count. */
static size_t next_default(const struct wire_member *members, size_t first, size_t count)
{
	while (first < count && !member_has_default(members[first].member))
		first++;
	return first;
}

static void go_to_missing(struct text *out, const struct wire_member *members,
                          size_t first, size_t count)
{
	size_t next = next_default(members, first, count);

	text_line(out, "if (r->at == r->end)");
	if (next < count)
		text_line(out, "\tgoto missing_%s;", members[next].member->name);
	else
		text_line(out, "\tgoto missing;");
}

/* A writer's older version ends early, a newer one has more: the DHEADER tells where. */
static void get_appendable(struct text *out, const struct wire_member *members,
                           size_t count, const struct type *type)
{
	struct plan plan = plan_make(members, count, true);
	size_t first_missing = next_default(members, 0, count);

	text_line(out, "const uint8_t *outer;");
	if (plan_has_run(&plan))
		text_line(out, "const uint8_t *at;");
	text_blank(out);
	emit_try(out, "tern_cdr_enter(r, &outer, \"%s\")", type->name);
	for (size_t i = 0; i < plan.count; i++) {
		if (i == 0 ||
		    plan.steps[i].first_member != plan.steps[i - 1].first_member)
			go_to_missing(out, members, plan.steps[i].first_member, count);
		get_step(out, &plan.steps[i]);
	}
	if (first_missing < count) {
		text_line(out, "tern_cdr_leave(r, outer);");
		text_line(out, "return true;");
		text_blank(out);
	}
	for (size_t i = first_missing; i < count;
	     i = next_default(members, i + 1, count)) {
		text_add(out, "missing_%s:\n", members[i].member->name);
		emit_default_member(out, &members[i]);
	}
	if (next_default(members, count ? count - 1 : 0, count) == count)
		text_add(out, "missing:\n");
	text_line(out, "tern_cdr_leave(r, outer);");
	text_line(out, "return true;");
	plan_fini(&plan);
}

static void get_mutable_case(struct text *out, const struct wire_member *wire,
                             size_t index)
{
	struct wire_member one = *wire;
	struct plan plan = plan_make(&one, 1, false);

	text_line(out, "case %" PRIu32 "u: /* %s */", wire->member->id,
	          wire->member->name);
	out->depth++;
	text_line(out, "if (seen[%zu])", index);
	text_line(out,
	          "\treturn tern_cdr_read_refused(r, \"%s.%s\", \"times, at least\", 2, "
	          "1);",
	          wire->owner->name, wire->member->name);
	text_line(out, "seen[%zu] = true;", index);
	for (size_t i = 0; i < plan.count; i++) {
		if (plan.steps[i].member)
			get_member(out, &one, true);
		else
			get_run(out, &plan.steps[i]);
	}
	text_line(out, "break;");
	out->depth--;
	plan_fini(&plan);
}

static void get_mutable(struct text *out, const struct wire_member *members, size_t count,
                        const struct type *type)
{
	struct plan plan = plan_make(members, count, true);

	text_line(out, "struct tern_cdr_member member;");
	text_line(out, "bool seen[%zu] = {false};", count);
	text_line(out, "const uint8_t *outer;");
	if (plan_has_run(&plan))
		text_line(out, "const uint8_t *at;");
	text_blank(out);
	emit_try(out, "tern_cdr_enter(r, &outer, \"%s\")", type->name);
	text_open(out, "while (r->at < r->end) {");
	emit_try(out, "tern_cdr_enter_member(r, &member)");
	text_line(out, "switch (member.id) {");
	for (size_t i = 0; i < count; i++)
		get_mutable_case(out, &members[i], i);
	text_line(out, "default:");
	out->depth++;
	emit_try(out, "tern_cdr_unknown_member(r, &member)");
	text_line(out, "break;");
	out->depth--;
	text_line(out, "}");
	text_line(out, "tern_cdr_leave_member(r, &member);");
	text_close(out, "}");
	for (size_t i = 0; i < count; i++) {
		if (members[i].member->key || members[i].member->must_understand) {
			text_line(out, "if (!seen[%zu])", i);
			text_line(out, "\treturn tern_cdr_read_missing(r, \"%s.%s\");",
			          members[i].owner->name, members[i].member->name);
		} else if (member_has_default(members[i].member)) {
			text_open(out, "if (!seen[%zu]) {", i);
			emit_default_member(out, &members[i]);
			text_close(out, "}");
		}
	}
	text_line(out, "tern_cdr_leave(r, outer);");
	text_line(out, "return true;");
	plan_fini(&plan);
}

/* ---- unions ---- */

static void get_case(struct text *out, const struct type *type, const struct member *each)
{
	char *expression = must_format("s->_u.%s", each->name);
	char *name = must_format("%s.%s", type->name, each->name);

	emit_union_labels(out, type, each);
	out->depth++;
	get_held(out, each, expression, name);
	text_line(out, "break;");
	out->depth--;
	free(expression);
	free(name);
}

static void get_union(struct text *out, const struct type *type)
{
	char *name = must_format("%s's discriminator", type->name);

	if (type->extensibility != TERN_FINAL) {
		text_line(out, "const uint8_t *outer;");
		text_blank(out);
		emit_try(out, "tern_cdr_enter(r, &outer, \"%s\")", type->name);
	}
	get_scalar(out, type->element, "s->_d", name);
	emit_union_switch(out, type);
	for (size_t i = 0; i < type->member_count; i++)
		get_case(out, type, &type->members[i]);
	emit_union_end(out, type);
	if (type->extensibility != TERN_FINAL)
		text_line(out, "tern_cdr_leave(r, outer);");
	text_line(out, "return true;");
	free(name);
}

void emit_get_function(struct text *out, const struct type *type)
{
	size_t count = 0;
	struct wire_member *members = type->kind == TERN_KIND_STRUCTURE
	                                      ? type_wire_members(type, &count)
	                                      : NULL;

	text_line(out,
	          "static TERN_CDR_UNUSED bool get_%s(struct tern_cdr_reader *r, %s *s)",
	          type->c_name, type->c_name);
	text_open(out, "{");
	if (type->kind == TERN_KIND_UNION)
		get_union(out, type);
	else if (type->extensibility == TERN_FINAL)
		get_final(out, members, count);
	else if (type->extensibility == TERN_APPENDABLE)
		get_appendable(out, members, count, type);
	else
		get_mutable(out, members, count, type);
	text_close(out, "}");
	text_blank(out);
	free(members);
}
