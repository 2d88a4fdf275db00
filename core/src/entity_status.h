/* What writers' and readers' statuses have in common. */
#ifndef TERN_CORE_ENTITY_STATUS_H
#define TERN_CORE_ENTITY_STATUS_H

#include <string.h>

#include <tern/entity_status.h>

#include "match.h"

static inline void tern__incompatible_note(struct tern_incompatible_status *status,
                                           const struct tern_guid *remote,
                                           const struct match_reason *reason)
{
	_Static_assert(sizeof status->reason == sizeof reason->text, "a reason fits");
	status->count.total++;
	status->count.change++;
	status->last = *remote;
	memcpy(status->reason, reason->text, sizeof status->reason);
}

/** A total as it is told: with what was not seen yet, which is seen from now on. */
static inline struct tern_count tern__count_look(uint64_t total, uint64_t *seen)
{
	struct tern_count count = { .total = total, .change = total - *seen };

	*seen = total;
	return count;
}

#endif
