/* What a command of `tern` is. A further command is one file with a run function, and a row in
 * command.c's table. */
#ifndef TERN_CLI_COMMAND_H
#define TERN_CLI_COMMAND_H

#include <stdint.h>
#include <stdio.h>

/** The program's exit codes. */
enum {
	COMMAND_FINE = 0,
	COMMAND_PROBLEM = 1, /* it found a problem, or could not do its work */
	COMMAND_BAD_USE = 2, /* the command line is wrong; nothing was done */
};

struct command {
	const char *name;
	const char *summary; /* one line of --help */
	const char *usage;   /* the text of `tern NAME --help` */
	int (*run)(const struct command *command, int argc, char **argv);
};

/** Run what the command line names. @return the exit code */
int command_main(int argc, char **argv);

/** Say what is wrong with the command line, and how to get help. @return COMMAND_BAD_USE */
__attribute__((format(printf, 2, 3))) int command_bad_use(const struct command *command,
                                                          const char *format, ...);

/** Say what Tern said of its last failure. @return COMMAND_PROBLEM */
int command_failed(const char *what);

/** A whole number within limits. @return 0, or -1 if the text is not one */
int command_parse_number(const char *text, uint32_t max, uint32_t *ret_number);
/** Seconds, fractions allowed, at most a day. @return 0, or -1 if the text is not that */
int command_parse_seconds(const char *text, int64_t *ret_ns);

extern const struct command ls_command;

#endif
