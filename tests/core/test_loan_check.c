/* A loan is read in place by others: no pointer may lead out of it. */
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "loan.h"

static struct loan_list list;
static test_Note *note;

static void begin(void)
{
	const struct loan_source heap = { .ops = NULL };
	OK(loan_create(&list, &test_Note_type, 0, &heap, (void **)&note));
	note->who = tern_loan_strdup(note, "anna");
	note->text = tern_loan_strdup(note, "hello");
}

static tern_status check(void)
{
	return loan_check(loan_find(&list, note), &test_Note_type, note);
}

static void end(void)
{
	tern_payload_unref(loan_finish(&list, loan_find(&list, note)));
}

/* The member that is wrong, and nothing but it. */
static void expect_refused(const char *path)
{
	CU_ASSERT_EQUAL(check(), TERN_EINVAL);
	bool named = strstr(tern_error_text(), path) != NULL;
	if (!named)
		printf("\n\"%s\" does not name %s\n", tern_error_text(), path);
	CU_ASSERT_TRUE(named);
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

static const struct suite_test tests[] = {
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
