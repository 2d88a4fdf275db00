/* Who reads our writers. An attachment lies in its reader's memory: whenever our attach_epoch
 * moved, we look through those of all peers and connect our rings to what changed. Refusals come
 * the same way, and ours go it. */
#include <stdlib.h>
#include <string.h>

#include "shm.h"

/* ---- theirs ------------------------------------------------------------------------------ */

static struct publication *publication_of(struct tern_transport *shm, uint32_t entry,
                                          uint64_t serial)
{
	struct publication *publication = shm->publications;

	while (publication &&
	       (publication->entry != entry || publication->serial != serial))
		publication = publication->next;
	return publication;
}

static void disconnect(const struct neighbour *neighbour, uint32_t number)
{
	struct seen_attachment *seen = &neighbour->attachments[number];

	if (seen->publication)
		ring_writer_disconnect(seen->publication->ring, neighbour->peer, number);
	seen->publication = NULL;
	seen->refusal = TERN_OK;
}

static bool reserve(struct neighbour *neighbour, uint32_t count)
{
	if (count <= neighbour->attachment_count)
		return true;
	struct seen_attachment *grown =
		realloc(neighbour->attachments, count * sizeof *grown);
	if (!grown)
		return false;
	memset(grown + neighbour->attachment_count, 0,
	       (count - neighbour->attachment_count) * sizeof *grown);
	neighbour->attachments = grown;
	neighbour->attachment_count = count;
	return true;
}

/* @return false: look again */
static bool look_at_attachment(struct tern_transport *shm, struct neighbour *neighbour,
                               uint32_t number)
{
	struct seen_attachment *seen = &neighbour->attachments[number];
	const struct shm_attachment *theirs =
		peer_array_at(neighbour->peer, &peer_data(neighbour->peer)->attachments,
	                      sizeof *theirs, number);
	if (!theirs) {
		shm_neighbour_refuse_unseen(
			shm, neighbour,
			shm->host->fail(TERN_EMALFORMED,
		                        "shared memory of process %u: its attachments "
		                        "cannot be read",
		                        neighbour->pid));
		return true;
	}
	/* Acquire: pairs with the release of who filled it in. */
	uint64_t state = atomic_load_explicit(&theirs->state, memory_order_acquire);
	unsigned life = (unsigned)(state & 0xff);
	if (state == seen->state)
		return true;

	const uint32_t entry = theirs->writer_entry;
	const uint64_t serial = theirs->writer_serial;
	const uint32_t reader = theirs->reader_entry;
	const uint32_t refusal = theirs->refusal;
	bool ours = theirs->writer_slot == shm->slot &&
	            theirs->writer_generation == shm->generation;
	shm_fence_acquire();
	if (atomic_load_explicit(&theirs->state, memory_order_relaxed) != state)
		return false;

	/* The one that we were connected to, made anew for somebody else. */
	if (seen->publication &&
	    (life == SHM_ATTACHMENT_FREE || life == SHM_ATTACHMENT_REFUSED || !ours ||
	     seen->publication->entry != entry || seen->publication->serial != serial))
		disconnect(neighbour, number);
	seen->refusal = TERN_OK;
	shm->pairs_news = true;
	shm_news(shm);
	if (ours && life == SHM_ATTACHMENT_REFUSED) {
		seen->refused_writer = entry;
		seen->refused_serial = serial;
		seen->refused_reader = reader;
		seen->refusal = refusal > 0 && refusal < 128 ? -(tern_status)refusal
		                                             : TERN_EMALFORMED;
	}
	if (ours && (life == SHM_ATTACHMENT_JOINING || life == SHM_ATTACHMENT_ACTIVE ||
	             life == SHM_ATTACHMENT_LEFT)) {
		struct publication *publication = publication_of(shm, entry, serial);
		tern_status s = publication ? ring_writer_connect(publication->ring,
		                                                  neighbour->peer, number)
		                            : TERN_ENOTFOUND;
		if (s == TERN_ENOMEM)
			return false;
		if (s == TERN_OK)
			seen->publication = publication;
		else if (s != TERN_ENOTFOUND)
			shm_neighbour_refuse_unseen(shm, neighbour, s);
	}
	seen->state = state;
	return true;
}

/* @return false: look again */
static bool look_at_neighbour(struct tern_transport *shm, struct neighbour *neighbour)
{
	uint32_t count = atomic_load_explicit(
		&peer_data(neighbour->peer)->attachment_count, memory_order_acquire);
	bool complete = true;

	if (count > SHM_ENTRIES_MAX)
		count = SHM_ENTRIES_MAX;
	if (!reserve(neighbour, count))
		return false;
	for (uint32_t i = 0; i < count; i++)
		complete &= look_at_attachment(shm, neighbour, i);
	return complete;
}

bool shm_attachments_look(struct tern_transport *shm)
{
	/* Before all else: what moves from here on is looked at the next time. */
	uint32_t epoch =
		atomic_load_explicit(&shm->bells->attach_epoch, memory_order_seq_cst);
	bool complete = shm_look_around(shm);

	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot] && shm->neighbours[slot]->peer)
			complete &= look_at_neighbour(shm, shm->neighbours[slot]);
	shm->looks_again = shm->looks_again || !complete;
	atomic_store_explicit(&shm->attach_epoch, epoch, memory_order_relaxed);
	return complete;
}

void shm_attachments_end(struct tern_transport *shm, struct neighbour *neighbour)
{
	(void)shm;
	for (uint32_t i = 0; i < neighbour->attachment_count; i++)
		disconnect(neighbour, i);
}

tern_status shm_attachment_refused(const struct tern_transport_endpoint *writer,
                                   const struct neighbour *neighbour,
                                   const struct remote *reader)
{
	for (uint32_t i = 0; i < neighbour->attachment_count; i++) {
		const struct seen_attachment *seen = &neighbour->attachments[i];
		if (seen->refusal && seen->refused_reader == reader->entry &&
		    seen->refused_writer == writer->announcement.entry &&
		    seen->refused_serial == writer->announcement.serial)
			return seen->refusal;
	}
	return TERN_OK;
}

/* ---- for rings --------------------------------------------------------------------------- */

bool shm_refresh(void *context)
{
	struct tern_transport *shm = context;

	/* Each of our rings asks when something moved: the first looks for all. */
	pthread_mutex_lock(&shm->lock);
	bool complete =
		shm->stopping || shm_is_up_to_date(shm) || shm_attachments_look(shm);
	pthread_mutex_unlock(&shm->lock);
	return complete;
}

void shm_reap(void *context)
{
	struct tern_transport *shm = context;

	uint32_t reaped = registry_reap(shm->registry);
	/* Another process may have reaped them: then the registry's epoch alone tells. */
	if (reaped == 0 && shm_is_up_to_date(shm))
		return;
	pthread_mutex_lock(&shm->lock);
	(void)shm_attachments_look(shm);
	if (reaped > 0)
		shm_moved(shm); /* the others lost them, too */
	pthread_mutex_unlock(&shm->lock);
}

/* No neighbour is connected to it any more when its ring is gone. */
static void forget(struct tern_transport *shm, const struct publication *publication)
{
	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++) {
		struct neighbour *neighbour = shm->neighbours[slot];
		for (uint32_t i = 0; neighbour && i < neighbour->attachment_count; i++)
			if (neighbour->attachments[i].publication == publication)
				neighbour->attachments[i].publication = NULL;
	}
}

void shm_publications_collect(struct tern_transport *shm)
{
	struct publication **link = &shm->publications;

	while (*link) {
		struct publication *publication = *link;
		if (!publication->closed || !ring_writer_collect(publication->ring)) {
			link = &publication->next;
			continue;
		}
		*link = publication->next;
		forget(shm, publication);
		free(publication);
	}
}

/* ---- ours -------------------------------------------------------------------------------- */

void shm_refuse(struct tern_transport_endpoint *reader, const struct neighbour *neighbour,
                const struct remote *writer, tern_status why)
{
	struct tern_transport *shm = reader->transport;
	struct refusal *refusal = malloc(sizeof *refusal);
	struct shm_attachment *ours = NULL;
	uint32_t number = 0;

	if (refusal)
		ours = ring_attachment_find_free(shm->segment, &number);
	if (!ours) {
		/* Then it refuses all that it is not attached to yet, for which there is room. */
		free(refusal);
		reader->refuses_all = true;
		shm_entry_refuse(shm, &reader->announcement, why);
		return;
	}
	ours->writer_slot = neighbour->slot;
	ours->writer_generation = neighbour->generation;
	ours->writer_entry = writer->entry;
	ours->writer_serial = writer->serial;
	ours->reader_entry = reader->announcement.entry;
	ours->claim_count = 0;
	ours->claims = 0;
	ours->refusal = (uint32_t)-why;
	uint64_t state = atomic_load_explicit(&ours->state, memory_order_relaxed);
	atomic_store_explicit(&ours->state,
	                      ((state >> 8) + 1) << 8 | SHM_ATTACHMENT_REFUSED,
	                      memory_order_release);
	*refusal = (struct refusal){ reader->refusals, writer->guid, number };
	reader->refusals = refusal;
	peer_attachment_changed(neighbour->peer);
}

void shm_refusals_drop(struct tern_transport_endpoint *reader,
                       const struct tern_guid *writer)
{
	struct tern_transport *shm = reader->transport;
	struct refusal **link = &reader->refusals;

	while (*link) {
		struct refusal *refusal = *link;
		if (writer && memcmp(&refusal->writer, writer, sizeof *writer) != 0) {
			link = &refusal->next;
			continue;
		}
		struct shm_attachment *ours = segment_array_at(
			shm->segment, &segment_header(shm->segment)->attachments,
			sizeof *ours, refusal->attachment);
		uint64_t state = atomic_load_explicit(&ours->state, memory_order_relaxed);
		atomic_store_explicit(&ours->state,
		                      (state & ~UINT64_C(0xff)) | SHM_ATTACHMENT_FREE,
		                      memory_order_release);
		*link = refusal->next;
		free(refusal);
	}
}

void shm_refusals_drop_all(struct tern_transport *shm, const struct tern_guid *writer)
{
	for (struct tern_transport_endpoint *e = shm->endpoints; e; e = e->next)
		if (e->kind == TERN_READER)
			shm_refusals_drop(e, writer);
}
