/* What victims of crash points do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash_points.h"
#include "torture.h"

#define PATIENCE_NS (10 * SECOND_NS)

static struct tern_participant *participant;
static struct tern_writer *writer;
static struct tern_reader *reader;
static const struct topic from_victim = { "from_victim", true,          TERN_RELIABLE,
	                                  TERN_VOLATILE, TERN_KEEP_ALL, 1 };
static const struct topic to_victim = { "to_victim",   true,          TERN_RELIABLE,
	                                TERN_VOLATILE, TERN_KEEP_ALL, 1 };

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "victim: %s: %s\n", what, tern_error_text());
	_exit(3);
}

static void write_one(uint64_t count, bool as_loan)
{
	const struct identity identity = {
		.id = (int32_t)(count % INSTANCES),
		.writer =
			1, /* always, so that content and thus instructions are the same */
		.count = count,
	};

	need(torture_send(writer, &from_victim, &identity, as_loan) == TERN_OK, "write");
}

/* ---- operations ---------------------------------------------------------------------------- */

static void join(void)
{
	need(tern_participant_create(0, "victim", &participant) == TERN_OK, "join");
}

static void create_reader(void)
{
	struct tern_qos qos = torture_reader_qos(&to_victim);

	need(tern_reader_create(participant, to_victim.name, torture_type(&to_victim),
	                        &qos, &reader) == TERN_OK,
	     "reader");
}

static void create_writer(void)
{
	struct tern_qos qos = torture_writer_qos(&from_victim);

	need(tern_writer_create(participant, from_victim.name, torture_type(&from_victim),
	                        &qos, &writer) == TERN_OK,
	     "writer");
}

static void join_and_read(void)
{
	join();
	create_reader();
	need(tern_reader_wait_matched(reader, 1, PATIENCE_NS) == TERN_OK, "no writer");
}

static void join_and_write(void)
{
	join();
	create_writer();
	need(tern_writer_wait_matched(writer, 1, PATIENCE_NS) == TERN_OK, "no reader");
	for (uint64_t count = 1; count <= SAMPLES_BEFORE; count++)
		write_one(count, count % 2);
}

static void nothing(void)
{
}

static void publish_loan(void)
{
	write_one(SAMPLES_BEFORE + 1, true);
}

static void write_copy(void)
{
	write_one(SAMPLES_BEFORE + 1, false);
}

static void take(void)
{
	struct tern_sample *samples;

	if (tern_reader_take(reader, SAMPLES_BEFORE, &samples) > 0)
		tern_reader_return(reader, samples);
}

static void attach(void)
{
	create_reader();
	take();
}

static void detach(void)
{
	tern_reader_destroy(reader);
}

static void withdraw(void)
{
	tern_writer_destroy(writer);
}

static void leave(void)
{
	tern_participant_destroy(participant);
}

static const struct scene scenes[] = {
	{ "publish", join_and_write, publish_loan, true, false, false },
	{ "write", join_and_write, write_copy, true, false, false },
	{ "take", join_and_read, take, false, true, false },
	{ "attach", join, attach, false, false, false },
	{ "detach", join_and_read, detach, false, true, false },
	{ "announce", join, create_writer, false, false, false },
	{ "withdraw", join_and_write, withdraw, true, false, false },
	{ "join", nothing, join, false, false, false },
	{ "leave", join_and_write, leave, true, false, false },
	{ "reap", nothing, join, false, false, true }, /* who joins reaps */
};

const struct scene *scene_find(const char *name)
{
	for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		if (strcmp(scenes[i].name, name) == 0)
			return &scenes[i];
	return NULL;
}

void stray_live(int told)
{
	join_and_read();
	need(write(told, "", 1) == 1, "told nobody");
	for (;;)
		pause();
}

void sweep(void)
{
	join();
	leave();
}
