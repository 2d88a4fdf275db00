/* A reader's history under test, with a clock of the test's own. Keys are letters, values are
 * numbers; what is taken or read comes back as a text:
 *
 *	open_history(&qos, KEYED);
 *	struct history_writer *writer = add_writer(1, 0);
 *	CU_ASSERT_EQUAL(put(writer, 'a', 1), HISTORY_STORED);
 *	dispose(writer, 'b');
 *	EXPECT(take(), "a1 b-");
 *	close_history();
 */
#ifndef TERN_TESTS_HISTORY_FIXTURE_H
#define TERN_TESTS_HISTORY_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "history.h"
#include "suite.h"

#define KEYED true
#define UNKEYED false

#define TAKEN_MAX 512 /* samples that one take or read can give here */

#define EXPECT(got, wanted) CU_ASSERT_STRING_EQUAL((got), (wanted))

struct fixture {
	struct history *history;
	struct history_now now;
	size_t overflow_max_bytes;
	bool whole_keys;       /* no make_key: instances keep whole samples */
	bool best_effort;      /* the pairs of all writers */
	bool may_overflow;     /* they push */
	int make_keys_to_fail; /* so many calls of make_key give none */
	int payloads;          /* that are alive */
	int32_t count;         /* of the last take or read */
	struct tern_sample samples[TAKEN_MAX];
	struct history_sample *entries[TAKEN_MAX];
};

extern struct fixture fixture;

/** A reliable reader's QoS: KEEP_LAST with this depth; 0: KEEP_ALL. */
struct tern_qos history_qos(int32_t depth);
/** Reset the fixture; real and monotonic clock stand at 1,000 s and 10 s. */
void open_history(const struct tern_qos *qos, bool keyed);
/** Give back what is lent, destroy it, and check that no payload is left. */
void close_history(void);

void advance(int64_t duration_ns);
struct history_writer *add_writer(uint8_t guid, int32_t strength);
struct history_writer *add_writer_with(uint8_t guid, int32_t strength,
                                       int64_t lifespan_ns, bool autodispose);

/** Source timestamp now; the clock goes on by 1 ns, so that the next is later. */
enum history_verdict put(struct history_writer *writer, char key, int value);
enum history_verdict put_at(struct history_writer *writer, char key, int value,
                            int64_t source_timestamp_ns);
enum history_verdict dispose(struct history_writer *writer, char key);
enum history_verdict dispose_at(struct history_writer *writer, char key,
                                int64_t source_timestamp_ns);
enum history_verdict unregister(struct history_writer *writer, char key);
/** Any kind; value 0: no data. with_key: where there is no data, the key comes along. */
enum history_verdict change(struct history_writer *writer, tern_change_kind kind,
                            char key, int value, bool with_key);
enum history_verdict change_at(struct history_writer *writer, tern_change_kind kind,
                               char key, int value, bool with_key,
                               int64_t source_timestamp_ns);

/** Everything; in key and value, '-' where there is no data: "a1 a2 b-". */
const char *take(void);
const char *read_all(void);
const char *take_selected(uint32_t states, tern_instance_handle instance,
                          bool next_instance, uint32_t max);
const char *read_selected(uint32_t states, tern_instance_handle instance,
                          bool next_instance, uint32_t max);
/**
 * What the last take or read said of sample i: instance state A(live), D(isposed) or
 * (no )W(riters); N(ew) or O(ld); U(nread) or R(ead); disposed.no_writers generation;
 * sample, generation and absolute generation rank: "ANU 0.0 2.0.0".
 */
const char *info(int32_t i);

tern_instance_handle handle_of(char key);
const struct history_counts *counts(void);

#endif
