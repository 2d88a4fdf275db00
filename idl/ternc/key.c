/* Gathering the key's members: by @key, and all of a structure that is a key as a whole. */
#include "key.h"

#include <stdlib.h>
#include <string.h>

#include "plan.h"

static void add_leaf(struct key *key, struct key_leaf leaf)
{
	key->leaves = realloc(key->leaves, (key->count + 1) * sizeof(*key->leaves));
	if (!key->leaves)
		abort();
	leaf.definition_index = key->count;
	key->leaves[key->count++] = leaf;
}

static char *field_name(const char *prefix, const char *name)
{
	return *prefix ? must_format("%s_%s", prefix, name) : must_copy(name);
}

/* `all`: the structure is a key member and marks none of its own members, so all are key. */
static void gather(struct key *key, const struct type *type, const char *prefix,
                   const char *field_prefix, const uint32_t *ids, size_t depth, bool all)
{
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);

	for (size_t i = 0; i < count && depth + 1 < KEY_MAX_DEPTH; i++) {
		const struct member *member = members[i].member;
		char *expression = must_format("%s%s", prefix, members[i].path);
		struct key_leaf leaf = {
			.field = field_name(field_prefix, member->name),
			.name = member_name(&members[i]),
			.member = member,
			.type = member->type,
			.depth = depth + 1,
		};

		if (!all && !member->key)
			continue;
		memcpy(leaf.ids, ids, depth * sizeof(*ids));
		leaf.ids[depth] = member->id;
		if (member_is_pointer(member) && key->pointer_count < KEY_MAX_DEPTH) {
			key->pointers[key->pointer_count] = expression;
			key->pointer_names[key->pointer_count++] = leaf.name;
			expression = must_format("(*%s)", expression);
		}
		leaf.expression = expression;
		if (member->type->kind == TERN_KIND_STRUCTURE)
			gather(key, member->type, must_format("%s.", expression),
			       leaf.field, leaf.ids, depth + 1,
			       !type_has_key(member->type));
		else
			add_leaf(key, leaf);
	}
	free(members);
}

static int by_ids(const void *a, const void *b)
{
	const struct key_leaf *x = *(struct key_leaf *const *)a;
	const struct key_leaf *y = *(struct key_leaf *const *)b;

	for (size_t i = 0; i < x->depth && i < y->depth; i++) {
		if (x->ids[i] != y->ids[i])
			return x->ids[i] < y->ids[i] ? -1 : 1;
	}
	return x->definition_index < y->definition_index ? -1 : 1;
}

struct key key_gather(const struct type *type)
{
	struct key key = { .type = type };
	uint32_t none[KEY_MAX_DEPTH] = { 0 };

	gather(&key, type, "s->", "", none, 0, false);
	key.sorted = must_allocate(key.count, sizeof(*key.sorted));
	for (size_t i = 0; i < key.count; i++)
		key.sorted[i] = &key.leaves[i];
	qsort(key.sorted, key.count, sizeof(*key.sorted), by_ids);
	return key;
}

bool key_is_span(const struct type *type)
{
	return type->kind == TERN_KIND_STRING8 || type->kind == TERN_KIND_ARRAY;
}

bool key_is_delimited_array(const struct type *type)
{
	return type->kind == TERN_KIND_ARRAY && !type_is_primitive(type->element);
}

static size_t add_aligned(size_t size, size_t alignment, size_t more)
{
	return (size + alignment - 1) / alignment * alignment + more;
}

bool key_fits_hash(const struct type *type)
{
	struct key key = key_gather(type);
	size_t align_max = type->is_plain ? 8 : 4;
	size_t size = 0;

	for (size_t i = 0; i < key.count && size <= TERN_KEY_HASH_SIZE_BYTES; i++) {
		const struct type *leaf = key.sorted[i]->type;
		const struct type *element =
			leaf->kind == TERN_KIND_ARRAY ? leaf->element : leaf;
		size_t wire_size = type_wire_size(element);

		if (leaf->kind == TERN_KIND_STRING8) {
			size = leaf->bound ? add_aligned(size, 4, 5 + (size_t)leaf->bound)
			                   : SIZE_MAX / 2;
			continue;
		}
		if (key_is_delimited_array(leaf) && !type->is_plain)
			size = add_aligned(size, 4, 4);
		size = add_aligned(
			size, wire_size < align_max ? wire_size : align_max,
			wire_size * (leaf->kind == TERN_KIND_ARRAY ? leaf->bound : 1));
	}
	return size <= TERN_KEY_HASH_SIZE_BYTES;
}
