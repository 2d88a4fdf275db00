/* From recorded fields to members of typed structs: by name, whatever their kinds. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "everything.h"
#include "suite.h"
#include "topics.h"
#include "ulog_file.h"

static char reports[4096];

static void take_report(const char *text, void *context)
{
	size_t used = strlen(reports);

	(void)context;
	snprintf(reports + used, sizeof reports - used, "%s\n", text);
}

/* Record one sample of a format and carry it over into a fresh `everything`. */
static void carry(const char *fields, const void *recorded, size_t size_bytes,
                  const struct binding_alias *aliases, uint8_t instance,
                  binding_Everything *ret_everything)
{
	struct ulog_file file = ulog_file_begin(0);
	char error[ULOG_ERROR_SIZE_BYTES];
	char format[512];
	struct ulog_sample sample;
	struct binding *binding;
	struct ulog *log;

	reports[0] = '\0';
	snprintf(format, sizeof format, "topic:%s", fields);
	ulog_file_format(&file, "report:float rpm;bool on;");
	ulog_file_format(&file, format);
	ulog_file_topic(&file, instance, 1, "topic");
	ulog_file_sample(&file, 1, recorded, size_bytes);
	log = ulog_open(ulog_file_save(&file), NULL, NULL, error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	CU_ASSERT_TRUE_FATAL(ulog_next(log, &sample));
	binding = binding_create(sample.topic->format, &binding_Everything_type, aliases,
	                         take_report, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(binding);
	memset(ret_everything, 0, sizeof *ret_everything);
	binding_apply(binding, sample.data, sample.size_bytes, instance, ret_everything);
	binding_destroy(binding);
	ulog_close(log);
	ulog_file_fini(&file);
}

static bool reported(const char *text)
{
	if (strstr(reports, text))
		return true;
	fprintf(stderr, "'%s' was not reported, but:\n%s", text, reports);
	return false;
}

static void by_name(void)
{
	binding_Everything everything;
	uint8_t recorded[1 + 8 + 4 + 1] = { 1 }; /* flag, timestamp, real, small */
	float real = 2.5f;

	recorded[1] = 0x34;
	recorded[2] = 0x12;
	memcpy(recorded + 9, &real, 4);
	recorded[13] = (uint8_t)-7;
	carry("bool flag;uint64_t timestamp;float real;int8_t small;", recorded,
	      sizeof recorded, NULL, 0, &everything);
	CU_ASSERT_TRUE(everything.flag);
	CU_ASSERT_EQUAL(everything.timestamp, 0x1234);
	CU_ASSERT_EQUAL(everything.real, 2.5f);
	CU_ASSERT_EQUAL(everything.small, -7);
}

static void conversions(void)
{
	static const struct {
		double from;
		int8_t small;
		uint16_t positive;
		int64_t whole;
	} cases[] = {
		{ 300.7, 127, 300, 300 },      { -5, -5, 0, -5 },
		{ -1000, -128, 0, -1000 },     { 1e30, 127, 65535, INT64_MAX },
		{ -1e30, -128, 0, INT64_MIN }, { (double)NAN, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		binding_Everything everything;
		double recorded[3] = { cases[i].from, cases[i].from, cases[i].from };

		carry("double small;double positive;double whole;", recorded,
		      sizeof recorded, NULL, 0, &everything);
		CU_ASSERT_EQUAL(everything.small, cases[i].small);
		CU_ASSERT_EQUAL(everything.positive, cases[i].positive);
		CU_ASSERT_EQUAL(everything.whole, cases[i].whole);
	}
}

static void conversions_of_integers(void)
{
	binding_Everything everything;
	uint8_t recorded[8 + 1 + 4 + 8];

	memset(recorded, 0xff, sizeof recorded);
	carry("uint64_t whole;uint8_t flag;int32_t positive;int64_t precise;", recorded,
	      sizeof recorded, NULL, 0, &everything);
	CU_ASSERT_EQUAL(everything.whole, INT64_MAX);
	CU_ASSERT_EQUAL(*(uint8_t *)&everything.flag, 1);
	CU_ASSERT_EQUAL(everything.positive, 0);
	CU_ASSERT_EQUAL(everything.precise, -1.0);
}

static void text(void)
{
	binding_Everything everything;

	carry("char[9] name;", "abcdefghi", 9, NULL, 0, &everything);
	CU_ASSERT_STRING_EQUAL(everything.name, "abcdefg");
	carry("uint8_t[4] name;", "abc", 4, NULL, 0, &everything);
	CU_ASSERT_STRING_EQUAL(everything.name, "abc");
}

static void arrays(void)
{
	binding_Everything everything;
	float recorded[4] = { 1, 2, 3, 4 };

	carry("float[2] numbers;", recorded, 8, NULL, 0, &everything);
	CU_ASSERT_EQUAL(everything.numbers[1], 2.0f);
	CU_ASSERT_EQUAL(everything.numbers[2], 0.0f);
	carry("float[4] numbers;", recorded, 16, NULL, 0, &everything);
	CU_ASSERT_EQUAL(everything.numbers[2], 3.0f);
	CU_ASSERT_TRUE(reported("topic.numbers has 4 elements, its member 3"));
}

static void nested(void)
{
	binding_Everything everything;
	uint8_t recorded[3 * 5] = { 0 };
	float rpm = 900;

	memcpy(recorded + 5, &rpm, 4);
	recorded[9] = 1;
	carry("report[3] reports;", recorded, sizeof recorded, NULL, 0, &everything);
	CU_ASSERT_EQUAL(everything.reports[0].rpm, 0.0f);
	CU_ASSERT_EQUAL(everything.reports[1].rpm, 900.0f);
	CU_ASSERT_TRUE(everything.reports[1].on);
	CU_ASSERT_TRUE(reported("topic.reports has 3 elements, its member 2"));
}

static void enums(void)
{
	binding_Everything everything;

	carry("uint8_t mode;", "\2", 1, NULL, 0, &everything);
	CU_ASSERT_EQUAL(everything.mode, binding_LAND);
	carry("uint8_t mode;", "\x63", 1, NULL, 0, &everything);
	CU_ASSERT_EQUAL(everything.mode, binding_IDLE);
}

static void inherited(void)
{
	binding_Everything everything;

	carry("uint8_t inherited;", "\x2a", 1, NULL, 0, &everything);
	CU_ASSERT_EQUAL(everything.parent.inherited, 42);
}

static void aliases(void)
{
	static const struct binding_alias renamed[] = {
		{ "count", "whole" },
		{ NULL, NULL },
	};
	binding_Everything everything;

	carry("uint8_t count;", "\3", 1, renamed, 0, &everything);
	CU_ASSERT_EQUAL(everything.whole, 3);
}

static void instances(void)
{
	binding_Everything everything;

	carry("uint8_t flag;", "\1", 1, NULL, 5, &everything);
	CU_ASSERT_EQUAL(everything.instance, 5);
	carry("uint8_t instance;", "\x09", 1, NULL, 5, &everything);
	CU_ASSERT_EQUAL(everything.instance, 9);
}

static void differences(void)
{
	binding_Everything everything;

	carry("uint8_t flag;float later_addition;uint8_t[3] _padding0;",
	      "\1\0\0\0\0\0\0\0", 8, NULL, 0, &everything);
	CU_ASSERT_TRUE(reported("the type does not have later_addition: ignored"));
	CU_ASSERT_TRUE(reported("the file does not have timestamp, small, positive"));
	CU_ASSERT_PTR_NULL(strstr(reports, "_padding"));
}

static void impossible(void)
{
	binding_Everything everything;

	carry("float text;float[2] list;report real;float reports;", reports,
	      4 + 8 + 5 + 4, NULL, 0, &everything);
	CU_ASSERT_TRUE(reported("topic.text cannot become the member 'text'"));
	CU_ASSERT_TRUE(reported("topic.list cannot become the member 'list'"));
	CU_ASSERT_TRUE(reported("topic.real cannot become the member 'real'"));
	CU_ASSERT_TRUE(reported("topic.reports cannot become the member 'reports'"));
	CU_ASSERT_PTR_NULL(everything.text);
	CU_ASSERT_EQUAL(everything.list._length, 0);
}

static void real_flight(void)
{
	static const struct binding_alias telemetry[] = {
		{ "fixed", "corrected" },
		{ NULL, NULL },
	};
	const char *path = suite_source_path("../shared/data/flight.ulg");
	bool seen[FLIGHT_TOPIC_COUNT] = { false };
	char error[ULOG_ERROR_SIZE_BYTES];
	struct ulog_sample sample;
	struct ulog *log;

	if (access(path, R_OK) != 0) {
		fprintf(stderr, "(no %s here: the real flight is not tested)\n", path);
		return;
	}
	log = ulog_open(path, NULL, NULL, error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	reports[0] = '\0';
	while (ulog_next(log, &sample)) {
		int topic = flight_topic_find(sample.topic->name);
		struct binding *binding;

		CU_ASSERT_TRUE_FATAL(topic >= 0);
		if (seen[topic])
			continue;
		seen[topic] = true;
		binding = binding_create(sample.topic->format, flight_topics[topic].type,
		                         telemetry, take_report, NULL);
		CU_ASSERT_PTR_NOT_NULL(binding);
		binding_destroy(binding);
	}
	ulog_close(log);
	CU_ASSERT_STRING_EQUAL(reports, "");
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++)
		CU_ASSERT_TRUE(seen[i]);
}

static const struct suite_test tests[] = {
	{ "fields_find_their_members_by_name", by_name },
	{ "what_does_not_fit_becomes_the_nearest_value", conversions },
	{ "integers_convert_to_other_kinds", conversions_of_integers },
	{ "characters_become_bounded_strings", text },
	{ "arrays_may_differ_in_length", arrays },
	{ "nested_formats_become_nested_structs", nested },
	{ "an_enum_takes_only_values_that_it_has", enums },
	{ "inherited_members_are_found", inherited },
	{ "a_field_may_have_another_name_in_the_type", aliases },
	{ "the_instance_number_fills_the_member_that_no_field_fills", instances },
	{ "differences_are_said_once", differences },
	{ "what_cannot_be_converted_is_said_and_left_alone", impossible },
	{ "every_field_of_the_real_flight_has_a_member", real_flight },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
