/* What Tern says of itself in a participant's or endpoint's USER_DATA: who it is on the bus,
 * on which host. Pure encoding and decoding; bytes come from anyone. */
#ifndef TERN_DDS_RECORD_H
#define TERN_DDS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/endpoint.h>
#include <tern/guid.h>

/* All integers big-endian; a later version may append to the record, and grow its size:
 *
 *       0  "TERN"
 *       4  version, 1
 *       5  'P' participant or 'E' endpoint
 *       6  size of the record in bytes, these included (2 bytes)
 *       8  guid (16)
 *   'P' 24  host id (16)                     'E' 24  guid of its participant (16)
 *       40  pid (4)                              40  layout hash of its type (8)
 *       44  length of the name (1)
 *       45  process name
 *
 * What follows the record is the user's own USER_DATA. */
enum tern__record_kind {
	TERN__RECORD_PARTICIPANT = 'P',
	TERN__RECORD_ENDPOINT = 'E',
};

#define TERN__RECORD_NAME_MAX 255
#define TERN__RECORD_ENDPOINT_SIZE_BYTES 48
#define TERN__RECORD_SIZE_MAX_BYTES (45 + TERN__RECORD_NAME_MAX)

struct tern__record {
	enum tern__record_kind kind;
	struct tern_guid guid;

	/* participant */
	uint8_t host_id[TERN_HOST_ID_SIZE_BYTES];
	uint32_t pid;
	char process_name[TERN__RECORD_NAME_MAX + 1];

	/* endpoint */
	struct tern_guid participant;
	uint64_t layout_hash;
};

/**
 * @param ret_bytes  TERN__RECORD_SIZE_MAX_BYTES of room
 * @return bytes written
 */
size_t tern__record_encode(const struct tern__record *record, uint8_t *ret_bytes);

/**
 * @param ret_record  set only on success
 * @return size of the record, behind which the user's bytes begin; 0: this is no record of
 *         this kind, all bytes are the user's
 */
size_t tern__record_decode(enum tern__record_kind kind, const uint8_t *bytes,
                           size_t size_bytes, struct tern__record *ret_record);

#endif
