/* Other processes for a test: programs that are started, watched and never outlive it.
 *
 *	char *argv[] = { "peer", "--writer", NULL };
 *	struct child peer;
 *	child_start(&peer, suite_build_path("tests/transports/peer"), argv, &host_b);
 *	CU_ASSERT_TRUE(child_wait_line(&peer, "ready", 5 * SUITE_SECOND_NS));
 *	CU_ASSERT_EQUAL(child_stop(&peer), 0);
 */
#ifndef TERN_TESTS_CHILD_H
#define TERN_TESTS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct netns;

struct child {
	pid_t pid;  /* 0: not running */
	int input;  /* write end of its stdin */
	int output; /* read end of its stdout; stderr stays the test's */
	char *text; /* all of its stdout so far, terminated */
	size_t size_bytes;
	size_t line_start; /* of the first line that child_wait_line() has not seen */
};

/**
 * Start a program. It is killed when this process dies.
 * @param argv   argv[0] included, NULL-terminated
 * @param where  the network namespace to start it in; NULL: the test's own
 * @return false if it could not be started; the reason is on stderr
 */
bool child_start(struct child *child, const char *path, char *const argv[],
                 const struct netns *where);

/** Send one line to its stdin. @return false if it reads no more */
bool child_send_line(struct child *child, const char *line);

/**
 * Read its stdout until a line begins with the text.
 * @return the rest of that line, valid until the next call on the child; NULL if the deadline
 *         passed or its stdout ended first
 */
const char *child_wait_line(struct child *child, const char *begins_with,
                            int64_t timeout_ns);

/**
 * Wait until it ends by itself; what it printed is in child->text.
 * @return its exit code, 128 + signal number, or -1 at the deadline (it still runs)
 */
int child_wait(struct child *child, int64_t timeout_ns);

/** Send a signal to it. */
void child_signal(struct child *child, int signal_number);

/**
 * Close its stdin and send SIGTERM; after 5 s SIGKILL. Frees all; fine on one that ended.
 * @return its exit code or 128 + signal number
 */
int child_stop(struct child *child);

#endif
