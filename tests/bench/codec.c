/* Generated codecs against Cyclone DDS's default serializer, in one process and by turns:
 * encode, check and decode, and free one nested sample. Prints a table and a line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <dds/dds.h>
#include <dds/features.h>

#include <dds/ddsi/ddsi_cdrstream.h>
#include <dds/ddsi/ddsi_serdata.h>
#include <dds/ddsi/ddsi_serdata_default.h>

#include "codec.h"
#include "codec_cyclone.h"

enum { DETECTIONS = 20, POINTS = 200, TAGS = 8, ROUNDS = 41, PER_ROUND = 2000 };

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_codec: %s\n", what);
	exit(1);
}

/* points: how much bulk the sample has beside its strings and structures with strings */
static bench_Frame *make_frame(uint32_t points)
{
	bench_Frame *frame = calloc(1, sizeof(*frame));

	frame->header.frame = strdup("camera_front_left_optical");
	frame->detections._buffer =
		calloc(DETECTIONS, sizeof(*frame->detections._buffer));
	frame->detections._length = frame->detections._maximum = DETECTIONS;
	frame->detections._release = true;
	for (int i = 0; i < DETECTIONS; i++) {
		bench_Detection *detection = &frame->detections._buffer[i];

		detection->label = strdup(i % 2 ? "pedestrian" : "delivery van");
		detection->score = 0.5f;
		detection->covariance._buffer = calloc(9, sizeof(float));
		detection->covariance._length = detection->covariance._maximum = 9;
		detection->covariance._release = true;
	}
	if (points > 0)
		frame->points._buffer = calloc(points, sizeof(*frame->points._buffer));
	frame->points._length = frame->points._maximum = points;
	frame->points._release = true;
	frame->tags._buffer = calloc(TAGS, sizeof(*frame->tags._buffer));
	frame->tags._length = frame->tags._maximum = TAGS;
	frame->tags._release = true;
	for (int i = 0; i < TAGS; i++)
		frame->tags._buffer[i] = strdup("calibrated");
	return frame;
}

/* ---- the two sides: nanoseconds for one sample ---- */

static double tern_round(const bench_Frame *frame, tern_representation representation)
{
	const struct tern_type *type = &bench_Frame_type;
	struct tern_buffer payload = { 0 };
	double begin = now_ns();

	for (int i = 0; i < PER_ROUND; i++) {
		bench_Frame read = { 0 };

		payload.size_bytes = 0;
		if (type->codec->encode(type, frame, representation, false, &payload) <
		            0 ||
		    type->codec->decode(type, payload.data, payload.size_bytes, false,
		                        &read) < 0)
			fail(tern_error_text());
		type->codec->fini(type, &read);
	}
	begin = now_ns() - begin;
	free(payload.data);
	return begin / PER_ROUND;
}

static double cyclone_round(const bench_Frame *frame, uint32_t version,
                            const struct ddsi_sertype_default *type)
{
	dds_ostream_t out;
	double begin;

	dds_ostream_init(&out, 0, version);
	begin = now_ns();
	for (int i = 0; i < PER_ROUND; i++) {
		bench_Frame read = { 0 };
		dds_istream_t in;
		uint32_t size = 0;

		out.m_index = 0;
		if (!dds_stream_write_sample(&out, frame, type) ||
		    !dds_stream_normalize(out.m_buffer, out.m_index, false, version, type,
		                          false, &size))
			fail("Cyclone's serializer refused the sample");
		dds_istream_init(&in, size, out.m_buffer, version);
		dds_stream_read_sample(&in, &read, type);
		dds_stream_free_sample(&read, type->type.ops.ops);
	}
	begin = now_ns() - begin;
	dds_ostream_fini(&out);
	return begin / PER_ROUND;
}

/* ---- Cyclone's type object: it shows in a sample that a reader received ---- */

static const struct ddsi_sertype_default *find_sertype(dds_entity_t participant,
                                                       const bench_Frame *frame)
{
	dds_entity_t topic = dds_create_topic(participant, codec_cyclone_frame(),
	                                      "bench_codec", NULL, NULL);
	dds_entity_t reader = dds_create_reader(participant, topic, NULL, NULL);
	dds_entity_t writer = dds_create_writer(participant, topic, NULL, NULL);
	struct ddsi_serdata *received = NULL;
	const struct ddsi_sertype *type;
	dds_sample_info_t info;

	if (writer < 0 || dds_write(writer, frame) < 0 ||
	    dds_takecdr(reader, &received, 1, &info, DDS_ANY_STATE) != 1)
		fail("Cyclone DDS does not deliver to its own reader");
	type = received->type;
	ddsi_serdata_unref(received);
	return (const struct ddsi_sertype_default *)type;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_value);
	return values[ROUNDS / 2];
}

static void compare(const char *sample, const bench_Frame *frame,
                    tern_representation representation,
                    const struct ddsi_sertype_default *type)
{
	const char *name = representation == TERN_XCDR1 ? "XCDR1" : "XCDR2";
	uint32_t version =
		representation == TERN_XCDR1 ? CDR_ENC_VERSION_1 : CDR_ENC_VERSION_2;
	struct tern_buffer payload = { 0 };
	double ours[ROUNDS], theirs[ROUNDS], ratios[ROUNDS];

	if (bench_Frame_type.codec->encode(&bench_Frame_type, frame, representation,
	                                   false, &payload) < 0)
		fail(tern_error_text());
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = tern_round(frame, representation);
		theirs[i] = cyclone_round(frame, version, type);
		ratios[i] = theirs[i] / ours[i];
	}
	printf("%s %-12s %5zu B   tern %6.0f ns   cyclone %6.0f ns   %5.2f times as fast\n",
	       name, sample, payload.size_bytes, median(ours), median(theirs),
	       median(ratios));
	printf("{\"bench\":\"codec\",\"representation\":\"%s\",\"sample\":\"%s\","
	       "\"payload_bytes\":%zu,\"tern_ns\":%.0f,\"cyclone_ns\":%.0f,\"ratio\":%.2f,"
	       "\"target\":2.0}\n",
	       name, sample, payload.size_bytes, ours[ROUNDS / 2], theirs[ROUNDS / 2],
	       ratios[ROUNDS / 2]);
	free(payload.data);
}

static void compare_both(const char *sample, uint32_t points,
                         const struct ddsi_sertype_default *type)
{
	bench_Frame *frame = make_frame(points);

	compare(sample, frame, TERN_XCDR1, type);
	compare(sample, frame, TERN_XCDR2, type);
	bench_Frame_free(frame);
}

int main(void)
{
	static const char loopback[] = "<General><Interfaces><NetworkInterface name='lo' "
				       "multicast='true'/></Interfaces></General>";
	bench_Frame *frame = make_frame(0);
	dds_entity_t participant;
	const struct ddsi_sertype_default *type;

	setenv("CYCLONEDDS_URI", loopback, 1); /* never a real network */
	participant = dds_create_participant(DDS_DOMAIN_DEFAULT, NULL, NULL);
	if (participant < 0)
		fail(dds_strretcode(participant));
	type = find_sertype(participant, frame);
	printf("encode + check + decode + free of one sample, median of %d rounds\n",
	       ROUNDS);
	compare_both("strings", 0, type);
	compare_both("with points", POINTS, type);
	dds_delete(participant);
	bench_Frame_free(frame);
	return 0;
}
