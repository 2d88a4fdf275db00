/* A user's program, built against an installed Tern by whatever way: it writes a sample of a
 * generated type and takes it back. */
#include <stdio.h>
#include <string.h>

#include <tern/tern.h>

#include "pose.h"

static tern_status run(struct tern_participant *bus)
{
	struct tern_qos qos = tern_qos_reader_default();
	vehicle_Pose pose = { .id = 7, .x = 1.5, .label = "front axle" };
	struct tern_writer *writer;
	struct tern_reader *reader;
	struct tern_sample *samples;
	tern_status s;

	qos.reliability = TERN_RELIABLE;
	if ((s = tern_writer_create(bus, "pose", &vehicle_Pose_type, NULL, &writer)) <
	            0 ||
	    (s = tern_reader_create(bus, "pose", &vehicle_Pose_type, &qos, &reader)) <
	            0 ||
	    (s = tern_writer_wait_matched(writer, 1, INT64_C(10000000000))) < 0 ||
	    (s = tern_writer_write(writer, &pose)) < 0 ||
	    (s = tern_reader_wait(reader, INT64_C(10000000000))) < 0 ||
	    (s = tern_reader_take(reader, 1, &samples)) < 0)
		return s;
	if (s != 1)
		return tern_fail(TERN_ENOTFOUND, "%d samples came, not 1", (int)s);
	const vehicle_Pose *got = samples->data;
	printf("id %d x %g label %s\n", (int)got->id, got->x, got->label);
	tern_reader_return(reader, samples);
	return TERN_OK;
}

int main(void)
{
	struct tern_participant *bus;

	if (tern_participant_create(0, NULL, &bus) < 0) {
		fprintf(stderr, "app: %s\n", tern_error_text());
		return 1;
	}
	tern_status s = run(bus);
	if (s < 0)
		fprintf(stderr, "app: %s\n", tern_error_text());
	tern_participant_destroy(bus);
	return s < 0;
}
