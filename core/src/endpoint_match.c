/* The matching rules as tools see them: for two endpoints that may both be elsewhere. */
#include <stdio.h>

#include <tern/endpoint.h>

#include "match.h"

_Static_assert(TERN_MATCH_REASON_SIZE_BYTES >= TERN__REASON_SIZE_BYTES,
               "no reason is cut");

bool tern_endpoint_match(const struct tern_endpoint_info *writer,
                         const struct tern_endpoint_info *reader, char *ret_reason,
                         size_t reason_size_bytes)
{
	struct match_reason reason;

	if (!writer || !reader) {
		snprintf(ret_reason, reason_size_bytes, "a match needs two endpoints");
		return false;
	}
	bool matches = tern__match(writer, reader, &reason);

	snprintf(ret_reason, reason_size_bytes, "%s", matches ? "" : reason.text);
	return matches;
}

uint32_t tern_endpoint_mismatches(
	const struct tern_endpoint_info *writer, const struct tern_endpoint_info *reader,
	struct tern_mismatch ret_mismatches[TERN_MISMATCHES_MAX])
{
	if (!writer || !reader || !ret_mismatches)
		return 0;
	return tern__mismatches(writer, reader, TERN_MISMATCHES_MAX, ret_mismatches);
}

const char *tern_mismatch_kind_name(tern_mismatch_kind kind)
{
	static const char *const names[] = {
		[TERN_MISMATCH_RELIABILITY] = "RELIABILITY",
		[TERN_MISMATCH_DURABILITY] = "DURABILITY",
		[TERN_MISMATCH_DEADLINE] = "DEADLINE",
		[TERN_MISMATCH_LATENCY_BUDGET] = "LATENCY_BUDGET",
		[TERN_MISMATCH_OWNERSHIP] = "OWNERSHIP",
		[TERN_MISMATCH_LIVELINESS] = "LIVELINESS",
		[TERN_MISMATCH_DESTINATION_ORDER] = "DESTINATION_ORDER",
		[TERN_MISMATCH_PARTITION] = "PARTITION",
		[TERN_MISMATCH_REPRESENTATION] = "REPRESENTATION",
		[TERN_MISMATCH_TYPE] = "TYPE",
	};

	return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "?";
}
