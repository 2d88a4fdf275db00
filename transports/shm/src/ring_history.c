/* A writer's history as readers see it. The rules are those of core's writer_history.c; besides,
 * the end of an instance is kept until all reliable readers have seen it. */
#include "ring_history.h"

#include <stdlib.h>
#include <string.h>

/* How many ends of instances may have piled up when we look whether they were seen. */
#define GONE_ASK_STEP 16
/* More of them are not kept for readers that sleep: they may miss the end of the oldest. */
#define GONE_MAX 65536
#define BUCKETS_FIRST 64

/* A history word and what it stands for. */
struct history_entry {
	_Atomic uint64_t *word; /* in the segment; its own for good */
	struct history_instance *instance;
	struct history_entry *older,
		*newer; /* of the instance; newer: of the free, too */
	struct history_entry *older_of_all, *newer_of_all;
	int64_t source_timestamp_ns;
	tern_change_kind kind;
};

enum instance_list { INSTANCE_LIVES, INSTANCE_GONE, INSTANCE_EVICTABLE, INSTANCE_LISTS };

struct history_instance {
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
	struct history_instance *chain; /* of its bucket, or of the free */
	bool in_table;
	bool registered;
	bool disposed;
	uint32_t write_count;
	struct history_entry *oldest, *newest;
	uint64_t last_sequence;
	enum instance_list list;
	struct history_instance *previous, *next; /* of its list */
};

struct ring_history {
	const struct tern_host *host;
	struct segment *segment;
	struct shm_ring *ring;
	bool keyed;
	bool transient; /* for late joiners, too */
	uint32_t depth; /* UINT32_MAX: all */
	uint32_t max_samples, max_instances;
	int64_t lifespan_ns;

	struct history_instance **buckets; /* bucket_count, a power of two */
	uint32_t bucket_count;
	uint32_t instance_count;
	struct history_instance *only; /* of a type without a key */
	struct history_instance *first[INSTANCE_LISTS], *last[INSTANCE_LISTS];
	uint32_t gone_count, gone_ask_at;
	bool passed_is_new;
	uint64_t passed;
	struct history_instance *evicted; /* all of it goes */

	struct history_entry *oldest, *newest; /* of all */
	uint32_t write_count;
	uint32_t word_count;
	struct history_instance *touched; /* may hold more than it should */

	struct history_entry *free_entries;
	struct history_instance *free_instances;
};

static uint32_t limit_of(int32_t qos_limit)
{
	return qos_limit == TERN_UNLIMITED ? UINT32_MAX : (uint32_t)qos_limit;
}

struct ring_history *ring_history_create(const struct tern_host *host,
                                         struct segment *segment, struct shm_ring *ring,
                                         const struct tern_qos *qos, bool keyed)
{
	struct ring_history *history = calloc(1, sizeof *history);

	if (!history)
		return NULL;
	history->buckets = calloc(BUCKETS_FIRST, sizeof(struct history_instance *));
	if (!history->buckets) {
		free(history);
		return NULL;
	}
	history->bucket_count = BUCKETS_FIRST;
	history->host = host;
	history->segment = segment;
	history->ring = ring;
	history->keyed = keyed;
	history->transient = qos->durability != TERN_VOLATILE;
	history->depth =
		qos->history == TERN_KEEP_ALL ? UINT32_MAX : (uint32_t)qos->history_depth;
	history->max_samples = limit_of(qos->max_samples);
	history->max_instances = limit_of(qos->max_instances);
	history->lifespan_ns = qos->lifespan_ns;
	history->gone_ask_at = GONE_ASK_STEP;
	return history;
}

void ring_history_destroy(struct ring_history *history)
{
	if (!history)
		return;
	for (uint32_t i = 0; i < history->bucket_count; i++)
		for (struct history_instance *next, *one = history->buckets[i]; one;
		     one = next) {
			next = one->chain;
			free(one);
		}
	for (struct history_instance *next, *one = history->free_instances; one;
	     one = next) {
		next = one->chain;
		free(one);
	}
	for (struct history_entry *next, *one = history->oldest; one; one = next) {
		next = one->newer_of_all;
		free(one);
	}
	for (struct history_entry *next, *one = history->free_entries; one; one = next) {
		next = one->newer;
		free(one);
	}
	free(history->buckets);
	free(history);
}

/* ---- instances ----------------------------------------------------------------------------- */

static uint32_t bucket_of(const struct ring_history *history, const uint8_t *key_hash)
{
	uint64_t words[2];

	_Static_assert(sizeof words == TERN_KEY_HASH_SIZE_BYTES,
	               "a key hash is two words");
	memcpy(words, key_hash, sizeof words);
	uint64_t mixed = words[0] * UINT64_C(0x9e3779b97f4a7c15) ^ words[1];
	mixed = (mixed ^ mixed >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(mixed >> 32) & (history->bucket_count - 1);
}

static struct history_instance *find(const struct ring_history *history,
                                     const uint8_t *key_hash)
{
	if (!history->keyed)
		return history->only;
	struct history_instance *one = history->buckets[bucket_of(history, key_hash)];
	while (one && memcmp(one->key_hash, key_hash, sizeof one->key_hash) != 0)
		one = one->chain;
	return one;
}

/* Without memory the chains get longer, which is no harm. */
static void grow_table(struct ring_history *history)
{
	uint32_t old_count = history->bucket_count;
	struct history_instance **old = history->buckets;
	struct history_instance **buckets =
		calloc(old_count, 2 * sizeof(struct history_instance *));

	if (!buckets)
		return;
	history->buckets = buckets;
	history->bucket_count = 2 * old_count;
	for (uint32_t i = 0; i < old_count; i++)
		for (struct history_instance *next, *one = old[i]; one; one = next) {
			uint32_t bucket = bucket_of(history, one->key_hash);
			next = one->chain;
			one->chain = buckets[bucket];
			buckets[bucket] = one;
		}
	free(old);
}

static void put_into_table(struct ring_history *history,
                           struct history_instance *instance)
{
	uint32_t bucket = bucket_of(history, instance->key_hash);

	instance->chain = history->buckets[bucket];
	history->buckets[bucket] = instance;
	history->instance_count++;
	instance->in_table = true;
	if (!history->keyed)
		history->only = instance;
}

static void move_to_list(struct ring_history *history, struct history_instance *instance,
                         enum instance_list list)
{
	enum instance_list old = instance->list;

	if (old != INSTANCE_LIVES) {
		*(instance->previous ? &instance->previous->next : &history->first[old]) =
			instance->next;
		*(instance->next ? &instance->next->previous : &history->last[old]) =
			instance->previous;
		history->gone_count -= old == INSTANCE_GONE;
	}
	instance->list = list;
	instance->previous = NULL;
	instance->next = NULL;
	if (list == INSTANCE_LIVES)
		return;
	instance->previous = history->last[list];
	*(instance->previous ? &instance->previous->next : &history->first[list]) =
		instance;
	history->last[list] = instance;
	history->gone_count += list == INSTANCE_GONE;
}

static void free_instance(struct ring_history *history, struct history_instance *instance)
{
	if (instance->in_table) {
		struct history_instance **link =
			&history->buckets[bucket_of(history, instance->key_hash)];
		while (*link != instance)
			link = &(*link)->chain;
		*link = instance->chain;
		history->instance_count--;
		if (!history->keyed)
			history->only = NULL;
	}
	move_to_list(history, instance, INSTANCE_LIVES);
	if (history->touched == instance)
		history->touched = NULL;
	if (history->evicted == instance)
		history->evicted = NULL;
	instance->chain = history->free_instances;
	history->free_instances = instance;
}

/* ---- reserve, cancel ----------------------------------------------------------------------- */

static struct history_entry *new_entry(struct ring_history *history)
{
	struct history_entry *entry = history->free_entries;

	if (entry) {
		history->free_entries = entry->newer;
		return entry;
	}
	entry = calloc(1, sizeof *entry);
	if (!entry)
		return NULL;
	entry->word = segment_array_at(history->segment, &history->ring->history,
	                               sizeof *entry->word, history->word_count);
	if (!entry->word) {
		free(entry);
		return NULL;
	}
	history->word_count++;
	/* Release: pairs with who reads the count and then the array. */
	atomic_store_explicit(&history->ring->history_count, history->word_count,
	                      memory_order_release);
	return entry;
}

static void free_entry(struct ring_history *history, struct history_entry *entry)
{
	entry->newer = history->free_entries;
	history->free_entries = entry;
}

static struct history_instance *new_instance(struct ring_history *history,
                                             const uint8_t *key_hash)
{
	struct history_instance *instance = history->free_instances;

	if (instance)
		history->free_instances = instance->chain;
	else
		instance = malloc(sizeof *instance);
	if (!instance)
		return NULL;
	*instance = (struct history_instance){ .list = INSTANCE_LIVES };
	if (history->keyed)
		memcpy(instance->key_hash, key_hash, sizeof instance->key_hash);
	if (history->instance_count >= history->bucket_count)
		grow_table(history);
	return instance;
}

tern_status ring_history_reserve(struct ring_history *history,
                                 const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES],
                                 struct history_place *ret_place)
{
	struct history_entry *entry = new_entry(history);
	struct history_instance *instance = NULL;

	if (entry)
		instance = find(history, key_hash);
	if (entry && !instance)
		instance = new_instance(history, key_hash);
	if (!instance) {
		if (entry)
			free_entry(history, entry);
		return history->host->fail(
			TERN_ENOMEM,
			"no memory to keep a sample of one more instance (%u samples "
			"are kept): use a smaller depth, unregister instances, or give "
			"/dev/shm more room",
			(unsigned)history->word_count);
	}
	*ret_place = (struct history_place){ .entry = entry, .instance = instance };
	return TERN_OK;
}

void ring_history_cancel(struct ring_history *history, struct history_place *place)
{
	free_entry(history, place->entry);
	if (!place->instance->in_table)
		free_instance(history, place->instance);
	*place = (struct history_place){ 0 };
}

/* ---- add ----------------------------------------------------------------------------------- */

static void append(struct ring_history *history, struct history_entry *entry)
{
	struct history_instance *instance = entry->instance;

	entry->older = instance->newest;
	entry->newer = NULL;
	*(entry->older ? &entry->older->newer : &instance->oldest) = entry;
	instance->newest = entry;
	entry->older_of_all = history->newest;
	entry->newer_of_all = NULL;
	*(entry->older_of_all ? &entry->older_of_all->newer_of_all : &history->oldest) =
		entry;
	history->newest = entry;
}

static void note_state(struct ring_history *history, struct history_instance *instance,
                       tern_change_kind kind)
{
	if (kind == TERN_CHANGE_WRITE) {
		instance->registered = true;
		instance->disposed = false;
		instance->write_count++;
		history->write_count++;
		if (instance->list != INSTANCE_LIVES)
			move_to_list(history, instance, INSTANCE_LIVES);
	}
	if (kind & TERN_CHANGE_DISPOSE)
		instance->disposed = true;
	if (kind & TERN_CHANGE_UNREGISTER) {
		bool tells_joiners = history->transient && !instance->disposed &&
		                     instance->write_count > 0;
		instance->registered = false;
		move_to_list(history, instance,
		             tells_joiners ? INSTANCE_EVICTABLE : INSTANCE_GONE);
	}
}

void ring_history_add(struct ring_history *history, struct history_place *place,
                      tern_change_kind kind, int64_t source_timestamp_ns,
                      uint64_t sequence, uint32_t descriptor)
{
	struct history_entry *entry = place->entry;
	struct history_instance *instance = place->instance;

	entry->instance = instance;
	entry->kind = kind;
	entry->source_timestamp_ns = source_timestamp_ns;
	if (!instance->in_table)
		put_into_table(history, instance);
	append(history, entry);
	instance->last_sequence = sequence;
	note_state(history, instance, kind);
	history->touched = instance;
	/* Release: the descriptor is written; pairs with a reader's acquire of the word. */
	atomic_store_explicit(entry->word, shm_word(sequence, descriptor),
	                      memory_order_release);
	*place = (struct history_place){ 0 };
}

/* ---- drop ---------------------------------------------------------------------------------- */

/* What an instance that was touched need not keep. */
static struct history_entry *superfluous_of(const struct ring_history *history,
                                            const struct history_instance *instance)
{
	struct history_entry *oldest = instance->oldest;
	struct history_entry *newest = instance->newest;

	if (!oldest)
		return NULL;
	if (instance->write_count > history->depth)
		return oldest;
	/* The end of something of which nothing else is kept tells nobody anything, if more came. */
	if (oldest->kind != TERN_CHANGE_WRITE && oldest != newest)
		return oldest;
	/* Disposed again. */
	if (newest->kind != TERN_CHANGE_WRITE && newest->older &&
	    newest->older->kind == newest->kind)
		return newest->older;
	return NULL;
}

static struct history_entry *gone_entry(struct ring_history *history)
{
	struct history_instance *instance = history->first[INSTANCE_GONE];

	/* Its end is in it at least. */
	if (instance &&
	    (instance->last_sequence < history->passed || history->gone_count > GONE_MAX))
		return instance->oldest;
	return NULL;
}

/* Samples of unregistered instances make way for others when limits are reached. */
static struct history_entry *evicted_entry(struct ring_history *history)
{
	if (!history->evicted && (history->write_count > history->max_samples ||
	                          history->instance_count > history->max_instances))
		history->evicted = history->first[INSTANCE_EVICTABLE];
	return history->evicted ? history->evicted->oldest : NULL;
}

static struct history_entry *expired_entry(const struct ring_history *history,
                                           int64_t now_ns)
{
	/* Timestamps rise from sample to sample, so the oldest is the first. */
	if (history->lifespan_ns != TERN_INFINITE && history->oldest &&
	    history->oldest->source_timestamp_ns <= now_ns - history->lifespan_ns)
		return history->oldest;
	return NULL;
}

static void unlink_entry(struct ring_history *history, struct history_entry *entry)
{
	struct history_instance *instance = entry->instance;

	*(entry->older ? &entry->older->newer : &instance->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &instance->newest) = entry->older;
	*(entry->older_of_all ? &entry->older_of_all->newer_of_all : &history->oldest) =
		entry->newer_of_all;
	*(entry->newer_of_all ? &entry->newer_of_all->older_of_all : &history->newest) =
		entry->older_of_all;
	if (entry->kind == TERN_CHANGE_WRITE) {
		instance->write_count--;
		history->write_count--;
	}
}

/* @return the descriptor that its word named */
static uint32_t drop(struct ring_history *history, struct history_entry *entry)
{
	struct history_instance *instance = entry->instance;
	/* Nobody but us writes it. */
	uint64_t word = atomic_load_explicit(entry->word, memory_order_relaxed);

	/* Relaxed: who reuses the descriptor fences and reads the claims first; a reader that
	 * claims it looks at the word once more after its own fence. */
	atomic_store_explicit(entry->word, 0, memory_order_relaxed);
	unlink_entry(history, entry);
	free_entry(history, entry);
	history->touched = instance;
	if (!instance->oldest && !instance->registered)
		free_instance(history, instance);
	return shm_word_descriptor(word);
}

bool ring_history_drop_next(struct ring_history *history, int64_t now_ns,
                            uint32_t *ret_descriptor)
{
	struct history_entry *entry = NULL;

	if (history->touched) {
		entry = superfluous_of(history, history->touched);
		if (!entry)
			history->touched = NULL;
	}
	if (!entry)
		entry = expired_entry(history, now_ns);
	if (!entry)
		entry = gone_entry(history);
	if (!entry)
		entry = evicted_entry(history);
	if (!entry) {
		if (history->passed_is_new) {
			history->passed_is_new = false;
			history->gone_ask_at = history->gone_count + GONE_ASK_STEP +
			                       history->gone_count / 8;
		}
		return false;
	}

	*ret_descriptor = drop(history, entry);
	return true;
}

bool ring_history_forget_next(struct ring_history *history, uint32_t *ret_descriptor)
{
	if (!history->oldest)
		return false;
	*ret_descriptor = drop(history, history->oldest);
	return true;
}

bool ring_history_asks_for_passed(const struct ring_history *history)
{
	return history->gone_count >= history->gone_ask_at;
}

void ring_history_set_passed(struct ring_history *history, uint64_t passed)
{
	history->passed = passed;
	history->passed_is_new = true;
}
