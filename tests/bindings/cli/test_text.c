/* What strangers send is shown without harm, and what friends send is shown as it is. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "text.h"

static void shows(const char *text, const char *wanted)
{
	char *got = NULL;
	size_t size_bytes;
	FILE *out = open_memstream(&got, &size_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	text_print(out, text);
	fclose(out);
	CU_ASSERT_STRING_EQUAL(got, wanted);
	free(got);
}

static void plain_names_are_shown_as_they_are(void)
{
	shows("", "");
	shows("rt/vehicle_attitude", "rt/vehicle_attitude");
	shows("größe \xe9\xab\x98\xe5\xba\xa6 \xf0\x9f\x9a\x81", "größe 高度 🚁");
}

static void control_characters_are_escaped(void)
{
	shows("\x1b[2Jgone\n", "\\x1b[2Jgone\\x0a");
	shows("\x7f", "\\x7f");
	shows("\xc2\x9b", "\\x9b"); /* C1: the one-byte CSI */
}

static void a_backslash_cannot_fake_an_escape(void)
{
	shows("\\x1b", "\\\\x1b");
}

static void marks_that_turn_the_reading_direction_are_escaped(void)
{
	shows("a\xe2\x80\xae"
	      "b",
	      "a\\u{202e}b");
	shows("\xe2\x81\xa6", "\\u{2066}");
}

static void broken_utf8_is_shown_byte_by_byte(void)
{
	shows("\xff", "\\xff");
	shows("a\xc3", "a\\xc3"); /* cut off by the end */
	shows("\xe2\x82", "\\xe2\\x82");
	shows("\xc0\xaf", "\\xc0\\xaf");                   /* overlong '/' */
	shows("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
	shows("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
	shows("\xc3(", "\\xc3(");
}

static const struct suite_test tests[] = {
	{ "plain_names_are_shown_as_they_are", plain_names_are_shown_as_they_are },
	{ "control_characters_are_escaped", control_characters_are_escaped },
	{ "a_backslash_cannot_fake_an_escape", a_backslash_cannot_fake_an_escape },
	{ "marks_that_turn_the_reading_direction_are_escaped",
	  marks_that_turn_the_reading_direction_are_escaped },
	{ "broken_utf8_is_shown_byte_by_byte", broken_utf8_is_shown_byte_by_byte },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
