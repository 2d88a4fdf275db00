/* What every transport has to do, written once: `conformance TRANSPORT[@hosts] [FILTER]`. Each
 * behaviour is run twice, the writer being here and the reader on the other side, and the other
 * way round. The commands that move the sides are in engine.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"
#include "sides.h"
#include "suite.h"

/* Where a test stands: the sides and the topic, which no other test uses. */
static struct side *w;
static struct side *r;
static char t[32];

static void expect(const char *wanted, bool whole, const char *got, int line)
{
	bool good = whole ? strcmp(got, wanted) == 0 : strstr(got, wanted) != NULL;
	if (!good)
		printf("\n    line %d, writer %s: wanted \"%s\", got \"%s\"", line,
		       w == side_here() ? "here" : "there", wanted, got);
	CU_assertImplementation(good, (unsigned)line, wanted, __FILE__, "", CU_FALSE);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *sort_words(char *text)
{
	static char sorted[256];
	char *words[32];
	size_t count = 0;
	size_t used = 0;
	for (char *word; count < 32 && (word = strsep(&text, " "));)
		words[count++] = word;
	qsort(words, count, sizeof *words, compare_words);
	for (size_t i = 0; i < count && used < sizeof sorted; i++)
		used += (size_t)snprintf(sorted + used, sizeof sorted - used, "%s%s",
		                         i > 0 ? " " : "", words[i]);
	return sorted;
}

/* The whole answer, or a part of it. */
#define EXPECT(wanted, side, ...)                                                        \
	expect(wanted, true, side_ask(side, __VA_ARGS__), __LINE__)
#define EXPECT_PART(wanted, side, ...)                                                   \
	expect(wanted, false, side_ask(side, __VA_ARGS__), __LINE__)

static void both_ways(void (*behaviour)(void))
{
	static unsigned number;
	snprintf(t, sizeof t, "conformance_%u", ++number);
	w = side_here();
	r = side_there();
	behaviour();
	snprintf(t, sizeof t, "conformance_%u", ++number);
	w = side_there();
	r = side_here();
	behaviour();
}

/* A writer "W" and a reader "R" of the topic that have found each other. */
static void pair(const char *type, const char *writer_qos, const char *reader_qos)
{
	EXPECT("ok", r, "reader R %s %s %s", t, type, reader_qos);
	EXPECT("ok", w, "writer W %s %s %s", t, type, writer_qos);
	EXPECT("ok", w, "matched W 1");
	EXPECT("ok", r, "matched R 1");
}

static void unpair(void)
{
	EXPECT("ok", w, "destroy W");
	EXPECT("ok", r, "destroy R");
}

/* ---- finding each other --------------------------------------------------------------- */

static void ends_find_and_lose_each_other(void)
{
	pair("keyed", "reliable", "reliable");
	EXPECT("ok", w, "destroy W");
	EXPECT("ok", r, "unmatched R 0");
	/* The reader was there before this writer. */
	EXPECT("ok", w, "writer W %s keyed reliable", t);
	EXPECT("ok", r, "matched R 1");
	EXPECT("ok", w, "matched W 1");
	EXPECT("ok", r, "destroy R");
	EXPECT("ok", w, "unmatched W 0");
	/* And the writer before this reader. */
	EXPECT("ok", r, "reader R %s keyed reliable", t);
	EXPECT("ok", w, "matched W 1");
	EXPECT("ok", r, "matched R 1");
	unpair();
}

static void partitions_keep_them_apart(void)
{
	EXPECT("ok", r, "reader A %s keyed reliable keep_all partition=a", t);
	EXPECT("ok", r, "reader B %s keyed reliable keep_all partition=b", t);
	EXPECT("ok", r, "reader ALL %s keyed reliable keep_all partition=*", t);
	EXPECT("ok", w, "writer W %s keyed reliable partition=a", t);
	EXPECT("ok", w, "matched W 2");
	EXPECT("ok", r, "matched A 1");
	EXPECT("ok", r, "matched ALL 1");
	EXPECT("ok", w, "write W 1 1");
	EXPECT("ok", w, "acknowledged W 20000");
	EXPECT("ok 1:1:A", r, "take A 1");
	EXPECT("ok 1:1:A", r, "take ALL 1");
	EXPECT("ok", r, "quiet B");
	EXPECT("ok", r, "unmatched B 0");
	EXPECT("ok", r, "destroy A");
	EXPECT("ok", r, "destroy B");
	EXPECT("ok", r, "destroy ALL");
	EXPECT("ok", w, "destroy W");
}

static void a_qos_mismatch_has_its_reason_on_both_ends(void)
{
	EXPECT("ok", r, "reader R %s keyed reliable", t);
	EXPECT("ok", w, "writer W %s keyed best_effort", t);
	EXPECT_PART("RELIAB", w, "incompatible W");
	EXPECT_PART("RELIAB", r, "incompatible R");
	unpair();
	/* Another topic: the first reader's end may be heard of after the second writer's birth. */
	EXPECT("ok", r, "reader R %s_2 keyed reliable transient_local", t);
	EXPECT("ok", w, "writer W %s_2 keyed reliable", t);
	EXPECT_PART("durab", w, "incompatible W");
	EXPECT_PART("durab", r, "incompatible R");
	unpair();
}

static void a_type_mismatch_has_its_reason_on_both_ends(void)
{
	EXPECT("ok", r, "reader R %s unlike reliable", t);
	EXPECT("ok", w, "writer W %s keyed reliable", t);
	EXPECT_PART("type", w, "incompatible W");
	EXPECT_PART("type", r, "incompatible R");
	unpair();
}

static void a_peer_sees_qos_and_user_data(void)
{
	pair("keyed", "reliable keep_last=7 user=gull", "reliable");
	EXPECT_PART("tern conformance::Keyed reliable depth 7 user gull", r,
	            "user_data R");
	unpair();
}

/* ---- samples -------------------------------------------------------------------------- */

static void what_is_written_is_taken(void)
{
	pair("rich", "reliable keep_all", "reliable keep_all");
	for (int i = 0; i < 12; i++)
		EXPECT("ok", w, "write W %d %d", i % 3, i);
	EXPECT("ok", w, "acknowledged W 20000"); /* all are there: one take gets them */
	EXPECT("ok 0:0:A 0:3:A 0:6:A 0:9:A 1:1:A 1:4:A 1:7:A 1:10:A 2:2:A 2:5:A 2:8:A 2:11:A",
	       r, "take R 12");
	EXPECT("ok", r, "quiet R");
	unpair();
}

static void what_is_published_from_a_loan_is_taken(void)
{
	pair("rich", "reliable keep_all", "reliable keep_all");
	for (int i = 0; i < 6; i++)
		EXPECT("ok", w, "publish W 5 %d", i);
	EXPECT("ok 5:0:A 5:1:A 5:2:A 5:3:A 5:4:A 5:5:A", r, "take R 6");
	unpair();
}

static void a_null_string_arrives_empty(void)
{
	pair("strict", "reliable keep_all", "reliable keep_all");
	EXPECT("ok", w, "write W 1 1");
	EXPECT("ok", w, "publish W 1 3");
	EXPECT("ok", w, "write W 1 4");
	EXPECT("ok 1:1:A 1:3:A 1:4:A", r, "take R 3");
	unpair();
}

static void what_breaks_its_type_is_refused_and_reaches_nobody(void)
{
	static const char *const members[] = { "label", "few",  "hue",      "shown",
		                               "flag",  "spot", "spot.name" };
	char wanted[64];
	for (int readers = 0; readers < 2; readers++) {
		if (readers == 0) /* nobody encodes or copies it */
			EXPECT("ok", w, "writer W %s_alone strict reliable", t);
		else
			pair("strict", "reliable keep_all", "reliable keep_all");
		for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
			snprintf(wanted, sizeof wanted, "conformance::Strict.%s",
			         members[i]);
			EXPECT_PART(wanted, w, "spoil W write %s", members[i]);
			EXPECT_PART("TERN_EINVAL", w, "spoil W write %s", members[i]);
			EXPECT_PART(wanted, w, "spoil W publish %s", members[i]);
			EXPECT_PART("TERN_EINVAL", w, "spoil W publish %s", members[i]);
		}
		EXPECT("ok", w, "write W 1 2");
		EXPECT_PART("TERN_EINVAL", w, "spoil W dispose label");
		if (readers == 0)
			EXPECT("ok", w, "destroy W");
	}
	EXPECT("ok 1:2:A", r, "take R 1");
	EXPECT("ok", w, "spoil W dispose hue"); /* no key */
	EXPECT("ok 1:0:d", r, "take R 1");
	EXPECT("ok", r, "quiet R");
	EXPECT_PART("lost 0 malformed 0", r, "lost R");
	unpair();
}

static void a_sample_that_is_read_stays(void)
{
	pair("keyed", "reliable", "reliable");
	EXPECT("ok", w, "write W 1 1");
	EXPECT("ok 1:1:A", r, "read R 1");
	EXPECT("ok 1:1:A", r, "read R 1");
	EXPECT("ok 1:1:A", r, "take R 1");
	EXPECT("ok", r, "quiet R");
	unpair();
}

static void timestamps_rise_and_arrive_as_they_were(void)
{
	pair("keyed", "reliable keep_all", "reliable keep_all");
	EXPECT("ok", w, "write_at W 1 0 1700000000123456789");
	EXPECT("ok", w, "write_at W 1 1 1700000000123456789"); /* equal: moved by 1 ns */
	EXPECT("ok", w, "write_at W 1 2 1700000000123456791");
	EXPECT("ok 1:0:A@1700000000123456789 1:1:A@1700000000123456790 "
	       "1:2:A@1700000000123456791",
	       r, "take R 3 stamps");
	EXPECT_PART("TERN_EINVAL", w, "write_at W 1 3 1700000000123456790");
	unpair();
}

static void large_samples_arrive_whole(void)
{
	pair("counted", "reliable keep_all block_ms=20000", "reliable keep_all");
	EXPECT("ok", w, "write W 0 1 1000003");
	EXPECT("ok", w, "write W 0 2 4000001");
	EXPECT("ok", w, "write W 0 3 0");
	EXPECT("ok", w, "publish W 0 4 1000003");
	EXPECT("ok 0:1:A 0:2:A 0:3:A 0:4:A", r, "take R 4");
	unpair();
}

static void a_loan_holds_and_keeps_its_reader_alive(void)
{
	pair("rich", "reliable keep_all", "reliable keep_all");
	EXPECT("ok", w, "write W 1 7");
	EXPECT("ok 1:7:A", r, "hold R");
	EXPECT_PART("TERN_EBUSY", r, "destroy R");
	for (int i = 0; i < 20; i++)
		EXPECT("ok", w, "write W 1 %d", i);
	EXPECT("ok 1:7:A", r, "give_back R");
	unpair();
}

/* ---- instances ------------------------------------------------------------------------ */

static void instances_end_and_are_born_again(void)
{
	pair("keyed", "reliable no_autodispose", "reliable keep_all");
	EXPECT("ok", w, "write W 1 1");
	EXPECT("ok 1:1:A/0/0new", r, "take R 1 generations");
	EXPECT("ok", w, "write W 1 2");
	EXPECT("ok 1:2:A/0/0", r, "take R 1 generations");
	EXPECT("ok", w, "dispose W 1");
	EXPECT("ok 1:0:d/0/0", r, "take R 1 generations");
	EXPECT("ok", w, "write W 1 3");
	EXPECT("ok 1:3:A/1/0new", r, "take R 1 generations");
	EXPECT("ok", w, "unregister W 1");
	EXPECT("ok 1:0:n/1/0", r, "take R 1 generations");
	EXPECT("ok", w, "write W 1 4");
	/* Without writers or samples it was forgotten: this is another one. */
	EXPECT("ok 1:4:A/0/0new", r, "take R 1 generations");
	EXPECT_PART("TERN_ENOTFOUND", w, "dispose W 2");
	unpair();
}

static void a_writer_that_goes_leaves_its_instances(void)
{
	pair("rich", "reliable", "reliable keep_all");
	EXPECT("ok", w, "write W 4 4");
	EXPECT("ok 4:4:A", r, "take R 1");
	EXPECT("ok", w, "destroy W");
	/* Its unregistering disposes: WRITER_DATA_LIFECYCLE. */
	EXPECT("ok 4:0:d", r, "take R 1");
	EXPECT("ok", r, "destroy R");
}

static void many_instances_arrive(void)
{
	pair("keyed", "reliable keep_all", "reliable keep_all");
	side_begin(w, "spread W 2000");
	EXPECT_PART("distinct 2000 duplicates 0", r, "tally R 2000");
	expect("ok", true, side_end(w), __LINE__);
	unpair();
}

static void a_late_joiner_gets_the_last_of_each_instance(void)
{
	EXPECT("ok", w, "writer W %s keyed reliable transient_local keep_last=2", t);
	for (int i = 1; i <= 5; i++)
		for (int key = 1; key <= 3; key++)
			EXPECT("ok", w, "write W %d %d", key, i);
	EXPECT("ok", r, "reader R %s keyed reliable transient_local keep_all", t);
	EXPECT("ok", w, "matched W 1");
	EXPECT("ok", r, "matched R 1");
	/* They may come in one go or in several: then instances are not together. */
	char answer[256];
	snprintf(answer, sizeof answer, "%s", side_ask(r, "take R 6"));
	expect("1:4:A 1:5:A 2:4:A 2:5:A 3:4:A 3:5:A ok", true, sort_words(answer),
	       __LINE__);
	EXPECT("ok", w, "write W 2 6");
	EXPECT("ok 2:6:A", r, "take R 1");
	EXPECT("ok", r, "quiet R");
	EXPECT_PART("lost 0", r, "lost R");
	/* A volatile reader gets what is written from now on. */
	EXPECT("ok", r, "reader V %s keyed reliable", t);
	EXPECT("ok", w, "matched W 2");
	EXPECT("ok", r, "matched V 1");
	EXPECT("ok", w, "write W 3 7");
	EXPECT("ok 3:7:A", r, "take V 1");
	EXPECT("ok", r, "destroy V");
	unpair();
}

/* ---- reliability ---------------------------------------------------------------------- */

static void a_full_reader_holds_the_writer_back_and_a_retry_is_no_duplicate(void)
{
	unsigned sent = 0;
	pair("counted", "reliable keep_all block_ms=300",
	     "reliable keep_all max_samples=3");
	/* The first sample may have to wait for the other end to know the writer: it comes alone,
	 * so that it is the reader that holds back. */
	EXPECT("ok", w, "again W 2 1 1");
	EXPECT_PART("ok distinct 1 ", r, "tally R 1");
	EXPECT("ok", w, "acknowledged W 20000");
	const char *answer = side_ask(w, "fill W 1 1000000");
	CU_ASSERT_EQUAL(sscanf(answer, "ok sent %u then TERN_ETIMEDOUT", &sent), 1);
	CU_ASSERT_TRUE(sent >= 3 && sent < 1000);
	side_begin(w, "again W 1 %u 1000000", sent + 1);
	char wanted[64];
	snprintf(wanted, sizeof wanted, "ok distinct %u duplicates 0 disordered 0 lost 0",
	         sent + 2);
	EXPECT(wanted, r, "tally R %u", sent + 2);
	expect("ok", true, side_end(w), __LINE__);
	EXPECT("ok", w, "acknowledged W 20000");
	EXPECT("ok", r, "quiet R");
	unpair();
}

/* Two writers on one side and one on the other, two readers on each: 12,000 samples, and each
 * reader has to get all of them. */
static void nothing_is_lost_or_doubled_under_load(void)
{
	static const char wanted[] = "ok distinct 12000 duplicates 0 disordered 0 lost 0";
	struct side *sides[] = { w, r };
	for (int i = 0; i < 2; i++) {
		EXPECT("ok", sides[i], "reader R1 %s counted reliable keep_all", t);
		EXPECT("ok", sides[i], "reader R2 %s counted reliable keep_all", t);
	}
	EXPECT("ok", w, "writer W1 %s counted reliable keep_all block_ms=5000", t);
	EXPECT("ok", w, "writer W2 %s counted reliable keep_all block_ms=5000", t);
	EXPECT("ok", w, "matched W1 2");
	EXPECT("ok", w, "matched W2 2");
	EXPECT("ok", r, "matched R1 2");
	EXPECT("ok", r, "matched R2 2");
	side_begin(w, "bursts W1 W2 6000 100");
	EXPECT(wanted, r, "tally R1 12000");
	EXPECT(wanted, r, "tally R2 12000");
	expect("ok", false, side_end(w), __LINE__);
	EXPECT("ok", w, "acknowledged W1 20000");
	EXPECT("ok", r, "quiet R1");
	EXPECT("ok", r, "quiet R2");
	EXPECT("ok", w, "destroy W1");
	EXPECT("ok", w, "destroy W2");
	for (int i = 0; i < 2; i++) {
		EXPECT("ok", sides[i], "destroy R1");
		EXPECT("ok", sides[i], "destroy R2");
	}
}

/* A transport may say that a pair is matched a moment before samples reach the reader (Cyclone DDS
 * does), and without reliability they are lost: so write until it has some. */
static void write_until_heard(const char *reader, int *last)
{
	do
		EXPECT("ok", w, "write W 2 %d", ++*last);
	while (*last < 10000 && strcmp(side_ask(r, "quiet %s", reader), "ok") == 0);
}

static void a_best_effort_reader_keeps_the_last(void)
{
	int last = 0;

	EXPECT("ok", r, "reader ALL %s keyed best_effort keep_all", t);
	pair("keyed", "best_effort", "best_effort keep_last=3");
	EXPECT("ok", w, "matched W 2");
	EXPECT("ok", r, "matched ALL 1");
	write_until_heard("R", &last);
	write_until_heard("ALL", &last);
	EXPECT("ok", w, "write W 2 %d", ++last);
	(void)side_ask(r, "take_until R %d", last);
	(void)side_ask(r, "take_until ALL %d", last);
	for (int i = 1; i <= 10; i++)
		EXPECT("ok", w, "write W 1 %d", i);
	EXPECT("ok 1:1:A 1:2:A 1:3:A 1:4:A 1:5:A 1:6:A 1:7:A 1:8:A 1:9:A 1:10:A", r,
	       "take ALL 10");
	/* A transport gives it to one reader after the other: R's may be on its way yet. */
	for (int tries = 0; tries < 10000; tries++)
		if (strstr(side_ask(r, "read R 3"), " 1:10:"))
			break;
	EXPECT("ok 1:8:A 1:9:A 1:10:A", r, "take R 3");
	EXPECT("ok", r, "quiet R");
	EXPECT("ok", r, "destroy ALL");
	unpair();
}

static void best_effort_never_blocks(void)
{
	pair("counted", "best_effort keep_all block_ms=20000",
	     "best_effort keep_all max_samples=1");
	EXPECT("ok at once", w, "burst W 1 3000 1000");
	unpair();
}

static void samples_are_acknowledged(void)
{
	EXPECT("ok", w, "writer W %s keyed reliable keep_all", t);
	EXPECT("ok", w, "write W 1 1");
	EXPECT("ok", w, "acknowledged W 0"); /* nobody is there */
	EXPECT("ok", r, "reader R %s keyed reliable keep_all", t);
	EXPECT("ok", w, "matched W 1");
	EXPECT("ok", r, "matched R 1");
	for (int i = 0; i < 100; i++)
		EXPECT("ok", w, "write W 1 %d", i);
	EXPECT("ok", w, "acknowledged W 20000");
	EXPECT_PART("distinct 100 duplicates 0 disordered 0 lost 0", r, "tally R 100");
	unpair();
}

/* ---- policies in time ----------------------------------------------------------------- */

static void a_sample_that_has_outlived_its_lifespan_is_dropped(void)
{
	pair("keyed", "reliable keep_all lifespan_ms=60000", "reliable keep_all");
	/* From 1970, and so long dead. */
	EXPECT("ok", w, "write_at W 1 1 1000");
	EXPECT("ok", w, "write W 1 2");
	EXPECT("ok 1:2:A", r, "take R 1");
	EXPECT_PART("expired 1", r, "lost R");
	unpair();
}

static void a_missed_deadline_is_told_on_both_ends(void)
{
	pair("keyed", "reliable deadline_ms=50", "reliable deadline_ms=50");
	EXPECT("ok", w, "write W 1 1");
	EXPECT("ok", r, "deadline_missed R 1");
	EXPECT("ok", w, "deadline_missed W 1");
	unpair();
}

static void the_stronger_owner_goes_first_and_hands_over(void)
{
	EXPECT("ok", r, "reader R %s keyed reliable keep_all exclusive", t);
	EXPECT("ok", w, "writer WEAK %s keyed reliable exclusive strength=1", t);
	EXPECT("ok", w, "writer STRONG %s keyed reliable exclusive strength=9", t);
	EXPECT("ok", r, "matched R 2");
	EXPECT("ok", w, "matched WEAK 1");
	EXPECT("ok", w, "matched STRONG 1");
	EXPECT("ok", w, "write STRONG 1 91");
	EXPECT("ok 1:91:A", r, "take R 1");
	EXPECT("ok", w, "write WEAK 1 11");
	EXPECT("ok", w, "acknowledged WEAK 20000");
	EXPECT("ok", w, "write STRONG 1 92");
	EXPECT("ok 1:92:A", r, "take R 1");
	EXPECT("ok", w, "destroy STRONG");
	EXPECT("ok", r, "unmatched R 1");
	EXPECT("ok", w, "write WEAK 1 12");
	EXPECT_PART(" 1:12:A", r, "take_until R 12");
	EXPECT("ok", w, "destroy WEAK");
	EXPECT("ok", r, "destroy R");
}

/* ---- waiting -------------------------------------------------------------------------- */

static void a_listener_hears_samples(void)
{
	pair("keyed", "reliable keep_all", "reliable keep_all");
	EXPECT("ok", r, "listen R");
	for (int i = 0; i < 20; i++)
		EXPECT("ok", w, "write W %d %d", i % 4, i);
	EXPECT("ok 20ok", r, "heard R 20");
	unpair();
}

static void a_descriptor_becomes_readable_with_samples(void)
{
	pair("keyed", "reliable keep_all", "reliable keep_all");
	for (int i = 0; i < 5; i++)
		EXPECT("ok", w, "write W 1 %d", i);
	EXPECT("ok 1:0:A 1:1:A 1:2:A 1:3:A 1:4:A", r, "poll R 5");
	side_begin(r, "poll R 1");
	EXPECT("ok", w, "write W 1 5");
	expect("ok 1:5:A", true, side_end(r), __LINE__);
	unpair();
}

/* ---- processes ------------------------------------------------------------------------ */

static void two_participants_of_a_process_hear_the_same(void)
{
	EXPECT("ok", r, "reader R %s rich reliable keep_all", t);
	EXPECT("ok", r, "second_reader R2 %s rich reliable keep_all", t);
	EXPECT("ok", w, "writer W %s rich reliable", t);
	EXPECT("ok", w, "second_writer W2 %s rich reliable", t);
	EXPECT("ok", w, "matched W 2");
	EXPECT("ok", w, "matched W2 2");
	EXPECT("ok", r, "matched R 2");
	EXPECT("ok", r, "matched R2 2");
	EXPECT("ok", w, "write W 1 1");
	EXPECT("ok", w, "acknowledged W 20000");
	EXPECT("ok 1:1:A", r, "take R 1");
	EXPECT("ok 1:1:A", r, "take R2 1");
	EXPECT("ok", w, "write W2 2 2");
	EXPECT("ok", w, "acknowledged W2 20000");
	EXPECT("ok 2:2:A", r, "take R 1");
	EXPECT("ok 2:2:A", r, "take R2 1");
	EXPECT("ok", r, "quiet R");
	EXPECT("ok", r, "quiet R2");
	EXPECT("ok", w, "destroy W2");
	EXPECT("ok", r, "destroy R2");
	unpair();
}

/* The other side's process ends without a word, in the middle of large samples. */
static void a_killed_peer_is_lost_and_another_one_is_found(void)
{
	struct side *here = side_here();
	if (sides_are_one_process())
		return;
	snprintf(t, sizeof t, "conformance_killed");
	w = side_there();
	r = side_here();
	EXPECT("ok", here, "reader R %s counted reliable keep_all", t);
	EXPECT("ok", here, "writer BACK %s_back counted reliable keep_all", t);
	EXPECT("ok", w, "writer W %s counted reliable keep_all block_ms=5000", t);
	EXPECT("ok", w, "reader BACK %s_back counted reliable keep_all", t);
	EXPECT("ok", here, "matched R 1");
	EXPECT("ok", here, "matched BACK 1");
	side_begin(w, "burst W 1 100000 300000");
	EXPECT_PART("ok distinct ", here, "tally R 5");
	side_kill_there();
	EXPECT("ok", here, "unmatched R 0");
	EXPECT("ok", here, "unmatched BACK 0");
	EXPECT("ok", here, "write BACK 0 1"); /* nobody holds it back any more */
	CU_ASSERT_TRUE_FATAL(side_restart_there());
	EXPECT("ok", w, "writer W %s counted reliable", t);
	EXPECT("ok", here, "matched R 1");
	EXPECT("ok", here, "destroy R");
	EXPECT("ok", here, "destroy BACK");
	EXPECT("ok", w, "destroy W");
}

/* ---- running -------------------------------------------------------------------------- */

#define BEHAVIOURS(X)                                                                    \
	X(ends_find_and_lose_each_other)                                                 \
	X(partitions_keep_them_apart)                                                    \
	X(a_qos_mismatch_has_its_reason_on_both_ends)                                    \
	X(a_type_mismatch_has_its_reason_on_both_ends)                                   \
	X(a_peer_sees_qos_and_user_data)                                                 \
	X(what_is_written_is_taken)                                                      \
	X(what_is_published_from_a_loan_is_taken)                                        \
	X(a_null_string_arrives_empty)                                                   \
	X(what_breaks_its_type_is_refused_and_reaches_nobody)                            \
	X(a_sample_that_is_read_stays)                                                   \
	X(timestamps_rise_and_arrive_as_they_were)                                       \
	X(large_samples_arrive_whole)                                                    \
	X(a_loan_holds_and_keeps_its_reader_alive)                                       \
	X(instances_end_and_are_born_again)                                              \
	X(a_writer_that_goes_leaves_its_instances)                                       \
	X(many_instances_arrive)                                                         \
	X(a_late_joiner_gets_the_last_of_each_instance)                                  \
	X(a_full_reader_holds_the_writer_back_and_a_retry_is_no_duplicate)               \
	X(nothing_is_lost_or_doubled_under_load)                                         \
	X(a_best_effort_reader_keeps_the_last)                                           \
	X(best_effort_never_blocks)                                                      \
	X(samples_are_acknowledged)                                                      \
	X(a_sample_that_has_outlived_its_lifespan_is_dropped)                            \
	X(a_missed_deadline_is_told_on_both_ends)                                        \
	X(the_stronger_owner_goes_first_and_hands_over)                                  \
	X(a_listener_hears_samples)                                                      \
	X(a_descriptor_becomes_readable_with_samples)                                    \
	X(two_participants_of_a_process_hear_the_same)

#define BOTH_WAYS(name)                                                                  \
	static void name##_both_ways(void)                                               \
	{                                                                                \
		both_ways(name);                                                         \
	}
BEHAVIOURS(BOTH_WAYS)

#define ROW(name) { #name, name##_both_ways },
static const struct suite_test tests[] = {
	BEHAVIOURS(ROW){ "a_killed_peer_is_lost_and_another_one_is_found",
	                 a_killed_peer_is_lost_and_another_one_is_found },
};

/* Where Cyclone speaks; and a peer that is killed is missed after its lease: the tests do not
 * wait for 10 s. */
static void speak_on(const char *interface)
{
	char uri[256];
	snprintf(uri, sizeof uri,
	         "<General><Interfaces><NetworkInterface name='%s' multicast='true'/>"
	         "</Interfaces></General><Discovery><LeaseDuration>3s</LeaseDuration>"
	         "</Discovery>",
	         interface);
	setenv("CYCLONEDDS_URI", uri, 1);
}

/* The other side on another host, at the far end of a cable. */
static void part_hosts(void)
{
	static struct netns host_here;
	static struct netns host_there;
	netns_need_root();
	if (!netns_create(&host_here) || !netns_create(&host_there) ||
	    !netns_join(&host_here, "10.77.0.1/24", &host_there, "10.77.0.2/24",
	                "cable0") ||
	    !netns_enter_fd(netns_open(&host_here)))
		exit(1);
	sides_set_host_there(&host_there);
	speak_on("cable0");
}

int main(int argc, char **argv)
{
	char transport[32];
	snprintf(transport, sizeof transport, "%s", argc > 1 ? argv[1] : "local");
	char *at = strchr(transport, '@');
	if (at) {
		*at = '\0';
		part_hosts();
	} else {
		netns_isolate();
		speak_on("lo");
	}
	if (!sides_start(transport, strcmp(transport, "local") == 0)) {
		fprintf(stderr, "the %s transport does not start\n", transport);
		return 1;
	}
	argv[argc > 1] = argv[0];
	int result =
		SUITE_RUN(argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : argv, tests);
	sides_stop();
	return result;
}
