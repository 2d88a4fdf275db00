/* A type as IDL: what it would look like in a file for ternc, with all that it consists of. */
#ifndef TERN_CLI_TYPE_IDL_H
#define TERN_CLI_TYPE_IDL_H

#include <stdio.h>

#include <tern/type.h>

/** Names are printed as they are: those of dynamic types are plain ASCII. */
void type_idl_print(FILE *out, const struct tern_type *type);

#endif
