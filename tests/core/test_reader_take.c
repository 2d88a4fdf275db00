/* How samples leave a reader: lent to whoever takes, given back, and never lent twice. */
#include <string.h>

#include "bus.h"

static struct tern_participant *bus;
static struct tern_writer *writer;
static struct tern_reader *reader;

static void begin(void)
{
	const struct tern_qos writing = bus_keep_all(TERN_WRITER);
	const struct tern_qos reading = bus_keep_all(TERN_READER);

	bus = bus_open("local");
	writer = bus_writer(bus, "a", &writing);
	reader = bus_reader(bus, "a", &reading);
}

static void take_removes_and_read_marks(void)
{
	begin();
	OK(bus_write(writer, 1, 1));
	OK(bus_write(writer, 1, 2));
	EXPECT(bus_read(reader), "1:1 1:2");
	const struct tern_selection unread = { .states = TERN_NOT_READ };
	struct tern_sample *samples = NULL;
	CU_ASSERT_EQUAL(tern_reader_take_selected(reader, &unread, 5, &samples), 0);
	CU_ASSERT_PTR_NULL(samples);
	EXPECT(bus_take(reader), "1:1 1:2");
	EXPECT(bus_take(reader), "");
	bus_close(bus);
}

static void lent_samples_stay_as_they_are_until_they_are_returned(void)
{
	struct tern_sample *samples;

	begin();
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_EQUAL_FATAL(tern_reader_take(reader, 5, &samples), 1);
	CU_ASSERT_EQUAL(tern_reader_destroy(reader), TERN_EBUSY);
	CU_ASSERT_EQUAL(tern_participant_destroy(bus), TERN_EBUSY);
	OK(tern_writer_destroy(writer));
	CU_ASSERT_EQUAL(((const test_Point *)samples[0].data)->number, 1);
	CU_ASSERT_STRING_EQUAL(samples[0].info.transport, "local");
	tern_reader_return(reader, samples);
	bus_close(bus);
}

static void an_instance_is_found_by_its_key(void)
{
	const test_Point known = { .id = 4 }, unknown = { .id = 5 };
	struct tern_sample *samples;

	begin();
	OK(bus_write(writer, 4, 1));
	OK(bus_write(writer, 3, 1));
	EXPECT(bus_read(reader), "4:1 3:1");
	tern_instance_handle handle = tern_reader_lookup_instance(reader, &known);
	CU_ASSERT_NOT_EQUAL(handle, TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(tern_reader_lookup_instance(reader, &unknown), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(tern_reader_lookup_instance(reader, NULL), TERN_HANDLE_NIL);
	CU_ASSERT_EQUAL(tern_reader_lookup_instance(NULL, &known), TERN_HANDLE_NIL);
	const struct tern_selection one = { .states = TERN_ANY_STATE,
		                            .instance = handle };
	CU_ASSERT_EQUAL_FATAL(tern_reader_take_selected(reader, &one, 5, &samples), 1);
	CU_ASSERT_EQUAL(samples[0].info.instance_handle, handle);
	tern_reader_return(reader, samples);
	EXPECT(bus_take(reader), "3:1");
	const struct tern_selection wrong = { .states = TERN_ANY_STATE,
		                              .instance = handle + 1 };
	CU_ASSERT_EQUAL(tern_reader_take_selected(reader, &wrong, 5, &samples),
	                TERN_ENOTFOUND);
	bus_close(bus);
}

static void bad_arguments_are_refused(void)
{
	struct tern_sample *samples = NULL;

	begin();
	CU_ASSERT_EQUAL(tern_reader_take(NULL, 1, &samples), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_reader_take(reader, 0, &samples), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_reader_take(reader, 1, NULL), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_reader_wait(NULL, 0), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_reader_wait(reader, -1), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_reader_wait(reader, 0), TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(tern_reader_wait_matched(NULL, 0, 0), TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_reader_wait_matched(reader, 2, 0), TERN_ETIMEDOUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "1 of 2"));
	tern_reader_return(reader, NULL);
	OK(tern_reader_destroy(NULL));
	bus_close(bus);
}

enum { SAMPLES = 4000, TAKING = 3 };

static _Atomic int taken;
static _Atomic char seen[SAMPLES];

static void take_on(void *context)
{
	struct tern_sample *samples;

	(void)context;
	while (atomic_load(&taken) < SAMPLES) {
		int32_t count = tern_reader_take(reader, 5, &samples);
		for (int32_t i = 0; i < count; i++)
			atomic_fetch_add(
				&seen[((const test_Point *)samples[i].data)->number], 1);
		if (count > 0) {
			atomic_fetch_add(&taken, count);
			tern_reader_return(reader, samples);
		}
	}
}

static void many_may_take_and_each_sample_is_had_once(void)
{
	struct bus_thread taking[TAKING];

	begin();
	for (int i = 0; i < TAKING; i++)
		bus_thread_start(&taking[i], take_on, NULL);
	for (int i = 0; i < SAMPLES; i++)
		OK(bus_write(writer, i % 5, i));
	for (int i = 0; i < TAKING; i++)
		bus_thread_join(&taking[i]);
	CU_ASSERT_EQUAL(atomic_load(&taken), SAMPLES);
	for (int i = 0; i < SAMPLES; i++)
		if (atomic_load(&seen[i]) != 1)
			CU_FAIL("not once");
	bus_close(bus);
}

static const struct suite_test tests[] = {
	{ "take_removes_and_read_marks", take_removes_and_read_marks },
	{ "lent_samples_stay_as_they_are_until_they_are_returned",
	  lent_samples_stay_as_they_are_until_they_are_returned },
	{ "an_instance_is_found_by_its_key", an_instance_is_found_by_its_key },
	{ "bad_arguments_are_refused", bad_arguments_are_refused },
	{ "many_may_take_and_each_sample_is_had_once",
	  many_may_take_and_each_sample_is_had_once },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
