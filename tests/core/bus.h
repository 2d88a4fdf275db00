/* A participant with the local transport alone, and short ways to write and take test_Points. */
#ifndef TERN_TESTS_CORE_BUS_H
#define TERN_TESTS_CORE_BUS_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include <tern/tern.h>

#include "suite.h"
#include "types.h"

#define SECONDS(n) ((n)*SUITE_SECOND_NS)
#define MILLISECONDS(n) ((n)*SUITE_MILLISECOND_NS)

/** What must succeed for the test to go on; says the reason if it does not. */
#define OK(call) bus_check((call), #call, __FILE__, __LINE__)
void bus_check(tern_status status, const char *what, const char *file, int line);

/** Join a domain over these transports (TERN_TRANSPORTS). */
struct tern_participant *bus_open(const char *transports);
/** Leave it; nothing may be out. */
void bus_close(struct tern_participant *bus);

/** KEEP_ALL and reliable, on either side. */
struct tern_qos bus_keep_all(tern_endpoint_kind kind);
/** The same and transient-local. */
struct tern_qos bus_durable(tern_endpoint_kind kind);

/** A writer, a reader of test_Point. qos NULL: defaults. */
struct tern_writer *bus_writer(struct tern_participant *bus, const char *topic,
                               const struct tern_qos *qos);
struct tern_reader *bus_reader(struct tern_participant *bus, const char *topic,
                               const struct tern_qos *qos);

tern_status bus_write(struct tern_writer *writer, int32_t id, int32_t number);

/**
 * Take all: "1:10 2:20", in order, as id:number; "1!" disposed, "1?" no writers.
 * @return a text that lives until the next call
 */
const char *bus_take(struct tern_reader *reader);
const char *bus_read(struct tern_reader *reader);

/** Asserts on the text and shows what came instead. */
#define EXPECT(got, wanted) bus_expect((got), (wanted), __FILE__, __LINE__)
void bus_expect(const char *got, const char *wanted, const char *file, int line);

/** A thread that sleeps in the kernel once it has begun: in a wait, if that is all it does. */
struct bus_thread {
	pthread_t thread;
	_Atomic pid_t tid; /* 0: not begun */
	_Atomic bool done;
	void (*run)(void *context);
	void *context;
};

void bus_thread_start(struct bus_thread *thread, void (*run)(void *context),
                      void *context);
/** Wait until it sleeps (true), or is done. */
bool bus_thread_sleeps(struct bus_thread *thread);
/** Wait until it is done; a failure after 20 seconds. */
void bus_thread_join(struct bus_thread *thread);

/** The log of this process from now on, until bus_log_end(). */
void bus_log_begin(void);
/** Was a line with this text logged? */
bool bus_log_has(const char *text);
void bus_log_end(void);

#endif
