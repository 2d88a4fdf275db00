/* Who is here: slots are taken, given back, and reclaimed from the dead. */
#include "registry.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry_impl.h"
#include "shm_member.h"

#define ALONE (REGISTRY_FILES + MEMBER_FILES) /* files of one member that is here alone */

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
	CU_ASSERT_EQUAL(registry_active_generation(b.registry, 2), 0);
	CU_ASSERT_EQUAL(registry_active_generation(b.registry, SHM_SLOTS_MAX), 0);
	CU_ASSERT_EQUAL(shm_directory_count(ALONE + MEMBER_FILES), ALONE + MEMBER_FILES);

	uint32_t epoch = registry_epoch(a.registry);
	member_leave(&b);
	CU_ASSERT_NOT_EQUAL(registry_epoch(a.registry), epoch);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 1), 0);
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	member_leave(&a);
	shm_directory_remove();
}

static void nobody_is_seen_before_he_is_active(void)
{
	struct member b;

	shm_directory_make(0700);
	struct member a = member_join();
	OK(member_try_prepare(&b));
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, b.slot), 0);
	uint32_t epoch = registry_epoch(a.registry);
	registry_activate(b.registry);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, b.slot), b.generation);
	CU_ASSERT_NOT_EQUAL(registry_epoch(a.registry), epoch);
	member_leave(&a);
	member_leave(&b);
	shm_directory_remove();
}

static void a_slot_is_free_as_soon_as_one_left(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	registry_leave(a.registry);
	CU_ASSERT_EQUAL(shm_directory_count(REGISTRY_FILES), REGISTRY_FILES);
	struct member b = member_join();
	CU_ASSERT_EQUAL(b.slot, 0);
	CU_ASSERT_NOT_EQUAL(b.generation, a.generation);
	registry_close(a.registry);
	CU_ASSERT_TRUE(registry_is_linked(b.registry));
	CU_ASSERT_EQUAL(registry_active_generation(b.registry, 0), b.generation);
	member_leave(&b);
	shm_directory_remove();
}

static void domains_do_not_see_each_other(void)
{
	struct registry *other;
	uint64_t generation;
	uint32_t slot;

	shm_directory_make(0700);
	struct member a = member_join();
	OK(registry_open(&shm_host, DOMAIN + 1, &other));
	OK(registry_join(other, &slot, &generation));
	CU_ASSERT_EQUAL(slot, 0);
	CU_ASSERT_NOT_EQUAL(memcmp(registry_id(a.registry), registry_id(other), 16), 0);
	registry_close(other);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 0), a.generation);
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	member_leave(&a);
	shm_directory_remove();
}

static void a_generation_comes_once_also_over_a_new_registry(void)
{
	enum { ROUNDS = 60 };
	uint64_t seen[ROUNDS];

	shm_directory_make(0700);
	for (int i = 0; i < ROUNDS; i += 3) {
		struct member first = member_join();
		member_leave(&first); /* and removes the registry */
		struct member second = member_join();
		struct member third = member_join();
		seen[i] = first.generation;
		seen[i + 1] = second.generation;
		member_leave(&second);
		second = member_join();
		seen[i + 2] = second.generation;
		CU_ASSERT_EQUAL(second.slot, 0);
		CU_ASSERT_NOT_EQUAL(third.generation, 0);
		member_leave(&second);
		member_leave(&third);
	}
	for (int i = 0; i < ROUNDS; i++) {
		CU_ASSERT_NOT_EQUAL(seen[i], 0);
		for (int k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(seen[i], seen[k]);
	}
	shm_directory_remove();
}

static void more_than_there_are_slots_are_told_the_limit(void)
{
	static struct registry *all[SHM_SLOTS_MAX];
	struct registry *late;
	struct rlimit files;
	uint64_t generation;
	uint32_t slot;

	shm_directory_make(0700);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &files), 0);
	const rlim_t before = files.rlim_cur;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	CU_ASSERT_TRUE_FATAL(files.rlim_cur > 3 * SHM_SLOTS_MAX + 100);
	for (uint32_t i = 0; i < SHM_SLOTS_MAX; i++) {
		OK(registry_open(&shm_host, DOMAIN, &all[i]));
		OK(registry_join(all[i], &slot, &generation));
		CU_ASSERT_EQUAL_FATAL(slot, i);
		registry_activate(all[i]);
	}
	OK(registry_open(&shm_host, DOMAIN, &late));
	CU_ASSERT_EQUAL(member_count_active(late), SHM_SLOTS_MAX);
	CU_ASSERT_EQUAL(registry_join(late, &slot, &generation), TERN_ELIMIT);
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host.error_text(), "1024"));

	/* Its owner dies: that is seen at once, however lately somebody looked. */
	close(all[600]->lock_fd);
	OK(registry_join(late, &slot, &generation));
	CU_ASSERT_EQUAL(slot, 600);
	all[600]->lock_fd = open("/dev/null", O_RDWR);
	for (uint32_t i = 0; i < SHM_SLOTS_MAX; i++)
		if (i != 600)
			registry_close(all[i]);
	registry_close(late);
	all[600]->slot = NO_SLOT;
	registry_close(all[600]);
	files.rlim_cur = before;
	setrlimit(RLIMIT_NOFILE, &files);
	shm_directory_remove();
}

/* ---- death ------------------------------------------------------------------------------- */

static void the_killed_are_reaped_and_their_files_with_them(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	pid_t pid = member_start();

	uint64_t generation = registry_active_generation(a.registry, 1);
	CU_ASSERT_NOT_EQUAL(generation, 0);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 1), generation);

	uint32_t epoch = registry_epoch(a.registry);
	shm_child_kill(pid);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	CU_ASSERT_NOT_EQUAL(registry_epoch(a.registry), epoch);
	CU_ASSERT_EQUAL(registry_active_generation(a.registry, 1), 0);
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	member_leave(&a);
	shm_directory_remove();
}

static int join_without_activating(void *context)
{
	struct member member;

	NEED(member_try_prepare(&member) == TERN_OK);
	return member_wait_to_be_killed(context);
}

static void who_is_killed_while_joining_leaves_nothing(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	pid_t pid = member_start_as(join_without_activating);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	shm_child_kill(pid);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	member_leave(&a);
	shm_directory_remove();
}

static void who_joins_reclaims_the_slots_of_the_dead(void)
{
	shm_directory_make(0700);
	pid_t first = member_start(), second = member_start();
	shm_child_kill(first);
	shm_child_kill(second);
	CU_ASSERT_EQUAL(shm_directory_count(5), 5);
	struct member a = member_join();
	CU_ASSERT_EQUAL(a.slot, 0);
	CU_ASSERT_EQUAL(member_count_active(a.registry), 1);
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	member_leave(&a);
	shm_directory_remove();
}

static void the_last_to_leave_takes_along_what_the_killed_left(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	shm_child_kill(member_start());
	CU_ASSERT_EQUAL(shm_directory_count(5), 5);
	member_leave(&a);
	shm_directory_remove();
}

static void the_stopped_are_not_dead(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	pid_t pid = member_start();
	kill(pid, SIGSTOP);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	CU_ASSERT_EQUAL(member_count_active(a.registry), 2);
	shm_child_kill(pid);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	member_leave(&a);
	shm_directory_remove();
}

/* Every lock of it drops, but its slot says otherwise: as if the reaper died at that point. */
static void a_half_done_burial_is_done_again(void)
{
	static const unsigned lives[] = { SHM_SLOT_JOINING, SHM_SLOT_ACTIVE,
		                          SHM_SLOT_REAPING };

	shm_directory_make(0700);
	struct member a = member_join();
	for (size_t i = 0; i < 3; i++) {
		shm_child_kill(member_start());
		_Atomic uint64_t *state = &a.registry->shared->slots[1].state;
		atomic_store(state, slot_state(state_generation(*state), lives[i]));
		uint32_t epoch = registry_epoch(a.registry);
		CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
		CU_ASSERT_NOT_EQUAL(registry_epoch(a.registry), epoch);
		CU_ASSERT_EQUAL(state_life(*state), SHM_SLOT_FREE);
		CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	}
	member_leave(&a);
	shm_directory_remove();
}

/* With a thousand slots in use that is 0.2 s. Nobody else looks here. */
static void among_many_one_looks_for_the_dead_for_all(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	struct shm_registry *shared = a.registry->shared;
	atomic_store(&shared->slots_used, SHM_SLOTS_MAX);

	shm_child_kill(member_start());
	atomic_store(&shared->reaped_at_ns, suite_monotonic_ns());
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	atomic_store(&shared->reaped_at_ns, suite_monotonic_ns() - SUITE_SECOND_NS);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	CU_ASSERT_TRUE(suite_monotonic_ns() - atomic_load(&shared->reaped_at_ns) <
	               SUITE_SECOND_NS);

	/* Another's clock, or nonsense. */
	shm_child_kill(member_start());
	atomic_store(&shared->reaped_at_ns, suite_monotonic_ns() + 60 * SUITE_SECOND_NS);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	shm_child_kill(member_start());
	atomic_store(&shared->reaped_at_ns, suite_monotonic_ns());
	a.registry->reaped_at_ns -= 61 * SUITE_SECOND_NS;
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);

	/* Few are looked at each time. */
	atomic_store(&shared->slots_used, 2);
	shm_child_kill(member_start());
	atomic_store(&shared->reaped_at_ns, suite_monotonic_ns());
	CU_ASSERT_EQUAL(registry_reap(a.registry), 1);
	member_leave(&a);
	shm_directory_remove();
}

/* ---- what others remove or leave --------------------------------------------------------- */

static void touch(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", shm_directory_path(), name);
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	close(fd);
}

static bool is_there(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", shm_directory_path(), name);
	return access(path, F_OK) == 0;
}

static void take_away(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", shm_directory_path(), name);
	CU_ASSERT_EQUAL(unlink(path), 0);
}

static void files_of_nobody_are_removed_and_others_left_alone(void)
{
	static const char *const strays[] = {
		"tern.7.0.5.data",
		"tern.7.1.5.bells",
		"tern.7.1023.18446744073709551615.data",
	};
	static const char *const others[] = {
		"tern.8.0.5.data",
		"tern.7.0.5.date",
		"tern.7.0.5.dat",
		"tern.7.0.5.data2",
		"tern.7.00.5.data",
		"tern.7.1024.5.data",
		"tern.7.0.-5.data",
		"tern.7.0.5.data.backup",
		" tern.7.0.5.data",
		"tern.7.0.5.registry",
		"notes",
	};

	shm_directory_make(0700);
	for (size_t i = 0; i < sizeof strays / sizeof *strays; i++)
		touch(strays[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		touch(others[i]);
	struct member a = member_join();
	for (size_t i = 0; i < sizeof strays / sizeof *strays; i++)
		CU_ASSERT_FALSE(is_there(strays[i]));
	CU_ASSERT_TRUE(registry_is_linked(a.registry));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		CU_ASSERT_TRUE(is_there(others[i]));
		take_away(others[i]);
	}
	member_leave(&a);
	shm_directory_remove();
}

static void that_ones_own_files_were_removed_is_noticed(void)
{
	static const char *const kinds[] = { "data", "bells" };
	char name[SHM_NAME_SIZE_BYTES];

	shm_directory_make(0700);
	for (int i = 0; i < 3; i++) {
		struct member a = member_join();
		CU_ASSERT_TRUE(registry_is_linked(a.registry));
		if (i < 2)
			registry_file_name(a.registry, a.slot, a.generation, kinds[i],
			                   name);
		else
			snprintf(name, sizeof name, "tern.%d.registry", DOMAIN);
		take_away(name);
		CU_ASSERT_FALSE(registry_is_linked(a.registry));
		member_leave(&a);
		CU_ASSERT_EQUAL(shm_directory_count(0), 0);
	}
	shm_directory_remove();
}

/* As logind does at the end of a user's last session. */
static void after_all_was_removed_one_can_join_anew(void)
{
	char command[128];

	shm_directory_make(0700);
	struct member a = member_join();
	snprintf(command, sizeof command, "rm -r %s", shm_directory_path());
	CU_ASSERT_EQUAL(system(command), 0);
	CU_ASSERT_FALSE(registry_is_linked(a.registry));

	struct member again = member_join();
	CU_ASSERT_NOT_EQUAL(
		memcmp(registry_id(a.registry), registry_id(again.registry), 16), 0);
	member_leave(&a); /* takes nothing of the new one along */
	CU_ASSERT_TRUE(registry_is_linked(again.registry));
	CU_ASSERT_EQUAL(shm_directory_count(ALONE), ALONE);
	member_leave(&again);
	shm_directory_remove();
}

/* ---- what others write ------------------------------------------------------------------- */

static void what_others_write_over_our_slot_is_mended(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	struct member b = member_join();
	struct shm_registry *shared = b.registry->shared;

	atomic_store(&shared->slots[0].state, 0);
	atomic_store(&shared->slots_used, 0);
	/* It is alive, so neither its slot nor its files are anybody else's. */
	struct member c = member_join();
	CU_ASSERT_EQUAL(c.slot, 2);
	CU_ASSERT_EQUAL(registry_reap(c.registry), 0);
	CU_ASSERT_TRUE(registry_is_linked(a.registry));

	uint32_t epoch = registry_epoch(c.registry);
	CU_ASSERT_EQUAL(registry_reap(a.registry), 0);
	CU_ASSERT_NOT_EQUAL(registry_epoch(c.registry), epoch);
	CU_ASSERT_EQUAL(registry_active_generation(c.registry, 0), a.generation);
	atomic_store(&shared->slots_used, 0);
	registry_reap(c.registry);
	CU_ASSERT_EQUAL(registry_slots_used(c.registry), 3);
	member_leave(&a);
	member_leave(&b);
	member_leave(&c);
	shm_directory_remove();
}

static void nobody_is_gone_because_another_wrote_so(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	struct member b = member_join();
	_Atomic uint64_t *state = &a.registry->shared->slots[b.slot].state;
	const uint64_t truth = *state;

	CU_ASSERT_FALSE(registry_is_gone(a.registry, b.slot, b.generation));
	for (unsigned life = 0; life < 6; life++) {
		atomic_store(state, slot_state(b.generation, life));
		CU_ASSERT_FALSE(registry_is_gone(a.registry, b.slot, b.generation));
		atomic_store(state, slot_state(b.generation + 1, life));
		CU_ASSERT_FALSE(registry_is_gone(a.registry, b.slot, b.generation));
	}
	atomic_store(state, truth);
	registry_leave(b.registry);
	CU_ASSERT_TRUE(registry_is_gone(a.registry, b.slot, b.generation));
	struct member c = member_join();
	CU_ASSERT_EQUAL(c.slot, b.slot);
	CU_ASSERT_TRUE(registry_is_gone(a.registry, b.slot, b.generation));
	CU_ASSERT_FALSE(registry_is_gone(a.registry, c.slot, c.generation));
	member_leave(&c);
	registry_close(b.registry);
	member_leave(&a);
	shm_directory_remove();
}

/* Nobody has reaped it yet, but its slot says that it goes. */
static void the_dead_are_gone_before_they_are_reaped(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	pid_t pid = member_start();
	uint64_t generation = registry_active_generation(a.registry, 1);
	shm_child_kill(pid);
	CU_ASSERT_FALSE(registry_is_gone(a.registry, 1, generation));
	atomic_store(&a.registry->shared->slots[1].state,
	             slot_state(generation, SHM_SLOT_REAPING));
	CU_ASSERT_TRUE(registry_is_gone(a.registry, 1, generation));
	member_leave(&a);
	shm_directory_remove();
}

static void nonsense_in_the_registry_harms_nobody(void)
{
	shm_directory_make(0700);
	struct member a = member_join();
	struct shm_registry *shared = a.registry->shared;

	for (uint32_t seed = 1; seed <= 20; seed++) {
		uint8_t *bytes = (uint8_t *)&shared->epoch;
		uint32_t random = seed;
		for (size_t i = 0;
		     i < sizeof *shared - offsetof(struct shm_registry, epoch); i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = seed < 3 ? (uint8_t)-seed : (uint8_t)(random >> 24);
		}
		CU_ASSERT_TRUE(registry_slots_used(a.registry) <= SHM_SLOTS_MAX);
		registry_reap_now(a.registry);
		struct member b = member_join();
		CU_ASSERT_EQUAL(registry_active_generation(a.registry, b.slot),
		                b.generation);
		CU_ASSERT_NOT_EQUAL(b.generation, 0);
		member_leave(&b);
		registry_reap(a.registry);
		CU_ASSERT_EQUAL(registry_active_generation(a.registry, a.slot),
		                a.generation);
		CU_ASSERT_TRUE(registry_is_linked(a.registry));
	}
	member_leave(&a);
	shm_directory_remove();
}

static const struct suite_test tests[] = {
	{ "who_joins_is_seen_and_who_leaves_is_not",
	  who_joins_is_seen_and_who_leaves_is_not },
	{ "nobody_is_seen_before_he_is_active", nobody_is_seen_before_he_is_active },
	{ "a_slot_is_free_as_soon_as_one_left", a_slot_is_free_as_soon_as_one_left },
	{ "domains_do_not_see_each_other", domains_do_not_see_each_other },
	{ "a_generation_comes_once_also_over_a_new_registry",
	  a_generation_comes_once_also_over_a_new_registry },
	{ "more_than_there_are_slots_are_told_the_limit",
	  more_than_there_are_slots_are_told_the_limit },
	{ "the_killed_are_reaped_and_their_files_with_them",
	  the_killed_are_reaped_and_their_files_with_them },
	{ "who_is_killed_while_joining_leaves_nothing",
	  who_is_killed_while_joining_leaves_nothing },
	{ "who_joins_reclaims_the_slots_of_the_dead",
	  who_joins_reclaims_the_slots_of_the_dead },
	{ "the_last_to_leave_takes_along_what_the_killed_left",
	  the_last_to_leave_takes_along_what_the_killed_left },
	{ "the_stopped_are_not_dead", the_stopped_are_not_dead },
	{ "a_half_done_burial_is_done_again", a_half_done_burial_is_done_again },
	{ "among_many_one_looks_for_the_dead_for_all",
	  among_many_one_looks_for_the_dead_for_all },
	{ "files_of_nobody_are_removed_and_others_left_alone",
	  files_of_nobody_are_removed_and_others_left_alone },
	{ "that_ones_own_files_were_removed_is_noticed",
	  that_ones_own_files_were_removed_is_noticed },
	{ "after_all_was_removed_one_can_join_anew",
	  after_all_was_removed_one_can_join_anew },
	{ "what_others_write_over_our_slot_is_mended",
	  what_others_write_over_our_slot_is_mended },
	{ "nobody_is_gone_because_another_wrote_so",
	  nobody_is_gone_because_another_wrote_so },
	{ "the_dead_are_gone_before_they_are_reaped",
	  the_dead_are_gone_before_they_are_reaped },
	{ "nonsense_in_the_registry_harms_nobody",
	  nonsense_in_the_registry_harms_nobody },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
