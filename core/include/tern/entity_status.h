/* Communication statuses of writers and readers: what happened, how often, and with whom.
 * Source: DDS 1.4, 2.2.4.1. */
#ifndef TERN_ENTITY_STATUS_H
#define TERN_ENTITY_STATUS_H

#include <stdint.h>

#include <tern/api.h>
#include <tern/guid.h>
#include <tern/sample.h>

TERN_BEGIN_DECLS

/** Bits for waitsets and tern_..._status_changes(). */
enum {
	TERN_STATUS_DATA_AVAILABLE = 1u << 0,         /* reader: samples not read yet */
	TERN_STATUS_SUBSCRIPTION_MATCHED = 1u << 1,   /* reader */
	TERN_STATUS_REQUESTED_INCOMPATIBLE = 1u << 2, /* reader: QoS or type */
	TERN_STATUS_REQUESTED_DEADLINE_MISSED = 1u << 3,
	TERN_STATUS_SAMPLE_LOST = 1u << 4,          /* reader */
	TERN_STATUS_SAMPLE_REJECTED = 1u << 5,      /* reader */
	TERN_STATUS_LIVELINESS_CHANGED = 1u << 6,   /* reader */
	TERN_STATUS_PUBLICATION_MATCHED = 1u << 7,  /* writer */
	TERN_STATUS_OFFERED_INCOMPATIBLE = 1u << 8, /* writer: QoS or type */
	TERN_STATUS_OFFERED_DEADLINE_MISSED = 1u << 9,
};

/** total counts from the beginning; change since the last look. */
struct tern_count {
	uint64_t total;
	uint64_t change;
};

struct tern_matched_status {
	struct tern_count count; /* pairs that were ever made */
	uint32_t current;        /* pairs now */
	int32_t current_change;
	struct tern_guid last; /* the endpoint that was matched or unmatched last */
};

struct tern_incompatible_status {
	struct tern_count count;
	struct tern_guid last;
	char reason[256]; /* of the last: offered, requested, and the fix */
};

struct tern_deadline_status {
	struct tern_count count;
	tern_instance_handle last_instance;
};

typedef enum tern_rejected_reason {
	TERN_NOT_REJECTED,
	TERN_REJECTED_BY_INSTANCES_LIMIT,
	TERN_REJECTED_BY_SAMPLES_LIMIT,
	TERN_REJECTED_BY_SAMPLES_PER_INSTANCE_LIMIT,
} tern_rejected_reason;

struct tern_rejected_status {
	struct tern_count count;
	tern_rejected_reason last_reason;
	tern_instance_handle last_instance;
};

struct tern_liveliness_status {
	uint32_t alive;
	uint32_t not_alive;
	int32_t alive_change;
	int32_t not_alive_change;
	struct tern_guid last;
};

/** What a reader counted from its creation on: why samples did not reach the application. */
struct tern_reader_counters {
	uint64_t received;   /* stored in the history */
	uint64_t taken;      /* lent by take */
	uint64_t lost;       /* gaps in a writer's sequence */
	uint64_t duplicated; /* dropped: known already */
	uint64_t wrong_path; /* dropped: the pair uses another transport */
	uint64_t unmatched;  /* dropped: no pair with the writer */
	uint64_t rejected;   /* dropped: resource limits */
	uint64_t malformed;  /* dropped: could not be decoded */
	uint64_t expired;    /* dropped: lifespan */
	uint64_t filtered;   /* dropped: time-based filter, or a stronger owner */
	uint64_t
		overwritten; /* replaced by newer ones before they were read: KEEP_LAST */
};

TERN_END_DECLS

#endif
