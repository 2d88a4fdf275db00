/* GUIDs as keys of core's tables. */
#ifndef TERN_CORE_GUID_H
#define TERN_CORE_GUID_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/guid.h>

/** For hash tables of this process: not the same on machines of another byte order. */
uint64_t tern__guid_hash(const struct tern_guid *guid);

/** All bytes zero: names nobody. */
bool tern__guid_is_nil(const struct tern_guid *guid);

#endif
