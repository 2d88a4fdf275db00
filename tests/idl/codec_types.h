/* The types whose codec test_codec.c is about: those of ternc, or the same made at run time. One
 * suite, so that both keep the same promises. */
#ifndef TERN_TESTS_CODEC_TYPES_H
#define TERN_TESTS_CODEC_TYPES_H

#include <tern/type.h>

#include "all_types.h"

#define CODEC_TYPE_ONE(name) +1
enum { TYPE_COUNT = 0 ALL_TYPES(CODEC_TYPE_ONE) };

/** Fills the list; false if a type cannot be had. */
bool codec_types_begin(const struct tern_type *types[TYPE_COUNT]);
void codec_types_end(const struct tern_type *types[TYPE_COUNT]);

#endif
