/* A reader whose type comes from the bus, or of raw bytes where it cannot. */
#include "stream.h"

#include <signal.h>
#include <time.h>

#include "raw.h"
#include "session.h"
#include "text.h"

/* How often to look whether a signal came. */
#define SLICE_NS INT64_C(100000000)

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

int64_t stream_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* @return false: enough */
static bool take(const struct stream *stream, const struct tern_type *type,
                 struct tern_reader *reader, uint64_t *seen)
{
	struct tern_sample *samples;
	int32_t count = tern_reader_take(reader, 100, &samples);
	bool more = true;

	for (int32_t i = 0; i < count && more; i++) {
		more = stream->sample(type, &samples[i], stream->context);
		++*seen;
		if (stream->count && *seen >= stream->count)
			more = false;
	}
	if (count > 0)
		tern_reader_return(reader, samples);
	return more;
}

/* @return false: waiting failed, and the complaint is made */
static bool wait_slice(struct tern_reader *reader, int64_t left_ns)
{
	if (left_ns > SLICE_NS)
		left_ns = SLICE_NS;
	if (left_ns <= 0)
		return true;
	tern_status s = tern_reader_wait(reader, left_ns);
	if (s == TERN_OK || s == TERN_ETIMEDOUT)
		return true;
	command_failed("cannot wait");
	return false;
}

static int follow(const struct stream *stream, const struct tern_type *type,
                  struct tern_reader *reader)
{
	int64_t next_ns = stream_now_ns() + stream->interval_ns;
	uint64_t seen = 0;
	bool is_new = false; /* since the last tick */
	bool more = true;

	while (more && !interrupted) {
		if (!wait_slice(reader, stream->interval_ns ? next_ns - stream_now_ns()
		                                            : SLICE_NS))
			return COMMAND_PROBLEM;
		uint64_t before = seen;
		more = take(stream, type, reader, &seen);
		is_new |= seen > before || !more;
		if (more && stream->interval_ns && stream_now_ns() >= next_ns) {
			more = stream->tick(stream->context);
			next_ns += stream->interval_ns;
			is_new = false;
		}
	}
	if (stream->tick && is_new)
		(void)stream->tick(stream->context);
	return COMMAND_FINE;
}

static bool is_keyed(const struct topic *topic)
{
	uint8_t kind = topic->guid.bytes[TERN_GUID_SIZE_BYTES - 1];

	return kind == 0x02 || kind == 0x07; /* RTPS 2.5, 9.3.1.2 */
}

static void say_raw(const struct topic *topic)
{
	fputs("tern: raw bytes are shown: ", stderr);
	text_print(stderr, topic->reason);
	fputc('\n', stderr);
}

int stream_run(const struct command *command, const struct arguments *arguments,
               const struct stream *stream)
{
	struct tern_participant *participant = NULL;
	struct tern_reader *reader = NULL;
	struct raw_type raw;
	struct topic topic;
	int code;

	if (!session_join(command, arguments, &participant))
		return COMMAND_PROBLEM;
	if (!topic_find(participant, arguments->items[0], false, arguments->wait_ns,
	                &topic)) {
		tern_participant_destroy(participant);
		return COMMAND_PROBLEM;
	}
	const struct tern_type *type = topic.type;
	if (!type) {
		say_raw(&topic);
		raw_type_init(&raw, topic.type_name, is_keyed(&topic));
		type = &raw.type;
	}
	struct tern_qos qos = topic_reader_qos(&topic);
	catch_signals();
	if (stream->begin)
		stream->begin(type, type != topic.type, stream->context);
	if (tern_reader_create(participant, arguments->items[0], type, &qos, &reader) < 0)
		code = command_failed("cannot read the topic");
	else
		code = follow(stream, type, reader);
	tern_participant_destroy(participant);
	topic_fini(&topic);
	return code;
}
