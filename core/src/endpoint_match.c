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
