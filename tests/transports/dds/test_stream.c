/* A stream of small samples through RTPS, which shares datagrams: it arrives whole and in order,
 * without another write, through loss and back-pressure, and when its writer ends. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"

#include "batch.h"
#include "fake_pair.h"

#define WAIT_NS FAKE_PAIR_WAIT_NS
/* So long may a stream pause, and a batch wait, that a loaded machine ends none. */
#define LONG_DELAY_US "100000"

#define SETTINGS                                                                         \
	"<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"            \
	"</Interfaces></General>"

static void set_up(const char *delay_us, const char *settings)
{
	if (delay_us)
		setenv("TERN_DDS_BATCH_US", delay_us, 1);
	else
		unsetenv("TERN_DDS_BATCH_US");
	setenv("CYCLONEDDS_URI", settings, 1);
}

static void begin(const char *delay_us, const char *settings)
{
	set_up(delay_us, settings);
	fake_pair_begin();
}

static void write_many(uint32_t count, size_t size_bytes)
{
	uint32_t failed = 0;

	for (uint32_t i = 0; i < count; i++)
		failed += fake_host_write(&fake_pair_domain, TERN_CHANGE_WRITE, i % 7,
		                          size_bytes, i + 1) != TERN_OK;
	CU_ASSERT_EQUAL(failed, 0);
}

static tern_status wait_acknowledged(int64_t timeout_ns)
{
	return fake_pair_domain.ops->wait_acknowledged(fake_pair_domain.port.endpoint,
	                                               suite_monotonic_ns() + timeout_ns);
}

/* Each sample once, in order. */
static void expect_all(uint32_t count)
{
	char question[32], wanted[64], numbers[64];

	snprintf(question, sizeof question, "wait %u", count);
	snprintf(wanted, sizeof wanted, "delivered %u ", count);
	snprintf(numbers, sizeof numbers, "sequence %u disordered 0", count);
	const char *answer = fake_pair_ask(question, "state ");
	if (!strstr(answer, wanted) || !strstr(answer, numbers))
		printf("\n    wanted %s and %s, got %s", wanted, numbers, answer);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, wanted));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, numbers));
}

/* Of all processes in this test's network, so far. */
static uint64_t datagrams(void)
{
	char line[512], *value = line;
	unsigned long long sent = 0;
	int udp_lines = 0;
	FILE *file = fopen("/proc/self/net/snmp", "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, "Udp: ", 5) == 0 && ++udp_lines == 2)
			break;
	fclose(file);
	/* Udp: InDatagrams NoPorts InErrors OutDatagrams ... */
	CU_ASSERT_EQUAL_FATAL(sscanf(value, "Udp: %*u %*u %*u %llu", &sent), 1);
	return sent;
}

static void a_stream_arrives_whole_in_order_and_in_few_datagrams(void)
{
	static const uint32_t sizes[] = { 4, 1000, 3000 };
	uint32_t count = 0;

	begin(LONG_DELAY_US, SETTINGS);
	uint64_t before = datagrams();
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		write_many(5000, sizes[i]);
		count += 5000;
	}
	CU_ASSERT_EQUAL(wait_acknowledged(WAIT_NS), TERN_OK);
	uint64_t sent = datagrams() - before;
	expect_all(count);
	if (sent >= count / 2)
		printf("\n    %llu datagrams", (unsigned long long)sent);
	CU_ASSERT_TRUE(sent < count / 2);
	fake_pair_end();
}

static void a_short_burst_leaves_one_by_one_at_once(void)
{
	begin(LONG_DELAY_US, SETTINGS);
	uint64_t before = datagrams();
	write_many(TERN__BATCH_STREAM, 100);
	CU_ASSERT_TRUE(datagrams() - before >= TERN__BATCH_STREAM);
	expect_all(TERN__BATCH_STREAM);
	fake_pair_end();
}

static void with_a_delay_of_zero_a_stream_leaves_one_by_one(void)
{
	begin("0", SETTINGS);
	uint64_t before = datagrams();
	write_many(2000, 100);
	CU_ASSERT_TRUE(datagrams() - before >= 2000);
	expect_all(2000);
	fake_pair_end();
}

static void a_best_effort_stream_leaves_one_by_one(void)
{
	set_up(LONG_DELAY_US, SETTINGS);
	fake_pair_begin_best_effort();
	uint64_t before = datagrams();
	write_many(2000, 100);
	CU_ASSERT_TRUE(datagrams() - before >= 2000);
	fake_pair_end();
}

/* Nobody asks for acknowledgments here, and no other write pushes. */
static void the_rest_of_a_stream_that_stops_arrives(void)
{
	static const char *const delays_us[] = { NULL, "50", LONG_DELAY_US };

	for (size_t d = 0; d < sizeof delays_us / sizeof *delays_us; d++) {
		uint32_t count = 0;
		begin(delays_us[d], SETTINGS);
		for (uint32_t i = 0; i < 15; i++) {
			write_many(200 + i, 100);
			count += 200 + i;
			expect_all(count);
		}
		fake_pair_end();
	}
}

/* ---- a reader that holds the writer back --------------------------------------------- */

#define HELD_BACK_COUNT 20000

struct writing {
	pthread_t thread;
	atomic_bool done;
};

static void *write_in_background(void *context)
{
	struct writing *writing = context;

	write_many(HELD_BACK_COUNT, 100);
	atomic_store(&writing->done, true);
	return NULL;
}

static bool is_done(void *context)
{
	return atomic_load(&((struct writing *)context)->done);
}

static bool reader_refuses(void *context)
{
	(void)context;
	return strstr(fake_pair_ask("wait 0", "state "), "refused some") != NULL;
}

static void a_stream_that_its_reader_holds_back_goes_on(void)
{
	static const char *const delays_us[] = { NULL, "50", "5000" };
	struct writing writing;

	for (size_t d = 0; d < sizeof delays_us / sizeof *delays_us; d++) {
		atomic_init(&writing.done, false);
		begin(delays_us[d],
		      SETTINGS "<Internal><Watermarks><WhcHigh>20kB</WhcHigh>"
		               "<WhcHighInit>20kB</WhcHighInit></Watermarks></Internal>");
		fake_pair_ask("full", "ok");
		CU_ASSERT_EQUAL_FATAL(pthread_create(&writing.thread, NULL,
		                                     write_in_background, &writing),
		                      0);
		CU_ASSERT_TRUE(suite_wait_until(reader_refuses, NULL, WAIT_NS));
		for (int i = 0; i < 20; i++) {
			/* Who waits meanwhile asks for a flush, and must not hang in it. */
			(void)wait_acknowledged(2 * SUITE_MILLISECOND_NS);
			fake_pair_ask("roomy", "ok");
			(void)wait_acknowledged(2 * SUITE_MILLISECOND_NS);
			fake_pair_ask("full", "ok");
		}
		fake_pair_ask("roomy", "ok");
		CU_ASSERT_TRUE_FATAL(suite_wait_until(is_done, &writing, WAIT_NS));
		pthread_join(writing.thread, NULL);
		expect_all(HELD_BACK_COUNT);
		fake_pair_end();
	}
}

/* ---- the end of a writer, and loss --------------------------------------------------- */

static void a_writer_that_ends_in_mid_stream_sends_what_it_holds(void)
{
	char state[256] = "";

	/* It stays for what is not acknowledged: long enough for a loaded machine. */
	begin(LONG_DELAY_US, SETTINGS
	      "<Internal><WriterLingerDuration>20s</WriterLingerDuration></Internal>");
	write_many(500, 20);
	fake_host_withdraw(&fake_pair_domain);
	snprintf(state, sizeof state, "%s", fake_pair_ask("wait 500", "state "));
	CU_ASSERT_PTR_NOT_NULL(strstr(state, "delivered 500 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(state, "sequence 500 disordered 0"));
	fake_host_stop(&fake_pair_domain);
	child_stop(&fake_pair_peer);
	CU_ASSERT_EQUAL(fake_host_payloads(), 0);
}

/* Both sides lose every twentieth datagram. */
static void a_stream_arrives_once_and_in_order_where_datagrams_are_lost(void)
{
	begin(NULL, SETTINGS
	      "<Internal><Test><XmitLossiness>50</XmitLossiness></Test></Internal>");
	write_many(5000, 500);
	CU_ASSERT_EQUAL(wait_acknowledged(WAIT_NS), TERN_OK);
	expect_all(5000);
	fake_pair_end();
}

static const struct suite_test tests[] = {
	{ "a_stream_arrives_whole_in_order_and_in_few_datagrams",
	  a_stream_arrives_whole_in_order_and_in_few_datagrams },
	{ "a_short_burst_leaves_one_by_one_at_once",
	  a_short_burst_leaves_one_by_one_at_once },
	{ "with_a_delay_of_zero_a_stream_leaves_one_by_one",
	  with_a_delay_of_zero_a_stream_leaves_one_by_one },
	{ "a_best_effort_stream_leaves_one_by_one",
	  a_best_effort_stream_leaves_one_by_one },
	{ "the_rest_of_a_stream_that_stops_arrives",
	  the_rest_of_a_stream_that_stops_arrives },
	{ "a_stream_that_its_reader_holds_back_goes_on",
	  a_stream_that_its_reader_holds_back_goes_on },
	{ "a_writer_that_ends_in_mid_stream_sends_what_it_holds",
	  a_writer_that_ends_in_mid_stream_sends_what_it_holds },
	{ "a_stream_arrives_once_and_in_order_where_datagrams_are_lost",
	  a_stream_arrives_once_and_in_order_where_datagrams_are_lost },
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--peer") == 0)
		return fake_pair_peer_main(argc, argv);
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
