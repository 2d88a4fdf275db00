/* Deep copies in memory that somebody else provides: whole samples, keys, and what goes wrong. */
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "mirror.h"
#include "reflect.h"
#include "sample_copy.h"
#include "samples.h"
#include "shared.h"
#include "strict.h"
#include "suite.h"
#include "types.h"
#include "visit.h"

enum { BLOCK_BYTES = 1 << 18, SEEDS = 40 };

static struct mirror mirror;

static tern_status copy(const struct tern_type *type, const void *sample, bool key_only,
                        void **ret_copy)
{
	return sample_copy(type, sample, key_only, mirror_alloc, &mirror, ret_copy);
}

/* ---- nothing of the copy lies elsewhere ----------------------------------------------------- */

static bool is_made(const void *pointer)
{
	for (uint32_t i = 0; i < mirror.block_count; i++)
		if ((uintptr_t)pointer - (uintptr_t)mirror.made[i] < mirror.block_bytes)
			return true;
	return false;
}

static void count_string(void *context, char **text)
{
	*(int *)context += *text && !is_made(*text);
}

static void count_sequence(void *context, const struct tern_type *type,
                           struct tern_sequence *sequence)
{
	(void)type;
	*(int *)context +=
		sequence->_release || (sequence->_length > 0 ? !is_made(sequence->_buffer)
	                                                     : !!sequence->_buffer);
}

static void count_held(void *context, const struct tern_member *member, void **value)
{
	(void)member;
	*(int *)context += *value && !is_made(*value);
}

static int strays(const struct tern_type *type, void *sample)
{
	int count = 0;
	const struct visitor visitor = { .string = count_string,
		                         .sequence = count_sequence,
		                         .held = count_held,
		                         .context = &count };

	visit(&visitor, type, sample);
	return count;
}

/* ---- whole samples -------------------------------------------------------------------------- */

static void a_copy_is_equal_and_all_in_the_memory_that_was_given(void)
{
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			void *sample = sample_make(sample_types[i], seed);
			void *made = NULL;
			mirror_init(&mirror, 1 + (uint32_t)seed % 3, BLOCK_BYTES);
			CU_ASSERT_EQUAL_FATAL(copy(sample_types[i], sample, false, &made),
			                      TERN_OK);
			CU_ASSERT_TRUE(is_made(made));
			CU_ASSERT_TRUE(reflect_equal(sample_types[i], sample, made));
			CU_ASSERT_EQUAL(strays(sample_types[i], made), 0);
			mirror_fini(&mirror);
			sample_free(sample_types[i], sample);
		}
	}
}

static void a_null_string_becomes_empty_and_an_absent_one_stays_absent(void)
{
	strict_Values *sample = strict_Values__alloc();
	char *texts[2] = { NULL, NULL };
	void *made = NULL;
	sample->texts._length = 2;
	sample->texts._buffer = texts;
	mirror_init(&mirror, 1, BLOCK_BYTES);
	CU_ASSERT_EQUAL_FATAL(copy(&strict_Values_type, sample, false, &made), TERN_OK);
	const strict_Values *got = made;
	CU_ASSERT_STRING_EQUAL(got->text, "");
	CU_ASSERT_STRING_EQUAL(got->texts._buffer[0], "");
	CU_ASSERT_STRING_EQUAL(got->texts._buffer[1], "");
	CU_ASSERT_PTR_EQUAL(got->texts._buffer[1], got->text); /* one for all */
	CU_ASSERT_PTR_NULL(got->nothing);
	mirror_fini(&mirror);
	strict_Values_free(sample, 0);
}

static void what_cannot_be_written_is_refused_with_its_path(void)
{
	strict_Values *sample = strict_Values__alloc();
	void *made = NULL;
	mirror_init(&mirror, 1, BLOCK_BYTES);
	sample->numbers._length = 1;
	CU_ASSERT_EQUAL(copy(&strict_Values_type, sample, false, &made), TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(tern_error_text(), "strict::Values.numbers: got 1 elements"));
	sample->numbers._length = 0;
	int32_t *far = sample->far;
	sample->far = NULL;
	CU_ASSERT_EQUAL(copy(&strict_Values_type, sample, false, &made), TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(tern_error_text(), "strict::Values.far is @external"));
	CU_ASSERT_PTR_NULL(made);
	sample->far = far;
	mirror_fini(&mirror);
	strict_Values_free(sample, 0);
}

static void memory_may_run_out_anywhere(void)
{
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		void *sample = sample_make(sample_types[i], 3);
		tern_status s = TERN_ENOMEM;
		for (uint32_t allocs = 0; s != TERN_OK; allocs++) {
			void *made = NULL;
			mirror_init(&mirror, 1, BLOCK_BYTES);
			mirror.allocs_left = allocs;
			s = copy(sample_types[i], sample, false, &made);
			CU_ASSERT_TRUE(s == TERN_OK || s == TERN_ENOMEM);
			CU_ASSERT_EQUAL(made != NULL, s == TERN_OK);
			mirror_fini(&mirror);
		}
		sample_free(sample_types[i], sample);
	}
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void a_keys_copy_has_the_key_members(void)
{
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		if (!(sample_types[i]->flags & TERN_TYPE_KEYED))
			continue;
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			void *sample = sample_make(sample_types[i], seed);
			void *made = NULL;
			mirror_init(&mirror, 1, BLOCK_BYTES);
			CU_ASSERT_EQUAL_FATAL(copy(sample_types[i], sample, true, &made),
			                      TERN_OK);
			CU_ASSERT_TRUE(reflect_keys_equal(sample_types[i], sample, made));
			CU_ASSERT_EQUAL(sample_types[i]->codec->key_compare(
						sample_types[i], sample, made),
			                0);
			CU_ASSERT_EQUAL(strays(sample_types[i], made), 0);
			mirror_fini(&mirror);
			sample_free(sample_types[i], sample);
		}
	}
}

static void what_is_no_key_is_not_looked_at_and_zero_in_the_copy(void)
{
	shared_Station station;
	shared_Site twin;
	void *made = NULL;
	memset(&station, 0xa5, sizeof station);
	memset(&twin, 0xa5, sizeof twin);
	station.site.name = (char *)"here";
	twin.name = NULL;
	station.twin = &twin;
	strcpy(station.code, "abc");
	mirror_init(&mirror, 1, BLOCK_BYTES);
	CU_ASSERT_EQUAL_FATAL(copy(&shared_Station_type, &station, true, &made), TERN_OK);
	const shared_Station *got = made;
	CU_ASSERT_STRING_EQUAL(got->site.name, "here");
	CU_ASSERT_PTR_NULL(got->site.remark);
	CU_ASSERT_STRING_EQUAL(got->twin->name, "");
	CU_ASSERT_STRING_EQUAL(got->code, "abc");
	CU_ASSERT_EQUAL(memcmp(got->numbers, station.numbers, sizeof got->numbers), 0);
	CU_ASSERT_PTR_NULL(got->comment);
	CU_ASSERT_PTR_NULL(got->maybe);
	CU_ASSERT_EQUAL(got->leaves._length, 0);
	/* What a whole sample must have is there. */
	CU_ASSERT_PTR_NOT_NULL_FATAL(got->sign);
	CU_ASSERT_PTR_NULL(got->sign->text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(got->extras[1]._u.leaf);

	struct tern_foreign_view view = { 0 };
	CU_ASSERT_EQUAL_FATAL(mirror_open(&mirror, &shared_Station_type, made, &view),
	                      TERN_OK);
	got = view.sample;
	CU_ASSERT_STRING_EQUAL(got->site.name, "here");
	CU_ASSERT_STRING_EQUAL(got->sign->text, "");
	CU_ASSERT_STRING_EQUAL(got->extras[1]._u.leaf->text, "");
	tern__host.foreign_close(&view);
	mirror_fini(&mirror);
}

static void a_key_that_is_not_there_is_refused(void)
{
	shared_Station station = { .twin = NULL };
	void *made = NULL;
	mirror_init(&mirror, 1, BLOCK_BYTES);
	CU_ASSERT_EQUAL(copy(&shared_Station_type, &station, true, &made), TERN_EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "shared::Station.twin is"));
	mirror_fini(&mirror);
}

static void memory_may_run_out_anywhere_in_a_key(void)
{
	void *station = sample_make(&shared_Station_type, 1);
	tern_status s = TERN_ENOMEM;
	for (uint32_t allocs = 0; s != TERN_OK; allocs++) {
		void *made = NULL;
		mirror_init(&mirror, 1, BLOCK_BYTES);
		mirror.allocs_left = allocs;
		s = copy(&shared_Station_type, station, true, &made);
		CU_ASSERT_TRUE(s == TERN_OK || s == TERN_ENOMEM);
		mirror_fini(&mirror);
	}
	sample_free(&shared_Station_type, station);
}

/* ---- the host's function -------------------------------------------------------------------- */

static void the_kind_decides_whether_the_key_alone_is_copied(void)
{
	test_Point point = { .id = 7, .number = 8, .value = 9 };
	struct tern_outgoing outgoing = { .type = &test_Point_type, .sample = &point };
	void *made = NULL;
	mirror_init(&mirror, 1, BLOCK_BYTES);
	CU_ASSERT_EQUAL_FATAL(
		tern__host.outgoing_copy(&outgoing, mirror_alloc, &mirror, &made),
		TERN_OK);
	CU_ASSERT_EQUAL(((test_Point *)made)->number, 8);
	outgoing.kind = TERN_CHANGE_DISPOSE;
	CU_ASSERT_EQUAL_FATAL(
		tern__host.outgoing_copy(&outgoing, mirror_alloc, &mirror, &made),
		TERN_OK);
	CU_ASSERT_EQUAL(((test_Point *)made)->id, 7);
	CU_ASSERT_EQUAL(((test_Point *)made)->number, 0);
	mirror_fini(&mirror);
}

static const struct suite_test tests[] = {
	{ "a_copy_is_equal_and_all_in_the_memory_that_was_given",
	  a_copy_is_equal_and_all_in_the_memory_that_was_given },
	{ "a_null_string_becomes_empty_and_an_absent_one_stays_absent",
	  a_null_string_becomes_empty_and_an_absent_one_stays_absent },
	{ "what_cannot_be_written_is_refused_with_its_path",
	  what_cannot_be_written_is_refused_with_its_path },
	{ "memory_may_run_out_anywhere", memory_may_run_out_anywhere },
	{ "a_keys_copy_has_the_key_members", a_keys_copy_has_the_key_members },
	{ "what_is_no_key_is_not_looked_at_and_zero_in_the_copy",
	  what_is_no_key_is_not_looked_at_and_zero_in_the_copy },
	{ "a_key_that_is_not_there_is_refused", a_key_that_is_not_there_is_refused },
	{ "memory_may_run_out_anywhere_in_a_key", memory_may_run_out_anywhere_in_a_key },
	{ "the_kind_decides_whether_the_key_alone_is_copied",
	  the_kind_decides_whether_the_key_alone_is_copied },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
