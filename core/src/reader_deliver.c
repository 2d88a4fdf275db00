/* How a sample enters a reader: called by transports, from any thread. Nothing here blocks or
 * takes a lock other than the reader's. */
#include "domain.h"
#include "log.h"
#include "reader.h"

static void ring(struct tern_reader *reader)
{
	bell_ring(&reader->port.domain->bells,
	          atomic_load_explicit(&reader->bells, memory_order_acquire));
}

/* Is it for us, by this way, and new? Counts what is not. */
static struct source *accepted_source(struct tern_reader *reader, uint32_t transport,
                                      const struct tern_delivery *delivery)
{
	struct source *source = guid_map_get(&reader->sources, &delivery->writer);

	if (!source || !source->writer) {
		reader->counters.unmatched++;
		return NULL;
	}
	if (source->transport != transport) {
		reader->counters.wrong_path++;
		return NULL;
	}
	if (source->is_tern &&
	    delivery->source_timestamp_ns <= source->last_timestamp_ns) {
		reader->counters.duplicated++;
		return NULL;
	}
	return source;
}

/* A native payload can be lent as it is only if it has our layout. */
static bool is_readable(const struct tern_reader *reader,
                        const struct tern_payload *payload)
{
	return !payload || payload->form == TERN_PAYLOAD_SERIALIZED ||
	       payload->type == reader->topic->type ||
	       (payload->type->layout_hash == reader->topic->type->layout_hash &&
	        payload->type->layout_hash != 0);
}

static void note_arrival(struct tern_reader *reader, struct source *source,
                         const struct tern_delivery *delivery)
{
	uint64_t number = delivery->sequence_number;
	uint64_t overwritten = delivery->overwritten_before;

	source->last_timestamp_ns = delivery->source_timestamp_ns;
	reader->counters.overwritten += overwritten;
	if (number == 0)
		return;
	if (source->last_sequence_number != 0 &&
	    number > source->last_sequence_number + 1) {
		uint64_t missing = number - source->last_sequence_number - 1;
		if (missing > overwritten)
			reader->counters.lost += missing - overwritten;
	}
	if (number > source->last_sequence_number)
		source->last_sequence_number = number;
}

/* A key that cannot be had out of the sample: the first is said, the counter tells the rest. */
static void note_malformed(struct tern_reader *reader, enum history_verdict verdict)
{
	if (verdict != HISTORY_NO_KEY ||
	    tern__history_counts(reader->history)->no_key != 1)
		return;
	tern__log(
		TERN_LOG_WARNING,
		"%s: dropped a sample whose key cannot be decoded: %s; more of them are "
		"only counted (tern_reader_get_counters())",
		reader->topic->name, tern_error_text());
}

static bool is_news(enum history_verdict verdict)
{
	return verdict == HISTORY_STORED || verdict == HISTORY_OVERWROTE;
}

/* When it arrives: in a poll, the time that was read last, unless the sample is younger. */
static int64_t arrival_ns(struct tern_reader *reader,
                          const struct tern_delivery *delivery)
{
	int64_t polled_at_ns =
		atomic_load_explicit(&reader->polled_at_ns, memory_order_relaxed);

	if (polled_at_ns > delivery->source_timestamp_ns)
		return polled_at_ns;
	int64_t now_ns = clock_real_ns();
	/* Another thread delivers beside the poll, or after it: then that is not to be undone. */
	if (polled_at_ns != NO_POLL)
		atomic_compare_exchange_strong_explicit(
			&reader->polled_at_ns, &polled_at_ns, now_ns,
			memory_order_relaxed, memory_order_relaxed);
	return now_ns;
}

tern_status tern__reader_deliver(struct tern_port *port, struct tern_transport *transport,
                                 const struct tern_delivery *delivery)
{
	struct tern_reader *reader = (struct tern_reader *)port;
	uint32_t index = domain_transport_index(port->domain, transport);
	const struct domain_transport *way = &port->domain->transports[index];
	struct history_now now = { .real_ns = arrival_ns(reader, delivery) };
	bool news = false;

	if (tern__history_uses_monotonic(reader->history))
		now.monotonic_ns = clock_monotonic_ns();
	pthread_mutex_lock(&reader->lock);
	struct source *source = accepted_source(reader, index, delivery);
	if (!source)
		goto unlock;
	if (!is_readable(reader, delivery->payload)) {
		reader->counters.malformed++;
		note_arrival(reader, source, delivery);
		goto unlock;
	}
	const struct history_change change = {
		.writer = source->writer,
		.source_timestamp_ns = delivery->source_timestamp_ns,
		.kind = delivery->kind,
		.key_hash = delivery->key_hash,
		.payload = delivery->payload,
		.transport = way->name,
		.reliable = source->reliable,
		.may_overflow =
			!(way->ops->flags & TERN_TRANSPORT_PULLS) || reader->draining,
	};
	enum history_verdict verdict =
		tern__history_store(reader->history, &change, &now);
	if (verdict == HISTORY_FULL) {
		pthread_mutex_unlock(&reader->lock);
		return TERN_EAGAIN;
	}
	note_malformed(reader, verdict);
	uint64_t lost = reader->counters.lost;
	note_arrival(reader, source, delivery);
	reader->arrived = reader->arrived || is_news(verdict);
	/* One that is held until later changes when who sleeps must wake. */
	news = is_news(verdict) || verdict == HISTORY_HELD ||
	       verdict == HISTORY_REJECTED || lost != reader->counters.lost;

unlock:
	pthread_mutex_unlock(&reader->lock);
	if (news)
		ring(reader);
	return TERN_OK;
}

void tern__reader_ring(struct tern_port *port)
{
	ring((struct tern_reader *)port);
}

void tern__reader_lost(struct tern_port *port, const struct tern_guid *writer,
                       uint64_t count)
{
	struct tern_reader *reader = (struct tern_reader *)port;

	pthread_mutex_lock(&reader->lock);
	struct source *source = guid_map_get(&reader->sources, writer);
	if (source && source->writer)
		reader->counters.lost += count;
	pthread_mutex_unlock(&reader->lock);
	ring(reader);
}
