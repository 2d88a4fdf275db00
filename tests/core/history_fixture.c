/* The history under test. Payloads are counted, so that a reference too many or too few shows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_fixture.h"

struct test_payload {
	struct tern_payload base;
	char key;
	int value;
};

struct fixture fixture;

static struct tern_type type;

static void release(struct tern_payload *payload)
{
	fixture.payloads--;
	free(payload);
}

static struct tern_payload *make_payload(char key, int value, bool key_only)
{
	struct test_payload *payload = calloc(1, sizeof *payload);

	if (!payload)
		abort();
	payload->base = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_NATIVE,
		.key_only = key_only,
		.data = &payload->value,
		.size_bytes = 1000,
		.release = release,
	};
	payload->key = key;
	payload->value = value;
	fixture.payloads++;
	return &payload->base;
}

static struct tern_payload *make_key(void *context, struct tern_payload *sample)
{
	struct fixture *self = context;

	if (self->make_keys_to_fail > 0) {
		self->make_keys_to_fail--;
		return NULL;
	}
	return make_payload(((struct test_payload *)sample)->key, 0, true);
}

struct tern_qos history_qos(int32_t depth)
{
	struct tern_qos qos = tern_qos_reader_default();

	qos.reliability = TERN_RELIABLE;
	qos.history = depth ? TERN_KEEP_LAST : TERN_KEEP_ALL;
	qos.history_depth = depth ? depth : 1;
	return qos;
}

static void create(const struct tern_qos *qos, bool keyed)
{
	struct history_config config = {
		.qos = qos,
		.type = &type,
		.overflow_max_bytes = fixture.overflow_max_bytes,
		.make_key = fixture.whole_keys ? NULL : make_key,
		.context = &fixture,
	};

	type.flags = keyed ? TERN_TYPE_KEYED : 0;
	CU_ASSERT_EQUAL_FATAL(tern__history_create(&config, &fixture.history), TERN_OK);
}

void open_history(const struct tern_qos *qos, bool keyed)
{
	struct fixture settings = fixture;

	fixture = (struct fixture){
		.now = { 1000 * SUITE_SECOND_NS, 10 * SUITE_SECOND_NS },
		/* Set by the test before this call: */
		.overflow_max_bytes = settings.overflow_max_bytes,
		.whole_keys = settings.whole_keys,
	};
	create(qos, keyed);
}

static void give_back(void)
{
	for (int32_t i = 0; i < fixture.count; i++)
		tern__history_unref(fixture.history, fixture.entries[i]);
	fixture.count = 0;
}

void close_history(void)
{
	give_back();
	tern__history_destroy(fixture.history);
	CU_ASSERT_EQUAL(fixture.payloads, 0);
	fixture = (struct fixture){ 0 };
}

void advance(int64_t duration_ns)
{
	fixture.now.real_ns += duration_ns;
	fixture.now.monotonic_ns += duration_ns;
}

struct history_writer *add_writer_with(uint8_t guid, int32_t strength,
                                       int64_t lifespan_ns, bool autodispose)
{
	struct history_writer_facts facts = {
		.guid.bytes = { [15] = guid },
		.tie_guid.bytes = { [0] = guid },
		.ownership_strength = strength,
		.lifespan_ns = lifespan_ns,
		.autodispose = autodispose,
	};
	struct history_writer *writer = NULL;

	CU_ASSERT_EQUAL_FATAL(tern__history_writer_add(fixture.history, &facts, &writer),
	                      TERN_OK);
	return writer;
}

struct history_writer *add_writer(uint8_t guid, int32_t strength)
{
	return add_writer_with(guid, strength, TERN_INFINITE, true);
}

static const uint8_t *key_hash_of(char key)
{
	static uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];

	key_hash[0] = (uint8_t)key;
	return key_hash;
}

static enum history_verdict store(struct history_writer *writer, tern_change_kind kind,
                                  char key, struct tern_payload *payload,
                                  int64_t source_timestamp_ns)
{
	struct history_change stored = {
		.writer = writer,
		.source_timestamp_ns = source_timestamp_ns,
		.kind = kind,
		.key_hash = key_hash_of(key),
		.payload = payload,
		.transport = "test",
		.reliable = !fixture.best_effort,
		.may_overflow = fixture.may_overflow,
	};
	enum history_verdict verdict =
		tern__history_store(fixture.history, &stored, &fixture.now);

	tern_payload_unref(payload);
	advance(1);
	return verdict;
}

enum history_verdict change_at(struct history_writer *writer, tern_change_kind kind,
                               char key, int value, bool with_key,
                               int64_t source_timestamp_ns)
{
	struct tern_payload *payload = value      ? make_payload(key, value, false)
	                               : with_key ? make_payload(key, 0, true)
	                                          : NULL;

	return store(writer, kind, key, payload, source_timestamp_ns);
}

enum history_verdict change(struct history_writer *writer, tern_change_kind kind,
                            char key, int value, bool with_key)
{
	return change_at(writer, kind, key, value, with_key, fixture.now.real_ns);
}

enum history_verdict put_at(struct history_writer *writer, char key, int value,
                            int64_t source_timestamp_ns)
{
	return store(writer, TERN_CHANGE_WRITE, key, make_payload(key, value, false),
	             source_timestamp_ns);
}

enum history_verdict put(struct history_writer *writer, char key, int value)
{
	return put_at(writer, key, value, fixture.now.real_ns);
}

enum history_verdict dispose_at(struct history_writer *writer, char key,
                                int64_t source_timestamp_ns)
{
	return store(writer, TERN_CHANGE_DISPOSE, key, make_payload(key, 0, true),
	             source_timestamp_ns);
}

enum history_verdict dispose(struct history_writer *writer, char key)
{
	return dispose_at(writer, key, fixture.now.real_ns);
}

enum history_verdict unregister(struct history_writer *writer, char key)
{
	return change(writer, TERN_CHANGE_UNREGISTER, key, 0, true);
}

static const char *describe(void)
{
	static char text[TAKEN_MAX * 8];
	size_t used = 0;

	text[0] = '\0';
	for (int32_t i = 0; i < fixture.count; i++) {
		const struct history_sample *entry = fixture.entries[i];
		const struct test_payload *payload =
			(struct test_payload *)entry->payload;
		const char *space = i ? " " : "";

		CU_ASSERT_PTR_NULL(fixture.samples[i].data);
		CU_ASSERT_EQUAL(fixture.samples[i].info.valid_data, entry->valid_data);
		if (entry->valid_data)
			used += (size_t)snprintf(text + used, sizeof text - used,
			                         "%s%c%d", space, payload->key,
			                         payload->value);
		else
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%c-",
			                         space, payload ? payload->key : '?');
	}
	return text;
}

static const char *access(bool taking, const struct tern_selection *selection,
                          uint32_t max)
{
	uint32_t available;

	give_back();
	available = tern__history_available(fixture.history, selection, &fixture.now);
	CU_ASSERT_TRUE_FATAL(available <= TAKEN_MAX);
	if (max > available)
		max = available;
	int32_t count = (taking ? tern__history_take : tern__history_read)(
		fixture.history, selection, max, &fixture.now, fixture.samples,
		fixture.entries);
	if (count < 0)
		return tern_status_name(count);
	fixture.count = count;
	return describe();
}

const char *take(void)
{
	return access(true, NULL, UINT32_MAX);
}

const char *read_all(void)
{
	return access(false, NULL, UINT32_MAX);
}

const char *take_selected(uint32_t states, tern_instance_handle instance,
                          bool next_instance, uint32_t max)
{
	return access(true, &(struct tern_selection){ states, instance, next_instance },
	              max);
}

const char *read_selected(uint32_t states, tern_instance_handle instance,
                          bool next_instance, uint32_t max)
{
	return access(false, &(struct tern_selection){ states, instance, next_instance },
	              max);
}

const char *info(int32_t i)
{
	static char text[80];
	const struct tern_sample_info *said;

	if (i >= fixture.count)
		return "no such sample";
	said = &fixture.samples[i].info;
	snprintf(text, sizeof text, "%c%c%c %u.%u %u.%u.%u",
	         said->instance_state == TERN_ALIVE                ? 'A'
	         : said->instance_state == TERN_NOT_ALIVE_DISPOSED ? 'D'
	                                                           : 'W',
	         said->view_state == TERN_NEW ? 'N' : 'O',
	         said->sample_state == TERN_READ ? 'R' : 'U',
	         (unsigned)said->disposed_generation_count,
	         (unsigned)said->no_writers_generation_count, (unsigned)said->sample_rank,
	         (unsigned)said->generation_rank,
	         (unsigned)said->absolute_generation_rank);
	return text;
}

tern_instance_handle handle_of(char key)
{
	return tern__history_lookup(fixture.history, key_hash_of(key));
}

const struct history_counts *counts(void)
{
	return tern__history_counts(fixture.history);
}
