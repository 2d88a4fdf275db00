/* Readers of a flight's topics on one waitset. */
#include "watch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define TAKE_MAX 64
/* After the flight's end: how long stragglers are waited for, and when it is quiet. */
#define STRAGGLERS_NS (3 * SECOND_NS)
#define QUIET_NS (SECOND_NS / 5)
/* A record that was under way so long was kept for us: we are late. */
#define LATE_NS SECOND_NS

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

int watch_init(struct watch *watch, uint32_t domain, const char *name)
{
	struct tern_qos qos;

	*watch = (struct watch){ 0 };
	if (tern_participant_create(domain, name, &watch->participant) ||
	    tern_waitset_create(watch->participant, &watch->waitset))
		return -1;
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++) {
		struct watch_channel *channel = &watch->channels[i];

		channel->topic = &flight_topics[i];
		channel->tally.timed_since_ns = clock_ns(CLOCK_REALTIME);
		qos = flight_reader_qos(channel->topic->flow);
		if (tern_reader_create(watch->participant, channel->topic->name,
		                       channel->topic->type, &qos, &channel->reader) ||
		    tern_waitset_attach_reader(watch->waitset, channel->reader,
		                               TERN_STATUS_DATA_AVAILABLE, channel))
			return -1;
	}
	qos = flight_reader_qos(flight_record_topic.flow);
	if (tern_reader_create(watch->participant, flight_record_topic.name,
	                       flight_record_topic.type, &qos, &watch->record_reader) ||
	    tern_waitset_attach_reader(
		    watch->waitset, watch->record_reader,
		    TERN_STATUS_DATA_AVAILABLE | TERN_STATUS_SUBSCRIPTION_MATCHED, watch))
		return -1;
	return 0;
}

/* Keep what the display shows. */
static void look(struct watch *watch, enum flight_topic_index topic, const void *data)
{
	switch (topic) {
	case TOPIC_VEHICLE_ATTITUDE:
		memcpy(&watch->attitude, data, sizeof watch->attitude);
		watch->has_attitude = true;
		if (watch->first_us == 0)
			watch->first_us = watch->attitude.timestamp;
		return;
	case TOPIC_VEHICLE_LOCAL_POSITION:
		memcpy(&watch->position, data, sizeof watch->position);
		watch->has_position = true;
		return;
	case TOPIC_VEHICLE_STATUS:
		memcpy(&watch->status, data, sizeof watch->status);
		watch->has_status = true;
		return;
	default:
		return;
	}
}

static void note_transport(struct watch *watch, const char *transport)
{
	if (!watch->transport)
		watch->transport = transport;
	else if (strcmp(watch->transport, transport) != 0)
		watch->transport = "several ways";
}

static int take_channel(struct watch *watch, struct watch_channel *channel)
{
	struct tern_sample *samples;
	int32_t count;

	while ((count = tern_reader_take(channel->reader, TAKE_MAX, &samples)) > 0) {
		for (int32_t i = 0; i < count; i++) {
			const struct tern_sample *sample = &samples[i];

			if (!sample->info.valid_data)
				continue;
			tally_add(&channel->tally, &sample->info);
			watch->received++;
			note_transport(watch, sample->info.transport);
			look(watch, (enum flight_topic_index)(channel - watch->channels),
			     sample->data);
		}
		watch->last_ns = clock_ns(CLOCK_MONOTONIC);
		tern_reader_return(channel->reader, samples);
	}
	return count;
}

static void take_record(struct watch *watch, const flight_FlightRecord *record,
                        const struct tern_sample_info *info)
{
	snprintf(watch->source, sizeof watch->source, "%s", record->source);
	if (watch->state == WATCH_WAITING) {
		watch->state = WATCH_FLYING;
		watch->is_late =
			info->reception_timestamp_ns - info->source_timestamp_ns >
			LATE_NS;
	}
	if (!record->ended)
		return;
	for (uint32_t i = 0; i < record->counts._length; i++) {
		const flight_TopicCount *count = &record->counts._buffer[i];
		int topic = flight_topic_find(count->topic);

		if (topic >= 0)
			watch->channels[topic].published = count->published;
	}
	watch->has_counts = true;
	watch->last_ns = clock_ns(CLOCK_MONOTONIC);
}

static int take_records(struct watch *watch)
{
	struct tern_matched_status matched;
	struct tern_sample *samples;
	int32_t count;

	while ((count = tern_reader_take(watch->record_reader, TAKE_MAX, &samples)) > 0) {
		for (int32_t i = 0; i < count; i++)
			if (samples[i].info.valid_data)
				take_record(watch, samples[i].data, &samples[i].info);
		tern_reader_return(watch->record_reader, samples);
	}
	matched = tern_reader_subscription_matched(watch->record_reader);
	if (watch->state == WATCH_FLYING && !watch->has_counts && matched.current == 0)
		watch->state = WATCH_LOST;
	return count;
}

/* The flight has ended: is everything here, or nothing more to be hoped for? */
static bool is_complete(const struct watch *watch)
{
	int64_t quiet_ns = clock_ns(CLOCK_MONOTONIC) - watch->last_ns;

	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++) {
		const struct watch_channel *channel = &watch->channels[i];

		if (channel->topic->flow != FLOW_SENSOR && !watch->is_late &&
		    channel->tally.received < channel->published)
			return quiet_ns >= STRAGGLERS_NS;
	}
	return quiet_ns >= QUIET_NS;
}

int watch_step(struct watch *watch, int64_t timeout_ns)
{
	void *ready[FLIGHT_TOPIC_COUNT + 1];
	int32_t count;

	if (watch->has_counts && timeout_ns > QUIET_NS / 2)
		timeout_ns = QUIET_NS / 2;
	count = tern_waitset_wait(watch->waitset, timeout_ns, FLIGHT_TOPIC_COUNT + 1,
	                          ready);
	if (count < 0 && count != TERN_ETIMEDOUT && count != TERN_EAGAIN)
		return -1;
	for (int32_t i = 0; i < count; i++) {
		int taken = ready[i] == watch ? take_records(watch)
		                              : take_channel(watch, ready[i]);

		if (taken < 0)
			return -1;
	}
	if (watch->has_counts && is_complete(watch))
		watch->state = WATCH_ENDED;
	return 0;
}

uint64_t watch_lost(const struct watch *watch, const struct watch_channel *channel)
{
	struct tern_reader_counters counters;

	if (watch->has_counts && !watch->is_late)
		return channel->published > channel->tally.received
		               ? channel->published - channel->tally.received
		               : 0;
	counters = tern_reader_get_counters(channel->reader);
	return counters.lost + counters.overwritten + counters.rejected +
	       counters.malformed;
}

void watch_fini(struct watch *watch)
{
	tern_participant_destroy(watch->participant);
	watch->participant = NULL;
}
