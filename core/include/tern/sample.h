/* What a reader lends: data and what is known about it.
 * Source: DDS 1.4, 2.2.2.5.1 (states) and 2.2.2.5.5 (SampleInfo). */
#ifndef TERN_SAMPLE_H
#define TERN_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/api.h>
#include <tern/guid.h>

TERN_BEGIN_DECLS

/** Names an instance within one process; 0 names none. The same key has the same handle in every
 * writer and reader of a process. */
typedef uint64_t tern_instance_handle;

#define TERN_HANDLE_NIL ((tern_instance_handle)0)

typedef enum tern_sample_state {
	TERN_NOT_READ = 1u << 0,
	TERN_READ = 1u << 1,
} tern_sample_state;

typedef enum tern_view_state {
	TERN_NEW = 1u << 2,
	TERN_NOT_NEW = 1u << 3,
} tern_view_state;

typedef enum tern_instance_state {
	TERN_ALIVE = 1u << 4,
	TERN_NOT_ALIVE_DISPOSED = 1u << 5,
	TERN_NOT_ALIVE_NO_WRITERS = 1u << 6,
} tern_instance_state;

/** Masks for selections; one group left out means "any" of that group. */
enum {
	TERN_ANY_STATE = 0x7f,
	TERN_NOT_ALIVE = TERN_NOT_ALIVE_DISPOSED | TERN_NOT_ALIVE_NO_WRITERS,
};

struct tern_sample_info {
	tern_sample_state sample_state;
	tern_view_state view_state;
	tern_instance_state instance_state;
	bool valid_data; /* false: only the state changed; only the key members hold values */
	int64_t source_timestamp_ns;    /* writer's clock, since 1970 */
	int64_t reception_timestamp_ns; /* this host's clock, when the history took it */
	tern_instance_handle instance_handle;
	struct tern_guid
		writer; /* (writer, source_timestamp_ns) is the sample's identity */
	uint32_t disposed_generation_count;
	uint32_t no_writers_generation_count;
	uint32_t
		sample_rank; /* samples of this instance that follow in the same take or read */
	uint32_t generation_rank;
	uint32_t absolute_generation_rank;
	const char *transport; /* "local", "shm", "dds": the way it came; static text */
};

/** One lent sample. data points to the C struct of the reader's type and is never NULL. */
struct tern_sample {
	const void *data;
	struct tern_sample_info info;
};

TERN_END_DECLS

#endif
