/* Payloads that core itself makes: copies, encodings and decodings of samples on the heap. */
#ifndef TERN_CORE_PAYLOAD_H
#define TERN_CORE_PAYLOAD_H

#include <tern/transport.h>

/** A native payload, a deep copy of a sample, or of its key alone. TERN_OK, TERN_ENOMEM, TERN_EINVAL. */
tern_status tern__payload_copy(const struct tern_type *type, const void *sample,
                               bool key_only, struct tern_payload **ret_payload);

/** A native payload with all members zero. TERN_OK, TERN_ENOMEM. */
tern_status tern__payload_zero(const struct tern_type *type,
                               struct tern_payload **ret_payload);

/**
 * A serialized payload.
 * @param expected_bytes  its size, as far as that can be guessed; 0: not at all
 * @return TERN_OK, TERN_ENOMEM, TERN_EINVAL, TERN_EUNSUPPORTED
 */
tern_status tern__payload_encode(const struct tern_type *type, const void *sample,
                                 tern_representation representation, bool key_only,
                                 size_t expected_bytes,
                                 struct tern_payload **ret_payload);

/** A native payload of `type` from a serialized one. TERN_OK, TERN_ENOMEM, TERN_EMALFORMED. */
tern_status tern__payload_decode(const struct tern_type *type,
                                 const struct tern_payload *serialized,
                                 struct tern_payload **ret_payload);

#endif
