/* tern pub: say something on a topic. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "command.h"
#include "json.h"
#include "session.h"
#include "stream.h"
#include "text.h"
#include "topic.h"
#include "value_parse.h"

enum { OPTION_RATE, OPTION_COUNT };

static const struct command_option options[] = {
	[OPTION_RATE] = { "rate", "HZ", "so many samples a second; default 1" },
	[OPTION_COUNT] = { "count", "N",
	                   "so many samples; default 1, with --rate no end" },
	{ NULL, NULL, NULL },
};

#define ACKNOWLEDGE_TIMEOUT_NS INT64_C(5000000000)

struct plan {
	uint32_t count; /* 0: no end */
	int64_t period_ns;
};

static bool make_plan(const struct command *command, const struct arguments *arguments,
                      struct plan *ret_plan)
{
	const char *rate = arguments->options[OPTION_RATE];
	const char *count = arguments->options[OPTION_COUNT];
	char *end;

	*ret_plan = (struct plan){ .count = rate ? 0 : 1, .period_ns = 1000000000 };
	if (rate) {
		double hz = strtod(rate, &end);
		if (end == rate || *end || !(hz >= 1e-3 && hz <= 1e6)) {
			command_bad_use(command,
			                "--rate takes 0.001 to 1000000, got \"%s\"",
			                rate);
			return false;
		}
		ret_plan->period_ns = (int64_t)(1e9 / hz);
	}
	if (count && (command_parse_number(count, UINT32_MAX, &ret_plan->count) < 0 ||
	              ret_plan->count == 0)) {
		command_bad_use(command, "--count takes a number above 0, got \"%s\"",
		                count);
		return false;
	}
	return true;
}

static void sleep_until(int64_t time_ns)
{
	struct timespec until = { .tv_sec = time_ns / 1000000000,
		                  .tv_nsec = time_ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static int publish(const struct plan *plan, struct tern_writer *writer,
                   const void *sample, uint32_t *ret_written)
{
	int64_t next_ns = stream_now_ns();

	for (uint32_t i = 0; plan->count == 0 || i < plan->count; i++) {
		if (i > 0)
			sleep_until(next_ns += plan->period_ns);
		if (tern_writer_write(writer, sample) < 0)
			return command_failed("cannot write");
		++*ret_written;
	}
	if (tern_writer_wait_for_acknowledgments(writer, ACKNOWLEDGE_TIMEOUT_NS) < 0)
		return command_failed("written, but not all readers have it");
	return COMMAND_FINE;
}

static int publish_matched(const struct arguments *arguments, const struct plan *plan,
                           struct tern_writer *writer, const void *sample)
{
	uint32_t written = 0;

	if (tern_writer_wait_matched(writer, 1, arguments->wait_ns) < 0)
		return command_failed("nobody reads the topic");
	int code = publish(plan, writer, sample, &written);
	if (arguments->json) {
		json_object *line = json_line_create();
		json_add_text(line, "kind", "published");
		json_add_text(line, "topic", arguments->items[0]);
		json_add_number(line, "written", written);
		json_line_print(stdout, line);
	}
	return code;
}

static int publish_on(struct tern_participant *participant,
                      const struct arguments *arguments, const struct plan *plan,
                      const struct topic *topic)
{
	struct tern_qos qos = topic_writer_qos(topic);
	char error[VALUE_ERROR_SIZE_BYTES];
	struct tern_writer *writer = NULL;
	void *sample = NULL;
	int code;

	if (!topic->type) {
		fputs("tern pub: ", stderr);
		text_print(stderr, topic->reason);
		fputc('\n', stderr);
		return COMMAND_PROBLEM;
	}
	if (!value_parse(topic->type, arguments->items[1], &sample, error)) {
		fputs("tern pub: ", stderr);
		text_print(stderr, error);
		fputc('\n', stderr);
		return COMMAND_BAD_USE;
	}
	if (tern_writer_create(participant, arguments->items[0], topic->type, &qos,
	                       &writer) < 0)
		code = command_failed("cannot write the topic");
	else
		code = publish_matched(arguments, plan, writer, sample);
	tern_sample_destroy(topic->type, sample);
	return code;
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct tern_participant *participant = NULL;
	struct topic topic;
	struct plan plan;

	if (!make_plan(command, arguments, &plan))
		return COMMAND_BAD_USE;
	if (!session_join(command, arguments, &participant))
		return COMMAND_PROBLEM;
	if (!topic_find(participant, arguments->items[0], false, arguments->wait_ns,
	                &topic)) {
		tern_participant_destroy(participant);
		return COMMAND_PROBLEM;
	}
	int code = publish_on(participant, arguments, &plan, &topic);
	tern_participant_destroy(participant);
	topic_fini(&topic);
	return code;
}

const struct command pub_command = {
	.name = "pub",
	.arguments = "TOPIC VALUE",
	.arguments_min = 2,
	.arguments_max = 2,
	.summary = "write samples that are given as YAML or JSON",
	.description =
		"Writes to a topic that somebody has already: the type comes from there. Members\n"
		"that the value does not name have their default; enums go by name, bitmasks as\n"
		"\"A|B\", a union as its case. Ends when all readers have the samples; --wait says\n"
		"how long the topic and a reader may take to appear.\n",
	.example =
		"  tern pub pose '{position: {x: 1.5}, label: front}' --rate 10 --count 50\n",
	.options = options,
	.run = run,
};
