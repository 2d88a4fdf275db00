/* How a sample gets into shared memory: as it is if it was built there, else copied once; encoded
 * only for readers whose layout differs, and for the end of an instance. */
#include <string.h>

#include "ring_writer_impl.h"

/* As malloc's. */
#define ALIGNMENT ((size_t)16)

static size_t aligned(size_t size_bytes)
{
	return (size_bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/* The descriptor's, too. The reference becomes the descriptor's. */
static void add_payload(struct own_descriptor *descriptor, struct tern_payload *payload,
                        size_t size_bytes)
{
	descriptor->payloads[descriptor->payload_count++] = payload;
	descriptor->size_bytes += size_bytes;
}

static void add_block(struct own_descriptor *descriptor, const struct chunk *chunk,
                      size_t size_bytes)
{
	struct shm_descriptor *shared = descriptor->shared;

	shared->blocks[shared->block_count++] = (struct shm_block){
		.offset = chunk->offset,
		.size_bytes = size_bytes,
	};
}

static void *chunk_data(const struct chunk *chunk)
{
	return (void *)(uintptr_t)chunk->base.data;
}

/* ---- native -------------------------------------------------------------------------------- */

static tern_status copy_flat(struct ring_writer *writer,
                             const struct tern_outgoing *outgoing,
                             struct own_descriptor *descriptor)
{
	size_t size_bytes = writer->type->size_bytes;
	struct chunk *chunk;
	tern_status s = chunk_get(writer->pool, size_bytes, &chunk);

	if (s < 0)
		return s;
	memcpy(chunk_data(chunk), outgoing->sample, size_bytes);
	add_payload(descriptor, &chunk->base, chunk->capacity_bytes);
	add_block(descriptor, chunk, size_bytes);
	descriptor->shared->sample = chunk->offset;
	return TERN_OK;
}

/* A deep copy on its way into chunks, each twice as large as the one before. */
struct copying {
	struct ring_writer *writer;
	struct chunk *chunks[TERN_LOAN_BLOCKS_MAX];
	size_t used_bytes[TERN_LOAN_BLOCKS_MAX];
	uint32_t count;
	size_t next_bytes;
	size_t all_bytes;
	bool blocks_are_short; /* not memory */
};

static void *copying_alloc(void *context, size_t size_bytes)
{
	struct copying *copying = context;
	uint32_t last = copying->count - 1;
	tern_status s;

	if (size_bytes > SIZE_MAX - ALIGNMENT)
		return NULL;
	size_bytes = aligned(size_bytes);
	if (copying->count == 0 ||
	    copying->chunks[last]->capacity_bytes - copying->used_bytes[last] <
	            size_bytes) {
		copying->blocks_are_short = copying->count == TERN_LOAN_BLOCKS_MAX;
		if (copying->blocks_are_short)
			return NULL;
		size_t wanted = copying->next_bytes > size_bytes ? copying->next_bytes
		                                                 : size_bytes;
		last = copying->count;
		s = chunk_get(copying->writer->pool, wanted, &copying->chunks[last]);
		if (s < 0)
			return NULL;
		copying->used_bytes[last] = 0;
		copying->count++;
		copying->next_bytes = 2 * wanted;
	}
	uint8_t *memory = chunk_data(copying->chunks[last]);
	memory += copying->used_bytes[last];
	copying->used_bytes[last] += size_bytes;
	copying->all_bytes += size_bytes;
	return memory;
}

static void copying_undo(struct copying *copying)
{
	while (copying->count > 0)
		tern_payload_unref(&copying->chunks[--copying->count]->base);
}

/* Samples of a writer tend to be of one size: near the largest of the last ones. */
static void note_size(struct ring_writer *writer, size_t size_bytes)
{
	size_t expected = writer->expected_bytes;

	writer->expected_bytes = size_bytes >= expected
	                                 ? size_bytes
	                                 : expected - (expected - size_bytes) / 16;
}

static tern_status copy_deep(struct ring_writer *writer, struct tern_outgoing *outgoing,
                             struct own_descriptor *descriptor)
{
	struct copying copying = { .writer = writer,
		                   .next_bytes = writer->expected_bytes };
	void *sample;
	tern_status s =
		writer->host->outgoing_copy(outgoing, copying_alloc, &copying, &sample);

	while (s < 0 && copying.blocks_are_short) {
		size_t needed = copying.all_bytes;
		copying_undo(&copying);
		copying = (struct copying){ .writer = writer, .next_bytes = 2 * needed };
		s = writer->host->outgoing_copy(outgoing, copying_alloc, &copying,
		                                &sample);
	}
	if (s < 0) {
		copying_undo(&copying);
		return s;
	}
	for (uint32_t i = 0; i < copying.count; i++) {
		struct chunk *chunk = copying.chunks[i];
		add_payload(descriptor, &chunk->base, chunk->capacity_bytes);
		add_block(descriptor, chunk, copying.used_bytes[i]);
	}
	/* The struct was asked for first. */
	descriptor->shared->sample =
		copying.chunks[0]->offset +
		(uint64_t)((uint8_t *)sample - (uint8_t *)chunk_data(copying.chunks[0]));
	note_size(writer, copying.all_bytes);
	return TERN_OK;
}

/* A loan that was built in our chunks needs no copy. @return false: it was not */
static bool take_loan(struct ring_writer *writer, const struct tern_outgoing *outgoing,
                      struct own_descriptor *descriptor)
{
	struct chunk *chunks[TERN_LOAN_BLOCKS_MAX];
	uint32_t count = outgoing->block_count;

	if (count < 1 || count > TERN_LOAN_BLOCKS_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		chunks[i] = chunk_of(writer->pool, outgoing->blocks[i]);
		if (!chunks[i])
			return false;
	}
	size_t place = (uintptr_t)outgoing->sample - (uintptr_t)chunk_data(chunks[0]);
	if (place > chunks[0]->capacity_bytes ||
	    writer->type->size_bytes > chunks[0]->capacity_bytes - place)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		tern_payload_ref(&chunks[i]->base);
		add_payload(descriptor, &chunks[i]->base, chunks[i]->capacity_bytes);
		add_block(descriptor, chunks[i], chunks[i]->capacity_bytes);
	}
	descriptor->shared->sample = chunks[0]->offset + place;
	return true;
}

/* ---- encoded ------------------------------------------------------------------------------- */

static tern_status copy_encoded(struct ring_writer *writer,
                                struct tern_outgoing *outgoing,
                                struct own_descriptor *descriptor)
{
	struct tern_payload *encoded;
	struct chunk *chunk;
	tern_status s = writer->host->outgoing_encoded(outgoing, writer->representation,
	                                               &encoded);

	if (s < 0)
		return s;
	s = chunk_get(writer->pool, encoded->size_bytes, &chunk);
	if (s < 0)
		return s;
	memcpy(chunk_data(chunk), encoded->data, encoded->size_bytes);
	add_payload(descriptor, &chunk->base, chunk->capacity_bytes);
	descriptor->shared->encoded = (struct shm_block){
		.offset = chunk->offset,
		.size_bytes = encoded->size_bytes,
	};
	return TERN_OK;
}

tern_status ring_writer_make_forms(struct ring_writer *writer,
                                   struct tern_outgoing *outgoing,
                                   struct own_descriptor *descriptor)
{
	struct shm_descriptor *shared = descriptor->shared;
	bool is_write = outgoing->kind == TERN_CHANGE_WRITE;
	tern_status s = TERN_OK;

	shared->source_timestamp_ns = outgoing->source_timestamp_ns;
	memcpy(shared->key_hash, outgoing->key_hash, sizeof shared->key_hash);
	shared->kind = (uint8_t)outgoing->kind;
	shared->block_count = 0;
	shared->sample = 0;
	shared->encoded = (struct shm_block){ 0 };
	if (is_write && !take_loan(writer, outgoing, descriptor))
		s = writer->type->flags & TERN_TYPE_FLAT
		            ? copy_flat(writer, outgoing, descriptor)
		            : copy_deep(writer, outgoing, descriptor);
	if (s == TERN_OK && (!is_write || atomic_load_explicit(&writer->encoded_wanted,
	                                                       memory_order_relaxed)))
		s = copy_encoded(writer, outgoing, descriptor);
	return s;
}
