/* A hash table from GUID to pointer: open addressing, linear probing. */
#ifndef TERN_CORE_GUID_MAP_H
#define TERN_CORE_GUID_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <tern/guid.h>
#include <tern/status.h>

struct guid_map_slot {
	struct tern_guid guid;
	void *value; /* NULL: the slot is free */
};

/** Zero-initialise to begin. No lock of its own: the owner's guards it. */
struct guid_map {
	struct guid_map_slot
		*slots; /* owned; capacity is 0 or a power of two, at most half full */
	size_t capacity;
	size_t count;
};

/** Frees the table, not the values. */
void guid_map_fini(struct guid_map *map);

/** The value of a GUID, or NULL. */
void *guid_map_get(const struct guid_map *map, const struct tern_guid *guid);

/** Set a GUID's value (not NULL), new or not. TERN_OK, TERN_ENOMEM. */
tern_status guid_map_put(struct guid_map *map, const struct tern_guid *guid, void *value);

/** Remove a GUID; returns its value, or NULL. */
void *guid_map_remove(struct guid_map *map, const struct tern_guid *guid);

/** Step through the values in no order: *position begins at 0; NULL at the end. */
void *guid_map_next(const struct guid_map *map, size_t *position);

#endif
