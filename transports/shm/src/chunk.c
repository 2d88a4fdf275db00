/* A writer's chunks. A free one stays for the next sample of about its size; what nobody needed
 * for CHUNK_IDLE_NS or twice that goes back to the segment (docs/decisions/0051). */
#include "chunk.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* Up to 16 KiB, one bucket for each size class of the segment. Above, four to the octave, by the
 * size that a chunk has at least:
 *
 *   bucket  0 .. 25    26        27        28        29        30 ...
 *   bytes   64..16384  >16 KiB   20 KiB..  24 KiB..  28 KiB..  32 KiB.. */
#define BUCKETS (SEGMENT_CLASSES + 28 * 4)
/* How many chunks of a bucket are looked at for one that is large enough, before the next
 * bucket's, which all are. */
#define LOOKS_MAX 8

struct bucket {
	struct chunk *first; /* the one released last */
	uint32_t count;
	uint32_t
		least; /* the smallest count since chunks last went back: not needed since */
};

struct chunk_pool {
	struct segment_cache cache; /* first: the segment's view of it */
	struct segment *segment;    /* a reference */
	const struct tern_host *host;

	pthread_mutex_t lock; /* guards all below; before the segment's locks */
	struct bucket buckets[BUCKETS];
	size_t lent_count;   /* chunks */
	size_t cached_count; /* chunks */
	int64_t looked_ns;   /* when chunks last went back */
	bool closed;         /* no more chunk_get() */
};

static uint32_t bucket_of(size_t size_bytes)
{
	if (size_bytes <= SEGMENT_SMALL_MAX_BYTES)
		return segment_class_of(size_bytes);
	uint32_t log = 63 - (uint32_t)__builtin_clzll(size_bytes);
	uint32_t bucket = SEGMENT_CLASSES + (log - 14) * 4 +
	                  (uint32_t)(size_bytes >> (log - 2) & 3);
	return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* ---- what is free, with the lock held ---------------------------------------------------- */

static void push(struct chunk_pool *pool, struct chunk *chunk)
{
	struct bucket *bucket = &pool->buckets[bucket_of(chunk->capacity_bytes)];

	chunk->next = bucket->first;
	bucket->first = chunk;
	bucket->count++;
	pool->cached_count++;
}

static struct chunk *unlink_chunk(struct chunk_pool *pool, struct bucket *bucket,
                                  struct chunk **link)
{
	struct chunk *chunk = *link;

	*link = chunk->next;
	if (--bucket->count < bucket->least)
		bucket->least = bucket->count;
	pool->cached_count--;
	return chunk;
}

static struct chunk *find(struct chunk_pool *pool, size_t size_bytes)
{
	const uint32_t index = bucket_of(size_bytes);
	struct bucket *bucket = &pool->buckets[index];
	int looks = 0;

	for (struct chunk **link = &bucket->first; *link && looks < LOOKS_MAX; looks++) {
		if ((*link)->capacity_bytes >= size_bytes)
			return unlink_chunk(pool, bucket, link);
		link = &(*link)->next;
	}
	if (index < SEGMENT_CLASSES || index + 1 == BUCKETS || !bucket[1].first)
		return NULL;
	return unlink_chunk(pool, &bucket[1], &bucket[1].first);
}

/* Take so many out of a bucket, those that lie longest. */
static void collect(struct chunk_pool *pool, struct bucket *bucket, uint32_t count,
                    struct chunk **list)
{
	struct chunk **link = &bucket->first;

	for (uint32_t kept = bucket->count - count; kept > 0; kept--)
		link = &(*link)->next;
	while (*link) {
		struct chunk *chunk = unlink_chunk(pool, bucket, link);
		chunk->next = *list;
		*list = chunk;
	}
}

/* ---- life -------------------------------------------------------------------------------- */

static void free_chunks(struct chunk_pool *pool, struct chunk *list)
{
	while (list) {
		struct chunk *next = list->next;
		segment_free(pool->segment, (void *)(uintptr_t)list->base.data);
		free(list);
		list = next;
	}
}

static int64_t pool_trim(struct segment_cache *cache, int64_t now_ns, bool all)
{
	struct chunk_pool *pool = (struct chunk_pool *)cache;
	struct chunk *list = NULL;
	int64_t due = TERN_INFINITE;

	pthread_mutex_lock(&pool->lock);
	if (all || now_ns - pool->looked_ns >= CHUNK_IDLE_NS) {
		pool->looked_ns = now_ns;
		for (uint32_t i = 0; i < BUCKETS && pool->cached_count > 0; i++) {
			struct bucket *bucket = &pool->buckets[i];
			collect(pool, bucket, all ? bucket->count : bucket->least, &list);
			bucket->least = bucket->count;
		}
	}
	if (pool->cached_count > 0)
		due = pool->looked_ns + CHUNK_IDLE_NS;
	pthread_mutex_unlock(&pool->lock);
	free_chunks(pool, list);
	return due;
}

struct chunk_pool *chunk_pool_create(const struct tern_host *host,
                                     struct segment *segment)
{
	struct chunk_pool *pool = calloc(1, sizeof *pool);

	if (!pool) {
		(void)host->fail(TERN_ENOMEM, "no memory for a pool of samples");
		return NULL;
	}
	pool->cache.trim = pool_trim;
	pool->segment = segment_ref(segment);
	pool->host = host;
	pthread_mutex_init(&pool->lock, NULL);
	segment_cache_add(segment, &pool->cache);
	return pool;
}

static void pool_free(struct chunk_pool *pool)
{
	segment_cache_remove(pool->segment, &pool->cache);
	pthread_mutex_destroy(&pool->lock);
	segment_unref(pool->segment);
	free(pool);
}

void chunk_pool_unref(struct chunk_pool *pool)
{
	struct chunk *list = NULL;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closed = true;
	for (uint32_t i = 0; i < BUCKETS && pool->cached_count > 0; i++)
		collect(pool, &pool->buckets[i], pool->buckets[i].count, &list);
	const bool last = pool->lent_count == 0;
	pthread_mutex_unlock(&pool->lock);
	free_chunks(pool, list);
	if (last)
		pool_free(pool);
}

/* ---- chunks ------------------------------------------------------------------------------ */

static void chunk_release(struct tern_payload *payload)
{
	struct chunk *chunk = (struct chunk *)payload;
	struct chunk_pool *pool = chunk->pool;

	pthread_mutex_lock(&pool->lock);
	const bool closed = pool->closed;
	if (!closed) {
		push(pool, chunk);
		segment_cache_filled(pool->segment); /* the lock keeps the pool alive */
	}
	const bool last = --pool->lent_count == 0 && closed;
	pthread_mutex_unlock(&pool->lock);
	if (!closed)
		return;
	chunk->next = NULL;
	free_chunks(pool, chunk);
	if (last)
		pool_free(pool);
}

static struct chunk *chunk_create(struct chunk_pool *pool, size_t size_bytes)
{
	struct chunk *chunk = malloc(sizeof *chunk);

	if (!chunk) {
		(void)pool->host->fail(TERN_ENOMEM, "no memory for a sample's chunk");
		return NULL;
	}
	chunk->base.data =
		segment_alloc_sample(pool->segment, size_bytes, &chunk->offset);
	if (!chunk->base.data) {
		free(chunk);
		return NULL;
	}
	chunk->pool = pool;
	chunk->capacity_bytes = segment_good_size(size_bytes);
	return chunk;
}

static void no_chunk(struct chunk_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->lent_count--;
	pthread_mutex_unlock(&pool->lock);
}

tern_status chunk_get(struct chunk_pool *pool, size_t size_bytes,
                      struct chunk **ret_chunk)
{
	pthread_mutex_lock(&pool->lock);
	struct chunk *chunk = find(pool, size_bytes);
	pool->lent_count++;
	pthread_mutex_unlock(&pool->lock);
	if (!chunk && !(chunk = chunk_create(pool, size_bytes))) {
		no_chunk(pool);
		return TERN_ENOMEM;
	}
	chunk->base = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_NATIVE,
		.data = chunk->base.data,
		.size_bytes = size_bytes,
		.release = chunk_release,
	};
	*ret_chunk = chunk;
	return TERN_OK;
}

struct chunk *chunk_of(struct chunk_pool *pool, struct tern_payload *payload)
{
	struct chunk *chunk = (struct chunk *)payload;

	return payload->release == chunk_release && chunk->pool == pool ? chunk : NULL;
}
