/* Processes for tests of rings: each with its slot, data, bells, and at most one writer. Several
 * of them may be in one process of the system, or each in its own. They find each other by the
 * registry alone. The host is core's own, so that copies and encodings are real. */
#ifndef TERN_TESTS_RING_FIXTURE_H
#define TERN_TESTS_RING_FIXTURE_H

#include "registry.h"
#include "ring_reader.h"
#include "ring_writer.h"
#include "segment.h"
#include "shm_fixture.h"

/* core's table of functions for transports */
extern const struct tern_host tern__host;

#define RING_PEERS_MAX 64

struct ring_process {
	struct registry *registry;
	uint32_t slot;
	uint64_t generation;
	struct segment *segment;
	struct shm_bells *bells;
	struct peer *peers[RING_PEERS_MAX]; /* by slot */

	struct ring_writer *writer;
	const struct tern_type *type;
	int64_t timestamp_ns; /* of the last sample */
	int64_t timeout_ns;   /* of a write */
	uint32_t refreshes, reaps;
	bool is_blind; /* refresh() has no memory */
	void (*on_reap)(
		void *context); /* NULL: none; called before the dead are looked for */
};

/** @param max_size_bytes  of its data; 0: no limit */
void ring_process_begin(struct ring_process *process, size_t max_size_bytes);
void ring_process_end(struct ring_process *process);

/** The process of a slot as we see it; NULL: there is none. */
struct peer *ring_process_peer(struct ring_process *process, uint32_t slot);

void ring_process_create_writer(struct ring_process *process,
                                const struct tern_type *type, const struct tern_qos *qos);
/** Withdraw its entry and close it; it is collected at the end at the latest. */
void ring_process_close_writer(struct ring_process *process);

tern_status ring_process_send(struct ring_process *process, tern_change_kind kind,
                              const void *sample,
                              const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES]);
/** A WRITE of a sample without a key. */
tern_status ring_process_write(struct ring_process *process, const void *sample);

/** A config for a reader here of the writer of a slot; the caller changes what it likes. */
struct ring_reader_config ring_process_reader_config(struct ring_process *process,
                                                     uint32_t writer_slot,
                                                     const struct tern_type *type);

/** Peek, take a reference of the payload, pop. @return as ring_reader_peek() */
tern_status ring_take(struct ring_reader *reader, struct tern_delivery *ret_delivery);

#endif
