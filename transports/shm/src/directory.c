/* Directories: ours, in which our endpoints are announced, and our peers', which we look through
 * when the registry's epoch moved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "shm.h"
#include "type_record.h"

/* ---- ours -------------------------------------------------------------------------------- */

static void ring_all(struct tern_transport *shm)
{
	uint32_t used = registry_slots_used(shm->registry);

	for (uint32_t slot = 0; slot < used && slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot] && shm->neighbours[slot]->peer)
			peer_ring(shm->neighbours[slot]->peer, UINT64_MAX);
}

void shm_moved(struct tern_transport *shm)
{
	registry_move_epoch(shm->registry);
	shm_fence(); /* pairs with that of who parks and then looks at the epoch */
	ring_all(shm);
}

/* Our own change is no news to us, unless somebody else's came with it: then another look finds
 * nothing and costs little. */
static void entry_changed(struct tern_transport *shm)
{
	struct shm_data *data = segment_header(shm->segment);

	atomic_fetch_add_explicit(&data->directory_epoch, 1, memory_order_release);
	shm_moved(shm);
}

static struct shm_entry *own_entry(struct tern_transport *shm, uint32_t entry)
{
	return segment_array_at(shm->segment, &segment_header(shm->segment)->entries,
	                        sizeof(struct shm_entry), entry);
}

/* A place that was used before, or a new one. There is room to free it again. */
static tern_status entry_take(struct tern_transport *shm, uint32_t *ret_entry)
{
	struct shm_data *data = segment_header(shm->segment);
	uint32_t count = atomic_load_explicit(&data->entry_count, memory_order_relaxed);

	if (shm->free_entry_count > 0) {
		*ret_entry = shm->free_entries[--shm->free_entry_count];
		return TERN_OK;
	}
	if (count == SHM_ENTRIES_MAX)
		return shm->host->fail(TERN_ELIMIT,
		                       "%u endpoints of a process share memory at most",
		                       SHM_ENTRIES_MAX);
	if (count >= shm->free_entry_capacity) {
		uint32_t capacity = count ? 2 * count : 64;
		uint32_t *grown = realloc(shm->free_entries, capacity * sizeof *grown);
		if (!grown)
			return shm->host->fail(TERN_ENOMEM, "no memory for an endpoint");
		shm->free_entries = grown;
		shm->free_entry_capacity = capacity;
	}
	if (!own_entry(shm, count))
		return TERN_ENOMEM;
	*ret_entry = count;
	return TERN_OK;
}

/* What others compare theirs with, if they do not have the very same. */
static uint8_t *type_describe(const struct tern_type *type, size_t *ret_size_bytes)
{
	size_t size_bytes = type ? type_record_encode(type, NULL) : 0;
	uint8_t *bytes = size_bytes > 0 ? malloc(size_bytes) : NULL;

	*ret_size_bytes = bytes ? type_record_encode(type, bytes) : 0;
	return bytes;
}

static tern_status too_long(const struct tern_transport *shm,
                            const struct tern_endpoint_info *info, size_t size_bytes)
{
	return shm->host->fail(
		TERN_ELIMIT,
		"%s: names, partitions, types and user data take %zu bytes "
		"together, more than %u",
		info->topic_name, size_bytes, RECORD_SIZE_MAX_BYTES);
}

/* The announcement's bytes in our segment. */
static tern_status record_make(struct tern_transport *shm,
                               const struct tern_endpoint_info *info, uint64_t ring,
                               void **ret_bytes, uint64_t *ret_offset,
                               size_t *ret_size_bytes)
{
	struct record_extra extra = { .ring = ring };
	uint8_t *type = type_describe(info->type, &extra.type_size_bytes);
	tern_status s = TERN_OK;

	extra.type = type;
	size_t size_bytes = record_size_bytes(info, &extra);
	uint8_t *bytes = NULL;
	if (size_bytes > RECORD_SIZE_MAX_BYTES)
		s = too_long(shm, info, size_bytes);
	else
		bytes = segment_alloc(shm->segment, size_bytes, ret_offset);
	if (bytes) {
		record_encode(info, &extra, bytes);
		*ret_bytes = bytes;
		*ret_size_bytes = size_bytes;
	} else if (s == TERN_OK) {
		s = TERN_ENOMEM;
	}
	free(type);
	return s;
}

tern_status shm_entry_add(struct tern_transport *shm,
                          const struct tern_endpoint_info *info, uint64_t ring,
                          struct announcement *ret_announcement)
{
	struct shm_data *data = segment_header(shm->segment);
	uint32_t number = 0;
	size_t size_bytes = 0;
	uint64_t offset = 0;
	void *bytes = NULL;

	tern_status s = record_make(shm, info, ring, &bytes, &offset, &size_bytes);
	if (s < 0)
		return s;
	s = entry_take(shm, &number);
	if (s < 0) {
		segment_free(shm->segment, bytes);
		return s;
	}
	struct shm_entry *entry = own_entry(shm, number);
	atomic_store_explicit(&entry->record, offset, memory_order_relaxed);
	atomic_store_explicit(&entry->record_size_bytes, (uint32_t)size_bytes,
	                      memory_order_relaxed);
	atomic_store_explicit(&entry->refuses, 0, memory_order_relaxed);
	/* Release: who sees it odd sees the record. */
	uint64_t serial =
		1 + atomic_fetch_add_explicit(&entry->serial, 1, memory_order_release);
	*ret_announcement = (struct announcement){ number, serial, bytes };
	if (number >= atomic_load_explicit(&data->entry_count, memory_order_relaxed))
		atomic_store_explicit(&data->entry_count, number + 1,
		                      memory_order_release);
	entry_changed(shm);
	return TERN_OK;
}

void shm_entry_remove(struct tern_transport *shm, const struct announcement *announcement)
{
	struct shm_entry *entry = own_entry(shm, announcement->entry);

	/* Who copies the record meanwhile sees the serial move and forgets the copy. */
	atomic_fetch_add_explicit(&entry->serial, 1, memory_order_seq_cst);
	shm_fence(); /* pairs with a reader's, which attaches and then looks at the serial */
	segment_free(shm->segment, announcement->record);
	shm->free_entries[shm->free_entry_count++] = announcement->entry;
	entry_changed(shm);
}

void shm_entry_refuse(struct tern_transport *shm, const struct announcement *announcement,
                      tern_status why)
{
	atomic_store_explicit(&own_entry(shm, announcement->entry)->refuses,
	                      (uint32_t)-why, memory_order_seq_cst);
	shm_fence(); /* pairs with a reader's, which attaches and then looks at it */
	entry_changed(shm);
}

/* ---- who is here ------------------------------------------------------------------------- */

static void tell(struct tern_transport *shm, struct neighbour *neighbour)
{
	neighbour->news = true;
	shm_news(shm);
}

/* We do not share memory with it: it must know, for it must take another way, too. */
static void refuse_peer(struct tern_transport *shm, struct neighbour *neighbour,
                        tern_status why)
{
	struct shm_data *data = segment_header(shm->segment);

	atomic_store_explicit(&data->refused[neighbour->slot],
	                      neighbour->generation << 8 | ((uint32_t)-why & 0xff),
	                      memory_order_seq_cst);
	shm_moved(shm);
	if (neighbour->refusal[0]) /* for another reason: it is not reached already */
		return;
	neighbour->tell_reach = true;
	snprintf(neighbour->refusal, sizeof neighbour->refusal, "%s",
	         shm->host->error_text());
	shm->host->log(TERN_LOG_WARNING,
	               "memory cannot be shared with process %u of this host: %s",
	               neighbour->pid, neighbour->refusal);
}

void shm_neighbour_refuse(struct tern_transport *shm, struct neighbour *neighbour,
                          tern_status why)
{
	if (neighbour->refusal[0])
		return;
	refuse_peer(shm, neighbour, why);
	tell(shm, neighbour);
}

/* What it claims cannot be read, either.
 * Dekker with its claims: it claims and then looks whether it is refused; we refuse, and what was
 * published before that is kept. */
static void refuse_unseen(struct tern_transport *shm, struct neighbour *neighbour,
                          tern_status why)
{
	refuse_peer(shm, neighbour, why);
	shm_fence();
	neighbour->refused_at =
		1 + atomic_fetch_add_explicit(&shm->refusals, 1, memory_order_release);
	atomic_store_explicit(&shm->kept_before, neighbour->refused_at,
	                      memory_order_release);
}

void shm_neighbour_refuse_unseen(struct tern_transport *shm, struct neighbour *neighbour,
                                 tern_status why)
{
	if (neighbour->refused_at)
		return;
	refuse_unseen(shm, neighbour, why);
	tell(shm, neighbour);
}

static void neighbour_begin(struct tern_transport *shm, uint32_t slot,
                            uint64_t generation)
{
	struct neighbour *neighbour = calloc(1, sizeof *neighbour);
	if (!neighbour)
		return; /* with the next look */

	neighbour->slot = slot;
	neighbour->generation = generation;
	neighbour->pid = registry_slot_pid(shm->registry, slot);
	tern_status s =
		peer_open(shm->host, shm->registry, slot, generation, &neighbour->peer);
	if (s == TERN_ENOTFOUND &&
	    registry_active_generation(shm->registry, slot) != generation) {
		/* It just left. Else its files were removed, and it must know. */
		free(neighbour);
		return;
	}
	if (s == TERN_OK) {
		neighbour->process = peer_identity(neighbour->peer)->process;
		neighbour->pid = peer_identity(neighbour->peer)->pid;
	} else {
		refuse_unseen(shm, neighbour, s);
	}
	neighbour->tell_reach = true;
	neighbour->look_again = neighbour->peer != NULL;
	shm->neighbours[slot] = neighbour;
	tell(shm, neighbour);
}

static const struct shm_entry *entry_of(const struct neighbour *neighbour, uint32_t entry)
{
	return peer_array_at(neighbour->peer, &peer_data(neighbour->peer)->entries,
	                     sizeof(struct shm_entry), entry);
}

/* Who leaves takes its announcements back first. */
static bool has_died(const struct neighbour *neighbour)
{
	for (uint32_t i = 0; i < neighbour->remote_count; i++) {
		const struct remote *remote = neighbour->remotes[i];
		const struct shm_entry *entry =
			remote && neighbour->peer ? entry_of(neighbour, i) : NULL;
		if (entry && atomic_load_explicit(&entry->serial, memory_order_acquire) ==
		                     remote->serial)
			return true;
	}
	return false;
}

/* What they may hold stays as long as they do. */
static void keep_for_the_refused(struct tern_transport *shm)
{
	uint64_t last = 0;

	for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot] && shm->neighbours[slot]->refused_at > last)
			last = shm->neighbours[slot]->refused_at;
	atomic_store_explicit(&shm->kept_before, last, memory_order_release);
}

/* It left or died: what it read of ours counts no more, nor what we refused to read of it. */
static void neighbour_end(struct tern_transport *shm, struct neighbour *neighbour)
{
	neighbour->died = has_died(neighbour);
	shm_attachments_end(shm, neighbour);
	for (uint32_t i = 0; i < neighbour->remote_count; i++)
		if (neighbour->remotes[i])
			shm_refusals_drop_all(shm, &neighbour->remotes[i]->guid);
	for (const struct remote *lost = neighbour->lost; lost; lost = lost->next)
		shm_refusals_drop_all(shm, &lost->guid);
	shm->neighbours[neighbour->slot] = NULL;
	if (neighbour->refused_at)
		keep_for_the_refused(shm);
	neighbour->next = shm->gone;
	shm->gone = neighbour;
	tell(shm, neighbour);
}

static bool look_at_slots(struct tern_transport *shm)
{
	uint32_t used = registry_slots_used(shm->registry), seen = used;
	bool complete = true;

	for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++) {
		struct neighbour *neighbour = shm->neighbours[slot];
		uint64_t generation =
			slot < used && slot != shm->slot
				? registry_active_generation(shm->registry, slot)
				: 0;
		if (neighbour && neighbour->generation != generation) {
			if (!registry_is_gone(shm->registry, slot,
			                      neighbour->generation)) {
				seen = slot < seen ? seen : slot + 1;
				continue; /* its slot was written over; it mends it */
			}
			neighbour_end(shm, neighbour);
		}
		if (generation && !shm->neighbours[slot]) {
			neighbour_begin(shm, slot, generation);
			complete = complete && shm->neighbours[slot];
		}
		if (slot >= used && slot >= shm->slots_seen)
			break;
	}
	shm->slots_seen = seen;
	return complete;
}

void shm_neighbour_free(struct neighbour *neighbour)
{
	for (uint32_t i = 0; i < neighbour->remote_count; i++) {
		if (neighbour->remotes[i])
			free(neighbour->remotes[i]->bytes);
		free(neighbour->remotes[i]);
	}
	while (neighbour->lost) {
		struct remote *remote = neighbour->lost;
		neighbour->lost = remote->next;
		free(remote->bytes);
		free(remote);
	}
	free(neighbour->remotes);
	free(neighbour->attachments);
	peer_unref(neighbour->peer);
	free(neighbour);
}

/* ---- their directories ------------------------------------------------------------------- */

/* GUIDs that a process makes begin with the same bytes. */
#define GUID_PROCESS_BYTES 10

static bool same_process(const struct tern_guid *a, const struct tern_guid *b)
{
	return memcmp(a->bytes, b->bytes, GUID_PROCESS_BYTES) == 0;
}

struct neighbour *shm_neighbour_of(struct tern_transport *shm,
                                   const struct tern_guid *guid)
{
	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot] && shm->neighbours[slot]->peer &&
		    same_process(&shm->neighbours[slot]->process, guid))
			return shm->neighbours[slot];
	return NULL;
}

struct remote *shm_remote(struct neighbour *neighbour, const struct tern_guid *guid)
{
	for (uint32_t i = 0; i < neighbour->remote_count; i++)
		if (neighbour->remotes[i] &&
		    memcmp(&neighbour->remotes[i]->guid, guid, sizeof *guid) == 0)
			return neighbour->remotes[i];
	return NULL;
}

tern_status shm_remote_refuses(struct neighbour *neighbour, const struct remote *remote)
{
	const struct shm_entry *entry = entry_of(neighbour, remote->entry);
	uint32_t why =
		entry ? atomic_load_explicit(&entry->refuses, memory_order_acquire) : 0;

	return why > 0 && why < 128 ? -(tern_status)why : TERN_OK;
}

/* Its record, checked as a whole: an endpoint of that very process, the only one of its name. */
static bool remote_check(const struct neighbour *neighbour, const uint8_t *bytes,
                         size_t size_bytes, struct remote *ret_remote)
{
	struct record record;

	if (!record_decode(bytes, size_bytes, &record) ||
	    !same_process(&record.info.guid, &neighbour->process) ||
	    memcmp(&record.info.participant, &neighbour->process,
	           sizeof neighbour->process) != 0 ||
	    shm_remote((struct neighbour *)neighbour, &record.info.guid))
		return false;
	ret_remote->guid = record.info.guid;
	ret_remote->kind = record.info.kind;
	ret_remote->ring = record.extra.ring;
	ret_remote->layout_hash = record.info.layout_hash;
	return true;
}

/* Read the record of an entry whose serial was odd.
 * @return false: look again; the entry is left empty then, and if it holds nonsense */
static bool remote_read(struct tern_transport *shm, struct neighbour *neighbour,
                        uint32_t number, const struct shm_entry *entry, uint64_t serial)
{
	uint64_t offset = atomic_load_explicit(&entry->record, memory_order_relaxed);
	size_t size_bytes =
		atomic_load_explicit(&entry->record_size_bytes, memory_order_relaxed);

	if (size_bytes == 0 || size_bytes > RECORD_SIZE_MAX_BYTES)
		return atomic_load(&entry->serial) == serial;
	struct remote *remote = calloc(1, sizeof *remote);
	uint8_t *bytes = malloc(size_bytes);
	const void *from = peer_at(neighbour->peer, offset, size_bytes, 1);
	bool good = remote && bytes && from;
	if (good)
		memcpy(bytes, from, size_bytes);
	shm_fence_acquire();
	/* What was copied is the record only if the serial is the same after it. */
	bool still = atomic_load_explicit(&entry->serial, memory_order_relaxed) == serial;
	if (good && still && remote_check(neighbour, bytes, size_bytes, remote)) {
		remote->entry = number;
		remote->serial = serial;
		remote->bytes = bytes;
		remote->size_bytes = size_bytes;
		neighbour->remotes[number] = remote;
		tell(shm, neighbour);
		return true;
	}
	if (good && still)
		shm->host->log(
			TERN_LOG_WARNING,
			"process %u of this host announces an endpoint that cannot be "
			"understood: it is ignored",
			neighbour->pid);
	free(bytes);
	free(remote);
	return good && still;
}

static bool remotes_reserve(struct neighbour *neighbour, uint32_t count)
{
	if (count <= neighbour->remote_count)
		return true;
	struct remote **grown =
		realloc(neighbour->remotes, count * sizeof *neighbour->remotes);
	if (!grown)
		return false;
	memset(grown + neighbour->remote_count, 0,
	       (count - neighbour->remote_count) * sizeof *grown);
	neighbour->remotes = grown;
	neighbour->remote_count = count;
	return true;
}

static void look_at_entry(struct tern_transport *shm, struct neighbour *neighbour,
                          uint32_t number)
{
	const struct shm_entry *entry = entry_of(neighbour, number);
	struct remote *remote = neighbour->remotes[number];
	/* Acquire: pairs with the release of who announced. */
	uint64_t serial =
		entry ? atomic_load_explicit(&entry->serial, memory_order_acquire) : 0;

	if (remote && remote->serial != serial) {
		neighbour->remotes[number] = NULL;
		remote->next = neighbour->lost;
		neighbour->lost = remote;
		remote = NULL;
		tell(shm, neighbour);
	}
	if (!remote && (serial & 1) &&
	    !remote_read(shm, neighbour, number, entry, serial))
		neighbour->look_again = true;
}

/* What it claims of ours counts until its slot is free. */
static void look_whether_it_left(struct tern_transport *shm, struct neighbour *neighbour)
{
	const struct shm_data *data = peer_data(neighbour->peer);

	if (neighbour->refusal[0] ||
	    !atomic_load_explicit(&data->has_left, memory_order_acquire))
		return;
	snprintf(neighbour->refusal, sizeof neighbour->refusal,
	         "process %u has left shared memory; its log says why", neighbour->pid);
	neighbour->tell_reach = true;
	tell(shm, neighbour);
}

/* It cannot read us, so that we must not count on it. */
static void look_at_refusal(struct tern_transport *shm, struct neighbour *neighbour)
{
	uint64_t word = atomic_load_explicit(
		&peer_data(neighbour->peer)->refused[shm->slot], memory_order_acquire);

	if (word >> 8 != shm->generation || neighbour->refusal[0])
		return;
	snprintf(
		neighbour->refusal, sizeof neighbour->refusal,
		"process %u cannot read this process's shared memory (%s); its log says why",
		neighbour->pid, tern_status_name(-(tern_status)(word & 0x7f)));
	neighbour->tell_reach = true;
	tell(shm, neighbour);
}

static void look_at_neighbour(struct tern_transport *shm, struct neighbour *neighbour)
{
	const struct shm_data *data = peer_data(neighbour->peer);

	look_whether_it_left(shm, neighbour);
	look_at_refusal(shm, neighbour);
	uint32_t epoch =
		atomic_load_explicit(&data->directory_epoch, memory_order_acquire);
	if (epoch == neighbour->directory_epoch && !neighbour->look_again)
		return;
	uint32_t count = atomic_load_explicit(&data->entry_count, memory_order_acquire);
	if (count > SHM_ENTRIES_MAX)
		count = SHM_ENTRIES_MAX;
	neighbour->look_again = !remotes_reserve(neighbour, count);
	for (uint32_t i = 0; i < count && i < neighbour->remote_count; i++)
		look_at_entry(shm, neighbour, i);
	neighbour->directory_epoch = epoch;
	/* Entries whose refusal changed look the same otherwise. */
	shm->pairs_news = true;
	shm_news(shm);
}

bool shm_look_around(struct tern_transport *shm)
{
	/* Before all else: what moves from here on is looked at the next time. */
	uint32_t epoch = registry_epoch(shm->registry);
	bool complete = look_at_slots(shm);

	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot] && shm->neighbours[slot]->peer)
			look_at_neighbour(shm, shm->neighbours[slot]);
	shm->looks_again = !complete;
	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot])
			shm->looks_again |= shm->neighbours[slot]->look_again;
	atomic_store_explicit(&shm->registry_epoch, epoch, memory_order_relaxed);
	return complete;
}
