/* Which samples are held for others, for how long, and how many. The clock is the test's. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tern/transport.h>

#include "suite.h"

#include "batch.h"

#define MICROSECOND_NS INT64_C(1000)
#define DELAY_NS (240 * MICROSECOND_NS)
#define MESSAGE_BYTES 14720

static struct tern__batch batch;
static int64_t now_ns;
static uint32_t sent; /* batches */

static void begin(int64_t max_delay_ns)
{
	tern__batch_init(&batch, max_delay_ns, MESSAGE_BYTES);
	now_ns = SUITE_SECOND_NS;
	sent = 0;
}

/* A write so long after the one before, which takes a microsecond. @return was it held? */
static bool write_after(int64_t pause_ns, uint32_t size_bytes)
{
	now_ns += pause_ns;
	bool held = tern__batch_hold(&batch, now_ns, size_bytes);
	if (!held) {
		tern__batch_sent(&batch);
		sent++;
	}
	now_ns += MICROSECOND_NS;
	tern__batch_done(&batch, now_ns);
	return held;
}

static void begin_stream(uint32_t size_bytes)
{
	begin(DELAY_NS);
	for (int i = 0; i <= TERN__BATCH_STREAM; i++)
		(void)write_after(MICROSECOND_NS, size_bytes);
}

static void a_short_burst_is_sent_one_by_one(void)
{
	begin(DELAY_NS);
	for (int i = 0; i < TERN__BATCH_STREAM; i++)
		CU_ASSERT_FALSE(write_after(MICROSECOND_NS, 100));
	CU_ASSERT_TRUE(write_after(MICROSECOND_NS, 100));
}

static void writes_that_are_far_apart_are_never_held(void)
{
	begin(DELAY_NS);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_FALSE(write_after(DELAY_NS / TERN__BATCH_WORTH, 100));
}

static void a_pause_ends_the_stream_and_sends_what_is_held(void)
{
	begin_stream(100);
	CU_ASSERT_EQUAL(batch.held_count, 1);
	CU_ASSERT_FALSE(write_after(DELAY_NS / TERN__BATCH_WORTH, 100));
	CU_ASSERT_EQUAL(batch.held_count, 0);
	for (int i = 1; i < TERN__BATCH_STREAM; i++)
		CU_ASSERT_FALSE(write_after(MICROSECOND_NS, 100));
}

/* The readers held it back, not the program. */
static void a_write_that_took_long_is_no_pause(void)
{
	begin_stream(100);
	CU_ASSERT_TRUE(tern__batch_hold(&batch, now_ns + MICROSECOND_NS, 100));
	now_ns += SUITE_SECOND_NS;
	tern__batch_done(&batch, now_ns);
	CU_ASSERT_EQUAL(batch.run, TERN__BATCH_STREAM);
	/* But what was held before it has waited long enough. */
	CU_ASSERT_FALSE(write_after(MICROSECOND_NS, 100));
	CU_ASSERT_TRUE(write_after(MICROSECOND_NS, 100));
}

static void a_batch_is_no_larger_than_a_message(void)
{
	static const uint32_t sizes[] = { 200, 1000, 3000 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		begin_stream(sizes[i]);
		uint32_t count = 1;
		while (write_after(100, sizes[i]))
			count++;
		count++; /* the one that filled it */
		CU_ASSERT_TRUE(count * sizes[i] < MESSAGE_BYTES);
		CU_ASSERT_TRUE((count + 1) * (sizes[i] + 40) > MESSAGE_BYTES - 200);
		CU_ASSERT_EQUAL(batch.held_count, 0);
	}
}

static void a_batch_of_tiny_samples_is_bounded_by_their_count(void)
{
	begin(SUITE_SECOND_NS);
	for (int i = 0; i < TERN__BATCH_STREAM; i++)
		(void)write_after(100, 4);
	uint32_t count = 1;
	while (write_after(100, 4))
		count++;
	CU_ASSERT_EQUAL(count, 120);
}

static void a_large_sample_is_sent_at_once_with_what_was_held(void)
{
	begin_stream(100);
	CU_ASSERT_EQUAL(batch.held_count, 1);
	CU_ASSERT_FALSE(write_after(MICROSECOND_NS, MESSAGE_BYTES / 2));
	CU_ASSERT_FALSE(write_after(MICROSECOND_NS, UINT32_MAX));
	CU_ASSERT_EQUAL(batch.held_count, 0);
	/* The stream goes on. */
	CU_ASSERT_TRUE(write_after(MICROSECOND_NS, 100));
}

static void what_was_held_for_the_delay_is_sent_with_the_next_write(void)
{
	begin_stream(4);
	int64_t since_ns = now_ns;
	while (write_after(10 * MICROSECOND_NS, 4))
		CU_ASSERT_TRUE(now_ns - MICROSECOND_NS - since_ns < DELAY_NS);
	CU_ASSERT_TRUE(now_ns - MICROSECOND_NS - since_ns >= DELAY_NS);
}

static void what_nobody_adds_to_is_due_after_the_delay(void)
{
	begin_stream(100);
	int64_t since_ns = now_ns;
	(void)write_after(10 * MICROSECOND_NS, 100);
	CU_ASSERT_EQUAL(tern__batch_next_look(&batch, now_ns), since_ns + DELAY_NS);
	CU_ASSERT_FALSE(tern__batch_is_due(&batch, since_ns + DELAY_NS - 1));
	CU_ASSERT_TRUE(tern__batch_is_due(&batch, since_ns + DELAY_NS));
	tern__batch_sent(&batch);
	CU_ASSERT_FALSE(tern__batch_is_due(&batch, since_ns + DELAY_NS));
}

static void nobody_looks_again_when_a_stream_is_over(void)
{
	begin(DELAY_NS);
	CU_ASSERT_EQUAL(tern__batch_next_look(&batch, now_ns), TERN_INFINITE);
	for (int i = 0; i < TERN__BATCH_STREAM; i++)
		(void)write_after(MICROSECOND_NS, 100);
	CU_ASSERT_EQUAL(tern__batch_next_look(&batch, now_ns), TERN_INFINITE);
	(void)write_after(MICROSECOND_NS, 100);
	tern__batch_sent(&batch);
	CU_ASSERT_EQUAL(tern__batch_next_look(&batch, now_ns), now_ns + DELAY_NS);
	CU_ASSERT_EQUAL(tern__batch_next_look(&batch, now_ns + DELAY_NS), TERN_INFINITE);
}

static void with_a_delay_of_zero_nothing_is_held(void)
{
	begin(0);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_FALSE(write_after(0, 4));
	CU_ASSERT_EQUAL(tern__batch_next_look(&batch, now_ns), TERN_INFINITE);
}

static int warnings;

static void count(tern_log_level level, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	CU_ASSERT_EQUAL(level, TERN_LOG_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "TERN_DDS_BATCH_US"));
	warnings++;
}

static void the_environment_sets_the_delay(void)
{
	static const char *const wrong[] = { "",    "2 us", "-1",     "1.5",
		                             "two", " ",    "0x1001", "100001" };
	const struct tern_host host = { .log = count };

	warnings = 0;
	CU_ASSERT_EQUAL(tern__batch_delay_of(&host, NULL), TERN__BATCH_DEFAULT_DELAY_NS);
	CU_ASSERT_EQUAL(tern__batch_delay_of(&host, "0"), 0);
	CU_ASSERT_EQUAL(tern__batch_delay_of(&host, "50"), 50 * MICROSECOND_NS);
	CU_ASSERT_EQUAL(tern__batch_delay_of(&host, "100000"),
	                100 * SUITE_MILLISECOND_NS);
	CU_ASSERT_EQUAL(warnings, 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CU_ASSERT_EQUAL(tern__batch_delay_of(&host, wrong[i]),
		                TERN__BATCH_DEFAULT_DELAY_NS);
	CU_ASSERT_EQUAL(warnings, (int)(sizeof wrong / sizeof *wrong));
}

static const struct suite_test tests[] = {
	{ "a_short_burst_is_sent_one_by_one", a_short_burst_is_sent_one_by_one },
	{ "writes_that_are_far_apart_are_never_held",
	  writes_that_are_far_apart_are_never_held },
	{ "a_pause_ends_the_stream_and_sends_what_is_held",
	  a_pause_ends_the_stream_and_sends_what_is_held },
	{ "a_write_that_took_long_is_no_pause", a_write_that_took_long_is_no_pause },
	{ "a_batch_is_no_larger_than_a_message", a_batch_is_no_larger_than_a_message },
	{ "a_batch_of_tiny_samples_is_bounded_by_their_count",
	  a_batch_of_tiny_samples_is_bounded_by_their_count },
	{ "a_large_sample_is_sent_at_once_with_what_was_held",
	  a_large_sample_is_sent_at_once_with_what_was_held },
	{ "what_was_held_for_the_delay_is_sent_with_the_next_write",
	  what_was_held_for_the_delay_is_sent_with_the_next_write },
	{ "what_nobody_adds_to_is_due_after_the_delay",
	  what_nobody_adds_to_is_due_after_the_delay },
	{ "nobody_looks_again_when_a_stream_is_over",
	  nobody_looks_again_when_a_stream_is_over },
	{ "with_a_delay_of_zero_nothing_is_held", with_a_delay_of_zero_nothing_is_held },
	{ "the_environment_sets_the_delay", the_environment_sets_the_delay },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
