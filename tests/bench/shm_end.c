/* What one end of a benchmark within a host does, whatever its bus: ROLE SIZE COUNT HOW.
 *
 *	ping, pong            a sample there and one back, COUNT times, built in place
 *	publish, subscribe    COUNT samples as fast as they go
 *	hold, join            one sample that is there, or comes again and again; get the first
 *	idle                  have a writer and a reader, and nothing to do, for ever
 *
 * HOW is of letters: s spin instead of blocking, 1 both on one processor, 2 on two, w write()
 * instead of building in place, t touch every byte, 4 four readers. Prints one line of numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shm_bus.h"

static struct {
	bool spin, write, touch;
	int pinned; /* 0: anywhere; 1: to one processor; 2: each to its own */
	uint32_t readers;
} how = { .readers = 1 };

void bus_read_all(const void *data, size_t size_bytes)
{
	const uint64_t *words = data;
	uint64_t sum = 0;

	for (size_t i = 0; i < size_bytes / sizeof *words; i++)
		sum += words[i];
	__asm__ volatile("" : : "r"(sum)); /* somebody wants it */
}

static void send(uint64_t number)
{
	if (how.write)
		bus_write(number);
	else
		bus_publish(number, how.touch);
}

static uint32_t receive(uint32_t max, uint64_t *ret_number)
{
	uint32_t count;
	int64_t deadline_ns = 0;

	while ((count = bus_take(max, how.touch, ret_number)) == 0) {
		if (!how.spin && !bus_wait(BUS_PATIENCE_NS))
			bus_fail("receive", "samples are missing");
		if (how.spin && deadline_ns == 0)
			deadline_ns = end_now_ns() + BUS_PATIENCE_NS;
	}
	return count;
}

static void expect(uint64_t number)
{
	uint64_t got;

	if (receive(1, &got) != 1 || got != number)
		bus_fail("expected a sample", "another came");
}

/* p50 and p99 of the way there, which is half of the way there and back, in ns */
static void ping(uint64_t warm_up, uint64_t count)
{
	int64_t *trips_ns = calloc(count, sizeof *trips_ns);

	if (!trips_ns)
		bus_fail("ping", "no memory");
	for (uint64_t i = 0; i < warm_up + count; i++) {
		int64_t begin_ns = end_now_ns();
		send(i);
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
		send(i);
	}
}

static void publish(uint64_t warm_up, uint64_t count)
{
	for (uint64_t i = 0; i < warm_up + count; i++)
		send(i);
	/* Until all readers have read and gone: what is ours may end with us. */
	puts("sent");
	fflush(stdout);
	(void)getchar();
}

/* samples a second */
static void subscribe(uint64_t warm_up, uint64_t count)
{
	uint64_t number = 0, got = 0, begin = 0;
	int64_t begin_ns = 0;

	while (got < warm_up + count) {
		got += receive(BUS_TAKE_MAX, &number);
		if (begin == 0 && got >= warm_up) {
			begin = got;
			begin_ns = end_now_ns();
		}
	}
	if (number != warm_up + count - 1)
		bus_fail("subscribe", "samples came twice, or in another order");
	printf("%.0f\n", (double)(got - begin) * 1e9 / (double)(end_now_ns() - begin_ns));
}

static void hold(uint64_t warm_up, uint64_t count)
{
	const struct timespec pause = { .tv_nsec = 100000 };

	(void)warm_up;
	(void)count;
	send(0);
	puts("holding");
	fflush(stdout);
	/* For buses that keep nothing for late joiners. */
	for (uint64_t i = 1;; i++) {
		if (getenv("BENCH_HOLD_BEATS"))
			send(i);
		nanosleep(&pause, NULL);
	}
}

/* ns from the start of the process, which its parent took down, to the first sample */
static void join(uint64_t warm_up, uint64_t count)
{
	uint64_t number;
	const char *begin_ns = getenv("BENCH_BEGIN_NS");

	(void)warm_up;
	(void)count;
	receive(1, &number);
	printf("%.0f\n", (double)(end_now_ns() - (begin_ns ? atoll(begin_ns) : 0)));
}

static void idle(uint64_t warm_up, uint64_t count)
{
	(void)warm_up;
	(void)count;
	puts("idle");
	fflush(stdout);
	bus_wait(INT64_MAX);
}

static const struct role {
	const char *name;
	const char *write_topic, *read_topic; /* NULL: none */
	bool waits;                           /* for the other end, before it begins */
	bool reads_alone;                     /* to the other processor */
	void (*run)(uint64_t warm_up, uint64_t count);
} roles[] = {
	{ "ping", "there", "back", true, false, ping },
	{ "pong", "back", "there", true, true, pong },
	{ "publish", "there", NULL, true, false, publish },
	{ "subscribe", NULL, "there", true, true, subscribe },
	{ "hold", "there", NULL, false, false, hold },
	{ "join", NULL, "there", false, true, join },
	{ "idle", "there", "back", false, false, idle },
};

static void read_how(const char *letters)
{
	for (; *letters; letters++) {
		how.spin |= *letters == 's';
		how.write |= *letters == 'w';
		how.touch |= *letters == 't';
		if (*letters == '1' || *letters == '2')
			how.pinned = *letters - '0';
		if (*letters == '4')
			how.readers = 4;
	}
}

int main(int argc, char **argv)
{
	const struct role *role = argc == 5 ? roles : NULL;

	while (role && strcmp(role->name, argv[1]) != 0)
		if (++role == roles + sizeof roles / sizeof *roles)
			role = NULL;
	if (!role)
		bus_fail("usage", "ROLE SIZE COUNT HOW");
	uint64_t count = strtoul(argv[3], NULL, 10);
	read_how(argv[4]);
	/* The writing side on the first, the reading side on the second. */
	if (how.pinned)
		end_stay_on_processor(how.pinned == 2 && role->reads_alone);
	const struct bus_options options = {
		.write_topic = role->write_topic,
		.read_topic = role->read_topic,
		.size_bytes = strtoul(argv[2], NULL, 10),
		.readers = how.readers,
		.history = role->run == hold || role->run == join,
	};
	bus_open(&options);
	if (role->waits)
		bus_wait_matched();
	role->run(count / 10, count);
	bus_close();
	return 0;
}
