/* tern ls for people:
 *
 *	T01 QoS mismatch  pose: flight[812] -> deck[815]
 *	    reader requests RELIABLE, writer offers BEST_EFFORT
 *	    fix: make the writer reliable or the reader best effort
 *
 *	pose  vehicle::Pose  1 writer, 2 readers, 1 pair does not match
 *	  writer  flight[812] on this host     reliable, transient_local, keep_last 1
 *	  reader  deck[815] on this host       best_effort, volatile, keep_last 1
 *	  reader  DDS at udp/10.0.0.2:7410     reliable, volatile, keep_last 1
 *	  ! flight[812] -> deck[815]: reader requests RELIABLE, ...
 */
#include <string.h>

#include "ls.h"
#include "show.h"
#include "text.h"

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
		show_count(out, topic->unmatched_count, "pair");
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
		show_process(out, pair->writer->process);
		fputs(" -> ", out);
		show_process(out, pair->reader->process);
		fputs(": ", out);
		text_print(out, pair->reason);
		fputc('\n', out);
	}
	if (topic->pairs_left_out > 0)
		fprintf(out, "  ~ %u more pairs were not looked at\n",
		        topic->pairs_left_out);
}

static uint32_t count_notes(const struct tern_graph *graph)
{
	uint32_t notes = 0;

	for (uint32_t i = 0; i < graph->problem_count; i++)
		notes += graph->problems[i].severity == TERN_PROBLEM_NOTE;
	return notes;
}

static void print_problems(FILE *out, const struct tern_graph *graph, bool notes_too)
{
	if (show_problems(out, graph,
	                  notes_too ? TERN_PROBLEM_NOTE : TERN_PROBLEM_WARNING, NULL) > 0)
		fputc('\n', out);
}

void ls_print_text(FILE *out, const struct tern_graph *graph, bool notes_too)
{
	const struct tern_peer_info *own = show_self(graph);
	uint32_t notes = notes_too ? 0 : count_notes(graph);

	print_problems(out, graph, notes_too);

	for (uint32_t t = 0; t < graph->topic_count; t++) {
		const struct tern_graph_topic *topic = &graph->topics[t];
		text_print(out, topic->name);
		fputs("  ", out);
		print_types(out, topic);
		fputs("  ", out);
		show_count(out, topic->writer_count, "writer");
		fputs(", ", out);
		show_count(out, topic->reader_count, "reader");
		print_state(out, topic);
		fputc('\n', out);
		for (uint32_t i = 0; i < topic->writer_count + topic->reader_count; i++)
			show_endpoint(out, &topic->endpoints[i], own);
		print_pairs(out, topic);
	}
	if (graph->topic_count == 0)
		fputs("no topics: nobody in this domain writes or reads\n", out);
	if (notes > 0) {
		fputc('\n', out);
		show_count(out, notes, "note");
		fputs(": see `tern ls --all`\n", out);
	}
}
