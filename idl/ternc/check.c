/* Checks on the model, each with the place and the way out. */
#include "check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "report.h"

/* As core has it for what recurses over a type. */
enum { DEPTH_MAX = 64 };

static void check_name(const struct location *where, const char *name, const char *what)
{
	const char *why = name_is_reserved_in_c(name);

	if (why)
		report_error(where, "%s \"%s\" %s: rename it", what, name, why);
	else if (name_is_reserved_in_cpp(name))
		report_warning(
			where,
			"%s \"%s\" is a keyword of C++: C++ programs cannot include the "
			"header",
			what, name);
}

static bool is_integer(const struct type *type)
{
	return type->kind >= TERN_KIND_BYTE && type->kind <= TERN_KIND_UINT64;
}

static double number_of(const struct tern_value *value)
{
	switch (value->kind) {
	case TERN_VALUE_INT64:
		return (double)value->as.i;
	case TERN_VALUE_UINT64:
		return (double)value->as.u;
	case TERN_VALUE_FLOAT64:
		return value->as.f;
	default:
		return 0;
	}
}

static bool is_number(const struct tern_value *value)
{
	return value->kind == TERN_VALUE_INT64 || value->kind == TERN_VALUE_UINT64 ||
	       value->kind == TERN_VALUE_FLOAT64;
}

static void check_range(const struct member *member)
{
	const struct tern_value *initial = &member->initial;

	if (is_number(&member->min) && is_number(&member->max) &&
	    number_of(&member->min) > number_of(&member->max))
		report_error(&member->location, "\"%s\": @min is above @max: swap them",
		             member->name);
	if (!is_number(initial))
		return;
	if (is_number(&member->min) && number_of(initial) < number_of(&member->min))
		report_error(&member->location, "\"%s\": @default is below @min",
		             member->name);
	if (is_number(&member->max) && number_of(initial) > number_of(&member->max))
		report_error(&member->location, "\"%s\": @default is above @max",
		             member->name);
}

static void check_default(const struct member *member)
{
	const struct type *type = member->type;

	if (member->initial.kind == TERN_VALUE_STRING &&
	    type->kind == TERN_KIND_STRING8 && type->bound &&
	    strlen(member->initial.as.s) > type->bound)
		report_error(
			&member->location,
			"\"%s\": @default has %zu characters, the string has room for %u",
			member->name, strlen(member->initial.as.s), type->bound);
	if (member->initial.kind != TERN_VALUE_NONE &&
	    !(type_is_primitive(type) || type->kind == TERN_KIND_STRING8 ||
	      type->kind == TERN_KIND_ENUM || type->kind == TERN_KIND_BITMASK))
		report_error(&member->location,
		             "\"%s\": @default is for numbers, booleans, strings and "
		             "enums: take it away",
		             member->name);
	if (member->initial.kind != TERN_VALUE_NONE && member->external)
		report_error(&member->location,
		             "\"%s\": @default and @external do not go together: drop "
		             "one of them",
		             member->name);
}

/* Keys are what Cyclone DDS 0.10 can make instances of. */
static void check_key_type(const struct location *where, const char *path,
                           const struct type *type)
{
	const struct type *element = type->kind == TERN_KIND_ARRAY ? type->element : type;
	bool takes_all;

	if (type->kind == TERN_KIND_SEQUENCE || type->kind == TERN_KIND_UNION) {
		report_error(where,
		             "@key \"%s\" is a %s, which Cyclone DDS 0.10 cannot use as "
		             "a key: "
		             "use numbers, strings, enums, arrays of numbers, or "
		             "structures of these",
		             path, type->kind == TERN_KIND_UNION ? "union" : "sequence");
		return;
	}
	if (element != type && !type_is_primitive(element) &&
	    element->kind != TERN_KIND_ENUM && element->kind != TERN_KIND_BITMASK) {
		report_error(where,
		             "@key \"%s\" is an array of something other than numbers or "
		             "enums, "
		             "which Cyclone DDS 0.10 cannot use as a key",
		             path);
		return;
	}
	if (element != type && element->kind == TERN_KIND_ENUM &&
	    type_wire_size(element) != 4) {
		report_error(where,
		             "@key \"%s\" is an array of an enum with a @bit_bound below "
		             "17: take "
		             "the @bit_bound away, or use an array of numbers",
		             path);
		return;
	}
	if (type->kind != TERN_KIND_STRUCTURE)
		return;
	takes_all = !type_has_key(type);
	for (const struct type *level = type; level; level = level->base) {
		for (size_t i = 0; i < level->member_count; i++) {
			const struct member *member = &level->members[i];
			char *inner = must_format("%s.%s", path, member->name);

			if (member->optional && (takes_all || member->key))
				report_error(where,
				             "@key \"%s\" is @optional: a key must "
				             "always be there; "
				             "mark the key members of %s with @key",
				             inner, level->name);
			else if (takes_all || member->key)
				check_key_type(where, inner, member->type);
			free(inner);
		}
	}
}

/* A bug of Cyclone DDS 0.10.2's conversion between XCDR1 and XCDR2 keys. */
static void warn_of_key_array(const struct type *type, const struct member *member)
{
	if (type->is_plain && member->type->kind == TERN_KIND_ARRAY &&
	    !type_is_primitive(member->type->element))
		report_warning(
			&member->location,
			"@key \"%s\": in XCDR1, Cyclone DDS 0.10 mistakes keys that hold "
			"arrays of enums or bitmasks: make %s @appendable",
			member->name, type->name);
}

static void check_ids(const struct type *type)
{
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i && members[i].owner == type; j++) {
			if (members[i].member->id == members[j].member->id)
				report_error(&members[i].member->location,
				             "\"%s\" has member id %" PRIu32
				             ", as \"%s\" has: give it "
				             "another one with @id",
				             members[i].member->name,
				             members[i].member->id,
				             members[j].member->name);
		}
	}
	free(members);
}

static void check_structure(const struct type *type)
{
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];

		check_name(&member->location, member->name, "member");
		if (type->base && strcmp(member->name, "parent") == 0)
			report_error(&member->location,
			             "member \"parent\": the inherited part of %s has "
			             "this name in C: rename the member",
			             type->name);
		check_range(member);
		check_default(member);
		if (member->key) {
			check_key_type(&member->location, member->name, member->type);
			warn_of_key_array(type, member);
		}
	}
	check_ids(type);
}

static void check_union(const struct type *type)
{
	if (type->extensibility == TERN_MUTABLE)
		report_error(
			&type->location,
			"%s: Cyclone DDS 0.10 has no @mutable unions: make it @final "
			"or @appendable",
			type->name);
	if (type->discriminator_is_key)
		report_error(
			&type->location,
			"%s: Cyclone DDS 0.10 cannot use a union's discriminator as a "
			"@key: put the key into a structure around it",
			type->name);
	if (!is_integer(type->element) && type->element->kind != TERN_KIND_BOOLEAN &&
	    type->element->kind != TERN_KIND_ENUM)
		report_error(&type->location,
		             "%s: the discriminator must be an integer, char, boolean or "
		             "enum",
		             type->name);
	else if (type->element->size == 8)
		report_error(
			&type->location,
			"%s: Cyclone DDS 0.10 has no 64-bit discriminators: use long "
			"or an enum",
			type->name);
	for (size_t i = 0; i < type->member_count; i++) {
		check_name(&type->members[i].location, type->members[i].name, "case");
		check_range(&type->members[i]);
	}
}

static void check_literals(const struct type *type)
{
	for (size_t i = 0; i < type->literal_count; i++) {
		const struct literal *literal = &type->literals[i];

		check_name(&literal->location, literal->c_name,
		           type->kind == TERN_KIND_ENUM ? "enumerator" : "flag");
		if (type->kind == TERN_KIND_ENUM && literal->value > INT32_MAX)
			report_error(&literal->location,
			             "enumerator \"%s\" is above 2147483647, which C's "
			             "enums cannot hold",
			             literal->name);
		for (size_t j = 0; j < i; j++) {
			if (type->literals[j].value == literal->value)
				report_error(&literal->location,
				             "\"%s\" has the value of \"%s\": give each "
				             "its own",
				             literal->name, type->literals[j].name);
		}
	}
}

static void check_type(const struct type *type, const struct options *options)
{
	if (type->is_empty) {
		for (size_t i = 0; i < options->disabled_warning_count; i++) {
			if (strcmp(options->disabled_warnings[i], "no-empty-struct") == 0)
				return;
		}
		report_warning(&type->location,
		               "%s has no members: C has no such structures, so it and "
		               "members of its type are left out",
		               type->name);
		return;
	}
	check_name(&type->location, type->c_name, "type");
	if (type->depth > DEPTH_MAX)
		report_error(&type->location,
		             "%s has types within types %u deep: Tern takes %d, "
		             "flatten them",
		             type->name, type->depth, DEPTH_MAX);
	if (type->size > INT32_MAX)
		report_error(&type->location,
		             "%s takes %zu bytes in C: at most 2147483647 are possible; "
		             "use sequences instead of arrays",
		             type->name, type->size);
	if (type->kind == TERN_KIND_STRUCTURE)
		check_structure(type);
	else if (type->kind == TERN_KIND_UNION)
		check_union(type);
	else
		check_literals(type);
}

/* ---- names that two declarations would share in C ---- */

struct c_name {
	const char *name;
	struct location location;
	const char *what;
};

static int compare_names(const void *a, const void *b)
{
	const struct c_name *x = a;
	const struct c_name *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->location.line < y->location.line ? -1
	                                           : x->location.line > y->location.line;
}

static void check_clashes(const struct schema *schema)
{
	struct c_name *names = NULL;
	size_t count = 0;
	size_t room = 0;

	for (const struct declaration *d = schema->declarations; d; d = d->next) {
		size_t literals = d->type ? d->type->literal_count : 0;

		if (d->kind == DECLARE_FORWARD || d->is_implicit)
			continue;
		if (room < count + literals + 2) {
			room = 2 * (count + literals + 2);
			names = realloc(names, room * sizeof(*names));
			if (!names)
				abort();
		}
		names[count++] = (struct c_name){ d->c_name, d->location, "declaration" };
		if (d->kind == DECLARE_TYPE)
			names[count++] =
				(struct c_name){ must_format("%s_type", d->c_name),
				                 d->location, "type's table" };
		for (size_t i = 0; i < literals; i++)
			names[count++] = (struct c_name){ d->type->literals[i].c_name,
				                          d->type->literals[i].location,
				                          "literal" };
	}
	if (count > 1)
		qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(names[i].name, names[i - 1].name) == 0)
			report_error(&names[i].location,
			             "this %s is called %s in C, as the one in line %u "
			             "is: rename one of them",
			             names[i].what, names[i].name,
			             names[i - 1].location.line);
	}
	free(names);
}

bool check_schema(const struct schema *schema, const struct options *options)
{
	unsigned before = report_error_count();

	for (const struct type *type = schema->types; type; type = type->next) {
		if (type->is_local)
			check_type(type, options);
	}
	for (const struct declaration *d = schema->declarations; d; d = d->next) {
		if (d->kind == DECLARE_CONST || d->kind == DECLARE_TYPEDEF)
			check_name(&d->location, d->c_name, "name");
	}
	if (report_error_count() == before)
		check_clashes(schema);
	return report_error_count() == before;
}
