/* See ulog_file.h. Little-endian by hand, so that every machine writes the same. */
#include "ulog_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ulog_file ulog_file_begin(uint64_t start_us)
{
	static const uint8_t magic[8] = { 'U', 'L', 'o', 'g', 0x01, 0x12, 0x35, 1 };
	struct ulog_file file = { 0 };
	uint8_t clock[8];

	for (int i = 0; i < 8; i++)
		clock[i] = (uint8_t)(start_us >> 8 * i);
	ulog_file_append(&file, magic, sizeof magic);
	ulog_file_append(&file, clock, sizeof clock);
	return file;
}

void ulog_file_append(struct ulog_file *file, const void *bytes, size_t size_bytes)
{
	file->bytes = realloc(file->bytes, file->size_bytes + size_bytes);
	if (!file->bytes)
		abort();
	memcpy(file->bytes + file->size_bytes, bytes, size_bytes);
	file->size_bytes += size_bytes;
}

void ulog_file_message(struct ulog_file *file, char type, const void *body,
                       size_t size_bytes)
{
	uint8_t header[3] = { (uint8_t)size_bytes, (uint8_t)(size_bytes >> 8),
		              (uint8_t)type };

	ulog_file_append(file, header, sizeof header);
	ulog_file_append(file, body, size_bytes);
}

void ulog_file_format(struct ulog_file *file, const char *text)
{
	ulog_file_message(file, 'F', text, strlen(text));
}

void ulog_file_topic(struct ulog_file *file, uint8_t instance, uint16_t message_id,
                     const char *name)
{
	uint8_t body[3 + 128] = { instance, (uint8_t)message_id,
		                  (uint8_t)(message_id >> 8) };
	size_t length = strnlen(name, sizeof body - 3);

	memcpy(body + 3, name, length);
	ulog_file_message(file, 'A', body, 3 + length);
}

void ulog_file_sample(struct ulog_file *file, uint16_t message_id, const void *sample,
                      size_t size_bytes)
{
	uint8_t header[5] = { (uint8_t)(size_bytes + 2), (uint8_t)((size_bytes + 2) >> 8),
		              'D', (uint8_t)message_id, (uint8_t)(message_id >> 8) };

	ulog_file_append(file, header, sizeof header);
	ulog_file_append(file, sample, size_bytes);
}

const char *ulog_file_save(struct ulog_file *file)
{
	int fd;
	FILE *stream;

	snprintf(file->path, sizeof file->path, "/tmp/tern_test_XXXXXX");
	fd = mkstemp(file->path);
	stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (!stream ||
	    fwrite(file->bytes, 1, file->size_bytes, stream) != file->size_bytes ||
	    fclose(stream) != 0)
		abort();
	return file->path;
}

void ulog_file_fini(struct ulog_file *file)
{
	if (file->path[0])
		unlink(file->path);
	free(file->bytes);
	*file = (struct ulog_file){ 0 };
}
