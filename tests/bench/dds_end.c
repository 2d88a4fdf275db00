/* What one end of a benchmark over DDS does, whatever its bus:
 *
 *	ping SIZE COUNT       write a sample, wait for the one that comes back, COUNT times
 *	pong SIZE COUNT       the other end of ping
 *	publish SIZE COUNT    write COUNT samples as fast as they go
 *	subscribe SIZE COUNT  the other end of publish
 *	idle SIZE 0           have a writer and a reader, and nothing to do, for ever
 *
 * Prints one line of numbers. A tenth more samples go before those that are measured. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "dds_bus.h"

/* Of all threads, in user and kernel mode. */
static int64_t cpu_ns(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000 +
	       ((int64_t)used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
}

static void expect(uint64_t number)
{
	uint64_t got;

	if (!bus_wait(BUS_PATIENCE_NS) || bus_take(1, &got) != 1 || got != number)
		bus_fail("expected a sample", "another came, or none");
}

/* p50 and p99 of the way there, which is half of the way there and back, in ns */
static void ping(uint64_t warm_up, uint64_t count)
{
	int64_t *trips_ns = calloc(count, sizeof *trips_ns);

	if (!trips_ns)
		bus_fail("ping", "no memory");
	for (uint64_t i = 0; i < warm_up + count; i++) {
		int64_t begin_ns = end_now_ns();

		bus_write(i);
		expect(i);
		if (i >= warm_up)
			trips_ns[i - warm_up] = end_now_ns() - begin_ns;
	}
	end_print_trips(trips_ns, count);
	free(trips_ns);
}

static void pong(uint64_t warm_up, uint64_t count)
{
	for (uint64_t i = 0; i < warm_up + count; i++) {
		expect(i);
		bus_write(i);
	}
	bus_wait_acknowledged();
}

/* samples a second until the last has arrived, and CPU time for one in ns */
static void publish(uint64_t warm_up, uint64_t count)
{
	for (uint64_t i = 0; i < warm_up; i++)
		bus_write(i);
	int64_t begin_ns = end_now_ns(), cpu_begin_ns = cpu_ns();
	for (uint64_t i = 0; i < count; i++)
		bus_write(warm_up + i);
	bus_wait_acknowledged();
	printf("%.0f %.0f\n", (double)count * 1e9 / (double)(end_now_ns() - begin_ns),
	       (double)(cpu_ns() - cpu_begin_ns) / (double)count);
}

/* CPU time for one sample in ns */
static void subscribe(uint64_t warm_up, uint64_t count)
{
	uint64_t number = 0, got = 0, begin = 0;
	int64_t cpu_begin_ns = 0;

	while (got < warm_up + count) {
		if (!bus_wait(BUS_PATIENCE_NS))
			bus_fail("subscribe", "samples are missing");
		got += bus_take(BUS_TAKE_MAX, &number);
		if (begin == 0 && got >= warm_up) {
			begin = got;
			cpu_begin_ns = cpu_ns();
		}
	}
	if (number != warm_up + count - 1)
		bus_fail("subscribe", "samples came twice, or in another order");
	printf("%.0f\n", (double)(cpu_ns() - cpu_begin_ns) / (double)(got - begin));
}

static void idle(uint64_t warm_up, uint64_t count)
{
	(void)warm_up;
	(void)count;
	puts("idle");
	fflush(stdout);
	bus_wait(BUS_FOREVER);
}

static const struct role {
	const char *name;
	const char *write_topic, *read_topic; /* NULL: none */
	bool alone;
	int processor; /* -1: any */
	void (*run)(uint64_t warm_up, uint64_t count);
} roles[] = {
	{ "ping", "there", "back", false, -1, ping },
	{ "pong", "back", "there", false, -1, pong },
	{ "publish", "there", NULL, false, 0, publish },
	{ "subscribe", NULL, "there", false, 1, subscribe },
	{ "idle", "there", "back", true, -1, idle },
};

int main(int argc, char **argv)
{
	const struct role *role = argc == 4 ? roles : NULL;

	while (role && strcmp(role->name, argv[1]) != 0)
		if (++role == roles + sizeof roles / sizeof *roles)
			role = NULL;
	if (!role)
		bus_fail("usage", "ping|pong|publish|subscribe|idle SIZE COUNT");
	uint64_t count = strtoul(argv[3], NULL, 10);

	if (role->processor >= 0)
		end_stay_on_processor(role->processor);
	bus_open(role->write_topic, role->read_topic, strtoul(argv[2], NULL, 10));
	if (!role->alone)
		bus_wait_matched();
	role->run(count / 10, count);
	bus_close();
	return 0;
}
