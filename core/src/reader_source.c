/* A reader's writers: opened when a pair's path is decided, closed when it ends. */
#include <stdlib.h>

#include "domain.h"
#include "entity_status.h"
#include "reader.h"

static struct history_writer_facts facts_of(const struct tern_endpoint_info *writer)
{
	return (struct history_writer_facts){
		.guid = writer->guid,
		.tie_guid = writer->guid,
		.ownership_strength = writer->qos.ownership_strength,
		.lifespan_ns = writer->qos.lifespan_ns,
		.autodispose = writer->qos.autodispose_unregistered,
	};
}

static void closed_unlink(struct tern_reader *reader, struct source *source)
{
	struct source **link = &reader->closed_first;
	struct source *before = NULL;

	while (*link != source) {
		before = *link;
		link = &(*link)->next_closed;
	}
	*link = source->next_closed;
	if (reader->closed_last == source)
		reader->closed_last = before;
	reader->closed_count--;
}

static void closed_append(struct tern_reader *reader, struct source *source)
{
	source->next_closed = NULL;
	if (reader->closed_last)
		reader->closed_last->next_closed = source;
	else
		reader->closed_first = source;
	reader->closed_last = source;
	if (++reader->closed_count <= CLOSED_SOURCES_MAX)
		return;
	struct source *oldest = reader->closed_first;
	closed_unlink(reader, oldest);
	guid_map_remove(&reader->sources, &oldest->guid);
	free(oldest);
}

/* The source of a writer that is known by name only. */
static tern_status source_get(struct tern_reader *reader, const struct tern_guid *writer,
                              struct source **ret_source)
{
	struct source *source = guid_map_get(&reader->sources, writer);

	if (source) {
		if (!source->writer)
			closed_unlink(reader, source);
		*ret_source = source;
		return TERN_OK;
	}
	source = calloc(1, sizeof *source);
	if (!source)
		return tern_fail(TERN_ENOMEM, "no memory for a writer of %s",
		                 reader->topic->name);
	source->guid = *writer;
	source->last_timestamp_ns = INT64_MIN;
	tern_status s = guid_map_put(&reader->sources, writer, source);
	if (s < 0) {
		free(source);
		return s;
	}
	*ret_source = source;
	return TERN_OK;
}

static bool is_reliable(const struct tern_port *port,
                        const struct tern_endpoint_info *writer)
{
	return writer->qos.reliability == TERN_RELIABLE &&
	       port->info.qos.reliability == TERN_RELIABLE;
}

static tern_status on_path_decided(struct tern_port *port,
                                   const struct tern_endpoint_info *writer,
                                   uint32_t transport)
{
	struct tern_reader *reader = (struct tern_reader *)port;
	const struct history_writer_facts facts = facts_of(writer);
	struct source *source = NULL;

	pthread_mutex_lock(&reader->lock);
	tern_status s = source_get(reader, &writer->guid, &source);
	if (s == TERN_OK) {
		s = tern__history_writer_add(reader->history, &facts, &source->writer);
		source->transport = transport;
		source->is_tern = writer->is_tern;
		source->reliable = is_reliable(port, writer);
		source->last_sequence_number = 0;
		if (s < 0)
			closed_append(reader, source);
	}
	pthread_mutex_unlock(&reader->lock);
	return s;
}

/* A writer that is gone disposes what it autodisposes; one whose path broke may come back. */
static void on_path_closed(struct tern_port *port,
                           const struct tern_endpoint_info *writer, bool gone)
{
	struct tern_reader *reader = (struct tern_reader *)port;
	struct history_now now = tern__now();

	pthread_mutex_lock(&reader->lock);
	struct source *source = guid_map_get(&reader->sources, &writer->guid);
	if (source && source->writer) {
		if (tern__history_writer_remove(reader->history, source->writer, gone,
		                                &now))
			reader->arrived = true;
		source->writer = NULL;
		closed_append(reader, source);
	}
	pthread_mutex_unlock(&reader->lock);
	tern__reader_ring(port);
}

static void on_changed(struct tern_port *port, const struct tern_endpoint_info *writer)
{
	struct tern_reader *reader = (struct tern_reader *)port;
	const struct history_writer_facts facts = facts_of(writer);

	pthread_mutex_lock(&reader->lock);
	struct source *source = guid_map_get(&reader->sources, &writer->guid);
	if (source && source->writer) {
		tern__history_writer_change(reader->history, source->writer, &facts);
		source->reliable = is_reliable(port, writer);
	}
	pthread_mutex_unlock(&reader->lock);
}

static void count_match(struct tern_reader *reader, const struct tern_guid *writer,
                        int change)
{
	reader->matched.current += (uint32_t)change;
	reader->matched.current_change += change;
	reader->matched.last = *writer;
	reader->liveliness.alive += (uint32_t)change;
	reader->liveliness.alive_change += change;
	reader->liveliness.last = *writer;
	reader->status_changes |=
		TERN_STATUS_SUBSCRIPTION_MATCHED | TERN_STATUS_LIVELINESS_CHANGED;
}

static void on_matched(struct tern_port *port, const struct tern_endpoint_info *writer)
{
	struct tern_reader *reader = (struct tern_reader *)port;

	pthread_mutex_lock(&reader->lock);
	reader->matched.count.total++;
	reader->matched.count.change++;
	count_match(reader, &writer->guid, 1);
	pthread_mutex_unlock(&reader->lock);
	tern__reader_ring(port);
}

static void on_unmatched(struct tern_port *port, const struct tern_endpoint_info *writer)
{
	struct tern_reader *reader = (struct tern_reader *)port;

	pthread_mutex_lock(&reader->lock);
	count_match(reader, &writer->guid, -1);
	pthread_mutex_unlock(&reader->lock);
	tern__reader_ring(port);
}

static void on_mismatched(struct tern_port *port, const struct tern_endpoint_info *writer,
                          const struct match_reason *reason)
{
	struct tern_reader *reader = (struct tern_reader *)port;

	pthread_mutex_lock(&reader->lock);
	tern__incompatible_note(&reader->incompatible, &writer->guid, reason);
	reader->status_changes |= TERN_STATUS_REQUESTED_INCOMPATIBLE;
	pthread_mutex_unlock(&reader->lock);
	tern__reader_ring(port);
}

static void on_feeds_changed(struct tern_port *port, uint32_t transports)
{
	struct tern_reader *reader = (struct tern_reader *)port;
	uint32_t pulling = 0;

	for (uint32_t i = 0; i < port->domain->transport_count; i++)
		if ((transports & (1u << i)) &&
		    (port->domain->transports[i].ops->flags & TERN_TRANSPORT_PULLS))
			pulling |= 1u << i;
	atomic_store_explicit(&reader->pulling, pulling, memory_order_release);
}

static void on_announced(struct tern_port *port, uint32_t transport)
{
	(void)transport;
	tern__reader_watch((struct tern_reader *)port);
}

static void on_detaching(struct tern_port *port, uint32_t transport)
{
	struct tern_reader *reader = (struct tern_reader *)port;

	pthread_mutex_lock(&reader->take_lock);
	pthread_mutex_lock(&reader->lock);
	reader->draining = true;
	pthread_mutex_unlock(&reader->lock);
	port->domain->transports[transport].ops->poll(port->endpoints[transport]);
	pthread_mutex_lock(&reader->lock);
	reader->draining = false;
	pthread_mutex_unlock(&reader->lock);
	pthread_mutex_unlock(&reader->take_lock);
}

const struct port_events tern__reader_events = {
	.path_decided = on_path_decided,
	.path_closed = on_path_closed,
	.changed = on_changed,
	.matched = on_matched,
	.unmatched = on_unmatched,
	.mismatched = on_mismatched,
	.feeds_changed = on_feeds_changed,
	.announced = on_announced,
	.detaching = on_detaching,
};

void tern__reader_sources_fini(struct tern_reader *reader)
{
	struct source *source;

	for (size_t i = 0; (source = guid_map_next(&reader->sources, &i));)
		free(source);
	guid_map_fini(&reader->sources);
}
