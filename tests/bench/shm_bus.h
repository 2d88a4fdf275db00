/* One end of a benchmark within a host: a writer, a reader, and something to wait with. There are
 * three, each in a program of its own: Tern (shm_bus_tern.c), iceoryx (shm_bus_iceoryx.c) and
 * ZeroMQ over ipc (shm_bus_zmq.c); all reliable: a slow reader holds the writer back. What fails
 * ends the program. A sample begins with its number, 8 bytes. */
#ifndef TERN_BENCH_SHM_BUS_H
#define TERN_BENCH_SHM_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "end.h"

#define BUS_PATIENCE_NS INT64_C(20000000000)
#define BUS_TAKE_MAX 64

struct bus_options {
	const char *write_topic; /* NULL: no writer */
	const char *read_topic;  /* NULL: no reader */
	size_t size_bytes;       /* of a sample, 64.. */
	uint32_t readers;        /* that the writer waits for */
	bool history; /* the last sample is for who joins late, if the bus has that */
};

void bus_open(const struct bus_options *options);
void bus_close(void);
/** Wait until the writer has its readers and the reader a writer. */
void bus_wait_matched(void);

/** Copy a sample of the bus's own out. */
void bus_write(uint64_t number);
/** Build a sample in memory of the bus and hand it over. touch: write every byte. */
void bus_publish(uint64_t number, bool touch);

/** Wait, blocked, until there is something to take. @return false: the time is over */
bool bus_wait(int64_t timeout_ns);
/**
 * Take samples and give them back. Never waits.
 * @param touch       read every byte
 * @param ret_number  of the last of them
 * @return how many
 */
uint32_t bus_take(uint32_t max, bool touch, uint64_t *ret_number);

/** Read every byte, in a way that the compiler cannot leave out. */
void bus_read_all(const void *data, size_t size_bytes);

#endif
