/* A plain Cyclone DDS program that writes well-formed RTPS with payloads that are not what the
 * topic's type says: `liar` writes them all, says "written", and ends when its stdin does. */
#include <stdio.h>

#include <dds/dds.h>

#include "idlc/lie.h"

static dds_entity_t make_writer(dds_entity_t participant,
                                const dds_topic_descriptor_t *type, const char *name,
                                dds_data_representation_id_t representation)
{
	dds_qos_t *qos = dds_create_qos();
	dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(10));
	dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
	dds_qset_data_representation(qos, 1, &representation);
	dds_entity_t topic = dds_create_topic(participant, type, name, NULL, NULL);
	dds_entity_t writer = dds_create_writer(participant, topic, qos, NULL);
	dds_publication_matched_status_t matched = { 0 };
	while (writer > 0 && matched.current_count == 0) {
		(void)dds_get_publication_matched_status(writer, &matched);
		dds_sleepfor(DDS_MSECS(1));
	}
	dds_delete_qos(qos);
	return writer;
}

int main(void)
{
	/* Where a reader of the true type finds the length of a string, and what follows. */
	static const uint32_t lies[][6] = {
		{ 0xffffffff, 0, 0, 0, 0, 0 },  /* 4 GiB of text */
		{ 24, 0x41414141, 0, 0, 0, 0 }, /* more than there is */
		{ 4, 0x41414141, 0, 0, 0, 0 },  /* not terminated */
		{ 1, 0, 0xffffffff, 0, 0, 0 },  /* 16 GiB of floats */
		{ 1, 0, 0x40000000, 0, 0, 0 },  /* whose size overflows */
		{ 1, 0, 0, 0, 0, 0 },           /* ends in the last member */
		{ 0, 0, 0, 0, 0, 0 },           /* a string without a terminator */
		{ 0x7fffffff, 0x7fffffff, 0, 0, 0, 0 },
	};
	dds_entity_t participant = dds_create_participant(0, NULL, NULL);
	dds_entity_t plain =
		make_writer(participant, &foreign_Plain_desc, "from_liar_Plain",
	                    DDS_DATA_REPRESENTATION_XCDR1);
	dds_entity_t loose =
		make_writer(participant, &foreign_Loose_desc, "from_liar_Loose",
	                    DDS_DATA_REPRESENTATION_XCDR2);
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		foreign_Plain lie = { .serial = (int32_t)i, .count = i };
		for (int j = 0; j < 6; j++)
			lie.words[j] = lies[i][j];
		if (dds_write(plain, &lie) < 0)
			return 1;
	}
	for (int32_t i = 0; i < 5; i++) {
		/* Read as member headers of a mutable type. */
		foreign_Loose lie = { .words = { -i, i << 28 | 4, 0x7fffffff, i } };
		if (dds_write(loose, &lie) < 0)
			return 1;
	}
	if (dds_wait_for_acks(plain, DDS_SECS(10)) < 0 ||
	    dds_wait_for_acks(loose, DDS_SECS(10)) < 0)
		return 1;
	puts("written");
	fflush(stdout);
	(void)getchar();
	dds_delete(participant);
	return 0;
}
