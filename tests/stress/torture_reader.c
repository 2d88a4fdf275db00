/* A reading process of the torture test: takes from all topics, keeps samples lent for a while,
 * and compares what came with what was promised. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "torture.h"

#define TAKE_MAX 64
#define LENT_BATCHES 6
/* While writers run, this long without a sample is a stall. */
#define SILENCE_NS (10 * SECOND_NS)

/* What came of one writer in one instance. */
struct track {
	uint64_t first, last; /* counts; 0: nothing yet */
	uint64_t run;         /* samples up to `last` between which none is missing */
};

struct batch {
	struct tern_sample *samples;
	int32_t count;
};

struct source { /* one topic */
	const struct topic *topic;
	struct tern_reader *reader;
	struct track (*tracks)[INSTANCES]; /* by the writing process's number */
	struct batch lent[LENT_BATCHES];
};

struct process {
	struct board *board;
	struct cell *cell;
	uint64_t random;
	struct tern_participant *participant;
	struct tern_waitset *waitset;
	struct source sources[TOPICS];
};

/* ---- samples ------------------------------------------------------------------------------- */

static struct identity examine(struct process *process, const struct source *source,
                               const struct tern_sample *sample, const char *when)
{
	struct identity identity;
	const char *wrong = torture_examine(source->topic, sample->data, &identity);

	if (wrong)
		torture_fail(process->cell,
		             "%s: %s: %s (instance %d, writer %u, count %llu)",
		             source->topic->name, when, wrong, identity.id,
		             identity.writer, (unsigned long long)identity.count);
	return identity;
}

/* Nothing twice, nothing out of order; and where all is kept, nothing missing in between. */
static void follow(struct process *process, struct source *source,
                   const struct identity *identity)
{
	struct track *track = &source->tracks[identity->writer][identity->id];
	bool follows = identity->count == track->last + INSTANCES;

	if (track->last == 0) {
		track->first = identity->count;
		track->run = 0;
	} else if (identity->count <= track->last) {
		torture_fail(process->cell,
		             "%s: sample %llu of writer %u came after %llu",
		             source->topic->name, (unsigned long long)identity->count,
		             identity->writer, (unsigned long long)track->last);
	} else if (!follows && source->topic->history == TERN_KEEP_ALL) {
		torture_fail(process->cell,
		             "%s: between %llu and %llu of writer %u samples are missing",
		             source->topic->name, (unsigned long long)track->last,
		             (unsigned long long)identity->count, identity->writer);
	}
	track->run = follows ? track->run + 1 : 1;
	track->last = identity->count;
}

/* What was lent must not have changed since. */
static void give_back(struct process *process, struct source *source, struct batch *batch)
{
	for (int32_t i = 0; i < batch->count; i++) {
		if (!batch->samples[i].info.valid_data)
			continue;
		examine(process, source, &batch->samples[i], "while it was lent");
		atomic_fetch_add(&process->cell->lent_checks, 1);
	}
	if (batch->count > 0)
		tern_reader_return(source->reader, batch->samples);
	*batch = (struct batch){ 0 };
}

static int32_t take(struct process *process, struct source *source)
{
	struct batch *batch =
		&source->lent[torture_random(&process->random) % LENT_BATCHES];

	give_back(process, source, batch);
	batch->count = tern_reader_take(source->reader, TAKE_MAX, &batch->samples);
	if (batch->count < 0)
		torture_fail(process->cell, "%s: take: %s", source->topic->name,
		             tern_error_text());
	for (int32_t i = 0; i < batch->count; i++) {
		if (!batch->samples[i].info.valid_data)
			continue;
		struct identity identity =
			examine(process, source, &batch->samples[i], "when it was taken");
		follow(process, source, &identity);
		atomic_fetch_add(&process->cell->samples, 1);
	}
	atomic_fetch_add(&process->cell->heartbeat, 1);
	return batch->count;
}

static void wait_and_take(struct process *process, int64_t *last_ns)
{
	void *ready[TOPICS];

	int32_t count =
		tern_waitset_wait(process->waitset, SILENCE_NS / 2, TOPICS, ready);
	if (count < 0 && count != TERN_ETIMEDOUT)
		torture_fail(process->cell, "wait: %s", tern_error_text());
	for (int32_t i = 0; i < count; i++)
		if (take(process, ready[i]) > 0)
			*last_ns = now_ns();
}

/* ---- rounds -------------------------------------------------------------------------------- */

/* The newest count of an instance when a writer got as far as `last`. */
static uint64_t newest_of(int instance, uint64_t last)
{
	return last - (last - (uint64_t)instance) % INSTANCES;
}

/* Did the last ones of each instance come? Those that are kept for us, and without a gap. */
static bool has_all_of(const struct source *source, const struct cell *writer, int i)
{
	uint32_t number = atomic_load(&writer->writer);
	uint64_t last = atomic_load(&writer->last[i]);

	for (int instance = 0; instance < INSTANCES; instance++) {
		const struct track *track = &source->tracks[number][instance];
		if (track->last != newest_of(instance, last) ||
		    track->run < (uint64_t)source->topic->depth)
			return false;
	}
	return true;
}

static void fail_missing(struct process *process, const struct source *source,
                         const struct cell *writer, int i)
{
	uint32_t number = atomic_load(&writer->writer);
	uint64_t last = atomic_load(&writer->last[i]);
	const struct track *tracks = source->tracks[number];

	snprintf(process->cell->failure, sizeof process->cell->failure,
	         "%s: writer %u got to %llu; of its instances came"
	         " %llu (%llu in a row), %llu (%llu), %llu (%llu), %llu (%llu)",
	         source->topic->name, number, (unsigned long long)last,
	         (unsigned long long)tracks[0].last, (unsigned long long)tracks[0].run,
	         (unsigned long long)tracks[1].last, (unsigned long long)tracks[1].run,
	         (unsigned long long)tracks[2].last, (unsigned long long)tracks[2].run,
	         (unsigned long long)tracks[3].last, (unsigned long long)tracks[3].run);
	torture_fail_pair(process->board, process->cell, process->participant, i);
}

static void check_round(struct process *process, uint32_t round)
{
	int64_t deadline_ns = now_ns() + STALL_NS;

	for (int i = 0; i < TOPICS; i++) {
		struct source *source = &process->sources[i];
		for (int w = 0; w < WRITERS; w++) {
			const struct cell *writer = &process->board->cells[w];
			if (source->topic->reliability != TERN_RELIABLE)
				continue;
			while (!has_all_of(source, writer, i)) {
				if (atomic_load(&process->board->phase) == PHASE_TELL)
					return;
				if (take(process, source) == 0 && now_ns() > deadline_ns)
					fail_missing(process, source, writer, i);
			}
		}
	}
	/* A sample that waits to be taken keeps what its writer had, dead or alive. */
	for (int i = 0; i < TOPICS; i++)
		while (take(process, &process->sources[i]) > 0)
			;
	for (int i = 0; i < TOPICS; i++)
		for (int b = 0; b < LENT_BATCHES; b++)
			give_back(process, &process->sources[i],
			          &process->sources[i].lent[b]);
	torture_count_resources(process->cell);
	atomic_store_explicit(&process->cell->round, round, memory_order_release);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void open_source(struct process *process, int i)
{
	struct source *source = &process->sources[i];
	struct tern_qos qos = torture_reader_qos(&topics[i]);

	source->topic = &topics[i];
	/* Pages that are not touched cost nothing. */
	source->tracks =
		mmap(NULL, WRITERS_EVER * sizeof *source->tracks, PROT_READ | PROT_WRITE,
	             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (source->tracks == MAP_FAILED)
		torture_fail(process->cell, "no memory for what came");
	if (tern_reader_create(process->participant, topics[i].name,
	                       torture_type(&topics[i]), &qos, &source->reader) < 0 ||
	    tern_waitset_attach_reader(process->waitset, source->reader,
	                               TERN_STATUS_DATA_AVAILABLE, source) < 0)
		torture_fail(process->cell, "reader: %s", tern_error_text());
}

static void start(struct process *process)
{
	if (tern_participant_create(0, "torture reader", &process->participant) < 0 ||
	    tern_waitset_create(process->participant, &process->waitset) < 0)
		torture_fail(process->cell, "join: %s", tern_error_text());
	for (int i = 0; i < TOPICS; i++) {
		open_source(process, i);
		process->cell->endpoints[i] =
			tern_reader_guid(process->sources[i].reader);
	}
	atomic_store_explicit(&process->cell->has_joined, true, memory_order_release);
}

/* In the quiet phases: nothing need be woken for. */
static void take_all(struct process *process)
{
	void *ready[TOPICS];

	if (tern_waitset_wait(process->waitset, 10 * MS_NS, TOPICS, ready) == TERN_ENOMEM)
		torture_fail(process->cell, "wait: %s", tern_error_text());
	for (int i = 0; i < TOPICS; i++)
		take(process, &process->sources[i]);
}

void torture_read(struct board *board, struct cell *cell, uint64_t seed, uint32_t checked)
{
	struct process process = { .board = board, .cell = cell, .random = seed };
	int64_t last_ns = now_ns();
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
		} else if (phase == PHASE_CHECK) {
			if (checked != round)
				check_round(&process, round);
			checked = round;
			last_ns = now_ns();
			take_all(&process);
		} else if (phase == PHASE_CLOSE) {
			take_all(&process); /* writers wait for us, not we for them */
			last_ns = now_ns();
		} else {
			wait_and_take(&process, &last_ns);
			if (now_ns() - last_ns > SILENCE_NS &&
			    atomic_load(&board->phase) == PHASE_RUN)
				torture_fail(cell, "nothing came for too long");
		}
	}
	for (int i = 0; i < TOPICS; i++)
		for (int b = 0; b < LENT_BATCHES; b++)
			give_back(&process, &process.sources[i],
			          &process.sources[i].lent[b]);
	if (tern_participant_destroy(process.participant) < 0)
		torture_fail(cell, "leave: %s", tern_error_text());
}
