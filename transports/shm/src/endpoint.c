/* Writers and readers of ours: a writer has a ring, a reader reads the rings of those writers
 * that it is attached to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "shm.h"
#include "type_record.h"

/* So many samples of one writer at once; then the others have their turn. */
#define POLL_MAX 4096

/* ---- announce, withdraw ------------------------------------------------------------------ */

static struct publication *publication_create(struct tern_transport *shm,
                                              const struct tern_endpoint_info *info,
                                              uint64_t *ret_ring)
{
	const struct ring_writer_config config = {
		.host = shm->host,
		.segment = shm->segment,
		.bells = shm->bells,
		.info = info,
		.refresh = shm_refresh,
		.reap = shm_reap,
		.context = shm,
		.refusals = &shm->refusals,
		.kept_before = &shm->kept_before,
	};
	struct publication *publication = calloc(1, sizeof *publication);

	if (!publication) {
		tern_status s = shm->host->fail(TERN_ENOMEM, "no memory for a ring");
		(void)s;
		return NULL;
	}
	if (ring_writer_create(&config, &publication->ring, ret_ring) == TERN_OK)
		return publication;
	free(publication);
	return NULL;
}

/* The lock is held. Whoever hears of a writer that nobody announced could wait for it for ever,
 * and we cannot tell: then this process leaves, and all take the next transport. */
static tern_status announce(struct tern_transport_endpoint *endpoint,
                            const struct tern_endpoint_info *info, uint64_t ring)
{
	struct tern_transport *shm = endpoint->transport;
	tern_status s = shm_entry_add(shm, info, ring, &endpoint->announcement);

	if (s == TERN_OK || shm->left[0])
		return s;
	snprintf(
		shm->left, sizeof shm->left,
		"this process leaves shared memory, since there is no room in it to announce "
		"%s: %s",
		info->topic_name, shm->host->error_text());
	shm_news(shm);
	return s;
}

static tern_status endpoint_join(struct tern_transport_endpoint *endpoint,
                                 const struct tern_endpoint_info *info)
{
	struct tern_transport *shm = endpoint->transport;
	struct publication *publication = NULL;
	uint64_t ring = 0;

	if (endpoint->kind == TERN_WRITER) {
		publication = publication_create(shm, info, &ring);
		if (!publication) {
			/* It is known all the same: both ends say why they do not pair. */
			endpoint->has_no_ring = true;
			snprintf(endpoint->why_no_ring, sizeof endpoint->why_no_ring,
			         "this writer has no ring: %s", shm->host->error_text());
			shm->host->log(TERN_LOG_WARNING, "%s: %s", info->topic_name,
			               endpoint->why_no_ring);
		}
	}
	pthread_mutex_lock(&shm->lock);
	tern_status s = announce(endpoint, info, ring);
	if (publication) {
		publication->entry = endpoint->announcement.entry;
		publication->serial = endpoint->announcement.serial;
		publication->closed = s < 0;
		publication->next = shm->publications;
		shm->publications = publication;
		endpoint->publication = publication;
		if (s < 0)
			ring_writer_close(publication->ring);
	}
	if (s == TERN_OK) {
		endpoint->next = shm->endpoints;
		shm->endpoints = endpoint;
	}
	pthread_mutex_unlock(&shm->lock);
	return s;
}

tern_status shm_announce(struct tern_transport *shm, struct tern_port *port,
                         const struct tern_endpoint_info *info,
                         struct tern_transport_endpoint **ret_endpoint)
{
	if (shm_is_forked(shm))
		return shm_fork_refuse(shm);
	struct tern_transport_endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (!endpoint)
		return shm->host->fail(TERN_ENOMEM, "no memory for an endpoint of %s",
		                       info->topic_name);

	endpoint->transport = shm;
	endpoint->port = port;
	endpoint->guid = info->guid;
	endpoint->kind = info->kind;
	endpoint->type = info->type;
	endpoint->qos = info->qos;
	endpoint->layout_hash = info->layout_hash;
	pthread_mutex_init(&endpoint->lock, NULL);
	tern_status s = endpoint_join(endpoint, info);
	if (s < 0) {
		pthread_mutex_destroy(&endpoint->lock);
		free(endpoint);
		return s;
	}
	*ret_endpoint = endpoint;
	return TERN_OK;
}

/* The lock is held. */
static void endpoint_leave(struct tern_transport_endpoint *endpoint)
{
	struct tern_transport *shm = endpoint->transport;
	struct tern_transport_endpoint **link = &shm->endpoints;

	while (*link != endpoint)
		link = &(*link)->next;
	*link = endpoint->next;
	shm_refusals_drop(endpoint, NULL);
	shm_entry_remove(shm, &endpoint->announcement);
	if (endpoint->publication) {
		/* Who attached before the entry was taken back is seen now; who comes later
		 * sees that it is gone. */
		(void)shm_attachments_look(shm);
		ring_writer_close(endpoint->publication->ring);
		endpoint->publication->closed = true;
		shm_publications_collect(shm);
	}
}

void shm_withdraw(struct tern_transport_endpoint *endpoint)
{
	struct tern_transport *shm = endpoint->transport;

	if (!shm_is_forked(shm)) {
		/* Nobody tells of its pairs when this returns. */
		pthread_mutex_lock(&shm->telling);
		pthread_mutex_lock(&shm->lock);
		endpoint_leave(endpoint);
		pthread_mutex_unlock(&shm->lock);
		pthread_mutex_unlock(&shm->telling);
	}
	while (endpoint->served) {
		struct served *served = endpoint->served;
		endpoint->served = served->next;
		free(served);
	}
	while (endpoint->attached) { /* of a child: they are its parent's */
		struct attached *attached = endpoint->attached;
		endpoint->attached = attached->next;
		free(attached);
	}
	pthread_mutex_destroy(&endpoint->lock);
	free(endpoint);
}

/* ---- pairs: a writer's side -------------------------------------------------------------- */

static tern_status no_remote(const struct tern_transport *shm,
                             const struct tern_endpoint_info *remote)
{
	return shm->host->fail(TERN_ECLOSED, "the %s of %s is gone",
	                       remote->kind == TERN_WRITER ? "writer" : "reader",
	                       remote->topic_name);
}

/* The lock is held. The reader attaches by itself: we wait until it did. */
static tern_status attach_writer(struct tern_transport_endpoint *writer,
                                 struct neighbour *neighbour, const struct remote *reader)
{
	struct tern_transport *shm = writer->transport;

	if (writer->has_no_ring)
		return shm->host->fail(TERN_ENOMEM, "%s", writer->why_no_ring);
	tern_status s = shm_attachment_refused(writer, neighbour, reader);
	bool ready =
		s == TERN_OK && ring_writer_has_reader(writer->publication->ring,
	                                               neighbour->peer, reader->entry);
	if (s == TERN_OK && !ready)
		s = shm_remote_refuses(neighbour, reader);
	if (s < 0)
		return shm->host->fail(
			s,
			"the reader's process does not attach (%s): its log "
			"says why",
			tern_status_name(s));
	struct served *served = malloc(sizeof *served);
	if (!served) {
		s = shm->host->fail(TERN_ENOMEM, "no memory for a pair");
		shm_neighbour_refuse(shm, neighbour, s); /* or the reader waits for us */
		return s;
	}
	*served = (struct served){ writer->served, reader->guid, ready };
	writer->served = served;
	return ready ? TERN_OK : TERN_EAGAIN;
}

static void detach_writer(struct tern_transport_endpoint *writer,
                          const struct tern_guid *reader)
{
	pthread_mutex_lock(&writer->transport->lock);
	struct served **link = &writer->served;
	while (*link && memcmp(&(*link)->reader, reader, sizeof *reader) != 0)
		link = &(*link)->next;
	struct served *served = *link;
	if (served)
		*link = served->next;
	free(served);
	pthread_mutex_unlock(&writer->transport->lock);
	/* Those who attached say by themselves that they left. */
}

/* ---- pairs: a reader's side -------------------------------------------------------------- */

/* Samples that core's history may hold in place: what it keeps, and some that the user holds. */
static uint32_t claim_count(const struct tern_transport_endpoint *reader)
{
	enum { LENT = 8, INSTANCES = 16, MANY = 512 };
	const struct tern_qos *qos = &reader->qos;
	int64_t count = MANY;

	if (qos->history == TERN_KEEP_LAST)
		count = (int64_t)qos->history_depth *
		        (reader->type->codec->key_hash ? INSTANCES : 1);
	if (qos->history == TERN_KEEP_LAST && reader->type->codec->key_hash &&
	    count > MANY && qos->history_depth < MANY)
		count = MANY;
	if (qos->max_samples != TERN_UNLIMITED && count > qos->max_samples)
		count = qos->max_samples;
	count += LENT;
	return count < SHM_CLAIMS_MAX ? (uint32_t)count : SHM_CLAIMS_MAX;
}

static struct ring_reader_config config_of(struct tern_transport_endpoint *reader,
                                           struct neighbour *neighbour,
                                           const struct remote *writer,
                                           const struct tern_qos *qos)
{
	struct tern_transport *shm = reader->transport;
	bool reliable = reader->qos.reliability == TERN_RELIABLE &&
	                qos->reliability == TERN_RELIABLE;

	return (struct ring_reader_config){
		.host = shm->host,
		.segment = shm->segment,
		.peer = neighbour->peer,
		.writer_entry = writer->entry,
		.writer_serial = writer->serial,
		.writer = writer->guid,
		.ring = writer->ring,
		.reader_entry = reader->announcement.entry,
		.type = reader->type,
		.same_layout = writer->layout_hash != 0 &&
		               writer->layout_hash == reader->layout_hash,
		.reliable = reliable,
		.holds_back = reliable && qos->history == TERN_KEEP_ALL,
		.copies_out = true, /* it is core's history that limits */
		.wants_history = qos->durability >= TERN_TRANSIENT_LOCAL &&
		                 reader->qos.durability == TERN_TRANSIENT_LOCAL,
		.history_depth = reader->qos.history == TERN_KEEP_LAST
		                         ? reader->qos.history_depth
		                         : 0,
		.claim_count = claim_count(reader),
	};
}

/* The lock is held. If it cannot be, the writer's process must know. */
static tern_status attach_reader(struct tern_transport_endpoint *reader,
                                 struct neighbour *neighbour, const struct remote *writer,
                                 const struct tern_endpoint_info *info)
{
	struct tern_transport *shm = reader->transport;
	struct ring_reader_config config =
		config_of(reader, neighbour, writer, &info->qos);
	struct attached *attached = calloc(1, sizeof *attached);
	tern_status s = TERN_OK;

	shm_refusals_drop(reader, &writer->guid);
	if (!attached)
		s = shm->host->fail(TERN_ENOMEM, "no memory for a pair");
	else if (reader->refuses_all)
		s = shm->host->fail(TERN_ENOMEM, "this reader attaches to nobody any "
		                                 "more, for lack of memory");
	else if (writer->ring == 0)
		s = shm->host->fail(TERN_ENOMEM, "the writer has no ring: its process's "
		                                 "log says why");
	if (s == TERN_OK) {
		pthread_mutex_lock(&reader->lock);
		config.bells = reader->bells;
		s = ring_reader_attach(&config, &attached->ring);
		if (s == TERN_OK) {
			attached->writer = writer->guid;
			attached->slot = neighbour->slot;
			attached->generation = neighbour->generation;
			attached->next = reader->attached;
			reader->attached = attached;
		}
		pthread_mutex_unlock(&reader->lock);
	}
	if (s == TERN_OK)
		return TERN_OK;
	free(attached);
	if (s != TERN_ECLOSED && writer->ring != 0)
		shm_refuse(reader, neighbour, writer, s);
	return s;
}

static void detach_reader(struct tern_transport_endpoint *reader,
                          const struct tern_guid *writer_guid)
{
	struct tern_transport *shm = reader->transport;
	tern_status broken = TERN_OK;

	pthread_mutex_lock(&shm->lock);
	pthread_mutex_lock(&reader->lock);
	struct attached **link = &reader->attached;
	while (*link && memcmp(&(*link)->writer, writer_guid, sizeof *writer_guid) != 0)
		link = &(*link)->next;
	struct attached *attached = *link;
	if (attached) {
		*link = attached->next;
		broken = attached->broken;
		ring_reader_detach(attached->ring);
	}
	free(attached);
	pthread_mutex_unlock(&reader->lock);
	/* The writer's process would serve the pair by a ring that nobody reads any more. */
	struct neighbour *neighbour = shm_neighbour_of(shm, writer_guid);
	struct remote *writer = neighbour ? shm_remote(neighbour, writer_guid) : NULL;
	if (broken < 0 && writer)
		shm_refuse(reader, neighbour, writer, broken);
	pthread_mutex_unlock(&shm->lock);
}

bool shm_is_attached(struct tern_transport_endpoint *reader,
                     const struct tern_guid *writer)
{
	pthread_mutex_lock(&reader->lock);
	const struct attached *attached = reader->attached;
	while (attached && memcmp(&attached->writer, writer, sizeof *writer) != 0)
		attached = attached->next;
	bool is_attached = attached && attached->broken == TERN_OK;
	pthread_mutex_unlock(&reader->lock);
	return is_attached;
}

/* The very same type, as far as one can tell without a look at it. */
static bool is_same_type(const struct tern_transport_endpoint *endpoint,
                         const struct tern_endpoint_info *info,
                         const struct remote *remote)
{
	const struct tern_xtypes *ours = endpoint->type->xtypes;
	bool same_layout = endpoint->layout_hash != 0 &&
	                   endpoint->layout_hash == remote->layout_hash;

	return same_layout && ours && info->type_information &&
	       ours->type_information_size_bytes == info->type_information_size_bytes &&
	       memcmp(ours->type_information, info->type_information,
	              info->type_information_size_bytes) == 0;
}

/* Both ends compare the same two types by the same rules, and so agree. */
static tern_status check_type(const struct tern_transport_endpoint *endpoint,
                              const struct tern_endpoint_info *info,
                              const struct remote *remote)
{
	const struct tern_host *host = endpoint->transport->host;
	struct record record;
	tern_status s = TERN_OK;

	if (is_same_type(endpoint, info, remote) ||
	    !record_decode(remote->bytes, remote->size_bytes, &record) ||
	    !record.extra.type)
		return TERN_OK;
	struct tern_type *theirs =
		type_record_decode(record.extra.type, record.extra.type_size_bytes);
	if (!theirs)
		return host->fail(TERN_EMALFORMED, "the type %s cannot be understood",
		                  info->type_name);
	if (endpoint->kind == TERN_READER)
		s = host->types_match(endpoint->type, theirs, &endpoint->qos);
	else
		s = host->types_match(theirs, endpoint->type, &info->qos);
	free(theirs);
	return s;
}

/* Of what does not fit both ends know; of what only we cannot tell, they do not. A writer has no
 * words for one pair: then it is all of them. */
static void refuse_type(struct tern_transport_endpoint *endpoint,
                        struct neighbour *neighbour, const struct remote *remote,
                        tern_status why)
{
	if (why == TERN_EMISMATCH)
		return;
	if (endpoint->kind == TERN_WRITER) {
		shm_neighbour_refuse(endpoint->transport, neighbour, why);
		return;
	}
	shm_refusals_drop(endpoint, &remote->guid);
	shm_refuse(endpoint, neighbour, remote, why);
}

tern_status shm_attach(struct tern_transport_endpoint *endpoint,
                       const struct tern_endpoint_info *info)
{
	struct tern_transport *shm = endpoint->transport;

	if (shm_is_forked(shm))
		return shm_fork_refuse(shm);
	pthread_mutex_lock(&shm->lock);
	struct neighbour *neighbour = shm_neighbour_of(shm, &info->guid);
	struct remote *remote = neighbour ? shm_remote(neighbour, &info->guid) : NULL;
	tern_status s;
	if (!remote)
		s = no_remote(shm, info);
	else if ((s = check_type(endpoint, info, remote)) < 0)
		refuse_type(endpoint, neighbour, remote, s);
	else if (endpoint->kind == TERN_WRITER)
		s = attach_writer(endpoint, neighbour, remote);
	else
		s = attach_reader(endpoint, neighbour, remote, info);
	pthread_mutex_unlock(&shm->lock);
	return s;
}

void shm_detach(struct tern_transport_endpoint *endpoint, const struct tern_guid *remote)
{
	if (shm_is_forked(endpoint->transport))
		return;
	if (endpoint->kind == TERN_WRITER)
		detach_writer(endpoint, remote);
	else
		detach_reader(endpoint, remote);
}

/* ---- reading ----------------------------------------------------------------------------- */

void shm_watch(struct tern_transport_endpoint *reader, uint64_t bells)
{
	if (shm_is_forked(reader->transport))
		return;
	pthread_mutex_lock(&reader->lock);
	reader->bells = bells;
	for (struct attached *a = reader->attached; a; a = a->next)
		ring_reader_watch(a->ring, bells);
	pthread_mutex_unlock(&reader->lock);
}

static void note_broken(struct tern_transport_endpoint *reader, struct attached *attached,
                        tern_status why)
{
	const struct tern_transport *shm = reader->transport;

	attached->broken = why;
	snprintf(attached->why, sizeof attached->why, "%s", shm->host->error_text());
	atomic_store(&reader->has_broken, true);
	shm_news(reader->transport);
}

/* The sample stays where it is: discover() lets us try again after a while.
 * @return it is news: who is about to sleep must ask until when */
static bool note_short(const struct tern_transport_endpoint *reader,
                       struct attached *attached)
{
	struct tern_transport *shm = reader->transport;
	bool is_news = !attached->is_short;

	attached->is_short = true;
	atomic_store(&shm->is_short, true);
	atomic_store_explicit(&shm->next_slice_ns,
	                      shm->host->monotonic_ns() + SHM_SLICE_MIN_NS,
	                      memory_order_relaxed);
	if (is_news)
		shm->host->log(TERN_LOG_WARNING,
		               "a sample waits in shared memory until there is memory to "
		               "read it: %s",
		               shm->host->error_text());
	return is_news;
}

/* Its ring and history hold all that it ever wrote and that is not lost. */
static bool is_at_its_end(const struct tern_transport_endpoint *reader,
                          const struct attached *attached)
{
	return !ring_reader_is_announced(attached->ring) ||
	       registry_active_generation(reader->transport->registry, attached->slot) !=
	               attached->generation;
}

/* @return TERN_OK: there may be more; TERN_EAGAIN: the history is full; TERN_ENOTFOUND: that was
 * all for now */
static tern_status drain(struct tern_transport_endpoint *reader,
                         struct attached *attached)
{
	struct tern_transport *shm = reader->transport;
	struct tern_delivery delivery;
	uint32_t max = POLL_MAX;
	tern_status s = TERN_OK;

	for (uint32_t i = 0; i < max; i++) {
		s = ring_reader_peek(attached->ring, &delivery);
		if (s < 0) {
			/* Or it was written for others before the writer saw us, and a late
			 * joiner may not miss it. */
			if (s == TERN_EMALFORMED || s == TERN_EUNSUPPORTED)
				note_broken(reader, attached, s);
			bool again = s == TERN_ENOMEM && note_short(reader, attached);
			s = again ? TERN_OK : TERN_ENOTFOUND;
			break;
		}
		s = shm->host->deliver(reader->port, shm, &delivery);
		if (s == TERN_EAGAIN)
			break;
		s = TERN_OK;
		attached->is_short = false;
		ring_reader_pop(attached->ring);
		/* Then core looks only once more. */
		if (i + 1 == POLL_MAX && is_at_its_end(reader, attached))
			max = SHM_DESCRIPTORS_MAX;
	}
	ring_reader_flush(attached->ring);
	return s;
}

/* Another one comes first the next time. */
static void take_turns(struct tern_transport_endpoint *reader)
{
	struct attached *first = reader->attached, *last = first;

	while (last->next)
		last = last->next;
	if (last == first)
		return;
	reader->attached = first->next;
	first->next = NULL;
	last->next = first;
}

void shm_poll(struct tern_transport_endpoint *reader)
{
	bool more = false, full = false;

	if (shm_is_forked(reader->transport))
		return;
	pthread_mutex_lock(&reader->lock);
	for (struct attached *a = reader->attached; a; a = a->next) {
		tern_status s = a->broken ? TERN_ENOTFOUND : drain(reader, a);
		/* There may be room for others' instances. */
		full = full || s == TERN_EAGAIN;
		more = more || s == TERN_OK;
	}
	if (full)
		take_turns(reader);
	pthread_mutex_unlock(&reader->lock);
	if (more) /* it is polled once more before it sleeps */
		reader->transport->host->ring(reader->port);
}
