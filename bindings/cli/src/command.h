/* What a command of `tern` is. A further command is one file with a run function, and a row in
 * command.c's table; its help, its page of the manual and the completion come from here. */
#ifndef TERN_CLI_COMMAND_H
#define TERN_CLI_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** The program's exit codes. */
enum {
	COMMAND_FINE = 0,
	COMMAND_PROBLEM = 1, /* it found a problem, or could not do its work */
	COMMAND_BAD_USE = 2, /* the command line is wrong; nothing was done */
};

/** Options of its own that a command may have at most. */
#define COMMAND_OPTIONS_MAX 16

/** An option of a command's own: "--name" or "--name VALUE". */
struct command_option {
	const char *name;
	const char *value; /* as help shows it: "SECONDS"; NULL: it takes none */
	const char *help;  /* one line */
};

/** What a command line says: see arguments.c. Texts are those of argv. */
struct arguments {
	bool json;
	uint32_t domain_id;
	int64_t wait_ns; /* how long to listen before the bus counts as known */
	char **items;    /* what is not an option */
	uint32_t count;  /* within the command's limits */
	/* The command's own options, in their order: "" for one without value that was given,
	 * NULL for one that was not. The last of several counts. */
	const char *options[COMMAND_OPTIONS_MAX];
};

struct command {
	const char *name;
	const char *arguments; /* as help shows them: "TOPIC|GUID"; "": none */
	uint32_t arguments_min;
	uint32_t arguments_max;
	const char *summary;     /* one line of `tern --help` */
	const char *description; /* whole lines, for `tern NAME --help` */
	const char *example;     /* whole lines, indented by two blanks */
	/* Ends with one that has no name; NULL: only those that all commands have. */
	const struct command_option *options;
	int (*run)(const struct command *command, const struct arguments *arguments);
};

/** All commands; ends with NULL. */
extern const struct command *const command_table[];

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
extern const struct command ps_command;
extern const struct command info_command;
extern const struct command why_command;
extern const struct command type_command;
extern const struct command echo_command;
extern const struct command pub_command;
extern const struct command hz_command;
extern const struct command bw_command;
extern const struct command delay_command;
extern const struct command diff_command;

#endif
