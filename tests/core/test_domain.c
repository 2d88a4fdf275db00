/* Transports start, beside the call if they are slow, and say so if they cannot. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "participant_impl.h"

static void who_cannot_start_is_said_with_the_reason(void)
{
	bus_log_begin();
	fakes[0].start_status = TERN_EIO;
	fakes[0].flags = TERN_TRANSPORT_SLOW_START;
	struct tern_participant *bus = bus_open("first,second");
	OK(tern_participant_wait_started(bus, SECONDS(20))); /* one works */
	CU_ASSERT_TRUE(
		bus_log_has("the first transport does not run: first was told not to"));
	bus_close(bus);
	bus_log_end();
	fake_reset();
}

static void a_domain_without_a_transport_says_why(void)
{
	bus_log_begin();
	fakes[0].start_status = TERN_EIO;
	struct tern_participant *bus = bus_open("first");
	CU_ASSERT_EQUAL(tern_participant_wait_started(bus, SECONDS(20)), TERN_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "told not to start"));
	bus_close(bus);
	bus_log_end();
	fake_reset();
}

static void a_module_that_is_not_there_is_said_with_the_place(void)
{
	bus_log_begin();
	unsetenv("TERN_MODULE_PATH");
	struct tern_participant *bus = bus_open("missing,local");
	OK(tern_participant_wait_started(bus, SECONDS(20)));
	CU_ASSERT_TRUE(bus_log_has("libtern-missing.so"));
	CU_ASSERT_TRUE(bus_log_has("/nonexistent/tern"));
	bus_close(bus);
	setenv("TERN_MODULE_PATH", "/nowhere:/else", 1);
	bus = bus_open("missing");
	CU_ASSERT_EQUAL(tern_participant_wait_started(bus, SECONDS(20)), TERN_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "/nowhere:/else"));
	bus_close(bus);
	bus_log_end();
}

static void a_transport_that_no_build_has_is_said(void)
{
	bus_log_begin();
	struct tern_participant *bus = bus_open("local,pigeon");
	CU_ASSERT_TRUE(bus_log_has("pigeon"));
	bus_close(bus);
	bus_log_end();
}

static void a_slow_start_holds_nobody_up(void)
{
	fakes[0].flags = TERN_TRANSPORT_SLOW_START;
	fakes[0].start_held = true;
	struct tern_participant *bus = bus_open("first,local");
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	OK(bus_write(writer, 1, 1));
	EXPECT(bus_take(reader), "1:1"); /* by local */
	CU_ASSERT_EQUAL(tern_participant_wait_started(bus, MILLISECONDS(1)),
	                TERN_ETIMEDOUT);
	CU_ASSERT_PTR_NULL(strstr(fake_trace(), "announce"));
	atomic_store(&fakes[0].start_held, false);
	OK(tern_participant_wait_started(bus, SECONDS(20)));
	OK(tern_writer_destroy(writer));
	OK(tern_reader_destroy(reader));
	EXPECT(fake_trace(),
	       "first.announce first.announce first.withdraw first.withdraw ");
	bus_close(bus);
	fake_reset();
}

static void let_go(void *context)
{
	(void)context;
	atomic_store(&fakes[0].start_held, false);
}

static void a_participant_may_end_while_a_transport_starts(void)
{
	for (int round = 0; round < 50; round++) {
		struct bus_thread releasing;
		fakes[0].flags = TERN_TRANSPORT_SLOW_START;
		fakes[0].start_held = true;
		struct tern_participant *bus = bus_open("first");
		struct tern_reader *reader = bus_reader(bus, "a", NULL);
		bus_thread_start(&releasing, let_go, NULL);
		OK(tern_reader_destroy(reader));
		bus_close(bus);
		bus_thread_join(&releasing);
		fake_reset();
	}
}

static void participants_of_a_domain_share_transports_and_those_of_others_do_not(void)
{
	struct tern_participant *a = bus_open("first"), *b, *other;

	struct tern_transport *instance = fakes[0].instance;
	OK(tern_participant_create(0, "b", &b));
	CU_ASSERT_PTR_EQUAL(fakes[0].instance, instance);
	struct tern_guid guid_a = tern_participant_guid(a),
			 guid_b = tern_participant_guid(b);
	CU_ASSERT_FALSE(tern_guid_equal(&guid_a, &guid_b));
	bus_close(a);
	CU_ASSERT_PTR_EQUAL(fakes[0].instance, instance); /* b is still there */
	setenv("TERN_TRANSPORTS", "local", 1);
	OK(tern_participant_create(1, "other", &other));
	CU_ASSERT_EQUAL(tern_participant_domain_id(other), 1);
	bus_close(other);
	bus_close(b);
	CU_ASSERT_PTR_NULL(fakes[0].instance);
	fake_reset();
}

static struct tern_bell bells[2][TERN_BELLS_MAX];

static const uint8_t *host_id_of(const struct tern_domain *domain)
{
	return directory_peer(&domain->directory, &domain->config.process)->info.host_id;
}

static void what_the_first_shares_serves_all_that_start_after_it(void)
{
	for (int i = 0; i < 2; i++) {
		fakes[i + 1].shares = true;
		fakes[i + 1].share.host_id[0] = (uint8_t)(7 + i);
		fakes[i + 1].share.bells = bells[i];
	}
	fakes[0].reports_us = true;
	struct tern_participant *bus = bus_open("first,second,third,local");
	CU_ASSERT_NOT_EQUAL(fakes[0].host_id[0] + fakes[0].host_id[15], 0);
	CU_ASSERT_NOT_EQUAL(memcmp(fakes[0].host_id, fakes[1].share.host_id, 16), 0);
	CU_ASSERT_EQUAL(memcmp(fakes[2].host_id, fakes[1].share.host_id, 16), 0);
	CU_ASSERT_EQUAL(memcmp(host_id_of(bus->domain), fakes[1].share.host_id, 16), 0);
	CU_ASSERT_EQUAL(atomic_load(&fakes[1].shared), 1);
	CU_ASSERT_PTR_EQUAL(bus->domain->bells.bells[5].word, &bells[0][5]);
	bus_close(bus);
	fake_reset();
}

static void what_is_shared_may_be_bells_or_a_host_id(void)
{
	fakes[0].shares = fakes[1].shares = true;
	fakes[0].share.host_id[0] = 7;
	fakes[0].reports_us = true; /* before it shares */
	fakes[1].share.bells = bells[1];
	struct tern_participant *bus = bus_open("first,second");
	CU_ASSERT_EQUAL(memcmp(fakes[1].host_id, fakes[0].share.host_id, 16), 0);
	CU_ASSERT_EQUAL(memcmp(host_id_of(bus->domain), fakes[0].share.host_id, 16), 0);
	CU_ASSERT_PTR_EQUAL(bus->domain->bells.bells[5].word, &bells[1][5]);
	bus_close(bus);
	fake_reset();
}

static size_t count_entries(const char *path, const char *target)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(directory);
	while ((entry = readdir(directory))) {
		char link[300] = "";
		bool is_wanted = entry->d_name[0] != '.';
		if (target)
			is_wanted = readlinkat(dirfd(directory), entry->d_name, link,
			                       sizeof link - 1) > 0 &&
			            strncmp(link, target, strlen(target)) == 0;
		count += is_wanted;
	}
	closedir(directory);
	return count;
}

static int64_t nobody_came(void)
{
	return TERN_INFINITE;
}

static void a_process_has_no_thread_or_socket_unless_a_transport_has(void)
{
	size_t threads = count_entries("/proc/self/task", NULL);
	size_t sockets = count_entries("/proc/self/fd", "socket:");

	fakes[0].on_discover = nobody_came;
	fakes[0].shares = true;
	fakes[0].share.bells = bells[0];
	struct tern_participant *bus = bus_open("first,local");
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	OK(bus_write(writer, 1, 1));
	OK(tern_reader_wait(reader, SECONDS(20)));
	EXPECT(bus_take(reader), "1:1");
	/* One of an earlier test that was joined may have been seen a moment longer. */
	CU_ASSERT_TRUE(count_entries("/proc/self/task", NULL) <= threads);
	CU_ASSERT_EQUAL(count_entries("/proc/self/fd", "socket:"), sockets);
	bus_close(bus);
	fake_reset();
}

static void an_endpoint_that_a_transport_will_not_announce_is_said(void)
{
	bus_log_begin();
	fakes[0].announce_status = TERN_ELIMIT;
	struct tern_participant *bus = bus_open("first,local");
	struct tern_writer *writer = bus_writer(bus, "a", NULL);
	struct tern_reader *reader = bus_reader(bus, "a", NULL);
	CU_ASSERT_TRUE(bus_log_has("a writer of a cannot use the first transport"));
	OK(bus_write(writer, 1, 1));
	EXPECT(bus_take(reader), "1:1");
	bus_close(bus);
	bus_log_end();
	fake_reset();
}

static void wrong_participants_are_refused(void)
{
	struct tern_participant *bus = NULL;
	char name[300];

	memset(name, 'n', sizeof name);
	name[256] = 0;
	CU_ASSERT_EQUAL(tern_participant_create(TERN_DOMAIN_ID_MAX + 1, NULL, &bus),
	                TERN_EINVAL);
	CU_ASSERT_EQUAL(tern_participant_create(0, name, &bus), TERN_EINVAL);
	CU_ASSERT_PTR_NULL(bus);
	name[255] = 0;
	setenv("TERN_TRANSPORTS", "local", 1);
	OK(tern_participant_create(TERN_DOMAIN_ID_MAX, name, &bus));
	bus_close(bus);
}

static const struct suite_test tests[] = {
	{ "who_cannot_start_is_said_with_the_reason",
	  who_cannot_start_is_said_with_the_reason },
	{ "a_domain_without_a_transport_says_why",
	  a_domain_without_a_transport_says_why },
	{ "a_module_that_is_not_there_is_said_with_the_place",
	  a_module_that_is_not_there_is_said_with_the_place },
	{ "a_transport_that_no_build_has_is_said",
	  a_transport_that_no_build_has_is_said },
	{ "a_slow_start_holds_nobody_up", a_slow_start_holds_nobody_up },
	{ "a_participant_may_end_while_a_transport_starts",
	  a_participant_may_end_while_a_transport_starts },
	{ "participants_of_a_domain_share_transports_and_those_of_others_do_not",
	  participants_of_a_domain_share_transports_and_those_of_others_do_not },
	{ "what_the_first_shares_serves_all_that_start_after_it",
	  what_the_first_shares_serves_all_that_start_after_it },
	{ "what_is_shared_may_be_bells_or_a_host_id",
	  what_is_shared_may_be_bells_or_a_host_id },
	{ "a_process_has_no_thread_or_socket_unless_a_transport_has",
	  a_process_has_no_thread_or_socket_unless_a_transport_has },
	{ "an_endpoint_that_a_transport_will_not_announce_is_said",
	  an_endpoint_that_a_transport_will_not_announce_is_said },
	{ "wrong_participants_are_refused", wrong_participants_are_refused },
};

int main(int argc, char **argv)
{
	fake_reset();
	return SUITE_RUN(argc, argv, tests);
}
