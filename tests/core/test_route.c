/* One path for each pair, decided once: over the first transport that serves it. */
#include <string.h>

#include "fake.h"

static struct tern_participant *bus;
static struct tern_reader *reader;
static struct tern_writer *writer;

enum { WRITER = 7, READER = 8 };

static void begin(const char *transports)
{
	const struct tern_qos reading = bus_durable(TERN_READER);
	const struct tern_qos writing = bus_durable(TERN_WRITER);

	bus = bus_open(transports);
	reader = bus_reader(bus, "in", &reading);
	writer = bus_writer(bus, "out", &writing);
}

static void end(void)
{
	bus_close(bus);
	fake_reset();
}

static struct tern_reader_counters counters(void)
{
	return tern_reader_get_counters(reader);
}

static void the_first_that_reaches_the_peer_serves_the_pair(void)
{
	begin("first,second");
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	EXPECT(fake_path(bus, WRITER), "second"); /* the first does not see it */
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	EXPECT(fake_path(bus, WRITER), "second"); /* and a path stays */
	fake_found(0, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, READER), "first");
	end();
}

static void who_reaches_nobody_is_passed_over(void)
{
	fakes[0].reach = TERN_REACH_NO;
	begin("first,second");
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_path(bus, WRITER), "no transport"));
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	EXPECT(fake_path(bus, WRITER), "second");
	end();
}

static void a_pair_waits_for_a_better_way_that_is_not_known_yet(void)
{
	fakes[0].reach = TERN_REACH_LATER;
	begin("first,second");
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_path(bus, WRITER), "first"));
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).current, 0);
	/* Undecided: what comes by the other way is dropped, and counted. */
	OK(fake_deliver(1, reader, WRITER, 1, 0, 1, 1));
	CU_ASSERT_EQUAL(counters().unmatched + counters().wrong_path, 1);
	fakes[0].reach = TERN_REACH_YES;
	fake_reach_changed(0, WRITER);
	EXPECT(fake_path(bus, WRITER), "first");
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).current, 1);
	OK(fake_deliver(1, reader, WRITER, 2, 0, 1, 2));
	CU_ASSERT_EQUAL(counters().wrong_path, 1);
	OK(fake_deliver(0, reader, WRITER, 3, 0, 1, 3));
	EXPECT(bus_take(reader), "1:3");
	end();
}

static void a_better_way_that_turns_out_closed_leaves_the_next(void)
{
	fakes[0].reach = TERN_REACH_LATER;
	begin("first,second");
	fake_found(1, TERN_READER, READER, "out", NULL);
	fakes[0].reach = TERN_REACH_NO;
	fake_reach_changed(0, READER);
	EXPECT(fake_path(bus, READER), "second");
	end();
}

static void expect_waiting(uint32_t number, const char *what)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_path(bus, number), what));
}

/* One that reports all endpoints of whom it reaches is waited for, in whatever order news come. */
static void a_pair_waits_for_the_report_of_one_that_reports_all(void)
{
	fakes[0].flags = TERN_TRANSPORT_REPORTS_ALL;
	begin("first,second");
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	fake_found(1, TERN_READER, READER, "out", NULL);
	expect_waiting(WRITER, "waits for the first transport to report the other side");
	expect_waiting(READER, "waits for the first transport to report the other side");
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).current, 0);
	OK(fake_deliver(1, reader, WRITER, 1, 0, 1, 1));
	CU_ASSERT_EQUAL(counters().unmatched, 1);
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_EQUAL(fake_remote(1, READER).count, 0);
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	fake_found(0, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, WRITER), "first");
	EXPECT(fake_path(bus, READER), "first");
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 1);
	OK(fake_deliver(1, reader, WRITER, 2, 0, 1, 2));
	CU_ASSERT_EQUAL(counters().wrong_path, 1);
	OK(fake_deliver(0, reader, WRITER, 1, 0, 1, 1));
	EXPECT(bus_take(reader), "1:1");
	CU_ASSERT_EQUAL(fake_remote(1, READER).attaches, 0);
	end();
}

static void one_that_reports_all_may_not_know_yet_whom_it_reaches(void)
{
	fakes[0].flags = TERN_TRANSPORT_REPORTS_ALL;
	fakes[0].reach = TERN_REACH_LATER;
	begin("first,second");
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	fake_found(1, TERN_READER, READER, "out", NULL);
	expect_waiting(WRITER, "first transport to know whether it reaches the peer");
	fakes[0].reach = TERN_REACH_YES;
	fake_reach_changed(0, WRITER);
	expect_waiting(WRITER, "first transport to report");
	fakes[0].reach = TERN_REACH_NO;
	fake_reach_changed(0, READER);
	EXPECT(fake_path(bus, READER), "second");
	end();
}

/* A peer of which it lost all is looked for again; that another still sees it is old news. */
static void a_pair_that_one_lost_that_reports_all_waits_for_its_verdict(void)
{
	fakes[0].flags = TERN_TRANSPORT_REPORTS_ALL;
	begin("first,second");
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	fake_peer_lost(0, WRITER);
	expect_waiting(WRITER, "first transport to report");
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).current, 0);
	fakes[0].reach = TERN_REACH_NO;
	fake_reach_changed(0, WRITER);
	EXPECT(fake_path(bus, WRITER), "second");
	end();
}

static void nobody_waits_for_one_that_does_not_announce_or_refused(void)
{
	bus_log_begin();
	fakes[0].flags = TERN_TRANSPORT_REPORTS_ALL;
	fakes[0].announce_status = TERN_ENOMEM;
	begin("first,second");
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	EXPECT(fake_path(bus, WRITER), "second");
	end();

	fakes[0].flags = TERN_TRANSPORT_REPORTS_ALL;
	fakes[0].attach_status = TERN_EPERM;
	begin("first,second");
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	expect_waiting(WRITER, "first transport to report");
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	EXPECT(fake_path(bus, WRITER), "second");
	bus_log_end();
	end();
}

/* The other transport brings its news while we are being announced. */
static void find_while_announcing(struct tern_transport_endpoint *endpoint)
{
	if (fake_port_of(endpoint) != fake_port(reader))
		return;
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
}

static void a_pair_waits_until_we_are_announced_to_one_that_reports_all(void)
{
	fakes[0].flags = TERN_TRANSPORT_REPORTS_ALL | TERN_TRANSPORT_SLOW_START;
	fakes[0].on_announced = find_while_announcing;
	fakes[0].start_held = true;
	begin("first,second");
	atomic_store(&fakes[0].start_held, false);
	OK(tern_reader_wait_matched(reader, 1, SECONDS(20)));
	EXPECT(fake_path(bus, WRITER), "first");
	CU_ASSERT_EQUAL(fake_remote(1, WRITER).attaches, 0);
	end();
}

static void a_refusal_leads_to_the_next_transport_and_is_said(void)
{
	bus_log_begin();
	fakes[0].attach_status = TERN_EPERM;
	begin("first,second");
	fake_found(0, TERN_READER, READER, "out", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_path(bus, READER), "refused"));
	CU_ASSERT_TRUE(bus_log_has("first was told to refuse"));
	fake_found(1, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, READER), "second");
	CU_ASSERT_EQUAL(fake_remote(0, READER).attaches, 0);
	bus_log_end();
	end();
}

static void a_pair_that_needs_time_is_matched_when_it_is_ready(void)
{
	fakes[0].attach_status = TERN_EAGAIN;
	begin("first");
	fake_found(0, TERN_READER, READER, "out", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_path(bus, READER), "connect"));
	OK(bus_write(writer, 1, 1));
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 0);
	fake_ready(0, fake_port(writer), READER);
	EXPECT(fake_path(bus, READER), "first");
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 1); /* its history */
	fake_ready(0, fake_port(writer), READER);
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 1);
	CU_ASSERT_EQUAL(tern_writer_publication_matched(writer).count.total, 1);
	end();
}

static void ready_at_once(struct tern_transport_endpoint *endpoint, uint32_t remote)
{
	fake_ready(0, fake_port_of(endpoint), remote);
}

static void a_pair_may_be_ready_before_attach_returned(void)
{
	fakes[0].attach_status = TERN_EAGAIN;
	fakes[0].on_attach = ready_at_once;
	begin("first");
	OK(bus_write(writer, 1, 1));
	fake_found(0, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, READER), "first");
	CU_ASSERT_EQUAL(fake_remote(0, READER).count, 1);
	end();
}

static void break_at_once(struct tern_transport_endpoint *endpoint, uint32_t remote)
{
	fake_broken(0, fake_port_of(endpoint), remote);
}

static void a_pair_may_break_before_attach_returned(void)
{
	fakes[0].on_attach = break_at_once;
	begin("first,second");
	fake_found(1, TERN_READER, READER, "other", NULL);
	fake_found(1, TERN_READER, READER + 1, "out", NULL);
	fake_found(0, TERN_READER, READER + 1, "out", NULL);
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_found(1, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, READER + 1), "second");
	EXPECT(fake_path(bus, READER), "second");
	CU_ASSERT_FALSE(fake_remote(0, READER).attached);
	end();
}

/* ---- pairs that break --------------------------------------------------------------------- */

static void a_broken_path_gives_way_to_the_next_with_the_history_each_sample_once(void)
{
	begin("first,second");
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	EXPECT(fake_path(bus, WRITER), "first");
	for (int i = 1; i <= 3; i++)
		OK(fake_deliver(0, reader, WRITER, 10 * i, (uint64_t)i, 1, i));
	fake_broken(0, fake_port(reader), WRITER);
	EXPECT(fake_path(bus, WRITER), "second");
	/* The new way brings the writer's history, then what is new. */
	for (int i = 1; i <= 5; i++)
		OK(fake_deliver(1, reader, WRITER, 10 * i, 0, 1, i));
	OK(fake_deliver(0, reader, WRITER, 60, 4, 1, 6)); /* a straggler by the old one */
	CU_ASSERT_EQUAL(counters().duplicated, 3);
	CU_ASSERT_EQUAL(counters().wrong_path, 1);
	CU_ASSERT_EQUAL(counters().lost, 0);
	EXPECT(bus_take(reader), "1:1 1:2 1:3 1:4 1:5");
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).count.total, 2);
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).current, 1);
	end();
}

static void an_instance_is_not_disposed_because_a_path_broke(void)
{
	begin("first,second");
	fake_found(0, TERN_WRITER, WRITER, "in", NULL);
	OK(fake_deliver(0, reader, WRITER, 1, 1, 1, 1));
	EXPECT(bus_take(reader), "1:1");
	fake_broken(0, fake_port(reader), WRITER);
	EXPECT(bus_take(reader), "1?");
	fake_found(1, TERN_WRITER, WRITER, "in", NULL);
	OK(fake_deliver(1, reader, WRITER, 2, 1, 1, 2));
	EXPECT(bus_take(reader), "1:2");
	fake_lost(0, WRITER);
	fake_lost(1, WRITER);
	EXPECT(bus_take(reader), "1!"); /* gone, and it autodisposes */
	end();
}

static void a_writer_brings_its_history_over_the_next_path(void)
{
	begin("first,second");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_found(1, TERN_READER, READER, "out", NULL);
	OK(bus_write(writer, 1, 1));
	OK(bus_write(writer, 1, 2));
	fake_broken(0, fake_port(writer), READER);
	EXPECT(fake_path(bus, READER), "second");
	OK(bus_write(writer, 1, 3));
	struct fake_remote before = fake_remote(0, READER),
			   after = fake_remote(1, READER);
	CU_ASSERT_EQUAL(before.count, 2);
	CU_ASSERT_EQUAL(after.count, 3);
	CU_ASSERT_EQUAL(after.stamps[0], before.stamps[0]);
	CU_ASSERT_EQUAL(after.stamps[1], before.stamps[1]);
	CU_ASSERT_FALSE(before.attached);
	end();
}

static void a_pair_whose_last_path_broke_says_so(void)
{
	begin("first");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_broken(0, fake_port(writer), READER);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_path(bus, READER), "refused"));
	struct tern_matched_status status = tern_writer_publication_matched(writer);
	CU_ASSERT_EQUAL(status.current, 0);
	CU_ASSERT_EQUAL(status.count.total, 1);
	end();
}

/* ---- what goes and comes back ------------------------------------------------------------ */

static void a_peer_cannot_claim_an_endpoint_of_ours(void)
{
	begin("first,local");
	fake_claim(0, tern_writer_guid(writer));
	/* It is still known as what it is: a reader finds it. */
	const struct tern_qos qos = bus_durable(TERN_READER);
	struct tern_reader *finder = bus_reader(bus, "out", &qos);
	CU_ASSERT_EQUAL(tern_reader_wait_matched(finder, 1, 0), TERN_OK);
	end();
}

static void an_endpoint_that_is_lost_is_unmatched(void)
{
	begin("first,second");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_lost(0, READER);
	EXPECT(fake_path(bus, READER), "no pair");
	CU_ASSERT_EQUAL(tern_writer_publication_matched(writer).current, 0);
	fake_found(0, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, READER), "first");
	fake_peer_lost(0, READER);
	EXPECT(fake_path(bus, READER), "no pair");
	end();
}

static void an_endpoint_that_another_transport_still_sees_moves_there(void)
{
	begin("first,second");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_found(1, TERN_READER, READER, "out", NULL);
	fake_lost(0, READER);
	EXPECT(fake_path(bus, READER), "second");
	CU_ASSERT_EQUAL(tern_writer_publication_matched(writer).count.total, 2);
	fake_lost(1, READER);
	EXPECT(fake_path(bus, READER), "no pair");
	end();
}

static void what_a_third_transport_loses_does_not_matter(void)
{
	begin("first,second");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_found(1, TERN_READER, READER, "out", NULL);
	fake_lost(1, READER);
	EXPECT(fake_path(bus, READER), "first");
	CU_ASSERT_EQUAL(tern_writer_publication_matched(writer).count.total, 1);
	end();
}

static void lose(struct tern_transport_endpoint *endpoint, uint32_t remote)
{
	(void)endpoint;
	fake_lost(0, remote);
}

static void an_endpoint_may_be_lost_while_it_is_attached(void)
{
	fakes[0].on_attach = lose;
	begin("first");
	fake_found(0, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, READER), "no pair");
	CU_ASSERT_FALSE(fake_remote(0, READER).attached);
	CU_ASSERT_EQUAL(tern_writer_publication_matched(writer).count.total, 0);
	end();
}

static void find_again(struct tern_transport_endpoint *endpoint, uint32_t remote)
{
	(void)endpoint;
	fakes[0].on_detach = NULL;
	fake_found(0, TERN_READER, remote, "out", NULL);
}

static void an_endpoint_may_come_back_while_it_is_detached(void)
{
	begin("first");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fakes[0].on_detach = find_again;
	fake_lost(0, READER);
	EXPECT(fake_path(bus, READER), "first");
	CU_ASSERT_TRUE(fake_remote(0, READER).attached);
	CU_ASSERT_EQUAL(tern_writer_publication_matched(writer).count.total, 2);
	end();
}

static void an_endpoint_that_comes_back_may_use_what_refused_it_before(void)
{
	begin("first,second");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_broken(0, fake_port(writer), READER);
	fakes[0].on_detach = NULL;
	fake_lost(0, READER);
	fake_found(0, TERN_READER, READER, "out", NULL);
	EXPECT(fake_path(bus, READER), "first");
	end();
}

/* ---- QoS --------------------------------------------------------------------------------- */

static void a_change_of_qos_unmatches_and_matches_anew(void)
{
	struct tern_qos qos = bus_durable(TERN_WRITER);

	begin("first");
	fake_found(0, TERN_WRITER, WRITER, "in", &qos);
	EXPECT(fake_path(bus, WRITER), "first");
	qos.reliability = TERN_BEST_EFFORT;
	fake_found(0, TERN_WRITER, WRITER, "in", &qos);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_path(bus, WRITER), "reliable"));
	struct tern_incompatible_status status =
		tern_reader_requested_incompatible(reader);
	CU_ASSERT_EQUAL(status.count.total, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(status.reason, "reliable"));
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).current, 0);
	qos.reliability = TERN_RELIABLE;
	fake_found(0, TERN_WRITER, WRITER, "in", &qos);
	EXPECT(fake_path(bus, WRITER), "first");
	end();
}

static void a_change_of_qos_that_still_matches_leaves_the_pair_and_counts(void)
{
	struct tern_qos qos = bus_durable(TERN_READER);

	bus = bus_open("first");
	qos.ownership = TERN_EXCLUSIVE;
	reader = bus_reader(bus, "in", &qos);
	qos = bus_durable(TERN_WRITER);
	qos.ownership = TERN_EXCLUSIVE;
	qos.ownership_strength = 5;
	fake_found(0, TERN_WRITER, WRITER, "in", &qos);
	qos.ownership_strength = 3;
	fake_found(0, TERN_WRITER, WRITER + 1, "in", &qos);
	OK(fake_deliver(0, reader, WRITER, 1, 0, 1, 1));
	OK(fake_deliver(0, reader, WRITER + 1, 2, 0, 1, 2));
	EXPECT(bus_take(reader), "1:1");
	qos.ownership_strength = 9;
	fake_found(0, TERN_WRITER, WRITER + 1, "in", &qos);
	OK(fake_deliver(0, reader, WRITER + 1, 3, 0, 1, 3));
	EXPECT(bus_take(reader), "1:3");
	CU_ASSERT_EQUAL(tern_reader_subscription_matched(reader).count.total, 2);
	end();
}

static void a_mismatch_is_told_once_however_many_transports_lose_it(void)
{
	struct tern_qos qos = bus_durable(TERN_WRITER);

	begin("first,second");
	qos.reliability = TERN_BEST_EFFORT;
	fake_found(0, TERN_WRITER, WRITER, "in", &qos);
	fake_found(1, TERN_WRITER, WRITER, "in", &qos);
	fake_lost(0, WRITER);
	CU_ASSERT_EQUAL(tern_reader_requested_incompatible(reader).count.total, 1);
	end();
}

/* ---- closing ----------------------------------------------------------------------------- */

static void closing_detaches_then_withdraws(void)
{
	begin("first");
	fake_found(0, TERN_READER, READER, "out", NULL);
	fake_trace();
	OK(tern_writer_destroy(writer));
	EXPECT(fake_trace(), "first.detach first.withdraw ");
	end();
}

static _Atomic bool stop;

static void come_and_go(void *context)
{
	(void)context;
	for (uint32_t i = 0; !atomic_load(&stop); i++) {
		fake_found(i % 2, TERN_READER, 1 + i % 9, "out", NULL);
		fake_found(1 - i % 2, TERN_READER, 1 + i % 9, "out", NULL);
		if (i % 3 == 0)
			fake_lost(i % 2, 1 + (i + 4) % 9);
		if (i % 5 == 0)
			fake_peer_lost(1 - i % 2, 1 + (i + 2) % 9);
	}
}

static void writers_may_close_while_readers_come_and_go(void)
{
	const struct tern_qos qos = bus_durable(TERN_WRITER);
	struct bus_thread discovery[2];

	bus = bus_open("first,second");
	atomic_store(&stop, false);
	for (int i = 0; i < 2; i++)
		bus_thread_start(&discovery[i], come_and_go, NULL);
	for (int i = 0; i < 300; i++) {
		writer = bus_writer(bus, "out", &qos);
		OK(bus_write(writer, 1, i));
		OK(tern_writer_destroy(writer));
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		bus_thread_join(&discovery[i]);
	for (uint32_t i = 1; i <= 9; i++) {
		CU_ASSERT_FALSE(fake_remote(0, i).attached);
		CU_ASSERT_FALSE(fake_remote(1, i).attached);
	}
	end();
}

static const struct suite_test tests[] = {
	{ "the_first_that_reaches_the_peer_serves_the_pair",
	  the_first_that_reaches_the_peer_serves_the_pair },
	{ "who_reaches_nobody_is_passed_over", who_reaches_nobody_is_passed_over },
	{ "a_pair_waits_for_a_better_way_that_is_not_known_yet",
	  a_pair_waits_for_a_better_way_that_is_not_known_yet },
	{ "a_better_way_that_turns_out_closed_leaves_the_next",
	  a_better_way_that_turns_out_closed_leaves_the_next },
	{ "a_pair_waits_for_the_report_of_one_that_reports_all",
	  a_pair_waits_for_the_report_of_one_that_reports_all },
	{ "one_that_reports_all_may_not_know_yet_whom_it_reaches",
	  one_that_reports_all_may_not_know_yet_whom_it_reaches },
	{ "a_pair_that_one_lost_that_reports_all_waits_for_its_verdict",
	  a_pair_that_one_lost_that_reports_all_waits_for_its_verdict },
	{ "nobody_waits_for_one_that_does_not_announce_or_refused",
	  nobody_waits_for_one_that_does_not_announce_or_refused },
	{ "a_pair_waits_until_we_are_announced_to_one_that_reports_all",
	  a_pair_waits_until_we_are_announced_to_one_that_reports_all },
	{ "a_refusal_leads_to_the_next_transport_and_is_said",
	  a_refusal_leads_to_the_next_transport_and_is_said },
	{ "a_pair_that_needs_time_is_matched_when_it_is_ready",
	  a_pair_that_needs_time_is_matched_when_it_is_ready },
	{ "a_pair_may_be_ready_before_attach_returned",
	  a_pair_may_be_ready_before_attach_returned },
	{ "a_pair_may_break_before_attach_returned",
	  a_pair_may_break_before_attach_returned },
	{ "a_broken_path_gives_way_to_the_next_with_the_history_each_sample_once",
	  a_broken_path_gives_way_to_the_next_with_the_history_each_sample_once },
	{ "an_instance_is_not_disposed_because_a_path_broke",
	  an_instance_is_not_disposed_because_a_path_broke },
	{ "a_writer_brings_its_history_over_the_next_path",
	  a_writer_brings_its_history_over_the_next_path },
	{ "a_pair_whose_last_path_broke_says_so", a_pair_whose_last_path_broke_says_so },
	{ "a_peer_cannot_claim_an_endpoint_of_ours",
	  a_peer_cannot_claim_an_endpoint_of_ours },
	{ "an_endpoint_that_is_lost_is_unmatched",
	  an_endpoint_that_is_lost_is_unmatched },
	{ "an_endpoint_that_another_transport_still_sees_moves_there",
	  an_endpoint_that_another_transport_still_sees_moves_there },
	{ "what_a_third_transport_loses_does_not_matter",
	  what_a_third_transport_loses_does_not_matter },
	{ "an_endpoint_may_be_lost_while_it_is_attached",
	  an_endpoint_may_be_lost_while_it_is_attached },
	{ "an_endpoint_may_come_back_while_it_is_detached",
	  an_endpoint_may_come_back_while_it_is_detached },
	{ "an_endpoint_that_comes_back_may_use_what_refused_it_before",
	  an_endpoint_that_comes_back_may_use_what_refused_it_before },
	{ "a_change_of_qos_unmatches_and_matches_anew",
	  a_change_of_qos_unmatches_and_matches_anew },
	{ "a_change_of_qos_that_still_matches_leaves_the_pair_and_counts",
	  a_change_of_qos_that_still_matches_leaves_the_pair_and_counts },
	{ "a_mismatch_is_told_once_however_many_transports_lose_it",
	  a_mismatch_is_told_once_however_many_transports_lose_it },
	{ "closing_detaches_then_withdraws", closing_detaches_then_withdraws },
	{ "writers_may_close_while_readers_come_and_go",
	  writers_may_close_while_readers_come_and_go },
};

int main(int argc, char **argv)
{
	fake_reset();
	return SUITE_RUN(argc, argv, tests);
}
