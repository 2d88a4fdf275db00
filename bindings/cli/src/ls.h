/* How `tern ls` shows a graph. */
#ifndef TERN_CLI_LS_H
#define TERN_CLI_LS_H

#include <stdbool.h>
#include <stdio.h>

#include <tern/graph.h>

/** For people. @param notes_too  problems that may be meant so, too */
void ls_print_text(FILE *out, const struct tern_graph *graph, bool notes_too);

/** One JSON object a line: problems, then topics. */
void ls_print_json(FILE *out, const struct tern_graph *graph);
void ls_print_json_topic(FILE *out, const struct tern_graph_topic *topic);

#endif
