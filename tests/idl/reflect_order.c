/* Turning a payload's byte order by walking it with the type table: the tests' own, slow and
 * simple reader of XCDR1 and XCDR2, to hold against the generated one. */
#include <stdlib.h>
#include <string.h>

#include "reflect.h"

enum { HEADER = 4, MAX_KEYS = 64 };

struct walk {
	uint8_t *data; /* becomes the other order */
	size_t at;
	size_t size;
	size_t align_max;
	bool xcdr2;
	bool failed;
};

static void walk_value(struct walk *w, const struct tern_type *type);

/* Step over and turn one number; its value in the native order. */
static uint64_t turn(struct walk *w, size_t size)
{
	size_t align = size > w->align_max ? w->align_max : size;
	uint64_t value = 0;
	uint8_t *at;

	w->at += (size_t) - (w->at - HEADER) & (align - 1);
	if (w->failed || w->at + size > w->size) {
		w->failed = true;
		return 0;
	}
	at = w->data + w->at;
	memcpy(&value, at, size); /* the tests run on little-endian machines */
	for (size_t i = 0; i < size / 2; i++) {
		uint8_t byte = at[i];

		at[i] = at[size - 1 - i];
		at[size - 1 - i] = byte;
	}
	w->at += size;
	return value;
}

static bool is_primitive(const struct tern_type *type)
{
	return type->kind <= TERN_KIND_FLOAT64;
}

static size_t scalar_size(const struct tern_type *type)
{
	if (type->kind == TERN_KIND_ENUM)
		return type->bound <= 8 ? 1 : type->bound <= 16 ? 2 : 4;
	return type->size_bytes;
}

static void walk_collection(struct walk *w, const struct tern_type *type)
{
	uint64_t count = type->bound;

	if (w->xcdr2 && !is_primitive(type->element))
		turn(w, 4); /* DHEADER */
	if (type->kind == TERN_KIND_SEQUENCE)
		count = turn(w, 4);
	for (uint64_t i = 0; i < count && !w->failed; i++)
		walk_value(w, type->element);
}

static void walk_union(struct walk *w, const struct tern_type *type)
{
	const struct tern_member *chosen = NULL;
	uint64_t label;
	int64_t value;

	if (type->extensibility != TERN_FINAL)
		turn(w, 4);
	label = turn(w, scalar_size(type->element));
	value = type->element->kind == TERN_KIND_INT32 ? (int32_t)label : (int64_t)label;
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];

		for (uint32_t j = 0; j < member->label_count; j++) {
			if (member->labels[j] == value)
				chosen = member;
		}
		if (!chosen && (member->flags & TERN_MEMBER_DEFAULT_CASE))
			chosen = member;
	}
	/* a default case that stands before a named one */
	for (uint32_t i = 0; i < type->member_count; i++) {
		for (uint32_t j = 0; j < type->members[i].label_count; j++) {
			if (type->members[i].labels[j] == value)
				chosen = &type->members[i];
		}
	}
	if (chosen)
		walk_value(w, chosen->type);
}

static void walk_members(struct walk *w, const struct tern_type *type)
{
	if (type->base)
		walk_members(w, type->base);
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];

		if ((member->flags & TERN_MEMBER_OPTIONAL) && turn(w, 1) == 0)
			continue;
		walk_value(w, member->type);
	}
}

static const struct tern_member *member_of_id(const struct tern_type *type, uint32_t id)
{
	for (; type; type = type->base) {
		for (uint32_t i = 0; i < type->member_count; i++) {
			if (type->members[i].id == id)
				return &type->members[i];
		}
	}
	return NULL;
}

static void walk_list(struct walk *w, const struct tern_type *type)
{
	uint64_t size = turn(w, 4);
	size_t end = w->at + size;

	while (w->at < end && !w->failed) {
		uint64_t header = turn(w, 4);
		uint32_t code = header >> 28 & 7;
		const struct tern_member *member =
			member_of_id(type, header & 0x0fffffff);

		if (code == 4)
			turn(w,
			     4); /* NEXTINT; from 5 on it is the value's own first number */
		if (member)
			walk_value(w, member->type);
		else
			w->failed = true;
	}
	w->failed |= w->at != end;
}

static void walk_value(struct walk *w, const struct tern_type *type)
{
	switch (type->kind) {
	case TERN_KIND_STRING8:
		w->at += turn(w, 4);
		break;
	case TERN_KIND_SEQUENCE:
	case TERN_KIND_ARRAY:
		walk_collection(w, type);
		break;
	case TERN_KIND_UNION:
		walk_union(w, type);
		break;
	case TERN_KIND_STRUCTURE:
		if (type->extensibility == TERN_MUTABLE) {
			walk_list(w, type);
			break;
		}
		if (type->extensibility == TERN_APPENDABLE)
			turn(w, 4);
		walk_members(w, type);
		break;
	default:
		turn(w, scalar_size(type));
		break;
	}
}

/* ---- keys: in the order of their member ids, structures taken apart ---- */

struct keys {
	struct {
		const struct tern_type *type;
		uint32_t ids[8];
		size_t depth;
	} list[MAX_KEYS];
	size_t count;
};

static bool has_key(const struct tern_type *type)
{
	for (; type; type = type->base) {
		for (uint32_t i = 0; i < type->member_count; i++) {
			if (type->members[i].flags & TERN_MEMBER_KEY)
				return true;
		}
	}
	return false;
}

static void gather(struct keys *keys, const struct tern_type *type, const uint32_t *ids,
                   size_t depth, bool all)
{
	if (type->base)
		gather(keys, type->base, ids, depth, all);
	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];
		uint32_t own[8];

		if (!all && !(member->flags & TERN_MEMBER_KEY))
			continue;
		memcpy(own, ids, sizeof(own));
		own[depth] = member->id;
		if (member->type->kind == TERN_KIND_STRUCTURE) {
			gather(keys, member->type, own, depth + 1,
			       !has_key(member->type));
			continue;
		}
		keys->list[keys->count].type = member->type;
		keys->list[keys->count].depth = depth + 1;
		memcpy(keys->list[keys->count++].ids, own, sizeof(own));
	}
}

static bool comes_before(const struct keys *keys, size_t a, size_t b)
{
	for (size_t i = 0; i < keys->list[a].depth && i < keys->list[b].depth; i++) {
		if (keys->list[a].ids[i] != keys->list[b].ids[i])
			return keys->list[a].ids[i] < keys->list[b].ids[i];
	}
	return a < b;
}

static void walk_keys(struct walk *w, const struct tern_type *type)
{
	struct keys keys = { .count = 0 };
	const uint32_t none[8] = { 0 };
	bool done[MAX_KEYS] = { false };

	gather(&keys, type, none, 0, false);
	for (size_t n = 0; n < keys.count; n++) {
		size_t next = MAX_KEYS;

		for (size_t i = 0; i < keys.count; i++) {
			if (!done[i] &&
			    (next == MAX_KEYS || comes_before(&keys, i, next)))
				next = i;
		}
		done[next] = true;
		walk_value(w, keys.list[next].type);
	}
}

uint8_t *reflect_other_order(const struct tern_type *type, const uint8_t *payload,
                             size_t size_bytes, bool key_only)
{
	struct walk w = { .at = HEADER, .size = size_bytes };

	w.data = malloc(size_bytes);
	memcpy(w.data, payload, size_bytes);
	w.xcdr2 = payload[1] > 1;
	w.align_max = w.xcdr2 ? 4 : 8;
	w.data[1] ^= 1;
	if (key_only)
		walk_keys(&w, type);
	else
		walk_value(&w, type);
	if (w.failed || w.at > size_bytes || size_bytes - w.at > 3) {
		free(w.data);
		return NULL;
	}
	return w.data;
}
