/* Builds small ULog files for tests, sound or damaged, in memory and then on disk. */
#ifndef TERN_TESTS_ULOG_FILE_H
#define TERN_TESTS_ULOG_FILE_H

#include <stddef.h>
#include <stdint.h>

struct ulog_file {
	uint8_t *bytes;
	size_t size_bytes;
	char path[64]; /* of what ulog_file_save() wrote, or "" */
};

/** Begin a file: magic, version 1, the recorder's clock. */
struct ulog_file ulog_file_begin(uint64_t start_us);

/** Append bytes as they are. */
void ulog_file_append(struct ulog_file *file, const void *bytes, size_t size_bytes);

/** Append a message: size, type, body. */
void ulog_file_message(struct ulog_file *file, char type, const void *body,
                       size_t size_bytes);

/** Append a format: "name:type field;..." */
void ulog_file_format(struct ulog_file *file, const char *text);

/** Append the message that gives a message id to a topic. */
void ulog_file_topic(struct ulog_file *file, uint8_t instance, uint16_t message_id,
                     const char *name);

/** Append a sample. */
void ulog_file_sample(struct ulog_file *file, uint16_t message_id, const void *sample,
                      size_t size_bytes);

/** Write it to a temporary file. @return its path, file->path */
const char *ulog_file_save(struct ulog_file *file);

/** Free the memory and remove the temporary file. */
void ulog_file_fini(struct ulog_file *file);

#endif
