/* One end of a benchmark over DDS: a writer, a reader, and a waitset to wait with. There are two,
 * each in a program of its own: Tern (dds_bus_tern.c) and plain Cyclone DDS (dds_bus_cyclone.c),
 * with the same type and QoS: reliable, KEEP_ALL, volatile. What fails ends the program. */
#ifndef TERN_BENCH_DDS_BUS_H
#define TERN_BENCH_DDS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "end.h"

/** How long a write may block, and how long anything else is waited for. */
#define BUS_PATIENCE_NS INT64_C(10000000000)
#define BUS_FOREVER INT64_MAX

/** Samples that one take takes at most. */
#define BUS_TAKE_MAX 256

/**
 * @param write_topic  NULL: no writer
 * @param read_topic   NULL: no reader
 * @param size_bytes   of the samples to write, 12..
 */
void bus_open(const char *write_topic, const char *read_topic, size_t size_bytes);
void bus_close(void);

/** Wait until writer and reader have found their other ends. */
void bus_wait_matched(void);

void bus_write(uint64_t number);
/** Wait until all that was written has arrived. */
void bus_wait_acknowledged(void);

/** Wait until there is something to take. @return false: the time is over */
bool bus_wait(int64_t timeout_ns);
/**
 * Take samples and give them back.
 * @param ret_number  of the last of them
 * @return how many
 */
uint32_t bus_take(uint32_t max, uint64_t *ret_number);

#endif
