/* Bytes written one after the other, and read back by who does not trust them. */
#ifndef TERN_SHM_CURSOR_H
#define TERN_SHM_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- writing ----------------------------------------------------------------------------- */

/* Where the next bytes go; at NULL: they are counted only. */
struct put {
	uint8_t *at;
	size_t size_bytes;
	size_t max_bytes; /* what is beyond it is counted only */
};

static inline void put(struct put *put, const void *bytes, size_t size_bytes)
{
	size_t before = put->size_bytes;

	put->size_bytes += size_bytes;
	if (put->at && size_bytes > 0 && put->size_bytes <= put->max_bytes)
		memcpy(put->at + before, bytes, size_bytes);
}

static inline void put_u32(struct put *to, uint32_t value)
{
	put(to, &value, sizeof value);
}

static inline void put_u64(struct put *to, uint64_t value)
{
	put(to, &value, sizeof value);
}

static inline void put_blob(struct put *to, const void *bytes, size_t size_bytes)
{
	put_u32(to, (uint32_t)size_bytes);
	put(to, bytes, size_bytes);
}

/** With its NUL; NULL as "". */
static inline void put_text(struct put *to, const char *text)
{
	put_blob(to, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Bytes that are left to read; once something was wrong, nothing is read any more. */
struct cursor {
	const uint8_t *at;
	size_t left_bytes;
	bool failed;
};

static inline const uint8_t *get_bytes(struct cursor *cursor, size_t size_bytes)
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

static inline void get(struct cursor *cursor, void *to, size_t size_bytes)
{
	const uint8_t *from = get_bytes(cursor, size_bytes);

	if (from)
		memcpy(to, from, size_bytes);
}

static inline uint32_t get_u32(struct cursor *cursor)
{
	uint32_t value = 0;

	get(cursor, &value, sizeof value);
	return value;
}

static inline uint64_t get_u64(struct cursor *cursor)
{
	uint64_t value = 0;

	get(cursor, &value, sizeof value);
	return value;
}

/** 0..max */
static inline uint32_t get_choice(struct cursor *cursor, uint32_t max)
{
	uint32_t value = get_u32(cursor);

	if (value <= max)
		return value;
	cursor->failed = true;
	return 0;
}

static inline bool get_bool(struct cursor *cursor)
{
	return get_choice(cursor, 1) == 1;
}

/** @return NULL if it is empty or not there */
static inline const uint8_t *get_blob(struct cursor *cursor, size_t max_bytes,
                                      size_t *ret_size_bytes)
{
	size_t size_bytes = get_u32(cursor);

	if (size_bytes > max_bytes)
		cursor->failed = true;
	const uint8_t *bytes = get_bytes(cursor, size_bytes);
	*ret_size_bytes = bytes ? size_bytes : 0;
	return size_bytes > 0 ? bytes : NULL;
}

/** min..max bytes without the NUL, which is the only one. */
static inline const char *get_text(struct cursor *cursor, size_t min_bytes,
                                   size_t max_bytes)
{
	size_t size_bytes;
	const uint8_t *text = get_blob(cursor, max_bytes + 1, &size_bytes);

	if (text && size_bytes > min_bytes &&
	    memchr(text, '\0', size_bytes) == text + size_bytes - 1)
		return (const char *)text;
	cursor->failed = true;
	return "";
}

#endif
