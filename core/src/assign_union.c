/* Assignability of unions. Source: XTypes 1.3, 7.2.4.4, the row of union types. */
#include <inttypes.h>

#include "assignability_rules.h"

static bool is_default(const struct tern_member *member)
{
	return member->flags & TERN_MEMBER_DEFAULT_CASE;
}

static const struct tern_member *default_case(const struct tern_type *type)
{
	for (uint32_t i = 0; i < type->member_count; i++)
		if (is_default(&type->members[i]))
			return &type->members[i];
	return NULL;
}

/* The case that names the label, not the default one. */
static const struct tern_member *case_of(const struct tern_type *type, int64_t label)
{
	for (uint32_t i = 0; i < type->member_count; i++)
		for (uint32_t k = 0; k < type->members[i].label_count; k++)
			if (type->members[i].labels[k] == label)
				return &type->members[i];
	return NULL;
}

static bool assign_case(struct assignment *a, const struct tern_member *reader,
                        const struct tern_member *writer)
{
	size_t before = tern__assign_enter(a, ".", reader->name);

	if (!tern__assign(a, reader->type, writer->type, KEYS_AS_DECLARED))
		return false;
	tern__assign_leave(a, before);
	return true;
}

static bool assign_case_names(struct assignment *a, const struct tern_type *reader,
                              const struct tern_type *writer)
{
	for (uint32_t i = 0; i < reader->member_count; i++)
		for (uint32_t k = 0; k < writer->member_count; k++)
			if (!tern__assign_names(a, &reader->members[i],
			                        &writer->members[k]))
				return false;
	return true;
}

/* Whatever discriminator value the writer sends, the case that the reader takes it for must be
 * assignable from the one that the writer meant. */
static bool assign_labels(struct assignment *a, const struct tern_type *reader,
                          const struct tern_type *writer)
{
	const struct tern_member *reader_default = default_case(reader);
	const struct tern_member *writer_default = default_case(writer);

	if (reader_default && writer_default &&
	    !assign_case(a, reader_default, writer_default))
		return false;
	for (uint32_t i = 0; i < reader->member_count; i++) {
		const struct tern_member *mine = &reader->members[i];
		for (uint32_t k = 0; k < mine->label_count; k++) {
			const struct tern_member *theirs =
				case_of(writer, mine->labels[k]);
			if (!theirs)
				theirs = writer_default;
			if (theirs && !assign_case(a, mine, theirs))
				return false;
		}
	}
	for (uint32_t i = 0; i < writer->member_count; i++) {
		const struct tern_member *theirs = &writer->members[i];
		for (uint32_t k = 0; k < theirs->label_count; k++)
			if (!case_of(reader, theirs->labels[k]) && reader_default &&
			    !assign_case(a, reader_default, theirs))
				return false;
	}
	return true;
}

/* Every label of "from" is one of "in". */
static bool has_labels(struct assignment *a, const struct tern_type *from,
                       const struct tern_type *in, const char *from_side, const char *why)
{
	for (uint32_t i = 0; i < from->member_count; i++) {
		const struct tern_member *member = &from->members[i];
		for (uint32_t k = 0; k < member->label_count; k++)
			if (!case_of(in, member->labels[k]))
				return tern__assign_refuse(
					a,
					"only the %s's union has label %" PRId64
					" (%s), but %s: give both the same labels",
					from_side, member->labels[k], member->name, why);
		if (is_default(member) && !default_case(in))
			return tern__assign_refuse(a,
			                           "only the %s's union has a default "
			                           "case (%s), but %s: give both one",
			                           from_side, member->name, why);
	}
	return true;
}

static bool any_label_in_common(const struct tern_type *reader,
                                const struct tern_type *writer)
{
	for (uint32_t i = 0; i < reader->member_count; i++)
		for (uint32_t k = 0; k < reader->members[i].label_count; k++)
			if (case_of(writer, reader->members[i].labels[k]))
				return true;
	return false;
}

bool tern__assign_union(struct assignment *a, const struct tern_type *reader,
                        const struct tern_type *writer, enum key_view keys)
{
	if (!tern__assign_extensibility(a, reader, writer))
		return false;
	size_t before = tern__assign_enter(a, "._d", "");
	if (!tern__assign_strongly(a, reader->element, writer->element))
		return false;
	tern__assign_leave(a, before);

	bool reader_key = reader->flags & TERN_TYPE_KEYED;
	if (reader_key != !!(writer->flags & TERN_TYPE_KEYED))
		return tern__assign_refuse(
			a, "only the %s's discriminator is a key: annotate both alike",
			reader_key ? "reader" : "writer");
	if (keys == KEYS_ALONE && reader_key)
		return true; /* the discriminator is all that is left */
	if (!assign_case_names(a, reader, writer) || !assign_labels(a, reader, writer))
		return false;

	const char *why = reader->extensibility == TERN_FINAL
	                          ? "the union is @final"
	                          : "the reader's QoS has prevent_type_widening";
	if ((reader->extensibility == TERN_FINAL ||
	     a->consistency->prevent_type_widening) &&
	    (!has_labels(a, reader, writer, "reader", why) ||
	     !has_labels(a, writer, reader, "writer", why)))
		return false;
	return any_label_in_common(reader, writer) ||
	       tern__assign_refuse(a, "writer's and reader's union have no label in "
	                              "common: use one type");
}
