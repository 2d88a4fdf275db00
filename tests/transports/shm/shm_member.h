/* A process as far as the registry is concerned: its slot, and two small files. */
#ifndef TERN_TESTS_SHM_MEMBER_H
#define TERN_TESTS_SHM_MEMBER_H

#include "registry.h"
#include "shm_fixture.h"

#define DOMAIN 7
/* Files that one member has in the directory, and the registry itself. */
#define MEMBER_FILES 2
#define REGISTRY_FILES 1

struct member {
	struct registry *registry;
	uint32_t slot;
	uint64_t generation;
};

/** Open, join, make the files, activate. @return TERN_OK, or what failed; nothing is held then */
tern_status member_try_join(struct member *ret_member);
/** The same up to before activate. */
tern_status member_try_prepare(struct member *ret_member);
struct member member_join(void); /* which must succeed */
void member_leave(struct member *member);

/** A process that joins and lives until it is killed; it has joined when this returns. */
pid_t member_start(void);
/** The same of anything that writes a byte to *(int *)context when it is ready. */
pid_t member_start_as(int (*run)(void *context));
/** In such a process: say that it is ready, and wait to be killed. */
int member_wait_to_be_killed(void *context);

/** How many slots are ACTIVE. */
uint32_t member_count_active(const struct registry *registry);

#endif
