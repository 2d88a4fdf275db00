/* Skeleton and delta. What holds pointers, the skeleton, is copied once to private memory, and
 * only there is it checked and are its pointers led to where the maker's memory can be read here;
 * what holds none stays where it is.
 *
 *     the maker's blocks (shared)                        private memory
 *     +--------+---------+-----------+---------+         +--------+---------+
 *     | struct | strings | sequence  | numbers |         | struct | element |--+
 *     |        |         | of struct | (6 MB)  |         |        | structs |  |
 *     +--------+---------+-----------+---------+         +--------+---------+  |
 *                   ^                     ^                  |                 |
 *                   +---------------------+------------------+-----------------+
 *
 * The maker may be hostile and may write at any time: no shared byte of the skeleton is read
 * twice, and all that is done is bounded by the blocks' size. What stays shared may hold any
 * bytes at any time, as said in transport.h. */
#include "sample_open.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "sample_move.h"

#define ALIGNMENT _Alignof(max_align_t)
/* With malloc's overhead what glibc keeps at hand per thread. */
#define FIRST_PIECE_BYTES 1024

/* Private memory; what is handed out of it follows. */
struct piece {
	_Alignas(max_align_t) struct piece *next;
};

struct opening {
	struct move base;
	const struct tern_foreign_block *blocks;
	uint32_t block_count;
	size_t copied_left_bytes; /* what may still be copied */
	size_t looks_left_bytes;  /* what may still be searched for final NULs */
	struct piece *pieces;     /* the newest first */
	unsigned char *room;      /* what is left of the newest */
	size_t room_left_bytes;
	size_t next_piece_bytes;
};

/* ---- private memory ------------------------------------------------------------------------- */

static tern_status piece_add(struct opening *opening, size_t wanted_bytes)
{
	size_t size_bytes = opening->next_piece_bytes;

	/* More than may be copied is not needed, but for roundings. */
	if (size_bytes > opening->copied_left_bytes)
		size_bytes = opening->copied_left_bytes;
	if (size_bytes < wanted_bytes)
		size_bytes = wanted_bytes;
	struct piece *piece = malloc(sizeof *piece + size_bytes);
	if (!piece)
		return tern_fail(TERN_ENOMEM,
		                 "no memory to read a sample: %zu more bytes",
		                 size_bytes);
	piece->next = opening->pieces;
	opening->pieces = piece;
	opening->room = (unsigned char *)(piece + 1);
	opening->room_left_bytes = size_bytes;
	opening->next_piece_bytes = 2 * size_bytes;
	return TERN_OK;
}

/* A private copy of shared bytes, which are not looked at again. */
static tern_status take_copy(struct opening *opening, const void *shared,
                             size_t size_bytes, const struct path *path, void **ret_copy)
{
	size_t taken = (size_bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

	if (size_bytes > opening->copied_left_bytes)
		return path_fail(TERN_EMALFORMED, path,
		                 ": what it leads to is there more than once");
	if (taken > opening->room_left_bytes) {
		tern_status s = piece_add(opening, taken);
		if (s < 0)
			return s;
	}
	void *copy = opening->room;
	opening->room += taken;
	opening->room_left_bytes -= taken;
	opening->copied_left_bytes -= size_bytes;
	memcpy(copy, shared, size_bytes);
	/* Else the compiler might read the shared bytes again, knowing them to be the same. */
	atomic_signal_fence(memory_order_acq_rel);
	*ret_copy = copy;
	return TERN_OK;
}

/* ---- the maker's memory --------------------------------------------------------------------- */

/* Where the byte at this address of the maker's is here, or NULL; how many are there. */
static const char *find(const struct opening *opening, uint64_t address,
                        size_t *ret_left_bytes)
{
	for (uint32_t i = 0; i < opening->block_count; i++) {
		const struct tern_foreign_block *block = &opening->blocks[i];
		uint64_t offset = address - block->address;
		if (offset < block->size_bytes) {
			*ret_left_bytes = block->size_bytes - offset;
			return (const char *)block->data + offset;
		}
	}
	return NULL;
}

static tern_status leads_out(const struct path *path, const char *what, uint64_t address)
{
	return path_fail(TERN_EMALFORMED, path,
	                 ": %s at 0x%" PRIx64
	                 " leads out of the memory that the writer shares",
	                 what, address);
}

/* ---- what the walk asks --------------------------------------------------------------------- */

static tern_status find_string(struct move *move, char **text, bool is_optional,
                               const struct path *path)
{
	struct opening *opening = (struct opening *)move;
	uint64_t address = (uintptr_t)*text;
	size_t left;

	if (address == 0) {
		if (!is_optional) /* as if it had been encoded */
			*text = (char *)(uintptr_t) "";
		return TERN_OK;
	}
	const char *here = find(opening, address, &left);
	if (!here)
		return leads_out(path, "the string", address);
	if (left > opening->looks_left_bytes)
		left = opening->looks_left_bytes;
	const char *end = memchr(here, 0, left);
	if (!end)
		return path_fail(TERN_EMALFORMED, path,
		                 ": no final NUL in the %zu bytes that it may have",
		                 left);
	opening->looks_left_bytes -= (size_t)(end - here) + 1;
	*text = (char *)(uintptr_t)here;
	return TERN_OK;
}

static tern_status find_values(struct move *move, const struct tern_type *type,
                               uint32_t count, void **values, const struct path *path)
{
	struct opening *opening = (struct opening *)move;
	uint64_t address = (uintptr_t)*values;
	size_t size_bytes, left;
	const char *here = find(opening, address, &left);

	if (!here)
		return leads_out(path, "what", address);
	if (__builtin_mul_overflow(type->size_bytes, (size_t)count, &size_bytes) ||
	    size_bytes > left)
		return path_fail(TERN_EMALFORMED, path,
		                 ": %" PRIu32 " values of %zu bytes, but there are only "
		                 "%zu bytes",
		                 count, type->size_bytes, left);
	if (type->alignment_bytes && (uintptr_t)here % type->alignment_bytes)
		return path_fail(TERN_EMALFORMED, path,
		                 ": 0x%" PRIx64 " is not a multiple of %zu bytes",
		                 address, type->alignment_bytes);
	if (!(type->flags & TERN_TYPE_FLAT))
		return take_copy(opening, here, size_bytes, path, values);
	*values = (void *)(uintptr_t)here;
	return TERN_OK;
}

/* ---- the host's functions ------------------------------------------------------------------- */

static void pieces_free(struct piece *piece)
{
	while (piece) {
		struct piece *next = piece->next;
		free(piece);
		piece = next;
	}
}

static size_t total_bytes(const struct tern_foreign_block *blocks, uint32_t block_count)
{
	size_t total = 0;

	for (uint32_t i = 0; i < block_count; i++)
		if (__builtin_add_overflow(total, blocks[i].size_bytes, &total))
			return SIZE_MAX;
	return total;
}

tern_status sample_open(const struct tern_type *type,
                        const struct tern_foreign_block *blocks, uint32_t block_count,
                        uint64_t address, struct tern_foreign_view *ret_view)
{
	const struct path top = { .name = type->name };
	size_t total = total_bytes(blocks, block_count);
	struct opening opening = {
		.base = { .refusal = TERN_EMALFORMED,
		          .checks_values = true,
		          .string = find_string,
		          .values = find_values },
		.blocks = blocks,
		.block_count = block_count,
		.copied_left_bytes = total,
		.looks_left_bytes = sample_looks_bytes(total),
		.next_piece_bytes = FIRST_PIECE_BYTES - sizeof(struct piece),
	};
	void *sample = (void *)(uintptr_t)address;
	tern_status s = find_values(&opening.base, type, 1, &sample, &top);

	if (s == TERN_OK && !(type->flags & TERN_TYPE_FLAT))
		s = move_value(&opening.base, type, sample, &top);
	if (s < 0) {
		pieces_free(opening.pieces);
		return s;
	}
	*ret_view =
		(struct tern_foreign_view){ .sample = sample, .memory = opening.pieces };
	return TERN_OK;
}

void sample_close(struct tern_foreign_view *view)
{
	pieces_free(view->memory);
	*view = (struct tern_foreign_view){ 0 };
}
