/* A command line as its command wants it: the options that all commands have, those of its own,
 * and what is left. */
#ifndef TERN_CLI_ARGUMENTS_H
#define TERN_CLI_ARGUMENTS_H

#include "command.h"

/** The options of all commands; ends with one that has no name. */
extern const struct command_option common_options[];

/**
 * Parse; what is wrong is said on stderr.
 * @param argv      argv[0] is the command's name; reordered
 * @param ret_code  on false: the exit code (0 after --help)
 * @return true: run it
 */
bool arguments_parse(const struct command *command, int argc, char **argv,
                     struct arguments *ret_arguments, int *ret_code);

#endif
