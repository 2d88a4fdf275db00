/* tern echo: what is said on a topic. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "raw.h"
#include "stream.h"
#include "text.h"
#include "value_json.h"
#include "value_text.h"

enum { OPTION_FIELD, OPTION_ONCE, OPTION_COUNT, OPTION_CSV };

static const struct command_option options[] = {
	[OPTION_FIELD] = { "field", "PATH", "only this part: pose.wheels[2].name" },
	[OPTION_ONCE] = { "once", NULL, "end after the first sample" },
	[OPTION_COUNT] = { "count", "N", "end after so many samples" },
	[OPTION_CSV] = { "csv", NULL, "comma-separated values, a column a field" },
	{ NULL, NULL, NULL },
};

struct echo {
	const struct arguments *arguments;
	const char *field; /* or NULL */
	bool is_raw;
	struct value_csv csv;
	int code;
};

static const char *state_text(tern_instance_state state)
{
	return state == TERN_ALIVE                ? "alive"
	       : state == TERN_NOT_ALIVE_DISPOSED ? "disposed"
	                                          : "no writers";
}

static json_object *bytes_text(const void *sample)
{
	const struct raw_sample *raw = sample;
	const uint8_t *bytes = raw->payload._buffer;
	char *text = malloc(2 * (size_t)raw->payload._length + 1);

	if (!text)
		return NULL;
	text[0] = '\0';
	for (uint32_t i = 0; i < raw->payload._length; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	json_object *object = json_text(text);
	free(text);
	return object;
}

static void print_line(const struct tern_sample *sample, json_object *value, bool is_raw)
{
	json_object *line = json_line_create();

	json_add_text(line, "kind", "sample");
	json_add_number(line, "source_timestamp_ns", sample->info.source_timestamp_ns);
	json_add_guid(line, "writer", &sample->info.writer);
	json_add_text(line, "state", state_text(sample->info.instance_state));
	json_object_object_add(line, is_raw ? "payload" : "data", json_object_get(value));
	json_line_print(stdout, line);
}

static void print(struct echo *echo, const struct tern_sample *sample, json_object *value)
{
	if (echo->arguments->json) {
		print_line(sample, value, echo->is_raw);
	} else if (echo->arguments->options[OPTION_CSV]) {
		value_csv_print(stdout, &echo->csv, value);
	} else {
		if (!sample->info.valid_data)
			printf("# %s\n", state_text(sample->info.instance_state));
		value_text_print(stdout, value);
		if (!echo->field)
			fputs("---\n", stdout);
	}
	fflush(stdout);
}

static bool show(const struct tern_type *type, const struct tern_sample *sample,
                 void *context)
{
	struct echo *echo = context;
	bool found = true;

	if (!sample->info.valid_data && echo->arguments->options[OPTION_CSV])
		return true; /* a row is a sample */
	json_object *whole =
		echo->is_raw ? bytes_text(sample->data) : value_json(type, sample->data);
	json_object *value = whole;
	if (echo->field)
		value = value_json_part(whole, echo->field, &found);
	if (found) {
		print(echo, sample, value);
	} else {
		fputs("tern echo: there is no field ", stderr);
		text_print(stderr, echo->field);
		fputs(" in this sample\n", stderr);
		echo->code = COMMAND_PROBLEM;
	}
	json_object_put(whole);
	return !echo->arguments->options[OPTION_ONCE] && found && !ferror(stdout);
}

static void begin(const struct tern_type *type, bool is_raw, void *context)
{
	struct echo *echo = context;

	(void)type;
	echo->is_raw = is_raw;
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct echo echo = { .arguments = arguments,
		             .field = arguments->options[OPTION_FIELD] };
	struct stream stream = { .sample = show, .begin = begin, .context = &echo };
	const char *count = arguments->options[OPTION_COUNT];
	uint32_t number = 0;

	if (count &&
	    (command_parse_number(count, UINT32_MAX, &number) < 0 || number == 0))
		return command_bad_use(
			command, "--count takes a number above 0, got \"%s\"", count);
	if (arguments->json && arguments->options[OPTION_CSV])
		return command_bad_use(command, "--json or --csv, not both");
	stream.count = number;
	int code = stream_run(command, arguments, &stream);
	value_csv_fini(&echo.csv);
	return code == COMMAND_FINE ? echo.code : code;
}

const struct command echo_command = {
	.name = "echo",
	.arguments = "TOPIC",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "what is said on a topic, as text, JSON or CSV",
	.description =
		"Shows the samples of a topic. Its type comes from the bus: from the writers,\n"
		"Tern's or of any DDS program that sends XTypes type information. Where there is\n"
		"none, the raw bytes are shown, and why. --wait says how long the topic may take\n"
		"to appear.\n",
	.example = "  tern echo pose --field position.x --count 10\n",
	.options = options,
	.run = run,
};
