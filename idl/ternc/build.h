/* From Cyclone's syntax tree to the model. */
#ifndef TERNC_BUILD_H
#define TERNC_BUILD_H

#include <idl/processor.h>

#include "model.h"
#include "options.h"

/** @return the model; NULL after errors were reported. Names in it live as long as ternc does. */
struct schema *build_schema(const idl_pstate_t *pstate, const struct options *options);

#endif
