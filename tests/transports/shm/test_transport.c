/* The transport as programs see it: what it costs, what it leaves behind, and what becomes of it
 * when memory is short, files vanish, peers are killed, and processes fork. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "routing.h"
#include "suite.h"

#define WAIT_NS (20 * SUITE_SECOND_NS)
#define DIRECTORY "/dev/shm/transport"

static struct tern_participant *bus;
static struct tern_writer *writer;
static struct tern_reader *reader;

#define OK(call) CU_ASSERT_EQUAL_FATAL((call), TERN_OK)

static void begin(const char *transports, uint32_t domain_id)
{
	setenv("TERN_TRANSPORTS", transports, 1);
	OK(tern_participant_create(domain_id, NULL, &bus));
}

static void end(void)
{
	OK(tern_participant_destroy(bus));
	bus = NULL;
}

static struct tern_qos reliable(struct tern_qos qos)
{
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	return qos;
}

static void make_writer(void)
{
	const struct tern_qos qos = reliable(tern_qos_writer_default());

	OK(tern_writer_create(bus, "steps", &routing_Step_type, &qos, &writer));
}

static void make_reader(void)
{
	const struct tern_qos qos = reliable(tern_qos_reader_default());

	OK(tern_reader_create(bus, "steps", &routing_Step_type, &qos, &reader));
}

/* ---- the other process ------------------------------------------------------------------- */

static bool says(struct child *peer, const char *wanted)
{
	const char *line = child_wait_line(peer, "answer: ", 60 * SUITE_SECOND_NS);

	if (line && strcmp(line, wanted) == 0)
		return true;
	printf("\n    wanted \"%s\", got \"%s\"", wanted, line ? line : "(nothing)");
	return false;
}

static bool does(struct child *peer, const char *line)
{
	return child_send_line(peer, line) && says(peer, "ok");
}

static void start(struct child *peer)
{
	char *argv[] = { "shm_routing_peer", NULL };

	CU_ASSERT_TRUE_FATAL(child_start(
		peer, suite_build_path("tests/transports/shm/shm_routing_peer"), argv,
		NULL));
	CU_ASSERT_TRUE_FATAL(says(peer, "ok"));
}

static void kill_it(struct child *peer)
{
	child_signal(peer, SIGKILL);
	child_stop(peer);
}

static void end_it(struct child *peer)
{
	CU_ASSERT_TRUE(child_send_line(peer, "bye"));
	CU_ASSERT_EQUAL(child_wait(peer, WAIT_NS), 0);
	child_stop(peer);
}

static void write_steps(uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i <= to; i++) {
		const routing_Step step = { 7, i };
		OK(tern_writer_write(writer, &step));
	}
}

/* ---- looking ----------------------------------------------------------------------------- */

static unsigned count_entries(const char *path)
{
	DIR *directory = opendir(path);
	unsigned count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

static unsigned count_sockets(void)
{
	DIR *directory = opendir("/proc/self/fd");
	char path[300], target[64];
	unsigned count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
		ssize_t length = readlink(path, target, sizeof target - 1);
		count += length > 7 && strncmp(target, "socket:", 7) == 0;
	}
	closedir(directory);
	return count;
}

static char log_text[4096];

static void log_keep(tern_log_level level, const char *text, void *context)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)context;
	snprintf(log_text + used, sizeof log_text - used, "%s\n", text);
}

static bool is_unmatched(void *context)
{
	(void)context;
	return tern_writer_publication_matched(writer).current == 0;
}

/* ---- tests ------------------------------------------------------------------------------- */

static void it_uses_no_socket_and_no_thread(void)
{
	struct child peer;
	unsigned sockets = count_sockets(), threads = count_entries("/proc/self/task");

	start(&peer);
	begin("local,shm", 0);
	make_writer();
	CU_ASSERT_TRUE(does(&peer, "reader r"));
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	write_steps(1, 100);
	CU_ASSERT_TRUE(does(&peer, "told r 7 100"));
	CU_ASSERT_EQUAL(count_sockets(), sockets);
	CU_ASSERT_EQUAL(count_entries("/proc/self/task"), threads);
	end();
	end_it(&peer);
	CU_ASSERT_EQUAL(count_entries(DIRECTORY), 0);
}

static void who_is_killed_is_missed_and_leaves_nothing(void)
{
	struct child peer;

	begin("local,shm", 0);
	make_writer();
	for (int i = 1; i <= 20; i++) {
		start(&peer);
		CU_ASSERT_TRUE_FATAL(does(&peer, "reader r"));
		OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
		write_steps((uint64_t)i * 600, (uint64_t)i * 600 + 500);
		kill_it(&peer);
		/* Full of what the dead did not read, the ring holds nobody back. */
		write_steps((uint64_t)i * 600 + 501, (uint64_t)i * 600 + 599);
		CU_ASSERT_TRUE(suite_wait_until(is_unmatched, NULL, WAIT_NS));
	}
	CU_ASSERT_EQUAL(count_entries(DIRECTORY), 3); /* registry, data, bells */
	end();
	CU_ASSERT_EQUAL(count_entries(DIRECTORY), 0);
}

static void what_a_dead_writer_wrote_is_read_to_the_end(void)
{
	struct tern_sample *samples;
	struct child peer;
	uint64_t taken = 0;

	begin("local,shm", 0);
	make_reader();
	start(&peer);
	CU_ASSERT_TRUE_FATAL(does(&peer, "writer w 7"));
	OK(tern_reader_wait_matched(reader, 1, WAIT_NS));
	CU_ASSERT_TRUE(does(&peer, "matched w 1"));
	CU_ASSERT_TRUE(child_send_line(&peer, "burst w 200") && says(&peer, "ok 200"));
	kill_it(&peer);
	OK(tern_reader_wait(reader, WAIT_NS));
	for (int32_t n; (n = tern_reader_take(reader, 64, &samples)) > 0;) {
		for (int32_t i = 0; i < n; i++)
			taken += samples[i].info.valid_data;
		tern_reader_return(reader, samples);
	}
	CU_ASSERT_EQUAL(taken, 200);
	end();
}

static void domains_do_not_hear_each_other(void)
{
	struct tern_participant *other;
	struct child peer;

	start(&peer);
	CU_ASSERT_TRUE(does(&peer, "reader r"));
	begin("local,shm", 0);
	OK(tern_participant_create(1, NULL, &other));
	struct tern_writer *elsewhere;
	const struct tern_qos qos = reliable(tern_qos_writer_default());
	OK(tern_writer_create(other, "steps", &routing_Step_type, &qos, &elsewhere));
	make_writer();
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	CU_ASSERT_EQUAL(tern_writer_publication_matched(elsewhere).current, 0);
	OK(tern_participant_destroy(other));
	end();
	end_it(&peer);
}

static void small_begin(const char *options)
{
	CU_ASSERT_EQUAL_FATAL(mkdir("/dev/shm/small", 0700), 0);
	CU_ASSERT_EQUAL_FATAL(mount("tmpfs", "/dev/shm/small", "tmpfs", 0, options), 0);
	setenv("TERN_SHM_DIR", "/dev/shm/small", 1);
	log_text[0] = '\0';
	tern_log_set_sink(log_keep, NULL);
}

static void small_end(void)
{
	tern_log_set_sink(NULL, NULL);
	setenv("TERN_SHM_DIR", DIRECTORY, 1);
	CU_ASSERT_EQUAL(count_entries("/dev/shm/small"), 0);
	CU_ASSERT_EQUAL(umount("/dev/shm/small"), 0);
	CU_ASSERT_EQUAL(rmdir("/dev/shm/small"), 0);
}

static void without_room_it_says_so_and_others_go_on(void)
{
	small_begin("size=64k,mode=700");
	begin("local,shm", 0);
	OK(tern_participant_wait_started(bus, WAIT_NS));
	CU_ASSERT_PTR_NOT_NULL(strstr(log_text, "shm transport does not run"));
	make_writer();
	make_reader();
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	end();
	begin("shm", 0);
	CU_ASSERT_EQUAL(tern_participant_wait_started(bus, WAIT_NS), TERN_EIO);
	end();
	small_end();
}

static void fill(const char *path)
{
	static const char zeros[4096];
	FILE *file = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	setvbuf(file, NULL, _IONBF, 0);
	while (fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros)
		;
	fclose(file);
}

static void who_cannot_announce_leaves_and_says_so(void)
{
	const struct tern_qos qos = reliable(tern_qos_reader_default());
	struct tern_reader *readers[4000];
	int count = 0;
	struct child peer;

	small_begin("size=4m,mode=700");
	start(&peer);
	CU_ASSERT_TRUE(does(&peer, "reader r"));
	begin("local,shm", 0);
	make_writer();
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	CU_ASSERT_TRUE(does(&peer, "matched r 1"));
	fill("/dev/shm/small/full");
	while (count < 4000 && !strstr(log_text, "leaves shared memory")) {
		OK(tern_reader_create(bus, "others", &routing_Step_type, &qos,
		                      &readers[count++]));
		CU_ASSERT_EQUAL(tern_reader_subscription_matched(readers[0]).current, 0);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(log_text, "leaves shared memory"));
	/* Both ends know. What is local goes on. */
	CU_ASSERT_TRUE(does(&peer, "matched r 0"));
	CU_ASSERT_TRUE(suite_wait_until(is_unmatched, NULL, WAIT_NS));
	make_reader();
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	write_steps(1, 10);
	OK(tern_reader_wait(reader, WAIT_NS));
	end_it(&peer);
	end();
	CU_ASSERT_EQUAL(remove("/dev/shm/small/full"), 0);
	small_end();
}

static bool has_told_of_files(void *context)
{
	(void)context;
	(void)tern_writer_publication_matched(writer);
	return strstr(log_text, "RemoveIPC") != NULL;
}

static void when_files_vanish_pairs_go_on_and_it_is_told(void)
{
	struct child peer;

	log_text[0] = '\0';
	tern_log_set_sink(log_keep, NULL);
	start(&peer);
	CU_ASSERT_TRUE(does(&peer, "reader r"));
	begin("local,shm", 0);
	make_writer();
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	CU_ASSERT_EQUAL(system("rm -r " DIRECTORY), 0);
	CU_ASSERT_TRUE(suite_wait_until(has_told_of_files, NULL, WAIT_NS));
	write_steps(1, 1000);
	CU_ASSERT_TRUE(does(&peer, "told r 7 1000"));
	end();
	end_it(&peer);
	tern_log_set_sink(NULL, NULL);
}

/* @return 0: what the child may not do failed, cleanly */
static int child_of_fork(void)
{
	const routing_Step step = { 7, 1 };
	struct tern_sample *samples;
	struct tern_writer *other;
	const struct tern_qos qos = reliable(tern_qos_writer_default());

	if (tern_writer_write(writer, &step) >= 0)
		return 1;
	if (tern_reader_take(reader, 1, &samples) > 0)
		return 2;
	(void)tern_writer_publication_matched(writer);
	if (tern_writer_create(bus, "others", &routing_Step_type, &qos, &other) < 0)
		return 3;
	return 0;
}

static void a_child_of_fork_cannot_disturb_its_parent(void)
{
	struct child peer;
	int status = -1;

	start(&peer);
	CU_ASSERT_TRUE(does(&peer, "reader r"));
	begin("shm", 0);
	make_writer();
	make_reader();
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	CU_ASSERT_TRUE(does(&peer, "writer w 9"));
	OK(tern_reader_wait_matched(reader, 1, WAIT_NS));
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_of_fork());
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	write_steps(1, 1000);
	CU_ASSERT_TRUE(does(&peer, "told r 7 1000"));
	CU_ASSERT_TRUE(child_send_line(&peer, "burst w 50") && says(&peer, "ok 50"));
	/* It is the parent whose life the kernel tells of. */
	end();
	CU_ASSERT_TRUE(does(&peer, "matched r 1")); /* its own writer */
	end_it(&peer);
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "it_uses_no_socket_and_no_thread", it_uses_no_socket_and_no_thread },
		{ "who_is_killed_is_missed_and_leaves_nothing",
		  who_is_killed_is_missed_and_leaves_nothing },
		{ "what_a_dead_writer_wrote_is_read_to_the_end",
		  what_a_dead_writer_wrote_is_read_to_the_end },
		{ "domains_do_not_hear_each_other", domains_do_not_hear_each_other },
		{ "without_room_it_says_so_and_others_go_on",
		  without_room_it_says_so_and_others_go_on },
		{ "who_cannot_announce_leaves_and_says_so",
		  who_cannot_announce_leaves_and_says_so },
		{ "when_files_vanish_pairs_go_on_and_it_is_told",
		  when_files_vanish_pairs_go_on_and_it_is_told },
		{ "a_child_of_fork_cannot_disturb_its_parent",
		  a_child_of_fork_cannot_disturb_its_parent },
	};

	netns_isolate();
	setenv("TERN_SHM_DIR", DIRECTORY, 1);
	setenv("TERN_TRANSPORTS", "local,shm", 1);
	return SUITE_RUN(argc, argv, tests);
}
