/* A list of chunks, the last one in use. */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 8192 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used_bytes;
	size_t size_bytes;
	alignas(max_align_t) uint8_t bytes[];
};

static struct arena_chunk *add_chunk(struct arena *arena, size_t size_bytes)
{
	struct arena_chunk *chunk;

	if (size_bytes < CHUNK_BYTES)
		size_bytes = CHUNK_BYTES;
	chunk = calloc(1, sizeof(*chunk) + size_bytes);
	if (!chunk)
		return NULL;
	chunk->size_bytes = size_bytes;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size_bytes)
{
	const size_t unit = alignof(max_align_t);
	struct arena_chunk *chunk = arena->chunks;
	size_t wanted;
	void *memory;

	if (count == 0)
		count = 1;
	if (count > arena->left_bytes / size_bytes)
		return NULL;
	wanted = (count * size_bytes + unit - 1) / unit * unit;
	if (wanted > arena->left_bytes)
		return NULL;
	if (!chunk || chunk->size_bytes - chunk->used_bytes < wanted)
		chunk = add_chunk(arena, wanted);
	if (!chunk)
		return NULL;
	memory = chunk->bytes + chunk->used_bytes;
	chunk->used_bytes += wanted;
	arena->left_bytes -= wanted;
	return memory;
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1, 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

void arena_fini(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
}
