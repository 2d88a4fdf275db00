/* Checks of what callers hand to create functions: topic names and type tables. QoS has its own
 * file. A table that passes is trusted from then on: it is code of the program's own. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include <tern/topic.h>

#include "check.h"

static bool is_topic_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("_/-.:%", c));
}

tern_status tern__topic_name_check(const char *name)
{
	if (!name)
		return tern_fail(TERN_EINVAL, "the topic's name is NULL: give it a name");
	size_t length = strnlen(name, TERN_TOPIC_NAME_MAX + 1);
	if (length == 0)
		return tern_fail(TERN_EINVAL,
		                 "the topic's name is empty: give it a name");
	if (length > TERN_TOPIC_NAME_MAX)
		return tern_fail(
			TERN_EINVAL,
			"topic name \"%.32s...\" is longer than %d bytes: shorten it",
			name, TERN_TOPIC_NAME_MAX);
	for (size_t i = 0; i < length; i++) {
		if (is_topic_character(name[i]))
			continue;
		unsigned char c = (unsigned char)name[i];
		return tern_fail(TERN_EINVAL,
		                 "topic name \"%s\" has '%c' (0x%02x) at byte %zu: use "
		                 "letters, digits and _ / - . : %% only",
		                 name, isprint(c) ? c : '?', c, i);
	}
	return TERN_OK;
}

static const char *type_name(const struct tern_type *type)
{
	return type->name ? type->name : "(anonymous)";
}

static bool has_members(const struct tern_type *type)
{
	return type->kind == TERN_KIND_STRUCTURE || type->kind == TERN_KIND_UNION;
}

static bool is_held_by_pointer(const struct tern_member *member)
{
	return member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL);
}

static tern_status check_member(const struct tern_type *owner,
                                const struct tern_member *member)
{
	size_t size_bytes;

	if (!member->name || !member->type)
		return tern_fail(TERN_EINVAL,
		                 "the table of type %s has a member without a name or "
		                 "type: generate it anew with ternc",
		                 type_name(owner));
	size_bytes =
		is_held_by_pointer(member) ? sizeof(void *) : member->type->size_bytes;
	if (member->offset > owner->size_bytes ||
	    size_bytes > owner->size_bytes - member->offset)
		return tern_fail(
			TERN_EINVAL,
			"the table of type %s puts member %s at offset %zu with %zu "
			"bytes, beyond the type's %zu: generate it anew with ternc",
			type_name(owner), member->name, member->offset, size_bytes,
			owner->size_bytes);
	return TERN_OK;
}

/* The table and all that it reaches. */
static tern_status check_table(const struct tern_type *type, unsigned depth)
{
	tern_status s;

	if (depth > TERN__TYPE_DEPTH_MAX)
		return tern_fail(TERN_EINVAL,
		                 "types nest deeper than %d levels at %s, or contain "
		                 "themselves: flatten them",
		                 TERN__TYPE_DEPTH_MAX, type_name(type));
	if (type->abi != TERN_TYPE_ABI)
		return tern_fail(
			TERN_EINVAL,
			"the table of type %s has ABI %u, this libtern (%s) knows %d: "
			"generate it anew with the ternc of this version",
			type_name(type), type->abi, tern_version(), TERN_TYPE_ABI);
	if (type->element && (s = check_table(type->element, depth + 1)) < 0)
		return s;
	if ((type->kind == TERN_KIND_SEQUENCE || type->kind == TERN_KIND_ARRAY ||
	     type->kind == TERN_KIND_UNION) &&
	    !type->element)
		return tern_fail(TERN_EINVAL,
		                 "the table of type %s names no element or discriminator "
		                 "type: generate it anew with ternc",
		                 type_name(type));
	if (!has_members(type))
		return TERN_OK;
	if (type->base && (s = check_table(type->base, depth + 1)) < 0)
		return s;
	for (uint32_t i = 0; i < type->member_count; i++) {
		if ((s = check_member(type, &type->members[i])) < 0 ||
		    (s = check_table(type->members[i].type, depth + 1)) < 0)
			return s;
	}
	return TERN_OK;
}

static tern_status check_codec(const struct tern_type *type)
{
	const struct tern_codec *codec = type->codec;

	if (!codec || !codec->encode || !codec->decode || !codec->copy || !codec->fini)
		return tern_fail(TERN_EINVAL,
		                 "type %s has no complete codec: link the X.c that ternc "
		                 "wrote beside its X.h",
		                 type->name);
	bool keyed = type->flags & TERN_TYPE_KEYED;
	bool has_all = codec->payload_key_hash && codec->key_hash && codec->key_compare;
	bool has_any = codec->payload_key_hash || codec->key_hash || codec->key_compare;
	if (keyed ? !has_all : has_any)
		return tern_fail(TERN_EINVAL,
		                 "type %s is %s but its codec has %s key functions: "
		                 "generate it anew with ternc",
		                 type->name, keyed ? "keyed" : "not keyed",
		                 keyed ? "not all" : "some");
	return TERN_OK;
}

static bool has_key_member(const struct tern_type *type)
{
	for (const struct tern_type *t = type; t; t = t->base)
		for (uint32_t i = 0; i < t->member_count; i++)
			if (t->members[i].flags & TERN_MEMBER_KEY)
				return true;
	return false;
}

tern_status tern__type_check(const struct tern_type *type)
{
	tern_status s;

	if (!type)
		return tern_fail(TERN_EINVAL,
		                 "the type is NULL: give the address of a table that "
		                 "ternc wrote, such as &vehicle_Pose_type");
	/* Alone and first: of a table of another ABI, no other member means what it says. */
	if (type->abi != TERN_TYPE_ABI)
		return check_table(type, 0);
	if (type->kind != TERN_KIND_STRUCTURE)
		return tern_fail(TERN_EINVAL,
		                 "type %s is no structure and cannot be a topic's type: "
		                 "wrap it in a struct",
		                 type_name(type));
	if (!type->name || !*type->name)
		return tern_fail(
			TERN_EINVAL,
			"the type's table has no name: generate it anew with ternc");
	if (type->flags & TERN_TYPE_NESTED)
		return tern_fail(TERN_EINVAL,
		                 "type %s is @nested, that is, not meant for topics: "
		                 "annotate it with @topic, or remove @nested",
		                 type->name);
	if ((s = check_table(type, 0)) < 0 || (s = check_codec(type)) < 0)
		return s;
	bool keyed = type->flags & TERN_TYPE_KEYED;
	if (keyed != has_key_member(type))
		return tern_fail(TERN_EINVAL,
		                 "the table of type %s says %s key but %s of its members "
		                 "is one: generate it anew with ternc",
		                 type->name, keyed ? "it has a" : "it has no",
		                 keyed ? "none" : "at least one");
	return TERN_OK;
}
