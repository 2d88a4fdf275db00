/* The benchmark's bus over plain Cyclone DDS. */
#include <stdio.h>
#include <stdlib.h>

#include <dds/dds.h>

#include "bus.h"
#include "transfer.h"

static dds_entity_t participant;
static dds_entity_t writer;
static dds_entity_t reader;
static dds_entity_t waitset;
static uint8_t data[1 << 20];

static dds_entity_t check(dds_entity_t rc)
{
	if (rc >= 0)
		return rc;
	fprintf(stderr, "%s\n", dds_strretcode(rc));
	exit(1);
}

static dds_entity_t topic(const char *name)
{
	return check(dds_create_topic(participant, &bench_Blob_desc, name, NULL, NULL));
}

void bus_open(const char *write_topic, const char *read_topic)
{
	dds_qos_t *qos = dds_create_qos();
	dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(10));
	dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
	participant = check(dds_create_participant(0, NULL, NULL));
	if (write_topic)
		writer = check(
			dds_create_writer(participant, topic(write_topic), qos, NULL));
	if (read_topic) {
		reader = check(
			dds_create_reader(participant, topic(read_topic), qos, NULL));
		check(dds_set_status_mask(reader,
		                          DDS_DATA_AVAILABLE_STATUS |
		                                  DDS_SUBSCRIPTION_MATCHED_STATUS));
		waitset = check(dds_create_waitset(participant));
		check(dds_waitset_attach(waitset, reader, reader));
	}
	dds_delete_qos(qos);
}

void bus_close(void)
{
	check(dds_delete(participant));
}

void bus_wait_matched(void)
{
	dds_publication_matched_status_t publication = { 0 };
	dds_subscription_matched_status_t subscription = { 0 };
	while (writer && publication.current_count == 0) {
		check(dds_get_publication_matched_status(writer, &publication));
		dds_sleepfor(DDS_MSECS(1));
	}
	while (reader && subscription.current_count == 0) {
		check(dds_get_subscription_matched_status(reader, &subscription));
		dds_sleepfor(DDS_MSECS(1));
	}
	if (reader)
		check(dds_set_status_mask(reader, DDS_DATA_AVAILABLE_STATUS));
}

void bus_write(uint64_t number, size_t size_bytes)
{
	const bench_Blob blob = {
		.number = number,
		.data = { (uint32_t)size_bytes, (uint32_t)size_bytes, data, false },
	};
	check(dds_write(writer, &blob));
}

void bus_wait_acknowledged(void)
{
	check(dds_wait_for_acks(writer, DDS_INFINITY));
}

size_t bus_take(uint64_t *ret_number)
{
	static void *samples[64];
	dds_sample_info_t infos[64];
	dds_attach_t triggered;
	dds_return_t count;
	while ((count = check(dds_take(reader, samples, infos, 64, 64))) == 0)
		check(dds_waitset_wait(waitset, &triggered, 1, DDS_INFINITY));
	*ret_number = ((const bench_Blob *)samples[count - 1])->number;
	check(dds_return_loan(reader, samples, count));
	return (size_t)count;
}
