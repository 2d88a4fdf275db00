/* Who is here: slots are taken, given back, and reclaimed from the dead. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "registry.h"
#include "registry_impl.h"
#include "shm_fixture.h"

#define DOMAIN 7

/* A process as far as the registry is concerned: its slot, and its two files. */
struct member {
	struct registry *registry;
	uint32_t slot;
	uint64_t generation;
};

static void make_file(const struct member *member, const char *kind)
{
	char name[SHM_NAME_SIZE_BYTES];
	int fd;

	registry_file_name(member->registry, member->slot, member->generation, kind,
	                   name);
	OK(shm_file_create(&shm_host, registry_directory(member->registry), name, 4096,
	                   false, &fd));
	close(fd);
}

static struct member member_join(void)
{
	struct member member;

	OK(registry_open(&shm_host, DOMAIN, &member.registry));
	OK(registry_join(member.registry, &member.slot, &member.generation));
	make_file(&member, "data");
	make_file(&member, "bells");
	registry_activate(member.registry);
	return member;
}

static void member_leave(struct member *member)
{
	registry_leave(member->registry);
	registry_close(member->registry);
}

/* Joins, tells so with a byte, and waits to be killed. */
static int live(void *context)
{
	const int *told = context;

	member_join();
	if (write(*told, "", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static pid_t start_member(void)
{
	int told[2];
	char byte;

	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	pid_t pid = shm_child(live, &told[1]);
	close(told[1]);
	CU_ASSERT_EQUAL_FATAL(read(told[0], &byte, 1), 1);
	close(told[0]);
	return pid;
}

static void who_joins_is_seen_and_who_leaves_is_not(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	struct member b = member_join();

	CU_ASSERT_EQUAL(a.slot, 0);
	CU_ASSERT_EQUAL(b.slot, 1);
	CU_ASSERT_EQUAL(memcmp(registry_id(a.registry), registry_id(b.registry), 16), 0);
	CU_ASSERT_EQUAL(registry_slots_used(a.registry), 2);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 1), b.generation);
	CU_ASSERT_EQUAL(registry_active_generation(b.registry, 0), a.generation);
	CU_ASSERT_EQUAL(shm_directory_count(5), 5);

	uint32_t epoch = registry_epoch(a.registry);
	member_leave(&b);
	CU_ASSERT_NOT_EQUAL(registry_epoch(a.registry), epoch);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 1), 0);
	CU_ASSERT_EQUAL(shm_directory_count(3), 3);
	CU_ASSERT_TRUE(registry_is_linked(a.registry));
	member_leave(&a);
	shm_directory_remove();
}

static void the_killed_are_reaped_and_their_files_with_them(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	pid_t pid = start_member();

	uint64_t generation = registry_active_generation(a.registry, 1);
	CU_ASSERT_NOT_EQUAL(generation, 0);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 1), generation);

	uint32_t epoch = registry_epoch(a.registry);
	shm_child_kill(pid);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	CU_ASSERT_NOT_EQUAL(registry_epoch(a.registry), epoch);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 1), 0);
	CU_ASSERT_EQUAL(shm_directory_count(3), 3);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	member_leave(&a);
	shm_directory_remove();
}

static const struct suite_test tests[] = {
	{ "who_joins_is_seen_and_who_leaves_is_not",
	  who_joins_is_seen_and_who_leaves_is_not },
	{ "the_killed_are_reaped_and_their_files_with_them",
	  the_killed_are_reaped_and_their_files_with_them },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
