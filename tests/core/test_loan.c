/* Loans: where their memory comes from, how it grows, and what is offered to transports. */
#include <stdlib.h>
#include <string.h>

#include <tern/writer.h>

#include "loan.h"
#include "sample_check.h"
#include "sample_copy.h"
#include "suite.h"
#include "types.h"

struct part {
	uint64_t number;
	char *name;
};

static const struct tern_type part_type = {
	.abi = TERN_TYPE_ABI,
	.kind = TERN_KIND_STRUCTURE,
	.name = "part",
	.size_bytes = sizeof(struct part),
	.alignment_bytes = _Alignof(struct part),
};

static const struct loan_source heap;

/* ---- a transport that lends memory, dirty, until it has no more ---------------------------- */

struct tern_transport_endpoint {
	uint32_t left;     /* how many blocks it still lends */
	uint32_t out;      /* how many are out */
	size_t max_bytes;  /* larger ones it has not; 0: it has all */
	size_t last_bytes; /* of the last block */
};

struct lent_block {
	struct tern_payload payload;
	struct tern_transport_endpoint *endpoint;
	void *bytes;
};

static void block_release(struct tern_payload *payload)
{
	struct lent_block *block = (struct lent_block *)payload;

	block->endpoint->out--;
	free(block->bytes);
	free(block);
}

static tern_status lend_block(struct tern_transport_endpoint *endpoint, size_t size_bytes,
                              struct tern_payload **ret_payload)
{
	if (endpoint->left == 0 ||
	    (endpoint->max_bytes && size_bytes > endpoint->max_bytes))
		return TERN_ENOMEM;
	endpoint->left--;
	endpoint->out++;
	struct lent_block *block = calloc(1, sizeof *block);
	block->bytes = malloc(size_bytes);
	memset(block->bytes, 0xa5, size_bytes < 100000 ? size_bytes : 100000);
	endpoint->last_bytes = size_bytes;
	block->endpoint = endpoint;
	block->payload = (struct tern_payload){ .references = 1,
		                                .data = block->bytes,
		                                .size_bytes = size_bytes,
		                                .release = block_release };
	*ret_payload = &block->payload;
	return TERN_OK;
}

static const struct tern_transport_ops lending_ops = { .loan = lend_block };

/* ---- helpers ------------------------------------------------------------------------------- */

static struct loan_list list;

static struct part *borrow(size_t room_bytes, const struct loan_source *source)
{
	void *sample = NULL;
	CU_ASSERT_EQUAL_FATAL(loan_create(&list, &part_type, room_bytes, source, &sample),
	                      TERN_OK);
	return sample;
}

static void give_back(struct part *part)
{
	struct loan *loan = loan_find(&list, part);
	CU_ASSERT_PTR_NOT_NULL_FATAL(loan);
	tern_payload_unref(loan_finish(&list, loan));
}

static bool is_zero(const void *memory, size_t size_bytes)
{
	const unsigned char *bytes = memory;
	for (size_t i = 0; i < size_bytes; i++)
		if (bytes[i])
			return false;
	return true;
}

/* ---- tests --------------------------------------------------------------------------------- */

static void a_loan_is_zero_and_found_by_its_address(void)
{
	struct part *part = borrow(0, &heap);
	CU_ASSERT_TRUE(is_zero(part, sizeof *part));
	CU_ASSERT_PTR_NOT_NULL(loan_find(&list, part));
	CU_ASSERT_PTR_NULL(loan_find(&list, part + 1));
	give_back(part);
	CU_ASSERT_EQUAL(list.count, 0);
}

static void room_is_taken_in_order_and_grows_when_it_runs_out(void)
{
	struct part *part = borrow(64, &heap);
	struct loan *loan = loan_find(&list, part);
	part->name = tern_loan_strdup(part, "left");
	char *second = tern_loan_strdup(part, "right");
	CU_ASSERT_STRING_EQUAL(part->name, "left");
	CU_ASSERT_TRUE(second > part->name && second - part->name <= 16);

	unsigned char *large = tern_loan_alloc(part, 100000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(large);
	CU_ASSERT_TRUE(is_zero(large, 100000));
	/* Not zeroed, yet of the loan. */
	unsigned char *raw = tern_loan_alloc_uninitialized(part, 100000);
	CU_ASSERT_TRUE(loan_bytes_after(loan, raw) >= 100000);
	CU_ASSERT_TRUE(raw >= large + 100000 || raw + 100000 <= large);
	CU_ASSERT_TRUE(loan_bytes_after(loan, large) >= 100000);
	CU_ASSERT_TRUE(loan_bytes_after(loan, part->name) >= 5);
	CU_ASSERT_EQUAL(loan_bytes_after(loan, &list), 0);
	give_back(part);
}

static void unreasonable_sizes_are_refused(void)
{
	struct part *part = borrow(0, &heap);
	struct tern_sequence sequence = { 0 };
	void *sample = NULL;
	CU_ASSERT_PTR_NULL(tern_loan_alloc(part, 0));
	CU_ASSERT_PTR_NULL(tern_loan_alloc(part, SIZE_MAX));
	CU_ASSERT_PTR_NULL(tern_loan_alloc(NULL, 1));
	CU_ASSERT_PTR_NULL(tern_loan_strdup(part, NULL));
	CU_ASSERT_EQUAL(tern_loan_sequence(part, &sequence, UINT32_MAX, SIZE_MAX / 2),
	                TERN_ENOMEM);
	CU_ASSERT_EQUAL(tern_loan_sequence(part, &sequence, 1, 0), TERN_EINVAL);
	CU_ASSERT_PTR_NULL(sequence._buffer);
	CU_ASSERT_EQUAL(loan_create(&list, &part_type, SIZE_MAX, &heap, &sample),
	                TERN_ENOMEM);
	CU_ASSERT_PTR_NULL(sample);
	give_back(part);
}

static void a_sequence_gets_its_room_in_the_loan(void)
{
	struct part *part = borrow(0, &heap);
	struct tern_sequence sequence = { ._release = true };
	CU_ASSERT_EQUAL(tern_loan_sequence(part, &sequence, 10, sizeof(double)), TERN_OK);
	CU_ASSERT_EQUAL(sequence._length, 10);
	CU_ASSERT_EQUAL(sequence._maximum, 10);
	CU_ASSERT_FALSE(sequence._release);
	CU_ASSERT_TRUE(loan_bytes_after(loan_find(&list, part), sequence._buffer) >= 80);
	CU_ASSERT_EQUAL(tern_loan_sequence(part, &sequence, 0, 8), TERN_OK);
	CU_ASSERT_PTR_NULL(sequence._buffer);
	give_back(part);
}

static void the_room_of_recent_loans_is_the_next_ones_room(void)
{
	struct part *part = borrow(0, &heap);
	CU_ASSERT_PTR_NOT_NULL(tern_loan_alloc(part, 5000));
	give_back(part);

	part = borrow(0, &heap);
	unsigned char *room = tern_loan_alloc(part, 5000);
	CU_ASSERT_PTR_EQUAL(room, (unsigned char *)part + sizeof *part);
	give_back(part);
	list.room_bytes = 0;
}

static void loans_are_limited(void)
{
	static struct part *parts[LOANS_MAX];
	void *sample = NULL;
	for (int i = 0; i < LOANS_MAX; i++)
		parts[i] = borrow(0, &heap);
	CU_ASSERT_EQUAL(loan_create(&list, &part_type, 0, &heap, &sample), TERN_ELIMIT);
	CU_ASSERT_PTR_NULL(sample);
	for (int i = 0; i < LOANS_MAX; i++)
		give_back(parts[i]);
}

static void a_transports_memory_is_offered_to_it_block_by_block(void)
{
	struct tern_transport_endpoint endpoint = { .left = 3 };
	const struct loan_source source = { &lending_ops, &endpoint };
	struct part *part = borrow(16, &source);
	CU_ASSERT_TRUE(is_zero(part, sizeof *part));
	CU_ASSERT_TRUE(is_zero(tern_loan_alloc(part, 16), 16));
	CU_ASSERT_TRUE(is_zero(tern_loan_alloc(part, 10000), 10000));
	CU_ASSERT_EQUAL(endpoint.out, 2);

	struct tern_outgoing outgoing = { 0 };
	loan_offer(loan_find(&list, part), &outgoing);
	CU_ASSERT_PTR_EQUAL(outgoing.sample, part);
	CU_ASSERT_EQUAL_FATAL(outgoing.block_count, 2);
	CU_ASSERT_PTR_EQUAL(
		(const char *)outgoing.blocks[0]->data + TERN_LOAN_HEADER_BYTES, part);
	give_back(part);
	CU_ASSERT_EQUAL(endpoint.out, 2); /* the offer holds it */
	tern_payload_unref(outgoing.native);
	CU_ASSERT_EQUAL(endpoint.out, 0);
}

static void a_loan_that_is_partly_on_the_heap_is_not_offered_as_blocks(void)
{
	struct tern_transport_endpoint endpoint = { .left = 1 };
	const struct loan_source source = { &lending_ops, &endpoint };
	struct part *part = borrow(16, &source);
	CU_ASSERT_PTR_NOT_NULL(tern_loan_alloc(part, 10000));

	struct tern_outgoing outgoing = { 0 };
	loan_offer(loan_find(&list, part), &outgoing);
	CU_ASSERT_EQUAL(outgoing.block_count, 0);
	tern_payload_unref(outgoing.native);
	give_back(part);
	CU_ASSERT_EQUAL(endpoint.out, 0);
}

static void blocks_grow_so_that_few_of_them_hold_much(void)
{
	struct tern_transport_endpoint endpoint = { .left = TERN_LOAN_BLOCKS_MAX };
	const struct loan_source source = { &lending_ops, &endpoint };
	struct part *part = borrow(0, &source);
	struct loan *loan = loan_find(&list, part);
	while (endpoint.left > 1)
		CU_ASSERT_PTR_NOT_NULL_FATAL(tern_loan_alloc(part, 32000));
	CU_ASSERT_TRUE(loan_total_bytes(loan) > 100u << 20);
	CU_ASSERT_TRUE(endpoint.last_bytes <= 128u << 20);
	give_back(part);

	/* But little for what had only just no room. */
	endpoint.left = TERN_LOAN_BLOCKS_MAX;
	part = borrow(1 << 20, &source);
	CU_ASSERT_PTR_NOT_NULL(tern_loan_alloc(part, 1 << 20));
	CU_ASSERT_PTR_NOT_NULL(tern_loan_alloc(part, 1));
	CU_ASSERT_EQUAL(endpoint.last_bytes, 4096);
	give_back(part);
	list.room_bytes = 0;
}

static void a_transport_that_lends_little_is_asked_for_no_more_than_needed(void)
{
	struct tern_transport_endpoint endpoint = { .left = 100, .max_bytes = 2048 };
	const struct loan_source source = { &lending_ops, &endpoint };
	struct part *part = borrow(16, &source);
	CU_ASSERT_PTR_NOT_NULL(tern_loan_alloc(part, 2000));
	CU_ASSERT_EQUAL(endpoint.out, 2);
	CU_ASSERT_EQUAL(endpoint.last_bytes, 2000);
	CU_ASSERT_PTR_NOT_NULL(tern_loan_alloc(part, 3000)); /* the heap's */
	CU_ASSERT_EQUAL(endpoint.out, 2);
	give_back(part);
	CU_ASSERT_EQUAL(endpoint.out, 0);
	list.room_bytes = 0;
}

static unsigned char copied[1 << 18];

static void *take_copied(void *context, size_t size_bytes)
{
	size_t *used = context;
	void *memory = copied + *used;

	*used += (size_bytes + 15) & ~(size_t)15;
	return *used <= sizeof copied ? memory : NULL;
}

/* The ninth block is the heap's, and all is there still for who takes a copy of it. */
static void a_loan_of_too_many_blocks_is_published_as_a_copy(void)
{
	enum { PARTS = TERN_LOAN_BLOCKS_MAX, NUMBERS = 3000 };
	struct tern_transport_endpoint endpoint = { .left = 100, .max_bytes = 16384 };
	const struct loan_source source = { &lending_ops, &endpoint };
	void *sample = NULL, *copy = NULL;
	size_t used = 0;
	CU_ASSERT_EQUAL_FATAL(loan_create(&list, &test_Note_type, 1000, &source, &sample),
	                      TERN_OK);
	test_Note *note = sample;
	note->elsewhere = tern_loan_alloc(note, sizeof *note->elsewhere);
	CU_ASSERT_EQUAL_FATAL(
		tern_loan_sequence(note, &note->many, PARTS, sizeof *note->many._buffer),
		TERN_OK);
	for (int i = 0; i < PARTS; i++) {
		test_Inner *inner = &note->many._buffer[i];
		CU_ASSERT_EQUAL_FATAL(tern_loan_sequence(note, &inner->numbers, NUMBERS,
		                                         sizeof(int32_t)),
		                      TERN_OK);
		inner->numbers._buffer[NUMBERS - 1] = i;
	}
	CU_ASSERT_EQUAL(endpoint.out, TERN_LOAN_BLOCKS_MAX);

	struct loan *loan = loan_find(&list, note);
	struct tern_outgoing outgoing = { 0 };
	CU_ASSERT_EQUAL(sample_check_loan(&test_Note_type, note, loan), TERN_OK);
	loan_offer(loan, &outgoing);
	CU_ASSERT_EQUAL(outgoing.block_count, 0);
	CU_ASSERT_EQUAL_FATAL(sample_copy(&test_Note_type, outgoing.sample, false,
	                                  take_copied, &used, &copy),
	                      TERN_OK);
	for (int i = 0; i < PARTS; i++)
		CU_ASSERT_EQUAL(
			((test_Note *)copy)->many._buffer[i].numbers._buffer[NUMBERS - 1],
			i);
	tern_payload_unref(outgoing.native);
	tern_payload_unref(loan_finish(&list, loan));
	CU_ASSERT_EQUAL(endpoint.out, 0);
	list.room_bytes = 0;
}

static void who_gets_no_memory_is_told_why(void)
{
	struct part *part = borrow(0, &heap);
	CU_ASSERT_PTR_NULL(tern_loan_alloc(part, SIZE_MAX));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(tern_error_text(), "1 to 1073741824 bytes: got 1844"));
	CU_ASSERT_PTR_NULL(tern_loan_alloc(NULL, 1));
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "needs the loan"));
	give_back(part);
}

static void an_empty_string_is_always_there(void)
{
	struct tern_transport_endpoint endpoint = { .left = 1 };
	const struct loan_source source = { &lending_ops, &endpoint };
	struct part *part = borrow(0, &source);
	struct loan *loan = loan_find(&list, part);
	CU_ASSERT_STRING_EQUAL(loan_empty_string(loan), "");
	CU_ASSERT_TRUE(loan_bytes_after(loan, loan_empty_string(loan)) > sizeof *part);
	give_back(part);
}

static const struct suite_test tests[] = {
	{ "a_loan_is_zero_and_found_by_its_address",
	  a_loan_is_zero_and_found_by_its_address },
	{ "room_is_taken_in_order_and_grows_when_it_runs_out",
	  room_is_taken_in_order_and_grows_when_it_runs_out },
	{ "unreasonable_sizes_are_refused", unreasonable_sizes_are_refused },
	{ "a_sequence_gets_its_room_in_the_loan", a_sequence_gets_its_room_in_the_loan },
	{ "the_room_of_recent_loans_is_the_next_ones_room",
	  the_room_of_recent_loans_is_the_next_ones_room },
	{ "loans_are_limited", loans_are_limited },
	{ "a_transports_memory_is_offered_to_it_block_by_block",
	  a_transports_memory_is_offered_to_it_block_by_block },
	{ "a_loan_that_is_partly_on_the_heap_is_not_offered_as_blocks",
	  a_loan_that_is_partly_on_the_heap_is_not_offered_as_blocks },
	{ "blocks_grow_so_that_few_of_them_hold_much",
	  blocks_grow_so_that_few_of_them_hold_much },
	{ "a_transport_that_lends_little_is_asked_for_no_more_than_needed",
	  a_transport_that_lends_little_is_asked_for_no_more_than_needed },
	{ "a_loan_of_too_many_blocks_is_published_as_a_copy",
	  a_loan_of_too_many_blocks_is_published_as_a_copy },
	{ "who_gets_no_memory_is_told_why", who_gets_no_memory_is_told_why },
	{ "an_empty_string_is_always_there", an_empty_string_is_always_there },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
