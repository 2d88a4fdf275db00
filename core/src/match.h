/* Does a writer's offer meet a reader's request? And if not, why, and what would mend it?
 * Pure functions of two endpoint infos: no locks, no state. */
#ifndef TERN_CORE_MATCH_H
#define TERN_CORE_MATCH_H

#include <stdbool.h>

#include <tern/endpoint.h>

#define TERN__REASON_SIZE_BYTES 256

enum match_code {
	MATCH_OK,
	MATCH_OTHER_TOPIC, /* nothing to do with each other: no reason is kept */
	MATCH_PARTITION,
	MATCH_RELIABILITY,
	MATCH_DURABILITY,
	MATCH_DEADLINE,
	MATCH_LATENCY_BUDGET,
	MATCH_OWNERSHIP,
	MATCH_LIVELINESS,
	MATCH_DESTINATION_ORDER,
	MATCH_REPRESENTATION,
	MATCH_TYPE,
};

struct match_reason {
	enum match_code code;
	char text
		[TERN__REASON_SIZE_BYTES]; /* what, offered, requested, fix; "" for MATCH_OK */
};

/**
 * Source: DDS 1.4, 2.2.3 (requested/offered table), 2.2.3.13 (partition); XTypes 1.3, 7.6.3.4.
 * Types are compared by their tables where both are known here; else type names and
 * TypeInformation hashes can only say "equal" or "not known", and the transport's verdict counts.
 * @return true if they match; ret_reason is filled in either case
 */
bool tern__match(const struct tern_endpoint_info *writer,
                 const struct tern_endpoint_info *reader,
                 struct match_reason *ret_reason);

/** All rules that fail, at most max, in their order. @return how many */
uint32_t tern__mismatches(const struct tern_endpoint_info *writer,
                          const struct tern_endpoint_info *reader, uint32_t max,
                          struct tern_mismatch *ret_mismatches);

#endif
