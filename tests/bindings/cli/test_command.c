/* The tern program as a shell meets it: output, exit codes, complaints. Runs in a network of its
 * own, so that the bus is what the test makes of it. */
#include <string.h>

#include <tern/tern.h>

#include "child.h"
#include "command.h"
#include "netns.h"
#include "suite.h"

/* Runs `tern ARGUMENTS` and compares the exit code and a part of the output. */
static void tern(char *const argv[], int wanted_code, const char *wanted_output)
{
	struct child child;

	CU_ASSERT_TRUE_FATAL(
		child_start(&child, suite_build_path("bin/tern"), argv, NULL));
	CU_ASSERT_EQUAL(child_wait(&child, 30 * SUITE_SECOND_NS), wanted_code);
	const char *text = child.text ? child.text : "";
	if (!strstr(text, wanted_output))
		fprintf(stderr, "wanted \"%s\" in:\n%s\n", wanted_output, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, wanted_output));
	child_stop(&child);
}

static void version_is_the_library_s(void)
{
	char wanted[64];
	char *argv[] = { "tern", "--version", NULL };

	snprintf(wanted, sizeof wanted, "tern %s\n", tern_version());
	tern(argv, 0, wanted);
}

static void help_names_the_commands(void)
{
	char *argv[] = { "tern", "--help", NULL };
	char *of_ls[] = { "tern", "ls", "--help", NULL };

	tern(argv, 0, "\n  ls ");
	tern(of_ls, 0, "--domain N");
	tern(of_ls, 0, "\nexample:\n  tern ls");
}

static void the_manual_and_the_completion_know_all_commands(void)
{
	char *man[] = { "tern", "--man", NULL };
	char *completion[] = { "tern", "--completion", NULL };

	for (const struct command *const *c = command_table; *c; c++) {
		char wanted[128];
		snprintf(wanted, sizeof wanted, ".SS tern %s %s\n", (*c)->name,
		         (*c)->arguments);
		tern(man, 0, wanted);
		snprintf(wanted, sizeof wanted, "\t\t%s) words=' --help --json",
		         (*c)->name);
		tern(completion, 0, wanted);
	}
}

static void bad_use_is_exit_code_2(void)
{
	char *bad[][5] = {
		{ "tern", NULL },
		{ "tern", "fly", NULL },
		{ "tern", "ls", "--no-such-option", NULL },
		{ "tern", "ls", "argument", NULL },
		{ "tern", "ls", "--domain", "233", NULL },
		{ "tern", "ls", "--domain", "-1", NULL },
		{ "tern", "ls", "--domain", "one", NULL },
		{ "tern", "ls", "--wait", "soon", NULL },
		{ "tern", "ls", "--wait", "nan", NULL },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		tern(bad[i], 2, "");
}

static void ls_of_an_empty_domain_is_fine(void)
{
	char *argv[] = { "tern", "ls", "--wait", "0", NULL };
	char *json[] = { "tern", "ls", "--json", "--wait", "0", NULL };

	tern(argv, 0, "no topics");
	tern(json, 0, "");
}

static const struct suite_test tests[] = {
	{ "version_is_the_library_s", version_is_the_library_s },
	{ "help_names_the_commands", help_names_the_commands },
	{ "the_manual_and_the_completion_know_all_commands",
	  the_manual_and_the_completion_know_all_commands },
	{ "bad_use_is_exit_code_2", bad_use_is_exit_code_2 },
	{ "ls_of_an_empty_domain_is_fine", ls_of_an_empty_domain_is_fine },
};

int main(int argc, char **argv)
{
	netns_isolate();
	return SUITE_RUN(argc, argv, tests);
}
