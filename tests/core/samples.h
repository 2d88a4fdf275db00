/* Samples of every type that the tests of the codecs have, and of those made for the walk over
 * samples, filled at random. */
#ifndef TERN_TESTS_CORE_SAMPLES_H
#define TERN_TESTS_CORE_SAMPLES_H

#include <stdint.h>

#include <tern/type.h>

#include "all_types.h"

#define SAMPLE_COUNT_ONE(name) +1
enum { SAMPLE_TYPES = 8 ALL_TYPES(SAMPLE_COUNT_ONE) };

extern const struct tern_type *const sample_types[SAMPLE_TYPES];

/** The same for the same seed. Owned by the caller: sample_free(). */
void *sample_make(const struct tern_type *type, uint64_t seed);
void sample_free(const struct tern_type *type, void *sample);

#endif
