/* Instances are found by key and by handle, and walked in the order of their handles. */
#include <stdlib.h>
#include <string.h>

#include "instance_table.h"
#include "suite.h"

#define COUNT 3000

static struct instance_node nodes[COUNT];

static const uint8_t *key_of(uint32_t number)
{
	static uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];

	memcpy(key_hash, &number, sizeof number);
	return key_hash;
}

static void fill(struct instance_table *table, uint32_t count)
{
	tern__instance_table_init(table);
	for (uint32_t i = 0; i < count; i++)
		tern__instance_table_add(table, &nodes[i], key_of(i));
}

static void an_empty_table_holds_nothing(void)
{
	struct instance_table table;

	tern__instance_table_init(&table);
	CU_ASSERT_PTR_NULL(tern__instance_table_find(&table, key_of(1)));
	CU_ASSERT_PTR_NULL(tern__instance_table_find_handle(&table, 1));
	CU_ASSERT_PTR_NULL(tern__instance_table_above(&table, TERN_HANDLE_NIL));
	CU_ASSERT_PTR_NULL(tern__instance_table_above(&table, UINT64_MAX));
	tern__instance_table_fini(&table);
}

static void each_of_many_is_found_by_key_and_by_handle(void)
{
	struct instance_table table;

	fill(&table, COUNT);
	CU_ASSERT_EQUAL(table.count, COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		CU_ASSERT_PTR_EQUAL(tern__instance_table_find(&table, key_of(i)),
		                    &nodes[i]);
		CU_ASSERT_PTR_EQUAL(
			tern__instance_table_find_handle(&table, nodes[i].handle),
			&nodes[i]);
	}
	CU_ASSERT_PTR_NULL(tern__instance_table_find(&table, key_of(COUNT)));
	tern__instance_table_fini(&table);
}

static void a_handle_is_the_same_in_every_table_and_never_nil(void)
{
	struct instance_table table;

	fill(&table, COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		CU_ASSERT_EQUAL(nodes[i].handle, tern__instance_handle(key_of(i)));
		CU_ASSERT_NOT_EQUAL(nodes[i].handle, TERN_HANDLE_NIL);
	}
	tern__instance_table_fini(&table);
}

static void a_walk_meets_each_once_in_handle_order(void)
{
	struct instance_table table;
	struct instance_node *node;
	tern_instance_handle last = TERN_HANDLE_NIL;
	uint32_t met = 0;

	fill(&table, COUNT);
	while ((node = tern__instance_table_above(&table, last))) {
		CU_ASSERT_TRUE(node->handle > last);
		last = node->handle;
		met++;
	}
	CU_ASSERT_EQUAL(met, COUNT);
	tern__instance_table_fini(&table);
}

static void what_is_removed_is_gone_and_the_rest_stays(void)
{
	struct instance_table table;

	fill(&table, COUNT);
	for (uint32_t i = 0; i < COUNT; i += 2)
		tern__instance_table_remove(&table, &nodes[i]);
	CU_ASSERT_EQUAL(table.count, COUNT / 2);
	for (uint32_t i = 0; i < COUNT; i++)
		CU_ASSERT_PTR_EQUAL(tern__instance_table_find(&table, key_of(i)),
		                    i % 2 ? &nodes[i] : NULL);
	tern__instance_table_fini(&table);
}

static const struct suite_test tests[] = {
	{ "an_empty_table_holds_nothing", an_empty_table_holds_nothing },
	{ "each_of_many_is_found_by_key_and_by_handle",
	  each_of_many_is_found_by_key_and_by_handle },
	{ "a_handle_is_the_same_in_every_table_and_never_nil",
	  a_handle_is_the_same_in_every_table_and_never_nil },
	{ "a_walk_meets_each_once_in_handle_order",
	  a_walk_meets_each_once_in_handle_order },
	{ "what_is_removed_is_gone_and_the_rest_stays",
	  what_is_removed_is_gone_and_the_rest_stays },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
