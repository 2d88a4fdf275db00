/* The parts of a graph as JSON objects, the same in every command. */
#ifndef TERN_CLI_GRAPH_JSON_H
#define TERN_CLI_GRAPH_JSON_H

#include <tern/graph.h>

#include "json.h"

json_object *json_process(const struct tern_peer_info *process);
/** With GUID, kind, topic, type, process and QoS. */
json_object *json_endpoint(const struct tern_graph_endpoint *endpoint);
/** With state, transport, route, reason; lag where it is known. */
json_object *json_pair(const struct tern_graph_pair *pair);
json_object *json_problem(const struct tern_problem *problem);

/** One line {"version":1,"kind":"problem",...} each. @param about  NULL: all */
void json_print_problems(FILE *out, const struct tern_graph *graph,
                         const struct tern_guid *about);

#endif
