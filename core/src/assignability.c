/* Can a reader's type be filled from samples of a writer's type? Source: XTypes 1.3, 7.2.4.
 * Every rule is a condition that must hold, so the first that fails ends the comparison, and the
 * path at that moment names the member. Structures and unions have a file of their own each.
 *
 * Cyclone DDS 0.10's verdicts are followed where XTypes leaves room; the others are listed, one
 * by one, in tests/interop/test_verdicts.c. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assignability_rules.h"
#include "check.h"
#include "type_equal.h"
#include "type_text.h"

bool tern__assign_refuse(struct assignment *a, const char *format, ...)
{
	va_list arguments;
	int n = snprintf(a->reason, a->reason_size_bytes, "%s: ", a->path);

	if (n < 0 || (size_t)n >= a->reason_size_bytes)
		return false;
	va_start(arguments, format);
	vsnprintf(a->reason + n, a->reason_size_bytes - (size_t)n, format, arguments);
	va_end(arguments);
	return false;
}

size_t tern__assign_enter(struct assignment *a, const char *prefix, const char *name)
{
	size_t before = a->path_length;
	size_t room = sizeof a->path - before;
	int n = snprintf(a->path + before, room, "%s%s", prefix, name);

	if (n > 0)
		a->path_length += (size_t)n < room ? (size_t)n : room - 1;
	return before;
}

void tern__assign_leave(struct assignment *a, size_t before)
{
	a->path_length = before;
	a->path[before] = '\0';
}

bool tern__assign_bound_fits(uint32_t reader_bound, uint32_t writer_bound)
{
	return !reader_bound || (writer_bound && writer_bound <= reader_bound);
}

const char *tern__extensibility_text(tern_extensibility extensibility)
{
	switch (extensibility) {
	case TERN_FINAL:
		return "@final";
	case TERN_APPENDABLE:
		return "@appendable";
	case TERN_MUTABLE:
		return "@mutable";
	}
	return "of unknown extensibility";
}

bool tern__assign_extensibility(struct assignment *a, const struct tern_type *reader,
                                const struct tern_type *writer)
{
	if (reader->extensibility == writer->extensibility)
		return true;
	return tern__assign_refuse(a,
	                           "writer's %s is %s, reader's %s: annotate both alike",
	                           writer->name ? writer->name : "type",
	                           tern__extensibility_text(writer->extensibility),
	                           tern__extensibility_text(reader->extensibility));
}

static bool refuse_kinds(struct assignment *a, const struct tern_type *reader,
                         const struct tern_type *writer)
{
	char reader_text[64], writer_text[64];

	return tern__assign_refuse(
		a, "writer %s, reader %s: give both the same type",
		tern__type_text(writer, writer_text, sizeof writer_text),
		tern__type_text(reader, reader_text, sizeof reader_text));
}

/* A bitmask goes with one of the same bit bound, or the unsigned integer that holds it. The 8
 * bit ones are left to bitmasks alone, as Cyclone DDS does: XTypes lets it be octet or uint8. */
static bool assign_bitmask(struct assignment *a, const struct tern_type *reader,
                           const struct tern_type *writer)
{
	const struct tern_type *mask =
		reader->kind == TERN_KIND_BITMASK ? reader : writer;
	const struct tern_type *other = mask == reader ? writer : reader;
	uint32_t bits = mask->bound;
	bool fits;

	switch (other->kind) {
	case TERN_KIND_BITMASK:
		if (other->bound == bits)
			return true;
		return tern__assign_refuse(a,
		                           "writer's bitmask has bit bound %" PRIu32
		                           ", reader's %" PRIu32 ": give both the same",
		                           writer->bound, reader->bound);
	case TERN_KIND_UINT16:
		fits = bits > 8 && bits <= 16;
		break;
	case TERN_KIND_UINT32:
		fits = bits > 16 && bits <= 32;
		break;
	case TERN_KIND_UINT64:
		fits = bits > 32;
		break;
	default:
		fits = false;
		break;
	}
	return fits || refuse_kinds(a, reader, writer);
}

const struct tern_literal *tern__literal_by_value(const struct tern_type *type,
                                                  int64_t value)
{
	for (uint32_t i = 0; i < type->literal_count; i++)
		if (type->literals[i].value == value)
			return &type->literals[i];
	return NULL;
}

static const struct tern_literal *literal_by_name(const struct tern_type *type,
                                                  const char *name)
{
	for (uint32_t i = 0; i < type->literal_count; i++)
		if (strcmp(type->literals[i].name, name) == 0)
			return &type->literals[i];
	return NULL;
}

/* Every literal of "from" means the same in "in", or is absent there and may be. */
static bool assign_literals(struct assignment *a, const struct tern_type *from,
                            const struct tern_type *in, const char *from_side,
                            const char *in_side)
{
	for (uint32_t i = 0; i < from->literal_count; i++) {
		const struct tern_literal *literal = &from->literals[i];
		const struct tern_literal *same_value =
			tern__literal_by_value(in, literal->value);
		const struct tern_literal *same_name = literal_by_name(in, literal->name);

		if (same_value && strcmp(same_value->name, literal->name) != 0)
			return tern__assign_refuse(a,
			                           "%" PRId64
			                           " is %s for the %s, %s for the %s: "
			                           "give the literal one name",
			                           literal->value, literal->name,
			                           from_side, same_value->name, in_side);
		if (same_name && same_name->value != literal->value)
			return tern__assign_refuse(
				a,
				"%s is %" PRId64 " for the %s, %" PRId64
				" for the %s: give the literal one value",
				literal->name, literal->value, from_side,
				same_name->value, in_side);
		if (!same_value && from->extensibility == TERN_FINAL)
			return tern__assign_refuse(
				a,
				"only the %s's enum has %s (%" PRId64
				") and the enum is @final: add it on the %s's side, or "
				"make both @appendable",
				from_side, literal->name, literal->value, in_side);
	}
	return true;
}

/* Bytes on the wire. */
static unsigned enum_size_bytes(const struct tern_type *type)
{
	return type->bound == 0 || type->bound > 16 ? 4 : type->bound > 8 ? 2 : 1;
}

static bool assign_enum(struct assignment *a, const struct tern_type *reader,
                        const struct tern_type *writer)
{
	if (!tern__assign_extensibility(a, reader, writer))
		return false;
	if (enum_size_bytes(reader) != enum_size_bytes(writer))
		return tern__assign_refuse(a,
		                           "writer's enum has bit bound %" PRIu32
		                           ", reader's %" PRIu32
		                           ", which differ in size: give both the same",
		                           writer->bound, reader->bound);
	return assign_literals(a, writer, reader, "writer", "reader") &&
	       assign_literals(a, reader, writer, "reader", "writer");
}

static bool assign_bounds(struct assignment *a, const char *what, bool ignored,
                          const char *switch_name, const struct tern_type *reader,
                          const struct tern_type *writer)
{
	if (ignored || tern__assign_bound_fits(reader->bound, writer->bound))
		return true;
	if (!writer->bound)
		return tern__assign_refuse(
			a,
			"writer's %s is unbounded, reader's holds %" PRIu32
			": bound the writer's, or set the reader's %s",
			what, reader->bound, switch_name);
	return tern__assign_refuse(a,
	                           "writer's %s holds %" PRIu32 ", reader's %" PRIu32
	                           ": give the reader as much, or set its %s",
	                           what, writer->bound, reader->bound, switch_name);
}

static bool assign_sequence(struct assignment *a, const struct tern_type *reader,
                            const struct tern_type *writer)
{
	if (!assign_bounds(a, "sequence", a->consistency->ignore_sequence_bounds,
	                   "ignore_sequence_bounds", reader, writer))
		return false;
	size_t before = tern__assign_enter(a, "[]", "");
	if (!tern__assign_strongly(a, reader->element, writer->element))
		return false;
	tern__assign_leave(a, before);
	return true;
}

static bool assign_array(struct assignment *a, const struct tern_type *reader,
                         const struct tern_type *writer)
{
	bool same = reader->dimension_count == writer->dimension_count;

	for (uint32_t i = 0; same && i < reader->dimension_count; i++)
		same = reader->dimensions[i] == writer->dimensions[i];
	if (!same)
		return refuse_kinds(a, reader, writer);
	size_t before = tern__assign_enter(a, "[]", "");
	if (!tern__assign_strongly(a, reader->element, writer->element))
		return false;
	tern__assign_leave(a, before);
	return true;
}

static bool assign_kinds(struct assignment *a, const struct tern_type *reader,
                         const struct tern_type *writer, enum key_view keys)
{
	if (reader->kind == TERN_KIND_BITMASK || writer->kind == TERN_KIND_BITMASK)
		return assign_bitmask(a, reader, writer);
	if (!tern__type_kind_equal(reader->kind, writer->kind))
		return refuse_kinds(a, reader, writer);
	switch (reader->kind) {
	case TERN_KIND_ENUM:
		return assign_enum(a, reader, writer);
	case TERN_KIND_STRING8:
		return assign_bounds(a, "string", a->consistency->ignore_string_bounds,
		                     "ignore_string_bounds", reader, writer);
	case TERN_KIND_SEQUENCE:
		return assign_sequence(a, reader, writer);
	case TERN_KIND_ARRAY:
		return assign_array(a, reader, writer);
	case TERN_KIND_STRUCTURE:
		return tern__assign_structure(a, reader, writer, keys);
	case TERN_KIND_UNION:
		return tern__assign_union(a, reader, writer, keys);
	default:
		return true; /* primitives of one kind */
	}
}

bool tern__assign(struct assignment *a, const struct tern_type *reader,
                  const struct tern_type *writer, enum key_view keys)
{
	if (tern__type_equal(reader, writer))
		return true;
	if (a->depth >= TERN__TYPE_DEPTH_MAX || a->steps_left == 0)
		return tern__assign_refuse(a,
		                           "the types are too deep or too large to "
		                           "compare: make them equal, or flatten them");
	a->depth++;
	a->steps_left--;
	bool fine = assign_kinds(a, reader, writer, keys);
	a->depth--;
	return fine;
}

/* Can a reader skip to the end of it without knowing it? XTypes 1.3, 7.2.4.2. */
static bool is_delimited(const struct tern_type *type)
{
	while (type->kind == TERN_KIND_SEQUENCE || type->kind == TERN_KIND_ARRAY)
		type = type->element;
	if (type->kind == TERN_KIND_STRUCTURE || type->kind == TERN_KIND_UNION)
		return type->extensibility != TERN_FINAL;
	return true;
}

bool tern__assign_strongly(struct assignment *a, const struct tern_type *reader,
                           const struct tern_type *writer)
{
	if (tern__type_equal(reader, writer))
		return true;
	if (!tern__assign(a, reader, writer, KEYS_AS_DECLARED))
		return false;
	if (is_delimited(writer))
		return true;
	return tern__assign_refuse(
		a, "the @final types in here differ, and on the wire nothing tells where "
		   "they end: make them equal, or @appendable on both sides");
}

bool tern__type_assignable(const struct tern_type *reader_type,
                           const struct tern_type *writer_type,
                           const struct tern_qos *consistency, char *ret_reason,
                           size_t reason_size_bytes)
{
	/* Types of one program nest freely, and rules compare keys twice: the work is bounded. */
	enum { STEPS_MAX = 1000000 };
	struct assignment a = {
		.consistency = consistency,
		.reason = ret_reason,
		.reason_size_bytes = reason_size_bytes,
		.steps_left = STEPS_MAX,
	};

	if (reader_type == writer_type)
		return true;
	tern__assign_enter(&a, "", reader_type->name ? reader_type->name : "(anonymous)");
	return tern__assign(&a, reader_type, writer_type, KEYS_AS_DECLARED);
}
