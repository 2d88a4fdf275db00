/* Hostile peers: a process that shares memory scribbles over its own data, over everybody's bells
 * and over the registry, while two honest ones write to it, read from it, and from each other.
 * They may lose it, and each other once the registry is damaged; but they must not crash, hang,
 * or take from each other what the other did not write. Best run with the address sanitizer.
 *
 *	hostile SECONDS [SEED]
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
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

#include "torture.h"

#define CITIZENS 2
#define HOSTILE_MAX_NS (250 * MS_NS)
#define HOSTILE_PER_ROUND 6
#define MAPPINGS_MAX 256

static const struct topic kinds[] = {
	{ "flat", false, TERN_RELIABLE, TERN_VOLATILE, TERN_KEEP_ALL, 1 },
	{ "rich", true, TERN_RELIABLE, TERN_TRANSIENT_LOCAL, TERN_KEEP_LAST, 3 },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

enum target { OWN_DATA, BELLS, REGISTRY, TARGETS };

struct member { /* of the domain, honest or not */
	struct tern_participant *participant;
	struct tern_writer *writers[KINDS];
	struct tern_reader *readers[KINDS];
	uint64_t written[KINDS];
};

struct town { /* shared by fork() */
	struct cell cells[CITIZENS];
	struct tern_guid writers[CITIZENS][KINDS];
	_Atomic bool is_over;
	_Atomic uint64_t from_each_other;
};

/* ---- members ------------------------------------------------------------------------------- */

static bool join(struct member *member)
{
	if (tern_participant_create(0, "town", &member->participant) < 0)
		return false;
	for (size_t i = 0; i < KINDS; i++) {
		struct tern_qos writer_qos = torture_writer_qos(&kinds[i]);
		struct tern_qos reader_qos = torture_reader_qos(&kinds[i]);
		writer_qos.max_blocking_time_ns = 20 * MS_NS;
		if (tern_writer_create(member->participant, kinds[i].name,
		                       torture_type(&kinds[i]), &writer_qos,
		                       &member->writers[i]) < 0 ||
		    tern_reader_create(member->participant, kinds[i].name,
		                       torture_type(&kinds[i]), &reader_qos,
		                       &member->readers[i]) < 0)
			return false;
	}
	return true;
}

/* Nobody can promise that it succeeds in such company. */
static void write_all(struct member *member, uint32_t number)
{
	for (size_t i = 0; i < KINDS; i++) {
		uint64_t count = member->written[i] + 1;
		const struct identity identity = { (int32_t)(count % INSTANCES), number,
			                           count };
		if (torture_send(member->writers[i], &kinds[i], &identity, count % 2) ==
		    TERN_OK)
			member->written[i] = count;
	}
}

/* ---- honest ones --------------------------------------------------------------------------- */

static bool is_from(const struct tern_sample *sample, const struct tern_guid *writer)
{
	return memcmp(&sample->info.writer, writer, sizeof *writer) == 0;
}

/* All of it is read, whoever wrote it; what the other citizen wrote must be right. */
static void take_all(struct member *member, struct town *town, int self)
{
	const int other = 1 - self;
	struct tern_sample *samples;
	struct identity identity;
	int32_t count;

	for (size_t i = 0; i < KINDS; i++) {
		count = tern_reader_take(member->readers[i], 64, &samples);
		for (int32_t j = 0; j < count; j++) {
			if (!samples[j].info.valid_data)
				continue;
			const char *wrong =
				torture_examine(&kinds[i], samples[j].data, &identity);
			if (!is_from(&samples[j], &town->writers[other][i]))
				continue;
			if (wrong)
				torture_fail(&town->cells[self], "%s: %s", kinds[i].name,
				             wrong);
			atomic_fetch_add(&town->from_each_other, 1);
		}
		if (count > 0)
			tern_reader_return(member->readers[i], samples);
	}
}

static void live(struct town *town, int self)
{
	const struct timespec a_while = { .tv_nsec = MS_NS / 2 };
	struct member member = { 0 };

	if (!join(&member))
		torture_fail(&town->cells[self], "join: %s", tern_error_text());
	for (size_t i = 0; i < KINDS; i++)
		town->writers[self][i] = tern_writer_guid(member.writers[i]);
	while (!atomic_load(&town->is_over)) {
		write_all(&member, (uint32_t)self + 1);
		take_all(&member, town, self);
		atomic_fetch_add(&town->cells[self].heartbeat, 1);
		nanosleep(&a_while, NULL);
	}
	if (tern_participant_destroy(member.participant) < 0)
		torture_fail(&town->cells[self], "leave: %s", tern_error_text());
}

/* ---- the hostile one ----------------------------------------------------------------------- */

struct memory {
	uint64_t *words;
	size_t count;
};

/* What it may write of a kind of files: its own data is mapped so, the rest is opened. */
static size_t find_mapped(const char *kind, struct memory *ret_memory)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], access[8];
	uint64_t begin, end;
	size_t found = 0;

	while (maps && fgets(line, sizeof line, maps) && found < MAPPINGS_MAX)
		if (strstr(line, kind) &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &begin, &end, access) ==
		            3 &&
		    access[1] == 'w')
			ret_memory[found++] = (struct memory){
				(uint64_t *)(uintptr_t)begin,
				(end - begin) / sizeof(uint64_t),
			};
	if (maps)
		fclose(maps);
	return found;
}

static size_t find_files(const char *directory, const char *kind,
                         struct memory *ret_memory)
{
	DIR *files = opendir(directory);
	struct dirent *entry;
	struct stat status;
	size_t found = 0;

	while (files && (entry = readdir(files)) && found < MAPPINGS_MAX) {
		int fd = strstr(entry->d_name, kind)
		                 ? openat(dirfd(files), entry->d_name, O_RDWR | O_CLOEXEC)
		                 : -1;
		if (fd < 0 || fstat(fd, &status) != 0)
			continue;
		void *memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE,
		                    MAP_SHARED, fd, 0);
		close(fd);
		if (memory != MAP_FAILED)
			ret_memory[found++] =
				(struct memory){ memory, (size_t)status.st_size /
				                                 sizeof(uint64_t) };
	}
	if (files)
		closedir(files);
	return found;
}

/* Values that lead far astray, and values that nearly are right. */
static uint64_t bad_value(uint64_t *random, uint64_t before)
{
	switch (torture_random(random) % 6) {
	case 0:
		return torture_random(random);
	case 1:
		return before ^ UINT64_C(1) << torture_random(random) % 64;
	case 2:
		return before + torture_random(random) % 256 - 128;
	case 3:
		return torture_random(random) % 65536;
	case 4:
		return UINT64_MAX - torture_random(random) % 65536;
	default:
		return 0;
	}
}

static void scribble(const struct memory *memory, uint64_t *random)
{
	/* Heads of files have more meaning than what lies behind. */
	size_t range =
		torture_random(random) % 2 && memory->count > 4096 ? 4096 : memory->count;
	volatile uint64_t *word = &memory->words[torture_random(random) % range];

	if (*word != 0 || torture_random(random) % 4 == 0)
		*word = bad_value(random, *word);
}

static void do_harm(enum target target, const char *directory, uint64_t seed)
{
	static const char *const names[TARGETS] = { ".data", ".bells", ".registry" };
	static struct memory memory[MAPPINGS_MAX];
	const struct timespec a_while = { .tv_nsec = MS_NS / 4 };
	struct member member = { 0 };
	uint64_t random = seed;

	if (!join(&member))
		_exit(0); /* after harm to the registry, for example */
	for (int i = 0; i < 20; i++) {
		write_all(&member, CITIZENS + 1);
		nanosleep(&a_while, NULL);
	}
	size_t found = target == OWN_DATA ? find_mapped(names[target], memory)
	                                  : find_files(directory, names[target], memory);
	if (found == 0)
		_exit(0);
	for (int i = 0;; i++) {
		for (uint64_t harm = torture_random(&random) % 40; harm > 0; harm--)
			scribble(&memory[torture_random(&random) % found], &random);
		if (i % 8 == 0)
			write_all(&member, CITIZENS + 1); /* may well be its end */
		nanosleep(&a_while, NULL);
	}
}

/* ---- the test ------------------------------------------------------------------------------ */

static pid_t citizens[CITIZENS];
static char directory[64];
static uint64_t harms;

__attribute__((noreturn)) static void give_up(const struct town *town, int i,
                                              const char *what)
{
	fprintf(stderr, "FAILED: an honest process %s %s\nits files stay in %s\n", what,
	        town->cells[i].failure, directory);
	for (i = 0; i < CITIZENS; i++)
		if (citizens[i] > 0)
			kill(citizens[i], SIGKILL);
	exit(1);
}

static void look_after(const struct town *town)
{
	static uint64_t heartbeats[CITIZENS];
	static int64_t since_ns[CITIZENS];
	int status;

	for (int i = 0; i < CITIZENS; i++) {
		uint64_t heartbeat = atomic_load(&town->cells[i].heartbeat);
		if (waitpid(citizens[i], &status, WNOHANG) == citizens[i]) {
			fprintf(stderr, "wait status %#x\n", (unsigned)status);
			give_up(town, i, "crashed or gave up");
		}
		if (heartbeat != heartbeats[i] || since_ns[i] == 0) {
			heartbeats[i] = heartbeat;
			since_ns[i] = now_ns();
		} else if (now_ns() - since_ns[i] > STALL_NS) {
			give_up(town, i, "hangs");
		}
	}
}

static void let_pass(const struct town *town, int64_t length_ns)
{
	const struct timespec tick = { .tv_nsec = 2 * MS_NS };
	int64_t end_ns = now_ns() + length_ns;

	while (now_ns() < end_ns) {
		nanosleep(&tick, NULL);
		look_after(town);
	}
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void invite(const struct town *town, enum target target, uint64_t *random)
{
	uint64_t seed = torture_random(random);
	pid_t pid = start();

	if (pid == 0) {
		/* What becomes of it is of no interest. */
		if (!freopen("/dev/null", "w", stderr))
			_exit(0);
		do_harm(target, directory, seed);
	}
	let_pass(town, 20 * MS_NS + (int64_t)(torture_random(random) % HOSTILE_MAX_NS));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	harms++;
}

static void remove_directory(void)
{
	DIR *files = opendir(directory);
	struct dirent *entry;

	while (files && (entry = readdir(files)))
		unlinkat(dirfd(files), entry->d_name, 0);
	if (files)
		closedir(files);
	rmdir(directory);
}

static void run_round(struct town *town, bool with_registry, uint64_t *random)
{
	int status;

	strcpy(directory, "/dev/shm/tern-hostile-XXXXXX");
	if (!mkdtemp(directory)) {
		perror(directory);
		exit(1);
	}
	setenv("TERN_SHM_DIR", directory, 1);
	atomic_store(&town->is_over, false);
	for (int i = 0; i < CITIZENS; i++) {
		citizens[i] = start();
		if (citizens[i] == 0) {
			live(town, i);
			exit(0);
		}
	}
	let_pass(town, 50 * MS_NS);
	for (int i = 0; i < HOSTILE_PER_ROUND; i++)
		invite(town,
		       with_registry && i == HOSTILE_PER_ROUND - 1
		               ? REGISTRY
		               : (enum target)(torture_random(random) % REGISTRY),
		       random);
	let_pass(town, 50 * MS_NS);
	atomic_store(&town->is_over, true);
	for (int i = 0; i < CITIZENS; i++) {
		alarm(60); /* who cannot leave hangs */
		if (waitpid(citizens[i], &status, 0) != citizens[i] || status != 0) {
			fprintf(stderr, "wait status %#x\n", (unsigned)status);
			give_up(town, i, "could not leave");
		}
		alarm(0);
	}
	remove_directory();
}

int main(int argc, char **argv)
{
	int64_t end_ns =
		now_ns() + (argc > 1 ? strtol(argv[1], NULL, 10) : 10) * SECOND_NS;
	uint64_t random = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)now_ns();
	struct town *town = mmap(NULL, sizeof *town, PROT_READ | PROT_WRITE,
	                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	printf("seed %llu\n", (unsigned long long)random);
	fflush(stdout);
	if (town == MAP_FAILED)
		return 1;
	setenv("TERN_TRANSPORTS", "shm", 1);
	for (uint64_t round = 0; now_ns() < end_ns; round++)
		run_round(town, round % 2, &random);
	uint64_t samples = atomic_load(&town->from_each_other);
	printf("%llu hostile processes; the honest ones took %llu samples from each other\n",
	       (unsigned long long)harms, (unsigned long long)samples);
	return samples == 0;
}
