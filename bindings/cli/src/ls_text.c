/* tern ls for people:
 *
 *	pose  vehicle::Pose  1 writer, 2 readers, 1 pair does not match
 *	  writer  flight[812] on this host     reliable, transient_local, keep_last 1
 *	  reader  deck[815] on this host       best_effort, volatile, keep_last 1
 *	  reader  DDS at udp/10.0.0.2:7410     reliable, volatile, keep_last 1
 *	  ! flight[812] -> deck[815]: reader requests RELIABLE, ...
 */
#include <string.h>

#include "ls.h"
#include "text.h"

const char *ls_reliability(const struct tern_qos *qos)
{
	return qos->reliability == TERN_RELIABLE ? "reliable" : "best_effort";
}

const char *ls_durability(const struct tern_qos *qos)
{
	static const char *const names[] = { "volatile", "transient_local", "transient",
		                             "persistent" };
	return names[qos->durability];
}

const char *ls_history(const struct tern_qos *qos)
{
	return qos->history == TERN_KEEP_ALL ? "keep_all" : "keep_last";
}

const char *ls_host_text(const struct tern_peer_info *process, char *ret_text)
{
	static const uint8_t unknown[TERN_HOST_ID_SIZE_BYTES];

	ret_text[0] = '\0';
	if (memcmp(process->host_id, unknown, sizeof unknown) == 0)
		return ret_text;
	for (int i = 0; i < TERN_HOST_ID_SIZE_BYTES; i++)
		snprintf(ret_text + 2 * i, 3, "%02x", process->host_id[i]);
	return ret_text;
}

static void print_count(FILE *out, uint32_t count, const char *noun)
{
	fprintf(out, "%u %s%s", count, noun, count == 1 ? "" : "s");
}

/* Name and pid where they are known, else the participant's GUID. */
static void print_process(FILE *out, const struct tern_peer_info *process)
{
	char guid[TERN_GUID_TEXT_SIZE_BYTES];

	if (*process->process_name)
		text_print(out, process->process_name);
	else
		fputs(tern_guid_format(&process->guid, guid), out);
	if (process->pid)
		fprintf(out, "[%u]", process->pid);
}

static void print_place(FILE *out, const struct tern_peer_info *process,
                        const struct tern_peer_info *self)
{
	char host[LS_HOST_TEXT_SIZE_BYTES];

	ls_host_text(process, host);
	if (*host && self &&
	    memcmp(process->host_id, self->host_id, sizeof self->host_id) == 0)
		fputs(" on this host", out);
	else if (*host)
		fprintf(out, " on host %.8s", host);
	if (!process->is_tern)
		fputs(" (DDS)", out);
	if (*process->address) {
		fputs(" at ", out);
		text_print(out, process->address);
	}
}

static void print_endpoint(FILE *out, const struct tern_graph_endpoint *endpoint,
                           const struct tern_peer_info *self)
{
	const struct tern_qos *qos = &endpoint->info.qos;

	fprintf(out, "  %s  ", endpoint->info.kind == TERN_WRITER ? "writer" : "reader");
	print_process(out, endpoint->process);
	print_place(out, endpoint->process, self);
	fprintf(out, "  %s, %s, %s", ls_reliability(qos), ls_durability(qos),
	        ls_history(qos));
	if (qos->history == TERN_KEEP_LAST)
		fprintf(out, " %d", qos->history_depth);
	for (uint32_t i = 0; i < qos->partition_count; i++) {
		fputs(i == 0 ? ", partition " : " ", out);
		text_print(out, qos->partitions[i]);
	}
	fputc('\n', out);
}

static void print_types(FILE *out, const struct tern_graph_topic *topic)
{
	const struct tern_graph_endpoint *endpoints = topic->endpoints;
	uint32_t count = topic->writer_count + topic->reader_count;

	text_print(out, endpoints[0].info.type_name);
	for (uint32_t i = 1; i < count; i++) {
		bool printed = false;
		for (uint32_t j = 0; j < i && !printed; j++)
			printed = strcmp(endpoints[j].info.type_name,
			                 endpoints[i].info.type_name) == 0;
		if (printed)
			continue;
		fputs(" and ", out);
		text_print(out, endpoints[i].info.type_name);
	}
}

static void print_state(FILE *out, const struct tern_graph_topic *topic)
{
	if (topic->writer_count == 0)
		fputs(", nobody writes", out);
	else if (topic->reader_count == 0)
		fputs(", nobody reads", out);
	else if (topic->unmatched_count == 0 && topic->undecided_count == 0)
		fputs(", matched", out);
	else if (topic->unmatched_count == 0)
		fputs(", matched as far as is known", out);
	else {
		fputs(", ", out);
		print_count(out, topic->unmatched_count, "pair");
		fputs(topic->unmatched_count == 1 ? " does not match" : " do not match",
		      out);
	}
}

static void print_pairs(FILE *out, const struct tern_graph_topic *topic)
{
	for (uint32_t i = 0; i < topic->pair_count; i++) {
		const struct tern_graph_pair *pair = &topic->pairs[i];
		if (!*pair->reason)
			continue;
		fputs(pair->state == TERN_PAIR_UNMATCHED ? "  ! " : "  ~ ", out);
		print_process(out, pair->writer->process);
		fputs(" -> ", out);
		print_process(out, pair->reader->process);
		fputs(": ", out);
		text_print(out, pair->reason);
		fputc('\n', out);
	}
	if (topic->pairs_left_out > 0)
		fprintf(out, "  ~ %u more pairs were not looked at\n",
		        topic->pairs_left_out);
}

static const struct tern_peer_info *find_self(const struct tern_graph *graph)
{
	for (uint32_t i = 0; i < graph->process_count; i++)
		if (graph->processes[i].is_ours)
			return &graph->processes[i];
	return NULL;
}

void ls_print_text(FILE *out, const struct tern_graph *graph)
{
	const struct tern_peer_info *own = find_self(graph);

	for (uint32_t t = 0; t < graph->topic_count; t++) {
		const struct tern_graph_topic *topic = &graph->topics[t];
		text_print(out, topic->name);
		fputs("  ", out);
		print_types(out, topic);
		fputs("  ", out);
		print_count(out, topic->writer_count, "writer");
		fputs(", ", out);
		print_count(out, topic->reader_count, "reader");
		print_state(out, topic);
		fputc('\n', out);
		for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++)
			print_endpoint(out, &topic->endpoints[i], own);
		print_pairs(out, topic);
	}
	if (graph->topic_count == 0)
		fputs("no topics: nobody in this domain writes or reads\n", out);
}
