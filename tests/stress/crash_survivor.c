/* The survivor of crash points: it reads what victims write and writes what they read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crash_points.h"
#include "torture.h"

#define PATIENCE_NS (10 * SECOND_NS)
/* More than a ring holds: who died must not hold it back. */
#define SAMPLES_AFTER 300

struct survivor {
	struct tern_participant *participant;
	struct tern_reader *reader;
	struct tern_writer *writer;
	uint64_t written;
	uint64_t last; /* count of the victim's last sample that came */
};

static const struct topic from_victim = { "from_victim", true,          TERN_RELIABLE,
	                                  TERN_VOLATILE, TERN_KEEP_ALL, 1 };
static const struct topic to_victim = { "to_victim",   true,          TERN_RELIABLE,
	                                TERN_VOLATILE, TERN_KEEP_ALL, 1 };

static bool wrong(struct survivor_answer *answer, const char *what)
{
	snprintf(answer->text, sizeof answer->text, "%s: %s", what, tern_error_text());
	return false;
}

static bool write_some(struct survivor *survivor, int count,
                       struct survivor_answer *answer)
{
	for (; count > 0; count--) {
		uint64_t next = survivor->written + 1;
		const struct identity identity = {
			.id = (int32_t)(next % INSTANCES),
			.count = next,
		};
		if (torture_send(survivor->writer, &to_victim, &identity, next % 2) < 0)
			return wrong(answer, "a later write");
		survivor->written = next;
	}
	return true;
}

static bool examine(struct survivor *survivor, const struct tern_sample *sample,
                    struct survivor_answer *answer)
{
	struct identity identity;
	const char *what = torture_examine(&from_victim, sample->data, &identity);

	if (what)
		return wrong(answer, what);
	if (identity.count != survivor->last + 1)
		return wrong(answer, "a sample is missing or came twice");
	survivor->last = identity.count;
	answer->received++;
	return true;
}

static bool take_all(struct survivor *survivor, struct survivor_answer *answer)
{
	struct tern_sample *samples;
	int32_t count;

	while ((count = tern_reader_take(survivor->reader, 16, &samples)) > 0) {
		bool ok = true;
		for (int32_t i = 0; ok && i < count; i++)
			if (samples[i].info.valid_data)
				ok = examine(survivor, &samples[i], answer);
		tern_reader_return(survivor->reader, samples);
		if (!ok)
			return false;
	}
	return count == 0 || wrong(answer, "take");
}

static bool is_alone(struct survivor *survivor)
{
	return tern_reader_subscription_matched(survivor->reader).current == 0 &&
	       tern_writer_publication_matched(survivor->writer).current == 0;
}

static bool await_alone(struct survivor *survivor, struct survivor_answer *answer)
{
	int64_t deadline_ns = now_ns() + PATIENCE_NS;

	while (!is_alone(survivor)) {
		const struct timespec a_while = { .tv_nsec = MS_NS };
		if (now_ns() > deadline_ns)
			return wrong(answer, "the dead stay matched");
		if (!take_all(survivor, answer))
			return false;
		nanosleep(&a_while, NULL);
	}
	return take_all(survivor, answer);
}

static bool verify(struct survivor *survivor, struct survivor_answer *answer)
{
	struct cell cell = { 0 };

	if (!take_all(survivor, answer) || !await_alone(survivor, answer) ||
	    !write_some(survivor, SAMPLES_AFTER, answer))
		return false;
	survivor->last = 0;
	torture_count_resources(&cell);
	answer->descriptors = atomic_load(&cell.descriptors);
	answer->maps = atomic_load(&cell.maps);
	return true;
}

static bool meet_reader(struct survivor *survivor, struct survivor_answer *answer)
{
	if (tern_writer_wait_matched(survivor->writer, 1, PATIENCE_NS) < 0)
		return wrong(answer, "no reader came");
	return write_some(survivor, SAMPLES_BEFORE, answer);
}

static bool meet_writer(struct survivor *survivor, struct survivor_answer *answer)
{
	if (tern_reader_wait_matched(survivor->reader, 1, PATIENCE_NS) < 0)
		return wrong(answer, "no writer came");
	return true;
}

static bool start(struct survivor *survivor, struct survivor_answer *answer)
{
	struct tern_qos reader_qos = torture_reader_qos(&from_victim);
	struct tern_qos writer_qos = torture_writer_qos(&to_victim);

	writer_qos.max_blocking_time_ns = PATIENCE_NS;
	if (tern_participant_create(0, "survivor", &survivor->participant) < 0 ||
	    tern_reader_create(survivor->participant, from_victim.name,
	                       torture_type(&from_victim), &reader_qos,
	                       &survivor->reader) < 0 ||
	    tern_writer_create(survivor->participant, to_victim.name,
	                       torture_type(&to_victim), &writer_qos,
	                       &survivor->writer) < 0)
		return wrong(answer, "start");
	return true;
}

void survivor_run(int commands)
{
	static struct survivor survivor;
	struct survivor_answer answer = { 0 };
	char command;

	answer.ok = start(&survivor, &answer);
	while (write(commands, &answer, sizeof answer) == sizeof answer &&
	       read(commands, &command, 1) == 1) {
		answer = (struct survivor_answer){ 0 };
		switch (command) {
		case SURVIVOR_MEET_WRITER:
			answer.ok = meet_writer(&survivor, &answer);
			break;
		case SURVIVOR_MEET_READER:
			answer.ok = meet_reader(&survivor, &answer);
			break;
		case SURVIVOR_VERIFY:
			answer.ok = verify(&survivor, &answer);
			break;
		case SURVIVOR_END:
			exit(tern_participant_destroy(survivor.participant) < 0);
		}
	}
}
