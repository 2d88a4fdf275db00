/* QoS defaults, owned copies, and the choice of a representation for a type.
 * What may stand in a QoS is checked in qos_check.c. */
#include <stdlib.h>
#include <string.h>

#include "qos.h"

static const struct tern_qos topic_default = {
	.reliability = TERN_BEST_EFFORT,
	.max_blocking_time_ns = 100 * 1000 * 1000,
	.durability = TERN_VOLATILE,
	.history = TERN_KEEP_LAST,
	.history_depth = 1,
	.max_samples = TERN_UNLIMITED,
	.max_instances = TERN_UNLIMITED,
	.max_samples_per_instance = TERN_UNLIMITED,
	.deadline_ns = TERN_INFINITE,
	.lifespan_ns = TERN_INFINITE,
	.ownership = TERN_SHARED,
	.liveliness = TERN_LIVELINESS_AUTOMATIC,
	.liveliness_lease_ns = TERN_INFINITE,
	.destination_order = TERN_BY_RECEPTION_TIMESTAMP,
	.autodispose_unregistered = true,
	.autopurge_nowriter_ns = TERN_INFINITE,
	.autopurge_disposed_ns = TERN_INFINITE,
	.ignore_sequence_bounds = true,
	.ignore_string_bounds = true,
};

struct tern_qos tern_qos_topic_default(void)
{
	return topic_default;
}

struct tern_qos tern_qos_writer_default(void)
{
	struct tern_qos qos = topic_default;

	qos.reliability = TERN_RELIABLE;
	return qos;
}

struct tern_qos tern_qos_reader_default(void)
{
	return topic_default;
}

/* All partitions in one block: the pointers first, their texts behind them. */
static const char **partitions_copy(const char *const *partitions, uint32_t count)
{
	size_t size_bytes = count * sizeof *partitions;

	for (uint32_t i = 0; i < count; i++)
		size_bytes += strlen(partitions[i]) + 1;

	const char **copy = malloc(size_bytes);
	if (!copy)
		return NULL;

	char *text = (char *)(copy + count);
	for (uint32_t i = 0; i < count; i++) {
		size_t length_bytes = strlen(partitions[i]) + 1;
		copy[i] = memcpy(text, partitions[i], length_bytes);
		text += length_bytes;
	}
	return copy;
}

tern_status tern__qos_copy(const struct tern_qos *qos, struct tern_qos *ret_qos)
{
	struct tern_qos copy = *qos;

	copy.partitions = NULL;
	copy.user_data = NULL;
	if (qos->partition_count) {
		copy.partitions = partitions_copy(qos->partitions, qos->partition_count);
		if (!copy.partitions)
			goto no_memory;
	}
	if (qos->user_data_size_bytes) {
		void *user_data = malloc(qos->user_data_size_bytes);
		if (!user_data)
			goto no_memory;
		copy.user_data =
			memcpy(user_data, qos->user_data, qos->user_data_size_bytes);
	}
	*ret_qos = copy;
	return TERN_OK;

no_memory:
	tern__qos_fini(&copy);
	return tern_fail(
		TERN_ENOMEM,
		"no memory to copy a QoS with %u partitions and %zu bytes of user data",
		qos->partition_count, qos->user_data_size_bytes);
}

void tern__qos_fini(struct tern_qos *qos)
{
	if (!qos)
		return;
	free((void *)qos->partitions);
	free((void *)qos->user_data);
	qos->partitions = NULL;
	qos->partition_count = 0;
	qos->user_data = NULL;
	qos->user_data_size_bytes = 0;
}

static bool partitions_equal(const struct tern_qos *a, const struct tern_qos *b)
{
	if (a->partition_count != b->partition_count)
		return false;
	for (uint32_t i = 0; i < a->partition_count; i++)
		if (strcmp(a->partitions[i], b->partitions[i]) != 0)
			return false;
	return true;
}

static bool user_data_equal(const struct tern_qos *a, const struct tern_qos *b)
{
	return a->user_data_size_bytes == b->user_data_size_bytes &&
	       (a->user_data_size_bytes == 0 ||
	        memcmp(a->user_data, b->user_data, a->user_data_size_bytes) == 0);
}

bool tern__qos_equal(const struct tern_qos *a, const struct tern_qos *b)
{
	return a->reliability == b->reliability &&
	       a->max_blocking_time_ns == b->max_blocking_time_ns &&
	       a->durability == b->durability && a->history == b->history &&
	       a->history_depth == b->history_depth && a->max_samples == b->max_samples &&
	       a->max_instances == b->max_instances &&
	       a->max_samples_per_instance == b->max_samples_per_instance &&
	       a->deadline_ns == b->deadline_ns &&
	       a->latency_budget_ns == b->latency_budget_ns &&
	       a->lifespan_ns == b->lifespan_ns && a->ownership == b->ownership &&
	       a->ownership_strength == b->ownership_strength &&
	       a->liveliness == b->liveliness &&
	       a->liveliness_lease_ns == b->liveliness_lease_ns &&
	       a->destination_order == b->destination_order &&
	       a->minimum_separation_ns == b->minimum_separation_ns &&
	       a->autodispose_unregistered == b->autodispose_unregistered &&
	       a->autopurge_nowriter_ns == b->autopurge_nowriter_ns &&
	       a->autopurge_disposed_ns == b->autopurge_disposed_ns &&
	       a->representations == b->representations &&
	       a->ignore_sequence_bounds == b->ignore_sequence_bounds &&
	       a->ignore_string_bounds == b->ignore_string_bounds &&
	       a->ignore_member_names == b->ignore_member_names &&
	       a->prevent_type_widening == b->prevent_type_widening &&
	       partitions_equal(a, b) && user_data_equal(a, b);
}

uint32_t tern__type_representations(const struct tern_type *type)
{
	if (type->flags & TERN_TYPE_XCDR1)
		return TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2;
	return TERN_ACCEPT_XCDR2;
}

tern_status tern__qos_resolve(struct tern_qos *qos, tern_endpoint_kind kind,
                              const struct tern_type *type)
{
	uint32_t can = tern__type_representations(type);
	uint32_t wanted = qos->representations ? qos->representations : can;

	/* A reader may list more than its type needs; what it cannot read is left out. */
	if (!(wanted & can))
		return tern_fail(TERN_EINVAL,
		                 "type %s cannot travel as XCDR1, which is all that "
		                 "representations allows, because it or a type in it is "
		                 "not @final or has @optional members: add "
		                 "TERN_ACCEPT_XCDR2, or set representations to 0",
		                 type->name);
	wanted &= can;
	if (kind == TERN_WRITER && (wanted & TERN_ACCEPT_XCDR1))
		wanted = TERN_ACCEPT_XCDR1;
	qos->representations = wanted;
	return TERN_OK;
}
