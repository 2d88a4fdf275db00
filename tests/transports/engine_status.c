/* An engine's commands on matching and statuses. */
#include <string.h>

#include "engine_impl.h"

void engine_matched(struct call *call)
{
	uint32_t wanted = (uint32_t)engine_number(call, 2);
	engine_say_status(call,
	                  call->endpoint->writer
	                          ? tern_writer_wait_matched(call->endpoint->writer,
	                                                     wanted, ENGINE_WAIT_NS)
	                          : tern_reader_wait_matched(call->endpoint->reader,
	                                                     wanted, ENGINE_WAIT_NS));
}

/* Wait on a status bit until the condition holds. */
static bool wait_status(struct call *call, uint32_t status,
                        bool (*holds)(struct engine_endpoint *endpoint, int64_t wanted))
{
	struct engine_endpoint *endpoint = call->endpoint;
	struct tern_waitset *waitset;
	void *context;
	int64_t wanted = engine_number(call, 2);
	bool held = false;
	if (tern_waitset_create(call->engine->participant, &waitset) < 0)
		return false;
	tern_status s = endpoint->writer
	                        ? tern_waitset_attach_writer(waitset, endpoint->writer,
	                                                     status, endpoint)
	                        : tern_waitset_attach_reader(waitset, endpoint->reader,
	                                                     status, endpoint);
	while (s >= 0 && !(held = holds(endpoint, wanted)))
		s = tern_waitset_wait(waitset, ENGINE_WAIT_NS, 1, &context);
	tern_waitset_destroy(waitset);
	return held;
}

static bool is_unmatched(struct engine_endpoint *endpoint, int64_t wanted)
{
	uint32_t current =
		endpoint->writer
			? tern_writer_publication_matched(endpoint->writer).current
			: tern_reader_subscription_matched(endpoint->reader).current;
	return current == (uint32_t)wanted;
}

/* words: unmatched, name, how many are left */
void engine_unmatched(struct call *call)
{
	uint32_t status = call->endpoint->writer ? TERN_STATUS_PUBLICATION_MATCHED
	                                         : TERN_STATUS_SUBSCRIPTION_MATCHED;
	engine_say(call,
	           wait_status(call, status, is_unmatched) ? "ok" : "still matched");
}

static struct tern_incompatible_status incompatible(struct engine_endpoint *endpoint)
{
	return endpoint->writer ? tern_writer_offered_incompatible(endpoint->writer)
	                        : tern_reader_requested_incompatible(endpoint->reader);
}

static bool is_incompatible(struct engine_endpoint *endpoint, int64_t wanted)
{
	(void)wanted;
	return incompatible(endpoint).count.total > 0;
}

void engine_incompatible(struct call *call)
{
	uint32_t status = call->endpoint->writer ? TERN_STATUS_OFFERED_INCOMPATIBLE
	                                         : TERN_STATUS_REQUESTED_INCOMPATIBLE;
	if (wait_status(call, status, is_incompatible))
		engine_say(call, "ok %s", incompatible(call->endpoint).reason);
	else
		engine_say(call, "compatible");
}

static bool has_missed(struct engine_endpoint *endpoint, int64_t wanted)
{
	struct tern_deadline_status missed =
		endpoint->writer
			? tern_writer_offered_deadline_missed(endpoint->writer)
			: tern_reader_requested_deadline_missed(endpoint->reader);
	return missed.count.total >= (uint64_t)wanted;
}

/* words: deadline_missed, name, how often at least */
void engine_deadline_missed(struct call *call)
{
	uint32_t status = call->endpoint->writer ? TERN_STATUS_OFFERED_DEADLINE_MISSED
	                                         : TERN_STATUS_REQUESTED_DEADLINE_MISSED;
	engine_say(call, wait_status(call, status, has_missed) ? "ok" : "never missed");
}

void engine_lost(struct call *call)
{
	struct tern_reader_counters counters =
		tern_reader_get_counters(call->endpoint->reader);
	engine_say(call, "ok lost %llu malformed %llu expired %llu overwritten %llu",
	           (unsigned long long)counters.lost,
	           (unsigned long long)counters.malformed,
	           (unsigned long long)counters.expired,
	           (unsigned long long)counters.overwritten);
}

/* ---- what a peer sees of an endpoint -------------------------------------------------- */

struct look {
	struct call *call;
	const char *topic;
};

static void on_endpoint(const struct tern_endpoint_info *endpoint, void *context)
{
	struct look *look = context;
	if (endpoint->kind != TERN_WRITER ||
	    strcmp(endpoint->topic_name, look->topic) != 0)
		return;
	engine_say(look->call, " %s %s %s depth %d user %.*s",
	           endpoint->is_tern ? "tern" : "foreign", endpoint->type_name,
	           endpoint->qos.reliability == TERN_RELIABLE ? "reliable"
	                                                      : "best_effort",
	           endpoint->qos.history_depth, (int)endpoint->qos.user_data_size_bytes,
	           endpoint->qos.user_data ? (const char *)endpoint->qos.user_data : "");
}

/* words: user_data, name: of the writers of its topic, as this side knows them */
void engine_user_data(struct call *call)
{
	struct look look = {
		.call = call,
		.topic = tern_topic_name(tern_reader_topic(call->endpoint->reader)),
	};
	struct tern_visitor visitor = { .endpoint = on_endpoint, .context = &look };
	engine_say(call, "ok");
	tern_participant_visit(call->engine->participant, &visitor);
}
