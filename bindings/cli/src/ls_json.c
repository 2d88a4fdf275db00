/* tern ls for programs: problems first, then {"version":1,"kind":"topic","topic":"pose",
 * "writers":[...],"readers":[...],"pairs":[...]}. Members may be added; a change of meaning raises
 * the version. */
#include "graph_json.h"
#include "ls.h"

static json_object *endpoints_array(const struct tern_graph_endpoint *endpoints,
                                    uint32_t count)
{
	json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < count; i++)
		json_object_array_add(array, json_endpoint(&endpoints[i]));
	return array;
}

static json_object *pairs_array(const struct tern_graph_topic *topic)
{
	json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < topic->pair_count; i++)
		json_object_array_add(array, json_pair(&topic->pairs[i]));
	return array;
}

void ls_print_json_topic(FILE *out, const struct tern_graph_topic *topic)
{
	json_object *line = json_line_create();

	json_add_text(line, "kind", "topic");
	json_add_text(line, "topic", topic->name);
	json_add(line, "writers", endpoints_array(topic->endpoints, topic->writer_count));
	json_add(line, "readers",
	         endpoints_array(topic->endpoints + topic->writer_count,
	                         topic->reader_count));
	json_add(line, "pairs", pairs_array(topic));
	json_add_number(line, "pairs_left_out", topic->pairs_left_out);
	json_line_print(out, line);
}

void ls_print_json(FILE *out, const struct tern_graph *graph)
{
	json_print_problems(out, graph, NULL);
	for (uint32_t i = 0; i < graph->topic_count; i++)
		ls_print_json_topic(out, &graph->topics[i]);
}
