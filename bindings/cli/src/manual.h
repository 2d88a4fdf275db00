/* The manual page and the shell completion, made from the table of commands. */
#ifndef TERN_CLI_MANUAL_H
#define TERN_CLI_MANUAL_H

#include <stdio.h>

/** tern(1), as roff. */
void manual_print(FILE *out);
/** For bash: `source <(tern --completion)`. */
void completion_print(FILE *out);

#endif
