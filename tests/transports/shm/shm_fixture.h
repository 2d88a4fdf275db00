/* What tests of shared memory's parts stand on: a host that remembers what it was told, and a
 * directory of the test's own, named by TERN_SHM_DIR, that is empty in the end. */
#ifndef TERN_TESTS_SHM_FIXTURE_H
#define TERN_TESTS_SHM_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include <tern/transport.h>

#include "suite.h"

/** fail, log, error_text and the clocks; the texts are the calling process's last. */
extern const struct tern_host shm_host;
/** The last text of log(). */
const char *shm_host_log(void);

#define OK(call) CU_ASSERT_EQUAL_FATAL((call), TERN_OK)

/** From now on /dev/shm is this program's own (a mount namespace); skipped where that cannot be
 * had. With other users, only root can do it: shm_need_root() first. */
void shm_isolate(void);
void shm_need_root(void);
/** Mount a tmpfs over it, with options such as "size=1m", and take it away again. */
void shm_mount(const char *options);
void shm_unmount(void);
/** KiB that the file system of a directory has left. */
size_t shm_left_kib(const char *path);

/** Make /dev/shm/tern-test-XXXXXX and set TERN_SHM_DIR. */
void shm_directory_make(mode_t mode);
const char *shm_directory_path(void);
/** How many files are in it; their names go to stderr if that is not what was wanted. */
size_t shm_directory_count(size_t wanted);
/** Remove it. Files left in it are a failure. */
void shm_directory_remove(void);

/** In a child, where CUnit's assertions are nobody's: what does not hold ends it with 1. */
#define NEED(condition)                                                                  \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);  \
			_exit(1);                                                        \
		}                                                                        \
	} while (0)

/** Run in a child of fork(); what it returns is its exit code. @return its pid */
pid_t shm_child(int (*run)(void *context), void *context);
/** @return its exit code, or 128 + signal; -1 after 60 s */
int shm_child_wait(pid_t pid);
/** kill -9, and wait for its end. */
void shm_child_kill(pid_t pid);

#endif
