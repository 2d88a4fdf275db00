/* One writer and its readers: what is published is read once, in order, in place. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ring_fixture.h"
#include "ring_reader_impl.h"
#include "types.h"

static struct ring_process writer, reader;

static struct tern_qos qos_of(tern_reliability reliability, tern_history history,
                              int32_t depth)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.reliability = reliability;
	qos.history = history;
	qos.history_depth = depth;
	return qos;
}

static void begin(const struct tern_type *type, const struct tern_qos *qos)
{
	shm_directory_make(0700);
	ring_process_begin(&writer, 0);
	ring_process_begin(&reader, 0);
	ring_process_create_writer(&writer, type, qos);
}

static void end(void)
{
	ring_process_end(&reader);
	ring_process_end(&writer);
	shm_directory_remove();
}

static tern_status write_tick(uint64_t number)
{
	const test_Tick tick = { .number = number };

	return ring_process_write(&writer, &tick);
}

static void what_is_written_is_read_in_place(void)
{
	const struct tern_qos qos = qos_of(TERN_BEST_EFFORT, TERN_KEEP_LAST, 1);
	struct ring_reader *ring;
	struct tern_delivery delivery;

	begin(&test_Tick_type, &qos);
	OK(write_tick(1));
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Tick_type);
	OK(ring_reader_attach(&config, &ring));
	CU_ASSERT_EQUAL(ring_reader_peek(ring, &delivery), TERN_EAGAIN);
	for (uint64_t i = 2; i < 500; i++) {
		OK(write_tick(i));
		OK(ring_reader_peek(ring, &delivery));
		const test_Tick *tick = delivery.payload->data;
		CU_ASSERT_EQUAL(tick->number, i);
		CU_ASSERT_EQUAL(delivery.sequence_number, i);
		CU_ASSERT_EQUAL(delivery.source_timestamp_ns, writer.timestamp_ns);
		CU_ASSERT_EQUAL(delivery.payload->form, TERN_PAYLOAD_NATIVE);
		ring_reader_pop(ring);
		CU_ASSERT_EQUAL(ring_reader_peek(ring, &delivery), TERN_EAGAIN);
	}
	struct ring_writer_usage usage;
	ring_writer_usage_get(writer.writer, &usage);
	CU_ASSERT_EQUAL(usage.head, 499);
	CU_ASSERT_EQUAL(usage.connections, 1);
	CU_ASSERT_TRUE(usage.descriptors < 200);
	ring_reader_detach(ring);
	OK(write_tick(500));
	ring_writer_usage_get(writer.writer, &usage);
	CU_ASSERT_EQUAL(usage.connections, 0);
	end();
}

static struct ring_reader *attach_with(struct ring_process *process,
                                       const struct tern_type *type, bool reliable,
                                       bool holds_back, uint32_t claim_count)
{
	struct ring_reader_config config =
		ring_process_reader_config(process, writer.slot, type);
	struct ring_reader *ring;

	config.reliable = reliable;
	config.holds_back = holds_back;
	config.claim_count = claim_count;
	OK(ring_reader_attach(&config, &ring));
	return ring;
}

static uint64_t number_of(const struct tern_delivery *delivery)
{
	return ((const test_Tick *)delivery->payload->data)->number;
}

static uint32_t descriptors(void)
{
	struct ring_writer_usage usage;

	ring_writer_usage_get(writer.writer, &usage);
	return usage.descriptors;
}

static void a_best_effort_reader_that_is_lapped_counts_what_it_lost(void)
{
	const struct tern_qos qos = qos_of(TERN_BEST_EFFORT, TERN_KEEP_LAST, 1);
	struct tern_delivery delivery;
	uint64_t seen = 0, last = 0;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, false, false, 8);
	for (uint64_t i = 1; i <= 1000; i++)
		OK(write_tick(i));
	while (ring_reader_peek(ring, &delivery) == TERN_OK) {
		CU_ASSERT_EQUAL(number_of(&delivery), delivery.sequence_number);
		CU_ASSERT_EQUAL(delivery.overwritten_before, 0);
		last = delivery.sequence_number;
		seen++;
		ring_reader_pop(ring);
	}
	CU_ASSERT_EQUAL(last, 1000);
	CU_ASSERT_EQUAL(seen + ring_reader_lost(ring), 1000);
	CU_ASSERT_TRUE(seen >= 32);
	ring_reader_detach(ring);
	end();
}

/* ---- claims -------------------------------------------------------------------------------- */

static void what_a_reader_holds_is_not_written_again(void)
{
	enum { HELD = 8 };
	const struct tern_qos qos = qos_of(TERN_BEST_EFFORT, TERN_KEEP_LAST, 1);
	struct tern_delivery held[HELD];

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring =
		attach_with(&reader, &test_Tick_type, false, false, HELD);
	for (uint64_t i = 0; i < HELD; i++) {
		OK(write_tick(i));
		OK(ring_take(ring, &held[i]));
	}
	for (uint64_t i = 0; i < 5000; i++)
		OK(write_tick(1000000 + i));
	for (uint64_t i = 0; i < HELD; i++)
		CU_ASSERT_EQUAL(number_of(&held[i]), i);
	/* They stay after the reader has left, too. */
	ring_reader_detach(ring);
	for (uint64_t i = 0; i < 5000; i++)
		OK(write_tick(2000000 + i));
	for (uint64_t i = 0; i < HELD; i++) {
		CU_ASSERT_EQUAL(number_of(&held[i]), i);
		tern_payload_unref(held[i].payload);
	}
	CU_ASSERT_TRUE(descriptors() < 200);
	end();
}

static void beyond_its_claims_a_reader_copies_out(void)
{
	enum { HELD = 30 };
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_LAST, 1);
	struct tern_delivery held[HELD];

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, false, 2);
	for (uint64_t i = 0; i < HELD; i++) {
		OK(write_tick(i));
		OK(ring_take(ring, &held[i]));
	}
	for (uint64_t i = 0; i < 5000; i++)
		OK(write_tick(1000000 + i));
	for (uint64_t i = 0; i < HELD; i++) {
		CU_ASSERT_EQUAL(number_of(&held[i]), i);
		tern_payload_unref(held[i].payload);
	}
	for (uint32_t i = 0; i <= ring->claim_count; i++)
		CU_ASSERT_EQUAL(atomic_load(&ring->claims[i]), 0);
	ring_reader_detach(ring);
	end();
}

static void one_that_holds_back_leaves_it_in_the_ring(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct tern_delivery held[2], delivery;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 2);
	for (uint64_t i = 0; i < 3; i++)
		OK(write_tick(i));
	OK(ring_take(ring, &held[0]));
	OK(ring_take(ring, &held[1]));
	CU_ASSERT_EQUAL(ring_reader_peek(ring, &delivery), TERN_ELIMIT);
	CU_ASSERT_FALSE(ring_reader_is_drained(ring));
	/* The end of an instance needs no claim. */
	tern_payload_unref(held[0].payload);
	OK(ring_reader_peek(ring, &delivery));
	CU_ASSERT_EQUAL(number_of(&delivery), 2);
	/* The same one until it is popped. */
	OK(ring_reader_peek(ring, &delivery));
	CU_ASSERT_EQUAL(number_of(&delivery), 2);
	ring_reader_pop(ring);
	CU_ASSERT_TRUE(ring_reader_is_drained(ring));
	tern_payload_unref(held[1].payload);
	ring_reader_detach(ring);
	end();
}

/* ---- holding back -------------------------------------------------------------------------- */

static void a_writer_that_keeps_all_waits_for_its_readers(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct ring_writer_usage usage;
	struct tern_delivery delivery;
	uint64_t written = 0;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 4);
	while (written < 10000 && write_tick(written + 1) == TERN_OK)
		written++;
	CU_ASSERT_EQUAL(written, 256);
	ring_writer_usage_get(writer.writer, &usage);
	CU_ASSERT_EQUAL(usage.culprit_slot, reader.slot);
	CU_ASSERT_EQUAL(usage.culprit_generation, reader.generation);
	CU_ASSERT_EQUAL(usage.held_back, 1);
	/* It gives up at its deadline and not before. */
	int64_t begun_ns = suite_monotonic_ns();
	writer.timeout_ns = 50 * SUITE_MILLISECOND_NS;
	CU_ASSERT_EQUAL(write_tick(0), TERN_ETIMEDOUT);
	int64_t took_ns = suite_monotonic_ns() - begun_ns;
	CU_ASSERT_TRUE(took_ns >= 50 * SUITE_MILLISECOND_NS);
	CU_ASSERT_TRUE(writer.reaps > 0);
	writer.timeout_ns = 0;
	/* One taken makes room for one. */
	for (uint64_t i = 1; i <= 1000; i++) {
		OK(ring_reader_peek(ring, &delivery));
		CU_ASSERT_EQUAL(number_of(&delivery), i);
		ring_reader_pop(ring);
		OK(write_tick(++written));
		CU_ASSERT_EQUAL(write_tick(0), TERN_ETIMEDOUT);
	}
	/* Nobody holds it back who has left. */
	ring_reader_detach(ring);
	for (uint64_t i = 0; i < 1000; i++)
		OK(write_tick(i));
	end();
}

struct taker {
	struct ring_reader *ring;
	uint64_t wanted;
	bool in_order;
};

static void *take_all(void *argument)
{
	struct taker *taker = argument;
	struct tern_delivery delivery;

	taker->in_order = true;
	for (uint64_t i = 1; i <= taker->wanted;) {
		if (ring_reader_peek(taker->ring, &delivery) < 0) {
			ring_reader_flush(taker->ring);
			continue;
		}
		taker->in_order &= number_of(&delivery) == i++;
		ring_reader_pop(taker->ring);
	}
	ring_reader_flush(taker->ring);
	return NULL;
}

static void a_writer_that_waits_goes_on_when_readers_have_taken(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct taker takers[2];
	pthread_t threads[2];

	begin(&test_Tick_type, &qos);
	writer.timeout_ns = 30 * SUITE_SECOND_NS;
	for (int i = 0; i < 2; i++) {
		takers[i].ring = attach_with(&reader, &test_Tick_type, true, true, 4);
		takers[i].wanted = 20000;
		pthread_create(&threads[i], NULL, take_all, &takers[i]);
	}
	for (uint64_t i = 1; i <= 20000; i++)
		OK(write_tick(i));
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_TRUE(takers[i].in_order);
		CU_ASSERT_EQUAL(ring_reader_lost(takers[i].ring), 0);
		ring_reader_detach(takers[i].ring);
	}
	end();
}

static void a_writer_that_waits_goes_on_when_its_reader_leaves(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct tern_delivery held;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 4);
	for (uint64_t i = 1; i <= 256; i++)
		OK(write_tick(i));
	CU_ASSERT_EQUAL(write_tick(0), TERN_ETIMEDOUT);
	/* Though it still holds one. */
	OK(ring_take(ring, &held));
	OK(write_tick(257));
	CU_ASSERT_EQUAL(write_tick(0), TERN_ETIMEDOUT);
	ring_reader_detach(ring);
	for (uint64_t i = 0; i < 1000; i++)
		OK(write_tick(i));
	struct peer *peer = ring_process_peer(&writer, reader.slot);
	CU_ASSERT_FALSE(ring_writer_has_reader(writer.writer, peer, 0));
	CU_ASSERT_EQUAL(number_of(&held), 1);
	tern_payload_unref(held.payload);
	end();
}

/* ---- forms --------------------------------------------------------------------------------- */

static void fill_note(test_Note *note, uint32_t text_length)
{
	char *text = malloc(text_length + 1);

	memset(note, 0, sizeof *note);
	memset(text, 'x', text_length);
	text[text_length] = '\0';
	note->who = strdup("me");
	note->text = text;
	strcpy(note->label, "label");
	note->elsewhere = calloc(1, sizeof *note->elsewhere);
	note->elsewhere->text = strdup("over there");
	note->few[0].text = strdup("a");
	note->few[1].text = strdup("b");
	note->choice._d = 2;
}

static void a_sample_with_pointers_is_read_in_place(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_LAST, 1);
	struct tern_delivery delivery;
	test_Note note;

	begin(&test_Note_type, &qos);
	/* The last one alone is copied out. */
	struct ring_reader *ring = attach_with(&reader, &test_Note_type, true, false, 40);
	struct tern_payload *held[48];
	for (uint32_t i = 0; i < 48; i++) {
		uint32_t length = i * i * 100;
		fill_note(&note, length);
		OK(ring_process_write(&writer, &note));
		test_Note_type.codec->fini(&test_Note_type, &note);
		OK(ring_take(ring, &delivery));
		const test_Note *seen = delivery.payload->data;
		CU_ASSERT_STRING_EQUAL(seen->who, "me");
		CU_ASSERT_EQUAL(strlen(seen->text), length);
		CU_ASSERT_STRING_EQUAL(seen->elsewhere->text, "over there");
		held[i] = delivery.payload;
	}
	for (uint32_t i = 0; i < 48; i++) {
		const test_Note *seen = held[i]->data;
		CU_ASSERT_EQUAL(strlen(seen->text), i * i * 100);
		tern_payload_unref(held[i]);
	}
	ring_reader_detach(ring);
	end();
}

static void publish_loan(struct tern_payload *const *blocks, uint32_t block_count,
                         const void *sample)
{
	struct tern_outgoing outgoing = {
		.type = writer.type,
		.sample = sample,
		.source_timestamp_ns = ++writer.timestamp_ns,
		.blocks = blocks,
		.block_count = block_count,
	};

	OK(ring_writer_reserve(writer.writer, &outgoing));
	ring_writer_commit(writer.writer, &outgoing);
}

static void a_published_loan_is_not_copied(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_LAST, 1);
	struct tern_payload *blocks[2];
	struct tern_delivery delivery;

	begin(&test_Note_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Note_type, true, false, 4);
	struct peer *peer = ring_process_peer(&reader, writer.slot);
	for (int i = 0; i < 300; i++) {
		OK(ring_writer_loan(writer.writer, 16 + sizeof(test_Note), &blocks[0]));
		OK(ring_writer_loan(writer.writer, 100000, &blocks[1]));
		test_Note *note = (void *)((uint8_t *)(uintptr_t)blocks[0]->data + 16);
		char *text = (void *)(uintptr_t)blocks[1]->data;
		memset(note, 0, sizeof *note);
		memset(text, 'y', 99999);
		text[99999] = '\0';
		note->who = text + 99998;
		note->text = text;
		note->few[0].text = text + 99999;
		note->few[1].text = text + 99999;
		note->elsewhere = (void *)(text + 0);
		note->elsewhere = NULL;
		test_Inner *inner = (void *)(uintptr_t)blocks[1]->data;
		memset(inner, 0, sizeof *inner);
		inner->text = text + 99999;
		note->elsewhere = inner;
		note->text = text + sizeof *inner;
		note->choice._d = 2;
		publish_loan(blocks, 2, note);
		/* The ring's now, as long as it names them. */
		tern_payload_unref(blocks[0]);
		tern_payload_unref(blocks[1]);
		OK(ring_reader_peek(ring, &delivery));
		const test_Note *seen = delivery.payload->data;
		const uint64_t offset = segment_offset(writer.segment, note->text);
		CU_ASSERT_PTR_EQUAL(seen->text, peer_at(peer, offset, 1, 1));
		CU_ASSERT_EQUAL(strlen(seen->text), 99999 - sizeof *inner);
		ring_reader_pop(ring);
	}
	struct segment_usage usage;
	segment_usage_get(writer.segment, &usage);
	CU_ASSERT_TRUE(usage.used_bytes < 16 << 20);
	ring_reader_detach(ring);
	end();
}

static void a_reader_of_another_layout_gets_the_encoded_form(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_LAST, 1);
	const test_Point point = { .id = 3, .number = 4, .value = 5 };
	struct tern_delivery delivery;
	struct ring_reader *ring;
	test_Point decoded = { 0 };

	begin(&test_Point_type, &qos);
	OK(ring_process_write(&writer, &point));
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Point_type);
	config.same_layout = false;
	config.reliable = true;
	OK(ring_reader_attach(&config, &ring));
	OK(ring_process_write(&writer, &point));
	OK(ring_reader_peek(ring, &delivery));
	CU_ASSERT_EQUAL(delivery.payload->form, TERN_PAYLOAD_SERIALIZED);
	CU_ASSERT_FALSE(delivery.payload->key_only);
	OK(test_Point_type.codec->decode(&test_Point_type, delivery.payload->data,
	                                 delivery.payload->size_bytes, false, &decoded));
	CU_ASSERT_EQUAL(decoded.number, 4);
	ring_reader_pop(ring);
	ring_reader_detach(ring);
	/* What was not encoded cannot be read later. */
	config.wants_history = true;
	OK(ring_process_write(&writer, &point));
	OK(ring_process_write(&writer, &point));
	CU_ASSERT_EQUAL(ring_reader_attach(&config, &ring), TERN_EUNSUPPORTED);
	end();
}

static void ends_of_instances_bring_their_key(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	const test_Point point = { .id = 77 };
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { 7 };
	struct tern_delivery delivery, held;
	test_Point key = { 0 };

	begin(&test_Point_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Point_type, true, true, 1);
	OK(ring_process_send(&writer, TERN_CHANGE_WRITE, &point, key_hash));
	OK(ring_process_send(&writer, TERN_CHANGE_DISPOSE, &point, key_hash));
	OK(ring_take(ring, &held));
	/* It needs no claim, of which the only one is out. */
	OK(ring_reader_peek(ring, &delivery));
	CU_ASSERT_EQUAL(delivery.kind, TERN_CHANGE_DISPOSE);
	CU_ASSERT_EQUAL(memcmp(delivery.key_hash, key_hash, sizeof key_hash), 0);
	CU_ASSERT_TRUE(delivery.payload->key_only);
	OK(test_Point_type.codec->decode(&test_Point_type, delivery.payload->data,
	                                 delivery.payload->size_bytes, true, &key));
	CU_ASSERT_EQUAL(key.id, 77);
	ring_reader_pop(ring);
	tern_payload_unref(held.payload);
	ring_reader_detach(ring);
	end();
}

/* ---- memory -------------------------------------------------------------------------------- */

static void publish_large(uint64_t number)
{
	struct tern_payload *block;

	OK(ring_writer_loan(writer.writer, 1 << 20, &block));
	test_Tick *tick = (void *)((uint8_t *)(uintptr_t)block->data + 16);
	tick->number = number;
	publish_loan(&block, 1, tick);
	tern_payload_unref(block);
}

static void large_samples_use_little_memory_again_and_again(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct segment_usage usage;
	struct tern_delivery delivery;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 4);
	for (uint64_t i = 0; i < 1000; i++) {
		publish_large(i);
		OK(ring_reader_peek(ring, &delivery));
		CU_ASSERT_EQUAL(number_of(&delivery), i);
		ring_reader_pop(ring);
	}
	segment_usage_get(writer.segment, &usage);
	CU_ASSERT_TRUE(usage.used_bytes < 12 << 20);
	/* One that waits loses none of them for it. */
	for (uint64_t i = 0; i < 20; i++) {
		publish_large(i);
	}
	for (uint64_t i = 0; i < 20; i++) {
		OK(ring_reader_peek(ring, &delivery));
		CU_ASSERT_EQUAL(number_of(&delivery), i);
		ring_reader_pop(ring);
	}
	ring_reader_detach(ring);
	end();
}

/* While it attaches a reader may fall asleep, and begin where the memory is used again. */
static void one_that_begins_behind_what_is_left_begins_with_that(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct tern_delivery delivery;

	begin(&test_Tick_type, &qos);
	for (uint64_t i = 1; i <= 200; i++)
		publish_large(i);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 4);
	ring->cursor = 20;
	ring->expected = 20;
	OK(ring_reader_peek(ring, &delivery));
	CU_ASSERT_TRUE(delivery.sequence_number > 190);
	for (uint64_t i = delivery.sequence_number; i <= 200; i++) {
		OK(ring_reader_peek(ring, &delivery));
		CU_ASSERT_EQUAL(delivery.sequence_number, i);
		CU_ASSERT_EQUAL(number_of(&delivery), i);
		ring_reader_pop(ring);
	}
	CU_ASSERT_TRUE(ring_reader_is_drained(ring));
	CU_ASSERT_EQUAL(ring_reader_lost(ring), 0);
	ring_reader_detach(ring);
	end();
}

static void a_writer_without_memory_says_so_and_recovers(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct tern_delivery delivery;
	test_Note note;
	uint32_t written = 0;
	tern_status s;

	shm_directory_make(0700);
	ring_process_begin(&writer, 2 << 20);
	ring_process_begin(&reader, 0);
	ring_process_create_writer(&writer, &test_Note_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Note_type, true, true, 4);
	writer.timeout_ns = 30 * SUITE_MILLISECOND_NS;
	fill_note(&note, 100000);
	while ((s = ring_process_write(&writer, &note)) == TERN_OK)
		written++;
	CU_ASSERT_EQUAL(s, TERN_ENOMEM);
	CU_ASSERT_TRUE(written > 4 && written < 30);
	writer.timeout_ns = 0;
	for (uint32_t i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(ring_process_write(&writer, &note), TERN_ENOMEM);
	CU_ASSERT_TRUE(descriptors() < 100);
	/* What it gave up was not published, and what is there is read; then there is room. */
	for (uint32_t i = 0; i < 200; i++) {
		OK(ring_reader_peek(ring, &delivery));
		ring_reader_pop(ring);
		ring_reader_flush(ring);
		OK(ring_process_write(&writer, &note));
	}
	test_Note_type.codec->fini(&test_Note_type, &note);
	ring_reader_detach(ring);
	end();
}

/* A reader that the writer has no memory to look at may hold claims. */
static void nothing_is_recycled_while_a_reader_could_not_be_looked_at(void)
{
	const struct tern_qos qos = qos_of(TERN_BEST_EFFORT, TERN_KEEP_LAST, 1);
	struct tern_delivery held;

	begin(&test_Tick_type, &qos);
	OK(write_tick(1));
	writer.is_blind = true;
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, false, false, 4);
	OK(write_tick(2));
	OK(ring_take(ring, &held));
	for (uint64_t i = 0; i < 1000; i++)
		OK(write_tick(i));
	CU_ASSERT_EQUAL(number_of(&held), 2);
	CU_ASSERT_TRUE(descriptors() >= 1000);
	writer.is_blind = false;
	for (uint64_t i = 0; i < 5000; i++)
		OK(write_tick(i));
	CU_ASSERT_EQUAL(number_of(&held), 2);
	CU_ASSERT_TRUE(descriptors() < 1200);
	tern_payload_unref(held.payload);
	ring_reader_detach(ring);
	end();
}

/* ---- coming and going ---------------------------------------------------------------------- */

static void many_readers_each_get_everything(void)
{
	enum { READERS = 40 };
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_LAST, 1);
	struct ring_reader *rings[READERS];
	struct tern_delivery delivery;

	begin(&test_Tick_type, &qos);
	for (int i = 0; i < READERS; i++)
		rings[i] = attach_with(&reader, &test_Tick_type, true, false, 4);
	for (uint64_t i = 0; i < 300; i++) {
		OK(write_tick(i));
		for (int j = 0; j < READERS; j++) {
			OK(ring_reader_peek(rings[j], &delivery));
			CU_ASSERT_EQUAL(number_of(&delivery), i);
			ring_reader_pop(rings[j]);
		}
	}
	struct peer *peer = ring_process_peer(&writer, reader.slot);
	CU_ASSERT_TRUE(ring_writer_has_reader(writer.writer, peer, 0));
	for (int j = 0; j < READERS; j++)
		ring_reader_detach(rings[j]);
	CU_ASSERT_FALSE(ring_writer_has_reader(writer.writer, peer, 0));
	end();
}

/* It may still find that the writer is gone, so nobody may count on it; but it reads already. */
static void one_that_still_joins_holds_back_and_is_no_pair(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct tern_delivery held;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 4);
	struct peer *peer = ring_process_peer(&writer, reader.slot);
	_Atomic uint64_t *state = &ring->attachment->state;
	const uint64_t joined = *state;
	OK(write_tick(1));
	CU_ASSERT_TRUE(ring_writer_has_reader(writer.writer, peer, 0));
	*state = (joined & ~UINT64_C(0xff)) | SHM_ATTACHMENT_JOINING;
	CU_ASSERT_FALSE(ring_writer_has_reader(writer.writer, peer, 0));
	for (uint64_t i = 2; i <= 256; i++)
		OK(write_tick(i));
	CU_ASSERT_EQUAL(write_tick(0), TERN_ETIMEDOUT);
	OK(ring_take(ring, &held));
	CU_ASSERT_EQUAL(number_of(&held), 1);
	*state = joined;
	CU_ASSERT_TRUE(ring_writer_has_reader(writer.writer, peer, 0));
	tern_payload_unref(held.payload);
	ring_reader_detach(ring);
	end();
}

static void *join_over_and_over(void *context)
{
	_Atomic uint64_t *state = context;
	const uint64_t joined = *state;

	for (int i = 0; i < 500000; i++) {
		*state = (joined & ~UINT64_C(0xff)) | SHM_ATTACHMENT_JOINING;
		*state = joined;
	}
	return NULL;
}

/* Or the writer would not wait for it in that moment. */
static void one_that_becomes_active_counts_all_the_while(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	pthread_t thread;
	int missed = 0;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 4);
	OK(write_tick(1));
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, join_over_and_over,
	                                     &ring->attachment->state),
	                      0);
	for (int i = 0; i < 500000; i++)
		missed += !ring_writer_is_read(writer.writer);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(missed, 0);
	ring_reader_detach(ring);
	end();
}

static void an_attachment_is_used_again_by_the_next_reader(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_LAST, 1);
	struct tern_delivery delivery;

	begin(&test_Tick_type, &qos);
	for (uint64_t i = 0; i < 500; i++) {
		struct ring_reader *ring =
			attach_with(&reader, &test_Tick_type, true, false, 64);
		OK(write_tick(i));
		OK(ring_reader_peek(ring, &delivery));
		CU_ASSERT_EQUAL(number_of(&delivery), i);
		CU_ASSERT_EQUAL(ring_reader_peek(ring, &delivery), TERN_OK);
		ring_reader_detach(ring);
	}
	CU_ASSERT_EQUAL(segment_header(reader.segment)->attachment_count, 1);
	struct segment_usage usage;
	segment_usage_get(reader.segment, &usage);
	CU_ASSERT_TRUE(usage.used_bytes < 200000);
	end();
}

static void a_closed_writer_stays_until_its_readers_have_left(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_ALL, 1);
	struct tern_delivery held, delivery;
	struct ring_reader *late;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, true, 4);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Tick_type);
	OK(write_tick(1));
	OK(write_tick(2));
	ring_process_close_writer(&writer);
	CU_ASSERT_FALSE(ring_writer_collect(writer.writer));
	/* Who comes too late is told. */
	CU_ASSERT_EQUAL(ring_reader_attach(&config, &late), TERN_ECLOSED);
	CU_ASSERT_FALSE(ring_reader_is_drained(ring));
	OK(ring_take(ring, &held));
	OK(ring_reader_peek(ring, &delivery));
	ring_reader_pop(ring);
	CU_ASSERT_TRUE(ring_reader_is_drained(ring));
	ring_reader_detach(ring);
	CU_ASSERT_FALSE(ring_writer_collect(writer.writer));
	CU_ASSERT_EQUAL(number_of(&held), 1);
	tern_payload_unref(held.payload);
	CU_ASSERT_TRUE(ring_writer_collect(writer.writer));
	writer.writer = NULL;
	end();
}

static void a_reader_that_watches_is_rung(void)
{
	const struct tern_qos qos = qos_of(TERN_BEST_EFFORT, TERN_KEEP_LAST, 1);
	struct tern_bell *bell = &reader.bells->bells[5];

	begin(&test_Tick_type, &qos);
	bell = &reader.bells->bells[5];
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, false, false, 4);
	OK(write_tick(1));
	bell->state = TERN_BELL_PARKED;
	OK(write_tick(2));
	CU_ASSERT_EQUAL(bell->state, TERN_BELL_PARKED);
	ring_reader_watch(ring, UINT64_C(1) << 5);
	OK(write_tick(3));
	CU_ASSERT_EQUAL(bell->state, TERN_BELL_QUIET);
	ring_reader_watch(ring, 0);
	bell->state = TERN_BELL_PARKED;
	OK(write_tick(4));
	CU_ASSERT_EQUAL(bell->state, TERN_BELL_PARKED);
	ring_reader_detach(ring);
	end();
}

static void a_cancelled_write_leaves_nothing(void)
{
	const struct tern_qos qos = qos_of(TERN_RELIABLE, TERN_KEEP_LAST, 1);
	const test_Tick tick = { .number = 1 };
	struct tern_delivery delivery;

	begin(&test_Tick_type, &qos);
	struct ring_reader *ring = attach_with(&reader, &test_Tick_type, true, false, 4);
	for (int i = 0; i < 1000; i++) {
		struct tern_outgoing outgoing = {
			.type = writer.type,
			.sample = &tick,
			.source_timestamp_ns = ++writer.timestamp_ns,
		};
		OK(ring_writer_reserve(writer.writer, &outgoing));
		ring_writer_cancel(writer.writer, &outgoing);
	}
	CU_ASSERT_EQUAL(ring_reader_peek(ring, &delivery), TERN_EAGAIN);
	CU_ASSERT_TRUE(descriptors() <= 32);
	OK(write_tick(9));
	OK(ring_reader_peek(ring, &delivery));
	CU_ASSERT_EQUAL(number_of(&delivery), 9);
	CU_ASSERT_EQUAL(delivery.sequence_number, 1);
	ring_reader_detach(ring);
	end();
}

#define TEST(name)                                                                       \
	{                                                                                \
#name, name                                                              \
	}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		TEST(what_is_written_is_read_in_place),
		TEST(a_best_effort_reader_that_is_lapped_counts_what_it_lost),
		TEST(what_a_reader_holds_is_not_written_again),
		TEST(beyond_its_claims_a_reader_copies_out),
		TEST(one_that_holds_back_leaves_it_in_the_ring),
		TEST(a_writer_that_keeps_all_waits_for_its_readers),
		TEST(a_writer_that_waits_goes_on_when_readers_have_taken),
		TEST(a_writer_that_waits_goes_on_when_its_reader_leaves),
		TEST(a_sample_with_pointers_is_read_in_place),
		TEST(a_published_loan_is_not_copied),
		TEST(a_reader_of_another_layout_gets_the_encoded_form),
		TEST(ends_of_instances_bring_their_key),
		TEST(large_samples_use_little_memory_again_and_again),
		TEST(one_that_begins_behind_what_is_left_begins_with_that),
		TEST(a_writer_without_memory_says_so_and_recovers),
		TEST(nothing_is_recycled_while_a_reader_could_not_be_looked_at),
		TEST(many_readers_each_get_everything),
		TEST(one_that_still_joins_holds_back_and_is_no_pair),
		TEST(one_that_becomes_active_counts_all_the_while),
		TEST(an_attachment_is_used_again_by_the_next_reader),
		TEST(a_closed_writer_stays_until_its_readers_have_left),
		TEST(a_reader_that_watches_is_rung),
		TEST(a_cancelled_write_leaves_nothing),
	};

	return SUITE_RUN(argc, argv, tests);
}
