/* tern ls, ps, info and why look at real processes, as a shell would run them: output, JSON, exit
 * codes. Runs in a network and with a /dev/shm of its own. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

#define PATIENCE_NS (60 * SUITE_SECOND_NS)
#define STOPPED                                                                          \
	{                                                                                \
		.input = -1, .output = -1                                                \
	}

static struct child a = STOPPED, b = STOPPED;
static struct child shown = STOPPED; /* the last run of tern */

static void start(struct child *peer, char *name)
{
	char *argv[] = { "graph_peer", name, NULL };

	CU_ASSERT_TRUE_FATAL(child_start(
		peer, suite_build_path("tests/discovery/graph_peer"), argv, NULL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(child_wait_line(peer, "here", PATIENCE_NS));
}

static void tell(struct child *peer, const char *line)
{
	CU_ASSERT_TRUE_FATAL(child_send_line(peer, line));
	CU_ASSERT_PTR_NOT_NULL_FATAL(child_wait_line(peer, "ok", PATIENCE_NS));
}

static void begin(void)
{
	start(&a, "flight");
	start(&b, "deck");
}

static void end(void)
{
	child_stop(&a);
	child_stop(&b);
	child_stop(&shown);
}

/* Runs tern; what it printed is in shown.text. @return its exit code */
static int run(char *const argv[])
{
	child_stop(&shown);
	CU_ASSERT_TRUE_FATAL(
		child_start(&shown, suite_build_path("bin/tern"), argv, NULL));
	int code = child_wait(&shown, PATIENCE_NS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(shown.text);
	return code;
}

static void expect(const char *wanted)
{
	if (!strstr(shown.text, wanted))
		fprintf(stderr, "wanted \"%s\" in:\n%s\n", wanted, shown.text);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown.text, wanted));
}

#define RUN(...) run((char *[]){ "tern", __VA_ARGS__, "--wait", "0", NULL })

/* All lines are objects with a version, in valid UTF-8. @return the first of a kind, to be put */
static json_object *line_of(const char *kind)
{
	json_object *found = NULL;

	for (const char *line = shown.text; *line;) {
		const char *end_of_line = strchr(line, '\n');
		struct json_tokener *tokener = json_tokener_new();
		json_object *value = NULL;
		CU_ASSERT_PTR_NOT_NULL_FATAL(end_of_line);
		json_tokener_set_flags(tokener,
		                       JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		json_object *object =
			json_tokener_parse_ex(tokener, line, (int)(end_of_line - line));
		CU_ASSERT_TRUE(json_object_object_get_ex(object, "version", &value));
		CU_ASSERT_TRUE(json_object_object_get_ex(object, "kind", &value));
		const char *its_kind = json_object_get_string(value);
		if (!found && its_kind && strcmp(its_kind, kind) == 0)
			found = json_object_get(object);
		json_object_put(object);
		json_tokener_free(tokener);
		line = end_of_line + 1;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	return found;
}

static const char *text_at(json_object *root, const char *pointer)
{
	json_object *found = NULL;

	CU_ASSERT_EQUAL_FATAL(json_pointer_get(root, pointer, &found), 0);
	return json_object_get_string(found);
}

/* ---- ls ---------------------------------------------------------------------------------- */

static void ls_shows_problems_first_with_code_and_fix(void)
{
	begin();
	tell(&a, "writer pose best_effort");
	tell(&b, "reader pose reliable");
	CU_ASSERT_EQUAL(RUN("ls"), 1);
	CU_ASSERT_EQUAL(strncmp(shown.text, "T01 QoS mismatch  pose: flight[", 31), 0);
	expect("\n    reader requests RELIABLE, writer offers BEST_EFFORT\n");
	expect("\n    fix: make the writer reliable or the reader best effort\n");
	CU_ASSERT_EQUAL(RUN("ls", "--json"), 1);
	json_object *problem = line_of("problem");
	CU_ASSERT_STRING_EQUAL(text_at(problem, "/code"), "T01");
	CU_ASSERT_STRING_EQUAL(text_at(problem, "/severity"), "error");
	CU_ASSERT_STRING_EQUAL(text_at(problem, "/wanted"), "RELIABILITY RELIABLE");
	CU_ASSERT_STRING_EQUAL(text_at(problem, "/got"), "RELIABILITY BEST_EFFORT");
	json_object_put(problem);
	json_object *topic = line_of("topic");
	CU_ASSERT_STRING_EQUAL(text_at(topic, "/pairs/0/state"), "unmatched");
	json_object_put(topic);
	end();
}

static void ls_hints_at_names_that_nearly_meet(void)
{
	begin();
	tell(&a, "writer Pose");
	tell(&b, "reader pose");
	CU_ASSERT_EQUAL(RUN("ls"), 1);
	expect("T03 near match  Pose: flight[");
	end();
}

static void ls_counts_notes_and_shows_them_when_asked(void)
{
	begin();
	tell(&a, "writer pose");
	CU_ASSERT_EQUAL(RUN("ls"), 0);
	expect("1 note: see `tern ls --all`");
	CU_ASSERT_EQUAL(RUN("ls", "--all"), 0);
	expect("T04 unmatched writer  pose: flight[");
	end();
}

/* ---- ps ---------------------------------------------------------------------------------- */

static void ps_shows_hosts_and_what_processes_have(void)
{
	begin();
	tell(&a, "writer pose");
	tell(&b, "reader pose");
	CU_ASSERT_EQUAL(RUN("ps"), 0);
	CU_ASSERT_EQUAL(strncmp(shown.text, "this host\n", 10), 0);
	expect("]  tern  1 writer, 0 readers, 1 pair  by shm");
	expect("  (this command)");
	CU_ASSERT_EQUAL(RUN("ps", "--json"), 0);
	json_object *process = line_of("process");
	CU_ASSERT_STRING_EQUAL(text_at(process, "/process/tern"), "true");
	CU_ASSERT_EQUAL(strlen(text_at(process, "/process/host")), 32);
	json_object_put(process);
	end();
}

static void a_hostile_name_steers_no_terminal_and_breaks_no_json(void)
{
	start(&a, "\x1b[2Jbad\xff\"\n");
	tell(&a, "writer pose");
	CU_ASSERT_EQUAL(RUN("ps"), 0);
	expect("  \\x1b[2Jbad\\xff\"");
	CU_ASSERT_PTR_NULL(strchr(shown.text, '\x1b'));
	CU_ASSERT_EQUAL(RUN("ls", "--all"), 0);
	CU_ASSERT_PTR_NULL(strchr(shown.text, '\x1b'));
	CU_ASSERT_EQUAL(RUN("ls", "--json"), 0);
	CU_ASSERT_PTR_NULL(strchr(shown.text, '\x1b'));
	json_object *topic = line_of("topic");
	CU_ASSERT_EQUAL(strncmp(text_at(topic, "/writers/0/process/name"),
	                        "\x1b[2Jbad\xef\xbf\xbd\"", 11),
	                0);
	json_object_put(topic);
	end();
}

/* ---- info -------------------------------------------------------------------------------- */

static void info_shows_a_topic_and_by_guid_an_endpoint(void)
{
	char guid[TERN_GUID_TEXT_SIZE_BYTES];

	begin();
	tell(&a, "writer pose reliable durable");
	tell(&b, "reader pose");
	CU_ASSERT_EQUAL(RUN("info", "pose"), 0);
	expect("topic pose  1 writer, 1 reader\n");
	expect("    DURABILITY         TRANSIENT_LOCAL\n");
	expect("    -> deck[");
	CU_ASSERT_EQUAL(RUN("info", "pose", "--json"), 0);
	json_object *topic = line_of("topic");
	snprintf(guid, sizeof guid, "%s", text_at(topic, "/writers/0/guid"));
	json_object_put(topic);
	CU_ASSERT_EQUAL(RUN("info", guid, "--json"), 0);
	json_object *endpoint = line_of("endpoint");
	CU_ASSERT_STRING_EQUAL(text_at(endpoint, "/endpoint/endpoint"), "writer");
	CU_ASSERT_STRING_EQUAL(text_at(endpoint, "/pairs/0/route"), "shm");
	json_object_put(endpoint);
	CU_ASSERT_EQUAL(RUN("info", "no_such_topic"), 1);
	end();
}

/* ---- why --------------------------------------------------------------------------------- */

static void why_traces_a_pair_that_works(void)
{
	begin();
	tell(&a, "writer pose reliable");
	tell(&b, "reader pose reliable");
	tell(&b, "wait pose 1");
	CU_ASSERT_EQUAL(RUN("why", "flight:pose", "deck"), 0);
	expect(": matched over shm\n");
	expect("  + topic              both name it pose\n");
	expect("  + RELIABILITY        offered RELIABLE, requested RELIABLE\n");
	expect("  + path               shm: samples go this way\n");
	CU_ASSERT_EQUAL(RUN("why", "pose", "pose", "--json"), 0);
	json_object *why = line_of("why");
	CU_ASSERT_STRING_EQUAL(text_at(why, "/pair/route"), "shm");
	CU_ASSERT_STRING_EQUAL(text_at(why, "/steps/0/verdict"), "yes");
	json_object_put(why);
	end();
}

static void why_says_what_keeps_a_pair_apart(void)
{
	begin();
	tell(&a, "writer pose drifted");
	tell(&b, "reader pose reliable deadline=5");
	CU_ASSERT_EQUAL(RUN("why", "flight", "deck"), 1);
	expect(": unmatched\n");
	expect("  - DEADLINE           offered infinite, requested 5 ms: give the writer");
	expect("\nT01 QoS mismatch  pose: flight[");
	CU_ASSERT_EQUAL(RUN("why", "nobody", "deck"), 1);
	end();
}

static void why_needs_two_names(void)
{
	child_stop(&shown);
	CU_ASSERT_EQUAL(run((char *[]){ "tern", "why", "--help", NULL }), 0);
	expect("usage: tern why WRITER READER");
	child_stop(&shown);
	char *argv[] = { "tern", "why", "pose", NULL };
	CU_ASSERT_TRUE_FATAL(
		child_start(&shown, suite_build_path("bin/tern"), argv, NULL));
	CU_ASSERT_EQUAL(child_wait(&shown, PATIENCE_NS), 2);
	child_stop(&shown);
}

static const struct suite_test tests[] = {
	{ "ls_shows_problems_first_with_code_and_fix",
	  ls_shows_problems_first_with_code_and_fix },
	{ "ls_hints_at_names_that_nearly_meet", ls_hints_at_names_that_nearly_meet },
	{ "ls_counts_notes_and_shows_them_when_asked",
	  ls_counts_notes_and_shows_them_when_asked },
	{ "ps_shows_hosts_and_what_processes_have",
	  ps_shows_hosts_and_what_processes_have },
	{ "a_hostile_name_steers_no_terminal_and_breaks_no_json",
	  a_hostile_name_steers_no_terminal_and_breaks_no_json },
	{ "info_shows_a_topic_and_by_guid_an_endpoint",
	  info_shows_a_topic_and_by_guid_an_endpoint },
	{ "why_traces_a_pair_that_works", why_traces_a_pair_that_works },
	{ "why_says_what_keeps_a_pair_apart", why_says_what_keeps_a_pair_apart },
	{ "why_needs_two_names", why_needs_two_names },
};

int main(int argc, char **argv)
{
	netns_isolate();
	setenv("TERN_TRANSPORTS", "local,shm", 1);
	return SUITE_RUN(argc, argv, tests);
}
