/* Quality of service of topics, writers and readers, and the rules by which an offer meets a
 * request. Source: DDS 1.4, 2.2.3; XTypes 1.3, 7.6.3.1 and 7.6.3.7. */
#ifndef TERN_QOS_H
#define TERN_QOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/api.h>
#include <tern/status.h>

TERN_BEGIN_DECLS

/** Durations and points in time are nanoseconds; this one never ends. */
#define TERN_INFINITE INT64_MAX

/** A resource limit that does not limit. */
#define TERN_UNLIMITED (-1)

#define TERN_TOPIC_NAME_MAX 255 /* bytes, without the terminator */
#define TERN_PARTITION_NAME_MAX 255
#define TERN_PARTITIONS_MAX 64
#define TERN_USER_DATA_MAX_BYTES 65536

typedef enum tern_reliability { TERN_BEST_EFFORT, TERN_RELIABLE } tern_reliability;
typedef enum tern_durability {
	TERN_VOLATILE,
	TERN_TRANSIENT_LOCAL,
	/* Of foreign DDS peers only: they need a service that keeps samples beyond the writer. */
	TERN_TRANSIENT,
	TERN_PERSISTENT,
} tern_durability;
typedef enum tern_history { TERN_KEEP_LAST, TERN_KEEP_ALL } tern_history;
typedef enum tern_ownership { TERN_SHARED, TERN_EXCLUSIVE } tern_ownership;
typedef enum tern_liveliness {
	TERN_LIVELINESS_AUTOMATIC,
	TERN_LIVELINESS_MANUAL_BY_PARTICIPANT,
	TERN_LIVELINESS_MANUAL_BY_TOPIC,
} tern_liveliness;
typedef enum tern_destination_order {
	TERN_BY_RECEPTION_TIMESTAMP,
	TERN_BY_SOURCE_TIMESTAMP,
} tern_destination_order;

/** Bits of struct tern_qos.representations. */
enum { TERN_ACCEPT_XCDR1 = 1u << 0, TERN_ACCEPT_XCDR2 = 1u << 1 };

/**
 * One struct for topics, writers and readers; what does not apply to one is ignored there.
 * Start from tern_qos_writer_default(), tern_qos_reader_default() or tern_qos_topic_default()
 * and change what you need. Arrays are borrowed for the call that takes the struct.
 */
struct tern_qos {
	/* RELIABILITY. A reliable write blocks at most so long while readers or history are full. */
	tern_reliability reliability; /* writer: reliable; reader: best effort */
	int64_t max_blocking_time_ns; /* 0..TERN_INFINITE; 100 ms */

	tern_durability durability; /* volatile */

	tern_history history;  /* keep last */
	int32_t history_depth; /* per instance, 1..; 1 */

	/* RESOURCE_LIMITS, each 1.. or TERN_UNLIMITED */
	int32_t max_samples;
	int32_t max_instances;
	int32_t max_samples_per_instance; /* not below history_depth */

	int64_t deadline_ns;       /* 1..TERN_INFINITE, per instance; infinite */
	int64_t latency_budget_ns; /* 0..; 0 */
	int64_t lifespan_ns;       /* writer, topic: 1..TERN_INFINITE; infinite */

	tern_ownership ownership;
	int32_t ownership_strength; /* writer: any; 0 */

	tern_liveliness liveliness;
	int64_t liveliness_lease_ns; /* 1..TERN_INFINITE; infinite */

	tern_destination_order destination_order;

	int64_t minimum_separation_ns; /* TIME_BASED_FILTER, reader: 0..deadline_ns; 0 */

	bool autodispose_unregistered; /* WRITER_DATA_LIFECYCLE; true */
	int64_t autopurge_nowriter_ns; /* READER_DATA_LIFECYCLE: 0..TERN_INFINITE; infinite */
	int64_t autopurge_disposed_ns;

	uint32_t
		representations; /* DATA_REPRESENTATION: TERN_ACCEPT_... ; 0: what the type can */

	/* TYPE_CONSISTENCY_ENFORCEMENT, reader */
	bool ignore_sequence_bounds; /* true */
	bool ignore_string_bounds;   /* true */
	bool ignore_member_names;    /* false */
	bool prevent_type_widening;  /* false */

	/* PARTITION: names or patterns with * ? [a-z]; none: the default partition "" */
	const char *const *partitions;
	uint32_t partition_count; /* 0..TERN_PARTITIONS_MAX */

	const void *user_data; /* USER_DATA: any bytes; NULL with 0 */
	size_t user_data_size_bytes;
};

/** DDS's defaults for a topic (DDS 1.4, 2.2.3, table of policies). Threads: any. */
TERN_API struct tern_qos tern_qos_topic_default(void);
/** The same for a writer: RELIABLE, KEEP_LAST 1, VOLATILE. Threads: any. */
TERN_API struct tern_qos tern_qos_writer_default(void);
/** The same for a reader: BEST_EFFORT, KEEP_LAST 1, VOLATILE. Threads: any. */
TERN_API struct tern_qos tern_qos_reader_default(void);

/**
 * Does a QoS contradict itself? Every create call does this check by itself.
 * @return TERN_OK, or TERN_EINVAL with a text that names the policies and the way out
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status tern_qos_check(const struct tern_qos *qos);

TERN_END_DECLS

#endif
