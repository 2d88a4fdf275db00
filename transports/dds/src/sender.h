/* The way of a writer's samples through Cyclone: sent one by one, or held for a batch that leaves
 * when it is full, when a time is over, or when somebody asks. What is held lies in Cyclone's own
 * message; whether to hold is batch.h's affair.
 *
 * The time is kept by Cyclone's event thread. It must never wait for a write: a write may wait for
 * acknowledgments, and these for the event thread. So whoever sends from outside of a write only
 * tries the lock, and otherwise leaves word for its holder. */
#ifndef TERN_DDS_SENDER_H
#define TERN_DDS_SENDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dds/dds.h>

#include <tern/transport.h>

#include "batch.h"

struct ddsi_sertype;
struct tern__alarm;

struct tern__sender {
	const struct tern_host *host;
	struct tern__alarm *alarm; /* NULL: Cyclone sends each sample by itself */
	dds_entity_t writer;
	pthread_mutex_t lock;     /* of who writes or flushes; above all of Cyclone's */
	struct tern__batch batch; /* guarded by lock */
	atomic_bool wanted;       /* a flush, by the holder of the lock */
	atomic_bool armed;        /* the alarm will ring */
	atomic_uint writes;       /* begun so far */
	unsigned writes_seen;     /* when the alarm rang last; the alarm's own */
};

/**
 * Make the DDS writer.
 * @param max_delay_ns  for which a sample may be held; 0: none is
 * @return the writer, or a negative DDS return code; tern__sender_fini() in any case
 */
dds_entity_t tern__sender_init(struct tern__sender *sender, const struct tern_host *host,
                               dds_entity_t participant, dds_entity_t topic,
                               struct ddsi_sertype *sertype, const dds_qos_t *qos,
                               const dds_listener_t *listener, int64_t max_delay_ns);
/** When it returns, no alarm rings any more. What is held leaves with the writer's deletion. */
void tern__sender_fini(struct tern__sender *sender);

/** Around each write, which nobody else begins meanwhile. @param size_bytes  of the encoding */
void tern__sender_begin(struct tern__sender *sender, int64_t *ret_begin_ns);
void tern__sender_end(struct tern__sender *sender, int64_t begin_ns, size_t size_bytes);

/** Send what is held, or let the write that is just on its way do so. Never blocks for long. */
void tern__sender_flush(struct tern__sender *sender);

#endif
