/* What the table of commands says, for people and for shells. */
#ifndef TERN_CLI_HELP_H
#define TERN_CLI_HELP_H

#include "command.h"

/** `tern --help` */
void help_print(FILE *out);
/** `tern NAME --help` */
void help_print_command(FILE *out, const struct command *command);

#endif
