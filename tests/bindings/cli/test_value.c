/* Values as JSON and from YAML: nothing is lost on the way there and back, and what does not fit
 * is refused with the member's name. */
#include <stdlib.h>
#include <string.h>

#include <tern/dynamic_type.h>

#include "all_types.h"
#include "json.h"
#include "reflect.h"
#include "suite.h"
#include "type_idl.h"
#include "value_json.h"
#include "value_parse.h"
#include "value_text.h"

enum { ROUNDS = 100 };

static const struct tern_type *const types[] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
};
enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

static void expect_same(const struct tern_type *type, const void *a, const void *b)
{
	struct tern_buffer x = { 0 }, y = { 0 };

	CU_ASSERT_EQUAL(type->codec->encode(type, a, TERN_XCDR2, false, &x), TERN_OK);
	CU_ASSERT_EQUAL(type->codec->encode(type, b, TERN_XCDR2, false, &y), TERN_OK);
	CU_ASSERT_EQUAL_FATAL(x.size_bytes, y.size_bytes);
	CU_ASSERT_EQUAL(memcmp(x.data, y.data, x.size_bytes), 0);
	free(x.data);
	free(y.data);
}

static void what_is_printed_is_read_back_the_same(void)
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct reflect_random random = { .state = i };

		for (int round = 0; round < ROUNDS; round++) {
			void *sample = calloc(1, types[i]->size_bytes);
			void *read = NULL;
			char error[VALUE_ERROR_SIZE_BYTES] = "";

			reflect_fill(types[i], sample, &random);
			json_object *value = value_json(types[i], sample);
			const char *text = json_object_to_json_string_ext(
				value, JSON_C_TO_STRING_PLAIN);
			bool parsed = value_parse(types[i], text, &read, error);
			if (!parsed)
				fprintf(stderr, "%s: %s\n%s\n", types[i]->name, error,
				        text);
			CU_ASSERT_TRUE_FATAL(parsed);
			expect_same(types[i], sample, read);
			json_object_put(value);
			tern_sample_destroy(types[i], read);
			types[i]->codec->fini(types[i], sample);
			free(sample);
		}
	}
}

static rich_Primitives *parse_primitives(const char *text, char *ret_error)
{
	void *sample = NULL;

	ret_error[0] = '\0';
	return value_parse(&rich_Primitives_type, text, &sample, ret_error) ? sample
	                                                                    : NULL;
}

static void numbers_come_exactly(void)
{
	char error[VALUE_ERROR_SIZE_BYTES];
	rich_Primitives *p = parse_primitives(
		"{ull: 18446744073709551615, ll: -9223372036854775808, d: 0.1, f: 1e-3,"
		" u8: 0xff, color: BLUE, f16: C|D, b: true, c: z, i64: 9007199254740993}",
		error);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->ull, UINT64_MAX);
	CU_ASSERT_EQUAL(p->ll, INT64_MIN);
	CU_ASSERT_EQUAL(p->i64, INT64_C(9007199254740993));
	CU_ASSERT_EQUAL(p->d, 0.1);
	CU_ASSERT_EQUAL(p->f, 1e-3f);
	CU_ASSERT_EQUAL(p->u8, 255);
	CU_ASSERT_EQUAL(p->color, rich_BLUE);
	CU_ASSERT_EQUAL(p->f16, rich_C | rich_D);
	CU_ASSERT_EQUAL(p->c, 'z');
	CU_ASSERT_TRUE(p->b);
	json_object *value = value_json(&rich_Primitives_type, p);
	const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"ull\":18446744073709551615"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"ll\":-9223372036854775808"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"d\":0.1,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"f\":0.001,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"f16\":\"C|D\""));
	json_object_put(value);
	tern_sample_destroy(&rich_Primitives_type, p);
}

static void what_does_not_fit_is_refused_by_name(void)
{
	static const struct {
		const struct tern_type *type;
		const char *text;
		const char *wanted;
	} cases[] = {
		{ &rich_Primitives_type, "{nonsense: 1}", "no member \"nonsense\"" },
		{ &rich_Primitives_type, "{id: 2147483648}", "id: " },
		{ &rich_Primitives_type, "{us: -1}", "us: -1 is out of range: 0..65535" },
		{ &rich_Primitives_type, "{s: 1.5}", "s: \"1.5\" is no whole number" },
		{ &rich_Primitives_type, "{color: PINK}", "RED, GREEN, BLUE" },
		{ &rich_Primitives_type, "{f8: A|Z}", "no set of flags" },
		{ &rich_Primitives_type, "{f8: 2}", "no set of flags" },
		{ &rich_Primitives_type, "{f: 1e39}", "out of range of a float" },
		{ &rich_Primitives_type, "{b: maybe}", "neither true nor false" },
		{ &rich_Primitives_type, "{d: ''}", "no number" },
		{ &rich_Primitives_type, "{id: 1, id: 2}", "comes twice" },
		{ &rich_Primitives_type, "{id: [1]}", "id: one value is wanted" },
		{ &rich_Primitives_type, "{id: 1\nd: 2", "neither YAML nor JSON" },
		{ &rich_Primitives_type, "", "no value" },
		{ &rich_Primitives_type, "[1, 2]", "members of rich::Primitives" },
		{ &rich_Arrays_type, "{o: [1, 2]}", "exactly 7 are wanted" },
		{ &rich_Arrays_type, "{codes: [abcdef, '']}", "codes[0]: a string of 6" },
		{ &rich_Sequences_type, "{codes: [a, b, c, d]}",
		  "4 elements, at most 3" },
		{ &rich_Sequences_type, "{path: [{x: 1}, {w: 1}]}", "path[1]" },
		{ &rich_Choice_type, "{number: 1, text: a}", "has one case" },
		{ &rich_Choice_type, "{_d: RED, text: a}", "does not select" },
		{ &rich_Choice_type, "{path: []}", "give _d" },
		{ &rich_Empty_type, "{nothing: \"a\\0b\"}", "zero byte" },
	};
	char error[VALUE_ERROR_SIZE_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *sample = NULL;

		CU_ASSERT_FALSE(
			value_parse(cases[i].type, cases[i].text, &sample, error));
		CU_ASSERT_PTR_NULL(sample);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i].wanted));
		if (!strstr(error, cases[i].wanted))
			fprintf(stderr, "%s gave: %s\n", cases[i].text, error);
	}
}

static char *printed(const char *text, void (*print)(FILE *out, json_object *value))
{
	char *output = NULL;
	size_t size_bytes;
	FILE *out = open_memstream(&output, &size_bytes);
	json_object *value = json_text(text);

	print(out, value);
	json_object_put(value);
	fclose(out);
	return output;
}

static void print_csv(FILE *out, json_object *value)
{
	struct value_csv csv = { 0 };

	value_csv_print(out, &csv, value);
	value_csv_fini(&csv);
}

static void print_line(FILE *out, json_object *value)
{
	json_object *line = json_line_create();

	json_object_object_add(line, "text", json_object_get(value));
	json_line_print(out, line);
}

static void hostile_text_steers_no_terminal(void)
{
	static const char hostile[] = "\x1b]0;owned\a\xc2\x9b\x32J\xe2\x80\xae\"\n,";
	char *texts[] = { printed(hostile, value_text_print), printed(hostile, print_csv),
		          printed(hostile, print_line) };

	for (int i = 0; i < 3; i++) {
		CU_ASSERT_PTR_NULL(strchr(texts[i], '\x1b'));
		CU_ASSERT_PTR_NULL(strchr(texts[i], '\a'));
		CU_ASSERT_PTR_NULL(strstr(texts[i], "\xc2\x9b"));
		CU_ASSERT_PTR_NULL(strstr(texts[i], "\xe2\x80\xae"));
		free(texts[i]);
	}
}

static void a_part_is_found_by_its_path(void)
{
	json_object *value =
		json_tokener_parse("{\"a\":{\"b\":[1,2,{\"c\":7}]},\"n\":null}");
	bool found;

	CU_ASSERT_EQUAL(json_object_get_int(value_json_part(value, "a.b[2].c", &found)),
	                7);
	CU_ASSERT_TRUE(found);
	CU_ASSERT_PTR_NULL(value_json_part(value, "n", &found));
	CU_ASSERT_TRUE(found);
	static const char *const none[] = { "x",    "a.b[3]", "a.b[x]", "a.b[1",
		                            "a..b", "a.b.c",  "[0]",    "a.b[-1]" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		CU_ASSERT_PTR_NULL(value_json_part(value, none[i], &found));
		CU_ASSERT_FALSE(found);
	}
	json_object_put(value);
}

static void a_type_is_shown_as_idl(void)
{
	const struct tern_type *type = NULL;
	char *idl = NULL;
	size_t size_bytes;

	CU_ASSERT_EQUAL_FATAL(tern_dynamic_type_create(rich_Scattered_type.xtypes, &type),
	                      TERN_OK);
	FILE *out = open_memstream(&idl, &size_bytes);
	type_idl_print(out, type);
	fclose(out);
	static const char *const wanted[] = {
		"@mutable struct Scattered {",
		"@id(40) @key unsigned short code;",
		"@id(15) @optional long maybe;",
		"@id(20) @external double matrix[3][2];",
		"@id(19) @must_understand long important;",
		"@id(18) string<5> code5;",
		"union Choice switch (::rich::Color) {",
		"case RED:",
		"@bit_bound(64) bitmask Flags64 {",
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(idl, wanted[i]));
		if (!strstr(idl, wanted[i]))
			fprintf(stderr, "no \"%s\" in:\n%s", wanted[i], idl);
	}
	CU_ASSERT_TRUE(strstr(idl, "enum Color") < strstr(idl, "union Choice"));
	free(idl);
	tern_dynamic_type_destroy(type);
}

static const struct suite_test tests[] = {
	{ "what_is_printed_is_read_back_the_same",
	  what_is_printed_is_read_back_the_same },
	{ "numbers_come_exactly", numbers_come_exactly },
	{ "what_does_not_fit_is_refused_by_name", what_does_not_fit_is_refused_by_name },
	{ "hostile_text_steers_no_terminal", hostile_text_steers_no_terminal },
	{ "a_part_is_found_by_its_path", a_part_is_found_by_its_path },
	{ "a_type_is_shown_as_idl", a_type_is_shown_as_idl },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
