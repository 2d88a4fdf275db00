/* Are two types the same on the wire and by name of their members? */
#ifndef TERN_CORE_TYPE_EQUAL_H
#define TERN_CORE_TYPE_EQUAL_H

#include <stdbool.h>

#include <tern/type.h>

/** int8 and char, octet and uint8 are one kind each: idlc, whose type objects Tern publishes,
 * writes them alike. */
bool tern__type_kind_equal(tern_type_kind a, tern_type_kind b);

/**
 * Minimal equivalence: types equal but for their own names, units, ranges and defaults.
 * Source: XTypes 1.3, 7.3.4.7.
 */
bool tern__type_equal(const struct tern_type *a, const struct tern_type *b);

#endif
