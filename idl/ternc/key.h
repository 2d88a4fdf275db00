/* Which members make up a type's key, and in which order they stand on the wire. */
#ifndef TERNC_KEY_H
#define TERNC_KEY_H

#include "model.h"

enum { KEY_MAX_DEPTH = 32 };

struct key_leaf {
	char *expression; /* from the sample: "s->header.stamp" */
	char *field;      /* in struct key_TYPE: "header_stamp" */
	char *name;       /* for messages */
	const struct member *member;
	const struct type *type;
	uint32_t ids[KEY_MAX_DEPTH]; /* of the members on the way */
	size_t depth;
	size_t definition_index;
};

struct key {
	const struct type *type;
	struct key_leaf *leaves; /* in the order of definition */
	size_t count;
	struct key_leaf **sorted; /* in the order of the wire */
	char *pointers
		[KEY_MAX_DEPTH]; /* @external members on the way: must not be NULL */
	char *pointer_names[KEY_MAX_DEPTH];
	size_t pointer_count;
};

struct key key_gather(const struct type *type);

/** Strings and arrays are kept where they lie, in a struct tern_cdr_span. */
bool key_is_span(const struct type *type);

/** An array that XCDR2 puts a DHEADER before. */
bool key_is_delimited_array(const struct type *type);

/** Can no key of the type be longer than a key hash? */
bool key_fits_hash(const struct type *type);

#endif
