/* An engine's writing commands. */
#include <stdlib.h>
#include <string.h>

#include "engine_impl.h"

/* words: command, name, key, count, size */
static struct engine_sample sample_of(const struct call *call)
{
	return (struct engine_sample){
		.key = (int32_t)engine_number(call, 2),
		.count = (uint64_t)engine_number(call, 3),
		.size_bytes = (size_t)engine_number(call, 4),
	};
}

static tern_status write_at(struct engine_endpoint *endpoint,
                            const struct engine_sample *from, int64_t timestamp_ns)
{
	void *sample = tern_sample_create(endpoint->type->type);
	if (!sample)
		return TERN_ENOMEM;
	tern_status s = endpoint->type->fill(sample, from, NULL);
	if (s >= 0)
		s = tern_writer_write_at(endpoint->writer, sample, timestamp_ns);
	tern_sample_destroy(endpoint->type->type, sample);
	return s;
}

void engine_write(struct call *call)
{
	struct engine_sample sample = sample_of(call);
	engine_say_status(call, write_at(call->endpoint, &sample, TERN_TIMESTAMP_NOW));
}

void engine_write_at(struct call *call)
{
	struct engine_sample sample = sample_of(call);
	sample.size_bytes = 0;
	engine_say_status(call,
	                  write_at(call->endpoint, &sample, engine_number(call, 4)));
}

void engine_publish(struct call *call)
{
	struct engine_sample from = sample_of(call);
	void *sample;
	tern_status s = tern_writer_loan(call->endpoint->writer, 0, &sample);
	if (s >= 0)
		s = call->endpoint->type->fill(sample, &from, sample);
	if (s >= 0)
		s = tern_writer_publish(call->endpoint->writer, sample);
	engine_say_status(call, s);
}

/* Write, and again after a time-out, as an application would. */
static tern_status write_until_sent(struct engine_endpoint *endpoint,
                                    const struct engine_sample *sample,
                                    bool *was_held_back)
{
	tern_status s;
	int tries = 0;
	do {
		s = write_at(endpoint, sample, TERN_TIMESTAMP_NOW);
		*was_held_back |= s == TERN_ETIMEDOUT;
	} while (s == TERN_ETIMEDOUT && ++tries < 200);
	return s;
}

/* words: burst, name, writer's number, how many, size: numbered from 1 */
void engine_burst(struct call *call)
{
	struct engine_sample sample = {
		.writer = (uint32_t)engine_number(call, 2),
		.size_bytes = (size_t)engine_number(call, 4),
	};
	uint64_t count = (uint64_t)engine_number(call, 3);
	bool held_back = false;
	tern_status s = TERN_OK;
	for (sample.count = 1; sample.count <= count && s >= 0; sample.count++)
		s = write_until_sent(call->endpoint, &sample, &held_back);
	if (s < 0)
		engine_say_status(call, s);
	else
		engine_say(call, "ok %s", held_back ? "held back" : "at once");
}

/* Two writers at once, a thread each. */
struct burst {
	struct engine_endpoint *endpoint;
	struct engine_sample sample;
	uint64_t count;
	tern_status result;
};

static void *run_burst(void *context)
{
	struct burst *burst = context;
	bool held_back = false;
	for (burst->sample.count = 1; burst->sample.count <= burst->count;
	     burst->sample.count++) {
		burst->result =
			write_until_sent(burst->endpoint, &burst->sample, &held_back);
		if (burst->result < 0)
			break;
	}
	return NULL;
}

/* words: bursts, name, other name, how many each, size */
void engine_bursts(struct call *call)
{
	struct engine_endpoint **other = engine_find(call->engine, call->words[2]);
	struct burst bursts[2];
	pthread_t threads[2];
	for (int i = 0; i < 2; i++) {
		bursts[i] = (struct burst){
			.endpoint = i == 0 ? call->endpoint : *other,
			.sample = { .writer = (uint32_t)i + 1,
			            .size_bytes = (size_t)engine_number(call, 4) },
			.count = (uint64_t)engine_number(call, 3),
		};
		if (pthread_create(&threads[i], NULL, run_burst, &bursts[i]) != 0)
			abort();
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	engine_say_status(call,
	                  bursts[0].result < 0 ? bursts[0].result : bursts[1].result);
}

/* words: spread, name, how many: one sample of each key */
void engine_spread(struct call *call)
{
	struct engine_sample sample = { 0 };
	int64_t count = engine_number(call, 2);
	bool held_back = false;
	tern_status s = TERN_OK;
	while (sample.key < count && s >= 0) {
		sample.key++;
		sample.count++;
		s = write_until_sent(call->endpoint, &sample, &held_back);
	}
	engine_say_status(call, s);
}

/* words: fill, name, writer's number, size: until the writer is held back */
void engine_fill(struct call *call)
{
	struct engine_sample sample = {
		.writer = (uint32_t)engine_number(call, 2),
		.count = 1,
		.size_bytes = (size_t)engine_number(call, 3),
	};
	tern_status s;
	while ((s = write_at(call->endpoint, &sample, TERN_TIMESTAMP_NOW)) >= 0 &&
	       sample.count < 1000)
		sample.count++;
	engine_say(call, "ok sent %llu then %s", (unsigned long long)sample.count - 1,
	           tern_status_name(s));
}

/* words: again, name, writer's number, number, size: what a time-out left */
void engine_again(struct call *call)
{
	struct engine_sample sample = {
		.writer = (uint32_t)engine_number(call, 2),
		.count = (uint64_t)engine_number(call, 3),
		.size_bytes = (size_t)engine_number(call, 4),
	};
	bool held_back = false;
	engine_say_status(call, write_until_sent(call->endpoint, &sample, &held_back));
}

static void end_instance(struct call *call,
                         tern_status (*end)(struct tern_writer *writer, const void *key))
{
	struct engine_sample from = { .key = (int32_t)engine_number(call, 2) };
	const struct engine_type *type = call->endpoint->type;
	void *sample = tern_sample_create(type->type);
	tern_status s = sample ? type->fill(sample, &from, NULL) : TERN_ENOMEM;
	if (s >= 0)
		s = end(call->endpoint->writer, sample);
	tern_sample_destroy(type->type, sample);
	engine_say_status(call, s);
}

void engine_dispose(struct call *call)
{
	end_instance(call, tern_writer_dispose);
}

void engine_unregister(struct call *call)
{
	end_instance(call, tern_writer_unregister);
}

void engine_acknowledged(struct call *call)
{
	engine_say_status(
		call, tern_writer_wait_for_acknowledgments(
			      call->endpoint->writer, engine_number(call, 2) * 1000000));
}
