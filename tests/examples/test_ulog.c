/* The flight example's ULog reader: sound files, and every way a file can be damaged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"
#include "ulog.h"
#include "ulog_file.h"

#define ALTITUDE_ID 7
#define ALTITUDE_SIZE 12 /* a sample of "altitude": timestamp, meters */
#define ALTITUDE_MESSAGE_SIZE (3 + 2 + ALTITUDE_SIZE)

/* What a reader said and gave while it read a whole file. */
struct reading {
	char error[ULOG_ERROR_SIZE_BYTES]; /* of ulog_open(), or "" */
	char reports[8192];                /* one on each line */
	uint32_t report_count;
	uint64_t times_us[64]; /* of the first samples */
	float meters[64];      /* of the first samples, if they are altitudes */
	uint64_t samples;
	struct ulog_facts facts;
};

static void take_report(const char *text, void *context)
{
	struct reading *reading = context;
	size_t used = strlen(reading->reports);

	reading->report_count++;
	snprintf(reading->reports + used, sizeof reading->reports - used, "%s\n", text);
}

static struct reading *read_path(const char *path)
{
	static struct reading reading;
	struct ulog_sample sample;
	struct ulog *log;

	reading = (struct reading){ 0 };
	log = ulog_open(path, take_report, &reading, reading.error);
	if (!log)
		return &reading;
	while (ulog_next(log, &sample)) {
		if (reading.samples < 64) {
			reading.times_us[reading.samples] = sample.timestamp_us;
			if (sample.size_bytes >= ALTITUDE_SIZE)
				memcpy(&reading.meters[reading.samples], sample.data + 8,
				       4);
		}
		reading.samples++;
	}
	reading.facts = *ulog_facts(log);
	ulog_close(log);
	return &reading;
}

/* Save, read, forget. */
static struct reading *read_file(struct ulog_file *file)
{
	struct reading *reading = read_path(ulog_file_save(file));

	ulog_file_fini(file);
	return reading;
}

static void add_altitude(struct ulog_file *file, uint64_t timestamp_us, float meters)
{
	uint8_t sample[ALTITUDE_SIZE];

	memcpy(sample, &timestamp_us, 8);
	memcpy(sample + 8, &meters, 4);
	ulog_file_sample(file, ALTITUDE_ID, sample, sizeof sample);
}

static struct ulog_file begin_altitudes(void)
{
	struct ulog_file file = ulog_file_begin(1000);

	ulog_file_format(&file, "altitude:uint64_t timestamp;float meters;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
	return file;
}

/* A whole small flight of `count` altitudes: 1 m at 1,000 us, 2 m at 2,000 us, ... */
static struct ulog_file altitudes(int count)
{
	struct ulog_file file = begin_altitudes();

	for (int i = 1; i <= count; i++)
		add_altitude(&file, (uint64_t)i * 1000, (float)i);
	return file;
}

static bool reported(const struct reading *reading, const char *text)
{
	return strstr(reading->reports, text) != NULL;
}

/* "offset N:" as it begins a report */
static bool reported_at(const struct reading *reading, size_t offset_bytes)
{
	char text[64];

	snprintf(text, sizeof text, "offset %zu: ", offset_bytes);
	return reported(reading, text);
}

static void sound_file(void)
{
	struct ulog_file file = altitudes(20);
	size_t size_bytes = file.size_bytes;
	struct reading *reading = read_file(&file);

	CU_ASSERT_STRING_EQUAL(reading->error, "");
	CU_ASSERT_EQUAL(reading->samples, 20);
	CU_ASSERT_EQUAL(reading->times_us[19], 20000);
	CU_ASSERT_EQUAL(reading->meters[19], 20.0f);
	CU_ASSERT_EQUAL(reading->report_count, 0);
	CU_ASSERT_EQUAL(reading->facts.bytes_read, size_bytes);
	CU_ASSERT_EQUAL(reading->facts.start_us, 1000);
}

static void all_message_types(void)
{
	struct ulog_file file = ulog_file_begin(0);
	static const uint8_t sync[8] = { 0x2f, 0x73, 0x13, 0x20, 0x25, 0x0c, 0xbb, 0x12 };
	uint8_t flags[40] = { 0 };
	struct reading *reading;

	ulog_file_message(&file, 'B', flags, sizeof flags);
	ulog_file_message(&file, 'I',
	                  "\x10"
	                  "char[3] sys_namePX4",
	                  20);
	ulog_file_message(&file, 'I',
	                  "\x0e"
	                  "char[4] ver_hwX500",
	                  19);
	ulog_file_message(&file, 'M',
	                  "\0\x0e"
	                  "char[2] replayab",
	                  17);
	ulog_file_message(&file, 'P',
	                  "\x0b"
	                  "int32_t GAIN\1\0\0\0",
	                  16);
	ulog_file_message(&file, 'Q',
	                  "\1\x0b"
	                  "int32_t GAIN\1\0\0\0",
	                  17);
	ulog_file_format(&file, "altitude:uint64_t timestamp;float meters;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
	add_altitude(&file, 1, 1);
	ulog_file_message(&file, 'L', "6\0\0\0\0\0\0\0\0Takeoff detected", 25);
	ulog_file_message(&file, 'C', "6\1\0\0\0\0\0\0\0\0\0tagged", 17);
	ulog_file_message(&file, 'S', sync, sizeof sync);
	ulog_file_message(&file, 'O', "\x2c\1", 2);
	ulog_file_message(&file, 'R', "\7\0", 2);
	ulog_file_message(&file, 'Z', "of a later version", 18);
	add_altitude(&file, 2, 2);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 2);
	CU_ASSERT_EQUAL(reading->report_count, 0);
	CU_ASSERT_STRING_EQUAL(reading->facts.system, "PX4");
	CU_ASSERT_STRING_EQUAL(reading->facts.hardware, "X500");
	CU_ASSERT_EQUAL(reading->facts.dropouts, 1);
	CU_ASSERT_EQUAL(reading->facts.dropout_ms, 300);
}

/* Lay a nested format out and look at what the reader made of it. */
static void nested_formats(void)
{
	struct ulog_file file = ulog_file_begin(0);
	char error[ULOG_ERROR_SIZE_BYTES];
	struct ulog_sample sample;
	uint8_t bytes[8 + 2 * 5 + 3] = { 9 };
	struct ulog *log;

	/* The nested one may come later than the one that nests it. */
	ulog_file_format(&file,
	                 "esc:uint64_t timestamp;report[2] reports;uint8_t[3] _padding0");
	ulog_file_format(&file, "report:float rpm;bool on;");
	ulog_file_topic(&file, 3, 1, "esc");
	ulog_file_sample(&file, 1, bytes, sizeof bytes - 3);
	log = ulog_open(ulog_file_save(&file), NULL, NULL, error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	CU_ASSERT_TRUE_FATAL(ulog_next(log, &sample));
	CU_ASSERT_STRING_EQUAL(sample.topic->name, "esc");
	CU_ASSERT_EQUAL(sample.topic->instance, 3);
	CU_ASSERT_EQUAL(sample.timestamp_us, 9);
	CU_ASSERT_EQUAL(sample.size_bytes, 18);
	CU_ASSERT_EQUAL(sample.topic->format->size_bytes, 21);
	CU_ASSERT_EQUAL(sample.topic->format->min_size_bytes, 18);
	CU_ASSERT_EQUAL(sample.topic->format->fields[1].count, 2);
	CU_ASSERT_EQUAL(sample.topic->format->fields[1].nested->size_bytes, 5);
	CU_ASSERT_EQUAL(sample.topic->format->fields[2].offset_bytes, 18);
	CU_ASSERT_FALSE(ulog_next(log, &sample));
	ulog_close(log);
	ulog_file_fini(&file);
}

static void not_a_log(void)
{
	struct ulog_file file = altitudes(3);
	struct reading *reading;

	file.bytes[4] = 0xee;
	reading = read_file(&file);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(reading->error, "not a ULog file: offset 4 holds 0xee"));
	reading = read_path("/nonexistent/flight.ulg");
	CU_ASSERT_PTR_NOT_NULL(strstr(reading->error, "No such file"));
	reading = read_path("/tmp");
	CU_ASSERT_STRING_NOT_EQUAL(reading->error, "");
	CU_ASSERT_EQUAL(reading->samples, 0);
}

static void truncated_header(void)
{
	for (size_t size = 0; size < 16; size++) {
		struct ulog_file file = altitudes(3);
		char wanted[64];
		struct reading *reading;

		file.size_bytes = size;
		reading = read_file(&file);
		snprintf(wanted, sizeof wanted, "ends at offset %zu, inside the header",
		         size);
		CU_ASSERT_PTR_NOT_NULL(strstr(reading->error, wanted));
	}
}

/* Cut the file at every byte: all whole samples before the cut must be played. */
static void truncated_anywhere(void)
{
	struct ulog_file whole = altitudes(5);
	size_t first = whole.size_bytes - 5 * ALTITUDE_MESSAGE_SIZE;

	for (size_t size = 16; size < whole.size_bytes; size++) {
		struct ulog_file file = altitudes(5);
		size_t samples =
			size < first ? 0 : (size - first) / ALTITUDE_MESSAGE_SIZE;
		struct reading *reading;

		file.size_bytes = size;
		reading = read_file(&file);
		CU_ASSERT_STRING_EQUAL(reading->error, "");
		CU_ASSERT_EQUAL(reading->samples, samples);
		if (size > first && (size - first) % ALTITUDE_MESSAGE_SIZE != 0) {
			CU_ASSERT_TRUE(reading->facts.truncated);
			CU_ASSERT_TRUE(reported_at(
				reading, first + samples * ALTITUDE_MESSAGE_SIZE));
			CU_ASSERT_TRUE(reported(reading, "the file ends"));
		}
	}
	ulog_file_fini(&whole);
}

static void garbage_between(void)
{
	struct ulog_file file = begin_altitudes();
	uint8_t garbage[3000];
	uint32_t x = 12345;
	size_t begin;
	struct reading *reading;

	for (size_t i = 0; i < sizeof garbage; i++) {
		x = x * 1664525 + 1013904223;
		garbage[i] = (uint8_t)(x >> 24);
	}
	garbage[2] =
		0xfe; /* no letter: it cannot pass for a message of a later version */
	add_altitude(&file, 1000, 1);
	begin = file.size_bytes;
	ulog_file_append(&file, garbage, sizeof garbage);
	for (int i = 2; i <= 10; i++)
		add_altitude(&file, (uint64_t)i * 1000, (float)i);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 10);
	CU_ASSERT_EQUAL(reading->meters[9], 10.0f);
	CU_ASSERT_TRUE(reported_at(reading, begin));
	CU_ASSERT_TRUE(
		reported(reading, "3000 bytes cannot be read; going on at offset"));
	CU_ASSERT_EQUAL(reading->facts.skipped_bytes, sizeof garbage);
	CU_ASSERT_FALSE(reading->facts.truncated);
}

/* A size that leads far away, or past the end of the file, swallows nothing behind it. */
static void giant_sizes(void)
{
	static const char types[] = "DILPFAMSOZ";

	for (size_t i = 0; types[i]; i++) {
		struct ulog_file file = begin_altitudes();
		uint8_t giant[3] = { 0xff, 0xff, (uint8_t)types[i] };
		size_t begin;
		struct reading *reading;

		add_altitude(&file, 1000, 1);
		begin = file.size_bytes;
		ulog_file_append(&file, giant, sizeof giant);
		for (int k = 2; k <= 10; k++)
			add_altitude(&file, (uint64_t)k * 1000, (float)k);
		reading = read_file(&file);
		CU_ASSERT_EQUAL(reading->samples, 10);
		CU_ASSERT_EQUAL(reading->meters[9], 10.0f);
		CU_ASSERT_TRUE(reported_at(reading, begin));
	}
}

static void unknown_message_id(void)
{
	struct ulog_file file = altitudes(2);
	size_t begin = file.size_bytes;
	struct reading *reading;

	ulog_file_sample(&file, 99, "0123456789", 10);
	add_altitude(&file, 3000, 3);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 3);
	CU_ASSERT_TRUE(reported_at(reading, begin));
	CU_ASSERT_TRUE(reported(reading, "message id 99, which no topic has"));
}

static void sample_of_wrong_size(void)
{
	struct ulog_file file = altitudes(2);
	struct reading *reading;

	ulog_file_sample(&file, ALTITUDE_ID, "0123456789", 10);
	add_altitude(&file, 3000, 3);
	ulog_file_sample(&file, ALTITUDE_ID, "0123456789abcdef", 16);
	add_altitude(&file, 4000, 4);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 4);
	CU_ASSERT_EQUAL(reading->meters[3], 4.0f);
	CU_ASSERT_TRUE(
		reported(reading, "'altitude' has 10 bytes, its format wants 12 to 12"));
	CU_ASSERT_EQUAL(reading->report_count, 1);
}

/* Topics that cannot be read are named; the others are played. */
static void unusable_formats(void)
{
	static const struct {
		const char *format;
		const char *report;
	} cases[] = {
		{ "bad:uint64_t timestamp;missing part;",
		  "format 'missing' is not in the file" },
		{ "bad:uint64_t timestamp;bad again;", "format 'bad' contains itself" },
		{ "bad:uint64_t timestamp;double[65535] x;", "larger than a message" },
		{ "bad:uint64_t timestamp;float[70000] x;", "longer than a message" },
		{ "bad:uint64_t timestamp;float[] x;", "array without a length" },
		{ "bad:uint64_t timestamp;float[2 x;", "array without a length" },
		{ "bad:uint64_t timestamp;float;", "field without a name" },
		{ "bad:uint64_t timestamp; x;", "field without a type" },
		{ "bad:", "no fields" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ulog_file file = ulog_file_begin(0);
		struct reading *reading;

		ulog_file_format(&file, "altitude:uint64_t timestamp;float meters;");
		ulog_file_format(&file, cases[i].format);
		ulog_file_topic(&file, 0, 1, "bad");
		ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
		add_altitude(&file, 1000, 1);
		ulog_file_sample(&file, 1, "0123456789", 10);
		add_altitude(&file, 2000, 2);
		reading = read_file(&file);
		CU_ASSERT_EQUAL(reading->samples, 2);
		if (!reported(reading, cases[i].report))
			fprintf(stderr, "'%s' gave:\n%s", cases[i].format,
			        reading->reports);
		CU_ASSERT_TRUE(reported(reading, cases[i].report));
		CU_ASSERT_TRUE(reported(reading, "topic 'bad' cannot be read"));
	}
}

/* 2^9 elements nested nine deep would be 2^81 fields. */
static void exponential_nesting(void)
{
	struct ulog_file file = altitudes(1);
	struct reading *reading;

	for (int i = 0; i < 20; i++) {
		char text[64];

		snprintf(text, sizeof text, "n%d:n%d[512] a;n%d[512] b;", i, i + 1,
		         i + 1);
		ulog_file_format(&file, text);
	}
	ulog_file_format(&file, "n20:uint8_t x;");
	ulog_file_topic(&file, 0, 1, "n0");
	ulog_file_topic(&file, 0, 2, "n18");
	add_altitude(&file, 2000, 2);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 2);
	CU_ASSERT_TRUE(reported(reading, "is nested too deep"));
	CU_ASSERT_TRUE(reported(reading, "format 'n18' is larger than a message"));
}

static void second_meaning_of_an_id(void)
{
	struct ulog_file file = altitudes(1);
	struct reading *reading;

	ulog_file_format(&file, "other:uint64_t timestamp;uint8_t x;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "other");
	add_altitude(&file, 2000, 2);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 2);
	CU_ASSERT_TRUE(reported(reading, "a message id is given to a second topic"));
}

static void topic_without_timestamp(void)
{
	struct ulog_file file = ulog_file_begin(0);
	struct reading *reading;

	ulog_file_format(&file, "altitude:float first;float second;float third;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
	ulog_file_sample(&file, ALTITUDE_ID, "0123456789ab", 12);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 1);
	CU_ASSERT_EQUAL(reading->times_us[0], 0);
}

static void add_flags(struct ulog_file *file, uint8_t incompatible, uint64_t appended_at)
{
	uint8_t flags[40] = { 0 };

	flags[8] = incompatible;
	for (int i = 0; i < 8; i++)
		flags[16 + i] = (uint8_t)(appended_at >> 8 * i);
	ulog_file_message(file, 'B', flags, sizeof flags);
}

/* Recorders append after a crash: the message before may be cut, which is no damage. */
static void appended_data(void)
{
	struct ulog_file file = ulog_file_begin(0);
	size_t flags_at = file.size_bytes;
	size_t appended_at;
	struct reading *reading;

	add_flags(&file, 1, 0);
	ulog_file_format(&file, "altitude:uint64_t timestamp;float meters;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
	add_altitude(&file, 1000, 1);
	add_altitude(&file, 2000, 2);
	file.size_bytes -= 5;
	appended_at = file.size_bytes;
	file.bytes[flags_at + 3 + 16] = (uint8_t)appended_at;
	add_altitude(&file, 3000, 3);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 2);
	CU_ASSERT_EQUAL(reading->meters[1], 3.0f);
	CU_ASSERT_EQUAL(reading->report_count, 0);
}

static void appended_data_that_is_missing(void)
{
	struct ulog_file file = ulog_file_begin(0);
	struct reading *reading;

	add_flags(&file, 1, UINT64_C(1) << 40);
	ulog_file_format(&file, "altitude:uint64_t timestamp;float meters;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
	add_altitude(&file, 1000, 1);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 1);
	CU_ASSERT_TRUE(reading->facts.truncated);
	CU_ASSERT_TRUE(reported(reading, "should begin at offset 1099511627776"));

	file = ulog_file_begin(0);
	add_flags(&file, 1, 3);
	ulog_file_format(&file, "altitude:uint64_t timestamp;float meters;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
	add_altitude(&file, 1000, 1);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 1);
	CU_ASSERT_TRUE(reported(reading, "appended data cannot begin at offset 3"));
}

static void features_of_a_later_version(void)
{
	struct ulog_file file = ulog_file_begin(0);
	struct reading *reading;

	add_flags(&file, 0x80, 0);
	ulog_file_format(&file, "altitude:uint64_t timestamp;float meters;");
	ulog_file_topic(&file, 0, ALTITUDE_ID, "altitude");
	add_altitude(&file, 1000, 1);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 0);
	CU_ASSERT_TRUE(reported_at(reading, 16));
	CU_ASSERT_TRUE(reported(reading, "incompatible flags byte 0 is 0x80"));
}

/* Every byte of a small file takes a few values in turn: nothing crashes, and what lies
 * well behind the damage is played. */
static void each_byte_damaged(void)
{
	static const uint8_t values[] = { 0x00, 0xff, 'D', 'L' };
	struct ulog_file whole = altitudes(12);
	size_t size_bytes = whole.size_bytes;

	for (size_t at = 16; at < size_bytes; at++) {
		for (size_t v = 0; v < sizeof values; v++) {
			struct ulog_file file = altitudes(12);
			struct reading *reading;
			bool in_definitions =
				at < size_bytes - 12 * ALTITUDE_MESSAGE_SIZE;

			file.bytes[at] = values[v];
			reading = read_file(&file);
			CU_ASSERT_STRING_EQUAL(reading->error, "");
			CU_ASSERT_TRUE(in_definitions || reading->samples >= 10);
		}
	}
	ulog_file_fini(&whole);
}

static void reports_are_bounded(void)
{
	struct ulog_file file = altitudes(1);
	struct reading *reading;

	for (int i = 0; i < 1000; i++)
		ulog_file_sample(&file, 99, "0123456789", 10);
	add_altitude(&file, 2000, 2);
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 2);
	CU_ASSERT_EQUAL(reading->facts.damages, 1000);
	CU_ASSERT_EQUAL(reading->report_count, ULOG_REPORTS_MAX + 1);
}

/* Larger than the reader's window, so that it has to move. */
static void large_file(void)
{
	struct ulog_file file = begin_altitudes();
	uint8_t text[60000];
	struct reading *reading;

	memset(text, ' ', sizeof text);
	text[0] = '6';
	for (int i = 0; i < 50; i++) {
		add_altitude(&file, (uint64_t)i + 1, (float)i);
		ulog_file_message(&file, 'L', text, sizeof text);
	}
	reading = read_file(&file);
	CU_ASSERT_EQUAL(reading->samples, 50);
	CU_ASSERT_EQUAL(reading->report_count, 0);
	CU_ASSERT_EQUAL(reading->meters[49], 49.0f);
}

static void real_flight(void)
{
	const char *path = suite_source_path("../shared/data/flight.ulg");
	struct reading *reading;

	if (access(path, R_OK) != 0) {
		fprintf(stderr, "(no %s here: the real flight is not tested)\n", path);
		return;
	}
	reading = read_path(path);
	CU_ASSERT_STRING_EQUAL(reading->error, "");
	CU_ASSERT_EQUAL(reading->samples, 64542);
	CU_ASSERT_EQUAL(reading->report_count, 0);
	CU_ASSERT_STRING_EQUAL(reading->facts.system, "PX4");
	CU_ASSERT_EQUAL(reading->facts.dropouts, 4);
}

static const struct suite_test tests[] = {
	{ "a_sound_file_is_read_whole", sound_file },
	{ "every_type_of_message_is_known_or_skipped", all_message_types },
	{ "nested_formats_are_laid_out_without_the_padding_at_the_end", nested_formats },
	{ "what_is_no_log_is_refused_with_the_offset", not_a_log },
	{ "a_file_cut_in_its_header_is_refused_with_the_offset", truncated_header },
	{ "a_file_cut_anywhere_is_played_up_to_there", truncated_anywhere },
	{ "garbage_in_the_middle_is_skipped_with_the_offset", garbage_between },
	{ "giant_sizes_swallow_nothing", giant_sizes },
	{ "a_sample_of_an_unknown_id_is_reported", unknown_message_id },
	{ "a_sample_of_the_wrong_size_is_skipped_and_said_once", sample_of_wrong_size },
	{ "a_topic_with_an_unusable_format_is_named_and_the_others_played",
	  unusable_formats },
	{ "nesting_that_explodes_is_refused_at_once", exponential_nesting },
	{ "a_message_id_keeps_its_first_topic", second_meaning_of_an_id },
	{ "a_topic_may_have_no_timestamp", topic_without_timestamp },
	{ "appended_data_is_read_after_a_cut_message", appended_data },
	{ "appended_data_that_is_not_there_is_reported", appended_data_that_is_missing },
	{ "a_file_that_needs_unknown_features_is_refused", features_of_a_later_version },
	{ "any_damaged_byte_costs_little", each_byte_damaged },
	{ "reports_of_damage_are_bounded", reports_are_bounded },
	{ "a_file_larger_than_the_window_is_read", large_file },
	{ "the_real_flight_is_read_whole", real_flight },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
