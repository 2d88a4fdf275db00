/* An end of a benchmark on Tern; TERN_TRANSPORTS says over which transport. */
#include "dds_bus.h"

#include <stdlib.h>

#include <tern/tern.h>

#include "dds_blob.h" /* ternc's */

static struct tern_participant *participant;
static struct tern_writer *writer;
static struct tern_reader *reader;
static struct tern_waitset *waitset;
static bench_Blob sample;

static void check(tern_status s, const char *what)
{
	if (s < 0)
		bus_fail(what, tern_error_text());
}

static void open_writer(const char *topic)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.history = TERN_KEEP_ALL;
	qos.max_blocking_time_ns = BUS_PATIENCE_NS;
	check(tern_writer_create(participant, topic, &bench_Blob_type, &qos, &writer),
	      "no writer");
}

static void open_reader(const char *topic)
{
	struct tern_qos qos = tern_qos_reader_default();

	qos.history = TERN_KEEP_ALL;
	qos.reliability = TERN_RELIABLE;
	check(tern_reader_create(participant, topic, &bench_Blob_type, &qos, &reader),
	      "no reader");
	check(tern_waitset_create(participant, &waitset), "no waitset");
	check(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE,
	                                 reader),
	      "the reader cannot be waited for");
}

void bus_open(const char *write_topic, const char *read_topic, size_t size_bytes)
{
	sample.data._length = (uint32_t)(size_bytes - 12);
	sample.data._maximum = sample.data._length;
	sample.data._buffer = calloc(1, size_bytes);
	check(tern_participant_create(0, NULL, &participant), "no participant");
	if (write_topic)
		open_writer(write_topic);
	if (read_topic)
		open_reader(read_topic);
}

void bus_close(void)
{
	tern_participant_destroy(participant);
	free(sample.data._buffer);
}

void bus_wait_matched(void)
{
	if (writer)
		check(tern_writer_wait_matched(writer, 1, BUS_PATIENCE_NS), "no reader");
	if (reader)
		check(tern_reader_wait_matched(reader, 1, BUS_PATIENCE_NS), "no writer");
}

void bus_write(uint64_t number)
{
	sample.number = number;
	check(tern_writer_write(writer, &sample), "write");
}

void bus_wait_acknowledged(void)
{
	check(tern_writer_wait_for_acknowledgments(writer, BUS_PATIENCE_NS),
	      "not all arrived");
}

bool bus_wait(int64_t timeout_ns)
{
	void *triggered;

	return tern_waitset_wait(waitset, timeout_ns, 1, &triggered) > 0;
}

uint32_t bus_take(uint32_t max, uint64_t *ret_number)
{
	struct tern_sample *samples;
	int32_t count = tern_reader_take(reader, max, &samples);

	check(count < 0 ? (tern_status)count : TERN_OK, "take");
	if (count == 0)
		return 0;
	*ret_number = ((const bench_Blob *)samples[count - 1].data)->number;
	tern_reader_return(reader, samples);
	return (uint32_t)count;
}
