/* The memory of a snapshot, which is freed all at once, and arrays that grow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

#define BLOCK_BYTES ((size_t)16 * 1024)
#define ALIGNMENT_BYTES _Alignof(max_align_t)

static void *no_memory(size_t bytes)
{
	tern_fail(TERN_ENOMEM, "no memory for %zu bytes of a graph snapshot", bytes);
	return NULL;
}

void *tern__memory_alloc(struct memory *memory, size_t count, size_t size_bytes)
{
	struct memory_block *block = memory->blocks;
	size_t bytes;

	if (__builtin_mul_overflow(count, size_bytes, &bytes) || bytes > SIZE_MAX / 2)
		return no_memory(SIZE_MAX);
	bytes = (bytes + ALIGNMENT_BYTES - 1) & ~(ALIGNMENT_BYTES - 1);
	if (!block || block->size_bytes - block->used_bytes < bytes) {
		size_t wanted = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
		block = calloc(1, sizeof *block + wanted);
		if (!block)
			return no_memory(bytes);
		block->size_bytes = wanted;
		block->next = memory->blocks;
		memory->blocks = block;
	}
	void *place = block->bytes + block->used_bytes;
	block->used_bytes += bytes;
	return place;
}

const char *tern__memory_text(struct memory *memory, const char *text)
{
	if (!text || !*text)
		return "";
	size_t size_bytes = strlen(text) + 1;
	char *copy = tern__memory_alloc(memory, 1, size_bytes);
	return copy ? memcpy(copy, text, size_bytes) : NULL;
}

const char *tern__memory_format(struct memory *memory, const char *format, ...)
{
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *text = length < 0 ? no_memory(0)
	                        : tern__memory_alloc(memory, 1, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void tern__memory_fini(struct memory *memory)
{
	while (memory->blocks) {
		struct memory_block *block = memory->blocks;
		memory->blocks = block->next;
		free(block);
	}
}

void *tern__list_add(struct list *list)
{
	if (list->count == list->room) {
		size_t wanted = list->room ? 2 * list->room : 16;
		void *grown = reallocarray(list->items, wanted, list->item_bytes);
		if (!grown)
			return no_memory(wanted * list->item_bytes);
		list->items = grown;
		list->room = wanted;
	}
	void *place = (unsigned char *)list->items + list->count++ * list->item_bytes;
	return memset(place, 0, list->item_bytes);
}
