/* A process of the routing test: lines in, one answer each out. Its readers are drained by a
 * thread of its own all the time, which counts by identity: writer and source timestamp.
 *
 *	writer NAME NUMBER    reader NAME    drop NAME
 *	late NAME             a reader that wants what was written before it
 *	matched NAME N        wait until it has exactly N partners
 *	burst NAME COUNT      write on, counting
 *	told NAME NUMBER LAST FROM  wait until the reader has this writer's step LAST; those after
 *	                      FROM must have come before it
 *	judge NAME            what was doubled or out of order
 *	path NAME             the path of the pair with each partner, and what is said of shm
 *	settle                wait until all transports have started
 *	bye                   end
 *	choke                 let no more files be opened
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <tern/graph.h>
#include <tern/tern.h>

#include "routing.h"

enum { ENDPOINTS_MAX = 32, WRITERS_MAX = 1024 };

#define WAIT_NS (INT64_C(30) * 1000000000)

/* What a reader knows of a writer. */
struct heard {
	struct tern_guid guid;
	bool known;
	int64_t last_timestamp_ns;
	uint64_t last;
	uint64_t missing; /* the last step that did not come between others */
};

struct endpoint {
	char name[16]; /* "": free */
	struct tern_writer *writer;
	uint32_t number;
	uint64_t count;
	struct tern_reader *reader;
	struct heard heard[WRITERS_MAX]; /* by the writer's number */
	uint64_t doubled, disordered;
};

static struct tern_participant *bus;
static struct tern_waitset *waitset;
static pthread_mutex_t lock =
	PTHREAD_MUTEX_INITIALIZER; /* guards the endpoints' readers */
static struct endpoint *endpoints[ENDPOINTS_MAX];
static _Atomic bool leaving;

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fail(const char *what)
{
	printf("answer: %s: %s\n", what, tern_error_text());
}

/* ---- reading ----------------------------------------------------------------------------- */

static void hear(struct endpoint *endpoint, const struct tern_sample *sample)
{
	const routing_Step *step = sample->data;
	struct heard *heard = &endpoint->heard[step->writer % WRITERS_MAX];

	if (heard->known && !tern_guid_equal(&heard->guid, &sample->info.writer))
		*heard = (struct heard){ 0 }; /* numbers come round */
	if (heard->known && sample->info.source_timestamp_ns == heard->last_timestamp_ns)
		endpoint->doubled++;
	else if (heard->known && step->count <= heard->last)
		endpoint->disordered++;
	else if (heard->known && step->count != heard->last + 1)
		heard->missing = step->count - 1;
	heard->known = true;
	heard->guid = sample->info.writer;
	heard->last_timestamp_ns = sample->info.source_timestamp_ns;
	heard->last = step->count;
}

static void drain(struct endpoint *endpoint)
{
	struct tern_sample *samples = NULL;
	int32_t n;

	while ((n = tern_reader_take(endpoint->reader, 64, &samples)) > 0) {
		for (int32_t i = 0; i < n; i++)
			if (samples[i].info.valid_data)
				hear(endpoint, &samples[i]);
		tern_reader_return(endpoint->reader, samples);
	}
}

static void *read_all(void *context)
{
	void *triggered[ENDPOINTS_MAX];

	(void)context;
	while (!leaving) {
		int32_t n = tern_waitset_wait(waitset, TERN_INFINITE, ENDPOINTS_MAX,
		                              triggered);
		if (n < 0 && n != TERN_EAGAIN)
			abort();
		pthread_mutex_lock(&lock);
		for (int i = 0; i < ENDPOINTS_MAX; i++)
			if (endpoints[i] && endpoints[i]->reader)
				drain(endpoints[i]);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* ---- commands ---------------------------------------------------------------------------- */

static struct endpoint **find(const char *name)
{
	for (int i = 0; i < ENDPOINTS_MAX; i++)
		if (endpoints[i] && strcmp(endpoints[i]->name, name) == 0)
			return &endpoints[i];
	return NULL;
}

static void create(const char *name, bool is_writer, bool is_late, uint32_t number)
{
	struct endpoint *endpoint = calloc(1, sizeof *endpoint);
	struct tern_qos qos =
		is_writer ? tern_qos_writer_default() : tern_qos_reader_default();
	int place = 0;
	tern_status s;

	while (place < ENDPOINTS_MAX && endpoints[place])
		place++;
	if (!endpoint || place == ENDPOINTS_MAX)
		abort();
	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	qos.max_blocking_time_ns = WAIT_NS;
	if (is_late)
		qos.durability = TERN_TRANSIENT_LOCAL;
	snprintf(endpoint->name, sizeof endpoint->name, "%s", name);
	endpoint->number = number;
	s = is_writer ? tern_writer_create(bus, "steps", &routing_Step_type, &qos,
	                                   &endpoint->writer)
	              : tern_reader_create(bus, "steps", &routing_Step_type, &qos,
	                                   &endpoint->reader);
	if (s == TERN_OK && !is_writer)
		s = tern_waitset_attach_reader(waitset, endpoint->reader,
		                               TERN_STATUS_DATA_AVAILABLE, endpoint);
	if (s < 0) {
		fail("create");
		return;
	}
	pthread_mutex_lock(&lock);
	endpoints[place] = endpoint;
	pthread_mutex_unlock(&lock);
	puts("answer: ok");
}

static void drop(struct endpoint **place)
{
	struct endpoint *endpoint = *place;

	pthread_mutex_lock(&lock);
	*place = NULL;
	pthread_mutex_unlock(&lock);
	if (endpoint->reader)
		tern_waitset_detach_reader(waitset, endpoint->reader);
	if (tern_reader_destroy(endpoint->reader) < 0 ||
	    tern_writer_destroy(endpoint->writer) < 0)
		fail("drop");
	else
		puts("answer: ok");
	free(endpoint);
}

static uint32_t partners(struct endpoint *endpoint)
{
	return endpoint->writer
	               ? tern_writer_publication_matched(endpoint->writer).current
	               : tern_reader_subscription_matched(endpoint->reader).current;
}

static void matched(struct endpoint *endpoint, uint32_t count)
{
	int64_t deadline_ns = monotonic_ns() + WAIT_NS;

	while (partners(endpoint) != count && monotonic_ns() < deadline_ns)
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	if (partners(endpoint) == count) {
		puts("answer: ok");
		return;
	}
	tern_status s = endpoint->writer
	                        ? tern_writer_wait_matched(endpoint->writer, 1000, 0)
	                        : tern_reader_wait_matched(endpoint->reader, 1000, 0);
	(void)s;
	printf("answer: %u partners instead of %u: %s\n", partners(endpoint), count,
	       tern_error_text());
}

static void burst(struct endpoint *endpoint, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		const routing_Step step = { endpoint->number, ++endpoint->count };
		if (tern_writer_write(endpoint->writer, &step) < 0) {
			fail("burst");
			return;
		}
	}
	printf("answer: ok %llu\n", (unsigned long long)endpoint->count);
}

static void told(struct endpoint *endpoint, uint32_t writer, uint64_t last, uint64_t from)
{
	const struct heard *heard = &endpoint->heard[writer % WRITERS_MAX];
	int64_t deadline_ns = monotonic_ns() + WAIT_NS;
	uint64_t at, missing;

	do {
		pthread_mutex_lock(&lock);
		at = heard->last;
		missing = heard->missing;
		pthread_mutex_unlock(&lock);
		if (at < last)
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	} while (at < last && monotonic_ns() < deadline_ns);
	if (at == last && missing <= from)
		puts("answer: ok");
	else
		printf("answer: at step %llu of writer %u, without step %llu\n",
		       (unsigned long long)at, writer, (unsigned long long)missing);
}

static void judge(const struct endpoint *endpoint)
{
	pthread_mutex_lock(&lock);
	printf("answer: doubled %llu disordered %llu\n",
	       (unsigned long long)endpoint->doubled,
	       (unsigned long long)endpoint->disordered);
	pthread_mutex_unlock(&lock);
}

static void print_trace(const struct tern_graph *graph,
                        const struct tern_graph_pair *pair)
{
	const struct tern_trace *trace;

	if (tern_trace_create(graph, pair->writer, pair->reader, &trace) < 0)
		return;
	printf("%s", pair->transport);
	for (uint32_t i = 0; i < trace->step_count; i++)
		if (strcmp(trace->steps[i].name, "shm") == 0)
			printf(": %s", trace->steps[i].text);
	tern_trace_destroy(trace);
}

static void path(const struct endpoint *endpoint)
{
	const struct tern_guid own = endpoint->writer
	                                     ? tern_writer_guid(endpoint->writer)
	                                     : tern_reader_guid(endpoint->reader);
	const struct tern_graph *graph;

	if (tern_graph_create(bus, &graph) < 0) {
		fail("path");
		return;
	}
	printf("answer: ");
	for (uint32_t t = 0; t < graph->topic_count; t++)
		for (uint32_t i = 0; i < graph->topics[t].pair_count; i++) {
			const struct tern_graph_pair *pair = &graph->topics[t].pairs[i];
			if (tern_guid_equal(&pair->writer->info.guid, &own) ||
			    tern_guid_equal(&pair->reader->info.guid, &own))
				print_trace(graph, pair);
		}
	puts("");
	tern_graph_destroy(graph);
}

/* Files that are open stay so; a peer's cannot be opened any more. */
static void choke(bool on)
{
	struct rlimit limit;

	bool done = getrlimit(RLIMIT_NOFILE, &limit) == 0;
	limit.rlim_cur = on ? 3 : limit.rlim_max;
	done = done && setrlimit(RLIMIT_NOFILE, &limit) == 0;
	if (on)
		printf("answer: %s\n", done ? "ok" : "failed");
}

static void settle(void)
{
	if (tern_participant_wait_started(bus, WAIT_NS) < 0)
		fail("settle");
	else
		puts("answer: ok");
}

static void run(const char *line)
{
	char word[16] = "", name[16] = "";
	unsigned long long a = 0, b = 0, c = 0;
	sscanf(line, "%15s %15s %llu %llu %llu", word, name, &a, &b, &c);
	struct endpoint **place = find(name);

	if (strcmp(word, "writer") == 0)
		create(name, true, false, (uint32_t)a);
	else if (strcmp(word, "reader") == 0)
		create(name, false, false, 0);
	else if (strcmp(word, "late") == 0)
		create(name, false, true, 0);
	else if (strcmp(word, "choke") == 0)
		choke(true);
	else if (strcmp(word, "settle") == 0)
		settle();
	else if (!place)
		puts("answer: who?");
	else if (strcmp(word, "drop") == 0)
		drop(place);
	else if (strcmp(word, "matched") == 0)
		matched(*place, (uint32_t)a);
	else if (strcmp(word, "burst") == 0)
		burst(*place, a);
	else if (strcmp(word, "told") == 0)
		told(*place, (uint32_t)a, b, c);
	else if (strcmp(word, "judge") == 0)
		judge(*place);
	else if (strcmp(word, "path") == 0)
		path(*place);
	else
		puts("answer: what?");
}

int main(void)
{
	char line[256];
	pthread_t thread;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (tern_participant_create(0, "routing peer", &bus) < 0 ||
	    tern_waitset_create(bus, &waitset) < 0 ||
	    pthread_create(&thread, NULL, read_all, NULL) != 0) {
		fail("start");
		return 1;
	}
	puts("answer: ok"); /* dds may still be starting: it is found late, then */
	while (fgets(line, sizeof line, stdin) && strcmp(line, "bye\n") != 0)
		run(line);
	choke(false); /* sanitizers look into files at the end */
	leaving = true;
	tern_waitset_wake(waitset);
	pthread_join(thread, NULL);
	tern_waitset_destroy(waitset);
	return tern_participant_destroy(bus) < 0;
}
