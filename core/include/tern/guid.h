/* Globally unique identifiers of participants and endpoints (RTPS 2.5, 9.3.1).
 * Tern makes its own: they are the same on every transport. */
#ifndef TERN_GUID_H
#define TERN_GUID_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/api.h>

TERN_BEGIN_DECLS

#define TERN_GUID_SIZE_BYTES 16
#define TERN_GUID_TEXT_SIZE_BYTES 37

/** 12 bytes of participant prefix, 4 bytes of entity id, in network order. */
struct tern_guid {
	uint8_t bytes[TERN_GUID_SIZE_BYTES];
};

/** @return true if both name the same entity. Threads: any. */
TERN_API bool tern_guid_equal(const struct tern_guid *a, const struct tern_guid *b);

/**
 * Write as "01020304.05060708.090a0b0c.0d0e0f10".
 * @param ret_text  TERN_GUID_TEXT_SIZE_BYTES bytes, terminated
 * @return ret_text
 * Threads: any.
 */
TERN_API char *tern_guid_format(const struct tern_guid *guid, char *ret_text);

TERN_END_DECLS

#endif
