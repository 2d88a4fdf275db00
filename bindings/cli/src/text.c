/* UTF-8 from strangers. Source: Unicode 15, table 3-7 (well-formed byte sequences). */
#include <stdbool.h>
#include <stddef.h>

#include "text.h"

int32_t text_next(const char **text)
{
	const unsigned char *bytes = (const unsigned char *)*text;
	static const int32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = bytes[0] < 0x80             ? 1
	                : (bytes[0] & 0xe0) == 0xc0 ? 2
	                : (bytes[0] & 0xf0) == 0xe0 ? 3
	                : (bytes[0] & 0xf8) == 0xf0 ? 4
	                                            : 0;

	*text += 1;
	if (length <= 1)
		return length == 1 ? bytes[0] : -1;
	int32_t code = bytes[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return -1; /* the terminator stops here too */
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return -1;
	*text += length - 1;
	return code;
}

bool text_steers(int32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||      /* C0, DEL, C1 */
	       code == 0x61c || code == 0x200e || code == 0x200f || /* direction marks */
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
	       code == 0xfeff;
}

void text_print(FILE *out, const char *text)
{
	while (*text) {
		const char *begin = text;
		int32_t code = text_next(&text);
		if (code < 0)
			fprintf(out, "\\x%02x", (unsigned)(unsigned char)*begin);
		else if (code == '\\')
			fputs("\\\\", out);
		else if (text_steers(code))
			fprintf(out, code < 0x100 ? "\\x%02x" : "\\u{%x}",
			        (unsigned)code);
		else
			fwrite(begin, 1, (size_t)(text - begin), out);
	}
}
