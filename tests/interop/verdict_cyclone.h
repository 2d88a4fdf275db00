/* What Cyclone DDS says of a pair: it makes both endpoints, of two participants of one process,
 * and looks whether they matched. Cyclone decides this at once, by the same function as for
 * endpoints of other hosts. */
#ifndef TERN_TESTS_VERDICT_CYCLONE_H
#define TERN_TESTS_VERDICT_CYCLONE_H

#include <stdbool.h>

#include <tern/endpoint.h>

#include "core/src/match.h"
#include "verdict_types.h"

struct cyclone_verdict {
	bool matched;
	/* The policy that Cyclone named; MATCH_OK: none. */
	enum match_code code;
};

/** Start it, on loopback alone. @return false, with the reason on stderr */
bool verdict_cyclone_begin(void);
void verdict_cyclone_end(void);

/**
 * @param writer, reader  what core is given too: QoS and table (for the representations)
 * @return false if Cyclone refuses to make one of the endpoints, with the reason on stderr
 */
bool verdict_cyclone(enum verdict_type writer_type,
                     const struct tern_endpoint_info *writer,
                     enum verdict_type reader_type,
                     const struct tern_endpoint_info *reader,
                     struct cyclone_verdict *ret_verdict);

#endif
