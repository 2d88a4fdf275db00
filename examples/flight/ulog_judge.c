/* Tells messages from damage: a window that moves over the file, a judge of what looks
 * like a message there, and the way to the next sound one. What messages mean is
 * ulog.c's. */
#include "ulog_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Forget what lies before the cursor and read on until the window is full. */
static void slide(struct ulog *log)
{
	struct ulog_window *window = &log->window;
	uint64_t behind = log->offset_bytes - window->base_offset;
	size_t drop = behind < window->size_bytes ? (size_t)behind : window->size_bytes;

	memmove(window->bytes, window->bytes + drop, window->size_bytes - drop);
	window->base_offset += drop;
	window->size_bytes -= drop;
	while (window->size_bytes < sizeof window->bytes) {
		ssize_t got = read(window->fd, window->bytes + window->size_bytes,
		                   sizeof window->bytes - window->size_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			ulog__damage(log, "offset %" PRIu64 ": cannot read on: %s",
			             window->base_offset + window->size_bytes,
			             strerror(errno));
		if (got <= 0) {
			window->at_end = true;
			return;
		}
		window->size_bytes += (size_t)got;
	}
}

/* In the file, or in the section that another one was appended to. */
size_t ulog__peek(struct ulog *log, uint64_t offset_bytes, size_t wanted,
                  const uint8_t **ret_bytes)
{
	struct ulog_window *window = &log->window;
	uint64_t end;
	size_t room = wanted;

	if (log->appended_count > 0) {
		if (offset_bytes >= log->appended_offsets[0])
			return 0;
		if (log->appended_offsets[0] - offset_bytes < room)
			room = (size_t)(log->appended_offsets[0] - offset_bytes);
	}
	/* After damage the cursor can be beyond the window: then slide more than once. */
	while (offset_bytes + room > window->base_offset + window->size_bytes &&
	       !window->at_end)
		slide(log);
	end = window->base_offset + window->size_bytes;
	if (offset_bytes >= end)
		return 0;
	if (end - offset_bytes < room)
		room = (size_t)(end - offset_bytes);
	*ret_bytes = window->bytes + (offset_bytes - window->base_offset);
	return room;
}

bool ulog__is_printable(const uint8_t *text, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

/* "uint8 key length, key, ...", the key being "type name": infos and parameters. */
static enum ulog_verdict judge_key(const uint8_t *body, size_t size_bytes)
{
	if (size_bytes < 2 || body[0] == 0 || body[0] > size_bytes - 1 ||
	    !memchr(body + 1, ' ', body[0]) || !ulog__is_printable(body + 1, body[0]))
		return ULOG_UNSOUND;
	return ULOG_STRONG;
}

static enum ulog_verdict judge_data(const struct ulog *log, const uint8_t *body,
                                    size_t size_bytes)
{
	const struct ulog_topic *topic = log->topics[ulog__get_u16(body)];

	if (!topic || !topic->format || size_bytes - 2 < topic->format->min_size_bytes ||
	    size_bytes - 2 > topic->format->size_bytes)
		return ULOG_WEAK;
	return ULOG_STRONG;
}

/* Can a message of this type have this size? What type is not known may have any. */
static bool size_fits(uint8_t type, size_t size_bytes)
{
	switch (type) {
	case 'B':
		return size_bytes >= ULOG_FLAG_BITS_SIZE_BYTES;
	case 'F':
		return size_bytes >= 4 && size_bytes <= ULOG_FORMAT_TEXT_MAX;
	case 'A':
		return size_bytes >= 4 && size_bytes <= 3 + ULOG_NAME_MAX;
	case 'D':
	case 'I':
	case 'P':
		return size_bytes >= 2;
	case 'M':
	case 'Q':
		return size_bytes >= 3;
	case 'L':
		return size_bytes >= 9;
	case 'C':
		return size_bytes >= 11;
	case 'S':
		return size_bytes == 8;
	case 'O':
	case 'R':
		return size_bytes == 2;
	default:
		return type >= 'A' && type <= 'Z';
	}
}

static enum ulog_verdict judge_body(const struct ulog *log, uint8_t type,
                                    const uint8_t *body, size_t size_bytes)
{
	static const uint8_t sync[8] = { 0x2f, 0x73, 0x13, 0x20, 0x25, 0x0c, 0xbb, 0x12 };
	const uint8_t *colon;

	switch (type) {
	case 'D':
		return judge_data(log, body, size_bytes);
	case 'I':
	case 'P':
		return judge_key(body, size_bytes);
	case 'M':
	case 'Q':
		return judge_key(body + 1, size_bytes - 1);
	case 'S':
		return memcmp(body, sync, sizeof sync) == 0 ? ULOG_STRONG : ULOG_UNSOUND;
	case 'A':
		return ulog__name_is_valid((const char *)body + 3, size_bytes - 3)
		               ? ULOG_STRONG
		               : ULOG_WEAK;
	case 'F':
		colon = memchr(body, ':', size_bytes);
		return colon && ulog__name_is_valid((const char *)body,
		                                    (size_t)(colon - body))
		               ? ULOG_STRONG
		               : ULOG_WEAK;
	case 'L':
		return body[0] >= '0' && body[0] <= '7' &&
		                       ulog__is_printable(body + 9, size_bytes - 9)
		               ? ULOG_STRONG
		               : ULOG_WEAK;
	default:
		return ULOG_WEAK;
	}
}

/* ret_size_bytes: of the whole message; set unless there is not even a header. */
enum ulog_verdict ulog__judge(struct ulog *log, uint64_t offset_bytes,
                              size_t *ret_size_bytes)
{
	const uint8_t *bytes = NULL;
	size_t there =
		ulog__peek(log, offset_bytes, ULOG_MESSAGE_HEADER_SIZE_BYTES, &bytes);
	size_t body_size;

	if (there == 0)
		return ULOG_END;
	if (there < ULOG_MESSAGE_HEADER_SIZE_BYTES)
		return ULOG_CUT;
	body_size = ulog__get_u16(bytes);
	if (!size_fits(bytes[2], body_size))
		return ULOG_UNSOUND;
	*ret_size_bytes = ULOG_MESSAGE_HEADER_SIZE_BYTES + body_size;
	if (ulog__peek(log, offset_bytes, *ret_size_bytes, &bytes) < *ret_size_bytes)
		return ULOG_CUT;
	return judge_body(log, bytes[2], bytes + ULOG_MESSAGE_HEADER_SIZE_BYTES,
	                  body_size);
}

/* Judge a message that looks like one by the one that follows it. */
/* At a cut file's end, what can be seen must do. */
bool ulog__is_sound(struct ulog *log, uint64_t offset_bytes, enum ulog_verdict verdict,
                    size_t size_bytes)
{
	if (verdict == ULOG_CUT || verdict == ULOG_END)
		return false;
	for (int followers = 0; followers < 2 && verdict == ULOG_WEAK; followers++) {
		offset_bytes += size_bytes;
		verdict = ulog__judge(log, offset_bytes, &size_bytes);
	}
	return verdict != ULOG_UNSOUND;
}

bool ulog__find_sound(struct ulog *log)
{
	for (;;) {
		size_t size_bytes = 0, next_size;
		enum ulog_verdict verdict;

		log->offset_bytes++;
		verdict = ulog__judge(log, log->offset_bytes, &size_bytes);
		if (verdict == ULOG_END)
			return false;
		if (verdict != ULOG_STRONG)
			continue;
		verdict = ulog__judge(log, log->offset_bytes + size_bytes, &next_size);
		if (verdict != ULOG_UNSOUND && verdict != ULOG_WEAK)
			return true;
	}
}
