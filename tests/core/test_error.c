/* Each thread has its own error text, and each code a name. */
#include <pthread.h>
#include <string.h>

#include <tern/status.h>

#include "suite.h"

static void the_text_is_of_the_last_failure(void)
{
	CU_ASSERT_EQUAL(tern_fail(TERN_EIO, "%s %d", "first", 1), TERN_EIO);
	CU_ASSERT_STRING_EQUAL(tern_error_text(), "first 1");
	/* The former text may be part of the new one. */
	CU_ASSERT_EQUAL(tern_fail(TERN_ENOMEM, "second: %s", tern_error_text()),
	                TERN_ENOMEM);
	CU_ASSERT_STRING_EQUAL(tern_error_text(), "second: first 1");
}

static void a_long_text_is_cut(void)
{
	char text[5000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	CU_ASSERT_EQUAL(tern_fail(TERN_EINVAL, "%s", text), TERN_EINVAL);
	CU_ASSERT_TRUE(strlen(tern_error_text()) > 500);
	CU_ASSERT_TRUE(strlen(tern_error_text()) < sizeof text - 1);
}

static void *fail_elsewhere(void *context)
{
	(void)context;
	CU_ASSERT_STRING_EQUAL(tern_error_text(), "");
	tern_fail(TERN_EIO, "elsewhere");
	return NULL;
}

static void threads_do_not_see_each_others_text(void)
{
	pthread_t thread;

	tern_fail(TERN_EIO, "here");
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_STRING_EQUAL(tern_error_text(), "here");
}

static void every_code_has_its_name(void)
{
	CU_ASSERT_STRING_EQUAL(tern_status_name(TERN_OK), "TERN_OK");
	CU_ASSERT_STRING_EQUAL(tern_status_name(7), "TERN_OK");
	CU_ASSERT_STRING_EQUAL(tern_status_name(TERN_EINVAL), "TERN_EINVAL");
	CU_ASSERT_STRING_EQUAL(tern_status_name(TERN_ELIMIT), "TERN_ELIMIT");
	CU_ASSERT_STRING_EQUAL(tern_status_name(TERN_EIO), "TERN_EIO");
	CU_ASSERT_STRING_EQUAL(tern_status_name(TERN_EIO - 1), "TERN_E?");
	CU_ASSERT_STRING_EQUAL(tern_status_name(INT32_MIN), "TERN_E?");
}

static const struct suite_test tests[] = {
	{ "the_text_is_of_the_last_failure", the_text_is_of_the_last_failure },
	{ "a_long_text_is_cut", a_long_text_is_cut },
	{ "threads_do_not_see_each_others_text", threads_do_not_see_each_others_text },
	{ "every_code_has_its_name", every_code_has_its_name },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
