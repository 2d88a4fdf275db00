/* How samples leave a reader: take, read, return. */
#include <stddef.h>
#include <stdlib.h>

#include "domain.h"
#include "log.h"
#include "payload.h"
#include "reader.h"

/* An array up to this size is kept for the next take. */
#define SPARE_CAPACITY_MAX 256

/* What one take or read lends: samples[] is what the user holds.
 *
 *     +-------------+-----------------------+------------------------------+
 *     | struct lent | samples[0..capacity)  | entries[0..capacity)         |
 *     +-------------+-----------------------+------------------------------+
 */
struct lent {
	uint32_t count;
	uint32_t capacity;
	struct history_sample **entries;
	struct tern_sample samples[];
};

static struct lent *lent_create(uint32_t capacity)
{
	size_t samples_size = capacity * sizeof(struct tern_sample);
	struct lent *lent = malloc(sizeof *lent + samples_size +
	                           capacity * sizeof(struct history_sample *));

	if (!lent)
		return NULL;
	lent->capacity = capacity;
	lent->entries = (struct history_sample **)((char *)lent->samples + samples_size);
	return lent;
}

void tern__reader_poll(struct tern_reader *reader)
{
	struct tern_port *port = &reader->port;
	uint32_t pulling = atomic_load_explicit(&reader->pulling, memory_order_acquire);

	atomic_store_explicit(&reader->polled_at_ns, POLL_CLOCK_UNREAD,
	                      memory_order_relaxed);
	while (pulling) {
		uint32_t i = (uint32_t)__builtin_ctz(pulling);
		pulling &= pulling - 1;
		port->domain->transports[i].ops->poll(port->endpoints[i]);
	}
	atomic_store_explicit(&reader->polled_at_ns, NO_POLL, memory_order_relaxed);
}

/* Give the entry's data a C struct of our type. */
static tern_status entry_resolve(const struct tern_reader *reader,
                                 struct history_sample *entry, const void **ret_data)
{
	const struct tern_type *type = reader->topic->type;
	tern_status s = TERN_OK;

	if (entry->payload && entry->payload->form == TERN_PAYLOAD_NATIVE) {
		*ret_data = entry->payload->data;
		return TERN_OK;
	}
	if (!entry->native)
		s = entry->payload
		            ? tern__payload_decode(type, entry->payload, &entry->native)
		            : tern__payload_zero(type, &entry->native);
	if (s == TERN_OK)
		*ret_data = entry->native->data;
	return s;
}

/* The first is said, the counter tells how many. */
static void drop_malformed(struct tern_reader *reader, struct history_sample *entry)
{
	pthread_mutex_lock(&reader->lock);
	bool is_first = reader->counters.malformed++ == 0;
	tern__history_unref(reader->history, entry);
	pthread_mutex_unlock(&reader->lock);
	if (is_first)
		tern__log(TERN_LOG_WARNING,
		          "%s: dropped a sample that cannot be decoded: %s; more of them "
		          "are only counted (tern_reader_get_counters())",
		          reader->topic->name, tern_error_text());
}

/* Decode all; what cannot be decoded is left out. */
static void lent_resolve(struct tern_reader *reader, struct lent *lent)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < lent->count; i++) {
		struct history_sample *entry = lent->entries[i];
		const void *data = NULL;
		if (entry_resolve(reader, entry, &data) < 0) {
			drop_malformed(reader, entry);
			continue;
		}
		lent->samples[kept] = lent->samples[i];
		lent->samples[kept].data = data;
		lent->entries[kept++] = entry;
	}
	lent->count = kept;
}

static int32_t fetch(struct tern_reader *reader, const struct tern_selection *selection,
                     uint32_t max, bool take, struct lent **ret_lent)
{
	int32_t result;

	pthread_mutex_lock(&reader->lock);
	struct lent *lent = reader->spare;
	struct history_now now = tern__reader_now(reader);
	uint32_t available = tern__history_available(reader->history, selection, &now);
	uint32_t room = available < max ? available : max;
	if (room > INT32_MAX)
		room = INT32_MAX;
	/* None is room for none, but the history still tells an unknown instance. */
	if (!lent || lent->capacity < room) {
		free(lent);
		reader->spare = lent = lent_create(room < 8 ? 8 : room);
	}
	if (!lent)
		result = tern_fail(TERN_ENOMEM, "no memory to lend %u samples", room);
	else if (take)
		result = tern__history_take(reader->history, selection, room, &now,
		                            lent->samples, lent->entries);
	else
		result = tern__history_read(reader->history, selection, room, &now,
		                            lent->samples, lent->entries);
	if (result > 0) {
		lent->count = (uint32_t)result;
		reader->spare = NULL;
		reader->loans_out++;
		*ret_lent = lent;
	}
	/* What waited in the overflow came in: who sleeps does not know. */
	bool news = take &&
	            tern__history_next_event(reader->history, &now) <= now.monotonic_ns;
	pthread_mutex_unlock(&reader->lock);
	if (news)
		tern__reader_ring(&reader->port);
	return result;
}

static int32_t lend(struct tern_reader *reader, const struct tern_selection *selection,
                    uint32_t max, bool take, struct tern_sample **ret_samples)
{
	struct lent *lent = NULL;

	if (!reader || !ret_samples || max == 0)
		return tern_fail(TERN_EINVAL,
		                 "take and read need a reader, room for at least one "
		                 "sample and a place for the result");
	domain_discover(reader->port.domain);
	pthread_mutex_lock(&reader->take_lock);
	tern__reader_poll(reader);
	int32_t result = fetch(reader, selection, max, take, &lent);
	if (result > 0) {
		lent_resolve(reader, lent);
		result = (int32_t)lent->count;
		/* Room was made: let transports whose samples had none bring them in. */
		if (take)
			tern__reader_poll(reader);
	}
	pthread_mutex_unlock(&reader->take_lock);
	if (!lent)
		return result;
	if (result == 0)
		tern_reader_return(reader, lent->samples);
	else
		*ret_samples = lent->samples;
	return result;
}

int32_t tern_reader_take(struct tern_reader *reader, uint32_t max,
                         struct tern_sample **ret_samples)
{
	return lend(reader, NULL, max, true, ret_samples);
}

int32_t tern_reader_read(struct tern_reader *reader, uint32_t max,
                         struct tern_sample **ret_samples)
{
	return lend(reader, NULL, max, false, ret_samples);
}

int32_t tern_reader_take_selected(struct tern_reader *reader,
                                  const struct tern_selection *selection, uint32_t max,
                                  struct tern_sample **ret_samples)
{
	return lend(reader, selection, max, true, ret_samples);
}

int32_t tern_reader_read_selected(struct tern_reader *reader,
                                  const struct tern_selection *selection, uint32_t max,
                                  struct tern_sample **ret_samples)
{
	return lend(reader, selection, max, false, ret_samples);
}

void tern_reader_return(struct tern_reader *reader, struct tern_sample *samples)
{
	if (!reader || !samples)
		return;
	struct lent *lent =
		(struct lent *)((char *)samples - offsetof(struct lent, samples));

	pthread_mutex_lock(&reader->lock);
	for (uint32_t i = 0; i < lent->count; i++)
		tern__history_unref(reader->history, lent->entries[i]);
	reader->loans_out--;
	struct lent *surplus =
		reader->spare || lent->capacity > SPARE_CAPACITY_MAX ? lent : NULL;
	if (!surplus)
		reader->spare = lent;
	pthread_mutex_unlock(&reader->lock);
	free(surplus);
}

tern_instance_handle tern_reader_lookup_instance(struct tern_reader *reader,
                                                 const void *key)
{
	uint8_t hash[TERN_KEY_HASH_SIZE_BYTES] = { 0 };

	if (!reader)
		return TERN_HANDLE_NIL;
	const struct tern_type *type = reader->topic->type;
	if (type->codec->key_hash && (!key || type->codec->key_hash(type, key, hash) < 0))
		return TERN_HANDLE_NIL;
	pthread_mutex_lock(&reader->lock);
	tern_instance_handle handle = tern__history_lookup(reader->history, hash);
	pthread_mutex_unlock(&reader->lock);
	return handle;
}
