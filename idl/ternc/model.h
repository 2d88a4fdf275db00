/* What a schema says, in the generator's own terms: types, members, declarations in file order.
 * The IDL front end fills it in (build.c); everything after that knows nothing of IDL's syntax. */
#ifndef TERNC_MODEL_H
#define TERNC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/type.h>

#include "text.h"

struct location {
	const char *file; /* as the user named it */
	unsigned line;
	unsigned column;
};

struct member {
	const char *name; /* in IDL and in C */
	struct location location;
	struct type *type;
	uint32_t id;
	bool key;
	bool optional;
	bool external;
	bool must_understand;
	const char *unit; /* or NULL */
	struct tern_value min;
	struct tern_value max;
	struct tern_value initial;
	int64_t *labels; /* union: of this case */
	size_t label_count;
	bool is_default_case;

	/* the C declaration: <c_type> <before><name><after>; */
	const char *c_type;
	const char *c_before;
	const char *c_after;

	/* layout.c */
	size_t offset;
};

struct literal {
	const char *name;   /* in IDL */
	const char *c_name; /* vehicle_GREEN */
	struct location location;
	int64_t value; /* bitmask: position */
	bool is_default;
};

struct type {
	tern_type_kind kind;
	tern_extensibility extensibility;
	const char *name;   /* vehicle::Pose; NULL when anonymous */
	const char *c_name; /* vehicle_Pose; primitives: int32_t */
	struct location location;
	bool nested;
	uint32_t bound;
	uint32_t *dimensions;
	uint32_t dimension_count;
	struct type *element; /* sequence, array; union: discriminator */
	struct type *base;
	bool discriminator_is_key;
	struct member *members;
	size_t member_count;
	struct literal *literals;
	size_t literal_count;
	struct tern_value
		discriminator_default; /* union: of a sample that says nothing */
	bool is_empty; /* a structure without members: C and the wire have nothing for it */

	/* layout.c */
	size_t size;
	size_t alignment;
	unsigned depth;  /* of types within types; 1: a primitive */
	size_t pieces;   /* primitives that a fixed value is taken apart into */
	bool is_flat;    /* no pointers anywhere */
	bool is_numbers; /* flat, and any bytes are a value of it */
	bool is_fixed;   /* on the wire: always the same run of primitives */
	bool is_dense; /* C layout and wire layout are the same bytes, any value is valid */
	bool is_plain;    /* may travel as XCDR1 */
	bool has_default; /* the default value is not all zeroes */
	size_t wire_min;  /* bytes that a value takes at least */
	uint64_t layout_hash;

	/* emitters */
	bool is_local; /* defined in the file being compiled, not in an included one */
	bool is_used;  /* by a local type */
	bool needs_skip;
	int table_number;              /* anonymous types: names their table */
	struct text *type_information; /* xtypes.c; or NULL */
	struct text *type_mapping;
	struct type *next;
	const void *node; /* of the front end, while the model is built */
	bool is_building;
};

/** Text of @verbatim for the header. */
struct verbatim {
	enum verbatim_placement {
		VERBATIM_BEGIN_FILE,
		VERBATIM_BEFORE,
		VERBATIM_BEGIN, /* after the opening brace */
		VERBATIM_END,   /* before the closing one */
		VERBATIM_AFTER,
		VERBATIM_END_FILE,
	} placement;
	const char *text;
	struct verbatim *next;
};

/** What the header declares, in the order of the file. */
struct declaration {
	enum declaration_kind {
		DECLARE_TYPE, /* struct, union, enum, bitmask */
		DECLARE_FORWARD,
		DECLARE_TYPEDEF,
		DECLARE_SEQUENCE, /* struct c_name { ... c_type c_before*_buffer c_after; } */
		DECLARE_CONST,
	} kind;
	const char *c_name;
	struct type *type;
	const char *c_type; /* typedef, sequence element; const: its value */
	const char *c_before;
	const char *c_after;
	bool is_implicit; /* an anonymous sequence: may stand in several headers */
	struct verbatim *verbatims;
	struct location location;
	struct declaration *next;
};

struct schema {
	const char *file; /* as given on the command line */
	struct type
		*types; /* in order of definition: what a type uses stands before it */
	struct declaration *declarations;
	const char **includes; /* of the header: files included, as written */
	size_t include_count;
	const char **sources; /* every file that was read */
	size_t source_count;
	bool keylists; /* keys come from #pragma keylist */
};

/* ---- questions that several emitters ask ---- */

bool type_is_primitive(
	const struct type *type); /* XTypes: no DHEADER around many of them */
bool type_is_unbounded_string(const struct type *type);
bool type_is_aggregate(const struct type *type); /* structure or union */
size_t type_wire_size(const struct type *type);  /* of a primitive, enum or bitmask */
uint64_t type_bit_mask(const struct type *type); /* bitmask: its flags */
uint64_t type_enum_max(const struct type *type);
int64_t type_enum_default(const struct type *type);
bool member_is_pointer(const struct member *member); /* held through one more pointer */
bool type_has_key(const struct type *type); /* members with @key, base's included */

/**
 * The members that a structure has on the wire, base's first; `path` is how C reaches each from
 * the structure: "parent.id". Free the array, not what is in it.
 */
struct wire_member {
	const struct member *member;
	const struct type *owner; /* the structure that declares it */
	const char *path;
	size_t offset; /* from the start of the outermost structure */
};
struct wire_member *type_wire_members(const struct type *type, size_t *ret_count);

#endif
