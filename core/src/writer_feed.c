/* Which transports a writer feeds, and how late ones come to have its history.
 *
 * History must reach a late reader before anything that is written later. Both go out under the
 * writer's lock, which a blocked write may hold for long, so nobody waits for it here: what is to
 * be brought goes into the backlog, and whoever lets go of the lock brings it.
 *
 * Not all of it, though: readers attach on threads of transports too, which may hold locks of their
 * own that reserve() and commit() of that transport take. What such a thread brings is for readers
 * alone (`replaying`); histories for whole transports are brought by who announces the writer to
 * them, or by a write. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "domain.h"
#include "entity_status.h"
#include "log.h"
#include "outgoing.h"
#include "writer.h"

static bool keeps_history(const struct tern_port *port, uint32_t transport)
{
	return port->domain->transports[transport].ops->flags &
	       TERN_TRANSPORT_KEEPS_HISTORY;
}

static bool is_transient_local(const struct tern_writer *writer)
{
	return writer->port.info.qos.durability == TERN_TRANSIENT_LOCAL;
}

/* A transport that keeps history has it before it gets anything that is newer. */
uint32_t tern__writer_feeds(const struct tern_writer *writer)
{
	uint32_t feeds = atomic_load_explicit(&writer->feeds, memory_order_acquire);
	uint32_t behind = is_transient_local(writer) ? feeds & ~writer->caught_up : 0;

	for (uint32_t i = 0; behind >> i; i++)
		if ((behind & (1u << i)) && keeps_history(&writer->port, i))
			feeds &= ~(1u << i);
	return feeds | writer->caught_up;
}

static struct tern_outgoing outgoing_from_history(const struct tern_writer *writer,
                                                  const struct writer_sample *kept)
{
	return (struct tern_outgoing){
		.type = writer->topic->type,
		.sample = kept->payload ? kept->payload->data : NULL,
		.kind = kept->kind,
		.source_timestamp_ns = kept->source_timestamp_ns,
		.native = kept->payload ? tern_payload_ref(kept->payload) : NULL,
	};
}

/* Send one kept sample to a transport as a whole. */
static tern_status resend(struct tern_writer *writer, uint32_t transport,
                          struct tern_outgoing *outgoing)
{
	const struct tern_transport_ops *ops =
		writer->port.domain->transports[transport].ops;
	struct tern_transport_endpoint *endpoint = writer->port.endpoints[transport];

	outgoing->timeout_ns = writer->port.info.qos.max_blocking_time_ns;
	tern_status s = ops->reserve(endpoint, outgoing);
	return s < 0 ? s : ops->commit(endpoint, outgoing);
}

/* Bring all that is kept to a transport as a whole, or to one reader. */
static tern_status bring(struct tern_writer *writer, uint32_t transport,
                         const struct tern_guid *reader)
{
	const struct tern_transport_ops *ops =
		writer->port.domain->transports[transport].ops;
	struct tern_transport_endpoint *endpoint = writer->port.endpoints[transport];
	const struct writer_sample *kept;
	tern_status s = TERN_OK;

	tern__writer_history_expire(writer->history, clock_real_ns());
	for (kept = tern__writer_history_first(writer->history); kept && s == TERN_OK;
	     kept = tern__writer_history_next(kept)) {
		struct tern_outgoing outgoing = outgoing_from_history(writer, kept);
		memcpy(outgoing.key_hash, kept->key_hash, sizeof outgoing.key_hash);
		s = reader ? ops->replay(endpoint, reader, &outgoing)
		           : resend(writer, transport, &outgoing);
		tern__outgoing_fini(&outgoing);
	}
	/* A reader that went meanwhile needs nothing more. */
	if (s < 0 && s != TERN_ENOTFOUND)
		tern__log(TERN_LOG_WARNING,
		          "%s: the history did not reach the %s transport whole: %s",
		          writer->topic->name, ops->name, tern_error_text());
	return s;
}

static void bring_to_reader(struct tern_writer *writer, const struct backlog *item)
{
	const struct tern_transport_ops *ops =
		writer->port.domain->transports[item->transport].ops;

	if (bring(writer, item->transport, &item->reader) == TERN_ENOTFOUND)
		return;
	/* Whole or not: what is written from now on is withheld no longer. */
	tern_status s =
		ops->replay(writer->port.endpoints[item->transport], &item->reader, NULL);
	(void)s; /* it went: the same */
}

static uint32_t transports_pop(struct tern_writer *writer)
{
	pthread_mutex_lock(&writer->backlog_lock);
	uint32_t transports = writer->backlog_transports;
	writer->backlog_transports = 0;
	pthread_mutex_unlock(&writer->backlog_lock);
	return transports;
}

static struct backlog *backlog_pop(struct tern_writer *writer)
{
	pthread_mutex_lock(&writer->backlog_lock);
	struct backlog *item = writer->backlog;
	if (item)
		writer->backlog = item->next;
	pthread_mutex_unlock(&writer->backlog_lock);
	return item;
}

/* The lock is held. */
static void backlog_serve_readers(struct tern_writer *writer)
{
	struct backlog *item;

	while ((item = backlog_pop(writer))) {
		bring_to_reader(writer, item);
		free(item);
	}
}

/* The lock is held. */
static void backlog_serve(struct tern_writer *writer)
{
	uint32_t transports = transports_pop(writer);

	for (uint32_t i = 0; transports >> i; i++) {
		if (!(transports & (1u << i)))
			continue;
		tern_status s = bring(writer, i, NULL);
		(void)s; /* said; what is newer goes there all the same */
		writer->caught_up |= 1u << i;
	}
	backlog_serve_readers(writer);
}

/* As with the backlog: who asks says so before it tries the lock. */
static void ring_if_asked(struct tern_writer *writer)
{
	if (atomic_load(&writer->deadline_asked) &&
	    atomic_exchange(&writer->deadline_asked, false))
		tern__writer_ring(writer);
}

/* Take the lock if there is something to bring and nobody else does it. Who adds to the backlog
 * tries the lock after it, and who let go of the lock looks into the backlog after it: one of the
 * two serves. One who serves readers alone is waited for: it never blocks. */
static bool lock_to_serve(struct tern_writer *writer)
{
	pthread_mutex_lock(&writer->backlog_lock);
	while (writer->replaying && writer->backlog_transports)
		pthread_cond_wait(&writer->replayed, &writer->backlog_lock);
	bool locked = (writer->backlog || writer->backlog_transports) &&
	              pthread_mutex_trylock(&writer->lock) == 0;
	pthread_mutex_unlock(&writer->backlog_lock);
	return locked;
}

static void serve_all(struct tern_writer *writer)
{
	while (lock_to_serve(writer)) {
		backlog_serve(writer);
		pthread_mutex_unlock(&writer->lock);
	}
	ring_if_asked(writer);
}

void tern__writer_unlock(struct tern_writer *writer)
{
	pthread_mutex_unlock(&writer->lock);
	serve_all(writer);
}

/* On any thread. `replaying` is true exactly while this holds the lock: it changes together with
 * the lock under backlog_lock. No other reader is added meanwhile: they attach one at a time. */
static void serve_readers(struct tern_writer *writer)
{
	pthread_mutex_lock(&writer->backlog_lock);
	bool locked = pthread_mutex_trylock(&writer->lock) == 0;
	writer->replaying = writer->replaying || locked;
	pthread_mutex_unlock(&writer->backlog_lock);
	if (!locked)
		return; /* who holds it serves */

	backlog_serve_readers(writer);
	pthread_mutex_lock(&writer->backlog_lock);
	writer->replaying = false;
	pthread_mutex_unlock(&writer->lock);
	pthread_cond_broadcast(&writer->replayed);
	pthread_mutex_unlock(&writer->backlog_lock);
	ring_if_asked(writer);
}

/* ---- events ------------------------------------------------------------------------------ */

static void on_announced(struct tern_port *port, uint32_t transport)
{
	struct tern_writer *writer = (struct tern_writer *)port;

	if (!is_transient_local(writer) || !keeps_history(port, transport))
		return;
	pthread_mutex_lock(&writer->backlog_lock);
	writer->backlog_transports |= 1u << transport;
	pthread_mutex_unlock(&writer->backlog_lock);
	serve_all(writer); /* no transport's lock is held here */
}

static void on_attached(struct tern_port *port, const struct tern_endpoint_info *reader,
                        uint32_t transport)
{
	struct tern_writer *writer = (struct tern_writer *)port;

	if (!is_transient_local(writer) ||
	    reader->qos.durability != TERN_TRANSIENT_LOCAL ||
	    keeps_history(port, transport))
		return;
	struct backlog *item = calloc(1, sizeof *item);
	if (!item) {
		tern__log(TERN_LOG_ERROR,
		          "%s: no memory to bring its history to a late reader",
		          writer->topic->name);
		return;
	}
	item->transport = transport;
	item->reader = reader->guid;
	pthread_mutex_lock(&writer->backlog_lock);
	struct backlog **end = &writer->backlog;
	while (*end)
		end = &(*end)->next;
	*end = item;
	pthread_mutex_unlock(&writer->backlog_lock);
	serve_readers(writer);
}

static tern_status on_path_decided(struct tern_port *port,
                                   const struct tern_endpoint_info *reader,
                                   uint32_t transport)
{
	(void)port;
	(void)reader;
	(void)transport;
	return TERN_OK;
}

static void on_path_closed(struct tern_port *port,
                           const struct tern_endpoint_info *reader, bool gone)
{
	(void)port;
	(void)reader;
	(void)gone;
}

void tern__writer_ring(struct tern_writer *writer)
{
	bell_ring(&writer->port.domain->bells,
	          atomic_load_explicit(&writer->bells, memory_order_acquire));
}

static void count_match(struct tern_port *port, const struct tern_guid *reader,
                        int change)
{
	struct tern_writer *writer = (struct tern_writer *)port;

	pthread_mutex_lock(&writer->status_lock);
	if (change > 0) {
		writer->matched.count.total++;
		writer->matched.count.change++;
	}
	writer->matched.current += (uint32_t)change;
	writer->matched.current_change += change;
	writer->matched.last = *reader;
	writer->status_changes |= TERN_STATUS_PUBLICATION_MATCHED;
	pthread_mutex_unlock(&writer->status_lock);
	tern__writer_ring(writer);
}

static void on_matched(struct tern_port *port, const struct tern_endpoint_info *reader)
{
	count_match(port, &reader->guid, 1);
}

static void on_unmatched(struct tern_port *port, const struct tern_endpoint_info *reader)
{
	count_match(port, &reader->guid, -1);
}

static void on_mismatched(struct tern_port *port, const struct tern_endpoint_info *reader,
                          const struct match_reason *reason)
{
	struct tern_writer *writer = (struct tern_writer *)port;

	pthread_mutex_lock(&writer->status_lock);
	tern__incompatible_note(&writer->incompatible, &reader->guid, reason);
	writer->status_changes |= TERN_STATUS_OFFERED_INCOMPATIBLE;
	pthread_mutex_unlock(&writer->status_lock);
	tern__writer_ring(writer);
}

static void on_feeds_changed(struct tern_port *port, uint32_t transports)
{
	struct tern_writer *writer = (struct tern_writer *)port;

	atomic_store_explicit(&writer->feeds, transports, memory_order_release);
}

const struct port_events tern__writer_events = {
	.path_decided = on_path_decided,
	.path_closed = on_path_closed,
	.matched = on_matched,
	.unmatched = on_unmatched,
	.mismatched = on_mismatched,
	.feeds_changed = on_feeds_changed,
	.announced = on_announced,
	.attached = on_attached,
};
