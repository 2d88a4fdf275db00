/* The flight demo as a whole, as a newcomer starts it: what it prints, what it returns,
 * and that it leaves nothing behind. With a second host as root, on loopback always. */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "netns.h"
#include "suite.h"
#include "ulog_file.h"

#define TOPICS 15
#define TIMEOUT_NS (90 * SUITE_SECOND_NS)
#define ARGUMENTS_MAX 8

/* One line of the table that the demo prints at its end. */
struct row {
	char topic[64];
	bool is_reliable;
	uint64_t published;
	uint64_t here;
	uint64_t ground; /* UINT64_MAX: no second host */
	uint64_t lost;
};

struct run {
	struct child child;
	int exit_code;
	struct row rows[TOPICS];
	int row_count;
};

static bool with_ground;

static void start(struct run *run, const char *const arguments[])
{
	char *argv[ARGUMENTS_MAX + 4] = { "demo", (char *)suite_build_path("") };
	int count = 2;

	*run = (struct run){ 0 };
	if (!with_ground)
		argv[count++] = "--no-ground";
	for (int i = 0; arguments[i]; i++)
		argv[count++] = (char *)arguments[i];
	CU_ASSERT_TRUE_FATAL(child_start(
		&run->child, suite_source_path("examples/flight/demo"), argv, NULL));
}

static void parse_row(struct run *run, const char *line)
{
	struct row *row = &run->rows[run->row_count];
	char ground[32];

	if (run->row_count == TOPICS)
		return;
	row->is_reliable =
		sscanf(line, " %63s reliable %" SCNu64 " %" SCNu64 " %31s %" SCNu64,
	               row->topic, &row->published, &row->here, ground, &row->lost) == 5;
	if (!row->is_reliable &&
	    sscanf(line, " %63s best effort %" SCNu64 " %" SCNu64 " %31s %" SCNu64,
	           row->topic, &row->published, &row->here, ground, &row->lost) != 5)
		return;
	row->ground = strcmp(ground, "-") == 0 ? UINT64_MAX : strtoull(ground, NULL, 10);
	run->row_count++;
}

static void finish(struct run *run)
{
	run->exit_code = child_wait(&run->child, TIMEOUT_NS);
	for (char *line = run->child.text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		parse_row(run, line);
		if (!*line)
			break;
	}
}

static void tell(const struct run *run)
{
	fprintf(stderr, "exit code %d, output:\n%s\n", run->exit_code, run->child.text);
}

static bool printed(const struct run *run, const char *text)
{
	bool found = run->child.text && strstr(run->child.text, text);

	if (!found) {
		fprintf(stderr, "wanted: %s\n", text);
		tell(run);
	}
	return found;
}

/* Every topic arrived everywhere, and reliable ones whole. */
static void check_table(const struct run *run)
{
	bool is_good = run->exit_code == 0 && run->row_count == TOPICS;

	for (int i = 0; i < run->row_count; i++) {
		const struct row *row = &run->rows[i];
		uint64_t ground = with_ground ? row->ground : row->published;

		is_good &= row->published > 0 && row->here > 0 && ground > 0;
		is_good &= (row->ground != UINT64_MAX) == with_ground;
		if (row->is_reliable)
			is_good &= row->lost == 0 && row->here == row->published &&
			           ground == row->published;
	}
	is_good &= printed(run, "Reliable topics lost 0");
	is_good &= printed(run, "received twice: 0.");
	is_good &= printed(run, with_ground ? "by shm here, and by dds on ground"
	                                    : "by shm here");
	if (!is_good)
		tell(run);
	CU_ASSERT_TRUE(is_good);
}

static uint64_t published(const struct run *run)
{
	uint64_t sum = 0;

	for (int i = 0; i < run->row_count; i++)
		sum += run->rows[i].published;
	return sum;
}

static void simulated(void)
{
	struct run run;

	start(&run, (const char *const[]){ "--duration", "3", NULL });
	finish(&run);
	check_table(&run);
	/* 3 s at the rates of a real autopilot */
	CU_ASSERT_TRUE(published(&run) > 2700 && published(&run) < 2900);
	child_stop(&run.child);
}

static void as_fast_as_possible(void)
{
	struct run run;

	start(&run, (const char *const[]){ "--rate", "max", NULL });
	finish(&run);
	check_table(&run);
	CU_ASSERT_TRUE(published(&run) > 18000);
	child_stop(&run.child);
}

static void real_flight(void)
{
	const char *path = suite_source_path("../shared/data/flight.ulg");
	struct run run;

	if (access(path, R_OK) != 0) {
		fprintf(stderr, "(no %s here: the real flight is not tested)\n", path);
		return;
	}
	start(&run, (const char *const[]){ path, "--rate", "max", NULL });
	finish(&run);
	check_table(&run);
	CU_ASSERT_EQUAL(published(&run), 64542);
	child_stop(&run.child);
}

/* Ten attitudes at 100 Hz, then damage, then five more, the last one cut. */
static struct ulog_file damaged_flight(void)
{
	struct ulog_file file = ulog_file_begin(1000);
	uint8_t sample[36] = { 0 };

	ulog_file_format(&file, "vehicle_attitude:uint64_t timestamp;float rollspeed;"
	                        "float pitchspeed;float yawspeed;float[4] q;");
	ulog_file_topic(&file, 0, 3, "vehicle_attitude");
	for (uint64_t i = 1; i <= 15; i++) {
		uint64_t timestamp_us = 1000 + i * 10000;

		memcpy(sample, &timestamp_us, 8);
		ulog_file_sample(&file, 3, sample, sizeof sample);
		if (i == 10)
			ulog_file_append(&file, "\xff\xff\xff\xff\xff", 5);
	}
	file.size_bytes -= 7;
	return file;
}

static void damaged(void)
{
	struct ulog_file file = damaged_flight();
	struct run run;

	start(&run, (const char *const[]){ ulog_file_save(&file), NULL });
	finish(&run);
	CU_ASSERT_EQUAL(run.exit_code, 0);
	CU_ASSERT_EQUAL(published(&run), 14);
	CU_ASSERT_EQUAL(run.rows[0].here, 14);
	CU_ASSERT_TRUE(printed(&run, ": 5 bytes cannot be read; going on at offset"));
	CU_ASSERT_TRUE(printed(&run, "inside a message of 41 bytes"));
	CU_ASSERT_TRUE(printed(&run, "its end is missing"));
	child_stop(&run.child);
	ulog_file_fini(&file);
}

static void not_a_log(void)
{
	struct ulog_file file = ulog_file_begin(0);
	struct run run;

	file.bytes[0] = 'X';
	start(&run, (const char *const[]){ ulog_file_save(&file), NULL });
	finish(&run);
	CU_ASSERT_EQUAL(run.exit_code, 1);
	CU_ASSERT_TRUE(printed(&run, "not a ULog file: offset 0 holds 0x58"));
	child_stop(&run.child);
	ulog_file_fini(&file);
}

/* Whichever of its processes a loaded machine lets run late: the demo says why it ends. */
static void late_process(void)
{
	enum { FORKS = 8 }; /* as many as the script needs until it ends, or more */
	struct ulog_file file = ulog_file_begin(0);
	char *path, number[12];

	file.bytes[0] = 'X';
	path = (char *)ulog_file_save(&file);
	char *argv[] = { "bash",
		         (char *)suite_source_path("examples/flight/demo"),
		         (char *)suite_build_path(""),
		         "--no-ground",
		         path,
		         NULL };
	setenv("LD_PRELOAD", LATE_FORK_PATH, 1);
	for (int i = 1; i <= FORKS; i++) {
		struct run run = { 0 };

		snprintf(number, sizeof number, "%d", i);
		setenv("LATE_FORK", number, 1);
		CU_ASSERT_TRUE_FATAL(child_start(&run.child, "/bin/bash", argv, NULL));
		finish(&run);
		CU_ASSERT_EQUAL(run.exit_code, 1);
		CU_ASSERT_TRUE(printed(&run, "not a ULog file: offset 0 holds 0x58"));
		child_stop(&run.child);
	}
	unsetenv("LD_PRELOAD");
	unsetenv("LATE_FORK");
	ulog_file_fini(&file);
}

static void bad_arguments(void)
{
	static const char *const cases[][3] = {
		{ "--rate", "fast" },          { "--duration", "-1" },
		{ "--domain", "233" },         { "--loops", "2" },
		{ "/nonexistent/flight.ulg" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run run;

		start(&run, cases[i]);
		finish(&run);
		CU_ASSERT_TRUE(run.exit_code == 1 || run.exit_code == 2);
		child_stop(&run.child);
	}
}

static int count_entries(const char *directory)
{
	DIR *stream = opendir(directory);
	int count = 0;

	while (stream && readdir(stream))
		count++;
	if (stream)
		closedir(stream);
	return count - 2; /* without "." and ".." */
}

/* Stopped in mid-flight it ends soon, and its scratch files are gone. */
static void stopped(void)
{
	char scratch[] = "/tmp/tern_test_XXXXXX";
	struct run run;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(scratch));
	setenv("TMPDIR", scratch, 1);
	start(&run, (const char *const[]){ NULL });
	unsetenv("TMPDIR");
	CU_ASSERT_PTR_NOT_NULL(child_wait_line(&run.child, "deck:  ", TIMEOUT_NS));
	CU_ASSERT_TRUE(count_entries(scratch) > 0);
	child_signal(&run.child, SIGTERM);
	run.exit_code = child_wait(&run.child, 20 * SUITE_SECOND_NS);
	CU_ASSERT_TRUE(run.exit_code > 0);
	CU_ASSERT_EQUAL(count_entries(scratch), 0);
	child_stop(&run.child);
	rmdir(scratch);
}

static const struct suite_test tests[] = {
	{ "a_simulated_flight_arrives_whole", simulated },
	{ "at_full_speed_reliable_topics_lose_nothing", as_fast_as_possible },
	{ "the_real_flight_arrives_whole_at_full_speed", real_flight },
	{ "of_a_damaged_flight_all_that_is_readable_arrives", damaged },
	{ "what_is_no_flight_is_refused_with_the_offset", not_a_log },
	{ "whichever_process_is_late_it_says_why_it_ends", late_process },
	{ "wrong_arguments_are_refused", bad_arguments },
	{ "stopped_in_mid_flight_it_leaves_nothing_behind", stopped },
};

/* "ground" as the first argument: with the second host. */
int main(int argc, char **argv)
{
	with_ground = argc > 1 && strcmp(argv[1], "ground") == 0;
	if (with_ground) {
		netns_need_root();
		argv[1] = argv[0];
		argv++;
		argc--;
	}
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
