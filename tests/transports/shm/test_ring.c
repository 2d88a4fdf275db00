/* One writer and its readers: what is published is read once, in order, in place. */
#include <string.h>

#include "ring_fixture.h"
#include "types.h"

static struct ring_process writer, reader;

static struct tern_qos qos_of(tern_reliability reliability, tern_history history,
                              int32_t depth)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.reliability = reliability;
	qos.history = history;
	qos.history_depth = depth;
	return qos;
}

static void begin(const struct tern_type *type, const struct tern_qos *qos)
{
	shm_directory_make(0700);
	ring_process_begin(&writer, 0);
	ring_process_begin(&reader, 0);
	ring_process_create_writer(&writer, type, qos);
}

static void end(void)
{
	ring_process_end(&reader);
	ring_process_end(&writer);
	shm_directory_remove();
}

static tern_status write_tick(uint64_t number)
{
	const test_Tick tick = { .number = number };

	return ring_process_write(&writer, &tick);
}

static void what_is_written_is_read_in_place(void)
{
	const struct tern_qos qos = qos_of(TERN_BEST_EFFORT, TERN_KEEP_LAST, 1);
	struct ring_reader *ring;
	struct tern_delivery delivery;

	begin(&test_Tick_type, &qos);
	OK(write_tick(1));
	struct ring_reader_config config =
		ring_process_reader_config(&reader, writer.slot, &test_Tick_type);
	OK(ring_reader_attach(&config, &ring));
	CU_ASSERT_EQUAL(ring_reader_peek(ring, &delivery), TERN_EAGAIN);
	for (uint64_t i = 2; i < 500; i++) {
		OK(write_tick(i));
		OK(ring_reader_peek(ring, &delivery));
		const test_Tick *tick = delivery.payload->data;
		CU_ASSERT_EQUAL(tick->number, i);
		CU_ASSERT_EQUAL(delivery.sequence_number, i);
		CU_ASSERT_EQUAL(delivery.source_timestamp_ns, writer.timestamp_ns);
		CU_ASSERT_EQUAL(delivery.payload->form, TERN_PAYLOAD_NATIVE);
		ring_reader_pop(ring);
		CU_ASSERT_EQUAL(ring_reader_peek(ring, &delivery), TERN_EAGAIN);
	}
	struct ring_writer_usage usage;
	ring_writer_usage_get(writer.writer, &usage);
	CU_ASSERT_EQUAL(usage.head, 499);
	CU_ASSERT_EQUAL(usage.connections, 1);
	CU_ASSERT_TRUE(usage.descriptors < 200);
	ring_reader_detach(ring);
	OK(write_tick(500));
	ring_writer_usage_get(writer.writer, &usage);
	CU_ASSERT_EQUAL(usage.connections, 0);
	end();
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "what_is_written_is_read_in_place", what_is_written_is_read_in_place },
	};

	return SUITE_RUN(argc, argv, tests);
}
