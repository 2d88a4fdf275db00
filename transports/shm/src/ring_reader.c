/* A reader's side of a ring: attaching to it without the writer's help, and leaving it. */
#include "ring_reader.h"

#include <stdlib.h>
#include <string.h>

#include "ring_reader_impl.h"

#define CAPACITY_MAX (UINT32_C(1) << 20)

/* ---- the writer's ring --------------------------------------------------------------------- */

static tern_status not_a_ring(const struct ring_reader *reader)
{
	const struct peer_identity *identity = peer_identity(reader->peer);

	return reader->host->fail(
		TERN_EMALFORMED,
		"shared memory of process %u (%s) is damaged: what it announces as a writer's "
		"ring is none; restart it",
		(unsigned)identity->pid, identity->process_name);
}

static tern_status find_ring(struct ring_reader *reader)
{
	uint64_t offset = reader->config.ring;
	const struct shm_ring *ring =
		peer_at(reader->peer, offset, sizeof *ring, _Alignof(struct shm_ring));

	if (!ring)
		return not_a_ring(reader);
	uint32_t capacity = *(const volatile uint32_t *)&ring->capacity;
	if (capacity < 2 || capacity > CAPACITY_MAX || (capacity & (capacity - 1)))
		return not_a_ring(reader);
	reader->ring = peer_at(reader->peer, offset,
	                       sizeof *ring + capacity * sizeof ring->slots[0],
	                       _Alignof(struct shm_ring));
	reader->capacity = capacity;
	return reader->ring ? TERN_OK : not_a_ring(reader);
}

bool ring_reader_is_announced(const struct ring_reader *reader)
{
	const struct shm_entry *entry =
		peer_array_at(reader->peer, &peer_data(reader->peer)->entries,
	                      sizeof *entry, reader->config.writer_entry);

	/* SC: after the fence that follows our bump of the epoch; pairs with the writer's process,
	 * which withdraws the entry, fences, and looks for attachments before it frees. */
	return entry &&
	       atomic_load_explicit(&entry->serial, memory_order_seq_cst) ==
	               reader->config.writer_serial &&
	       !atomic_load_explicit(&peer_data(reader->peer)->has_left,
	                             memory_order_acquire);
}

/* Pairs with the writer's process, which says so, fences, and looks for attachments: it sees ours
 * or we see that. */
static bool takes_readers(const struct ring_reader *reader)
{
	const struct shm_entry *entry =
		peer_array_at(reader->peer, &peer_data(reader->peer)->entries,
	                      sizeof *entry, reader->config.writer_entry);

	return entry && atomic_load_explicit(&entry->refuses, memory_order_seq_cst) == 0;
}

/* ---- our attachment ------------------------------------------------------------------------ */

struct shm_attachment *ring_attachment_find_free(struct segment *segment,
                                                 uint32_t *ret_index)
{
	struct shm_data *data = segment_header(segment);
	/* Nobody but us writes it. */
	uint32_t count =
		atomic_load_explicit(&data->attachment_count, memory_order_relaxed);
	struct shm_attachment *attachment;

	for (uint32_t i = 0; i < count; i++) {
		attachment = segment_array_at(segment, &data->attachments,
		                              sizeof *attachment, i);
		/* Acquire: who had it is done with it; pairs with its release in finish(). */
		uint64_t state =
			atomic_load_explicit(&attachment->state, memory_order_acquire);
		if ((state & 0xff) == SHM_ATTACHMENT_FREE) {
			*ret_index = i;
			return attachment;
		}
	}
	/* Nobody would look at one more. */
	if (count >= SHM_ENTRIES_MAX)
		return NULL;
	attachment =
		segment_array_at(segment, &data->attachments, sizeof *attachment, count);
	if (!attachment)
		return NULL;
	/* Release: its block is there; pairs with the acquire of who scans. */
	atomic_store_explicit(&data->attachment_count, count + 1, memory_order_release);
	*ret_index = count;
	return attachment;
}

static uint32_t attachment_flags(const struct ring_reader_config *config)
{
	uint32_t flags = 0;

	if (config->reliable)
		flags |= SHM_ATTACHMENT_RELIABLE;
	if (config->reliable && config->holds_back)
		flags |= SHM_ATTACHMENT_HOLDS_BACK;
	if (!config->same_layout)
		flags |= SHM_ATTACHMENT_ENCODED;
	return flags;
}

/* Where the ring is now: what comes after is ours. */
static uint64_t head_of(const struct ring_reader *reader)
{
	/* Acquire: the words up to it are there; pairs with commit. */
	return atomic_load_explicit(&reader->ring->head, memory_order_acquire);
}

/* Release: who reads it finds, at its second look, that the attachment's last use is over. */
#define SET(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELEASE)

static tern_status fill_attachment(struct ring_reader *reader)
{
	const struct ring_reader_config *config = &reader->config;
	const struct peer_identity *writer = peer_identity(reader->peer);
	uint64_t claims_offset;
	uint32_t index;
	size_t claims_bytes = (reader->claim_count + 1) * sizeof *reader->claims;

	reader->claims = segment_alloc(reader->segment, claims_bytes, &claims_offset);
	if (!reader->claims)
		return TERN_ENOMEM;
	for (uint32_t i = 0; i <= reader->claim_count; i++)
		/* Relaxed: the state, with release, makes them seen. */
		atomic_store_explicit(&reader->claims[i], 0, memory_order_relaxed);
	reader->attachment = ring_attachment_find_free(reader->segment, &index);
	if (!reader->attachment)
		return reader->host->fail(TERN_ENOMEM,
		                          "no room in this process's shared memory for "
		                          "one more pair (%u at most)",
		                          SHM_ENTRIES_MAX);
	struct shm_attachment *attachment = reader->attachment;
	/* Nobody but us writes it. */
	uint64_t state = atomic_load_explicit(&attachment->state, memory_order_relaxed);
	reader->serial = (state >> 8) + 1;
	SET(attachment->writer_slot, writer->slot);
	SET(attachment->writer_entry, config->writer_entry);
	SET(attachment->writer_generation, writer->generation);
	SET(attachment->writer_serial, config->writer_serial);
	SET(attachment->reader_entry, config->reader_entry);
	SET(attachment->flags, attachment_flags(config));
	SET(attachment->claim_count, reader->claim_count + 1);
	SET(attachment->refusal, 0);
	SET(attachment->claims, claims_offset);
	/* Relaxed: state, with release, makes them seen. */
	atomic_store_explicit(&attachment->bells, config->bells, memory_order_relaxed);
	atomic_store_explicit(&attachment->cursor, head_of(reader) + 1,
	                      memory_order_relaxed);
	return TERN_OK;
}

static void set_state(struct ring_reader *reader, uint64_t state)
{
	/* Release: what the attachment says is written; pairs with the acquire of who scans. */
	atomic_store_explicit(&reader->attachment->state, reader->serial << 8 | state,
	                      memory_order_release);
}

/* From here on the writer honours our claims, but for what it publishes next: it looks at the
 * epoch after its fence, which comes after ours if the head that we read is not its newest. */
static tern_status join(struct ring_reader *reader)
{
	/* Nobody but us writes it. */
	uint64_t start =
		atomic_load_explicit(&reader->attachment->cursor, memory_order_relaxed);

	set_state(reader, SHM_ATTACHMENT_JOINING);
	peer_attachment_changed(reader->peer);
	shm_fence();
	if (!ring_reader_is_announced(reader))
		return reader->host->fail(TERN_ECLOSED, "the writer is gone");
	if (!takes_readers(reader))
		return reader->host->fail(
			TERN_ENOMEM, "the writer has given up its ring: its process's "
				     "log says why");
	uint64_t head = head_of(reader);
	/* What the writer publishes after it saw us lies behind the head that we read before we
	 * were to be seen. If that is more than a ring, it has not seen us yet: it would have
	 * waited. */
	if (reader->config.wants_history || head + 1 - start > reader->capacity)
		start = head + 1;
	reader->cursor = start;
	reader->expected = start;
	/* Release: as in ring_reader_pop(). It only rises, so the writer waited for too much
	 * at worst. */
	atomic_store_explicit(&reader->attachment->cursor, start, memory_order_release);
	/* Now the pair may be matched in the writer's process: should that leave at once, it keeps
	 * what it wrote for us, as it has seen us or we would have seen it withdraw. */
	set_state(reader, SHM_ATTACHMENT_ACTIVE);
	peer_attachment_changed(reader->peer);
	return reader->config.wants_history ? ring_reader_scan_for_join(reader, head)
	                                    : TERN_OK;
}

/* ---- attach, detach ------------------------------------------------------------------------ */

static tern_status make_private_parts(struct ring_reader *reader)
{
	uint32_t count = reader->claim_count;

	reader->free_words = (count + 63) / 64;
	reader->lent = calloc(count, sizeof *reader->lent);
	reader->free_claims = calloc(reader->free_words, sizeof *reader->free_claims);
	if (!reader->lent || !reader->free_claims || !ring_reader_begin_claims(reader))
		return reader->host->fail(TERN_ENOMEM, "no memory to attach to a writer");
	for (uint32_t i = 0; i < count; i++)
		reader->free_claims[i / 64] |= UINT64_C(1) << i % 64;
	return TERN_OK;
}

tern_status ring_reader_attach(const struct ring_reader_config *config,
                               struct ring_reader **ret_reader)
{
	struct ring_reader *reader = calloc(1, sizeof *reader);
	tern_status s;

	if (!reader)
		return config->host->fail(TERN_ENOMEM, "no memory to attach to a writer");
	reader->config = *config;
	reader->host = config->host;
	reader->segment = segment_ref(config->segment);
	reader->peer = peer_ref(config->peer);
	reader->refused =
		&peer_data(config->peer)->refused[segment_header(config->segment)->slot];
	reader->claim_count = config->claim_count;
	if (reader->claim_count < 1)
		reader->claim_count = 1;
	if (reader->claim_count > SHM_CLAIMS_MAX)
		reader->claim_count = SHM_CLAIMS_MAX;
	s = make_private_parts(reader);
	if (s == TERN_OK)
		s = find_ring(reader);
	if (s == TERN_OK)
		s = fill_attachment(reader);
	if (s < 0)
		goto free_parts;
	s = join(reader);
	if (s < 0) {
		/* Nothing was lent: it is free at once. */
		ring_reader_end_claims(reader);
		return s;
	}
	*ret_reader = reader;
	return TERN_OK;

free_parts:
	segment_free(reader->segment, (void *)reader->claims);
	free((void *)reader->free_claims);
	free(reader->lent);
	segment_unref(reader->segment);
	peer_unref(reader->peer);
	free(reader);
	return s;
}

void ring_reader_detach(struct ring_reader *reader)
{
	if (reader->has_delivery)
		tern_payload_unref(reader->delivery.payload);
	reader->has_delivery = false;
	/* Relaxed: a bell too many does no harm. */
	atomic_store_explicit(&reader->attachment->bells, 0, memory_order_relaxed);
	set_state(reader, SHM_ATTACHMENT_LEFT);
	peer_attachment_changed(reader->peer);
	ring_reader_give(reader, SHM_WANTS_ROOM | SHM_WANTS_MEMORY);
	ring_reader_end_claims(reader);
}

void ring_reader_watch(struct ring_reader *reader, uint64_t bells)
{
	/* Dekker with commit: we name our bells and then look for samples (core does); it
	 * publishes and then looks for bells. */
	atomic_store_explicit(&reader->attachment->bells, bells, memory_order_relaxed);
	shm_fence();
}
