/* Encodes and decodes the Tern record (layout in record.h). Knows nothing of DDS. */
#include "record.h"

#include <string.h>

#define VERSION 1

static const uint8_t magic[4] = { 'T', 'E', 'R', 'N' };

static uint8_t *put(uint8_t *to, uint64_t value, unsigned size_bytes)
{
	for (unsigned i = size_bytes; i > 0; i--)
		*to++ = (uint8_t)(value >> (8 * (i - 1)));
	return to;
}

static uint8_t *put_bytes(uint8_t *to, const void *bytes, size_t size_bytes)
{
	memcpy(to, bytes, size_bytes);
	return to + size_bytes;
}

size_t tern__record_encode(const struct tern__record *record, uint8_t *ret_bytes)
{
	uint8_t *to = put_bytes(ret_bytes, magic, sizeof magic);
	to = put(to, VERSION, 1);
	to = put(to, (uint64_t)record->kind, 1);
	uint8_t *size_at = to;
	to = put(to, 0, 2);
	to = put_bytes(to, record->guid.bytes, sizeof record->guid.bytes);
	if (record->kind == TERN__RECORD_PARTICIPANT) {
		size_t length = strnlen(record->process_name, TERN__RECORD_NAME_MAX);
		to = put_bytes(to, record->host_id, sizeof record->host_id);
		to = put(to, record->pid, 4);
		to = put(to, length, 1);
		to = put_bytes(to, record->process_name, length);
	} else {
		to = put_bytes(to, record->participant.bytes,
		               sizeof record->participant.bytes);
		to = put(to, record->layout_hash, 8);
	}
	size_t size_bytes = (size_t)(to - ret_bytes);
	put(size_at, size_bytes, 2);
	return size_bytes;
}

/* Bytes that are left to read; once something was missing, nothing is read any more. */
struct cursor {
	const uint8_t *at;
	size_t left_bytes;
	bool failed;
};

static const uint8_t *get_bytes(struct cursor *cursor, size_t size_bytes)
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

static void copy_bytes(struct cursor *cursor, void *to, size_t size_bytes)
{
	const uint8_t *from = get_bytes(cursor, size_bytes);
	if (from)
		memcpy(to, from, size_bytes);
}

static uint64_t get(struct cursor *cursor, unsigned size_bytes)
{
	const uint8_t *from = get_bytes(cursor, size_bytes);
	uint64_t value = 0;
	for (unsigned i = 0; from && i < size_bytes; i++)
		value = value << 8 | from[i];
	return value;
}

size_t tern__record_decode(enum tern__record_kind kind, const uint8_t *bytes,
                           size_t size_bytes, struct tern__record *ret_record)
{
	struct cursor cursor = { bytes, size_bytes, false };
	const uint8_t *start = get_bytes(&cursor, sizeof magic);
	if (!start || memcmp(start, magic, sizeof magic) != 0)
		return 0;
	if (get(&cursor, 1) < VERSION || get(&cursor, 1) != (uint64_t)kind)
		return 0;
	size_t record_bytes = get(&cursor, 2);
	if (cursor.failed || record_bytes > size_bytes || record_bytes < 8)
		return 0;
	cursor.left_bytes = record_bytes - 8;

	struct tern__record record = { .kind = kind };
	copy_bytes(&cursor, record.guid.bytes, sizeof record.guid.bytes);
	if (kind == TERN__RECORD_PARTICIPANT) {
		copy_bytes(&cursor, record.host_id, sizeof record.host_id);
		record.pid = (uint32_t)get(&cursor, 4);
		copy_bytes(&cursor, record.process_name, get(&cursor, 1));
	} else {
		copy_bytes(&cursor, record.participant.bytes,
		           sizeof record.participant.bytes);
		record.layout_hash = get(&cursor, 8);
	}
	if (cursor.failed)
		return 0;
	*ret_record = record;
	return record_bytes;
}
