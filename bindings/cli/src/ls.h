/* How `tern ls` shows a graph. */
#ifndef TERN_CLI_LS_H
#define TERN_CLI_LS_H

#include <stdbool.h>
#include <stdio.h>

#include <tern/graph.h>

/** For people. */
void ls_print_text(FILE *out, const struct tern_graph *graph);

/** One JSON object a line and topic. */
void ls_print_json(FILE *out, const struct tern_graph *graph);

/** The names of QoS values as both forms show them: "reliable", "transient_local", ... */
const char *ls_reliability(const struct tern_qos *qos);
const char *ls_durability(const struct tern_qos *qos);
const char *ls_history(const struct tern_qos *qos);

/** "" for an unknown host, else 32 hexadecimal digits. */
#define LS_HOST_TEXT_SIZE_BYTES (2 * TERN_HOST_ID_SIZE_BYTES + 1)
const char *ls_host_text(const struct tern_peer_info *process, char *ret_text);

#endif
