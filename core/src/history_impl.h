/* The inside of a reader's history, shared by the files history*.c and nobody else.
 *
 *     history -- oldest/newest: all samples in order of arrival
 *        |---- instances: by key hash and handle
 *        |        `-- instance -- oldest/newest: its samples in destination order
 *        |                |------ registrations: which writers it has
 *        |                `------ held: the sample that the time-based filter keeps back
 *        |---- writers -- registrations: which instances it has
 *        |---- overflow: changes that found no room (KEEP_ALL), oldest first
 *        `---- heaps of what falls due: lifespans, deadlines, autopurge, held samples
 *
 * An instance has at most one sample without data, always its newest: it exists only to show a
 * change of state that no unread sample shows, and counts against no limit.
 *
 * history_store.c decides and inserts, history_instance.c does states and registrations,
 * history_queue.c the overflow and held samples, history_time.c what falls due,
 * history_access.c take and read, history_writer.c the writers, history.c the rest. */
#ifndef TERN_CORE_HISTORY_IMPL_H
#define TERN_CORE_HISTORY_IMPL_H

#include "deadline.h"
#include "due_heap.h"
#include "history.h"
#include "instance_table.h"

/* Samples that wait for their next use; more are given back to malloc. */
#define SAMPLE_POOL_MAX 256

/* One writer on one instance. In two lists, most recent first. */
struct registration {
	struct history_writer *writer;
	struct history_instance *instance;
	struct registration *previous_of_instance, *next_of_instance;
	struct registration *previous_of_writer, *next_of_writer;
};

/* A change that came but is not in yet. */
struct queued_change {
	struct queued_change *next;
	struct history_change
		change; /* with a reference to its payload; key_hash is below */
	int64_t reception_timestamp_ns;
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
};

struct history_writer {
	struct history_writer_facts facts;
	struct registration *registrations;
	struct history_writer *previous, *next;
	const char *transport; /* of its last change */
	uint32_t queued;       /* its changes in the overflow */
	/* What to do when none of its changes is there any more: */
	bool unregister_later;
	bool remove_later;
	bool dispose; /* with either */
};

struct history_instance {
	struct instance_node node; /* first: a node is its instance */
	struct history_sample *oldest, *newest;
	struct registration *registrations;
	struct history_writer
		*owner; /* EXCLUSIVE: who wrote last; NULL: the next one will */
	struct tern_payload *key;
	tern_instance_state state;
	bool is_new;
	uint32_t count;  /* samples, the one without data too */
	uint32_t unread; /* of these */
	uint32_t disposed_generation;
	uint32_t no_writers_generation;
	uint64_t visit; /* the last walk that came by */

	/* BY_SOURCE_TIMESTAMP: what is older than this came too late: the newest sample that was
	 * read, or the last change of state. */
	int64_t floor_timestamp_ns;
	struct tern_guid floor_tie_guid;

	struct deadline_node deadline;
	struct due_node purge;
	struct due_node release;
	struct queued_change *held; /* of a writer that is registered here */
	bool was_shown;
	int64_t shown_ns; /* when the filter let the last sample through, monotonic */
};

struct history {
	/* Fixed at creation: */
	bool keyed, keep_all, exclusive, by_source, reliable;
	uint32_t depth; /* UINT32_MAX with KEEP_ALL */
	uint32_t max_samples, max_instances, max_samples_per_instance;
	int64_t minimum_separation_ns;
	int64_t autopurge_nowriter_ns, autopurge_disposed_ns;
	size_t overflow_max_bytes;
	struct tern_payload *(*make_key)(void *context, struct tern_payload *sample);
	void *context;

	struct instance_table instances;
	struct history_instance *only; /* types without a key: the instance, or NULL */
	uint32_t orphans;              /* instances without writers */
	struct history_sample *oldest, *newest;
	uint32_t count;  /* samples, those without data too */
	uint32_t unread; /* of these */
	uint32_t valid;  /* samples with data: these count against limits */
	uint64_t visit;
	struct history_writer *writers;

	struct queued_change *overflow_first, **overflow_end;
	size_t overflow_bytes;

	struct due_heap lifespans; /* of samples; real time, the others monotonic */
	struct deadline deadline;
	struct due_heap purges;   /* of instances */
	struct due_heap releases; /* of instances with a held sample */

	bool news; /* there is something to read that no verdict told; tick() does */
	struct history_sample *pool; /* by newer */
	uint32_t pool_count;
	struct history_counts counts;
};

#define CONTAINER_OF(pointer, type, member)                                              \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* A + b, both >= 0 apart from timestamps; never wraps. */
static inline int64_t time_plus(int64_t a_ns, int64_t b_ns)
{
	return b_ns > 0 && a_ns > INT64_MAX - b_ns ? INT64_MAX : a_ns + b_ns;
}

/* ---- history.c: samples ---- */

/* One reference, in no list; NULL: no memory. Everything but references is the caller's to set. */
struct history_sample *tern__history_sample_new(struct history *history);
/* Into both lists and all counts, as not read. older: after which of the instance, or NULL. */
void tern__history_sample_insert(struct history *history,
                                 struct history_instance *instance,
                                 struct history_sample *sample,
                                 struct history_sample *older);
/* Out of both lists and all counts, and give up the history's reference. */
void tern__history_sample_remove(struct history *history, struct history_sample *sample);

/* ---- history_instance.c ---- */

static inline struct history_instance *instance_of_node(struct instance_node *node)
{
	return (struct history_instance *)(void *)node;
}

/* The handle of an instance, known or not. */
tern_instance_handle tern__history_handle_of(const struct history *history,
                                             const uint8_t *key_hash);
struct history_instance *tern__history_instance_find(const struct history *history,
                                                     const uint8_t *key_hash);
/* ALIVE, NEW, without samples and writers. key: a reference to keep, or NULL. NULL: no memory,
 * and the reference is still the caller's. */
struct history_instance *tern__history_instance_new(struct history *history,
                                                    const uint8_t *key_hash,
                                                    struct tern_payload *key);
/* Free it if nothing is left of it. @return true if it is gone */
bool tern__history_instance_reclaim(struct history *history,
                                    struct history_instance *instance);
/* Free it with everything in it. */
void tern__history_instance_free(struct history *history,
                                 struct history_instance *instance);

/* Make sure that the writer is registered. @return false: no memory */
bool tern__history_register(struct history *history, struct history_instance *instance,
                            struct history_writer *writer);
/* The writer leaves the instance. @return true if that can be read now */
bool tern__history_unregister(struct history *history, struct history_instance *instance,
                              struct history_writer *writer, bool dispose,
                              int64_t source_timestamp_ns, const struct history_now *now);
/* The same for a registration that was looked up. */
bool tern__history_unregister_at(struct history *history,
                                 struct registration *registration, bool dispose,
                                 int64_t source_timestamp_ns,
                                 const struct history_now *now);
/* ALIVE again, the generation counted. */
void tern__history_instance_revive(struct history *history,
                                   struct history_instance *instance);
/* To a NOT_ALIVE state. @return true if that can be read now; false if it was in it already */
bool tern__history_instance_end(struct history *history,
                                struct history_instance *instance,
                                tern_instance_state state, struct history_writer *writer,
                                int64_t source_timestamp_ns,
                                const struct history_now *now);
/* BY_SOURCE_TIMESTAMP: older changes come too late from now on. */
void tern__history_raise_floor(const struct history *history,
                               struct history_instance *instance,
                               int64_t source_timestamp_ns,
                               const struct tern_guid *tie_guid);
/* Is a before b in source order? Equal times: the lower GUID comes last and so prevails. */
bool tern__history_precedes(int64_t a_ns, const struct tern_guid *a, int64_t b_ns,
                            const struct tern_guid *b);

/* ---- history_store.c ---- */

/* Bring a change in. Counts everything but HISTORY_FULL, HISTORY_OVERFLOWED and HISTORY_HELD.
 * unfiltered: it went through the time-based filter. */
enum history_verdict tern__history_apply(struct history *history,
                                         const struct history_change *change,
                                         int64_t reception_timestamp_ns, bool unfiltered,
                                         const struct history_now *now);

/* ---- history_queue.c ---- */

/* Let it wait. force: even beyond overflow_max_bytes. @return OVERFLOWED, FULL or NO_MEMORY */
enum history_verdict tern__history_overflow(struct history *history,
                                            const struct history_change *change,
                                            int64_t reception_timestamp_ns, bool force);
/* Bring in what waits, as far as there is room. @return true if there is something to read */
bool tern__history_drain(struct history *history, const struct history_now *now);
/* Keep a filtered sample back until it is due, instead of the one held so far. */
enum history_verdict tern__history_hold(struct history *history,
                                        struct history_instance *instance,
                                        const struct history_change *change,
                                        int64_t reception_timestamp_ns);
/* Show the sample that is held, if there is one. @return true if there is something to read */
bool tern__history_release(struct history *history, struct history_instance *instance,
                           const struct history_now *now);
/* Forget it, if there is one. */
void tern__history_drop_held(struct history *history, struct history_instance *instance);
/* Forget all. The history ends. */
void tern__history_overflow_free(struct history *history);

/* ---- history_time.c ---- */

/* Drop the samples whose lifespan ended; instances of which nothing is left go with them. */
void tern__history_expire(struct history *history, const struct history_now *now);

/* ---- history_writer.c ---- */

/* None of its changes is in the overflow any more: do what was put off.
 * @return true if that made something to read */
bool tern__history_writer_finish(struct history *history, struct history_writer *writer,
                                 const struct history_now *now);

#endif
