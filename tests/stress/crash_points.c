/* Crash points: run one operation of a process under single-stepping, kill it after every k-th
 * instruction, and let a survivor check each time that nothing is corrupt, stuck, or left behind.
 *
 *	crash_points SCENE [POINTS]
 *
 * Operations that are shorter than POINTS instructions are killed after each of them. */
#include "crash_points.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

#define POINTS 400
#define NEVER UINT64_MAX
/* The survivor's files and the registry. */
#define FILES_LEFT 3
/* What the survivor may have open beyond what it had after the first points. */
#define SPARE 4
#define WARM_UP 8 /* points until it has all the memory that it will ever need */

struct stage {
	const struct scene *scene;
	char directory[64];
	pid_t survivor;
	int commands;
	uint32_t number; /* of the victim */
	uint64_t step;   /* at which it is killed */
	struct survivor_answer first;
};

__attribute__((noreturn)) static void fail(const struct stage *stage, const char *what,
                                           const char *detail)
{
	fprintf(stderr, "FAILED: %s, killed after %llu instructions: %s %s\n",
	        stage->scene->name, (unsigned long long)stage->step, what, detail);
	fprintf(stderr, "its files stay in %s\n", stage->directory);
	if (stage->survivor > 0)
		kill(stage->survivor, SIGKILL);
	exit(1);
}

static pid_t start(const struct stage *stage)
{
	pid_t pid = fork();

	if (pid < 0)
		fail(stage, "fork:", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(120); /* nothing here takes that long, unless it hangs */
	}
	return pid;
}

static void await_exit(const struct stage *stage, pid_t pid, const char *who)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		fail(stage, who, "did not end well");
}

/* ---- survivor ------------------------------------------------------------------------------ */

static struct survivor_answer hear(const struct stage *stage)
{
	struct survivor_answer answer;

	if (recv(stage->commands, &answer, sizeof answer, MSG_WAITALL) != sizeof answer)
		fail(stage, "the survivor", "died");
	if (!answer.ok)
		fail(stage, "the survivor:", answer.text);
	return answer;
}

static struct survivor_answer ask(const struct stage *stage, char command)
{
	if (write(stage->commands, &command, 1) != 1)
		fail(stage, "the survivor", "died");
	return hear(stage);
}

static void start_survivor(struct stage *stage)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		fail(stage, "socketpair:", strerror(errno));
	stage->survivor = start(stage);
	if (stage->survivor == 0) {
		alarm(0);
		close(pair[0]);
		survivor_run(pair[1]);
		_exit(1);
	}
	close(pair[1]);
	stage->commands = pair[0];
	hear(stage);
}

/* ---- victims ------------------------------------------------------------------------------- */

static void leave_stray(const struct stage *stage)
{
	int told[2];
	char byte;

	if (pipe(told) != 0)
		fail(stage, "pipe:", strerror(errno));
	pid_t pid = start(stage);
	if (pid == 0)
		stray_live(told[1]);
	close(told[1]);
	ask(stage, SURVIVOR_MEET_READER);
	if (read(told[0], &byte, 1) != 1)
		fail(stage, "the stray", "died by itself");
	close(told[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void await_stop(const struct stage *stage, pid_t victim)
{
	int status;

	if (waitpid(victim, &status, 0) != victim || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SIGSTOP)
		fail(stage, "the victim", "failed before it was killed");
}

static pid_t start_victim(const struct stage *stage)
{
	pid_t victim = start(stage);

	if (victim == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		stage->scene->prepare(stage->number);
		raise(SIGSTOP);
		stage->scene->act(stage->number);
		raise(SIGSTOP);
		_exit(0);
	}
	if (stage->scene->writes)
		ask(stage, SURVIVOR_MEET_WRITER);
	if (stage->scene->reads)
		ask(stage, SURVIVOR_MEET_READER);
	await_stop(stage, victim);
	return victim;
}

/* @return how many instructions it did; *ret_ended: that was the whole operation */
static uint64_t single_step(const struct stage *stage, pid_t victim, bool *ret_ended)
{
	uint64_t steps = 0;
	int status;

	*ret_ended = false;
	for (; steps < stage->step; steps++) {
		if (ptrace(PTRACE_SINGLESTEP, victim, NULL, NULL) != 0 ||
		    waitpid(victim, &status, 0) != victim || !WIFSTOPPED(status))
			fail(stage, "the victim", "ended by itself");
		if (WSTOPSIG(status) == SIGSTOP) {
			*ret_ended = true;
			break;
		}
		if (WSTOPSIG(status) != SIGTRAP)
			fail(stage, "the victim got", strsignal(WSTOPSIG(status)));
	}
	return steps;
}

/* ---- points -------------------------------------------------------------------------------- */

static void check_leaks(struct stage *stage, const struct survivor_answer *answer)
{
	char text[128];

	if (stage->number == WARM_UP)
		stage->first = *answer;
	if (stage->number <= WARM_UP)
		return;
	snprintf(text, sizeof text, "%u descriptors, %u before; %u mappings, %u before",
	         answer->descriptors, stage->first.descriptors, answer->maps,
	         stage->first.maps);
	if (answer->descriptors > stage->first.descriptors + SPARE ||
	    answer->maps > stage->first.maps + SPARE)
		fail(stage, "the survivor leaks:", text);
}

static uint64_t run_point(struct stage *stage, uint64_t step, bool *ret_ended)
{
	stage->number++;
	stage->step = step;
	if (stage->scene->has_stray)
		leave_stray(stage);
	pid_t victim = start_victim(stage);
	uint64_t steps = single_step(stage, victim, ret_ended);
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);

	pid_t sweeper = start(stage);
	if (sweeper == 0) {
		sweep();
		_exit(0);
	}
	await_exit(stage, sweeper, "who joined next");
	struct survivor_answer answer = ask(stage, SURVIVOR_VERIFY);
	if (stage->scene->writes && answer.received < SAMPLES_BEFORE)
		fail(stage, "the victim's samples", "did not all come");
	if (torture_count_files(stage->directory, NULL) != FILES_LEFT)
		fail(stage, "files were left in", stage->directory);
	check_leaks(stage, &answer);
	return steps;
}

static void stay_on_this_processor(void)
{
	cpu_set_t processors;

	/* The victim and we take turns: that is much faster on one. */
	CPU_ZERO(&processors);
	CPU_SET((unsigned)sched_getcpu(), &processors);
	sched_setaffinity(0, sizeof processors, &processors);
}

static void clean_up(const struct stage *stage)
{
	char command = SURVIVOR_END;
	DIR *directory;
	struct dirent *entry;

	if (write(stage->commands, &command, 1) != 1)
		fail(stage, "the survivor", "died");
	await_exit(stage, stage->survivor, "the survivor");
	directory = opendir(stage->directory);
	while ((entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(stage->directory);
}

int main(int argc, char **argv)
{
	struct stage stage = { .directory = "/dev/shm/tern-crash-XXXXXX" };
	uint64_t points = argc > 2 ? strtoull(argv[2], NULL, 10) : POINTS;
	bool ended;

	stage.scene = argc > 1 ? scene_find(argv[1]) : NULL;
	if (!stage.scene || points == 0 || !mkdtemp(stage.directory)) {
		fprintf(stderr, "usage: crash_points SCENE [POINTS]\n");
		return 2;
	}
	setenv("TERN_SHM_DIR", stage.directory, 1);
	setenv("TERN_TRANSPORTS", "shm", 1);
	stay_on_this_processor();
	start_survivor(&stage);
	uint64_t length = run_point(&stage, NEVER, &ended);
	uint64_t stride = length / points > 1 ? length / points : 1;
	/* Not always the same ones, however long the operation is this time. */
	for (uint64_t step = 0; step < length; step += stride)
		run_point(&stage, step, &ended);
	clean_up(&stage);
	printf("%s: killed at %u points of %llu instructions (every %llu): all was well\n",
	       stage.scene->name, stage.number, (unsigned long long)length,
	       (unsigned long long)stride);
	return 0;
}
