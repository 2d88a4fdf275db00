/* A flight out of a ULog file: which samples are ours, and when each is due. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "source.h"
#include "ulog.h"

/* Longer pauses are taken for damaged timestamps, or are not worth waiting for. */
#define JUMP_US (10 * UINT64_C(1000000))

/* What ulog_topic.user points to. */
struct track {
	int topic;               /* flight_topic_index, or -1: not published */
	struct binding *binding; /* NULL if not published */
	uint64_t ignored;        /* samples */
	char name[ULOG_NAME_MAX + 1];
	struct track *next;
};

struct recording {
	struct source source; /* first: the two are cast into each other */
	struct ulog *log;
	struct track *tracks;      /* owned list of all */
	struct ulog_sample sample; /* of the last event */
	void (*say)(const char *text);
	uint64_t now_us;      /* since the flight began */
	uint64_t recorded_us; /* the recorder's clock at now_us */
	/* A jump's new time: believed if the next sample confirms it. */
	uint64_t candidate_us;
};

static const struct binding_alias telemetry_aliases[] = {
	{ "fixed", "corrected" },
	{ NULL, NULL },
};

static void say_text(const char *text, void *context)
{
	struct recording *recording = context;

	recording->say(text);
}

static struct track *make_track(struct recording *recording, struct ulog_topic *topic)
{
	struct track *track = calloc(1, sizeof *track);
	const struct flight_topic *known;

	if (!track)
		return NULL;
	snprintf(track->name, sizeof track->name, "%s", topic->name);
	track->next = recording->tracks;
	recording->tracks = track;
	topic->user = track;
	track->topic = flight_topic_find(topic->name);
	if (track->topic < 0)
		return track;
	known = &flight_topics[track->topic];
	/* A second sensor of a kind needs a key to be told from the first. */
	for (uint32_t i = 0; topic->instance > 0 && i < known->type->member_count; i++)
		if (strcmp(known->type->members[i].name, "instance") == 0)
			goto bind;
	if (topic->instance > 0) {
		track->topic = -1;
		return track;
	}
bind:
	track->binding = binding_create(
		topic->format, known->type,
		track->topic == TOPIC_TELEMETRY_STATUS ? telemetry_aliases : NULL,
		say_text, recording);
	if (!track->binding)
		track->topic = -1;
	return track;
}

/* Samples carry times of their own, some an old one or none: those are due at once. */
static void advance(struct recording *recording, uint64_t timestamp_us)
{
	uint64_t last_us = recording->recorded_us;
	uint64_t candidate_us = recording->candidate_us;

	if (timestamp_us <= last_us)
		return;
	recording->candidate_us = 0;
	if (timestamp_us - last_us <= JUMP_US) {
		recording->now_us += timestamp_us - last_us;
		recording->recorded_us = timestamp_us;
	} else if (candidate_us != 0 && timestamp_us >= candidate_us &&
	           timestamp_us - candidate_us <= JUMP_US) {
		recording->recorded_us = timestamp_us;
	} else {
		recording->candidate_us = timestamp_us;
	}
}

static bool next(struct source *source, struct source_event *ret_event)
{
	struct recording *recording = (struct recording *)source;

	while (ulog_next(recording->log, &recording->sample)) {
		struct ulog_topic *topic = recording->sample.topic;
		struct track *track = topic->user;

		if (!track)
			track = make_track(recording, topic);
		if (!track)
			return false;
		if (track->topic < 0) {
			track->ignored++;
			continue;
		}
		advance(recording, recording->sample.timestamp_us);
		ret_event->topic = (enum flight_topic_index)track->topic;
		ret_event->time_us = recording->now_us;
		return true;
	}
	return false;
}

static void fill(struct source *source, const struct source_event *event, void *sample)
{
	struct recording *recording = (struct recording *)source;
	struct ulog_sample *recorded = &recording->sample;
	const struct track *track = recorded->topic->user;

	(void)event;
	binding_apply(track->binding, recorded->data, recorded->size_bytes,
	              recorded->topic->instance, sample);
}

static void summarize(struct source *source, void (*say)(const char *text))
{
	struct recording *recording = (struct recording *)source;
	const struct ulog_facts *facts = ulog_facts(recording->log);
	char text[512];

	for (struct track *track = recording->tracks; track; track = track->next) {
		if (track->ignored == 0)
			continue;
		snprintf(text, sizeof text,
		         "%" PRIu64 " samples of '%s' were not published: %s",
		         track->ignored, track->name,
		         flight_topic_find(track->name) < 0
		                 ? "flight.idl has no type for it"
		                 : "its type has no key for a second instance");
		say(text);
	}
	if (facts->dropouts > 0) {
		snprintf(text, sizeof text,
		         "the recording itself has %" PRIu64 " gaps, %" PRIu64
		         " ms in all",
		         facts->dropouts, facts->dropout_ms);
		say(text);
	}
	if (facts->damages > 0) {
		snprintf(text, sizeof text,
		         "the file is damaged (%" PRIu64 " times): %" PRIu64
		         " of %" PRIu64 " bytes could not be read%s",
		         facts->damages, facts->skipped_bytes, facts->bytes_read,
		         facts->truncated ? ", and its end is missing" : "");
		say(text);
	}
}

static void destroy(struct source *source)
{
	struct recording *recording = (struct recording *)source;

	while (recording->tracks) {
		struct track *track = recording->tracks;

		recording->tracks = track->next;
		binding_destroy(track->binding);
		free(track);
	}
	ulog_close(recording->log);
	free(recording);
}

struct source *recording_open(const char *path, void (*say)(const char *text))
{
	struct recording *recording = calloc(1, sizeof *recording);
	char error[ULOG_ERROR_SIZE_BYTES] = "no memory";
	char text[ULOG_ERROR_SIZE_BYTES + 256];
	const char *name = strrchr(path, '/');

	if (!recording)
		goto fail;
	recording->say = say;
	recording->log = ulog_open(path, say_text, recording, error);
	if (!recording->log)
		goto fail;
	recording->recorded_us = ulog_facts(recording->log)->start_us;
	recording->source = (struct source){
		.next = next,
		.fill = fill,
		.summarize = summarize,
		.destroy = destroy,
	};
	snprintf(recording->source.title, sizeof recording->source.title,
	         "the recorded flight %.80s", name ? name + 1 : path);
	return &recording->source;

fail:
	free(recording);
	snprintf(text, sizeof text, "%.200s: %s", path, error);
	say(text);
	return NULL;
}
