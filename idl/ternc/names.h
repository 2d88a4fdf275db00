/* C names of IDL things, as idlc gives them (IDL to C mapping 1.0). */
#ifndef TERNC_NAMES_H
#define TERNC_NAMES_H

#include <idl/processor.h>

/** "vehicle_Pose" with "_", "vehicle::Pose" with "::". Enumerators and bits skip their enum. */
char *name_scoped(const void *node, const char *separator);

/** The C type of a type specifier: int32_t, char, dds_sequence_long, vehicle_Pose. */
char *name_of_type(const void *type_spec);

/** "struct " before a structure or union, else "". */
const char *name_prefix(const void *type_spec);

/** dds_sequence_<element> of an anonymous sequence. */
char *name_of_sequence(const void *sequence);

/** NULL, or why C or C++ does not take it as an identifier. */
const char *name_is_reserved_in_c(const char *name);
bool name_is_reserved_in_cpp(const char *name);

#endif
