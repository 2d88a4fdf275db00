/* What a sample costs in a reader's history and in a writer's, without locks, transports and
 * decoding: nanoseconds for its way in and out. Prints a table and a line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history.h"
#include "writer_history.h"

enum { ROUNDS = 15, PER_ROUND = 200000, BURST = 1000 };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void release(struct tern_payload *payload)
{
	(void)payload;
}

static struct tern_payload payload = { .references = 1, .release = release };

static void fail(const char *what)
{
	fprintf(stderr, "bench_history: %s\n", what);
	exit(1);
}

static void take_all(struct history *history, const struct history_now *now)
{
	static struct tern_sample samples[BURST];
	static struct history_sample *entries[BURST];
	uint32_t available = tern__history_available(history, NULL, now);
	int32_t count =
		tern__history_take(history, NULL, available, now, samples, entries);

	for (int32_t i = 0; i < count; i++)
		tern__history_unref(history, entries[i]);
}

/* Store, and take after each so many. @return the best round's ns per sample */
static double measure_reader(struct tern_qos qos, uint32_t instances, int per_take,
                             int64_t lifespan_ns)
{
	const struct tern_type type = { .flags = instances ? TERN_TYPE_KEYED : 0 };
	const struct history_config config = { .qos = &qos, .type = &type };
	const struct history_writer_facts facts = { .lifespan_ns = lifespan_ns };
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { 0 };
	struct history_change change = { .key_hash = key_hash, .payload = &payload };
	struct history_now now = { 1, 1 };
	struct history *history;
	double best_ns = 1e9;

	if (tern__history_create(&config, &history) < 0 ||
	    tern__history_writer_add(history, &facts, &change.writer) < 0)
		fail("no memory");
	for (int round = 0; round < ROUNDS; round++) {
		int64_t begin_ns = now_ns();
		for (int i = 1; i <= PER_ROUND; i++) {
			uint32_t key = instances ? (uint32_t)i % instances : 0;
			memcpy(key_hash, &key, sizeof key);
			now.real_ns++;
			now.monotonic_ns++;
			change.source_timestamp_ns = now.real_ns;
			if (tern__history_store(history, &change, &now) >
			    HISTORY_OVERWROTE)
				fail("a sample was not stored");
			if (i % per_take == 0)
				take_all(history, &now);
		}
		double each_ns = (double)(now_ns() - begin_ns) / PER_ROUND;
		if (each_ns < best_ns)
			best_ns = each_ns;
	}
	tern__history_destroy(history);
	return best_ns;
}

static double measure_writer(struct tern_qos qos, uint32_t instances)
{
	const struct tern_type type = { .flags = instances ? TERN_TYPE_KEYED : 0 };
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { 0 };
	struct writer_history *history;
	double best_ns = 1e9;
	int64_t time_ns = 1;

	if (tern__writer_history_create(&qos, &type, &history) < 0)
		fail("no memory");
	for (int round = 0; round < ROUNDS; round++) {
		int64_t begin_ns = now_ns();
		for (int i = 1; i <= PER_ROUND; i++, time_ns++) {
			uint32_t key = instances ? (uint32_t)i % instances : 0;
			memcpy(key_hash, &key, sizeof key);
			if (tern__writer_history_reserve(history, TERN_CHANGE_WRITE,
			                                 key_hash, time_ns) < 0)
				fail("a sample was not kept");
			tern__writer_history_commit(history, time_ns, &payload, time_ns);
		}
		double each_ns = (double)(now_ns() - begin_ns) / PER_ROUND;
		if (each_ns < best_ns)
			best_ns = each_ns;
	}
	tern__writer_history_destroy(history);
	return best_ns;
}

int main(void)
{
	struct tern_qos last = tern_qos_reader_default();
	struct tern_qos all = last, deadline = last;
	struct tern_qos transient = tern_qos_writer_default();

	all.history = TERN_KEEP_ALL;
	deadline.deadline_ns = 1000000;
	transient.durability = TERN_TRANSIENT_LOCAL;

	const struct {
		const char *name;
		double ns;
	} results[] = {
		{ "reader, no key, KEEP_LAST 1, store and take",
		  measure_reader(last, 0, 1, TERN_INFINITE) },
		{ "reader, 1 instance", measure_reader(last, 1, 1, TERN_INFINITE) },
		{ "reader, 10,000 instances",
		  measure_reader(last, 10000, 1, TERN_INFINITE) },
		{ "reader, no key, KEEP_ALL, 1,000 stored, all taken",
		  measure_reader(all, 0, BURST, TERN_INFINITE) },
		{ "reader, no key, lifespan", measure_reader(last, 0, 1, 1000000) },
		{ "reader, 1 instance, deadline",
		  measure_reader(deadline, 1, 1, TERN_INFINITE) },
		{ "reader, no key, KEEP_LAST 1, overwritten 999 times",
		  measure_reader(last, 0, BURST, TERN_INFINITE) },
		{ "writer, no key, volatile",
		  measure_writer(tern_qos_writer_default(), 0) },
		{ "writer, no key, transient local", measure_writer(transient, 0) },
		{ "writer, 10,000 instances, transient local",
		  measure_writer(transient, 10000) },
	};
	const size_t count = sizeof results / sizeof *results;

	printf("history, best of %d rounds                                ns/sample\n",
	       ROUNDS);
	for (size_t i = 0; i < count; i++)
		printf("%-56s %8.1f\n", results[i].name, results[i].ns);
	printf("{\"bench\":\"history\",\"ns_per_sample\":{");
	for (size_t i = 0; i < count; i++)
		printf("%s\"%s\":%.1f", i ? "," : "", results[i].name, results[i].ns);
	printf("}}\n");
	return 0;
}
