/* Keeps the instances that a reader or writer used lately in Cyclone's map from keys to
 * numbers: a direct-mapped cache of references that grows while it is too small. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define SLOTS_MIN 16u
#define SLOTS_MAX 65536u

struct tern__instances {
	struct ddsi_domaingv *gv;
	struct ddsi_tkmap_instance **slots; /* a reference each, or NULL */
	uint32_t slot_count;                /* a power of two */
	uint32_t evictions;                 /* since the last growth */
	bool is_single;                     /* without a key: fixed at one slot */
};

struct tern__instances *tern__instances_create(struct ddsi_sertype *sertype)
{
	struct tern__instances *instances = calloc(1, sizeof *instances);
	if (!instances)
		return NULL;
	instances->gv = ddsrt_atomic_ldvoidp(&sertype->gv);
	instances->is_single = !is_keyed(((struct sertype *)sertype)->type);
	instances->slot_count = instances->is_single ? 1 : SLOTS_MIN;
	instances->slots = calloc(instances->slot_count, sizeof *instances->slots);
	if (!instances->slots) {
		free(instances);
		return NULL;
	}
	return instances;
}

void tern__instances_destroy(struct tern__instances *instances)
{
	if (!instances)
		return;
	struct thread_state *thread = lookup_thread_state();
	thread_state_awake(thread, instances->gv);
	for (uint32_t i = 0; i < instances->slot_count; i++)
		if (instances->slots[i])
			ddsi_tkmap_instance_unref(instances->gv->m_tkmap,
			                          instances->slots[i]);
	thread_state_asleep(thread);
	free(instances->slots);
	free(instances);
}

static void grow(struct tern__instances *instances)
{
	instances->evictions = 0;
	if (instances->slot_count >= SLOTS_MAX)
		return;
	uint32_t count = instances->slot_count * 2;
	struct ddsi_tkmap_instance **slots = calloc(count, sizeof *slots);
	if (!slots)
		return; /* it stays as it is */
	/* Two that share a slot of the bigger table shared one of the smaller. */
	for (uint32_t i = 0; i < instances->slot_count; i++)
		if (instances->slots[i])
			slots[instances->slots[i]->m_sample->hash & (count - 1)] =
				instances->slots[i];
	free(instances->slots);
	instances->slots = slots;
	instances->slot_count = count;
}

/* Puts it into its slot; the reference becomes the slot's. */
static void put(struct tern__instances *instances, struct ddsi_tkmap_instance *instance)
{
	uint32_t slot = instance->m_sample->hash & (instances->slot_count - 1);
	struct ddsi_tkmap_instance *evicted = instances->slots[slot];
	__atomic_store_n(&instances->slots[slot], instance, __ATOMIC_RELAXED);
	if (!evicted)
		return;
	ddsi_tkmap_instance_unref(instances->gv->m_tkmap, evicted);
	if (!instances->is_single && ++instances->evictions > instances->slot_count)
		grow(instances);
}

bool tern__instances_has_only(const struct tern__instances *instances,
                              const struct ddsi_tkmap_instance *instance)
{
	return instances && instances->is_single &&
	       __atomic_load_n(&instances->slots[0], __ATOMIC_RELAXED) == instance;
}

void tern__instances_keep(struct tern__instances *instances,
                          struct ddsi_tkmap_instance *instance)
{
	if (!instances)
		return;
	uint32_t slot = instance->m_sample->hash & (instances->slot_count - 1);
	if (instances->slots[slot] == instance)
		return;
	ddsi_tkmap_instance_ref(instance);
	put(instances, instance);
}

void tern__instances_keep_sample(struct tern__instances *instances,
                                 struct ddsi_serdata *sample)
{
	if (!instances)
		return;
	struct ddsi_tkmap_instance *kept =
		instances->slots[sample->hash & (instances->slot_count - 1)];
	if (kept &&
	    memcmp(((struct serdata *)kept->m_sample)->key_hash,
	           ((struct serdata *)sample)->key_hash, TERN_KEY_HASH_SIZE_BYTES) == 0)
		return;
	struct thread_state *thread = lookup_thread_state();
	thread_state_awake(thread, instances->gv);
	struct ddsi_tkmap_instance *instance =
		ddsi_tkmap_lookup_instance_ref(instances->gv->m_tkmap, sample);
	if (instance)
		put(instances, instance);
	thread_state_asleep(thread);
}
