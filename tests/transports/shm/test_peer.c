/* A peer's memory as we see it: what it adds is seen, and what we use stays, also when the peer
 * is gone. What a peer lies about is in test_peer_hostile.c. */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "peer_fixture.h"

/* ---- seeing ------------------------------------------------------------------------------ */

static void a_peer_is_known_by_its_header(void)
{
	peer_fixture_begin();
	OK(peer_fixture_open());
	const struct peer_identity *identity = peer_identity(peer);
	CU_ASSERT_EQUAL(identity->slot, side.slot);
	CU_ASSERT_EQUAL(identity->generation, side.generation);
	CU_ASSERT_EQUAL(identity->process.bytes[3], 42);
	CU_ASSERT_EQUAL(identity->pid, (uint32_t)getpid());
	CU_ASSERT_STRING_EQUAL(identity->process_name, "test_shm_peer");
	CU_ASSERT_EQUAL(peer_data(peer)->magic, SHM_DATA_MAGIC);
	CU_ASSERT_PTR_NOT_EQUAL(peer_data(peer), segment_header(side.segment));
	peer_bells(peer)->space_wanted = 5;
	CU_ASSERT_EQUAL(side.bells->space_wanted, 5);
	peer_unref(peer);
	peer_fixture_end();
}

static void what_a_peer_adds_is_seen_at_its_own_address(void)
{
	uint64_t offset;

	peer_fixture_begin();
	OK(peer_fixture_open());
	for (int i = 0; i < 8; i++) {
		char *text = segment_alloc(side.segment, 700000, &offset);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		text[699999] = (char)('a' + i);
		const char *seen = peer_at(peer, offset, 700000, 128);
		CU_ASSERT_PTR_NOT_NULL_FATAL(seen);
		CU_ASSERT_EQUAL(seen[699999], 'a' + i);
		CU_ASSERT_EQUAL(peer_address(peer, offset, 700000), (uintptr_t)text);
		CU_ASSERT_EQUAL(peer_address(peer, offset + 9, 1), (uintptr_t)text + 9);
	}
	peer_unref(peer);
	peer_fixture_end();
}

static void positions_outside_of_what_there_is_are_refused(void)
{
	uint64_t offset;

	peer_fixture_begin();
	CU_ASSERT_PTR_NOT_NULL(segment_alloc(side.segment, 3 * MIB, &offset));
	OK(peer_fixture_open());
	const struct shm_data *data = segment_header(side.segment);
	const uint32_t count = data->extent_count;
	CU_ASSERT_TRUE_FATAL(count >= 2);
	const uint64_t seam = data->extents[1].offset;
	const uint64_t last =
		data->extents[count - 1].offset + data->extents[count - 1].size_bytes;

	CU_ASSERT_PTR_NOT_NULL(peer_at(peer, 0, 64, 64));
	CU_ASSERT_PTR_NOT_NULL(peer_at(peer, seam - 64, 64, 64));
	CU_ASSERT_PTR_NULL(peer_at(peer, seam - 64, 65, 1));
	CU_ASSERT_PTR_NULL(peer_at(peer, seam - 1, 2, 1));
	CU_ASSERT_PTR_NOT_NULL(peer_at(peer, seam, data->extents[1].size_bytes, 64));
	CU_ASSERT_PTR_NULL(peer_at(peer, seam, data->extents[1].size_bytes + 1, 1));
	CU_ASSERT_PTR_NOT_NULL(peer_at(peer, last - 8, 8, 8));
	CU_ASSERT_PTR_NULL(peer_at(peer, last - 8, 9, 8));
	CU_ASSERT_PTR_NULL(peer_at(peer, last, 1, 1));
	CU_ASSERT_PTR_NULL(peer_at(peer, 64, SIZE_MAX, 1));
	CU_ASSERT_PTR_NULL(peer_at(peer, 64, SIZE_MAX - 63, 1));
	CU_ASSERT_PTR_NULL(peer_at(peer, UINT64_MAX, 1, 1));
	CU_ASSERT_PTR_NULL(peer_at(peer, UINT64_MAX - 63, 128, 64));
	for (size_t alignment = 2; alignment <= 128; alignment *= 2) {
		CU_ASSERT_PTR_NULL(peer_at(peer, 128 + alignment / 2, 8, alignment));
		CU_ASSERT_PTR_NOT_NULL(peer_at(peer, 128 + alignment, 8, alignment));
	}
	CU_ASSERT_EQUAL(peer_address(peer, last, 1), 0);
	CU_ASSERT_EQUAL(peer_address(peer, seam - 1, 2), 0);
	peer_unref(peer);
	peer_fixture_end();
}

static void arrays_are_read_while_they_grow(void)
{
	peer_fixture_begin();
	OK(peer_fixture_open());
	struct shm_array *entries = &segment_header(side.segment)->entries;
	const struct shm_array *seen = &peer_data(peer)->entries;
	const size_t size = sizeof(struct shm_entry);

	CU_ASSERT_PTR_NULL(peer_array_at(peer, seen, size, 0));
	for (uint32_t i = 0; i < 2000; i++) {
		struct shm_entry *entry =
			segment_array_at(side.segment, entries, size, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
		entry->record = i + 1;
		const struct shm_entry *copy = peer_array_at(peer, seen, size, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		CU_ASSERT_EQUAL(copy->record, i + 1);
	}
	CU_ASSERT_PTR_NULL(peer_array_at(peer, seen, size, 64 * 31 + 64 * 32));
	CU_ASSERT_PTR_NULL(peer_array_at(peer, seen, size, SHM_ARRAY_MAX));
	CU_ASSERT_PTR_NULL(peer_array_at(peer, seen, size, UINT32_MAX));
	/* A block that is not there, or not in place. */
	const uint64_t block = entries->blocks[1];
	entries->blocks[1] = block + 4;
	CU_ASSERT_PTR_NULL(peer_array_at(peer, seen, size, 64));
	entries->blocks[1] = UINT64_MAX - 7;
	CU_ASSERT_PTR_NULL(peer_array_at(peer, seen, size, 64));
	entries->blocks[1] = MIB - 64;
	CU_ASSERT_PTR_NULL(peer_array_at(peer, seen, size, 64));
	entries->blocks[1] = block;
	CU_ASSERT_PTR_NOT_NULL(peer_array_at(peer, seen, size, 64));
	/* What follows an array is not its next block. */
	struct {
		struct shm_array array;
		uint64_t next;
	} followed = { 0 };
	CU_ASSERT_PTR_NOT_NULL(segment_alloc(side.segment, MIB, &followed.next));
	CU_ASSERT_PTR_NOT_NULL(peer_at(peer, followed.next, MIB, 1));
	CU_ASSERT_PTR_NULL(peer_array_at(peer, &followed.array, 1, SHM_ARRAY_MAX));
	peer_unref(peer);
	peer_fixture_end();
}

/* ---- another process --------------------------------------------------------------------- */

enum { ELEMENTS = 30000, READERS = 2 };

/* Adds elements, telling in entry_count how many there are, until it is killed. */
static int add_elements(void *context)
{
	const int *told = context;
	struct side child;

	NEED(side_begin(&child) == TERN_OK);
	struct shm_data *data = segment_header(child.segment);
	NEED(write(*told, "", 1) == 1);
	for (uint32_t i = 0; i < ELEMENTS; i++) {
		struct shm_entry *entry =
			segment_array_at(child.segment, &data->entries, sizeof *entry, i);
		NEED(entry);
		size_t size = i % 100 ? 64 : 50 * KIB;
		uint64_t record, *memory = segment_alloc(child.segment, size, &record);
		NEED(memory);
		memory[0] = memory[size / 8 - 1] = i;
		atomic_store_explicit(&entry->record, record, memory_order_relaxed);
		atomic_store_explicit(&entry->record_size_bytes, (uint32_t)size,
		                      memory_order_relaxed);
		atomic_store_explicit(&data->entry_count, i + 1, memory_order_release);
	}
	for (;;)
		pause();
}

struct reading {
	struct peer *peer;
	uint32_t wrong;
	uint64_t sum; /* of addresses: equal for all who look at all */
};

static bool element_is_right(struct reading *reading, uint32_t index)
{
	const struct shm_entry *entry = peer_array_at(
		reading->peer, &peer_data(reading->peer)->entries, sizeof *entry, index);
	if (!entry)
		return false;
	const uint64_t record = entry->record;
	const size_t size = entry->record_size_bytes;
	const uint64_t *memory = peer_at(reading->peer, record, size, 64);
	reading->sum += peer_address(reading->peer, record, size);
	return memory && memory[0] == index && memory[size / 8 - 1] == index;
}

static void *read_elements(void *context)
{
	struct reading *reading = context;
	const struct shm_data *data = peer_data(reading->peer);
	uint32_t index = 0;

	for (int64_t end = suite_monotonic_ns() + 30 * SUITE_SECOND_NS;
	     index < ELEMENTS && suite_monotonic_ns() < end;) {
		uint32_t count =
			atomic_load_explicit(&data->entry_count, memory_order_acquire);
		for (; index < count; index++)
			reading->wrong += !element_is_right(reading, index);
	}
	reading->wrong += index < ELEMENTS;
	return NULL;
}

static struct peer *open_first(struct registry *registry)
{
	struct peer *first = NULL;
	const uint64_t generation = registry_active_generation(registry, 0);

	CU_ASSERT_NOT_EQUAL_FATAL(generation, 0);
	OK(peer_open(&shm_host, registry, 0, generation, &first));
	return first;
}

static void a_process_is_read_while_it_grows_and_after_it_was_killed(void)
{
	struct reading readings[READERS];
	struct registry *registry;
	pthread_t threads[READERS];
	int told[2];
	char byte;

	shm_directory_make(0700);
	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	pid_t child = shm_child(add_elements, &told[1]);
	CU_ASSERT_EQUAL_FATAL(read(told[0], &byte, 1), 1);
	OK(registry_open(&shm_host, DOMAIN, &registry));
	struct peer *writer = open_first(registry);
	for (int i = 0; i < READERS; i++) {
		readings[i] = (struct reading){ .peer = peer_ref(writer) };
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&threads[i], NULL, read_elements, &readings[i]),
			0);
	}
	for (int i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(readings[i].wrong, 0);
		CU_ASSERT_EQUAL(readings[i].sum, readings[0].sum);
		peer_unref(readings[i].peer);
	}
	/* A new one maps late: when the files have no names any more, it still can. */
	struct peer *late = open_first(registry);
	shm_child_kill(child);
	CU_ASSERT_EQUAL(registry_reap(registry), 1);
	struct reading again = { .peer = late };
	read_elements(&again);
	CU_ASSERT_EQUAL(again.wrong, 0);
	CU_ASSERT_EQUAL(again.sum, readings[0].sum);
	peer_unref(late);
	peer_unref(writer);
	registry_close(registry);
	close(told[0]);
	close(told[1]);
	shm_directory_remove();
}

/* ---- limits ------------------------------------------------------------------------------ */

static size_t address_space_bytes(void)
{
	size_t pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	NEED(file && fscanf(file, "%zu", &pages) == 1);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* In a child: there is room for the header, not for what came later, until there is. */
static int see_little(void *context)
{
	const uint64_t *offset = context;
	struct rlimit space;

	NEED(peer_fixture_open() == TERN_OK);
	NEED(getrlimit(RLIMIT_AS, &space) == 0);
	space.rlim_cur = address_space_bytes() + 2 * MIB;
	NEED(setrlimit(RLIMIT_AS, &space) == 0);
	NEED(!peer_at(peer, *offset, 1, 1));
	NEED(error_names("ulimit -v"));
	NEED(peer_at(peer, 0, 64, 64));
	space.rlim_cur = space.rlim_max;
	NEED(setrlimit(RLIMIT_AS, &space) == 0);
	NEED(peer_at(peer, *offset, 8 * MIB, 1));
	peer_unref(peer);
	return 0;
}

static void what_finds_no_room_may_find_it_later(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	return; /* their shadow memory is beyond any limit */
#endif
	uint64_t offset;

	peer_fixture_begin();
	CU_ASSERT_PTR_NOT_NULL(segment_alloc(side.segment, 8 * MIB, &offset));
	/* The child has a slot's files open, not the slot: it only looks. */
	CU_ASSERT_EQUAL(shm_child_wait(shm_child(see_little, &offset)), 0);
	peer_fixture_end();
}

static int see_locked(void *context)
{
	const uint64_t *offset = context;
	struct rlimit locked;

	NEED(getrlimit(RLIMIT_MEMLOCK, &locked) == 0);
	if (locked.rlim_cur != RLIM_INFINITY && geteuid() != 0)
		return SUITE_SKIPPED;
	NEED(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
	NEED(peer_fixture_open() == TERN_OK);
	NEED(peer_at(peer, *offset, 1, 1));
	peer_unref(peer);
	return 0;
}

/* A reader that locks its memory maps what there is, not what may come. */
static void a_reader_that_locks_its_memory_fills_no_holes_beyond_the_file(void)
{
	struct stat file;
	uint64_t offset;

	peer_fixture_begin();
	CU_ASSERT_PTR_NOT_NULL(segment_alloc(side.segment, 8 * MIB, &offset));
	int status = shm_child_wait(shm_child(see_locked, &offset));
	CU_ASSERT_TRUE(status == 0 || status == SUITE_SKIPPED);
	int fd = side_file_open("data");
	CU_ASSERT_EQUAL_FATAL(fstat(fd, &file), 0);
	struct segment_usage usage;
	segment_usage_get(side.segment, &usage);
	CU_ASSERT_TRUE((size_t)file.st_blocks * 512 <= usage.file_size_bytes);
	CU_ASSERT_TRUE(usage.file_size_bytes < 10 * MIB);
	close(fd);
	peer_fixture_end();
}

/* ---- bells ------------------------------------------------------------------------------- */

static void *wait_for_bell(void *context)
{
	struct tern_bell *bell = context;

	while (__atomic_load_n(&bell->state, __ATOMIC_SEQ_CST) != TERN_BELL_QUIET)
		syscall(SYS_futex, &bell->state, FUTEX_WAIT, TERN_BELL_PARKED, NULL, NULL,
		        0);
	return NULL;
}

static bool sleeps(void *context)
{
	const pid_t *tid = context;
	char path[64], state = 0;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", *tid);
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	bool is_read = fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
	fclose(file);
	return is_read && state == 'S';
}

struct waiter {
	struct tern_bell *bell;
	_Atomic pid_t tid;
};

static void *waiter_run(void *context)
{
	struct waiter *waiter = context;

	waiter->tid = (pid_t)syscall(SYS_gettid);
	return wait_for_bell(waiter->bell);
}

static void those_bells_ring_that_are_named(void)
{
	peer_fixture_begin();
	OK(peer_fixture_open());
	for (int i = 0; i < TERN_BELLS_MAX; i++)
		side.bells->bells[i].state = i % 2 ? TERN_BELL_PARKED : TERN_BELL_ARMED;
	peer_ring(peer, UINT64_C(1) << 63 | 1 << 4 | 1);
	for (int i = 0; i < TERN_BELLS_MAX; i++) {
		bool rang = i == 0 || i == 4 || i == 63;
		CU_ASSERT_EQUAL(side.bells->bells[i].state == TERN_BELL_QUIET, rang);
	}
	CU_ASSERT_EQUAL(side.bells->attach_epoch, 0);
	peer_attachment_changed(peer);
	CU_ASSERT_EQUAL(side.bells->attach_epoch, 1);
	for (int i = 0; i < TERN_BELLS_MAX; i++)
		CU_ASSERT_EQUAL(side.bells->bells[i].state, TERN_BELL_QUIET);
	peer_unref(peer);
	peer_fixture_end();
}

static void who_sleeps_on_a_bell_is_woken(void)
{
	struct waiter waiter = { 0 };
	pthread_t thread;

	peer_fixture_begin();
	OK(peer_fixture_open());
	waiter.bell = &side.bells->bells[9];
	waiter.bell->state = TERN_BELL_PARKED;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, waiter_run, &waiter), 0);
	pid_t tid;
	while ((tid = waiter.tid) == 0)
		sched_yield();
	CU_ASSERT_TRUE(suite_wait_until(sleeps, &tid, 5 * SUITE_SECOND_NS));
	peer_ring(peer, 1 << 9);
	pthread_join(thread, NULL);
	peer_unref(peer);
	peer_fixture_end();
}

static const struct suite_test tests[] = {
	{ "a_peer_is_known_by_its_header", a_peer_is_known_by_its_header },
	{ "what_a_peer_adds_is_seen_at_its_own_address",
	  what_a_peer_adds_is_seen_at_its_own_address },
	{ "positions_outside_of_what_there_is_are_refused",
	  positions_outside_of_what_there_is_are_refused },
	{ "arrays_are_read_while_they_grow", arrays_are_read_while_they_grow },
	{ "a_process_is_read_while_it_grows_and_after_it_was_killed",
	  a_process_is_read_while_it_grows_and_after_it_was_killed },
	{ "what_finds_no_room_may_find_it_later", what_finds_no_room_may_find_it_later },
	{ "a_reader_that_locks_its_memory_fills_no_holes_beyond_the_file",
	  a_reader_that_locks_its_memory_fills_no_holes_beyond_the_file },
	{ "those_bells_ring_that_are_named", those_bells_ring_that_are_named },
	{ "who_sleeps_on_a_bell_is_woken", who_sleeps_on_a_bell_is_woken },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
