/* tern type: what a topic's type is. */
#include <stdlib.h>

#include "command.h"
#include "json.h"
#include "session.h"
#include "text.h"
#include "topic.h"
#include "type_idl.h"

static void print_json(const char *topic_name, const struct topic *topic)
{
	json_object *line = json_line_create();
	char *idl = NULL;
	size_t size_bytes = 0;
	FILE *out = open_memstream(&idl, &size_bytes);

	if (!out)
		abort();
	type_idl_print(out, topic->type);
	fclose(out);
	json_add_text(line, "kind", "type");
	json_add_text(line, "topic", topic_name);
	json_add_text(line, "type", topic->type->name);
	json_add_boolean(line, "keyed", (topic->type->flags & TERN_TYPE_KEYED) != 0);
	json_add_number(line, "size_bytes", (int64_t)topic->type->size_bytes);
	json_add_text(line, "idl", idl);
	json_line_print(stdout, line);
	free(idl);
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct tern_participant *participant = NULL;
	struct topic topic;
	int code = COMMAND_PROBLEM;

	if (!session_join(command, arguments, &participant))
		return COMMAND_PROBLEM;
	bool found = topic_find(participant, arguments->items[0], false,
	                        arguments->wait_ns, &topic);
	tern_participant_destroy(participant);
	if (!found)
		return COMMAND_PROBLEM;
	if (!topic.type) {
		fputs("tern type: ", stderr);
		text_print(stderr, topic.reason);
		fputc('\n', stderr);
	} else {
		if (arguments->json)
			print_json(arguments->items[0], &topic);
		else
			type_idl_print(stdout, topic.type);
		code = COMMAND_FINE;
	}
	topic_fini(&topic);
	return code;
}

const struct command type_command = {
	.name = "type",
	.arguments = "TOPIC",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "the type of a topic, as IDL",
	.description =
		"Prints the type of a topic as its writer (or else a reader) describes it, with\n"
		"all types that it consists of. Descriptions do not tell int8 from char, nor\n"
		"uint8 from octet, and have no @default and no typedefs.\n",
	.example = "  tern type pose > pose.idl\n",
	.run = run,
};
