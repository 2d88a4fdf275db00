/* Publishes a pose every 100 ms, for 10 s: the README's first program. */
#include <stdio.h>
#include <unistd.h>

#include <tern/tern.h>

#include "vehicle.h"

int main(void)
{
	struct tern_participant *bus;
	struct tern_writer *poses;

	if (tern_participant_create(0, NULL, &bus) < 0 ||
	    tern_writer_create(bus, "pose", &vehicle_Pose_type, NULL, &poses) < 0)
		return fprintf(stderr, "%s\n", tern_error_text()), 1;
	for (int i = 0; i < 100; i++, usleep(100000)) {
		vehicle_Pose *pose;
		if (tern_writer_loan(poses, 0, (void **)&pose) < 0)
			break;
		pose->x = 0.1 * i;
		pose->label = tern_loan_strdup(pose, "front axle");
		if (tern_writer_publish(poses, pose) < 0)
			fprintf(stderr, "%s\n", tern_error_text());
	}
	return tern_participant_destroy(bus);
}
