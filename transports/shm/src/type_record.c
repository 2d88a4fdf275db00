/* Encodes and decodes descriptions of types (layout in type_record.h). */
#include "type_record.h"

#include <stdlib.h>
#include <string.h>

#include "cursor.h"

#define NAME_MAX_BYTES 4096
/* A comparison walks a type as a tree: one that is small as bytes must not be huge as a tree. */
#define TREE_MAX 65536
#define MEMBERS_MAX 65536

/* ---- encoding ---------------------------------------------------------------------------- */

/* Types in the order in which they are written. */
struct listing {
	const struct tern_type *types[TYPE_RECORD_TYPES_MAX];
	uint32_t count;
	uint32_t depth;
	bool failed;
};

/* Its number + 1; 0: not listed yet. */
static uint32_t listed(const struct listing *listing, const struct tern_type *type)
{
	for (uint32_t i = 0; type && i < listing->count; i++)
		if (listing->types[i] == type)
			return i + 1;
	return 0;
}

/* After all that it consists of. One that contains itself goes deeper than any other. */
static void list(struct listing *listing, const struct tern_type *type)
{
	enum { DEPTH_MAX = 128 };

	if (!type || listing->failed || listed(listing, type))
		return;
	if (listing->depth == DEPTH_MAX) {
		listing->failed = true;
		return;
	}
	listing->depth++;
	list(listing, type->element);
	list(listing, type->base);
	for (uint32_t i = 0; i < type->member_count; i++)
		list(listing, type->members[i].type);
	listing->depth--;
	if (listing->count == TYPE_RECORD_TYPES_MAX)
		listing->failed = true;
	else if (!listing->failed)
		listing->types[listing->count++] = type;
}

static void put_member(struct put *to, const struct listing *listing,
                       const struct tern_member *member)
{
	put_text(to, member->name);
	put_u32(to, listed(listing, member->type));
	put_u32(to, member->id);
	put_u32(to, member->flags);
	put_u32(to, member->label_count);
	for (uint32_t i = 0; i < member->label_count; i++)
		put_u64(to, (uint64_t)member->labels[i]);
}

static void put_type(struct put *to, const struct listing *listing,
                     const struct tern_type *type)
{
	put_u32(to, (uint32_t)type->kind);
	put_u32(to, type->flags);
	put_u32(to, (uint32_t)type->extensibility);
	put_u32(to, type->bound);
	put_text(to, type->name);
	put_u32(to, listed(listing, type->element));
	put_u32(to, listed(listing, type->base));
	put_u32(to, type->dimension_count);
	for (uint32_t i = 0; i < type->dimension_count; i++)
		put_u32(to, type->dimensions[i]);
	put_u32(to, type->member_count);
	for (uint32_t i = 0; i < type->member_count; i++)
		put_member(to, listing, &type->members[i]);
	put_u32(to, type->literal_count);
	for (uint32_t i = 0; i < type->literal_count; i++) {
		put_text(to, type->literals[i].name);
		put_u64(to, (uint64_t)type->literals[i].value);
		put_u32(to, type->literals[i].is_default);
	}
}

size_t type_record_encode(const struct tern_type *type, uint8_t *bytes)
{
	struct put to = { .at = bytes, .max_bytes = TYPE_RECORD_SIZE_MAX_BYTES };
	struct listing *listing = calloc(1, sizeof *listing);

	if (!listing)
		return 0;
	list(listing, type);
	put_u32(&to, listing->count);
	for (uint32_t i = 0; i < listing->count; i++)
		put_type(&to, listing, listing->types[i]);
	bool failed = listing->failed || to.size_bytes > TYPE_RECORD_SIZE_MAX_BYTES;
	free(listing);
	return failed ? 0 : to.size_bytes;
}

/* ---- decoding ---------------------------------------------------------------------------- */

/* One block of memory, from which all tables are cut. */
struct arena {
	uint8_t *memory; /* zero */
	size_t used_bytes;
	size_t size_bytes;
};

static void *cut(struct arena *arena, struct cursor *from, size_t count,
                 size_t size_bytes)
{
	size_t wanted = (count * size_bytes + 15) & ~(size_t)15;

	if (from->failed || wanted > arena->size_bytes - arena->used_bytes) {
		from->failed = true;
		return NULL;
	}
	void *memory = arena->memory + arena->used_bytes;
	arena->used_bytes += wanted;
	return memory;
}

struct decoding {
	struct cursor from;
	struct arena arena;
	struct tern_type *types;
	uint32_t done;        /* those below it are whole */
	uint32_t *tree_sizes; /* of each as a tree */
	uint32_t tree_size;   /* of the one that is read */
};

/* One that came before. */
static const struct tern_type *get_type_number(struct decoding *decoding,
                                               bool may_be_none)
{
	uint32_t number = get_choice(&decoding->from, decoding->done);

	if (number == 0) {
		decoding->from.failed |= !may_be_none;
		return NULL;
	}
	decoding->tree_size += decoding->tree_sizes[number - 1];
	if (decoding->tree_size > TREE_MAX)
		decoding->from.failed = true;
	return &decoding->types[number - 1];
}

static void get_members(struct decoding *decoding, struct tern_type *type)
{
	struct cursor *from = &decoding->from;

	type->member_count = get_choice(from, MEMBERS_MAX);
	struct tern_member *members =
		cut(&decoding->arena, from, type->member_count, sizeof *members);
	for (uint32_t i = 0; i < type->member_count && !from->failed; i++) {
		struct tern_member *member = &members[i];
		member->name = get_text(from, 1, NAME_MAX_BYTES);
		member->type = get_type_number(decoding, false);
		member->id = get_choice(from, (1u << 28) - 1);
		member->flags = get_u32(from);
		member->label_count = get_choice(from, MEMBERS_MAX);
		int64_t *labels =
			cut(&decoding->arena, from, member->label_count, sizeof *labels);
		for (uint32_t l = 0; l < member->label_count && !from->failed; l++)
			labels[l] = (int64_t)get_u64(from);
		member->labels = labels;
	}
	type->members = members;
}

static void get_literals(struct decoding *decoding, struct tern_type *type)
{
	struct cursor *from = &decoding->from;

	type->literal_count = get_choice(from, MEMBERS_MAX);
	struct tern_literal *literals =
		cut(&decoding->arena, from, type->literal_count, sizeof *literals);
	for (uint32_t i = 0; i < type->literal_count && !from->failed; i++) {
		literals[i].name = get_text(from, 1, NAME_MAX_BYTES);
		literals[i].value = (int64_t)get_u64(from);
		literals[i].is_default = get_bool(from);
	}
	type->literals = literals;
}

static void get_dimensions(struct decoding *decoding, struct tern_type *type)
{
	struct cursor *from = &decoding->from;

	type->dimension_count = get_choice(from, 256);
	uint32_t *dimensions =
		cut(&decoding->arena, from, type->dimension_count, sizeof *dimensions);
	for (uint32_t i = 0; i < type->dimension_count && !from->failed; i++)
		dimensions[i] = get_u32(from);
	type->dimensions = dimensions;
}

/* What each kind must have, so that whoever compares need not look. */
static bool is_whole(const struct tern_type *type)
{
	switch (type->kind) {
	case TERN_KIND_SEQUENCE:
	case TERN_KIND_ARRAY:
		return type->element != NULL;
	case TERN_KIND_UNION:
		return type->element && type->name;
	case TERN_KIND_STRUCTURE:
		return type->name && (!type->base || type->base->kind == type->kind);
	case TERN_KIND_ENUM:
		return type->name && type->bound <= 32;
	case TERN_KIND_BITMASK:
		return type->name && type->bound <= 64;
	default:
		return true;
	}
}

static void get_type(struct decoding *decoding)
{
	struct cursor *from = &decoding->from;
	struct tern_type *type = &decoding->types[decoding->done];

	decoding->tree_size = 1;
	type->abi = TERN_TYPE_ABI;
	type->kind = (tern_type_kind)get_choice(from, TERN_KIND_ARRAY);
	type->flags = get_u32(from);
	type->extensibility = (tern_extensibility)get_choice(from, TERN_MUTABLE);
	type->bound = get_u32(from);
	type->name = get_text(from, 0, NAME_MAX_BYTES);
	if (!type->name[0])
		type->name = NULL;
	type->element = get_type_number(decoding, true);
	type->base = get_type_number(decoding, true);
	get_dimensions(decoding, type);
	get_members(decoding, type);
	get_literals(decoding, type);
	if (type->kind < TERN_KIND_BOOLEAN || !is_whole(type))
		from->failed = true;
	decoding->tree_sizes[decoding->done++] = decoding->tree_size;
}

struct tern_type *type_record_decode(const uint8_t *bytes, size_t size_bytes)
{
	struct decoding decoding = {
		.from = { bytes, size_bytes, size_bytes > TYPE_RECORD_SIZE_MAX_BYTES },
	};
	uint32_t count = get_choice(&decoding.from, TYPE_RECORD_TYPES_MAX);
	/* The described one comes first in memory, so that free() can be given it. Members take at
	 * least 21 bytes of the record, literals 18: the tables are at most so many times larger. */
	size_t arena_bytes = (count + 1) * sizeof *decoding.types +
	                     size_bytes * (sizeof(struct tern_member) / 16 + 1);

	if (decoding.from.failed || count == 0)
		return NULL;
	decoding.arena = (struct arena){ calloc(1, arena_bytes), 0, arena_bytes };
	decoding.tree_sizes = calloc(count, sizeof *decoding.tree_sizes);
	struct tern_type *described = NULL;
	if (decoding.arena.memory && decoding.tree_sizes)
		described = cut(&decoding.arena, &decoding.from, count + 1,
		                sizeof *described);
	if (described) {
		decoding.types = described + 1;
		while (decoding.done < count && !decoding.from.failed)
			get_type(&decoding);
		decoding.from.failed |= decoding.from.left_bytes > 0;
		*described = decoding.types[count - 1];
	}
	free(decoding.tree_sizes);
	if (described && !decoding.from.failed)
		return described;
	free(decoding.arena.memory);
	return NULL;
}
