/* Leads the pointers of a sample elsewhere, one after the other, along its type's table. Where
 * to is the user's matter: sample_copy.c takes copies of what they lead to, sample_open.c finds
 * it in memory of another process.
 *
 * The sample is the mover's own, as a rule a copy, shallow at first: it is changed in place, and
 * so is what the user says its pointers lead to. Nobody else may write to these meanwhile. */
#ifndef TERN_CORE_SAMPLE_MOVE_H
#define TERN_CORE_SAMPLE_MOVE_H

#include "sample_value.h"

struct move {
	tern_status refusal; /* the answer to a sample that cannot be */
	bool checks_values;  /* booleans, enums, bitmasks and bounded strings, too */
	bool in_place; /* nothing is moved: pointers are looked at, and all that is behind them */
	/** Lead an unbounded string elsewhere. */
	tern_status (*string)(struct move *move, char **text, bool is_optional,
	                      const struct path *path);
	/**
	 * Lead a pointer that is not NULL, to so many values, elsewhere: to a copy if the type
	 * is not TERN_TYPE_FLAT, whose pointers are moved next. In place: only look at it.
	 * @param count  1..
	 */
	tern_status (*values)(struct move *move, const struct tern_type *type,
	                      uint32_t count, void **values, const struct path *path);
};

/** Move what a value of the type points to. */
tern_status move_value(struct move *move, const struct tern_type *type, void *value,
                       const struct path *path);

/** The same of one member of a structure, or case of a union. */
tern_status move_member(struct move *move, const struct tern_member *member, void *sample,
                        const struct path *above);

#endif
