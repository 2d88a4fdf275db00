/* The few calls that the DDS benchmark needs of a bus: once over Tern (bus_tern.c), once over
 * plain Cyclone DDS with idlc's types (bus_cyclone.c), so that both wait and copy alike. */
#ifndef TERN_BENCH_BUS_H
#define TERN_BENCH_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_NAME_SIZE_BYTES 32

/** Join domain 0 with a writer and a reader, reliable KEEP_ALL; NULL: without it. */
void bus_open(const char *write_topic, const char *read_topic);
void bus_close(void);

/** Until both ends are matched. */
void bus_wait_matched(void);
/** One sample of size_bytes of data. Blocks while readers are slow. */
void bus_write(uint64_t number, size_t size_bytes);
void bus_wait_acknowledged(void);

/**
 * Wait for samples, take what is there, 64 at most.
 * @return how many; the last one's number in *ret_number
 */
size_t bus_take(uint64_t *ret_number);

#endif
