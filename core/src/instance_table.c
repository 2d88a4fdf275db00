/* The table of instances: chained buckets in handle order. */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "instance_table.h"

tern_instance_handle tern__instance_handle(
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	tern_instance_handle handle = tern__hash(key_hash, TERN_KEY_HASH_SIZE_BYTES);

	return handle == TERN_HANDLE_NIL ? 1 : handle;
}

void tern__instance_table_init(struct instance_table *table)
{
	memset(table, 0, sizeof *table);
}

void tern__instance_table_fini(struct instance_table *table)
{
	free(table->buckets);
	tern__instance_table_init(table);
}

/* The highest bits of the handle; shifted twice, as a shift by 64 is undefined. */
static inline uint64_t bucket_index(const struct instance_table *table,
                                    tern_instance_handle handle)
{
	return handle >> 1 >> (63 - table->bits);
}

static inline struct instance_node *chain_at(const struct instance_table *table,
                                             uint64_t index)
{
	return table->buckets ? table->buckets[index] : table->first;
}

/* The link that points to the first node of the chain whose handle is not below this one. */
static struct instance_node **lower_bound(struct instance_table *table,
                                          tern_instance_handle handle)
{
	struct instance_node **link =
		table->buckets ? &table->buckets[bucket_index(table, handle)]
			       : &table->first;

	while (*link && (*link)->handle < handle)
		link = &(*link)->next;
	return link;
}

struct instance_node *tern__instance_table_find(
	const struct instance_table *table,
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	tern_instance_handle handle = tern__instance_handle(key_hash);
	struct instance_node *node = chain_at(table, bucket_index(table, handle));

	/* The key hash decides: two keys may share a handle. */
	for (; node && node->handle <= handle; node = node->next)
		if (node->handle == handle &&
		    memcmp(node->key_hash, key_hash, TERN_KEY_HASH_SIZE_BYTES) == 0)
			return node;
	return NULL;
}

struct instance_node *tern__instance_table_find_handle(const struct instance_table *table,
                                                       tern_instance_handle handle)
{
	struct instance_node *node = chain_at(table, bucket_index(table, handle));

	while (node && node->handle < handle)
		node = node->next;
	return node && node->handle == handle ? node : NULL;
}

struct instance_node *tern__instance_table_above(const struct instance_table *table,
                                                 tern_instance_handle handle)
{
	uint64_t index = bucket_index(table, handle);
	struct instance_node *node = chain_at(table, index);

	while (node && node->handle <= handle)
		node = node->next;
	while (!node && ++index < (uint64_t)1 << table->bits)
		node = chain_at(table, index);
	return node;
}

/* Double the buckets: each chain splits in two, still sorted. */
static void grow(struct instance_table *table)
{
	uint64_t old_count = (uint64_t)1 << table->bits;
	struct instance_node **buckets;

	if (table->bits >= 31)
		return;
	buckets = calloc(old_count * 2, sizeof *buckets);
	if (!buckets)
		return;
	table->bits++;
	for (uint64_t i = 0; i < old_count; i++) {
		struct instance_node *node = chain_at(table, i);
		struct instance_node **tail = &buckets[2 * i];

		for (; node && bucket_index(table, node->handle) == 2 * i;
		     node = node->next) {
			*tail = node;
			tail = &node->next;
		}
		*tail = NULL;
		buckets[2 * i + 1] = node;
	}
	free(table->buckets);
	table->buckets = buckets;
	table->first = NULL;
}

void tern__instance_table_add(struct instance_table *table, struct instance_node *node,
                              const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	struct instance_node **link;

	if (table->count >= (uint64_t)1 << table->bits)
		grow(table);
	node->handle = tern__instance_handle(key_hash);
	memcpy(node->key_hash, key_hash, TERN_KEY_HASH_SIZE_BYTES);
	link = lower_bound(table, node->handle);
	node->next = *link;
	*link = node;
	table->count++;
}

void tern__instance_table_remove(struct instance_table *table, struct instance_node *node)
{
	struct instance_node **link = lower_bound(table, node->handle);

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	node->next = NULL;
	table->count--;
}
