/* May a sample be written? The rules are the encoder's, but they hold whether or not anything
 * is encoded: what a write answers must not depend on how its readers are reached. */
#ifndef TERN_CORE_SAMPLE_CHECK_H
#define TERN_CORE_SAMPLE_CHECK_H

#include <stdbool.h>

#include <tern/type.h>

struct loan;

/** Can a sample of the type be refused at all? Asked once per writer: most flat ones cannot. */
bool sample_needs_check(const struct tern_type *type, bool in_loan);

/**
 * Does the sample keep its type's promises: bounds, final NULs, values of booleans, enums and
 * bitmasks, no NULL where there must be a value?
 * @return TERN_OK, or TERN_EINVAL with the member's path
 */
tern_status sample_check(const struct tern_type *type, const void *sample);

/** The same of the key members alone: others may hold anything. */
tern_status sample_check_key(const struct tern_type *type, const void *sample);

/**
 * The same of a published loan, whose pointers must also be aligned and stay in it, because
 * others read it in place; what holds pointers is there once for each pointer to it. A string
 * that is NULL becomes an empty one.
 * @return TERN_OK, TERN_EINVAL with the member's path
 */
tern_status sample_check_loan(const struct tern_type *type, void *sample,
                              const struct loan *loan);

#endif
