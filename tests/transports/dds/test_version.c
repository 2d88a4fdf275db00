/* The transport stands on internals of Cyclone DDS 0.10: it runs on no other, and says so. The
 * other versions are copies of the library that is here, under names of their own. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dds/dds.h>

#include "child.h"
#include "suite.h"

#include "fake_host.h"

#define WAIT_NS (20 * SUITE_SECOND_NS)

static char directory[] = "/tmp/tern-version-XXXXXX";

static void in_directory(char ret_path[PATH_MAX], const char *name)
{
	snprintf(ret_path, PATH_MAX, "%s/%s", directory, name);
}

static bool copy_file(const char *from, const char *to)
{
	char buffer[65536];
	size_t count;
	bool good = true;
	FILE *in = fopen(from, "rb");
	FILE *out = fopen(to, "wb");
	while (in && out && (count = fread(buffer, 1, sizeof buffer, in)) > 0)
		good &= fwrite(buffer, 1, count, out) == count;
	good &= in && out;
	if (in)
		fclose(in);
	if (out)
		good &= fclose(out) == 0;
	return good;
}

/* Where the loader finds libddsc, and under which name. */
static bool find_library(char ret_real[PATH_MAX], const char **ret_soname)
{
	static Dl_info info;
	union {
		const char *(*function)(dds_return_t);
		void *address;
	} probe = { .function = dds_strretcode };
	if (!dladdr(probe.address, &info) || !realpath(info.dli_fname, ret_real))
		return false;
	const char *slash = strrchr(info.dli_fname, '/');
	*ret_soname = slash ? slash + 1 : info.dli_fname;
	return true;
}

/* What this program says in a process that finds libddsc under the name. */
static const char *start_on(const char *name, struct child *child)
{
	static char self[PATH_MAX];
	char real[PATH_MAX], path[PATH_MAX], link[PATH_MAX];
	const char *soname;
	char *argv[] = { "child", "--start", NULL };
	CU_ASSERT_TRUE_FATAL(find_library(real, &soname));
	in_directory(path, name);
	in_directory(link, soname);
	CU_ASSERT_TRUE_FATAL(copy_file(real, path));
	if (strcmp(name, soname) != 0)
		CU_ASSERT_EQUAL_FATAL(symlink(name, link), 0);
	setenv("LD_LIBRARY_PATH", directory, 1);
	CU_ASSERT_TRUE_FATAL(realpath("/proc/self/exe", self) != NULL);
	CU_ASSERT_TRUE_FATAL(child_start(child, self, argv, NULL));
	const char *said = child_wait_line(child, "said: ", WAIT_NS);
	unsetenv("LD_LIBRARY_PATH");
	unlink(link);
	unlink(path);
	return said ? said : "(nothing)";
}

static void the_version_that_it_knows_is_taken(void)
{
	struct child child;
	CU_ASSERT_STRING_EQUAL(start_on("libddsc.so.0.10.5", &child), "ok");
	child_stop(&child);
}

static void another_version_is_refused_with_both_versions_named(void)
{
	struct child child;
	const char *said = start_on("libddsc.so.0.11.0", &child);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "found Cyclone DDS 0.11.0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "want 0.10.x"));
	child_stop(&child);
}

static void a_file_that_does_not_tell_its_version_is_refused(void)
{
	char real[PATH_MAX];
	const char *soname;
	struct child child;
	CU_ASSERT_TRUE_FATAL(find_library(real, &soname));
	const char *said = start_on(soname, &child);
	/* Debian's soname, libddsc.so.0debian, is no version; upstream's, .0, neither. */
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "want 0.10.x"));
	child_stop(&child);
}

static const struct suite_test tests[] = {
	{ "the_version_that_it_knows_is_taken", the_version_that_it_knows_is_taken },
	{ "another_version_is_refused_with_both_versions_named",
	  another_version_is_refused_with_both_versions_named },
	{ "a_file_that_does_not_tell_its_version_is_refused",
	  a_file_that_does_not_tell_its_version_is_refused },
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--start") == 0) {
		printf("said: %s\n", fake_host_try_entry());
		return 0;
	}
	if (!mkdtemp(directory))
		return 1;
	int result = SUITE_RUN(argc, argv, tests);
	rmdir(directory);
	return result;
}
