/* Watching a flight: readers of all its topics, what they counted, and what the vehicle
 * said last. The programs deck and ground are this, plus a display. */
#ifndef FLIGHT_WATCH_H
#define FLIGHT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/tern.h>

#include "flight.h"
#include "tally.h"
#include "topics.h"

struct watch_channel {
	const struct flight_topic *topic;
	struct tern_reader *reader;
	struct tally tally;
	uint64_t published; /* as the flight said when it ended */
};

enum watch_state {
	WATCH_WAITING, /* for a flight */
	WATCH_FLYING,
	WATCH_ENDED, /* the flight said so, and what it published is here */
	WATCH_LOST,  /* the flight went without a word */
};

struct watch {
	struct tern_participant *participant;
	struct tern_waitset *waitset;
	struct tern_reader *record_reader;
	struct watch_channel channels[FLIGHT_TOPIC_COUNT];
	enum watch_state state;
	bool is_late;      /* came when the flight was under way */
	bool has_counts;   /* the flight said what it published */
	int64_t last_ns;   /* when the last sample came, CLOCK_MONOTONIC */
	uint64_t received; /* of all topics */
	char source[128];  /* what flies */
	/* The way that samples came; "several ways"; NULL: none did. */
	const char *transport;

	/* what the vehicle said last */
	bool has_attitude;
	bool has_position;
	bool has_status;
	flight_VehicleAttitude attitude;
	flight_VehicleLocalPosition position;
	flight_VehicleStatus status;
	uint64_t first_us; /* the autopilot's clock when we heard of it first */
};

/** @return 0, or -1 with Tern's error text set; watch_fini() is due in either case */
int watch_init(struct watch *watch, uint32_t domain, const char *name);

/**
 * Wait for samples, at most so long, and take them.
 * @return 0, or -1 with Tern's error text set
 */
int watch_step(struct watch *watch, int64_t timeout_ns);

/** Samples of a topic that did not come; what it can know: see watch.is_late. */
uint64_t watch_lost(const struct watch *watch, const struct watch_channel *channel);

void watch_fini(struct watch *watch);

#endif
