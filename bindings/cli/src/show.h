/* How people see what a graph holds: one wording for all commands. Everything that came from a
 * peer goes through text_print(). */
#ifndef TERN_CLI_SHOW_H
#define TERN_CLI_SHOW_H

#include <stdio.h>

#include <tern/graph.h>

/** "1 writer", "2 writers". */
void show_count(FILE *out, uint32_t count, const char *noun);

/** "flight[812]": name and pid where they are known, else the participant's GUID. */
void show_process(FILE *out, const struct tern_peer_info *process);
/** " on this host", " on host abcd0123", " (DDS) at udp/10.0.0.2:7410". */
void show_place(FILE *out, const struct tern_peer_info *process,
                const struct tern_peer_info *self);
/** The process that looks; NULL: it shows in no way. */
const struct tern_peer_info *show_self(const struct tern_graph *graph);

/** "  writer  flight[812] on this host  reliable, volatile, keep_last 1". */
void show_endpoint(FILE *out, const struct tern_graph_endpoint *endpoint,
                   const struct tern_peer_info *self);

/** Three lines: code, title and place; what; fix. */
void show_problem(FILE *out, const struct tern_problem *problem);
/**
 * Those of a severity or above, or all about one endpoint.
 * @param about  NULL: all
 * @return how many there were
 */
uint32_t show_problems(FILE *out, const struct tern_graph *graph,
                       tern_problem_severity least, const struct tern_guid *about);

/** Is there a problem that the exit code tells of? */
bool show_has_problem(const struct tern_graph *graph);
/** Is this one about that endpoint or process? */
bool show_is_about(const struct tern_problem *problem, const struct tern_guid *guid);

/** QoS values: "reliable", "transient_local", "keep_last". */
const char *show_reliability(const struct tern_qos *qos);
const char *show_durability(const struct tern_qos *qos);
const char *show_history(const struct tern_qos *qos);
/** "matched", "compatible", "undecided", "unmatched". */
const char *show_pair_state(tern_pair_state state);

/** "" for an unknown host, else 32 hexadecimal digits. */
#define SHOW_HOST_TEXT_SIZE_BYTES (2 * TERN_HOST_ID_SIZE_BYTES + 1)
const char *show_host_text(const uint8_t host_id[TERN_HOST_ID_SIZE_BYTES],
                           char *ret_text);

#endif
