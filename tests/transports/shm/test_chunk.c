/* Chunks: kept for the next sample, released from any thread, and gone with the last of them. */
#include <unistd.h>

#include "chunk.h"
#include "shm_fixture.h"

#define NAME "segment"

static struct shm_directory directory;
static struct segment *segment;

static void begin(void)
{
	shm_directory_make(0700);
	OK(shm_directory_open(&shm_host, &directory));
	OK(segment_create(&shm_host, &directory, NAME, &(struct segment_config){ 0 },
	                  &segment));
}

static void end(void)
{
	segment_destroy(segment);
	CU_ASSERT_EQUAL(unlinkat(directory.fd, NAME, 0), 0);
	shm_directory_close(&directory);
	shm_directory_remove();
}

static void a_released_chunk_serves_the_next_sample(void)
{
	struct chunk *a, *b;

	begin();
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	OK(chunk_get(pool, 1000, &a));
	const void *memory = a->base.data;
	tern_payload_unref(&a->base);
	OK(chunk_get(pool, 990, &b));
	CU_ASSERT_PTR_EQUAL(b->base.data, memory);
	CU_ASSERT_PTR_EQUAL(chunk_of(pool, &b->base), b);
	chunk_pool_unref(pool);
	tern_payload_unref(&b->base);
	end();
}

static const struct suite_test tests[] = {
	{ "a_released_chunk_serves_the_next_sample",
	  a_released_chunk_serves_the_next_sample },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
