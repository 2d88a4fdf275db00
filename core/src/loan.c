/* Memory of loans: the struct and the first room in one block, further blocks on demand. What
 * stands before the struct leads from the user's pointer back to the loan.
 *
 *     first block                                        later blocks
 *     +---------------+---------------+-------------+    +-------------+
 *     | struct header | user's struct | room ->     |    | room ->     |
 *     +---------------+---------------+-------------+    +-------------+
 *
 * The heap's first block follows its struct loan in one allocation. */
#include "loan.h"

#include <stdlib.h>
#include <string.h>

#include <tern/writer.h>

#define ALIGNMENT _Alignof(max_align_t)
#define BLOCK_MIN_BYTES ((size_t)4096)
/* Each further block is so many times as large as the further one before it: eight blocks reach
 * hundreds of megabytes, and the next loan begins with room for all that was taken of them. */
#define GROWTH 8
#define GROWTH_MAX_BYTES ((size_t)128 << 20)
#define ALLOCATION_MAX_BYTES ((size_t)1 << 30)

struct header {
	_Alignas(max_align_t) struct loan *loan;
	char empty[1]; /* what NULL strings of the sample become */
};

_Static_assert(sizeof(struct header) == TERN_LOAN_HEADER_BYTES, "as transports are told");

struct block {
	struct block *next; /* the one before it */
	unsigned char *bytes;
	size_t size_bytes;
	struct tern_payload *payload; /* whose memory it is: a transport's; NULL: ours */
};

struct loan {
	struct tern_payload base;
	struct loan *next;
	struct loan_source source;
	void *sample;
	struct block first;
	struct block *blocks; /* owned, but for the first; the newest first */
	unsigned char *room;  /* what is left of the newest */
	size_t room_left_bytes;
	size_t room_taken_bytes; /* in all blocks */
	size_t total_bytes;      /* of all blocks */
	size_t growth_bytes;     /* of the next block, at least */
	/* All blocks in the order in which they were made, while all are the source's. */
	struct tern_payload *lent[TERN_LOAN_BLOCKS_MAX];
	uint32_t lent_count;
	bool on_heap; /* some of it */
};

static size_t round_up(size_t size_bytes)
{
	return (size_bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

static void loan_release(struct tern_payload *payload)
{
	struct loan *loan = (struct loan *)payload;

	while (loan->blocks != &loan->first) {
		struct block *block = loan->blocks;
		loan->blocks = block->next;
		tern_payload_unref(block->payload);
		free(block);
	}
	tern_payload_unref(loan->first.payload);
	free(loan);
}

/* Memory of the loan's transport, or NULL: none is to be had. */
static struct tern_payload *source_get(const struct loan_source *source,
                                       size_t size_bytes)
{
	struct tern_payload *payload;

	if (!source->ops || source->ops->loan(source->endpoint, size_bytes, &payload) < 0)
		return NULL;
	return payload;
}

static void block_init(struct block *block, void *bytes, size_t size_bytes,
                       struct tern_payload *payload)
{
	*block = (struct block){ .bytes = payload ? (void *)(uintptr_t)payload->data
		                                  : bytes,
		                 .size_bytes = size_bytes,
		                 .payload = payload };
}

/* Note for loan_offer() where the block's memory is. */
static void block_note(struct loan *loan, const struct block *block)
{
	if (block->payload)
		loan->lent[loan->lent_count++] = block->payload;
	else
		loan->on_heap = true;
	loan->total_bytes += block->size_bytes;
}

static struct loan *loan_new(const struct tern_type *type, size_t room_bytes,
                             const struct loan_source *source)
{
	size_t sample_bytes = round_up(type->size_bytes);
	size_t first_bytes = sizeof(struct header) + sample_bytes + round_up(room_bytes);
	struct tern_payload *payload = source_get(source, first_bytes);
	size_t loan_bytes = round_up(sizeof(struct loan));
	struct loan *loan = calloc(1, loan_bytes + (payload ? 0 : first_bytes));

	if (!loan) {
		tern_payload_unref(payload);
		return NULL;
	}
	block_init(&loan->first, (unsigned char *)loan + loan_bytes, first_bytes,
	           payload);
	block_note(loan, &loan->first);
	loan->source = *source;
	loan->growth_bytes = BLOCK_MIN_BYTES;
	loan->blocks = &loan->first;
	struct header *header = (struct header *)(void *)loan->first.bytes;
	*header = (struct header){ .loan = loan };
	loan->sample = header + 1;
	if (payload)
		memset(loan->sample, 0, sample_bytes);
	loan->room = (unsigned char *)loan->sample + sample_bytes;
	loan->room_left_bytes = first_bytes - sizeof *header - sample_bytes;
	loan->base = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_NATIVE,
		.data = loan->sample,
		.size_bytes = type->size_bytes,
		.type = type,
		.release = loan_release,
	};
	return loan;
}

tern_status loan_create(struct loan_list *list, const struct tern_type *type,
                        size_t room_bytes, const struct loan_source *source,
                        void **ret_sample)
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

	struct loan *loan = loan_new(type, room_bytes, source);
	if (!loan)
		return tern_fail(TERN_ENOMEM,
		                 "no memory for a loan of %s with %zu bytes of room",
		                 type->name, room_bytes);
	loan->next = list->first;
	list->first = loan;
	list->count++;
	*ret_sample = loan->sample;
	return TERN_OK;
}

struct loan *loan_find(const struct loan_list *list, const void *sample)
{
	struct loan *loan = list->first;

	while (loan && loan->sample != sample)
		loan = loan->next;
	return loan;
}

void loan_offer(struct loan *loan, struct tern_outgoing *outgoing)
{
	outgoing->sample = loan->sample;
	outgoing->native = tern_payload_ref(&loan->base);
	if (loan->on_heap)
		return;
	outgoing->blocks = loan->lent;
	outgoing->block_count = loan->lent_count;
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

	for (const struct block *block = loan->blocks; block; block = block->next) {
		uintptr_t first = (uintptr_t)block->bytes;
		if (address >= first && address - first < block->size_bytes)
			return block->size_bytes - (address - first);
	}
	return 0;
}

size_t loan_total_bytes(const struct loan *loan)
{
	return loan->total_bytes;
}

char *loan_empty_string(const struct loan *loan)
{
	return ((struct header *)loan->sample - 1)->empty;
}

/* Of the transport, as long as the loan can be handed over as it is; rather little than none. */
static struct tern_payload *lend_further(const struct loan *loan, size_t *size_bytes,
                                         size_t wanted_bytes)
{
	if (loan->on_heap || loan->lent_count == TERN_LOAN_BLOCKS_MAX)
		return NULL;
	struct tern_payload *payload = source_get(&loan->source, *size_bytes);
	if (payload || *size_bytes == wanted_bytes)
		return payload;
	payload = source_get(&loan->source, wanted_bytes);
	if (payload)
		*size_bytes = wanted_bytes;
	return payload;
}

/* A further block with room for so many bytes. */
static bool loan_grow(struct loan *loan, size_t wanted_bytes)
{
	size_t size_bytes =
		loan->growth_bytes < wanted_bytes ? wanted_bytes : loan->growth_bytes;
	struct tern_payload *payload = lend_further(loan, &size_bytes, wanted_bytes);
	size_t block_bytes = round_up(sizeof(struct block));
	struct block *block = calloc(1, block_bytes + (payload ? 0 : size_bytes));

	if (!block && !payload && size_bytes > wanted_bytes) {
		size_bytes = wanted_bytes;
		block = calloc(1, block_bytes + size_bytes);
	}
	if (!block) {
		tern_payload_unref(payload);
		return false;
	}
	block_init(block, (unsigned char *)block + block_bytes, size_bytes, payload);
	block_note(loan, block);
	block->next = loan->blocks;
	loan->blocks = block;
	loan->room = block->bytes;
	loan->room_left_bytes = size_bytes;
	if (loan->growth_bytes < GROWTH_MAX_BYTES)
		loan->growth_bytes *= GROWTH;
	return true;
}

void *tern_loan_alloc_uninitialized(void *sample, size_t size_bytes)
{
	if (!sample || size_bytes == 0 || size_bytes > ALLOCATION_MAX_BYTES) {
		(void)tern_fail(TERN_EINVAL,
		                "memory in a loan needs the loan, and a size of 1 to %zu "
		                "bytes: got %zu",
		                ALLOCATION_MAX_BYTES, size_bytes);
		return NULL;
	}
	struct loan *loan = ((struct header *)sample - 1)->loan;
	size_t taken = round_up(size_bytes);
	if (taken > loan->room_left_bytes && !loan_grow(loan, taken)) {
		(void)tern_fail(TERN_ENOMEM,
		                "no memory for %zu bytes in a loan of %s that has %zu "
		                "already",
		                size_bytes, loan->base.type->name, loan->total_bytes);
		return NULL;
	}
	void *memory = loan->room;
	loan->room += taken;
	loan->room_left_bytes -= taken;
	loan->room_taken_bytes += taken;
	return memory;
}

void *tern_loan_alloc(void *sample, size_t size_bytes)
{
	void *memory = tern_loan_alloc_uninitialized(sample, size_bytes);

	if (!memory)
		return NULL;
	/* The heap's is zero already. */
	const struct loan *loan = ((struct header *)sample - 1)->loan;
	return loan->blocks->payload ? memset(memory, 0, size_bytes) : memory;
}

char *tern_loan_strdup(void *sample, const char *text)
{
	if (!text)
		return NULL;
	size_t size_bytes = strlen(text) + 1;
	char *copy = tern_loan_alloc_uninitialized(sample, size_bytes);
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
			return TERN_ENOMEM;
	}
	*elements = (struct tern_sequence){ ._maximum = count,
		                            ._length = count,
		                            ._buffer = buffer };
	return TERN_OK;
}
