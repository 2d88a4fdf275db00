/* A naive history: plain arrays, searched from end to end, that follow the rules of DDS 1.4 one by
 * one. For test_history_model.c, which compares it with the real one. It has no time-based filter
 * and no deadline; keys are 0..KEYS - 1, clocks are the fixture's. */
#ifndef TERN_TESTS_HISTORY_MODEL_H
#define TERN_TESTS_HISTORY_MODEL_H

#include "history_fixture.h"

#define KEYS 5
#define WRITERS_MAX 2000
#define CHANGES_MAX 4000

struct model_writer {
	struct history_writer *real;
	uint8_t guid;
	int32_t strength;
	int64_t lifespan_ns;
	bool autodispose;
	int queued;
	bool unregister_later, remove_later, dispose;
};

struct model_sample {
	int key;   /* 0..KEYS - 1 */
	int value; /* 0: no data */
	bool is_read;
	uint8_t guid;
	int64_t source_ns, expires_ns;
	uint32_t disposed_generation, no_writers_generation;
};

struct model_instance {
	bool known, is_new;
	tern_instance_state state;
	uint32_t disposed_generation, no_writers_generation;
	int owner;                   /* writer or -1 */
	int registered[WRITERS_MAX]; /* 0: no; else when, in order */
	int64_t floor_ns;
	uint8_t floor_guid;
};

struct model_change {
	int writer, key, value;
	tern_change_kind kind;
	bool with_key;
	int64_t source_ns, reception_ns;
};

struct model {
	struct tern_qos qos;
	bool reliable; /* the pairs */
	bool may_overflow;
	struct model_writer writers[WRITERS_MAX];
	int writer_count;
	struct model_instance instances[KEYS];
	struct model_sample samples[CHANGES_MAX]; /* in order of arrival */
	int sample_count;
	struct model_change waiting[CHANGES_MAX];
	int waiting_count;
	int registrations; /* ever */
	bool ended;        /* a state changed to not alive */
	struct history_counts counts;
};

extern struct model model;

/** Bring a change in. */
enum history_verdict model_store(const struct model_change *change);
/** Take or read: what is lent is told in model_lent(). only_key < 0: of all instances. */
void model_access(bool taking, uint32_t states, int only_key, int max);
/** "a1[ANU 0.0 1.0.0] a2[ANU 0.0 0.0.0] ": the last access. */
const char *model_lent(void);
/** What is due happens. */
void model_tick(void);
/** Do what was put off for a writer, if none of its changes waits. */
void model_writer_finish(int writer);

#endif
