/* How the processes of the torture test see their pairs: whether a writer serves just the readers
 * that live, and for people, when something went wrong, what each side knows of the other. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

static bool is_same(const struct tern_guid *a, const struct tern_guid *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* ---- does it serve all? -------------------------------------------------------------------- */

struct census {
	const struct board *board;
	struct tern_guid writer;
	int topic;
	bool serves[PROCESSES];
	bool serves_others;
};

static void count_pair(const struct tern_pair_info *pair, void *context)
{
	struct census *census = context;
	bool found = false;

	if (!pair->matched || !is_same(&pair->writer, &census->writer))
		return;
	for (int i = WRITERS; i < PROCESSES; i++) {
		const struct cell *cell = &census->board->cells[i];
		if (!atomic_load_explicit(&cell->has_joined, memory_order_acquire) ||
		    !is_same(&pair->reader, &cell->endpoints[census->topic]))
			continue;
		census->serves[i] = true;
		found = true;
	}
	census->serves_others = census->serves_others || !found;
}

bool torture_serves_all(const struct board *board, struct tern_participant *participant,
                        const struct tern_writer *writer, int topic)
{
	struct census census = {
		.board = board,
		.writer = tern_writer_guid(writer),
		.topic = topic,
	};
	const struct tern_visitor visitor = { .pair = count_pair, .context = &census };

	tern_participant_visit(participant, &visitor);
	for (int i = WRITERS; i < PROCESSES; i++)
		if (!census.serves[i])
			return false;
	return !census.serves_others;
}

/* ---- for people ---------------------------------------------------------------------------- */

struct teller {
	const struct board *board;
	int process, topic;
};

static void tell_peer(const struct tern_peer_info *peer, void *context)
{
	const struct teller *teller = context;

	fprintf(stderr, "%d: knows process %u at %s\n", teller->process, peer->pid,
	        peer->address);
}

/* Its number, or -1: one that does not live any more. */
static int process_of(const struct teller *teller, const struct tern_guid *endpoint)
{
	for (int i = 0; i < PROCESSES; i++)
		if (is_same(endpoint, &teller->board->cells[i].endpoints[teller->topic]))
			return i;
	return -1;
}

static bool is_of_topic(const struct teller *teller, const struct tern_pair_info *pair)
{
	const struct cell *self = &teller->board->cells[teller->process];

	return is_same(&pair->writer, &self->endpoints[teller->topic]) ||
	       is_same(&pair->reader, &self->endpoints[teller->topic]);
}

static void tell_pair(const struct tern_pair_info *pair, void *context)
{
	const struct teller *teller = context;

	if (!is_of_topic(teller, pair))
		return;
	fprintf(stderr, "%d: %s: writer %d, reader %d: %s, %s %s\n", teller->process,
	        topics[teller->topic].name, process_of(teller, &pair->writer),
	        process_of(teller, &pair->reader),
	        pair->transport ? pair->transport : "no path",
	        pair->matched ? "matched" : "not matched:", pair->reason);
}

void torture_tell(struct board *board, struct cell *cell,
                  struct tern_participant *participant, int topic)
{
	struct teller teller = {
		.board = board,
		.process = (int)(cell - board->cells),
		.topic = topic,
	};
	const struct tern_visitor visitor = {
		.peer = tell_peer,
		.pair = tell_pair,
		.context = &teller,
	};

	if (atomic_exchange(&cell->has_told, true))
		return;
	fprintf(stderr, "%d: is process %d\n", teller.process, (int)getpid());
	tern_participant_visit(participant, &visitor);
}

void torture_fail_pair(struct board *board, struct cell *cell,
                       struct tern_participant *participant, int topic)
{
	const struct timespec tick = { .tv_nsec = MS_NS };

	atomic_store(&board->topic, topic);
	atomic_store_explicit(&cell->has_failed, true, memory_order_release);
	torture_tell(board, cell, participant, topic);
	for (;;) /* until the driver ends it */
		nanosleep(&tick, NULL);
}
