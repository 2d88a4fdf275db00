/* Types in words, as IDL writes them. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "type_text.h"

struct text {
	char *begin;
	size_t size_bytes;
	size_t length; /* below size_bytes */
};

static void TERN_PRINTF(2, 3) append(struct text *text, const char *format, ...)
{
	va_list arguments;
	size_t room = text->size_bytes - text->length;

	va_start(arguments, format);
	int n = vsnprintf(text->begin + text->length, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		text->length += (size_t)n < room ? (size_t)n : room - 1;
}

static const char *primitive_name(tern_type_kind kind)
{
	static const char *const names[] = {
		[TERN_KIND_BOOLEAN] = "boolean", [TERN_KIND_BYTE] = "octet",
		[TERN_KIND_CHAR8] = "char",      [TERN_KIND_INT8] = "int8",
		[TERN_KIND_UINT8] = "uint8",     [TERN_KIND_INT16] = "int16",
		[TERN_KIND_UINT16] = "uint16",   [TERN_KIND_INT32] = "int32",
		[TERN_KIND_UINT32] = "uint32",   [TERN_KIND_INT64] = "int64",
		[TERN_KIND_UINT64] = "uint64",   [TERN_KIND_FLOAT32] = "float",
		[TERN_KIND_FLOAT64] = "double",
	};

	if (kind < TERN_KIND_BOOLEAN || kind > TERN_KIND_FLOAT64)
		return "unknown type";
	return names[kind];
}

static void append_type(struct text *text, const struct tern_type *type, unsigned depth)
{
	enum { DEPTH_MAX = 8 };

	if (depth > DEPTH_MAX) {
		append(text, "...");
		return;
	}
	switch (type->kind) {
	case TERN_KIND_STRING8:
		if (type->bound)
			append(text, "string<%" PRIu32 ">", type->bound);
		else
			append(text, "string");
		break;
	case TERN_KIND_SEQUENCE:
		append(text, "sequence<");
		append_type(text, type->element, depth + 1);
		if (type->bound)
			append(text, ", %" PRIu32, type->bound);
		append(text, ">");
		break;
	case TERN_KIND_ARRAY:
		append_type(text, type->element, depth + 1);
		for (uint32_t i = 0; i < type->dimension_count; i++)
			append(text, "[%" PRIu32 "]", type->dimensions[i]);
		break;
	case TERN_KIND_ENUM:
		append(text, "enum %s", type->name ? type->name : "");
		break;
	case TERN_KIND_BITMASK:
		append(text, "bitmask %s", type->name ? type->name : "");
		break;
	case TERN_KIND_STRUCTURE:
		append(text, "struct %s", type->name ? type->name : "");
		break;
	case TERN_KIND_UNION:
		append(text, "union %s", type->name ? type->name : "");
		break;
	default:
		append(text, "%s", primitive_name(type->kind));
		break;
	}
}

char *tern__type_text(const struct tern_type *type, char *text, size_t size_bytes)
{
	struct text whole = { text, size_bytes, 0 };

	text[0] = '\0';
	append_type(&whole, type, 0);
	return text;
}
