/* From type objects to tables. */
#ifndef TERN_IDL_DYNAMIC_BUILD_H
#define TERN_IDL_DYNAMIC_BUILD_H

#include "dynamic.h"
#include "type_object.h"

/**
 * Make the tables of the described type of this hash, in the arena.
 * @return TERN_OK, TERN_EMALFORMED, TERN_EUNSUPPORTED, TERN_ENOMEM
 */
tern_status dynamic_build(struct arena *arena, struct type_objects *objects,
                          const uint8_t hash[TYPE_HASH_SIZE_BYTES],
                          struct dynamic_type **ret_made);

#endif
