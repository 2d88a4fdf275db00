/* A sample's deep copy, in memory that somebody else provides: one copy of the data, from the
 * writer's struct to where its readers will find it. Copies on the heap are the codec's. */
#ifndef TERN_CORE_SAMPLE_COPY_H
#define TERN_CORE_SAMPLE_COPY_H

#include <stdbool.h>

#include <tern/type.h>

/**
 * A string that is NULL becomes an empty one, as codec->copy has it; sequences do not own their
 * buffers.
 * @param key_only  only the key members are looked at. Others become zero; @external ones
 *                  point to something that is.
 * @param alloc     called for the struct first; aligned as malloc's; NULL: no memory
 * @return TERN_OK; TERN_ENOMEM; TERN_EINVAL with the path of what cannot be written
 */
tern_status sample_copy(const struct tern_type *type, const void *sample, bool key_only,
                        void *(*alloc)(void *context, size_t size_bytes), void *context,
                        void **ret_sample);

#endif
