/* Each policy of the requested/offered table, by itself, both ways; and what is said. */
#include <stdio.h>
#include <string.h>

#include "match.h"
#include "suite.h"
#include "tables.h"

#include <tern/tern.h>

#define MS INT64_C(1000000)

static struct tern_endpoint_info writer, reader;
static struct match_reason reason;

static const struct tern_member point_members[] = { MEMBER("x", 0, 0, &int32_table) };
static const struct tern_member other_members[] = { MEMBER("x", 0, 0, &float64_table) };
static const struct tern_type point = { .abi = TERN_TYPE_ABI,
	                                .kind = TERN_KIND_STRUCTURE,
	                                .name = "test::Point",
	                                .members = point_members,
	                                .member_count = 1,
	                                .flags = TERN_TYPE_XCDR1 };
static const struct tern_type other = { .abi = TERN_TYPE_ABI,
	                                .kind = TERN_KIND_STRUCTURE,
	                                .name = "test::Other",
	                                .members = other_members,
	                                .member_count = 1,
	                                .flags = TERN_TYPE_XCDR1 };

/* A pair that matches. */
static void begin(void)
{
	writer = (struct tern_endpoint_info){ .kind = TERN_WRITER,
		                              .topic_name = "pose",
		                              .type_name = "test::Point",
		                              .type = &point,
		                              .qos = tern_qos_writer_default() };
	reader = (struct tern_endpoint_info){ .kind = TERN_READER,
		                              .topic_name = "pose",
		                              .type_name = "test::Point",
		                              .type = &point,
		                              .qos = tern_qos_reader_default() };
}

static bool match(void)
{
	memset(&reason, '#', sizeof reason);
	return tern__match(&writer, &reader, &reason);
}

static void expect_match(void)
{
	CU_ASSERT_TRUE(match());
	CU_ASSERT_EQUAL(reason.code, MATCH_OK);
	CU_ASSERT_STRING_EQUAL(reason.text, "");
}

/* The text must hold each of the words, and a fix behind a colon. */
static void expect_refusal(enum match_code code, const char *offered,
                           const char *requested, const char *fix)
{
	CU_ASSERT_FALSE(match());
	CU_ASSERT_EQUAL(reason.code, code);
	CU_ASSERT_TRUE(strlen(reason.text) < sizeof reason.text - 1);
	if (!strstr(reason.text, offered) || !strstr(reason.text, requested) ||
	    !strstr(reason.text, fix) || !strchr(reason.text, ':')) {
		printf("    got: %s\n", reason.text);
		CU_FAIL("the text lacks something");
	}
}

static void defaults_match(void)
{
	begin();
	expect_match();
}

static void another_topic_has_no_reason(void)
{
	begin();
	reader.topic_name = "Pose";
	CU_ASSERT_FALSE(match());
	CU_ASSERT_EQUAL(reason.code, MATCH_OTHER_TOPIC);
	CU_ASSERT_STRING_EQUAL(reason.text, "");
}

static void a_reliable_reader_needs_a_reliable_writer(void)
{
	begin();
	writer.qos.reliability = TERN_BEST_EFFORT;
	expect_match();
	reader.qos.reliability = TERN_RELIABLE;
	CU_ASSERT_FALSE(match());
	CU_ASSERT_EQUAL(reason.code, MATCH_RELIABILITY);
	CU_ASSERT_STRING_EQUAL(reason.text,
	                       "reader requests RELIABLE, writer offers BEST_EFFORT: "
	                       "make the writer reliable or the reader best effort");
	writer.qos.reliability = TERN_RELIABLE;
	expect_match();
}

static void a_transient_local_reader_needs_a_transient_local_writer(void)
{
	begin();
	writer.qos.durability = TERN_TRANSIENT_LOCAL;
	expect_match();
	reader.qos.durability = TERN_TRANSIENT_LOCAL;
	expect_match();
	writer.qos.durability = TERN_VOLATILE;
	expect_refusal(MATCH_DURABILITY, "offers VOLATILE",
	               "requests durability TRANSIENT_LOCAL",
	               "make the writer transient local");
	writer.qos.durability = TERN_TRANSIENT_LOCAL;
	reader.qos.durability = TERN_PERSISTENT; /* a foreign one's */
	expect_refusal(MATCH_DURABILITY, "offers TRANSIENT_LOCAL",
	               "requests durability PERSISTENT",
	               "make the reader transient local");
}

static void the_offered_deadline_is_not_above_the_requested(void)
{
	begin();
	reader.qos.deadline_ns = 100 * MS;
	expect_refusal(MATCH_DEADLINE, "offers infinite", "deadline of 100 ms",
	               "give the writer 100 ms or less");
	writer.qos.deadline_ns = 100 * MS + 1;
	expect_refusal(MATCH_DEADLINE, "offers 100.000001 ms", "deadline of 100 ms",
	               "or less");
	writer.qos.deadline_ns = 100 * MS;
	expect_match();
	reader.qos.deadline_ns = TERN_INFINITE;
	expect_match();
}

static void the_offered_latency_budget_is_not_above_the_requested(void)
{
	begin();
	writer.qos.latency_budget_ns = 1500 * MS;
	expect_refusal(MATCH_LATENCY_BUDGET, "offers 1.5 s", "budget of 0 ns",
	               "the reader 1.5 s or more");
	reader.qos.latency_budget_ns = 1500 * MS;
	expect_match();
}

static void ownership_is_the_same(void)
{
	begin();
	reader.qos.ownership = TERN_EXCLUSIVE;
	expect_refusal(MATCH_OWNERSHIP, "writer offers SHARED",
	               "reader requests ownership EXCLUSIVE", "make both");
	writer.qos.ownership = TERN_EXCLUSIVE;
	expect_match();
	reader.qos.ownership = TERN_SHARED;
	expect_refusal(MATCH_OWNERSHIP, "writer offers EXCLUSIVE",
	               "reader requests ownership SHARED", "make both");
}

static void liveliness_is_at_least_as_strict_and_as_short(void)
{
	begin();
	writer.qos.liveliness = TERN_LIVELINESS_MANUAL_BY_TOPIC;
	expect_match();
	writer.qos.liveliness = TERN_LIVELINESS_AUTOMATIC;
	reader.qos.liveliness = TERN_LIVELINESS_MANUAL_BY_PARTICIPANT;
	expect_refusal(MATCH_LIVELINESS, "offers AUTOMATIC", "MANUAL_BY_PARTICIPANT",
	               "make the writer MANUAL_BY_PARTICIPANT or the reader AUTOMATIC");
	begin();
	reader.qos.liveliness_lease_ns = 20 * MS;
	writer.qos.liveliness_lease_ns = 30 * MS;
	expect_refusal(MATCH_LIVELINESS, "offers 30 ms", "lease of 20 ms",
	               "the reader 30 ms or more");
	writer.qos.liveliness_lease_ns = 20 * MS;
	expect_match();
}

static void order_by_source_must_be_offered(void)
{
	begin();
	writer.qos.destination_order = TERN_BY_SOURCE_TIMESTAMP;
	expect_match();
	writer.qos.destination_order = TERN_BY_RECEPTION_TIMESTAMP;
	reader.qos.destination_order = TERN_BY_SOURCE_TIMESTAMP;
	expect_refusal(MATCH_DESTINATION_ORDER, "BY_RECEPTION_TIMESTAMP",
	               "BY_SOURCE_TIMESTAMP", "make the writer order by source");
}

static void a_partition_is_shared(void)
{
	static const char *const left[] = { "left" };
	static const char *const many[] = { "right", "rear", "front", "top" };
	static const char *const pattern[] = { "l*" };

	begin();
	reader.qos.partitions = left;
	reader.qos.partition_count = 1;
	expect_refusal(MATCH_PARTITION, "writer in the default partition", "\"left\"",
	               "common name");
	writer.qos.partitions = many;
	writer.qos.partition_count = 4;
	expect_refusal(MATCH_PARTITION, "writer in \"right\", \"rear\" and 2 more",
	               "\"left\"", "pattern");
	writer.qos.partitions = pattern;
	writer.qos.partition_count = 1;
	expect_match();
}

static void long_names_do_not_push_the_fix_out_of_the_text(void)
{
	char name[TERN_PARTITION_NAME_MAX + 1];
	const char *const names[] = { name, name, name };
	char topic_type[300];

	begin();
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	reader.qos.partitions = names;
	reader.qos.partition_count = 3;
	expect_refusal(MATCH_PARTITION, "default partition", "xxx", "common name");
	begin();
	memset(topic_type, 'T', sizeof topic_type - 1);
	topic_type[sizeof topic_type - 1] = '\0';
	reader.type = NULL;
	reader.type_name = topic_type;
	expect_refusal(MATCH_TYPE, "test::Point", "TTTT", "use one name");
}

static void the_reader_accepts_the_one_representation_of_the_writer(void)
{
	begin();
	reader.qos.representations =
		TERN_ACCEPT_XCDR2; /* the writer's type prefers XCDR1 */
	expect_refusal(MATCH_REPRESENTATION, "writer offers XCDR1",
	               "accepts the representation XCDR2 only", "TERN_ACCEPT_XCDR2");
	writer.qos.representations = TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2;
	expect_refusal(MATCH_REPRESENTATION, "writer offers XCDR1", "XCDR2 only",
	               "let the reader");
	writer.qos.representations = TERN_ACCEPT_XCDR2;
	expect_match();
	reader.qos.representations = TERN_ACCEPT_XCDR1;
	expect_refusal(MATCH_REPRESENTATION, "writer offers XCDR2", "XCDR1 only",
	               "let the reader accept XCDR2");
	/* Of an endpoint that does not say and whose type is not known, nothing can be said. */
	writer.qos.representations = 0;
	writer.type = NULL;
	expect_match();
}

static void types_are_compared_by_their_tables(void)
{
	begin();
	reader.type = &other;
	reader.type_name = "test::Other";
	expect_refusal(MATCH_TYPE, "writer int32", "reader double", "test::Other.x");
}

static void without_tables_type_information_is_left_to_the_transport(void)
{
	static const uint8_t information[] = { 1, 2, 3 };

	begin();
	reader.type = NULL;
	reader.type_name = "Another::Name";
	expect_refusal(MATCH_TYPE, "writer's test::Point", "Another::Name",
	               "use one name");
	reader.type_information = information;
	reader.type_information_size_bytes = sizeof information;
	expect_refusal(MATCH_TYPE, "writer's test::Point", "Another::Name",
	               "type information");
	writer.type_information = information;
	writer.type_information_size_bytes = sizeof information;
	expect_match();
	reader.type_information = NULL;
	reader.type_name = "test::Point";
	expect_match();
}

static void a_key_is_on_both_sides_or_on_none(void)
{
	static const struct tern_type keyed = { .abi = TERN_TYPE_ABI,
		                                .kind = TERN_KIND_STRUCTURE,
		                                .name = "test::Keyed",
		                                .members = point_members,
		                                .member_count = 1,
		                                .flags = TERN_TYPE_XCDR1 |
		                                         TERN_TYPE_KEYED };

	begin();
	reader.type = &keyed;
	reader.type_name = "test::Keyed";
	expect_refusal(MATCH_TYPE, "writer's test::Point has none",
	               "test::Keyed has a @key", "same members @key");
	writer.type = &keyed;
	expect_match();
	/* Without a table, the kind in the GUID tells. */
	reader.type = NULL;
	reader.type_name = "test::Point";
	writer.type_name = "test::Point";
	reader.guid.bytes[15] = 0x07;
	expect_match();
	reader.guid.bytes[15] = 0x04;
	expect_refusal(MATCH_TYPE, "writer's test::Point has one", "has no @key", "@key");
	reader.guid.bytes[15] = 0; /* no kind of RTPS's: not known */
	expect_match();
}

static void the_first_policy_that_fails_is_named(void)
{
	begin();
	reader.qos.reliability = TERN_RELIABLE;
	writer.qos.reliability = TERN_BEST_EFFORT;
	reader.qos.ownership = TERN_EXCLUSIVE;
	reader.type = &other;
	CU_ASSERT_FALSE(match());
	CU_ASSERT_EQUAL(reason.code, MATCH_RELIABILITY);
	reader.qos.reliability = TERN_BEST_EFFORT;
	CU_ASSERT_FALSE(match());
	CU_ASSERT_EQUAL(reason.code, MATCH_OWNERSHIP);
}

static void all_policies_that_fail_are_told_with_both_values(void)
{
	struct tern_mismatch all[TERN_MISMATCHES_MAX];

	begin();
	CU_ASSERT_EQUAL(tern_endpoint_mismatches(&writer, &reader, all), 0);
	reader.qos.reliability = TERN_RELIABLE;
	writer.qos.reliability = TERN_BEST_EFFORT;
	reader.qos.deadline_ns = 20 * MS;
	reader.type = &other;
	CU_ASSERT_EQUAL_FATAL(tern_endpoint_mismatches(&writer, &reader, all), 3);
	CU_ASSERT_EQUAL(all[0].kind, TERN_MISMATCH_RELIABILITY);
	CU_ASSERT_STRING_EQUAL(all[0].requested, "RELIABLE");
	CU_ASSERT_STRING_EQUAL(all[0].offered, "BEST_EFFORT");
	CU_ASSERT_STRING_EQUAL(all[0].fix,
	                       "make the writer reliable or the reader best effort");
	CU_ASSERT_EQUAL(all[1].kind, TERN_MISMATCH_DEADLINE);
	CU_ASSERT_STRING_EQUAL(all[1].requested, "20 ms");
	CU_ASSERT_STRING_EQUAL(all[1].offered, "infinite");
	CU_ASSERT_EQUAL(all[2].kind, TERN_MISMATCH_TYPE);
	CU_ASSERT_STRING_EQUAL(all[2].what, "test::Other.x: writer int32, reader double");
	CU_ASSERT_STRING_EQUAL(all[2].fix, "give both the same type");
	CU_ASSERT_STRING_EQUAL(tern_mismatch_kind_name(all[1].kind), "DEADLINE");
}

static const struct suite_test tests[] = {
	{ "defaults_match", defaults_match },
	{ "another_topic_has_no_reason", another_topic_has_no_reason },
	{ "a_reliable_reader_needs_a_reliable_writer",
	  a_reliable_reader_needs_a_reliable_writer },
	{ "a_transient_local_reader_needs_a_transient_local_writer",
	  a_transient_local_reader_needs_a_transient_local_writer },
	{ "the_offered_deadline_is_not_above_the_requested",
	  the_offered_deadline_is_not_above_the_requested },
	{ "the_offered_latency_budget_is_not_above_the_requested",
	  the_offered_latency_budget_is_not_above_the_requested },
	{ "ownership_is_the_same", ownership_is_the_same },
	{ "liveliness_is_at_least_as_strict_and_as_short",
	  liveliness_is_at_least_as_strict_and_as_short },
	{ "order_by_source_must_be_offered", order_by_source_must_be_offered },
	{ "a_partition_is_shared", a_partition_is_shared },
	{ "long_names_do_not_push_the_fix_out_of_the_text",
	  long_names_do_not_push_the_fix_out_of_the_text },
	{ "the_reader_accepts_the_one_representation_of_the_writer",
	  the_reader_accepts_the_one_representation_of_the_writer },
	{ "types_are_compared_by_their_tables", types_are_compared_by_their_tables },
	{ "without_tables_type_information_is_left_to_the_transport",
	  without_tables_type_information_is_left_to_the_transport },
	{ "a_key_is_on_both_sides_or_on_none", a_key_is_on_both_sides_or_on_none },
	{ "all_policies_that_fail_are_told_with_both_values",
	  all_policies_that_fail_are_told_with_both_values },
	{ "the_first_policy_that_fails_is_named", the_first_policy_that_fails_is_named },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
