/* Joining a domain for a command. */
#include "session.h"

#include <errno.h>
#include <time.h>

#include <tern/dynamic_type.h>

/* What a foreign program's types are, is asked over the network. */
static const struct tern_graph_types types = {
	.find = tern_dynamic_type_find,
	.destroy = tern_dynamic_type_destroy,
	.timeout_ns = INT64_C(1000000000),
};

#define START_TIMEOUT_NS INT64_C(10000000000)

bool session_join(const struct command *command, const struct arguments *arguments,
                  struct tern_participant **ret_participant)
{
	struct tern_participant *participant = NULL;
	char name[64];

	snprintf(name, sizeof name, "tern %s", command->name);
	if (tern_participant_create(arguments->domain_id, name, &participant) < 0) {
		command_failed("cannot join the domain");
		return false;
	}
	if (tern_participant_wait_started(participant, START_TIMEOUT_NS) < 0) {
		command_failed("no transport works");
		tern_participant_destroy(participant);
		return false;
	}
	*ret_participant = participant;
	return true;
}

void session_listen(const struct arguments *arguments)
{
	struct timespec left = { .tv_sec = arguments->wait_ns / 1000000000,
		                 .tv_nsec = arguments->wait_ns % 1000000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

bool session_look(const struct command *command, const struct arguments *arguments,
                  struct session *ret_session)
{
	struct session session = { NULL, NULL };

	if (!session_join(command, arguments, &session.participant))
		return false;
	session_listen(arguments);
	if (tern_graph_create_with_types(session.participant, &types, &session.graph) <
	    0) {
		command_failed("cannot look at the bus");
		session_end(&session);
		return false;
	}
	*ret_session = session;
	return true;
}

void session_end(struct session *session)
{
	tern_graph_destroy(session->graph);
	tern_participant_destroy(session->participant);
}
