/* The benchmark's bus over Tern. */
#include <stdio.h>
#include <stdlib.h>

#include <tern/tern.h>

#include "bus.h"
#include "transfer.h"

static struct tern_participant *participant;
static struct tern_writer *writer;
static struct tern_reader *reader;
static uint8_t data[1 << 20];

static void check(tern_status s)
{
	if (s >= 0)
		return;
	fprintf(stderr, "%s\n", tern_error_text());
	exit(1);
}

void bus_open(const char *write_topic, const char *read_topic)
{
	struct tern_qos writer_qos = tern_qos_writer_default();
	struct tern_qos reader_qos = tern_qos_reader_default();
	writer_qos.history = TERN_KEEP_ALL;
	writer_qos.max_blocking_time_ns = INT64_C(10000000000);
	reader_qos.reliability = TERN_RELIABLE;
	reader_qos.history = TERN_KEEP_ALL;
	setenv("TERN_TRANSPORTS", "dds", 1);
	check(tern_participant_create(0, NULL, &participant));
	check(tern_participant_wait_started(participant, TERN_INFINITE));
	if (write_topic)
		check(tern_writer_create(participant, write_topic, &bench_Blob_type,
		                         &writer_qos, &writer));
	if (read_topic)
		check(tern_reader_create(participant, read_topic, &bench_Blob_type,
		                         &reader_qos, &reader));
}

void bus_close(void)
{
	check(tern_participant_destroy(participant));
}

void bus_wait_matched(void)
{
	if (writer)
		check(tern_writer_wait_matched(writer, 1, TERN_INFINITE));
	if (reader)
		check(tern_reader_wait_matched(reader, 1, TERN_INFINITE));
}

void bus_write(uint64_t number, size_t size_bytes)
{
	const bench_Blob blob = {
		.number = number,
		.data = { (uint32_t)size_bytes, (uint32_t)size_bytes, data, false },
	};
	check(tern_writer_write(writer, &blob));
}

void bus_wait_acknowledged(void)
{
	check(tern_writer_wait_for_acknowledgments(writer, TERN_INFINITE));
}

size_t bus_take(uint64_t *ret_number)
{
	struct tern_sample *samples;
	int32_t count;
	while ((count = tern_reader_take(reader, 64, &samples)) == 0)
		check(tern_reader_wait(reader, TERN_INFINITE));
	check(count);
	*ret_number = ((const bench_Blob *)samples[count - 1].data)->number;
	tern_reader_return(reader, samples);
	return (size_t)count;
}
