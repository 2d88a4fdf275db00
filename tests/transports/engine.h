/* One side of a conformance test: a participant with named writers and readers, moved by lines
 * of text, so that the same test runs with the other side in this process and in another one.
 *
 *	writer NAME TOPIC TYPE [QOS...]     reader NAME TOPIC TYPE [QOS...]
 *	second_writer, second_reader: in another participant of the process
 *	destroy NAME
 *	matched NAME N                      unmatched NAME N
 *	spoil NAME write|publish|dispose MEMBER  (a strict sample of which that member is wrong)
 *	write NAME KEY COUNT [SIZE]         publish NAME KEY COUNT [SIZE]   (through a loan)
 *	write_at NAME KEY COUNT STAMP       burst NAME WRITER N SIZE
 *	bursts NAME NAME N SIZE             spread NAME N
 *	fill NAME WRITER SIZE               again NAME WRITER COUNT SIZE
 *	dispose NAME KEY                    unregister NAME KEY
 *	acknowledged NAME MS
 *	take NAME N [stamps|generations]    read NAME N      take_until NAME COUNT
 *	quiet NAME                          tally NAME N     (counts by identity)
 *	listen NAME / heard NAME N          poll NAME N      (through a waitset's descriptor)
 *	hold NAME / give_back NAME          incompatible NAME
 *	deadline_missed NAME N              user_data NAME   lost NAME
 *
 * Each answers one line: "ok ...", or a status with its text. Waits end at a deadline.
 * TYPE is counted, keyed, unlike, rich or strict; QOS words are in engine_qos.c. */
#ifndef TERN_TESTS_ENGINE_H
#define TERN_TESTS_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include <tern/tern.h>

#define ENGINE_ANSWER_SIZE_BYTES 8192
#define ENGINE_WAIT_NS (INT64_C(20) * 1000000000)

struct engine;

/** @return NULL if there is no participant to be had; the reason is on stderr */
struct engine *engine_create(const char *name);
void engine_destroy(struct engine *engine);

/** Do what the line says. ret_answer: ENGINE_ANSWER_SIZE_BYTES, without newline. */
void engine_run(struct engine *engine, const char *line, char *ret_answer);

/* ---- engine_types.c: samples made from a few numbers ---------------------------------- */

/** What a sample says. */
struct engine_sample {
	int32_t key;
	uint32_t writer;
	uint64_t count;
	size_t size_bytes; /* of Counted's filling */
};

struct engine_type {
	const char *name;
	const struct tern_type *type;
	/** Fill zeroed memory; members are allocated in the loan, or by malloc without one. */
	tern_status (*fill)(void *sample, const struct engine_sample *from, void *loan);
	/** @return NULL, or what is not as fill() made it. key_only: only keys are looked at */
	const char *(*check)(const void *sample, bool key_only,
	                     struct engine_sample *ret_said);
};

const struct engine_type *engine_type_find(const char *name);

/* ---- engine_qos.c --------------------------------------------------------------------- */

/** Words as "reliable keep_last=3"; strings are borrowed. @return NULL or the unknown word */
const char *engine_qos_parse(char *const *words, size_t count, struct tern_qos *qos);

#endif
