/* A reader's queue: samples in order of arrival, until the reader's history takes them. */
#ifndef TERN_LOCAL_QUEUE_H
#define TERN_LOCAL_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/transport.h>

struct queue_item {
	struct queue_item *next;
	struct tern_delivery delivery; /* with a reference to its payload */
};

/** Zero-initialise to begin. The reader's queue_lock guards it. */
struct queue {
	struct queue_item *first; /* owned */
	struct queue_item *last;
	uint32_t count;
};

void queue_fini(struct queue *queue);

/** Append; takes a reference to the payload. TERN_OK, TERN_ENOMEM. */
tern_status queue_push(struct queue *queue, const struct tern_delivery *delivery);

/** Drop the first. */
void queue_pop(struct queue *queue);

/**
 * Drop the oldest sample of the same writer and instance if there are at least `depth` of them.
 * The writer's next one says so, in overwritten_before: one of the queue, or the delivery that is
 * about to be pushed.
 */
void queue_overwrite(struct queue *queue, struct tern_delivery *delivery, int32_t depth);

#endif
