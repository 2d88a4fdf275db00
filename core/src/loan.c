/* Memory of loans: the struct and the first room in one block, further chunks on demand.
 *
 *     +-------------+---------------+-------------------------+
 *     | struct loan | user's struct | room, taken in order -> |
 *     +-------------+---------------+-------------------------+
 *                                                 chunk -> chunk
 */
#include "loan.h"

#include <stdlib.h>
#include <string.h>

#include <tern/writer.h>

#define ALIGNMENT _Alignof(max_align_t)
#define CHUNK_MIN_BYTES 4096
#define ALLOCATION_MAX_BYTES ((size_t)1 << 30)

struct chunk {
	struct chunk *next;
	size_t size_bytes;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct loan {
	struct tern_payload base;
	struct loan *next;
	struct chunk *chunks; /* owned; the newest first */
	unsigned char *room;  /* what is left of the newest room */
	size_t room_left_bytes;
	size_t room_taken_bytes; /* in all chunks */
	size_t first_size_bytes; /* of bytes[] */
	_Alignas(max_align_t) unsigned char bytes[];
};

static size_t round_up(size_t size_bytes)
{
	return (size_bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

static void loan_release(struct tern_payload *payload)
{
	struct loan *loan = (struct loan *)payload;

	while (loan->chunks) {
		struct chunk *chunk = loan->chunks;
		loan->chunks = chunk->next;
		free(chunk);
	}
	free(loan);
}

tern_status loan_create(struct loan_list *list, const struct tern_type *type,
                        size_t room_bytes, void **ret_sample)
{
	if (list->count == LOANS_MAX)
		return tern_fail(
			TERN_ELIMIT,
			"%d loans of this writer are out: publish or discard them",
			LOANS_MAX);
	if (room_bytes == 0)
		room_bytes = list->room_bytes;
	if (room_bytes > ALLOCATION_MAX_BYTES)
		return tern_fail(TERN_ENOMEM, "a loan's room of %zu bytes is above %zu",
		                 room_bytes, ALLOCATION_MAX_BYTES);

	size_t sample_size = round_up(type->size_bytes);
	size_t first_size = sample_size + round_up(room_bytes);
	struct loan *loan = calloc(1, sizeof *loan + first_size);
	if (!loan)
		return tern_fail(TERN_ENOMEM,
		                 "no memory for a loan of %s with %zu bytes of room",
		                 type->name, room_bytes);
	loan->base = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_NATIVE,
		.data = loan->bytes,
		.size_bytes = type->size_bytes,
		.type = type,
		.release = loan_release,
	};
	loan->first_size_bytes = first_size;
	loan->room = loan->bytes + sample_size;
	loan->room_left_bytes = first_size - sample_size;
	loan->next = list->first;
	list->first = loan;
	list->count++;
	*ret_sample = loan->bytes;
	return TERN_OK;
}

struct loan *loan_find(const struct loan_list *list, const void *sample)
{
	struct loan *loan = list->first;

	while (loan && loan->bytes != sample)
		loan = loan->next;
	return loan;
}

struct tern_payload *loan_payload(struct loan *loan)
{
	return &loan->base;
}

struct tern_payload *loan_finish(struct loan_list *list, struct loan *loan)
{
	struct loan **link = &list->first;

	while (*link != loan)
		link = &(*link)->next;
	*link = loan->next;
	list->count--;

	/* Follow growth at once and shrinking slowly. */
	if (loan->room_taken_bytes >= list->room_bytes)
		list->room_bytes = loan->room_taken_bytes;
	else
		list->room_bytes -= (list->room_bytes - loan->room_taken_bytes) / 16;
	return &loan->base;
}

size_t loan_bytes_after(const struct loan *loan, const void *start)
{
	uintptr_t address = (uintptr_t)start;
	uintptr_t first = (uintptr_t)loan->bytes;

	if (address >= first && address - first < loan->first_size_bytes)
		return loan->first_size_bytes - (address - first);
	for (const struct chunk *chunk = loan->chunks; chunk; chunk = chunk->next) {
		first = (uintptr_t)chunk->bytes;
		if (address >= first && address - first < chunk->size_bytes)
			return chunk->size_bytes - (address - first);
	}
	return 0;
}

bool loan_contains(const struct loan *loan, const void *start, size_t size_bytes)
{
	return size_bytes <= loan_bytes_after(loan, start);
}

void *tern_loan_alloc(void *sample, size_t size_bytes)
{
	if (!sample || size_bytes == 0 || size_bytes > ALLOCATION_MAX_BYTES)
		return NULL;

	struct loan *loan =
		(struct loan *)((unsigned char *)sample - offsetof(struct loan, bytes));
	size_t taken = round_up(size_bytes);
	if (taken > loan->room_left_bytes) {
		size_t chunk_size = taken < CHUNK_MIN_BYTES ? CHUNK_MIN_BYTES : taken;
		struct chunk *chunk = calloc(1, sizeof *chunk + chunk_size);
		if (!chunk)
			return NULL;
		chunk->size_bytes = chunk_size;
		chunk->next = loan->chunks;
		loan->chunks = chunk;
		loan->room = chunk->bytes;
		loan->room_left_bytes = chunk_size;
	}
	void *memory = loan->room;
	loan->room += taken;
	loan->room_left_bytes -= taken;
	loan->room_taken_bytes += taken;
	return memory;
}

char *tern_loan_strdup(void *sample, const char *text)
{
	if (!text)
		return NULL;
	size_t size_bytes = strlen(text) + 1;
	char *copy = tern_loan_alloc(sample, size_bytes);
	return copy ? memcpy(copy, text, size_bytes) : NULL;
}

tern_status tern_loan_sequence(void *sample, void *sequence, uint32_t count,
                               size_t element_size_bytes)
{
	struct tern_sequence *elements = sequence;

	if (!sample || !sequence || element_size_bytes == 0)
		return tern_fail(TERN_EINVAL,
		                 "a sequence in a loan needs the loan, the sequence "
		                 "and its element's size");
	if (count > ALLOCATION_MAX_BYTES / element_size_bytes)
		return tern_fail(TERN_ENOMEM,
		                 "a sequence of %u elements of %zu bytes is above %zu",
		                 count, element_size_bytes, ALLOCATION_MAX_BYTES);
	void *buffer = NULL;
	if (count > 0) {
		buffer = tern_loan_alloc(sample, count * element_size_bytes);
		if (!buffer)
			return tern_fail(TERN_ENOMEM,
			                 "no memory for %u elements of %zu bytes", count,
			                 element_size_bytes);
	}
	*elements = (struct tern_sequence){ ._maximum = count,
		                            ._length = count,
		                            ._buffer = buffer };
	return TERN_OK;
}
