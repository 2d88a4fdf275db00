/* Reads PX4 flight logs (ULog files), one logged sample after the other, in little
 * memory. Knows nothing of Tern. Damage is reported with its offset and skipped: what can
 * be read is read. Source: PX4 developer guide, "ULog File Format". */
#ifndef FLIGHT_ULOG_H
#define FLIGHT_ULOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Types of fields. ULOG_NESTED: of another format of the file. */
enum ulog_kind {
	ULOG_INT8,
	ULOG_UINT8,
	ULOG_INT16,
	ULOG_UINT16,
	ULOG_INT32,
	ULOG_UINT32,
	ULOG_INT64,
	ULOG_UINT64,
	ULOG_FLOAT,
	ULOG_DOUBLE,
	ULOG_BOOL,
	ULOG_CHAR,
	ULOG_NESTED,
};

#define ULOG_NAME_MAX 127 /* bytes of a format's, field's or topic's name */

struct ulog_field {
	char *name;
	enum ulog_kind kind;
	char *nested_name; /* ULOG_NESTED: the format's name, else NULL */
	const struct ulog_format
		*nested;       /* the format itself; NULL until it is resolved */
	uint32_t count;        /* 1, or the elements of an array */
	uint32_t offset_bytes; /* from the sample's begin */
};

/** A format: the layout of a topic's samples. Fields are packed, little-endian. */
struct ulog_format {
	char *name;
	struct ulog_field *fields;
	uint32_t field_count;
	uint32_t size_bytes;     /* of a whole sample; 0 until it is resolved */
	uint32_t min_size_bytes; /* without the padding at the end, which is not logged */
	bool resolving; /* met again while true: the formats contain each other */
};

/** What a message id of the file stands for. */
struct ulog_topic {
	char *name;
	uint16_t message_id;
	uint8_t instance; /* several sensors of a kind have several instances */
	const struct ulog_format *format; /* NULL: its samples cannot be read */
	uint32_t timestamp_offset_bytes;  /* UINT32_MAX: the format has no timestamp */
	bool size_reported;
	void *user; /* yours */
};

/** One sample. Borrowed until the next call of ulog_next(). */
struct ulog_sample {
	struct ulog_topic *topic;
	const uint8_t *data;
	uint32_t size_bytes;   /* min_size_bytes.. size_bytes of the format */
	uint64_t timestamp_us; /* since the autopilot's start; 0: it has none */
	uint64_t offset_bytes; /* of its message in the file */
};

/** What the file tells about itself, and how reading it went. Grows while it is read. */
struct ulog_facts {
	char system[32];   /* "PX4", or "" */
	char hardware[32]; /* or "" */
	uint64_t start_us;
	uint64_t bytes_read;
	uint64_t samples;
	uint64_t dropouts; /* gaps that the recorder itself noted */
	uint64_t dropout_ms;
	uint64_t damages; /* places that could not be read */
	uint64_t skipped_bytes;
	bool truncated;
};

/** Receives one line about damage, without a newline. */
typedef void (*ulog_report)(const char *text, void *context);

struct ulog;

/**
 * Open a log.
 * @param report  told of damage, the first ULOG_REPORTS_MAX times; may be NULL
 * @return the log, closed by ulog_close(); NULL if it is no ULog file or cannot be read:
 *         then ret_error (ULOG_ERROR_SIZE_BYTES) says why
 */
struct ulog *ulog_open(const char *path, ulog_report report, void *context,
                       char *ret_error);
#define ULOG_ERROR_SIZE_BYTES 512
#define ULOG_REPORTS_MAX 10

/** The next sample in file order. @return false at the end of what can be read. */
bool ulog_next(struct ulog *log, struct ulog_sample *ret_sample);

/** Valid until ulog_close(). */
const struct ulog_facts *ulog_facts(const struct ulog *log);

/** NULL is fine. */
void ulog_close(struct ulog *log);

#endif
