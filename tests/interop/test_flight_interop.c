/* The flight demo with nobody but a plain Cyclone DDS program watching: it gets every sample of
 * the reliable topics, and Tern gets back what it sends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "child.h"
#include "flight.h"
#include "netns.h"
#include "suite.h"

#define WAIT_NS (60 * SUITE_SECOND_NS)

static struct tern_participant *bus;
static struct child peer;
static struct child flight;

static struct tern_reader *make_echo_reader(void)
{
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_reader *reader = NULL;
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	if (tern_reader_create(bus, "vehicle_status_echo", &flight_VehicleStatus_type,
	                       &qos, &reader) < 0)
		printf("%s\n", tern_error_text());
	return reader;
}

/* What the peer says of its topics. @return the VehicleStatus samples that it got */
static unsigned long long check_topics(void)
{
	unsigned long long statuses = 0;
	for (int i = 0; i < 16; i++) {
		char name[64];
		unsigned long long received;
		unsigned long long published;
		char reliability[16];
		const char *line = child_wait_line(&peer, "topic ", WAIT_NS);
		CU_ASSERT_PTR_NOT_NULL_FATAL(line);
		CU_ASSERT_EQUAL_FATAL(sscanf(line,
		                             "%63s received %llu published %llu %15s",
		                             name, &received, &published, reliability),
		                      4);
		bool is_record = strcmp(name, "flight_record") == 0;
		if (strcmp(reliability, "reliable") == 0 && !is_record &&
		    received != published)
			printf("\n    %s: %s", name, line);
		CU_ASSERT_TRUE(received > 0);
		if (strcmp(reliability, "reliable") == 0 && !is_record)
			CU_ASSERT_EQUAL(received, published);
		if (strcmp(name, "vehicle_status") == 0)
			statuses = received;
	}
	return statuses;
}

static void check_echoes(struct tern_reader *reader, unsigned long long wanted)
{
	struct tern_sample *samples;
	uint64_t last_us = 0;
	unsigned long long came = 0;
	while (came < wanted && tern_reader_wait(reader, WAIT_NS) == TERN_OK) {
		int32_t count = tern_reader_take(reader, 64, &samples);
		CU_ASSERT_TRUE_FATAL(count > 0);
		for (int32_t i = 0; i < count; i++) {
			const flight_VehicleStatus *status = samples[i].data;
			CU_ASSERT_TRUE(samples[i].info.valid_data);
			CU_ASSERT_TRUE(status->timestamp >= last_us);
			CU_ASSERT_EQUAL(status->system_type,
			                2); /* the simulated quadrotor */
			last_us = status->timestamp;
			came++;
		}
		tern_reader_return(reader, samples);
	}
	CU_ASSERT_EQUAL(came, wanted);
}

static void a_plain_program_watches_the_flight_and_tern_hears_it(void)
{
	char *peer_argv[] = { "flight_peer", NULL };
	char *flight_argv[] = { "flight", "--rate", "10", "--readers", "1", NULL };
	struct tern_reader *reader = make_echo_reader();
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	CU_ASSERT_TRUE_FATAL(child_start(
		&peer, suite_build_path("tests/interop/flight_peer"), peer_argv, NULL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(child_wait_line(&peer, "ready", WAIT_NS));
	CU_ASSERT_EQUAL_FATAL(tern_reader_wait_matched(reader, 1, WAIT_NS), TERN_OK);
	CU_ASSERT_TRUE_FATAL(
		child_start(&flight, suite_build_path("bin/flight"), flight_argv, NULL));
	unsigned long long statuses = check_topics();
	const char *done = child_wait_line(&peer, "done", WAIT_NS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(done);
	CU_ASSERT_STRING_EQUAL(done, "");
	CU_ASSERT_EQUAL(child_wait(&flight, WAIT_NS), 0);
	check_echoes(reader, statuses);
	CU_ASSERT_EQUAL(tern_reader_destroy(reader), TERN_OK);
}

static const struct suite_test tests[] = {
	{ "a_plain_program_watches_the_flight_and_tern_hears_it",
	  a_plain_program_watches_the_flight_and_tern_hears_it },
};

int main(int argc, char **argv)
{
	netns_isolate();
	setenv("TERN_TRANSPORTS", "dds", 1);
	if (tern_participant_create(0, "flight interop", &bus) < 0 ||
	    tern_participant_wait_started(bus, WAIT_NS) < 0) {
		fprintf(stderr, "%s\n", tern_error_text());
		return 1;
	}
	int result = SUITE_RUN(argc, argv, tests);
	child_stop(&flight);
	child_stop(&peer);
	if (tern_participant_destroy(bus) < 0)
		result = 1;
	return result;
}
