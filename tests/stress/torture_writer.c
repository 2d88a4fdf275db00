/* A writing process of the torture test: writes to all topics until it is told to end, or killed. */
#include <stdio.h>
#include <time.h>

#include "torture.h"

struct process {
	struct board *board;
	struct cell *cell;
	uint64_t random;
	struct tern_participant *participant;
	struct tern_writer *writers[TOPICS];
	uint64_t next[TOPICS];
	int64_t held_back_since_ns[TOPICS]; /* 0: it is not */
};

static void pause_ns(int64_t length_ns)
{
	const struct timespec length = { .tv_nsec = (long)length_ns };

	nanosleep(&length, NULL);
}

/* Time-outs are fine as long as a stopped reader may be the cause. */
static void note_time_out(struct process *process, int i)
{
	int64_t *since_ns = &process->held_back_since_ns[i];

	atomic_fetch_add(&process->cell->time_outs, 1);
	if (*since_ns == 0)
		*since_ns = now_ns();
	else if (now_ns() - *since_ns > STALL_NS)
		torture_fail(process->cell, "%s: held back for too long: %s",
		             topics[i].name, tern_error_text());
}

static bool write_one(struct process *process, int i)
{
	const struct identity identity = {
		.id = (int32_t)(process->next[i] % INSTANCES),
		.writer = atomic_load(&process->cell->writer),
		.count = process->next[i],
	};
	bool as_loan = torture_random(&process->random) % 2;

	tern_status s = torture_send(process->writers[i], &topics[i], &identity, as_loan);
	if (s == TERN_ETIMEDOUT) {
		note_time_out(process, i);
		return false;
	}
	if (s < 0)
		torture_fail(process->cell, "%s: write: %s", topics[i].name,
		             tern_error_text());
	process->held_back_since_ns[i] = 0;
	process->next[i]++;
	atomic_fetch_add(&process->cell->samples, 1);
	return true;
}

static void write_some(struct process *process)
{
	int i = (int)(torture_random(&process->random) % TOPICS);
	uint64_t burst = 1 + torture_random(&process->random) % 40;

	for (; burst > 0; burst--) {
		atomic_fetch_add(&process->cell->heartbeat, 1);
		if (!write_one(process, i))
			return;
	}
}

/* Who lives is matched, and who died is not any more. As many as live would not do: a dead reader
 * may still count while a new one has not joined yet, and to that one nothing is promised. */
static void await_readers(struct process *process, int i)
{
	int64_t deadline_ns = now_ns() + STALL_NS;

	while (!torture_serves_all(process->board, process->participant,
	                           process->writers[i], i)) {
		if (atomic_load(&process->board->phase) == PHASE_TELL)
			return;
		if (now_ns() > deadline_ns) {
			snprintf(process->cell->failure, sizeof process->cell->failure,
			         "%s: other readers are matched than those that live",
			         topics[i].name);
			torture_fail_pair(process->board, process->cell,
			                  process->participant, i);
		}
		pause_ns(MS_NS);
		atomic_fetch_add(&process->cell->heartbeat, 1);
	}
}

/* So many samples to all readers that the last of each instance must have come to them. */
static void close_round(struct process *process, uint32_t round)
{
	for (int i = 0; i < TOPICS; i++) {
		await_readers(process, i);
		uint64_t end =
			process->next[i] + INSTANCES * (uint64_t)(topics[i].depth + 1);
		while (process->next[i] < end) {
			write_one(process, i);
			atomic_fetch_add(&process->cell->heartbeat, 1);
		}
		atomic_store(&process->cell->last[i], process->next[i] - 1);
	}
	torture_count_resources(process->cell);
	atomic_store_explicit(&process->cell->round, round, memory_order_release);
}

static void start(struct process *process)
{
	if (tern_participant_create(0, "torture writer", &process->participant) < 0)
		torture_fail(process->cell, "join: %s", tern_error_text());
	for (int i = 0; i < TOPICS; i++) {
		struct tern_qos qos = torture_writer_qos(&topics[i]);
		if (tern_writer_create(process->participant, topics[i].name,
		                       torture_type(&topics[i]), &qos,
		                       &process->writers[i]) < 0)
			torture_fail(process->cell, "writer: %s", tern_error_text());
		process->next[i] = 1;
		process->cell->endpoints[i] = tern_writer_guid(process->writers[i]);
	}
	atomic_store_explicit(&process->cell->has_joined, true, memory_order_release);
}

void torture_write(struct board *board, struct cell *cell, uint64_t seed, uint32_t closed)
{
	struct process process = { .board = board, .cell = cell, .random = seed };
	int phase;

	torture_begin(&process.random);
	start(&process);
	while ((phase = atomic_load_explicit(&board->phase, memory_order_acquire)) !=
	       PHASE_END) {
		uint32_t round = atomic_load(&board->round);
		atomic_fetch_add(&cell->heartbeat, 1);
		if (phase == PHASE_TELL) {
			torture_tell(board, cell, process.participant,
			             atomic_load(&board->topic));
		} else if (phase == PHASE_CLOSE && closed != round) {
			close_round(&process, round);
			closed = round;
		} else if (phase == PHASE_RUN) {
			write_some(&process);
		}
		pause_ns((int64_t)(torture_random(&process.random) % (2 * MS_NS)));
	}
	if (tern_participant_destroy(process.participant) < 0)
		torture_fail(cell, "leave: %s", tern_error_text());
}
