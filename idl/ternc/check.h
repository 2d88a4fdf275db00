/* What the IDL front end accepts but Tern, C or the wire cannot hold. */
#ifndef TERNC_CHECK_H
#define TERNC_CHECK_H

#include "model.h"
#include "options.h"

/** Report every problem of the file's own types. @return whether there was none */
bool check_schema(const struct schema *schema, const struct options *options);

#endif
