/* The segment: made, lent from and given back to, and what is done when nothing is left. Pages
 * are segment_run.c's, small objects segment_span.c's, the file is segment_extent.c's. */
#include "segment.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "segment_impl.h"

#define FIRST_SIZE_BYTES ((size_t)1 << 20)

int64_t segment_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

tern_status segment_no_room(const struct segment *segment, size_t size_bytes,
                            const char *why, ...)
{
	char text[128];
	va_list arguments;

	va_start(arguments, why);
	vsnprintf(text, sizeof text, why, arguments);
	va_end(arguments);
	return segment->host->fail(
		TERN_ENOMEM,
		"shared memory: no room for %zu KiB more: %s; %zu KiB are in use. Enlarge "
		"the file system (mount -o remount,size=..., docker --shm-size), set "
		"TERN_SHM_DIR to another, or keep fewer or smaller samples",
		(size_bytes + 1023) / 1024, text,
		segment->pages_lent * SEGMENT_PAGE_BYTES / 1024);
}

/* ---- making and ending ------------------------------------------------------------------- */

static bool environment_says(const char *name)
{
	const char *value = getenv(name);

	return value && strcmp(value, "1") == 0;
}

static struct segment *segment_new(const struct tern_host *host,
                                   const struct segment_config *config)
{
	struct segment *segment = NULL;

	if (posix_memalign((void **)&segment, _Alignof(struct segment), sizeof *segment))
		return NULL;
	memset(segment, 0, sizeof *segment);
	segment->host = host;
	segment->fd = -1;
	segment->first_size_bytes =
		config->first_size_bytes ? config->first_size_bytes : FIRST_SIZE_BYTES;
	segment->max_size_bytes = config->max_size_bytes;
	segment->prefault = config->prefault || environment_says("TERN_SHM_PREFAULT");
	atomic_init(&segment->references, 1);
	atomic_init(&segment->trim_due_ns, TERN_INFINITE);
	pthread_mutex_init(&segment->lock, NULL);
	pthread_mutex_init(&segment->arrays_lock, NULL);
	pthread_mutex_init(&segment->caches_lock, NULL);
	segment_classes_init(segment);
	return segment;
}

/* The header is the first run of the first extent, and never given back. */
static tern_status header_make(struct segment *segment)
{
	const struct segment_want want = {
		.page_count = (sizeof(struct shm_data) + SEGMENT_PAGE_BYTES - 1) /
		              SEGMENT_PAGE_BYTES,
		.kind = SEGMENT_RUN_LENT,
	};
	struct segment_run *run = NULL;

	pthread_mutex_lock(&segment->lock);
	tern_status s = segment_extent_add(segment, want.page_count);
	if (s == TERN_OK)
		run = segment_run_take(segment, &want);
	pthread_mutex_unlock(&segment->lock);
	if (s < 0)
		return s;
	if (!run)
		return segment->host->fail(TERN_ENOMEM, "no memory for a run of pages");
	struct shm_data *header = segment_header(segment);
	header->magic = SHM_DATA_MAGIC;
	header->abi = SHM_ABI;
	return TERN_OK;
}

tern_status segment_create(const struct tern_host *host,
                           const struct shm_directory *directory, const char *name,
                           const struct segment_config *config,
                           struct segment **ret_segment)
{
	_Static_assert(sizeof(struct shm_data) <= SEGMENT_PIECE_BYTES,
	               "the header lies in the first piece");
	struct segment *segment = segment_new(host, config);
	if (!segment)
		return host->fail(TERN_ENOMEM, "no memory for a segment");

	tern_status s = shm_file_create(host, directory, name, SEGMENT_PIECE_BYTES, false,
	                                &segment->fd);
	if (s == TERN_OK)
		s = header_make(segment);
	if (s < 0) {
		if (segment->fd >= 0)
			(void)unlinkat(directory->fd, name, 0);
		segment_destroy(segment);
		return s;
	}
	*ret_segment = segment;
	return TERN_OK;
}

static void free_extent(struct segment_extent *extent)
{
	for (uint32_t page = 0; page < extent->page_count;) {
		struct segment_run *run = extent->runs[page];
		page += run->page_count;
		free(run);
	}
	free(extent->runs);
	free(extent->granted);
	free(extent->pinned);
	shm_unmap(extent->base, extent->size_bytes);
}

struct segment *segment_ref(struct segment *segment)
{
	atomic_fetch_add_explicit(&segment->references, 1, memory_order_relaxed);
	return segment;
}

void segment_unref(struct segment *segment)
{
	if (atomic_fetch_sub_explicit(&segment->references, 1, memory_order_acq_rel) != 1)
		return;
	assert(!segment->caches);
	for (uint32_t i = 0; i < atomic_load(&segment->extent_count); i++)
		free_extent(&segment->extents[i]);
	if (segment->fd >= 0)
		close(segment->fd);
	segment_classes_fini(segment);
	pthread_mutex_destroy(&segment->caches_lock);
	pthread_mutex_destroy(&segment->arrays_lock);
	pthread_mutex_destroy(&segment->lock);
	free(segment);
}

void segment_destroy(struct segment *segment)
{
	if (segment)
		segment_unref(segment);
}

/* ---- pages ------------------------------------------------------------------------------- */

/* Pages that are granted or can be; grows the file if need be. */
static struct segment_run *pages_try(struct segment *segment,
                                     const struct segment_want *want)
{
	struct segment_run *run;

	pthread_mutex_lock(&segment->lock);
	run = segment_run_take(segment, want);
	if (!run && segment_extent_add(segment, want->page_count) == TERN_OK)
		run = segment_run_take(segment, want);
	if (run && !segment_is_granted(run->extent, run->first_page, run->page_count) &&
	    segment_grant(segment, run) < 0) {
		segment_run_give(segment, run);
		run = segment_run_take_granted(segment, want);
	}
	pthread_mutex_unlock(&segment->lock);
	return run;
}

static int64_t caches_trim(struct segment *segment, int64_t now_ns, bool all)
{
	int64_t due = TERN_INFINITE;

	pthread_mutex_lock(&segment->caches_lock);
	for (struct segment_cache *cache = segment->caches; cache; cache = cache->next) {
		int64_t next = cache->trim(cache, now_ns, all);
		if (next < due)
			due = next;
	}
	pthread_mutex_unlock(&segment->caches_lock);
	return due;
}

static void punch_all(struct segment *segment)
{
	pthread_mutex_lock(&segment->lock);
	segment_run_punch_idle(segment, 1, TERN_INFINITE);
	pthread_mutex_unlock(&segment->lock);
}

struct segment_run *segment_pages_get(struct segment *segment,
                                      const struct segment_want *want)
{
	struct segment_run *run = pages_try(segment, want);

	if (!run) {
		caches_trim(segment, segment_now_ns(), true);
		segment_span_trim(segment);
		run = pages_try(segment, want);
	}
	if (!run) { /* what lies here and there may be enough in one place */
		punch_all(segment);
		run = pages_try(segment, want);
	}
	return run;
}

/* ---- lending ----------------------------------------------------------------------------- */

size_t segment_good_size(size_t size_bytes)
{
	if (size_bytes <= SEGMENT_SMALL_MAX_BYTES)
		return segment_class_bytes(segment_class_of(size_bytes));
	if (size_bytes > SIZE_MAX - SEGMENT_PAGE_BYTES)
		return size_bytes;
	return (size_bytes + SEGMENT_PAGE_BYTES - 1) / SEGMENT_PAGE_BYTES *
	       SEGMENT_PAGE_BYTES;
}

static void *alloc(struct segment *segment, size_t size_bytes, bool for_samples,
                   uint64_t *ret_offset)
{
	void *memory = NULL;

	if (size_bytes <= SEGMENT_SMALL_MAX_BYTES) {
		uint32_t class = segment_class_of(size_bytes);
		memory = segment_span_alloc(segment,
		                            &segment->classes[for_samples][class]);
	} else if (size_bytes > UINT32_MAX * SEGMENT_PAGE_BYTES) {
		(void)segment->host->fail(TERN_ENOMEM,
		                          "shared memory: %zu bytes are more than a "
		                          "segment holds",
		                          size_bytes);
	} else {
		const struct segment_want want = {
			.page_count = segment_good_size(size_bytes) / SEGMENT_PAGE_BYTES,
			.kind = SEGMENT_RUN_LENT,
			.for_samples = for_samples,
		};
		struct segment_run *run = segment_pages_get(segment, &want);
		memory = run ? segment_run_memory(run) : NULL;
	}
	if (memory)
		*ret_offset = segment_offset(segment, memory);
	return memory;
}

void *segment_alloc(struct segment *segment, size_t size_bytes, uint64_t *ret_offset)
{
	return alloc(segment, size_bytes, false, ret_offset);
}

void *segment_alloc_sample(struct segment *segment, size_t size_bytes,
                           uint64_t *ret_offset)
{
	return alloc(segment, size_bytes, true, ret_offset);
}

void segment_free(struct segment *segment, void *memory)
{
	if (!memory || atomic_load_explicit(&segment->is_frozen, memory_order_relaxed))
		return;
	struct segment_extent *extent = segment_extent_of(segment, memory);
	assert(extent);
	const size_t offset = (size_t)((uint8_t *)memory - extent->base);
	struct segment_run *run = extent->runs[offset / SEGMENT_PAGE_BYTES];
	if (run->kind == SEGMENT_RUN_SPAN) {
		segment_span_free(segment, run, memory);
		return;
	}
	assert(run->kind == SEGMENT_RUN_LENT && memory == segment_run_memory(run));
	pthread_mutex_lock(&segment->lock);
	segment_run_give(segment, run);
	pthread_mutex_unlock(&segment->lock);
}

void segment_freeze(struct segment *segment)
{
	atomic_store_explicit(&segment->is_frozen, true, memory_order_relaxed);
}

/* ---- looking ----------------------------------------------------------------------------- */

struct shm_data *segment_header(const struct segment *segment)
{
	return (struct shm_data *)(void *)segment->extents[0].base;
}

uint64_t segment_offset(const struct segment *segment, const void *memory)
{
	const struct segment_extent *extent = segment_extent_of(segment, memory);

	assert(extent);
	return extent->offset + (uint64_t)((const uint8_t *)memory - extent->base);
}

void *segment_at(const struct segment *segment, uint64_t offset)
{
	uint32_t i = atomic_load_explicit(&segment->extent_count, memory_order_acquire);

	while (i-- > 0)
		if (offset >= segment->extents[i].offset)
			return segment->extents[i].base +
			       (offset - segment->extents[i].offset);
	return NULL;
}

void segment_usage_get(struct segment *segment, struct segment_usage *ret_usage)
{
	const size_t objects = segment_objects_bytes(segment);

	pthread_mutex_lock(&segment->lock);
	const uint32_t count = atomic_load(&segment->extent_count);
	const struct segment_extent *last = &segment->extents[count - 1];
	*ret_usage = (struct segment_usage){
		.file_size_bytes = last->offset + last->size_bytes,
		.granted_bytes = segment_granted_bytes(segment),
		.used_bytes =
			(segment->pages_lent - segment->span_pages) * SEGMENT_PAGE_BYTES +
			objects,
	};
	pthread_mutex_unlock(&segment->lock);
}

/* ---- giving back to the kernel ----------------------------------------------------------- */

void segment_trim_soon(struct segment *segment)
{
	if (atomic_load_explicit(&segment->trim_due_ns, memory_order_relaxed) ==
	    TERN_INFINITE)
		atomic_store_explicit(&segment->trim_due_ns,
		                      segment_now_ns() + SEGMENT_IDLE_NS,
		                      memory_order_relaxed);
}

int64_t segment_trim(struct segment *segment, int64_t now_ns)
{
	int64_t due = atomic_load_explicit(&segment->trim_due_ns, memory_order_relaxed);

	if (now_ns < due)
		return due;
	/* What comes from now on sets it again; the earlier of both counts. */
	atomic_store_explicit(&segment->trim_due_ns, TERN_INFINITE, memory_order_relaxed);
	int64_t next = caches_trim(segment, now_ns, false);
	segment_span_trim(segment);
	pthread_mutex_lock(&segment->lock);
	int64_t freed = TERN_INFINITE;
	if (!segment->prefault)
		freed = segment_run_punch_idle(segment, SEGMENT_LONG_PAGES,
		                               now_ns - SEGMENT_IDLE_NS);
	pthread_mutex_unlock(&segment->lock);
	if (freed != TERN_INFINITE && freed + SEGMENT_IDLE_NS < next)
		next = freed + SEGMENT_IDLE_NS;
	due = atomic_load_explicit(&segment->trim_due_ns, memory_order_relaxed);
	while (next < due && !atomic_compare_exchange_weak_explicit(
				     &segment->trim_due_ns, &due, next,
				     memory_order_relaxed, memory_order_relaxed))
		;
	return next < due ? next : due;
}

void segment_cache_filled(struct segment *segment)
{
	segment_trim_soon(segment);
}

void segment_cache_add(struct segment *segment, struct segment_cache *cache)
{
	pthread_mutex_lock(&segment->caches_lock);
	cache->previous = NULL;
	cache->next = segment->caches;
	if (cache->next)
		cache->next->previous = cache;
	segment->caches = cache;
	pthread_mutex_unlock(&segment->caches_lock);
}

void segment_cache_remove(struct segment *segment, struct segment_cache *cache)
{
	pthread_mutex_lock(&segment->caches_lock);
	if (cache->next)
		cache->next->previous = cache->previous;
	*(cache->previous ? &cache->previous->next : &segment->caches) = cache->next;
	pthread_mutex_unlock(&segment->caches_lock);
}
