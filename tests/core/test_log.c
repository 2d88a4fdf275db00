/* What has no caller to return an error to is told once, and what strangers sent in it steers no
 * terminal. */
#include <string.h>

#include "fake.h"
#include "log.h"

enum { OTHER = 7 };

static char last[1024];
static unsigned count;

static void keep(tern_log_level level, const char *text, void *context)
{
	(void)level;
	(void)context;
	snprintf(last, sizeof last, "%s", text);
	count++;
}

static void strangers_bytes_do_not_steer(void)
{
	tern_log_set_sink(keep, NULL);
	tern__log(TERN_LOG_ERROR, "a\x1b[2Jb\nc\x7f"
	                          "d\xc2\x9b"
	                          "e\xc3\xa9");
	tern_log_set_sink(NULL, NULL);
	CU_ASSERT_STRING_EQUAL(last, "a?[2Jb?c?d??e\xc3\xa9");
}

static void a_pair_that_does_not_match_is_told_once_with_code_and_fix(void)
{
	struct tern_qos qos = bus_durable(TERN_READER);
	struct tern_participant *bus = bus_open("first");

	bus_writer(bus, "topic", NULL);
	qos.ownership = TERN_EXCLUSIVE;
	qos.durability = TERN_VOLATILE;
	count = 0;
	tern_log_set_sink(keep, NULL);
	fake_found(0, TERN_READER, OTHER, "topic", &qos);
	fake_found(0, TERN_READER, OTHER, "topic", &qos);
	tern_log_set_sink(NULL, NULL);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_STRING_EQUAL(
		last,
		"T01 QoS mismatch: topic: our writer, the reader of peer[0]: reader requests "
		"ownership EXCLUSIVE, writer offers SHARED: ownership must be the same on "
		"both sides, make both SHARED or both EXCLUSIVE");
	bus_close(bus);
}

static const struct suite_test tests[] = {
	{ "strangers_bytes_do_not_steer", strangers_bytes_do_not_steer },
	{ "a_pair_that_does_not_match_is_told_once_with_code_and_fix",
	  a_pair_that_does_not_match_is_told_once_with_code_and_fix },
};

int main(int argc, char **argv)
{
	fake_reset();
	return SUITE_RUN(argc, argv, tests);
}
