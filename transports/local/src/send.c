/* How samples move from a writer into its readers' queues, and on into their histories. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "local.h"

/* Bring queued samples into the history as far as it has room; the queue's lock is held.
 * @return true if places became free */
static bool drain(struct tern_transport_endpoint *reader)
{
	struct tern_transport *local = reader->transport;
	uint32_t before = reader->queue.count;

	while (reader->queue.first &&
	       local->host->deliver(reader->port, local,
	                            &reader->queue.first->delivery) != TERN_EAGAIN)
		queue_pop(&reader->queue);
	return reader->queue.count < before;
}

/* Places became free: others than the caller may wait for them. The transport's lock is held. */
static void tell_waiting(struct tern_transport *local)
{
	if (atomic_load(&local->waiting) > 0)
		pthread_cond_broadcast(&local->room);
}

/* True if there is room now, if need be after draining; both locks are held. A writer that
 * finds a queue full helps its reader: one that takes seldom need not poll in between. */
static bool has_room(struct tern_transport_endpoint *reader)
{
	if (reader->queue.count + reader->places_reserved < QUEUE_LIMIT)
		return true;
	if (drain(reader))
		tell_waiting(reader->transport);
	return reader->queue.count + reader->places_reserved < QUEUE_LIMIT;
}

/* ---- reserve ----------------------------------------------------------------------------- */

static void unreserve(struct link *link)
{
	if (!link->reserved)
		return;
	pthread_mutex_lock(&link->reader->queue_lock);
	link->reader->places_reserved--;
	pthread_mutex_unlock(&link->reader->queue_lock);
	link->reserved = false;
}

static void unreserve_all(struct tern_transport_endpoint *writer)
{
	for (struct link *link = writer->links; link; link = link->next)
		unreserve(link);
	tell_waiting(writer->transport);
}

/* Reserve on every reader that may hold us back; false if one is full. The lock is held. */
static bool reserve_all(struct tern_transport_endpoint *writer)
{
	bool complete = true;

	for (struct link *link = writer->links; link; link = link->next) {
		if (!link->may_block || link->withheld || link->reserved)
			continue;
		pthread_mutex_lock(&link->reader->queue_lock);
		link->reserved = has_room(link->reader);
		link->reader->places_reserved += link->reserved;
		pthread_mutex_unlock(&link->reader->queue_lock);
		complete = complete && link->reserved;
	}
	return complete;
}

/* Make the forms that the readers want, while failing is still possible. */
static tern_status make_payloads(struct tern_transport_endpoint *writer,
                                 struct tern_outgoing *outgoing)
{
	const struct tern_host *host = writer->transport->host;
	struct tern_payload *payload;
	bool encoded = false;
	bool native = false;

	pthread_mutex_lock(&writer->transport->lock);
	for (const struct link *link = writer->links; link; link = link->next) {
		encoded = encoded || link->encoded;
		native = native || !link->encoded;
	}
	pthread_mutex_unlock(&writer->transport->lock);
	tern_status s = TERN_OK;
	if (native)
		s = host->outgoing_native(outgoing, &payload);
	if (s == TERN_OK && encoded)
		s = host->outgoing_encoded(outgoing, writer->representation, &payload);
	return s;
}

/* The lock is held; it is let go while we wait. */
static tern_status wait_for_room(struct tern_transport_endpoint *writer,
                                 struct tern_outgoing *outgoing)
{
	struct tern_transport *local = writer->transport;
	int64_t deadline_ns = local->host->outgoing_deadline(outgoing);
	const struct timespec until = { .tv_sec = (time_t)(deadline_ns / 1000000000),
		                        .tv_nsec = (long)(deadline_ns % 1000000000) };
	tern_status s = TERN_OK;

	atomic_fetch_add(&local->waiting, 1);
	for (int error = 0; !reserve_all(writer);) {
		if (deadline_ns == 0 || error == ETIMEDOUT) {
			unreserve_all(writer);
			s = TERN_ETIMEDOUT;
			break;
		}
		error = pthread_cond_clockwait(&local->room, &local->lock,
		                               CLOCK_MONOTONIC, &until);
	}
	atomic_fetch_sub(&local->waiting, 1);
	return s;
}

tern_status local_reserve(struct tern_transport_endpoint *writer,
                          struct tern_outgoing *outgoing)
{
	struct tern_transport *local = writer->transport;
	tern_status s = make_payloads(writer, outgoing);
	if (s < 0)
		return s;

	pthread_mutex_lock(&local->lock);
	if (!reserve_all(writer))
		s = wait_for_room(writer, outgoing);
	pthread_mutex_unlock(&local->lock);
	return s;
}

void local_cancel(struct tern_transport_endpoint *writer, struct tern_outgoing *outgoing)
{
	(void)outgoing;
	pthread_mutex_lock(&writer->transport->lock);
	unreserve_all(writer);
	pthread_mutex_unlock(&writer->transport->lock);
}

/* ---- commit ------------------------------------------------------------------------------ */

/* Put it into one queue. What finds no room is a gap in the sequence, which the reader counts. */
static void enqueue(struct tern_transport_endpoint *writer, struct link *link,
                    struct tern_delivery *delivery)
{
	struct tern_transport_endpoint *reader = link->reader;

	pthread_mutex_lock(&reader->queue_lock);
	bool room = link->reserved || has_room(reader);
	if (link->reserved)
		reader->places_reserved--;
	link->reserved = false;
	/* Reliable KEEP_LAST: the last n of each instance stay, however many instances. */
	if (!room && link->reliable) {
		queue_overwrite(&reader->queue, delivery, writer->history_depth);
		room = true;
	}
	if (room && queue_push(&reader->queue, delivery) < 0)
		writer->transport->host->log(TERN_LOG_ERROR,
		                             "no memory to queue a sample");
	pthread_mutex_unlock(&reader->queue_lock);
	writer->transport->host->ring(reader->port);
}

/* The form that this reader is sent; made before, at reserve. NULL: there was no memory. */
static struct tern_payload *payload_for(struct tern_transport_endpoint *writer,
                                        const struct link *link,
                                        struct tern_outgoing *outgoing)
{
	const struct tern_host *host = writer->transport->host;
	struct tern_payload *payload = NULL;
	tern_status s = link->encoded
	                        ? host->outgoing_encoded(outgoing, writer->representation,
	                                                 &payload)
	                        : host->outgoing_native(outgoing, &payload);

	if (s < 0)
		host->log(TERN_LOG_ERROR, "a sample was lost: %s", host->error_text());
	return payload;
}

static struct tern_delivery delivery_of(const struct tern_transport_endpoint *writer,
                                        const struct tern_outgoing *outgoing,
                                        struct tern_payload *payload,
                                        uint64_t sequence_number)
{
	struct tern_delivery delivery = {
		.writer = writer->guid,
		.source_timestamp_ns = outgoing->source_timestamp_ns,
		.sequence_number = sequence_number,
		.kind = outgoing->kind,
		.payload = payload,
	};

	memcpy(delivery.key_hash, outgoing->key_hash, sizeof delivery.key_hash);
	return delivery;
}

tern_status local_commit(struct tern_transport_endpoint *writer,
                         struct tern_outgoing *outgoing)
{
	uint64_t number = writer->next_sequence_number++;

	pthread_mutex_lock(&writer->transport->lock);
	for (struct link *link = writer->links; link; link = link->next) {
		if (link->withheld)
			continue;
		struct tern_payload *payload = payload_for(writer, link, outgoing);
		struct tern_delivery delivery =
			delivery_of(writer, outgoing, payload, number);
		if (payload)
			enqueue(writer, link, &delivery);
		else
			unreserve(link);
	}
	pthread_mutex_unlock(&writer->transport->lock);
	return TERN_OK;
}

tern_status local_replay(struct tern_transport_endpoint *writer,
                         const struct tern_guid *reader, struct tern_outgoing *outgoing)
{
	struct tern_transport *local = writer->transport;
	tern_status s = TERN_OK;

	pthread_mutex_lock(&local->lock);
	struct link *link = local_link(writer, reader);
	if (!link) {
		s = TERN_ENOTFOUND;
		goto unlock;
	}
	if (!outgoing) {
		link->withheld = false;
		goto unlock;
	}
	struct tern_payload *payload = payload_for(writer, link, outgoing);
	if (!payload) {
		s = TERN_ENOMEM;
		goto unlock;
	}
	struct tern_delivery delivery = delivery_of(writer, outgoing, payload, 0);
	pthread_mutex_lock(&link->reader->queue_lock);
	s = queue_push(&link->reader->queue, &delivery);
	pthread_mutex_unlock(&link->reader->queue_lock);
	local->host->ring(link->reader->port);
unlock:
	pthread_mutex_unlock(&local->lock);
	return s;
}

/* What is in a reader's queue has reached it: nothing can get lost on the way any more. */
tern_status local_wait_acknowledged(struct tern_transport_endpoint *writer,
                                    int64_t deadline_ns)
{
	(void)writer;
	(void)deadline_ns;
	return TERN_OK;
}

/* ---- poll -------------------------------------------------------------------------------- */

void local_poll(struct tern_transport_endpoint *reader)
{
	struct tern_transport *local = reader->transport;

	pthread_mutex_lock(&reader->queue_lock);
	bool drained = drain(reader);
	pthread_mutex_unlock(&reader->queue_lock);
	/* A writer counts itself as waiting before it looks at the queue. */
	if (drained && atomic_load(&local->waiting) > 0) {
		pthread_mutex_lock(&local->lock);
		pthread_cond_broadcast(&local->room);
		pthread_mutex_unlock(&local->lock);
	}
}
