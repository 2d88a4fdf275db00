/* Sizes and offsets of the C types (LP64), and what follows from them for the wire. */
#ifndef TERNC_LAYOUT_H
#define TERNC_LAYOUT_H

#include "model.h"

/** Fill in the layout part of every type. */
void layout_schema(struct schema *schema);

/**
 * Is a member that a payload does not carry anything but zeroes? Once its type is laid out.
 */
bool member_has_default(const struct member *member);

#endif
