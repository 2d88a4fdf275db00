/* Counting of received samples. */
#include "tally.h"

/* Layout of the buckets: below 16 ns one each; from there, 16 for each power of two. */
static uint32_t bucket_of(uint64_t latency_ns)
{
	uint32_t power;

	if (latency_ns < 16)
		return (uint32_t)latency_ns;
	power = 63 - (uint32_t)__builtin_clzll(latency_ns);
	return (power - 3) * 16 + (uint32_t)(latency_ns >> (power - 4) & 15);
}

/* The middle of a bucket. */
static int64_t bucket_ns(uint32_t bucket)
{
	uint32_t power = bucket / 16 + 3;
	uint64_t width_ns;

	if (bucket < 16)
		return bucket;
	width_ns = UINT64_C(1) << (power - 4);
	return (int64_t)((16 + bucket % 16) * width_ns + width_ns / 2);
}

/* A writer's timestamps only grow: one that does not was here before, or is late. */
static void note_source(struct tally *tally, const struct tern_sample_info *info)
{
	int free_slot = -1;

	for (int i = 0; i < TALLY_INSTANCES; i++) {
		if (tally->last[i].source_timestamp_ns == 0) {
			free_slot = i;
			break;
		}
		if (tally->last[i].handle != info->instance_handle ||
		    !tern_guid_equal(&tally->last[i].writer, &info->writer))
			continue;
		if (info->source_timestamp_ns <= tally->last[i].source_timestamp_ns)
			tally->repeated++;
		else
			tally->last[i].source_timestamp_ns = info->source_timestamp_ns;
		return;
	}
	if (free_slot < 0)
		return;
	tally->last[free_slot].handle = info->instance_handle;
	tally->last[free_slot].writer = info->writer;
	tally->last[free_slot].source_timestamp_ns = info->source_timestamp_ns;
}

void tally_add(struct tally *tally, const struct tern_sample_info *info)
{
	int64_t latency_ns = info->reception_timestamp_ns - info->source_timestamp_ns;

	tally->received++;
	note_source(tally, info);
	if (info->source_timestamp_ns < tally->timed_since_ns)
		return;
	/* Below 0 the two hosts' clocks differ. */
	tally->latencies[bucket_of(latency_ns < 0 ? 0 : (uint64_t)latency_ns)]++;
	tally->timed++;
}

int64_t tally_percentile_ns(const struct tally *tally, double share)
{
	uint64_t wanted = (uint64_t)((double)tally->timed * share);
	uint64_t seen = 0;

	if (tally->timed == 0)
		return 0;
	if (wanted == 0)
		wanted = 1;
	for (uint32_t i = 0; i < TALLY_BUCKETS; i++) {
		seen += tally->latencies[i];
		if (seen >= wanted)
			return bucket_ns(i);
	}
	return bucket_ns(TALLY_BUCKETS - 1);
}
