/* The ways in which a process leaves that shares memory, but for being killed: exit() from any
 * thread at any moment, and unloading what used Tern. Others notice, have all that was written
 * before, and nothing stays behind. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/tern.h>

#include "child.h"
#include "netns.h"
#include "routing.h"
#include "suite.h"

#define WAIT_NS (20 * SUITE_SECOND_NS)
#define DIRECTORY "/dev/shm/leave"
#define OK(call) CU_ASSERT_EQUAL_FATAL((call), TERN_OK)

static struct tern_participant *bus;
static struct tern_reader *steps;
static struct tern_writer *orders;
static const char *transports;

/* ---- this end ------------------------------------------------------------------------------ */

static void begin(void)
{
	struct tern_qos qos = tern_qos_reader_default();

	setenv("TERN_TRANSPORTS", transports, 1);
	OK(tern_participant_create(0, NULL, &bus));
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	OK(tern_reader_create(bus, "steps", &routing_Step_type, &qos, &steps));
	qos = tern_qos_writer_default();
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	OK(tern_writer_create(bus, "orders", &routing_Step_type, &qos, &orders));
}

/* Who left without a word leaves files for the next to remove: us. */
static bool only_ours_are_there(void *context)
{
	DIR *directory = opendir(DIRECTORY);
	unsigned count = 0;

	(void)context;
	(void)tern_writer_publication_matched(orders);
	CU_ASSERT_PTR_NOT_NULL_FATAL(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count == 3; /* registry, data, bells */
}

static void end(void)
{
	CU_ASSERT_TRUE(suite_wait_until(only_ours_are_there, NULL, WAIT_NS));
	OK(tern_participant_destroy(bus));
}

static bool is_alone(void *context)
{
	(void)context;
	return tern_reader_subscription_matched(steps).current == 0 &&
	       tern_writer_publication_matched(orders).current == 0;
}

/* All that is there; each continues the one before it. */
static uint64_t take_steps(uint64_t last)
{
	struct tern_sample *samples;

	for (int32_t n; (n = tern_reader_take(steps, 64, &samples)) > 0;) {
		for (int32_t i = 0; i < n; i++) {
			const routing_Step *step = samples[i].data;
			if (!samples[i].info.valid_data)
				continue;
			CU_ASSERT_EQUAL(step->count, last + 1);
			last = step->count;
		}
		tern_reader_return(steps, samples);
	}
	return last;
}

/* ---- exit() -------------------------------------------------------------------------------- */

static void leave_once(char *how)
{
	char *argv[] = { "shm_leaver", how, NULL };
	const routing_Step order = { 2, 1 };
	struct child leaver;

	CU_ASSERT_TRUE_FATAL(
		child_start(&leaver, suite_build_path("tests/transports/shm/shm_leaver"),
	                    argv, NULL));
	OK(tern_writer_wait_matched(orders, 1, WAIT_NS));
	OK(tern_reader_wait(steps, WAIT_NS)); /* who calls Tern attaches */
	CU_ASSERT_PTR_NOT_NULL_FATAL(child_wait_line(&leaver, "ready", WAIT_NS));
	uint64_t last = take_steps(0);
	CU_ASSERT_TRUE(last > 0);
	OK(tern_writer_write(orders, &order));
	(void)child_send_line(&leaver, "go"); /* some have gone already */
	/* One that writes is held back by us now and then. */
	for (int i = 0; i < 20; i++)
		last = take_steps(last);
	CU_ASSERT_EQUAL(child_wait(&leaver, WAIT_NS), 7);
	child_stop(&leaver);
	CU_ASSERT_TRUE(suite_wait_until(is_alone, NULL, WAIT_NS));
	(void)take_steps(last);
}

static void leave(char *how)
{
	begin();
	for (int i = 0; i < 10; i++)
		leave_once(how);
	end();
}

static void exit_while_writing(void)
{
	leave("writing");
}

static void exit_in_a_thread(void)
{
	leave("thread");
}

static void exit_in_a_listener(void)
{
	leave("listener");
}

static void return_with_loans(void)
{
	leave("loans");
}

/* It leaves as early as it may: while we are still attaching, if that were early enough. */
static void what_is_acknowledged_arrives(void)
{
	char *argv[] = { "shm_leaver", "acknowledged", NULL };

	begin();
	for (int i = 0; i < 40; i++) {
		struct child leaver;
		uint64_t last = 0;

		CU_ASSERT_TRUE_FATAL(child_start(
			&leaver, suite_build_path("tests/transports/shm/shm_leaver"),
			argv, NULL));
		while (last == 0) { /* the one before may have left news of its end */
			OK(tern_reader_wait(steps, WAIT_NS));
			last = take_steps(0);
		}
		CU_ASSERT_EQUAL(last, 1);
		CU_ASSERT_EQUAL(child_wait(&leaver, WAIT_NS), 7);
		child_stop(&leaver);
		CU_ASSERT_TRUE(suite_wait_until(is_alone, NULL, WAIT_NS));
	}
	end();
}

/* ---- dlclose() ----------------------------------------------------------------------------- */

static void start_host(struct child *host, char *times)
{
	char *argv[] = { "shm_plugin_host", SHM_PLUGIN_PATH, times, NULL };

	CU_ASSERT_TRUE_FATAL(child_start(
		host, suite_build_path("tests/transports/shm/shm_plugin_host"), argv,
		NULL));
}

/* To each step an order. */
static bool has_answered_ten(void *context)
{
	const routing_Step order = { 2, 1 };
	struct tern_sample *samples;
	int *answered = context;
	int32_t n = tern_reader_take(steps, 64, &samples);

	for (int32_t i = 0; i < n; i++) {
		if (!samples[i].info.valid_data)
			continue;
		OK(tern_writer_write(orders, &order));
		++*answered;
	}
	if (n > 0)
		tern_reader_return(steps, samples);
	return *answered == 10;
}

static void a_plugin_comes_and_goes(void)
{
	struct child host;
	int answered = 0;

	begin();
	start_host(&host, "10");
	CU_ASSERT_TRUE(suite_wait_until(has_answered_ten, &answered, WAIT_NS));
	CU_ASSERT_EQUAL(child_wait(&host, WAIT_NS), 0);
	child_stop(&host);
	CU_ASSERT_TRUE(suite_wait_until(is_alone, NULL, WAIT_NS));
	end();
}

static void a_plugin_is_unloaded_in_use(void)
{
	for (int i = 0; i < 10; i++) {
		struct child host;

		begin();
		start_host(&host, "0");
		CU_ASSERT_PTR_NOT_NULL(child_wait_line(&host, "ready", WAIT_NS));
		if (i & 1)
			OK(tern_participant_wait_started(bus, WAIT_NS));
		CU_ASSERT_EQUAL(child_wait(&host, WAIT_NS), 0);
		child_stop(&host);
		end();
	}
}

static const struct suite_test tests[] = {
	{ "exit_while_another_thread_writes", exit_while_writing },
	{ "exit_in_a_thread_after_main_has_ended", exit_in_a_thread },
	{ "exit_in_a_listener", exit_in_a_listener },
	{ "main_returns_with_loans_out", return_with_loans },
	{ "what_is_acknowledged_arrives_though_its_writer_leaves_at_once",
	  what_is_acknowledged_arrives },
	{ "a_plugin_is_loaded_and_unloaded_again_and_again", a_plugin_comes_and_goes },
	{ "a_plugin_is_unloaded_while_it_is_on_the_bus", a_plugin_is_unloaded_in_use },
};

/* "dds" as the first argument: with DDS beside shared memory. */
int main(int argc, char **argv)
{
	transports = "local,shm";
	if (argc > 1 && strcmp(argv[1], "dds") == 0) {
		transports = "local,shm,dds";
		argv[1] = argv[0];
		argv++;
		argc--;
	}
	netns_isolate();
	setenv("TERN_SHM_DIR", DIRECTORY, 1);
	return SUITE_RUN(argc, argv, tests);
}
