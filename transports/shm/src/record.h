/* An endpoint's announcement: struct tern_endpoint_info as bytes in its process's data, and back.
 * Bytes come from any process that may write there; what is in them is checked here, once. */
#ifndef TERN_SHM_RECORD_H
#define TERN_SHM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/endpoint.h>

/* Integers in the byte order of the host, nothing aligned:
 *
 *   version (4)  kind (4)  guid (16)  participant (16)  layout hash (8)  ring (8)
 *   topic name, type name, type information, type mapping, type (type_record.h)
 *                                             each: size (4), bytes; names with their NUL
 *   QoS, in the order of struct tern_qos        enums and bools (4), durations (8)
 *   partitions: count (4), then names as above
 *   user data: size (4), bytes
 */
#define RECORD_VERSION 2
/* What is larger is no announcement. */
#define RECORD_SIZE_MAX_BYTES (512u * 1024)
#define RECORD_TYPE_NAME_MAX 4096
#define RECORD_TYPE_INFORMATION_MAX_BYTES (256u * 1024)
/* A mapping that is larger is left out: tools then cannot show samples of the type. */
#define RECORD_TYPE_MAPPING_MAX_BYTES (64u * 1024)

/* What it says beside struct tern_endpoint_info. */
struct record_extra {
	uint64_t ring; /* a writer's: offset of its struct shm_ring; 0: it has none */
	const uint8_t *type; /* of type_record_encode(); NULL: not told */
	size_t type_size_bytes;
};

struct record {
	/* Its pointers lead into the bytes that were decoded, and to `partitions`. */
	struct tern_endpoint_info info;
	const char *partitions[TERN_PARTITIONS_MAX];
	struct record_extra extra;
};

/** How many bytes record_encode() writes. */
size_t record_size_bytes(const struct tern_endpoint_info *info,
                         const struct record_extra *extra);
void record_encode(const struct tern_endpoint_info *info,
                   const struct record_extra *extra, uint8_t *ret_bytes);

/**
 * @param ret_record  holds something only on success; not to be copied: it points into itself
 * @return false: these bytes are no announcement
 */
bool record_decode(const uint8_t *bytes, size_t size_bytes, struct record *ret_record);

#endif
