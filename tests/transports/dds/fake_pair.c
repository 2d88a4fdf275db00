/* See fake_pair.h. The second process is this same program, started again. */
#include "fake_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

struct tern_domain fake_pair_domain;
struct child fake_pair_peer;

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
	       "sequence %llu disordered %u\n",
	       domain->delivered, domain->refused ? "some" : "none", domain->lost,
	       domain->last.kind, key, domain->last_size_bytes,
	       (long long)domain->last.source_timestamp_ns,
	       (unsigned long long)domain->last.sequence_number, domain->disordered);
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

int fake_pair_peer_main(int argc, char **argv)
{
	static struct tern_domain domain;
	struct tern_qos qos = reliable_keep_all(TERN_READER, 0);
	char line[64];
	if (argc > 2 && strcmp(argv[2], "best-effort") == 0)
		qos.reliability = TERN_BEST_EFFORT;
	if (!fake_host_start(&domain) || !fake_host_announce(&domain, TERN_READER, &qos))
		return 1;
	if (!suite_wait_until(fake_host_is_ready, &domain, FAKE_PAIR_WAIT_NS))
		return 2;
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		struct enough enough = { &domain, 0 };
		if (sscanf(line, "wait %u", &enough.wanted) == 1) {
			(void)suite_wait_until(is_enough, &enough, FAKE_PAIR_WAIT_NS);
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

/* ---- the first process: writes ------------------------------------------------------- */

static void begin_with(const struct tern_qos *qos)
{
	char *reliability =
		qos->reliability == TERN_RELIABLE ? "reliable" : "best-effort";
	char *argv[] = { "peer", "--peer", reliability, NULL };
	CU_ASSERT_TRUE_FATAL(fake_host_start(&fake_pair_domain));
	CU_ASSERT_TRUE_FATAL(fake_host_announce(&fake_pair_domain, TERN_WRITER, qos));
	CU_ASSERT_TRUE_FATAL(child_start(&fake_pair_peer, "/proc/self/exe", argv, NULL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(
		child_wait_line(&fake_pair_peer, "ready", FAKE_PAIR_WAIT_NS));
	CU_ASSERT_TRUE_FATAL(suite_wait_until(fake_host_is_ready, &fake_pair_domain,
	                                      FAKE_PAIR_WAIT_NS));
}

void fake_pair_begin(void)
{
	fake_pair_begin_blocking(FAKE_PAIR_WAIT_NS);
}

void fake_pair_begin_blocking(int64_t block_ns)
{
	struct tern_qos qos = reliable_keep_all(TERN_WRITER, block_ns);
	begin_with(&qos);
}

void fake_pair_begin_best_effort(void)
{
	struct tern_qos qos = reliable_keep_all(TERN_WRITER, 0);
	qos.reliability = TERN_BEST_EFFORT;
	begin_with(&qos);
}

void fake_pair_end(void)
{
	fake_host_withdraw(&fake_pair_domain);
	fake_host_stop(&fake_pair_domain);
	child_stop(&fake_pair_peer);
	CU_ASSERT_EQUAL(fake_host_payloads(), 0);
}

const char *fake_pair_ask(const char *question, const char *answer_begins_with)
{
	CU_ASSERT_TRUE(child_send_line(&fake_pair_peer, question));
	const char *answer =
		child_wait_line(&fake_pair_peer, answer_begins_with, FAKE_PAIR_WAIT_NS);
	return answer ? answer : "(nothing)";
}
