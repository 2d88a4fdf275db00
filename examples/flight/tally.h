/* What a reader of one topic counts: samples, samples that came twice, and how long they
 * were under way. Small and fixed in size. */
#ifndef FLIGHT_TALLY_H
#define FLIGHT_TALLY_H

#include <stdint.h>

#include <tern/sample.h>

/* Buckets of latencies are 1/16 of a power of two wide: percentiles err by 6 %. */
#define TALLY_BUCKETS (64 * 16)

/* Instances whose last sample is remembered, to see the same one again. */
#define TALLY_INSTANCES 16

struct tally {
	/* CLOCK_REALTIME. Samples sent before were kept for us: counted, not timed. */
	int64_t timed_since_ns;
	uint64_t received;
	uint64_t timed;
	uint64_t repeated; /* samples that came again, or after a younger one */
	uint32_t latencies[TALLY_BUCKETS];
	struct {
		tern_instance_handle handle;
		struct tern_guid writer;
		int64_t source_timestamp_ns;
	} last[TALLY_INSTANCES];
};

/** Count one sample. */
void tally_add(struct tally *tally, const struct tern_sample_info *info);

/** @return what this share (0..1) of the latencies does not exceed; 0 without samples */
int64_t tally_percentile_ns(const struct tally *tally, double share);

#endif
