/* The other side of a ring writes what it likes into its own memory, before and while we read
 * it: it may lose what it could have had, and nothing else happens. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ring_fixture.h"
#include "types.h"

static struct ring_process writer, reader;
static uint32_t random_state;
static volatile uint64_t sink;

static uint32_t roll(uint32_t sides)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % sides;
}

/* Numbers that have hurt somebody before. */
static uint64_t bad_number(void)
{
	static const uint64_t bad[] = {
		0,
		1,
		2,
		63,
		64,
		0xff,
		4096,
		1 << 20,
		UINT32_MAX,
		INT64_MAX,
		UINT64_MAX,
		UINT64_MAX - 63,
		UINT64_C(1) << 63,
		UINT64_C(1) << 44,
	};
	uint64_t number = bad[roll(sizeof bad / sizeof *bad)];

	if (roll(3) == 0)
		number = (uint64_t)roll(UINT32_MAX) << 32 | roll(UINT32_MAX);
	if (roll(3) == 0)
		number &= 0xfffff; /* an offset that may be in the file */
	return number;
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

/* All of a process's own file that is in its first extent. */
static uint64_t *words_of(struct ring_process *process, uint64_t offset)
{
	CU_ASSERT_TRUE_FATAL(offset < (1 << 20));
	return (uint64_t *)((uint8_t *)segment_header(process->segment) + offset);
}

/* ---- a hostile writer ---------------------------------------------------------------------- */

static void read_all_of(const struct tern_delivery *delivery)
{
	const uint8_t *bytes = delivery->payload ? delivery->payload->data : NULL;

	for (size_t i = 0; bytes && i < delivery->payload->size_bytes; i++)
		sink += bytes[i];
}

/* @return false: the pair is broken */
static bool poll(struct ring_reader *ring, struct tern_payload **held)
{
	struct tern_delivery delivery;

	for (int i = 0; i < 50; i++) {
		tern_status s = ring_take(ring, &delivery);
		if (s == TERN_EAGAIN || s == TERN_ELIMIT)
			return true;
		if (s < 0) {
			CU_ASSERT_TRUE(s == TERN_EMALFORMED || s == TERN_EUNSUPPORTED);
			return false;
		}
		read_all_of(&delivery);
		if (roll(4)) {
			tern_payload_unref(delivery.payload);
			continue;
		}
		uint32_t place = roll(8);
		tern_payload_unref(held[place]);
		held[place] = delivery.payload;
	}
	return true;
}

static void write_some(const struct tern_type *type, uint32_t count)
{
	test_Inner inner = { .text = (char *)(uintptr_t) "inner" };
	test_Note note = { .who = (char *)(uintptr_t) "who",
		           .text = (char *)(uintptr_t) "some text",
		           .few = { inner, inner },
		           .elsewhere = &inner };
	test_Point point = { .number = 5 };

	note.choice._d = 2;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { (uint8_t)roll(10) };
		(void)ring_process_send(&writer, TERN_CHANGE_WRITE,
		                        type == &test_Note_type ? (void *)&note : &point,
		                        key_hash);
	}
}

/* Where its ring is, and what is near: descriptors, history, payloads. */
static void spoil(uint64_t ring_offset, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t where = roll(2) ? roll(256) : roll(8192);
		atomic_store_explicit((_Atomic uint64_t *)words_of(&writer, ring_offset) +
		                              where,
		                      bad_number(), memory_order_relaxed);
	}
}

static void run_spoilt_ring(const struct tern_type *type, uint32_t seed)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_payload *held[8] = { 0 };
	struct ring_reader *ring;

	random_state = seed;
	qos.durability = seed % 2 ? TERN_TRANSIENT_LOCAL : TERN_VOLATILE;
	begin(type, &qos);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, type);
	config.reliable = seed % 3 != 0;
	config.wants_history = seed % 2;
	config.claim_count = 4;
	const uint64_t ring_offset = config.ring;
	write_some(type, roll(100));
	bool spoil_first = roll(2);
	if (spoil_first)
		spoil(ring_offset, 1 + roll(20));
	if (roll(10) == 0)
		config.ring = bad_number();
	tern_status s = ring_reader_attach(&config, &ring);
	CU_ASSERT_TRUE(s == TERN_OK || s == TERN_EMALFORMED || s == TERN_EUNSUPPORTED);
	bool attached = s == TERN_OK;
	/* The writer itself is not asked to live with its spoilt ring. */
	if (attached && !spoil_first)
		write_some(type, roll(200));
	for (int i = 0; attached && i < 20 && poll(ring, held); i++)
		spoil(ring_offset, 1 + roll(4));
	if (attached)
		ring_reader_detach(ring);
	for (int i = 0; i < 8; i++)
		tern_payload_unref(held[i]);
	/* Its arrays cannot be given back any more: make their offsets none. */
	memset(words_of(&writer, ring_offset), 0, sizeof(struct shm_ring));
	end();
}

static void a_spoilt_ring_breaks_the_pair_at_worst(void)
{
	for (uint32_t seed = 1; seed <= 300; seed++)
		run_spoilt_ring(seed % 4 ? &test_Point_type : &test_Note_type, seed);
}

/* Each thing that a descriptor says, made wrong by itself. */
struct lie {
	const char *what;
	tern_change_kind kind;
	void (*tell)(struct shm_descriptor *descriptor);
};

#define LIE(name, field, value)                                                          \
	static void name(struct shm_descriptor *descriptor)                              \
	{                                                                                \
		descriptor->field = (value);                                             \
	}

LIE(lie_kind, kind, 4)
LIE(lie_blocks, block_count, TERN_LOAN_BLOCKS_MAX + 1)
LIE(lie_sequence, sequence, descriptor->sequence + 1)
LIE(lie_past, source_timestamp_ns, -1)
LIE(lie_future, source_timestamp_ns, INT64_MAX)
LIE(lie_sample, sample, UINT64_C(1) << 40)
LIE(lie_sample_end, sample, (1 << 20) - 8)
LIE(lie_sample_header, sample, descriptor->sample + 1)
LIE(lie_block_offset, blocks[0].offset, UINT64_MAX)
LIE(lie_block_size, blocks[0].size_bytes, UINT64_MAX)
LIE(lie_block_size_0, blocks[0].size_bytes, 0)
LIE(lie_encoded_offset, encoded.offset, UINT64_MAX - 8)
LIE(lie_encoded_size, encoded.size_bytes, UINT64_C(1) << 40)

static void check_lie(const struct tern_type *type, const struct lie *lie)
{
	struct tern_qos qos = tern_qos_writer_default();
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { 0 };
	test_Note note = { .who = (char *)(uintptr_t) "who" };
	const test_Point point = { .id = 1 };
	struct tern_delivery delivery;
	struct ring_reader *ring;

	note.elsewhere = &note.few[0];
	begin(type, &qos);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, type);
	OK(ring_reader_attach(&config, &ring));
	OK(ring_process_send(&writer, lie->kind,
	                     type == &test_Note_type ? (const void *)&note : &point,
	                     key_hash));
	struct shm_ring *theirs = (struct shm_ring *)words_of(&writer, config.ring);
	struct shm_descriptor *descriptors = (struct shm_descriptor *)words_of(
		&writer, atomic_load(&theirs->descriptors.blocks[0]));
	lie->tell(&descriptors[shm_word_descriptor(atomic_load(&theirs->slots[1]))]);
	if (ring_reader_peek(ring, &delivery) != TERN_EMALFORMED) {
		fprintf(stderr, "believed: %s\n", lie->what);
		CU_FAIL("a lie was believed");
	}
	ring_reader_detach(ring);
	end();
}

static void each_lie_of_a_descriptor_is_noticed(void)
{
	static const struct lie lies[] = {
		{ "kind", TERN_CHANGE_WRITE, lie_kind },
		{ "number of blocks", TERN_CHANGE_WRITE, lie_blocks },
		{ "sequence", TERN_CHANGE_WRITE, lie_sequence },
		{ "past", TERN_CHANGE_WRITE, lie_past },
		{ "future", TERN_CHANGE_WRITE, lie_future },
		{ "sample", TERN_CHANGE_WRITE, lie_sample },
		{ "sample's end", TERN_CHANGE_WRITE, lie_sample_end },
		{ "sample's alignment", TERN_CHANGE_WRITE, lie_sample_header },
		{ "encoded", TERN_CHANGE_DISPOSE, lie_encoded_offset },
		{ "encoded size", TERN_CHANGE_DISPOSE, lie_encoded_size },
	};
	static const struct lie of_blocks[] = {
		{ "block", TERN_CHANGE_WRITE, lie_block_offset },
		{ "block's size", TERN_CHANGE_WRITE, lie_block_size },
		{ "block of nothing", TERN_CHANGE_WRITE, lie_block_size_0 },
	};

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		check_lie(&test_Point_type, &lies[i]);
		check_lie(&test_Note_type, &lies[i]);
	}
	for (size_t i = 0; i < sizeof of_blocks / sizeof *of_blocks; i++)
		check_lie(&test_Note_type, &of_blocks[i]);
}

struct scribbler {
	_Atomic uint64_t *words;
	_Atomic bool stop;
};

static void *scribble(void *argument)
{
	struct scribbler *scribbler = argument;
	uint64_t state = 88172645463325252u;

	while (!atomic_load(&scribbler->stop)) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		uint64_t number = state >> 20;
		if (state & 1) /* a word that looks right */
			number = shm_word(1 + state % 4096, (uint32_t)(state >> 40) % 64);
		atomic_store_explicit(&scribbler->words[16 + (state >> 32) % 4096],
		                      number, memory_order_relaxed);
	}
	return NULL;
}

static void a_ring_that_is_scribbled_on_breaks_the_pair_at_worst(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct scribbler scribbler = { 0 };
	struct tern_payload *held[8] = { 0 };
	struct ring_reader *ring;
	pthread_t thread;

	begin(&test_Note_type, &qos);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Note_type);
	write_some(&test_Note_type, 100);
	scribbler.words = (_Atomic uint64_t *)words_of(&writer, config.ring);
	pthread_create(&thread, NULL, scribble, &scribbler);
	int64_t until_ns = suite_monotonic_ns() + SUITE_SECOND_NS;
	for (uint32_t i = 0; suite_monotonic_ns() < until_ns; i++) {
		config.reliable = i % 2;
		config.wants_history = i % 3 == 0;
		config.claim_count = 1 + i % 5;
		if (ring_reader_attach(&config, &ring) < 0)
			continue;
		for (int j = 0; j < 10 && poll(ring, held); j++)
			;
		ring_reader_detach(ring);
	}
	atomic_store(&scribbler.stop, true);
	pthread_join(thread, NULL);
	for (int i = 0; i < 8; i++)
		tern_payload_unref(held[i]);
	memset(words_of(&writer, config.ring), 0, sizeof(struct shm_ring));
	end();
}

/* ---- a hostile reader ---------------------------------------------------------------------- */

/* An attachment without a reader behind it: all of it is the test's. */
static struct shm_attachment *forge(uint32_t flags, _Atomic uint32_t **ret_claims)
{
	uint64_t offset;
	uint32_t index;
	struct shm_attachment *attachment =
		ring_attachment_find_free(reader.segment, &index);

	CU_ASSERT_PTR_NOT_NULL_FATAL(attachment);
	*ret_claims = segment_alloc(reader.segment, 64 * sizeof **ret_claims, &offset);
	memset((void *)*ret_claims, 0, 64 * sizeof **ret_claims);
	attachment->writer_slot = writer.slot;
	attachment->writer_generation = writer.generation;
	attachment->writer_serial = 1;
	attachment->flags = flags;
	attachment->claim_count = 64;
	attachment->claims = offset;
	atomic_store(&attachment->cursor, 1);
	atomic_store(&attachment->state, 1 << 8 | SHM_ATTACHMENT_ACTIVE);
	atomic_fetch_add(&writer.bells->attach_epoch, 1);
	return attachment;
}

static void changed(void)
{
	atomic_fetch_add(&writer.bells->attach_epoch, 1);
}

static void a_cursor_that_lies_holds_a_writer_back_until_its_deadline(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	const test_Tick tick = { 0 };
	_Atomic uint32_t *claims;
	uint32_t written = 0;

	qos.history = TERN_KEEP_ALL;
	begin(&test_Tick_type, &qos);
	struct shm_attachment *attachment =
		forge(SHM_ATTACHMENT_RELIABLE | SHM_ATTACHMENT_HOLDS_BACK, &claims);
	/* Ahead of what was ever written: as if it had read all. */
	atomic_store(&attachment->cursor, UINT64_MAX);
	for (uint32_t i = 0; i < 1000; i++)
		OK(ring_process_write(&writer, &tick));
	/* Far behind: as slow as a reader can be. */
	atomic_store(&attachment->cursor, 0);
	writer.timeout_ns = 30 * SUITE_MILLISECOND_NS;
	while (written < 1000 && ring_process_write(&writer, &tick) == TERN_OK)
		written++;
	CU_ASSERT_TRUE(written <= 256);
	int64_t begun_ns = suite_monotonic_ns();
	CU_ASSERT_EQUAL(ring_process_write(&writer, &tick), TERN_ETIMEDOUT);
	CU_ASSERT_TRUE(suite_monotonic_ns() - begun_ns < 10 * SUITE_SECOND_NS);
	atomic_store(&attachment->state, 1 << 8 | SHM_ATTACHMENT_FREE);
	changed();
	OK(ring_process_write(&writer, &tick));
	end();
}

static void claims_that_lie_keep_no_more_than_they_say(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	const test_Tick tick = { 0 };
	struct ring_writer_usage usage;
	_Atomic uint32_t *claims;

	begin(&test_Tick_type, &qos);
	struct shm_attachment *attachment = forge(SHM_ATTACHMENT_RELIABLE, &claims);
	for (uint32_t i = 0; i < 20000; i++) {
		atomic_store(&claims[roll(64)], (uint32_t)bad_number());
		atomic_store(&claims[roll(64)], roll(200));
		OK(ring_process_write(&writer, &tick));
	}
	ring_writer_usage_get(writer.writer, &usage);
	CU_ASSERT_TRUE(usage.descriptors < 64 + 2 + 64 + 64);
	atomic_store(&attachment->state, 1 << 8 | SHM_ATTACHMENT_FREE);
	end();
}

static void attachments_that_cannot_be_are_refused(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	const test_Tick tick = { 0 };
	_Atomic uint32_t *claims;

	begin(&test_Tick_type, &qos);
	struct shm_attachment *attachment = forge(SHM_ATTACHMENT_RELIABLE, &claims);
	struct peer *peer = ring_process_peer(&writer, reader.slot);
	for (uint32_t i = 0; i < 2000; i++) {
		attachment->claim_count = (uint32_t)bad_number();
		attachment->claims = bad_number();
		attachment->flags = (uint32_t)bad_number();
		atomic_store(&attachment->cursor, bad_number());
		atomic_store(&attachment->bells, bad_number());
		atomic_store(&attachment->state,
		             (uint64_t)i << 8 | SHM_ATTACHMENT_ACTIVE);
		tern_status s = ring_writer_connect(writer.writer, peer, 0);
		CU_ASSERT_TRUE(s == TERN_OK || s == TERN_EMALFORMED);
		s = ring_process_write(&writer, &tick);
		CU_ASSERT_TRUE(s == TERN_OK || s == TERN_ETIMEDOUT);
	}
	CU_ASSERT_EQUAL(ring_writer_connect(writer.writer, peer, (uint32_t)-1),
	                TERN_EMALFORMED);
	atomic_store(&attachment->state, 1 << 8 | SHM_ATTACHMENT_FREE);
	CU_ASSERT_EQUAL(ring_writer_connect(writer.writer, peer, 0), TERN_ENOTFOUND);
	end();
}

/* What one reader does to its own memory is nothing to another. */
static void an_honest_reader_beside_a_liar_reads_all(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	_Atomic uint32_t *claims;
	struct tern_delivery delivery;
	struct ring_reader *ring;

	begin(&test_Tick_type, &qos);
	struct shm_attachment *attachment = forge(SHM_ATTACHMENT_RELIABLE, &claims);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Tick_type);
	config.reliable = true;
	OK(ring_reader_attach(&config, &ring));
	for (uint64_t i = 0; i < 20000; i++) {
		const test_Tick tick = { .number = i };
		atomic_store(&claims[roll(64)], (uint32_t)bad_number());
		atomic_store(&attachment->cursor, bad_number());
		atomic_store(&attachment->bells, bad_number());
		if (roll(100) == 0)
			atomic_store(&attachment->state,
			             bad_number() << 8 | SHM_ATTACHMENT_ACTIVE);
		if (roll(100) == 0)
			changed();
		OK(ring_process_write(&writer, &tick));
		OK(ring_take(ring, &delivery));
		CU_ASSERT_EQUAL(((const test_Tick *)delivery.payload->data)->number, i);
		tern_payload_unref(delivery.payload);
	}
	ring_reader_detach(ring);
	atomic_store(&attachment->state, 1 << 8 | SHM_ATTACHMENT_FREE);
	end();
}

#define TEST(name)                                                                       \
	{                                                                                \
#name, name                                                              \
	}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		TEST(a_spoilt_ring_breaks_the_pair_at_worst),
		TEST(each_lie_of_a_descriptor_is_noticed),
		TEST(a_ring_that_is_scribbled_on_breaks_the_pair_at_worst),
		TEST(a_cursor_that_lies_holds_a_writer_back_until_its_deadline),
		TEST(claims_that_lie_keep_no_more_than_they_say),
		TEST(attachments_that_cannot_be_are_refused),
		TEST(an_honest_reader_beside_a_liar_reads_all),
	};

	return SUITE_RUN(argc, argv, tests);
}
