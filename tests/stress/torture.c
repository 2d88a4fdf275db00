/* Torture: processes write and read through the public API over shared memory while they are
 * killed and stopped at random. Nothing may be corrupt, twice, missing where it was promised,
 * stuck, or left behind.
 *
 *	torture SECONDS [KILLS] [SEED]
 *
 * It goes on until so many seconds have passed and so many processes were killed. */
#include "torture.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const struct topic topics[TOPICS] = {
	{ "best", false, TERN_BEST_EFFORT, TERN_VOLATILE, TERN_KEEP_LAST, 1 },
	{ "best_rich", true, TERN_BEST_EFFORT, TERN_VOLATILE, TERN_KEEP_LAST, 4 },
	{ "last", false, TERN_RELIABLE, TERN_VOLATILE, TERN_KEEP_LAST, 3 },
	{ "last_late", true, TERN_RELIABLE, TERN_TRANSIENT_LOCAL, TERN_KEEP_LAST, 2 },
	{ "all", false, TERN_RELIABLE, TERN_VOLATILE, TERN_KEEP_ALL, 1 },
	{ "all_rich", true, TERN_RELIABLE, TERN_VOLATILE, TERN_KEEP_ALL, 1 },
};

#define TELL_NS (5 * SECOND_NS)
#define TICK_NS (2 * MS_NS)
#define KILL_EVERY_NS (16 * MS_NS) /* on average */
#define STOP_EVERY_NS (90 * MS_NS)
#define STOP_MAX_NS (150 * MS_NS)
#define ROUND_NS (4 * SECOND_NS)
/* What may be open beyond what was after the first round: others come and go, and those that stay
 * use more memory, in more pieces. */
#define SPARE_DESCRIPTORS 24
#define SPARE_MAPS 160
#define LEFT_BYTES_MAX ((size_t)256 << 20)

struct process {
	pid_t pid;
	bool is_stopped;
	int64_t continue_ns;
	uint64_t heartbeat;
	int64_t heartbeat_ns;
};

struct torture {
	struct board *board;
	struct process processes[PROCESSES];
	char directory[64];
	uint64_t random;
	uint32_t writers_ever;
	uint32_t kills, stops;
	uint64_t samples_written, samples_read, lent_checks, time_outs;
	uint32_t descriptors_first[PROCESSES], maps_first[PROCESSES];
};

/* ---- processes ----------------------------------------------------------------------------- */

static const char *role(int i)
{
	return i < WRITERS ? "writer" : "reader";
}

/* How they see the pairs of a topic; who does not answer is stuck itself. */
static void let_all_tell(struct torture *torture)
{
	const struct timespec length = { .tv_nsec = TICK_NS };
	int64_t deadline_ns = now_ns() + TELL_NS;

	atomic_store_explicit(&torture->board->phase, PHASE_TELL, memory_order_release);
	for (int i = 0; i < PROCESSES; i++)
		kill(torture->processes[i].pid, SIGCONT);
	for (int i = 0; i < PROCESSES; i++)
		while (!atomic_load(&torture->board->cells[i].has_told) &&
		       now_ns() < deadline_ns)
			nanosleep(&length, NULL);
}

__attribute__((noreturn)) static void give_up(struct torture *torture, int i,
                                              const char *what)
{
	fprintf(stderr, "FAILED: %s %d (process %d): %s %s\n", role(i), i,
	        (int)torture->processes[i].pid, what, torture->board->cells[i].failure);
	for (int p = 0; p < PROCESSES; p++)
		if (torture->processes[p].pid > 0)
			kill(torture->processes[p].pid, SIGKILL);
	fprintf(stderr, "its files stay in %s\n", torture->directory);
	exit(1);
}

static void start(struct torture *torture, int i)
{
	struct cell *cell = &torture->board->cells[i];
	uint64_t seed = torture_random(&torture->random);
	uint32_t round = atomic_load(&torture->board->round);

	if (i < WRITERS)
		atomic_store(&cell->writer, ++torture->writers_ever);
	if (torture->writers_ever >= WRITERS_EVER)
		give_up(torture, i, "run it for less time");
	atomic_store(&cell->has_joined, false);
	pid_t pid = fork();
	if (pid < 0)
		give_up(torture, i, "cannot be started");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		(i < WRITERS ? torture_write : torture_read)(torture->board, cell, seed,
		                                             round);
		exit(0);
	}
	torture->processes[i] = (struct process){
		.pid = pid,
		.heartbeat_ns = now_ns(),
	};
}

__attribute__((noreturn)) static void give_up_ended(struct torture *torture, int i,
                                                    int status)
{
	char what[64];

	if (WIFSIGNALED(status))
		snprintf(what, sizeof what, "died of signal %d", WTERMSIG(status));
	else
		snprintf(what, sizeof what, "ended with %d:", WEXITSTATUS(status));
	give_up(torture, i, what);
}

/* Nobody ends by itself, but at the end. */
static void reap(struct torture *torture, int i, int signal_number, bool may_end)
{
	int status;

	if (waitpid(torture->processes[i].pid, &status, 0) < 0)
		give_up(torture, i, "cannot be waited for");
	if (WIFSIGNALED(status) && WTERMSIG(status) == signal_number)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && may_end)
		return;
	give_up_ended(torture, i, status);
}

static void kill_and_start(struct torture *torture, int i)
{
	kill(torture->processes[i].pid, SIGKILL);
	reap(torture, i, SIGKILL, false);
	torture->kills++;
	start(torture, i);
}

static void stop_for_a_while(struct torture *torture, int i)
{
	struct process *process = &torture->processes[i];

	kill(process->pid, SIGSTOP);
	process->is_stopped = true;
	process->continue_ns =
		now_ns() + (int64_t)(torture_random(&torture->random) % STOP_MAX_NS);
	torture->stops++;
}

static void go_on(struct torture *torture, int i)
{
	struct process *process = &torture->processes[i];

	process->is_stopped = false;
	process->heartbeat_ns = now_ns();
	kill(process->pid, SIGCONT);
}

static void look_after(struct torture *torture, int i)
{
	struct process *process = &torture->processes[i];
	uint64_t heartbeat = atomic_load(&torture->board->cells[i].heartbeat);
	int status;

	if (atomic_load_explicit(&torture->board->cells[i].has_failed,
	                         memory_order_acquire)) {
		let_all_tell(torture);
		give_up(torture, i, "fails:");
	}
	if (waitpid(process->pid, &status, WNOHANG) == process->pid)
		give_up_ended(torture, i, status);
	if (process->is_stopped && now_ns() >= process->continue_ns)
		go_on(torture, i);
	if (heartbeat != process->heartbeat || process->is_stopped) {
		process->heartbeat = heartbeat;
		process->heartbeat_ns = now_ns();
	} else if (now_ns() - process->heartbeat_ns > STALL_NS) {
		give_up(torture, i, "hangs");
	}
}

static void tick(struct torture *torture)
{
	const struct timespec length = { .tv_nsec = TICK_NS };

	nanosleep(&length, NULL);
	for (int i = 0; i < PROCESSES; i++)
		look_after(torture, i);
}

/* ---- phases -------------------------------------------------------------------------------- */

static bool happens(struct torture *torture, int64_t every_ns)
{
	return torture_random(&torture->random) % (uint64_t)every_ns < (uint64_t)TICK_NS;
}

/* The first writer and the first reader see all others come and go. */
static int anyone_mortal(struct torture *torture)
{
	int i;

	do {
		i = (int)(torture_random(&torture->random) % PROCESSES);
	} while (i == 0 || i == WRITERS);
	return i;
}

static void run(struct torture *torture)
{
	int64_t end_ns = now_ns() + ROUND_NS;

	atomic_store_explicit(&torture->board->phase, PHASE_RUN, memory_order_release);
	while (now_ns() < end_ns) {
		tick(torture);
		if (happens(torture, KILL_EVERY_NS))
			kill_and_start(torture, anyone_mortal(torture));
		int i = (int)(torture_random(&torture->random) % PROCESSES);
		if (happens(torture, STOP_EVERY_NS) && !torture->processes[i].is_stopped)
			stop_for_a_while(torture, i);
	}
	for (int i = 0; i < PROCESSES; i++)
		if (torture->processes[i].is_stopped)
			go_on(torture, i);
}

static void await_round(struct torture *torture, int first, int end)
{
	uint32_t round = atomic_load(&torture->board->round);
	int64_t deadline_ns = now_ns() + 3 * STALL_NS;

	for (int i = first; i < end; i++)
		while (atomic_load_explicit(&torture->board->cells[i].round,
		                            memory_order_acquire) != round) {
			tick(torture);
			if (now_ns() > deadline_ns)
				give_up(torture, i,
				        "does not come to the end of its round");
		}
}

static size_t bytes_in(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	struct stat status;
	size_t bytes = 0;

	while (directory && (entry = readdir(directory)))
		if (fstatat(dirfd(directory), entry->d_name, &status, 0) == 0 &&
		    S_ISREG(status.st_mode))
			bytes += (size_t)status.st_blocks * 512;
	if (directory)
		closedir(directory);
	return bytes;
}

/* The immortal ones must not hold on to what the dead had. */
static void check_leaks(struct torture *torture, int i)
{
	struct cell *cell = &torture->board->cells[i];
	uint32_t descriptors = atomic_load(&cell->descriptors);
	uint32_t maps = atomic_load(&cell->maps);

	if (torture->descriptors_first[i] == 0) {
		torture->descriptors_first[i] = descriptors;
		torture->maps_first[i] = maps;
	}
	if (descriptors > torture->descriptors_first[i] + SPARE_DESCRIPTORS ||
	    maps > torture->maps_first[i] + SPARE_MAPS) {
		fprintf(stderr, "%u descriptors, first %u; %u mappings, first %u\n",
		        descriptors, torture->descriptors_first[i], maps,
		        torture->maps_first[i]);
		give_up(torture, i, "leaks");
	}
	if (bytes_in(torture->directory) > LEFT_BYTES_MAX)
		give_up(torture, i, "and others use ever more shared memory");
}

static void count_up(struct torture *torture)
{
	for (int i = 0; i < PROCESSES; i++) {
		struct cell *cell = &torture->board->cells[i];
		uint64_t samples = atomic_exchange(&cell->samples, 0);
		if (i < WRITERS)
			torture->samples_written += samples;
		else
			torture->samples_read += samples;
		torture->lent_checks += atomic_exchange(&cell->lent_checks, 0);
		torture->time_outs += atomic_exchange(&cell->time_outs, 0);
	}
}

static void close_and_check(struct torture *torture)
{
	atomic_fetch_add(&torture->board->round, 1);
	atomic_store_explicit(&torture->board->phase, PHASE_CLOSE, memory_order_release);
	await_round(torture, 0, WRITERS);
	atomic_store_explicit(&torture->board->phase, PHASE_CHECK, memory_order_release);
	await_round(torture, WRITERS, PROCESSES);
	check_leaks(torture, 0);
	check_leaks(torture, WRITERS);
	count_up(torture);
}

/* Some leave, some are killed; who joins after that cleans up, and leaves nothing. */
static void end(struct torture *torture)
{
	atomic_store_explicit(&torture->board->phase, PHASE_END, memory_order_release);
	for (int i = 0; i < PROCESSES; i++) {
		if (i % 2)
			kill(torture->processes[i].pid, SIGKILL);
		reap(torture, i, SIGKILL, true);
	}
	start(torture, 0);
	reap(torture, 0, 0, true);
	uint32_t files = torture_count_files(torture->directory, ".registry");
	if (files > 0) {
		fprintf(stderr, "FAILED: %u files were left in %s\n", files,
		        torture->directory);
		exit(1);
	}
	DIR *directory = opendir(torture->directory);
	struct dirent *entry;
	while (directory && (entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(torture->directory);
}

int main(int argc, char **argv)
{
	static struct torture torture = { .directory = "/dev/shm/tern-torture-XXXXXX" };
	int64_t seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 10;
	uint32_t kills = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	int64_t begin_ns = now_ns();

	torture.random = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)begin_ns;
	printf("seed %llu\n", (unsigned long long)torture.random);
	fflush(stdout);
	torture.board = mmap(NULL, sizeof *torture.board, PROT_READ | PROT_WRITE,
	                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (torture.board == MAP_FAILED || !mkdtemp(torture.directory)) {
		perror("torture");
		return 1;
	}
	setenv("TERN_SHM_DIR", torture.directory, 1);
	setenv("TERN_TRANSPORTS", "shm", 1);
	for (int i = 0; i < PROCESSES; i++)
		start(&torture, i);
	do {
		run(&torture);
		close_and_check(&torture);
	} while (now_ns() - begin_ns < seconds * SECOND_NS || torture.kills < kills);
	end(&torture);
	printf("%u kills, %u stops, %u rounds in %lld s: %llu samples written, %llu read, "
	       "%llu looked at again while lent, %llu writes held back: nothing corrupt, "
	       "twice, missing, stuck or left\n",
	       torture.kills, torture.stops, atomic_load(&torture.board->round),
	       (long long)((now_ns() - begin_ns) / SECOND_NS),
	       (unsigned long long)torture.samples_written,
	       (unsigned long long)torture.samples_read,
	       (unsigned long long)torture.lent_checks,
	       (unsigned long long)torture.time_outs);
	return 0;
}
