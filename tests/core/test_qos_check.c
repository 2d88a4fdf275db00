/* Every QoS that contradicts itself is refused, with the policies' names and a way out. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#include <tern/tern.h>

static struct tern_qos qos;

static void begin(void)
{
	qos = tern_qos_writer_default();
}

/* Refused, and the text holds both words and a fix behind a colon. */
static void expect_refusal(const char *word, const char *other_word)
{
	tern_status s = tern_qos_check(&qos);
	const char *text = tern_error_text();

	CU_ASSERT_EQUAL(s, TERN_EINVAL);
	if (!strstr(text, word) || !strstr(text, other_word) || !strstr(text, ": ")) {
		printf("    got: %s\n", text);
		CU_FAIL("the text lacks something");
	}
	begin();
}

static void expect_fine(void)
{
	tern_status s = tern_qos_check(&qos);

	if (s != TERN_OK)
		printf("    got: %s\n", tern_error_text());
	CU_ASSERT_EQUAL(s, TERN_OK);
	begin();
}

static void defaults_are_fine(void)
{
	qos = tern_qos_topic_default();
	expect_fine();
	qos = tern_qos_reader_default();
	expect_fine();
	expect_fine();
}

static void null_is_refused(void)
{
	CU_ASSERT_EQUAL(tern_qos_check(NULL), TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "tern_qos_writer_default"));
}

static void kinds_out_of_range_are_refused(void)
{
	begin();
	qos.reliability = (tern_reliability)2;
	expect_refusal("RELIABILITY", "TERN_RELIABLE");
	qos.durability = (tern_durability)7;
	expect_refusal("DURABILITY", "TERN_TRANSIENT_LOCAL");
	qos.history = (tern_history)2;
	expect_refusal("HISTORY", "TERN_KEEP_ALL");
	qos.ownership = (tern_ownership)2;
	expect_refusal("OWNERSHIP", "TERN_EXCLUSIVE");
	qos.liveliness = (tern_liveliness)3;
	expect_refusal("LIVELINESS", "TERN_LIVELINESS_MANUAL_BY_TOPIC");
	qos.destination_order = (tern_destination_order)-1;
	expect_refusal("DESTINATION_ORDER", "TERN_BY_SOURCE_TIMESTAMP");
}

static void durations_out_of_range_are_refused(void)
{
	begin();
	qos.max_blocking_time_ns = -1;
	expect_refusal("RELIABILITY", "max_blocking_time_ns is negative");
	qos.deadline_ns = 0;
	expect_refusal("DEADLINE", "deadline_ns is 0");
	qos.deadline_ns = INT64_MIN;
	expect_refusal("DEADLINE", "negative");
	qos.latency_budget_ns = -1;
	expect_refusal("LATENCY_BUDGET", "negative");
	qos.lifespan_ns = 0;
	expect_refusal("LIFESPAN", "TERN_INFINITE");
	qos.liveliness_lease_ns = 0;
	expect_refusal("LIVELINESS", "liveliness_lease_ns is 0");
	qos.minimum_separation_ns = -5;
	expect_refusal("TIME_BASED_FILTER", "negative (-5 ns)");
	qos.autopurge_nowriter_ns = -1;
	expect_refusal("READER_DATA_LIFECYCLE", "autopurge_nowriter_ns");
	qos.autopurge_disposed_ns = -1;
	expect_refusal("READER_DATA_LIFECYCLE", "autopurge_disposed_ns");
	qos.max_blocking_time_ns = 0;
	qos.latency_budget_ns = TERN_INFINITE;
	expect_fine();
}

static void a_separation_above_the_deadline_is_refused(void)
{
	begin();
	qos.deadline_ns = 10;
	qos.minimum_separation_ns = 11;
	expect_refusal("TIME_BASED_FILTER and DEADLINE", "lower the separation");
	qos.deadline_ns = 10;
	qos.minimum_separation_ns = 10;
	expect_fine();
}

static void limits_that_hold_nothing_are_refused(void)
{
	begin();
	qos.max_samples = 0;
	expect_refusal("RESOURCE_LIMITS", "max_samples is 0");
	qos.max_instances = -2;
	expect_refusal("RESOURCE_LIMITS", "max_instances is -2");
	qos.max_samples_per_instance = 0;
	expect_refusal("RESOURCE_LIMITS", "max_samples_per_instance is 0");
	qos.history_depth = 0;
	expect_refusal("HISTORY", "KEEP_LAST with history_depth 0");
	qos.history_depth = INT_MIN;
	expect_refusal("HISTORY", "keeps nothing");
}

static void limits_that_contradict_each_other_are_refused(void)
{
	begin();
	qos.max_samples = 4;
	qos.max_samples_per_instance = 5;
	expect_refusal("max_samples 4", "max_samples_per_instance 5");
	qos.history_depth = 10;
	qos.max_samples_per_instance = 5;
	expect_refusal("HISTORY and RESOURCE_LIMITS", "history_depth 10");
	qos.max_samples = qos.max_samples_per_instance = qos.history_depth = 5;
	expect_fine();
	qos.max_samples =
		5; /* unlimited per instance is no contradiction (DDS 1.4, 2.2.3.19) */
	expect_fine();
	qos.history = TERN_KEEP_ALL; /* which has no depth */
	qos.history_depth = 0;
	qos.max_samples_per_instance = 5;
	expect_fine();
}

static void partitions_that_cannot_be_are_refused(void)
{
	const char *many[TERN_PARTITIONS_MAX + 1];
	char name[TERN_PARTITION_NAME_MAX + 2];

	begin();
	for (size_t i = 0; i < TERN_PARTITIONS_MAX + 1; i++)
		many[i] = "p";
	qos.partitions = many;
	qos.partition_count = TERN_PARTITIONS_MAX;
	expect_fine();
	qos.partitions = many;
	qos.partition_count = TERN_PARTITIONS_MAX + 1;
	expect_refusal("PARTITION: 65 partitions", "at most 64");
	qos.partition_count = 1;
	expect_refusal("PARTITION", "partitions is NULL");
	many[2] = NULL;
	qos.partitions = many;
	qos.partition_count = 3;
	expect_refusal("partitions[2] is NULL", "default partition");

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	many[0] = name;
	qos.partitions = many;
	qos.partition_count = 1;
	expect_refusal("partitions[0]", "longer than 255 bytes");
	many[0] = name + 1;
	qos.partitions = many;
	qos.partition_count = 1;
	expect_fine();
}

static void user_data_that_cannot_be_is_refused(void)
{
	void *data = calloc(1, TERN_USER_DATA_MAX_BYTES + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	begin();
	qos.user_data_size_bytes = 3;
	expect_refusal("USER_DATA", "user_data is NULL");
	qos.user_data = data;
	qos.user_data_size_bytes = TERN_USER_DATA_MAX_BYTES + 1;
	expect_refusal("USER_DATA: 65537 bytes", "at most 65536");
	qos.user_data = data;
	qos.user_data_size_bytes = TERN_USER_DATA_MAX_BYTES;
	expect_fine();
	free(data);
}

static void unknown_representations_are_refused(void)
{
	begin();
	qos.representations = 4;
	expect_refusal("DATA_REPRESENTATION", "0x4");
	qos.representations = TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2;
	expect_fine();
}

static const struct suite_test tests[] = {
	{ "defaults_are_fine", defaults_are_fine },
	{ "null_is_refused", null_is_refused },
	{ "kinds_out_of_range_are_refused", kinds_out_of_range_are_refused },
	{ "durations_out_of_range_are_refused", durations_out_of_range_are_refused },
	{ "a_separation_above_the_deadline_is_refused",
	  a_separation_above_the_deadline_is_refused },
	{ "limits_that_hold_nothing_are_refused", limits_that_hold_nothing_are_refused },
	{ "limits_that_contradict_each_other_are_refused",
	  limits_that_contradict_each_other_are_refused },
	{ "partitions_that_cannot_be_are_refused",
	  partitions_that_cannot_be_are_refused },
	{ "user_data_that_cannot_be_is_refused", user_data_that_cannot_be_is_refused },
	{ "unknown_representations_are_refused", unknown_representations_are_refused },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
