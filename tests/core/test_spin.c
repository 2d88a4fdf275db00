/* A waiter spins as long as it pays, and not at all where nothing comes. */
#include <string.h>

#include "spin.h"
#include "suite.h"

#include <tern/log.h>

#define MICROSECOND_NS INT64_C(1000)

static void a_waiter_that_nothing_comes_for_does_not_spin(void)
{
	struct spin spin;

	spin_init(&spin, SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL(spin.budget_ns, 0);
	spin_missed(&spin);
	spin_slept(&spin, SUITE_SECOND_NS);
	CU_ASSERT_EQUAL(spin.budget_ns, 0);
}

static void a_short_sleep_lets_the_next_wait_spin(void)
{
	struct spin spin;

	spin_init(&spin, 50 * MICROSECOND_NS);
	spin_slept(&spin, 59 * MICROSECOND_NS);
	CU_ASSERT_EQUAL(spin.budget_ns, 2 * MICROSECOND_NS);
	spin_init(&spin, 50 * MICROSECOND_NS);
	spin_slept(&spin, 60 * MICROSECOND_NS);
	CU_ASSERT_EQUAL(spin.budget_ns, 0);
}

static void a_sleep_that_no_spin_would_save_lets_none(void)
{
	struct spin spin;

	spin_init(&spin, 2 * MICROSECOND_NS);
	spin_slept(&spin, 12 * MICROSECOND_NS);
	CU_ASSERT_EQUAL(spin.budget_ns, 0);
	spin_slept(&spin, 11 * MICROSECOND_NS);
	CU_ASSERT_EQUAL(spin.budget_ns, 2 * MICROSECOND_NS);
}

static void what_pays_doubles_up_to_the_limit(void)
{
	struct spin spin;

	spin_init(&spin, 5 * MICROSECOND_NS);
	spin_slept(&spin, 0);
	spin_paid(&spin);
	CU_ASSERT_EQUAL(spin.budget_ns, 4 * MICROSECOND_NS);
	spin_paid(&spin);
	CU_ASSERT_EQUAL(spin.budget_ns, 5 * MICROSECOND_NS);
	spin_paid(&spin);
	CU_ASSERT_EQUAL(spin.budget_ns, 5 * MICROSECOND_NS);
}

static void what_is_in_vain_halves_to_nothing(void)
{
	struct spin spin;

	spin_init(&spin, 2 * MICROSECOND_NS);
	spin_slept(&spin, 0);
	spin_missed(&spin);
	CU_ASSERT_EQUAL(spin.budget_ns, MICROSECOND_NS);
	spin_missed(&spin);
	spin_missed(&spin);
	CU_ASSERT_EQUAL(spin.budget_ns, 0);
}

static void short_sleeps_make_up_for_spins_in_vain(void)
{
	struct spin spin;

	spin_init(&spin, 2 * MICROSECOND_NS);
	spin_slept(&spin, 0);
	for (int i = 0; i < 3; i++) {
		spin_missed(&spin);
		spin_slept(&spin, 10 * MICROSECOND_NS);
		CU_ASSERT_EQUAL(spin.budget_ns, 2 * MICROSECOND_NS);
	}
}

/* How many of so many waits spin, each of which sleeps shortly all the same. */
static int spins_in_vain(struct spin *spin, int waits)
{
	int spins = 0;

	for (int i = 0; i < waits; i++) {
		spins += spin->budget_ns > 0;
		spin_missed(spin);
		spin_slept(spin, 5 * MICROSECOND_NS);
	}
	return spins;
}

static void spins_that_never_pay_become_rare_until_one_does(void)
{
	struct spin spin;

	spin_init(&spin, 2 * MICROSECOND_NS);
	CU_ASSERT(spins_in_vain(&spin, 100) < 30);
	CU_ASSERT(spins_in_vain(&spin, 1280) <= 40);
	spin_paid(&spin);
	CU_ASSERT_EQUAL(spins_in_vain(&spin, 3), 3);
}

static void with_a_limit_of_zero_there_is_no_spinning(void)
{
	struct spin spin;

	spin_init(&spin, 0);
	spin_slept(&spin, 0);
	CU_ASSERT_EQUAL(spin.budget_ns, 0);
	spin_paid(&spin);
	CU_ASSERT_EQUAL(spin.budget_ns, 0);
}

static void count(tern_log_level level, const char *text, void *context)
{
	CU_ASSERT_EQUAL(level, TERN_LOG_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "TERN_SPIN_US"));
	++*(int *)context;
}

static void the_environment_sets_the_limit(void)
{
	static const char *const wrong[] = { "",    "2 us", "-1",     "1.5",
		                             "two", " ",    "0x1001", "1000001" };
	int warnings = 0;

	tern_log_set_sink(count, &warnings);
	CU_ASSERT_EQUAL(spin_max_ns_of(NULL), SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL(spin_max_ns_of("0"), 0);
	CU_ASSERT_EQUAL(spin_max_ns_of("50"), 50 * MICROSECOND_NS);
	CU_ASSERT_EQUAL(spin_max_ns_of("1000000"), SUITE_SECOND_NS);
	CU_ASSERT_EQUAL(warnings, 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CU_ASSERT_EQUAL(spin_max_ns_of(wrong[i]), SPIN_DEFAULT_MAX_NS);
	CU_ASSERT_EQUAL(warnings, (int)(sizeof wrong / sizeof *wrong));
	tern_log_set_sink(NULL, NULL);
}

static const struct suite_test tests[] = {
	{ "a_waiter_that_nothing_comes_for_does_not_spin",
	  a_waiter_that_nothing_comes_for_does_not_spin },
	{ "a_short_sleep_lets_the_next_wait_spin",
	  a_short_sleep_lets_the_next_wait_spin },
	{ "spins_that_never_pay_become_rare_until_one_does",
	  spins_that_never_pay_become_rare_until_one_does },
	{ "a_sleep_that_no_spin_would_save_lets_none",
	  a_sleep_that_no_spin_would_save_lets_none },
	{ "what_pays_doubles_up_to_the_limit", what_pays_doubles_up_to_the_limit },
	{ "what_is_in_vain_halves_to_nothing", what_is_in_vain_halves_to_nothing },
	{ "short_sleeps_make_up_for_spins_in_vain",
	  short_sleeps_make_up_for_spins_in_vain },
	{ "with_a_limit_of_zero_there_is_no_spinning",
	  with_a_limit_of_zero_there_is_no_spinning },
	{ "the_environment_sets_the_limit", the_environment_sets_the_limit },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
