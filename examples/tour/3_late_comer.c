/* Tour 3: durability. A transient-local writer keeps its history for readers that come late. */
#include <stdio.h>

#include <tern/tern.h>

#include "reading.h"

#define SECOND_NS INT64_C(1000000000)

static int fail(void)
{
	fprintf(stderr, "%s\n", tern_error_text());
	return 1;
}

int main(void)
{
	tour_Reading reading = { .place = "motor" };
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_participant *bus;
	struct tern_writer *writer;
	struct tern_reader *reader;
	struct tern_sample *samples;
	int32_t count;

	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.history_depth = 3; /* of each instance */
	if (tern_participant_create(0, "tour", &bus) ||
	    tern_writer_create(bus, "reading", &tour_Reading_type, &qos, &writer))
		return fail();
	for (reading.temperature = 80; reading.temperature < 90; reading.temperature++)
		if (tern_writer_write(writer, &reading))
			return fail();

	/* Readers and writers agree on one struct tern_qos: what one does not use is ignored. */
	if (tern_reader_create(bus, "reading", &tour_Reading_type, &qos, &reader) ||
	    tern_reader_wait(reader, 5 * SECOND_NS))
		return fail();
	count = tern_reader_take(reader, 10, &samples);
	for (int32_t i = 0; i < count; i++)
		printf("kept for me: %.1f degC\n",
		       ((const tour_Reading *)samples[i].data)->temperature);
	if (count > 0)
		tern_reader_return(reader, samples);
	return tern_participant_destroy(bus) ? fail() : 0;
}
