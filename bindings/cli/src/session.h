/* A command's time on the bus: it joins, listens for a moment, looks, and goes. */
#ifndef TERN_CLI_SESSION_H
#define TERN_CLI_SESSION_H

#include <tern/graph.h>
#include <tern/tern.h>

#include "command.h"

/**
 * Join the domain and wait until transports work; complains on stderr.
 * @param ret_participant  tern_participant_destroy()
 * @return false: it cannot be joined, and the exit code is COMMAND_PROBLEM
 */
bool session_join(const struct command *command, const struct arguments *arguments,
                  struct tern_participant **ret_participant);

/** Let the time of --wait pass: nothing tells that all peers have answered. */
void session_listen(const struct arguments *arguments);

/** For commands that look once. */
struct session {
	struct tern_participant *participant;
	const struct tern_graph *graph;
};

/** Join, listen, look. @return false as session_join(); else session_end() follows */
bool session_look(const struct command *command, const struct arguments *arguments,
                  struct session *ret_session);
void session_end(struct session *session);

#endif
