/* What core calls to write by one of our rings; and what becomes of a ring that nobody reads when
 * memory is short. */
#include <stdio.h>

#include "shm.h"

static tern_status refuse_writing(const struct tern_transport_endpoint *writer)
{
	const struct tern_transport *shm = writer->transport;

	return shm_is_forked(shm)
	               ? shm_fork_refuse(shm)
	               : shm->host->fail(TERN_ENOMEM, "%s", writer->why_no_ring);
}

static bool can_write(const struct tern_transport_endpoint *writer)
{
	return writer->publication && !shm_is_forked(writer->transport);
}

tern_status shm_loan(struct tern_transport_endpoint *writer, size_t size_bytes,
                     struct tern_payload **ret_payload)
{
	if (!can_write(writer))
		return refuse_writing(writer);
	return ring_writer_loan(writer->publication->ring, size_bytes, ret_payload);
}

/* A writer's ring may be there for those alone who may come late. If memory is short then, they
 * take the next transport, to which core brings the history, and the write goes on.
 * Dekker with who attaches: we refuse and then look for attachments; they attach and then look
 * whether they are refused. Who saw it, although we find somebody else and take it back, says so
 * by a refusal of its own. */
static bool give_up(struct tern_transport_endpoint *writer)
{
	struct tern_transport *shm = writer->transport;
	char why[512];

	snprintf(why, sizeof why, "%s", shm->host->error_text());
	if (ring_writer_is_read(writer->publication->ring))
		return false;
	pthread_mutex_lock(&shm->lock);
	shm_entry_refuse(shm, &writer->announcement, TERN_ENOMEM);
	bool is_read = !shm_attachments_look(shm) ||
	               ring_writer_is_read(writer->publication->ring);
	if (is_read) {
		shm_entry_refuse(shm, &writer->announcement, TERN_OK);
	} else {
		shm->host->log(
			TERN_LOG_WARNING,
			"a writer that nobody reads in shared memory gives up its "
			"place there; readers that come take the next transport: %s",
			why);
		snprintf(writer->why_no_ring, sizeof writer->why_no_ring,
		         "this writer has given up its ring for lack of memory: its "
		         "process's log says more");
		writer->has_no_ring = true;
		shm->pairs_news = true;
		shm_news(shm);
	}
	pthread_mutex_unlock(&shm->lock);
	if (is_read) { /* looking around may have changed the text */
		tern_status s = shm->host->fail(TERN_ENOMEM, "%s", why);
		(void)s;
	}
	return !is_read;
}

static tern_status reserve_or_give_up(struct tern_transport_endpoint *writer,
                                      struct tern_outgoing *outgoing)
{
	tern_status s = ring_writer_reserve(writer->publication->ring, outgoing);

	writer->is_reserved = s == TERN_OK;
	if (s != TERN_ENOMEM || !give_up(writer))
		return s;
	writer->gave_up = true;
	ring_writer_forget(writer->publication->ring);
	return TERN_OK;
}

/* One without a ring has no readers here, but it may be fed for its history: to nowhere. */
tern_status shm_reserve(struct tern_transport_endpoint *writer,
                        struct tern_outgoing *outgoing)
{
	if (shm_is_forked(writer->transport))
		return shm_fork_refuse(writer->transport);
	return writer->publication && !writer->gave_up
	               ? reserve_or_give_up(writer, outgoing)
	               : TERN_OK;
}

tern_status shm_commit(struct tern_transport_endpoint *writer,
                       struct tern_outgoing *outgoing)
{
	if (writer->is_reserved && can_write(writer))
		ring_writer_commit(writer->publication->ring, outgoing);
	writer->is_reserved = false;
	return TERN_OK;
}

void shm_cancel(struct tern_transport_endpoint *writer, struct tern_outgoing *outgoing)
{
	if (writer->is_reserved && can_write(writer))
		ring_writer_cancel(writer->publication->ring, outgoing);
	writer->is_reserved = false;
}

/* What is in a ring that a reader is attached to has reached its process: it drains the ring of a
 * writer that is dead. */
tern_status shm_wait_acknowledged(struct tern_transport_endpoint *writer,
                                  int64_t deadline_ns)
{
	(void)deadline_ns;
	return shm_is_forked(writer->transport) ? shm_fork_refuse(writer->transport)
	                                        : TERN_OK;
}
