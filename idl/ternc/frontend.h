/* From a file to Cyclone's syntax tree: the preprocessor is idlc's, the parser libcycloneddsidl's.
 * Its messages come out in ternc's format. */
#ifndef TERNC_FRONTEND_H
#define TERNC_FRONTEND_H

#include <idl/processor.h>

#include "options.h"

/** Once, before the processes that parse are started; frontend_finish() when they have ended. */
void frontend_prepare(void);
void frontend_finish(void);

/** Report what the parser said before it crashed in another process. */
void frontend_crashed(const char *file);

/** @return the parsed file; NULL after errors were reported. Free with idl_delete_pstate(). */
idl_pstate_t *frontend_parse(const struct options *options, const char *file);

/** argv for idlc with the options that it shares: NULL-terminated, `extra` before the file. */
char **frontend_idlc_arguments(const struct options *options, const char *const *extra,
                               const char *file);

/** The name to show for a path that the front end made absolute. */
const char *frontend_shown_path(const idl_pstate_t *pstate, const char *path);

#endif
