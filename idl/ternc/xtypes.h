/* XTypes type information: serialized by idlc, taken over as bytes. */
#ifndef TERNC_XTYPES_H
#define TERNC_XTYPES_H

#include "model.h"
#include "options.h"

/** Fill in the local topic types' type information. @return false after an error was reported */
bool xtypes_add(struct schema *schema, const struct options *options);

#endif
