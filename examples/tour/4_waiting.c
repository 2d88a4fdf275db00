/* Tour 4: waiting for many things at once. A waitset is a call that waits, or a descriptor for
 * the poll() or epoll loop that a program has anyway. */
#include <poll.h>
#include <stdio.h>

#include <tern/tern.h>

#include "reading.h"

#define SECOND_NS INT64_C(1000000000)

static int fail(void)
{
	fprintf(stderr, "%s\n", tern_error_text());
	return 1;
}

static int drain(struct tern_reader *reader)
{
	const char *topic = tern_topic_name(tern_reader_topic(reader));
	struct tern_sample *samples;
	int32_t count;

	while ((count = tern_reader_take(reader, 10, &samples)) > 0) {
		printf("%s: %d sample\n", topic, count);
		tern_reader_return(reader, samples);
	}
	return count;
}

/* One turn of an event loop. */
static int turn(struct tern_waitset *waitset, int fd)
{
	struct pollfd descriptor = { .fd = fd, .events = POLLIN };
	void *ready[2];
	int32_t count;

	if (poll(&descriptor, 1, 5000) != 1)
		return -1;
	while ((count = tern_waitset_wait(waitset, 0, 2, ready)) > 0)
		for (int32_t i = 0; i < count; i++)
			if (drain(ready[i]) < 0)
				return -1;
	return count == TERN_ETIMEDOUT ? 0 : -1;
}

int main(void)
{
	static const char *const topics[2] = { "inside", "outside" };
	tour_Reading reading = { .place = "cabin", .temperature = 21.0 };
	struct tern_participant *bus;
	struct tern_waitset *waitset;
	struct tern_writer *writers[2];
	struct tern_reader *readers[2];
	int32_t fd;

	if (tern_participant_create(0, "tour", &bus) ||
	    tern_waitset_create(bus, &waitset))
		return fail();
	for (int i = 0; i < 2; i++)
		if (tern_writer_create(bus, topics[i], &tour_Reading_type, NULL,
		                       &writers[i]) ||
		    tern_reader_create(bus, topics[i], &tour_Reading_type, NULL,
		                       &readers[i]) ||
		    tern_waitset_attach_reader(waitset, readers[i],
		                               TERN_STATUS_DATA_AVAILABLE, readers[i]) ||
		    tern_reader_wait_matched(readers[i], 1, 5 * SECOND_NS))
			return fail();
	fd = tern_waitset_fd(waitset);
	if (fd < 0)
		return fail();
	for (int i = 0; i < 2; i++)
		if (tern_writer_write(writers[i], &reading) || turn(waitset, fd))
			return fail();
	return tern_participant_destroy(bus) ? fail() : 0;
}
