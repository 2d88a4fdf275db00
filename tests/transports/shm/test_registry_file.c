/* The registry's file: made by one of many, shared, replaced when it is of no use, removed by
 * the last. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry_impl.h"
#include "shm_member.h"

static char path[128];

static void begin(void)
{
	shm_directory_make(0700);
	snprintf(path, sizeof path, "%s/tern.%d.registry", shm_directory_path(), DOMAIN);
}

static bool error_names(const char *what)
{
	if (strstr(shm_host.error_text(), what))
		return true;
	fprintf(stderr, "\n\"%s\" is not in: %s\n", what, shm_host.error_text());
	return false;
}

static tern_status try_open(void)
{
	struct registry *registry;

	tern_status s = registry_open(&shm_host, DOMAIN, &registry);
	if (s == TERN_OK)
		registry_close(registry);
	return s;
}

/* What a process leaves that was killed when it was alone: a registry without users. */
static void leave_a_registry_behind(void)
{
	shm_child_kill(member_start());
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
}

/* ---- of no use --------------------------------------------------------------------------- */

static void set_magic(struct shm_registry_head *head)
{
	head->magic ^= 1;
}

static void set_abi(struct shm_registry_head *head)
{
	head->abi++;
}

static void set_slot_count(struct shm_registry_head *head)
{
	head->slot_count = UINT32_MAX;
}

static void set_id(struct shm_registry_head *head)
{
	memset(head->id, 0, sizeof head->id);
}

static void set_boot(struct shm_registry_head *head)
{
	head->boot_id[3] ^= 0x80;
}

static void set_all(struct shm_registry_head *head)
{
	memset(head, 0xff, sizeof *head);
}

static const struct spoiling {
	void (*spoil)(struct shm_registry_head *head); /* NULL: the size instead */
	off_t size_bytes;
	const char *text;
} spoilings[] = {
	{ set_magic, 0, "damaged" },
	{ set_abi, 0, "another version" },
	{ set_slot_count, 0, "damaged" },
	{ set_id, 0, "damaged" },
	{ set_boot, 0, "last boot" },
	{ set_all, 0, "damaged" },
	{ NULL, 0, "damaged" },
	{ NULL, 1, "damaged" },
	{ NULL, 4096, "damaged" },
	{ NULL, sizeof(struct shm_registry) - 1, "damaged" },
};
#define SPOILINGS (sizeof spoilings / sizeof *spoilings)

/* @return a descriptor of it */
static int spoil_the_registry(const struct spoiling *how)
{
	struct shm_registry_head head;

	int fd = open(path, O_RDWR | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	if (!how->spoil) {
		CU_ASSERT_EQUAL_FATAL(ftruncate(fd, how->size_bytes), 0);
		return fd;
	}
	CU_ASSERT_EQUAL_FATAL(pread(fd, &head, sizeof head, 0), sizeof head);
	how->spoil(&head);
	CU_ASSERT_EQUAL_FATAL(pwrite(fd, &head, sizeof head, 0), sizeof head);
	return fd;
}

static void one_of_no_use_that_nobody_uses_is_replaced(void)
{
	begin();
	for (size_t i = 0; i < SPOILINGS; i++) {
		leave_a_registry_behind();
		close(spoil_the_registry(&spoilings[i]));
		struct member a = member_join();
		CU_ASSERT_PTR_NOT_NULL(strstr(shm_host_log(), spoilings[i].text));
		CU_ASSERT_EQUAL(a.slot, 0);
		/* What the dead left under the old registry is gone, too. */
		CU_ASSERT_EQUAL(shm_directory_count(3), 3);
		member_leave(&a);
	}
	shm_directory_remove();
}

static void one_of_no_use_that_is_used_is_told_and_left_alone(void)
{
	begin();
	for (size_t i = 0; i < SPOILINGS; i++) {
		leave_a_registry_behind();
		int fd = spoil_the_registry(&spoilings[i]);
		CU_ASSERT_EQUAL(byte_lock(fd, USERS_BYTE, LOCK_SHARED), 0);
		int64_t began_ns = suite_monotonic_ns();
		CU_ASSERT_EQUAL(try_open(), TERN_EMALFORMED);
		CU_ASSERT_TRUE(suite_monotonic_ns() - began_ns < SUITE_SECOND_NS);
		CU_ASSERT_TRUE(error_names(spoilings[i].text));
		CU_ASSERT_TRUE(error_names("TERN_SHM_DIR"));
		CU_ASSERT_EQUAL(access(path, F_OK), 0);
		close(fd);
		CU_ASSERT_EQUAL(try_open(), TERN_OK);
	}
	shm_directory_remove();
}

/* Without /proc nobody knows the boot; that is no reason to part. */
static void one_that_does_not_know_its_boot_is_used(void)
{
	static const struct shm_registry_head zero;

	begin();
	struct member a = member_join();
	memcpy(a.registry->shared->head.boot_id, zero.boot_id, sizeof zero.boot_id);
	CU_ASSERT_EQUAL(try_open(), TERN_OK);
	CU_ASSERT_TRUE(registry_is_linked(a.registry));
	member_leave(&a);
	shm_directory_remove();
}

static void what_is_no_file_of_ours_is_told(void)
{
	char other[160];

	begin();
	snprintf(other, sizeof other, "%s/other", shm_directory_path());
	CU_ASSERT_EQUAL(symlink(other, path), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_NOT_EQUAL(access(other, F_OK), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EPERM);
	CU_ASSERT_EQUAL(rmdir(path), 0);
	shm_directory_remove();
}

static void a_full_file_system_is_told_and_nothing_is_left_behind(void)
{
	shm_mount("size=64k");
	begin();
	CU_ASSERT_EQUAL(try_open(), TERN_ENOMEM);
	CU_ASSERT_TRUE(error_names("--shm-size"));
	CU_ASSERT_EQUAL(shm_left_kib("/dev/shm"), 64);
	shm_directory_remove();
	shm_unmount();
}

/* ---- removal ----------------------------------------------------------------------------- */

static void it_stays_while_anybody_uses_it(void)
{
	struct registry *looker;

	begin();
	struct member a = member_join();
	OK(registry_open(&shm_host, DOMAIN, &looker));
	member_leave(&a);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_TRUE(registry_is_linked(looker));
	registry_close(looker);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	shm_directory_remove();
}

static void one_that_is_being_removed_for_ever_is_told(void)
{
	begin();
	leave_a_registry_behind();
	int fd = open(path, O_RDWR | O_CLOEXEC);
	CU_ASSERT_EQUAL(byte_lock(fd, USERS_BYTE, LOCK_EXCLUSIVE), 0);
	CU_ASSERT_EQUAL(try_open(), TERN_EAGAIN);
	CU_ASSERT_TRUE(error_names("stopped"));
	close(fd);
	CU_ASSERT_EQUAL(try_open(), TERN_OK);
	shm_directory_remove();
}

static int remove_slowly(void *context)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	NEED(fd >= 0);
	NEED(byte_lock(fd, USERS_BYTE, LOCK_EXCLUSIVE) == 0);
	NEED(write(*(int *)context, "", 1) == 1);
	usleep(50000); /* the time in which the other must wait, not a wait for it */
	NEED(unlink(path) == 0);
	close(fd);
	return 0;
}

static void one_that_is_being_removed_is_waited_for_and_made_anew(void)
{
	begin();
	leave_a_registry_behind();
	pid_t pid = member_start_as(remove_slowly);
	struct member a = member_join();
	CU_ASSERT_EQUAL(shm_child_wait(pid), 0);
	CU_ASSERT_TRUE(registry_is_linked(a.registry));
	CU_ASSERT_EQUAL(shm_directory_count(3), 3);
	member_leave(&a);
	shm_directory_remove();
}

/* ---- races ------------------------------------------------------------------------------- */

enum { CREATORS = 24, ROUNDS = 40 };

static struct shared {
	_Atomic uint32_t ready, go, opened;
	uint8_t ids[CREATORS][TERN_HOST_ID_SIZE_BYTES];
} * shared;

struct creator {
	uint32_t index;
};

static void wait_for(_Atomic uint32_t *count, uint32_t wanted)
{
	int64_t deadline_ns = suite_monotonic_ns() + 60 * SUITE_SECOND_NS;

	while (atomic_load(count) < wanted) {
		NEED(suite_monotonic_ns() < deadline_ns);
		sched_yield();
	}
}

/* All open it at once, for some rounds, and all close it at once. */
static int create_at_once(void *context)
{
	const struct creator *creator = context;
	struct registry *registry;

	for (uint32_t round = 1; round <= ROUNDS; round++) {
		atomic_fetch_add(&shared->ready, 1);
		wait_for(&shared->ready, round * CREATORS);
		NEED(registry_open(&shm_host, DOMAIN, &registry) == TERN_OK);
		memcpy(shared->ids[creator->index], registry_id(registry),
		       sizeof *shared->ids);
		atomic_fetch_add(&shared->opened, 1);
		wait_for(&shared->opened, round * CREATORS);
		for (uint32_t i = 0; i < CREATORS; i++)
			NEED(memcmp(shared->ids[i], registry_id(registry),
			            sizeof *shared->ids) == 0);
		NEED(registry_is_linked(registry));
		atomic_fetch_add(&shared->go, 1);
		wait_for(&shared->go, round * CREATORS);
		registry_close(registry);
	}
	return 0;
}

static void of_many_creators_one_wins_and_of_many_leavers_one_removes(void)
{
	struct creator creators[CREATORS];
	pid_t pids[CREATORS];

	begin();
	memset(shared, 0, sizeof *shared);
	for (uint32_t i = 0; i < CREATORS; i++) {
		creators[i].index = i;
		pids[i] = shm_child(create_at_once, &creators[i]);
	}
	for (uint32_t i = 0; i < CREATORS; i++)
		CU_ASSERT_EQUAL(shm_child_wait(pids[i]), 0);
	shm_directory_remove();
}

/* All replace one that is of no use, at once. */
static int replace_at_once(void *context)
{
	const struct creator *creator = context;
	struct registry *registry;

	atomic_fetch_add(&shared->ready, 1);
	wait_for(&shared->ready, CREATORS);
	NEED(registry_open(&shm_host, DOMAIN, &registry) == TERN_OK);
	memcpy(shared->ids[creator->index], registry_id(registry), sizeof *shared->ids);
	atomic_fetch_add(&shared->opened, 1);
	wait_for(&shared->opened, CREATORS);
	NEED(memcmp(shared->ids[0], registry_id(registry), sizeof *shared->ids) == 0);
	registry_close(registry);
	return 0;
}

static void of_many_who_replace_one_wins(void)
{
	struct creator creators[CREATORS];
	pid_t pids[CREATORS];

	begin();
	for (int round = 0; round < 10; round++) {
		leave_a_registry_behind();
		close(spoil_the_registry(&spoilings[0]));
		memset(shared, 0, sizeof *shared);
		for (uint32_t i = 0; i < CREATORS; i++) {
			creators[i].index = i;
			pids[i] = shm_child(replace_at_once, &creators[i]);
		}
		for (uint32_t i = 0; i < CREATORS; i++)
			CU_ASSERT_EQUAL(shm_child_wait(pids[i]), 0);
	}
	struct member a = member_join(); /* the killed one's files */
	member_leave(&a);
	shm_directory_remove();
}

static const struct suite_test tests[] = {
	{ "one_of_no_use_that_nobody_uses_is_replaced",
	  one_of_no_use_that_nobody_uses_is_replaced },
	{ "one_of_no_use_that_is_used_is_told_and_left_alone",
	  one_of_no_use_that_is_used_is_told_and_left_alone },
	{ "one_that_does_not_know_its_boot_is_used",
	  one_that_does_not_know_its_boot_is_used },
	{ "what_is_no_file_of_ours_is_told", what_is_no_file_of_ours_is_told },
	{ "a_full_file_system_is_told_and_nothing_is_left_behind",
	  a_full_file_system_is_told_and_nothing_is_left_behind },
	{ "it_stays_while_anybody_uses_it", it_stays_while_anybody_uses_it },
	{ "one_that_is_being_removed_for_ever_is_told",
	  one_that_is_being_removed_for_ever_is_told },
	{ "one_that_is_being_removed_is_waited_for_and_made_anew",
	  one_that_is_being_removed_is_waited_for_and_made_anew },
	{ "of_many_creators_one_wins_and_of_many_leavers_one_removes",
	  of_many_creators_one_wins_and_of_many_leavers_one_removes },
	{ "of_many_who_replace_one_wins", of_many_who_replace_one_wins },
};

int main(int argc, char **argv)
{
	shm_isolate();
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return SUITE_RUN(argc, argv, tests);
}
