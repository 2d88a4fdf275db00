/* The torture test's parts: a driver that starts, stops and kills; writers and readers that it
 * starts; and samples whose content tells who wrote them and whether they are whole. Processes
 * tell each other how far they are on a board of memory that they share by fork(), not by Tern. */
#ifndef TERN_TESTS_TORTURE_H
#define TERN_TESTS_TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <tern/tern.h>

#define TOPICS 6
#define INSTANCES 4 /* of each topic; sample `count` is of instance count % INSTANCES */
#define PROCESSES 8
#define WRITERS                                                                          \
	4 /* processes 0.. write, the rest read; the first of each is never killed */
#define READER_DEPTH 128
#define WRITERS_EVER 1000000

#define MS_NS INT64_C(1000000)
#define SECOND_NS INT64_C(1000000000)
/* What takes longer is a stall; the machine may be busy with other tests. */
#define STALL_NS (20 * SECOND_NS)

struct topic {
	const char *name;
	bool is_rich;
	tern_reliability reliability;
	tern_durability durability;
	tern_history history;
	int32_t depth; /* of a writer's history */
};
extern const struct topic topics[TOPICS];

/* ---- the board --------------------------------------------------------------------------- */

/* The driver moves from one to the next; a round is RUN to CHECK.
 *   RUN    processes are stopped and killed
 *   CLOSE  nobody is: writers wait for their readers, write some more, and say how far they got
 *   CHECK  readers say whether all of that has come
 *   END    all leave
 *   TELL   a pair does not work: all say how they see those of its topic */
enum phase { PHASE_RUN, PHASE_CLOSE, PHASE_CHECK, PHASE_END, PHASE_TELL };

struct cell { /* one process's; all relaxed but round, which orders the rest */
	_Alignas(128) _Atomic uint64_t heartbeat;
	_Atomic uint32_t writer; /* a writing process's number, 1.. */
	_Atomic uint32_t round;  /* that it has closed or checked; release, acquire */
	_Atomic uint64_t
		last[TOPICS]; /* of a writing process: count of its last sample */
	_Atomic uint64_t samples, lent_checks, time_outs;
	_Atomic uint32_t descriptors, maps; /* that it has open */
	_Atomic bool has_joined; /* all its endpoints are made: release, acquire */
	struct tern_guid endpoints[TOPICS];
	_Atomic bool has_told, has_failed;
	char failure[512];
};

struct board {
	_Atomic int phase; /* release, acquire */
	_Atomic uint32_t round;
	_Atomic int topic; /* that TELL is about */
	struct cell cells[PROCESSES];
};

int64_t now_ns(void);
/** Say what is wrong on the board and end the process. printf-like. */
_Noreturn void torture_fail(struct cell *cell, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** In a busy machine a process may begin late: now and then one does. */
void torture_begin(uint64_t *random);
/** Files in a directory, but for those whose name contains a text; NULL: all. */
uint32_t torture_count_files(const char *path, const char *but_containing);
/** How many descriptors and mappings this process has, to its cell. */
void torture_count_resources(struct cell *cell);

/* ---- what processes do; they return when the driver says END ------------------------------ */

/** @param round  as of the start: a child may be slow to begin, and belongs to the next one */
void torture_write(struct board *board, struct cell *cell, uint64_t seed, uint32_t round);
void torture_read(struct board *board, struct cell *cell, uint64_t seed, uint32_t round);

/* ---- pairs, as a process sees them ------------------------------------------------------- */

/** Is each reader that lives now matched with this writer, and nobody else? */
bool torture_serves_all(const struct board *board, struct tern_participant *participant,
                        const struct tern_writer *writer, int topic);
/** Print what a process knows of its peers and of the pairs of a topic: once. */
void torture_tell(struct board *board, struct cell *cell,
                  struct tern_participant *participant, int topic);
/** A pair of the topic does not work, as the cell's `failure` says: let all tell how they see it,
 * for the people who look for the cause. This process lives as long. */
_Noreturn void torture_fail_pair(struct board *board, struct cell *cell,
                                 struct tern_participant *participant, int topic);

/* ---- samples ----------------------------------------------------------------------------- */

struct identity {
	int32_t id;
	uint32_t writer;
	uint64_t count;
};

const struct tern_type *torture_type(const struct topic *topic);
struct tern_qos torture_writer_qos(const struct topic *topic);
struct tern_qos torture_reader_qos(const struct topic *topic);

/** Write it, as a copy or as a loan that is filled in place. */
tern_status torture_send(struct tern_writer *writer, const struct topic *topic,
                         const struct identity *identity, bool as_loan);
/** @return NULL, or what is wrong with its content */
const char *torture_examine(const struct topic *topic, const void *sample,
                            struct identity *ret_identity);

/** A stream of numbers that look random. */
uint64_t torture_random(uint64_t *state);

#endif
