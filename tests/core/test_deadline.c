/* Who misses a deadline is told, once for every period, and nobody else. */
#include <stdlib.h>

#include <tern/qos.h>

#include "deadline.h"
#include "suite.h"

static struct deadline deadline;
static struct deadline_node nodes[200];

static void begin(int64_t period_ns)
{
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		nodes[i] = (struct deadline_node){ 0 };
	tern__deadline_init(&deadline, period_ns);
	CU_ASSERT_EQUAL_FATAL(tern__deadline_reserve(&deadline, 200), TERN_OK);
}

static void nothing_watched_is_never_due(void)
{
	uint64_t missed = 77;

	begin(10);
	CU_ASSERT_EQUAL(tern__deadline_next(&deadline), TERN_INFINITE);
	CU_ASSERT_PTR_NULL(tern__deadline_missed(&deadline, 1000, &missed));
	CU_ASSERT_EQUAL(missed, 77);
	tern__deadline_fini(&deadline);
}

static void an_infinite_period_is_never_missed(void)
{
	uint64_t missed;

	begin(TERN_INFINITE);
	tern__deadline_update(&deadline, &nodes[0], 1);
	CU_ASSERT_EQUAL(tern__deadline_next(&deadline), TERN_INFINITE);
	CU_ASSERT_PTR_NULL(tern__deadline_missed(&deadline, INT64_MAX - 1, &missed));
	tern__deadline_stop(&deadline, &nodes[0]);
	tern__deadline_fini(&deadline);
}

static void an_update_within_the_period_misses_nothing(void)
{
	uint64_t missed;

	begin(10);
	for (int64_t now_ns = 100; now_ns < 200; now_ns += 9) {
		CU_ASSERT_PTR_NULL(tern__deadline_missed(&deadline, now_ns, &missed));
		tern__deadline_update(&deadline, &nodes[0], now_ns);
		CU_ASSERT_EQUAL(tern__deadline_next(&deadline), now_ns + 10);
	}
	tern__deadline_fini(&deadline);
}

static void a_miss_is_told_at_the_period_and_again_after_the_next(void)
{
	uint64_t missed = 0;

	begin(10);
	tern__deadline_update(&deadline, &nodes[0], 100);
	CU_ASSERT_PTR_NULL(tern__deadline_missed(&deadline, 109, &missed));
	CU_ASSERT_PTR_EQUAL(tern__deadline_missed(&deadline, 110, &missed), &nodes[0]);
	CU_ASSERT_EQUAL(missed, 1);
	CU_ASSERT_PTR_NULL(tern__deadline_missed(&deadline, 110, &missed));
	CU_ASSERT_EQUAL(tern__deadline_next(&deadline), 120);
	CU_ASSERT_PTR_EQUAL(tern__deadline_missed(&deadline, 125, &missed), &nodes[0]);
	CU_ASSERT_EQUAL(missed, 1);
	CU_ASSERT_EQUAL(tern__deadline_next(&deadline), 130);
	tern__deadline_fini(&deadline);
}

static void periods_in_which_nobody_looked_are_counted(void)
{
	uint64_t missed = 0;

	begin(10);
	tern__deadline_update(&deadline, &nodes[0], 100);
	CU_ASSERT_PTR_EQUAL(tern__deadline_missed(&deadline, 157, &missed), &nodes[0]);
	CU_ASSERT_EQUAL(missed, 5);
	CU_ASSERT_EQUAL(tern__deadline_next(&deadline), 160);
	tern__deadline_fini(&deadline);
}

static void what_is_stopped_is_watched_no_longer(void)
{
	uint64_t missed;

	begin(10);
	tern__deadline_update(&deadline, &nodes[0], 100);
	tern__deadline_update(&deadline, &nodes[1], 101);
	tern__deadline_stop(&deadline, &nodes[0]);
	CU_ASSERT_EQUAL(tern__deadline_next(&deadline), 111);
	tern__deadline_stop(&deadline, &nodes[1]);
	tern__deadline_stop(&deadline, &nodes[1]);
	CU_ASSERT_PTR_NULL(tern__deadline_missed(&deadline, 500, &missed));
	tern__deadline_fini(&deadline);
}

/* Against the plain rule: every whole period since the last update counts once. */
static void many_instances_miss_exactly_what_they_should(void)
{
	static int64_t counted_until_ns[200];
	uint64_t expected = 0, told = 0;
	unsigned seed = 3;
	int64_t now_ns = 0;

	begin(50);
	for (int i = 0; i < 200; i++)
		counted_until_ns[i] = -1;
	for (int round = 0; round < 5000; round++) {
		uint64_t missed;

		now_ns += rand_r(&seed) % 7;
		for (int i = 0; i < 200; i++)
			while (counted_until_ns[i] >= 0 &&
			       counted_until_ns[i] + 50 <= now_ns) {
				counted_until_ns[i] += 50;
				expected++;
			}
		while (tern__deadline_missed(&deadline, now_ns, &missed))
			told += missed;
		CU_ASSERT_EQUAL_FATAL(told, expected);
		for (int k = 0; k < 10; k++) {
			int i = rand_r(&seed) % 200;
			if (rand_r(&seed) % 10 == 0) {
				counted_until_ns[i] = -1;
				tern__deadline_stop(&deadline, &nodes[i]);
			} else {
				counted_until_ns[i] = now_ns;
				tern__deadline_update(&deadline, &nodes[i], now_ns);
			}
		}
	}
	CU_ASSERT_TRUE(told > 1000);
	tern__deadline_fini(&deadline);
}

static const struct suite_test tests[] = {
	{ "nothing_watched_is_never_due", nothing_watched_is_never_due },
	{ "an_infinite_period_is_never_missed", an_infinite_period_is_never_missed },
	{ "an_update_within_the_period_misses_nothing",
	  an_update_within_the_period_misses_nothing },
	{ "a_miss_is_told_at_the_period_and_again_after_the_next",
	  a_miss_is_told_at_the_period_and_again_after_the_next },
	{ "periods_in_which_nobody_looked_are_counted",
	  periods_in_which_nobody_looked_are_counted },
	{ "what_is_stopped_is_watched_no_longer", what_is_stopped_is_watched_no_longer },
	{ "many_instances_miss_exactly_what_they_should",
	  many_instances_miss_exactly_what_they_should },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
