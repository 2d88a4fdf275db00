/* A map from GUIDs: whatever is put in is found, whatever else was removed. */
#include <string.h>

#include "guid_map.h"
#include "suite.h"

static struct tern_guid guid_of(uint32_t number)
{
	struct tern_guid guid = { .bytes = { 1, 2, 3 } };

	memcpy(guid.bytes + 12, &number, sizeof number);
	return guid;
}

static void an_empty_map_has_nothing(void)
{
	struct guid_map map = { 0 };
	struct tern_guid guid = guid_of(1);
	size_t position = 0;

	CU_ASSERT_PTR_NULL(guid_map_get(&map, &guid));
	CU_ASSERT_PTR_NULL(guid_map_remove(&map, &guid));
	CU_ASSERT_PTR_NULL(guid_map_next(&map, &position));
	guid_map_fini(&map);
}

static void putting_again_replaces(void)
{
	struct guid_map map = { 0 };
	struct tern_guid guid = guid_of(1);
	int a, b;

	CU_ASSERT_EQUAL(guid_map_put(&map, &guid, &a), TERN_OK);
	CU_ASSERT_EQUAL(guid_map_put(&map, &guid, &b), TERN_OK);
	CU_ASSERT_EQUAL(map.count, 1);
	CU_ASSERT_PTR_EQUAL(guid_map_get(&map, &guid), &b);
	CU_ASSERT_PTR_EQUAL(guid_map_remove(&map, &guid), &b);
	CU_ASSERT_PTR_NULL(guid_map_get(&map, &guid));
	guid_map_fini(&map);
}

/* Against an array that knows better. */
static void random_changes_keep_it_right(void)
{
	enum { NUMBERS = 200 };
	static int values[NUMBERS];
	bool there[NUMBERS] = { false };
	struct guid_map map = { 0 };
	uint32_t random = 12345;
	size_t count = 0;

	for (int step = 0; step < 20000; step++) {
		random = random * 1664525 + 1013904223;
		uint32_t number = (random >> 8) % NUMBERS;
		struct tern_guid guid = guid_of(number);
		CU_ASSERT_EQUAL(guid_map_get(&map, &guid) == &values[number],
		                there[number]);
		if (random >> 31) {
			CU_ASSERT_EQUAL(guid_map_put(&map, &guid, &values[number]),
			                TERN_OK);
			count += !there[number];
			there[number] = true;
		} else {
			CU_ASSERT_EQUAL(guid_map_remove(&map, &guid) != NULL,
			                there[number]);
			count -= there[number];
			there[number] = false;
		}
		CU_ASSERT_EQUAL(map.count, count);
	}
	size_t seen = 0;
	const int *value;
	for (size_t i = 0; (value = guid_map_next(&map, &i)); seen++)
		CU_ASSERT_TRUE(there[value - values]);
	CU_ASSERT_EQUAL(seen, count);
	guid_map_fini(&map);
}

static const struct suite_test tests[] = {
	{ "an_empty_map_has_nothing", an_empty_map_has_nothing },
	{ "putting_again_replaces", putting_again_replaces },
	{ "random_changes_keep_it_right", random_changes_keep_it_right },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
