/* Who reads a ring: the attachments in peers' data, their cursors, claims and bells. What lies
 * there is the peers' and may say anything: it can hold the writer back until a deadline, or
 * keep memory from being used again, and nothing else. */
#include <stdlib.h>

#include "ring_writer_impl.h"

/* ---- connect and disconnect ---------------------------------------------------------------- */

static struct connection *find(const struct ring_writer *writer, const struct peer *peer,
                               uint32_t index)
{
	for (uint32_t i = 0; i < writer->connection_count; i++)
		if (writer->connections[i].peer == peer &&
		    writer->connections[i].index == index)
			return &writer->connections[i];
	return NULL;
}

/* Acquire: what the attachment says was written before its state; pairs with attach's release. */
static uint64_t state_of(const struct shm_attachment *attachment)
{
	return atomic_load_explicit(&attachment->state, memory_order_acquire);
}

static bool may_claim(uint64_t state)
{
	return (state & 0xff) == SHM_ATTACHMENT_JOINING ||
	       (state & 0xff) == SHM_ATTACHMENT_ACTIVE ||
	       (state & 0xff) == SHM_ATTACHMENT_LEFT;
}

static bool is_joined(const struct connection *connection)
{
	return state_of(connection->attachment) ==
	       (connection->serial << 8 | SHM_ATTACHMENT_ACTIVE);
}

static bool is_active(const struct connection *connection)
{
	/* Once: between two looks it may go from the one to the other. */
	uint64_t state = state_of(connection->attachment);

	return state == (connection->serial << 8 | SHM_ATTACHMENT_JOINING) ||
	       state == (connection->serial << 8 | SHM_ATTACHMENT_ACTIVE);
}

static tern_status malformed(const struct ring_writer *writer, const struct peer *peer,
                             const char *what)
{
	const struct peer_identity *identity = peer_identity(peer);

	return writer->host->fail(
		TERN_EMALFORMED,
		"%s: process %u (%s) attached a reader in shared memory, but %s: its memory "
		"is damaged, restart it",
		writer->topic_name, (unsigned)identity->pid, identity->process_name,
		what);
}

/* Acquire: keeps the second look at the state behind it, and if it is of the attachment's next
 * use, lets that look see that this one is over; pairs with SET() in ring_reader.c. */
#define GET(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)

/* Copy what an attachment says, then see that it was not given to another meanwhile. */
static tern_status read_attachment(const struct ring_writer *writer, struct peer *peer,
                                   uint32_t index, struct connection *ret_connection)
{
	const struct shm_attachment *attachment = peer_array_at(
		peer, &peer_data(peer)->attachments, sizeof *attachment, index);
	if (!attachment)
		return malformed(writer, peer, "where it says there is nothing");

	uint64_t state = state_of(attachment);
	struct connection connection = {
		.peer = peer,
		.index = index,
		.attachment = attachment,
		.claim_count = GET(attachment->claim_count),
		.flags = GET(attachment->flags),
		.reader_entry = GET(attachment->reader_entry),
		.serial = state >> 8,
	};
	uint64_t claims = GET(attachment->claims);
	uint64_t again = state_of(attachment);
	if (!may_claim(state) || !may_claim(again) || again >> 8 != state >> 8)
		return TERN_ENOTFOUND;
	if (connection.claim_count < 1 || connection.claim_count > SHM_CLAIMS_MAX + 1)
		return malformed(writer, peer, "its number of claims cannot be");
	connection.claims =
		peer_at(peer, claims, connection.claim_count * sizeof *connection.claims,
	                sizeof(uint64_t)); /* they are read in pairs */
	if (!connection.claims)
		return malformed(writer, peer, "its claims are not in its memory");
	*ret_connection = connection;
	return TERN_OK;
}

/* The lock is held. */
static void look_at_wishes(struct ring_writer *writer)
{
	bool encoded = false;

	for (uint32_t i = 0; i < writer->connection_count; i++)
		encoded |= writer->connections[i].flags & SHM_ATTACHMENT_ENCODED;
	atomic_store_explicit(&writer->encoded_wanted, encoded, memory_order_relaxed);
	atomic_store_explicit(&writer->passed, 0, memory_order_relaxed);
}

/* The lock is held. */
static tern_status add(struct ring_writer *writer, const struct connection *connection)
{
	if (writer->connection_count == writer->connection_room) {
		uint32_t room = writer->connection_room ? 2 * writer->connection_room : 4;
		struct connection *connections =
			realloc(writer->connections, room * sizeof *writer->connections);
		if (!connections)
			return writer->host->fail(TERN_ENOMEM,
			                          "%s: no memory for one more reader",
			                          writer->topic_name);
		writer->connections = connections;
		writer->connection_room = room;
	}
	peer_ref(connection->peer);
	writer->connections[writer->connection_count++] = *connection;
	return TERN_OK;
}

tern_status ring_writer_connect(struct ring_writer *writer, struct peer *peer,
                                uint32_t attachment)
{
	struct connection connection;
	tern_status s;

	pthread_mutex_lock(&writer->lock);
	s = read_attachment(writer, peer, attachment, &connection);
	if (s == TERN_OK) {
		struct connection *known = find(writer, peer, attachment);
		if (known)
			*known = connection;
		else
			s = add(writer, &connection);
	}
	look_at_wishes(writer);
	pthread_mutex_unlock(&writer->lock);
	return s;
}

/* The lock is held. */
static void remove_at(struct ring_writer *writer, uint32_t i)
{
	peer_unref(writer->connections[i].peer);
	writer->connections[i] = writer->connections[--writer->connection_count];
}

void ring_writer_disconnect(struct ring_writer *writer, const struct peer *peer,
                            uint32_t attachment)
{
	pthread_mutex_lock(&writer->lock);
	struct connection *connection = find(writer, peer, attachment);
	if (connection)
		remove_at(writer, (uint32_t)(connection - writer->connections));
	look_at_wishes(writer);
	pthread_mutex_unlock(&writer->lock);
}

void ring_writer_disconnect_peer(struct ring_writer *writer, const struct peer *peer)
{
	pthread_mutex_lock(&writer->lock);
	for (uint32_t i = writer->connection_count; i-- > 0;)
		if (writer->connections[i].peer == peer)
			remove_at(writer, i);
	look_at_wishes(writer);
	pthread_mutex_unlock(&writer->lock);
}

bool ring_writer_has_reader(struct ring_writer *writer, const struct peer *peer,
                            uint32_t reader_entry)
{
	bool found = false;

	pthread_mutex_lock(&writer->lock);
	for (uint32_t i = 0; i < writer->connection_count && !found; i++) {
		const struct connection *one = &writer->connections[i];
		found = one->peer == peer && one->reader_entry == reader_entry &&
		        is_joined(one);
	}
	pthread_mutex_unlock(&writer->lock);
	return found;
}

bool ring_writer_is_read(struct ring_writer *writer)
{
	bool found = false;

	pthread_mutex_lock(&writer->lock);
	for (uint32_t i = 0; i < writer->connection_count && !found; i++)
		found = is_active(&writer->connections[i]);
	pthread_mutex_unlock(&writer->lock);
	return found;
}

bool ring_writer_refresh(struct ring_writer *writer)
{
	/* SC: pairs with the reader's bump, which it made before the fence of its first claim:
	 * if our own fence came after that one, we see it here (decision 0052). */
	uint32_t epoch = atomic_load_explicit(&writer->config.bells->attach_epoch,
	                                      memory_order_seq_cst);

	if (epoch == writer->seen_epoch)
		return true;
	if (!writer->config.refresh(writer->config.context))
		return false;
	writer->seen_epoch = epoch;
	return true;
}

bool ring_writer_refresh_locked(struct ring_writer *writer)
{
	/* SC: as above. */
	if (atomic_load_explicit(&writer->config.bells->attach_epoch,
	                         memory_order_seq_cst) == writer->seen_epoch)
		return true;
	pthread_mutex_unlock(&writer->lock);
	bool complete = ring_writer_refresh(writer);
	pthread_mutex_lock(&writer->lock);
	return complete;
}

/* ---- cursors ------------------------------------------------------------------------------- */

/* The smallest cursor of those whose flags hold all of these; the lock is held. */
static uint64_t passed_by(const struct ring_writer *writer, uint32_t flags,
                          const struct connection **ret_last)
{
	uint64_t passed = atomic_load_explicit(&writer->head, memory_order_relaxed) + 1;

	for (uint32_t i = 0; i < writer->connection_count; i++) {
		const struct connection *one = &writer->connections[i];
		if ((one->flags & flags) != flags || !is_active(one))
			continue;
		/* Acquire: its claims of what lies below were made before; pairs with pop's
		 * release. Beyond our head it is a lie, which the minimum leaves out. */
		uint64_t cursor = atomic_load_explicit(&one->attachment->cursor,
		                                       memory_order_acquire);
		if (cursor < passed) {
			passed = cursor;
			*ret_last = one;
		}
	}
	return passed;
}

uint64_t ring_writer_passed(struct ring_writer *writer, uint32_t flags)
{
	const struct connection *last = NULL;

	return passed_by(writer, flags, &last);
}

bool ring_writer_has_room(struct ring_writer *writer)
{
	uint64_t next = atomic_load_explicit(&writer->head, memory_order_relaxed) + 1;
	const struct connection *last = NULL;

	/* The word that goes is that of next - capacity. */
	if (next - atomic_load_explicit(&writer->passed, memory_order_relaxed) <
	    writer->capacity)
		return true;
	pthread_mutex_lock(&writer->lock);
	uint64_t passed = passed_by(writer, SHM_ATTACHMENT_HOLDS_BACK, &last);
	atomic_store_explicit(&writer->passed, passed, memory_order_relaxed);
	bool has_room = next - passed < writer->capacity;
	if (!has_room && last) {
		const struct peer_identity *identity = peer_identity(last->peer);
		writer->culprit_slot = identity->slot;
		writer->culprit_generation = identity->generation;
		writer->culprit_entry = last->reader_entry;
	}
	pthread_mutex_unlock(&writer->lock);
	return has_room;
}

bool ring_writer_somebody_holds_back(struct ring_writer *writer)
{
	bool found = false;

	pthread_mutex_lock(&writer->lock);
	for (uint32_t i = 0; i < writer->connection_count && !found; i++)
		found = (writer->connections[i].flags & SHM_ATTACHMENT_HOLDS_BACK) &&
		        is_active(&writer->connections[i]);
	pthread_mutex_unlock(&writer->lock);
	return found;
}

void ring_writer_call_holders(struct ring_writer *writer)
{
	uint64_t next = atomic_load_explicit(&writer->head, memory_order_relaxed) + 1;

	pthread_mutex_lock(&writer->lock);
	for (uint32_t i = 0; i < writer->connection_count; i++) {
		const struct connection *one = &writer->connections[i];
		if (!(one->flags & SHM_ATTACHMENT_HOLDS_BACK) || !is_active(one) ||
		    next - atomic_load_explicit(&one->attachment->cursor,
		                                memory_order_acquire) <
		            writer->capacity)
			continue;
		atomic_fetch_add_explicit(&peer_bells(one->peer)->held_back, 1,
		                          memory_order_relaxed);
		shm_fence(); /* pairs with that of who parks and then looks at it */
		peer_ring(one->peer, UINT64_MAX);
	}
	pthread_mutex_unlock(&writer->lock);
}

/* ---- claims and bells ---------------------------------------------------------------------- */

/* Most claims are 0, so that their words are looked at by the line first. */
#define LINE_WORDS 16

/* Is there no claim in these? As good a look as at each word, also for the memory order. The
 * thread sanitizer, which would not see that, is not asked. */
static bool line_is_empty(const _Atomic uint32_t *claims)
{
#ifdef SHM_FENCE_IS_A_WORD
	(void)claims;
	return false;
#else
	const uint64_t *pairs = (const uint64_t *)(const void *)claims;
	uint64_t any = 0;

	for (uint32_t i = 0; i < LINE_WORDS / 2; i++)
		any |= __atomic_load_n(&pairs[i], __ATOMIC_ACQUIRE);
	return any == 0;
#endif
}

void ring_writer_read_claims(struct ring_writer *writer)
{
	struct descriptor_table *table = &writer->descriptors;

	for (uint32_t i = 0; i < writer->connection_count; i++) {
		const struct connection *one = &writer->connections[i];
		/* Free, or taken by another since: the last of these claims was released. */
		uint64_t state = state_of(one->attachment);
		if (state >> 8 != one->serial || !may_claim(state))
			continue;
		for (uint32_t j = 0; j < one->claim_count; j++) {
			if (j % LINE_WORDS == 0 && one->claim_count - j >= LINE_WORDS &&
			    line_is_empty(&one->claims[j])) {
				j += LINE_WORDS - 1;
				continue;
			}
			/* Acquire: what was read under a claim was read before it went; pairs
			 * with release's store. A claim that we miss is one whose claimer sees,
			 * after its fence, that the word has changed. */
			uint32_t claim = atomic_load_explicit(&one->claims[j],
			                                      memory_order_acquire);
			if (claim - 1 < table->count)
				table->all[claim - 1].claimed_round = table->round;
		}
	}
}

void ring_writer_ring(struct ring_writer *writer)
{
	for (uint32_t i = 0; i < writer->connection_count; i++) {
		const struct connection *one = &writer->connections[i];
		/* Relaxed, after a fence: pairs with the fence in watch(). */
		uint64_t bells = atomic_load_explicit(&one->attachment->bells,
		                                      memory_order_relaxed);
		if (bells)
			peer_ring(one->peer, bells);
	}
}
