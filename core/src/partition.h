/* PARTITION: do two endpoints share one? Source: DDS 1.4, 2.2.3.13. */
#ifndef TERN_CORE_PARTITION_H
#define TERN_CORE_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

/** Has the text a * or ?, or a whole character set ([a-z], [!0-9])? */
bool tern__partition_is_pattern(const char *text);

/**
 * fnmatch() without flags, but on bytes, whatever the locale, without escapes, and in a time of
 * at most the product of both lengths: the pattern may come from a peer.
 */
bool tern__partition_pattern_matches(const char *pattern, const char *name);

/**
 * True if a name of one side equals a name of the other, or is matched by a pattern of the other.
 * Two patterns never match. No partitions mean the default one, "".
 */
bool tern__partitions_match(const char *const *a, uint32_t a_count, const char *const *b,
                            uint32_t b_count);

#endif
