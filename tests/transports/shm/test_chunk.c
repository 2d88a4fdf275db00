/* Chunks: kept for the next sample, released from any thread, not for ever, and gone with the
 * last of them. */
#include "chunk.h"

#include <pthread.h>
#include <string.h>

#include "segment_fixture.h"
#include "segment_impl.h"

static struct chunk *get(struct chunk_pool *pool, size_t size_bytes)
{
	struct chunk *chunk;

	OK(chunk_get(pool, size_bytes, &chunk));
	return chunk;
}

static uint8_t *bytes(const struct chunk *chunk)
{
	return (uint8_t *)(uintptr_t)chunk->base.data;
}

static void release(struct chunk *chunk)
{
	tern_payload_unref(&chunk->base);
}

static void a_chunk_is_a_payload_in_the_segment(void)
{
	struct segment *segment = segment_begin(NULL);
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	struct chunk_pool *other = chunk_pool_create(&shm_host, segment);
	struct tern_payload foreign = { .references = 1 };

	for (size_t size = 1; size < 5 * MIB; size = size * 7 / 3 + 1) {
		struct chunk *chunk = get(pool, size);
		CU_ASSERT_EQUAL(chunk->base.references, 1);
		CU_ASSERT_EQUAL(chunk->base.size_bytes, size);
		CU_ASSERT_TRUE(chunk->capacity_bytes >= size);
		CU_ASSERT_EQUAL(segment_offset(segment, chunk->base.data), chunk->offset);
		memset(bytes(chunk), 0xaa, chunk->capacity_bytes);
		CU_ASSERT_PTR_EQUAL(chunk_of(pool, &chunk->base), chunk);
		CU_ASSERT_PTR_NULL(chunk_of(other, &chunk->base));
		release(chunk);
	}
	CU_ASSERT_PTR_NULL(chunk_of(pool, &foreign));
	chunk_pool_unref(pool);
	chunk_pool_unref(other);
	segment_end(segment);
}

static void a_released_chunk_serves_the_next_sample_of_about_its_size(void)
{
	static const size_t sizes[][2] = { { 1000, 990 },          { 64, 1 },
		                           { 16 * KIB, 15 * KIB }, { MIB, MIB },
		                           { MIB, MIB - 4096 },    { 1100 * KIB, MIB } };
	struct segment *segment = segment_begin(NULL);
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	int64_t now = suite_monotonic_ns();

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct chunk *first = get(pool, sizes[i][0]);
		const void *memory = first->base.data;
		release(first);
		struct chunk *second = get(pool, sizes[i][1]);
		CU_ASSERT_PTR_EQUAL(second->base.data, memory);
		CU_ASSERT_EQUAL(second->base.size_bytes, sizes[i][1]);
		CU_ASSERT_EQUAL(second->base.references, 1);
		release(second);
		for (int j = 0; j < 2; j++) /* and is not there for the next */
			segment_trim(segment, now += 2 * CHUNK_IDLE_NS);
	}
	/* But not one of another magnitude, nor one that is too short. */
	release(get(pool, 8 * MIB));
	struct chunk *small = get(pool, 3 * MIB);
	CU_ASSERT_TRUE(small->capacity_bytes < 4 * MIB);
	struct chunk *larger = get(pool, 8 * MIB + 4096);
	CU_ASSERT_TRUE(larger->capacity_bytes >= 8 * MIB + 4096);
	memset(bytes(larger), 1, 8 * MIB + 4096);
	release(small);
	release(larger);
	chunk_pool_unref(pool);
	segment_end(segment);
}

static void chunks_outlive_their_pool_and_its_owner(void)
{
	struct segment *segment = segment_begin(NULL);
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	struct chunk *small = get(pool, 100), *large = get(pool, MIB);
	const size_t before = segment_usage(segment).used_bytes;

	release(get(pool, 5000)); /* kept, and given up with the pool */
	memset(bytes(large), 7, MIB);
	chunk_pool_unref(pool);
	CU_ASSERT_EQUAL(segment_usage(segment).used_bytes, before);
	release(small);
	CU_ASSERT_TRUE(segment_usage(segment).used_bytes < before);
	segment_end(segment);
	CU_ASSERT_EQUAL(bytes(large)[MIB - 1], 7);
	release(large); /* the pool and the segment go with it: leaks and reuse are asan's */
}

/* ---- what the cache keeps ---------------------------------------------------------------- */

#define BURST 8

static void burst(struct chunk_pool *pool, size_t size_bytes)
{
	struct chunk *chunks[BURST];

	for (int i = 0; i < BURST; i++)
		chunks[i] = get(pool, size_bytes);
	for (int i = 0; i < BURST; i++)
		release(chunks[i]);
}

static void a_burst_is_gone_after_a_while(void)
{
	struct segment *segment = segment_begin(NULL);
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	const size_t before = segment_usage(segment).used_bytes;
	int64_t now = suite_monotonic_ns();
	int rounds = 0;

	burst(pool, 4 * MIB);
	CU_ASSERT_TRUE(segment_usage(segment).used_bytes >= BURST * 4 * MIB);
	CU_ASSERT_TRUE(segment_trim(segment, now) > now); /* not at once */
	CU_ASSERT_TRUE(segment_usage(segment).used_bytes >= BURST * 4 * MIB);
	/* Seen first, then found unused, then given to the kernel. */
	while (segment_trim(segment, now += 2 * CHUNK_IDLE_NS) != TERN_INFINITE)
		rounds++;
	CU_ASSERT_TRUE(rounds <= 2);
	CU_ASSERT_EQUAL(segment_usage(segment).used_bytes, before);
	CU_ASSERT_TRUE(segment_blocks_bytes() < MIB);
	chunk_pool_unref(pool);
	segment_end(segment);
}

/* Others' trims come at any time: a chunk is not unused because nobody needed it just now. */
static void a_cache_is_not_looked_at_too_often(void)
{
	struct segment *segment = segment_begin(NULL);
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	struct segment_cache *cache = segment->caches;
	const int64_t now = suite_monotonic_ns(), idle = CHUNK_IDLE_NS;

	burst(pool, MIB);
	const size_t used = segment_usage(segment).used_bytes;
	CU_ASSERT_EQUAL(cache->trim(cache, now, false), now + idle);
	CU_ASSERT_EQUAL(cache->trim(cache, now + idle - 1, false), now + idle);
	CU_ASSERT_EQUAL(segment_usage(segment).used_bytes, used);
	CU_ASSERT_EQUAL(cache->trim(cache, now + idle, false), TERN_INFINITE);
	CU_ASSERT_TRUE(segment_usage(segment).used_bytes < used);
	chunk_pool_unref(pool);
	segment_end(segment);
}

static void what_is_in_use_all_the_time_stays(void)
{
	struct segment *segment = segment_begin(NULL);
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	int64_t now = suite_monotonic_ns() + 2 * CHUNK_IDLE_NS;

	burst(pool, MIB);
	const void *memory = NULL;
	for (int i = 0; i < 5; i++, now += 2 * CHUNK_IDLE_NS) {
		struct chunk *a = get(pool, MIB), *b = get(pool, MIB);
		CU_ASSERT_TRUE(!memory || memory == a->base.data);
		memory = b->base.data;
		release(a);
		release(b);
		CU_ASSERT_NOT_EQUAL(segment_trim(segment, now), TERN_INFINITE);
		memory = b->base.data;
	}
	/* The two that were used, and no more of the burst. */
	CU_ASSERT_TRUE(segment_usage(segment).used_bytes >= 2 * MIB);
	CU_ASSERT_TRUE(segment_usage(segment).used_bytes < 3 * MIB);
	chunk_pool_unref(pool);
	segment_end(segment);
}

static void a_cache_gives_way_to_another_writer(void)
{
	struct segment *segment =
		segment_begin(&(struct segment_config){ .max_size_bytes = 16 * MIB });
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	struct chunk_pool *other = chunk_pool_create(&shm_host, segment);
	struct chunk *chunk = NULL;

	release(get(pool, 12 * MIB));
	chunk = get(other, 10 * MIB);
	struct chunk *refused = NULL;
	CU_ASSERT_EQUAL(chunk_get(pool, 12 * MIB, &refused), TERN_ENOMEM);
	CU_ASSERT_PTR_NULL(refused);
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host.error_text(), "16777216 bytes"));
	release(chunk);
	release(get(pool, 12 * MIB));
	chunk_pool_unref(pool);
	chunk_pool_unref(other);
	CU_ASSERT_PTR_NULL(segment->caches); /* both are gone */
	segment_end(segment);
}

static void samples_of_any_size_do_not_pile_up(void)
{
	enum { LIVE = 16 };
	struct segment *segment = segment_begin(NULL);
	struct chunk_pool *pool = chunk_pool_create(&shm_host, segment);
	struct chunk *live[LIVE] = { 0 };
	struct random random = { 3 };
	int64_t now = suite_monotonic_ns();

	for (int i = 0; i < 20000; i++) {
		int at = (int)(random_next(&random) % LIVE);
		if (live[at])
			release(live[at]);
		live[at] = get(pool, random_size(&random, 20));
		if (i % 500 == 0)
			segment_trim(segment, now += 2 * CHUNK_IDLE_NS);
	}
	CU_ASSERT_TRUE(segment_usage(segment).used_bytes < 64 * MIB);
	for (int i = 0; i < LIVE; i++)
		release(live[i]);
	chunk_pool_unref(pool);
	segment_end(segment);
}

/* ---- threads ----------------------------------------------------------------------------- */

enum { THREADS = 3, SHARED = 32, STEPS = 20000 };

static struct {
	struct chunk_pool *pool;
	struct segment *segment;
	_Atomic(struct chunk *) chunks[SHARED];
	_Atomic uint32_t damaged;
	_Atomic uint32_t seed;
} shared;

static void check_and_release(struct chunk *chunk)
{
	const size_t last = chunk->base.size_bytes - 1;

	if (bytes(chunk)[0] != (uint8_t)chunk->offset ||
	    bytes(chunk)[last] != (uint8_t)(last == 0 ? chunk->offset : last))
		shared.damaged++;
	release(chunk);
}

static void *get_and_release(void *context)
{
	struct random random = { ++shared.seed * 7919 };

	(void)context;
	for (int i = 0; i < STEPS; i++) {
		struct chunk *chunk;
		size_t size = random_size(&random, i % 50 ? 10 : 19);
		if (chunk_get(shared.pool, size, &chunk) < 0) {
			shared.damaged++;
			continue;
		}
		bytes(chunk)[size - 1] = (uint8_t)(size - 1);
		bytes(chunk)[0] = (uint8_t)chunk->offset;
		chunk = atomic_exchange(&shared.chunks[random_next(&random) % SHARED],
		                        chunk);
		if (chunk)
			check_and_release(chunk);
		if (i % 1000 == 0)
			segment_trim(shared.segment, INT64_MAX / 4 + i);
	}
	return NULL;
}

static void any_thread_releases(void)
{
	pthread_t threads[THREADS];

	shared.segment = segment_begin(NULL);
	shared.pool = chunk_pool_create(&shm_host, shared.segment);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&threads[i], NULL, get_and_release, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(shared.damaged, 0);
	chunk_pool_unref(shared.pool);
	for (int i = 0; i < SHARED; i++)
		if (shared.chunks[i])
			check_and_release(shared.chunks[i]);
	CU_ASSERT_EQUAL(shared.damaged, 0);
	CU_ASSERT_PTR_NULL(shared.segment->caches); /* the pool went with the last */
	CU_ASSERT_TRUE(segment_usage(shared.segment).used_bytes < 64 * KIB);
	segment_end(shared.segment);
}

static const struct suite_test tests[] = {
	{ "a_chunk_is_a_payload_in_the_segment", a_chunk_is_a_payload_in_the_segment },
	{ "a_released_chunk_serves_the_next_sample_of_about_its_size",
	  a_released_chunk_serves_the_next_sample_of_about_its_size },
	{ "chunks_outlive_their_pool_and_its_owner",
	  chunks_outlive_their_pool_and_its_owner },
	{ "a_burst_is_gone_after_a_while", a_burst_is_gone_after_a_while },
	{ "a_cache_is_not_looked_at_too_often", a_cache_is_not_looked_at_too_often },
	{ "what_is_in_use_all_the_time_stays", what_is_in_use_all_the_time_stays },
	{ "a_cache_gives_way_to_another_writer", a_cache_gives_way_to_another_writer },
	{ "samples_of_any_size_do_not_pile_up", samples_of_any_size_do_not_pile_up },
	{ "any_thread_releases", any_thread_releases },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
