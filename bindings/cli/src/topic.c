/* Looks at the bus whenever it changed, until the topic is there. */
#include "topic.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "text.h"

/* How long an endpoint's process may take to describe its type. */
#define DESCRIBE_TIMEOUT_NS INT64_C(5000000000)
/* Enough for a burst while the terminal is slow. */
enum { READER_DEPTH = 1000 };

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		abort(); /* a tool without memory has nothing left to say */
	return copy;
}

static void forget(struct topic *topic)
{
	for (uint32_t i = 0; i < topic->qos.partition_count; i++)
		free(topic->partitions[i]);
	free(topic->partitions);
	free(topic->type_name);
	*topic = (struct topic){ 0 };
}

static void keep(struct topic *topic, const struct tern_endpoint_info *endpoint)
{
	forget(topic);
	topic->kind = endpoint->kind;
	topic->guid = endpoint->guid;
	topic->type_name = copy_text(endpoint->type_name);
	topic->qos = endpoint->qos;
	topic->qos.user_data = NULL;
	topic->qos.user_data_size_bytes = 0;
	topic->partitions = calloc(topic->qos.partition_count + 1, sizeof(char *));
	if (!topic->partitions)
		abort();
	for (uint32_t i = 0; i < topic->qos.partition_count; i++)
		topic->partitions[i] = copy_text(endpoint->qos.partitions[i]);
	topic->qos.partitions = topic->qos.partition_count
	                                ? (const char *const *)topic->partitions
	                                : NULL;
}

/* A writer rather than a reader, one that says what its type is rather than one that does not. */
static int rank(tern_endpoint_kind kind, bool is_described)
{
	return (kind == TERN_WRITER ? 1 : 0) + (is_described ? 2 : 0);
}

struct search {
	const char *name;
	bool or_type;
	struct topic *topic; /* the best so far */
	bool found;
	int rank; /* its */
};

static bool is_meant(const struct search *search,
                     const struct tern_endpoint_info *endpoint)
{
	return strcmp(endpoint->topic_name, search->name) == 0 ||
	       (search->or_type && strcmp(endpoint->type_name, search->name) == 0);
}

static void look_at(const struct tern_endpoint_info *endpoint, void *context)
{
	struct search *search = context;
	int rank_here = rank(endpoint->kind, endpoint->type_information != NULL);

	if (endpoint->is_ours || !is_meant(search, endpoint) ||
	    (search->found && rank_here <= search->rank))
		return;
	keep(search->topic, endpoint);
	search->found = true;
	search->rank = rank_here;
}

static bool look(struct tern_participant *participant, const char *name, bool or_type,
                 struct topic *topic)
{
	struct search search = { .name = name, .or_type = or_type, .topic = topic };
	struct tern_visitor visitor = { .endpoint = look_at, .context = &search };

	tern_participant_visit(participant, &visitor);
	return search.found;
}

/* @return false: it did not come, or waiting failed */
static bool wait_for(struct tern_participant *participant, const char *name, bool or_type,
                     int64_t timeout_ns, struct topic *topic)
{
	int64_t deadline_ns = monotonic_ns() + timeout_ns;
	struct tern_waitset *waitset = NULL;
	void *context;
	bool found = false;

	if (tern_waitset_create(participant, &waitset) < 0 ||
	    tern_waitset_attach_discovery(waitset, &deadline_ns) < 0) {
		command_failed("cannot wait");
		goto out;
	}
	while (!(found = look(participant, name, or_type, topic))) {
		int64_t left_ns = deadline_ns - monotonic_ns();
		if (left_ns <= 0 || tern_waitset_wait(waitset, left_ns, 1, &context) < 0)
			break;
	}
	if (!found) {
		fputs("tern: nobody has the topic ", stderr);
		text_print(stderr, name);
		fputs(": see `tern ls`, or give it more time with --wait\n", stderr);
	}
out:
	tern_waitset_destroy(waitset);
	return found;
}

bool topic_find(struct tern_participant *participant, const char *name, bool or_type,
                int64_t timeout_ns, struct topic *ret_topic)
{
	struct topic topic = { 0 };

	if (!wait_for(participant, name, or_type, timeout_ns, &topic)) {
		forget(&topic);
		return false;
	}
	if (tern_dynamic_type_find(participant, &topic.guid, DESCRIBE_TIMEOUT_NS,
	                           &topic.type) < 0)
		snprintf(topic.reason, sizeof topic.reason, "%s", tern_error_text());
	*ret_topic = topic;
	return true;
}

void topic_fini(struct topic *topic)
{
	tern_dynamic_type_destroy(topic->type);
	forget(topic);
}

struct tern_qos topic_reader_qos(const struct topic *topic)
{
	struct tern_qos qos = tern_qos_reader_default();

	qos.partitions = topic->qos.partitions;
	qos.partition_count = topic->qos.partition_count;
	qos.ownership = topic->qos.ownership;
	if (topic->kind == TERN_WRITER) {
		qos.reliability = topic->qos.reliability;
		qos.durability = topic->qos.durability;
	}
	qos.history = TERN_KEEP_LAST;
	qos.history_depth = READER_DEPTH;
	return qos;
}

struct tern_qos topic_writer_qos(const struct topic *topic)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.partitions = topic->qos.partitions;
	qos.partition_count = topic->qos.partition_count;
	qos.ownership = topic->qos.ownership;
	qos.reliability = TERN_RELIABLE;
	qos.durability = topic->qos.durability == TERN_VOLATILE ? TERN_VOLATILE
	                                                        : TERN_TRANSIENT_LOCAL;
	return qos;
}
