/* Writers and readers in processes of their own that are killed and stopped at any time. What
 * is read is whole and in order, what is held stays, and memory comes back. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ring_fixture.h"
#include "types.h"

#define KEYS 5

/* What the test and its children share. */
struct board {
	_Atomic uint32_t writer_slot; /* + 1; 0: there is none yet */
	_Atomic uint64_t written; /* sequence; the newest that is certainly published */
	_Atomic uint64_t taken;
	_Atomic uint32_t mistakes;
	_Atomic bool stop;
	_Atomic bool ready;
	struct tern_qos qos;
	bool reliable, holds_back, wants_history;
	int64_t timeout_ns;
	uint32_t held_max;
};

static struct board *board;

static struct board *board_make(void)
{
	board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_TRUE_FATAL(board != MAP_FAILED);
	board->qos = tern_qos_writer_default();
	return board;
}

static void board_free(void)
{
	CU_ASSERT_EQUAL(board->mistakes, 0);
	munmap(board, sizeof *board);
}

static void mistake(const char *what, uint64_t wanted, uint64_t got)
{
	if (atomic_fetch_add(&board->mistakes, 1) < 10)
		fprintf(stderr, "%s: wanted %llu, got %llu\n", what,
		        (unsigned long long)wanted, (unsigned long long)got);
}

/* ---- content that tells whether it is whole ------------------------------------------------- */

static uint64_t mix(uint64_t number)
{
	number ^= number >> 33;
	number *= UINT64_C(0xff51afd7ed558ccd);
	return number ^ number >> 29;
}

static void fill(test_Point *point, uint64_t sequence)
{
	point->id = (int32_t)(sequence % KEYS);
	point->number = (int32_t)sequence;
	point->value = (double)(mix(sequence) >> 12);
}

static void check(const test_Point *point, uint64_t sequence)
{
	if (point->id != (int32_t)(sequence % KEYS))
		mistake("id", sequence % KEYS, (uint64_t)point->id);
	if (point->number != (int32_t)sequence)
		mistake("number", sequence, (uint64_t)point->number);
	if (point->value != (double)(mix(sequence) >> 12))
		mistake("value of", sequence, (uint64_t)point->number);
}

/* ---- children ------------------------------------------------------------------------------ */

static int write_on(void *context)
{
	static struct ring_process process;
	uint64_t sequence = 0;

	(void)context;
	ring_process_begin(&process, 0);
	ring_process_create_writer(&process, &test_Point_type, &board->qos);
	process.timeout_ns = board->timeout_ns;
	atomic_store(&board->writer_slot, process.slot + 1);
	while (!atomic_load(&board->stop)) {
		test_Point point;
		fill(&point, sequence + 1);
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { (uint8_t)point.id };
		if (ring_process_send(&process, TERN_CHANGE_WRITE, &point, key_hash) < 0)
			continue;
		atomic_store(&board->written, ++sequence);
	}
	ring_process_end(&process);
	return 0;
}

struct held {
	struct tern_payload *payload;
	uint64_t sequence;
};

struct follower {
	struct ring_process process;
	struct ring_reader *ring;
	uint64_t last;         /* sequence */
	uint64_t newest[KEYS]; /* of each instance */
	struct held held[16];
	uint32_t held_count;
};

static void follow_begin(struct follower *follower)
{
	memset(follower, 0, sizeof *follower);
	ring_process_begin(&follower->process, 0);
	struct ring_reader_config config = ring_process_reader_config(
		&follower->process, atomic_load(&board->writer_slot) - 1,
		&test_Point_type);
	config.reliable = board->reliable;
	config.holds_back = board->holds_back;
	config.wants_history = board->wants_history;
	config.claim_count = 16;
	OK(ring_reader_attach(&config, &follower->ring));
}

static void hold(struct follower *follower, struct tern_payload *payload,
                 uint64_t sequence)
{
	uint32_t place = (uint32_t)(sequence % (board->held_max ? board->held_max : 1));

	if (board->held_max == 0) {
		tern_payload_unref(payload);
		return;
	}
	struct held *held = &follower->held[place];
	if (held->payload) {
		check(held->payload->data, held->sequence);
		tern_payload_unref(held->payload);
	}
	*held = (struct held){ payload, sequence };
}

/* @return false: nothing there */
static bool follow(struct follower *follower)
{
	struct tern_delivery delivery;
	tern_status s = ring_take(follower->ring, &delivery);

	if (s == TERN_EAGAIN) {
		ring_reader_flush(follower->ring);
		return false;
	}
	if (s < 0) {
		mistake(tern_error_text(), TERN_OK, (uint64_t)s);
		return false;
	}
	const test_Point *point = delivery.payload->data;
	/* The fixture's timestamps count from 1000, the test's samples from 0. */
	uint64_t number = (uint64_t)delivery.source_timestamp_ns - 1000;
	if (board->holds_back)
		number = (uint64_t)
		                 point->number; /* a write that timed out took one, too */
	check(point, number);
	if (number <= follower->last)
		mistake("order", follower->last + 1, number);
	if (board->holds_back && follower->last && number != follower->last + 1)
		mistake("next", follower->last + 1, number);
	follower->newest[number % KEYS] = number;
	follower->last = number;
	hold(follower, delivery.payload, number);
	atomic_store(&board->taken, number);
	return true;
}

static void follow_end(struct follower *follower)
{
	ring_reader_detach(follower->ring);
	for (uint32_t i = 0; i < 16; i++)
		if (follower->held[i].payload) {
			check(follower->held[i].payload->data,
			      follower->held[i].sequence);
			tern_payload_unref(follower->held[i].payload);
		}
	ring_process_end(&follower->process);
}

static int read_on(void *context)
{
	static struct follower follower;

	(void)context;
	follow_begin(&follower);
	while (!atomic_load(&board->stop))
		if (!follow(&follower))
			usleep(50);
	follow_end(&follower);
	return 0;
}

static bool has_writer(void *context)
{
	(void)context;
	return atomic_load(&board->writer_slot) != 0;
}

static pid_t start_writer(void)
{
	atomic_store(&board->writer_slot, 0);
	atomic_store(&board->written, 0);
	pid_t pid = shm_child(write_on, NULL);
	CU_ASSERT_TRUE_FATAL(suite_wait_until(has_writer, NULL, 10 * SUITE_SECOND_NS));
	return pid;
}

static bool has_written(void *context)
{
	return atomic_load(&board->written) >= *(const uint64_t *)context;
}

static bool has_taken(void *context)
{
	return atomic_load(&board->taken) >= *(const uint64_t *)context;
}

static bool wait_written(uint64_t sequence)
{
	return suite_wait_until(has_written, &sequence, 20 * SUITE_SECOND_NS);
}

static bool wait_taken(uint64_t sequence)
{
	return suite_wait_until(has_taken, &sequence, 20 * SUITE_SECOND_NS);
}

static uint32_t random_state = 1;

static uint32_t roll(uint32_t sides)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % sides;
}

/* ---- tests --------------------------------------------------------------------------------- */

/* Reliable KEEP_LAST: the last of each instance must have come, though the writer is dead. What
 * the board says was written was; one more may have been. */
static void check_drained(struct follower *follower, uint64_t written)
{
	while (follow(follower))
		;
	if (!ring_reader_is_drained(follower->ring))
		mistake("drained", 1, 0);
	for (uint64_t i = written - KEYS + 1; i <= written; i++)
		if (follower->newest[i % KEYS] < i)
			mistake("the last of an instance", i, follower->newest[i % KEYS]);
}

static void a_dead_writers_ring_is_read_to_its_end(void)
{
	static struct follower follower;

	shm_directory_make(0700);
	board_make();
	board->reliable = true;
	for (int i = 0; i < 40; i++) {
		board->qos.durability = i % 2 ? TERN_TRANSIENT_LOCAL : TERN_VOLATILE;
		board->wants_history = i % 2;
		board->held_max = (uint32_t)i % 9;
		pid_t pid = start_writer();
		follow_begin(&follower);
		uint64_t first = atomic_load(&board->written);
		CU_ASSERT_TRUE_FATAL(wait_written(first + 2 * KEYS + roll(3000)));
		for (uint32_t j = roll(500); j > 0; j--)
			follow(&follower);
		usleep(roll(500));
		shm_child_kill(pid);
		check_drained(&follower, atomic_load(&board->written));
		follow_end(&follower);
	}
	board_free();
	shm_directory_remove();
}

struct writer_thread {
	struct ring_process process;
	uint32_t descriptors_max;
};

static void *write_here(void *argument)
{
	struct writer_thread *thread = argument;
	uint64_t sequence = 0;

	while (!atomic_load(&board->stop)) {
		test_Point point;
		struct ring_writer_usage usage;
		fill(&point, sequence + 1);
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { (uint8_t)point.id };
		tern_status s = ring_process_send(&thread->process, TERN_CHANGE_WRITE,
		                                  &point, key_hash);
		if (s == TERN_OK)
			atomic_store(&board->written, ++sequence);
		else if (s != TERN_ETIMEDOUT)
			mistake(tern_error_text(), 0, (uint64_t)s);
		ring_writer_usage_get(thread->process.writer, &usage);
		if (usage.descriptors > thread->descriptors_max)
			thread->descriptors_max = usage.descriptors;
	}
	return NULL;
}

static void run_dying_readers(tern_history history, uint32_t readers, uint32_t kills)
{
	static struct writer_thread writer;
	pid_t pids[8];
	pthread_t thread;

	shm_directory_make(0700);
	board_make();
	board->reliable = true;
	board->holds_back = history == TERN_KEEP_ALL;
	board->held_max = 9;
	board->qos.history = history;
	memset(&writer, 0, sizeof writer);
	ring_process_begin(&writer.process, 0);
	ring_process_create_writer(&writer.process, &test_Point_type, &board->qos);
	writer.process.timeout_ns = SUITE_SECOND_NS;
	atomic_store(&board->writer_slot, writer.process.slot + 1);
	for (uint32_t i = 0; i < readers; i++)
		pids[i] = shm_child(read_on, NULL);
	pthread_create(&thread, NULL, write_here, &writer);
	for (uint32_t i = 0; i < kills; i++) {
		uint32_t which = roll(readers);
		if (roll(4) == 0) {
			kill(pids[which], SIGSTOP);
			usleep(roll(30000));
			kill(pids[which], SIGCONT);
		}
		uint64_t now = atomic_load(&board->written);
		/* It goes on, whoever died. */
		if (!wait_written(now + 1 + roll(2000)))
			mistake("progress", now, atomic_load(&board->written));
		shm_child_kill(pids[which]);
		pids[which] = shm_child(read_on, NULL);
	}
	atomic_store(&board->stop, true);
	pthread_join(thread, NULL);
	for (uint32_t i = 0; i < readers; i++)
		CU_ASSERT_EQUAL(shm_child_wait(pids[i]), 0);
	/* Ring, history, what nine a reader and the dead among them claimed, and some spare. */
	CU_ASSERT_TRUE(writer.descriptors_max < 256 + 2 * KEYS + 16 * 2 * readers + 64);
	ring_process_end(&writer.process);
	board_free();
	shm_directory_remove();
}

static void readers_that_die_holding_samples_stop_nobody(void)
{
	run_dying_readers(TERN_KEEP_LAST, 3, 25);
}

static void readers_that_die_while_a_writer_waits_for_them_stop_nobody(void)
{
	run_dying_readers(TERN_KEEP_ALL, 3, 25);
}

static void a_stopped_reader_holds_a_writer_back_only_until_its_deadline(void)
{
	static struct ring_process process;
	test_Point point;
	uint64_t sequence = 0;

	shm_directory_make(0700);
	board_make();
	board->reliable = true;
	board->holds_back = true;
	board->qos.history = TERN_KEEP_ALL;
	ring_process_begin(&process, 0);
	ring_process_create_writer(&process, &test_Point_type, &board->qos);
	process.timeout_ns = 20 * SUITE_SECOND_NS;
	atomic_store(&board->writer_slot, process.slot + 1);
	pid_t pid = shm_child(read_on, NULL);
	do {
		fill(&point, ++sequence);
		OK(ring_process_write(&process, &point));
	} while (atomic_load(&board->taken) == 0);
	kill(pid, SIGSTOP);
	process.timeout_ns = 40 * SUITE_MILLISECOND_NS;
	tern_status s;
	for (s = TERN_OK; s == TERN_OK; sequence += s == TERN_OK) {
		fill(&point, sequence + 1);
		s = ring_process_write(&process, &point);
	}
	CU_ASSERT_EQUAL(s, TERN_ETIMEDOUT);
	/* It goes on and misses nothing (follow() looks). */
	kill(pid, SIGCONT);
	process.timeout_ns = 20 * SUITE_SECOND_NS;
	for (int i = 0; i < 1000; i++) {
		fill(&point, ++sequence);
		OK(ring_process_write(&process, &point));
	}
	CU_ASSERT_TRUE(wait_taken(sequence));
	atomic_store(&board->stop, true);
	CU_ASSERT_EQUAL(shm_child_wait(pid), 0);
	ring_process_end(&process);
	board_free();
	shm_directory_remove();
}

#define TEST(name)                                                                       \
	{                                                                                \
#name, name                                                              \
	}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		TEST(a_dead_writers_ring_is_read_to_its_end),
		TEST(readers_that_die_holding_samples_stop_nobody),
		TEST(readers_that_die_while_a_writer_waits_for_them_stop_nobody),
		TEST(a_stopped_reader_holds_a_writer_back_only_until_its_deadline),
	};

	return SUITE_RUN(argc, argv, tests);
}
