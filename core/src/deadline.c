/* The DEADLINE policy: who did not update within the period? */
#include <string.h>

#include <tern/qos.h>

#include "deadline.h"

void tern__deadline_init(struct deadline *deadline, int64_t period_ns)
{
	memset(deadline, 0, sizeof *deadline);
	deadline->period_ns = period_ns;
}

void tern__deadline_fini(struct deadline *deadline)
{
	tern__due_heap_fini(&deadline->heap);
}

tern_status tern__deadline_reserve(struct deadline *deadline, uint32_t count)
{
	if (deadline->period_ns == TERN_INFINITE)
		return TERN_OK;
	return tern__due_heap_reserve(&deadline->heap, count);
}

static int64_t due_after(const struct deadline *deadline, int64_t updated_ns)
{
	return updated_ns > TERN_INFINITE - deadline->period_ns
	               ? TERN_INFINITE
	               : updated_ns + deadline->period_ns;
}

void tern__deadline_update(struct deadline *deadline, struct deadline_node *node,
                           int64_t now_ns)
{
	if (deadline->period_ns == TERN_INFINITE)
		return;
	node->updated_ns = now_ns;
	if (!node->due.place)
		tern__due_heap_set(&deadline->heap, &node->due,
		                   due_after(deadline, now_ns));
}

void tern__deadline_stop(struct deadline *deadline, struct deadline_node *node)
{
	tern__due_heap_remove(&deadline->heap, &node->due);
}

/* The node that is due first, its place in the heap being up to date; or NULL. */
static struct deadline_node *settled_top(struct deadline *deadline)
{
	struct due_node *top;

	while ((top = tern__due_heap_top(&deadline->heap))) {
		struct deadline_node *node =
			(struct deadline_node *)top; /* its first member */
		int64_t due_ns = due_after(deadline, node->updated_ns);

		if (top->due_ns == due_ns)
			return node;
		tern__due_heap_set(&deadline->heap, top, due_ns);
	}
	return NULL;
}

struct deadline_node *tern__deadline_missed(struct deadline *deadline, int64_t now_ns,
                                            uint64_t *ret_missed)
{
	struct deadline_node *node;
	int64_t periods;

	if (tern__due_heap_next(&deadline->heap) > now_ns)
		return NULL;
	node = settled_top(deadline);
	if (!node || node->due.due_ns > now_ns)
		return NULL;
	periods = (now_ns - node->updated_ns) / deadline->period_ns;
	node->updated_ns += periods * deadline->period_ns;
	tern__due_heap_set(&deadline->heap, &node->due,
	                   due_after(deadline, node->updated_ns));
	*ret_missed = (uint64_t)periods;
	return node;
}

int64_t tern__deadline_next(struct deadline *deadline)
{
	struct deadline_node *node = settled_top(deadline);

	return node ? node->due.due_ns : TERN_INFINITE;
}
