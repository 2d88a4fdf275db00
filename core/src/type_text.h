/* Types in words, for texts that people read. */
#ifndef TERN_CORE_TYPE_TEXT_H
#define TERN_CORE_TYPE_TEXT_H

#include <stddef.h>

#include <tern/type.h>

/** "int32", "string<10>", "sequence<float64, 5>", "int8[2][3]", "vehicle::Pose"; cut to fit.
 * @return text */
char *tern__type_text(const struct tern_type *type, char *text, size_t size_bytes);

#endif
