/* Core's side of the verdicts: ternc's tables of verdicts.idl. */
#ifndef TERN_TESTS_VERDICT_TERN_H
#define TERN_TESTS_VERDICT_TERN_H

#include <tern/type.h>

#include "verdict_types.h"

extern const struct tern_type *const verdict_tables[VERDICT_TYPE_COUNT];
extern const char *const verdict_names[VERDICT_TYPE_COUNT];

#endif
