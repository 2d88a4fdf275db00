/* The segment where memory ends: a file system that is full, shared with others, and limits of
 * the process. It says so, goes on, and is never killed by SIGBUS. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "segment_fixture.h"
#include "segment_impl.h"

#define OBJECTS 4096

static struct object objects[OBJECTS];

/* The segment's: it counts, and fails from some call on as it does beyond a quota. */
static int grants, grants_max = INT_MAX;

int posix_fallocate(int fd, off_t offset, off_t size_bytes)
{
	if (grants >= grants_max)
		return ENOSPC;
	grants++;
	return fallocate(fd, 0, offset, size_bytes) ? errno : 0;
}

static void error_names(const char *what)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host.error_text(), what));
	if (!strstr(shm_host.error_text(), what))
		fprintf(stderr, "\n\"%s\" is not in: %s\n", what, shm_host.error_text());
}

/* @return how many objects it took; each byte of them is written */
static int fill(struct segment *segment, struct random *random, uint32_t bits)
{
	for (int i = 0; i < OBJECTS; i++) {
		if (objects[i].memory)
			continue;
		if (!object_alloc(segment, &objects[i], random_size(random, bits),
		                  (uint8_t)i))
			return i;
	}
	return OBJECTS;
}

static size_t empty(struct segment *segment, struct random *random, uint32_t one_in)
{
	size_t freed = 0;

	for (int i = 0; i < OBJECTS; i++) {
		if (!objects[i].memory || random_next(random) % one_in)
			continue;
		CU_ASSERT_TRUE_FATAL(object_is_intact(&objects[i]));
		freed += objects[i].size_bytes;
		object_free(segment, &objects[i]);
	}
	return freed;
}

/* Fill, free some, fill again; in the end everything is there again. */
static void live_in(const char *options, size_t size_bytes, uint32_t bits)
{
	struct random random = { 5 };

	shm_mount(options);
	struct segment *segment = segment_begin(NULL);
	const size_t used = segment_usage(segment).used_bytes;
	for (int round = 0; round < 12; round++) {
		CU_ASSERT_TRUE_FATAL(fill(segment, &random, bits) < OBJECTS);
		error_names("TERN_SHM_DIR");
		CU_ASSERT_TRUE(segment_usage(segment).granted_bytes <= size_bytes);
		CU_ASSERT_TRUE(segment_usage(segment).granted_bytes >= size_bytes / 2);
		size_t before = segment_usage(segment).used_bytes;
		size_t freed = empty(segment, &random, 3);
		CU_ASSERT_EQUAL(segment_usage(segment).used_bytes, before - freed);
	}
	empty(segment, &random, 1);
	CU_ASSERT_EQUAL(segment_usage(segment).used_bytes, used);
	/* What is left, in one piece: no fragments remain. */
	CU_ASSERT_TRUE(object_alloc(segment, &objects[0], size_bytes * 3 / 4, 1));
	object_free(segment, &objects[0]);
	segment_end(segment);
	shm_unmount();
}

static void life_goes_on_in_a_file_system_of_1_mib(void)
{
	live_in("size=1m", MIB, 15);
}

static void life_goes_on_in_a_file_system_of_8_mib(void)
{
	live_in("size=8m", 8 * MIB, 19);
}

/* The kernel takes 2 MiB where it is asked for 64 KiB, as long as it has them. */
static void life_goes_on_with_huge_pages(void)
{
	if (access("/sys/kernel/mm/transparent_hugepage/shmem_enabled", F_OK) == 0)
		live_in("size=16m,huge=always", 16 * MIB, 20);
}

static void refuse(const char *options, const struct segment_config *config)
{
	struct shm_directory directory;
	struct segment *segment = NULL;

	shm_mount(options);
	shm_directory_make(0700);
	OK(shm_directory_open(&shm_host, &directory));
	CU_ASSERT_EQUAL(
		segment_create(&shm_host, &directory, "segment", config, &segment),
		TERN_ENOMEM);
	CU_ASSERT_PTR_NULL(segment);
	shm_directory_close(&directory);
	shm_directory_remove(); /* is empty */
	shm_unmount();
}

static void a_segment_without_room_for_anything_is_refused(void)
{
	refuse("size=32k", &(struct segment_config){ 0 });
	error_names("TERN_SHM_DIR");
	refuse("size=32k", &(struct segment_config){ .prefault = true });
	error_names("TERN_SHM_DIR");
	refuse("size=1m", &(struct segment_config){ .max_size_bytes = 1 });
	error_names("may have 0 bytes");
}

/* A request that cannot be met takes nothing from others, and hinders no smaller one. */
static void what_is_too_large_leaves_the_rest_alone(void)
{
	struct object small;

	shm_mount("size=8m");
	struct segment *segment = segment_begin(NULL);
	const size_t left = shm_left_kib("/dev/shm");
	uint64_t offset;

	const int before = grants;
	CU_ASSERT_PTR_NULL(segment_alloc(segment, 8 * MIB, &offset));
	error_names("KiB left");
	CU_ASSERT_EQUAL(grants, before); /* it was not tried */
	CU_ASSERT_EQUAL(shm_left_kib("/dev/shm"), left);
	CU_ASSERT_TRUE(object_alloc(segment, &small, 5 * MIB, 1));
	segment_end(segment);
	shm_unmount();
}

/* Not all limits can be seen beforehand: a quota, a control group's. */
static void what_was_granted_in_vain_goes_back(void)
{
	shm_mount("size=64m");
	struct segment *segment = segment_begin(NULL);
	const size_t left = shm_left_kib("/dev/shm");
	const size_t granted = segment_usage(segment).granted_bytes;
	struct object object;

	grants_max = grants + 3;
	CU_ASSERT_FALSE(object_alloc(segment, &object, 20 * MIB, 1));
	CU_ASSERT_EQUAL(grants, grants_max);
	grants_max = INT_MAX;
	CU_ASSERT_EQUAL(shm_left_kib("/dev/shm"), left);
	CU_ASSERT_EQUAL(segment_usage(segment).granted_bytes, granted);
	CU_ASSERT_TRUE(object_alloc(segment, &object, 20 * MIB, 1));
	segment_end(segment);
	shm_unmount();
}

static int take_all_but(size_t kib)
{
	size_t left = shm_left_kib("/dev/shm");
	int fd = open("/dev/shm/another", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_TRUE_FATAL(fd >= 0 && left > kib);
	CU_ASSERT_EQUAL_FATAL(posix_fallocate(fd, 0, (off_t)((left - kib) * KIB)), 0);
	return fd;
}

/* What was given back may be another's when it is wanted again. */
static void what_went_back_is_asked_for_again_before_it_is_lent(void)
{
	struct object large, part;

	shm_mount("size=16m");
	struct segment *segment = segment_begin(NULL);
	CU_ASSERT_TRUE(object_alloc(segment, &large, 6 * MIB, 1));
	object_free(segment, &large);
	segment_trim(segment, INT64_MAX / 2);
	int fd = take_all_but(1024);
	CU_ASSERT_FALSE(object_alloc(segment, &large, 6 * MIB, 2)); /* and no SIGBUS */
	error_names("KiB left");
	CU_ASSERT_TRUE(object_alloc(segment, &part, 512 * KIB, 3));
	CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
	CU_ASSERT_TRUE(object_alloc(segment, &large, 6 * MIB, 4));
	CU_ASSERT_TRUE(object_is_intact(&part));
	close(fd);
	unlink("/dev/shm/another");
	segment_end(segment);
	shm_unmount();
}

/* The best run by length went back to the kernel; a longer one did not. */
static void granted_memory_serves_where_no_more_is_granted(void)
{
	struct object idle, between, longer, got;

	shm_mount("size=16m");
	struct segment *segment =
		segment_begin(&(struct segment_config){ .first_size_bytes = 12 * MIB });
	CU_ASSERT_TRUE(object_alloc(segment, &idle, 2 * MIB, 1));
	CU_ASSERT_TRUE(object_alloc(segment, &between, 64 * KIB, 2));
	CU_ASSERT_TRUE(object_alloc(segment, &longer, 3 * MIB, 3));
	object_free(segment, &idle);
	segment_trim(segment, INT64_MAX / 2);
	int fd = take_all_but(0);
	object_free(segment, &longer);
	CU_ASSERT_TRUE(object_alloc(segment, &got, 2 * MIB, 4));
	CU_ASSERT_EQUAL(got.offset, longer.offset);
	CU_ASSERT_TRUE(object_is_intact(&between));
	CU_ASSERT_EQUAL(segment_usage(segment).granted_bytes, segment_blocks_bytes());
	close(fd);
	unlink("/dev/shm/another");
	segment_end(segment);
	shm_unmount();
}

/* Free here and there, but nowhere enough: it goes back, and comes again in one piece. */
static void scattered_pieces_are_traded_for_a_whole(void)
{
	enum { RUNS = 40 };
	struct object runs[RUNS], whole;

	shm_mount("size=8m");
	struct segment *segment =
		segment_begin(&(struct segment_config){ .first_size_bytes = 5 * MIB });
	for (int i = 0; i < RUNS; i++)
		CU_ASSERT_TRUE(object_alloc(segment, &runs[i], 128 * KIB, (uint8_t)i));
	int fd = take_all_but(128);
	for (int i = 0; i < RUNS; i += 2)
		object_free(segment, &runs[i]);
	CU_ASSERT_TRUE(object_alloc(segment, &whole, MIB, 99));
	for (int i = 1; i < RUNS; i += 2)
		CU_ASSERT_TRUE(object_is_intact(&runs[i]));
	close(fd);
	unlink("/dev/shm/another");
	segment_end(segment);
	shm_unmount();
}

static void a_segment_keeps_to_its_own_limit(void)
{
	struct random random = { 9 };
	struct segment *segment =
		segment_begin(&(struct segment_config){ .max_size_bytes = 3 * MIB });

	CU_ASSERT_TRUE_FATAL(fill(segment, &random, 16) < OBJECTS);
	error_names("3145728 bytes");
	CU_ASSERT_EQUAL(segment_usage(segment).file_size_bytes, 3 * MIB);
	CU_ASSERT_EQUAL(segment_blocks_bytes(), 3 * MIB);
	empty(segment, &random, 1);
	CU_ASSERT_TRUE(object_alloc(segment, &objects[0], MIB, 1));
	object_free(segment, &objects[0]);
	segment_end(segment);
}

/* ---- limits of the process: in a child --------------------------------------------------- */

static void limit(__rlimit_resource_t resource, size_t bytes)
{
	NEED(setrlimit(resource, &(struct rlimit){ bytes, bytes }) == 0);
}

static size_t address_space_bytes(void)
{
	size_t pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	NEED(file && fscanf(file, "%zu", &pages) == 1);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int with_little_address_space(void *context)
{
	struct segment *segment = context;
	struct object object;
	size_t got = 0;

	limit(RLIMIT_AS, address_space_bytes() + 24 * MIB);
	while (object_alloc(segment, &object, 900 * KIB, 1))
		got += object.size_bytes;
	NEED(strstr(shm_host.error_text(), "ulimit -v"));
	NEED(got > 18 * MIB);
	return 0;
}

static int with_short_files(void *context)
{
	struct segment *segment = context;
	struct object object;

	limit(RLIMIT_FSIZE, 4 * MIB);
	NEED(!object_alloc(segment, &object, 5 * MIB, 1));
	NEED(strstr(shm_host.error_text(), "ulimit -f"));
	NEED(object_alloc(segment, &object, 2 * MIB, 1));
	return 0;
}

/* Each growth is held to one piece. */
static int with_all_extents(void *context)
{
	struct segment *segment = context;
	struct object object;
	int count = 0;

	do {
		size_t size = segment_usage(segment).file_size_bytes;
		struct rlimit files = { size + SEGMENT_PIECE_BYTES, RLIM_INFINITY };
		NEED(setrlimit(RLIMIT_FSIZE, &files) == 0);
		count++;
	} while (object_alloc(segment, &object, SEGMENT_PIECE_BYTES, 1));
	NEED(strstr(shm_host.error_text(), "as often as it can"));
	NEED(segment_header(segment)->extent_count == SHM_EXTENTS_MAX);
	NEED(count ==
	     15 + SHM_EXTENTS_MAX); /* the first has room for 15, the last failed */
	return 0;
}

static void in_a_child(int (*run)(void *context))
{
	struct segment *segment = segment_begin(NULL);

	CU_ASSERT_EQUAL(shm_child_wait(shm_child(run, segment)), 0);
	segment_end(segment);
}

static void little_address_space_is_used_up_and_named(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	return; /* their shadow memory is beyond any limit */
#endif
	in_a_child(with_little_address_space);
}

static void a_limit_on_files_is_an_error_and_no_signal(void)
{
	in_a_child(with_short_files);
}

static void a_file_that_cannot_grow_any_more_says_so(void)
{
	in_a_child(with_all_extents);
}

static const struct suite_test tests[] = {
	{ "life_goes_on_in_a_file_system_of_1_mib",
	  life_goes_on_in_a_file_system_of_1_mib },
	{ "life_goes_on_in_a_file_system_of_8_mib",
	  life_goes_on_in_a_file_system_of_8_mib },
	{ "life_goes_on_with_huge_pages", life_goes_on_with_huge_pages },
	{ "a_segment_without_room_for_anything_is_refused",
	  a_segment_without_room_for_anything_is_refused },
	{ "what_is_too_large_leaves_the_rest_alone",
	  what_is_too_large_leaves_the_rest_alone },
	{ "what_was_granted_in_vain_goes_back", what_was_granted_in_vain_goes_back },
	{ "what_went_back_is_asked_for_again_before_it_is_lent",
	  what_went_back_is_asked_for_again_before_it_is_lent },
	{ "granted_memory_serves_where_no_more_is_granted",
	  granted_memory_serves_where_no_more_is_granted },
	{ "scattered_pieces_are_traded_for_a_whole",
	  scattered_pieces_are_traded_for_a_whole },
	{ "a_segment_keeps_to_its_own_limit", a_segment_keeps_to_its_own_limit },
	{ "little_address_space_is_used_up_and_named",
	  little_address_space_is_used_up_and_named },
	{ "a_limit_on_files_is_an_error_and_no_signal",
	  a_limit_on_files_is_an_error_and_no_signal },
	{ "a_file_that_cannot_grow_any_more_says_so",
	  a_file_that_cannot_grow_any_more_says_so },
};

int main(int argc, char **argv)
{
	shm_isolate();
	return SUITE_RUN(argc, argv, tests);
}
