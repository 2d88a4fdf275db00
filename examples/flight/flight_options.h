/* What the command line of flight says. */
#ifndef FLIGHT_OPTIONS_H
#define FLIGHT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *path; /* NULL: simulation */
	double rate;      /* times the recorded pace; infinite: as fast as possible */
	double duration_s;
	uint32_t domain;
	uint32_t readers; /* of each topic, to wait for before the start */
	const char *summary_path;
};

/** @return false after saying on stderr what is wrong; --help ends the program */
bool options_parse(int argc, char **argv, struct options *ret_options);

#endif
