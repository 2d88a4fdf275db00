/* An end of a benchmark within a host on Tern. */
#include "shm_bus.h"

#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "shm_blob.h"

static struct tern_participant *participant;
static struct tern_writer *writer;
static struct tern_reader *reader;
static struct tern_waitset *waitset;
static struct bus_options options;
static void *sample; /* for write() */
static bool is_bulk; /* its bytes are in a sequence */
static size_t bulk_bytes;

static void check(tern_status s, const char *what)
{
	if (s < 0)
		bus_fail(what, tern_error_text());
}

static const struct tern_type *type_for(size_t size_bytes)
{
	if (size_bytes == sizeof(bench_Small))
		return &bench_Small_type;
	return size_bytes == sizeof(bench_Kilo) ? &bench_Kilo_type : &bench_Bulk_type;
}

static struct tern_qos qos_for(struct tern_qos qos)
{
	qos.reliability = TERN_RELIABLE;
	qos.history = options.history ? TERN_KEEP_LAST : TERN_KEEP_ALL;
	qos.durability = options.history ? TERN_TRANSIENT_LOCAL : TERN_VOLATILE;
	qos.max_blocking_time_ns = BUS_PATIENCE_NS;
	return qos;
}

void bus_open(const struct bus_options *wanted)
{
	options = *wanted;
	const struct tern_type *type = type_for(options.size_bytes);
	is_bulk = type == &bench_Bulk_type;
	bulk_bytes = options.size_bytes - 8;
	sample = tern_sample_create(type);
	check(tern_participant_create(0, NULL, &participant), "no participant");
	if (options.write_topic) {
		struct tern_qos qos = qos_for(tern_qos_writer_default());
		check(tern_writer_create(participant, options.write_topic, type, &qos,
		                         &writer),
		      "no writer");
	}
	if (!options.read_topic)
		return;
	struct tern_qos qos = qos_for(tern_qos_reader_default());
	check(tern_reader_create(participant, options.read_topic, type, &qos, &reader),
	      "no reader");
	check(tern_waitset_create(participant, &waitset), "no waitset");
	check(tern_waitset_attach_reader(waitset, reader, TERN_STATUS_DATA_AVAILABLE,
	                                 reader),
	      "the reader cannot be waited for");
}

void bus_close(void)
{
	tern_participant_destroy(participant);
	tern_sample_destroy(type_for(options.size_bytes), sample);
}

void bus_wait_matched(void)
{
	if (writer)
		check(tern_writer_wait_matched(writer, options.readers, BUS_PATIENCE_NS),
		      "no reader");
	if (reader)
		check(tern_reader_wait_matched(reader, 1, BUS_PATIENCE_NS), "no writer");
}

void bus_write(uint64_t number)
{
	memcpy(sample, &number, sizeof number);
	check(tern_writer_write(writer, sample), "write");
}

void bus_publish(uint64_t number, bool touch)
{
	void *loan;

	check(tern_writer_loan(writer, is_bulk ? bulk_bytes : 0, &loan), "loan");
	memcpy(loan, &number, sizeof number);
	if (is_bulk) {
		bench_Bulk *bulk = loan;
		bulk->data._buffer = tern_loan_alloc_uninitialized(loan, bulk_bytes);
		if (!bulk->data._buffer)
			bus_fail("loan", "no room for the sequence");
		bulk->data._length = bulk->data._maximum = (uint32_t)bulk_bytes;
		if (touch)
			memset(bulk->data._buffer, (int)number, bulk_bytes);
	}
	check(tern_writer_publish(writer, loan), "publish");
}

bool bus_wait(int64_t timeout_ns)
{
	void *triggered;

	return tern_waitset_wait(waitset, timeout_ns, 1, &triggered) > 0;
}

uint32_t bus_take(uint32_t max, bool touch, uint64_t *ret_number)
{
	struct tern_sample *samples;
	int32_t count = tern_reader_take(reader, max, &samples);

	check(count < 0 ? (tern_status)count : TERN_OK, "take");
	if (count == 0)
		return 0;
	memcpy(ret_number, samples[count - 1].data, sizeof *ret_number);
	for (int32_t i = 0; touch && is_bulk && i < count; i++) {
		const bench_Bulk *bulk = samples[i].data;
		bus_read_all(bulk->data._buffer, bulk->data._length);
	}
	tern_reader_return(reader, samples);
	return (uint32_t)count;
}
