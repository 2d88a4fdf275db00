/* 512 processes of one domain at once, over the whole transport: one asks all, all answer, and
 * each question and each answer comes once. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <tern/tern.h>

#include "routing.h"
#include "shm_fixture.h"

enum { CROWD = 512, OTHERS = CROWD - 1 };

#define WAIT_NS (240 * SUITE_SECOND_NS)

static struct tern_participant *bus;
static struct tern_writer *writer;
static struct tern_reader *reader;

static tern_status join(const char *writes, const char *reads)
{
	struct tern_qos writers = tern_qos_writer_default();
	struct tern_qos readers = tern_qos_reader_default();

	writers.reliability = readers.reliability = TERN_RELIABLE;
	writers.history = readers.history = TERN_KEEP_ALL;
	writers.max_blocking_time_ns = WAIT_NS;
	tern_status s = tern_participant_create(0, NULL, &bus);
	if (s == TERN_OK)
		s = tern_writer_create(bus, writes, &routing_Step_type, &writers,
		                       &writer);
	if (s == TERN_OK)
		s = tern_reader_create(bus, reads, &routing_Step_type, &readers, &reader);
	return s;
}

/* Answer one question, then wait until the asker has gone. */
static int one_of_the_crowd(void *context)
{
	const unsigned *number = context;
	struct tern_sample *samples;

	NEED(join("answers", "questions") == TERN_OK);
	NEED(tern_reader_wait(reader, WAIT_NS) == TERN_OK);
	NEED(tern_reader_take(reader, 1, &samples) == 1);
	const routing_Step *question = samples[0].data;
	const routing_Step answer = { *number, question->count };
	NEED(samples[0].info.valid_data && question->count == 1);
	tern_reader_return(reader, samples);
	NEED(tern_writer_wait_matched(writer, 1, WAIT_NS) == TERN_OK);
	NEED(tern_writer_write(writer, &answer) == TERN_OK);

	int64_t deadline_ns = suite_monotonic_ns() + WAIT_NS;
	while (tern_reader_subscription_matched(reader).current > 0) {
		NEED(suite_monotonic_ns() < deadline_ns);
		usleep(20000); /* hundreds share the processors */
	}
	/* All that may come after it is that the asker's writer has gone. */
	int32_t n = tern_reader_take(reader, 1, &samples);
	NEED(n <= 0 || !samples[0].info.valid_data);
	if (n > 0)
		tern_reader_return(reader, samples);
	NEED(tern_participant_destroy(bus) == TERN_OK);
	return 0;
}

static void take_answers(unsigned answers[CROWD])
{
	struct tern_sample *samples;

	for (unsigned taken = 0; taken < OTHERS;) {
		OK(tern_reader_wait(reader, WAIT_NS));
		int32_t n = tern_reader_take(reader, 64, &samples);
		for (int32_t i = 0; i < n; i++) {
			const routing_Step *answer = samples[i].data;
			if (!samples[i].info.valid_data)
				continue;
			CU_ASSERT_TRUE_FATAL(answer->writer < CROWD);
			answers[answer->writer]++;
			taken++;
		}
		if (n > 0)
			tern_reader_return(reader, samples);
	}
}

static void all_hear_and_answer(void)
{
	static unsigned answers[CROWD];
	static pid_t crowd[CROWD];
	const routing_Step question = { 0, 1 };
	unsigned failed = 0;

	shm_directory_make(0700);
	int64_t begin_ns = suite_monotonic_ns();
	for (unsigned i = 1; i < CROWD; i++)
		crowd[i] = shm_child(one_of_the_crowd, &i);
	OK(join("questions", "answers"));
	OK(tern_writer_wait_matched(writer, OTHERS, WAIT_NS));
	int64_t met_ns = suite_monotonic_ns();
	OK(tern_writer_write(writer, &question));
	take_answers(answers);
	int64_t end_ns = suite_monotonic_ns();
	OK(tern_participant_destroy(bus));
	for (unsigned i = 1; i < CROWD; i++) {
		CU_ASSERT_EQUAL(answers[i], 1);
		failed += shm_child_wait(crowd[i]) != 0;
	}
	CU_ASSERT_EQUAL(failed, 0);
	printf("met in %lld ms, answered in %lld ms, parted in %lld ms ",
	       (long long)((met_ns - begin_ns) / SUITE_MILLISECOND_NS),
	       (long long)((end_ns - met_ns) / SUITE_MILLISECOND_NS),
	       (long long)((suite_monotonic_ns() - end_ns) / SUITE_MILLISECOND_NS));
	shm_directory_remove();
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "of_512_processes_each_hears_and_is_heard_once", all_hear_and_answer },
	};

	setenv("TERN_TRANSPORTS", "local,shm", 1);
	return SUITE_RUN(argc, argv, tests);
}
