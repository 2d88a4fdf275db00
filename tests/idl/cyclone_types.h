/* The topic types of rich.idl as idlc made them, by name: the C structs are the same as ternc's,
 * so the two headers cannot stand in one source. */
#ifndef TERN_TESTS_CYCLONE_TYPES_H
#define TERN_TESTS_CYCLONE_TYPES_H

#include <dds/dds.h>

/** @return NULL if there is no such type */
const dds_topic_descriptor_t *cyclone_type(const char *name);

#endif
