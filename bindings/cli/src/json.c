/* JSON lines on json-c. A tool without memory has nothing left to say: it aborts. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"

static json_object *must(json_object *object)
{
	if (!object) {
		fputs("tern: no memory\n", stderr);
		abort();
	}
	return object;
}

json_object *json_line_create(void)
{
	json_object *line = must(json_object_new_object());

	json_add_number(line, "version", JSON_FORMAT_VERSION);
	return line;
}

void json_line_print(FILE *out, json_object *line)
{
	const char *text = json_object_to_json_string_ext(
		line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	/* What steers terminals stands in strings only; json-c escapes but ASCII's own. */
	while (*text) {
		const char *begin = text;
		int32_t code = text_next(&text);
		if (code >= 0 && text_steers(code))
			fprintf(out, "\\u%04x", (unsigned)code);
		else
			fwrite(begin, 1, (size_t)(text - begin), out);
	}
	fputc('\n', out);
	json_object_put(line);
}

void json_add(json_object *object, const char *name, json_object *value)
{
	if (json_object_object_add(object, name, must(value)) != 0)
		must(NULL);
}

json_object *json_text(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	size_t room = strlen(text) * (sizeof replacement - 1) + 1, used = 0;
	char *valid = malloc(room);

	if (!valid)
		must(NULL);
	while (*text) {
		const char *begin = text, *bytes = text;
		size_t length = sizeof replacement - 1;
		if (text_next(&text) < 0)
			bytes = replacement;
		else
			length = (size_t)(text - begin);
		memcpy(valid + used, bytes, length);
		used += length;
	}
	json_object *object = must(json_object_new_string_len(valid, (int)used));
	free(valid);
	return object;
}

void json_add_text(json_object *object, const char *name, const char *text)
{
	json_add(object, name, json_text(text));
}

void json_add_number(json_object *object, const char *name, int64_t number)
{
	json_add(object, name, json_object_new_int64(number));
}

void json_add_boolean(json_object *object, const char *name, int boolean)
{
	json_add(object, name, json_object_new_boolean(boolean));
}

void json_add_guid(json_object *object, const char *name, const struct tern_guid *guid)
{
	char text[TERN_GUID_TEXT_SIZE_BYTES];

	json_add(object, name,
	         must(json_object_new_string(tern_guid_format(guid, text))));
}
