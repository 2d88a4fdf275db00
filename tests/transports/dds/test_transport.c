/* Samples through RTPS between this process and a second one, both on a host that the tests
 * play: what the contract promises of the transport alone. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

#include "fake_host.h"

#define WAIT_NS (20 * SUITE_SECOND_NS)

static struct tern_qos reliable_keep_all(tern_endpoint_kind kind, int64_t block_ns)
{
	struct tern_qos qos = kind == TERN_WRITER ? tern_qos_writer_default()
	                                          : tern_qos_reader_default();
	qos.reliability = TERN_RELIABLE;
	qos.max_blocking_time_ns = block_ns;
	qos.history = TERN_KEEP_ALL;
	return qos;
}

/* ---- the second process: reads, and tells what it got -------------------------------- */

static bool lock_and_see(struct tern_domain *domain, uint32_t *delivered)
{
	pthread_mutex_lock(&domain->lock);
	*delivered = domain->delivered;
	pthread_mutex_unlock(&domain->lock);
	return true;
}

static void print_state(struct tern_domain *domain)
{
	pthread_mutex_lock(&domain->lock);
	uint32_t key = (uint32_t)domain->last.key_hash[0] << 24 |
	               (uint32_t)domain->last.key_hash[1] << 16 |
	               (uint32_t)domain->last.key_hash[2] << 8 | domain->last.key_hash[3];
	printf("state delivered %u refused %s lost %u kind %d key %u size %zu stamp %lld "
	       "sequence %llu\n",
	       domain->delivered, domain->refused ? "some" : "none", domain->lost,
	       domain->last.kind, key, domain->last_size_bytes,
	       (long long)domain->last.source_timestamp_ns,
	       (unsigned long long)domain->last.sequence_number);
	fflush(stdout);
	pthread_mutex_unlock(&domain->lock);
}

struct enough {
	struct tern_domain *domain;
	uint32_t wanted;
};

static bool is_enough(void *context)
{
	struct enough *enough = context;
	uint32_t delivered;
	lock_and_see(enough->domain, &delivered);
	return delivered >= enough->wanted;
}

static void set_full(struct tern_domain *domain, bool full)
{
	pthread_mutex_lock(&domain->lock);
	domain->full = full;
	pthread_mutex_unlock(&domain->lock);
}

static int peer_main(void)
{
	static struct tern_domain domain;
	struct tern_qos qos = reliable_keep_all(TERN_READER, 0);
	char line[64];
	if (!fake_host_start(&domain) || !fake_host_announce(&domain, TERN_READER, &qos))
		return 1;
	if (!suite_wait_until(fake_host_is_ready, &domain, WAIT_NS))
		return 2;
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		struct enough enough = { &domain, 0 };
		if (sscanf(line, "wait %u", &enough.wanted) == 1) {
			(void)suite_wait_until(is_enough, &enough, WAIT_NS);
			print_state(&domain);
		} else if (strcmp(line, "full\n") == 0) {
			set_full(&domain, true);
			puts("ok");
			fflush(stdout);
		} else if (strcmp(line, "roomy\n") == 0) {
			set_full(&domain, false);
			puts("ok");
			fflush(stdout);
		}
	}
	fake_host_withdraw(&domain);
	fake_host_stop(&domain);
	return 0;
}

/* ---- the tests: this process writes -------------------------------------------------- */

static struct tern_domain domain;
static struct child peer;

static void begin_blocking(int64_t block_ns)
{
	struct tern_qos qos = reliable_keep_all(TERN_WRITER, block_ns);
	char *argv[] = { "peer", "--peer", NULL };
	CU_ASSERT_TRUE_FATAL(fake_host_start(&domain));
	CU_ASSERT_TRUE_FATAL(fake_host_announce(&domain, TERN_WRITER, &qos));
	CU_ASSERT_TRUE_FATAL(child_start(&peer, "/proc/self/exe", argv, NULL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(child_wait_line(&peer, "ready", WAIT_NS));
	CU_ASSERT_TRUE_FATAL(suite_wait_until(fake_host_is_ready, &domain, WAIT_NS));
}

static void begin(void)
{
	begin_blocking(WAIT_NS);
}

static void end(void)
{
	fake_host_withdraw(&domain);
	fake_host_stop(&domain);
	child_stop(&peer);
	CU_ASSERT_EQUAL(fake_host_payloads(), 0);
}

static const char *ask(const char *question, const char *answer_begins_with)
{
	CU_ASSERT_TRUE(child_send_line(&peer, question));
	const char *answer = child_wait_line(&peer, answer_begins_with, WAIT_NS);
	return answer ? answer : "(nothing)";
}

static void a_sample_arrives_with_its_timestamp_key_and_number(void)
{
	begin();
	CU_ASSERT_EQUAL(
		fake_host_write(&domain, TERN_CHANGE_WRITE, 7, 9, 1234567890123456789),
		TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(ask("wait 1", "state "),
	               "delivered 1 refused none lost 0 kind 0 key 7 size 20 "
	               "stamp 1234567890123456789 sequence 1"));
	end();
}

static void dispose_and_unregister_arrive_as_such(void)
{
	begin();
	CU_ASSERT_EQUAL(fake_host_write(&domain, TERN_CHANGE_WRITE, 7, 4, 1), TERN_OK);
	CU_ASSERT_EQUAL(fake_host_write(&domain, TERN_CHANGE_DISPOSE, 7, 0, 2), TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("wait 2", "state "), "kind 1 key 7"));
	CU_ASSERT_EQUAL(fake_host_write(&domain, TERN_CHANGE_UNREGISTER, 7, 0, 3),
	                TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("wait 3", "state "), "kind 2 key 7"));
	end();
}

static void a_sample_in_many_fragments_arrives_whole(void)
{
	begin();
	CU_ASSERT_EQUAL(fake_host_write(&domain, TERN_CHANGE_WRITE, 9, 1000001, 1),
	                TERN_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("wait 1", "state "), "key 9 size 1000012"));
	end();
}

static void a_reader_without_room_holds_the_writer_back_and_loses_nothing(void)
{
	uint32_t sent = 0;
	char question[32];
	char wanted[64];
	begin_blocking(200 * SUITE_MILLISECOND_NS);
	/* The first sample may wait for heartbeats: time-outs are to come from the reader. */
	sent += fake_host_write(&domain, TERN_CHANGE_WRITE, sent, 10, 1) == TERN_OK;
	ask("wait 1", "state ");
	ask("full", "ok");
	tern_status s;
	do {
		s = fake_host_write(&domain, TERN_CHANGE_WRITE, sent, 10000, sent + 1);
		sent += s == TERN_OK;
	} while (s == TERN_OK && sent < 5000);
	CU_ASSERT_EQUAL(s, TERN_ETIMEDOUT);
	ask("roomy", "ok");
	/* What timed out was not sent: the retry is the first of its kind. */
	do {
		s = fake_host_write(&domain, TERN_CHANGE_WRITE, sent, 10000, sent + 1);
	} while (s == TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(s, TERN_OK);
	sent++;
	snprintf(question, sizeof question, "wait %u", sent);
	snprintf(wanted, sizeof wanted, "delivered %u refused some lost 0", sent);
	const char *answer = ask(question, "state ");
	if (!strstr(answer, wanted))
		printf("\n    wanted %s, got %s", wanted, answer);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, wanted));
	snprintf(wanted, sizeof wanted, "sequence %u", sent);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, wanted));
	CU_ASSERT_EQUAL(domain.ops->wait_acknowledged(domain.port.endpoint,
	                                              suite_monotonic_ns() + WAIT_NS),
	                TERN_OK);
	end();
}

static bool holds_no_payloads(void *context)
{
	(void)context;
	return fake_host_payloads() == 0;
}

static void payloads_are_let_go_when_they_are_acknowledged(void)
{
	begin();
	for (uint32_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(
			fake_host_write(&domain, TERN_CHANGE_WRITE, i % 5, 100, i + 1),
			TERN_OK);
	ask("wait 100", "state ");
	CU_ASSERT_EQUAL(domain.ops->wait_acknowledged(domain.port.endpoint,
	                                              suite_monotonic_ns() + WAIT_NS),
	                TERN_OK);
	/* Cyclone frees them a moment after it has told that they are acknowledged. */
	CU_ASSERT_TRUE(suite_wait_until(holds_no_payloads, NULL, WAIT_NS));
	end();
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
	begin();
	child_stop(&peer);
	CU_ASSERT_TRUE(suite_wait_until(has_lost_both, &domain, WAIT_NS));
	end();
}

static void a_peer_that_is_killed_is_reported_lost_after_its_lease(void)
{
	begin();
	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(
			fake_host_write(&domain, TERN_CHANGE_WRITE, i, 100000, i + 1),
			TERN_OK);
	child_signal(&peer, SIGKILL);
	CU_ASSERT_TRUE(suite_wait_until(has_lost_both, &domain, WAIT_NS));
	end();
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
		return peer_main();
	netns_isolate();
	/* Leases as short as this are for tests: a loaded machine would lose living peers. */
	setenv("CYCLONEDDS_URI",
	       "<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"
	       "</Interfaces></General><Discovery><LeaseDuration>2s</LeaseDuration>"
	       "</Discovery>",
	       1);
	return SUITE_RUN(argc, argv, tests);
}
