/* Tour 1: a writer and a reader in one process. Samples are written from a struct of ours, or
 * filled in place in memory that the writer lends. The reader lends what it received. */
#include <stdio.h>
#include <string.h>

#include <tern/tern.h>

#include "reading.h"

#define SECOND_NS INT64_C(1000000000)

static int fail(void)
{
	fprintf(stderr, "%s\n",
	        tern_error_text()); /* says what, where, and how to mend it */
	return 1;
}

static int write_both_ways(struct tern_writer *writer)
{
	tour_Reading reading = { .place = "motor", .temperature = 81.5 };
	tour_Reading *loan;

	if (tern_writer_write(writer, &reading)) /* copied */
		return -1;
	if (tern_writer_loan(writer, 0, (void **)&loan))
		return -1;
	strcpy(loan->place, "battery");
	loan->temperature = 34.0;
	return tern_writer_publish(writer, loan); /* handed over */
}

int main(void)
{
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_participant *bus;
	struct tern_writer *writer;
	struct tern_reader *reader;
	struct tern_sample *samples;
	int32_t count;

	qos.reliability = TERN_RELIABLE;
	if (tern_participant_create(0, "tour", &bus) ||
	    tern_writer_create(bus, "reading", &tour_Reading_type, NULL, &writer) ||
	    tern_reader_create(bus, "reading", &tour_Reading_type, &qos, &reader) ||
	    tern_reader_wait_matched(reader, 1, 5 * SECOND_NS) ||
	    write_both_ways(writer) || tern_reader_wait(reader, 5 * SECOND_NS))
		return fail();
	count = tern_reader_take(reader, 10, &samples);
	for (int32_t i = 0; i < count; i++) {
		const tour_Reading *reading = samples[i].data;

		printf("%s: %.1f degC\n", reading->place, reading->temperature);
	}
	if (count > 0)
		tern_reader_return(reader, samples);       /* lent: give it back */
	return tern_participant_destroy(bus) ? fail() : 0; /* and all that it owns */
}
