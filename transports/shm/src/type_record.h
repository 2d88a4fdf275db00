/* What a type table says, as bytes: enough to compare types of two processes member by member. No
 * layouts or code. Bytes come from any process that may write there. */
#ifndef TERN_SHM_TYPE_RECORD_H
#define TERN_SHM_TYPE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/type.h>

/* Types, each after all that it consists of, the described one last; integers as in record.h, 4
 * bytes each if not said otherwise:
 *
 *   count
 *   each: kind  flags  extensibility  bound  name  element  base     (element, base: 0 none,
 *         dimensions: count, then sizes                                else number + 1)
 *         members:    count, then each  name  type  id  flags  labels: count, then 8 each
 *         literals:   count, then each  name  value (8)  is default
 *   names: size with the NUL, bytes
 */
#define TYPE_RECORD_SIZE_MAX_BYTES (128u * 1024)
#define TYPE_RECORD_TYPES_MAX 1024

/**
 * @param bytes  room for TYPE_RECORD_SIZE_MAX_BYTES, or NULL to count only
 * @return bytes written; 0: the type is too large to be described, or contains itself
 */
size_t type_record_encode(const struct tern_type *type, uint8_t *bytes);

/**
 * Tables that can be compared, with neither layout nor codec. Names point into the bytes.
 * @return free() ends it; NULL: these bytes describe no type, or there is no memory
 */
struct tern_type *type_record_decode(const uint8_t *bytes, size_t size_bytes);

#endif
