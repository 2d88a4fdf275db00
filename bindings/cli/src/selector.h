/* How a person names a writer or a reader: by GUID or its beginning, topic, process, pid, or
 * process and topic ("flight:pose", "812:pose"). */
#ifndef TERN_CLI_SELECTOR_H
#define TERN_CLI_SELECTOR_H

#include <stdbool.h>

#include <tern/graph.h>

#define SELECTOR_HELP                                                                    \
	"a topic, a process (name or pid), PROCESS:TOPIC, or a GUID or its beginning"

bool selector_matches(const char *selector, const struct tern_graph_endpoint *endpoint);
/** The GUID or its beginning, at least four digits. */
bool selector_is_guid(const char *selector, const struct tern_guid *guid);

/**
 * The endpoints of one kind that are named.
 * @return how many there are; at most max are in ret_endpoints
 */
uint32_t selector_find(const struct tern_graph *graph, const char *selector,
                       tern_endpoint_kind kind, uint32_t max,
                       const struct tern_graph_endpoint **ret_endpoints);

#endif
