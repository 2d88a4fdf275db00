/* The instances that one reader or writer knows, by key hash and by handle. The table owns no
 * instance: nodes are embedded in what does. Not thread-safe: the caller holds its lock.
 *
 * A handle is the keyed hash of the key hash, thus random; buckets are indexed by its highest
 * bits and chains are sorted, so that a walk over the table is a walk in handle order:
 *
 *     buckets   0x0...   0x4...   0x8...   0xc...
 *                 |        |        |        |
 *               0x02..    NULL    0x81..   0xc0..
 *                 |                          |
 *               0x37..                     0xf9..
 */
#ifndef TERN_CORE_INSTANCE_TABLE_H
#define TERN_CORE_INSTANCE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <tern/sample.h>
#include <tern/status.h>
#include <tern/type.h>

struct instance_node {
	struct instance_node *next; /* in its chain */
	tern_instance_handle handle;
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
};

struct instance_table {
	struct instance_node **buckets; /* NULL: first is the only bucket */
	struct instance_node *first;
	uint32_t bits;  /* 1 << bits buckets; 0..31 */
	uint32_t count; /* nodes */
};

/**
 * The handle of a key: the same in every reader and writer of this process, other in the next
 * process, never TERN_HANDLE_NIL. Threads: any.
 */
tern_instance_handle tern__instance_handle(
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES]);

/** An empty table; owns nothing yet. */
void tern__instance_table_init(struct instance_table *table);
/** Frees the buckets, not the nodes. */
void tern__instance_table_fini(struct instance_table *table);

/** The node of a key, or NULL. O(1). */
struct instance_node *tern__instance_table_find(
	const struct instance_table *table,
	const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES]);
/** The node of a handle, or NULL. O(1). */
struct instance_node *tern__instance_table_find_handle(const struct instance_table *table,
                                                       tern_instance_handle handle);
/**
 * The node with the smallest handle above this one, or NULL; TERN_HANDLE_NIL begins. A walk over
 * all is O(nodes + buckets).
 */
struct instance_node *tern__instance_table_above(const struct instance_table *table,
                                                 tern_instance_handle handle);

/**
 * Add a node for a key that the table does not hold; fills the node. Never fails: a table that
 * finds no memory to grow becomes slow instead.
 */
void tern__instance_table_add(struct instance_table *table, struct instance_node *node,
                              const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES]);
/** Take out a node that the table holds. O(1). */
void tern__instance_table_remove(struct instance_table *table,
                                 struct instance_node *node);

#endif
