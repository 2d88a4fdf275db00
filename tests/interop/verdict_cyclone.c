/* Cyclone's side of the verdicts: stock idlc types, and QoS as the DDS transport sets them. */
#include <stdio.h>

#include <dds/dds.h>

#include "idlc/verdicts.h"
#include "transports/dds/src/qos.h"
#include "verdict_cyclone.h"

#define DESCRIPTOR(name) &v_##name##_desc,
static const dds_topic_descriptor_t *const descriptors[] = { VERDICT_TYPES(DESCRIPTOR) };

static dds_entity_t domain, publisher_side, subscriber_side;
static unsigned pairs; /* each has a topic of its own */

bool verdict_cyclone_begin(void)
{
	domain = dds_create_domain(0, "<General><Interfaces><NetworkInterface "
	                              "name='lo'/></Interfaces><AllowMulticast>false</"
	                              "AllowMulticast></General>");
	publisher_side = dds_create_participant(0, NULL, NULL);
	subscriber_side = dds_create_participant(0, NULL, NULL);
	if (domain >= 0 && publisher_side >= 0 && subscriber_side >= 0)
		return true;
	fprintf(stderr, "Cyclone does not start: %s, %s, %s\n", dds_strretcode(domain),
	        dds_strretcode(publisher_side), dds_strretcode(subscriber_side));
	return false;
}

void verdict_cyclone_end(void)
{
	dds_delete(domain);
}

static enum match_code code_of(uint32_t policy_id)
{
	switch (policy_id) {
	case DDS_RELIABILITY_QOS_POLICY_ID:
		return MATCH_RELIABILITY;
	case DDS_DURABILITY_QOS_POLICY_ID:
		return MATCH_DURABILITY;
	case DDS_DEADLINE_QOS_POLICY_ID:
		return MATCH_DEADLINE;
	case DDS_LATENCYBUDGET_QOS_POLICY_ID:
		return MATCH_LATENCY_BUDGET;
	case DDS_OWNERSHIP_QOS_POLICY_ID:
		return MATCH_OWNERSHIP;
	case DDS_LIVELINESS_QOS_POLICY_ID:
		return MATCH_LIVELINESS;
	case DDS_DESTINATIONORDER_QOS_POLICY_ID:
		return MATCH_DESTINATION_ORDER;
	case DDS_PARTITION_QOS_POLICY_ID:
		return MATCH_PARTITION;
	case DDS_DATA_REPRESENTATION_QOS_POLICY_ID:
		return MATCH_REPRESENTATION;
	case DDS_TYPE_CONSISTENCY_ENFORCEMENT_QOS_POLICY_ID:
		return MATCH_TYPE;
	default:
		return MATCH_OK;
	}
}

/* The endpoint; its topic goes into ret_topic. Negative: Cyclone's error. */
static dds_entity_t endpoint(dds_entity_t participant, const char *topic_name,
                             enum verdict_type type,
                             const struct tern_endpoint_info *info,
                             dds_entity_t *ret_topic)
{
	*ret_topic =
		dds_create_topic(participant, descriptors[type], topic_name, NULL, NULL);
	if (*ret_topic < 0)
		return *ret_topic;
	dds_qos_t *qos = tern__qos_to_cyclone(info, NULL, 0);
	dds_entity_t made =
		info->kind == TERN_WRITER
			? dds_create_writer(participant, *ret_topic, qos, NULL)
			: dds_create_reader(participant, *ret_topic, qos, NULL);
	dds_delete_qos(qos);
	if (made < 0) {
		fprintf(stderr, "Cyclone makes no endpoint of %s: %s\n",
		        descriptors[type]->m_typename, dds_strretcode(made));
		dds_delete(*ret_topic);
	}
	return made;
}

bool verdict_cyclone(enum verdict_type writer_type,
                     const struct tern_endpoint_info *writer,
                     enum verdict_type reader_type,
                     const struct tern_endpoint_info *reader,
                     struct cyclone_verdict *ret_verdict)
{
	dds_subscription_matched_status_t matched;
	dds_requested_incompatible_qos_status_t incompatible;
	dds_entity_t reader_topic, writer_topic, dds_reader, dds_writer;
	char name[32];
	bool fine = false;

	snprintf(name, sizeof name, "verdict_%u", pairs++);
	dds_reader = endpoint(subscriber_side, name, reader_type, reader, &reader_topic);
	if (dds_reader < 0)
		return false;
	dds_writer = endpoint(publisher_side, name, writer_type, writer, &writer_topic);
	if (dds_writer < 0)
		goto delete_reader;
	fine = dds_get_subscription_matched_status(dds_reader, &matched) ==
	               DDS_RETCODE_OK &&
	       dds_get_requested_incompatible_qos_status(dds_reader, &incompatible) ==
	               DDS_RETCODE_OK;
	if (fine) {
		ret_verdict->matched = matched.current_count == 1;
		ret_verdict->code = incompatible.total_count
		                            ? code_of(incompatible.last_policy_id)
		                            : MATCH_OK;
	}
	dds_delete(dds_writer);
	dds_delete(writer_topic);
delete_reader:
	dds_delete(dds_reader);
	dds_delete(reader_topic);
	return fine;
}
