/* Cyclone DDS's verdict on a pair and core's are the same, over every pair of the types in
 * verdicts.idl and over the values of each QoS policy. On DDS, Cyclone's verdict is the match and
 * core's is the explanation: where they differ, a pair would wait in silence, or be explained
 * though it works. The differences that remain are listed, each with its reason; a difference
 * that is not listed fails, and so does one that is listed and no longer there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "core/src/match.h"
#include "netns.h"
#include "suite.h"
#include "verdict_cyclone.h"
#include "verdict_tern.h"

#define MS INT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A pair on which core and Cyclone DDS 0.10.2 differ, and why core does not follow. */
struct difference {
	enum verdict_type writer, reader;
	bool core_matches;
	const char *why;
};

#define NAME_KEEPS_ID                                                                    \
	"a member's name has one id (XTypes 1.3, 7.2.4.4): Cyclone looks at names of "   \
	"ids, "                                                                          \
	"not at ids of names"
#define LITERAL_KEEPS_VALUE                                                              \
	"a literal's name has one value (XTypes 1.3, 7.2.4.4): Cyclone looks at names "  \
	"of "                                                                            \
	"values, not at values of names"
#define KEY_LITERALS                                                                     \
	"a key's literals must all be known to the reader (XTypes 1.3, 7.2.4.4): "       \
	"Cyclone "                                                                       \
	"does not look at those behind the reader's last"

#define ENUM_SIZE                                                                          \
	"enums of different bit bounds differ in size on the wire: Cyclone does not look " \
	"at the bound"

static const struct difference differences[] = {
	{ VERDICT_MutableMoved, VERDICT_Mutable2, false, NAME_KEEPS_ID },
	{ VERDICT_MutableMoved, VERDICT_MutableOptional, false, NAME_KEEPS_ID },
	{ VERDICT_MutableMoved, VERDICT_MutableMust, false, NAME_KEEPS_ID },
	{ VERDICT_MutableMoved, VERDICT_MutableMustOptional, false, NAME_KEEPS_ID },
	{ VERDICT_Mutable2, VERDICT_MutableMoved, false, NAME_KEEPS_ID },
	{ VERDICT_MutableOptional, VERDICT_MutableMoved, false, NAME_KEEPS_ID },
	{ VERDICT_MutableMust, VERDICT_MutableMoved, false, NAME_KEEPS_ID },
	{ VERDICT_MutableMustOptional, VERDICT_MutableMoved, false, NAME_KEEPS_ID },
	{ VERDICT_Enum2, VERDICT_EnumMoved, false, LITERAL_KEEPS_VALUE },
	{ VERDICT_EnumMoved, VERDICT_Enum2, false, LITERAL_KEEPS_VALUE },
	{ VERDICT_KeyEnum3, VERDICT_KeyEnum2, false, KEY_LITERALS },
	{ VERDICT_Enum2, VERDICT_EnumByte, false, ENUM_SIZE },
	{ VERDICT_Enum3, VERDICT_EnumByte, false, ENUM_SIZE },
	{ VERDICT_EnumMoved, VERDICT_EnumByte, false, ENUM_SIZE },
	{ VERDICT_EnumByte, VERDICT_Enum2, false, ENUM_SIZE },
	{ VERDICT_EnumByte, VERDICT_Enum3, false, ENUM_SIZE },
	{ VERDICT_EnumByte, VERDICT_EnumMoved, false, ENUM_SIZE },
};

static unsigned compared, matched; /* in all */
static unsigned compared_before, matched_before;

static void begin(void)
{
	compared_before = compared;
	matched_before = matched;
}

/* Pairs that nearly all match, or nearly none of them, would prove little. */
static void expect_mixture(unsigned pairs)
{
	unsigned count = compared - compared_before, matches = matched - matched_before;

	CU_ASSERT_TRUE(count >= pairs);
	CU_ASSERT_TRUE(matches >= count / 50);
	CU_ASSERT_TRUE(count - matches >= count / 50);
}

static struct tern_endpoint_info endpoint_of(tern_endpoint_kind kind,
                                             enum verdict_type type)
{
	return (struct tern_endpoint_info){
		.kind = kind,
		.topic_name = "verdict",
		.type_name = verdict_tables[type]->name,
		.type = verdict_tables[type],
		.qos = kind == TERN_WRITER ? tern_qos_writer_default()
		                           : tern_qos_reader_default(),
	};
}

static const struct difference *difference_of(enum verdict_type writer,
                                              enum verdict_type reader)
{
	for (size_t i = 0; i < COUNT(differences); i++)
		if (differences[i].writer == writer && differences[i].reader == reader)
			return &differences[i];
	return NULL;
}

/* Compare both verdicts on a pair; the types' names and the text help to find it again. */
static void compare(enum verdict_type writer_type,
                    const struct tern_endpoint_info *writer,
                    enum verdict_type reader_type,
                    const struct tern_endpoint_info *reader, const char *what)
{
	struct match_reason reason;
	struct cyclone_verdict cyclone;
	bool core = tern__match(writer, reader, &reason);
	const struct difference *known = difference_of(writer_type, reader_type);

	if (!verdict_cyclone(writer_type, writer, reader_type, reader, &cyclone)) {
		CU_FAIL("Cyclone makes no such endpoint");
		return;
	}
	compared++;
	matched += core;
	bool same = core == cyclone.matched;
	if (same == !known && (!known || known->core_matches == core)) {
		/* Where both refuse, both name one policy. */
		if (core || !same || cyclone.code == MATCH_OK ||
		    cyclone.code == reason.code)
			return;
	}
	printf("    writer %s, reader %s, %s: core %s (%d), Cyclone %s (%d)%s%s %s\n",
	       verdict_names[writer_type], verdict_names[reader_type], what,
	       core ? "matches" : "refuses", (int)reason.code,
	       cyclone.matched ? "matches" : "refuses", (int)cyclone.code,
	       known ? "; listed: " : "", known ? known->why : "", reason.text);
	CU_FAIL("the verdicts differ");
}

static void every_pair_of_types(void)
{
	begin();
	for (int w = 0; w < VERDICT_TYPE_COUNT; w++) {
		struct tern_endpoint_info writer =
			endpoint_of(TERN_WRITER, (enum verdict_type)w);
		for (int r = 0; r < VERDICT_TYPE_COUNT; r++) {
			struct tern_endpoint_info reader =
				endpoint_of(TERN_READER, (enum verdict_type)r);
			compare((enum verdict_type)w, &writer, (enum verdict_type)r,
			        &reader, "default QoS");
		}
	}
	expect_mixture(9000);
}

/* Pairs for which one of the reader's switches matters, or looks as if it might. No reader here
 * has more members than its writer: with prevent_type_widening, Cyclone reads behind the
 * writer's last. */
static const struct {
	enum verdict_type writer, reader;
} switched[] = {
	{ VERDICT_String0, VERDICT_String5 },
	{ VERDICT_String10, VERDICT_String5 },
	{ VERDICT_String5, VERDICT_String10 },
	{ VERDICT_String5, VERDICT_String0 },
	{ VERDICT_FinalString10, VERDICT_FinalString5 },
	{ VERDICT_FinalString5, VERDICT_FinalString10 },
	{ VERDICT_KeyString10, VERDICT_KeyString5 },
	{ VERDICT_KeyString5, VERDICT_KeyString },
	{ VERDICT_Sequence0, VERDICT_Sequence5 },
	{ VERDICT_Sequence10, VERDICT_Sequence5 },
	{ VERDICT_Sequence5, VERDICT_Sequence0 },
	{ VERDICT_SequenceString10, VERDICT_SequenceString5 },
	{ VERDICT_SequenceString5, VERDICT_SequenceString10 },
	{ VERDICT_NestedFinalLonger, VERDICT_NestedFinal },
	{ VERDICT_MutableNestedFinalLonger, VERDICT_MutableNestedFinal },
	{ VERDICT_Renamed1, VERDICT_Long1 },
	{ VERDICT_FinalRenamed, VERDICT_Final1 },
	{ VERDICT_MutableRenamed, VERDICT_Mutable1 },
	{ VERDICT_MutableRenamed, VERDICT_MutableShort },
	{ VERDICT_HasGrowsRenamed, VERDICT_HasGrows1 },
	{ VERDICT_EnumRenamed, VERDICT_Enum2 },
	{ VERDICT_Long2, VERDICT_Long1 },
	{ VERDICT_LongAgain, VERDICT_Long1 },
	{ VERDICT_LongOptional2, VERDICT_Long1 },
	{ VERDICT_Mutable2, VERDICT_Mutable1 },
	{ VERDICT_MutableOptional, VERDICT_Mutable1 },
	{ VERDICT_MutableShuffled, VERDICT_Mutable2 },
	{ VERDICT_HasGrows2, VERDICT_HasGrows1 },
	{ VERDICT_HasGrows1, VERDICT_HasGrows2 },
	{ VERDICT_Enum3, VERDICT_Enum2 },
};

static void every_type_consistency_switch(void)
{
	char what[96];

	begin();
	for (size_t i = 0; i < COUNT(switched); i++) {
		struct tern_endpoint_info writer =
			endpoint_of(TERN_WRITER, switched[i].writer);
		struct tern_endpoint_info reader =
			endpoint_of(TERN_READER, switched[i].reader);
		for (unsigned bits = 0; bits < 16; bits++) {
			reader.qos.ignore_sequence_bounds = bits & 1;
			reader.qos.ignore_string_bounds = bits & 2;
			reader.qos.ignore_member_names = bits & 4;
			reader.qos.prevent_type_widening = bits & 8;
			snprintf(what, sizeof what,
			         "ignore bounds of sequences %u, of strings %u, names "
			         "%u, prevent widening %u",
			         bits & 1, bits >> 1 & 1, bits >> 2 & 1, bits >> 3 & 1);
			compare(switched[i].writer, &writer, switched[i].reader, &reader,
			        what);
		}
	}
	expect_mixture(450);
}

/* Values of one policy; each is tried for the writer with each for the reader. */
struct policy {
	const char *name;
	void (*set)(struct tern_qos *qos, unsigned value);
	unsigned values;
};

static void set_reliability(struct tern_qos *qos, unsigned value)
{
	qos->reliability = value ? TERN_RELIABLE : TERN_BEST_EFFORT;
}

static void set_durability(struct tern_qos *qos, unsigned value)
{
	qos->durability = value ? TERN_TRANSIENT_LOCAL : TERN_VOLATILE;
}

static void set_ownership(struct tern_qos *qos, unsigned value)
{
	qos->ownership = value ? TERN_EXCLUSIVE : TERN_SHARED;
}

static void set_order(struct tern_qos *qos, unsigned value)
{
	qos->destination_order =
		value ? TERN_BY_SOURCE_TIMESTAMP : TERN_BY_RECEPTION_TIMESTAMP;
}

static void set_history(struct tern_qos *qos, unsigned value)
{
	qos->history = value == 2 ? TERN_KEEP_ALL : TERN_KEEP_LAST;
	qos->history_depth = value == 1 ? 10 : 1;
}

static const int64_t durations_ns[] = { 1, 10 * MS, 10 * MS + 1, 1000 * MS,
	                                TERN_INFINITE };

static void set_deadline(struct tern_qos *qos, unsigned value)
{
	qos->deadline_ns = durations_ns[value];
}

static void set_latency_budget(struct tern_qos *qos, unsigned value)
{
	qos->latency_budget_ns = value ? durations_ns[value] : 0;
}

static void set_lifespan(struct tern_qos *qos, unsigned value)
{
	qos->lifespan_ns = durations_ns[value];
}

static void set_liveliness(struct tern_qos *qos, unsigned value)
{
	static const int64_t leases_ns[] = { 500 * MS, 1000 * MS, TERN_INFINITE };

	qos->liveliness = (tern_liveliness)(value / 3);
	qos->liveliness_lease_ns = leases_ns[value % 3];
}

static void set_representations(struct tern_qos *qos, unsigned value)
{
	qos->representations = value;
}

static const char *const partition_sets[][3] = {
	{ NULL },
	{ "" },
	{ "left" },
	{ "right" },
	{ "left", "" },
	{ "left", "right" },
	{ "*" },
	{ "?" },
	{ "l*" },
	{ "*t" },
	{ "l?ft" },
	{ "left?" },
	{ "left*" },
	{ "**" },
	{ "l*f*" },
	{ "*e*", "other" },
	{ "other", "le*t" },
	{ "Left" },
	{ "left/front" },
	{ "left/*" },
	{ "]" },
	{ "[" },
};

static void set_partitions(struct tern_qos *qos, unsigned value)
{
	qos->partitions = partition_sets[value];
	qos->partition_count = 0;
	while (qos->partition_count < 3 && partition_sets[value][qos->partition_count])
		qos->partition_count++;
}

static const struct policy policies[] = {
	{ "reliability", set_reliability, 2 },
	{ "durability", set_durability, 2 },
	{ "ownership", set_ownership, 2 },
	{ "destination order", set_order, 2 },
	{ "history", set_history, 3 },
	{ "deadline", set_deadline, COUNT(durations_ns) },
	{ "latency budget", set_latency_budget, COUNT(durations_ns) },
	{ "lifespan", set_lifespan, COUNT(durations_ns) },
	{ "liveliness", set_liveliness, 9 },
	{ "representations", set_representations, 4 },
	{ "partitions", set_partitions, COUNT(partition_sets) },
};

static void every_pair_of_values_of_each_policy(void)
{
	char what[64];

	begin();
	for (size_t i = 0; i < COUNT(policies); i++) {
		for (unsigned w = 0; w < policies[i].values; w++) {
			for (unsigned r = 0; r < policies[i].values; r++) {
				struct tern_endpoint_info writer =
					endpoint_of(TERN_WRITER, VERDICT_Final1);
				struct tern_endpoint_info reader =
					endpoint_of(TERN_READER, VERDICT_FinalAgain);
				policies[i].set(&writer.qos, w);
				policies[i].set(&reader.qos, r);
				snprintf(what, sizeof what,
				         "%s: writer's %u, reader's %u", policies[i].name,
				         w, r);
				compare(VERDICT_Final1, &writer, VERDICT_FinalAgain,
				        &reader, what);
			}
		}
	}
	expect_mixture(600);
}

/* Representations with types that cannot be XCDR1, as far as an endpoint can be made. */
static void representations_of_types_that_need_xcdr2(void)
{
	for (unsigned w = 0; w <= TERN_ACCEPT_XCDR2; w += TERN_ACCEPT_XCDR2) {
		for (unsigned r = 0; r <= TERN_ACCEPT_XCDR2; r += TERN_ACCEPT_XCDR2) {
			struct tern_endpoint_info writer =
				endpoint_of(TERN_WRITER, VERDICT_Mutable1);
			struct tern_endpoint_info reader =
				endpoint_of(TERN_READER, VERDICT_Mutable2);
			writer.qos.representations = w;
			reader.qos.representations = r;
			compare(VERDICT_Mutable1, &writer, VERDICT_Mutable2, &reader,
			        "XCDR2 only");
		}
	}
}

/* Several policies at once, among them ones that do not go together: the first that Cyclone
 * names is the one that core explains. The numbers are the same in every run. */
static void policies_in_combination(void)
{
	enum { PAIRS = 400 };
	uint64_t state = 20231;
	char what[64];

	begin();
	for (int n = 0; n < PAIRS; n++) {
		struct tern_endpoint_info writer =
			endpoint_of(TERN_WRITER, VERDICT_Final1);
		struct tern_endpoint_info reader =
			endpoint_of(TERN_READER, VERDICT_Final1);
		for (size_t i = 0; i < COUNT(policies); i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			uint32_t random = (uint32_t)(state >> 33);
			unsigned w = random % policies[i].values;
			unsigned r = random / 64 % policies[i].values;
			policies[i].set(&writer.qos, w);
			/* Mostly alike: else nearly no pair would match. */
			policies[i].set(&reader.qos, random >> 16 & 7 ? w : r);
		}
		snprintf(what, sizeof what, "combination %d", n);
		compare(VERDICT_Final1, &writer, VERDICT_Final1, &reader, what);
	}
	expect_mixture(400);
}

/* XTypes and DDS have fnmatch()'s sets, Cyclone takes the bracket for a character. On DDS such a
 * pair waits, and the transport's explanation says for what. */
static void character_sets_in_partitions_are_unknown_to_cyclone(void)
{
	static const char *const set[] = { "l[a-f]ft" }, *const name[] = { "left" };
	struct tern_endpoint_info writer = endpoint_of(TERN_WRITER, VERDICT_Final1);
	struct tern_endpoint_info reader = endpoint_of(TERN_READER, VERDICT_Final1);
	struct match_reason reason;
	struct cyclone_verdict cyclone = { 0 };

	writer.qos.partitions = name;
	writer.qos.partition_count = 1;
	reader.qos.partitions = set;
	reader.qos.partition_count = 1;
	CU_ASSERT_TRUE(tern__match(&writer, &reader, &reason));
	CU_ASSERT_TRUE(verdict_cyclone(VERDICT_Final1, &writer, VERDICT_Final1, &reader,
	                               &cyclone));
	CU_ASSERT_FALSE(cyclone.matched);
	CU_ASSERT_EQUAL(cyclone.code, MATCH_PARTITION);
}

static const struct suite_test tests[] = {
	{ "every_pair_of_types", every_pair_of_types },
	{ "every_type_consistency_switch", every_type_consistency_switch },
	{ "every_pair_of_values_of_each_policy", every_pair_of_values_of_each_policy },
	{ "representations_of_types_that_need_xcdr2",
	  representations_of_types_that_need_xcdr2 },
	{ "policies_in_combination", policies_in_combination },
	{ "character_sets_in_partitions_are_unknown_to_cyclone",
	  character_sets_in_partitions_are_unknown_to_cyclone },
};

int main(int argc, char **argv)
{
	netns_isolate();
	if (!verdict_cyclone_begin())
		return 1;
	int result = SUITE_RUN(argc, argv, tests);
	verdict_cyclone_end();
	printf("%u pairs compared, %u of them match\n", compared, matched);
	return result;
}
