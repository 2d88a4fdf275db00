/* Naming writers and readers. */
#include "selector.h"

#include <stdio.h>
#include <string.h>

#define GUID_DIGITS_MIN 4

bool selector_is_guid(const char *selector, const struct tern_guid *guid)
{
	char text[TERN_GUID_TEXT_SIZE_BYTES];

	tern_guid_format(guid, text);
	return strlen(selector) >= GUID_DIGITS_MIN &&
	       strncmp(text, selector, strlen(selector)) == 0;
}

static bool is_text(const char *text, size_t length, const char *wanted)
{
	return strlen(wanted) == length && strncmp(text, wanted, length) == 0;
}

/* "flight", "flight[812]", "812" */
static bool is_process(const char *text, size_t length,
                       const struct tern_peer_info *process)
{
	char both[320], pid[16];

	snprintf(pid, sizeof pid, "%u", process->pid);
	snprintf(both, sizeof both, "%.256s[%u]", process->process_name, process->pid);
	return is_text(text, length, process->process_name) ||
	       is_text(text, length, both) ||
	       (process->pid && is_text(text, length, pid));
}

bool selector_matches(const char *selector, const struct tern_graph_endpoint *endpoint)
{
	const char *topic = endpoint->info.topic_name;

	if (strcmp(selector, topic) == 0 ||
	    is_process(selector, strlen(selector), endpoint->process) ||
	    selector_is_guid(selector, &endpoint->info.guid))
		return true;
	/* Topics may hold colons, too: any of them may be the one between. */
	for (const char *colon = selector; (colon = strchr(colon, ':')); colon++)
		if (strcmp(colon + 1, topic) == 0 &&
		    is_process(selector, (size_t)(colon - selector), endpoint->process))
			return true;
	return false;
}

uint32_t selector_find(const struct tern_graph *graph, const char *selector,
                       tern_endpoint_kind kind, uint32_t max,
                       const struct tern_graph_endpoint **ret_endpoints)
{
	uint32_t count = 0;

	for (uint32_t t = 0; t < graph->topic_count; t++) {
		const struct tern_graph_topic *topic = &graph->topics[t];
		for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++) {
			const struct tern_graph_endpoint *endpoint = &topic->endpoints[i];
			if (endpoint->info.kind != kind ||
			    !selector_matches(selector, endpoint))
				continue;
			if (count < max)
				ret_endpoints[count] = endpoint;
			count++;
		}
	}
	return count;
}
