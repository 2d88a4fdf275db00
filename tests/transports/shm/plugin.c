/* A plug-in that uses Tern, for a program that does not: see plugin_host.c. */
#include <pthread.h>
#include <stdio.h>

#include <tern/tern.h>

#include "routing.h"

#define WAIT_NS (INT64_C(60) * 1000000000)
#define EXPORTED __attribute__((visibility("default")))

EXPORTED int plugin_run(void);
EXPORTED struct tern_participant *plugin_start(void);

static void note(struct tern_reader *reader, void *context)
{
	(void)reader;
	(void)context;
}

/* With a thread of Tern's, the dispatcher; one sample there, and one back. */
static tern_status use(struct tern_participant *bus)
{
	const struct tern_reader_listener listener = { .data_available = note };
	const routing_Step step = { 1, 1 };
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_reader *reader;
	struct tern_writer *writer;

	struct tern_qos readers = tern_qos_reader_default();

	qos.reliability = readers.reliability = TERN_RELIABLE;
	tern_status s =
		tern_writer_create(bus, "steps", &routing_Step_type, &qos, &writer);
	if (s == TERN_OK)
		s = tern_reader_create(bus, "orders", &routing_Step_type, &readers,
		                       &reader);
	if (s == TERN_OK)
		s = tern_reader_set_listener(reader, &listener);
	if (s == TERN_OK)
		s = tern_writer_wait_matched(writer, 1, WAIT_NS);
	if (s == TERN_OK)
		s = tern_reader_wait_matched(reader, 1, WAIT_NS);
	if (s == TERN_OK)
		s = tern_writer_write(writer, &step);
	if (s == TERN_OK)
		s = tern_reader_wait(reader, WAIT_NS);
	return s;
}

/* Come, use, leave. @return 0: all went well */
int plugin_run(void)
{
	struct tern_participant *bus;

	if (tern_participant_create(0, NULL, &bus) < 0 || use(bus) < 0 ||
	    tern_participant_destroy(bus) < 0) {
		fprintf(stderr, "plug-in: %s\n", tern_error_text());
		return 1;
	}
	return 0;
}

/* Come, and leave all to the program; transports may still be starting. */
struct tern_participant *plugin_start(void)
{
	struct tern_participant *bus;

	return tern_participant_create(0, NULL, &bus) < 0 ? NULL : bus;
}
