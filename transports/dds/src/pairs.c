/* Bookkeeping of an endpoint's pairs. Calls nobody. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 4

static bool same(const struct tern_guid *a, const struct tern_guid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void tern__pairs_init(struct tern__pairs *pairs)
{
	memset(pairs, 0, sizeof *pairs);
	pthread_mutex_init(&pairs->lock, NULL);
}

void tern__pairs_fini(struct tern__pairs *pairs)
{
	free(pairs->pairs);
	pthread_mutex_destroy(&pairs->lock);
}

static struct tern__pair *find(struct tern__pairs *pairs, const struct tern_guid *remote)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (same(&pairs->pairs[i].remote, remote))
			return &pairs->pairs[i];
	return NULL;
}

static struct tern__pair *find_or_add(struct tern__pairs *pairs,
                                      const struct tern_guid *remote)
{
	struct tern__pair *pair = find(pairs, remote);
	if (pair)
		return pair;
	if (pairs->count == pairs->capacity) {
		size_t capacity = pairs->capacity ? pairs->capacity * 2 : CAPACITY_MIN;
		struct tern__pair *grown =
			realloc(pairs->pairs, capacity * sizeof *grown);
		if (!grown)
			return NULL;
		pairs->pairs = grown;
		pairs->capacity = capacity;
	}
	pair = &pairs->pairs[pairs->count++];
	*pair = (struct tern__pair){ .remote = *remote };
	return pair;
}

/* One that neither side knows any more. */
static void remove_if_idle(struct tern__pairs *pairs, struct tern__pair *pair)
{
	if (pair->matched || pair->attached)
		return;
	*pair = pairs->pairs[--pairs->count];
	pairs->latest = 0;
}

bool tern__pairs_matched(struct tern__pairs *pairs, const struct tern_guid *remote,
                         uint64_t handle, int64_t monotonic_ns, int64_t realtime_ns)
{
	bool ready = false;
	pthread_mutex_lock(&pairs->lock);
	struct tern__pair *pair = find_or_add(pairs, remote);
	if (pair) {
		ready = pair->waiting;
		pair->handle = handle;
		pair->matched = true;
		pair->waiting = false;
		pair->decided = pair->attached;
		pair->matched_at_ns = monotonic_ns;
		pair->matched_realtime_ns = realtime_ns;
		pair->last_sequence_number = 0;
		pair->malformed = 0;
	}
	pthread_mutex_unlock(&pairs->lock);
	return ready;
}

bool tern__pairs_unmatched(struct tern__pairs *pairs, const struct tern_guid *remote)
{
	bool served = false;
	pthread_mutex_lock(&pairs->lock);
	struct tern__pair *pair = find(pairs, remote);
	if (pair && pair->matched) {
		served = pair->attached;
		pair->matched = false;
		remove_if_idle(pairs, pair);
	}
	pthread_mutex_unlock(&pairs->lock);
	return served;
}

tern_status tern__pairs_attach(struct tern__pairs *pairs, const struct tern_guid *remote)
{
	tern_status s = TERN_ENOMEM;
	pthread_mutex_lock(&pairs->lock);
	struct tern__pair *pair = find_or_add(pairs, remote);
	if (pair) {
		pair->attached = true;
		pair->decided = true;
		pair->waiting = !pair->matched;
		s = pair->waiting ? TERN_EAGAIN : TERN_OK;
	}
	pthread_mutex_unlock(&pairs->lock);
	return s;
}

void tern__pairs_detach(struct tern__pairs *pairs, const struct tern_guid *remote)
{
	pthread_mutex_lock(&pairs->lock);
	struct tern__pair *pair = find(pairs, remote);
	if (pair) {
		pair->attached = false;
		pair->waiting = false;
		pair->decided = true;
		remove_if_idle(pairs, pair);
	}
	pthread_mutex_unlock(&pairs->lock);
}

bool tern__pairs_find(struct tern__pairs *pairs, const struct tern_guid *remote,
                      struct tern__pair *ret_pair)
{
	pthread_mutex_lock(&pairs->lock);
	struct tern__pair *pair = find(pairs, remote);
	if (pair)
		*ret_pair = *pair;
	pthread_mutex_unlock(&pairs->lock);
	return pair != NULL;
}

bool tern__pairs_next_waiting(struct tern__pairs *pairs, size_t *index,
                              struct tern_guid *ret_remote)
{
	bool found = false;
	pthread_mutex_lock(&pairs->lock);
	while (*index < pairs->count && !found) {
		const struct tern__pair *pair = &pairs->pairs[(*index)++];
		if (pair->waiting) {
			*ret_remote = pair->remote;
			found = true;
		}
	}
	pthread_mutex_unlock(&pairs->lock);
	return found;
}

struct tern__pair *tern__pairs_by_handle(struct tern__pairs *pairs, uint64_t handle)
{
	/* Samples tend to come from the same writer again. */
	if (pairs->latest < pairs->count && pairs->pairs[pairs->latest].matched &&
	    pairs->pairs[pairs->latest].handle == handle)
		return &pairs->pairs[pairs->latest];
	for (size_t i = 0; i < pairs->count; i++) {
		if (pairs->pairs[i].matched && pairs->pairs[i].handle == handle) {
			pairs->latest = i;
			return &pairs->pairs[i];
		}
	}
	return NULL;
}
