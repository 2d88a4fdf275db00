/* Samples of another process: read as they were made, and whatever their memory says, nothing is
 * read from elsewhere. What they were copied with is tested in test_sample_copy.c. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "mirror.h"
#include "reflect.h"
#include "samples.h"
#include "shared.h"
#include "strict.h"
#include "suite.h"
#include "types.h"
#include "visit.h"

enum { BLOCK_BYTES = 1 << 16, SEEDS = 30 };

static struct mirror mirror;

/* A sample as the maker has it, in so many blocks. */
static void *make(const struct tern_type *type, const void *sample, uint32_t block_count)
{
	struct tern_outgoing outgoing = { .type = type, .sample = sample };
	void *made = NULL;

	mirror_init(&mirror, block_count, BLOCK_BYTES);
	CU_ASSERT_EQUAL_FATAL(
		tern__host.outgoing_copy(&outgoing, mirror_alloc, &mirror, &made),
		TERN_OK);
	return made;
}

static void *make_filled(const struct tern_type *type, uint64_t seed,
                         uint32_t block_count)
{
	void *sample = sample_make(type, seed);
	void *made = make(type, sample, block_count);

	sample_free(type, sample);
	return made;
}

static void close_view(struct tern_foreign_view *view)
{
	tern__host.foreign_close(view);
	CU_ASSERT_PTR_NULL(view->memory);
}

/* Whatever the answer, nothing crashes, and what was opened can be read as a whole. */
static tern_status try_open(const struct tern_type *type, const void *made)
{
	struct tern_foreign_view view = { 0 };
	tern_status s = mirror_open(&mirror, type, made, &view);

	CU_ASSERT_TRUE(s == TERN_OK || s == TERN_EMALFORMED);
	if (s == TERN_OK)
		visit_walk(type, view.sample);
	else
		CU_ASSERT_PTR_NULL(view.memory);
	close_view(&view);
	return s;
}

static void expect_malformed(const struct tern_type *type, const void *made,
                             const char *what)
{
	struct tern_foreign_view view = { 0 };
	CU_ASSERT_EQUAL(mirror_open(&mirror, type, made, &view), TERN_EMALFORMED);
	bool told = strstr(tern_error_text(), what) != NULL;
	if (!told)
		printf("\n\"%s\" does not say: %s\n", tern_error_text(), what);
	CU_ASSERT_TRUE(told);
	CU_ASSERT_PTR_NULL(view.sample);
	CU_ASSERT_PTR_NULL(view.memory);
}

/* ---- what the maker meant ------------------------------------------------------------------- */

static void every_type_is_read_as_it_was_made_at_other_addresses(void)
{
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			void *sample = sample_make(sample_types[i], seed);
			void *made =
				make(sample_types[i], sample, 1 + (uint32_t)seed % 8);
			struct tern_foreign_view view = { 0 };

			mirror_hide(&mirror); /* who follows its pointers crashes */
			CU_ASSERT_EQUAL_FATAL(
				mirror_open(&mirror, sample_types[i], made, &view),
				TERN_OK);
			CU_ASSERT_TRUE(
				reflect_equal(sample_types[i], sample, view.sample));
			visit_walk(sample_types[i], view.sample);
			CU_ASSERT_EQUAL(mirror_has(&mirror, view.sample),
			                view.memory == NULL);
			CU_ASSERT_EQUAL(!!(sample_types[i]->flags & TERN_TYPE_FLAT),
			                view.memory == NULL);
			close_view(&view);
			mirror_fini(&mirror);
			sample_free(sample_types[i], sample);
		}
	}
}

static void bulk_stays_where_it_is(void)
{
	enum { PIXELS = 20000 };
	static uint8_t pixels[PIXELS];
	shared_Image image = { .frame = (char *)"left" };
	struct tern_foreign_view view = { 0 };
	image.pixels._length = PIXELS;
	image.pixels._buffer = pixels;
	void *made = make(&shared_Image_type, &image, 1);
	CU_ASSERT_EQUAL_FATAL(mirror_open(&mirror, &shared_Image_type, made, &view),
	                      TERN_OK);
	const shared_Image *got = view.sample;
	CU_ASSERT_FALSE(mirror_has(&mirror, got));
	CU_ASSERT_TRUE(mirror_has(&mirror, got->frame));
	CU_ASSERT_TRUE(mirror_has(&mirror, got->pixels._buffer));
	CU_ASSERT_EQUAL(got->pixels._maximum, PIXELS);
	CU_ASSERT_FALSE(got->pixels._release);
	close_view(&view);
	mirror_fini(&mirror);
}

static void the_makers_claim_to_own_a_buffer_is_not_believed(void)
{
	shared_Image *made = make_filled(&shared_Image_type, 2, 1);
	struct tern_foreign_view view = { 0 };
	memset(&made->pixels._release, 0xff, 1);
	made->pixels._maximum = UINT32_MAX;
	CU_ASSERT_EQUAL_FATAL(mirror_open(&mirror, &shared_Image_type, made, &view),
	                      TERN_OK);
	const shared_Image *got = view.sample;
	CU_ASSERT_FALSE(got->pixels._release);
	CU_ASSERT_EQUAL(got->pixels._maximum, got->pixels._length);
	close_view(&view);

	made->pixels._length = 0; /* then its buffer may be anything */
	memset((void *)&made->pixels._buffer, 0xff, sizeof made->pixels._buffer);
	CU_ASSERT_EQUAL_FATAL(mirror_open(&mirror, &shared_Image_type, made, &view),
	                      TERN_OK);
	got = view.sample;
	CU_ASSERT_PTR_NULL(got->pixels._buffer);
	CU_ASSERT_EQUAL(got->pixels._maximum, 0);
	close_view(&view);
	mirror_fini(&mirror);
}

static void a_null_string_is_read_as_an_empty_one(void)
{
	test_Note *made = make_filled(&test_Note_type, 1, 1);
	struct tern_foreign_view view = { 0 };
	made->text = NULL;
	CU_ASSERT_EQUAL_FATAL(mirror_open(&mirror, &test_Note_type, made, &view),
	                      TERN_OK);
	CU_ASSERT_STRING_EQUAL(((const test_Note *)view.sample)->text, "");
	close_view(&view);
	mirror_fini(&mirror);
}

/* What is there once may be pointed to often, as long as it holds no pointers. */
static void strings_and_bulk_may_be_shared(void)
{
	enum { LEAVES = 200 };
	shared_Leaf leaves[LEAVES];
	shared_Level1 level = { .below = { ._length = LEAVES, ._buffer = leaves } };
	struct tern_foreign_view view = { 0 };
	for (int i = 0; i < LEAVES; i++)
		leaves[i].text = (char *)"all have the same label of thirty bytes";
	shared_Level1 *made = make(&shared_Level1_type, &level, 1);
	for (int i = 1; i < LEAVES; i++)
		made->below._buffer[i].text = made->below._buffer[0].text;
	CU_ASSERT_EQUAL_FATAL(mirror_open(&mirror, &shared_Level1_type, made, &view),
	                      TERN_OK);
	close_view(&view);
	mirror_fini(&mirror);
}

/* ---- what a hostile maker may write --------------------------------------------------------- */

enum { PLACES_MAX = 4096 };

/* Where pointers and lengths are, in the maker's memory. */
struct places {
	uint32_t pointer_count, length_count;
	struct {
		void **slot;
		size_t alignment_bytes;
		bool may_be_null;
	} pointers[PLACES_MAX];
	struct tern_sequence *lengths[PLACES_MAX];
};

static void note(struct places *places, void *slot, size_t alignment_bytes,
                 bool may_be_null)
{
	if (places->pointer_count == PLACES_MAX || !*(void **)slot)
		return;
	places->pointers[places->pointer_count].slot = slot;
	places->pointers[places->pointer_count].alignment_bytes = alignment_bytes;
	places->pointers[places->pointer_count++].may_be_null = may_be_null;
}

static void note_string(void *context, char **text)
{
	note(context, text, 1, true);
}

static void note_sequence(void *context, const struct tern_type *type,
                          struct tern_sequence *sequence)
{
	struct places *places = context;

	if (sequence->_length == 0)
		return;
	note(places, &sequence->_buffer, type->element->alignment_bytes, false);
	if (places->length_count < PLACES_MAX)
		places->lengths[places->length_count++] = sequence;
}

static void note_held(void *context, const struct tern_member *member, void **value)
{
	note(context, value, member->type->alignment_bytes,
	     member->flags & TERN_MEMBER_OPTIONAL);
}

static struct places places;

static void find_places(const struct tern_type *type, void *made)
{
	const struct visitor visitor = { .string = note_string,
		                         .sequence = note_sequence,
		                         .held = note_held,
		                         .context = &places };

	places.pointer_count = places.length_count = 0;
	visit(&visitor, type, made);
}

/* Made of random samples, of which some seeds have much and some little. */
static void for_each_sample(void (*act)(const struct tern_type *type, void *made))
{
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		for (uint64_t seed = 0; seed < 4; seed++) {
			void *made = make_filled(sample_types[i], seed, seed % 2 ? 3 : 1);
			find_places(sample_types[i], made);
			act(sample_types[i], made);
			mirror_fini(&mirror);
		}
	}
}

static void mislead(const struct tern_type *type, void *made)
{
	for (uint32_t i = 0; i < places.pointer_count; i++) {
		void **slot = places.pointers[i].slot;
		void *right = *slot;
		uintptr_t first = (uintptr_t)mirror.made[0];
		uintptr_t end = first + mirror.used_bytes[0];
		const uintptr_t outside[] = {
			1,
			first - 1,
			end,
			end + BLOCK_BYTES,
			(uintptr_t)mirror.read[0], /* right for us, wrong for the maker */
			(uintptr_t)&places,
			UINTPTR_MAX,
			UINTPTR_MAX - 7,
			first | UINT64_C(1) << 63,
		};
		for (size_t j = 0; j < sizeof outside / sizeof *outside; j++) {
			*slot = (void *)outside[j];
			CU_ASSERT_EQUAL(try_open(type, made), TERN_EMALFORMED);
		}
		*slot = NULL;
		CU_ASSERT_EQUAL(try_open(type, made), places.pointers[i].may_be_null
		                                              ? TERN_OK
		                                              : TERN_EMALFORMED);
		if (places.pointers[i].alignment_bytes > 1) {
			*slot = (char *)right + 1;
			CU_ASSERT_EQUAL(try_open(type, made), TERN_EMALFORMED);
		}
		for (uintptr_t inside = first; inside < end; inside += 24) {
			*slot = (void *)inside;
			(void)try_open(type, made);
		}
		*slot = (void *)(end - 1);
		(void)try_open(type, made);
		*slot = right;
	}
	CU_ASSERT_EQUAL(try_open(type, made), TERN_OK);
}

static void no_pointer_leads_out_of_the_blocks(void)
{
	for_each_sample(mislead);
}

static void enlarge(const struct tern_type *type, void *made)
{
	static const uint32_t lengths[] = { 1,          2,          255,
		                            65536,      0x7fffffff, 0x80000000,
		                            0x0fffffff, 0x1fffffff, 0x20000001,
		                            UINT32_MAX };

	for (uint32_t i = 0; i < places.length_count; i++) {
		uint32_t right = places.lengths[i]->_length;
		for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
			places.lengths[i]->_length = lengths[j];
			tern_status s = try_open(type, made);
			if (lengths[j] > BLOCK_BYTES)
				CU_ASSERT_EQUAL(s, TERN_EMALFORMED);
		}
		places.lengths[i]->_length = right;
	}
	CU_ASSERT_EQUAL(try_open(type, made), TERN_OK);
}

static void no_length_leads_out_of_the_blocks(void)
{
	for_each_sample(enlarge);
}

static void set_bytes(const struct tern_type *type, void *made)
{
	static const unsigned char bytes[] = { 0, 1, 2, 0x7f, 0x80, 0xff };
	unsigned char *block = mirror.made[0];

	for (size_t i = 0; i < mirror.used_bytes[0]; i++) {
		unsigned char right = block[i];
		for (size_t j = 0; j < sizeof bytes; j++) {
			block[i] = bytes[j];
			(void)try_open(type, made);
		}
		block[i] = right;
	}
	CU_ASSERT_EQUAL(try_open(type, made), TERN_OK);
}

static void any_byte_may_be_any_other(void)
{
	for_each_sample(set_bytes);
}

/* The memory ends here and there. Copies on the heap show what is read behind the end. */
static void truncate_block(const struct tern_type *type, void *made)
{
	struct tern_foreign_block blocks[TERN_LOAN_BLOCKS_MAX];
	uint32_t count = mirror_blocks(&mirror, blocks);
	uint32_t last = count - 1;

	for (size_t left = 0; left < mirror.used_bytes[last]; left += 8) {
		struct tern_foreign_view view = { 0 };
		unsigned char *copy = malloc(left + 1);
		memcpy(copy, mirror.read[last], left);
		copy[left] = 0;
		blocks[last].data = copy;
		blocks[last].size_bytes = left;
		tern_status s = tern__host.foreign_open(type, blocks, count,
		                                        (uintptr_t)made, &view);
		CU_ASSERT_TRUE(s == TERN_OK || s == TERN_EMALFORMED);
		if (s == TERN_OK)
			visit_walk(type, view.sample);
		tern__host.foreign_close(&view);
		free(copy);
	}
}

static void nothing_is_read_behind_the_end_of_a_block(void)
{
	for_each_sample(truncate_block);
}

static void the_struct_itself_may_lie_anywhere(void)
{
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		char *made = make_filled(sample_types[i], 1, 1);
		size_t used = mirror.used_bytes[0];
		CU_ASSERT_EQUAL(try_open(sample_types[i], made - 8), TERN_EMALFORMED);
		CU_ASSERT_EQUAL(try_open(sample_types[i], made + used), TERN_EMALFORMED);
		CU_ASSERT_EQUAL(try_open(sample_types[i], NULL), TERN_EMALFORMED);
		CU_ASSERT_EQUAL(try_open(sample_types[i], (void *)UINTPTR_MAX),
		                TERN_EMALFORMED);
		CU_ASSERT_EQUAL(try_open(sample_types[i], made + used - 8),
		                TERN_EMALFORMED);
		if (sample_types[i]->alignment_bytes > 1)
			CU_ASSERT_EQUAL(try_open(sample_types[i], made + 1),
			                TERN_EMALFORMED);
		mirror_fini(&mirror);
	}
}

static void a_string_has_a_final_nul_in_its_block(void)
{
	test_Note *made = make_filled(&test_Note_type, 1, 1);
	char *end = (char *)mirror.made[0] + mirror.used_bytes[0];
	made->text = end - 5;
	memcpy(end - 5, "1234", 5);
	CU_ASSERT_EQUAL(try_open(&test_Note_type, made), TERN_OK);
	end[-1] = '5';
	expect_malformed(&test_Note_type, made, "test::Note.text: no final NUL");
	mirror_fini(&mirror);
}

static void what_is_wrong_is_named(void)
{
	static char far[] = "far";
	test_Note sample = { .elsewhere = calloc(1, sizeof(test_Inner)) };
	test_Inner many[3] = { { 0 } };
	sample.many._length = 3;
	sample.many._buffer = many;
	test_Note *made = make(&test_Note_type, &sample, 1);
	made->many._buffer[2].text = far;
	expect_malformed(&test_Note_type, made, "test::Note.many[2].text: the string");
	made->many._buffer[2].text = NULL;
	made->few[1].numbers._length = 1;
	expect_malformed(&test_Note_type, made, "test::Note.few[1].numbers");
	made->few[1].numbers._length = 0;
	made->label[7] = 'x';
	memset(made->label, 'x', 7);
	expect_malformed(&test_Note_type, made, "test::Note.label: got 8 characters");
	made->label[0] = 0;
	made->elsewhere = NULL;
	expect_malformed(&test_Note_type, made, "test::Note.elsewhere is @external");
	mirror_fini(&mirror);
	free(sample.elsewhere);
}

static void members_of_structures_in_arrays_are_named(void)
{
	static char far[] = "far";
	shared_Crowd *made = make_filled(&shared_Crowd_type, 5, 1);
	CU_ASSERT_TRUE_FATAL(made->heirs._length > 1 && made->wide._length > 1);
	char *name = made->heirs._buffer[1].parent.name;
	made->heirs._buffer[1].parent.name = far;
	expect_malformed(&shared_Crowd_type, made, "shared::Crowd.heirs[1].name: the");
	made->heirs._buffer[1].parent.name = name;
	memset(&made->heirs._buffer[1].flag, 2, 1);
	expect_malformed(&shared_Crowd_type, made, "shared::Crowd.heirs[1].flag: got 2");
	memset(&made->heirs._buffer[1].flag, 1, 1);
	made->pair[1].more = far;
	expect_malformed(&shared_Crowd_type, made, "shared::Crowd.pair[1].more: the");
	made->pair[1].more = NULL;
	made->wide._buffer[1].s24 = far;
	expect_malformed(&shared_Crowd_type, made, "shared::Crowd.wide[1].s24: the");
	mirror_fini(&mirror);
}

static void values_in_what_is_copied_are_checked(void)
{
	strict_Values *sample = strict_Values__alloc();
	strict_Values *made = make(&strict_Values_type, sample, 1);
	CU_ASSERT_EQUAL(try_open(&strict_Values_type, made), TERN_OK);
	memset(&made->flag, 2, 1);
	expect_malformed(&strict_Values_type, made, "strict::Values.flag: got 2");
	memset(&made->flag, 1, 1);
	memset(&made->flags[1], 3, 1);
	expect_malformed(&strict_Values_type, made, "strict::Values.flags[1]: got 3");
	memset(&made->flags[1], 0, 1);
	made->modes[0] = (strict_Speed)8;
	expect_malformed(&strict_Values_type, made, "strict::Values.modes[0]: got 8");
	made->modes[0] = strict_ON;
	made->marks = 2;
	expect_malformed(&strict_Values_type, made, "strict::Values.marks: flags 0x2");
	made->marks = 0;
	memset(made->parent.name, 'x', sizeof made->parent.name);
	expect_malformed(&strict_Values_type, made, "strict::Values.name: got 4");
	memset(made->parent.name, 0, sizeof made->parent.name);
	made->choice._d = (strict_Speed)9;
	expect_malformed(&strict_Values_type, made, "strict::Values.choice._d: got 9");
	made->choice._d = strict_ON;
	made->choice._u.numbers._length = 3;
	expect_malformed(&strict_Values_type, made,
	                 "strict::Values.choice.numbers: got 3 elements, at most 2");
	mirror_fini(&mirror);
	strict_Values_free(sample, 0);
}

/* ---- what takes for ever or much memory ----------------------------------------------------- */

/* Every structure of a level points to the same array: 100 to the power of 5 of them. */
static void what_is_there_once_is_not_copied_often(void)
{
	enum { WIDTH = 100 };
	mirror_init(&mirror, 1, BLOCK_BYTES);
	shared_Level4 *made = mirror_alloc(&mirror, sizeof *made);
	shared_Leaf *made_leaves = mirror_alloc(&mirror, WIDTH * sizeof *made_leaves);
	shared_Level1 *made_one = mirror_alloc(&mirror, WIDTH * sizeof *made_one);
	shared_Level2 *made_two = mirror_alloc(&mirror, WIDTH * sizeof *made_two);
	shared_Level3 *made_three = mirror_alloc(&mirror, WIDTH * sizeof *made_three);
	memset(made_leaves, 0, WIDTH * sizeof *made_leaves);
	for (int i = 0; i < WIDTH; i++) {
		made_one[i].below._length = made_two[i].below._length =
			made_three[i].below._length = WIDTH;
		made_one[i].below._buffer = made_leaves;
		made_two[i].below._buffer = made_one;
		made_three[i].below._buffer = made_two;
	}
	made->below._length = WIDTH;
	made->below._buffer = made_three;
	expect_malformed(&shared_Level4_type, made, "is there more than once");
	mirror_fini(&mirror);
}

/* Many strings that each go on to the end of all. */
static void long_strings_are_not_searched_again_and_again(void)
{
	enum { LEAVES = 2000 };
	mirror_init(&mirror, 1, BLOCK_BYTES);
	shared_Level1 *made = mirror_alloc(&mirror, sizeof *made);
	shared_Leaf *leaves = mirror_alloc(&mirror, LEAVES * sizeof *leaves);
	size_t rest = BLOCK_BYTES - mirror.used_bytes[0];
	char *text = mirror_alloc(&mirror, rest);
	memset(text, 'x', rest);
	text[rest - 1] = 0;
	made->below._length = LEAVES;
	made->below._buffer = leaves;
	for (int i = 0; i < LEAVES; i++)
		leaves[i].text = text;
	expect_malformed(&shared_Level1_type, made, "no final NUL");
	mirror_fini(&mirror);
}

/* ---- while the maker writes ----------------------------------------------------------------- */

enum { OPENS = 20000 };

static atomic_bool stop;

/* Pointers, lengths and text, each now right and now wrong. */
static void *scribble(void *context)
{
	struct reflect_random random = { 1 };

	(void)context;
	while (!stop) {
		uint32_t what = reflect_random(&random, 4);
		if (what == 0 && places.length_count > 0) {
			struct tern_sequence *sequence = places.lengths[reflect_random(
				&random, places.length_count)];
			uint32_t right = sequence->_length;
			__atomic_store_n(&sequence->_length, reflect_random(&random, 0),
			                 __ATOMIC_RELAXED);
			__atomic_store_n(&sequence->_length, right, __ATOMIC_RELAXED);
		} else if (what == 1) {
			size_t at =
				reflect_random(&random, (uint32_t)mirror.used_bytes[0]);
			unsigned char right = mirror.made[0][at];
			__atomic_store_n(&mirror.made[0][at],
			                 (unsigned char)reflect_random(&random, 256),
			                 __ATOMIC_RELAXED);
			__atomic_store_n(&mirror.made[0][at], right, __ATOMIC_RELAXED);
		} else {
			void **slot =
				places.pointers[reflect_random(&random,
			                                       places.pointer_count)]
					.slot;
			void *right = *slot;
			void *wrong =
				(void *)(what == 2 ? (uintptr_t)reflect_random(&random, 0)
			                           : (uintptr_t)right +
			                                     reflect_random(&random, 64));
			__atomic_store_n(slot, wrong, __ATOMIC_RELAXED);
			__atomic_store_n(slot, right, __ATOMIC_RELAXED);
		}
	}
	return NULL;
}

static void the_maker_may_write_while_it_is_read(void)
{
	static const struct tern_type *const victims[] = {
		&test_Note_type, &rich_Sequences_type, &rich_Derived_type,
		&strict_Values_type, &rich_Unions_type
	};
	for (size_t i = 0; i < sizeof victims / sizeof *victims; i++) {
		void *made = make_filled(victims[i], 3, 1);
		uint32_t opened = 0, refused = 0;
		pthread_t thread;
		find_places(victims[i], made);
		stop = false;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, scribble, NULL), 0);
		for (int j = 0; j < OPENS; j++)
			*(try_open(victims[i], made) == TERN_OK ? &opened : &refused) +=
				1;
		stop = true;
		pthread_join(thread, NULL);
		CU_ASSERT_EQUAL(opened + refused, OPENS);
		CU_ASSERT_EQUAL(try_open(victims[i], made), TERN_OK);
		mirror_fini(&mirror);
	}
}

static const struct suite_test tests[] = {
	{ "every_type_is_read_as_it_was_made_at_other_addresses",
	  every_type_is_read_as_it_was_made_at_other_addresses },
	{ "bulk_stays_where_it_is", bulk_stays_where_it_is },
	{ "the_makers_claim_to_own_a_buffer_is_not_believed",
	  the_makers_claim_to_own_a_buffer_is_not_believed },
	{ "a_null_string_is_read_as_an_empty_one",
	  a_null_string_is_read_as_an_empty_one },
	{ "strings_and_bulk_may_be_shared", strings_and_bulk_may_be_shared },
	{ "no_pointer_leads_out_of_the_blocks", no_pointer_leads_out_of_the_blocks },
	{ "no_length_leads_out_of_the_blocks", no_length_leads_out_of_the_blocks },
	{ "any_byte_may_be_any_other", any_byte_may_be_any_other },
	{ "nothing_is_read_behind_the_end_of_a_block",
	  nothing_is_read_behind_the_end_of_a_block },
	{ "the_struct_itself_may_lie_anywhere", the_struct_itself_may_lie_anywhere },
	{ "a_string_has_a_final_nul_in_its_block",
	  a_string_has_a_final_nul_in_its_block },
	{ "what_is_wrong_is_named", what_is_wrong_is_named },
	{ "members_of_structures_in_arrays_are_named",
	  members_of_structures_in_arrays_are_named },
	{ "values_in_what_is_copied_are_checked", values_in_what_is_copied_are_checked },
	{ "what_is_there_once_is_not_copied_often",
	  what_is_there_once_is_not_copied_often },
	{ "long_strings_are_not_searched_again_and_again",
	  long_strings_are_not_searched_again_and_again },
	{ "the_maker_may_write_while_it_is_read", the_maker_may_write_while_it_is_read },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
