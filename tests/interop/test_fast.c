/* Tern and a Fast DDS program, another implementation of RTPS, hear each other. Fast DDS ends
 * instances by their key hash alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "child.h"
#include "fast.h"
#include "netns.h"
#include "suite.h"

#define WAIT_NS (40 * SUITE_SECOND_NS)
#define SAMPLES 12
#define KEYS 3
/* Enough that some share a datagram; a reader of Fast DDS holds 400 of each key. */
#define STREAM_SAMPLES 900

static struct tern_participant *bus;
static struct child peer;

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

static foreign_Fast sample_of(uint64_t number, char *text, size_t size_bytes)
{
	snprintf(text, size_bytes, "fast %llu", (unsigned long long)number);
	return (foreign_Fast){
		.serial = (int32_t)(number % KEYS) - 1,
		.count = number,
		.text = text,
	};
}

static void fast_dds_receives_what_tern_writes(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_writer *writer;
	char text[32];
	char question[32];
	qos.history = TERN_KEEP_ALL;
	qos.autodispose_unregistered = false;
	EXPECT("reader", "ok");
	CU_ASSERT_EQUAL_FATAL(
		tern_writer_create(bus, "to_fast", &foreign_Fast_type, &qos, &writer),
		TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_writer_wait_matched(writer, 1, WAIT_NS), TERN_OK);
	EXPECT("matched 1", "ok");
	for (uint64_t i = 0; i < SAMPLES; i++) {
		foreign_Fast sample = sample_of(i, text, sizeof text);
		CU_ASSERT_EQUAL(tern_writer_write(writer, &sample), TERN_OK);
		snprintf(question, sizeof question, "ok %lluA", (unsigned long long)i);
		EXPECT("take 1", question);
	}
	foreign_Fast sample = sample_of(1, text, sizeof text);
	CU_ASSERT_EQUAL(tern_writer_dispose(writer, &sample), TERN_OK);
	EXPECT("take 1", "ok stateD");
	CU_ASSERT_EQUAL(tern_writer_wait_for_acknowledgments(writer, WAIT_NS), TERN_OK);
	CU_ASSERT_EQUAL(tern_writer_destroy(writer), TERN_OK);
}

/* In the order in which they were written, or those of each key: Fast DDS gives either. */
static void fast_dds_receives_a_stream(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_writer *writer;
	char text[32];
	bool came[STREAM_SAMPLES] = { false };
	uint64_t last[KEYS] = { 0 };
	uint64_t number, count = 0;
	int length;
	qos.history = TERN_KEEP_ALL;
	qos.max_blocking_time_ns = WAIT_NS;
	qos.autodispose_unregistered = false;
	CU_ASSERT_EQUAL_FATAL(
		tern_writer_create(bus, "to_fast", &foreign_Fast_type, &qos, &writer),
		TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_writer_wait_matched(writer, 1, WAIT_NS), TERN_OK);
	EXPECT("matched 1", "ok");
	for (uint64_t i = 0; i < STREAM_SAMPLES; i++) {
		foreign_Fast sample = sample_of(i, text, sizeof text);
		CU_ASSERT_EQUAL(tern_writer_write(writer, &sample), TERN_OK);
	}
	char question[32];
	snprintf(question, sizeof question, "take %d", STREAM_SAMPLES);
	const char *answer = ask(question);
	CU_ASSERT_EQUAL_FATAL(strncmp(answer, "ok", 2), 0);
	for (answer += 2; sscanf(answer, " %" SCNu64 "A%n", &number, &length) == 1;
	     answer += length) {
		CU_ASSERT_FATAL(number < STREAM_SAMPLES);
		CU_ASSERT_FALSE(came[number]);
		CU_ASSERT_TRUE(number >= last[number % KEYS]);
		last[number % KEYS] = number;
		came[number] = true;
		count++;
	}
	CU_ASSERT_EQUAL(*answer, '\0');
	CU_ASSERT_EQUAL(count, STREAM_SAMPLES);
	CU_ASSERT_EQUAL(tern_writer_wait_for_acknowledgments(writer, WAIT_NS), TERN_OK);
	CU_ASSERT_EQUAL(tern_writer_destroy(writer), TERN_OK);
}

static void expect_state(struct tern_reader *reader, int32_t serial,
                         tern_instance_state state)
{
	struct tern_sample *samples;
	CU_ASSERT_EQUAL(tern_reader_wait(reader, WAIT_NS), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_reader_take(reader, 1, &samples), 1);
	CU_ASSERT_FALSE(samples->info.valid_data);
	CU_ASSERT_EQUAL(samples->info.instance_state, state);
	/* Only the hash came: the key is the one that the reader remembers. */
	CU_ASSERT_EQUAL(((const foreign_Fast *)samples->data)->serial, serial);
	tern_reader_return(reader, samples);
}

static void tern_receives_what_fast_dds_writes(void)
{
	struct tern_qos qos = tern_qos_reader_default();
	struct tern_reader *reader;
	struct tern_sample *samples;
	char text[32];
	char question[32];
	qos.reliability = TERN_RELIABLE;
	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.history = TERN_KEEP_ALL;
	CU_ASSERT_EQUAL_FATAL(
		tern_reader_create(bus, "from_fast", &foreign_Fast_type, &qos, &reader),
		TERN_OK);
	EXPECT("writer", "ok");
	CU_ASSERT_EQUAL_FATAL(tern_reader_wait_matched(reader, 1, WAIT_NS), TERN_OK);
	EXPECT("matched 1", "ok");
	for (uint64_t i = 0; i < SAMPLES; i++) {
		foreign_Fast wanted = sample_of(i, text, sizeof text);
		snprintf(question, sizeof question, "write %llu", (unsigned long long)i);
		EXPECT(question, "ok");
		CU_ASSERT_EQUAL(tern_reader_wait(reader, WAIT_NS), TERN_OK);
		CU_ASSERT_EQUAL_FATAL(tern_reader_take(reader, 1, &samples), 1);
		const foreign_Fast *got = samples->data;
		CU_ASSERT_TRUE(samples->info.valid_data);
		CU_ASSERT_EQUAL(got->serial, wanted.serial);
		CU_ASSERT_EQUAL(got->count, wanted.count);
		CU_ASSERT_STRING_EQUAL(got->text, wanted.text);
		tern_reader_return(reader, samples);
	}
	EXPECT("dispose 1", "ok");
	expect_state(reader, 0, TERN_NOT_ALIVE_DISPOSED);
	EXPECT("unregister 2", "ok");
	expect_state(reader, 1, TERN_NOT_ALIVE_NO_WRITERS);
	CU_ASSERT_EQUAL(tern_reader_get_counters(reader).lost, 0);
	CU_ASSERT_EQUAL(tern_reader_get_counters(reader).malformed, 0);
	CU_ASSERT_EQUAL(tern_reader_destroy(reader), TERN_OK);
}

static const struct suite_test tests[] = {
	{ "fast_dds_receives_what_tern_writes", fast_dds_receives_what_tern_writes },
	{ "fast_dds_receives_a_stream", fast_dds_receives_a_stream },
	{ "tern_receives_what_fast_dds_writes", tern_receives_what_fast_dds_writes },
};

int main(int argc, char **argv)
{
	char *peer_argv[] = { "fast_peer", NULL };
	netns_isolate();
	setenv("TERN_TRANSPORTS", "dds", 1);
	/* A stream is one on a loaded machine, too. */
	setenv("TERN_DDS_BATCH_US", "100000", 1);
	if (tern_participant_create(0, "fast interop", &bus) < 0 ||
	    tern_participant_wait_started(bus, WAIT_NS) < 0 ||
	    !child_start(&peer, suite_build_path("tests/interop/fast_peer"), peer_argv,
	                 NULL) ||
	    !child_wait_line(&peer, "answer: ok", WAIT_NS)) {
		fprintf(stderr, "%s\n", tern_error_text());
		return 1;
	}
	int result = SUITE_RUN(argc, argv, tests);
	child_stop(&peer);
	if (tern_participant_destroy(bus) < 0)
		result = 1;
	return result;
}
