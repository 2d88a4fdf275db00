/* The inside of an engine, shared by its files. */
#ifndef TERN_TESTS_ENGINE_IMPL_H
#define TERN_TESTS_ENGINE_IMPL_H

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>

#include "engine.h"

#define ENGINE_ENDPOINTS_MAX 32
#define ENGINE_WORDS_MAX 16
#define ENGINE_TALLY_WRITERS_MAX 8

/* How often each number of one writer came. */
struct tally {
	uint64_t came;
	uint64_t duplicates;
	uint64_t disordered; /* a number below one that came before */
	uint64_t highest;
	uint8_t *seen; /* a bit a number */
	size_t seen_bytes;
};

struct engine_endpoint {
	char name[32];
	const struct engine_type *type;
	struct tern_writer *writer;
	struct tern_reader *reader;
	struct tern_sample *held; /* lent, until give_back */
	struct tally tallies[ENGINE_TALLY_WRITERS_MAX];
	/* A listener's; the lock guards them. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t heard;
};

struct engine {
	struct tern_participant *participant;
	struct tern_participant *second;                         /* or NULL */
	struct engine_endpoint *endpoints[ENGINE_ENDPOINTS_MAX]; /* NULL: free */

	/* Waits for nothing: a transport without threads takes part while somebody waits. */
	struct tern_waitset *presence;
	pthread_t present;
	_Atomic bool leaving;
};

/* One command as it runs. */
struct call {
	struct engine *engine;
	struct engine_endpoint *endpoint; /* words[1]'s, or NULL */
	char *words[ENGINE_WORDS_MAX];
	size_t count;
	char *answer;
	size_t used_bytes;
};

/** The place of the endpoint of this name, or NULL. */
struct engine_endpoint **engine_find(struct engine *engine, const char *name);
/** Append to the answer; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) void engine_say(struct call *call,
                                                      const char *format, ...);
/** "ok" or the status and the thread's error text. */
void engine_say_status(struct call *call, tern_status status);
/** The n-th word as a number; 0 if there is none. */
int64_t engine_number(const struct call *call, size_t index);

/* engine_write.c */
void engine_write(struct call *call);
void engine_write_at(struct call *call);
void engine_publish(struct call *call);
void engine_burst(struct call *call);
void engine_bursts(struct call *call);
void engine_spread(struct call *call);
void engine_fill(struct call *call);
void engine_again(struct call *call);
void engine_dispose(struct call *call);
void engine_unregister(struct call *call);
void engine_acknowledged(struct call *call);

/* engine_strict.c */
tern_status engine_strict_fill(void *memory, const struct engine_sample *from,
                               void *loan);
const char *engine_strict_check(const void *memory, bool key_only,
                                struct engine_sample *ret_said);
void engine_spoil(struct call *call);

/* engine_read.c */
void engine_take(struct call *call);
void engine_take_until(struct call *call);
void engine_read(struct call *call);
void engine_quiet(struct call *call);
void engine_tally(struct call *call);
void engine_hold(struct call *call);
void engine_give_back(struct call *call);
void engine_listen(struct call *call);
void engine_heard(struct call *call);
void engine_poll(struct call *call);

/* engine_status.c */
void engine_matched(struct call *call);
void engine_unmatched(struct call *call);
void engine_incompatible(struct call *call);
void engine_deadline_missed(struct call *call);
void engine_lost(struct call *call);
void engine_user_data(struct call *call);

#endif
