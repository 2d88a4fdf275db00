/* The words in which commands show a graph to people. */
#include "show.h"

#include <string.h>

#include "text.h"

const char *show_reliability(const struct tern_qos *qos)
{
	return qos->reliability == TERN_RELIABLE ? "reliable" : "best_effort";
}

const char *show_durability(const struct tern_qos *qos)
{
	static const char *const names[] = { "volatile", "transient_local", "transient",
		                             "persistent" };
	return names[qos->durability];
}

const char *show_history(const struct tern_qos *qos)
{
	return qos->history == TERN_KEEP_ALL ? "keep_all" : "keep_last";
}

const char *show_pair_state(tern_pair_state state)
{
	static const char *const names[] = {
		[TERN_PAIR_MATCHED] = "matched",
		[TERN_PAIR_COMPATIBLE] = "compatible",
		[TERN_PAIR_UNDECIDED] = "undecided",
		[TERN_PAIR_UNMATCHED] = "unmatched",
	};
	return names[state];
}

const char *show_host_text(const uint8_t host_id[TERN_HOST_ID_SIZE_BYTES], char *ret_text)
{
	static const uint8_t unknown[TERN_HOST_ID_SIZE_BYTES];

	ret_text[0] = '\0';
	if (memcmp(host_id, unknown, sizeof unknown) == 0)
		return ret_text;
	for (int i = 0; i < TERN_HOST_ID_SIZE_BYTES; i++)
		snprintf(ret_text + 2 * i, 3, "%02x", host_id[i]);
	return ret_text;
}

void show_count(FILE *out, uint32_t count, const char *noun)
{
	fprintf(out, "%u %s%s", count, noun, count == 1 ? "" : "s");
}

void show_process(FILE *out, const struct tern_peer_info *process)
{
	char guid[TERN_GUID_TEXT_SIZE_BYTES];

	if (*process->process_name)
		text_print(out, process->process_name);
	else
		fputs(tern_guid_format(&process->guid, guid), out);
	if (process->pid)
		fprintf(out, "[%u]", process->pid);
}

void show_place(FILE *out, const struct tern_peer_info *process,
                const struct tern_peer_info *self)
{
	char host[SHOW_HOST_TEXT_SIZE_BYTES];

	show_host_text(process->host_id, host);
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

const struct tern_peer_info *show_self(const struct tern_graph *graph)
{
	for (uint32_t i = 0; i < graph->process_count; i++)
		if (graph->processes[i].is_ours)
			return &graph->processes[i];
	return NULL;
}

void show_endpoint(FILE *out, const struct tern_graph_endpoint *endpoint,
                   const struct tern_peer_info *self)
{
	const struct tern_qos *qos = &endpoint->info.qos;

	fprintf(out, "  %s  ", endpoint->info.kind == TERN_WRITER ? "writer" : "reader");
	show_process(out, endpoint->process);
	show_place(out, endpoint->process, self);
	fprintf(out, "  %s, %s, %s", show_reliability(qos), show_durability(qos),
	        show_history(qos));
	if (qos->history == TERN_KEEP_LAST)
		fprintf(out, " %d", qos->history_depth);
	for (uint32_t i = 0; i < qos->partition_count; i++) {
		fputs(i == 0 ? ", partition " : " ", out);
		text_print(out, qos->partitions[i]);
	}
	fputc('\n', out);
}

/* ---- problems ---------------------------------------------------------------------------- */

void show_problem(FILE *out, const struct tern_problem *problem)
{
	char code[TERN_PROBLEM_CODE_SIZE_BYTES];

	fprintf(out, "%s %s  ", tern_problem_code_format(problem->code, code),
	        problem->title);
	text_print(out, problem->where);
	fputs("\n    ", out);
	text_print(out, problem->what);
	fputs("\n    fix: ", out);
	text_print(out, problem->fix);
	fputc('\n', out);
}

bool show_is_about(const struct tern_problem *problem, const struct tern_guid *guid)
{
	return tern_guid_equal(&problem->writer, guid) ||
	       tern_guid_equal(&problem->reader, guid) ||
	       tern_guid_equal(&problem->process, guid);
}

uint32_t show_problems(FILE *out, const struct tern_graph *graph,
                       tern_problem_severity least, const struct tern_guid *about)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < graph->problem_count; i++) {
		const struct tern_problem *problem = &graph->problems[i];
		if (problem->severity < least ||
		    (about && !show_is_about(problem, about)))
			continue;
		show_problem(out, problem);
		count++;
	}
	return count;
}

bool show_has_problem(const struct tern_graph *graph)
{
	/* The worst come first. */
	return graph->problem_count > 0 &&
	       graph->problems[0].severity >= TERN_PROBLEM_WARNING;
}
