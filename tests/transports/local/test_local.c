/* Endpoints of one process that come and go while others are served: each thread here ends its
 * own at any moment of another's. What they would touch after its end, sanitizers show. */
#include "bus.h"

#define ROUNDS 2000

static struct tern_participant *bus;

struct side {
	struct bus_thread thread;
	struct tern_qos qos;
};

static void make_readers(void *context)
{
	const struct side *side = context;

	for (int i = 0; i < ROUNDS; i++) {
		struct tern_reader *reader = bus_reader(bus, "a", &side->qos);
		struct tern_sample *samples;
		int32_t count = tern_reader_take(reader, 10, &samples);
		CU_ASSERT_TRUE_FATAL(count >= 0);
		tern_reader_return(reader, count > 0 ? samples : NULL);
		OK(tern_reader_destroy(reader));
	}
}

static void make_writers(void *context)
{
	const struct side *side = context;

	for (int i = 0; i < ROUNDS; i++) {
		struct tern_writer *writer = bus_writer(bus, "a", &side->qos);
		OK(bus_write(writer, i, i));
		OK(tern_writer_destroy(writer));
	}
}

static void come_and_go(struct tern_qos (*qos)(tern_endpoint_kind kind))
{
	struct side sides[4];

	bus = bus_open("local");
	for (size_t i = 0; i < 4; i++) {
		bool reads = i % 2;
		sides[i].qos = qos(reads ? TERN_READER : TERN_WRITER);
		bus_thread_start(&sides[i].thread, reads ? make_readers : make_writers,
		                 &sides[i]);
	}
	for (size_t i = 0; i < 4; i++)
		bus_thread_join(&sides[i].thread);
	bus_close(bus);
}

static void readers_come_and_go_while_writers_do(void)
{
	come_and_go(bus_keep_all);
}

static void late_readers_come_and_go_while_writers_do(void)
{
	come_and_go(bus_durable);
}

static const struct suite_test tests[] = {
	{ "readers_come_and_go_while_writers_do", readers_come_and_go_while_writers_do },
	{ "late_readers_come_and_go_while_writers_do",
	  late_readers_come_and_go_while_writers_do },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
