/* A reader's queue. */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

static void item_free(struct queue_item *item)
{
	tern_payload_unref(item->delivery.payload);
	free(item);
}

void queue_fini(struct queue *queue)
{
	while (queue->first)
		queue_pop(queue);
}

tern_status queue_push(struct queue *queue, const struct tern_delivery *delivery)
{
	struct queue_item *item = malloc(sizeof *item);
	if (!item)
		return TERN_ENOMEM;

	item->next = NULL;
	item->delivery = *delivery;
	if (delivery->payload)
		tern_payload_ref(delivery->payload);
	if (queue->last)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	queue->count++;
	return TERN_OK;
}

void queue_pop(struct queue *queue)
{
	struct queue_item *item = queue->first;

	queue->first = item->next;
	if (!queue->first)
		queue->last = NULL;
	queue->count--;
	item_free(item);
}

static bool same_instance(const struct tern_delivery *a, const struct tern_delivery *b)
{
	return memcmp(a->key_hash, b->key_hash, sizeof a->key_hash) == 0 &&
	       memcmp(&a->writer, &b->writer, sizeof a->writer) == 0;
}

/* The writer's first delivery from this item on, or the one that is yet to come. */
static struct tern_delivery *next_of_writer(struct queue_item *item,
                                            struct tern_delivery *coming)
{
	while (item && memcmp(&item->delivery.writer, &coming->writer,
	                      sizeof coming->writer) != 0)
		item = item->next;
	return item ? &item->delivery : coming;
}

void queue_overwrite(struct queue *queue, struct tern_delivery *delivery, int32_t depth)
{
	struct queue_item **oldest = NULL;
	struct queue_item *before_oldest = NULL;
	struct queue_item *before = NULL;
	int32_t count = 0;

	for (struct queue_item **link = &queue->first; *link; link = &(*link)->next) {
		const struct tern_delivery *queued = &(*link)->delivery;
		if (queued->kind == TERN_CHANGE_WRITE &&
		    same_instance(queued, delivery)) {
			if (!oldest) {
				oldest = link;
				before_oldest = before;
			}
			count++;
		}
		before = *link;
	}
	if (!oldest || count < depth)
		return;
	struct queue_item *dropped = *oldest;
	*oldest = dropped->next;
	if (queue->last == dropped)
		queue->last = before_oldest;
	queue->count--;
	next_of_writer(dropped->next, delivery)->overwritten_before +=
		dropped->delivery.overwritten_before + 1;
	item_free(dropped);
}
