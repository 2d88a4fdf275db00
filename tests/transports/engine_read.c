/* An engine's reading commands. A sample is told as KEY:COUNT:STATE, with states Alive,
 * Disposed and No writers, and a lower-case letter where only the state came. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine_impl.h"

static int64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool wait_for_data(struct tern_reader *reader)
{
	return tern_reader_wait(reader, ENGINE_WAIT_NS) == TERN_OK;
}

static char state_letter(const struct tern_sample_info *info)
{
	bool valid = info->valid_data;
	switch (info->instance_state) {
	case TERN_ALIVE:
		return valid ? 'A' : 'a';
	case TERN_NOT_ALIVE_DISPOSED:
		return valid ? 'D' : 'd';
	default:
		return valid ? 'N' : 'n';
	}
}

static void tell(struct call *call, const struct tern_sample *sample)
{
	struct engine_sample said;
	const char *wrong = call->endpoint->type->check(sample->data,
	                                                !sample->info.valid_data, &said);
	if (wrong)
		engine_say(call, " (%s)", wrong);
	engine_say(call, " %d:%llu:%c", said.key, (unsigned long long)said.count,
	           state_letter(&sample->info));
	if (call->count > 3 && strcmp(call->words[3], "stamps") == 0)
		engine_say(call, "@%lld", (long long)sample->info.source_timestamp_ns);
	if (call->count > 3 && strcmp(call->words[3], "generations") == 0)
		engine_say(call, "/%u/%u%s", sample->info.disposed_generation_count,
		           sample->info.no_writers_generation_count,
		           sample->info.view_state == TERN_NEW ? "new" : "");
}

/* Until n have come; or the answer says how many. */
static void fetch(struct call *call,
                  int32_t (*get)(struct tern_reader *, uint32_t, struct tern_sample **))
{
	struct tern_reader *reader = call->endpoint->reader;
	int64_t wanted = engine_number(call, 2);
	int64_t deadline_ns = monotonic_ns() + ENGINE_WAIT_NS;
	int64_t came = 0;
	engine_say(call, "ok");
	while (came < wanted) {
		struct tern_sample *samples = NULL;
		int32_t n = get(reader, (uint32_t)(wanted - came), &samples);
		if (n < 0) {
			engine_say(call, " %s", tern_error_text());
			return;
		}
		for (int32_t i = 0; i < n; i++)
			tell(call, &samples[i]);
		came += n;
		tern_reader_return(reader, n > 0 ? samples : NULL);
		int64_t left_ns = deadline_ns - monotonic_ns();
		if (came < wanted && (left_ns <= 0 || tern_reader_wait(reader, left_ns) ==
		                                              TERN_ETIMEDOUT)) {
			engine_say(call, " and no more");
			return;
		}
	}
}

void engine_take(struct call *call)
{
	fetch(call, tern_reader_take);
}

void engine_read(struct call *call)
{
	fetch(call, tern_reader_read);
}

/* words: take_until, name, count: whatever comes before that number */
void engine_take_until(struct call *call)
{
	struct tern_reader *reader = call->endpoint->reader;
	uint64_t wanted = (uint64_t)engine_number(call, 2);
	bool came = false;
	engine_say(call, "ok");
	while (!came && wait_for_data(reader)) {
		struct tern_sample *samples;
		struct engine_sample said;
		int32_t n = tern_reader_take(reader, 1, &samples);
		if (n <= 0)
			continue;
		tell(call, samples);
		(void)call->endpoint->type->check(samples->data,
		                                  !samples->info.valid_data, &said);
		came = samples->info.valid_data && said.count == wanted;
		tern_reader_return(reader, samples);
	}
}

/* Nothing is there that was not read: asked when all that was sent is known to have arrived. */
void engine_quiet(struct call *call)
{
	struct tern_sample *samples = NULL;
	int32_t n = tern_reader_take(call->endpoint->reader, 10, &samples);
	engine_say(call, n == 0 ? "ok" : "not quiet:");
	for (int32_t i = 0; i < n; i++)
		tell(call, &samples[i]);
	tern_reader_return(call->endpoint->reader, n > 0 ? samples : NULL);
}

/* ---- counting by identity ------------------------------------------------------------- */

static void count(struct tally *tally, uint64_t number)
{
	size_t byte = number / 8;
	uint8_t bit = (uint8_t)(1u << (number % 8));
	if (byte >= tally->seen_bytes) {
		size_t wanted_bytes = (byte + 1) * 2;
		uint8_t *grown = realloc(tally->seen, wanted_bytes);
		if (!grown)
			abort();
		memset(grown + tally->seen_bytes, 0, wanted_bytes - tally->seen_bytes);
		tally->seen = grown;
		tally->seen_bytes = wanted_bytes;
	}
	tally->came++;
	tally->duplicates += (tally->seen[byte] & bit) != 0;
	tally->disordered += number < tally->highest;
	tally->seen[byte] |= bit;
	if (number > tally->highest)
		tally->highest = number;
}

static uint64_t distinct(const struct engine_endpoint *endpoint)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < ENGINE_TALLY_WRITERS_MAX; i++)
		sum += endpoint->tallies[i].came - endpoint->tallies[i].duplicates;
	return sum;
}

/* words: tally, name, how many in all */
void engine_tally(struct call *call)
{
	struct engine_endpoint *endpoint = call->endpoint;
	uint64_t wanted = (uint64_t)engine_number(call, 2);
	int64_t deadline_ns = monotonic_ns() + 3 * ENGINE_WAIT_NS;
	const char *wrong = NULL;
	while (distinct(endpoint) < wanted && monotonic_ns() < deadline_ns) {
		struct tern_sample *samples = NULL;
		int32_t n = tern_reader_take(endpoint->reader, 256, &samples);
		if (n <= 0) {
			wait_for_data(endpoint->reader);
			continue;
		}
		for (int32_t i = 0; i < n; i++) {
			struct engine_sample said;
			if (!samples[i].info.valid_data)
				continue;
			const char *why =
				endpoint->type->check(samples[i].data, false, &said);
			wrong = why ? why : wrong;
			count(&endpoint->tallies[said.writer % ENGINE_TALLY_WRITERS_MAX],
			      said.count);
		}
		tern_reader_return(endpoint->reader, samples);
	}
	uint64_t duplicates = 0;
	uint64_t disordered = 0;
	for (size_t i = 0; i < ENGINE_TALLY_WRITERS_MAX; i++) {
		duplicates += endpoint->tallies[i].duplicates;
		disordered += endpoint->tallies[i].disordered;
	}
	engine_say(call, "ok distinct %llu duplicates %llu disordered %llu lost %llu%s%s",
	           (unsigned long long)distinct(endpoint), (unsigned long long)duplicates,
	           (unsigned long long)disordered,
	           (unsigned long long)tern_reader_get_counters(endpoint->reader).lost,
	           wrong ? " wrong: " : "", wrong ? wrong : "");
}

/* ---- loans ---------------------------------------------------------------------------- */

void engine_hold(struct call *call)
{
	struct engine_endpoint *endpoint = call->endpoint;
	wait_for_data(endpoint->reader);
	int32_t n = tern_reader_take(endpoint->reader, 1, &endpoint->held);
	engine_say(call, n == 1 ? "ok" : "nothing to hold");
	if (n == 1)
		tell(call, endpoint->held);
}

/* What is held is still what it was. */
void engine_give_back(struct call *call)
{
	struct engine_endpoint *endpoint = call->endpoint;
	engine_say(call, "ok");
	tell(call, endpoint->held);
	tern_reader_return(endpoint->reader, endpoint->held);
	endpoint->held = NULL;
}

/* ---- listeners and descriptors -------------------------------------------------------- */

static void on_data(struct tern_reader *reader, void *context)
{
	struct engine_endpoint *endpoint = context;
	struct tern_sample *samples;
	int32_t n;
	while ((n = tern_reader_take(reader, 16, &samples)) > 0) {
		tern_reader_return(reader, samples);
		pthread_mutex_lock(&endpoint->lock);
		endpoint->heard += (uint64_t)n;
		pthread_cond_broadcast(&endpoint->changed);
		pthread_mutex_unlock(&endpoint->lock);
	}
}

void engine_listen(struct call *call)
{
	struct tern_reader_listener listener = {
		.data_available = on_data,
		.context = call->endpoint,
	};
	engine_say_status(call,
	                  tern_reader_set_listener(call->endpoint->reader, &listener));
}

void engine_heard(struct call *call)
{
	struct engine_endpoint *endpoint = call->endpoint;
	uint64_t wanted = (uint64_t)engine_number(call, 2);
	int64_t deadline_ns = monotonic_ns() + ENGINE_WAIT_NS;
	struct timespec until = { deadline_ns / 1000000000, deadline_ns % 1000000000 };
	int error = 0;
	pthread_mutex_lock(&endpoint->lock);
	while (endpoint->heard < wanted && error == 0)
		error = pthread_cond_timedwait(&endpoint->changed, &endpoint->lock,
		                               &until);
	engine_say(call, "ok %llu", (unsigned long long)endpoint->heard);
	pthread_mutex_unlock(&endpoint->lock);
	engine_say_status(call, tern_reader_set_listener(endpoint->reader, NULL));
}

/* words: poll, name, how many: taken through a waitset's descriptor */
void engine_poll(struct call *call)
{
	struct engine_endpoint *endpoint = call->endpoint;
	int64_t wanted = engine_number(call, 2);
	int64_t came = 0;
	struct tern_waitset *waitset;
	void *context;
	tern_status s = tern_waitset_create(call->engine->participant, &waitset);
	if (s >= 0)
		s = tern_waitset_attach_reader(waitset, endpoint->reader,
		                               TERN_STATUS_DATA_AVAILABLE, endpoint);
	int fd = s >= 0 ? tern_waitset_fd(waitset) : s;
	if (fd < 0) {
		engine_say_status(call, fd);
		return;
	}
	engine_say(call, "ok");
	while (came < wanted) {
		struct pollfd readable = { .fd = fd, .events = POLLIN };
		if (poll(&readable, 1, (int)(ENGINE_WAIT_NS / 1000000)) != 1)
			break;
		while (tern_waitset_wait(waitset, 0, 1, &context) == 1) {
			struct tern_sample *samples;
			int32_t n = tern_reader_take(endpoint->reader, 4, &samples);
			for (int32_t i = 0; i < n; i++)
				tell(call, &samples[i]);
			if (n > 0)
				tern_reader_return(endpoint->reader, samples);
			came += n > 0 ? n : 0;
		}
	}
	tern_waitset_destroy(waitset);
}
