/* Children under a deadline and a memory limit: idlc loops on some inputs. */
#include "process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 127, MEMORY_LIMIT_MIB = 2048 };

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void become(char *const argv[], int output, int errors)
{
	struct rlimit memory = { (rlim_t)MEMORY_LIMIT_MIB << 20,
		                 (rlim_t)MEMORY_LIMIT_MIB << 20 };

	dup2(output, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	setrlimit(RLIMIT_AS, &memory);
	execvp(argv[0], argv);
	_exit(EXIT_NOT_STARTED);
}

/* Read what is there. false: the end. */
static int drain(int fd, struct text *text)
{
	char buffer[16384];
	ssize_t size = read(fd, buffer, sizeof(buffer));

	if (size > 0)
		text_append(text, buffer, (size_t)size);
	return size > 0 || (size < 0 && errno == EINTR);
}

/* Until both ends are closed. false: the deadline came first. */
static int collect(int output_fd, int error_fd, long long deadline_ms,
                   struct text *output, struct text *errors)
{
	struct pollfd fds[2] = { { output_fd, POLLIN, 0 }, { error_fd, POLLIN, 0 } };
	struct text *texts[2] = { output, errors };

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		long long left = deadline_ms - now_ms();

		if (left <= 0)
			return 0;
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return 0;
		for (int i = 0; i < 2; i++) {
			if (fds[i].fd >= 0 && fds[i].revents &&
			    !drain(fds[i].fd, texts[i]))
				fds[i].fd = -1;
		}
	}
	return 1;
}

int process_run(char *const argv[], int timeout_ms, struct text *output,
                struct text *errors)
{
	int output_pipe[2];
	int error_pipe[2];
	int in_time;
	int status;
	pid_t child;

	if (pipe(output_pipe) < 0)
		return PROCESS_MISSING;
	if (pipe(error_pipe) < 0) {
		close(output_pipe[0]);
		close(output_pipe[1]);
		return PROCESS_MISSING;
	}
	child = fork();
	if (child == 0)
		become(argv, output_pipe[1], error_pipe[1]);
	close(output_pipe[1]);
	close(error_pipe[1]);
	in_time = child > 0 && collect(output_pipe[0], error_pipe[0],
	                               now_ms() + timeout_ms, output, errors);
	close(output_pipe[0]);
	close(error_pipe[0]);
	if (child < 0)
		return PROCESS_MISSING;
	if (!in_time)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!in_time)
		return PROCESS_TIMED_OUT;
	if (!WIFEXITED(status))
		return PROCESS_CRASHED;
	return WEXITSTATUS(status) == EXIT_NOT_STARTED ? PROCESS_MISSING
	                                               : WEXITSTATUS(status);
}
