/* An end of a benchmark on Cyclone DDS alone: stock code of idlc's, nothing of Tern. */
#include "dds_bus.h"

#include <stdlib.h>

#include <dds/dds.h>

#include "dds_blob.h" /* idlc's */

static dds_entity_t participant, writer, reader, waitset;
static bench_Blob sample;

static dds_entity_t check(dds_return_t rc, const char *what)
{
	if (rc < 0)
		bus_fail(what, dds_strretcode(rc));
	return rc;
}

static dds_entity_t open_topic(const char *name)
{
	return check(dds_create_topic(participant, &bench_Blob_desc, name, NULL, NULL),
	             "no topic");
}

static void open_reader(const char *topic, const dds_qos_t *qos)
{
	reader = check(dds_create_reader(participant, open_topic(topic), qos, NULL),
	               "no reader");
	waitset = check(dds_create_waitset(participant), "no waitset");
	dds_entity_t condition =
		check(dds_create_readcondition(reader, DDS_ANY_STATE), "no condition");
	check(dds_waitset_attach(waitset, condition, 1),
	      "the reader cannot be waited for");
}

void bus_open(const char *write_topic, const char *read_topic, size_t size_bytes)
{
	dds_qos_t *qos = dds_create_qos();

	dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, BUS_PATIENCE_NS);
	dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
	sample.data._length = (uint32_t)(size_bytes - 12);
	sample.data._maximum = sample.data._length;
	sample.data._buffer = calloc(1, size_bytes);
	participant = check(dds_create_participant(0, NULL, NULL), "no participant");
	if (write_topic)
		writer = check(dds_create_writer(participant, open_topic(write_topic),
		                                 qos, NULL),
		               "no writer");
	if (read_topic)
		open_reader(read_topic, qos);
	dds_delete_qos(qos);
}

void bus_close(void)
{
	dds_delete(participant);
	free(sample.data._buffer);
}

void bus_wait_matched(void)
{
	const dds_time_t until = dds_time() + BUS_PATIENCE_NS;
	dds_instance_handle_t match;

	while ((writer && dds_get_matched_subscriptions(writer, &match, 1) == 0) ||
	       (reader && dds_get_matched_publications(reader, &match, 1) == 0)) {
		if (dds_time() > until)
			bus_fail("no other end", "time-out");
		dds_sleepfor(DDS_MSECS(1));
	}
}

void bus_write(uint64_t number)
{
	sample.number = number;
	check(dds_write(writer, &sample), "write");
}

void bus_wait_acknowledged(void)
{
	check(dds_wait_for_acks(writer, BUS_PATIENCE_NS), "not all arrived");
}

bool bus_wait(int64_t timeout_ns)
{
	dds_attach_t triggered;

	return dds_waitset_wait(waitset, &triggered, 1, timeout_ns) > 0;
}

uint32_t bus_take(uint32_t max, uint64_t *ret_number)
{
	void *samples[BUS_TAKE_MAX] = { NULL }; /* Cyclone lends */
	dds_sample_info_t infos[BUS_TAKE_MAX];
	int32_t count = check(dds_take(reader, samples, infos, max, max), "take");

	if (count == 0)
		return 0;
	*ret_number = ((const bench_Blob *)samples[count - 1])->number;
	check(dds_return_loan(reader, samples, count), "return");
	return (uint32_t)count;
}
