/* A process that ends in a way of its own while it shares memory: `shm_leaver HOW`. It says
 * "ready" when it has a writer of "steps" and a reader of "orders" that are both matched, and
 * writes steps from then on; it ends with exit code 7, as soon as it was told anything by stdin or,
 * for "listener", by an order.
 *
 *	writing      exit() while another thread writes
 *	thread       exit() in a thread that is not main, which has ended before
 *	listener     exit() in a listener
 *	loans        main() returns; samples are still lent, one is half written
 *
 * Or, with a writer alone and without a word:
 *
 *	acknowledged  one step, and as soon as that is acknowledged all is taken down */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "routing.h"

enum { CODE = 7 };

#define WAIT_NS (INT64_C(60) * 1000000000)

static struct tern_participant *bus;
static struct tern_writer *writer;
static struct tern_reader *reader;
static _Atomic uint64_t written;

static void need(tern_status s)
{
	if (s >= 0)
		return;
	fprintf(stderr, "shm_leaver: %s\n", tern_error_text());
	_Exit(1);
}

static void write_step(void)
{
	const routing_Step step = { 1, written + 1 };

	need(tern_writer_write(writer, &step));
	written++;
}

static void *write_on(void *context)
{
	(void)context;
	for (;;)
		write_step();
	return NULL;
}

static void wait_for_a_word(void)
{
	char line[64];

	(void)!fgets(line, sizeof line, stdin);
}

static void *exit_here(void *context)
{
	pthread_join(*(pthread_t *)context, NULL); /* main is no more */
	write_step();
	puts("ready");
	wait_for_a_word();
	exit(CODE);
}

static void exit_in_listener(struct tern_reader *of, void *context)
{
	(void)of;
	(void)context;
	exit(CODE);
}

static void hold_loans(void)
{
	static struct tern_sample *samples; /* not lost for who looks for leaks */
	static void *half;

	need(tern_reader_wait(reader, WAIT_NS));
	need(tern_reader_take(reader, 1, &samples));
	need(tern_writer_loan(writer, 0, &half));
	((routing_Step *)half)->writer = 1;
}

static void begin_to_write(void)
{
	struct tern_qos qos = tern_qos_writer_default();

	need(tern_participant_create(0, NULL, &bus));
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	qos.max_blocking_time_ns = WAIT_NS;
	need(tern_writer_create(bus, "steps", &routing_Step_type, &qos, &writer));
}

static void begin(void)
{
	struct tern_qos qos = tern_qos_reader_default();

	begin_to_write();
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	need(tern_reader_create(bus, "orders", &routing_Step_type, &qos, &reader));
	need(tern_writer_wait_matched(writer, 1, WAIT_NS));
	need(tern_reader_wait_matched(reader, 1, WAIT_NS));
}

static int leave_when_acknowledged(void)
{
	begin_to_write();
	need(tern_writer_wait_matched(writer, 1, WAIT_NS));
	write_step();
	need(tern_writer_wait_for_acknowledgments(writer, WAIT_NS));
	need(tern_participant_destroy(bus));
	return CODE;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	const struct tern_reader_listener listener = { .data_available =
		                                               exit_in_listener };
	static pthread_t main_thread;
	pthread_t thread;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(how, "acknowledged") == 0)
		return leave_when_acknowledged();
	begin();
	main_thread = pthread_self();
	if (strcmp(how, "thread") == 0) {
		if (pthread_create(&thread, NULL, exit_here, &main_thread) == 0)
			pthread_exit(NULL);
		return 1;
	}
	if (strcmp(how, "loans") == 0) {
		write_step();
		puts("ready");
		hold_loans();
		return CODE;
	}
	write_step();
	if (strcmp(how, "listener") == 0)
		need(tern_reader_set_listener(reader, &listener));
	if (pthread_create(&thread, NULL, write_on, NULL) != 0)
		return 1;
	puts("ready");
	if (strcmp(how, "listener") == 0)
		pthread_exit(NULL);
	wait_for_a_word();
	exit(CODE);
}
