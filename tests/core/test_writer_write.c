/* A write is stamped, reserved everywhere, then committed: to all of its readers or to nobody. */
#include <string.h>

#include "fake.h"

static struct tern_participant *bus;
static struct tern_writer *writer;

enum { A = 1, B = 2 };

static void begin(const char *transports, const struct tern_qos *qos)
{
	bus = bus_open(transports);
	writer = bus_writer(bus, "out", qos);
}

/* A reader on each of the two. */
static void begin_two(void)
{
	const struct tern_qos qos = bus_durable(TERN_WRITER);

	begin("first,second", &qos);
	fake_found(0, TERN_READER, A, "out", NULL);
	fake_found(1, TERN_READER, B, "out", NULL);
	fake_trace();
}

static void end(void)
{
	bus_close(bus);
	fake_reset();
}

static uint32_t reached(uint32_t fake, uint32_t number)
{
	return fake_remote(fake, number).count;
}

static void all_is_reserved_before_anything_is_committed(void)
{
	begin_two();
	OK(bus_write(writer, 1, 1));
	EXPECT(fake_trace(), "first.reserve second.reserve first.commit second.commit ");
	CU_ASSERT_EQUAL(reached(0, A), 1);
	CU_ASSERT_EQUAL(reached(1, B), 1);
	end();
}

static void what_one_cannot_take_is_sent_to_nobody(void)
{
	begin_two();
	fakes[1].reserve_status = TERN_ETIMEDOUT;
	CU_ASSERT_EQUAL(bus_write(writer, 1, 1), TERN_ETIMEDOUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "max_blocking_time"));
	EXPECT(fake_trace(), "first.reserve second.reserve first.cancel ");
	fakes[1].reserve_status = TERN_OK;
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_EQUAL(reached(0, A), 1);
	CU_ASSERT_EQUAL(reached(1, B), 1);
	/* Nor does a late joiner find what was not written. */
	fake_found(0, TERN_READER, 3, "out", NULL);
	CU_ASSERT_EQUAL(reached(0, 3), 1);
	end();
}

static void what_may_fail_goes_first_and_a_retry_does_not_duplicate(void)
{
	fakes[1].flags = TERN_TRANSPORT_COMMIT_MAY_FAIL;
	begin_two();
	OK(bus_write(writer, 1, 1));
	EXPECT(fake_trace(), "first.reserve second.reserve second.commit first.commit ");
	fakes[1].commit_status = TERN_ETIMEDOUT;
	CU_ASSERT_EQUAL(bus_write(writer, 1, 2), TERN_ETIMEDOUT);
	EXPECT(fake_trace(), "first.reserve second.reserve second.commit first.cancel ");
	fakes[1].commit_status = TERN_OK;
	OK(bus_write(writer, 1, 2));
	CU_ASSERT_EQUAL(reached(0, A), 2);
	CU_ASSERT_EQUAL(reached(1, B), 2);
	end();
}

static void another_failure_is_passed_on_as_it_is(void)
{
	begin_two();
	fakes[0].reserve_status = TERN_ENOMEM;
	CU_ASSERT_EQUAL(bus_write(writer, 1, 1), TERN_ENOMEM);
	EXPECT(fake_trace(), "first.reserve ");
	end();
}

static void only_transports_with_readers_are_asked(void)
{
	const struct tern_qos qos = bus_keep_all(TERN_READER);

	begin("first,second", NULL);
	fake_trace();
	OK(bus_write(writer, 1, 1));
	EXPECT(fake_trace(), "");
	fake_found(1, TERN_READER, B, "out", &qos);
	OK(bus_write(writer, 1, 2));
	EXPECT(fake_trace(), "second.attach second.reserve second.commit ");
	end();
}

/* ---- stamps ------------------------------------------------------------------------------ */

static void stamps_of_a_writer_only_rise(void)
{
	const test_Point point = { .id = 1 };
	const struct tern_qos qos = bus_durable(TERN_WRITER);

	begin("first", &qos);
	fake_found(0, TERN_READER, A, "out", NULL);
	OK(tern_writer_write_at(writer, &point, 1000));
	OK(tern_writer_write_at(writer, &point, 1000)); /* equal: 1 ns on */
	CU_ASSERT_EQUAL(tern_writer_write_at(writer, &point, 1000), TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "1001"));
	CU_ASSERT_EQUAL(tern_writer_dispose_at(writer, &point, 5), TERN_EINVAL);
	OK(tern_writer_dispose_at(writer, &point, 2000));
	OK(tern_writer_write(writer, &point));
	OK(tern_writer_write(writer, &point));
	struct fake_remote remote = fake_remote(0, A);
	CU_ASSERT_EQUAL_FATAL(remote.count, 5);
	CU_ASSERT_EQUAL(remote.stamps[0], 1000);
	CU_ASSERT_EQUAL(remote.stamps[1], 1001);
	CU_ASSERT_EQUAL(remote.stamps[2], 2000);
	CU_ASSERT_TRUE(remote.stamps[3] > 2000);
	CU_ASSERT_TRUE(remote.stamps[4] > remote.stamps[3]);
	end();
}

static void a_stamp_that_no_wire_carries_is_refused(void)
{
	const test_Point point = { .id = 1 };

	begin("first", NULL);
	CU_ASSERT_EQUAL(tern_writer_write_at(writer, &point, INT64_MAX), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_write_at(writer, &point, -5), TERN_EINVAL);
	/* The last that is possible leaves no place for more, which is an error as well. */
	OK(tern_writer_write_at(writer, &point, INT64_C(4294967295000000000)));
	CU_ASSERT_EQUAL(tern_writer_write(writer, &point), TERN_EINVAL);
	end();
}

/* ---- arguments --------------------------------------------------------------------------- */

static void bad_arguments_are_refused(void)
{
	test_Point point = { .id = 1 };
	void *loan;

	begin("first", NULL);
	CU_ASSERT_EQUAL(tern_writer_write(NULL, &point), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_write(writer, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_loan(NULL, 0, &loan), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_loan(writer, 0, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_publish(writer, &point), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_publish(writer, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_dispose(NULL, &point), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_dispose(writer, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_writer_dispose(writer, &point), TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(tern_writer_unregister(writer, &point), TERN_ENOTFOUND);
	tern_writer_discard(writer, NULL);
	tern_writer_discard(writer, &point);
	end();
}

static void more_instances_than_allowed_are_refused(void)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.max_instances = 2;
	begin("first", &qos);
	OK(bus_write(writer, 1, 1));
	OK(bus_write(writer, 2, 1));
	CU_ASSERT_EQUAL(bus_write(writer, 3, 1), TERN_ELIMIT);
	OK(tern_writer_unregister(writer, &(test_Point){ .id = 1 }));
	OK(bus_write(writer, 3, 1));
	end();
}

/* ---- keys and loans ----------------------------------------------------------------------- */

static void only_the_key_of_a_disposed_sample_is_read(void)
{
	static char name[] = "anna";
	test_Note note;
	struct tern_reader *reader;
	struct tern_writer *notes;
	struct tern_sample *samples;

	bus = bus_open("local");
	OK(tern_reader_create(bus, "notes", &test_Note_type, NULL, &reader));
	OK(tern_writer_create(bus, "notes", &test_Note_type, NULL, &notes));
	test_Note *first = test_Note__alloc();
	first->who = strdup(name);
	OK(tern_writer_write(notes, first));
	test_Note_free(first, 0);
	memset(&note, 0xa5, sizeof note); /* pointers to nowhere */
	note.who = name;
	OK(tern_writer_dispose(notes, &note));
	CU_ASSERT_EQUAL_FATAL(tern_reader_take(reader, 1, &samples), 1);
	CU_ASSERT_EQUAL(samples[0].info.instance_state, TERN_NOT_ALIVE_DISPOSED);
	CU_ASSERT_STRING_EQUAL(((const test_Note *)samples[0].data)->who, "anna");
	tern_reader_return(reader, samples);
	bus_close(bus);
}

static void a_loan_that_timed_out_is_still_lent(void)
{
	const struct tern_qos qos = bus_durable(TERN_WRITER);
	test_Point *point;

	begin("first", &qos);
	fake_found(0, TERN_READER, A, "out", NULL);
	OK(tern_writer_loan(writer, 0, (void **)&point));
	point->id = 4;
	fakes[0].reserve_status = TERN_ETIMEDOUT;
	CU_ASSERT_EQUAL(tern_writer_publish(writer, point), TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(tern_writer_destroy(writer), TERN_EBUSY);
	CU_ASSERT_EQUAL(tern_participant_destroy(bus), TERN_EBUSY);
	CU_ASSERT_EQUAL(point->id, 4);
	fakes[0].reserve_status = TERN_OK;
	OK(tern_writer_publish(writer, point));
	CU_ASSERT_EQUAL(reached(0, A), 1);
	CU_ASSERT_EQUAL(tern_writer_publish(writer, point), TERN_EINVAL);
	OK(tern_writer_loan(writer, 0, (void **)&point));
	fakes[0].reserve_status = TERN_ENOMEM;
	CU_ASSERT_EQUAL(tern_writer_publish(writer, point), TERN_ENOMEM);
	fakes[0].reserve_status = TERN_OK;
	OK(tern_writer_destroy(writer)); /* it was given back */
	end();
}

static const struct suite_test tests[] = {
	{ "all_is_reserved_before_anything_is_committed",
	  all_is_reserved_before_anything_is_committed },
	{ "what_one_cannot_take_is_sent_to_nobody",
	  what_one_cannot_take_is_sent_to_nobody },
	{ "what_may_fail_goes_first_and_a_retry_does_not_duplicate",
	  what_may_fail_goes_first_and_a_retry_does_not_duplicate },
	{ "another_failure_is_passed_on_as_it_is",
	  another_failure_is_passed_on_as_it_is },
	{ "only_transports_with_readers_are_asked",
	  only_transports_with_readers_are_asked },
	{ "stamps_of_a_writer_only_rise", stamps_of_a_writer_only_rise },
	{ "a_stamp_that_no_wire_carries_is_refused",
	  a_stamp_that_no_wire_carries_is_refused },
	{ "bad_arguments_are_refused", bad_arguments_are_refused },
	{ "more_instances_than_allowed_are_refused",
	  more_instances_than_allowed_are_refused },
	{ "only_the_key_of_a_disposed_sample_is_read",
	  only_the_key_of_a_disposed_sample_is_read },
	{ "a_loan_that_timed_out_is_still_lent", a_loan_that_timed_out_is_still_lent },
};

int main(int argc, char **argv)
{
	fake_reset();
	return SUITE_RUN(argc, argv, tests);
}
