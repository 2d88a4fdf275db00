/* The model of one file: its types and those it includes, in order of definition. What the wire
 * or C cannot hold is refused here, with the place; so is recursion, which idlc loops on. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "declare.h"
#include "frontend.h"
#include "names.h"
#include "report.h"
#include "value.h"

struct builder {
	const idl_pstate_t *pstate;
	struct schema *schema;
	struct type **types_end;
	bool keylists;
	bool failed;
};

static struct location location_of(const struct builder *b, const void *node)
{
	const idl_position_t *first = &((const idl_node_t *)node)->symbol.location.first;

	return (struct location){ must_copy(frontend_shown_path(
					  b->pstate,
					  first->file ? first->file->name : NULL)),
		                  first->line, first->column };
}

/* Does the node stand in the file given on the command line? */
static bool is_local(const struct builder *b, const void *node)
{
	const idl_source_t *source =
		((const idl_node_t *)node)->symbol.location.first.source;

	return !source || !source->path ||
	       strcmp(source->path->name, b->pstate->sources->path->name) == 0;
}

static struct type *add_type(struct builder *b, tern_type_kind kind)
{
	struct type *type = must_allocate(1, sizeof(*type));

	type->kind = kind;
	type->location = (struct location){ b->schema->file, 1, 1 };
	*b->types_end = type;
	b->types_end = &type->next;
	return type;
}

static struct type *find_type(const struct builder *b, const void *node)
{
	for (struct type *type = b->schema->types; type; type = type->next) {
		if (type->node == node)
			return type;
	}
	return NULL;
}

/* ---- types --------------------------------------------------------------------------- */

static struct type *type_of_spec(struct builder *b, const void *spec, const void *user);

static tern_type_kind primitive_kind(idl_type_t type)
{
	switch (type) {
	case IDL_BOOL:
		return TERN_KIND_BOOLEAN;
	case IDL_CHAR:
		return TERN_KIND_CHAR8;
	case IDL_OCTET:
		return TERN_KIND_BYTE;
	case IDL_INT8:
		return TERN_KIND_INT8;
	case IDL_UINT8:
		return TERN_KIND_UINT8;
	case IDL_SHORT:
	case IDL_INT16:
		return TERN_KIND_INT16;
	case IDL_USHORT:
	case IDL_UINT16:
		return TERN_KIND_UINT16;
	case IDL_LONG:
	case IDL_INT32:
		return TERN_KIND_INT32;
	case IDL_ULONG:
	case IDL_UINT32:
		return TERN_KIND_UINT32;
	case IDL_LLONG:
	case IDL_INT64:
		return TERN_KIND_INT64;
	case IDL_ULLONG:
	case IDL_UINT64:
		return TERN_KIND_UINT64;
	case IDL_FLOAT:
		return TERN_KIND_FLOAT32;
	case IDL_DOUBLE:
		return TERN_KIND_FLOAT64;
	default:
		return 0;
	}
}

/* The one type of this shape: anonymous types are the same if they look the same. */
static struct type *anonymous(struct builder *b, tern_type_kind kind,
                              struct type *element, uint32_t bound,
                              const uint32_t *dimensions, uint32_t count)
{
	struct type *type;

	for (type = b->schema->types; type; type = type->next) {
		if (!type->name && type->kind == kind && type->element == element &&
		    type->bound == bound && type->dimension_count == count &&
		    memcmp(type->dimensions, dimensions, count * sizeof(*dimensions)) ==
		            0)
			return type;
	}
	type = add_type(b, kind);
	type->element = element;
	type->bound = bound;
	type->dimensions = must_allocate(count, sizeof(*dimensions));
	memcpy(type->dimensions, dimensions, count * sizeof(*dimensions));
	type->dimension_count = count;
	return type;
}

static struct type *refuse(struct builder *b, const void *node, const char *what)
{
	struct location where = location_of(b, node);

	report_error(&where, "%s", what);
	b->failed = true;
	return NULL;
}

static struct type *primitive(struct builder *b, const void *spec, const void *user)
{
	static const uint32_t none;
	tern_type_kind kind = primitive_kind(idl_type(spec));
	struct type *type;

	if (idl_type(spec) == IDL_WCHAR)
		return refuse(b, user,
		              "DDS programs in C have no wchar: use char, or string with "
		              "UTF-8");
	if (idl_type(spec) == IDL_LDOUBLE)
		return refuse(b, user,
		              "Cyclone DDS has no long double on the wire: use double");
	if (!kind)
		return refuse(b, user,
		              "this base type has no mapping to C: use another type");
	type = anonymous(b, kind, NULL, 0, &none, 0);
	type->c_name = name_of_type(spec);
	return type;
}

/* The type of a declarator: its specifier's, within the declarator's dimensions if it has any.
 * An array of arrays is one array, as on the wire. */
static struct type *within_dimensions(struct builder *b, struct type *type,
                                      const idl_declarator_t *declarator)
{
	uint32_t dimensions[64];
	uint32_t count = 0;
	uint64_t total = 1;
	const idl_literal_t *literal;

	if (!type || !declarator->const_expr)
		return type;
	IDL_FOREACH(literal, (const idl_literal_t *)declarator->const_expr)
	{
		if (count < 32)
			dimensions[count++] = literal->value.uint32;
	}
	if (type->kind == TERN_KIND_ARRAY) {
		for (uint32_t i = 0; i < type->dimension_count && count < 64; i++)
			dimensions[count++] = type->dimensions[i];
		type = type->element;
	}
	for (uint32_t i = 0; i < count && total <= INT32_MAX; i++)
		total *= dimensions[i];
	if (total == 0)
		return refuse(b, declarator,
		              "the array has no elements: C needs at least one");
	if (total > INT32_MAX)
		return refuse(b, declarator,
		              "the array is too large: at most 2147483647 elements");
	return anonymous(b, TERN_KIND_ARRAY, type, (uint32_t)total, dimensions, count);
}

static struct type *constructed(struct builder *b, const void *node, const void *user);

static struct type *type_of_spec(struct builder *b, const void *spec, const void *user)
{
	static const uint32_t none;

	if (idl_is_forward(spec))
		return constructed(b, idl_type_spec(spec), user);
	if (idl_mask(spec) & IDL_DECLARATOR) /* a typedef's */
		return within_dimensions(b, type_of_spec(b, idl_type_spec(spec), user),
		                         spec);
	if (idl_is_base_type(spec))
		return primitive(b, spec, user);
	if (idl_is_string(spec))
		return anonymous(b, TERN_KIND_STRING8, NULL,
		                 idl_is_bounded(spec) ? idl_bound(spec) : 0, &none, 0);
	if (idl_is_sequence(spec)) {
		struct type *element = type_of_spec(b, idl_type_spec(spec), user);

		if (element && element->is_empty)
			return refuse(
				b, user,
				"a sequence of a structure without members: C has no "
				"such structures, give it a member");
		return element ? anonymous(b, TERN_KIND_SEQUENCE, element,
		                           idl_is_bounded(spec) ? idl_bound(spec) : 0,
		                           &none, 0)
		               : NULL;
	}
	if (idl_is_constr_type(spec))
		return constructed(b, spec, user);
	return refuse(b, user, "this type has no mapping to C: use another type");
}

/* ---- members ------------------------------------------------------------------------- */

static struct member *add_member(struct type *type)
{
	type->members =
		realloc(type->members, (type->member_count + 1) * sizeof(*type->members));
	if (!type->members)
		abort();
	type->members[type->member_count] = (struct member){ 0 };
	return &type->members[type->member_count++];
}

static void warn_of_verbatim(const struct builder *b, const idl_node_t *node)
{
	const idl_annotation_appl_t *each;
	struct location where;

	IDL_FOREACH(each, node->annotations)
	{
		where = location_of(b, each);
		if (idl_identifier_is(each, "verbatim"))
			report_warning(&where,
			               "@verbatim here is left out: put it on the type, "
			               "with BEGIN_DECLARATION or END_DECLARATION");
	}
}

static void add_structure_member(struct builder *b, struct type *type,
                                 const idl_member_t *node,
                                 const idl_declarator_t *declarator)
{
	struct type *member_type = within_dimensions(
		b, type_of_spec(b, node->type_spec, declarator), declarator);
	struct member *member;

	if (!member_type || member_type->is_empty)
		return;
	member = add_member(type);
	member->name = must_copy(idl_identifier(declarator));
	member->location = location_of(b, declarator);
	member->type = member_type;
	member->id = declarator->id.value;
	member->key = node->key.value;
	member->optional = node->optional.value;
	member->external = node->external.value;
	member->must_understand = node->must_understand.value;
	member->unit = node->unit.value ? must_copy(node->unit.value) : NULL;
	member->min = value_as(value_of(node->min.value), member_type);
	member->max = value_as(value_of(node->max.value), member_type);
	member->initial = value_as(value_of(node->value.value), member_type);
	declare_member(member, node->type_spec, declarator);
}

static void build_structure(struct builder *b, struct type *type,
                            const idl_struct_t *node)
{
	const idl_member_t *member;
	const idl_declarator_t *declarator;

	type->extensibility = (tern_extensibility)node->extensibility.value;
	type->nested = b->keylists ? node->keylist == NULL : node->nested.value;
	if (node->inherit_spec)
		type->base = type_of_spec(b, node->inherit_spec->base, node);
	IDL_FOREACH(member, node->members)
	{
		IDL_FOREACH(declarator, member->declarators)
		{
			add_structure_member(b, type, member, declarator);
		}
	}
	IDL_FOREACH(member, node->members)
	{
		warn_of_verbatim(b, &member->node);
	}
	type->is_empty = !node->members && (!type->base || type->base->is_empty);
	if (type->base && type->base->is_empty)
		type->base = NULL;
}

static void add_case(struct builder *b, struct type *type, const idl_case_t *node)
{
	struct type *member_type = within_dimensions(
		b, type_of_spec(b, node->type_spec, node->declarator), node->declarator);
	const idl_case_label_t *label;
	struct member *member;

	if (!member_type)
		return;
	if (member_type->is_empty) {
		refuse(b, node->declarator,
		       "a union's case of a structure without members: C has no "
		       "such structures, give it a member");
		return;
	}
	member = add_member(type);
	member->name = must_copy(idl_identifier(node->declarator));
	member->location = location_of(b, node->declarator);
	member->type = member_type;
	member->id = node->declarator->id.value;
	member->external = node->external.value;
	member->unit = node->unit.value ? must_copy(node->unit.value) : NULL;
	member->min = value_as(value_of(node->min.value), member_type);
	member->max = value_as(value_of(node->max.value), member_type);
	member->labels = must_allocate(idl_degree(node->labels), sizeof(*member->labels));
	IDL_FOREACH(label, node->labels)
	{
		if (idl_mask(label) == IDL_DEFAULT_CASE_LABEL)
			member->is_default_case = true;
		else
			member->labels[member->label_count++] =
				idl_case_label_intvalue(label);
	}
	declare_case(member, node);
}

static void build_union(struct builder *b, struct type *type, const idl_union_t *node)
{
	const idl_case_t *each;

	type->extensibility = (tern_extensibility)node->extensibility.value;
	type->nested = b->keylists || node->nested.value;
	type->element = type_of_spec(b, node->switch_type_spec->type_spec, node);
	type->discriminator_is_key = node->switch_type_spec->key.value;
	type->discriminator_default =
		value_of(node->default_case ? node->default_case->const_expr : NULL);
	IDL_FOREACH(each, node->cases)
	{
		add_case(b, type, each);
	}
}

static void build_enum(struct builder *b, struct type *type, const idl_enum_t *node)
{
	const idl_enumerator_t *each;
	size_t i = 0;

	type->extensibility = (tern_extensibility)node->extensibility.value;
	type->bound = node->bit_bound.value ? node->bit_bound.value : 32;
	type->literal_count = idl_degree(node->enumerators);
	type->literals = must_allocate(type->literal_count, sizeof(*type->literals));
	IDL_FOREACH(each, node->enumerators)
	{
		type->literals[i++] = (struct literal){
			.name = must_copy(idl_identifier(each)),
			.c_name = name_scoped(each, "_"),
			.location = location_of(b, each),
			.value = each->value.value,
			.is_default = each == node->default_enumerator,
		};
	}
}

static void build_bitmask(struct builder *b, struct type *type, const idl_bitmask_t *node)
{
	const idl_bit_value_t *each;
	size_t i = 0;

	type->extensibility = (tern_extensibility)node->extensibility.value;
	type->bound = node->bit_bound.value ? node->bit_bound.value : 32;
	type->literal_count = idl_degree(node->bit_values);
	type->literals = must_allocate(type->literal_count, sizeof(*type->literals));
	IDL_FOREACH(each, node->bit_values)
	{
		type->literals[i++] = (struct literal){
			.name = must_copy(idl_identifier(each)),
			.c_name = name_scoped(each, "_"),
			.location = location_of(b, each),
			.value = each->position.value,
		};
	}
}

static tern_type_kind constructed_kind(const void *node)
{
	if (idl_is_struct(node))
		return TERN_KIND_STRUCTURE;
	if (idl_is_union(node))
		return TERN_KIND_UNION;
	return idl_is_enum(node) ? TERN_KIND_ENUM : TERN_KIND_BITMASK;
}

/* Move a finished type to the end: what it uses was added while it was being built. */
static void move_to_end(struct builder *b, struct type *type)
{
	struct type **link = &b->schema->types;

	while (*link != type)
		link = &(*link)->next;
	*link = type->next;
	if (b->types_end == &type->next)
		b->types_end = link;
	type->next = NULL;
	while (*b->types_end)
		b->types_end = &(*b->types_end)->next;
	*b->types_end = type;
	b->types_end = &type->next;
}

static struct type *refuse_recursion(struct builder *b, const struct type *type,
                                     const void *user)
{
	struct location where = location_of(b, user);

	report_error(&where,
	             "%s contains itself: recursive types cannot be carried by Cyclone "
	             "DDS 0.10 (nor "
	             "through a sequence, @external or a forward declaration); keep the "
	             "nodes in one "
	             "sequence and refer to them by index",
	             type->name);
	b->failed = true;
	return NULL;
}

static struct type *constructed(struct builder *b, const void *node, const void *user)
{
	struct type *type = find_type(b, node);

	if (type)
		return type->is_building ? refuse_recursion(b, type, user) : type;
	type = add_type(b, constructed_kind(node));
	type->node = node;
	type->is_building = true;
	type->name = name_scoped(node, "::");
	type->c_name = name_scoped(node, "_");
	type->location = location_of(b, node);
	type->is_local = is_local(b, node);
	switch (type->kind) {
	case TERN_KIND_STRUCTURE:
		build_structure(b, type, node);
		break;
	case TERN_KIND_UNION:
		build_union(b, type, node);
		break;
	case TERN_KIND_ENUM:
		build_enum(b, type, node);
		break;
	default:
		build_bitmask(b, type, node);
		break;
	}
	type->is_building = false;
	move_to_end(b, type);
	return type;
}

/* ---- the file ------------------------------------------------------------------------ */

static void build_definitions(struct builder *b, const void *list)
{
	const idl_node_t *node;

	IDL_FOREACH(node, (const idl_node_t *)list)
	{
		if (idl_is_module(node)) {
			build_definitions(b, ((const idl_module_t *)node)->definitions);
			continue;
		}
		if (idl_is_typedef(node)) {
			const idl_declarator_t *declarator;

			IDL_FOREACH(declarator,
			            ((const idl_typedef_t *)node)->declarators)
			{
				type_of_spec(b, declarator, declarator);
			}
		} else if (!idl_is_forward(node) && idl_is_constr_type(node)) {
			constructed(b, node, node);
		}
		if (is_local(b, node) && !b->failed)
			declare_definition(b->schema, node, location_of(b, node),
			                   find_type(b, node));
	}
}

static void add_sources(struct schema *schema, const idl_source_t *source)
{
	for (; source; source = source->next) {
		schema->sources =
			realloc(schema->sources,
		                (schema->source_count + 1) * sizeof(*schema->sources));
		if (!schema->sources)
			abort();
		schema->sources[schema->source_count++] = must_copy(source->path->name);
		add_sources(schema, source->includes);
	}
}

static void add_includes(struct schema *schema, const idl_source_t *source)
{
	schema->includes = must_allocate(256, sizeof(*schema->includes));
	for (; source && schema->include_count < 256; source = source->next)
		schema->includes[schema->include_count++] = must_copy(source->file->name);
}

struct schema *build_schema(const idl_pstate_t *pstate, const struct options *options)
{
	struct schema *schema = must_allocate(1, sizeof(*schema));
	struct builder b = { .pstate = pstate,
		             .schema = schema,
		             .types_end = &schema->types };

	b.keylists = options->keylist || pstate->keylists;
	schema->keylists = b.keylists;
	schema->file = pstate->sources->file->name;
	add_includes(schema, pstate->sources->includes);
	add_sources(schema, pstate->sources);
	build_definitions(&b, pstate->root);
	return b.failed ? NULL : schema;
}
