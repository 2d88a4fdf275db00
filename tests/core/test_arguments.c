/* What a program gets that forgot to check: each public function takes NULL for what it works on,
 * and says so instead of ending the program. */
#include <tern/endpoint.h>

#include "bus.h"

/* 2106: RTPS counts seconds in 32 bits. */
#define LAST_NS INT64_C(4294967295000000000)

#define REFUSED(call) CU_ASSERT_EQUAL((call), TERN_EINVAL)

static void nothing_is_refused_as_a_participant(void)
{
	struct tern_waitset *waitset;
	struct tern_writer *writer;
	struct tern_reader *reader;
	const struct tern_guid nobody = { 0 };

	REFUSED(tern_participant_create(0, NULL, NULL));
	REFUSED(tern_participant_wait_started(NULL, 0));
	REFUSED(tern_topic_create(NULL, "a", &test_Point_type, NULL, NULL));
	REFUSED(tern_writer_create(NULL, "a", &test_Point_type, NULL, &writer));
	REFUSED(tern_reader_create(NULL, "a", &test_Point_type, NULL, &reader));
	REFUSED(tern_waitset_create(NULL, &waitset));
	CU_ASSERT_EQUAL(tern_participant_destroy(NULL), TERN_OK);
	CU_ASSERT_EQUAL(tern_participant_domain_id(NULL), 0);
	struct tern_guid guid = tern_participant_guid(NULL);
	CU_ASSERT_TRUE(tern_guid_equal(&guid, &nobody));
	tern_participant_visit(NULL, NULL);
	CU_ASSERT_PTR_NULL(tern_topic_name(NULL));
	CU_ASSERT_PTR_NULL(tern_topic_type(NULL));
}

static void nothing_is_refused_as_a_writer(void)
{
	const test_Point point = { .id = 1 };
	void *sample = NULL;
	const struct tern_guid nobody = { 0 };

	REFUSED(tern_writer_write(NULL, &point));
	REFUSED(tern_writer_write_at(NULL, &point, 1));
	REFUSED(tern_writer_loan(NULL, 0, &sample));
	REFUSED(tern_writer_publish(NULL, &sample));
	REFUSED(tern_writer_dispose(NULL, &point));
	REFUSED(tern_writer_unregister(NULL, &point));
	REFUSED(tern_writer_wait_for_acknowledgments(NULL, 0));
	REFUSED(tern_writer_wait_matched(NULL, 1, 0));
	REFUSED(tern_writer_set_listener(NULL, NULL));
	REFUSED(tern_loan_sequence(NULL, NULL, 1, 1));
	CU_ASSERT_PTR_NULL(sample);
	CU_ASSERT_PTR_NULL(tern_loan_alloc(NULL, 8));
	CU_ASSERT_PTR_NULL(tern_loan_strdup(NULL, "text"));
	tern_writer_discard(NULL, &sample);
	CU_ASSERT_EQUAL(tern_writer_destroy(NULL), TERN_OK);
	CU_ASSERT_PTR_NULL(tern_writer_topic(NULL));
	struct tern_guid guid = tern_writer_guid(NULL);
	CU_ASSERT_TRUE(tern_guid_equal(&guid, &nobody));
	CU_ASSERT_EQUAL(tern_writer_status_changes(NULL), 0);
	CU_ASSERT_EQUAL(tern_writer_publication_matched(NULL).current, 0);
	CU_ASSERT_EQUAL(tern_writer_offered_incompatible(NULL).count.total, 0);
	CU_ASSERT_EQUAL(tern_writer_offered_deadline_missed(NULL).count.total, 0);
}

static void nothing_is_refused_as_a_reader(void)
{
	struct tern_sample *samples = NULL;
	const struct tern_guid nobody = { 0 };

	REFUSED(tern_reader_take(NULL, 1, &samples));
	REFUSED(tern_reader_read(NULL, 1, &samples));
	REFUSED(tern_reader_take_selected(NULL, NULL, 1, &samples));
	REFUSED(tern_reader_read_selected(NULL, NULL, 1, &samples));
	REFUSED(tern_reader_wait(NULL, 0));
	REFUSED(tern_reader_wait_matched(NULL, 1, 0));
	REFUSED(tern_reader_set_listener(NULL, NULL));
	CU_ASSERT_PTR_NULL(samples);
	tern_reader_return(NULL, NULL);
	CU_ASSERT_EQUAL(tern_reader_destroy(NULL), TERN_OK);
	CU_ASSERT_EQUAL(tern_reader_lookup_instance(NULL, NULL), TERN_HANDLE_NIL);
	CU_ASSERT_PTR_NULL(tern_reader_topic(NULL));
	struct tern_guid guid = tern_reader_guid(NULL);
	CU_ASSERT_TRUE(tern_guid_equal(&guid, &nobody));
	CU_ASSERT_EQUAL(tern_reader_status_changes(NULL), 0);
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(NULL).current, 0);
	CU_ASSERT_EQUAL(tern_reader_requested_incompatible(NULL).count.total, 0);
	CU_ASSERT_EQUAL(tern_reader_requested_deadline_missed(NULL).count.total, 0);
	CU_ASSERT_EQUAL(tern_reader_sample_lost(NULL).total, 0);
	CU_ASSERT_EQUAL(tern_reader_sample_rejected(NULL).count.total, 0);
	CU_ASSERT_EQUAL(tern_reader_liveliness_changed(NULL).alive, 0);
	CU_ASSERT_EQUAL(tern_reader_get_counters(NULL).received, 0);
}

static void nothing_is_refused_as_a_waitset_or_endpoint(void)
{
	char reason[TERN_MATCH_REASON_SIZE_BYTES];
	void *context;

	REFUSED(tern_waitset_attach_reader(NULL, NULL, 1, &context));
	REFUSED(tern_waitset_attach_writer(NULL, NULL, 1, &context));
	REFUSED(tern_waitset_detach_reader(NULL, NULL));
	REFUSED(tern_waitset_detach_writer(NULL, NULL));
	REFUSED(tern_waitset_wait(NULL, 0, 1, &context));
	REFUSED(tern_waitset_fd(NULL));
	tern_waitset_wake(NULL);
	tern_waitset_destroy(NULL);
	CU_ASSERT_FALSE(tern_endpoint_match(NULL, NULL, reason, sizeof reason));
	CU_ASSERT_TRUE(reason[0] != 0);
}

static void negative_timeouts_are_refused(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);

	REFUSED(tern_participant_wait_started(bus, -1));
	REFUSED(tern_writer_wait_matched(writer, 1, -1));
	REFUSED(tern_writer_wait_for_acknowledgments(writer, -1));
	REFUSED(tern_reader_wait_matched(reader, 1, -1));
	REFUSED(tern_reader_wait(reader, -1));
	bus_close(bus);
}

static void after_the_last_timestamp_there_is_no_other(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	const test_Point point = { .id = 1 };

	REFUSED(tern_writer_write_at(writer, &point, INT64_MAX));
	OK(tern_writer_write_at(writer, &point, LAST_NS));
	REFUSED(tern_writer_write_at(writer, &point, LAST_NS));
	REFUSED(tern_writer_write(writer, &point));
	bus_close(bus);
}

static const struct suite_test tests[] = {
	{ "nothing_is_refused_as_a_participant", nothing_is_refused_as_a_participant },
	{ "nothing_is_refused_as_a_writer", nothing_is_refused_as_a_writer },
	{ "nothing_is_refused_as_a_reader", nothing_is_refused_as_a_reader },
	{ "nothing_is_refused_as_a_waitset_or_endpoint",
	  nothing_is_refused_as_a_waitset_or_endpoint },
	{ "negative_timeouts_are_refused", negative_timeouts_are_refused },
	{ "after_the_last_timestamp_there_is_no_other",
	  after_the_last_timestamp_there_is_no_other },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
