/* Members of a registry, in this process and in others. */
#include "shm_member.h"

#include <unistd.h>

static tern_status make_file(const struct member *member, const char *kind,
                             bool peers_write)
{
	char name[SHM_NAME_SIZE_BYTES];
	int fd;

	registry_file_name(member->registry, member->slot, member->generation, kind,
	                   name);
	tern_status s = shm_file_create(&shm_host, registry_directory(member->registry),
	                                name, 4096, peers_write, &fd);
	if (s == TERN_OK)
		close(fd);
	return s;
}

tern_status member_try_prepare(struct member *ret_member)
{
	struct member member;

	tern_status s = registry_open(&shm_host, DOMAIN, &member.registry);
	if (s < 0)
		return s;
	s = registry_join(member.registry, &member.slot, &member.generation);
	if (s == TERN_OK)
		s = make_file(&member, "data", false);
	if (s == TERN_OK)
		s = make_file(&member, "bells", true);
	if (s < 0) {
		registry_close(member.registry);
		return s;
	}
	*ret_member = member;
	return TERN_OK;
}

tern_status member_try_join(struct member *ret_member)
{
	tern_status s = member_try_prepare(ret_member);

	if (s == TERN_OK)
		registry_activate(ret_member->registry);
	return s;
}

struct member member_join(void)
{
	struct member member = { 0 };

	tern_status s = member_try_join(&member);
	if (s < 0)
		fprintf(stderr, "\njoin: %s\n", shm_host.error_text());
	CU_ASSERT_EQUAL_FATAL(s, TERN_OK);
	return member;
}

void member_leave(struct member *member)
{
	registry_leave(member->registry);
	registry_close(member->registry);
	member->registry = NULL;
}

int member_wait_to_be_killed(void *context)
{
	const int *told = context;

	NEED(write(*told, "", 1) == 1);
	for (;;)
		pause();
}

static int join_and_live(void *context)
{
	struct member member;

	NEED(member_try_join(&member) == TERN_OK);
	return member_wait_to_be_killed(context);
}

pid_t member_start_as(int (*run)(void *context))
{
	int told[2];
	char byte;

	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	pid_t pid = shm_child(run, &told[1]);
	close(told[1]);
	CU_ASSERT_EQUAL_FATAL(read(told[0], &byte, 1), 1);
	close(told[0]);
	return pid;
}

pid_t member_start(void)
{
	return member_start_as(join_and_live);
}

uint32_t member_count_active(const struct registry *registry)
{
	uint32_t count = 0;

	for (uint32_t slot = 0; slot < registry_slots_used(registry); slot++)
		count += registry_active_generation(registry, slot) != 0;
	return count;
}
