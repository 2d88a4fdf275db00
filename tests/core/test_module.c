/* Modules that are missing, damaged, or no modules of ours: a sentence, never a crash. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module.h"
#include "suite.h"

static char directory[] = "/tmp/tern_module_XXXXXX";
static char path[sizeof directory + 32];

static const struct tern_host host;

/* The first `size_bytes` of a shared object that is whole, as the module `name`. */
static void place(const char *name, off_t size_bytes)
{
	int from = open(suite_build_path("lib/libtern.so"), O_RDONLY);
	CU_ASSERT_TRUE_FATAL(from >= 0);
	snprintf(path, sizeof path, "%s/libtern-%s.so", directory, name);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	CU_ASSERT_TRUE_FATAL(to >= 0);
	char block[65536];
	for (ssize_t got;
	     size_bytes > 0 && (got = read(from, block, sizeof block)) > 0;) {
		if (got > size_bytes)
			got = (ssize_t)size_bytes;
		CU_ASSERT_EQUAL_FATAL(write(to, block, (size_t)got), got);
		size_bytes -= got;
	}
	close(to);
	close(from);
}

static tern_status load(const char *name)
{
	const struct tern_transport_ops *ops = NULL;
	tern_status s = module_load(name, &host, &ops);
	CU_ASSERT_PTR_NULL(ops);
	return s;
}

static void expect(const char *name, tern_status wanted, const char *text)
{
	CU_ASSERT_EQUAL(load(name), wanted);
	if (!strstr(tern_error_text(), text))
		printf("\n    wanted \"%s\" in \"%s\"", text, tern_error_text());
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), text));
}

static void one_that_is_missing_is_told_with_the_places(void)
{
	expect("none", TERN_ENOTFOUND, directory);
	unsetenv("TERN_MODULE_PATH");
	expect("none", TERN_ENOTFOUND, "leave none out of TERN_TRANSPORTS");
	setenv("TERN_MODULE_PATH", directory, 1);
}

/* dlopen() maps what is not there; the program would end by SIGBUS. */
static void one_that_was_cut_off_is_refused_wherever_it_was_cut(void)
{
	static const off_t sizes[] = { 100, 5000, 40000 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		place("cut", sizes[i]);
		expect("cut", TERN_EIO, "is damaged");
	}
}

static void what_is_no_shared_object_is_refused(void)
{
	snprintf(path, sizeof path, "%s/libtern-text.so", directory);
	FILE *file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("a file of text, which is longer than the header of a shared object would be",
	      file);
	fclose(file);
	expect("text", TERN_EUNSUPPORTED, "is no shared object");
	place("empty", 0);
	expect("empty", TERN_EUNSUPPORTED, "is no shared object");
}

static void a_library_without_our_entry_is_refused(void)
{
	place("other", 1 << 30);
	expect("other", TERN_EUNSUPPORTED, "is no transport of Tern");
}

static void a_table_of_another_abi_or_with_holes_is_refused(void)
{
	struct tern_transport_ops ops = { .abi = TERN_TRANSPORT_ABI + 1, .name = "x" };
	CU_ASSERT_EQUAL(transport_ops_check("x", &ops), TERN_EUNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "transport ABI"));
	ops.abi = TERN_TRANSPORT_ABI;
	CU_ASSERT_EQUAL(transport_ops_check("x", &ops), TERN_EUNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(tern_error_text(), "lacks functions"));
}

static const struct suite_test tests[] = {
	{ "one_that_is_missing_is_told_with_the_places",
	  one_that_is_missing_is_told_with_the_places },
	{ "one_that_was_cut_off_is_refused_wherever_it_was_cut",
	  one_that_was_cut_off_is_refused_wherever_it_was_cut },
	{ "what_is_no_shared_object_is_refused", what_is_no_shared_object_is_refused },
	{ "a_library_without_our_entry_is_refused",
	  a_library_without_our_entry_is_refused },
	{ "a_table_of_another_abi_or_with_holes_is_refused",
	  a_table_of_another_abi_or_with_holes_is_refused },
};

int main(int argc, char **argv)
{
	static const char *const names[] = { "cut", "text", "empty", "other" };
	if (!mkdtemp(directory))
		return 1;
	setenv("TERN_MODULE_PATH", directory, 1);
	int result = SUITE_RUN(argc, argv, tests);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/libtern-%s.so", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
	return result;
}
