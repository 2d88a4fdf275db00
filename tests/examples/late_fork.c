/* Preloaded into a shell: the process that it forks as number LATE_FORK comes late, by a second
 * or until a signal meets it. That is what a loaded machine does, seldom. Programs that the
 * shell starts are not touched. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pid_t shell;
static long late_fork, forks;

/* By hand: bash has an unsetenv() of its own, which does nothing this early. */
static void forget(const char *name)
{
	size_t length = strlen(name);
	char **kept = environ;

	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, name, length) != 0)
			*kept++ = *entry;
	*kept = NULL;
}

__attribute__((constructor)) static void learn(void)
{
	const char *number = getenv("LATE_FORK");

	shell = getpid();
	late_fork = number ? strtol(number, NULL, 10) : 0;
	forget("LATE_FORK=");
	forget("LD_PRELOAD=");
}

__attribute__((visibility("default"))) pid_t fork(void)
{
	const struct timespec late = { .tv_sec = 1 };
	bool is_late = getpid() == shell && ++forks == late_fork;
	pid_t (*really_fork)(void);
	pid_t pid;

	*(void **)&really_fork = dlsym(RTLD_NEXT, "fork");
	pid = really_fork();
	if (pid == 0 && is_late)
		nanosleep(&late, NULL);
	return pid;
}
