/* What tools see of shared memory from outside: which readers of this host are attached to which
 * writers, how far behind they are, and who refuses whom. Reads what all processes of the host
 * may read, and changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "shm.h"
#include "type_record.h"

void shm_look(struct tern_transport *shm)
{
	if (!shm_is_forked(shm) &&
	    !atomic_load_explicit(&shm->has_left, memory_order_relaxed))
		shm_reap(shm);
}

/* ---- pairs ------------------------------------------------------------------------------- */

/* One process's side of what is looked at: a neighbour, or we (NULL). */
struct side {
	struct tern_transport *shm;
	struct neighbour *neighbour;
};

/* An attachment's fields, read once. */
struct sighting {
	unsigned life;
	uint32_t writer_slot;
	uint64_t writer_generation;
	uint32_t writer_entry;
	uint64_t writer_serial;
	uint32_t reader_entry;
	uint32_t flags;
	uint32_t refusal;
	uint64_t cursor;
};

static const struct shm_attachment *attachment_at(const struct side *side,
                                                  uint32_t number)
{
	struct shm_data *own = segment_header(side->shm->segment);

	if (!side->neighbour)
		return segment_array_at(side->shm->segment, &own->attachments,
		                        sizeof(struct shm_attachment), number);
	return peer_array_at(side->neighbour->peer,
	                     &peer_data(side->neighbour->peer)->attachments,
	                     sizeof(struct shm_attachment), number);
}

static uint32_t attachment_count(const struct side *side)
{
	const struct shm_data *data = side->neighbour
	                                      ? peer_data(side->neighbour->peer)
	                                      : segment_header(side->shm->segment);
	uint32_t count =
		atomic_load_explicit(&data->attachment_count, memory_order_acquire);

	return count < SHM_ENTRIES_MAX ? count : SHM_ENTRIES_MAX;
}

/* @return false: nothing there, or it changed meanwhile */
static bool sight(const struct shm_attachment *from, struct sighting *ret_sighting)
{
	/* Acquire: pairs with the release of who filled it in. */
	uint64_t state = atomic_load_explicit(&from->state, memory_order_acquire);
	struct sighting sighting = {
		.life = (unsigned)(state & 0xff),
		.writer_slot = from->writer_slot,
		.writer_generation = from->writer_generation,
		.writer_entry = from->writer_entry,
		.writer_serial = from->writer_serial,
		.reader_entry = from->reader_entry,
		.flags = from->flags,
		.refusal = from->refusal,
		.cursor = atomic_load_explicit(&from->cursor, memory_order_relaxed),
	};

	shm_fence_acquire();
	if (atomic_load_explicit(&from->state, memory_order_relaxed) != state ||
	    (sighting.life != SHM_ATTACHMENT_ACTIVE &&
	     sighting.life != SHM_ATTACHMENT_REFUSED))
		return false;
	*ret_sighting = sighting;
	return true;
}

static const struct tern_transport_endpoint *own_endpoint(
	const struct tern_transport *shm, tern_endpoint_kind kind, uint32_t entry)
{
	const struct tern_transport_endpoint *endpoint = shm->endpoints;

	while (endpoint &&
	       (endpoint->kind != kind || endpoint->announcement.entry != entry))
		endpoint = endpoint->next;
	return endpoint;
}

static const struct remote *remote_at(const struct neighbour *neighbour,
                                      tern_endpoint_kind kind, uint32_t entry)
{
	const struct remote *remote = neighbour && entry < neighbour->remote_count
	                                      ? neighbour->remotes[entry]
	                                      : NULL;

	return remote && remote->kind == kind ? remote : NULL;
}

static bool reader_guid(const struct side *side, uint32_t entry,
                        struct tern_guid *ret_guid)
{
	const struct tern_transport_endpoint *own = NULL;
	const struct remote *remote = NULL;

	if (side->neighbour)
		remote = remote_at(side->neighbour, TERN_READER, entry);
	else
		own = own_endpoint(side->shm, TERN_READER, entry);
	if (!own && !remote)
		return false;
	*ret_guid = own ? own->guid : remote->guid;
	return true;
}

static void set_lag(struct tern_pair_info *pair, const struct sighting *sighting,
                    uint64_t head, uint64_t capacity, const struct shm_bells *bells)
{
	/* Of a best-effort reader the cursor does not tell. */
	if (!(sighting->flags & SHM_ATTACHMENT_RELIABLE))
		return;
	pair->has_lag = true;
	pair->room = capacity;
	pair->lag = sighting->cursor > head ? 0 : head + 1 - sighting->cursor;
	pair->holds_back = (sighting->flags & SHM_ATTACHMENT_HOLDS_BACK) != 0;
	uint32_t wanted =
		atomic_load_explicit(&bells->space_wanted, memory_order_relaxed);
	pair->blocks =
		pair->holds_back && pair->lag >= capacity && (wanted & SHM_WANTS_ROOM);
}

static bool fill_own_writer(struct tern_transport *shm, const struct sighting *sighting,
                            struct tern_pair_info *pair)
{
	const struct tern_transport_endpoint *writer =
		own_endpoint(shm, TERN_WRITER, sighting->writer_entry);
	struct ring_writer_usage usage;

	if (!writer || writer->announcement.serial != sighting->writer_serial ||
	    sighting->writer_generation != shm->generation || !writer->publication)
		return false;
	pair->writer = writer->guid;
	ring_writer_usage_get(writer->publication->ring, &usage);
	if (pair->matched)
		set_lag(pair, sighting, usage.head, usage.capacity, shm->bells);
	return true;
}

static bool fill_writer(struct tern_transport *shm, const struct sighting *sighting,
                        struct tern_pair_info *pair)
{
	if (sighting->writer_slot == shm->slot)
		return fill_own_writer(shm, sighting, pair);
	if (sighting->writer_slot >= SHM_SLOTS_MAX)
		return false;
	struct neighbour *neighbour = shm->neighbours[sighting->writer_slot];
	if (!neighbour || !neighbour->peer ||
	    neighbour->generation != sighting->writer_generation)
		return false;
	const struct remote *writer =
		remote_at(neighbour, TERN_WRITER, sighting->writer_entry);
	if (!writer || writer->serial != sighting->writer_serial)
		return false;
	pair->writer = writer->guid;
	const struct shm_ring *ring =
		peer_at(neighbour->peer, writer->ring, sizeof *ring, SHM_APART_BYTES);
	if (pair->matched && writer->ring != 0 && ring)
		set_lag(pair, sighting,
		        atomic_load_explicit(&ring->head, memory_order_relaxed),
		        ring->capacity, peer_bells(neighbour->peer));
	return true;
}

static void observe_attachments(const struct side *side,
                                const struct tern_transport_observer *observer)
{
	uint32_t count = attachment_count(side);

	for (uint32_t i = 0; i < count; i++) {
		const struct shm_attachment *attachment = attachment_at(side, i);
		struct tern_pair_info pair = { .reason = "",
			                       .transport = "shm",
			                       .is_observed = true };
		struct sighting sighting;
		if (!attachment)
			return;
		if (!sight(attachment, &sighting))
			continue;
		pair.matched = sighting.life == SHM_ATTACHMENT_ACTIVE;
		if (!pair.matched)
			pair.refusal = sighting.refusal > 0 && sighting.refusal < 128
			                       ? -(tern_status)sighting.refusal
			                       : TERN_EMALFORMED;
		if (reader_guid(side, sighting.reader_entry, &pair.reader) &&
		    fill_writer(side->shm, &sighting, &pair))
			observer->pair(&pair, observer->context);
	}
}

/* ---- refusals ---------------------------------------------------------------------------- */

static void observe_own_refusal(const struct tern_transport *shm,
                                const struct neighbour *neighbour,
                                const struct tern_transport_observer *observer)
{
	const struct tern_refusal_info refusal = {
		.by = shm->process,
		.of = neighbour->process,
		.pid = neighbour->pid,
		.transport = "shm",
		.status = TERN_EPERM,
		.why = neighbour->refusal,
	};

	observer->refusal(&refusal, observer->context);
}

/* Whom this neighbour cannot read. */
static void observe_their_refusals(const struct tern_transport *shm,
                                   const struct neighbour *neighbour,
                                   const struct tern_transport_observer *observer)
{
	const struct shm_data *data = peer_data(neighbour->peer);

	for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++) {
		const struct neighbour *of = shm->neighbours[slot];
		uint64_t word =
			atomic_load_explicit(&data->refused[slot], memory_order_acquire);
		bool is_us = slot == shm->slot;
		if (!word || slot == neighbour->slot || (!of && !is_us) ||
		    word >> 8 != (is_us ? shm->generation : of->generation))
			continue;
		const struct tern_refusal_info refusal = {
			.by = neighbour->process,
			.of = is_us ? shm->process : of->process,
			.pid = is_us ? shm->pid : of->pid,
			.transport = "shm",
			.status = -(tern_status)(word & 0x7f),
			.why = "",
		};
		observer->refusal(&refusal, observer->context);
	}
}

void shm_observe(struct tern_transport *shm,
                 const struct tern_transport_observer *observer)
{
	if (shm_is_forked(shm))
		return;
	pthread_mutex_lock(&shm->lock);
	observe_attachments(&(struct side){ shm, NULL }, observer);
	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++) {
		struct neighbour *neighbour = shm->neighbours[slot];
		if (neighbour && neighbour->refusal[0])
			observe_own_refusal(shm, neighbour, observer);
		if (!neighbour || !neighbour->peer)
			continue;
		observe_attachments(&(struct side){ shm, neighbour }, observer);
		observe_their_refusals(shm, neighbour, observer);
	}
	pthread_mutex_unlock(&shm->lock);
}

/* ---- types ------------------------------------------------------------------------------- */

/* A copy of an endpoint's announcement, with what it says of its type. */
struct described {
	uint8_t *bytes;
	struct record record;
	struct tern_type *type; /* in none of the above; NULL: not told */
};

static void described_fini(struct described *described)
{
	free(described->type);
	free(described->bytes);
}

/* @return false: it is not known here */
static bool describe(struct tern_transport *shm, const struct tern_guid *guid,
                     struct described *ret_described)
{
	size_t size_bytes = 0;

	ret_described->bytes = NULL;
	ret_described->type = NULL;
	pthread_mutex_lock(&shm->lock);
	struct neighbour *neighbour = shm_neighbour_of(shm, guid);
	const struct remote *remote = neighbour ? shm_remote(neighbour, guid) : NULL;
	if (remote)
		ret_described->bytes = malloc(remote->size_bytes);
	if (ret_described->bytes) {
		size_bytes = remote->size_bytes;
		memcpy(ret_described->bytes, remote->bytes, size_bytes);
	}
	pthread_mutex_unlock(&shm->lock);
	if (!ret_described->bytes ||
	    !record_decode(ret_described->bytes, size_bytes, &ret_described->record))
		return false;
	const struct record_extra *extra = &ret_described->record.extra;
	if (extra->type)
		ret_described->type =
			type_record_decode(extra->type, extra->type_size_bytes);
	return ret_described->type != NULL;
}

tern_status shm_compare_types(struct tern_transport *shm, const struct tern_guid *writer,
                              const struct tern_guid *reader)
{
	struct described theirs = { .bytes = NULL }, ours = { .bytes = NULL };
	tern_status s = TERN_ENOTFOUND;

	if (!shm_is_forked(shm) && describe(shm, writer, &theirs) &&
	    describe(shm, reader, &ours))
		s = shm->host->types_match(ours.type, theirs.type, &ours.record.info.qos);
	described_fini(&theirs);
	described_fini(&ours);
	return s == TERN_ENOTFOUND
	               ? shm->host->fail(s,
	                                 "shared memory has no description of both types")
	               : s;
}
