/* A writer's life: create, destroy, wait. How a sample goes out is in writer_write.c, to which
 * transports in writer_feed.c. */
#include "writer.h"

#include <stdlib.h>

#include "check.h"
#include "clock.h"
#include "dispatcher.h"
#include "qos.h"
#include "sample_check.h"
#include "waitset.h"

static void writer_free(struct tern_writer *writer)
{
	while (writer->backlog) {
		struct backlog *item = writer->backlog;
		writer->backlog = item->next;
		free(item);
	}
	tern__writer_history_destroy(writer->history);
	tern__qos_fini(&writer->port.info.qos);
	pthread_mutex_destroy(&writer->status_lock);
	pthread_cond_destroy(&writer->replayed);
	pthread_mutex_destroy(&writer->backlog_lock);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}

static tern_status writer_build(struct tern_writer *writer, struct tern_topic *topic,
                                const struct tern_qos *qos)
{
	struct tern_qos own;
	tern_status s = tern__topic_endpoint_qos(topic, TERN_WRITER, qos, &own);
	if (s < 0)
		return s;

	struct tern_participant *participant = topic->participant;
	tern__endpoint_describe(topic, TERN_WRITER, own, &writer->port.info);
	writer->port.domain = participant->domain;
	writer->port.events = &tern__writer_events;
	writer->participant = participant;
	writer->topic = topic;
	writer->checks_writes = sample_needs_check(topic->type, false);
	writer->checks_loans = sample_needs_check(topic->type, true);
	return tern__writer_history_create(&writer->port.info.qos, topic->type,
	                                   &writer->history);
}

tern_status tern_writer_create(struct tern_participant *participant,
                               const char *topic_name, const struct tern_type *type,
                               const struct tern_qos *qos,
                               struct tern_writer **ret_writer)
{
	struct tern_topic *topic;

	if (!participant || !ret_writer)
		return tern_fail(TERN_EINVAL,
		                 "a writer needs a participant and a place for the "
		                 "result");
	tern_status s = tern__topic_get(participant, topic_name, type, NULL, &topic);
	if (s < 0)
		return s;
	struct tern_writer *writer = calloc(1, sizeof *writer);
	if (!writer)
		return tern_fail(TERN_ENOMEM, "no memory for a writer of %s", topic_name);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_mutex_init(&writer->backlog_lock, NULL);
	pthread_cond_init(&writer->replayed, NULL);
	pthread_mutex_init(&writer->status_lock, NULL);
	s = writer_build(writer, topic, qos);
	if (s < 0) {
		writer_free(writer);
		return s;
	}
	pthread_mutex_lock(&participant->lock);
	writer->next = participant->writers;
	participant->writers = writer;
	pthread_mutex_unlock(&participant->lock);
	port_open(&writer->port);
	*ret_writer = writer;
	return TERN_OK;
}

tern_status tern_writer_destroy(struct tern_writer *writer)
{
	if (!writer)
		return TERN_OK;
	tern_status s = dispatcher_refuse_listeners(
		tern__participant_has_dispatcher(writer->participant),
		"a writer cannot be destroyed");
	if (s < 0)
		return s;
	pthread_mutex_lock(&writer->status_lock);
	uint32_t loans = writer->loans.count;
	pthread_mutex_unlock(&writer->status_lock);
	if (loans > 0)
		return tern_fail(TERN_EBUSY,
		                 "%u loans of %s are out: publish or discard them first",
		                 loans, writer->topic->name);

	tern__participant_forget(writer->participant, writer);
	waitsets_forget(writer->participant, writer);
	port_close(&writer->port);
	struct tern_participant *participant = writer->participant;
	pthread_mutex_lock(&participant->lock);
	struct tern_writer **link = &participant->writers;
	while (*link != writer)
		link = &(*link)->next;
	*link = writer->next;
	pthread_mutex_unlock(&participant->lock);
	writer_free(writer);
	return TERN_OK;
}

tern_status tern_writer_wait_for_acknowledgments(struct tern_writer *writer,
                                                 int64_t timeout_ns)
{
	if (!writer || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a wait needs a writer and a time-out of 0 or more");
	struct tern_port *port = &writer->port;
	int64_t deadline_ns = clock_deadline_ns(timeout_ns);

	domain_discover(port->domain);
	uint32_t feeds = atomic_load_explicit(&writer->feeds, memory_order_acquire);

	for (uint32_t i = 0; feeds >> i; i++) {
		if (!(feeds & (1u << i)))
			continue;
		tern_status s = port->domain->transports[i].ops->wait_acknowledged(
			port->endpoints[i], deadline_ns);
		if (s < 0)
			return s;
	}
	return TERN_OK;
}

tern_status tern_writer_wait_matched(struct tern_writer *writer, uint32_t readers,
                                     int64_t timeout_ns)
{
	if (!writer || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a wait needs a writer and a time-out of 0 or more");
	return port_wait_matched(&writer->port, readers, timeout_ns);
}

struct tern_guid tern_writer_guid(const struct tern_writer *writer)
{
	return writer ? writer->port.info.guid : (struct tern_guid){ 0 };
}

const struct tern_topic *tern_writer_topic(const struct tern_writer *writer)
{
	return writer ? writer->topic : NULL;
}
