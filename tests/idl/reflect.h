/* What the codec tests know of samples, by the type table alone and not by generated code:
 * filling one with random values, comparing two, and turning a payload's byte order. */
#ifndef TERN_TESTS_REFLECT_H
#define TERN_TESTS_REFLECT_H

#include <tern/type.h>

/** A small generator of numbers, the same on every run for a seed. */
struct reflect_random {
	uint64_t state;
};
uint32_t reflect_random(struct reflect_random *random, uint32_t below);

/** Random valid values in zeroed memory; free them with the type's codec. */
void reflect_fill(const struct tern_type *type, void *sample,
                  struct reflect_random *random);

/** Are the values the same? Where they first differ is printed. */
bool reflect_equal(const struct tern_type *type, const void *a, const void *b);

/** The same for key members only. */
bool reflect_keys_equal(const struct tern_type *type, const void *a, const void *b);

/**
 * The payload in the other byte order, by walking it with the type table.
 * @return malloc'ed, of the same size; NULL if the table and the payload do not go together
 */
uint8_t *reflect_other_order(const struct tern_type *type, const uint8_t *payload,
                             size_t size_bytes, bool key_only);

#endif
