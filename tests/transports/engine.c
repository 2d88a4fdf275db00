/* An engine's life, its endpoints, and the way from a line to a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_impl.h"

void engine_say(struct call *call, const char *format, ...)
{
	size_t left_bytes = ENGINE_ANSWER_SIZE_BYTES - call->used_bytes;
	va_list arguments;
	va_start(arguments, format);
	int length =
		vsnprintf(call->answer + call->used_bytes, left_bytes, format, arguments);
	va_end(arguments);
	if (length > 0)
		call->used_bytes +=
			(size_t)length < left_bytes ? (size_t)length : left_bytes - 1;
}

void engine_say_status(struct call *call, tern_status status)
{
	if (status >= 0)
		engine_say(call, "ok");
	else
		engine_say(call, "%s %s", tern_status_name(status), tern_error_text());
}

int64_t engine_number(const struct call *call, size_t index)
{
	return index < call->count ? strtoll(call->words[index], NULL, 10) : 0;
}

/* ---- endpoints ------------------------------------------------------------------------ */

struct engine_endpoint **engine_find(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < ENGINE_ENDPOINTS_MAX; i++)
		if (engine->endpoints[i] && strcmp(engine->endpoints[i]->name, name) == 0)
			return &engine->endpoints[i];
	return NULL;
}

static void forget(struct engine_endpoint **place)
{
	struct engine_endpoint *endpoint = *place;
	for (size_t i = 0; i < ENGINE_TALLY_WRITERS_MAX; i++)
		free(endpoint->tallies[i].seen);
	pthread_cond_destroy(&endpoint->changed);
	pthread_mutex_destroy(&endpoint->lock);
	free(endpoint);
	*place = NULL;
}

static struct engine_endpoint **place_for(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < ENGINE_ENDPOINTS_MAX; i++) {
		if (engine->endpoints[i])
			continue;
		struct engine_endpoint *endpoint = calloc(1, sizeof *endpoint);
		pthread_condattr_t monotonic;
		if (!endpoint)
			return NULL;
		snprintf(endpoint->name, sizeof endpoint->name, "%s", name);
		pthread_mutex_init(&endpoint->lock, NULL);
		pthread_condattr_init(&monotonic);
		pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
		pthread_cond_init(&endpoint->changed, &monotonic);
		pthread_condattr_destroy(&monotonic);
		engine->endpoints[i] = endpoint;
		return &engine->endpoints[i];
	}
	return NULL;
}

/* words: kind, name, topic, type, QoS ... */
static void create(struct call *call, struct tern_participant *participant,
                   bool is_writer)
{
	struct tern_qos qos =
		is_writer ? tern_qos_writer_default() : tern_qos_reader_default();
	if (call->count < 4 || engine_find(call->engine, call->words[1])) {
		engine_say(call, "what endpoint?");
		return;
	}
	const struct engine_type *type = engine_type_find(call->words[3]);
	const char *unknown = engine_qos_parse(call->words + 4, call->count - 4, &qos);
	struct engine_endpoint **place = place_for(call->engine, call->words[1]);
	if (!type || unknown || !place) {
		engine_say(call, "what is %s?", unknown ? unknown : call->words[3]);
		return;
	}
	(*place)->type = type;
	tern_status s = is_writer
	                        ? tern_writer_create(participant, call->words[2],
	                                             type->type, &qos, &(*place)->writer)
	                        : tern_reader_create(participant, call->words[2],
	                                             type->type, &qos, &(*place)->reader);
	if (s < 0)
		forget(place);
	engine_say_status(call, s);
}

static void create_writer(struct call *call)
{
	create(call, call->engine->participant, true);
}

static void create_reader(struct call *call)
{
	create(call, call->engine->participant, false);
}

/* In another participant of the same process. */
static struct tern_participant *second_participant(struct call *call)
{
	if (!call->engine->second &&
	    tern_participant_create(0, "second", &call->engine->second) < 0)
		fprintf(stderr, "%s\n", tern_error_text());
	return call->engine->second;
}

static void create_second_writer(struct call *call)
{
	create(call, second_participant(call), true);
}

static void create_second_reader(struct call *call)
{
	create(call, second_participant(call), false);
}

static void destroy(struct call *call)
{
	tern_status s = tern_writer_destroy(call->endpoint->writer);
	if (s >= 0)
		s = tern_reader_destroy(call->endpoint->reader);
	if (s >= 0)
		forget(engine_find(call->engine, call->words[1]));
	engine_say_status(call, s);
}

/* ---- commands ------------------------------------------------------------------------- */

static const struct command {
	const char *name;
	void (*run)(struct call *call);
	bool needs_endpoint;
} commands[] = {
	{ "writer", create_writer, false },
	{ "reader", create_reader, false },
	{ "second_writer", create_second_writer, false },
	{ "second_reader", create_second_reader, false },
	{ "destroy", destroy, true },
	{ "matched", engine_matched, true },
	{ "unmatched", engine_unmatched, true },
	{ "spoil", engine_spoil, true },
	{ "write", engine_write, true },
	{ "write_at", engine_write_at, true },
	{ "publish", engine_publish, true },
	{ "burst", engine_burst, true },
	{ "bursts", engine_bursts, true },
	{ "spread", engine_spread, true },
	{ "fill", engine_fill, true },
	{ "again", engine_again, true },
	{ "dispose", engine_dispose, true },
	{ "unregister", engine_unregister, true },
	{ "acknowledged", engine_acknowledged, true },
	{ "take", engine_take, true },
	{ "take_until", engine_take_until, true },
	{ "read", engine_read, true },
	{ "quiet", engine_quiet, true },
	{ "tally", engine_tally, true },
	{ "hold", engine_hold, true },
	{ "give_back", engine_give_back, true },
	{ "listen", engine_listen, true },
	{ "heard", engine_heard, true },
	{ "poll", engine_poll, true },
	{ "incompatible", engine_incompatible, true },
	{ "deadline_missed", engine_deadline_missed, true },
	{ "lost", engine_lost, true },
	{ "user_data", engine_user_data, true },
};

void engine_run(struct engine *engine, const char *line, char *ret_answer)
{
	struct call call = { .engine = engine, .answer = ret_answer };
	char copy[1024];
	char *rest = copy;
	snprintf(copy, sizeof copy, "%s", line);
	ret_answer[0] = '\0';
	for (char *word; call.count < ENGINE_WORDS_MAX && (word = strsep(&rest, " \n"));)
		if (*word)
			call.words[call.count++] = word;
	for (size_t i = 0; call.count > 0 && i < sizeof commands / sizeof *commands;
	     i++) {
		if (strcmp(commands[i].name, call.words[0]) != 0)
			continue;
		if (commands[i].needs_endpoint) {
			struct engine_endpoint **place =
				call.count > 1 ? engine_find(engine, call.words[1])
					       : NULL;
			if (!place)
				break;
			call.endpoint = *place;
		}
		commands[i].run(&call);
		return;
	}
	engine_say(&call, "not understood: %s", line);
}

/* ---- life ----------------------------------------------------------------------------- */

static void *be_present(void *context)
{
	struct engine *engine = context;
	void *triggered;
	int32_t n = 0;

	while (!engine->leaving && (n >= 0 || n == TERN_EAGAIN))
		n = tern_waitset_wait(engine->presence, TERN_INFINITE, 1, &triggered);
	return NULL;
}

static tern_status presence_start(struct engine *engine)
{
	tern_status s = tern_waitset_create(engine->participant, &engine->presence);

	if (s >= 0 && pthread_create(&engine->present, NULL, be_present, engine) != 0)
		s = tern_fail(TERN_EIO, "no thread");
	return s;
}

static void presence_stop(struct engine *engine)
{
	engine->leaving = true;
	tern_waitset_wake(engine->presence);
	pthread_join(engine->present, NULL);
	tern_waitset_destroy(engine->presence);
}

struct engine *engine_create(const char *name)
{
	struct engine *engine = calloc(1, sizeof *engine);
	if (!engine)
		return NULL;
	tern_status s = tern_participant_create(0, name, &engine->participant);
	if (s >= 0)
		s = tern_participant_wait_started(engine->participant, ENGINE_WAIT_NS);
	if (s >= 0)
		s = presence_start(engine);
	if (s < 0) {
		fprintf(stderr, "%s: %s\n", name, tern_error_text());
		(void)tern_participant_destroy(engine->participant);
		free(engine);
		return NULL;
	}
	return engine;
}

void engine_destroy(struct engine *engine)
{
	if (!engine)
		return;
	presence_stop(engine);
	for (size_t i = 0; i < ENGINE_ENDPOINTS_MAX; i++) {
		struct engine_endpoint *endpoint = engine->endpoints[i];
		if (endpoint && endpoint->reader)
			tern_reader_return(endpoint->reader, endpoint->held);
	}
	if (tern_participant_destroy(engine->second) < 0 ||
	    tern_participant_destroy(engine->participant) < 0)
		fprintf(stderr, "destroy: %s\n", tern_error_text());
	for (size_t i = 0; i < ENGINE_ENDPOINTS_MAX; i++)
		if (engine->endpoints[i])
			forget(&engine->endpoints[i]);
	free(engine);
}
