/* Counting of received samples: percentiles, and samples that come twice. */
#include <string.h>

#include "suite.h"
#include "tally.h"

static struct tern_sample_info info_of(tern_instance_handle instance, uint8_t writer,
                                       int64_t source_ns, int64_t latency_ns)
{
	struct tern_sample_info info = {
		.valid_data = true,
		.source_timestamp_ns = source_ns,
		.reception_timestamp_ns = source_ns + latency_ns,
		.instance_handle = instance,
	};

	info.writer.bytes[0] = writer;
	return info;
}

static void add(struct tally *tally, int64_t source_ns, int64_t latency_ns)
{
	struct tern_sample_info info = info_of(1, 1, source_ns, latency_ns);

	tally_add(tally, &info);
}

static bool is_near(int64_t value_ns, int64_t wanted_ns)
{
	double ratio = ((double)value_ns + 1) / ((double)wanted_ns + 1);

	return ratio >= 0.94 && ratio <= 1.06;
}

static void percentiles(void)
{
	static struct tally tally;

	CU_ASSERT_EQUAL(tally_percentile_ns(&tally, 0.5), 0);
	for (int64_t i = 1; i <= 1000; i++)
		add(&tally, i, i * 1000);
	CU_ASSERT_EQUAL(tally.received, 1000);
	CU_ASSERT_TRUE(is_near(tally_percentile_ns(&tally, 0.5), 500000));
	CU_ASSERT_TRUE(is_near(tally_percentile_ns(&tally, 0.99), 990000));
	CU_ASSERT_TRUE(is_near(tally_percentile_ns(&tally, 1), 1000000));
	CU_ASSERT_TRUE(is_near(tally_percentile_ns(&tally, 0), 1000));
}

static void extremes(void)
{
	static const int64_t latencies_ns[] = { 0,  1,  15,         16,           17,
		                                31, 32, 1000000007, INT64_MAX / 2 };

	for (size_t i = 0; i < sizeof latencies_ns / sizeof *latencies_ns; i++) {
		struct tally tally = { 0 };

		add(&tally, 1, latencies_ns[i]);
		CU_ASSERT_TRUE(
			is_near(tally_percentile_ns(&tally, 0.5), latencies_ns[i]));
	}
}

static void clocks_that_differ(void)
{
	struct tally tally = { 0 };

	add(&tally, 1000, -500);
	CU_ASSERT_EQUAL(tally.received, 1);
	CU_ASSERT_EQUAL(tally_percentile_ns(&tally, 0.5), 0);
}

static void kept(void)
{
	struct tally tally = { .timed_since_ns = 1000 };

	add(&tally, 10, 5000000);
	CU_ASSERT_EQUAL(tally.received, 1);
	CU_ASSERT_EQUAL(tally_percentile_ns(&tally, 1), 0);
	add(&tally, 2000, 300);
	CU_ASSERT_EQUAL(tally.received, 2);
	CU_ASSERT_TRUE(is_near(tally_percentile_ns(&tally, 1), 300));
}

static void repeated(void)
{
	struct tally tally = { 0 };
	struct tern_sample_info info;

	add(&tally, 10, 1);
	add(&tally, 20, 1);
	CU_ASSERT_EQUAL(tally.repeated, 0);
	add(&tally, 20, 1);
	CU_ASSERT_EQUAL(tally.repeated, 1);
	add(&tally, 10, 1);
	CU_ASSERT_EQUAL(tally.repeated, 2);
	/* Another instance and another writer have timestamps of their own. */
	info = info_of(2, 1, 15, 1);
	tally_add(&tally, &info);
	info = info_of(1, 2, 15, 1);
	tally_add(&tally, &info);
	CU_ASSERT_EQUAL(tally.repeated, 2);
	CU_ASSERT_EQUAL(tally.received, 6);
}

static void many_instances(void)
{
	struct tally tally = { 0 };

	for (uint64_t instance = 1; instance <= 10 * TALLY_INSTANCES; instance++) {
		struct tern_sample_info info = info_of(instance, 1, 5, 1);

		tally_add(&tally, &info);
	}
	CU_ASSERT_EQUAL(tally.received, 10 * TALLY_INSTANCES);
	CU_ASSERT_EQUAL(tally.repeated, 0);
}

static const struct suite_test tests[] = {
	{ "percentiles_are_right_to_6_percent", percentiles },
	{ "the_smallest_and_largest_latencies_have_buckets", extremes },
	{ "a_sample_from_a_clock_that_is_ahead_counts_as_0", clocks_that_differ },
	{ "samples_kept_for_a_late_comer_are_counted_but_not_timed", kept },
	{ "a_sample_that_comes_again_or_late_is_counted", repeated },
	{ "more_instances_than_are_remembered_do_no_harm", many_instances },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
