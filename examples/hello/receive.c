/* Prints the poses that come until none came for 5 s: the README's second program. */
#include <stdio.h>

#include <tern/tern.h>

#include "vehicle.h"

int main(void)
{
	struct tern_participant *bus;
	struct tern_reader *poses;
	struct tern_sample *samples;

	if (tern_participant_create(0, NULL, &bus) < 0 ||
	    tern_reader_create(bus, "pose", &vehicle_Pose_type, NULL, &poses) < 0)
		return fprintf(stderr, "%s\n", tern_error_text()), 1;
	while (tern_reader_wait(poses, INT64_C(5000000000)) == TERN_OK) {
		int32_t count = tern_reader_take(poses, 10, &samples);
		for (int32_t i = 0; i < count; i++) {
			const vehicle_Pose *pose = samples[i].data;
			if (samples[i].info.valid_data)
				printf("%s is at x = %.1f m\n", pose->label, pose->x);
		}
		if (count > 0)
			tern_reader_return(poses, samples);
	}
	return tern_participant_destroy(bus);
}
