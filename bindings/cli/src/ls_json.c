/* tern ls for programs: {"version":1,"topic":"pose","writers":[...],"readers":[...],"pairs":[...]}
 * Members may be added; a change of meaning raises the version. */
#include "json.h"
#include "ls.h"

static json_object *process_object(const struct tern_peer_info *process)
{
	json_object *object = json_object_new_object();
	char host[LS_HOST_TEXT_SIZE_BYTES];

	json_add_guid(object, "guid", &process->guid);
	json_add_boolean(object, "tern", process->is_tern);
	json_add_text(object, "name", process->process_name);
	json_add_number(object, "pid", process->pid);
	json_add_text(object, "host", ls_host_text(process, host));
	json_add_text(object, "address", process->address);
	return object;
}

static json_object *qos_object(const struct tern_qos *qos)
{
	json_object *object = json_object_new_object();
	json_object *partitions = json_object_new_array();

	json_add_text(object, "reliability", ls_reliability(qos));
	json_add_text(object, "durability", ls_durability(qos));
	json_add_text(object, "history", ls_history(qos));
	json_add_number(object, "depth", qos->history_depth);
	for (uint32_t i = 0; i < qos->partition_count; i++)
		json_object_array_add(partitions, json_text(qos->partitions[i]));
	json_add(object, "partitions", partitions);
	return object;
}

static json_object *endpoints_array(const struct tern_graph_endpoint *endpoints,
                                    uint32_t count)
{
	json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < count; i++) {
		json_object *object = json_object_new_object();
		json_add_guid(object, "guid", &endpoints[i].info.guid);
		json_add_text(object, "type", endpoints[i].info.type_name);
		json_add(object, "process", process_object(endpoints[i].process));
		json_add(object, "qos", qos_object(&endpoints[i].info.qos));
		json_object_array_add(array, object);
	}
	return array;
}

static const char *state_name(tern_pair_state state)
{
	switch (state) {
	case TERN_PAIR_MATCHED:
		return "matched";
	case TERN_PAIR_COMPATIBLE:
		return "compatible";
	case TERN_PAIR_UNDECIDED:
		return "undecided";
	case TERN_PAIR_UNMATCHED:
		break;
	}
	return "unmatched";
}

static json_object *pairs_array(const struct tern_graph_topic *topic)
{
	json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < topic->pair_count; i++) {
		const struct tern_graph_pair *pair = &topic->pairs[i];
		json_object *object = json_object_new_object();
		json_add_guid(object, "writer", &pair->writer->info.guid);
		json_add_guid(object, "reader", &pair->reader->info.guid);
		json_add_text(object, "state", state_name(pair->state));
		json_add_text(object, "transport", pair->transport);
		json_add_text(object, "reason", pair->reason);
		json_object_array_add(array, object);
	}
	return array;
}

void ls_print_json(FILE *out, const struct tern_graph *graph)
{
	for (uint32_t i = 0; i < graph->topic_count; i++) {
		const struct tern_graph_topic *topic = &graph->topics[i];
		json_object *line = json_line_create();
		json_add_text(line, "topic", topic->name);
		json_add(line, "writers",
		         endpoints_array(topic->endpoints, topic->writer_count));
		json_add(line, "readers",
		         endpoints_array(topic->endpoints + topic->writer_count,
		                         topic->reader_count));
		json_add(line, "pairs", pairs_array(topic));
		json_add_number(line, "pairs_left_out", topic->pairs_left_out);
		json_line_print(out, line);
	}
}
