/* Things that fall due, the earliest on top: a binary min-heap of embedded nodes. It has no
 * clock: which one the times belong to is the owner's affair. Not thread-safe. */
#ifndef TERN_CORE_DUE_HEAP_H
#define TERN_CORE_DUE_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include <tern/qos.h>
#include <tern/status.h>

/** Zero-initialise to begin. */
struct due_node {
	int64_t due_ns;
	uint32_t place; /* 1..count while in a heap; 0: in none */
};

/** Zero-initialise to begin. */
struct due_heap {
	struct due_node **nodes; /* [0] is not used: children of i are 2i and 2i + 1 */
	uint32_t count;
	uint32_t capacity;
};

/** Frees the heap's own memory; nodes that are still in it stay marked. */
void tern__due_heap_fini(struct due_heap *heap);
/** Make room for so many nodes in all. @return TERN_OK, TERN_ENOMEM */
tern_status tern__due_heap_reserve(struct due_heap *heap, uint32_t count);
/**
 * Add a node, or move one that is in the heap already, to a time. O(log n).
 * Room must have been reserved.
 */
void tern__due_heap_set(struct due_heap *heap, struct due_node *node, int64_t due_ns);
/** Take a node out; nothing happens if it is in no heap. O(log n). */
void tern__due_heap_remove(struct due_heap *heap, struct due_node *node);
/** The earliest node, or NULL. O(1). */
static inline struct due_node *tern__due_heap_top(const struct due_heap *heap)
{
	return heap->count ? heap->nodes[1] : NULL;
}
/** When the earliest is due; TERN_INFINITE if there is none. O(1). */
static inline int64_t tern__due_heap_next(const struct due_heap *heap)
{
	return heap->count ? heap->nodes[1]->due_ns : TERN_INFINITE;
}

#endif
