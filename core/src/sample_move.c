/* The walk. Members that hold no pointer and cannot be wrong are passed over by their type's
 * flags: what is known of a type beforehand is not found out anew for each sample. */
#include "sample_move.h"

static uint32_t passed_over(const struct move *move)
{
	return move->checks_values ? TERN_TYPE_NUMBERS : TERN_TYPE_FLAT;
}

/* Values that a pointer leads to: flat ones have been moved, or stay where they are. */
static bool is_done(const struct move *move, const struct tern_type *type)
{
	return type->flags & (move->in_place ? TERN_TYPE_NUMBERS : TERN_TYPE_FLAT);
}

static tern_status move_placed(struct move *move, const struct tern_member *member,
                               void *value, const struct path *path);

static tern_status move_strings(struct move *move, char **texts, uint32_t count,
                                const struct path *above)
{
	struct path path = { .above = above };
	tern_status s = TERN_OK;

	for (uint32_t i = 0; s == TERN_OK && i < count; i++) {
		path.index = i;
		s = move->string(move, &texts[i], false, &path);
	}
	return s;
}

/* ---- structures in arrays: their members are looked through once for all ------------------- */

enum { STEPS_MAX = 24 };

struct step {
	const struct tern_member *member;
	struct path path;
	bool is_string;
};

static bool is_passed_over(const struct move *move, const struct tern_member *member)
{
	return (member->type->flags & passed_over(move)) &&
	       !(member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL));
}

/* @return how many there are; they may be more than STEPS_MAX, and then are not all noted */
static uint32_t note_steps(const struct move *move, const struct tern_type *type,
                           const struct path *above, struct step *ret_steps)
{
	uint32_t count = type->base ? note_steps(move, type->base, above, ret_steps) : 0;

	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		if (is_passed_over(move, member))
			continue;
		if (count < STEPS_MAX)
			ret_steps[count] = (struct step){
				.member = member,
				.path = { .above = above, .name = member->name },
				.is_string = type_is_unbounded_string(member->type),
			};
		count++;
	}
	return count;
}

static tern_status take_steps(struct move *move, const struct step *steps, uint32_t count,
                              char *value)
{
	tern_status s = TERN_OK;

	for (uint32_t i = 0; s == TERN_OK && i < count; i++) {
		const struct tern_member *member = steps[i].member;
		void *at = value + member->offset;
		s = steps[i].is_string
		            ? move->string(move, at, member->flags & TERN_MEMBER_OPTIONAL,
		                           &steps[i].path)
		            : move_placed(move, member, at, &steps[i].path);
	}
	return s;
}

static tern_status move_structures(struct move *move, const struct tern_type *type,
                                   char *values, uint32_t count, const struct path *above)
{
	struct path path = { .above = above };
	struct step steps[STEPS_MAX];
	uint32_t step_count = note_steps(move, type, &path, steps);
	tern_status s = TERN_OK;

	for (uint32_t i = 0; s == TERN_OK && i < count; i++) {
		path.index = i;
		s = step_count <= STEPS_MAX ? take_steps(move, steps, step_count, values)
		                            : move_value(move, type, values, &path);
		values += type->size_bytes;
	}
	return s;
}

/* ---- values --------------------------------------------------------------------------------- */

static tern_status move_elements(struct move *move, const struct tern_type *element,
                                 void *values, uint32_t count, const struct path *above)
{
	struct path path = { .above = above };
	tern_status s = TERN_OK;

	if ((element->flags & passed_over(move)) ||
	    (element->kind == TERN_KIND_BOOLEAN && bytes_are_booleans(values, count)))
		return TERN_OK;
	if (type_is_unbounded_string(element))
		return move_strings(move, values, count, above);
	if (element->kind == TERN_KIND_STRUCTURE)
		return move_structures(move, element, values, count, above);
	for (uint32_t i = 0; s == TERN_OK && i < count; i++) {
		path.index = i;
		s = move_value(move, element, (char *)values + i * element->size_bytes,
		               &path);
	}
	return s;
}

static tern_status move_sequence(struct move *move, const struct tern_type *type,
                                 struct tern_sequence *sequence, const struct path *path)
{
	const struct tern_type *element = type->element;
	uint32_t length = sequence->_length;

	if (length == 0) {
		if (!move->in_place)
			*sequence = (struct tern_sequence){ 0 };
		return TERN_OK;
	}
	if (type->bound && length > type->bound)
		return path_fail_above(move->refusal, path, "elements", length,
		                       type->bound);
	if (!sequence->_buffer)
		return path_fail_above(move->refusal, path, "elements in a NULL buffer",
		                       length, 0);
	tern_status s = move->values(move, element, length, &sequence->_buffer, path);
	if (s < 0)
		return s;
	if (!move->in_place) {
		sequence->_maximum = length; /* there may be no more where it leads now */
		sequence->_release = false;
	}
	return is_done(move, element)
	               ? TERN_OK
	               : move_elements(move, element, sequence->_buffer, length, path);
}

static tern_status move_held(struct move *move, const struct tern_member *member,
                             void **slot, const struct path *path)
{
	if (!*slot)
		return member->flags & TERN_MEMBER_OPTIONAL
		               ? TERN_OK
		               : path_fail_null(move->refusal, path);
	tern_status s = move->values(move, member->type, 1, slot, path);
	return s < 0 || is_done(move, member->type)
	               ? s
	               : move_value(move, member->type, *slot, path);
}

/* A member at its place in a structure or union. */
static tern_status move_placed(struct move *move, const struct tern_member *member,
                               void *value, const struct path *path)
{
	if (type_is_unbounded_string(member->type))
		return move->string(move, value, member->flags & TERN_MEMBER_OPTIONAL,
		                    path);
	if (member_is_held_by_pointer(member))
		return move_held(move, member, value, path);
	return move_value(move, member->type, value, path);
}

tern_status move_member(struct move *move, const struct tern_member *member, void *sample,
                        const struct path *above)
{
	const struct path path = { .above = above, .name = member->name };

	return move_placed(move, member, (char *)sample + member->offset, &path);
}

static tern_status move_structure(struct move *move, const struct tern_type *type,
                                  void *value, const struct path *path)
{
	tern_status s = TERN_OK;

	if (type->base)
		s = move_structure(move, type->base, value, path);
	for (uint32_t i = 0; s == TERN_OK && i < type->member_count; i++)
		if (!is_passed_over(move, &type->members[i]))
			s = move_member(move, &type->members[i], value, path);
	return s;
}

static tern_status move_union(struct move *move, const struct tern_type *type,
                              void *value, const struct path *path)
{
	if (move->checks_values) {
		const struct path inner = { .above = path, .name = "_d" };
		tern_status s = value_check(move->refusal, type->element, value, &inner);
		if (s < 0)
			return s;
	}
	const struct tern_member *chosen = union_case(type, value);
	return chosen ? move_member(move, chosen, value, path) : TERN_OK;
}

tern_status move_value(struct move *move, const struct tern_type *type, void *value,
                       const struct path *path)
{
	if (type->flags & passed_over(move))
		return TERN_OK;
	switch (type->kind) {
	case TERN_KIND_STRUCTURE:
		return move_structure(move, type, value, path);
	case TERN_KIND_UNION:
		return move_union(move, type, value, path);
	case TERN_KIND_SEQUENCE:
		return move_sequence(move, type, value, path);
	case TERN_KIND_ARRAY:
		return move_elements(move, type->element, value, type->bound, path);
	default:
		if (type_is_unbounded_string(type))
			return move->string(move, value, false, path);
		return move->checks_values ? value_check(move->refusal, type, value, path)
		                           : TERN_OK;
	}
}
