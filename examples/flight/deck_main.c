/* deck and ground: watch a flight on the bus, show it live, and sum it up at its end. One
 * program with two names; in the demo, ground runs on a host of its own. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <tern/tern.h>

#include "watch.h"

#define SECOND_NS INT64_C(1000000000)
#define TERMINAL_PERIOD_NS (SECOND_NS / 10)
#define PLAIN_PERIOD_NS (2 * SECOND_NS)
#define DEGREES (180 / M_PI)

struct display {
	const char *program;
	bool is_terminal;
	int64_t shown_ns;

	/* the samples' rate, counted anew each second */
	double samples_per_s;
	int64_t counted_ns;
	uint64_t counted_received;
};

/* For the signal handler only: tern_waitset_wake() is all that it may call. */
static struct tern_waitset *volatile waitset_to_wake;
static volatile sig_atomic_t is_stopped;

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopped = 1;
	if (waitset_to_wake)
		tern_waitset_wake(waitset_to_wake);
}

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static const char *navigation_text(uint8_t state)
{
	switch (state) {
	case flight_NAVIGATION_MANUAL:
		return "manual";
	case flight_NAVIGATION_ALTITUDE:
		return "altitude hold";
	case flight_NAVIGATION_POSITION:
		return "position hold";
	case flight_NAVIGATION_MISSION:
		return "mission";
	case flight_NAVIGATION_LOITER:
		return "loiter";
	case flight_NAVIGATION_RETURN:
		return "return";
	case flight_NAVIGATION_TAKEOFF:
		return "take-off";
	case flight_NAVIGATION_LAND:
		return "landing";
	default:
		return "other mode";
	}
}

/* Roll, pitch and yaw in degrees. */
static void euler(const float q[4], double ret_degrees[3])
{
	double w = q[0], x = q[1], y = q[2], z = q[3];
	double sine = 2 * (w * y - z * x);

	ret_degrees[0] = atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)) * DEGREES;
	ret_degrees[1] = asin(sine > 1 ? 1 : sine < -1 ? -1 : sine) * DEGREES;
	ret_degrees[2] = atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) * DEGREES;
}

/* What rounds to nothing has no sign. */
static double tidy(double number)
{
	return fabs(number) < 0.05 ? 0 : number;
}

static void format_line(const struct watch *watch, double samples_per_s, char *ret_text,
                        size_t size_bytes)
{
	const flight_VehicleLocalPosition *position = &watch->position;
	double angles[3] = { 0 };
	const char *mode = "?";
	double time_s = 0;

	if (watch->has_attitude) {
		euler(watch->attitude.q, angles);
		time_s = (double)(watch->attitude.timestamp - watch->first_us) * 1e-6;
	}
	if (watch->has_status)
		mode = watch->status.arming_state == flight_ARMING_ARMED
		               ? navigation_text(watch->status.nav_state)
		               : "disarmed";
	snprintf(ret_text, size_bytes,
	         "%5.1f s  %-13s  roll %+3.0f pitch %+3.0f yaw %+4.0f  N %+5.1f E %+5.1f "
	         "up "
	         "%+5.1f m  %.0f/s",
	         time_s, mode, angles[0], angles[1], angles[2], tidy((double)position->x),
	         tidy((double)position->y), tidy((double)-position->z), samples_per_s);
}

static void count_rate(struct display *display, const struct watch *watch, int64_t now_ns)
{
	int64_t period_ns = now_ns - display->counted_ns;

	if (period_ns < SECOND_NS)
		return;
	if (display->counted_ns != 0)
		display->samples_per_s =
			(double)(watch->received - display->counted_received) * 1e9 /
			(double)period_ns;
	display->counted_ns = now_ns;
	display->counted_received = watch->received;
}

/* One line that is written over and over on a terminal, cut to its width. */
static void print_over(const char *text)
{
	struct winsize size = { .ws_col = 0 };
	int columns = 200;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		columns = size.ws_col - 1;
	printf("\r\033[K%.*s", columns, text);
}

static void show(struct display *display, const struct watch *watch)
{
	int64_t now_ns = monotonic_ns();
	int64_t period_ns = display->is_terminal ? TERMINAL_PERIOD_NS : PLAIN_PERIOD_NS;
	char text[256];

	if (watch->state != WATCH_FLYING)
		return;
	count_rate(display, watch, now_ns);
	if (display->shown_ns == 0)
		display->shown_ns = now_ns;
	if (now_ns - display->shown_ns < period_ns)
		return;
	display->shown_ns = now_ns;
	format_line(watch, display->samples_per_s, text, sizeof text);
	if (display->is_terminal)
		print_over(text);
	else
		printf("%s: %s\n", display->program, text);
	fflush(stdout);
}

static double milliseconds(int64_t ns)
{
	return (double)ns * 1e-6;
}

static void print_summary(const char *program, const struct watch *watch)
{
	printf("%s: received %" PRIu64 " samples of %s%s%s%s\n", program, watch->received,
	       watch->source[0] ? watch->source : "no flight",
	       watch->transport ? ", by " : "", watch->transport ? watch->transport : "",
	       watch->is_late ? " (came late: what was before is not counted as lost)"
	                      : "");
	printf("  %-26s %-11s %9s %6s %6s %9s %9s\n", "topic", "", "received", "lost",
	       "twice", "p50 ms", "p99 ms");
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++) {
		const struct watch_channel *channel = &watch->channels[i];

		printf("  %-26s %-11s %9" PRIu64 " %6" PRIu64 " %6" PRIu64
		       " %9.3f %9.3f\n",
		       channel->topic->name, flight_flow_text(channel->topic->flow),
		       channel->tally.received, watch_lost(watch, channel),
		       channel->tally.repeated,
		       milliseconds(tally_percentile_ns(&channel->tally, 0.5)),
		       milliseconds(tally_percentile_ns(&channel->tally, 0.99)));
	}
}

/* One line for each topic, separated by tabs. */
static int write_summary(const char *path, const struct watch *watch)
{
	FILE *file;

	file = fopen(path, "w");
	if (!file) {
		perror(path);
		return -1;
	}
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++) {
		const struct watch_channel *channel = &watch->channels[i];

		fprintf(file,
		        "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64 "\t%" PRId64
		        "\t%s\n",
		        channel->topic->name, channel->tally.received,
		        watch_lost(watch, channel), channel->tally.repeated,
		        tally_percentile_ns(&channel->tally, 0.5),
		        tally_percentile_ns(&channel->tally, 0.99),
		        watch->transport ? watch->transport : "no way");
	}
	return fclose(file);
}

static int watch_flight(struct display *display, struct watch *watch)
{
	while (!is_stopped && watch->state != WATCH_ENDED && watch->state != WATCH_LOST) {
		if (watch_step(watch, TERMINAL_PERIOD_NS)) {
			fprintf(stderr, "%s: %s\n", display->program, tern_error_text());
			return -1;
		}
		show(display, watch);
	}
	if (display->is_terminal)
		printf("\r\033[K");
	if (watch->state == WATCH_LOST)
		fprintf(stderr, "%s: the flight went without a word\n", display->program);
	return watch->state == WATCH_LOST ? -1 : 0;
}

static void print_usage(const char *program)
{
	printf("usage: %s [--domain D] [--summary FILE]\n"
	       "Watches a flight that `flight` publishes, until it ends or Ctrl-C. The "
	       "summary\n"
	       "is printed, or written to FILE: topic, received, lost, twice, p50 and "
	       "p99 in ns.\n",
	       program);
}

static bool parse_options(int argc, char **argv, uint32_t *ret_domain,
                          const char **ret_path)
{
	static const struct option longs[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "summary", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	unsigned long domain;
	int letter;
	char *end;

	while ((letter = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (letter) {
		case 'd':
			domain = strtoul(optarg, &end, 10);
			if (end == optarg || *end || domain > TERN_DOMAIN_ID_MAX)
				return false;
			*ret_domain = (uint32_t)domain;
			break;
		case 's':
			*ret_path = optarg;
			break;
		case 'h':
			print_usage(argv[0]);
			exit(0);
		default:
			return false;
		}
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct display display = { .is_terminal = isatty(STDOUT_FILENO) };
	struct sigaction action = { .sa_handler = stop };
	static struct watch watch;
	const char *slash = strrchr(argv[0], '/');
	const char *path = NULL;
	uint32_t domain = 0;
	int result = -1;

	display.program = slash ? slash + 1 : argv[0];
	if (!parse_options(argc, argv, &domain, &path)) {
		fprintf(stderr, "%s: `%s --help` tells how to call it\n", display.program,
		        display.program);
		return 2;
	}
	if (watch_init(&watch, domain, display.program)) {
		fprintf(stderr, "%s: %s\n", display.program, tern_error_text());
		goto fini;
	}
	waitset_to_wake = watch.waitset;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	printf("%s: waiting for a flight on domain %u\n", display.program, domain);
	fflush(stdout);
	result = watch_flight(&display, &watch);
	if (!path)
		print_summary(display.program, &watch);
	else if (write_summary(path, &watch))
		result = -1;
fini:
	waitset_to_wake = NULL;
	watch_fini(&watch);
	return result ? 1 : 0;
}
