/* The ULog reader: what the messages of a file mean. Which bytes are messages is
 * ulog_judge.c's concern, the layout of samples ulog_format.c's. */
#include "ulog.h"
#include "ulog_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint16_t ulog__get_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint64_t get_u64(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | bytes[i];
	return value;
}

void ulog__damage(struct ulog *log, const char *format, ...)
{
	char text[ULOG_ERROR_SIZE_BYTES];
	va_list arguments;

	log->facts.damages++;
	if (!log->report || log->facts.damages > ULOG_REPORTS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	log->report(text, log->report_context);
	if (log->facts.damages == ULOG_REPORTS_MAX)
		log->report("more damage is counted, but not told one by one",
		            log->report_context);
}

/* The end of the file, or of a section that another one was appended to. */
static bool next_section(struct ulog *log)
{
	const uint8_t *bytes;
	uint64_t begin;

	if (log->appended_count == 0)
		return false;
	begin = log->appended_offsets[0];
	log->appended_count--;
	memmove(log->appended_offsets, log->appended_offsets + 1,
	        log->appended_count * sizeof *log->appended_offsets);
	if (log->offset_bytes < begin &&
	    ulog__peek(log, log->offset_bytes, 1, &bytes) == 0) {
		log->facts.truncated = true;
		ulog__damage(
			log,
			"offset %" PRIu64
			": the file ends here, but appended data should begin at offset "
			"%" PRIu64,
			log->offset_bytes, begin);
		return false;
	}
	log->offset_bytes = begin;
	return true;
}

/* The message at the cursor cannot be read: skip it. */
static void skip_damage(struct ulog *log, enum ulog_verdict verdict, size_t size_bytes)
{
	uint64_t begin = log->offset_bytes;
	bool found = ulog__find_sound(log);

	/* Recorders that append do not care where the last message before it was cut. */
	if (!found && verdict == ULOG_CUT && log->appended_count > 0)
		return;
	log->facts.skipped_bytes += log->offset_bytes - begin;
	if (found) {
		ulog__damage(log,
		             "offset %" PRIu64 ": %" PRIu64
		             " bytes cannot be read; going on at offset %" PRIu64,
		             begin, log->offset_bytes - begin, log->offset_bytes);
		return;
	}
	log->facts.truncated = true;
	if (verdict == ULOG_CUT && size_bytes > 0)
		ulog__damage(log,
		             "offset %" PRIu64 ": the file ends at offset %" PRIu64
		             ", inside a message of %zu bytes",
		             begin, log->offset_bytes, size_bytes);
	else if (verdict == ULOG_CUT)
		ulog__damage(log,
		             "offset %" PRIu64
		             ": the file ends inside a message's header",
		             begin);
	else
		ulog__damage(log,
		             "offset %" PRIu64 ": the last %" PRIu64
		             " bytes cannot be read",
		             begin, log->offset_bytes - begin);
}

/* "char[n] name" with a text: the few facts that we show. */
static void take_info(struct ulog *log, const uint8_t *body, size_t size_bytes)
{
	const char *key = (const char *)body + 1;
	size_t key_size = body[0];
	const char *name = memchr(key, ' ', key_size);
	size_t name_size;
	size_t text_size = size_bytes - 1 - key_size;
	char *target;

	if (!name || memcmp(key, "char[", 5) != 0)
		return;
	name++;
	name_size = key_size - (size_t)(name - key);
	if (name_size == 8 && memcmp(name, "sys_name", 8) == 0)
		target = log->facts.system;
	else if (name_size == 6 && memcmp(name, "ver_hw", 6) == 0)
		target = log->facts.hardware;
	else
		return;
	if (text_size >= sizeof log->facts.system)
		text_size = sizeof log->facts.system - 1;
	if (!ulog__is_printable(body + 1 + key_size, text_size))
		return;
	memcpy(target, body + 1 + key_size, text_size);
	target[text_size] = '\0';
}

static uint32_t find_timestamp(const struct ulog_format *format)
{
	for (uint32_t i = 0; i < format->field_count; i++) {
		const struct ulog_field *field = &format->fields[i];

		if (strcmp(field->name, "timestamp") == 0 && field->kind == ULOG_UINT64 &&
		    field->count == 1)
			return field->offset_bytes;
	}
	return UINT32_MAX;
}

/* "uint8 instance, uint16 message id, name" */
static void add_topic(struct ulog *log, const uint8_t *body, size_t size_bytes)
{
	char error[ULOG_ERROR_SIZE_BYTES];
	uint16_t message_id = ulog__get_u16(body + 1);
	struct ulog_topic *topic;

	if (!ulog__name_is_valid((const char *)body + 3, size_bytes - 3) ||
	    log->topics[message_id]) {
		ulog__damage(log, "offset %" PRIu64 ": %s", log->offset_bytes,
		             log->topics[message_id]
		                     ? "a message id is given to a second topic"
		                     : "a topic without a name");
		return;
	}
	topic = calloc(1, sizeof *topic);
	if (!topic)
		return;
	topic->name = strndup((const char *)body + 3, size_bytes - 3);
	if (!topic->name) {
		free(topic);
		return;
	}
	topic->instance = body[0];
	topic->message_id = message_id;
	topic->timestamp_offset_bytes = UINT32_MAX;
	if (ulog__format_resolve(&log->formats, topic->name, &topic->format, error))
		ulog__damage(log, "offset %" PRIu64 ": topic '%s' cannot be read: %.300s",
		             log->offset_bytes, topic->name, error);
	else
		topic->timestamp_offset_bytes = find_timestamp(topic->format);
	log->topics[message_id] = topic;
}

/* Compatible flags may be ignored; of the incompatible ones we know "data appended". */
static void take_flags(struct ulog *log, const uint8_t *body)
{
	uint64_t after = log->offset_bytes;

	for (int i = 8; i < 16; i++) {
		if ((body[i] & ~(i == 8 ? 1 : 0)) == 0)
			continue;
		log->refused = true;
		ulog__damage(log,
		             "offset %" PRIu64
		             ": the file needs a feature that this reader "
		             "does not know (incompatible "
		             "flags byte %d is 0x%02x); nothing behind it is read",
		             log->offset_bytes, i - 8, body[i]);
		return;
	}
	if ((body[8] & 1) == 0)
		return;
	log->appended_count = 0;
	for (int i = 0; i < ULOG_APPENDED_MAX; i++) {
		uint64_t offset = get_u64(body + 16 + 8 * i);

		if (offset == 0)
			break;
		if (offset <= after || offset > INT64_MAX) {
			ulog__damage(log,
			             "offset %" PRIu64
			             ": appended data cannot begin at offset %" PRIu64
			             "; ignored",
			             log->offset_bytes, offset);
			break;
		}
		log->appended_offsets[log->appended_count++] = offset;
		after = offset;
	}
}

static bool take_sample(struct ulog *log, const uint8_t *body, size_t size_bytes,
                        struct ulog_sample *ret_sample)
{
	uint16_t message_id = ulog__get_u16(body);
	struct ulog_topic *topic = log->topics[message_id];

	if (!topic) {
		ulog__damage(log,
		             "offset %" PRIu64
		             ": a sample of message id %u, which no topic has",
		             log->offset_bytes, message_id);
		return false;
	}
	if (!topic->format)
		return false;
	size_bytes -= 2;
	if (size_bytes < topic->format->min_size_bytes ||
	    size_bytes > topic->format->size_bytes) {
		if (!topic->size_reported)
			ulog__damage(
				log,
				"offset %" PRIu64 ": a sample of '%s' has %zu bytes, its "
				"format wants %u to %u; such "
				"ones are skipped",
				log->offset_bytes, topic->name, size_bytes,
				topic->format->min_size_bytes, topic->format->size_bytes);
		topic->size_reported = true;
		return false;
	}
	*ret_sample = (struct ulog_sample){
		.topic = topic,
		.data = body + 2,
		.size_bytes = (uint32_t)size_bytes,
		.offset_bytes = log->offset_bytes,
	};
	if (topic->timestamp_offset_bytes != UINT32_MAX)
		ret_sample->timestamp_us =
			get_u64(body + 2 + topic->timestamp_offset_bytes);
	log->facts.samples++;
	return true;
}

/* @return true if the message is a sample */
static bool take_message(struct ulog *log, uint8_t type, const uint8_t *body,
                         size_t size_bytes, struct ulog_sample *ret_sample)
{
	const char *wrong;

	switch (type) {
	case 'B':
		take_flags(log, body);
		return false;
	case 'F':
		wrong = ulog__format_add(&log->formats, (const char *)body, size_bytes);
		if (wrong)
			ulog__damage(log,
			             "offset %" PRIu64 ": a format cannot be used: %s",
			             log->offset_bytes, wrong);
		return false;
	case 'A':
		add_topic(log, body, size_bytes);
		return false;
	case 'I':
		take_info(log, body, size_bytes);
		return false;
	case 'O':
		log->facts.dropouts++;
		log->facts.dropout_ms += ulog__get_u16(body);
		return false;
	case 'D':
		return take_sample(log, body, size_bytes, ret_sample);
	default: /* parameters, texts of the autopilot, sync marks, later additions */
		return false;
	}
}

bool ulog_next(struct ulog *log, struct ulog_sample *ret_sample)
{
	while (!log->refused) {
		size_t size_bytes = 0;
		enum ulog_verdict verdict =
			ulog__judge(log, log->offset_bytes, &size_bytes);
		const uint8_t *bytes;
		bool is_sample;

		log->facts.bytes_read = log->offset_bytes;
		if (verdict == ULOG_END) {
			if (!next_section(log))
				return false;
			continue;
		}
		if (!ulog__is_sound(log, log->offset_bytes, verdict, size_bytes)) {
			skip_damage(log, verdict, size_bytes);
			continue;
		}
		ulog__peek(log, log->offset_bytes, size_bytes, &bytes);
		is_sample = take_message(
			log, bytes[2], bytes + ULOG_MESSAGE_HEADER_SIZE_BYTES,
			size_bytes - ULOG_MESSAGE_HEADER_SIZE_BYTES, ret_sample);
		log->offset_bytes += size_bytes;
		if (is_sample)
			return true;
	}
	return false;
}

static bool read_header(struct ulog *log, char *ret_error)
{
	static const uint8_t magic[7] = { 'U', 'L', 'o', 'g', 0x01, 0x12, 0x35 };
	const uint8_t *bytes = NULL;
	size_t there = ulog__peek(log, 0, ULOG_HEADER_SIZE_BYTES, &bytes);

	for (size_t i = 0; i < sizeof magic && i < there; i++) {
		if (bytes[i] == magic[i])
			continue;
		snprintf(ret_error, ULOG_ERROR_SIZE_BYTES,
		         "not a ULog file: offset %zu holds 0x%02x, a ULog file has "
		         "0x%02x there",
		         i, bytes[i], magic[i]);
		return false;
	}
	if (there < ULOG_HEADER_SIZE_BYTES) {
		snprintf(ret_error, ULOG_ERROR_SIZE_BYTES,
		         "the file ends at offset %zu, inside the header of %d bytes",
		         there, ULOG_HEADER_SIZE_BYTES);
		return false;
	}
	if (bytes[7] > 1)
		ulog__damage(
			log,
			"offset 7: version %u of the format; this reader knows 0 and 1 "
			"and tries",
			bytes[7]);
	log->facts.start_us = get_u64(bytes + 8);
	log->offset_bytes = ULOG_HEADER_SIZE_BYTES;
	return true;
}

struct ulog *ulog_open(const char *path, ulog_report report, void *context,
                       char *ret_error)
{
	struct ulog *log = calloc(1, sizeof *log);

	if (!log)
		goto no_memory;
	log->window.fd = -1;
	log->report = report;
	log->report_context = context;
	log->topics = calloc(UINT16_MAX + 1, sizeof(struct ulog_topic *));
	if (!log->topics)
		goto no_memory;
	log->window.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (log->window.fd < 0) {
		snprintf(ret_error, ULOG_ERROR_SIZE_BYTES, "cannot open it: %s",
		         strerror(errno));
		goto close;
	}
	if (!read_header(log, ret_error))
		goto close;
	return log;

no_memory:
	snprintf(ret_error, ULOG_ERROR_SIZE_BYTES, "no memory");
close:
	ulog_close(log);
	return NULL;
}

const struct ulog_facts *ulog_facts(const struct ulog *log)
{
	return &log->facts;
}

void ulog_close(struct ulog *log)
{
	if (!log)
		return;
	if (log->window.fd >= 0)
		close(log->window.fd);
	for (size_t i = 0; log->topics && i <= UINT16_MAX; i++) {
		if (!log->topics[i])
			continue;
		free(log->topics[i]->name);
		free(log->topics[i]);
	}
	free(log->topics);
	ulog__formats_fini(&log->formats);
	free(log);
}
