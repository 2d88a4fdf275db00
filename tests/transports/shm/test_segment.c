/* The segment against a naive model: what is lent never overlaps, is aligned, keeps its bytes,
 * and comes back. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "segment_impl.h"
#include "shm_fixture.h"

#define NAME "segment"

static struct shm_directory directory;

static struct segment *segment_make(const struct segment_config *config)
{
	struct segment *segment;

	shm_directory_make(0700);
	OK(shm_directory_open(&shm_host, &directory));
	OK(segment_create(&shm_host, &directory, NAME, config, &segment));
	return segment;
}

static void segment_end(struct segment *segment)
{
	segment_destroy(segment);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, 0), 0);
	shm_directory_close(&directory);
	shm_directory_remove();
}

static size_t used_bytes(struct segment *segment)
{
	struct segment_usage usage;

	segment_usage_get(segment, &usage);
	return usage.used_bytes;
}

/* ---- the model --------------------------------------------------------------------------- */

#define OBJECTS 400

struct object {
	uint8_t *memory;
	size_t size_bytes;
	uint64_t offset;
	uint8_t mark;
};

static uint32_t seed = 1;

static uint32_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

/* Of each magnitude alike. */
static size_t random_size(uint32_t bits)
{
	return 1 + next_random() % (UINT32_C(1) << next_random() % (bits + 1));
}

static bool holds_its_mark(const struct object *object)
{
	for (size_t i = 0; i < object->size_bytes; i++)
		if (object->memory[i] != object->mark)
			return false;
	return true;
}

static void object_alloc(struct segment *segment, struct object *object,
                         size_t size_bytes)
{
	object->memory = segment_alloc(segment, size_bytes, &object->offset);
	CU_ASSERT_PTR_NOT_NULL_FATAL(object->memory);
	object->size_bytes = segment_good_size(size_bytes);
	object->mark = (uint8_t)next_random();
	CU_ASSERT_TRUE(object->size_bytes >= size_bytes);
	CU_ASSERT_EQUAL((uintptr_t)object->memory % (size_bytes > 192 ? 128 : 64), 0);
	CU_ASSERT_EQUAL(segment_offset(segment, object->memory), object->offset);
	CU_ASSERT_TRUE(object->offset >= sizeof(struct shm_data));
	memset(object->memory, object->mark, object->size_bytes);
}

static void object_free(struct segment *segment, struct object *object)
{
	CU_ASSERT_TRUE(holds_its_mark(object));
	segment_free(segment, object->memory);
	object->memory = NULL;
}

static void what_is_lent_is_nobody_elses_and_all_comes_back(void)
{
	static struct object objects[OBJECTS];
	struct segment *segment = segment_make(&(struct segment_config){ 0 });
	const size_t header_bytes = used_bytes(segment);
	size_t used = header_bytes;

	for (int i = 0; i < 20000; i++) {
		struct object *object = &objects[next_random() % OBJECTS];
		if (object->memory) {
			used -= object->size_bytes;
			object_free(segment, object);
		} else {
			object_alloc(segment, object, random_size(i % 50 ? 14 : 22));
			used += object->size_bytes;
		}
		CU_ASSERT_EQUAL_FATAL(used_bytes(segment), used);
	}
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].memory)
			object_free(segment, &objects[i]);
	CU_ASSERT_EQUAL(used_bytes(segment), header_bytes);
	segment_end(segment);
}

static const struct suite_test tests[] = {
	{ "what_is_lent_is_nobody_elses_and_all_comes_back",
	  what_is_lent_is_nobody_elses_and_all_comes_back },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
