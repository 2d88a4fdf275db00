/* The earliest is always on top, whatever was moved or taken out. */
#include <stdlib.h>

#include <tern/qos.h>

#include "due_heap.h"
#include "suite.h"

#define COUNT 500

static struct due_node nodes[COUNT];

static void an_empty_heap_is_due_never(void)
{
	struct due_heap heap = { 0 };
	struct due_node node = { 0 };

	CU_ASSERT_PTR_NULL(tern__due_heap_top(&heap));
	CU_ASSERT_EQUAL(tern__due_heap_next(&heap), TERN_INFINITE);
	tern__due_heap_remove(&heap, &node);
	CU_ASSERT_PTR_NULL(tern__due_heap_top(&heap));
	tern__due_heap_fini(&heap);
}

static int64_t earliest(void)
{
	int64_t earliest_ns = TERN_INFINITE;

	for (int i = 0; i < COUNT; i++)
		if (nodes[i].place && nodes[i].due_ns < earliest_ns)
			earliest_ns = nodes[i].due_ns;
	return earliest_ns;
}

static void the_earliest_is_on_top_after_any_change(void)
{
	struct due_heap heap = { 0 };
	unsigned seed = 7;
	uint32_t count = 0;

	CU_ASSERT_EQUAL_FATAL(tern__due_heap_reserve(&heap, COUNT), TERN_OK);
	for (int round = 0; round < 20000; round++) {
		struct due_node *node = &nodes[rand_r(&seed) % COUNT];

		if (rand_r(&seed) % 3 == 0) {
			count -= node->place != 0;
			tern__due_heap_remove(&heap, node);
		} else {
			count += node->place == 0;
			tern__due_heap_set(&heap, node, rand_r(&seed) % 1000);
		}
		CU_ASSERT_EQUAL(heap.count, count);
		CU_ASSERT_EQUAL(tern__due_heap_next(&heap), earliest());
	}
	tern__due_heap_fini(&heap);
}

static void taken_from_the_top_all_come_in_order(void)
{
	struct due_heap heap = { 0 };
	struct due_node *node;
	unsigned seed = 11;
	int64_t last_ns = INT64_MIN;
	int taken = 0;

	CU_ASSERT_EQUAL_FATAL(tern__due_heap_reserve(&heap, COUNT), TERN_OK);
	for (int i = 0; i < COUNT; i++) {
		nodes[i].place = 0;
		tern__due_heap_set(&heap, &nodes[i], rand_r(&seed) - RAND_MAX / 2);
	}
	while ((node = tern__due_heap_top(&heap))) {
		CU_ASSERT_TRUE(node->due_ns >= last_ns);
		last_ns = node->due_ns;
		tern__due_heap_remove(&heap, node);
		taken++;
	}
	CU_ASSERT_EQUAL(taken, COUNT);
	tern__due_heap_fini(&heap);
}

static const struct suite_test tests[] = {
	{ "an_empty_heap_is_due_never", an_empty_heap_is_due_never },
	{ "the_earliest_is_on_top_after_any_change",
	  the_earliest_is_on_top_after_any_change },
	{ "taken_from_the_top_all_come_in_order", taken_from_the_top_all_come_in_order },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
