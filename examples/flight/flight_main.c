/* flight: publishes a flight, recorded or simulated, at the recorded pace. */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tern/tern.h>

#include "flight.h"
#include "flight_options.h"
#include "source.h"
#include "topics.h"

#define SECOND_NS INT64_C(1000000000)
#define READERS_TIMEOUT_NS (20 * SECOND_NS)
#define ACKNOWLEDGMENT_TIMEOUT_NS (30 * SECOND_NS)
#define RETRIES_MAX 15           /* of a write that slow readers hold back */
#define SLICE_NS (SECOND_NS / 5) /* of long waits, so that Ctrl-C is heard */

struct flight {
	struct options options;
	struct source *source;
	struct tern_participant *participant;
	struct tern_writer *writers[FLIGHT_TOPIC_COUNT];
	struct tern_writer *record_writer;
	uint64_t published[FLIGHT_TOPIC_COUNT];
	uint32_t unacknowledged[FLIGHT_TOPIC_COUNT]; /* FLOW_STATE topics only */
};

static volatile sig_atomic_t is_stopped;

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopped = 1;
}

static void say(const char *text)
{
	fprintf(stderr, "flight: %s\n", text);
}

static int fail(const char *what)
{
	fprintf(stderr, "flight: %s: %s\n", what, tern_error_text());
	return -1;
}

static int create_writers(struct flight *flight)
{
	struct tern_qos qos;

	if (tern_participant_create(flight->options.domain, "flight",
	                            &flight->participant))
		return fail("cannot join the domain");
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++) {
		const struct flight_topic *topic = &flight_topics[i];

		qos = flight_writer_qos(topic->flow);
		if (tern_writer_create(flight->participant, topic->name, topic->type,
		                       &qos, &flight->writers[i]))
			return fail(topic->name);
	}
	qos = flight_writer_qos(flight_record_topic.flow);
	if (tern_writer_create(flight->participant, flight_record_topic.name,
	                       flight_record_topic.type, &qos, &flight->record_writer))
		return fail(flight_record_topic.name);
	return 0;
}

/* @return false if not all readers came */
static bool wait_matched(struct tern_writer *writer, uint32_t readers)
{
	int64_t waited_ns = 0;

	while (!is_stopped && tern_writer_wait_matched(writer, readers, SLICE_NS)) {
		waited_ns += SLICE_NS;
		if (waited_ns >= READERS_TIMEOUT_NS)
			return false;
	}
	return true;
}

static int wait_for_readers(struct flight *flight)
{
	uint32_t readers = flight->options.readers;

	if (readers == 0)
		return 0;
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++)
		if (!wait_matched(flight->writers[i], readers))
			return fail("not all readers came");
	return wait_matched(flight->record_writer, readers)
	               ? 0
	               : fail("not all readers came");
}

/* Wait until the readers have all that was written. */
static void wait_acknowledged(struct tern_writer *writer)
{
	int64_t waited_ns = 0;

	while (!is_stopped && tern_writer_wait_for_acknowledgments(writer, SLICE_NS)) {
		waited_ns += SLICE_NS;
		if (waited_ns < ACKNOWLEDGMENT_TIMEOUT_NS)
			continue;
		fprintf(stderr, "flight: %s: some readers do not acknowledge; going on\n",
		        tern_topic_name(tern_writer_topic(writer)));
		return;
	}
}

/* Strings and sequences live in the loan, so that publishing copies nothing. */
static int fill_record(const struct flight *flight, bool ended,
                       flight_FlightRecord *record)
{
	record->source = tern_loan_strdup(record, flight->source->title);
	record->ended = ended;
	if (!record->source ||
	    tern_loan_sequence(record, &record->counts, FLIGHT_TOPIC_COUNT,
	                       sizeof *record->counts._buffer))
		return -1;
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++) {
		flight_TopicCount *count = &record->counts._buffer[i];

		count->published = flight->published[i];
		count->topic = tern_loan_strdup(record, flight_topics[i].name);
		if (!count->topic)
			return -1;
	}
	return 0;
}

/* Tell the readers that the flight begins or has ended. They acknowledge when they have
 * learnt of all writers that were made before this one: then nothing of the flight will
 * miss them. */
static int write_record(struct flight *flight, bool ended)
{
	tern_status status;
	void *record;

	if (tern_writer_loan(flight->record_writer, 0, &record))
		return fail("cannot tell of the flight");
	if (fill_record(flight, ended, record)) {
		tern_writer_discard(flight->record_writer, record);
		return fail("cannot tell of the flight");
	}
	status = tern_writer_publish(flight->record_writer, record);
	if (status == TERN_ETIMEDOUT)
		tern_writer_discard(flight->record_writer, record);
	if (status)
		return fail("cannot tell of the flight");
	wait_acknowledged(flight->record_writer);
	return 0;
}

/* A KEEP_LAST writer replaces old samples, acknowledged or not: give slow readers time
 * before the history is full. At the recorded pace that never takes any. */
static void spare_history(struct flight *flight, enum flight_topic_index topic)
{
	struct tern_writer *writer = flight->writers[topic];

	if (flight_topics[topic].flow != FLOW_STATE)
		return;
	if (tern_writer_wait_for_acknowledgments(writer, 0) == TERN_OK)
		flight->unacknowledged[topic] = 0;
	if (++flight->unacknowledged[topic] < FLIGHT_STATE_DEPTH / 2)
		return;
	wait_acknowledged(writer);
	flight->unacknowledged[topic] = 1;
}

static int publish(struct flight *flight, const struct source_event *event)
{
	struct tern_writer *writer = flight->writers[event->topic];
	const char *name = flight_topics[event->topic].name;
	tern_status status;
	void *sample;

	spare_history(flight, event->topic);
	if (tern_writer_loan(writer, 0, &sample))
		return fail(name);
	flight->source->fill(flight->source, event, sample);
	status = tern_writer_publish(writer, sample);
	/* A slow reader holds a reliable writer back: the sample is still ours. */
	for (int i = 0; status == TERN_ETIMEDOUT && i < RETRIES_MAX && !is_stopped; i++)
		status = tern_writer_publish(writer, sample);
	if (status == TERN_ETIMEDOUT)
		tern_writer_discard(writer, sample);
	if (status == TERN_ETIMEDOUT && is_stopped)
		return 0;
	if (status)
		return fail(name);
	flight->published[event->topic]++;
	return 0;
}

static void sleep_until(int64_t time_ns)
{
	struct timespec due = { .tv_sec = time_ns / SECOND_NS,
		                .tv_nsec = time_ns % SECOND_NS };

	while (!is_stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL))
		continue;
}

static int fly(struct flight *flight)
{
	double duration_us = flight->options.duration_s * 1e6;
	struct source_event event;
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (!is_stopped && flight->source->next(flight->source, &event)) {
		if ((double)event.time_us > duration_us)
			break;
		if (isfinite(flight->options.rate))
			sleep_until(begin.tv_sec * SECOND_NS + begin.tv_nsec +
			            (int64_t)((double)event.time_us * 1000 /
			                      flight->options.rate));
		if (publish(flight, &event))
			return -1;
	}
	return 0;
}

/* Readers are to have all before the writers go. */
static void wait_for_acknowledgments(struct flight *flight)
{
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++)
		if (flight_topics[i].flow != FLOW_SENSOR)
			wait_acknowledged(flight->writers[i]);
}

static void print_summary(const struct flight *flight)
{
	uint64_t total = 0;

	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++)
		total += flight->published[i];
	printf("flight: published %" PRIu64 " samples of %d topics\n", total,
	       FLIGHT_TOPIC_COUNT);
	if (flight->source->summarize)
		flight->source->summarize(flight->source, say);
}

/* One line for each topic: name, flow, published; separated by tabs. */
static int write_summary(const struct flight *flight)
{
	FILE *file;

	if (!flight->options.summary_path)
		return 0;
	file = fopen(flight->options.summary_path, "w");
	if (!file) {
		perror(flight->options.summary_path);
		return -1;
	}
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++)
		fprintf(file, "%s\t%s\t%" PRIu64 "\n", flight_topics[i].name,
		        flight_flow_text(flight_topics[i].flow), flight->published[i]);
	return fclose(file);
}

static int run(struct flight *flight)
{
	int result = -1;

	if (create_writers(flight) || wait_for_readers(flight) || is_stopped)
		goto leave;
	printf("flight: publishing %s on domain %u\n", flight->source->title,
	       flight->options.domain);
	fflush(stdout);
	if (write_record(flight, false))
		goto leave;
	result = fly(flight);
	wait_for_acknowledgments(flight);
	if (write_record(flight, true))
		result = -1;
	print_summary(flight);
	if (write_summary(flight))
		result = -1;
leave:
	tern_participant_destroy(flight->participant);
	return result;
}

int main(int argc, char **argv)
{
	struct flight flight = { 0 };
	struct sigaction action = { .sa_handler = stop };
	int result;

	if (!options_parse(argc, argv, &flight.options)) {
		fputs("flight: `flight --help` tells how to call it\n", stderr);
		return 2;
	}
	flight.source = flight.options.path ? recording_open(flight.options.path, say)
	                                    : simulation_create();
	if (!flight.source)
		return 1;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	result = run(&flight);
	flight.source->destroy(flight.source);
	return result ? 1 : 0;
}
