/* The rules of a batch; see batch.h. */
#include "batch.h"

#include <stdlib.h>

#include <tern/transport.h>

/* What RTPS adds to each sample (INFO_TS and the head of DATA), and to a message (its header,
 * and a heartbeat or two). */
#define SAMPLE_OVERHEAD_BYTES 36u
#define MESSAGE_OVERHEAD_BYTES 160u
/* Cyclone puts no more than 256 pieces into a message, of which a sample takes two. */
#define COUNT_MAX 120u
/* A larger sample gains little from company. */
#define SHARE_MIN 4u

#define DELAY_MAX_US 100000L

static uint32_t wire_bytes(uint32_t size_bytes)
{
	return size_bytes + SAMPLE_OVERHEAD_BYTES;
}

void tern__batch_init(struct tern__batch *batch, int64_t max_delay_ns,
                      uint32_t message_bytes)
{
	*batch = (struct tern__batch){ .max_delay_ns = max_delay_ns };
	if (message_bytes > MESSAGE_OVERHEAD_BYTES)
		batch->max_bytes = message_bytes - MESSAGE_OVERHEAD_BYTES;
}

/* Would the batch have no room for another one like this? */
static bool is_full(const struct tern__batch *batch, uint32_t size_bytes)
{
	return batch->held_count >= COUNT_MAX ||
	       batch->held_bytes + wire_bytes(size_bytes) > batch->max_bytes;
}

bool tern__batch_hold(struct tern__batch *batch, int64_t begin_ns, uint32_t size_bytes)
{
	bool follows =
		begin_ns - batch->last_ns < batch->max_delay_ns / TERN__BATCH_WORTH;
	bool is_due = tern__batch_is_due(batch, begin_ns);

	if (!follows)
		batch->run = 0;
	else if (batch->run < TERN__BATCH_STREAM)
		batch->run++;
	if (batch->run < TERN__BATCH_STREAM || size_bytes > batch->max_bytes / SHARE_MIN)
		return false;
	batch->held_count++;
	batch->held_bytes += wire_bytes(size_bytes);
	return !is_due && !is_full(batch, size_bytes);
}

void tern__batch_done(struct tern__batch *batch, int64_t end_ns)
{
	batch->last_ns = end_ns;
	if (batch->held_count == 1)
		batch->held_since_ns = end_ns;
}

void tern__batch_sent(struct tern__batch *batch)
{
	batch->held_count = 0;
	batch->held_bytes = 0;
}

bool tern__batch_is_due(const struct tern__batch *batch, int64_t now_ns)
{
	return batch->held_count > 0 &&
	       now_ns - batch->held_since_ns >= batch->max_delay_ns;
}

int64_t tern__batch_next_look(const struct tern__batch *batch, int64_t now_ns)
{
	if (batch->held_count > 0)
		return batch->held_since_ns + batch->max_delay_ns;
	/* A stream that is on its way will hold something soon. */
	if (batch->run == TERN__BATCH_STREAM &&
	    now_ns - batch->last_ns < batch->max_delay_ns)
		return now_ns + batch->max_delay_ns;
	return TERN_INFINITE;
}

int64_t tern__batch_delay_of(const struct tern_host *host, const char *text)
{
	char *end;

	if (!text)
		return TERN__BATCH_DEFAULT_DELAY_NS;
	long delay_us = strtol(text, &end, 10);
	if (end == text || *end || delay_us < 0 || delay_us > DELAY_MAX_US) {
		host->log(TERN_LOG_WARNING,
		          "TERN_DDS_BATCH_US is \"%s\": expected whole microseconds from "
		          "0 to %ld; %d are taken",
		          text, DELAY_MAX_US, (int)(TERN__BATCH_DEFAULT_DELAY_NS / 1000));
		return TERN__BATCH_DEFAULT_DELAY_NS;
	}
	return delay_us * 1000;
}
