/* tern diff: can a reader of one type read what a writer of another writes? */
#include "command.h"
#include "json.h"
#include "session.h"
#include "text.h"
#include "topic.h"

static struct tern_endpoint_info as_endpoint(const struct topic *topic,
                                             tern_endpoint_kind kind)
{
	struct tern_qos qos = kind == TERN_WRITER ? tern_qos_writer_default()
	                                          : tern_qos_reader_default();

	qos.representations = TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2;
	if (kind == TERN_WRITER)
		qos.representations = TERN_ACCEPT_XCDR2;
	return (struct tern_endpoint_info){
		.kind = kind,
		.topic_name = "diff",
		.type_name = topic->type_name,
		.type = topic->type,
		.qos = qos,
	};
}

static int compare(const struct arguments *arguments, const struct topic *written,
                   const struct topic *read)
{
	struct tern_endpoint_info writer = as_endpoint(written, TERN_WRITER);
	struct tern_endpoint_info reader = as_endpoint(read, TERN_READER);
	char reason[TERN_MATCH_REASON_SIZE_BYTES];
	bool fits = tern_endpoint_match(&writer, &reader, reason, sizeof reason);

	if (arguments->json) {
		json_object *line = json_line_create();
		json_add_text(line, "kind", "diff");
		json_add_text(line, "written", written->type_name);
		json_add_text(line, "read", read->type_name);
		json_add_boolean(line, "assignable", fits);
		json_add_text(line, "reason", reason);
		json_line_print(stdout, line);
	} else if (fits) {
		printf("a reader of %s reads what a writer of %s writes\n",
		       read->type->name, written->type->name);
	} else {
		text_print(stdout, reason);
		putchar('\n');
	}
	return fits ? COMMAND_FINE : COMMAND_PROBLEM;
}

static bool find(struct tern_participant *participant, const struct arguments *arguments,
                 uint32_t item, struct topic *ret_topic)
{
	if (!topic_find(participant, arguments->items[item], true, arguments->wait_ns,
	                ret_topic))
		return false;
	if (ret_topic->type)
		return true;
	fputs("tern diff: ", stderr);
	text_print(stderr, ret_topic->reason);
	fputc('\n', stderr);
	topic_fini(ret_topic);
	return false;
}

static int run(const struct command *command, const struct arguments *arguments)
{
	struct tern_participant *participant = NULL;
	struct topic written, read;
	int code = COMMAND_PROBLEM;

	if (!session_join(command, arguments, &participant))
		return COMMAND_PROBLEM;
	if (find(participant, arguments, 0, &written)) {
		if (find(participant, arguments, 1, &read)) {
			code = compare(arguments, &written, &read);
			topic_fini(&read);
		}
		topic_fini(&written);
	}
	tern_participant_destroy(participant);
	return code;
}

const struct command diff_command = {
	.name = "diff",
	.arguments = "WRITTEN READ",
	.arguments_min = 2,
	.arguments_max = 2,
	.summary = "can a reader of one type read what a writer of another writes?",
	.description =
		"Compares two types by the rules of XTypes, as matching does, and names the\n"
		"first member that does not go together. Each is given as a topic that somebody\n"
		"has, or as the name of a type that somebody uses. Exit code 1 if a reader of\n"
		"READ cannot be filled from a writer of WRITTEN.\n",
	.example = "  tern diff pose_old pose_new\n",
	.run = run,
};
