/* A hash table from GUID to pointer. */
#include "guid_map.h"

#include <stdlib.h>
#include <string.h>

#include "guid.h"

/* The slot of the GUID, or the free one where it would go. */
static size_t slot_find(const struct guid_map *map, const struct tern_guid *guid)
{
	size_t slot = (size_t)tern__guid_hash(guid) & (map->capacity - 1);

	while (map->slots[slot].value &&
	       memcmp(&map->slots[slot].guid, guid, sizeof *guid) != 0)
		slot = (slot + 1) & (map->capacity - 1);
	return slot;
}

static tern_status map_grow(struct guid_map *map)
{
	struct guid_map bigger = { .capacity = map->capacity ? map->capacity * 2 : 8 };

	bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
	if (!bigger.slots)
		return tern_fail(TERN_ENOMEM, "no memory for a table of %zu GUIDs",
		                 bigger.capacity);
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].value)
			bigger.slots[slot_find(&bigger, &map->slots[i].guid)] =
				map->slots[i];
	bigger.count = map->count;
	free(map->slots);
	*map = bigger;
	return TERN_OK;
}

void guid_map_fini(struct guid_map *map)
{
	free(map->slots);
	*map = (struct guid_map){ 0 };
}

void *guid_map_get(const struct guid_map *map, const struct tern_guid *guid)
{
	return map->capacity ? map->slots[slot_find(map, guid)].value : NULL;
}

tern_status guid_map_put(struct guid_map *map, const struct tern_guid *guid, void *value)
{
	if (map->count >= map->capacity / 2) {
		tern_status s = map_grow(map);
		if (s < 0)
			return s;
	}
	struct guid_map_slot *slot = &map->slots[slot_find(map, guid)];
	if (!slot->value)
		map->count++;
	slot->guid = *guid;
	slot->value = value;
	return TERN_OK;
}

void *guid_map_remove(struct guid_map *map, const struct tern_guid *guid)
{
	if (!map->capacity)
		return NULL;
	size_t hole = slot_find(map, guid);
	void *value = map->slots[hole].value;
	if (!value)
		return NULL;

	/* Close the hole: entries behind it that it separates from their place move up. */
	map->slots[hole].value = NULL;
	map->count--;
	for (size_t next = (hole + 1) & (map->capacity - 1); map->slots[next].value;
	     next = (next + 1) & (map->capacity - 1)) {
		struct guid_map_slot moved = map->slots[next];
		map->slots[next].value = NULL;
		map->slots[slot_find(map, &moved.guid)] = moved;
	}
	return value;
}

void *guid_map_next(const struct guid_map *map, size_t *position)
{
	while (*position < map->capacity) {
		void *value = map->slots[(*position)++].value;
		if (value)
			return value;
	}
	return NULL;
}
