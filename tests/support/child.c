/* Starting, watching and ending other processes, always by their pid. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

/* In the new process, between fork and exec: async-signal-safe calls only. */
__attribute__((noreturn)) static void run_program(const char *path, char *const argv[],
                                                  int input, int output, int netns_fd,
                                                  pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (netns_fd >= 0 && !netns_enter_fd(netns_fd))
		_exit(126);
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	execv(path, argv);
	_exit(127);
}

bool child_start(struct child *child, const char *path, char *const argv[],
                 const struct netns *where)
{
	int input[2] = { -1, -1 }, output[2] = { -1, -1 };
	int netns_fd = -1;

	*child = (struct child){ .input = -1, .output = -1 };
	signal(SIGPIPE, SIG_IGN); /* a child that ended must not end the test */
	if (access(path, X_OK) != 0) {
		fprintf(stderr, "child: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (where && (netns_fd = netns_open(where)) < 0)
		goto fail;
	if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
		goto fail;

	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid < 0)
		goto fail;
	if (pid == 0)
		run_program(path, argv, input[0], output[1], netns_fd, parent);

	close(input[0]);
	close(output[1]);
	if (netns_fd >= 0)
		close(netns_fd);
	child->pid = pid;
	child->input = input[1];
	child->output = output[0];
	return true;

fail:
	fprintf(stderr, "child: %s could not be started: %s\n", path, strerror(errno));
	for (int i = 0; i < 2; i++) {
		if (input[i] >= 0)
			close(input[i]);
		if (output[i] >= 0)
			close(output[i]);
	}
	if (netns_fd >= 0)
		close(netns_fd);
	return false;
}

bool child_send_line(struct child *child, const char *line)
{
	return child->input >= 0 && dprintf(child->input, "%s\n", line) > 0;
}

/* Read what is there, or wait for it until the deadline. false: nothing more will come. */
static bool read_some(struct child *child, int64_t deadline_ns)
{
	enum { CHUNK_BYTES = 4096 };
	struct pollfd ready = { .fd = child->output, .events = POLLIN };
	int64_t left_ns = deadline_ns - suite_monotonic_ns();

	if (child->output < 0 || left_ns < 0)
		return false;
	if (poll(&ready, 1, (int)(left_ns / SUITE_MILLISECOND_NS) + 1) <= 0)
		return false;
	char *text = realloc(child->text, child->size_bytes + CHUNK_BYTES + 1);
	if (!text)
		abort();
	child->text = text;
	ssize_t got = read(child->output, text + child->size_bytes, CHUNK_BYTES);
	if (got > 0)
		child->size_bytes += (size_t)got;
	text[child->size_bytes] = '\0';
	return got > 0;
}

const char *child_wait_line(struct child *child, const char *begins_with,
                            int64_t timeout_ns)
{
	int64_t deadline_ns = suite_monotonic_ns() + timeout_ns;
	size_t length = strlen(begins_with);

	do {
		char *end;
		while (child->text &&
		       (end = strchr(child->text + child->line_start, '\n')) != NULL) {
			char *line = child->text + child->line_start;
			child->line_start = (size_t)(end + 1 - child->text);
			if (strncmp(line, begins_with, length) == 0) {
				*end = '\0';
				return line + length;
			}
		}
	} while (read_some(child, deadline_ns));
	return NULL;
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool has_ended(pid_t pid, int *ret_status, int64_t deadline_ns)
{
	const struct timespec pause = { .tv_nsec = SUITE_MILLISECOND_NS };

	while (waitpid(pid, ret_status, WNOHANG) == 0) {
		if (suite_monotonic_ns() >= deadline_ns)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

int child_wait(struct child *child, int64_t timeout_ns)
{
	int64_t deadline_ns = suite_monotonic_ns() + timeout_ns;
	int status;

	if (child->pid == 0)
		return -1;
	if (child->input >= 0)
		close(child->input);
	child->input = -1;
	while (read_some(child, deadline_ns))
		;
	if (!has_ended(child->pid, &status, deadline_ns))
		return -1;
	child->pid = 0;
	return exit_code(status);
}

void child_signal(struct child *child, int signal_number)
{
	if (child->pid > 0)
		kill(child->pid, signal_number);
}

int child_stop(struct child *child)
{
	int code = -1;

	if (child->pid > 0) {
		child_signal(child, SIGTERM);
		code = child_wait(child, 5 * SUITE_SECOND_NS);
		if (code < 0) {
			child_signal(child, SIGKILL);
			code = child_wait(child, 5 * SUITE_SECOND_NS);
		}
	}
	if (child->input >= 0)
		close(child->input);
	if (child->output >= 0)
		close(child->output);
	free(child->text);
	*child = (struct child){ .input = -1, .output = -1 };
	return code;
}
