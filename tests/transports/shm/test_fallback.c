/* From shared memory to DDS, when there is no room any more: what programs notice of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "routing.h"
#include "suite.h"

#define WAIT_NS (60 * SUITE_SECOND_NS)
#define DIRECTORY "/dev/shm/small"
#define FULL DIRECTORY "/full"

#define OK(call) CU_ASSERT_EQUAL_FATAL((call), TERN_OK)

static struct tern_participant *bus;
static struct tern_writer *writer;
static char log_text[8192];

static void log_keep(tern_log_level level, const char *text, void *context)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)context;
	snprintf(log_text + used, sizeof log_text - used, "%s\n", text);
}

static void begin(void)
{
	log_text[0] = '\0';
	tern_log_set_sink(log_keep, NULL);
	setenv("TERN_TRANSPORTS", "local,shm,dds", 1);
	OK(tern_participant_create(0, NULL, &bus));
	OK(tern_participant_wait_started(bus, WAIT_NS));
}

static void end(void)
{
	OK(tern_participant_destroy(bus));
	CU_ASSERT_EQUAL(remove(FULL), 0);
	tern_log_set_sink(NULL, NULL);
}

static void fill(void)
{
	static const char zeros[4096];
	FILE *file = fopen(FULL, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	setvbuf(file, NULL, _IONBF, 0);
	while (fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros)
		;
	fclose(file);
}

/* ---- the other process --------------------------------------------------------------------- */

static bool says(struct child *peer, const char *wanted)
{
	const char *line = child_wait_line(peer, "answer: ", WAIT_NS);

	if (line && strcmp(line, wanted) == 0)
		return true;
	printf("\n    wanted \"%s\", got \"%s\"", wanted, line ? line : "(nothing)");
	return false;
}

static bool does(struct child *peer, const char *line)
{
	return child_send_line(peer, line) && says(peer, "ok");
}

static void start(struct child *peer, const char *transports)
{
	char *argv[] = { "shm_routing_peer", NULL };

	setenv("TERN_TRANSPORTS", transports, 1);
	CU_ASSERT_TRUE_FATAL(child_start(
		peer, suite_build_path("tests/transports/shm/shm_routing_peer"), argv,
		NULL));
	CU_ASSERT_TRUE_FATAL(says(peer, "ok"));
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

/* By which transport the writer serves its only reader; "": by none. */
static void note_path(const struct tern_pair_info *pair, void *context)
{
	const struct tern_guid guid = tern_writer_guid(writer);

	if (pair->matched && tern_guid_equal(&pair->writer, &guid))
		snprintf(context, 16, "%s", pair->transport);
}

static bool is_served_by(const char *transport)
{
	char path[16] = "";
	const struct tern_visitor visitor = { .pair = note_path, .context = path };

	tern_participant_visit(bus, &visitor);
	return strcmp(path, transport) == 0;
}

static bool is_served_by_dds(void *context)
{
	(void)context;
	return is_served_by("dds");
}

/* ---- tests --------------------------------------------------------------------------------- */

static void a_transient_local_writer_goes_on_and_all_get_its_history(void)
{
	enum { STEPS = 20000 };
	struct tern_qos qos = tern_qos_writer_default();
	struct child remote, late;

	begin();
	qos.reliability = TERN_RELIABLE;
	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.history = TERN_KEEP_ALL;
	qos.max_blocking_time_ns = WAIT_NS;
	OK(tern_writer_create(bus, "steps", &routing_Step_type, &qos, &writer));
	start(&remote, "local,dds"); /* as one on another host */
	CU_ASSERT_TRUE_FATAL(does(&remote, "late r"));
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	fill();
	write_steps(1, STEPS);
	CU_ASSERT_TRUE(does(&remote, "told r 7 20000"));
	CU_ASSERT_PTR_NOT_NULL(strstr(log_text, "gives up its place"));
	/* One that could share memory gets all the same. */
	CU_ASSERT_EQUAL(remove(FULL), 0);
	start(&late, "local,shm,dds");
	CU_ASSERT_TRUE_FATAL(does(&late, "late r"));
	CU_ASSERT_TRUE(does(&late, "told r 7 20000"));
	end_it(&late);
	end_it(&remote);
	fill();
	end();
}

/* Less than what a process that is not seen in shared memory is waited for. */
#define AT_ONCE_NS (12 * SUITE_SECOND_NS)

static void who_left_is_served_by_dds_at_once(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_reader *readers[4000];
	struct child peer;
	int count = 0;

	begin();
	qos.reliability = TERN_RELIABLE;
	OK(tern_writer_create(bus, "steps", &routing_Step_type, &qos, &writer));
	start(&peer, "local,shm,dds");
	CU_ASSERT_TRUE_FATAL(does(&peer, "reader r"));
	CU_ASSERT_TRUE_FATAL(does(&peer, "settle"));
	OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	CU_ASSERT_FALSE(is_served_by_dds(NULL));
	fill();
	while (count < 4000 && !strstr(log_text, "leaves shared memory")) {
		OK(tern_reader_create(bus, "others", &routing_Step_type, NULL,
		                      &readers[count++]));
		CU_ASSERT_EQUAL(tern_reader_subscription_matched(readers[0]).current, 0);
	}
	CU_ASSERT_TRUE(suite_wait_until(is_served_by_dds, NULL, AT_ONCE_NS));
	CU_ASSERT_TRUE(does(&peer, "matched r 1"));
	write_steps(1, 100);
	CU_ASSERT_TRUE(does(&peer, "told r 7 100"));
	end_it(&peer);
	end();
}

static void write_as(struct tern_writer *by, uint32_t number, uint64_t count)
{
	OK(tern_writer_write(by, &(routing_Step){ number, count }));
}

static void one_writer_without_room_goes_by_dds_alone(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_writer *fitting, *large;
	int others = 0;
	struct child peer;

	begin();
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	qos.max_blocking_time_ns = WAIT_NS;
	OK(tern_writer_create(bus, "steps", &routing_Step_type, &qos, &fitting));
	start(&peer, "local,shm,dds");
	CU_ASSERT_TRUE_FATAL(does(&peer, "settle"));
	CU_ASSERT_TRUE_FATAL(does(&peer, "reader r"));
	OK(tern_writer_wait_matched(fitting, 1, WAIT_NS));
	/* It has its memory, then. */
	for (uint64_t i = 1; i <= 1000; i++)
		write_as(fitting, 1, i);
	CU_ASSERT_TRUE(does(&peer, "told r 1 1000"));
	fill();
	/* What was got before may have room for some more. */
	qos.history = TERN_KEEP_LAST;
	qos.history_depth = 2000;
	do {
		OK(tern_writer_create(bus, "steps", &routing_Step_type, &qos, &writer));
		OK(tern_writer_wait_matched(writer, 1, WAIT_NS));
	} while (!is_served_by("dds") && ++others < 400);
	CU_ASSERT_TRUE(is_served_by("dds"));
	large = writer;
	writer = fitting;
	CU_ASSERT_TRUE(is_served_by("shm"));
	for (uint64_t i = 1; i <= 1000; i++) {
		write_as(fitting, 1, 1000 + i);
		write_as(large, 2, i);
	}
	CU_ASSERT_TRUE(does(&peer, "told r 1 2000"));
	CU_ASSERT_TRUE(does(&peer, "told r 2 1000"));
	child_send_line(&peer, "judge r");
	CU_ASSERT_TRUE(says(&peer, "doubled 0 disordered 0"));
	CU_ASSERT_TRUE(is_served_by("shm"));
	end_it(&peer);
	end();
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "a_transient_local_writer_goes_on_and_all_get_its_history",
		  a_transient_local_writer_goes_on_and_all_get_its_history },
		{ "one_writer_without_room_goes_by_dds_alone",
		  one_writer_without_room_goes_by_dds_alone },
		{ "who_left_is_served_by_dds_at_once",
		  who_left_is_served_by_dds_at_once },
	};

	netns_isolate();
	setenv("CYCLONEDDS_URI",
	       "<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"
	       "</Interfaces></General>",
	       1);
	setenv("TERN_SHM_DIR", DIRECTORY, 1);
	if (mkdir(DIRECTORY, 0700) != 0 ||
	    mount("tmpfs", DIRECTORY, "tmpfs", 0, "size=4m,mode=700") != 0)
		suite_skip("no small tmpfs can be mounted here");
	return SUITE_RUN(argc, argv, tests);
}
