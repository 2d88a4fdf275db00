/* A binary min-heap of embedded nodes, each of which knows its place. */
#include <assert.h>
#include <stdlib.h>

#include <tern/qos.h>

#include "due_heap.h"

void tern__due_heap_fini(struct due_heap *heap)
{
	free(heap->nodes);
	*heap = (struct due_heap){ 0 };
}

tern_status tern__due_heap_reserve(struct due_heap *heap, uint32_t count)
{
	struct due_node **nodes;
	uint64_t capacity;

	if (count <= heap->capacity)
		return TERN_OK;
	capacity = heap->capacity ? heap->capacity : 15;
	while (capacity < count)
		capacity = capacity * 2 + 1;
	if (capacity > UINT32_MAX - 1)
		capacity = UINT32_MAX - 1;
	nodes = realloc(heap->nodes, ((size_t)capacity + 1) * sizeof *nodes);
	if (!nodes || capacity < count)
		return tern_fail(TERN_ENOMEM, "no memory to watch the times of %u items",
		                 (unsigned)count);
	heap->nodes = nodes;
	heap->capacity = (uint32_t)capacity;
	return TERN_OK;
}

static inline void put(struct due_heap *heap, uint32_t place, struct due_node *node)
{
	heap->nodes[place] = node;
	node->place = place;
}

static void sift_up(struct due_heap *heap, uint32_t place, struct due_node *node)
{
	while (place > 1 && heap->nodes[place / 2]->due_ns > node->due_ns) {
		put(heap, place, heap->nodes[place / 2]);
		place /= 2;
	}
	put(heap, place, node);
}

static void sift_down(struct due_heap *heap, uint32_t place, struct due_node *node)
{
	for (uint64_t child; (child = 2 * (uint64_t)place) <= heap->count;) {
		if (child < heap->count &&
		    heap->nodes[child + 1]->due_ns < heap->nodes[child]->due_ns)
			child++;
		if (heap->nodes[child]->due_ns >= node->due_ns)
			break;
		put(heap, place, heap->nodes[child]);
		place = (uint32_t)child;
	}
	put(heap, place, node);
}

static void settle(struct due_heap *heap, uint32_t place, struct due_node *node)
{
	if (place > 1 && heap->nodes[place / 2]->due_ns > node->due_ns)
		sift_up(heap, place, node);
	else
		sift_down(heap, place, node);
}

void tern__due_heap_set(struct due_heap *heap, struct due_node *node, int64_t due_ns)
{
	node->due_ns = due_ns;
	if (node->place) {
		settle(heap, node->place, node);
		return;
	}
	assert(heap->count < heap->capacity);
	sift_up(heap, ++heap->count, node);
}

void tern__due_heap_remove(struct due_heap *heap, struct due_node *node)
{
	uint32_t place = node->place;
	struct due_node *last;

	if (!place)
		return;
	last = heap->nodes[heap->count--];
	node->place = 0;
	if (last != node)
		settle(heap, place, last);
}
