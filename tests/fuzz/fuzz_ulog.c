/* Fuzzes the flight example's ULog reader and the binding of what it reads to a type. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tern/tern.h>

#include "binding.h"
#include "topics.h"
#include "ulog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void carry_over(const struct ulog_sample *sample)
{
	/* The fuzzer need not guess names: the message id chooses the type. */
	const struct tern_type *type =
		flight_topics[sample->topic->message_id % FLIGHT_TOPIC_COUNT].type;
	struct binding *binding =
		binding_create(sample->topic->format, type, NULL, NULL, NULL);
	void *target = tern_sample_create(type);

	if (binding && target)
		binding_apply(binding, sample->data, sample->size_bytes,
		              sample->topic->instance, target);
	tern_sample_destroy(type, target);
	binding_destroy(binding);
}

/* Without the magic, so that the fuzzer need not find it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static const uint8_t header[16] = { 'U', 'L', 'o', 'g', 0x01, 0x12, 0x35, 1 };
	char error[ULOG_ERROR_SIZE_BYTES];
	struct ulog_sample sample;
	char path[64];
	struct ulog *log;
	int fd = memfd_create("ulog", 0);

	if (fd < 0)
		return 0;
	if (write(fd, header, sizeof header) != (ssize_t)sizeof header ||
	    write(fd, data, size_bytes) != (ssize_t)size_bytes)
		goto close;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	log = ulog_open(path, NULL, NULL, error);
	if (!log)
		abort();
	for (int samples = 0; samples < 1000 && ulog_next(log, &sample); samples++)
		carry_over(&sample);
	ulog_close(log);
close:
	close(fd);
	return 0;
}
