/* Tour 2: instances. Samples with the same key are news of the same thing. With KEEP_LAST 1 a
 * reader has the newest of each; a thing that is no more is disposed of. */
#include <stdio.h>

#include <tern/tern.h>

#include "reading.h"

#define SECOND_NS INT64_C(1000000000)

static int fail(void)
{
	fprintf(stderr, "%s\n", tern_error_text());
	return 1;
}

static const char *state_text(const struct tern_sample_info *info)
{
	if (info->instance_state == TERN_NOT_ALIVE_DISPOSED)
		return "is no more";
	return info->view_state == TERN_NEW ? "is new" : "is known";
}

static int show(struct tern_reader *reader)
{
	struct tern_sample *samples;
	int32_t count = tern_reader_take(reader, 10, &samples);

	for (int32_t i = 0; i < count; i++) {
		const tour_Reading *reading = samples[i].data;

		printf("%s %s", reading->place, state_text(&samples[i].info));
		if (samples[i].info.valid_data)
			printf(": %.1f degC", reading->temperature);
		printf("\n");
	}
	if (count > 0)
		tern_reader_return(reader, samples);
	return count < 0 ? -1 : 0;
}

int main(void)
{
	tour_Reading motor = { .place = "motor" };
	tour_Reading battery = { .place = "battery", .temperature = 34.0 };
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_participant *bus;
	struct tern_writer *writer;
	struct tern_reader *reader;

	qos.reliability = TERN_RELIABLE;
	if (tern_participant_create(0, "tour", &bus) ||
	    tern_writer_create(bus, "reading", &tour_Reading_type, NULL, &writer) ||
	    tern_reader_create(bus, "reading", &tour_Reading_type, &qos, &reader) ||
	    tern_reader_wait_matched(reader, 1, 5 * SECOND_NS))
		return fail();

	for (motor.temperature = 80; motor.temperature < 85; motor.temperature++)
		if (tern_writer_write(writer, &motor))
			return fail();
	if (tern_writer_write(writer, &battery) || show(reader))
		return fail();
	if (tern_writer_write(writer, &motor) || tern_writer_dispose(writer, &battery) ||
	    show(reader))
		return fail();
	return tern_participant_destroy(bus) ? fail() : 0;
}
