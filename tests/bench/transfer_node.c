/* One process of the DDS benchmark, over whichever bus it is linked with:
 *
 *	ping SIZE COUNT    send and wait for the echo: half of the round trip, percentiles
 *	pong SIZE          echo until number 0 comes
 *	send SIZE MS       as fast as possible
 *	receive            until number 0 comes
 *	idle MS            a writer and a reader, and nothing to do
 *
 * Results are printed as "name value" pairs on one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bus.h"

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t cpu_ns(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void ping(size_t size_bytes, size_t count)
{
	const size_t warm_up = count / 5;
	int64_t *halves_ns = calloc(count, sizeof *halves_ns);
	uint64_t number;
	bus_open("ping", "pong");
	bus_wait_matched();
	for (size_t i = 0; i < warm_up + count; i++) {
		int64_t begin_ns = now_ns();
		bus_write(i + 1, size_bytes);
		bus_take(&number);
		if (i >= warm_up)
			halves_ns[i - warm_up] = (now_ns() - begin_ns) / 2;
	}
	bus_write(0, 0);
	bus_wait_acknowledged();
	qsort(halves_ns, count, sizeof *halves_ns, compare);
	printf("p50_ns %lld p99_ns %lld\n", (long long)halves_ns[count / 2],
	       (long long)halves_ns[count * 99 / 100]);
	free(halves_ns);
}

static void pong(size_t size_bytes)
{
	uint64_t number = 1;
	bus_open("pong", "ping");
	bus_wait_matched();
	while (number != 0) {
		bus_take(&number);
		if (number != 0)
			bus_write(number, size_bytes);
	}
}

static void do_send(size_t size_bytes, int64_t duration_ns)
{
	uint64_t count = 0;
	bus_open("stream", NULL);
	bus_wait_matched();
	int64_t begin_ns = now_ns();
	int64_t begin_cpu_ns = cpu_ns();
	while (now_ns() - begin_ns < duration_ns)
		bus_write(++count, size_bytes);
	bus_write(0, 0);
	bus_wait_acknowledged();
	double took_ns = (double)(now_ns() - begin_ns);
	printf("samples_per_s %.0f cpu_ns %.0f\n", (double)count / took_ns * 1e9,
	       (double)(cpu_ns() - begin_cpu_ns) / (double)count);
}

static void receive(void)
{
	uint64_t count = 0;
	uint64_t number = 1;
	bus_open(NULL, "stream");
	bus_wait_matched();
	int64_t begin_cpu_ns = cpu_ns();
	while (number != 0)
		count += bus_take(&number);
	printf("samples %llu cpu_ns %.0f\n", (unsigned long long)count,
	       (double)(cpu_ns() - begin_cpu_ns) / (double)count);
}

static long memory_kb(const char *name)
{
	char line[256];
	long value = 0;
	FILE *file = fopen("/proc/self/status", "r");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtol(line + strlen(name) + 1, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static void idle(int64_t duration_ns)
{
	struct rusage before;
	struct rusage after;
	struct timespec rest = { duration_ns / 1000000000, duration_ns % 1000000000 };
	bus_open("idle", "idle_other");
	getrusage(RUSAGE_SELF, &before);
	int64_t begin_cpu_ns = cpu_ns();
	nanosleep(&rest, NULL);
	getrusage(RUSAGE_SELF, &after);
	printf("rss_kb %ld threads %ld wakeups_per_s %.1f cpu_us_per_s %.0f\n",
	       memory_kb("VmRSS:"), memory_kb("Threads:"),
	       (double)(after.ru_nvcsw - before.ru_nvcsw) * 1e9 / (double)duration_ns,
	       (double)(cpu_ns() - begin_cpu_ns) * 1e6 / (double)duration_ns);
}

int main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";
	long first = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	long second = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	if (strcmp(role, "ping") == 0)
		ping((size_t)first, (size_t)second);
	else if (strcmp(role, "pong") == 0)
		pong((size_t)first);
	else if (strcmp(role, "send") == 0)
		do_send((size_t)first, second * 1000000);
	else if (strcmp(role, "receive") == 0)
		receive();
	else if (strcmp(role, "idle") == 0)
		idle(first * 1000000);
	else
		return 2;
	fflush(stdout);
	bus_close();
	return 0;
}
