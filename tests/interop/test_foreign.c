/* Tern and a plain Cyclone DDS program, stock types of idlc and all, hear each other; what goes
 * over the wire is RTPS to Wireshark, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tern/tern.h>

#include "child.h"
#include "foreign.h"
#include "foreign_samples.h"
#include "netns.h"
#include "suite.h"

#define WAIT_NS (30 * SUITE_SECOND_NS)
#define SAMPLES 12

static struct tern_participant *bus;
static struct child peer;

static const struct tern_type *type_of(const char *kind)
{
	static const struct {
		const char *name;
		const struct tern_type *type;
	} types[] = {
		{ "Plain", &foreign_Plain_type },
		{ "Keyless", &foreign_Keyless_type },
		{ "Grown", &foreign_Grown_type },
		{ "Loose", &foreign_Loose_type },
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, kind) == 0)
			return types[i].type;
	return NULL;
}

static const char *ask(const char *line)
{
	CU_ASSERT_TRUE(child_send_line(&peer, line));
	const char *answer = child_wait_line(&peer, "answer: ", WAIT_NS);
	return answer ? answer : "(nothing)";
}

static void expect(const char *question, const char *wanted, int line)
{
	const char *answer = ask(question);
	bool good = strcmp(answer, wanted) == 0;
	if (!good)
		printf("\n    line %d: %s: wanted \"%s\", got \"%s\"", line, question,
		       wanted, answer);
	CU_assertImplementation(good, (unsigned)line, question, __FILE__, "", CU_FALSE);
}

#define EXPECT(question, wanted) expect((question), (wanted), __LINE__)

/* A topic of its own for each pair: an old one may still know an end that is gone. */
static const char *new_topic(const char *kind)
{
	static char name[64];
	static unsigned number;
	snprintf(name, sizeof name, "%s_%u", kind, ++number);
	return name;
}

/* ---- from Tern ------------------------------------------------------------------------ */

static tern_status send_from_tern(struct tern_writer *writer,
                                  const struct foreign_kind *kind,
                                  tern_status (*send)(struct tern_writer *, const void *),
                                  uint64_t number)
{
	const struct tern_type *type = type_of(kind->name);
	void *sample = tern_sample_create(type);
	kind->fill(sample, number);
	tern_status s = send(writer, sample);
	if (s < 0)
		printf("\n    %s", tern_error_text());
	tern_sample_destroy(type, sample);
	return s;
}

static void peer_receives(const char *name, uint32_t representations)
{
	const struct foreign_kind *kind = foreign_kind_find(name);
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_writer *writer;
	const char *topic = new_topic(name);
	char line[128];
	qos.history = TERN_KEEP_ALL;
	qos.autodispose_unregistered = false;
	qos.representations = representations;
	CU_ASSERT_EQUAL_FATAL(
		tern_writer_create(bus, topic, type_of(name), &qos, &writer), 0);
	snprintf(line, sizeof line, "reader %s %s", name, topic);
	EXPECT(line, "ok");
	CU_ASSERT_EQUAL_FATAL(tern_writer_wait_matched(writer, 1, WAIT_NS), TERN_OK);
	EXPECT("matched", "ok");
	for (uint64_t i = 0; i < SAMPLES; i++) {
		char wanted[32];
		CU_ASSERT_EQUAL(send_from_tern(writer, kind, tern_writer_write, i),
		                TERN_OK);
		snprintf(wanted, sizeof wanted, "ok %lluA", (unsigned long long)i);
		EXPECT("take 1", wanted);
	}
	if (kind->keyed) {
		CU_ASSERT_EQUAL(send_from_tern(writer, kind, tern_writer_dispose, 1),
		                TERN_OK);
		EXPECT("take 1", "ok key1D");
		CU_ASSERT_EQUAL(send_from_tern(writer, kind, tern_writer_unregister, 2),
		                TERN_OK);
		EXPECT("take 1", "ok key2N");
	}
	CU_ASSERT_EQUAL(tern_writer_wait_for_acknowledgments(writer, WAIT_NS), TERN_OK);
	EXPECT("delete", "ok");
	CU_ASSERT_EQUAL(tern_writer_destroy(writer), TERN_OK);
}

static void a_plain_program_receives_what_tern_writes(void)
{
	peer_receives("Plain", 0);
	peer_receives("Keyless", 0);
	peer_receives("Grown", 0);
	peer_receives("Loose", 0);
}

/* Enough of them that some share a datagram. */
#define STREAM_SAMPLES 2000

static void a_plain_program_receives_a_stream(void)
{
	static char wanted[STREAM_SAMPLES * 8];
	const struct foreign_kind *kind = foreign_kind_find("Keyless");
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_writer *writer;
	size_t length = 2;
	qos.history = TERN_KEEP_ALL;
	qos.max_blocking_time_ns = WAIT_NS;
	CU_ASSERT_EQUAL_FATAL(
		tern_writer_create(bus, "stream", type_of("Keyless"), &qos, &writer), 0);
	EXPECT("reader Keyless stream", "ok");
	CU_ASSERT_EQUAL_FATAL(tern_writer_wait_matched(writer, 1, WAIT_NS), TERN_OK);
	EXPECT("matched", "ok");
	memcpy(wanted, "ok", 3);
	for (uint64_t i = 0; i < STREAM_SAMPLES; i++) {
		CU_ASSERT_EQUAL(send_from_tern(writer, kind, tern_writer_write, i),
		                TERN_OK);
		length += (size_t)snprintf(wanted + length, sizeof wanted - length,
		                           " %lluA", (unsigned long long)i);
	}
	/* Here nobody waits for acknowledgments: the last of them leave by themselves. */
	char question[32];
	snprintf(question, sizeof question, "take %d", STREAM_SAMPLES);
	CU_ASSERT_STRING_EQUAL(ask(question), wanted);
	EXPECT("delete", "ok");
	CU_ASSERT_EQUAL(tern_writer_destroy(writer), TERN_OK);
}

static void a_final_type_goes_as_xcdr2_too(void)
{
	peer_receives("Plain", TERN_ACCEPT_XCDR2);
	peer_receives("Keyless", TERN_ACCEPT_XCDR2);
}

/* ---- to Tern -------------------------------------------------------------------------- */

static struct tern_reader *make_reader(const char *name, const char *topic)
{
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_reader *reader = NULL;
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	if (tern_reader_create(bus, topic, type_of(name), &qos, &reader) < 0)
		printf("\n    %s", tern_error_text());
	return reader;
}

static void expect_key(struct tern_reader *reader, const struct foreign_kind *kind,
                       int key, tern_instance_state state)
{
	struct tern_sample *sample;
	CU_ASSERT_EQUAL(tern_reader_wait(reader, WAIT_NS), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_reader_take(reader, 1, &sample), 1);
	CU_ASSERT_FALSE(sample->info.valid_data);
	CU_ASSERT_EQUAL(sample->info.instance_state, state);
	CU_ASSERT_EQUAL(kind->key(sample->data), key);
	tern_reader_return(reader, sample);
}

static void expect_sample(struct tern_reader *reader, const struct foreign_kind *kind,
                          uint64_t number)
{
	struct tern_sample *sample;
	CU_ASSERT_EQUAL(tern_reader_wait(reader, WAIT_NS), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_reader_take(reader, 1, &sample), 1);
	CU_ASSERT_TRUE(sample->info.valid_data);
	CU_ASSERT_EQUAL(kind->number(sample->data), number);
	CU_ASSERT_EQUAL(kind->key(sample->data),
	                kind->keyed ? (int)(number % FOREIGN_KEYS) : 0);
	const char *wrong = kind->check(sample->data, number);
	if (wrong)
		printf("\n    %s %llu: %s differs", kind->name,
		       (unsigned long long)number, wrong);
	CU_ASSERT_PTR_NULL(wrong);
	tern_reader_return(reader, sample);
}

static void tern_receives(const char *name, const char *option)
{
	const struct foreign_kind *kind = foreign_kind_find(name);
	const char *topic = new_topic(name);
	char line[128];
	struct tern_reader *reader = make_reader(name, topic);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	snprintf(line, sizeof line, "writer %s %s%s", name, topic, option);
	EXPECT(line, "ok");
	CU_ASSERT_EQUAL_FATAL(tern_reader_wait_matched(reader, 1, WAIT_NS), TERN_OK);
	EXPECT("matched", "ok");
	for (uint64_t i = 0; i < SAMPLES; i++) {
		snprintf(line, sizeof line, "write %llu", (unsigned long long)i);
		EXPECT(line, "ok");
		expect_sample(reader, kind, i);
	}
	if (kind->keyed) {
		EXPECT("dispose 1", "ok");
		expect_key(reader, kind, 1, TERN_NOT_ALIVE_DISPOSED);
		EXPECT("unregister 2", "ok");
		expect_key(reader, kind, 2, TERN_NOT_ALIVE_NO_WRITERS);
	}
	CU_ASSERT_EQUAL(tern_reader_get_counters(reader).malformed, 0);
	CU_ASSERT_EQUAL(tern_reader_get_counters(reader).lost, 0);
	EXPECT("delete", "ok");
	CU_ASSERT_EQUAL(tern_reader_destroy(reader), TERN_OK);
}

static void tern_receives_what_a_plain_program_writes(void)
{
	tern_receives("Plain", "");
	tern_receives("Keyless", "");
	tern_receives("Grown", "");
	tern_receives("Loose", "");
}

static void tern_receives_a_final_type_as_xcdr2_too(void)
{
	tern_receives("Plain", " xcdr2");
	tern_receives("Keyless", " xcdr2");
}

/* ---- what Tern knows of it ------------------------------------------------------------ */

struct seen {
	bool peer;
	bool endpoint;
};

static void on_peer(const struct tern_peer_info *info, void *context)
{
	struct seen *seen = context;
	seen->peer |= !info->is_tern && info->pid == 0;
}

static void on_endpoint(const struct tern_endpoint_info *info, void *context)
{
	struct seen *seen = context;
	seen->endpoint |= !info->is_tern && info->kind == TERN_WRITER &&
	                  strcmp(info->topic_name, "seen_Grown") == 0 &&
	                  strcmp(info->type_name, "foreign::Grown") == 0 &&
	                  info->qos.reliability == TERN_RELIABLE &&
	                  info->qos.representations == TERN_ACCEPT_XCDR2 &&
	                  info->type_information;
}

static bool has_seen_both(void *context)
{
	struct seen *seen = context;
	const struct tern_visitor visitor = {
		.peer = on_peer,
		.endpoint = on_endpoint,
		.context = seen,
	};
	tern_participant_visit(bus, &visitor);
	return seen->peer && seen->endpoint;
}

static void a_plain_program_is_seen_as_a_foreign_peer(void)
{
	struct seen seen = { 0 };
	EXPECT("writer Grown seen_Grown", "ok");
	CU_ASSERT_TRUE(suite_wait_until(has_seen_both, &seen, WAIT_NS));
	EXPECT("delete", "ok");
}

/* ---- lies ----------------------------------------------------------------------------- */

static bool has_dropped(void *context)
{
	struct tern_reader **readers = context;
	struct tern_sample *samples;
	/* What cannot be decoded shows when it is taken. */
	for (int i = 0; i < 2; i++) {
		int32_t count = tern_reader_take(readers[i], 64, &samples);
		CU_ASSERT_TRUE(count >= 0);
		if (count > 0)
			tern_reader_return(readers[i], samples);
	}
	struct tern_reader_counters plain = tern_reader_get_counters(readers[0]);
	struct tern_reader_counters loose = tern_reader_get_counters(readers[1]);
	return plain.malformed + plain.lost == 8 && loose.malformed + loose.lost == 5;
}

static void payloads_that_lie_are_dropped_and_counted(void)
{
	char *argv[] = { "liar", NULL };
	struct child liar;
	struct tern_reader *readers[2] = { make_reader("Plain", "from_liar_Plain"),
		                           make_reader("Loose", "from_liar_Loose") };
	CU_ASSERT_TRUE_FATAL(readers[0] && readers[1]);
	CU_ASSERT_TRUE_FATAL(
		child_start(&liar, suite_build_path("tests/interop/liar"), argv, NULL));
	CU_ASSERT_PTR_NOT_NULL(child_wait_line(&liar, "written", WAIT_NS));
	CU_ASSERT_TRUE(suite_wait_until(has_dropped, readers, WAIT_NS));
	CU_ASSERT_TRUE(child_send_line(&liar, "go"));
	CU_ASSERT_EQUAL(child_wait(&liar, WAIT_NS), 0);
	child_stop(&liar);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(tern_reader_destroy(readers[i]), TERN_OK);
	/* And the bus goes on. */
	tern_receives("Plain", "");
}

/* ---- the wire ------------------------------------------------------------------------- */

static struct child capture;
static char capture_path[64];

static bool has_begun(void *context)
{
	struct stat status;
	return stat(context, &status) == 0 && status.st_size > 0;
}

static void begin_capture(void)
{
	char *argv[] = { "dumpcap", "-q", "-i",         "lo", "-f",
		         "udp",     "-w", capture_path, NULL };
	snprintf(capture_path, sizeof capture_path, "/tmp/tern-interop-%d.pcapng",
	         getpid());
	if (!child_start(&capture, "/usr/bin/dumpcap", argv, NULL) ||
	    !suite_wait_until(has_begun, capture_path, 10 * SUITE_SECOND_NS))
		printf("no capture: tshark is not installed, or may not capture here\n");
}

/* Frames of the capture that a display filter selects. */
static unsigned count_frames(const char *filter)
{
	unsigned count = 0;
	struct child tshark;
	/* RTPS is known by its first bytes: its ports may be other protocols', too. */
	char *argv[] = { "tshark",
		         "-o",
		         "udp.try_heuristic_first:TRUE",
		         "-r",
		         capture_path,
		         "-Y",
		         (char *)(uintptr_t)filter,
		         "-T",
		         "fields",
		         "-e",
		         "frame.number",
		         NULL };
	if (!child_start(&tshark, "/usr/bin/tshark", argv, NULL))
		return 0;
	CU_ASSERT_EQUAL(child_wait(&tshark, WAIT_NS), 0);
	for (const char *at = tshark.text; at && (at = strchr(at, '\n')); at++)
		count++;
	child_stop(&tshark);
	return count;
}

static void wireshark_finds_no_fault_with_what_was_sent(void)
{
	child_stop(&capture);
	if (!has_begun(capture_path)) {
		printf("skipped: no capture ");
		return;
	}
	CU_ASSERT_TRUE(count_frames("rtps.sm.id == 0x15") > 100); /* DATA */
	/* Samples are much smaller: these are several, of the stream. */
	CU_ASSERT_TRUE(count_frames("rtps.sm.id == 0x15 && udp.length > 8000") > 0);
	/* At its end, Cyclone wakes its own receiving threads with a byte each. */
	CU_ASSERT_EQUAL(count_frames("udp.length > 9 && !rtps"), 0);
	CU_ASSERT_EQUAL(count_frames("_ws.malformed || _ws.expert.severity == error"), 0);
	unlink(capture_path);
}

static const struct suite_test tests[] = {
	{ "a_plain_program_receives_what_tern_writes",
	  a_plain_program_receives_what_tern_writes },
	{ "a_plain_program_receives_a_stream", a_plain_program_receives_a_stream },
	{ "a_final_type_goes_as_xcdr2_too", a_final_type_goes_as_xcdr2_too },
	{ "tern_receives_what_a_plain_program_writes",
	  tern_receives_what_a_plain_program_writes },
	{ "tern_receives_a_final_type_as_xcdr2_too",
	  tern_receives_a_final_type_as_xcdr2_too },
	{ "a_plain_program_is_seen_as_a_foreign_peer",
	  a_plain_program_is_seen_as_a_foreign_peer },
	{ "payloads_that_lie_are_dropped_and_counted",
	  payloads_that_lie_are_dropped_and_counted },
	{ "wireshark_finds_no_fault_with_what_was_sent",
	  wireshark_finds_no_fault_with_what_was_sent },
};

int main(int argc, char **argv)
{
	char *peer_argv[] = { "foreign_peer", NULL };
	netns_isolate();
	setenv("TERN_TRANSPORTS", "dds", 1);
	/* A stream is one on a loaded machine, too. */
	setenv("TERN_DDS_BATCH_US", "100000", 1);
	begin_capture();
	if (tern_participant_create(0, "interop", &bus) < 0 ||
	    tern_participant_wait_started(bus, WAIT_NS) < 0 ||
	    !child_start(&peer, suite_build_path("tests/interop/foreign_peer"), peer_argv,
	                 NULL) ||
	    !child_wait_line(&peer, "answer: ok", WAIT_NS)) {
		fprintf(stderr, "%s\n", tern_error_text());
		return 1;
	}
	int result = SUITE_RUN(argc, argv, tests);
	child_stop(&peer);
	child_stop(&capture);
	if (tern_participant_destroy(bus) < 0)
		result = 1;
	return result;
}
