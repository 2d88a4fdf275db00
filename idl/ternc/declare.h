/* The C declarations of IDL definitions and members, spelled as idlc spells them. */
#ifndef TERNC_DECLARE_H
#define TERNC_DECLARE_H

#include <idl/processor.h>

#include "model.h"

/** Append to the schema's declarations what the header needs for a definition. */
void declare_definition(struct schema *schema, const void *node, struct location where,
                        struct type *type);

/** Fill in the C declaration of a structure's member or a union's case. */
void declare_member(struct member *member, const void *type_spec,
                    const idl_declarator_t *declarator);
void declare_case(struct member *member, const idl_case_t *node);

#endif
