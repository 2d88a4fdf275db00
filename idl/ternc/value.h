/* Constants of the syntax tree as the tables have them. */
#ifndef TERNC_VALUE_H
#define TERNC_VALUE_H

#include "model.h"

/** A literal's or an enumerator's value; TERN_VALUE_NONE for NULL. */
struct tern_value value_of(const void *node);

/** The number as members of the type have it: signed, unsigned or floating. */
struct tern_value value_as(struct tern_value value, const struct type *type);

#endif
