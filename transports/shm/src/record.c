/* Encodes and decodes announcements (layout in record.h). */
#include "record.h"

#include "cursor.h"
#include "type_record.h"

/* ---- encoding ---------------------------------------------------------------------------- */

static void put_i32(struct put *to, int32_t value)
{
	put(to, &value, sizeof value);
}

static void put_i64(struct put *to, int64_t value)
{
	put(to, &value, sizeof value);
}

static void put_qos(struct put *to, const struct tern_qos *qos)
{
	put_u32(to, (uint32_t)qos->reliability);
	put_i64(to, qos->max_blocking_time_ns);
	put_u32(to, (uint32_t)qos->durability);
	put_u32(to, (uint32_t)qos->history);
	put_i32(to, qos->history_depth);
	put_i32(to, qos->max_samples);
	put_i32(to, qos->max_instances);
	put_i32(to, qos->max_samples_per_instance);
	put_i64(to, qos->deadline_ns);
	put_i64(to, qos->latency_budget_ns);
	put_i64(to, qos->lifespan_ns);
	put_u32(to, (uint32_t)qos->ownership);
	put_i32(to, qos->ownership_strength);
	put_u32(to, (uint32_t)qos->liveliness);
	put_i64(to, qos->liveliness_lease_ns);
	put_u32(to, (uint32_t)qos->destination_order);
	put_i64(to, qos->minimum_separation_ns);
	put_u32(to, qos->autodispose_unregistered);
	put_i64(to, qos->autopurge_nowriter_ns);
	put_i64(to, qos->autopurge_disposed_ns);
	put_u32(to, qos->representations);
	put_u32(to, qos->ignore_sequence_bounds);
	put_u32(to, qos->ignore_string_bounds);
	put_u32(to, qos->ignore_member_names);
	put_u32(to, qos->prevent_type_widening);
	put_u32(to, qos->partition_count);
	for (uint32_t i = 0; i < qos->partition_count; i++)
		put_text(to, qos->partitions[i]);
	put_blob(to, qos->user_data, qos->user_data_size_bytes);
}

static void encode(struct put *to, const struct tern_endpoint_info *info,
                   const struct record_extra *extra)
{
	put_u32(to, RECORD_VERSION);
	put_u32(to, (uint32_t)info->kind);
	put(to, info->guid.bytes, sizeof info->guid.bytes);
	put(to, info->participant.bytes, sizeof info->participant.bytes);
	put_u64(to, info->layout_hash);
	put_u64(to, extra->ring);
	put_text(to, info->topic_name);
	put_text(to, info->type_name);
	put_blob(to, info->type_information, info->type_information_size_bytes);
	bool is_small = info->type_mapping_size_bytes <= RECORD_TYPE_MAPPING_MAX_BYTES;
	put_blob(to, info->type_mapping, is_small ? info->type_mapping_size_bytes : 0);
	put_blob(to, extra->type, extra->type_size_bytes);
	put_qos(to, &info->qos);
}

size_t record_size_bytes(const struct tern_endpoint_info *info,
                         const struct record_extra *extra)
{
	struct put to = { 0 };

	encode(&to, info, extra);
	return to.size_bytes;
}

void record_encode(const struct tern_endpoint_info *info,
                   const struct record_extra *extra, uint8_t *ret_bytes)
{
	struct put to = { .at = ret_bytes, .max_bytes = SIZE_MAX };

	encode(&to, info, extra);
}

/* ---- decoding ---------------------------------------------------------------------------- */

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
	ret_record->extra.ring = get_u64(&cursor);
	info->topic_name = get_text(&cursor, 1, TERN_TOPIC_NAME_MAX);
	info->type_name = get_text(&cursor, 1, RECORD_TYPE_NAME_MAX);
	info->type_information = get_blob(&cursor, RECORD_TYPE_INFORMATION_MAX_BYTES,
	                                  &info->type_information_size_bytes);
	info->type_mapping = get_blob(&cursor, RECORD_TYPE_MAPPING_MAX_BYTES,
	                              &info->type_mapping_size_bytes);
	ret_record->extra.type = get_blob(&cursor, TYPE_RECORD_SIZE_MAX_BYTES,
	                                  &ret_record->extra.type_size_bytes);
	get_qos(&cursor, ret_record);
	return !cursor.failed && cursor.left_bytes == 0;
}
