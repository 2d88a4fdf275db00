/* Arrays of our own that grow without moving, for peers to read while they do. */
#include <string.h>

#include "segment_impl.h"

static uint64_t block_make(struct segment *segment, _Atomic uint64_t *block,
                           size_t size_bytes)
{
	pthread_mutex_lock(&segment->arrays_lock);
	uint64_t offset = atomic_load_explicit(block, memory_order_relaxed);
	if (!offset) {
		void *memory = segment_alloc(segment, size_bytes, &offset);
		if (memory) {
			memset(memory, 0, size_bytes);
			/* Release: who sees the block sees it zeroed; peers, too. */
			atomic_store_explicit(block, offset, memory_order_release);
		}
	}
	pthread_mutex_unlock(&segment->arrays_lock);
	return offset;
}

void *segment_array_at(struct segment *segment, struct shm_array *array,
                       size_t element_size_bytes, uint32_t index)
{
	uint32_t first, block;

	if (index >= SHM_ARRAY_MAX) {
		(void)segment->host->fail(
			TERN_ELIMIT, "an array in shared memory is full (%u elements)",
			(unsigned)SHM_ARRAY_MAX);
		return NULL;
	}
	block = shm_array_block(index, &first);
	/* Acquire: pairs with the release of the thread that made it. */
	uint64_t offset =
		atomic_load_explicit(&array->blocks[block], memory_order_acquire);
	if (!offset)
		offset = block_make(segment, &array->blocks[block],
		                    ((size_t)SHM_ARRAY_FIRST << block) *
		                            element_size_bytes);
	if (!offset)
		return NULL;
	return (uint8_t *)segment_at(segment, offset) +
	       (index - first) * element_size_bytes;
}

void segment_array_free(struct segment *segment, struct shm_array *array)
{
	if (atomic_load_explicit(&segment->is_frozen, memory_order_relaxed))
		return;
	for (uint32_t i = 0; i < SHM_ARRAY_BLOCKS; i++) {
		uint64_t offset = atomic_exchange_explicit(&array->blocks[i], 0,
		                                           memory_order_relaxed);
		if (offset)
			segment_free(segment, segment_at(segment, offset));
	}
}
