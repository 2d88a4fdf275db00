/* The graph merges what a visit shows, in any order and with anything missing. Most tests show
 * it a bus of their own making; the last looks at a real participant. */
#include <string.h>

#include <tern/tern.h>

#include "graph_internal.h"
#include "suite.h"

/* A bus as tern_participant_visit() would show it. */
struct bus {
	struct tern_peer_info peers[4];
	size_t peer_count;
	struct tern_endpoint_info endpoints[130];
	size_t endpoint_count;
	struct tern_pair_info pairs[4];
	size_t pair_count;
};

static void show(void *source, const struct tern_visitor *visitor)
{
	struct bus *bus = source;

	for (size_t i = 0; i < bus->peer_count; i++)
		visitor->peer(&bus->peers[i], visitor->context);
	for (size_t i = 0; i < bus->endpoint_count; i++)
		visitor->endpoint(&bus->endpoints[i], visitor->context);
	for (size_t i = 0; i < bus->pair_count; i++)
		visitor->pair(&bus->pairs[i], visitor->context);
}

static const struct tern_graph *snapshot(struct bus *bus)
{
	const struct tern_graph *graph = NULL;

	const struct graph_source source = { .visit = show, .context = bus };

	CU_ASSERT_EQUAL_FATAL(tern__graph_build(&source, &graph), TERN_OK);
	return graph;
}

static struct tern_guid guid(uint8_t process, uint8_t entity)
{
	return (struct tern_guid){ .bytes = { [0] = process, [15] = entity } };
}

static struct tern_endpoint_info *add(struct bus *bus, tern_endpoint_kind kind,
                                      uint8_t process, const char *topic)
{
	size_t i = bus->endpoint_count++;

	bus->endpoints[i] = (struct tern_endpoint_info){
		.kind = kind,
		.guid = guid(process, (uint8_t)(i + 1)),
		.participant = guid(process, 0),
		.is_tern = true,
		.topic_name = topic,
		.type_name = "Type",
		.qos = kind == TERN_WRITER ? tern_qos_writer_default()
		                           : tern_qos_reader_default(),
	};
	return &bus->endpoints[i];
}

static void an_empty_bus_has_no_topics(void)
{
	struct bus bus = { .peer_count = 0 };
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL(graph->topic_count, 0);
	CU_ASSERT_EQUAL(graph->process_count, 0);
	tern_graph_destroy(graph);
	tern_graph_destroy(NULL);
}

static void topics_are_sorted_by_name_and_writers_come_first(void)
{
	struct bus bus = { .peer_count = 0 };

	add(&bus, TERN_READER, 1, "pose");
	add(&bus, TERN_WRITER, 2, "battery");
	add(&bus, TERN_WRITER, 2, "pose");
	add(&bus, TERN_READER, 3, "pose");
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 2);
	CU_ASSERT_STRING_EQUAL(graph->topics[0].name, "battery");
	const struct tern_graph_topic *pose = &graph->topics[1];
	CU_ASSERT_STRING_EQUAL(pose->name, "pose");
	CU_ASSERT_EQUAL_FATAL(pose->writer_count, 1);
	CU_ASSERT_EQUAL_FATAL(pose->reader_count, 2);
	CU_ASSERT_EQUAL(pose->endpoints[0].info.kind, TERN_WRITER);
	CU_ASSERT_EQUAL(pose->endpoints[1].info.guid.bytes[0], 1);
	CU_ASSERT_EQUAL(pose->endpoints[2].info.guid.bytes[0], 3);
	tern_graph_destroy(graph);
}

static void endpoints_know_their_process_even_if_nothing_announced_it(void)
{
	struct bus bus = {
		.peers = { { .guid = guid(7, 0),
		             .is_tern = true,
		             .pid = 42,
		             .process_name = "flight",
		             .address = "udp/10.0.0.2:7410" } },
		.peer_count = 1,
	};

	add(&bus, TERN_WRITER, 7, "pose");
	add(&bus, TERN_WRITER, 8, "pose");
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL(graph->process_count, 2);
	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	const struct tern_graph_endpoint *endpoints = graph->topics[0].endpoints;
	CU_ASSERT_STRING_EQUAL(endpoints[0].process->process_name, "flight");
	CU_ASSERT_EQUAL(endpoints[0].process->pid, 42);
	CU_ASSERT_EQUAL(endpoints[1].process->guid.bytes[0], 8);
	CU_ASSERT_STRING_EQUAL(endpoints[1].process->process_name, "");
	tern_graph_destroy(graph);
}

static void the_snapshot_keeps_copies_of_what_was_shown(void)
{
	struct bus bus = { .peer_count = 0 };
	char topic[] = "pose", type[] = "Pose", partition[] = "left";
	uint8_t user_data[] = { 1, 2, 3 };
	const char *partitions[] = { partition };
	struct tern_endpoint_info *writer = add(&bus, TERN_WRITER, 1, topic);

	writer->type_name = type;
	writer->qos.partitions = partitions;
	writer->qos.partition_count = 1;
	writer->qos.user_data = user_data;
	writer->qos.user_data_size_bytes = sizeof user_data;
	const struct tern_graph *graph = snapshot(&bus);
	memset(topic, 'x', 4);
	memset(type, 'x', 4);
	memset(partition, 'x', 4);
	memset(user_data, 0, sizeof user_data);
	partitions[0] = NULL;

	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	const struct tern_endpoint_info *info = &graph->topics[0].endpoints[0].info;
	CU_ASSERT_STRING_EQUAL(graph->topics[0].name, "pose");
	CU_ASSERT_STRING_EQUAL(info->type_name, "Pose");
	CU_ASSERT_STRING_EQUAL(info->qos.partitions[0], "left");
	CU_ASSERT_EQUAL(memcmp(info->qos.user_data, "\1\2\3", 3), 0);
	tern_graph_destroy(graph);
}

static void an_endpoint_seen_over_two_transports_is_one(void)
{
	struct bus bus = { .peer_count = 0 };

	add(&bus, TERN_WRITER, 1, "pose");
	bus.endpoints[1] = bus.endpoints[0];
	bus.endpoint_count = 2;
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	CU_ASSERT_EQUAL(graph->topics[0].writer_count, 1);
	tern_graph_destroy(graph);
}

static void pairs_of_others_are_judged_by_the_rules(void)
{
	struct bus bus = { .peer_count = 0 };

	add(&bus, TERN_WRITER, 1, "pose")->qos.reliability = TERN_BEST_EFFORT;
	add(&bus, TERN_READER, 2, "pose")->qos.reliability = TERN_RELIABLE;
	add(&bus, TERN_READER, 3, "pose");
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	const struct tern_graph_topic *topic = &graph->topics[0];
	CU_ASSERT_EQUAL_FATAL(topic->pair_count, 2);
	CU_ASSERT_EQUAL(topic->unmatched_count, 1);
	CU_ASSERT_EQUAL(topic->pairs[0].state, TERN_PAIR_UNMATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(topic->pairs[0].reason, "RELIABLE"));
	CU_ASSERT_EQUAL(topic->pairs[0].reader->info.guid.bytes[0], 2);
	CU_ASSERT_EQUAL(topic->pairs[1].state, TERN_PAIR_COMPATIBLE);
	CU_ASSERT_STRING_EQUAL(topic->pairs[1].reason, "");
	tern_graph_destroy(graph);
}

static void pairs_of_others_with_different_types_are_not_called_matched(void)
{
	struct bus bus = { .peer_count = 0 };
	const uint8_t one[] = { 1, 2, 3 }, other[] = { 1, 2, 4 };
	struct tern_endpoint_info *writer = add(&bus, TERN_WRITER, 1, "pose");
	struct tern_endpoint_info *same = add(&bus, TERN_READER, 2, "pose");
	struct tern_endpoint_info *different = add(&bus, TERN_READER, 3, "pose");

	writer->type_information = same->type_information = one;
	different->type_information = other;
	writer->type_information_size_bytes = same->type_information_size_bytes =
		different->type_information_size_bytes = sizeof one;
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	const struct tern_graph_topic *topic = &graph->topics[0];
	CU_ASSERT_EQUAL_FATAL(topic->pair_count, 2);
	CU_ASSERT_EQUAL(topic->pairs[0].state, TERN_PAIR_COMPATIBLE);
	CU_ASSERT_EQUAL(topic->pairs[1].state, TERN_PAIR_UNDECIDED);
	CU_ASSERT_PTR_NOT_NULL(strstr(topic->pairs[1].reason, "types differ"));
	CU_ASSERT_EQUAL(topic->undecided_count, 1);
	CU_ASSERT_EQUAL(topic->unmatched_count, 0);
	tern_graph_destroy(graph);
}

static void what_core_decided_of_a_pair_counts(void)
{
	struct bus bus = { .peer_count = 0 };
	struct tern_guid writer = add(&bus, TERN_WRITER, 1, "pose")->guid;
	struct tern_guid near = add(&bus, TERN_READER, 2, "pose")->guid;
	struct tern_guid slow = add(&bus, TERN_READER, 3, "pose")->guid;

	bus.pairs[0] = (struct tern_pair_info){ .writer = writer,
		                                .reader = near,
		                                .transport = "local",
		                                .matched = true,
		                                .reason = "" };
	bus.pairs[1] = (struct tern_pair_info){ .writer = writer,
		                                .reader = slow,
		                                .reason = "waits for dds to start" };
	bus.pair_count = 2;
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	const struct tern_graph_topic *topic = &graph->topics[0];
	CU_ASSERT_EQUAL_FATAL(topic->pair_count, 2);
	CU_ASSERT_EQUAL(topic->pairs[0].state, TERN_PAIR_MATCHED);
	CU_ASSERT_STRING_EQUAL(topic->pairs[0].transport, "local");
	CU_ASSERT_EQUAL(topic->pairs[1].state, TERN_PAIR_UNDECIDED);
	CU_ASSERT_STRING_EQUAL(topic->pairs[1].reason, "waits for dds to start");
	CU_ASSERT_EQUAL(topic->unmatched_count, 0);
	tern_graph_destroy(graph);
}

static void pairs_beyond_the_limit_are_counted(void)
{
	static struct bus bus;

	bus.endpoint_count = 0;
	for (int i = 0; i < 65; i++) {
		add(&bus, TERN_WRITER, 1, "pose");
		add(&bus, TERN_READER, 2, "pose");
	}
	const struct tern_graph *graph = snapshot(&bus);

	CU_ASSERT_EQUAL_FATAL(graph->topic_count, 1);
	CU_ASSERT_EQUAL(graph->topics[0].pair_count, TERN_GRAPH_PAIRS_MAX);
	CU_ASSERT_EQUAL(graph->topics[0].pairs_left_out, 65 * 65 - TERN_GRAPH_PAIRS_MAX);
	tern_graph_destroy(graph);
}

static void a_null_argument_is_refused(void)
{
	const struct tern_graph *graph = NULL;

	CU_ASSERT_EQUAL(tern_graph_create(NULL, &graph), TERN_EINVAL);
	CU_ASSERT_PTR_NULL(graph);
}

static void a_participant_without_endpoints_shows_none(void)
{
	struct tern_participant *participant;
	const struct tern_graph *graph;

	CU_ASSERT_EQUAL_FATAL(tern_participant_create(0, "graph", &participant), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(tern_graph_create(participant, &graph), TERN_OK);
	CU_ASSERT_EQUAL(graph->topic_count, 0);
	tern_graph_destroy(graph);
	CU_ASSERT_EQUAL(tern_participant_destroy(participant), TERN_OK);
}

static const struct suite_test tests[] = {
	{ "an_empty_bus_has_no_topics", an_empty_bus_has_no_topics },
	{ "topics_are_sorted_by_name_and_writers_come_first",
	  topics_are_sorted_by_name_and_writers_come_first },
	{ "endpoints_know_their_process_even_if_nothing_announced_it",
	  endpoints_know_their_process_even_if_nothing_announced_it },
	{ "the_snapshot_keeps_copies_of_what_was_shown",
	  the_snapshot_keeps_copies_of_what_was_shown },
	{ "an_endpoint_seen_over_two_transports_is_one",
	  an_endpoint_seen_over_two_transports_is_one },
	{ "pairs_of_others_are_judged_by_the_rules",
	  pairs_of_others_are_judged_by_the_rules },
	{ "pairs_of_others_with_different_types_are_not_called_matched",
	  pairs_of_others_with_different_types_are_not_called_matched },
	{ "what_core_decided_of_a_pair_counts", what_core_decided_of_a_pair_counts },
	{ "pairs_beyond_the_limit_are_counted", pairs_beyond_the_limit_are_counted },
	{ "a_null_argument_is_refused", a_null_argument_is_refused },
	{ "a_participant_without_endpoints_shows_none",
	  a_participant_without_endpoints_shows_none },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
