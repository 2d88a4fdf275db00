/* C declarations: `char *name`, `int32_t (*grid)[3][2]`, `struct dds_sequence_long {...}`. */
#include "declare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

static struct declaration *add(struct schema *schema, enum declaration_kind kind,
                               const char *c_name, struct location where)
{
	struct declaration *declaration = must_allocate(1, sizeof(*declaration));
	struct declaration **end = &schema->declarations;

	while (*end)
		end = &(*end)->next;
	*end = declaration;
	declaration->kind = kind;
	declaration->c_name = c_name;
	declaration->location = where;
	return declaration;
}

/* "[3][2]" of a declarator, then "[17]" of a bounded string. */
static char *suffix_of(const idl_declarator_t *declarator, const void *type_spec)
{
	struct text suffix = { 0 };
	const idl_literal_t *literal;

	if (declarator) {
		IDL_FOREACH(literal, (const idl_literal_t *)declarator->const_expr)
		{
			text_add(&suffix, "[%" PRIu32 "]", literal->value.uint32);
		}
	}
	if (idl_is_string(type_spec) && idl_is_bounded(type_spec))
		text_add(&suffix, "[%" PRIu32 "]", idl_bound(type_spec) + 1);
	text_append(&suffix, "", 0);
	return suffix.data;
}

static bool is_unbounded_string(const void *type_spec)
{
	return idl_is_string(type_spec) && !idl_is_bounded(type_spec);
}

static void declare_field(struct member *member, const void *type_spec,
                          const idl_declarator_t *declarator)
{
	char *type = name_of_type(type_spec);
	char *suffix = suffix_of(declarator, type_spec);
	const char *star = is_unbounded_string(type_spec) ? "*" : "";

	member->c_type = must_format("%s%s", name_prefix(type_spec), type);
	free(type);
	if (member_is_pointer(member) && *suffix) {
		member->c_before = must_format("%s(*", star);
		member->c_after = must_format(")%s", suffix);
		free(suffix);
	} else {
		member->c_before =
			must_format("%s%s", star, member_is_pointer(member) ? "*" : "");
		member->c_after = suffix;
	}
}

void declare_member(struct member *member, const void *type_spec,
                    const idl_declarator_t *declarator)
{
	declare_field(member, type_spec, declarator);
}

void declare_case(struct member *member, const idl_case_t *node)
{
	declare_field(member, node->type_spec, node->declarator);
}

/* The sequence's struct, after those of the sequences in it. */
static void declare_sequence(struct schema *schema, const void *sequence,
                             const char *c_name, struct location where, bool is_implicit)
{
	const void *element = idl_type_spec(sequence);
	struct declaration *declaration;
	char *type;
	char *suffix;

	if (idl_is_sequence(element))
		declare_sequence(schema, element, name_of_sequence(element), where, true);
	for (declaration = schema->declarations; declaration;
	     declaration = declaration->next) {
		if (declaration->kind == DECLARE_SEQUENCE && is_implicit &&
		    strcmp(declaration->c_name, c_name) == 0)
			return;
	}
	declaration = add(schema, DECLARE_SEQUENCE, c_name, where);
	declaration->is_implicit = is_implicit;
	type = name_of_type(element);
	suffix = suffix_of(NULL, element);
	declaration->c_type = must_format("%s%s", name_prefix(element), type);
	declaration->c_before = is_unbounded_string(element) ? "**"
	                        : *suffix                    ? "(*"
	                                                     : "*";
	declaration->c_after = *suffix ? must_format(")%s", suffix) : "";
	free(type);
	free(suffix);
}

static void declare_implicit_sequence(struct schema *schema, const void *type_spec,
                                      struct location where)
{
	if (idl_is_sequence(type_spec))
		declare_sequence(schema, type_spec, name_of_sequence(type_spec), where,
		                 true);
}

static void declare_typedef(struct schema *schema, const idl_typedef_t *node,
                            struct location where)
{
	const idl_declarator_t *declarator;
	char *type = name_of_type(node->type_spec);

	IDL_FOREACH(declarator, node->declarators)
	{
		char *c_name = name_scoped(declarator, "_");
		struct declaration *declaration;

		if (idl_is_sequence(node->type_spec) && !declarator->const_expr) {
			declare_sequence(schema, node->type_spec, c_name, where, false);
			continue;
		}
		declare_implicit_sequence(schema, node->type_spec, where);
		declaration = add(schema, DECLARE_TYPEDEF, c_name, where);
		declaration->c_type =
			must_format("%s%s", name_prefix(node->type_spec), type);
		declaration->c_before = is_unbounded_string(node->type_spec) ? "*" : "";
		declaration->c_after = suffix_of(declarator, node->type_spec);
	}
	free(type);
}

static char *number(const char *format, double value, const char *suffix)
{
	char *text = must_format(format, value);

	if (!strpbrk(text, ".eEni")) {
		char *with_point = must_format("%s.0%s", text, suffix);

		free(text);
		return with_point;
	}
	if (*suffix) {
		char *with_suffix = must_format("%s%s", text, suffix);

		free(text);
		return with_suffix;
	}
	return text;
}

static char *constant_text(const void *expression)
{
	const idl_literal_t *literal = expression;

	if (idl_is_enumerator(expression))
		return name_scoped(expression, "_");
	switch (idl_type(literal)) {
	case IDL_CHAR: {
		unsigned char c = (unsigned char)literal->value.chr;

		if (c < ' ' || c > '~' || c == '\'' || c == '\\')
			return must_format("('\\%03o')", c);
		return must_format("('%c')", c);
	}
	case IDL_STRING: {
		char *quoted = text_quote(literal->value.str);
		char *text = must_format("(%s)", quoted);

		free(quoted);
		return text;
	}
	case IDL_BOOL:
		return must_copy(literal->value.bln ? "true" : "false");
	case IDL_INT8:
		return must_format("%d", literal->value.int8);
	case IDL_OCTET:
	case IDL_UINT8:
		return must_format("%u", literal->value.uint8);
	case IDL_SHORT:
	case IDL_INT16:
		return must_format("%d", literal->value.int16);
	case IDL_USHORT:
	case IDL_UINT16:
		return must_format("%u", literal->value.uint16);
	case IDL_LONG:
	case IDL_INT32:
		return literal->value.int32 == INT32_MIN
		               ? must_copy("(-2147483647 - 1)")
		               : must_format("%d", literal->value.int32);
	case IDL_ULONG:
	case IDL_UINT32:
		return must_format("%uu", literal->value.uint32);
	case IDL_LLONG:
	case IDL_INT64:
		return literal->value.int64 == INT64_MIN
		               ? must_copy("(-INT64_C(9223372036854775807) - 1)")
		               : must_format("INT64_C(%" PRId64 ")",
		                             literal->value.int64);
	case IDL_ULLONG:
	case IDL_UINT64:
		return must_format("UINT64_C(%" PRIu64 ")", literal->value.uint64);
	case IDL_FLOAT:
		return number("%.9g", (double)literal->value.flt, "f");
	case IDL_DOUBLE:
		return number("%.17g", literal->value.dbl, "");
	default:
		return number("%.17g", (double)literal->value.ldbl, "");
	}
}

static void declare_members_sequences(struct schema *schema, const idl_node_t *node,
                                      struct location where)
{
	const idl_node_t *each;

	if (idl_is_struct(node)) {
		IDL_FOREACH(each,
		            (const idl_node_t *)((const idl_struct_t *)node)->members)
		{
			declare_implicit_sequence(schema, idl_type_spec(each), where);
		}
	} else if (idl_is_union(node)) {
		IDL_FOREACH(each, (const idl_node_t *)((const idl_union_t *)node)->cases)
		{
			declare_implicit_sequence(schema, idl_type_spec(each), where);
		}
	}
}

/* ---- @verbatim ---- */

static bool is_for_c(const char *language)
{
	return strcmp(language, "*") == 0 || strcmp(language, "c") == 0 ||
	       strcmp(language, "C") == 0;
}

static void set_placement(struct verbatim *verbatim, const void *expression)
{
	static const char *const names[] = {
		[VERBATIM_BEGIN_FILE] = "BEGIN_FILE",
		[VERBATIM_BEFORE] = "BEFORE_DECLARATION",
		[VERBATIM_BEGIN] = "BEGIN_DECLARATION",
		[VERBATIM_END] = "END_DECLARATION",
		[VERBATIM_AFTER] = "AFTER_DECLARATION",
		[VERBATIM_END_FILE] = "END_FILE",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (idl_identifier_is(expression, names[i]))
			verbatim->placement = (enum verbatim_placement)i;
	}
}

/* The texts of a definition's @verbatim annotations that are meant for C. */
static struct verbatim *verbatims_of(const idl_node_t *node)
{
	const idl_annotation_appl_t *each;
	struct verbatim *first = NULL;
	struct verbatim **end = &first;

	IDL_FOREACH(each, node->annotations)
	{
		struct verbatim verbatim = { .placement = VERBATIM_BEFORE };
		const idl_annotation_appl_param_t *parameter;
		const char *language = "*";

		if (!idl_identifier_is(each, "verbatim"))
			continue;
		IDL_FOREACH(parameter, each->parameters)
		{
			const idl_literal_t *value = parameter->const_expr;

			if (idl_identifier_is(parameter->member, "placement"))
				set_placement(&verbatim, parameter->const_expr);
			else if (idl_identifier_is(parameter->member, "language"))
				language = value->value.str;
			else
				verbatim.text = value->value.str;
		}
		if (!verbatim.text || !is_for_c(language))
			continue;
		verbatim.text = must_copy(verbatim.text);
		*end = must_allocate(1, sizeof(verbatim));
		**end = verbatim;
		end = &(*end)->next;
	}
	return first;
}

static void declare(struct schema *schema, const void *node, struct location where,
                    struct type *type)
{
	if (idl_is_forward(node)) {
		add(schema, DECLARE_FORWARD, name_scoped(node, "_"), where);
	} else if (idl_is_const(node)) {
		const idl_const_t *constant = node;

		add(schema, DECLARE_CONST, name_scoped(node, "_"), where)->c_type =
			constant_text(constant->const_expr);
	} else if (idl_is_typedef(node)) {
		declare_typedef(schema, node, where);
	} else if (type && !type->is_empty) {
		declare_members_sequences(schema, node, where);
		add(schema, DECLARE_TYPE, type->c_name, where)->type = type;
	}
}

static struct declaration *last_of(const struct schema *schema)
{
	struct declaration *last = schema->declarations;

	while (last && last->next)
		last = last->next;
	return last;
}

void declare_definition(struct schema *schema, const void *node, struct location where,
                        struct type *type)
{
	struct declaration *before = last_of(schema);
	struct declaration *after;

	declare(schema, node, where, type);
	after = last_of(schema);
	if (after != before)
		after->verbatims = verbatims_of(node);
}
