/* How a structure's members go over the wire: runs of primitives that one bounds check covers,
 * and members that need code of their own. */
#ifndef TERNC_PLAN_H
#define TERNC_PLAN_H

#include "model.h"

/* One primitive, enum or bitmask, or an array of primitives, within a run. */
struct piece {
	const char *path;        /* from the structure: "position.x" */
	const char *name;        /* for messages: "vehicle::Pose.position.x" */
	const struct type *type; /* of one element */
	size_t count;
	size_t offset;      /* in the C structure */
	size_t wire_offset; /* in the run */
	size_t wire_size;   /* of one element */
};

/*
 *   run.alignment
 *   |                wire_offset of pieces[1]
 *   v                v
 *   | x | y | z |pad| mode |      size: up to here, the same in XCDR1 and XCDR2
 */
struct step {
	const struct wire_member
		*member; /* one that needs code of its own, or NULL: a run */
	struct piece *pieces;
	size_t piece_count;
	size_t alignment; /* of the run's first piece */
	size_t size;
	size_t first_member; /* index of the wire member that the step begins with */
};

struct plan {
	struct step *steps;
	size_t count;
};

/** one_by_one: no run spans two members (a reader that may meet the end between them). */
struct plan plan_make(const struct wire_member *members, size_t count, bool one_by_one);
void plan_fini(struct plan *plan);

/** The number of pieces from `first` on that lie in one stretch both in C and on the wire. */
size_t plan_stretch(const struct step *run, size_t first, size_t *ret_size);

/** "vehicle::Pose.label" of a member, for messages. */
char *member_name(const struct wire_member *member);

/** Does the member need code of its own? */
bool member_is_fixed(const struct member *member);

#endif
