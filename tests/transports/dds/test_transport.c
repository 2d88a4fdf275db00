/* Samples through RTPS between this process and a second one, both on a host that the tests
 * play: what the contract promises of the transport alone. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"

#include "fake_pair.h"

#define WAIT_NS FAKE_PAIR_WAIT_NS

static void a_sample_arrives_with_its_timestamp_key_and_number(void)
{
	fake_pair_begin();
	CU_ASSERT_EQUAL(fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, 7, 9,
	                                1234567890123456789),
	                TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(fake_pair_ask("wait 1", "state "),
	               "delivered 1 refused none lost 0 kind 0 key 7 size 20 "
	               "stamp 1234567890123456789 sequence 1"));
	fake_pair_end();
}

static void dispose_and_unregister_arrive_as_such(void)
{
	fake_pair_begin();
	CU_ASSERT_EQUAL(fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, 7, 4, 1),
	                TERN_OK);
	CU_ASSERT_EQUAL(fake_host_write(&fake_pair_domain, TERN_CHANGE_DISPOSE, 7, 0, 2),
	                TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_pair_ask("wait 2", "state "), "kind 1 key 7"));
	CU_ASSERT_EQUAL(
		fake_host_write(&fake_pair_domain, TERN_CHANGE_UNREGISTER, 7, 0, 3),
		TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(fake_pair_ask("wait 3", "state "), "kind 2 key 7"));
	fake_pair_end();
}

static void a_sample_in_many_fragments_arrives_whole(void)
{
	fake_pair_begin();
	CU_ASSERT_EQUAL(
		fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, 9, 1000001, 1),
		TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(fake_pair_ask("wait 1", "state "), "key 9 size 1000012"));
	fake_pair_end();
}

static void a_reader_without_room_holds_the_writer_back_and_loses_nothing(void)
{
	uint32_t sent = 0;
	char question[32];
	char wanted[64];
	fake_pair_begin_blocking(200 * SUITE_MILLISECOND_NS);
	/* The first sample may wait for heartbeats: time-outs are to come from the reader. */
	sent += fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, sent, 10, 1) ==
	        TERN_OK;
	fake_pair_ask("wait 1", "state ");
	fake_pair_ask("full", "ok");
	tern_status s;
	do {
		s = fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, sent, 10000,
		                    sent + 1);
		sent += s == TERN_OK;
	} while (s == TERN_OK && sent < 5000);
	CU_ASSERT_EQUAL(s, TERN_ETIMEDOUT);
	fake_pair_ask("roomy", "ok");
	/* What timed out was not sent: the retry is the first of its kind. */
	do {
		s = fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, sent, 10000,
		                    sent + 1);
	} while (s == TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(s, TERN_OK);
	sent++;
	snprintf(question, sizeof question, "wait %u", sent);
	snprintf(wanted, sizeof wanted, "delivered %u refused some lost 0", sent);
	const char *answer = fake_pair_ask(question, "state ");
	if (!strstr(answer, wanted))
		printf("\n    wanted %s, got %s", wanted, answer);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, wanted));
	snprintf(wanted, sizeof wanted, "sequence %u", sent);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, wanted));
	CU_ASSERT_EQUAL(
		fake_pair_domain.ops->wait_acknowledged(fake_pair_domain.port.endpoint,
	                                                suite_monotonic_ns() + WAIT_NS),
		TERN_OK);
	fake_pair_end();
}

static bool holds_no_payloads(void *context)
{
	(void)context;
	return fake_host_payloads() == 0;
}

static void payloads_are_let_go_when_they_are_acknowledged(void)
{
	fake_pair_begin();
	for (uint32_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE,
		                                i % 5, 100, i + 1),
		                TERN_OK);
	fake_pair_ask("wait 100", "state ");
	CU_ASSERT_EQUAL(
		fake_pair_domain.ops->wait_acknowledged(fake_pair_domain.port.endpoint,
	                                                suite_monotonic_ns() + WAIT_NS),
		TERN_OK);
	/* Cyclone frees them a moment after it has told that they are acknowledged. */
	CU_ASSERT_TRUE(suite_wait_until(holds_no_payloads, NULL, WAIT_NS));
	fake_pair_end();
}

static bool has_lost_both(void *context)
{
	struct tern_domain *d = context;
	pthread_mutex_lock(&d->lock);
	bool both = d->endpoint_lost && d->peer_lost;
	pthread_mutex_unlock(&d->lock);
	return both;
}

static void a_peer_that_leaves_is_reported_lost(void)
{
	fake_pair_begin();
	child_stop(&fake_pair_peer);
	CU_ASSERT_TRUE(suite_wait_until(has_lost_both, &fake_pair_domain, WAIT_NS));
	fake_pair_end();
}

static void a_peer_that_is_killed_is_reported_lost_after_its_lease(void)
{
	fake_pair_begin();
	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, i,
		                                100000, i + 1),
		                TERN_OK);
	child_signal(&fake_pair_peer, SIGKILL);
	CU_ASSERT_TRUE(suite_wait_until(has_lost_both, &fake_pair_domain, WAIT_NS));
	fake_pair_end();
}

static const struct suite_test tests[] = {
	{ "a_sample_arrives_with_its_timestamp_key_and_number",
	  a_sample_arrives_with_its_timestamp_key_and_number },
	{ "dispose_and_unregister_arrive_as_such",
	  dispose_and_unregister_arrive_as_such },
	{ "a_sample_in_many_fragments_arrives_whole",
	  a_sample_in_many_fragments_arrives_whole },
	{ "a_reader_without_room_holds_the_writer_back_and_loses_nothing",
	  a_reader_without_room_holds_the_writer_back_and_loses_nothing },
	{ "payloads_are_let_go_when_they_are_acknowledged",
	  payloads_are_let_go_when_they_are_acknowledged },
	{ "a_peer_that_leaves_is_reported_lost", a_peer_that_leaves_is_reported_lost },
	{ "a_peer_that_is_killed_is_reported_lost_after_its_lease",
	  a_peer_that_is_killed_is_reported_lost_after_its_lease },
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--peer") == 0)
		return fake_pair_peer_main(argc, argv);
	netns_isolate();
	/* Leases as short as this are for tests: a loaded machine would lose living peers. */
	setenv("CYCLONEDDS_URI",
	       "<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"
	       "</Interfaces></General><Discovery><LeaseDuration>2s</LeaseDuration>"
	       "</Discovery>",
	       1);
	return SUITE_RUN(argc, argv, tests);
}
