/* Speaks to engines, here or in a second process. */
#include "sides.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "engine.h"
#include "suite.h"

/* Longer than any wait within a command. */
#define ANSWER_WAIT_NS (100 * SUITE_SECOND_NS)

struct side {
	struct engine *engine; /* NULL: it is the other process */
	struct child child;
	pthread_t thread; /* runs the line while it is not waited for */
	char line[512];
	char answer[ENGINE_ANSWER_SIZE_BYTES];
};

static struct side here;
static struct side there;
static bool one_process;
static const struct netns *host_there; /* NULL: that of this process */

bool sides_are_one_process(void)
{
	return one_process;
}

struct side *side_here(void)
{
	return &here;
}

struct side *side_there(void)
{
	return &there;
}

void sides_set_host_there(const struct netns *host)
{
	host_there = host;
}

bool side_restart_there(void)
{
	char *argv[] = { "conformance_peer", NULL };
	const char *path = suite_build_path("tests/transports/conformance_peer");
	if (!child_start(&there.child, path, argv, host_there))
		return false;
	const char *answer = child_wait_line(&there.child, "answer: ", ANSWER_WAIT_NS);
	return answer && strcmp(answer, "ok") == 0;
}

void side_kill_there(void)
{
	child_signal(&there.child, SIGKILL);
	child_stop(&there.child);
}

bool sides_start(const char *transport, bool wants_one_process)
{
	one_process = wants_one_process;
	setenv("TERN_TRANSPORTS", transport, 1);
	here.engine = engine_create("conformance");
	if (!here.engine)
		return false;
	if (!one_process)
		return side_restart_there();
	there.engine = engine_create("conformance peer");
	return there.engine != NULL;
}

void sides_stop(void)
{
	if (one_process)
		engine_destroy(there.engine);
	else
		child_stop(&there.child);
	engine_destroy(here.engine);
}

static void *run(void *context)
{
	struct side *side = context;
	engine_run(side->engine, side->line, side->answer);
	return NULL;
}

static void begin(struct side *side, const char *format, va_list arguments)
{
	vsnprintf(side->line, sizeof side->line, format, arguments);
	if (!side->engine)
		child_send_line(&side->child, side->line);
	else if (pthread_create(&side->thread, NULL, run, side) != 0)
		abort();
}

void side_begin(struct side *side, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	begin(side, format, arguments);
	va_end(arguments);
}

const char *side_end(struct side *side)
{
	if (side->engine) {
		pthread_join(side->thread, NULL);
		return side->answer;
	}
	const char *answer = child_wait_line(&side->child, "answer: ", ANSWER_WAIT_NS);
	return answer ? answer : "(no answer)";
}

const char *side_ask(struct side *side, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	begin(side, format, arguments);
	va_end(arguments);
	return side_end(side);
}
