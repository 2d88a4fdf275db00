/* Maps QoS policies both ways. Durations, kinds and limits have the same numbers on both sides
 * where DDS gives them one; enums are mapped by name all the same. */
#include "qos.h"

#include <stdlib.h>

#include "cyclone_0_10/cyclone_0_10.h"

_Static_assert(TERN_INFINITE == DDS_INFINITY, "both count nanoseconds");
_Static_assert(TERN_UNLIMITED == DDS_LENGTH_UNLIMITED, "as in the DDS specification");

static dds_history_kind_t history_kind(const struct tern_qos *qos)
{
	return qos->history == TERN_KEEP_ALL ? DDS_HISTORY_KEEP_ALL
	                                     : DDS_HISTORY_KEEP_LAST;
}

static dds_liveliness_kind_t liveliness_kind(tern_liveliness kind)
{
	switch (kind) {
	case TERN_LIVELINESS_MANUAL_BY_PARTICIPANT:
		return DDS_LIVELINESS_MANUAL_BY_PARTICIPANT;
	case TERN_LIVELINESS_MANUAL_BY_TOPIC:
		return DDS_LIVELINESS_MANUAL_BY_TOPIC;
	default:
		return DDS_LIVELINESS_AUTOMATIC;
	}
}

uint32_t tern__qos_representations(const struct tern_endpoint_info *info)
{
	uint32_t can = TERN_ACCEPT_XCDR2;
	if (info->type->flags & TERN_TYPE_XCDR1)
		can |= TERN_ACCEPT_XCDR1;
	uint32_t wanted =
		info->qos.representations ? info->qos.representations & can : can;
	if (info->kind == TERN_READER || wanted == 0)
		return wanted;
	/* A writer offers one: the one that older DDS understands too. */
	return wanted & TERN_ACCEPT_XCDR1 ? TERN_ACCEPT_XCDR1 : TERN_ACCEPT_XCDR2;
}

static void set_representations(dds_qos_t *to, uint32_t representations)
{
	dds_data_representation_id_t ids[2];
	uint32_t count = 0;
	if (representations & TERN_ACCEPT_XCDR1)
		ids[count++] = DDS_DATA_REPRESENTATION_XCDR1;
	if (representations & TERN_ACCEPT_XCDR2)
		ids[count++] = DDS_DATA_REPRESENTATION_XCDR2;
	dds_qset_data_representation(to, count, ids);
}

static void set_partitions(dds_qos_t *to, const struct tern_qos *qos)
{
	const char *names[TERN_PARTITIONS_MAX];
	if (qos->partition_count == 0 || qos->partition_count > TERN_PARTITIONS_MAX)
		return;
	for (uint32_t i = 0; i < qos->partition_count; i++)
		names[i] = qos->partitions[i];
	dds_qset_partition(to, qos->partition_count, names);
}

static void set_writer_policies(dds_qos_t *to, const struct tern_qos *qos)
{
	dds_qset_lifespan(to, qos->lifespan_ns);
	dds_qset_ownership_strength(to, qos->ownership_strength);
	dds_qset_writer_data_lifecycle(to, qos->autodispose_unregistered);
	/* What late joiners get is the writer's history. */
	if (qos->durability == TERN_TRANSIENT_LOCAL)
		dds_qset_durability_service(to, 0, history_kind(qos), qos->history_depth,
		                            qos->max_samples, qos->max_instances,
		                            qos->max_samples_per_instance);
}

static void set_reader_policies(dds_qos_t *to, const struct tern_qos *qos)
{
	dds_qset_time_based_filter(to, qos->minimum_separation_ns);
	dds_qset_reader_data_lifecycle(to, qos->autopurge_nowriter_ns,
	                               qos->autopurge_disposed_ns);
	dds_qset_type_consistency(to, DDS_TYPE_CONSISTENCY_ALLOW_TYPE_COERCION,
	                          qos->ignore_sequence_bounds, qos->ignore_string_bounds,
	                          qos->ignore_member_names, qos->prevent_type_widening,
	                          false);
}

dds_qos_t *tern__qos_to_cyclone(const struct tern_endpoint_info *info,
                                const void *user_data, size_t user_data_size_bytes)
{
	const struct tern_qos *qos = &info->qos;
	dds_qos_t *to = dds_create_qos();
	if (!to)
		return NULL;
	dds_qset_reliability(to,
	                     qos->reliability == TERN_RELIABLE
	                             ? DDS_RELIABILITY_RELIABLE
	                             : DDS_RELIABILITY_BEST_EFFORT,
	                     qos->max_blocking_time_ns);
	dds_qset_durability(to, qos->durability == TERN_TRANSIENT_LOCAL
	                                ? DDS_DURABILITY_TRANSIENT_LOCAL
	                                : DDS_DURABILITY_VOLATILE);
	dds_qset_history(to, history_kind(qos), qos->history_depth);
	dds_qset_resource_limits(to, qos->max_samples, qos->max_instances,
	                         qos->max_samples_per_instance);
	dds_qset_deadline(to, qos->deadline_ns);
	dds_qset_latency_budget(to, qos->latency_budget_ns);
	dds_qset_ownership(to, qos->ownership == TERN_EXCLUSIVE ? DDS_OWNERSHIP_EXCLUSIVE
	                                                        : DDS_OWNERSHIP_SHARED);
	dds_qset_liveliness(to, liveliness_kind(qos->liveliness),
	                    qos->liveliness_lease_ns);
	dds_qset_destination_order(to,
	                           qos->destination_order == TERN_BY_SOURCE_TIMESTAMP
	                                   ? DDS_DESTINATIONORDER_BY_SOURCE_TIMESTAMP
	                                   : DDS_DESTINATIONORDER_BY_RECEPTION_TIMESTAMP);
	/* Pairs within this process are the local transport's. */
	dds_qset_ignorelocal(to, DDS_IGNORELOCAL_PARTICIPANT);
	set_representations(to, tern__qos_representations(info));
	set_partitions(to, qos);
	dds_qset_userdata(to, user_data, user_data_size_bytes);
	if (info->kind == TERN_WRITER)
		set_writer_policies(to, qos);
	else
		set_reader_policies(to, qos);
	return to;
}

/* ---- from the network ---------------------------------------------------------------- */

static tern_durability durability_from(dds_durability_kind_t kind)
{
	switch (kind) {
	case DDS_DURABILITY_TRANSIENT_LOCAL:
		return TERN_TRANSIENT_LOCAL;
	case DDS_DURABILITY_TRANSIENT:
		return TERN_TRANSIENT;
	case DDS_DURABILITY_PERSISTENT:
		return TERN_PERSISTENT;
	default:
		return TERN_VOLATILE;
	}
}

static void get_kinds(const dds_qos_t *from, struct tern_qos *qos)
{
	dds_durability_kind_t durability;
	if (dds_qget_durability(from, &durability))
		qos->durability = durability_from(durability);
	dds_history_kind_t history;
	if (dds_qget_history(from, &history, &qos->history_depth))
		qos->history =
			history == DDS_HISTORY_KEEP_ALL ? TERN_KEEP_ALL : TERN_KEEP_LAST;
	dds_ownership_kind_t ownership;
	if (dds_qget_ownership(from, &ownership))
		qos->ownership = ownership == DDS_OWNERSHIP_EXCLUSIVE ? TERN_EXCLUSIVE
		                                                      : TERN_SHARED;
	dds_liveliness_kind_t liveliness;
	if (dds_qget_liveliness(from, &liveliness, &qos->liveliness_lease_ns))
		qos->liveliness = liveliness == DDS_LIVELINESS_MANUAL_BY_TOPIC
		                          ? TERN_LIVELINESS_MANUAL_BY_TOPIC
		                  : liveliness == DDS_LIVELINESS_MANUAL_BY_PARTICIPANT
		                          ? TERN_LIVELINESS_MANUAL_BY_PARTICIPANT
		                          : TERN_LIVELINESS_AUTOMATIC;
	dds_destination_order_kind_t order;
	if (dds_qget_destination_order(from, &order))
		qos->destination_order = order == DDS_DESTINATIONORDER_BY_SOURCE_TIMESTAMP
		                                 ? TERN_BY_SOURCE_TIMESTAMP
		                                 : TERN_BY_RECEPTION_TIMESTAMP;
}

/* A reader takes each that it lists, a writer sends the first (XTypes 1.3, 7.6.3.1.1). Without
 * the policy it is XCDR1. */
static void get_representations(const dds_qos_t *from, tern_endpoint_kind kind,
                                struct tern_qos *qos)
{
	uint32_t count = 0;
	dds_data_representation_id_t *ids = NULL;
	qos->representations = TERN_ACCEPT_XCDR1;
	if (!dds_qget_data_representation(from, &count, &ids))
		return;
	if (count > 0)
		qos->representations = 0;
	if (kind == TERN_WRITER && count > 1)
		count = 1;
	for (uint32_t i = 0; i < count; i++) {
		if (ids[i] == DDS_DATA_REPRESENTATION_XCDR1)
			qos->representations |= TERN_ACCEPT_XCDR1;
		else if (ids[i] == DDS_DATA_REPRESENTATION_XCDR2)
			qos->representations |= TERN_ACCEPT_XCDR2;
	}
	dds_free(ids);
}

static void get_partitions(const dds_qos_t *from, struct tern__found_qos *found)
{
	uint32_t count = 0;
	char **names = NULL;
	if (!dds_qget_partition(from, &count, &names) || count == 0)
		return;
	uint32_t kept = count < TERN_PARTITIONS_MAX ? count : TERN_PARTITIONS_MAX;
	for (uint32_t i = kept; i < count; i++)
		dds_free(names[i]);
	found->partitions = names;
	found->qos.partitions = (const char *const *)names;
	found->qos.partition_count = kept;
}

void tern__qos_from_cyclone(const dds_qos_t *from, tern_endpoint_kind kind,
                            struct tern__found_qos *ret_found)
{
	*ret_found = (struct tern__found_qos){
		.qos = {
			/* What a peer leaves out has its default (RTPS 2.5, 9.6.3.2). */
			.reliability = TERN_BEST_EFFORT,
			.max_blocking_time_ns = DDS_MSECS(100),
			.history_depth = 1,
			.max_samples = TERN_UNLIMITED,
			.max_instances = TERN_UNLIMITED,
			.max_samples_per_instance = TERN_UNLIMITED,
			.deadline_ns = TERN_INFINITE,
			.lifespan_ns = TERN_INFINITE,
			.liveliness_lease_ns = TERN_INFINITE,
			.autodispose_unregistered = true,
			.autopurge_nowriter_ns = TERN_INFINITE,
			.autopurge_disposed_ns = TERN_INFINITE,
			.ignore_sequence_bounds = true,
			.ignore_string_bounds = true,
		},
	};
	struct tern_qos *qos = &ret_found->qos;

	dds_reliability_kind_t reliability;
	if (dds_qget_reliability(from, &reliability, &qos->max_blocking_time_ns))
		qos->reliability = reliability == DDS_RELIABILITY_RELIABLE
		                           ? TERN_RELIABLE
		                           : TERN_BEST_EFFORT;
	get_kinds(from, qos);
	(void)dds_qget_resource_limits(from, &qos->max_samples, &qos->max_instances,
	                               &qos->max_samples_per_instance);
	(void)dds_qget_deadline(from, &qos->deadline_ns);
	(void)dds_qget_latency_budget(from, &qos->latency_budget_ns);
	(void)dds_qget_lifespan(from, &qos->lifespan_ns);
	(void)dds_qget_ownership_strength(from, &qos->ownership_strength);
	(void)dds_qget_time_based_filter(from, &qos->minimum_separation_ns);
	(void)dds_qget_writer_data_lifecycle(from, &qos->autodispose_unregistered);
	(void)dds_qget_reader_data_lifecycle(from, &qos->autopurge_nowriter_ns,
	                                     &qos->autopurge_disposed_ns);
	dds_type_consistency_kind_t consistency;
	bool force;
	(void)dds_qget_type_consistency(from, &consistency, &qos->ignore_sequence_bounds,
	                                &qos->ignore_string_bounds,
	                                &qos->ignore_member_names,
	                                &qos->prevent_type_widening, &force);
	get_representations(from, kind, qos);
	get_partitions(from, ret_found);
	if (dds_qget_userdata(from, &ret_found->user_data, &qos->user_data_size_bytes))
		qos->user_data = ret_found->user_data;
}

void tern__found_qos_fini(struct tern__found_qos *found)
{
	for (uint32_t i = 0; i < found->qos.partition_count; i++)
		dds_free(found->partitions[i]);
	dds_free(found->partitions);
	dds_free(found->user_data);
}
