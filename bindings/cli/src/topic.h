/* A topic that others have: who has it, and what its type is. */
#ifndef TERN_CLI_TOPIC_H
#define TERN_CLI_TOPIC_H

#include <tern/dynamic_type.h>
#include <tern/tern.h>

struct topic {
	/* Of the endpoint that was asked: a writer if there is one. Strings owned. */
	tern_endpoint_kind kind;
	struct tern_guid guid;
	char *type_name;
	struct tern_qos qos; /* partitions owned, no user data */
	char **partitions;
	const struct tern_type
		*type; /* owned; NULL: cannot be had, the reason is below */
	char reason[512];
};

/**
 * Wait until somebody has the topic, at most the time, and get its type.
 * @param or_type    the name may also be that of a type that somebody uses
 * @param ret_topic  topic_fini()
 * @return false: nobody has it; the complaint is made
 */
bool topic_find(struct tern_participant *participant, const char *name, bool or_type,
                int64_t timeout_ns, struct topic *ret_topic);
/** After the participant is destroyed: its readers and writers hold the type. */
void topic_fini(struct topic *topic);

/** QoS that match whom was found, and do not hold writers back. */
struct tern_qos topic_reader_qos(const struct topic *topic);
struct tern_qos topic_writer_qos(const struct topic *topic);

#endif
