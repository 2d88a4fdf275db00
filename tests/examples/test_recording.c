/* A recorded flight as a source: which samples are published, and when each is due. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flight.h"
#include "source.h"
#include "suite.h"
#include "ulog_file.h"

#define START_US 100000000
#define SECOND_US 1000000

static char said[4096];

static void say(const char *text)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof said - used, "%s\n", text);
}

static void add_topic(struct ulog_file *file, uint8_t instance, uint16_t id,
                      const char *name, const char *fields)
{
	char format[256];

	snprintf(format, sizeof format, "%s:uint64_t timestamp;%s", name, fields);
	if (instance == 0)
		ulog_file_format(file, format);
	ulog_file_topic(file, instance, id, name);
}

static void add_sample(struct ulog_file *file, uint16_t id, uint64_t timestamp_us,
                       uint8_t last)
{
	uint8_t sample[9];

	memcpy(sample, &timestamp_us, 8);
	sample[8] = last;
	ulog_file_sample(file, id, sample, sizeof sample);
}

/* A flight of commander_state samples (message id 1) with these times. */
static struct source *open_times(struct ulog_file *file, const uint64_t *times_us,
                                 size_t count)
{
	*file = ulog_file_begin(START_US);
	add_topic(file, 0, 1, "commander_state", "uint8_t main_state;");
	for (size_t i = 0; i < count; i++)
		add_sample(file, 1, times_us[i], (uint8_t)i);
	said[0] = '\0';
	return recording_open(ulog_file_save(file), say);
}

static void expect_due(const uint64_t *times_us, const uint64_t *due_us, size_t count)
{
	struct ulog_file file;
	struct source *source = open_times(&file, times_us, count);
	struct source_event event;

	CU_ASSERT_PTR_NOT_NULL_FATAL(source);
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT_TRUE_FATAL(source->next(source, &event));
		CU_ASSERT_EQUAL(event.time_us, due_us[i]);
	}
	CU_ASSERT_FALSE(source->next(source, &event));
	source->destroy(source);
	ulog_file_fini(&file);
}

static void recorded_pace(void)
{
	expect_due(
		(uint64_t[]){ START_US + 10, START_US + 500, START_US + 2 * SECOND_US },
		(uint64_t[]){ 10, 500, 2 * SECOND_US }, 3);
}

static void late_samples(void)
{
	/* An old timestamp, and none at all */
	expect_due((uint64_t[]){ START_US + 1000, START_US - 5000, 0, START_US + 2000 },
	           (uint64_t[]){ 1000, 1000, 1000, 2000 }, 4);
}

static void lone_jump(void)
{
	expect_due((uint64_t[]){ START_US + 1000, UINT64_MAX, START_US + 2000,
	                         START_US + 3000 },
	           (uint64_t[]){ 1000, 1000, 2000, 3000 }, 4);
}

static void confirmed_jump(void)
{
	uint64_t later_us = START_US + UINT64_C(3600) * SECOND_US;

	expect_due(
		(uint64_t[]){ START_US + 1000, later_us, later_us + 500, later_us + 900 },
		(uint64_t[]){ 1000, 1000, 1000, 1400 }, 4);
}

static void filled(void)
{
	struct ulog_file file;
	struct source *source =
		open_times(&file, (uint64_t[]){ START_US + 1, START_US + 2 }, 2);
	flight_CommanderState sample = { 0 };
	struct source_event event;

	CU_ASSERT_PTR_NOT_NULL_FATAL(source);
	CU_ASSERT_TRUE(source->next(source, &event));
	CU_ASSERT_TRUE(source->next(source, &event));
	CU_ASSERT_EQUAL(event.topic, TOPIC_COMMANDER_STATE);
	source->fill(source, &event, &sample);
	CU_ASSERT_EQUAL(sample.timestamp, START_US + 2);
	CU_ASSERT_EQUAL(sample.main_state, 1);
	CU_ASSERT_STRING_EQUAL(said, "");
	source->destroy(source);
	ulog_file_fini(&file);
}

static void unknown_topics(void)
{
	struct ulog_file file = ulog_file_begin(START_US);
	struct source_event event;
	struct source *source;
	int count = 0;

	add_topic(&file, 0, 1, "commander_state", "uint8_t main_state;");
	add_topic(&file, 0, 2, "camera_trigger", "uint8_t seq;");
	add_topic(&file, 1, 3, "commander_state", "");
	for (uint16_t id = 1; id <= 3; id++)
		add_sample(&file, id, START_US + id, 0);
	add_sample(&file, 2, START_US + 4, 0);
	said[0] = '\0';
	source = recording_open(ulog_file_save(&file), say);
	CU_ASSERT_PTR_NOT_NULL_FATAL(source);
	while (source->next(source, &event))
		count++;
	CU_ASSERT_EQUAL(count, 1);
	source->summarize(source, say);
	CU_ASSERT_PTR_NOT_NULL(strstr(said,
	                              "2 samples of 'camera_trigger' were not published: "
	                              "flight.idl has no type for it"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(said, "1 samples of 'commander_state' were not published: "
	                     "its type has no key for a second instance"));
	source->destroy(source);
	ulog_file_fini(&file);
}

static void instances(void)
{
	struct ulog_file file = ulog_file_begin(START_US);
	struct source *source;
	struct source_event event;

	add_topic(&file, 0, 1, "actuator_outputs", "uint8_t noutputs;");
	add_topic(&file, 1, 2, "actuator_outputs", "");
	add_sample(&file, 1, START_US + 1, 4);
	add_sample(&file, 2, START_US + 2, 8);
	said[0] = '\0';
	source = recording_open(ulog_file_save(&file), say);
	CU_ASSERT_PTR_NOT_NULL_FATAL(source);
	for (uint8_t i = 0; i < 2; i++) {
		flight_ActuatorOutputs sample = { 0 };

		CU_ASSERT_TRUE_FATAL(source->next(source, &event));
		source->fill(source, &event, &sample);
		CU_ASSERT_EQUAL(sample.instance, i);
		CU_ASSERT_EQUAL(sample.noutputs, i == 0 ? 4 : 8);
	}
	source->destroy(source);
	ulog_file_fini(&file);
}

static void missing(void)
{
	said[0] = '\0';
	CU_ASSERT_PTR_NULL(recording_open("/nonexistent/flight.ulg", say));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(said, "/nonexistent/flight.ulg: cannot open it: No such"));
}

/* The simulation is a source too: time only grows, and each topic has its rate. */
static void simulation(void)
{
	struct source *source = simulation_create();
	uint64_t counts[FLIGHT_TOPIC_COUNT] = { 0 };
	struct source_event event;
	uint64_t last_us = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(source);
	while (source->next(source, &event)) {
		void *sample = tern_sample_create(flight_topics[event.topic].type);
		uint64_t timestamp_us = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
		CU_ASSERT_TRUE_FATAL(event.time_us >= last_us);
		last_us = event.time_us;
		counts[event.topic]++;
		source->fill(source, &event, sample);
		for (uint32_t i = 0; i < flight_topics[event.topic].type->member_count;
		     i++) {
			const struct tern_member *member =
				&flight_topics[event.topic].type->members[i];

			if (strcmp(member->name, "timestamp") == 0)
				memcpy(&timestamp_us, (char *)sample + member->offset, 8);
		}
		CU_ASSERT_TRUE_FATAL(timestamp_us > event.time_us);
		tern_sample_destroy(flight_topics[event.topic].type, sample);
	}
	CU_ASSERT_TRUE(last_us > 19900000);
	CU_ASSERT_EQUAL(counts[TOPIC_SENSOR_COMBINED], 4956);
	CU_ASSERT_EQUAL(counts[TOPIC_VEHICLE_ATTITUDE], 1876);
	CU_ASSERT_EQUAL(counts[TOPIC_VEHICLE_LOCAL_POSITION], 199);
	CU_ASSERT_EQUAL(counts[TOPIC_CPULOAD], 20);
	source->destroy(source);
}

static const struct suite_test tests[] = {
	{ "samples_are_due_at_the_recorded_pace", recorded_pace },
	{ "samples_with_an_old_time_or_none_are_due_at_once", late_samples },
	{ "one_timestamp_far_ahead_is_not_believed", lone_jump },
	{ "a_jump_that_the_next_sample_confirms_takes_no_time", confirmed_jump },
	{ "a_sample_is_filled_from_its_fields", filled },
	{ "samples_that_are_not_published_are_counted_and_told", unknown_topics },
	{ "second_instances_are_told_apart_by_their_key", instances },
	{ "a_file_that_is_not_there_is_named", missing },
	{ "the_simulation_keeps_the_rates_of_a_real_flight", simulation },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
