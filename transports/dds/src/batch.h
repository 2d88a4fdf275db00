/* Which samples of a writer wait for others to share a datagram with. Decides only: it reads no
 * clock, sends nothing and knows nothing of Cyclone; sender.c does.
 *
 *	write  write  ...  write   write write ... write      (pause)
 *	 sent   sent        sent   |<------ held ------>|  ...  sent by the alarm
 *	<-- STREAM in a row ---->  until it is full, or the first of them has waited long enough
 *
 * A datagram costs the sender and the receiver several microseconds each, most of that in the
 * kernel; a small sample costs a fraction of one. So samples that follow each other closely travel
 * together. A sample that comes alone, or in a short burst, is sent at once. */
#ifndef TERN_DDS_BATCH_H
#define TERN_DDS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

struct tern_host;

/* How long a sample of a stream may wait, if the environment names no time. */
#define TERN__BATCH_DEFAULT_DELAY_NS INT64_C(250000)
/* Writes in a row that make a stream. Sent one by one they take about as long as the delay that
 * the last sample of a burst suffers in a batch: so no burst is late by more than it took. */
#define TERN__BATCH_STREAM 64
/* A stream fills a batch with at least so many while the first of them waits. */
#define TERN__BATCH_WORTH 12

struct tern__batch {
	int64_t max_delay_ns; /* 0: nothing is held */
	uint32_t max_bytes;   /* in one batch, as they are on the wire */
	uint32_t run;         /* writes in a row, up to TERN__BATCH_STREAM */
	int64_t last_ns;      /* when the last write was done */
	uint32_t held_count;
	uint32_t held_bytes;
	int64_t held_since_ns; /* the first of them: when its write was done */
};

/** @param message_bytes  the largest RTPS message that is sent */
void tern__batch_init(struct tern__batch *batch, int64_t max_delay_ns,
                      uint32_t message_bytes);

/**
 * A sample was written; tern__batch_done() follows.
 * @param begin_ns    when the write began: monotonic, as all times here
 * @param size_bytes  of its encoding
 * @return true: it is held; false: all that is held is to be sent now
 */
bool tern__batch_hold(struct tern__batch *batch, int64_t begin_ns, uint32_t size_bytes);
/** The write ends, after sending if that was due: what it took is no pause of the writer's. */
void tern__batch_done(struct tern__batch *batch, int64_t end_ns);

/** All that was held has been sent. */
void tern__batch_sent(struct tern__batch *batch);

/** Has something been held for long enough? */
bool tern__batch_is_due(const struct tern__batch *batch, int64_t now_ns);
/** When to look again, if nothing is due now; TERN_INFINITE: not before the next hold(). */
int64_t tern__batch_next_look(const struct tern__batch *batch, int64_t now_ns);

/**
 * The delay that TERN_DDS_BATCH_US sets.
 * @param text  whole microseconds up to 100,000, 0 for none held; NULL: the default. What is
 *              neither is said in the log, and the default is taken.
 */
int64_t tern__batch_delay_of(const struct tern_host *host, const char *text);

#endif
