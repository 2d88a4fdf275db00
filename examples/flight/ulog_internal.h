/* What the files of the ULog reader share: the window over the file's bytes, and formats.
 * Users include ulog.h only. */
#ifndef FLIGHT_ULOG_INTERNAL_H
#define FLIGHT_ULOG_INTERNAL_H

#include "ulog.h"

enum {
	ULOG_HEADER_SIZE_BYTES = 16,
	ULOG_MESSAGE_HEADER_SIZE_BYTES = 3,
	ULOG_MESSAGE_MAX_BYTES = 3 + UINT16_MAX,
	/* Room for a message and those behind it, which tell if it is sound. */
	ULOG_WINDOW_SIZE_BYTES = 512 * 1024,
	/* More than any autopilot writes; bounds what a hostile file costs. */
	ULOG_FORMATS_MAX = 1024,
	ULOG_FIELDS_MAX = 512,
	ULOG_DEPTH_MAX = 8,
	ULOG_FORMAT_TEXT_MAX = 16 * 1024,
	ULOG_FLAG_BITS_SIZE_BYTES = 40,
	ULOG_APPENDED_MAX = 3,
};

/** The part of the file that is in memory. It only moves forward: a pipe will do. */
struct ulog_window {
	int fd;
	bool at_end;
	uint64_t base_offset; /* of bytes[0] in the file */
	size_t size_bytes;    /* held */
	uint8_t bytes[ULOG_WINDOW_SIZE_BYTES];
};

struct ulog_formats {
	struct ulog_format *items[ULOG_FORMATS_MAX];
	uint32_t count;
};

struct ulog {
	struct ulog_window window;
	uint64_t offset_bytes; /* of the next message; all behind it is forgotten */
	struct ulog_formats formats;
	struct ulog_topic **topics; /* by message id; NULL: not in the file */
	/* Where appended sections begin; the one before may be cut anywhere. */
	uint64_t appended_offsets[ULOG_APPENDED_MAX];
	uint32_t appended_count;
	bool refused; /* the file needs features that this reader has not */
	struct ulog_facts facts;
	ulog_report report;
	void *report_context;
};

/** How much the bytes at a place look like a message. */
enum ulog_verdict {
	ULOG_END,     /* nothing is there: the file or section ends here */
	ULOG_CUT,     /* the file or section ends inside the message */
	ULOG_UNSOUND, /* no message */
	ULOG_WEAK,    /* may be one: the next message tells */
	ULOG_STRONG,  /* chance does not make such bytes */
};

/** ret_size_bytes: of the whole message; set unless there is not even a header. */
enum ulog_verdict ulog__judge(struct ulog *log, uint64_t offset_bytes,
                              size_t *ret_size_bytes);

/** Judge a message that looks like one by those that follow it. */
bool ulog__is_sound(struct ulog *log, uint64_t offset_bytes, enum ulog_verdict verdict,
                    size_t size_bytes);

/** Move the cursor to the next place where a message certainly begins, or to the end. */
bool ulog__find_sound(struct ulog *log);

/** Bytes that are there from an offset at or after the cursor on, at most `wanted`. */
size_t ulog__peek(struct ulog *log, uint64_t offset_bytes, size_t wanted,
                  const uint8_t **ret_bytes);

bool ulog__is_printable(const uint8_t *text, size_t size_bytes);
uint16_t ulog__get_u16(const uint8_t *bytes);

/** Count damage and report it. */
void ulog__damage(struct ulog *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Add the format that text[0..size) defines. @return NULL, or what is wrong with it. */
const char *ulog__format_add(struct ulog_formats *formats, const char *text,
                             size_t size_bytes);

/**
 * Find a format and lay it and what it nests out.
 * @return NULL and set ret_format, or fill error and return it
 */
const char *ulog__format_resolve(struct ulog_formats *formats, const char *name,
                                 const struct ulog_format **ret_format,
                                 char error[ULOG_ERROR_SIZE_BYTES]);

void ulog__formats_fini(struct ulog_formats *formats);

/** Letters, digits, '_', '/', '-' only, 1..ULOG_NAME_MAX bytes. */
bool ulog__name_is_valid(const char *text, size_t size_bytes);

#endif
