/* tern ls shows a graph, to people and to programs. The graph is made by hand here. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "ls.h"
#include "suite.h"

#define HOSTILE "evil\x1b[2J\n\"name\xff"

/* One topic: a Tern writer on this host, a Tern reader elsewhere that does not match, and a
 * foreign reader that does. */
struct bus {
	struct tern_peer_info processes[4];
	struct tern_graph_endpoint endpoints[3];
	struct tern_graph_pair pairs[2];
	struct tern_graph_topic topic;
	struct tern_graph graph;
};

static void make_bus(struct bus *bus)
{
	static const char *partitions[] = { "left" };

	*bus = (struct bus){ .processes = {
				     { .guid.bytes = { 1 },
		                       .is_ours = true,
		                       .is_tern = true,
		                       .host_id = { 7 },
		                       .pid = 1,
		                       .process_name = "tern ls",
		                       .address = "" },
				     { .guid.bytes = { 2 },
		                       .is_tern = true,
		                       .host_id = { 7 },
		                       .pid = 42,
		                       .process_name = "flight",
		                       .address = "" },
				     { .guid.bytes = { 3 },
		                       .is_tern = true,
		                       .host_id = { 0xab, 0xcd },
		                       .pid = 43,
		                       .process_name = HOSTILE,
		                       .address = "" },
				     { .guid.bytes = { 4 },
		                       .process_name = "",
		                       .address = "udp/10.0.0.2:7410" },
			     } };
	for (int i = 0; i < 3; i++)
		bus->endpoints[i] = (struct tern_graph_endpoint){
			.info = { .kind = i == 0 ? TERN_WRITER : TERN_READER,
			          .guid.bytes = { (uint8_t)(2 + i), [15] = 1 },
			          .topic_name = "pose",
			          .type_name = i == 2 ? HOSTILE : "Pose",
			          .qos = tern_qos_reader_default() },
			.process = &bus->processes[1 + i],
		};
	bus->endpoints[1].info.qos.reliability = TERN_RELIABLE;
	bus->endpoints[1].info.qos.partitions = partitions;
	bus->endpoints[1].info.qos.partition_count = 1;
	for (int i = 0; i < 2; i++)
		bus->pairs[i] = (struct tern_graph_pair){
			.writer = &bus->endpoints[0],
			.reader = &bus->endpoints[1 + i],
			.state = i == 0 ? TERN_PAIR_UNMATCHED : TERN_PAIR_COMPATIBLE,
			.transport = "",
			.route = "",
			.reason = i == 0 ? "reader requests RELIABLE" : "",
		};
	bus->topic = (struct tern_graph_topic){
		.name = "pose",
		.endpoints = bus->endpoints,
		.writer_count = 1,
		.reader_count = 2,
		.pairs = bus->pairs,
		.pair_count = 2,
		.unmatched_count = 1,
	};
	bus->graph = (struct tern_graph){
		.processes = bus->processes,
		.process_count = 4,
		.topics = &bus->topic,
		.topic_count = 1,
	};
}

static char *print(const struct bus *bus, bool json)
{
	char *text = NULL;
	size_t size_bytes;
	FILE *out = open_memstream(&text, &size_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	if (json)
		ls_print_json(out, &bus->graph);
	else
		ls_print_text(out, &bus->graph, false);
	fclose(out);
	return text;
}

static void people_read_topics_endpoints_and_reasons(void)
{
	struct bus bus;

	make_bus(&bus);
	char *text = print(&bus, false);
	CU_ASSERT_STRING_EQUAL(
		text,
		"pose  Pose and evil\\x1b[2J\\x0a\"name\\xff  1 writer, 2 readers, "
		"1 pair does not match\n"
		"  writer  flight[42] on this host  best_effort, volatile, keep_last 1\n"
		"  reader  evil\\x1b[2J\\x0a\"name\\xff[43] on host abcd0000  reliable, "
		"volatile, keep_last 1, partition left\n"
		"  reader  04000000.00000000.00000000.00000000 (DDS) at "
		"udp/10.0.0.2:7410  "
		"best_effort, volatile, keep_last 1\n"
		"  ! flight[42] -> evil\\x1b[2J\\x0a\"name\\xff[43]: reader requests "
		"RELIABLE\n");
	free(text);
}

static void an_empty_bus_says_so(void)
{
	struct bus bus = { .graph.topic_count = 0 };

	char *text = print(&bus, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no topics"));
	free(text);
	text = print(&bus, true);
	CU_ASSERT_STRING_EQUAL(text, "");
	free(text);
}

static const char *text_at(json_object *root, const char *pointer)
{
	json_object *found = NULL;

	CU_ASSERT_EQUAL_FATAL(json_pointer_get(root, pointer, &found), 0);
	return json_object_get_string(found);
}

static void programs_read_one_valid_object_a_line(void)
{
	struct bus bus;

	make_bus(&bus);
	char *text = print(&bus, true);
	char *end = strchr(text, '\n');
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	CU_ASSERT_EQUAL(end[1], '\0');

	json_object *line = json_tokener_parse(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_STRING_EQUAL(text_at(line, "/version"), "1");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/topic"), "pose");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/writers/0/process/name"), "flight");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/writers/0/process/pid"), "42");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/readers/0/qos/partitions/0"), "left");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/readers/1/process/tern"), "false");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/readers/1/process/host"), "");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/pairs/0/state"), "unmatched");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/pairs/0/reason"),
	                       "reader requests RELIABLE");
	CU_ASSERT_STRING_EQUAL(text_at(line, "/pairs/1/state"), "compatible");
	/* The broken byte is replaced, all else of the hostile name comes back as it was. */
	CU_ASSERT_STRING_EQUAL(text_at(line, "/readers/1/type"),
	                       "evil\x1b[2J\n\"name\xef\xbf\xbd");
	json_object_put(line);
	free(text);
}

static const struct suite_test tests[] = {
	{ "people_read_topics_endpoints_and_reasons",
	  people_read_topics_endpoints_and_reasons },
	{ "an_empty_bus_says_so", an_empty_bus_says_so },
	{ "programs_read_one_valid_object_a_line",
	  programs_read_one_valid_object_a_line },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
