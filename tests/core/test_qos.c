/* Defaults as DDS has them, copies that stand alone, and the representation that is offered. */
#include <string.h>

#include "qos.h"
#include "suite.h"

#include <tern/tern.h>

static const struct tern_type final_type = { .name = "test::Final",
	                                     .flags = TERN_TYPE_XCDR1 };
static const struct tern_type mutable_type = { .name = "test::Mutable" };

static void defaults_are_those_of_dds(void)
{
	struct tern_qos writer = tern_qos_writer_default();
	struct tern_qos reader = tern_qos_reader_default();
	struct tern_qos topic = tern_qos_topic_default();

	CU_ASSERT_EQUAL(writer.reliability, TERN_RELIABLE);
	CU_ASSERT_EQUAL(reader.reliability, TERN_BEST_EFFORT);
	CU_ASSERT_EQUAL(topic.reliability, TERN_BEST_EFFORT);
	CU_ASSERT_EQUAL(writer.max_blocking_time_ns, 100 * SUITE_MILLISECOND_NS);
	CU_ASSERT_EQUAL(writer.history, TERN_KEEP_LAST);
	CU_ASSERT_EQUAL(writer.history_depth, 1);
	CU_ASSERT_EQUAL(writer.max_samples, TERN_UNLIMITED);
	CU_ASSERT_EQUAL(writer.deadline_ns, TERN_INFINITE);
	CU_ASSERT_EQUAL(writer.latency_budget_ns, 0);
	CU_ASSERT_EQUAL(writer.lifespan_ns, TERN_INFINITE);
	CU_ASSERT_EQUAL(writer.liveliness_lease_ns, TERN_INFINITE);
	CU_ASSERT_TRUE(writer.autodispose_unregistered);
	CU_ASSERT_TRUE(reader.ignore_string_bounds && reader.ignore_sequence_bounds);
	CU_ASSERT_FALSE(reader.ignore_member_names || reader.prevent_type_widening);
	CU_ASSERT_EQUAL(reader.partition_count, 0);
}

static void a_copy_stands_alone(void)
{
	char left[] = "left", right[] = "right/*";
	const char *partitions[] = { left, right, "" };
	uint8_t data[] = { 1, 0, 3 };
	struct tern_qos qos = tern_qos_writer_default(), copy;

	qos.history_depth = 7;
	qos.partitions = partitions;
	qos.partition_count = 3;
	qos.user_data = data;
	qos.user_data_size_bytes = sizeof data;
	CU_ASSERT_EQUAL_FATAL(tern__qos_copy(&qos, &copy), TERN_OK);
	left[0] = right[0] = 'X';
	partitions[2] = NULL;
	data[0] = 9;
	CU_ASSERT_EQUAL(copy.history_depth, 7);
	CU_ASSERT_EQUAL_FATAL(copy.partition_count, 3);
	CU_ASSERT_STRING_EQUAL(copy.partitions[0], "left");
	CU_ASSERT_STRING_EQUAL(copy.partitions[1], "right/*");
	CU_ASSERT_STRING_EQUAL(copy.partitions[2], "");
	CU_ASSERT_EQUAL_FATAL(copy.user_data_size_bytes, 3);
	CU_ASSERT_EQUAL(memcmp(copy.user_data, "\1\0\3", 3), 0);
	tern__qos_fini(&copy);
	CU_ASSERT_PTR_NULL(copy.partitions);
	CU_ASSERT_PTR_NULL(copy.user_data);
	tern__qos_fini(&copy);
	tern__qos_fini(NULL);
}

static void a_copy_of_nothing_owns_nothing(void)
{
	struct tern_qos qos = tern_qos_reader_default(), copy;

	CU_ASSERT_EQUAL_FATAL(tern__qos_copy(&qos, &copy), TERN_OK);
	CU_ASSERT_PTR_NULL(copy.partitions);
	CU_ASSERT_PTR_NULL(copy.user_data);
	tern__qos_fini(&copy);
}

static uint32_t resolved(tern_endpoint_kind kind, uint32_t representations,
                         const struct tern_type *type)
{
	struct tern_qos qos = tern_qos_topic_default();

	qos.representations = representations;
	CU_ASSERT_EQUAL(tern__qos_resolve(&qos, kind, type), TERN_OK);
	return qos.representations;
}

static void a_writer_offers_one_representation(void)
{
	const uint32_t both = TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2;

	CU_ASSERT_EQUAL(resolved(TERN_WRITER, 0, &final_type), TERN_ACCEPT_XCDR1);
	CU_ASSERT_EQUAL(resolved(TERN_WRITER, both, &final_type), TERN_ACCEPT_XCDR1);
	CU_ASSERT_EQUAL(resolved(TERN_WRITER, TERN_ACCEPT_XCDR2, &final_type),
	                TERN_ACCEPT_XCDR2);
	CU_ASSERT_EQUAL(resolved(TERN_WRITER, 0, &mutable_type), TERN_ACCEPT_XCDR2);
	CU_ASSERT_EQUAL(resolved(TERN_WRITER, both, &mutable_type), TERN_ACCEPT_XCDR2);
}

static void a_reader_accepts_what_it_and_its_type_can(void)
{
	const uint32_t both = TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2;

	CU_ASSERT_EQUAL(resolved(TERN_READER, 0, &final_type), both);
	CU_ASSERT_EQUAL(resolved(TERN_READER, TERN_ACCEPT_XCDR1, &final_type),
	                TERN_ACCEPT_XCDR1);
	CU_ASSERT_EQUAL(resolved(TERN_READER, 0, &mutable_type), TERN_ACCEPT_XCDR2);
	CU_ASSERT_EQUAL(resolved(TERN_READER, both, &mutable_type), TERN_ACCEPT_XCDR2);
}

static void a_type_that_cannot_travel_as_asked_is_refused(void)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.representations = TERN_ACCEPT_XCDR1;
	CU_ASSERT_EQUAL(tern__qos_resolve(&qos, TERN_WRITER, &mutable_type), TERN_EINVAL);
	CU_ASSERT_EQUAL(qos.representations, TERN_ACCEPT_XCDR1);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "test::Mutable"));
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "add TERN_ACCEPT_XCDR2"));
}

static const struct suite_test tests[] = {
	{ "defaults_are_those_of_dds", defaults_are_those_of_dds },
	{ "a_copy_stands_alone", a_copy_stands_alone },
	{ "a_copy_of_nothing_owns_nothing", a_copy_of_nothing_owns_nothing },
	{ "a_writer_offers_one_representation", a_writer_offers_one_representation },
	{ "a_reader_accepts_what_it_and_its_type_can",
	  a_reader_accepts_what_it_and_its_type_can },
	{ "a_type_that_cannot_travel_as_asked_is_refused",
	  a_type_that_cannot_travel_as_asked_is_refused },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
