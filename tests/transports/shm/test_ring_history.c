/* What a reader gets that was lapped or joined late, against a naive model: however it is
 * scheduled, it ends up with the last samples of each instance and their final states. */
#include <stdlib.h>
#include <string.h>

#include "ring_fixture.h"
#include "types.h"

#define KEYS 40
#define CHANGES_MAX 4096

static struct ring_process writer, reader;
static uint32_t random_state;

static uint32_t roll(uint32_t sides)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % sides;
}

/* ---- the model: all that was ever written -------------------------------------------------- */

struct change {
	tern_change_kind kind;
	int32_t id;
	int32_t number;
};

static struct change changes[CHANGES_MAX + 1]; /* by sequence, from 1 */
static uint64_t change_count;
static bool registered[KEYS];

static tern_status send(struct change change)
{
	const test_Point point = {
		.id = change.id,
		.number = change.number,
		.value = change.number * 0.5,
	};
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { (uint8_t)(change.id + 1) };

	tern_status s = ring_process_send(&writer, change.kind, &point, key_hash);
	if (s == TERN_OK)
		changes[++change_count] = change;
	return s;
}

static void send_random(bool may_end)
{
	struct change change = { .id = (int32_t)roll(KEYS),
		                 .number = (int32_t)change_count + 1 };

	if (may_end && registered[change.id] && roll(4) == 0)
		change.kind = (tern_change_kind)(1 + roll(3));
	registered[change.id] = !(change.kind & TERN_CHANGE_UNREGISTER);
	OK(send(change));
}

/* The changes of an instance that a late joiner gets, newest last. */
static uint32_t expected_of(int32_t id, uint32_t depth, uint64_t *ret_sequences)
{
	uint32_t count = 0, writes = 0, first = 0;
	bool disposed = false;

	for (uint64_t i = 1; i <= change_count; i++) {
		tern_change_kind kind = changes[i].kind;
		if (changes[i].id != id)
			continue;
		/* Disposed again: the newer takes its place. */
		if (count > 0 && kind != TERN_CHANGE_WRITE &&
		    changes[ret_sequences[count - 1]].kind == kind)
			count--;
		ret_sequences[count++] = i;
		disposed = kind != TERN_CHANGE_WRITE &&
		           (disposed || (kind & TERN_CHANGE_DISPOSE));
		if (disposed && (kind & TERN_CHANGE_UNREGISTER))
			count = 0;
	}
	for (uint32_t i = count; i-- > 0;) {
		writes += changes[ret_sequences[i]].kind == TERN_CHANGE_WRITE;
		first = i;
		if (writes == depth)
			break;
	}
	while (first + 1 < count &&
	       changes[ret_sequences[first]].kind != TERN_CHANGE_WRITE)
		first++;
	memmove(ret_sequences, ret_sequences + first,
	        (count - first) * sizeof *ret_sequences);
	return count - first;
}

/* ---- the reader ---------------------------------------------------------------------------- */

struct seen {
	bool has[CHANGES_MAX + 1];
	uint64_t last_timestamp_ns;
	uint64_t count, overwritten;
};

static void check_content(const struct tern_delivery *delivery, uint64_t sequence)
{
	const struct change *change = &changes[sequence];

	CU_ASSERT_EQUAL(delivery->kind, change->kind);
	CU_ASSERT_EQUAL(delivery->key_hash[0], change->id + 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(delivery->payload);
	if (change->kind == TERN_CHANGE_WRITE) {
		const test_Point *point = delivery->payload->data;
		CU_ASSERT_EQUAL(point->id, change->id);
		CU_ASSERT_EQUAL(point->number, change->number);
		CU_ASSERT_EQUAL(point->value, change->number * 0.5);
	} else {
		CU_ASSERT_TRUE(delivery->payload->key_only);
		test_Point key = { 0 };
		OK(test_Point_type.codec->decode(
			&test_Point_type, delivery->payload->data,
			delivery->payload->size_bytes, true, &key));
		CU_ASSERT_EQUAL(key.id, change->id);
	}
}

/* @return false: nothing was there */
static bool take(struct ring_reader *ring, struct seen *seen)
{
	struct tern_delivery delivery;
	tern_status s = ring_take(ring, &delivery);

	if (s == TERN_EAGAIN)
		return false;
	CU_ASSERT_EQUAL_FATAL(s, TERN_OK);
	/* The fixture's timestamps count from 1000 as sequences do from 0. */
	uint64_t sequence = (uint64_t)delivery.source_timestamp_ns - 1000;
	CU_ASSERT_TRUE_FATAL(sequence >= 1 && sequence <= change_count);
	CU_ASSERT_TRUE(delivery.sequence_number == 0 ||
	               delivery.sequence_number == sequence);
	CU_ASSERT_TRUE((uint64_t)delivery.source_timestamp_ns > seen->last_timestamp_ns);
	CU_ASSERT_FALSE(seen->has[sequence]);
	check_content(&delivery, sequence);
	seen->last_timestamp_ns = (uint64_t)delivery.source_timestamp_ns;
	seen->has[sequence] = true;
	seen->count++;
	seen->overwritten += delivery.overwritten_before;
	tern_payload_unref(delivery.payload);
	return true;
}

static void begin(const struct tern_qos *qos, uint32_t seed)
{
	shm_directory_make(0700);
	ring_process_begin(&writer, 0);
	ring_process_begin(&reader, 0);
	ring_process_create_writer(&writer, &test_Point_type, qos);
	change_count = 0;
	memset(registered, 0, sizeof registered);
	random_state = seed;
}

static void end(void)
{
	ring_process_end(&reader);
	ring_process_end(&writer);
	shm_directory_remove();
}

static struct ring_reader *attach(const struct ring_reader_config *config)
{
	struct ring_reader *ring;

	OK(ring_reader_attach(config, &ring));
	return ring;
}

/* ---- lapped -------------------------------------------------------------------------------- */

/* The last `depth` WRITEs that a reader from `start` on must have, and the final state. */
static void check_has_the_last(const struct seen *seen, int32_t id, uint32_t depth,
                               uint64_t start)
{
	uint32_t writes = 0;
	bool is_last = true;

	for (uint64_t i = change_count; i >= start; i--) {
		if (changes[i].id != id)
			continue;
		if (is_last)
			CU_ASSERT_TRUE(seen->has[i]);
		is_last = false;
		if (changes[i].kind == TERN_CHANGE_WRITE && writes++ < depth)
			CU_ASSERT_TRUE(seen->has[i]);
	}
}

static void run_slow_reader(tern_durability durability, uint32_t seed)
{
	struct tern_qos qos = tern_qos_writer_default();
	static struct seen seen;

	qos.durability = durability;
	qos.history_depth = (int32_t)(1 + seed % 5);
	begin(&qos, seed);
	memset(&seen, 0, sizeof seen);
	while (roll(100) != 0)
		send_random(true);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Point_type);
	config.reliable = true;
	struct ring_reader *ring = attach(&config);
	uint64_t start = change_count + 1;
	while (change_count < 2000) {
		/* From a pause to many laps. */
		for (uint32_t i = roll(2) ? roll(400) : roll(20); i > 0; i--)
			send_random(true);
		for (uint32_t i = roll(2) ? roll(30) : roll(100); i > 0; i--)
			take(ring, &seen);
	}
	while (take(ring, &seen))
		;
	CU_ASSERT_TRUE(ring_reader_is_drained(ring));
	for (int32_t id = 0; id < KEYS; id++)
		check_has_the_last(&seen, id, (uint32_t)qos.history_depth, start);
	/* Each was seen, or was replaced and counted; but for those behind the last seen. */
	uint64_t last = seen.last_timestamp_ns - 1000;
	CU_ASSERT_EQUAL(seen.count + seen.overwritten, last - start + 1);
	CU_ASSERT_EQUAL(seen.overwritten, ring_reader_overwritten(ring));
	CU_ASSERT_EQUAL(ring_reader_lost(ring), 0);
	CU_ASSERT_TRUE(seen.overwritten > 0);
	ring_reader_detach(ring);
	end();
}

static void slow_readers_get_the_last_of_each_instance(void)
{
	for (uint32_t seed = 1; seed <= 60; seed++)
		run_slow_reader(seed % 2 ? TERN_VOLATILE : TERN_TRANSIENT_LOCAL, seed);
}

/* ---- joined late --------------------------------------------------------------------------- */

static void run_late_joiner(uint32_t seed)
{
	struct tern_qos qos = tern_qos_writer_default();
	static struct seen seen;
	uint64_t expected_count = 0;

	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.history = seed % 3 ? TERN_KEEP_LAST : TERN_KEEP_ALL;
	qos.history_depth = (int32_t)(1 + seed % 4);
	uint32_t depth =
		qos.history == TERN_KEEP_ALL ? CHANGES_MAX : (uint32_t)qos.history_depth;
	begin(&qos, seed);
	for (uint32_t i = roll(300); i > 0; i--)
		send_random(true);
	for (int32_t asked = 0; asked <= 3; asked++) {
		struct ring_reader_config config = ring_process_reader_config(
			&reader, writer.slot, &test_Point_type);
		config.reliable = true;
		config.holds_back = qos.history == TERN_KEEP_ALL;
		config.wants_history = true;
		config.history_depth = asked;
		struct ring_reader *ring = attach(&config);
		memset(&seen, 0, sizeof seen);
		expected_count = 0;
		while (take(ring, &seen))
			;
		for (int32_t id = 0; id < KEYS; id++) {
			static uint64_t expected[CHANGES_MAX];
			uint32_t wanted = asked && (uint32_t)asked < depth
			                          ? (uint32_t)asked
			                          : depth;
			uint32_t count = expected_of(id, wanted, expected);
			for (uint32_t i = 0; i < count; i++)
				CU_ASSERT_TRUE(seen.has[expected[i]]);
			expected_count += count;
		}
		CU_ASSERT_EQUAL(seen.count, expected_count);
		/* What comes now comes too, and once. */
		for (uint32_t i = 0; i < 20; i++)
			send_random(false);
		for (uint32_t i = 0; i < 20; i++)
			CU_ASSERT_TRUE(take(ring, &seen));
		CU_ASSERT_FALSE(take(ring, &seen));
		CU_ASSERT_EQUAL(seen.overwritten, 0);
		ring_reader_detach(ring);
	}
	end();
}

static void late_joiners_get_what_the_model_has(void)
{
	for (uint32_t seed = 1; seed <= 60; seed++)
		run_late_joiner(seed);
}

static void a_history_of_many_instances_reaches_a_late_joiner(void)
{
	enum { INSTANCES = 30000 };
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_delivery delivery;
	uint32_t count = 0;

	qos.durability = TERN_TRANSIENT_LOCAL;
	begin(&qos, 1);
	for (int32_t i = 0; i < INSTANCES; i++) {
		const test_Point point = { .id = i, .number = 7 * i };
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { 0 };
		memcpy(key_hash, &i, sizeof i);
		OK(ring_process_send(&writer, TERN_CHANGE_WRITE, &point, key_hash));
	}
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Point_type);
	config.reliable = true;
	config.wants_history = true;
	config.history_depth = 1;
	struct ring_reader *ring = attach(&config);
	while (ring_take(ring, &delivery) == TERN_OK) {
		const test_Point *point = delivery.payload->data;
		CU_ASSERT_EQUAL(point->id, (int32_t)count);
		CU_ASSERT_EQUAL(point->number, 7 * point->id);
		tern_payload_unref(delivery.payload);
		count++;
	}
	CU_ASSERT_EQUAL(count, INSTANCES);
	ring_reader_detach(ring);
	end();
}

/* Instances come and go for ever, and memory does not grow with them. */
static void ends_of_instances_go_once_all_readers_saw_them(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct ring_writer_usage usage;
	struct tern_delivery delivery;

	begin(&qos, 1);
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Point_type);
	config.reliable = true;
	struct ring_reader *ring = attach(&config);
	for (int32_t i = 0; i < 20000; i++) {
		const test_Point point = { .id = i };
		uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES] = { 0 };
		memcpy(key_hash, &i, sizeof i);
		OK(ring_process_send(&writer, TERN_CHANGE_WRITE, &point, key_hash));
		OK(ring_process_send(&writer, TERN_CHANGE_DISPOSE_UNREGISTER, &point,
		                     key_hash));
		while (ring_take(ring, &delivery) == TERN_OK)
			tern_payload_unref(delivery.payload);
	}
	ring_writer_usage_get(writer.writer, &usage);
	CU_ASSERT_TRUE(usage.descriptors < 300);
	ring_reader_detach(ring);
	end();
}

static void a_sample_whose_lifespan_is_over_is_not_kept(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	struct tern_delivery delivery;
	int32_t first = 7, seen = 0;

	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.lifespan_ns = 3600 * SUITE_SECOND_NS;
	begin(&qos, 1);
	/* The first were stamped two hours ago, the last one in an hour: it ends no other's life. */
	for (int32_t i = 0; i < KEYS; i++) {
		int64_t age_hours = i < first ? 2 : i < KEYS - 1 ? 0 : -1;
		writer.timestamp_ns =
			tern__host.now_ns() - age_hours * 3600 * SUITE_SECOND_NS;
		OK(send((struct change){ .id = i, .number = i }));
	}
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Point_type);
	config.wants_history = true;
	struct ring_reader *ring = attach(&config);
	while (ring_take(ring, &delivery) == TERN_OK) {
		CU_ASSERT_EQUAL(((const test_Point *)delivery.payload->data)->id,
		                first + seen);
		tern_payload_unref(delivery.payload);
		seen++;
	}
	CU_ASSERT_EQUAL(seen, KEYS - first);
	ring_reader_detach(ring);
	end();
}

static void check_joiner_sees(const bool *expected, uint64_t count)
{
	static struct seen seen;
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Point_type);
	config.reliable = true;
	config.holds_back = true;
	config.wants_history = true;
	struct ring_reader *ring = attach(&config);

	memset(&seen, 0, sizeof seen);
	while (take(ring, &seen))
		;
	CU_ASSERT_EQUAL(seen.count, count);
	for (uint64_t i = 1; i <= change_count; i++)
		CU_ASSERT_EQUAL(seen.has[i], expected[i]);
	ring_reader_detach(ring);
}

static void unregistered_instances_make_way_at_the_limits(void)
{
	struct tern_qos qos = tern_qos_writer_default();
	bool expected[CHANGES_MAX + 1] = { false };

	qos.durability = TERN_TRANSIENT_LOCAL;
	qos.history = TERN_KEEP_ALL;
	qos.max_samples = 10;
	qos.max_instances = 3;
	begin(&qos, 1);
	/* Instance 0 has five samples, and is not written any more. */
	for (int32_t i = 0; i < 5; i++)
		OK(send((struct change){ .id = 0, .number = i }));
	OK(send((struct change){ .kind = TERN_CHANGE_UNREGISTER, .id = 0 }));
	for (uint64_t i = 1; i <= 6; i++)
		expected[i] = true;
	check_joiner_sees(expected, 6);
	/* One that comes back is as any other. */
	OK(send((struct change){ .id = 0, .number = 6 }));
	OK(send((struct change){ .kind = TERN_CHANGE_UNREGISTER, .id = 0 }));
	expected[7] = expected[8] = true;
	for (int32_t i = 0; i < 4; i++) {
		OK(send((struct change){ .id = 1, .number = i }));
		expected[change_count] = true;
	}
	check_joiner_sees(expected, 12);
	/* The eleventh sample: instance 0 goes, all of it. */
	OK(send((struct change){ .id = 1, .number = 5 }));
	expected[change_count] = true;
	for (uint64_t i = 1; i <= 8; i++)
		expected[i] = false;
	check_joiner_sees(expected, 5);
	/* The fourth instance: the unregistered one goes. */
	OK(send((struct change){ .kind = TERN_CHANGE_UNREGISTER, .id = 1 }));
	for (int32_t id = 2; id < 5; id++) {
		OK(send((struct change){ .id = id, .number = id }));
		expected[change_count] = true;
	}
	for (uint64_t i = 1; i <= change_count - 3; i++)
		expected[i] = false;
	check_joiner_sees(expected, 3);
	end();
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "slow_readers_get_the_last_of_each_instance",
		  slow_readers_get_the_last_of_each_instance },
		{ "late_joiners_get_what_the_model_has",
		  late_joiners_get_what_the_model_has },
		{ "a_history_of_many_instances_reaches_a_late_joiner",
		  a_history_of_many_instances_reaches_a_late_joiner },
		{ "ends_of_instances_go_once_all_readers_saw_them",
		  ends_of_instances_go_once_all_readers_saw_them },
		{ "unregistered_instances_make_way_at_the_limits",
		  unregistered_instances_make_way_at_the_limits },
		{ "a_sample_whose_lifespan_is_over_is_not_kept",
		  a_sample_whose_lifespan_is_over_is_not_kept },
	};

	return SUITE_RUN(argc, argv, tests);
}
