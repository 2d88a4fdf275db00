/* Splitting a structure into runs and single members. */
#include "plan.h"

#include <stdlib.h>

char *member_name(const struct wire_member *member)
{
	return must_format("%s.%s", member->owner->name, member->member->name);
}

bool member_is_fixed(const struct member *member)
{
	const struct type *type = member->type;

	if (member_is_pointer(member) || member->optional)
		return false;
	return type->kind == TERN_KIND_ARRAY ? type_is_primitive(type->element)
	                                     : type->is_fixed;
}

static void add_piece(struct step *run, struct piece piece)
{
	run->pieces = realloc(run->pieces, (run->piece_count + 1) * sizeof(*run->pieces));
	if (!run->pieces)
		abort();
	run->pieces[run->piece_count++] = piece;
}

/* The pieces of a fixed member, structures within it taken apart. */
static void collect(struct step *pieces, const struct type *type, const char *path,
                    const char *name, size_t offset)
{
	if (type->kind == TERN_KIND_STRUCTURE) {
		size_t count;
		struct wire_member *members = type_wire_members(type, &count);

		for (size_t i = 0; i < count; i++)
			collect(pieces, members[i].member->type,
			        must_format("%s.%s", path, members[i].path),
			        member_name(&members[i]), offset + members[i].offset);
		free(members);
		return;
	}
	if (type->kind == TERN_KIND_ARRAY)
		add_piece(pieces,
		          (struct piece){ path, name, type->element, type->bound, offset,
		                          0, type_wire_size(type->element) });
	else
		add_piece(pieces, (struct piece){ path, name, type, 1, offset, 0,
		                                  type_wire_size(type) });
}

static size_t padding(size_t offset, size_t alignment)
{
	return (size_t)-offset & (alignment - 1);
}

/* Where the piece goes if the run can take it: the same place in both representations.
 * XCDR2 aligns 8-byte primitives to 4; a run that begins 8-aligned in XCDR1 is 4-aligned there. */
static bool fits(const struct step *run, const struct piece *piece, size_t *ret_offset)
{
	size_t alignment = piece->wire_size;
	size_t xcdr2_alignment = alignment > 4 ? 4 : alignment;
	size_t gap = padding(run->size, alignment);

	if (alignment > run->alignment || gap != padding(run->size, xcdr2_alignment))
		return false;
	*ret_offset = run->size + gap;
	return true;
}

static struct step *add_step(struct plan *plan, size_t first_member)
{
	plan->steps = realloc(plan->steps, (plan->count + 1) * sizeof(*plan->steps));
	if (!plan->steps)
		abort();
	plan->steps[plan->count] = (struct step){ .first_member = first_member };
	return &plan->steps[plan->count++];
}

static void add_to_runs(struct plan *plan, const struct step *pieces, size_t first_member,
                        bool start_anew)
{
	for (size_t i = 0; i < pieces->piece_count; i++) {
		struct step *run = plan->count ? &plan->steps[plan->count - 1] : NULL;
		struct piece piece = pieces->pieces[i];

		if (!run || run->member || (start_anew && i == 0) ||
		    !fits(run, &piece, &piece.wire_offset)) {
			run = add_step(plan, first_member);
			run->alignment = piece.wire_size;
			piece.wire_offset = 0;
		}
		add_piece(run, piece);
		run->size = piece.wire_offset + piece.wire_size * piece.count;
	}
}

struct plan plan_make(const struct wire_member *members, size_t count, bool one_by_one)
{
	struct plan plan = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct step pieces = { 0 };

		if (!member_is_fixed(members[i].member)) {
			add_step(&plan, i)->member = &members[i];
			continue;
		}
		collect(&pieces, members[i].member->type, members[i].path,
		        member_name(&members[i]), members[i].offset);
		add_to_runs(&plan, &pieces, i, one_by_one);
		free(pieces.pieces);
	}
	return plan;
}

void plan_fini(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->steps[i].pieces);
	free(plan->steps);
	*plan = (struct plan){ 0 };
}

size_t plan_stretch(const struct step *run, size_t first, size_t *ret_size)
{
	const struct piece *piece = &run->pieces[first];
	size_t count = 1;

	*ret_size = piece->wire_size * piece->count;
	if (piece->wire_size != piece->type->size)
		return 1;
	for (size_t i = first + 1; i < run->piece_count; i++, count++) {
		const struct piece *next = &run->pieces[i];

		if (next->wire_size != next->type->size ||
		    next->offset != piece->offset + *ret_size ||
		    next->wire_offset != piece->wire_offset + *ret_size)
			break;
		*ret_size += next->wire_size * next->count;
	}
	return count;
}
