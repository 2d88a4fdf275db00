/* Which way a sample takes must not matter: processes that share memory, that cannot, or that may
 * not, come and go, are killed and find each other late over DDS, in random order; every reader
 * hears every step of a writer that it is matched with once, in order.
 * `test_shm_routing [NAME] `; TERN_ROUTING_SECONDS and TERN_ROUTING_SEED change a run. */
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "netns.h"
#include "suite.h"

enum { PEERS_MAX = 4, WRITERS_EACH = 2, READERS_EACH = 1, WRITERS_MAX = 1024 };

#define ANSWER_NS (60 * SUITE_SECOND_NS)

/* How a process can, or cannot, share memory. */
static const struct kind {
	const char *transports;
	const char *directory;
	bool choked;
} kinds[] = {
	{ "local,shm,dds", "/dev/shm/tern", false },
	{ "local,shm,dds", "/dev/shm/tern", false },
	{ "local,shm,dds", "/dev/shm/tern", false },
	{ "local,dds", "/dev/shm/tern", false },          /* does not want to */
	{ "local,shm,dds", "/dev/shm/other", false },     /* a container with its own */
	{ "local,shm,dds", "/dev/shm/forbidden", false }, /* may not */
	{ "local,shm,dds", "/dev/shm/tern", true }, /* cannot open newcomers' files */
};

struct endpoint {
	bool here;
	bool is_writer;
	char name[16];
	unsigned number;          /* a writer's */
	unsigned long long count; /* a writer's: steps so far */
	/* A reader's: how far writers were when both ends first were known to be matched. */
	bool is_matched;
	unsigned long long from[WRITERS_MAX];
};

struct peer {
	struct child child; /* pid 0: not there */
	struct endpoint endpoints[WRITERS_EACH + READERS_EACH];
};

static struct peer peers[PEERS_MAX];
static unsigned matched_once; /* readers' last steps that were awaited */

static unsigned roll(unsigned sides)
{
	return (unsigned)random() % sides;
}

/* ---- speaking ---------------------------------------------------------------------------- */

static const char *answer(struct peer *peer)
{
	const char *line = child_wait_line(&peer->child, "answer: ", ANSWER_NS);

	return line ? line : "(none)";
}

__attribute__((format(printf, 2, 3))) static void say(struct peer *peer,
                                                      const char *format, ...)
{
	char line[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	child_send_line(&peer->child, line);
}

static bool wants(const char *wanted, const char *got, const char *who)
{
	if (strcmp(wanted, got) == 0)
		return true;
	printf("\n    %s: wanted \"%s\", got \"%s\"", who, wanted, got);
	return false;
}

#define WANTS(wanted, peer, who) CU_ASSERT_TRUE(wants(wanted, answer(peer), who))

/* ---- everybody, at a time ---------------------------------------------------------------- */

static void each(bool writers,
                 void (*visit)(struct peer *peer, struct endpoint *endpoint))
{
	for (int p = 0; p < PEERS_MAX; p++)
		for (int i = 0; i < WRITERS_EACH + READERS_EACH; i++) {
			struct endpoint *endpoint = &peers[p].endpoints[i];
			if (endpoint->here && endpoint->is_writer == writers)
				visit(&peers[p], endpoint);
		}
}

/* ---- events ------------------------------------------------------------------------------ */

static unsigned new_number;

static void forget_number(struct peer *peer, struct endpoint *reader)
{
	(void)peer;
	reader->from[new_number % WRITERS_MAX] = 0;
}

static void add(struct peer *peer, struct endpoint *endpoint)
{
	endpoint->here = true;
	endpoint->count = 0;
	endpoint->is_matched = false;
	memset(endpoint->from, 0, sizeof endpoint->from);
	endpoint->number = ++new_number;
	each(false, forget_number);
	snprintf(endpoint->name, sizeof endpoint->name, "%c%u",
	         endpoint->is_writer ? 'w' : 'r', endpoint->number);
	say(peer, "%s %s %u", endpoint->is_writer ? "writer" : "reader", endpoint->name,
	    endpoint->number);
	WANTS("ok", peer, endpoint->name);
}

static void drop(struct peer *peer, struct endpoint *endpoint)
{
	endpoint->here = false;
	say(peer, "drop %s", endpoint->name);
	WANTS("ok", peer, endpoint->name);
}

static void start(struct peer *peer)
{
	const struct kind *kind = &kinds[roll(sizeof kinds / sizeof *kinds)];
	char *argv[] = { "shm_routing_peer", NULL };

	memset(peer, 0, sizeof *peer);
	setenv("TERN_TRANSPORTS", kind->transports, 1);
	setenv("TERN_SHM_DIR", kind->directory, 1);
	CU_ASSERT_TRUE_FATAL(child_start(
		&peer->child, suite_build_path("tests/transports/shm/shm_routing_peer"),
		argv, NULL));
	WANTS("ok", peer, "start");
	for (int i = 0; i < WRITERS_EACH + READERS_EACH; i++)
		peer->endpoints[i].is_writer = i < WRITERS_EACH;
	if (kind->choked) {
		/* After DDS has opened what it needs. */
		struct endpoint *probe = &peer->endpoints[0];
		add(peer, probe);
		drop(peer, probe);
		say(peer, "settle");
		WANTS("ok", peer, "settle");
		say(peer, "choke");
		WANTS("ok", peer, "choke");
	}
}

static void end(struct peer *peer, bool with_a_word)
{
	if (with_a_word) {
		say(peer, "bye");
		CU_ASSERT_EQUAL(child_wait(&peer->child, ANSWER_NS), 0);
	} else {
		child_signal(&peer->child, SIGKILL);
	}
	child_stop(&peer->child);
	memset(peer, 0, sizeof *peer);
}

static void judge(struct peer *peer, struct endpoint *reader)
{
	say(peer, "judge %s", reader->name);
	WANTS("doubled 0 disordered 0", peer, reader->name);
}

static void something_happens(struct peer *peer)
{
	if (!peer->child.pid) {
		start(peer);
		return;
	}
	unsigned which = roll(10);
	struct endpoint *endpoint = &peer->endpoints[roll(WRITERS_EACH + READERS_EACH)];
	if (which == 0) {
		end(peer, false);
	} else if (which == 1) {
		end(peer, true);
	} else if (!endpoint->here) {
		add(peer, endpoint);
	} else if (which < 5) {
		if (!endpoint->is_writer)
			judge(peer, endpoint);
		drop(peer, endpoint);
	}
}

/* ---- a round --------------------------------------------------------------------------- */

static unsigned counted;

static void count_one(struct peer *peer, struct endpoint *endpoint)
{
	(void)peer;
	(void)endpoint;
	counted++;
}

static unsigned count(bool writers)
{
	counted = 0;
	each(writers, count_one);
	return counted;
}

static void match(struct peer *peer, struct endpoint *endpoint)
{
	say(peer, "matched %s %u", endpoint->name, count(!endpoint->is_writer));
	WANTS("ok", peer, endpoint->name);
}

static struct peer *reading_peer;
static struct endpoint *reading;

static void note_from(struct peer *peer, struct endpoint *writer)
{
	(void)peer;
	reading->from[writer->number % WRITERS_MAX] = writer->count;
}

static void note_matched(struct peer *peer, struct endpoint *reader)
{
	(void)peer;
	reading = reader;
	if (!reader->is_matched)
		each(true, note_from);
	reader->is_matched = true;
}

/* While nobody writes. */
static void match_all(void)
{
	each(true, match);
	each(false, match);
	each(false, note_matched);
}

static void begin_burst(struct peer *peer, struct endpoint *writer)
{
	say(peer, "burst %s %u", writer->name, 1 + roll(300));
}

static void end_burst(struct peer *peer, struct endpoint *writer)
{
	const char *said = answer(peer);

	CU_ASSERT_EQUAL(sscanf(said, "ok %llu", &writer->count), 1);
	if (strncmp(said, "ok", 2) != 0)
		printf("\n    %s: %s", writer->name, said);
}

static void await_last(struct peer *peer, struct endpoint *writer)
{
	(void)peer;
	say(reading_peer, "told %s %u %llu %llu", reading->name, writer->number,
	    writer->count, reading->from[writer->number % WRITERS_MAX]);
	WANTS("ok", reading_peer, reading->name);
	matched_once++;
}

static void await_all(struct peer *peer, struct endpoint *reader)
{
	reading_peer = peer;
	reading = reader;
	each(true, await_last);
	judge(peer, reader);
}

/* While some write, another comes or goes. */
static void a_round(void)
{
	struct peer *other = &peers[roll(PEERS_MAX)];
	static struct endpoint kept[WRITERS_EACH + READERS_EACH];

	match_all();
	memcpy(kept, other->endpoints, sizeof kept);
	for (int i = 0; i < WRITERS_EACH + READERS_EACH; i++)
		other->endpoints[i].here = false;
	each(true, begin_burst);
	memcpy(other->endpoints, kept, sizeof kept);
	something_happens(other);
	/* Those of `other` did not write. */
	static struct endpoint after[WRITERS_EACH + READERS_EACH];
	memcpy(after, other->endpoints, sizeof after);
	for (int i = 0; i < WRITERS_EACH + READERS_EACH; i++)
		other->endpoints[i].here = false;
	each(true, end_burst);
	memcpy(other->endpoints, after, sizeof after);
	match_all();
	each(true, begin_burst);
	each(true, end_burst);
	each(false, await_all);
}

static void every_step_is_heard_once_whatever_happens(void)
{
	const char *seconds = getenv("TERN_ROUTING_SECONDS");
	const char *seed = getenv("TERN_ROUTING_SEED");
	unsigned number = seed ? (unsigned)atoi(seed) : (unsigned)getpid();
	int64_t end_ns =
		suite_monotonic_ns() + (seconds ? atoi(seconds) : 20) * SUITE_SECOND_NS;
	unsigned rounds = 0;

	printf("seed %u ", number);
	srandom(number);
	for (int p = 0; p < 2; p++) {
		start(&peers[p]);
		for (int i = 0; i < WRITERS_EACH + READERS_EACH; i++)
			add(&peers[p], &peers[p].endpoints[i]);
	}
	while (suite_monotonic_ns() < end_ns && CU_get_number_of_failures() == 0) {
		for (unsigned i = roll(3); i > 0; i--)
			something_happens(&peers[roll(PEERS_MAX)]);
		a_round();
		rounds++;
	}
	printf("rounds %u, last steps awaited %u ", rounds, matched_once);
	CU_ASSERT(matched_once > 0);
	for (int p = 0; p < PEERS_MAX; p++)
		if (peers[p].child.pid)
			end(&peers[p], true);
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "every_step_is_heard_once_whatever_happens",
		  every_step_is_heard_once_whatever_happens },
	};

	netns_isolate();
	if (mkdir("/dev/shm/forbidden", 0777) != 0 ||
	    chown("/dev/shm/forbidden", 65534, 65534) != 0)
		perror("/dev/shm/forbidden");
	/* A process that was killed is missed by DDS after its lease: not for 10 s. */
	setenv("CYCLONEDDS_URI",
	       "<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"
	       "</Interfaces></General><Discovery><LeaseDuration>2s</LeaseDuration></Discovery>",
	       1);
	return SUITE_RUN(argc, argv, tests);
}
