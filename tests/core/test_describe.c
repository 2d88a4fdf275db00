/* What an endpoint's type is: its description is there for whoever knows its GUID. */
#include <stdlib.h>
#include <string.h>
#include <tern/dynamic_type.h>

#include "bus.h"

static void an_endpoint_of_this_process_is_described(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	const struct tern_guid guid = tern_writer_guid(writer);
	const struct tern_xtypes *own = test_Point_type.xtypes;
	struct tern_xtypes *description = NULL;

	OK(tern_participant_describe_type(bus, &guid, 0, &description));
	CU_ASSERT_EQUAL_FATAL(description->type_mapping_size_bytes,
	                      own->type_mapping_size_bytes);
	CU_ASSERT_EQUAL(memcmp(description->type_mapping, own->type_mapping,
	                       own->type_mapping_size_bytes),
	                0);
	CU_ASSERT_EQUAL_FATAL(description->type_information_size_bytes,
	                      own->type_information_size_bytes);
	bus_close(bus);
	free(description);
}

static void a_reader_of_a_type_made_at_run_time_reads(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	const struct tern_guid guid = tern_writer_guid(writer);
	const struct tern_type *type = NULL;
	struct tern_reader *reader = NULL;

	OK(tern_dynamic_type_find(bus, &guid, 0, &type));
	CU_ASSERT_EQUAL(type->layout_hash, test_Point_type.layout_hash);
	OK(tern_reader_create(bus, "a", type, NULL, &reader));
	OK(bus_write(writer, 3, 33));
	EXPECT(bus_take(reader), "3:33");
	bus_close(bus);
	tern_dynamic_type_destroy(type);
}

static void who_is_not_there_cannot_be_described(void)
{
	struct tern_participant *bus = bus_open("local");
	const struct tern_guid nobody = { { 1, 2, 3 } };
	struct tern_xtypes *description = NULL;
	const struct tern_type *type = NULL;

	CU_ASSERT_EQUAL(tern_participant_describe_type(bus, &nobody, 0, &description),
	                TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(tern_dynamic_type_find(bus, &nobody, 0, &type), TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(tern_participant_describe_type(NULL, &nobody, 0, &description),
	                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_participant_describe_type(bus, &nobody, -1, &description),
	                TERN_EINVAL);
	CU_ASSERT_PTR_NULL(description);
	CU_ASSERT_PTR_NULL(type);
	bus_close(bus);
}

static const struct suite_test tests[] = {
	{ "an_endpoint_of_this_process_is_described",
	  an_endpoint_of_this_process_is_described },
	{ "a_reader_of_a_type_made_at_run_time_reads",
	  a_reader_of_a_type_made_at_run_time_reads },
	{ "who_is_not_there_cannot_be_described", who_is_not_there_cannot_be_described },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
