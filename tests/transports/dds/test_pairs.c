/* A pair is ready when Cyclone has matched it and core has attached it, in either order. */
#include "suite.h"

#include "pairs.h"

static const struct tern_guid remote_a = { { 1 } };
static const struct tern_guid remote_b = { { 2 } };

static void a_match_that_core_waited_for_owes_pair_ready(void)
{
	struct tern__pairs pairs;
	tern__pairs_init(&pairs);
	CU_ASSERT_EQUAL(tern__pairs_attach(&pairs, &remote_a), TERN_EAGAIN);
	CU_ASSERT_TRUE(tern__pairs_matched(&pairs, &remote_a, 7, 0, 0));
	CU_ASSERT_FALSE(tern__pairs_matched(&pairs, &remote_a, 7, 0, 0));
	tern__pairs_fini(&pairs);
}

static void a_match_before_the_attach_answers_it(void)
{
	struct tern__pairs pairs;
	tern__pairs_init(&pairs);
	CU_ASSERT_FALSE(tern__pairs_matched(&pairs, &remote_a, 7, 0, 0));
	CU_ASSERT_EQUAL(tern__pairs_attach(&pairs, &remote_a), TERN_OK);
	tern__pairs_fini(&pairs);
}

static void only_the_end_of_a_served_pair_is_told(void)
{
	struct tern__pairs pairs;
	tern__pairs_init(&pairs);
	CU_ASSERT_FALSE(tern__pairs_unmatched(&pairs, &remote_a));
	tern__pairs_matched(&pairs, &remote_a, 7, 0, 0);
	CU_ASSERT_FALSE(tern__pairs_unmatched(&pairs, &remote_a));
	tern__pairs_matched(&pairs, &remote_a, 8, 0, 0);
	CU_ASSERT_EQUAL(tern__pairs_attach(&pairs, &remote_a), TERN_OK);
	CU_ASSERT_TRUE(tern__pairs_unmatched(&pairs, &remote_a));
	tern__pairs_fini(&pairs);
}

static void a_pair_that_neither_side_knows_is_forgotten(void)
{
	struct tern__pairs pairs;
	struct tern__pair pair;
	tern__pairs_init(&pairs);
	tern__pairs_matched(&pairs, &remote_a, 7, 0, 0);
	CU_ASSERT_EQUAL(tern__pairs_attach(&pairs, &remote_a), TERN_OK);
	tern__pairs_unmatched(&pairs, &remote_a);
	CU_ASSERT_TRUE(tern__pairs_find(&pairs, &remote_a, &pair));
	tern__pairs_detach(&pairs, &remote_a);
	CU_ASSERT_FALSE(tern__pairs_find(&pairs, &remote_a, &pair));
	CU_ASSERT_EQUAL(pairs.count, 0);
	tern__pairs_fini(&pairs);
}

static void a_handle_finds_its_pair_while_it_is_matched(void)
{
	struct tern__pairs pairs;
	tern__pairs_init(&pairs);
	tern__pairs_matched(&pairs, &remote_a, 7, 0, 0);
	tern__pairs_matched(&pairs, &remote_b, 8, 0, 0);
	pthread_mutex_lock(&pairs.lock);
	CU_ASSERT_EQUAL(tern__pairs_by_handle(&pairs, 8)->remote.bytes[0], 2);
	CU_ASSERT_EQUAL(tern__pairs_by_handle(&pairs, 7)->remote.bytes[0], 1);
	CU_ASSERT_PTR_NULL(tern__pairs_by_handle(&pairs, 9));
	pthread_mutex_unlock(&pairs.lock);
	tern__pairs_unmatched(&pairs, &remote_a);
	pthread_mutex_lock(&pairs.lock);
	CU_ASSERT_PTR_NULL(tern__pairs_by_handle(&pairs, 7));
	CU_ASSERT_EQUAL(tern__pairs_by_handle(&pairs, 8)->remote.bytes[0], 2);
	pthread_mutex_unlock(&pairs.lock);
	tern__pairs_fini(&pairs);
}

static void all_that_wait_are_found(void)
{
	struct tern__pairs pairs;
	struct tern_guid waiting;
	size_t index = 0;
	tern__pairs_init(&pairs);
	for (uint8_t i = 0; i < 20; i++) {
		struct tern_guid guid = { { i } };
		CU_ASSERT_EQUAL(tern__pairs_attach(&pairs, &guid), TERN_EAGAIN);
	}
	struct tern_guid matched = { { 3 } };
	tern__pairs_matched(&pairs, &matched, 7, 0, 0);
	size_t count = 0;
	while (tern__pairs_next_waiting(&pairs, &index, &waiting)) {
		CU_ASSERT_NOT_EQUAL(waiting.bytes[0], 3);
		count++;
	}
	CU_ASSERT_EQUAL(count, 19);
	tern__pairs_fini(&pairs);
}

static const struct suite_test tests[] = {
	{ "a_match_that_core_waited_for_owes_pair_ready",
	  a_match_that_core_waited_for_owes_pair_ready },
	{ "a_match_before_the_attach_answers_it", a_match_before_the_attach_answers_it },
	{ "only_the_end_of_a_served_pair_is_told",
	  only_the_end_of_a_served_pair_is_told },
	{ "a_pair_that_neither_side_knows_is_forgotten",
	  a_pair_that_neither_side_knows_is_forgotten },
	{ "a_handle_finds_its_pair_while_it_is_matched",
	  a_handle_finds_its_pair_while_it_is_matched },
	{ "all_that_wait_are_found", all_that_wait_are_found },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
