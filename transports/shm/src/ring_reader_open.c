/* From a word to a sample: what a descriptor of another process says, checked, and the sample
 * made readable: in place, or copied out where no claim is left to keep it there. */
#include <stdlib.h>
#include <string.h>

#include "ring_reader_impl.h"

/* RTPS counts seconds in 32 bits (RTPS 2.5, 9.3.2). */
#define TIMESTAMP_MAX_NS (INT64_C(4294967295) * 1000000000)

static tern_status malformed(const struct ring_reader *reader, const char *what)
{
	const struct peer_identity *identity = peer_identity(reader->peer);

	return reader->host->fail(
		TERN_EMALFORMED,
		"shared memory of process %u (%s) is damaged: %s; restart it",
		(unsigned)identity->pid, identity->process_name, what);
}

static tern_status no_memory(const struct ring_reader *reader, size_t size_bytes)
{
	return reader->host->fail(TERN_ENOMEM,
	                          "no memory to copy a sample of %zu bytes out of shared "
	                          "memory",
	                          size_bytes);
}

tern_status ring_reader_read_descriptor(struct ring_reader *reader, uint64_t word,
                                        struct shm_descriptor *ret_descriptor)
{
	const struct shm_descriptor *theirs =
		peer_array_at(reader->peer, &reader->ring->descriptors, sizeof *theirs,
	                      shm_word_descriptor(word));
	if (!theirs)
		return malformed(reader, "a sample has no descriptor");

	/* What is read of most samples lies in the first cache line: a second one costs as much
	 * as the first. Blocks are for pointers, the encoded form for another layout. */
	memcpy(ret_descriptor, theirs, offsetof(struct shm_descriptor, blocks));
	bool is_in_place = ret_descriptor->kind == TERN_CHANGE_WRITE &&
	                   ret_descriptor->block_count > 0 && reader->config.same_layout;
	ret_descriptor->encoded = is_in_place ? (struct shm_block){ 0 } : theirs->encoded;
	/* A liar may change it while we copy; from here on it cannot. */
	atomic_signal_fence(memory_order_seq_cst);
	if (shm_word_ahead(word, ret_descriptor->sequence) != 0)
		return malformed(reader, "a descriptor is another sample's");
	if (ret_descriptor->kind > TERN_CHANGE_DISPOSE_UNREGISTER)
		return malformed(reader, "a sample is of no known kind");
	if (ret_descriptor->block_count > TERN_LOAN_BLOCKS_MAX)
		return malformed(reader, "a sample has too many blocks");
	if (ret_descriptor->source_timestamp_ns < 0 ||
	    ret_descriptor->source_timestamp_ns > TIMESTAMP_MAX_NS)
		return malformed(reader, "a source timestamp cannot be");
	uint32_t count = ret_descriptor->block_count;
	/* Only pointers are looked up in blocks: a flat sample costs no further cache line. */
	if (count > 0 && !(reader->config.type->flags & TERN_TYPE_FLAT))
		memcpy(ret_descriptor->blocks, theirs->blocks,
		       count * sizeof theirs->blocks[0]);
	return TERN_OK;
}

/* ---- copies on the heap -------------------------------------------------------------------- */

struct heap_payload {
	struct tern_payload base;
	_Alignas(max_align_t) unsigned char bytes[];
};

static void heap_release(struct tern_payload *payload)
{
	struct heap_payload *heap = (struct heap_payload *)payload;

	/* What is flat has nothing to free. */
	if (payload->form == TERN_PAYLOAD_NATIVE &&
	    !(payload->type->flags & TERN_TYPE_FLAT))
		payload->type->codec->fini(payload->type, heap->bytes);
	free(heap);
}

static struct heap_payload *heap_create(const struct ring_reader *reader,
                                        tern_payload_form form, size_t size_bytes)
{
	struct heap_payload *heap = malloc(sizeof *heap + size_bytes);

	if (heap)
		heap->base = (struct tern_payload){
			.references = 1,
			.form = form,
			.data = heap->bytes,
			.size_bytes = size_bytes,
			.type = reader->config.type,
			.release = heap_release,
		};
	return heap;
}

static tern_status copy_encoded(struct ring_reader *reader,
                                const struct shm_descriptor *descriptor,
                                struct tern_payload **ret_payload)
{
	size_t size_bytes = descriptor->encoded.size_bytes;
	const void *theirs =
		peer_at(reader->peer, descriptor->encoded.offset, size_bytes, 1);

	if (!theirs)
		return malformed(reader, "an encoded sample is not in its memory");
	struct heap_payload *heap =
		heap_create(reader, TERN_PAYLOAD_SERIALIZED, size_bytes);
	if (!heap)
		return no_memory(reader, size_bytes);
	memcpy(heap->bytes, theirs, size_bytes);
	heap->base.key_only = descriptor->kind != TERN_CHANGE_WRITE;
	*ret_payload = &heap->base;
	return TERN_OK;
}

static tern_status copy_native(struct ring_reader *reader, const void *sample,
                               struct tern_payload **ret_payload)
{
	const struct tern_type *type = reader->config.type;
	struct heap_payload *heap =
		heap_create(reader, TERN_PAYLOAD_NATIVE, type->size_bytes);
	tern_status s = TERN_OK;

	if (!heap)
		return no_memory(reader, type->size_bytes);
	if (type->flags & TERN_TYPE_FLAT) {
		memcpy(heap->bytes, sample, type->size_bytes);
	} else {
		memset(heap->bytes, 0, type->size_bytes);
		s = type->codec->copy(type, sample, heap->bytes);
	}
	if (s < 0) {
		free(heap);
		return s;
	}
	*ret_payload = &heap->base;
	return TERN_OK;
}

/* ---- native -------------------------------------------------------------------------------- */

static tern_status view_flat(struct ring_reader *reader,
                             const struct shm_descriptor *descriptor,
                             struct tern_foreign_view *ret_view)
{
	const struct tern_type *type = reader->config.type;

	ret_view->memory = NULL;
	ret_view->sample = peer_at(reader->peer, descriptor->sample, type->size_bytes,
	                           type->alignment_bytes);
	if (!ret_view->sample)
		return malformed(reader, "a sample is not in its memory");
	__builtin_prefetch(
		ret_view->sample); /* the application reads it after core did */
	return TERN_OK;
}

static tern_status view_with_pointers(struct ring_reader *reader,
                                      const struct shm_descriptor *descriptor,
                                      struct tern_foreign_view *ret_view)
{
	const struct tern_type *type = reader->config.type;
	struct tern_foreign_block blocks[TERN_LOAN_BLOCKS_MAX];

	for (uint32_t i = 0; i < descriptor->block_count; i++) {
		const struct shm_block *block = &descriptor->blocks[i];
		size_t size_bytes = block->size_bytes;
		blocks[i] = (struct tern_foreign_block){
			.address = peer_address(reader->peer, block->offset, size_bytes),
			.data = peer_at(reader->peer, block->offset, size_bytes, 1),
			.size_bytes = size_bytes,
		};
		if (!blocks[i].data || !blocks[i].address)
			return malformed(reader, "a sample's block is not in its memory");
	}
	uint64_t address =
		peer_address(reader->peer, descriptor->sample, type->size_bytes);
	if (!address)
		return malformed(reader, "a sample is not in its memory");
	*ret_view = (struct tern_foreign_view){ 0 };
	return reader->host->foreign_open(type, blocks, descriptor->block_count, address,
	                                  ret_view);
}

/* The claim becomes the payload's, or is given back. */
static tern_status open_native(struct ring_reader *reader, uint32_t claim,
                               const struct shm_descriptor *descriptor,
                               struct tern_payload **ret_payload)
{
	struct tern_foreign_view view;
	tern_status s = reader->config.type->flags & TERN_TYPE_FLAT
	                        ? view_flat(reader, descriptor, &view)
	                        : view_with_pointers(reader, descriptor, &view);

	if (s == TERN_OK && claim != ring_reader_own_claim(reader)) {
		*ret_payload = ring_reader_lend(reader, claim, view.sample, &view);
		return TERN_OK;
	}
	if (s == TERN_OK) {
		s = copy_native(reader, view.sample, ret_payload);
		if (view.memory)
			reader->host->foreign_close(&view);
	}
	ring_reader_unclaim(reader, claim);
	return s;
}

/* ---- either -------------------------------------------------------------------------------- */

static bool is_lent_in_place(const struct ring_reader *reader,
                             const struct shm_descriptor *descriptor)
{
	return descriptor->kind == TERN_CHANGE_WRITE && reader->config.same_layout &&
	       descriptor->block_count > 0;
}

/* The claim becomes the payload's, or is given back. */
static tern_status open_claimed(struct ring_reader *reader, uint32_t claim,
                                const struct shm_descriptor *descriptor,
                                struct tern_payload **ret_payload)
{
	bool is_write = descriptor->kind == TERN_CHANGE_WRITE;
	tern_status s = TERN_OK;

	if (is_lent_in_place(reader, descriptor))
		return open_native(reader, claim, descriptor, ret_payload);
	if (descriptor->encoded.offset != 0)
		s = copy_encoded(reader, descriptor, ret_payload);
	else if (is_write)
		s = reader->host->fail(
			TERN_EUNSUPPORTED,
			"a sample in shared memory is of another layout of "
			"type %s, and was not encoded: another transport "
			"serves it",
			reader->config.type->name);
	else
		*ret_payload = NULL; /* the key hash is all there is */
	ring_reader_unclaim(reader, claim);
	return s;
}

/* Its process said that it cannot read our claims. Acquire, behind the fence of the claim: pairs with
 * its store, its fence, and what it keeps from then on. */
static bool is_refused(const struct ring_reader *reader)
{
	uint64_t word = atomic_load_explicit(reader->refused, memory_order_acquire);

	return word != 0 && word >> 8 == segment_header(reader->segment)->generation;
}

tern_status ring_reader_open(struct ring_reader *reader, uint64_t word,
                             const _Atomic uint64_t *place, uint64_t sequence)
{
	uint32_t claim = ring_reader_claim_get(reader);
	struct shm_descriptor descriptor;
	struct tern_payload *payload = NULL;
	tern_status s;

	if (!ring_reader_claim(reader, claim, word, place))
		return RING_READER_RETRY;
	s = is_refused(reader) ? TERN_ECLOSED
	                       : ring_reader_read_descriptor(reader, word, &descriptor);
	if (s == TERN_OK && claim == ring_reader_own_claim(reader) &&
	    reader->config.holds_back && !reader->config.copies_out &&
	    is_lent_in_place(reader, &descriptor))
		s = TERN_ELIMIT;
	if (s < 0) {
		ring_reader_unclaim(reader, claim);
		return s;
	}
	s = open_claimed(reader, claim, &descriptor, &payload);
	if (s < 0)
		return s;
	reader->delivery = (struct tern_delivery){
		.writer = reader->config.writer,
		.source_timestamp_ns = descriptor.source_timestamp_ns,
		.sequence_number = sequence,
		.kind = (tern_change_kind)descriptor.kind,
		.payload = payload,
	};
	memcpy(reader->delivery.key_hash, descriptor.key_hash,
	       sizeof reader->delivery.key_hash);
	reader->delivery_sequence = sequence;
	reader->has_delivery = true;
	return TERN_OK;
}
