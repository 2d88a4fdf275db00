/* Crash points: kill a process after every k-th instruction of an operation, and let a survivor
 * check each time that nothing is corrupt, stuck, or left behind.
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

#include "crash_trace.h"
#include "torture.h"

#define POINTS 400
/* The survivor's files and the registry. */
#define FILES_LEFT 3
/* What the survivor may have open beyond what it had after the first points: its memory may grow
 * a little. What it kept of each victim would be more. */
#define WARM_UP 8
#define SPARE 24

struct stage {
	const struct scene *scene;
	char directory[64];
	pid_t survivor;
	int commands;
	uint32_t number; /* of victims so far */
	uint64_t step;   /* at which it is killed */
	uint32_t passed; /* so many did not come by there */
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
		stage->scene->prepare();
		raise(SIGSTOP);
		stage->scene->act();
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

/* Who joins next cleans up, and then the survivor looks. */
static void bury(struct stage *stage, pid_t victim)
{
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
}

static pid_t begin(struct stage *stage, uint64_t step)
{
	stage->number++;
	stage->step = step;
	if (stage->scene->has_stray)
		leave_stray(stage);
	return start_victim(stage);
}

/* The whole operation, and where it is after each instruction. */
static struct crash_trace *record(struct stage *stage)
{
	pid_t victim = begin(stage, 0);
	struct crash_trace *trace = crash_trace_record(victim);

	if (!trace)
		fail(stage, "the victim", "ended by itself");
	bury(stage, victim);
	return trace;
}

static void run_point(struct stage *stage, const struct crash_trace *trace, uint64_t step)
{
	pid_t victim = begin(stage, step);

	switch (crash_trace_run(trace, step, victim)) {
	case CRASH_FAILED:
		fail(stage, "the victim", "ended by itself");
	case CRASH_PASSED:
		stage->passed++; /* it took another way: killed at its end, then */
		break;
	case CRASH_STOPPED:
		break;
	}
	bury(stage, victim);
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

	stage.scene = argc > 1 ? scene_find(argv[1]) : NULL;
	if (!stage.scene || points == 0 || !mkdtemp(stage.directory)) {
		fprintf(stderr, "usage: crash_points SCENE [POINTS]\n");
		return 2;
	}
	setenv("TERN_SHM_DIR", stage.directory, 1);
	setenv("TERN_TRANSPORTS", "shm", 1);
	stay_on_this_processor();
	start_survivor(&stage);
	/* The first run has the most to do; later ones are alike. */
	crash_trace_free(record(&stage));
	struct crash_trace *trace = record(&stage);
	uint64_t length = crash_trace_length(trace);
	uint64_t places = 0, place = 0;
	for (uint64_t step = 0; step < length; step++)
		places += crash_trace_reaches(trace, step);
	uint64_t stride = places > points ? places / points : 1;
	for (uint64_t step = 0; step < length; step++)
		if (crash_trace_reaches(trace, step) && place++ % stride == 0)
			run_point(&stage, trace, step);
	crash_trace_free(trace);
	clean_up(&stage);
	/* Too many other ways, and it is not known what was tried. */
	if (4 * stage.passed > stage.number)
		fail(&stage, "few of the points were", "passed by");
	printf("%s: killed at %u points of %llu instructions (%u took another way): "
	       "all was well\n",
	       stage.scene->name, stage.number, (unsigned long long)length, stage.passed);
	return 0;
}
