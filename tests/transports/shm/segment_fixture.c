/* A segment in a directory of the test's own. */
#include "segment_fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "segment"

static struct shm_directory directory;

struct segment *segment_begin(const struct segment_config *config)
{
	static const struct segment_config plain;
	struct segment *segment;

	shm_directory_make(0700);
	OK(shm_directory_open(&shm_host, &directory));
	OK(segment_create(&shm_host, &directory, NAME, config ? config : &plain,
	                  &segment));
	return segment;
}

void segment_end(struct segment *segment)
{
	segment_destroy(segment);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, 0), 0);
	shm_directory_close(&directory);
	shm_directory_remove();
}

size_t segment_blocks_bytes(void)
{
	struct stat file;

	CU_ASSERT_EQUAL_FATAL(fstatat(directory.fd, NAME, &file, 0), 0);
	return (size_t)file.st_blocks * 512;
}

struct segment_usage segment_usage(struct segment *segment)
{
	struct segment_usage usage;

	segment_usage_get(segment, &usage);
	return usage;
}

uint32_t random_next(struct random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 17;
	random->state ^= random->state << 5;
	return random->state;
}

size_t random_size(struct random *random, uint32_t bits)
{
	uint32_t magnitude = random_next(random) % (bits + 1);

	return 1 + random_next(random) % (UINT32_C(1) << magnitude);
}

bool object_alloc(struct segment *segment, struct object *object, size_t size_bytes,
                  uint8_t mark)
{
	object->memory = segment_alloc_sample(segment, size_bytes, &object->offset);
	if (!object->memory)
		return false;
	object->size_bytes = segment_good_size(size_bytes);
	object->mark = mark;
	memset(object->memory, mark, object->size_bytes);
	return true;
}

bool object_is_intact(const struct object *object)
{
	return object->memory[0] == object->mark &&
	       memcmp(object->memory, object->memory + 1, object->size_bytes - 1) == 0;
}

void object_free(struct segment *segment, struct object *object)
{
	segment_free(segment, object->memory);
	object->memory = NULL;
}
