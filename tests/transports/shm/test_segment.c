/* The segment against a naive model: what is lent never overlaps, is aligned, keeps its bytes,
 * and comes back; and what it costs. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "segment_fixture.h"
#include "segment_impl.h"

/* ---- lending ----------------------------------------------------------------------------- */

#define OBJECTS 400

static void check_place(const struct segment *segment, const struct object *object,
                        size_t size_bytes)
{
	const struct shm_data *header = segment_header(segment);
	uint32_t inside = 0;

	CU_ASSERT_TRUE(object->size_bytes >= size_bytes);
	CU_ASSERT_EQUAL((uintptr_t)object->memory % (size_bytes > 192 ? 128 : 64), 0);
	CU_ASSERT_EQUAL(object->offset % (size_bytes > 192 ? 128 : 64), 0);
	CU_ASSERT_EQUAL(segment_offset(segment, object->memory), object->offset);
	CU_ASSERT_EQUAL(segment_offset(segment, object->memory + size_bytes - 1),
	                object->offset + size_bytes - 1);
	CU_ASSERT_PTR_EQUAL(segment_at(segment, object->offset), object->memory);
	CU_ASSERT_TRUE(object->offset >= sizeof(struct shm_data));
	for (uint32_t i = 0; i < header->extent_count; i++) {
		const struct shm_extent *extent = &header->extents[i];
		if (object->offset < extent->offset ||
		    object->offset + object->size_bytes >
		            extent->offset + extent->size_bytes)
			continue;
		inside++;
		CU_ASSERT_EQUAL((uintptr_t)object->memory - extent->address,
		                object->offset - extent->offset);
	}
	CU_ASSERT_EQUAL(inside, 1);
}

static void what_is_lent_is_nobody_elses_and_all_comes_back(void)
{
	static struct object objects[OBJECTS];
	struct random random = { 1 };
	struct segment *segment = segment_begin(NULL);
	const size_t header_bytes = segment_usage(segment).used_bytes;
	size_t used = header_bytes;

	for (int i = 0; i < 20000; i++) {
		struct object *object = &objects[random_next(&random) % OBJECTS];
		if (object->memory) {
			CU_ASSERT_TRUE_FATAL(object_is_intact(object));
			used -= object->size_bytes;
			object_free(segment, object);
		} else {
			size_t size = random_size(&random, i % 50 ? 14 : 22);
			CU_ASSERT_TRUE_FATAL(
				object_alloc(segment, object, size, (uint8_t)i));
			check_place(segment, object, size);
			used += object->size_bytes;
		}
		CU_ASSERT_EQUAL_FATAL(segment_usage(segment).used_bytes, used);
	}
	for (int i = 0; i < OBJECTS; i++) {
		if (!objects[i].memory)
			continue;
		CU_ASSERT_TRUE(object_is_intact(&objects[i]));
		object_free(segment, &objects[i]);
	}
	CU_ASSERT_EQUAL(segment_usage(segment).used_bytes, header_bytes);
	segment_end(segment);
}

/* With every other run given back first, only neighbours that become one make room again. */
static void neighbours_that_are_free_become_one(void)
{
	enum { RUNS = 48 };
	struct segment *segment = segment_begin(&(struct segment_config){
		.first_size_bytes = MIB, .max_size_bytes = MIB });
	const size_t header_bytes = segment_usage(segment).used_bytes;
	void *runs[RUNS], *spare[16];
	uint64_t offset;
	int count = 0;

	for (int order = 0; order < 4; order++) {
		for (int i = 0; i < RUNS; i++)
			runs[i] = segment_alloc(segment, 20 * KIB, &offset);
		CU_ASSERT_PTR_NOT_NULL_FATAL(runs[RUNS - 1]);
		for (count = 0;
		     (spare[count] = segment_alloc(segment, 20 * KIB, &offset));)
			count++;
		for (int i = 0; i < RUNS; i++) {
			int forth[] = { i, RUNS - 1 - i, i * 2 % RUNS + i * 2 / RUNS,
				        RUNS - 1 - (i * 2 % RUNS + i * 2 / RUNS) };
			segment_free(segment, runs[forth[order]]);
		}
		while (count > 0)
			segment_free(segment, spare[--count]);
		/* All but the header, as one. */
		void *all = segment_alloc(segment, MIB - header_bytes, &offset);
		CU_ASSERT_PTR_NOT_NULL(all);
		CU_ASSERT_EQUAL(offset, header_bytes);
		segment_free(segment, all);
	}
	segment_end(segment);
}

static void the_shortest_run_that_is_long_enough_is_taken(void)
{
	struct segment *segment = segment_begin(NULL);
	static const size_t pages[] = { 66, 68, 70, 75 };
	void *runs[4], *between[4];
	uint64_t offset;

	for (int i = 0; i < 4; i++) { /* 66 to 71 pages share a bin */
		runs[i] = segment_alloc(segment, pages[i] * SEGMENT_PAGE_BYTES, &offset);
		between[i] = segment_alloc(segment, 20 * KIB, &offset);
	}
	for (int i = 0; i < 4; i++)
		segment_free(segment, runs[i]);
	void *got = segment_alloc(segment, 67 * SEGMENT_PAGE_BYTES, &offset);
	CU_ASSERT_PTR_EQUAL(got, runs[1]);
	segment_free(segment, got);
	got = segment_alloc(segment, 70 * SEGMENT_PAGE_BYTES, &offset);
	CU_ASSERT_PTR_EQUAL(got, runs[2]);
	segment_free(segment, got);
	got = segment_alloc(segment, 71 * SEGMENT_PAGE_BYTES, &offset);
	CU_ASSERT_PTR_EQUAL(got, runs[3]);
	segment_free(segment, got);
	for (int i = 0; i < 4; i++)
		segment_free(segment, between[i]);
	segment_end(segment);
}

static void size_classes_waste_less_than_a_tenth(void)
{
	size_t given = 0, wanted = 0;

	for (size_t size = 1; size <= SEGMENT_SMALL_MAX_BYTES; size++) {
		uint32_t class = segment_class_of(size);
		size_t good = segment_good_size(size);
		CU_ASSERT_TRUE_FATAL(class < SEGMENT_CLASSES);
		CU_ASSERT_EQUAL_FATAL(good, segment_class_bytes(class));
		CU_ASSERT_TRUE_FATAL(good >= size);
		CU_ASSERT_TRUE_FATAL(class == 0 || segment_class_bytes(class - 1) < size);
		CU_ASSERT_EQUAL_FATAL(good % (size > 192 ? 128 : 64), 0);
		if (size > 512) {
			given += good;
			wanted += size;
		}
	}
	CU_ASSERT_TRUE((given - wanted) * 10 < given);
	CU_ASSERT_EQUAL(segment_good_size(0), 64);
	CU_ASSERT_EQUAL(segment_good_size(SEGMENT_SMALL_MAX_BYTES + 1),
	                SEGMENT_SMALL_MAX_BYTES + SEGMENT_PAGE_BYTES);
}

static void objects_of_each_class_fill_their_spans(void)
{
	struct segment *segment = segment_begin(NULL);
	enum { COUNT = 600 };
	static struct object objects[COUNT];

	for (uint32_t class = 0; class < SEGMENT_CLASSES; class ++) {
		const size_t size = segment_class_bytes(class);
		for (int i = 0; i < COUNT; i++)
			CU_ASSERT_TRUE_FATAL(object_alloc(segment, &objects[i], size,
			                                  (uint8_t)(i * 7)));
		for (int i = 0; i < COUNT; i++) {
			CU_ASSERT_TRUE_FATAL(object_is_intact(&objects[i]));
			object_free(segment, &objects[i]);
		}
	}
	/* One span of each class stays at most. */
	CU_ASSERT_TRUE(segment->span_pages * SEGMENT_PAGE_BYTES < 2 * MIB);
	segment_end(segment);
}

static void samples_of_64_mib_and_more_fit(void)
{
	struct segment *segment = segment_begin(NULL);
	static const size_t sizes[] = { 64 * MIB, 100 * MIB, 64 * MIB + 1, 1 };
	uint64_t offset;

	for (int round = 0; round < 2; round++) {
		uint8_t *memory[4];
		for (int i = 0; i < 4; i++) {
			memory[i] = segment_alloc(segment, sizes[i], &offset);
			CU_ASSERT_PTR_NOT_NULL_FATAL(memory[i]);
			memory[i][0] = memory[i][sizes[i] - 1] = 1;
		}
		for (int i = 0; i < 4; i++)
			segment_free(segment, memory[i]);
	}
	CU_ASSERT_TRUE(segment_usage(segment).file_size_bytes < 400 * MIB);
	CU_ASSERT_PTR_NULL(segment_alloc(segment, SIZE_MAX, &offset));
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host.error_text(), "more than a segment"));
	segment_end(segment);
}

/* ---- threads ----------------------------------------------------------------------------- */

enum { THREADS = 4, SHARED = 64, STEPS = 6000 };

struct shared {
	struct segment *segment;
	pthread_mutex_t lock;
	struct object objects[SHARED]; /* taken and freed by whoever comes by */
	uint32_t next_seed;
	_Atomic uint32_t damaged;
	struct shm_array array;
};

static void swap(struct shared *shared, uint32_t index, struct object *object)
{
	pthread_mutex_lock(&shared->lock);
	struct object other = shared->objects[index];
	shared->objects[index] = *object;
	pthread_mutex_unlock(&shared->lock);
	*object = other;
}

static void *alloc_and_free(void *context)
{
	struct shared *shared = context;
	struct random random;

	pthread_mutex_lock(&shared->lock);
	random.state = shared->next_seed++;
	pthread_mutex_unlock(&shared->lock);
	for (int i = 0; i < STEPS; i++) {
		struct object object = { 0 };
		size_t size = random_size(&random, i % 20 ? 12 : 18);
		if (!object_alloc(shared->segment, &object, size, (uint8_t)size)) {
			shared->damaged++;
			continue;
		}
		swap(shared, random_next(&random) % SHARED, &object);
		if (object.memory) {
			shared->damaged += !object_is_intact(&object);
			object_free(shared->segment, &object);
		}
		if (i % 500 == 0)
			segment_trim(shared->segment, INT64_MAX / 2);
		_Atomic uint32_t *element = segment_array_at(
			shared->segment, &shared->array, 128, (uint32_t)i);
		if (element)
			atomic_fetch_add(element, 1);
	}
	return NULL;
}

static void threads_share_it(void)
{
	static struct shared shared = { .lock = PTHREAD_MUTEX_INITIALIZER,
		                        .next_seed = 77 };
	pthread_t threads[THREADS];

	shared.segment = segment_begin(NULL);
	const size_t used = segment_usage(shared.segment).used_bytes;
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&threads[i], NULL, alloc_and_free, &shared), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(shared.damaged, 0);
	for (int i = 0; i < SHARED; i++) {
		struct object *object = &shared.objects[i];
		CU_ASSERT_TRUE(!object->memory || object_is_intact(object));
		segment_free(shared.segment, object->memory);
	}
	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t *element =
			segment_array_at(shared.segment, &shared.array, 128, i);
		CU_ASSERT_EQUAL_FATAL(*element, THREADS);
	}
	segment_array_free(shared.segment, &shared.array);
	CU_ASSERT_EQUAL(segment_usage(shared.segment).used_bytes, used);
	segment_end(shared.segment);
}

/* ---- arrays ------------------------------------------------------------------------------ */

static void an_array_grows_without_moving_and_begins_as_zero(void)
{
	struct segment *segment = segment_begin(NULL);
	struct shm_array array = { 0 };
	uint64_t *elements[1000];
	struct object dirt[64];

	for (int i = 0; i < 64; i++)
		CU_ASSERT_TRUE(object_alloc(segment, &dirt[i], 1536, 0xff));
	for (int i = 0; i < 64; i++)
		object_free(segment, &dirt[i]);
	for (uint32_t i = 0; i < 1000; i++) {
		elements[i] = segment_array_at(segment, &array, 24, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(elements[i]);
		CU_ASSERT_TRUE(!elements[i][0] && !elements[i][1] && !elements[i][2]);
		elements[i][0] = elements[i][1] = elements[i][2] = i + 1;
	}
	for (uint32_t i = 0; i < 1000; i++) {
		CU_ASSERT_PTR_EQUAL(segment_array_at(segment, &array, 24, i),
		                    elements[i]);
		CU_ASSERT_EQUAL(*elements[i], i + 1);
	}
	CU_ASSERT_PTR_NULL(segment_array_at(segment, &array, 24, SHM_ARRAY_MAX));
	uint8_t *last = segment_array_at(segment, &array, 4, SHM_ARRAY_MAX - 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(last);
	last[3] = 1;
	segment_array_free(segment, &array);
	CU_ASSERT_EQUAL(array.blocks[0], 0);
	segment_end(segment);
}

/* ---- what it costs ----------------------------------------------------------------------- */

static void a_new_segment_takes_64_kib(void)
{
	struct segment *segment = segment_begin(NULL);

	CU_ASSERT_EQUAL(segment_usage(segment).file_size_bytes, MIB);
	CU_ASSERT_EQUAL(segment_usage(segment).granted_bytes, 64 * KIB);
	CU_ASSERT_EQUAL(segment_blocks_bytes(), 64 * KIB);
	segment_end(segment);
}

static void what_lies_idle_for_a_second_goes_back(void)
{
	struct segment *segment = segment_begin(NULL);
	const int64_t second = SUITE_SECOND_NS;
	struct object large, kept;

	CU_ASSERT_TRUE(object_alloc(segment, &kept, 100 * KIB, 1));
	CU_ASSERT_TRUE(object_alloc(segment, &large, 8 * MIB, 2));
	CU_ASSERT_EQUAL(segment_trim(segment, INT64_MAX / 2), TERN_INFINITE);
	CU_ASSERT_TRUE(segment_blocks_bytes() >= 8 * MIB);
	object_free(segment, &large);
	const int64_t now = suite_monotonic_ns();
	const int64_t due = segment_trim(segment, now);
	CU_ASSERT_TRUE(due > now && due <= now + second);
	CU_ASSERT_TRUE(segment_blocks_bytes() >= 8 * MIB);
	CU_ASSERT_EQUAL(segment_trim(segment, due + second), TERN_INFINITE);
	CU_ASSERT_TRUE(segment_blocks_bytes() < MIB);
	CU_ASSERT_EQUAL(segment_usage(segment).granted_bytes, segment_blocks_bytes());
	/* And comes again. */
	CU_ASSERT_TRUE(object_alloc(segment, &large, 8 * MIB, 3));
	CU_ASSERT_EQUAL(segment_usage(segment).granted_bytes, segment_blocks_bytes());
	CU_ASSERT_TRUE(object_is_intact(&kept) && object_is_intact(&large));
	segment_end(segment);
}

/* A peer may be about to read it: it would touch a hole, which kills it on a full file system. */
static void come_and_go(size_t size_bytes, bool are_samples)
{
	static void *lent[50000];
	const size_t count = 4 * MIB / size_bytes;
	struct segment *segment =
		segment_begin(&(struct segment_config){ .max_size_bytes = 64 * MIB });
	uint64_t offset;

	for (size_t i = 0; i < count; i++)
		lent[i] = are_samples ? segment_alloc_sample(segment, size_bytes, &offset)
		                      : segment_alloc(segment, size_bytes, &offset);
	for (size_t i = 0; i < count; i++)
		segment_free(segment, lent[i]);
	segment_trim(segment, INT64_MAX / 2);
	CU_ASSERT_EQUAL(segment_blocks_bytes() < 2 * MIB, are_samples);
	/* Nor when memory is short. */
	CU_ASSERT_PTR_NULL(segment_alloc(segment, 100 * MIB, &offset));
	CU_ASSERT_EQUAL(segment_blocks_bytes() < MIB, are_samples);
	segment_end(segment);
}

static void only_samples_go_back(void)
{
	static const size_t sizes[] = { 4 * MIB, 16 * KIB, 100 };

	for (int i = 0; i < 3; i++) {
		come_and_go(sizes[i], false);
		come_and_go(sizes[i], true);
	}
}

static int64_t *freed_ns(struct segment *segment, const void *memory)
{
	struct segment_extent *extent = segment_extent_of(segment, memory);
	size_t page =
		(size_t)((const uint8_t *)memory - extent->base) / SEGMENT_PAGE_BYTES;

	return &extent->runs[page]->freed_ns;
}

static void what_was_freed_later_goes_back_later(void)
{
	struct segment *segment =
		segment_begin(&(struct segment_config){ .first_size_bytes = 16 * MIB });
	struct object older, between, newer;

	CU_ASSERT_TRUE(object_alloc(segment, &older, 4 * MIB, 1));
	CU_ASSERT_TRUE(object_alloc(segment, &between, 64 * KIB, 2));
	CU_ASSERT_TRUE(object_alloc(segment, &newer, 4 * MIB, 3));
	uint8_t *memory = newer.memory;
	object_free(segment, &older);
	object_free(segment, &newer);
	const int64_t due = segment_trim(segment, 0) + SUITE_SECOND_NS;
	*freed_ns(segment, memory) = due - SUITE_SECOND_NS + 1;
	CU_ASSERT_EQUAL(segment_trim(segment, due), due + 1);
	CU_ASSERT_TRUE(segment_blocks_bytes() >= 4 * MIB);
	CU_ASSERT_TRUE(segment_blocks_bytes() < 5 * MIB);
	CU_ASSERT_EQUAL(segment_trim(segment, due), due + 1);
	CU_ASSERT_EQUAL(segment_trim(segment, due + 1), TERN_INFINITE);
	CU_ASSERT_TRUE(segment_blocks_bytes() < MIB);
	CU_ASSERT_TRUE(object_is_intact(&between));
	segment_end(segment);
}

/* What comes and goes beside it keeps no idle run from going back. */
static void a_short_neighbour_does_not_make_an_idle_run_young(void)
{
	struct segment *segment =
		segment_begin(&(struct segment_config){ .first_size_bytes = 16 * MIB });
	struct object idle, busy;

	CU_ASSERT_TRUE(object_alloc(segment, &busy, 64 * KIB, 2));
	CU_ASSERT_TRUE(object_alloc(segment, &idle, 8 * MIB, 1));
	uint8_t *first = busy.memory;
	object_free(segment, &idle);
	*freed_ns(segment, first + 64 * KIB) = 1;
	object_free(segment, &busy);
	CU_ASSERT_EQUAL(*freed_ns(segment, first), 1);
	CU_ASSERT_TRUE(object_alloc(segment, &busy, 64 * KIB, 2));
	CU_ASSERT_TRUE(object_alloc(segment, &idle, 12 * MIB, 1));
	object_free(segment, &busy);
	CU_ASSERT_TRUE(*freed_ns(segment, first) > 1);
	*freed_ns(segment, first) = 1;
	object_free(segment, &idle); /* the larger part was in use */
	CU_ASSERT_TRUE(*freed_ns(segment, first) > 1);
	segment_end(segment);
}

static void with_prefault_all_is_there_and_stays(void)
{
	struct segment *segment = segment_begin(&(struct segment_config){
		.first_size_bytes = 2 * MIB, .prefault = true });
	static unsigned char resident[2 * MIB / 4096];
	struct object large;
	size_t count = 0;

	CU_ASSERT_EQUAL(segment_blocks_bytes(), 2 * MIB);
	CU_ASSERT_EQUAL_FATAL(mincore(segment_header(segment), 2 * MIB, resident), 0);
	for (size_t i = 0; i < sizeof resident; i++)
		count += resident[i] & 1;
	CU_ASSERT_EQUAL(count, sizeof resident);
	CU_ASSERT_TRUE(object_alloc(segment, &large, 8 * MIB, 2));
	object_free(segment, &large);
	CU_ASSERT_EQUAL(segment_trim(segment, INT64_MAX / 2), TERN_INFINITE);
	segment_cache_filled(segment);
	CU_ASSERT_EQUAL(segment_trim(segment, INT64_MAX / 2), TERN_INFINITE);
	CU_ASSERT_EQUAL(segment_blocks_bytes(), segment_usage(segment).file_size_bytes);
	segment_end(segment);
}

static void what_others_hold_outlives_the_owner(void)
{
	struct segment *segment = segment_begin(NULL);
	struct object object;

	CU_ASSERT_TRUE(object_alloc(segment, &object, 3 * MIB, 2));
	segment_ref(segment);
	segment_end(segment);
	CU_ASSERT_TRUE(object_is_intact(&object));
	object_free(segment, &object);
	segment_unref(segment);
}

static const struct suite_test tests[] = {
	{ "what_is_lent_is_nobody_elses_and_all_comes_back",
	  what_is_lent_is_nobody_elses_and_all_comes_back },
	{ "neighbours_that_are_free_become_one", neighbours_that_are_free_become_one },
	{ "the_shortest_run_that_is_long_enough_is_taken",
	  the_shortest_run_that_is_long_enough_is_taken },
	{ "size_classes_waste_less_than_a_tenth", size_classes_waste_less_than_a_tenth },
	{ "objects_of_each_class_fill_their_spans",
	  objects_of_each_class_fill_their_spans },
	{ "samples_of_64_mib_and_more_fit", samples_of_64_mib_and_more_fit },
	{ "threads_share_it", threads_share_it },
	{ "an_array_grows_without_moving_and_begins_as_zero",
	  an_array_grows_without_moving_and_begins_as_zero },
	{ "a_new_segment_takes_64_kib", a_new_segment_takes_64_kib },
	{ "what_lies_idle_for_a_second_goes_back",
	  what_lies_idle_for_a_second_goes_back },
	{ "only_samples_go_back", only_samples_go_back },
	{ "what_was_freed_later_goes_back_later", what_was_freed_later_goes_back_later },
	{ "a_short_neighbour_does_not_make_an_idle_run_young",
	  a_short_neighbour_does_not_make_an_idle_run_young },
	{ "with_prefault_all_is_there_and_stays", with_prefault_all_is_there_and_stays },
	{ "what_others_hold_outlives_the_owner", what_others_hold_outlives_the_owner },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
