/* What the two files that emit key code share. */
#ifndef TERNC_EMIT_KEY_H
#define TERNC_EMIT_KEY_H

#include "key.h"

/** Statements that read one key member into `k`. */
void emit_key_read_leaf(struct text *out, const struct key_leaf *leaf);

/** find_key_TYPE() and take_key_TYPE(): the key out of a whole payload, or of any payload. */
void emit_key_find_functions(struct text *out, struct key *key);

#endif
