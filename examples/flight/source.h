/* Where a flight comes from: a recording or the simulation. Both give one event after the
 * other, in the order of time, and fill samples in place, in the writer's loan. */
#ifndef FLIGHT_SOURCE_H
#define FLIGHT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "topics.h"

struct source_event {
	enum flight_topic_index topic;
	uint64_t time_us; /* since the flight began; never less than the last one's */
};

struct source {
	/** @return false at the end */
	bool (*next)(struct source *source, struct source_event *ret_event);
	/** Fill a zeroed struct of the topic's type with the last event's sample. */
	void (*fill)(struct source *source, const struct source_event *event,
	             void *sample);
	/** Say what is to be said at the end, one line at a time. May be NULL. */
	void (*summarize)(struct source *source, void (*say)(const char *text));
	void (*destroy)(struct source *source);
	char title[128]; /* "a PX4 log from an AUAV_X21", "a simulated quadrotor" */
};

/**
 * A ULog file.
 * @param say  told of damage and of differences to our types, one line each
 * @return owned by the caller: source->destroy(source); NULL: the reason was said
 */
struct source *recording_open(const char *path, void (*say)(const char *text));

/** About 20 s of a quadrotor: take-off, a square, landing. The same at each call. */
struct source *simulation_create(void);

#endif
