/* Small objects: spans of one size class each, with a bit for each free object. */
#include <assert.h>

#include "segment_impl.h"

/* Spans kept without any object lent, per class, so that one object that comes and goes does not
 * bring its span along each time. */
#define EMPTY_SPANS_KEPT 1

/*  class  0    1    2    3    4    5    6    7    8    9     10   ... 25
 *  bytes  64   128  192  256  384  512  640  768  896  1024  1280 ... 16384 */
uint32_t segment_class_of(size_t size_bytes)
{
	if (size_bytes <= 256)
		return size_bytes ? (uint32_t)((size_bytes - 1) / 64) : 0;
	if (size_bytes <= 512)
		return size_bytes <= 384 ? 4 : 5;
	/* size - 1 lies in [2^log, 2^(log + 1)) */
	uint32_t log = 63 - (uint32_t)__builtin_clzll(size_bytes - 1);
	return 6 + (log - 9) * 4 + (uint32_t)((size_bytes - 1) >> (log - 2) & 3);
}

size_t segment_class_bytes(uint32_t class)
{
	if (class < 4)
		return (class + 1) * (size_t)64;
	if (class < 6)
		return class == 4 ? 384 : 512;
	return (size_t)(5 + (class - 6) % 4) << ((class - 6) / 4 + 7);
}

/* All of both kinds, 0..2 * SEGMENT_CLASSES - 1. */
static struct segment_class *class_at(struct segment *segment, uint32_t index)
{
	return &segment->classes[index / SEGMENT_CLASSES][index % SEGMENT_CLASSES];
}

void segment_classes_init(struct segment *segment)
{
	for (uint32_t i = 0; i < 2 * SEGMENT_CLASSES; i++) {
		struct segment_class *class = class_at(segment, i);
		pthread_mutex_init(&class->lock, NULL);
		class->object_bytes = (uint32_t)segment_class_bytes(i % SEGMENT_CLASSES);
		class->for_samples = i >= SEGMENT_CLASSES;
	}
}

void segment_classes_fini(struct segment *segment)
{
	for (uint32_t i = 0; i < 2 * SEGMENT_CLASSES; i++)
		pthread_mutex_destroy(&class_at(segment, i)->lock);
}

size_t segment_objects_bytes(struct segment *segment)
{
	size_t size_bytes = 0;

	for (uint32_t i = 0; i < 2 * SEGMENT_CLASSES; i++) {
		struct segment_class *class = class_at(segment, i);
		pthread_mutex_lock(&class->lock);
		size_bytes += class->lent_count * class->object_bytes;
		pthread_mutex_unlock(&class->lock);
	}
	return size_bytes;
}

/* At least eight objects, and little over. */
static size_t span_bytes(size_t object_bytes)
{
	return object_bytes <= 2048 ? 4 * SEGMENT_PAGE_BYTES : 8 * object_bytes;
}

static void list_remove(struct segment_class *class, struct segment_run *span)
{
	*(span->previous ? &span->previous->next : &class->first) = span->next;
	*(span->next ? &span->next->previous : &class->last) = span->previous;
}

static void list_add_first(struct segment_class *class, struct segment_run *span)
{
	span->previous = NULL;
	span->next = class->first;
	*(span->next ? &span->next->previous : &class->last) = span;
	class->first = span;
}

static void list_add_last(struct segment_class *class, struct segment_run *span)
{
	span->next = NULL;
	span->previous = class->last;
	*(span->previous ? &span->previous->next : &class->first) = span;
	class->last = span;
}

/* Its pages are the caller's alone; that they are a span's was noted when they were taken. */
static void span_init(struct segment_run *span, struct segment_class *class)
{
	const size_t count = span->page_count * SEGMENT_PAGE_BYTES / class->object_bytes;

	span->class = class;
	span->object_count = (uint32_t)count;
	span->free_count = (uint32_t)count;
	for (size_t i = 0; i < SEGMENT_SPAN_OBJECTS_MAX / 64; i++) {
		size_t left = count > i * 64 ? count - i * 64 : 0;
		span->free_objects[i] =
			left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
	}
	for (uint32_t i = 1; i + 1 < span->page_count; i++)
		span->extent->runs[span->first_page + i] = span;
}

static void *object_take(struct segment_class *class, struct segment_run *span)
{
	uint32_t word = 0;

	while (!span->free_objects[word])
		word++;
	const uint32_t bit = (uint32_t)__builtin_ctzll(span->free_objects[word]);
	span->free_objects[word] &= span->free_objects[word] - 1;
	class->empty_count -= span->free_count == span->object_count;
	class->lent_count++;
	if (--span->free_count == 0)
		list_remove(class, span);
	return segment_run_memory(span) + (word * 64 + bit) * class->object_bytes;
}

void *segment_span_alloc(struct segment *segment, struct segment_class *class)
{
	const struct segment_want want = {
		.page_count = (span_bytes(class->object_bytes) + SEGMENT_PAGE_BYTES - 1) /
		              SEGMENT_PAGE_BYTES,
		.kind = SEGMENT_RUN_SPAN,
		.for_samples = class->for_samples,
	};
	void *memory = NULL;

	pthread_mutex_lock(&class->lock);
	if (class->first)
		memory = object_take(class, class->first);
	pthread_mutex_unlock(&class->lock);
	if (memory)
		return memory;

	/* Without the lock: caches may be asked to give some of this class back. */
	struct segment_run *span = segment_pages_get(segment, &want);
	if (!span)
		return NULL;
	span_init(span, class);
	pthread_mutex_lock(&class->lock);
	list_add_first(class, span);
	class->empty_count++;
	memory = object_take(class, span);
	pthread_mutex_unlock(&class->lock);
	return memory;
}

/* @return true: nobody needs the span any more, and it is the caller's */
static bool object_give(struct segment_class *class, struct segment_run *span,
                        uint32_t index)
{
	assert(!(span->free_objects[index / 64] >> index % 64 & 1));
	span->free_objects[index / 64] |= UINT64_C(1) << index % 64;
	class->lent_count--;
	span->free_count++;
	if (span->free_count < span->object_count) {
		if (span->free_count == 1)
			list_add_first(class, span);
		return false;
	}
	list_remove(class, span);
	if (class->empty_count >= EMPTY_SPANS_KEPT)
		return true;
	class->empty_count++;
	list_add_last(class, span);
	return false;
}

void segment_span_free(struct segment *segment, struct segment_run *span, void *memory)
{
	struct segment_class *class = span->class;
	const size_t offset = (size_t)((uint8_t *)memory - segment_run_memory(span));

	assert(offset % class->object_bytes == 0);
	pthread_mutex_lock(&class->lock);
	const bool done =
		object_give(class, span, (uint32_t)offset / class->object_bytes);
	pthread_mutex_unlock(&class->lock);
	if (!done)
		return;
	pthread_mutex_lock(&segment->lock);
	segment_run_give(segment, span);
	pthread_mutex_unlock(&segment->lock);
}

/* Take out a span without any object lent; NULL: there is none. */
static struct segment_run *take_empty(struct segment_class *class)
{
	struct segment_run *span = NULL;

	pthread_mutex_lock(&class->lock);
	if (class->empty_count > 0) {
		span = class->last;
		assert(span->free_count == span->object_count);
		list_remove(class, span);
		class->empty_count--;
	}
	pthread_mutex_unlock(&class->lock);
	return span;
}

void segment_span_trim(struct segment *segment)
{
	struct segment_run *span;

	for (uint32_t i = 0; i < 2 * SEGMENT_CLASSES; i++) {
		while ((span = take_empty(class_at(segment, i))) != NULL) {
			pthread_mutex_lock(&segment->lock);
			segment_run_give(segment, span);
			pthread_mutex_unlock(&segment->lock);
		}
	}
}
