/* A writer's ring: made, closed, and given back once nobody reads it. */
#include "ring_writer.h"

#include <stdlib.h>
#include <string.h>

#include "ring_writer_impl.h"

/* The ring of a writer that keeps all: so many samples may be on their way. */
#define KEEP_ALL_CAPACITY 256
/* Otherwise it is what a reader may lag without being lapped. A sample's slot is 8 bytes, and its
 * payload stays only as long as memory is not better used (ring_writer_trim()). */
#define CAPACITY_MIN 64
#define CAPACITY_MAX 4096

static uint32_t power_of_two_at_least(uint32_t n)
{
	uint32_t power = 2;

	while (power < n)
		power *= 2;
	return power;
}

static uint32_t capacity_for(const struct tern_qos *qos)
{
	uint32_t wanted = KEEP_ALL_CAPACITY;

	if (qos->history == TERN_KEEP_ALL) {
		if (qos->max_samples != TERN_UNLIMITED &&
		    (uint32_t)qos->max_samples < wanted)
			wanted = (uint32_t)qos->max_samples;
		return power_of_two_at_least(wanted);
	}
	if ((uint32_t)qos->history_depth >= CAPACITY_MAX / 2)
		return CAPACITY_MAX;
	wanted = 2 * (uint32_t)qos->history_depth;
	return power_of_two_at_least(wanted > CAPACITY_MIN ? wanted : CAPACITY_MIN);
}

static uint32_t flags_for(const struct tern_qos *qos)
{
	uint32_t flags = 0;

	if (qos->reliability == TERN_RELIABLE)
		flags |= SHM_RING_RELIABLE;
	if (qos->history == TERN_KEEP_ALL)
		flags |= SHM_RING_KEEPS_ALL;
	if (qos->durability != TERN_VOLATILE)
		flags |= SHM_RING_TRANSIENT_LOCAL;
	return flags;
}

/* Readers may be lapped and yet must get the last of each instance, or join late. */
static bool needs_history(uint32_t flags)
{
	return (flags & SHM_RING_TRANSIENT_LOCAL) ||
	       ((flags & SHM_RING_RELIABLE) && !(flags & SHM_RING_KEEPS_ALL));
}

static tern_status make_parts(struct ring_writer *writer,
                              const struct tern_endpoint_info *info, uint64_t *ret_ring)
{
	size_t size_bytes =
		sizeof *writer->ring + writer->capacity * sizeof writer->ring->slots[0];

	writer->topic_name = strdup(info->topic_name);
	writer->pool = chunk_pool_create(writer->host, writer->config.segment);
	if (!writer->topic_name || !writer->pool)
		return writer->host->fail(TERN_ENOMEM, "no memory for a writer of %s",
		                          info->topic_name);
	writer->ring = segment_alloc(writer->config.segment, size_bytes, ret_ring);
	if (!writer->ring)
		return TERN_ENOMEM;
	memset(writer->ring, 0, size_bytes);
	writer->ring->capacity = writer->capacity;
	writer->ring->flags = writer->flags;
	if (!needs_history(writer->flags))
		return TERN_OK;
	writer->history =
		ring_history_create(writer->host, writer->config.segment, writer->ring,
	                            &info->qos, writer->type->flags & TERN_TYPE_KEYED);
	if (!writer->history)
		return writer->host->fail(TERN_ENOMEM, "no memory for a history of %s",
		                          info->topic_name);
	return TERN_OK;
}

/* Nobody reads it, or ever did. */
static void free_writer(struct ring_writer *writer)
{
	struct segment *segment = writer->config.segment;

	ring_writer_cancel(writer, NULL);
	ring_writer_descriptors_fini(writer);
	ring_history_destroy(writer->history);
	if (writer->pool)
		chunk_pool_unref(writer->pool);
	if (writer->ring) {
		segment_array_free(segment, &writer->ring->history);
		segment_array_free(segment, &writer->ring->descriptors);
		segment_free(segment, writer->ring);
	}
	for (uint32_t i = 0; i < writer->connection_count; i++)
		peer_unref(writer->connections[i].peer);
	free(writer->connections);
	free(writer->topic_name);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}

tern_status ring_writer_create(const struct ring_writer_config *config,
                               struct ring_writer **ret_writer, uint64_t *ret_ring)
{
	const struct tern_endpoint_info *info = config->info;
	struct ring_writer *writer = calloc(1, sizeof *writer);
	uint64_t ring;

	if (!writer)
		return config->host->fail(TERN_ENOMEM, "no memory for a writer of %s",
		                          info->topic_name);
	writer->config = *config;
	writer->config.info = NULL;
	writer->host = config->host;
	writer->type = info->type;
	writer->representation =
		info->qos.representations & TERN_ACCEPT_XCDR1 ? TERN_XCDR1 : TERN_XCDR2;
	writer->flags = flags_for(&info->qos);
	writer->has_lifespan = info->qos.lifespan_ns != TERN_INFINITE;
	writer->capacity = capacity_for(&info->qos);
	writer->tail = 1;
	writer->expected_bytes = info->type->size_bytes;
	/* Not as it is now: the first publication looks who is there. */
	writer->seen_epoch =
		atomic_load_explicit(&config->bells->attach_epoch, memory_order_relaxed) -
		1;
	pthread_mutex_init(&writer->lock, NULL);
	tern_status s = make_parts(writer, info, &ring);
	if (s < 0) {
		free_writer(writer);
		return s;
	}
	*ret_writer = writer;
	*ret_ring = ring;
	return TERN_OK;
}

void ring_writer_close(struct ring_writer *writer)
{
	ring_writer_cancel(writer, NULL);
	pthread_mutex_lock(&writer->lock);
	writer->closed = true;
	pthread_mutex_unlock(&writer->lock);
}

bool ring_writer_collect(struct ring_writer *writer)
{
	bool is_free;

	/* Dekker with who attaches: the entry was withdrawn before we look for attachments; they
	 * attach and then look whether the entry is still there. */
	shm_fence();
	if (!ring_writer_refresh(writer))
		return false;
	pthread_mutex_lock(&writer->lock);
	is_free = writer->closed && writer->connection_count == 0 &&
	          !ring_writer_keeps_for_refused(writer);
	pthread_mutex_unlock(&writer->lock);
	if (is_free)
		free_writer(writer);
	return is_free;
}

tern_status ring_writer_loan(struct ring_writer *writer, size_t size_bytes,
                             struct tern_payload **ret_payload)
{
	struct chunk *chunk;
	tern_status s = chunk_get(writer->pool, size_bytes, &chunk);

	if (s == TERN_OK)
		*ret_payload = &chunk->base;
	return s;
}

void ring_writer_usage_get(struct ring_writer *writer,
                           struct ring_writer_usage *ret_usage)
{
	pthread_mutex_lock(&writer->lock);
	*ret_usage = (struct ring_writer_usage){
		.head = atomic_load_explicit(&writer->head, memory_order_relaxed),
		.capacity = writer->capacity,
		.descriptors = atomic_load_explicit(&writer->descriptors_made,
		                                    memory_order_relaxed),
		.connections = writer->connection_count,
		.held_back =
			atomic_load_explicit(&writer->held_back, memory_order_relaxed),
		.culprit_slot = writer->culprit_slot,
		.culprit_generation = writer->culprit_generation,
		.culprit_entry = writer->culprit_entry,
	};
	pthread_mutex_unlock(&writer->lock);
}
