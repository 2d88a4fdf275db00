/* QoS goes to Cyclone and comes back the same. */
#include <string.h>

#include "suite.h"

#include "qos.h"

static const struct tern_type final_type = {
	.abi = TERN_TYPE_ABI,
	.flags = TERN_TYPE_XCDR1,
	.name = "final",
};
static const struct tern_type mutable_type = { .abi = TERN_TYPE_ABI, .name = "mutable" };

static struct tern_endpoint_info endpoint(tern_endpoint_kind kind,
                                          const struct tern_type *type)
{
	return (struct tern_endpoint_info){
		.kind = kind,
		.type = type,
		.type_name = type->name,
		.qos = kind == TERN_WRITER ? tern_qos_writer_default()
		                           : tern_qos_reader_default(),
	};
}

/* There and back; the caller ends `found`. */
static void round_trip(const struct tern_endpoint_info *info,
                       struct tern__found_qos *found)
{
	dds_qos_t *qos = tern__qos_to_cyclone(info, info->qos.user_data,
	                                      info->qos.user_data_size_bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(qos);
	tern__qos_from_cyclone(qos, info->kind, found);
	dds_delete_qos(qos);
}

static void policies_of_a_writer_come_back(void)
{
	static const char *const partitions[] = { "left*", "right" };
	struct tern_endpoint_info info = endpoint(TERN_WRITER, &final_type);
	struct tern__found_qos found;
	info.qos.reliability = TERN_RELIABLE;
	info.qos.max_blocking_time_ns = 7;
	info.qos.durability = TERN_TRANSIENT_LOCAL;
	info.qos.history = TERN_KEEP_ALL;
	info.qos.max_samples = 100;
	info.qos.max_instances = 10;
	info.qos.max_samples_per_instance = 5;
	info.qos.deadline_ns = 11;
	info.qos.latency_budget_ns = 12;
	info.qos.lifespan_ns = 13;
	info.qos.ownership = TERN_EXCLUSIVE;
	info.qos.ownership_strength = -14;
	info.qos.liveliness = TERN_LIVELINESS_MANUAL_BY_TOPIC;
	info.qos.liveliness_lease_ns = 15;
	info.qos.destination_order = TERN_BY_SOURCE_TIMESTAMP;
	info.qos.autodispose_unregistered = false;
	info.qos.partitions = partitions;
	info.qos.partition_count = 2;
	info.qos.user_data = "user";
	info.qos.user_data_size_bytes = 4;
	round_trip(&info, &found);

	CU_ASSERT_EQUAL(found.qos.reliability, TERN_RELIABLE);
	CU_ASSERT_EQUAL(found.qos.max_blocking_time_ns, 7);
	CU_ASSERT_EQUAL(found.qos.durability, TERN_TRANSIENT_LOCAL);
	CU_ASSERT_EQUAL(found.qos.history, TERN_KEEP_ALL);
	CU_ASSERT_EQUAL(found.qos.max_samples, 100);
	CU_ASSERT_EQUAL(found.qos.max_instances, 10);
	CU_ASSERT_EQUAL(found.qos.max_samples_per_instance, 5);
	CU_ASSERT_EQUAL(found.qos.deadline_ns, 11);
	CU_ASSERT_EQUAL(found.qos.latency_budget_ns, 12);
	CU_ASSERT_EQUAL(found.qos.lifespan_ns, 13);
	CU_ASSERT_EQUAL(found.qos.ownership, TERN_EXCLUSIVE);
	CU_ASSERT_EQUAL(found.qos.ownership_strength, -14);
	CU_ASSERT_EQUAL(found.qos.liveliness, TERN_LIVELINESS_MANUAL_BY_TOPIC);
	CU_ASSERT_EQUAL(found.qos.liveliness_lease_ns, 15);
	CU_ASSERT_EQUAL(found.qos.destination_order, TERN_BY_SOURCE_TIMESTAMP);
	CU_ASSERT_FALSE(found.qos.autodispose_unregistered);
	CU_ASSERT_EQUAL_FATAL(found.qos.partition_count, 2);
	CU_ASSERT_STRING_EQUAL(found.qos.partitions[0], "left*");
	CU_ASSERT_STRING_EQUAL(found.qos.partitions[1], "right");
	CU_ASSERT_EQUAL_FATAL(found.qos.user_data_size_bytes, 4);
	CU_ASSERT_EQUAL(memcmp(found.qos.user_data, "user", 4), 0);
	tern__found_qos_fini(&found);
}

static void policies_of_a_reader_come_back(void)
{
	struct tern_endpoint_info info = endpoint(TERN_READER, &final_type);
	struct tern__found_qos found;
	info.qos.deadline_ns = 100;
	info.qos.minimum_separation_ns = 21;
	info.qos.autopurge_nowriter_ns = 22;
	info.qos.autopurge_disposed_ns = 23;
	info.qos.ignore_sequence_bounds = false;
	info.qos.ignore_string_bounds = false;
	info.qos.ignore_member_names = true;
	info.qos.prevent_type_widening = true;
	info.qos.history_depth = 9;
	round_trip(&info, &found);

	CU_ASSERT_EQUAL(found.qos.reliability, TERN_BEST_EFFORT);
	CU_ASSERT_EQUAL(found.qos.durability, TERN_VOLATILE);
	CU_ASSERT_EQUAL(found.qos.history, TERN_KEEP_LAST);
	CU_ASSERT_EQUAL(found.qos.history_depth, 9);
	CU_ASSERT_EQUAL(found.qos.minimum_separation_ns, 21);
	CU_ASSERT_EQUAL(found.qos.autopurge_nowriter_ns, 22);
	CU_ASSERT_EQUAL(found.qos.autopurge_disposed_ns, 23);
	CU_ASSERT_FALSE(found.qos.ignore_sequence_bounds);
	CU_ASSERT_FALSE(found.qos.ignore_string_bounds);
	CU_ASSERT_TRUE(found.qos.ignore_member_names);
	CU_ASSERT_TRUE(found.qos.prevent_type_widening);
	CU_ASSERT_EQUAL(found.qos.partition_count, 0);
	CU_ASSERT_PTR_NULL(found.qos.user_data);
	tern__found_qos_fini(&found);
}

static void a_peer_that_says_nothing_has_the_defaults_of_rtps(void)
{
	struct tern__found_qos found;
	dds_qos_t *qos = dds_create_qos();
	tern__qos_from_cyclone(qos, TERN_READER, &found);
	CU_ASSERT_EQUAL(found.qos.reliability, TERN_BEST_EFFORT);
	CU_ASSERT_EQUAL(found.qos.representations, TERN_ACCEPT_XCDR1);
	CU_ASSERT_EQUAL(found.qos.deadline_ns, TERN_INFINITE);
	CU_ASSERT_EQUAL(found.qos.max_samples, TERN_UNLIMITED);
	CU_ASSERT_EQUAL(found.qos.history_depth, 1);
	tern__found_qos_fini(&found);
	dds_delete_qos(qos);
}

static void a_final_type_travels_as_xcdr1_unless_told_otherwise(void)
{
	struct tern_endpoint_info writer = endpoint(TERN_WRITER, &final_type);
	struct tern_endpoint_info reader = endpoint(TERN_READER, &final_type);
	CU_ASSERT_EQUAL(tern__qos_representations(&writer), TERN_ACCEPT_XCDR1);
	CU_ASSERT_EQUAL(tern__qos_representations(&reader),
	                TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2);
	writer.qos.representations = TERN_ACCEPT_XCDR2;
	CU_ASSERT_EQUAL(tern__qos_representations(&writer), TERN_ACCEPT_XCDR2);
}

static void any_other_type_travels_as_xcdr2_alone(void)
{
	struct tern_endpoint_info writer = endpoint(TERN_WRITER, &mutable_type);
	struct tern_endpoint_info reader = endpoint(TERN_READER, &mutable_type);
	CU_ASSERT_EQUAL(tern__qos_representations(&writer), TERN_ACCEPT_XCDR2);
	CU_ASSERT_EQUAL(tern__qos_representations(&reader), TERN_ACCEPT_XCDR2);
	writer.qos.representations = TERN_ACCEPT_XCDR1;
	CU_ASSERT_EQUAL(tern__qos_representations(&writer), 0);
}

static void a_peer_that_lists_two_representations_writes_the_first(void)
{
	dds_data_representation_id_t both[] = { DDS_DATA_REPRESENTATION_XCDR2,
		                                DDS_DATA_REPRESENTATION_XCDR1 };
	struct tern__found_qos found;
	dds_qos_t *qos = dds_create_qos();
	dds_qset_data_representation(qos, 2, both);
	tern__qos_from_cyclone(qos, TERN_WRITER, &found);
	CU_ASSERT_EQUAL(found.qos.representations, TERN_ACCEPT_XCDR2);
	tern__found_qos_fini(&found);
	tern__qos_from_cyclone(qos, TERN_READER, &found);
	CU_ASSERT_EQUAL(found.qos.representations, TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2);
	tern__found_qos_fini(&found);
	dds_delete_qos(qos);
}

static void a_peer_that_wants_a_durability_service_is_known_for_it(void)
{
	struct tern__found_qos found;
	dds_qos_t *qos = dds_create_qos();
	dds_qset_durability(qos, DDS_DURABILITY_TRANSIENT);
	tern__qos_from_cyclone(qos, TERN_READER, &found);
	CU_ASSERT_EQUAL(found.qos.durability, TERN_TRANSIENT);
	tern__found_qos_fini(&found);
	dds_qset_durability(qos, DDS_DURABILITY_PERSISTENT);
	tern__qos_from_cyclone(qos, TERN_READER, &found);
	CU_ASSERT_EQUAL(found.qos.durability, TERN_PERSISTENT);
	tern__found_qos_fini(&found);
	dds_delete_qos(qos);
}

static const struct suite_test tests[] = {
	{ "policies_of_a_writer_come_back", policies_of_a_writer_come_back },
	{ "policies_of_a_reader_come_back", policies_of_a_reader_come_back },
	{ "a_peer_that_says_nothing_has_the_defaults_of_rtps",
	  a_peer_that_says_nothing_has_the_defaults_of_rtps },
	{ "a_final_type_travels_as_xcdr1_unless_told_otherwise",
	  a_final_type_travels_as_xcdr1_unless_told_otherwise },
	{ "any_other_type_travels_as_xcdr2_alone",
	  any_other_type_travels_as_xcdr2_alone },
	{ "a_peer_that_lists_two_representations_writes_the_first",
	  a_peer_that_lists_two_representations_writes_the_first },
	{ "a_peer_that_wants_a_durability_service_is_known_for_it",
	  a_peer_that_wants_a_durability_service_is_known_for_it },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
