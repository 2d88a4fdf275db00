/* The tern command: a look at the bus from a shell. All else is in command.c. */
#include <stdio.h>

#include "command.h"

int main(int argc, char **argv)
{
	int code = command_main(argc, argv);

	/* A full disk or a closed pipe must not pass for a complete answer. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("tern: standard output");
		return COMMAND_PROBLEM;
	}
	return code;
}
