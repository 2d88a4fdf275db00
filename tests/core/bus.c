/* Short ways around a participant, for tests. */
#include "bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void bus_check(tern_status status, const char *what, const char *file, int line)
{
	if (status >= 0)
		return;
	printf("\n%s:%d: %s: %s: %s\n", file, line, what, tern_status_name(status),
	       tern_error_text());
	CU_assertImplementation(CU_FALSE, (unsigned)line, what, file, "", CU_TRUE);
}

struct tern_participant *bus_open(const char *transports)
{
	struct tern_participant *bus = NULL;

	setenv("TERN_TRANSPORTS", transports, 1);
	OK(tern_participant_create(0, "test", &bus));
	return bus;
}

void bus_close(struct tern_participant *bus)
{
	OK(tern_participant_destroy(bus));
}

struct tern_qos bus_keep_all(tern_endpoint_kind kind)
{
	struct tern_qos qos = kind == TERN_WRITER ? tern_qos_writer_default()
	                                          : tern_qos_reader_default();

	qos.reliability = TERN_RELIABLE;
	qos.history = TERN_KEEP_ALL;
	return qos;
}

struct tern_qos bus_durable(tern_endpoint_kind kind)
{
	struct tern_qos qos = bus_keep_all(kind);

	qos.durability = TERN_TRANSIENT_LOCAL;
	return qos;
}

struct tern_writer *bus_writer(struct tern_participant *bus, const char *topic,
                               const struct tern_qos *qos)
{
	struct tern_writer *writer = NULL;

	OK(tern_writer_create(bus, topic, &test_Point_type, qos, &writer));
	return writer;
}

struct tern_reader *bus_reader(struct tern_participant *bus, const char *topic,
                               const struct tern_qos *qos)
{
	struct tern_reader *reader = NULL;

	OK(tern_reader_create(bus, topic, &test_Point_type, qos, &reader));
	return reader;
}

tern_status bus_write(struct tern_writer *writer, int32_t id, int32_t number)
{
	const test_Point point = { .id = id, .number = number };

	return tern_writer_write(writer, &point);
}

static void print_sample(const struct tern_sample *sample, char *text, size_t size_bytes)
{
	const test_Point *point = sample->data;

	if (sample->info.valid_data)
		snprintf(text, size_bytes, "%d:%d", point->id, point->number);
	else
		snprintf(text, size_bytes, "%d%s", point->id,
		         sample->info.instance_state == TERN_NOT_ALIVE_DISPOSED ? "!"
		         : sample->info.instance_state == TERN_NOT_ALIVE_NO_WRITERS
		                 ? "?"
		                 : "+");
}

static const char *print_all(struct tern_reader *reader,
                             int32_t (*fetch)(struct tern_reader *, uint32_t,
                                              struct tern_sample **))
{
	static char text[65536];
	struct tern_sample *samples = NULL;
	size_t used = 0;

	text[0] = 0;
	int32_t count = fetch(reader, UINT32_MAX, &samples);
	OK(count);
	for (int32_t i = 0; i < count && used + 32 < sizeof text; i++) {
		if (used)
			text[used++] = ' ';
		print_sample(&samples[i], text + used, sizeof text - used);
		used += strlen(text + used);
	}
	if (count > 0)
		tern_reader_return(reader, samples);
	return text;
}

const char *bus_take(struct tern_reader *reader)
{
	return print_all(reader, tern_reader_take);
}

const char *bus_read(struct tern_reader *reader)
{
	return print_all(reader, tern_reader_read);
}

void bus_expect(const char *got, const char *wanted, const char *file, int line)
{
	bool same = strcmp(got, wanted) == 0;

	if (!same)
		printf("\n%s:%d: got \"%s\", wanted \"%s\"\n", file, line, got, wanted);
	CU_assertImplementation(same, (unsigned)line, wanted, file, "", CU_FALSE);
}

static void *thread_run(void *context)
{
	struct bus_thread *thread = context;

	atomic_store(&thread->tid, gettid());
	thread->run(thread->context);
	atomic_store(&thread->done, true);
	return NULL;
}

void bus_thread_start(struct bus_thread *thread, void (*run)(void *context),
                      void *context)
{
	thread->run = run;
	thread->context = context;
	atomic_store(&thread->tid, 0);
	atomic_store(&thread->done, false);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread->thread, NULL, thread_run, thread),
	                      0);
}

static bool sleeps_or_done(void *context)
{
	const struct bus_thread *thread = context;
	char path[64], state = 0;

	if (atomic_load(&thread->done))
		return true;
	snprintf(path, sizeof path, "/proc/self/task/%d/stat",
	         (int)atomic_load(&thread->tid));
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	int got = fscanf(file, "%*d (%*[^)]) %c", &state);
	fclose(file);
	return got == 1 && state == 'S';
}

bool bus_thread_sleeps(struct bus_thread *thread)
{
	CU_ASSERT_TRUE_FATAL(suite_wait_until(sleeps_or_done, thread, SECONDS(20)));
	return !atomic_load(&thread->done);
}

static bool is_done(void *context)
{
	const struct bus_thread *thread = context;

	return atomic_load(&thread->done);
}

void bus_thread_join(struct bus_thread *thread)
{
	CU_ASSERT_TRUE_FATAL(suite_wait_until(is_done, thread, SECONDS(20)));
	pthread_join(thread->thread, NULL);
}

static struct {
	pthread_mutex_t lock;
	char text[65536];
	size_t used;
} lines = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void take_line(tern_log_level level, const char *text, void *context)
{
	(void)level;
	(void)context;
	pthread_mutex_lock(&lines.lock);
	int written = snprintf(lines.text + lines.used, sizeof lines.text - lines.used,
	                       "%s\n", text);
	if (written > 0 && lines.used + (size_t)written < sizeof lines.text)
		lines.used += (size_t)written;
	pthread_mutex_unlock(&lines.lock);
}

void bus_log_begin(void)
{
	pthread_mutex_lock(&lines.lock);
	lines.used = 0;
	lines.text[0] = 0;
	pthread_mutex_unlock(&lines.lock);
	tern_log_set_sink(take_line, NULL);
}

bool bus_log_has(const char *text)
{
	pthread_mutex_lock(&lines.lock);
	bool found = strstr(lines.text, text) != NULL;
	pthread_mutex_unlock(&lines.lock);
	return found;
}

void bus_log_end(void)
{
	tern_log_set_sink(NULL, NULL);
}
