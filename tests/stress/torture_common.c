/* What the torture test and crash points share besides samples: the clock, QoS, and counting what
 * is open. */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

void torture_fail(struct cell *cell, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(cell->failure, sizeof cell->failure, format, arguments);
	va_end(arguments);
	_exit(3);
}

void torture_begin(uint64_t *random)
{
	enum { ONE_IN = 8, LATE_MAX_MS = 300 };
	const struct timespec late = {
		.tv_nsec = (long)(torture_random(random) % LATE_MAX_MS * MS_NS),
	};

	if (torture_random(random) % ONE_IN == 0)
		nanosleep(&late, NULL);
}

static uint32_t count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	uint32_t lines = 0;
	int c;

	while (file && (c = fgetc(file)) != EOF)
		lines += c == '\n';
	if (file)
		fclose(file);
	return lines;
}

uint32_t torture_count_files(const char *path, const char *but_containing)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	uint32_t files = 0;

	while (directory && (entry = readdir(directory)))
		files += entry->d_name[0] != '.' &&
		         !(but_containing && strstr(entry->d_name, but_containing));
	if (directory)
		closedir(directory);
	return files;
}

void torture_count_resources(struct cell *cell)
{
	atomic_store(&cell->descriptors, torture_count_files("/proc/self/fd", NULL));
	atomic_store(&cell->maps, count_lines("/proc/self/maps"));
}

struct tern_qos torture_writer_qos(const struct topic *topic)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.reliability = topic->reliability;
	qos.durability = topic->durability;
	qos.history = topic->history;
	qos.history_depth = topic->depth;
	return qos;
}

struct tern_qos torture_reader_qos(const struct topic *topic)
{
	struct tern_qos qos = torture_writer_qos(topic);

	/* An instance is of all writers together: nobody's last ones may be pushed out here. */
	qos.history_depth = READER_DEPTH;
	return qos;
}
