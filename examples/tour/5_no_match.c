/* Tour 5: nothing fails in silence. A best-effort writer cannot serve a reader that wants
 * reliability: both are told, with what to change. */
#include <stdio.h>

#include <tern/tern.h>

#include "reading.h"

#define SECOND_NS INT64_C(1000000000)

int main(void)
{
	struct tern_qos offered = tern_qos_writer_default();
	struct tern_qos requested = tern_qos_reader_default();
	struct tern_incompatible_status incompatible;
	struct tern_participant *bus;
	struct tern_writer *writer;
	struct tern_reader *reader;

	offered.reliability = TERN_BEST_EFFORT;
	requested.reliability = TERN_RELIABLE;
	if (tern_participant_create(0, "tour", &bus) ||
	    tern_writer_create(bus, "reading", &tour_Reading_type, &offered, &writer) ||
	    tern_reader_create(bus, "reading", &tour_Reading_type, &requested, &reader)) {
		fprintf(stderr, "%s\n", tern_error_text());
		return 1;
	}
	if (tern_reader_wait_matched(reader, 1, SECOND_NS / 10) == TERN_ETIMEDOUT)
		printf("the reader waited in vain: %s\n", tern_error_text());
	incompatible = tern_reader_requested_incompatible(reader);
	printf("the reader's status says: %s\n", incompatible.reason);
	incompatible = tern_writer_offered_incompatible(writer);
	printf("the writer's status says: %s\n", incompatible.reason);
	return tern_participant_destroy(bus) ? 1 : 0;
}
