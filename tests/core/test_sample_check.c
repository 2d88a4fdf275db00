/* What may be written: the same whoever reads, and of the encoder's mind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "loan.h"
#include "sample_check.h"
#include "shared.h"
#include "strict.h"

static void expect_named(tern_status status, const char *path)
{
	CU_ASSERT_EQUAL(status, TERN_EINVAL);
	bool named = strstr(tern_error_text(), path) != NULL;
	if (!named)
		printf("\n\"%s\" does not name %s\n", tern_error_text(), path);
	CU_ASSERT_TRUE(named);
}

/* ---- values -------------------------------------------------------------------------------- */

static strict_Values *values_new(void)
{
	strict_Values *values = strict_Values__alloc();
	CU_ASSERT_PTR_NOT_NULL_FATAL(values);
	strcpy(values->parent.name, "abc");
	strcpy(values->parent.place->code, "xyz");
	return values;
}

static void *elements(void *sequence, uint32_t count, size_t element_size_bytes)
{
	struct tern_sequence *to = sequence;
	*to = (struct tern_sequence){ ._maximum = count,
		                      ._length = count,
		                      ._buffer = calloc(count, element_size_bytes),
		                      ._release = true };
	return to->_buffer;
}

static void spoil_base_kind(strict_Values *values)
{
	values->parent.kind = (strict_Speed)8;
}

static void spoil_base_raw(strict_Values *values)
{
	elements(&values->parent.raw, 3, 1);
}

static void spoil_name(strict_Values *values)
{
	memset(values->parent.name, 'x', sizeof values->parent.name);
}

static void spoil_place(strict_Values *values)
{
	free(values->parent.place);
	values->parent.place = NULL;
}

static void spoil_place_code(strict_Values *values)
{
	memset(values->parent.place->code, 'x', sizeof values->parent.place->code);
}

static void spoil_mode(strict_Values *values)
{
	values->mode = (strict_Speed)-1;
}

static void spoil_modes(strict_Values *values)
{
	values->modes[1] = (strict_Speed)8;
}

static void spoil_marks(strict_Values *values)
{
	values->marks = strict_LEFT | 1u << 1;
}

static void spoil_numbers(strict_Values *values)
{
	values->numbers._length = 1;
}

static void spoil_few(strict_Values *values)
{
	elements(&values->few, 3, sizeof *values->few._buffer);
}

static void spoil_deep_length(strict_Values *values)
{
	elements(&values->deep, 2, sizeof *values->deep._buffer);
	elements(&values->deep._buffer[1], 3, sizeof *values->deep._buffer->_buffer);
}

static void spoil_deep_text(strict_Values *values)
{
	elements(&values->deep, 1, sizeof *values->deep._buffer);
	elements(&values->deep._buffer[0], 2, sizeof *values->deep._buffer->_buffer);
	memset(values->deep._buffer[0]._buffer[1], 'x', 4);
}

static void spoil_choice(strict_Values *values)
{
	values->choice._d = (strict_Speed)9;
}

static void spoil_choice_text(strict_Values *values)
{
	values->choice._d = strict_OFF;
	memset(values->choice._u.text, 'x', sizeof values->choice._u.text);
}

static void spoil_choice_numbers(strict_Values *values)
{
	values->choice._d = strict_ON;
	elements(&values->choice._u.numbers, 3, sizeof(int32_t));
}

static void spoil_choice_place(strict_Values *values)
{
	values->choice._d = strict_FAST;
	memset(values->choice._u.place.code, 'x', 4);
}

static void spoil_far(strict_Values *values)
{
	free(values->far);
	values->far = NULL;
}

static void spoil_perhaps(strict_Values *values)
{
	values->perhaps = calloc(1, sizeof *values->perhaps);
	memset(values->perhaps->code, 'x', sizeof values->perhaps->code);
}

static const struct {
	const char *path;
	void (*spoil)(strict_Values *values);
} spoilers[] = {
	{ "strict::Values.kind: got 8 as an enum, at most 7", spoil_base_kind },
	{ "strict::Values.raw: got 3 elements, at most 2", spoil_base_raw },
	{ "strict::Values.name: got 4 characters", spoil_name },
	{ "strict::Values.place is @external and NULL", spoil_place },
	{ "strict::Values.place.code", spoil_place_code },
	{ "strict::Values.mode: got 4294967295 as an enum", spoil_mode },
	{ "strict::Values.modes[1]", spoil_modes },
	{ "strict::Values.marks: flags 0x2", spoil_marks },
	{ "strict::Values.numbers: got 1 elements in a NULL buffer", spoil_numbers },
	{ "strict::Values.few: got 3 elements, at most 2", spoil_few },
	{ "strict::Values.deep[1]: got 3 elements", spoil_deep_length },
	{ "strict::Values.deep[0][1]", spoil_deep_text },
	{ "strict::Values.choice._d: got 9", spoil_choice },
	{ "strict::Values.choice.text", spoil_choice_text },
	{ "strict::Values.choice.numbers: got 3", spoil_choice_numbers },
	{ "strict::Values.choice.place.code", spoil_choice_place },
	{ "strict::Values.far is @external and NULL", spoil_far },
	{ "strict::Values.perhaps.code", spoil_perhaps },
};

static tern_status encode(const void *sample)
{
	struct tern_buffer buffer = { 0 };
	tern_status s = strict_Values_type.codec->encode(&strict_Values_type, sample,
	                                                 TERN_XCDR2, false, &buffer);
	free(buffer.data);
	return s;
}

static void what_the_encoder_refuses_is_refused_and_named(void)
{
	strict_Values *values = values_new();
	OK(sample_check(&strict_Values_type, values));
	OK(encode(values));
	strict_Values_free(values, 0);
	for (size_t i = 0; i < sizeof spoilers / sizeof *spoilers; i++) {
		values = values_new();
		spoilers[i].spoil(values);
		expect_named(sample_check(&strict_Values_type, values), spoilers[i].path);
		CU_ASSERT_EQUAL(encode(values), TERN_EINVAL);
		/* to be freed as it is */
		if (!values->numbers._buffer)
			values->numbers._length = 0;
		strict_Values_free(values, 0);
	}
}

static void what_the_bounds_allow_passes(void)
{
	strict_Values *values = values_new();
	values->mode = (strict_Speed)5; /* no literal, but below the highest */
	values->marks = strict_LEFT | strict_RIGHT;
	values->flag = true;
	elements(&values->many, 300, 1);
	elements(&values->few, 2, sizeof *values->few._buffer);
	values->choice._d = strict_ON;
	elements(&values->choice._u.numbers, 2, sizeof(int32_t));
	OK(sample_check(&strict_Values_type, values));
	OK(encode(values));
	strict_Values_free(values, 0);
}

/* The encoder would let them pass, and every decoder refuse them. */
static void booleans_are_0_or_1(void)
{
	strict_Values *values = values_new();
	memset(&values->flag, 2, 1);
	expect_named(sample_check(&strict_Values_type, values),
	             "strict::Values.flag: got 2 as a boolean");
	memset(&values->flag, 1, 1);
	memset(&values->flags[2], 255, 1);
	expect_named(sample_check(&strict_Values_type, values),
	             "strict::Values.flags[2]");
	memset(&values->flags[2], 0, 1);
	memset(elements(&values->many, 100, 1), 1, 100);
	OK(sample_check(&strict_Values_type, values));
	memset(&values->many._buffer[99], 3, 1);
	expect_named(sample_check(&strict_Values_type, values),
	             "strict::Values.many[99]");
	strict_Values_free(values, 0);
}

static void of_a_key_the_key_members_alone_are_checked(void)
{
	strict_Values key;
	strict_Spot place = { .code = "xyz" };
	memset(&key, 0xa5, sizeof key);
	key.parent.kind = strict_ON;
	strcpy(key.parent.name, "abc");
	key.parent.place = &place;
	OK(sample_check_key(&strict_Values_type, &key));
	memset(place.code, 'x', sizeof place.code);
	expect_named(sample_check_key(&strict_Values_type, &key),
	             "strict::Values.place.code");
	key.parent.place = NULL;
	expect_named(sample_check_key(&strict_Values_type, &key),
	             "strict::Values.place is @external and NULL");
	key.parent.place = &place;
	strcpy(place.code, "xyz");
	memset(key.parent.name, 'x', sizeof key.parent.name);
	expect_named(sample_check_key(&strict_Values_type, &key), "strict::Values.name");
	strcpy(key.parent.name, "abc");
	key.parent.kind = (strict_Speed)77;
	expect_named(sample_check_key(&strict_Values_type, &key), "strict::Values.kind");
}

static void types_that_cannot_be_wrong_are_not_walked(void)
{
	CU_ASSERT_FALSE(sample_needs_check(&test_Point_type, false));
	CU_ASSERT_FALSE(sample_needs_check(&test_Point_type, true));
	CU_ASSERT_FALSE(sample_needs_check(&strict_Numbers_type, false));
	CU_ASSERT_TRUE(sample_needs_check(&strict_Numbers_type, true)); /* pointers */
	CU_ASSERT_TRUE(sample_needs_check(&strict_Values_type, false));
	CU_ASSERT_TRUE(sample_needs_check(&strict_Choice_type, false));
}

/* ---- writers ------------------------------------------------------------------------------- */

static tern_status dispose(struct tern_writer *writer, void (*spoil)(strict_Values *))
{
	strict_Values *values = values_new();
	spoil(values);
	tern_status s = tern_writer_dispose(writer, values);
	strict_Values_free(values, 0);
	return s;
}

static tern_status write(struct tern_writer *writer, void (*spoil)(strict_Values *))
{
	strict_Values *values = values_new();
	if (spoil)
		spoil(values);
	tern_status s = tern_writer_write(writer, values);
	strict_Values_free(values, 0);
	return s;
}

static tern_status publish(struct tern_writer *writer, bool spoilt)
{
	strict_Values *loan;
	OK(tern_writer_loan(writer, 0, (void **)&loan));
	loan->parent.place = tern_loan_alloc(loan, sizeof *loan->parent.place);
	loan->far = tern_loan_alloc(loan, sizeof *loan->far);
	if (spoilt)
		memset(loan->parent.name, 'x', sizeof loan->parent.name);
	OK(tern_loan_sequence(loan, &loan->texts, 2, sizeof *loan->texts._buffer));
	return tern_writer_publish(writer, loan);
}

static void a_refused_sample_reaches_nobody_even_without_readers(void)
{
	const struct tern_qos writing = bus_durable(TERN_WRITER);
	const struct tern_qos reading = bus_durable(TERN_READER);
	struct tern_participant *bus = bus_open("local");
	struct tern_writer *writer;
	struct tern_reader *reader;
	struct tern_sample *samples;

	OK(tern_writer_create(bus, "strict", &strict_Values_type, &writing, &writer));
	expect_named(write(writer, spoil_few), "strict::Values.few");
	expect_named(publish(writer, true), "strict::Values.name");
	OK(write(writer, NULL));
	expect_named(dispose(writer, spoil_place_code), "strict::Values.place.code");
	OK(tern_reader_create(bus, "strict", &strict_Values_type, &reading, &reader));
	expect_named(write(writer, spoil_few), "strict::Values.few");
	expect_named(publish(writer, true), "strict::Values.name");
	CU_ASSERT_EQUAL(tern_reader_take(reader, 10, &samples), 1);
	tern_reader_return(reader, samples);
	bus_close(bus);
}

static void a_null_string_arrives_empty_and_an_absent_one_absent(void)
{
	struct tern_participant *bus = bus_open("local");
	struct tern_writer *writer;
	struct tern_reader *reader;
	struct tern_sample *samples;
	const struct tern_qos qos = bus_keep_all(TERN_READER);

	OK(tern_reader_create(bus, "strict", &strict_Values_type, &qos, &reader));
	OK(tern_writer_create(bus, "strict", &strict_Values_type, NULL, &writer));
	OK(write(writer, NULL));
	OK(publish(writer, false));
	CU_ASSERT_EQUAL_FATAL(tern_reader_take(reader, 10, &samples), 2);
	for (int i = 0; i < 2; i++) {
		const strict_Values *values = samples[i].data;
		CU_ASSERT_PTR_NOT_NULL_FATAL(values->text);
		CU_ASSERT_STRING_EQUAL(values->text, "");
		CU_ASSERT_PTR_NULL(values->nothing);
		for (uint32_t j = 0; j < values->texts._length; j++)
			CU_ASSERT_STRING_EQUAL(values->texts._buffer[j], "");
	}
	tern_reader_return(reader, samples);
	bus_close(bus);
}

/* ---- loans: read in place by others, so no pointer may lead out ------------------------------ */

static struct loan_list list;
static test_Note *note;

static void begin(void)
{
	const struct loan_source heap = { .ops = NULL };
	OK(loan_create(&list, &test_Note_type, 0, &heap, (void **)&note));
	note->who = tern_loan_strdup(note, "anna");
	note->text = tern_loan_strdup(note, "hello");
	note->elsewhere = tern_loan_alloc(note, sizeof *note->elsewhere);
}

static tern_status check(void)
{
	return sample_check_loan(&test_Note_type, note, loan_find(&list, note));
}

static void end(void)
{
	tern_payload_unref(loan_finish(&list, loan_find(&list, note)));
}

static void expect_refused(const char *path)
{
	expect_named(check(), path);
}

static void what_lives_in_the_loan_passes(void)
{
	begin();
	OK(check());
	OK(tern_loan_sequence(note, &note->tags, 2, sizeof *note->tags._buffer));
	note->tags._buffer[0] = tern_loan_strdup(note, "a");
	note->tags._buffer[1] = tern_loan_strdup(note, "");
	OK(tern_loan_sequence(note, &note->many, 2, sizeof *note->many._buffer));
	note->many._buffer[1].text = tern_loan_strdup(note, "deep");
	note->perhaps = tern_loan_alloc(note, sizeof *note->perhaps);
	note->perhaps->text = tern_loan_strdup(note, "there");
	note->maybe = tern_loan_alloc(note, sizeof *note->maybe);
	note->choice._d = 1;
	note->choice._u.text = tern_loan_strdup(note, "chosen");
	OK(check());
	end();
}

static void a_string_from_elsewhere_is_named(void)
{
	static char elsewhere[] = "elsewhere";

	begin();
	note->text = elsewhere;
	expect_refused("test::Note.text");
	end();
}

static void a_string_without_end_is_named(void)
{
	begin();
	char *memory = tern_loan_alloc(note, 5000); /* a chunk of its own, to the end */
	memset(memory, 'x', 5008);
	note->text = memory;
	expect_refused("test::Note.text");
	end();
}

static void a_sequence_that_is_longer_than_its_memory_is_named(void)
{
	begin();
	OK(tern_loan_sequence(note, &note->numbers, 4, sizeof *note->numbers._buffer));
	note->numbers._length = 1000000;
	expect_refused("test::Note.numbers");
	note->numbers._length = 4;
	note->numbers._buffer = NULL;
	expect_refused("test::Note.numbers");
	end();
}

static void the_element_that_is_wrong_is_named(void)
{
	static char elsewhere[] = "elsewhere";
	static double numbers[3];

	begin();
	OK(tern_loan_sequence(note, &note->tags, 3, sizeof *note->tags._buffer));
	note->tags._buffer[2] = elsewhere;
	expect_refused("test::Note.tags[2]");
	note->tags._length = 0;
	note->few[1].text = elsewhere;
	expect_refused("test::Note.few[1].text");
	note->few[1].text = NULL;
	OK(tern_loan_sequence(note, &note->many, 1, sizeof *note->many._buffer));
	note->many._buffer[0].text = elsewhere;
	expect_refused("test::Note.many[0].text");
	note->many._length = 0;
	note->numbers._length = 3;
	note->numbers._buffer = numbers;
	expect_refused("test::Note.numbers");
	end();
}

static void members_behind_pointers_are_looked_at(void)
{
	static test_Inner elsewhere;
	static char text[] = "text";
	static int32_t number;

	begin();
	note->perhaps = &elsewhere;
	expect_refused("test::Note.perhaps");
	note->perhaps = tern_loan_alloc(note, sizeof *note->perhaps);
	note->perhaps->text = text;
	expect_refused("test::Note.perhaps.text");
	note->perhaps = NULL;
	note->maybe = &number;
	expect_refused("test::Note.maybe");
	note->maybe = NULL;
	note->elsewhere = &elsewhere;
	expect_refused("test::Note.elsewhere");
	end();
}

static void of_a_union_only_the_chosen_case_is_looked_at(void)
{
	static char elsewhere[] = "elsewhere";

	begin();
	note->choice._d = 1;
	note->choice._u.text = elsewhere;
	expect_refused("test::Note.choice.text");
	note->choice._d = 2; /* the same bytes, read as a number */
	OK(check());
	memset(&note->choice, 0, sizeof note->choice);
	note->choice._d = 77;
	note->choice._u.other.text = elsewhere;
	expect_refused("test::Note.choice.other.text");
	end();
}

static void what_is_not_aligned_is_named(void)
{
	begin();
	OK(tern_loan_sequence(note, &note->numbers, 4, sizeof *note->numbers._buffer));
	char *numbers = (char *)note->numbers._buffer;
	note->numbers._length = 2;
	note->numbers._buffer = (void *)(numbers + 4);
	expect_refused("test::Note.numbers: what it points to is not at a multiple of 8");
	note->numbers._length = 0; /* then nobody looks there */
	OK(check());
	note->maybe = (void *)(numbers + 2);
	expect_refused("test::Note.maybe: what it points to is not at a multiple of 4");
	end();
}

static void null_strings_of_a_loan_become_empty_ones_in_it(void)
{
	begin();
	note->text = NULL;
	OK(tern_loan_sequence(note, &note->tags, 2, sizeof *note->tags._buffer));
	OK(check());
	CU_ASSERT_STRING_EQUAL(note->text, "");
	CU_ASSERT_STRING_EQUAL(note->tags._buffer[1], "");
	CU_ASSERT_STRING_EQUAL(note->elsewhere->text, "");
	CU_ASSERT_TRUE(loan_bytes_after(loan_find(&list, note), note->text) >= 1);
	end();
}

/* Else a loan that is published well could not be opened by another process. */
static void what_readers_would_take_for_endless_is_named(void)
{
	enum { WIDTH = 100, LEAVES = 2000, TEXT = 5000 };
	const struct loan_source heap = { .ops = NULL };
	shared_Level2 *two;
	OK(loan_create(&list, &shared_Level2_type, 0, &heap, (void **)&two));
	OK(tern_loan_sequence(two, &two->below, WIDTH, sizeof *two->below._buffer));
	shared_Level1 *ones = two->below._buffer;
	OK(tern_loan_sequence(two, &ones[0].below, WIDTH, sizeof *ones[0].below._buffer));
	OK(sample_check_loan(&shared_Level2_type, two, loan_find(&list, two)));
	for (int i = 1; i < WIDTH; i++)
		ones[i].below = ones[0].below;
	expect_named(sample_check_loan(&shared_Level2_type, two, loan_find(&list, two)),
	             "].below: so many members share");
	tern_payload_unref(loan_finish(&list, loan_find(&list, two)));

	shared_Level1 *one;
	OK(loan_create(&list, &shared_Level1_type, 0, &heap, (void **)&one));
	OK(tern_loan_sequence(one, &one->below, LEAVES, sizeof *one->below._buffer));
	char *text = tern_loan_alloc(one, TEXT);
	memset(text, 'x', TEXT - 1);
	for (int i = 0; i < 10; i++)
		one->below._buffer[i].text = text;
	OK(sample_check_loan(&shared_Level1_type, one, loan_find(&list, one)));
	for (int i = 0; i < LEAVES; i++)
		one->below._buffer[i].text = text;
	expect_named(sample_check_loan(&shared_Level1_type, one, loan_find(&list, one)),
	             "].text: so many members share");
	tern_payload_unref(loan_finish(&list, loan_find(&list, one)));
	list.room_bytes = 0;
}

static const struct suite_test tests[] = {
	{ "what_readers_would_take_for_endless_is_named",
	  what_readers_would_take_for_endless_is_named },
	{ "what_the_encoder_refuses_is_refused_and_named",
	  what_the_encoder_refuses_is_refused_and_named },
	{ "what_the_bounds_allow_passes", what_the_bounds_allow_passes },
	{ "booleans_are_0_or_1", booleans_are_0_or_1 },
	{ "of_a_key_the_key_members_alone_are_checked",
	  of_a_key_the_key_members_alone_are_checked },
	{ "types_that_cannot_be_wrong_are_not_walked",
	  types_that_cannot_be_wrong_are_not_walked },
	{ "a_refused_sample_reaches_nobody_even_without_readers",
	  a_refused_sample_reaches_nobody_even_without_readers },
	{ "a_null_string_arrives_empty_and_an_absent_one_absent",
	  a_null_string_arrives_empty_and_an_absent_one_absent },
	{ "what_is_not_aligned_is_named", what_is_not_aligned_is_named },
	{ "null_strings_of_a_loan_become_empty_ones_in_it",
	  null_strings_of_a_loan_become_empty_ones_in_it },
	{ "what_lives_in_the_loan_passes", what_lives_in_the_loan_passes },
	{ "a_string_from_elsewhere_is_named", a_string_from_elsewhere_is_named },
	{ "a_string_without_end_is_named", a_string_without_end_is_named },
	{ "a_sequence_that_is_longer_than_its_memory_is_named",
	  a_sequence_that_is_longer_than_its_memory_is_named },
	{ "the_element_that_is_wrong_is_named", the_element_that_is_wrong_is_named },
	{ "members_behind_pointers_are_looked_at",
	  members_behind_pointers_are_looked_at },
	{ "of_a_union_only_the_chosen_case_is_looked_at",
	  of_a_union_only_the_chosen_case_is_looked_at },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
