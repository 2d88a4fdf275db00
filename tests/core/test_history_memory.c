/* Whichever allocation fails, a history stays whole: nothing leaks, nothing is half there, and
 * what comes next finds it in order. The linker puts the allocators below between. */
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "suite.h"
#include "writer_history.h"

void *__real_malloc(size_t size_bytes);
void *__real_calloc(size_t count, size_t size_bytes);
void *__real_realloc(void *memory, size_t size_bytes);
void *__wrap_malloc(size_t size_bytes);
void *__wrap_calloc(size_t count, size_t size_bytes);
void *__wrap_realloc(void *memory, size_t size_bytes);

static bool armed;
static int until_failure; /* 0: this allocation fails */

static bool fails(void)
{
	return armed && until_failure-- == 0;
}

void *__wrap_malloc(size_t size_bytes)
{
	return fails() ? NULL : __real_malloc(size_bytes);
}

void *__wrap_calloc(size_t count, size_t size_bytes)
{
	return fails() ? NULL : __real_calloc(count, size_bytes);
}

void *__wrap_realloc(void *memory, size_t size_bytes)
{
	return fails() ? NULL : __real_realloc(memory, size_bytes);
}

static int releases;

static void count_release(struct tern_payload *payload)
{
	(void)payload;
	releases++;
}

static struct tern_payload sample = { .references = 1, .release = count_release };
static struct tern_payload key = { .references = 1,
	                           .key_only = true,
	                           .release = count_release };
static const struct tern_type type = { .flags = TERN_TYPE_KEYED };

static struct history_now at(int64_t time_ns)
{
	return (struct history_now){ time_ns, time_ns };
}

static void use(struct history *history, struct history_writer *writers[2])
{
	static const tern_change_kind kinds[] = {
		TERN_CHANGE_WRITE, TERN_CHANGE_WRITE,      TERN_CHANGE_DISPOSE,
		TERN_CHANGE_WRITE, TERN_CHANGE_UNREGISTER, TERN_CHANGE_WRITE
	};
	struct tern_sample samples[50];
	struct history_sample *entries[50];

	for (int i = 0; i < 60; i++) {
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { (uint8_t)(i % 7) };
		tern_change_kind kind = kinds[i % 6];
		struct history_now now = at(1000 + 10 * i);
		struct history_change change = {
			.writer = writers[i % 2],
			.source_timestamp_ns = now.real_ns,
			.kind = kind,
			.key_hash = key_hash,
			.payload = kind == TERN_CHANGE_WRITE ? &sample : &key,
			.transport = "test",
			.reliable = true,
			.may_overflow = true,
		};
		tern__history_store(history, &change, &now);
		if (i % 10)
			continue;
		CU_ASSERT_TRUE(tern__history_available(history, NULL, &now) <= 50);
		int32_t count = (i % 20 ? tern__history_take : tern__history_read)(
			history, NULL, 50, &now, samples, entries);
		for (int32_t k = 0; k < count; k++)
			tern__history_unref(history, entries[k]);
	}
}

/* @return whether the allocation that was to fail was reached at all */
static bool reader_survives_failure_of(int which)
{
	struct tern_qos qos = tern_qos_reader_default();
	struct history_config config = { .qos = &qos,
		                         .type = &type,
		                         .overflow_max_bytes = 10000 };
	const struct history_writer_facts facts[2] = { { .lifespan_ns = 300 },
		                                       { .lifespan_ns = TERN_INFINITE } };
	struct history_now end = at(2000);
	struct history *history;
	struct history_writer *writers[2];

	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	qos.max_samples = 6;
	qos.deadline_ns = 100;
	qos.minimum_separation_ns = 15;
	qos.autopurge_disposed_ns = 50;
	until_failure = which;
	armed = true;
	if (tern__history_create(&config, &history) < 0)
		goto disarm;
	if (tern__history_writer_add(history, &facts[0], &writers[0]) < 0)
		goto destroy;
	if (tern__history_writer_add(history, &facts[1], &writers[1]) < 0)
		goto destroy;
	use(history, writers);
	use(history, writers);
	tern__history_writer_unregister(history, writers[0], true, &end);
	tern__history_writer_remove(history, writers[1], true, &end);
	tern__history_tick(history, &end);

destroy:
	tern__history_destroy(history);
disarm:
	armed = false;
	CU_ASSERT_EQUAL(sample.references, 1);
	CU_ASSERT_EQUAL(key.references, 1);
	return until_failure < 0;
}

static void a_reader_survives_any_failed_allocation(void)
{
	int which = 0;

	while (reader_survives_failure_of(which))
		which++;
	CU_ASSERT_TRUE(which > 50);
	CU_ASSERT_EQUAL(releases, 0);
}

static bool writer_survives_failure_of(int which)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct writer_history *history;
	uint32_t kept = 0;

	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.deadline_ns = 100;
	until_failure = which;
	armed = true;
	if (tern__writer_history_create(&qos, &type, &history) < 0)
		goto disarm;
	for (int i = 0; i < 40; i++) {
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { (uint8_t)(i % 20) };
		uint32_t before = tern__writer_history_samples(history);
		tern_status s = tern__writer_history_reserve(history, TERN_CHANGE_WRITE,
		                                             key_hash, 1000 + i);
		CU_ASSERT_EQUAL(tern__writer_history_samples(history), before);
		if (s == TERN_OK)
			tern__writer_history_commit(history, 1000 + i, &sample, 1000 + i);
		else
			CU_ASSERT_EQUAL(s, TERN_ENOMEM);
	}
	kept = tern__writer_history_samples(history);
	CU_ASSERT_EQUAL(kept, 20);
	CU_ASSERT_EQUAL(sample.references, 21);
	tern__writer_history_destroy(history);

disarm:
	armed = false;
	CU_ASSERT_EQUAL(sample.references, 1);
	return until_failure < 0;
}

static void a_writer_survives_any_failed_allocation(void)
{
	int which = 0;

	while (writer_survives_failure_of(which))
		which++;
	CU_ASSERT_TRUE(which > 50);
}

static const struct suite_test tests[] = {
	{ "a_reader_survives_any_failed_allocation",
	  a_reader_survives_any_failed_allocation },
	{ "a_writer_survives_any_failed_allocation",
	  a_writer_survives_any_failed_allocation },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
