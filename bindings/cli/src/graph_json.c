/* Parts of a graph as JSON. */
#include "graph_json.h"

#include <string.h>

#include "show.h"

json_object *json_process(const struct tern_peer_info *process)
{
	json_object *object = json_object_new_object();
	char host[SHOW_HOST_TEXT_SIZE_BYTES];

	json_add_guid(object, "guid", &process->guid);
	json_add_boolean(object, "tern", process->is_tern);
	json_add_text(object, "name", process->process_name);
	json_add_number(object, "pid", process->pid);
	json_add_text(object, "host", show_host_text(process->host_id, host));
	json_add_text(object, "address", process->address);
	json_add_boolean(object, "dead", process->is_dead);
	return object;
}

/* TERN_INFINITE has no number in JSON that all readers keep: null. */
static void add_duration(json_object *object, const char *name, int64_t duration_ns)
{
	if (duration_ns == TERN_INFINITE)
		json_object_object_add(object, name, NULL);
	else
		json_add_number(object, name, duration_ns);
}

static json_object *json_qos(const struct tern_qos *qos)
{
	static const char *const liveliness[] = { "automatic", "manual_by_participant",
		                                  "manual_by_topic" };
	json_object *object = json_object_new_object();
	json_object *partitions = json_object_new_array();

	json_add_text(object, "reliability", show_reliability(qos));
	json_add_text(object, "durability", show_durability(qos));
	json_add_text(object, "history", show_history(qos));
	json_add_number(object, "depth", qos->history_depth);
	add_duration(object, "deadline_ns", qos->deadline_ns);
	add_duration(object, "latency_budget_ns", qos->latency_budget_ns);
	add_duration(object, "lifespan_ns", qos->lifespan_ns);
	json_add_text(object, "ownership",
	              qos->ownership == TERN_EXCLUSIVE ? "exclusive" : "shared");
	json_add_text(object, "liveliness",
	              (unsigned)qos->liveliness < 3 ? liveliness[qos->liveliness] : "?");
	add_duration(object, "liveliness_lease_ns", qos->liveliness_lease_ns);
	for (uint32_t i = 0; i < qos->partition_count; i++)
		json_object_array_add(partitions, json_text(qos->partitions[i]));
	json_add(object, "partitions", partitions);
	return object;
}

json_object *json_endpoint(const struct tern_graph_endpoint *endpoint)
{
	json_object *object = json_object_new_object();

	json_add_guid(object, "guid", &endpoint->info.guid);
	json_add_text(object, "endpoint",
	              endpoint->info.kind == TERN_WRITER ? "writer" : "reader");
	json_add_text(object, "topic", endpoint->info.topic_name);
	json_add_text(object, "type", endpoint->info.type_name);
	json_add(object, "process", json_process(endpoint->process));
	json_add(object, "qos", json_qos(&endpoint->info.qos));
	json_add_number(object, "partners", endpoint->partner_count);
	return object;
}

json_object *json_pair(const struct tern_graph_pair *pair)
{
	json_object *object = json_object_new_object();

	json_add_guid(object, "writer", &pair->writer->info.guid);
	json_add_guid(object, "reader", &pair->reader->info.guid);
	json_add_text(object, "state", show_pair_state(pair->state));
	json_add_text(object, "transport", pair->transport);
	json_add_text(object, "route", pair->route);
	json_add_text(object, "reason", pair->reason);
	if (pair->has_lag) {
		json_add_number(object, "lag", (int64_t)pair->lag);
		json_add_number(object, "room", (int64_t)pair->room);
		json_add_boolean(object, "blocks", pair->blocks);
	}
	return object;
}

static void add_guid_unless_zero(json_object *object, const char *name,
                                 const struct tern_guid *guid)
{
	static const struct tern_guid zero;

	if (memcmp(guid, &zero, sizeof zero) != 0)
		json_add_guid(object, name, guid);
}

static void fill_problem(json_object *object, const struct tern_problem *problem)
{
	static const char *const severities[] = {
		[TERN_PROBLEM_NOTE] = "note",
		[TERN_PROBLEM_WARNING] = "warning",
		[TERN_PROBLEM_ERROR] = "error",
	};
	char code[TERN_PROBLEM_CODE_SIZE_BYTES];

	json_add_text(object, "code", tern_problem_code_format(problem->code, code));
	json_add_text(object, "severity", severities[problem->severity]);
	json_add_text(object, "title", problem->title);
	json_add_text(object, "topic", problem->topic);
	add_guid_unless_zero(object, "writer", &problem->writer);
	add_guid_unless_zero(object, "reader", &problem->reader);
	add_guid_unless_zero(object, "process", &problem->process);
	json_add_text(object, "where", problem->where);
	json_add_text(object, "what", problem->what);
	json_add_text(object, "wanted", problem->wanted);
	json_add_text(object, "got", problem->got);
	json_add_text(object, "fix", problem->fix);
}

json_object *json_problem(const struct tern_problem *problem)
{
	json_object *object = json_object_new_object();

	fill_problem(object, problem);
	return object;
}

void json_print_problems(FILE *out, const struct tern_graph *graph,
                         const struct tern_guid *about)
{
	for (uint32_t i = 0; i < graph->problem_count; i++) {
		const struct tern_problem *problem = &graph->problems[i];
		if (about && !show_is_about(problem, about))
			continue;
		json_object *line = json_line_create();
		json_add_text(line, "kind", "problem");
		fill_problem(line, problem);
		json_line_print(out, line);
	}
}
