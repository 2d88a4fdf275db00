/* A topic is one name, one type, and the QoS that its writers and readers start from. */
#include <string.h>

#include "bus.h"

static void a_name_has_one_type_in_a_participant(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_writer *writer = NULL;
	struct tern_topic *topic = NULL, *same = NULL;

	OK(tern_topic_create(bus, "a", &test_Point_type, NULL, &topic));
	OK(tern_topic_create(bus, "a", &test_Point_type, NULL, &same));
	CU_ASSERT_PTR_EQUAL(topic, same);
	CU_ASSERT_STRING_EQUAL(tern_topic_name(topic), "a");
	CU_ASSERT_PTR_EQUAL(tern_topic_type(topic), &test_Point_type);
	CU_ASSERT_EQUAL(tern_topic_create(bus, "a", &test_Tick_type, NULL, &same),
	                TERN_EEXISTS);
	CU_ASSERT_EQUAL(tern_writer_create(bus, "a", &test_Tick_type, NULL, &writer),
	                TERN_EEXISTS);
	CU_ASSERT_PTR_NULL(writer);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "test::Point"));
	bus_close(bus);
}

static void a_topic_gives_its_qos_to_those_who_bring_none(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_qos qos = tern_qos_topic_default();

	qos.reliability = TERN_RELIABLE;
	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.history_depth = 3;
	OK(tern_topic_create(bus, "a", &test_Point_type, &qos, NULL));
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	for (int i = 1; i <= 5; i++)
		OK(bus_write(writer, 1, i));
	EXPECT(bus_take(bus_reader(bus, "a", NULL)), "1:3 1:4 1:5");
	qos.history_depth = 4;
	CU_ASSERT_EQUAL(tern_topic_create(bus, "a", &test_Point_type, &qos, NULL),
	                TERN_EEXISTS);
	bus_close(bus);
}

static void bad_names_types_and_qos_are_refused(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_reader *reader = NULL;
	char name[TERN_TOPIC_NAME_MAX + 2];

	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = 0;
	const char *const names[] = { NULL, "", "a b", "a\n", name };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CU_ASSERT_EQUAL(tern_reader_create(bus, names[i], &test_Point_type, NULL,
		                                   &reader),
		                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_reader_create(bus, "a", NULL, NULL, &reader), TERN_EINVAL);
	struct tern_type other_abi = test_Point_type;
	other_abi.abi++;
	CU_ASSERT_TRUE(tern_reader_create(bus, "a", &other_abi, NULL, &reader) < 0);
	qos.history_depth = 5;
	qos.max_samples_per_instance = 2;
	CU_ASSERT_EQUAL(tern_reader_create(bus, "a", &test_Point_type, &qos, &reader),
	                TERN_EINVAL);
	CU_ASSERT_PTR_NULL(reader);
	name[TERN_TOPIC_NAME_MAX] = 0;
	OK(tern_reader_create(bus, name, &test_Point_type, NULL, &reader));
	bus_close(bus);
}

static void types_that_cannot_agree_are_told_to_both(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_participant *other = bus_open("local");
	struct tern_reader *reader;

	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	OK(tern_reader_create(other, "a", &test_OtherPoint_type, NULL, &reader));
	CU_ASSERT_EQUAL(tern_writer_offered_incompatible(writer).count.total, 1);
	CU_ASSERT_EQUAL(tern_reader_requested_incompatible(reader).count.total, 1);
	CU_ASSERT_EQUAL(tern_writer_wait_matched(writer, 1, 0), TERN_ETIMEDOUT);
	bus_close(other);
	bus_close(bus);
}

static struct tern_participant *shared;

static void give_qos(void *context)
{
	struct tern_qos qos = tern_qos_topic_default();

	(void)context;
	qos.partitions = (const char *const[]){ "x" };
	qos.partition_count = 1;
	OK(tern_topic_create(shared, "a", &test_Point_type, &qos, NULL));
}

static void a_topic_may_be_given_its_qos_while_writers_are_made(void)
{
	for (int round = 0; round < 100; round++) {
		struct bus_thread giving;
		shared = bus_open("local");
		OK(tern_writer_destroy(bus_writer(shared, "a", NULL)));
		bus_thread_start(&giving, give_qos, NULL);
		for (int i = 0; i < 5; i++)
			bus_writer(shared, "a", NULL);
		bus_thread_join(&giving);
		bus_close(shared);
	}
}

static const struct suite_test tests[] = {
	{ "a_name_has_one_type_in_a_participant", a_name_has_one_type_in_a_participant },
	{ "a_topic_gives_its_qos_to_those_who_bring_none",
	  a_topic_gives_its_qos_to_those_who_bring_none },
	{ "bad_names_types_and_qos_are_refused", bad_names_types_and_qos_are_refused },
	{ "types_that_cannot_agree_are_told_to_both",
	  types_that_cannot_agree_are_told_to_both },
	{ "a_topic_may_be_given_its_qos_while_writers_are_made",
	  a_topic_may_be_given_its_qos_while_writers_are_made },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
