/* The command line of flight. */
#include "flight_options.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/participant.h>

static void print_usage(void)
{
	fputs("usage: flight [FILE.ulg] [options]\n"
	      "Publishes a PX4 flight log as Tern topics, or without a file a simulated "
	      "flight.\n"
	      "  --rate N|max    N times the recorded pace, or as fast as possible (1)\n"
	      "  --duration S    stop after S seconds of the flight\n"
	      "  --domain D      domain to publish in (0)\n"
	      "  --readers N     wait until each topic has N readers\n"
	      "  --summary FILE  write what was published: topic, flow, samples\n",
	      stdout);
}

static bool parse_number(const char *text, double min, double max, double *ret_number)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !(number >= min && number <= max))
		return false;
	*ret_number = number;
	return true;
}

static bool parse_count(const char *text, uint32_t max, uint32_t *ret_count)
{
	double number;

	if (!parse_number(text, 0, max, &number) || number != floor(number))
		return false;
	*ret_count = (uint32_t)number;
	return true;
}

static bool parse_option(int letter, struct options *options)
{
	switch (letter) {
	case 'r':
		if (strcmp(optarg, "max") != 0)
			return parse_number(optarg, 1e-3, 1e6, &options->rate);
		options->rate = INFINITY;
		return true;
	case 't':
		return parse_number(optarg, 0, 1e9, &options->duration_s);
	case 'd':
		return parse_count(optarg, TERN_DOMAIN_ID_MAX, &options->domain);
	case 'n':
		return parse_count(optarg, 1000, &options->readers);
	case 's':
		options->summary_path = optarg;
		return true;
	default:
		return false;
	}
}

bool options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = { .rate = 1, .duration_s = INFINITY };
	static const struct option longs[] = {
		{ "rate", required_argument, NULL, 'r' },
		{ "duration", required_argument, NULL, 't' },
		{ "domain", required_argument, NULL, 'd' },
		{ "readers", required_argument, NULL, 'n' },
		{ "summary", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter, index = 0;

	while ((letter = getopt_long(argc, argv, "h", longs, &index)) != -1) {
		if (letter == 'h') {
			print_usage();
			exit(0);
		}
		if (parse_option(letter, &options))
			continue;
		if (letter != '?')
			fprintf(stderr, "flight: --%s cannot be '%s'\n",
			        longs[index].name, optarg);
		return false;
	}
	if (optind < argc)
		options.path = argv[optind++];
	if (optind < argc) {
		fprintf(stderr, "flight: one file at a time: %s or %s\n", options.path,
		        argv[optind]);
		return false;
	}
	*ret_options = options;
	return true;
}
