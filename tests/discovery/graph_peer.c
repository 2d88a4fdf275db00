/* A process on the bus that does as a test says: lines in, one answer each out.
 *
 *	writer|reader TOPIC [OPTION...]  "ok", or "failed" with the reason. Options: reliable,
 *	                      best_effort, durable, volatile, keep_all, deadline=MS, partition=NAME,
 *	                      drifted (the other type)
 *	write TOPIC COUNT     write so many on a thread of its own, waiting as long as it takes
 *	wait TOPIC COUNT      until the endpoint has so many partners
 *	settle                wait until all transports have started
 *	choke                 let no more files be opened
 *	bye                   leave
 *
 * An argument is the process's name. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <tern/tern.h>

#include "graph_peer.h"

enum { ENDPOINTS_MAX = 16, WORDS_MAX = 12 };

#define WAIT_NS (INT64_C(60) * 1000000000)

static struct tern_participant *bus;

static struct {
	char topic[64];
	struct tern_writer *writer;
	struct tern_reader *reader;
} endpoints[ENDPOINTS_MAX];
static size_t endpoint_count;

static void answer(bool good)
{
	if (good)
		puts("ok");
	else
		printf("failed %s\n", tern_error_text());
	fflush(stdout);
}

static const struct tern_type *apply(char **words, struct tern_qos *qos,
                                     const char **partition)
{
	const struct tern_type *type = &peer_Pose_type;

	for (; *words; words++) {
		const char *word = *words;
		if (strcmp(word, "reliable") == 0)
			qos->reliability = TERN_RELIABLE;
		else if (strcmp(word, "best_effort") == 0)
			qos->reliability = TERN_BEST_EFFORT;
		else if (strcmp(word, "durable") == 0)
			qos->durability = TERN_TRANSIENT_LOCAL;
		else if (strcmp(word, "volatile") == 0)
			qos->durability = TERN_VOLATILE;
		else if (strcmp(word, "keep_all") == 0)
			qos->history = TERN_KEEP_ALL;
		else if (strncmp(word, "deadline=", 9) == 0)
			qos->deadline_ns = strtoll(word + 9, NULL, 10) * 1000000;
		else if (strncmp(word, "partition=", 10) == 0)
			*partition = word + 10;
		else if (strcmp(word, "drifted") == 0)
			type = &peer_Drifted_type;
		else
			fprintf(stderr, "graph_peer: what is \"%s\"?\n", word);
	}
	return type;
}

static bool make(bool is_writer, const char *topic, char **words)
{
	struct tern_qos qos =
		is_writer ? tern_qos_writer_default() : tern_qos_reader_default();
	const char *partition = NULL;
	const struct tern_type *type = apply(words, &qos, &partition);

	if (partition) {
		qos.partitions = &partition;
		qos.partition_count = 1;
	}
	if (endpoint_count == ENDPOINTS_MAX || strlen(topic) >= sizeof endpoints[0].topic)
		return false;
	/* Who does not read holds its writer back for as long as that waits. */
	qos.max_blocking_time_ns = WAIT_NS;
	strcpy(endpoints[endpoint_count].topic, topic);
	tern_status s = is_writer ? tern_writer_create(bus, topic, type, &qos,
	                                               &endpoints[endpoint_count].writer)
	                          : tern_reader_create(bus, topic, type, &qos,
	                                               &endpoints[endpoint_count].reader);
	if (s == TERN_OK)
		endpoint_count++;
	return s == TERN_OK;
}

static size_t find(const char *topic)
{
	size_t i = 0;

	while (i + 1 < endpoint_count && strcmp(endpoints[i].topic, topic) != 0)
		i++;
	return i;
}

static bool wait_matched(const char *topic, uint32_t count)
{
	size_t i = find(topic);

	return (endpoints[i].writer
	                ? tern_writer_wait_matched(endpoints[i].writer, count, WAIT_NS)
	                : tern_reader_wait_matched(endpoints[i].reader, count,
	                                           WAIT_NS)) == TERN_OK;
}

struct burst {
	struct tern_writer *writer;
	long count;
};

static void *write_all(void *context)
{
	struct burst *burst = context;
	peer_Pose pose = { .id = 1 };

	for (long i = 0; i < burst->count; i++) {
		pose.x = (double)i;
		if (tern_writer_write(burst->writer, &pose) < 0)
			break;
	}
	free(burst);
	return NULL;
}

static bool begin_writing(const char *topic, long count)
{
	struct burst *burst = malloc(sizeof *burst);
	pthread_t thread;

	if (!burst)
		return false;
	*burst = (struct burst){ endpoints[find(topic)].writer, count };
	if (!burst->writer || pthread_create(&thread, NULL, write_all, burst) != 0) {
		free(burst);
		return false;
	}
	pthread_detach(thread);
	return true;
}

static bool obey(char **words)
{
	if (strcmp(words[0], "settle") == 0)
		return tern_participant_wait_started(bus, WAIT_NS) == TERN_OK;
	if (strcmp(words[0], "choke") == 0) {
		const struct rlimit none = { 0, 0 };
		return setrlimit(RLIMIT_NOFILE, &none) == 0;
	}
	if (!words[1])
		return false;
	if (strcmp(words[0], "writer") == 0)
		return make(true, words[1], words + 2);
	if (strcmp(words[0], "reader") == 0)
		return make(false, words[1], words + 2);
	if (strcmp(words[0], "wait") == 0 && words[2])
		return wait_matched(words[1], (uint32_t)strtoul(words[2], NULL, 10));
	if (strcmp(words[0], "write") == 0 && words[2])
		return begin_writing(words[1], strtol(words[2], NULL, 10));
	return false;
}

int main(int argc, char **argv)
{
	char line[512];

	if (argc > 1)
		prctl(PR_SET_NAME, argv[1]);
	if (tern_participant_create(0, NULL, &bus) < 0) {
		fprintf(stderr, "graph_peer: %s\n", tern_error_text());
		return 1;
	}
	puts("here");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		char *words[WORDS_MAX + 1] = { NULL };
		size_t count = 0;
		for (char *word = strtok(line, " \n"); word && count < WORDS_MAX;
		     word = strtok(NULL, " \n"))
			words[count++] = word;
		if (count > 0 && strcmp(words[0], "bye") == 0)
			break;
		if (count > 0)
			answer(obey(words));
	}
	return tern_participant_destroy(bus) == TERN_OK ? 0 : 1;
}
