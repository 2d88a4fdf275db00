/* tern hz, bw and delay: how often, how much, how late. */
#include <stdlib.h>

#include "command.h"
#include "json.h"
#include "raw.h"
#include "stream.h"

enum { OPTION_COUNT };

static const struct command_option options[] = {
	[OPTION_COUNT] = { "count", "N", "end after so many samples" },
	{ NULL, NULL, NULL },
};

#define INTERVAL_NS INT64_C(1000000000)

struct rate;

struct measure {
	/* What a sample adds; the interval's minimum, maximum and mean are of this. The very
	 * first may add nothing: below 0. */
	double (*of)(struct rate *rate, const struct tern_type *type,
	             const struct tern_sample *sample);
	void (*print)(const struct rate *rate, double seconds);
	void (*add_json)(json_object *line, const struct rate *rate, double seconds);
};

struct rate {
	const struct measure *measure;
	bool json;
	bool is_raw;
	int64_t begin_ns; /* of the interval; 0: nothing has come yet */
	int64_t last_ns;  /* the sample before */
	uint64_t samples; /* in this interval */
	uint64_t measured;
	double least, most, sum;
};

static void add(struct rate *rate, double value)
{
	if (rate->measured == 0 || value < rate->least)
		rate->least = value;
	if (rate->measured == 0 || value > rate->most)
		rate->most = value;
	rate->sum += value;
	rate->measured++;
}

static double mean(const struct rate *rate)
{
	return rate->measured ? rate->sum / (double)rate->measured : 0.0;
}

static bool count_sample(const struct tern_type *type, const struct tern_sample *sample,
                         void *context)
{
	struct rate *rate = context;

	if (!sample->info.valid_data)
		return true;
	if (!rate->begin_ns)
		rate->begin_ns = stream_now_ns();
	double value = rate->measure->of(rate, type, sample);
	if (value >= 0.0 || rate->last_ns)
		add(rate, value);
	rate->last_ns = sample->info.reception_timestamp_ns;
	rate->samples++;
	return true;
}

static bool print(void *context)
{
	struct rate *rate = context;
	int64_t now_ns = stream_now_ns();

	if (!rate->begin_ns)
		return true; /* nothing has come yet */
	double seconds = (double)(now_ns - rate->begin_ns) / 1e9;
	if (rate->json) {
		json_object *line = json_line_create();
		json_add_text(line, "kind", "rate");
		json_add_number(line, "samples", (int64_t)rate->samples);
		json_add(line, "seconds", json_object_new_double(seconds));
		rate->measure->add_json(line, rate, seconds);
		json_line_print(stdout, line);
	} else {
		rate->measure->print(rate, seconds);
	}
	fflush(stdout);
	rate->begin_ns = now_ns;
	rate->samples = rate->measured = 0;
	rate->sum = rate->least = rate->most = 0.0;
	return !ferror(stdout);
}

static void begin(const struct tern_type *type, bool is_raw, void *context)
{
	(void)type;
	((struct rate *)context)->is_raw = is_raw;
}

static int run(const struct command *command, const struct arguments *arguments,
               const struct measure *measure)
{
	struct rate rate = { .measure = measure, .json = arguments->json };
	struct stream stream = {
		.interval_ns = INTERVAL_NS,
		.sample = count_sample,
		.tick = print,
		.begin = begin,
		.context = &rate,
	};
	const char *count = arguments->options[OPTION_COUNT];
	uint32_t number = 0;

	if (count &&
	    (command_parse_number(count, UINT32_MAX, &number) < 0 || number == 0))
		return command_bad_use(
			command, "--count takes a number above 0, got \"%s\"", count);
	stream.count = number;
	return stream_run(command, arguments, &stream);
}

static double per_second(double amount, double seconds)
{
	return seconds > 0.0 ? amount / seconds : 0.0;
}

static void add_double(json_object *line, const char *name, double value)
{
	json_add(line, name, json_object_new_double(value));
}

/* ---- hz -------------------------------------------------------------------------------- */

static double gap_of(struct rate *rate, const struct tern_type *type,
                     const struct tern_sample *sample)
{
	(void)type;
	if (!rate->last_ns)
		return -1.0; /* the first has none before it */
	return (double)(sample->info.reception_timestamp_ns - rate->last_ns) / 1e6;
}

static void print_hz(const struct rate *rate, double seconds)
{
	printf("%.2f Hz  gap ms min %.3f mean %.3f max %.3f  samples %llu\n",
	       per_second((double)rate->measured, seconds), rate->least, mean(rate),
	       rate->most, (unsigned long long)rate->samples);
}

static void add_hz(json_object *line, const struct rate *rate, double seconds)
{
	add_double(line, "hz", per_second((double)rate->measured, seconds));
	add_double(line, "gap_min_ms", rate->least);
	add_double(line, "gap_mean_ms", mean(rate));
	add_double(line, "gap_max_ms", rate->most);
}

static int run_hz(const struct command *command, const struct arguments *arguments)
{
	static const struct measure hz = { gap_of, print_hz, add_hz };

	return run(command, arguments, &hz);
}

const struct command hz_command = {
	.name = "hz",
	.arguments = "TOPIC",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "how often samples come",
	.description =
		"Counts the samples of a topic, one line a second: how many a second, and the\n"
		"time between them as this host received them.\n",
	.example = "  tern hz pose --count 1000\n",
	.options = options,
	.run = run_hz,
};

/* ---- bw -------------------------------------------------------------------------------- */

/* As it would be on the network, without the headers of RTPS. */
static double size_of(struct rate *rate, const struct tern_type *type,
                      const struct tern_sample *sample)
{
	struct tern_buffer payload = { 0 };
	double size_bytes;

	if (!rate->last_ns)
		return -1.0; /* time is counted from the first */
	if (rate->is_raw)
		return (double)((const struct raw_sample *)sample->data)->payload._length;
	size_bytes = type->codec->encode(type, sample->data, TERN_XCDR2, false,
	                                 &payload) == TERN_OK
	                     ? (double)payload.size_bytes
	                     : 0.0;
	free(payload.data);
	return size_bytes;
}

static void print_bw(const struct rate *rate, double seconds)
{
	printf("%.0f B/s  sample bytes min %.0f mean %.1f max %.0f  samples %llu\n",
	       per_second(rate->sum, seconds), rate->least, mean(rate), rate->most,
	       (unsigned long long)rate->samples);
}

static void add_bw(json_object *line, const struct rate *rate, double seconds)
{
	add_double(line, "bytes_per_second", per_second(rate->sum, seconds));
	add_double(line, "sample_min_bytes", rate->least);
	add_double(line, "sample_mean_bytes", mean(rate));
	add_double(line, "sample_max_bytes", rate->most);
}

static int run_bw(const struct command *command, const struct arguments *arguments)
{
	static const struct measure bw = { size_of, print_bw, add_bw };

	return run(command, arguments, &bw);
}

const struct command bw_command = {
	.name = "bw",
	.arguments = "TOPIC",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "how many bytes a topic takes",
	.description =
		"Adds up the sizes of a topic's samples, one line a second: as serialized\n"
		"payloads (XCDR2), whatever way they came.\n",
	.example = "  tern bw camera\n",
	.options = options,
	.run = run_bw,
};

/* ---- delay ----------------------------------------------------------------------------- */

static double delay_of(struct rate *rate, const struct tern_type *type,
                       const struct tern_sample *sample)
{
	(void)rate, (void)type;
	return (double)(sample->info.reception_timestamp_ns -
	                sample->info.source_timestamp_ns) /
	       1e6;
}

static void print_delay(const struct rate *rate, double seconds)
{
	(void)seconds;
	printf("delay ms min %.3f mean %.3f max %.3f  samples %llu\n", rate->least,
	       mean(rate), rate->most, (unsigned long long)rate->samples);
}

static void add_delay(json_object *line, const struct rate *rate, double seconds)
{
	(void)seconds;
	add_double(line, "delay_min_ms", rate->least);
	add_double(line, "delay_mean_ms", mean(rate));
	add_double(line, "delay_max_ms", rate->most);
}

static int run_delay(const struct command *command, const struct arguments *arguments)
{
	static const struct measure delay = { delay_of, print_delay, add_delay };

	return run(command, arguments, &delay);
}

const struct command delay_command = {
	.name = "delay",
	.arguments = "TOPIC",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "how long samples are under way",
	.description =
		"Compares the time at which samples were written, by their writer's clock, with\n"
		"the time at which they came here, one line a second. Between hosts it is only\n"
		"as true as their clocks agree.\n",
	.example = "  tern delay pose\n",
	.options = options,
	.run = run_delay,
};
