/* Publishing a sample in a ring: reserve finds room and memory, and may wait for readers;
 * commit makes it seen, and cannot fail. */
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ring_writer_impl.h"

/* Payloads in the ring that newer ones cannot displace by their number alone are let go beyond
 * this, so that large samples use little memory again and again. */
#define RING_BYTES ((size_t)2 << 20)
/* How long a wait may go on without a look at who died. */
#define WAIT_SLICE_NS (INT64_C(20) * 1000000)
/* A reader that made no room for so long has to be called: its program waits for another. */
#define FIRST_SLICE_NS (INT64_C(1) * 1000000)

/* ---- reserve ------------------------------------------------------------------------------- */

/* Everything a commit needs. TERN_EAGAIN: the ring is full of what readers have not read. */
static tern_status try_reserve(struct ring_writer *writer, struct tern_outgoing *outgoing)
{
	struct reservation *reserved = &writer->reserved;
	tern_status s;

	/* Whoever could not be looked at may not be overtaken either. */
	if (!ring_writer_refresh(writer) && (writer->flags & SHM_RING_KEEPS_ALL))
		return writer->host->fail(TERN_ENOMEM,
		                          "%s: no memory to look at new readers",
		                          writer->topic_name);
	if (!ring_writer_has_room(writer))
		return TERN_EAGAIN;
	s = ring_writer_descriptor_get(writer, &reserved->descriptor);
	if (s < 0)
		return s;
	if (writer->history) {
		s = ring_history_reserve(writer->history, outgoing->key_hash,
		                         &reserved->place);
		if (s < 0)
			goto put_back;
	}
	s = ring_writer_make_forms(writer, outgoing,
	                           &writer->descriptors.all[reserved->descriptor]);
	if (s < 0)
		goto cancel_place;
	reserved->active = true;
	return TERN_OK;

cancel_place:
	if (writer->history)
		ring_history_cancel(writer->history, &reserved->place);
put_back:
	ring_writer_descriptor_put_back(writer, reserved->descriptor);
	return s;
}

/* Memory can be short because of what nobody needs any more. */
static tern_status try_harder(struct ring_writer *writer, struct tern_outgoing *outgoing)
{
	tern_status s = try_reserve(writer, outgoing);

	if (s != TERN_ENOMEM)
		return s;
	ring_writer_trim(writer, 0);
	ring_writer_collect_retired(writer);
	return try_reserve(writer, outgoing);
}

static tern_status timed_out(struct ring_writer *writer)
{
	struct ring_writer_usage usage;

	ring_writer_usage_get(writer, &usage);
	return writer->host->fail(
		TERN_ETIMEDOUT,
		"%s: a reader of another process (slot %u, entry %u) has not taken %u samples "
		"that may not be lost: take faster there, or use KEEP_LAST",
		writer->topic_name, (unsigned)usage.culprit_slot,
		(unsigned)usage.culprit_entry, (unsigned)writer->capacity);
}

/* Sleep until a reader makes room, a slice of time at most. */
static void wait_for_space(struct ring_writer *writer, uint32_t seen_space,
                           int64_t until_ns, int64_t slice_ns)
{
	int64_t now_ns = writer->host->monotonic_ns();
	int64_t wait_ns = until_ns - now_ns < slice_ns ? until_ns - now_ns : slice_ns;
	const struct timespec timeout = { .tv_nsec = (long)wait_ns };

	if (wait_ns <= 0)
		return;
	/* Not private: readers of other processes wake it. */
	if (syscall(SYS_futex, &writer->config.bells->space, FUTEX_WAIT, seen_space,
	            &timeout, NULL, 0) == 0 ||
	    errno != ETIMEDOUT)
		return;
	ring_writer_call_holders(writer);
	writer->config.reap(writer->config.context);
	ring_writer_refresh(writer);
}

static bool is_worth_waiting(struct ring_writer *writer, tern_status s)
{
	return s == TERN_EAGAIN ||
	       (s == TERN_ENOMEM && ring_writer_somebody_holds_back(writer));
}

/* What would help: only who is short of memory is woken by each sample that is given back. */
static uint32_t wanted_after(tern_status s)
{
	return s == TERN_ENOMEM ? SHM_WANTS_ROOM | SHM_WANTS_MEMORY : SHM_WANTS_ROOM;
}

/* Room or memory is short: wait until readers give some, or the write's time is over. */
static tern_status reserve_waiting(struct ring_writer *writer,
                                   struct tern_outgoing *outgoing, tern_status s)
{
	struct shm_bells *bells = writer->config.bells;
	int64_t deadline_ns = writer->host->outgoing_deadline(outgoing);
	int64_t slice_ns = FIRST_SLICE_NS;

	atomic_fetch_add_explicit(&writer->held_back, 1, memory_order_relaxed);
	while (is_worth_waiting(writer, s)) {
		uint32_t wanted = wanted_after(s);
		/* Acquire: read before we look; who moves it later ends our sleep. */
		uint32_t seen = atomic_load_explicit(&bells->space, memory_order_acquire);
		/* Dekker with a reader's flush and release: we want and then look, it gives
		 * and then looks whether it is wanted. Other writers may want, too. */
		atomic_fetch_or_explicit(&bells->space_wanted, wanted,
		                         memory_order_relaxed);
		shm_fence();
		s = try_harder(writer, outgoing);
		if (!is_worth_waiting(writer, s))
			break;
		if (wanted_after(s) & ~wanted)
			continue;
		if (deadline_ns == 0 || writer->host->monotonic_ns() >= deadline_ns)
			return s == TERN_EAGAIN ? timed_out(writer) : s;
		wait_for_space(writer, seen, deadline_ns, slice_ns);
		slice_ns = WAIT_SLICE_NS;
	}
	return s;
}

tern_status ring_writer_reserve(struct ring_writer *writer,
                                struct tern_outgoing *outgoing)
{
	tern_status s;

	ring_writer_trim(writer, RING_BYTES);
	s = try_reserve(writer, outgoing);
	if (s == TERN_ENOMEM)
		s = try_harder(writer, outgoing);
	if (s == TERN_EAGAIN || s == TERN_ENOMEM)
		s = reserve_waiting(writer, outgoing, s);
	return s;
}

void ring_writer_cancel(struct ring_writer *writer, struct tern_outgoing *outgoing)
{
	struct reservation *reserved = &writer->reserved;

	(void)outgoing;
	if (!reserved->active)
		return;
	reserved->active = false;
	if (writer->history)
		ring_history_cancel(writer->history, &reserved->place);
	ring_writer_descriptor_put_back(writer, reserved->descriptor);
}

/* ---- commit -------------------------------------------------------------------------------- */

/* The ring has gone round: what was in the slot lost its word. */
static void displace(struct ring_writer *writer, uint64_t word, uint64_t sequence)
{
	uint32_t index = shm_word_descriptor(word);

	if (sequence <= writer->capacity || index == SHM_DESCRIPTOR_NONE)
		return;
	writer->ring_bytes -= writer->descriptors.all[index].size_bytes;
	writer->tail = sequence - writer->capacity + 1;
	ring_writer_descriptor_unref(writer, index);
}

static void drop_from_history(struct ring_writer *writer)
{
	/* The clock is read where time matters. */
	int64_t now_ns = writer->has_lifespan ? writer->host->now_ns() : 0;
	uint32_t index;

	if (ring_history_asks_for_passed(writer->history))
		ring_history_set_passed(
			writer->history,
			ring_writer_passed(writer, SHM_ATTACHMENT_RELIABLE));
	while (ring_history_drop_next(writer->history, now_ns, &index))
		ring_writer_descriptor_unref(writer, index);
}

void ring_writer_commit(struct ring_writer *writer, struct tern_outgoing *outgoing)
{
	uint32_t index = writer->reserved.descriptor;
	struct own_descriptor *descriptor = &writer->descriptors.all[index];
	uint64_t sequence = atomic_load_explicit(&writer->head, memory_order_relaxed) + 1;
	_Atomic uint64_t *slot = &writer->ring->slots[sequence & (writer->capacity - 1)];

	/* Taken before the publication, not between it and the look for bells: there a lock would
	 * hide what the fence is for. */
	pthread_mutex_lock(&writer->lock);
	writer->reserved.active = false;
	descriptor->shared->sequence = sequence;
	descriptor->references = 1;
	descriptor->refusals = ring_writer_count_of(writer->config.refusals);
	if (writer->history) {
		descriptor->references = 2;
		ring_history_add(writer->history, &writer->reserved.place, outgoing->kind,
		                 outgoing->source_timestamp_ns, sequence, index);
	}
	/* Nobody but us writes it. */
	uint64_t displaced = atomic_load_explicit(slot, memory_order_relaxed);
	/* Release: descriptor and payload are written. The sample is published here; pairs with
	 * the acquire of a reader's first look. */
	atomic_store_explicit(slot, shm_word(sequence, index), memory_order_release);
	/* Release: the word and the history's are there; pairs with acquire in attach and in
	 * the resync after an overrun. A crash in between leaves it one behind, which is fine. */
	atomic_store_explicit(&writer->ring->head, sequence, memory_order_release);
	atomic_store_explicit(&writer->head, sequence, memory_order_relaxed);
	writer->ring_bytes += descriptor->size_bytes;
	displace(writer, displaced, sequence);
	if (writer->history)
		drop_from_history(writer);

	/* Dekker with who parks, with who watches, and with who attaches: we publish and then
	 * look for bells and news; they say who they are and then look for samples. */
	shm_fence();
	ring_writer_refresh_locked(writer);
	ring_writer_ring(writer);
	pthread_mutex_unlock(&writer->lock);
}
