/* Encodes and decodes announcements (layout in record.h). */
#include "record.h"

#include <string.h>

/* ---- encoding ---------------------------------------------------------------------------- */

/* Where the next bytes go, or NULL to count them only. */
struct writer {
	uint8_t *at;
	size_t size_bytes;
};

static void put(struct writer *writer, const void *bytes, size_t size_bytes)
{
	writer->size_bytes += size_bytes;
	if (!writer->at || size_bytes == 0)
		return;
	memcpy(writer->at, bytes, size_bytes);
	writer->at += size_bytes;
}

static void put_u32(struct writer *writer, uint32_t value)
{
	put(writer, &value, sizeof value);
}

static void put_i32(struct writer *writer, int32_t value)
{
	put(writer, &value, sizeof value);
}

static void put_i64(struct writer *writer, int64_t value)
{
	put(writer, &value, sizeof value);
}

static void put_u64(struct writer *writer, uint64_t value)
{
	put(writer, &value, sizeof value);
}

static void put_blob(struct writer *writer, const void *bytes, size_t size_bytes)
{
	put_u32(writer, (uint32_t)size_bytes);
	put(writer, bytes, size_bytes);
}

static void put_text(struct writer *writer, const char *text)
{
	put_blob(writer, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void put_qos(struct writer *writer, const struct tern_qos *qos)
{
	put_u32(writer, (uint32_t)qos->reliability);
	put_i64(writer, qos->max_blocking_time_ns);
	put_u32(writer, (uint32_t)qos->durability);
	put_u32(writer, (uint32_t)qos->history);
	put_i32(writer, qos->history_depth);
	put_i32(writer, qos->max_samples);
	put_i32(writer, qos->max_instances);
	put_i32(writer, qos->max_samples_per_instance);
	put_i64(writer, qos->deadline_ns);
	put_i64(writer, qos->latency_budget_ns);
	put_i64(writer, qos->lifespan_ns);
	put_u32(writer, (uint32_t)qos->ownership);
	put_i32(writer, qos->ownership_strength);
	put_u32(writer, (uint32_t)qos->liveliness);
	put_i64(writer, qos->liveliness_lease_ns);
	put_u32(writer, (uint32_t)qos->destination_order);
	put_i64(writer, qos->minimum_separation_ns);
	put_u32(writer, qos->autodispose_unregistered);
	put_i64(writer, qos->autopurge_nowriter_ns);
	put_i64(writer, qos->autopurge_disposed_ns);
	put_u32(writer, qos->representations);
	put_u32(writer, qos->ignore_sequence_bounds);
	put_u32(writer, qos->ignore_string_bounds);
	put_u32(writer, qos->ignore_member_names);
	put_u32(writer, qos->prevent_type_widening);
	put_u32(writer, qos->partition_count);
	for (uint32_t i = 0; i < qos->partition_count; i++)
		put_text(writer, qos->partitions[i]);
	put_blob(writer, qos->user_data, qos->user_data_size_bytes);
}

static void encode(struct writer *writer, const struct tern_endpoint_info *info,
                   uint64_t ring)
{
	put_u32(writer, RECORD_VERSION);
	put_u32(writer, (uint32_t)info->kind);
	put(writer, info->guid.bytes, sizeof info->guid.bytes);
	put(writer, info->participant.bytes, sizeof info->participant.bytes);
	put_u64(writer, info->layout_hash);
	put_u64(writer, ring);
	put_text(writer, info->topic_name);
	put_text(writer, info->type_name);
	put_blob(writer, info->type_information, info->type_information_size_bytes);
	put_qos(writer, &info->qos);
}

size_t record_size_bytes(const struct tern_endpoint_info *info)
{
	struct writer writer = { 0 };

	encode(&writer, info, 0);
	return writer.size_bytes;
}

void record_encode(const struct tern_endpoint_info *info, uint64_t ring,
                   uint8_t *ret_bytes)
{
	struct writer writer = { .at = ret_bytes };

	encode(&writer, info, ring);
}

/* ---- decoding ---------------------------------------------------------------------------- */

/* Bytes that are left to read; once something was wrong, nothing is read any more. */
struct cursor {
	const uint8_t *at;
	size_t left_bytes;
	bool failed;
};

static const uint8_t *take(struct cursor *cursor, size_t size_bytes)
{
	if (cursor->failed || size_bytes > cursor->left_bytes) {
		cursor->failed = true;
		return NULL;
	}
	const uint8_t *at = cursor->at;
	cursor->at += size_bytes;
	cursor->left_bytes -= size_bytes;
	return at;
}

static void get(struct cursor *cursor, void *to, size_t size_bytes)
{
	const uint8_t *from = take(cursor, size_bytes);

	if (from)
		memcpy(to, from, size_bytes);
}

static uint32_t get_u32(struct cursor *cursor)
{
	uint32_t value = 0;

	get(cursor, &value, sizeof value);
	return value;
}

static uint64_t get_u64(struct cursor *cursor)
{
	uint64_t value = 0;

	get(cursor, &value, sizeof value);
	return value;
}

/* 0..max */
static uint32_t get_choice(struct cursor *cursor, uint32_t max)
{
	uint32_t value = get_u32(cursor);

	if (value <= max)
		return value;
	cursor->failed = true;
	return 0;
}

static bool get_bool(struct cursor *cursor)
{
	return get_choice(cursor, 1) == 1;
}

/* 1..INT32_MAX, or TERN_UNLIMITED */
static int32_t get_limit(struct cursor *cursor)
{
	int32_t value = (int32_t)get_u32(cursor);

	if (value < 1 && value != TERN_UNLIMITED)
		cursor->failed = true;
	return value;
}

/* min..TERN_INFINITE */
static int64_t get_duration(struct cursor *cursor, int64_t min)
{
	int64_t value = (int64_t)get_u64(cursor);

	if (value < min)
		cursor->failed = true;
	return value;
}

static const uint8_t *get_blob(struct cursor *cursor, size_t max_bytes,
                               size_t *ret_size_bytes)
{
	size_t size_bytes = get_u32(cursor);

	if (size_bytes > max_bytes)
		cursor->failed = true;
	const uint8_t *bytes = take(cursor, size_bytes);
	*ret_size_bytes = bytes ? size_bytes : 0;
	return size_bytes > 0 ? bytes : NULL;
}

/* min..max bytes without the NUL, which is the only one. */
static const char *get_text(struct cursor *cursor, size_t min_bytes, size_t max_bytes)
{
	size_t size_bytes;
	const uint8_t *text = get_blob(cursor, max_bytes + 1, &size_bytes);

	if (text && size_bytes > min_bytes &&
	    memchr(text, '\0', size_bytes) == text + size_bytes - 1)
		return (const char *)text;
	cursor->failed = true;
	return "";
}

static void get_partitions(struct cursor *cursor, struct record *record)
{
	struct tern_qos *qos = &record->info.qos;

	qos->partition_count = get_choice(cursor, TERN_PARTITIONS_MAX);
	for (uint32_t i = 0; i < qos->partition_count; i++)
		record->partitions[i] = get_text(cursor, 0, TERN_PARTITION_NAME_MAX);
	qos->partitions = qos->partition_count > 0 ? record->partitions : NULL;
}

static void get_qos(struct cursor *cursor, struct record *record)
{
	struct tern_qos *qos = &record->info.qos;

	qos->reliability = (tern_reliability)get_choice(cursor, TERN_RELIABLE);
	qos->max_blocking_time_ns = get_duration(cursor, 0);
	qos->durability = (tern_durability)get_choice(cursor, TERN_PERSISTENT);
	qos->history = (tern_history)get_choice(cursor, TERN_KEEP_ALL);
	qos->history_depth = get_limit(cursor);
	qos->max_samples = get_limit(cursor);
	qos->max_instances = get_limit(cursor);
	qos->max_samples_per_instance = get_limit(cursor);
	qos->deadline_ns = get_duration(cursor, 1);
	qos->latency_budget_ns = get_duration(cursor, 0);
	qos->lifespan_ns = get_duration(cursor, 1);
	qos->ownership = (tern_ownership)get_choice(cursor, TERN_EXCLUSIVE);
	qos->ownership_strength = (int32_t)get_u32(cursor);
	qos->liveliness =
		(tern_liveliness)get_choice(cursor, TERN_LIVELINESS_MANUAL_BY_TOPIC);
	qos->liveliness_lease_ns = get_duration(cursor, 1);
	qos->destination_order =
		(tern_destination_order)get_choice(cursor, TERN_BY_SOURCE_TIMESTAMP);
	qos->minimum_separation_ns = get_duration(cursor, 0);
	qos->autodispose_unregistered = get_bool(cursor);
	qos->autopurge_nowriter_ns = get_duration(cursor, 0);
	qos->autopurge_disposed_ns = get_duration(cursor, 0);
	qos->representations = get_choice(cursor, TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2);
	qos->ignore_sequence_bounds = get_bool(cursor);
	qos->ignore_string_bounds = get_bool(cursor);
	qos->ignore_member_names = get_bool(cursor);
	qos->prevent_type_widening = get_bool(cursor);
	get_partitions(cursor, record);
	qos->user_data =
		get_blob(cursor, TERN_USER_DATA_MAX_BYTES, &qos->user_data_size_bytes);
}

bool record_decode(const uint8_t *bytes, size_t size_bytes, struct record *ret_record)
{
	struct cursor cursor = { bytes, size_bytes, size_bytes > RECORD_SIZE_MAX_BYTES };
	struct tern_endpoint_info *info = &ret_record->info;

	if (get_u32(&cursor) != RECORD_VERSION)
		return false;
	*ret_record = (struct record){ .info.is_tern = true };
	info->kind = (tern_endpoint_kind)get_choice(&cursor, TERN_READER);
	get(&cursor, info->guid.bytes, sizeof info->guid.bytes);
	get(&cursor, info->participant.bytes, sizeof info->participant.bytes);
	info->layout_hash = get_u64(&cursor);
	ret_record->ring = get_u64(&cursor);
	info->topic_name = get_text(&cursor, 1, TERN_TOPIC_NAME_MAX);
	info->type_name = get_text(&cursor, 1, RECORD_TYPE_NAME_MAX);
	info->type_information = get_blob(&cursor, RECORD_TYPE_INFORMATION_MAX_BYTES,
	                                  &info->type_information_size_bytes);
	get_qos(&cursor, ret_record);
	return !cursor.failed && cursor.left_bytes == 0;
}
