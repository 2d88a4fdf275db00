/* Assignability of structures. Source: XTypes 1.3, 7.2.4.4, the row of structure types. */
#include <stdlib.h>
#include <string.h>

#include "assignability_rules.h"

/* A structure's members with those of its bases, in order of their member index. */
struct members {
	const struct tern_member **list; /* owned */
	uint32_t count;
	bool all_are_keys;
	bool none_is_key;
};

static uint32_t count_members(const struct tern_type *type)
{
	uint32_t count = 0;

	for (; type; type = type->base)
		count += type->member_count;
	return count;
}

static void collect(const struct tern_type *type, struct members *members)
{
	if (type->base)
		collect(type->base, members);
	for (uint32_t i = 0; i < type->member_count; i++)
		members->list[members->count++] = &type->members[i];
}

static void keep_keys(struct members *members)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < members->count; i++)
		if (members->list[i]->flags & TERN_MEMBER_KEY)
			members->list[kept++] = members->list[i];
	if (kept)
		members->count = kept;
	else
		members->all_are_keys = true;
}

static bool members_init(struct members *members, const struct tern_type *type,
                         enum key_view keys)
{
	*members = (struct members){ .none_is_key = keys == KEYS_ERASED };
	members->list = calloc(count_members(type) + 1u, sizeof *members->list);
	if (!members->list)
		return false;
	collect(type, members);
	if (keys == KEYS_ALONE)
		keep_keys(members);
	return true;
}

static const struct tern_member *by_id(const struct members *members, uint32_t id)
{
	for (uint32_t i = 0; i < members->count; i++)
		if (members->list[i]->id == id)
			return members->list[i];
	return NULL;
}

static const struct tern_member *by_name(const struct members *members, const char *name)
{
	for (uint32_t i = 0; i < members->count; i++)
		if (strcmp(members->list[i]->name, name) == 0)
			return members->list[i];
	return NULL;
}

static bool is_key(const struct members *members, const struct tern_member *member)
{
	return members->all_are_keys ||
	       (!members->none_is_key && (member->flags & TERN_MEMBER_KEY));
}

static bool is_optional(const struct tern_member *member)
{
	return member->flags & TERN_MEMBER_OPTIONAL;
}

bool tern__assign_names(struct assignment *a, const struct tern_member *reader,
                        const struct tern_member *writer)
{
	bool same_name = strcmp(reader->name, writer->name) == 0;

	if (same_name == (reader->id == writer->id) ||
	    a->consistency->ignore_member_names)
		return true;
	if (same_name)
		return tern__assign_refuse(a,
		                           "member %s has id %u at the writer, %u at the "
		                           "reader: annotate both with the same @id",
		                           reader->name, writer->id, reader->id);
	return tern__assign_refuse(
		a,
		"the member of id %u is named %s by the writer, %s by the reader: use "
		"one name, or set the reader's ignore_member_names",
		reader->id, writer->name, reader->name);
}

/* What a writer's key can hold must be a key for the reader too. */
static bool assign_key(struct assignment *a, const struct tern_type *reader,
                       const struct tern_type *writer)
{
	switch (writer->kind) {
	case TERN_KIND_STRING8:
	case TERN_KIND_SEQUENCE:
		if (reader->kind != writer->kind ||
		    tern__assign_bound_fits(reader->bound, writer->bound))
			return true;
		return tern__assign_refuse(
			a, "the writer's key may be longer than the reader's: give the "
			   "key the same bound on both sides");
	case TERN_KIND_ENUM:
		for (uint32_t i = 0; i < writer->literal_count; i++)
			if (!tern__literal_by_value(reader, writer->literals[i].value))
				return tern__assign_refuse(
					a,
					"the writer's key may be %s, which the reader's "
					"enum does not have: add it there",
					writer->literals[i].name);
		return true;
	case TERN_KIND_STRUCTURE:
	case TERN_KIND_UNION:
		return tern__assign(a, reader, writer, KEYS_ALONE);
	default:
		return true;
	}
}

/* A member that the other side has under the same id. */
static bool assign_pair(struct assignment *a, const struct members *writer_members,
                        const struct tern_member *reader,
                        const struct tern_member *writer)
{
	if (!tern__assign_names(a, reader, writer))
		return false;
	size_t before = tern__assign_enter(a, ".", reader->name);
	if (!tern__assign(a, reader->type, writer->type, KEYS_ERASED))
		return false;
	if (is_key(writer_members, writer) && !assign_key(a, reader->type, writer->type))
		return false;
	tern__assign_leave(a, before);
	return true;
}

/* A member that the other side does not have. */
static bool assign_lonely(struct assignment *a, const struct members *members,
                          const struct tern_member *member, const struct tern_type *type,
                          const char *side, const char *other_side)
{
	const char *why;

	if (is_key(members, member))
		why = "it is a key";
	else if (!is_optional(member) && (member->flags & TERN_MEMBER_MUST_UNDERSTAND))
		why = "it is @must_understand";
	else if (type->extensibility == TERN_FINAL)
		why = "the type is @final";
	else if (!is_optional(member) && a->consistency->prevent_type_widening)
		why = "the reader's QoS has prevent_type_widening";
	else
		return true;
	return tern__assign_refuse(a,
	                           "only the %s has member %s (id %u), but %s: add it to "
	                           "the %s's type or drop it",
	                           side, member->name, member->id, why, other_side);
}

/* Final and appendable types are written without ids: what is at one place must be one member. */
static bool assign_place(struct assignment *a, const struct tern_member *reader,
                         const struct tern_member *writer, uint32_t index)
{
	if (reader->id != writer->id)
		return tern__assign_refuse(
			a,
			"place %u holds %s (id %u) at the writer, %s (id %u) at the "
			"reader: keep the order, append new members at the end, or make "
			"both types @mutable",
			index, writer->name, writer->id, reader->name, reader->id);
	size_t before = tern__assign_enter(a, ".", reader->name);
	if (is_optional(reader) != is_optional(writer))
		return tern__assign_refuse(a,
		                           "it is @optional for the %s only: annotate "
		                           "both alike, or make the types @mutable",
		                           is_optional(reader) ? "reader" : "writer");
	if (!tern__assign_strongly(a, reader->type, writer->type))
		return false;
	tern__assign_leave(a, before);
	return true;
}

static bool assign_members(struct assignment *a, const struct tern_type *reader_type,
                           const struct members *reader, const struct members *writer)
{
	bool any_in_common = false;
	bool has_places = reader_type->extensibility != TERN_MUTABLE;

	for (uint32_t i = 0; i < reader->count; i++) {
		const struct tern_member *mine = reader->list[i];
		const struct tern_member *namesake = by_name(writer, mine->name);
		const struct tern_member *theirs = by_id(writer, mine->id);

		if (namesake && !tern__assign_names(a, mine, namesake))
			return false;
		if (theirs) {
			any_in_common = true;
			if (!assign_pair(a, writer, mine, theirs))
				return false;
		} else if (!assign_lonely(a, reader, mine, reader_type, "reader",
		                          "writer")) {
			return false;
		}
		if (has_places && i < writer->count &&
		    !assign_place(a, mine, writer->list[i], i))
			return false;
	}
	for (uint32_t i = 0; i < writer->count; i++)
		if (!by_id(reader, writer->list[i]->id) &&
		    !assign_lonely(a, writer, writer->list[i], reader_type, "writer",
		                   "reader"))
			return false;
	return any_in_common ||
	       tern__assign_refuse(a, "writer and reader have no member id in common: "
	                              "use one type, or the same @id");
}

bool tern__assign_structure(struct assignment *a, const struct tern_type *reader,
                            const struct tern_type *writer, enum key_view keys)
{
	struct members reader_members = { 0 }, writer_members = { 0 };
	bool fine = false;

	if (!tern__assign_extensibility(a, reader, writer))
		return false;
	if (members_init(&reader_members, reader, keys) &&
	    members_init(&writer_members, writer, keys))
		fine = assign_members(a, reader, &reader_members, &writer_members);
	else
		tern__assign_refuse(a, "no memory to compare the types: free some");
	free(reader_members.list);
	free(writer_members.list);
	return fine;
}
