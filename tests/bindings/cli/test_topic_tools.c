/* tern type, echo, pub, hz, bw, delay and diff on a real bus: this process writes and reads, over
 * shared memory and over DDS, and a plain Cyclone DDS program does. Runs in a network of its own. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "rich.h"
#include "suite.h"

#define ENOUGH_NS (60 * SUITE_SECOND_NS)

static const char *const transports[] = { "shm", "dds" };
static struct tern_participant *bus;

static void join(const char *over)
{
	setenv("TERN_TRANSPORTS", over, 1);
	CU_ASSERT_EQUAL_FATAL(tern_participant_create(0, "tools", &bus), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_participant_wait_started(bus, ENOUGH_NS), TERN_OK);
}

static void leave(void)
{
	CU_ASSERT_EQUAL(tern_participant_destroy(bus), TERN_OK);
}

/* Keeps its last sample for whoever comes late. */
static struct tern_writer *make_writer(const char *topic, const struct tern_type *type)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_writer *writer;

	qos.reliability = TERN_RELIABLE;
	qos.durability = TERN_TRANSIENT_LOCAL;
	CU_ASSERT_EQUAL_FATAL(tern_writer_create(bus, topic, type, &qos, &writer),
	                      TERN_OK);
	return writer;
}

/* `tern NAME ...`, waiting for the topic as long as a busy machine may need. */
static void start_tern(struct child *child, const char *const arguments[])
{
	char *argv[16] = { "tern" };
	int count = 1;

	for (; arguments[count - 1]; count++)
		argv[count] = (char *)(uintptr_t)arguments[count - 1];
	argv[count++] = "--wait";
	argv[count++] = "60";
	CU_ASSERT_TRUE_FATAL(
		child_start(child, suite_build_path("bin/tern"), argv, NULL));
}

static int run_tern(struct child *child, const char *const arguments[])
{
	start_tern(child, arguments);
	int code = child_wait(child, ENOUGH_NS);
	if (code != 0)
		fprintf(stderr, "tern %s: %d: %s\n", arguments[0], code,
		        child->text ? child->text : "");
	return code;
}

#define RUN(child, ...) run_tern((child), (const char *const[]){ __VA_ARGS__, NULL })

static void expect_text(const struct child *child, const char *wanted)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(child->text, wanted));
	if (!strstr(child->text, wanted))
		fprintf(stderr, "no \"%s\" in:\n%s\n", wanted, child->text);
}

static void write_scattered(struct tern_writer *writer)
{
	rich_Scattered *sample = tern_sample_create(&rich_Scattered_type);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
	sample->code = 40;
	sample->ll = INT64_C(9007199254740993);
	sample->f = 0.1f;
	sample->text = strdup("a\x1b[2J\"b");
	sample->points[1].z = 2.5;
	CU_ASSERT_EQUAL(tern_writer_write(writer, sample), TERN_OK);
	tern_sample_destroy(&rich_Scattered_type, sample);
}

static void a_topic_is_shown_with_names_and_values(void)
{
	for (int i = 0; i < 2; i++) {
		struct child child;

		join(transports[i]);
		write_scattered(make_writer("scattered", &rich_Scattered_type));
		CU_ASSERT_EQUAL(RUN(&child, "type", "scattered"), 0);
		expect_text(&child, "@mutable struct Scattered {\n");
		child_stop(&child);
		CU_ASSERT_EQUAL(RUN(&child, "echo", "scattered", "--once"), 0);
		expect_text(&child, "ll: 9007199254740993\nf: 0.1\n");
		expect_text(&child, "text: \"a\\x1b[2J\\\"b\"\n");
		expect_text(&child, "color: \"GREEN\"\n");
		CU_ASSERT_PTR_NULL(strchr(child.text, '\x1b'));
		child_stop(&child);
		CU_ASSERT_EQUAL(RUN(&child, "echo", "scattered", "--count", "1",
		                    "--field", "points[1].z"),
		                0);
		CU_ASSERT_STRING_EQUAL(child.text, "2.5\n");
		child_stop(&child);
		leave();
	}
}

static void json_and_csv_are_for_programs(void)
{
	struct child child;
	json_object *value = NULL;

	join("shm");
	write_scattered(make_writer("scattered", &rich_Scattered_type));
	CU_ASSERT_EQUAL(RUN(&child, "echo", "scattered", "--once", "--json"), 0);
	json_object *line = json_tokener_parse(child.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_EQUAL_FATAL(json_pointer_get(line, "/data/code", &value), 0);
	CU_ASSERT_EQUAL(json_object_get_int(value), 40);
	json_object_put(line);
	child_stop(&child);
	CU_ASSERT_EQUAL(
		RUN(&child, "echo", "scattered", "--once", "--csv", "--field", "points"),
		0);
	CU_ASSERT_STRING_EQUAL(child.text,
	                       "[0].x,[0].y,[0].z,[1].x,[1].y,[1].z\n0,0,0,0,0,2.5\n");
	child_stop(&child);
	CU_ASSERT_EQUAL(RUN(&child, "echo", "scattered", "--once", "--field", "none"), 1);
	child_stop(&child);
	CU_ASSERT_EQUAL(RUN(&child, "type", "scattered", "--json"), 0);
	expect_text(&child, "\"type\":\"rich::Scattered\"");
	child_stop(&child);
	leave();
}

/* Shared memory connects and takes notice of what goes on in calls of the application: make some
 * while the program runs. @return its exit code, or -1 at the deadline */
static int await(struct child *child)
{
	int64_t deadline_ns = suite_monotonic_ns() + ENOUGH_NS;
	struct tern_visitor nothing = { 0 };
	int code;

	do {
		tern_participant_visit(bus, &nothing);
		code = child_wait(child, 10 * SUITE_MILLISECOND_NS);
	} while (code < 0 && suite_monotonic_ns() < deadline_ns);
	return code;
}

static void publish_keys(void)
{
	static const char value[] =
		"{name: front, color: BLUE, numbers: [1, 2, 3], place: {room: r1},"
		" after: [{text: x}, {number: 4}]}";
	struct child child;

	start_tern(&child, (const char *const[]){ "pub", "keys", value, "--count", "2",
	                                          "--rate", "100", "--json", NULL });
	CU_ASSERT_EQUAL(await(&child), 0);
	expect_text(&child, "\"written\":2");
	child_stop(&child);
}

static void expect_keys(struct tern_reader *reader)
{
	struct tern_sample *samples;

	CU_ASSERT_EQUAL_FATAL(tern_reader_wait(reader, ENOUGH_NS), TERN_OK);
	CU_ASSERT_TRUE_FATAL(tern_reader_take(reader, 1, &samples) == 1);
	const rich_Keys *keys = samples[0].data;
	CU_ASSERT_STRING_EQUAL(keys->name, "front");
	CU_ASSERT_EQUAL(keys->color, rich_BLUE);
	CU_ASSERT_EQUAL(keys->numbers[2], 3);
	CU_ASSERT_STRING_EQUAL(keys->place.room, "r1");
	CU_ASSERT_EQUAL_FATAL(keys->after._length, 2);
	CU_ASSERT_STRING_EQUAL(keys->after._buffer[0]._u.text, "x");
	CU_ASSERT_EQUAL(keys->after._buffer[1]._u.number, 4);
	tern_reader_return(reader, samples);
}

static void what_is_typed_arrives(void)
{
	for (int i = 0; i < 2; i++) {
		struct tern_qos qos = tern_qos_reader_default();
		struct tern_reader *reader;
		struct child child;

		join(transports[i]);
		qos.reliability = TERN_RELIABLE;
		qos.history = TERN_KEEP_ALL;
		CU_ASSERT_EQUAL_FATAL(
			tern_reader_create(bus, "keys", &rich_Keys_type, &qos, &reader),
			TERN_OK);
		publish_keys();
		expect_keys(reader);
		CU_ASSERT_EQUAL(RUN(&child, "pub", "keys", "{nonsense: 1}"), 2);
		child_stop(&child);
		leave();
	}
}

static void a_topic_is_measured(void)
{
	static const char *const commands[][2] = {
		{ "hz", "\"hz\":" },
		{ "bw", "\"sample_mean_bytes\":" },
		{ "delay", "\"delay_mean_ms\":" },
	};
	struct child child;

	join("shm");
	struct tern_writer *writer = make_writer("scattered", &rich_Scattered_type);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		int64_t deadline_ns = suite_monotonic_ns() + ENOUGH_NS;
		int code;

		start_tern(&child,
		           (const char *const[]){ commands[i][0], "scattered", "--count",
		                                  "5", "--json", NULL });
		/* It ends by itself when it has seen five. */
		do {
			write_scattered(writer);
			code = child_wait(&child, 10 * SUITE_MILLISECOND_NS);
		} while (code < 0 && suite_monotonic_ns() < deadline_ns);
		CU_ASSERT_EQUAL(code, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(child.text);
		expect_text(&child, commands[i][1]);
		child_stop(&child);
	}
	leave();
}

static void types_are_compared(void)
{
	struct child child;

	join("shm");
	make_writer("base", &rich_Base_type);
	make_writer("same", &rich_Base_type);
	make_writer("keys", &rich_KeyFits_type);
	CU_ASSERT_EQUAL(RUN(&child, "diff", "base", "same"), 0);
	child_stop(&child);
	CU_ASSERT_EQUAL(RUN(&child, "diff", "base", "keys"), 1);
	CU_ASSERT_TRUE(strlen(child.text) > 10);
	child_stop(&child);
	CU_ASSERT_EQUAL(RUN(&child, "diff", "rich::Base", "rich::KeyFits", "--json"), 1);
	expect_text(&child, "\"assignable\":false");
	child_stop(&child);
	leave();
}

static const char *ask(struct child *peer, const char *line)
{
	CU_ASSERT_TRUE_FATAL(child_send_line(peer, line));
	const char *answer = child_wait_line(peer, "answer: ", ENOUGH_NS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	return answer;
}

static void start_peer(struct child *peer)
{
	char *argv[] = { "foreign_peer", NULL };

	CU_ASSERT_TRUE_FATAL(child_start(
		peer, suite_build_path("tests/interop/foreign_peer"), argv, NULL));
}

static void a_plain_dds_program_is_shown_and_answered(void)
{
	struct child peer, child;

	setenv("TERN_TRANSPORTS", "dds", 1);
	start_peer(&peer);
	CU_ASSERT_STRING_EQUAL(ask(&peer, "writer Plain plain"), "ok");
	CU_ASSERT_EQUAL(RUN(&child, "type", "plain"), 0);
	expect_text(&child, "@key long serial;");
	expect_text(&child, "sequence<float> values;");
	child_stop(&child);
	start_tern(&child,
	           (const char *const[]){ "echo", "plain", "--once", "--json", NULL });
	CU_ASSERT_STRING_EQUAL(ask(&peer, "matched"), "ok");
	CU_ASSERT_STRING_EQUAL(ask(&peer, "write 5"), "ok");
	CU_ASSERT_EQUAL(child_wait(&child, ENOUGH_NS), 0);
	expect_text(&child, "\"serial\":");
	expect_text(&child, "\"part\":{\"number\":");
	child_stop(&child);
	CU_ASSERT_STRING_EQUAL(ask(&peer, "delete"), "ok");
	CU_ASSERT_STRING_EQUAL(ask(&peer, "reader Plain answer"), "ok");
	CU_ASSERT_EQUAL(RUN(&child, "pub", "answer", "{serial: 3, count: 1}"), 0);
	child_stop(&child);
	child_stop(&peer);
}

static const struct suite_test tests[] = {
	{ "a_topic_is_shown_with_names_and_values",
	  a_topic_is_shown_with_names_and_values },
	{ "json_and_csv_are_for_programs", json_and_csv_are_for_programs },
	{ "what_is_typed_arrives", what_is_typed_arrives },
	{ "a_topic_is_measured", a_topic_is_measured },
	{ "types_are_compared", types_are_compared },
	{ "a_plain_dds_program_is_shown_and_answered",
	  a_plain_dds_program_is_shown_and_answered },
};

int main(int argc, char **argv)
{
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
