/* Pairs where something is short: room in the reader's history, memory on either side. */
#include <limits.h>
#include <string.h>
#include <sys/resource.h>

#include "ring_reader_impl.h"
#include "ring_writer_impl.h"
#include "routing.h"
#include "shm.h"

/* After those whose parameters have the names of its ends. */
#include "pair_fixture.h"

/* ---- a history without room ---------------------------------------------------------------- */

/* One more writer in the writer's process, with the number 2. */
static struct tern_transport_endpoint *begin_second(struct tern_endpoint_info *ret_info)
{
	struct tern_transport_endpoint *second;

	*ret_info = writer.info;
	ret_info->guid.bytes[15] = 2;
	OK(shm->announce(writer.transport, (struct tern_port *)(void *)&writer, ret_info,
	                 &second));
	look();
	OK(shm->attach(reader.endpoint, ret_info));
	return second;
}

static void a_writer_without_room_does_not_keep_others_from_theirs(void)
{
	struct tern_endpoint_info info;

	begin_pair();
	struct tern_transport_endpoint *second = begin_second(&info);
	for (unsigned full = 1; full <= 2; full++) {
		no_room_for = writer.info.guid;
		no_room_for.bytes[15] = (uint8_t)full;
		memset(delivered_of, 0, sizeof delivered_of);
		OK(write_one(0));
		OK(write_by(second, 0));
		shm->poll(reader.endpoint);
		CU_ASSERT_EQUAL(delivered_of[full], 0);
		CU_ASSERT_EQUAL(delivered_of[3 - full], full);
	}
	no_room_for = (struct tern_guid){ 0 };
	shm->detach(reader.endpoint, &info.guid);
	shm->detach(reader.endpoint, &writer.info.guid);
	shm->withdraw(second);
	end_pair();
}

static void writers_take_turns_where_there_is_little_room(void)
{
	struct tern_endpoint_info info;

	begin_pair();
	struct tern_transport_endpoint *second = begin_second(&info);
	for (int i = 0; i < 100; i++) {
		OK(write_one(0));
		OK(write_by(second, 0));
	}
	for (int i = 0; i < 20; i++) {
		room = 1;
		shm->poll(reader.endpoint);
	}
	CU_ASSERT_EQUAL(delivered_of[1], 10);
	CU_ASSERT_EQUAL(delivered_of[2], 10);
	shm->detach(reader.endpoint, &info.guid);
	shm->detach(reader.endpoint, &writer.info.guid);
	shm->withdraw(second);
	end_pair();
}

/* ---- without memory ------------------------------------------------------------------------ */

/* From here on no file grows, or they do again. */
static void limit_files(bool on)
{
	struct rlimit limit;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = on ? 1 : limit.rlim_max;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_writer_that_nobody_reads_goes_on_without_memory(void)
{
	late_depth = 10000;
	begin_ends();
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	limit_files(true);
	for (int32_t i = 0; i < late_depth; i++)
		OK(write_one(0));
	limit_files(false);
	CU_ASSERT_TRUE(writer.endpoint->gave_up);
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host_log(), "gives up its place"));
	/* What it held is free for others. */
	const struct descriptor_table *table =
		&writer.endpoint->publication->ring->descriptors;
	CU_ASSERT_EQUAL(table->free_count, table->count);
	/* Both ends know, those who wait and those who come. */
	look();
	CU_ASSERT_EQUAL(writer.broken, 1);
	CU_ASSERT_EQUAL(writer.why, TERN_ENOMEM);
	CU_ASSERT_EQUAL(shm->attach(reader.endpoint, &writer.info), TERN_ENOMEM);
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_ENOMEM);
	OK(write_one(0));
	end_pair();
	late_depth = 0;
}

static void a_writer_that_is_read_says_that_memory_is_short(void)
{
	tern_status s = TERN_OK;

	late_depth = 10000;
	begin_pair();
	limit_files(true);
	for (int32_t i = 0; i < late_depth && s == TERN_OK; i++)
		s = write_one(0);
	limit_files(false);
	CU_ASSERT_EQUAL(s, TERN_ENOMEM);
	OK(write_one(0));
	look();
	CU_ASSERT_EQUAL(writer.broken, 0);
	shm->poll(reader.endpoint);
	CU_ASSERT_TRUE(reader.delivered > 0);
	shm->detach(reader.endpoint, &writer.info.guid);
	end_pair();
	late_depth = 0;
}

static bool has_memory;

static tern_status open_if_there_is_memory(const struct tern_type *type,
                                           const struct tern_foreign_block *blocks,
                                           uint32_t block_count, uint64_t address,
                                           struct tern_foreign_view *ret_view)
{
	(void)type;
	(void)block_count;
	(void)address;
	if (!has_memory)
		return shm_host.fail(TERN_ENOMEM, "no memory for a sample's pointers");
	ret_view->sample = blocks[0].data;
	return TERN_OK;
}

static bool has_come(void *context)
{
	(void)context;
	shm->discover(reader.transport); /* nobody rings, and nobody polls */
	return reader.delivered == 1;
}

static void a_reader_without_memory_says_so_and_tries_again(void)
{
	begin_pair();
	struct tern_type with_pointers = routing_Step_type;
	with_pointers.flags &= ~(uint32_t)TERN_TYPE_FLAT;
	reader.endpoint->attached->ring->config.type = &with_pointers;
	host.foreign_open = open_if_there_is_memory;
	has_memory = false;
	OK(write_one(0));
	shm->poll(reader.endpoint);
	CU_ASSERT_EQUAL(reader.delivered, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(shm_host_log(), "no memory for a sample's"));
	look(); /* nothing is news any more */
	CU_ASSERT_EQUAL(reader.delivered, 0);
	has_memory = true;
	CU_ASSERT_TRUE(suite_wait_until(has_come, NULL, 20 * SUITE_SECOND_NS));
	CU_ASSERT_EQUAL(reader.broken, 0);
	shm->detach(reader.endpoint, &writer.info.guid);
	end_pair();
}

/* It tried to, and found somebody who reads it. */
static void who_saw_a_writer_give_up_takes_another_way_at_both_ends(void)
{
	late_depth = 1;
	begin_ends();
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	shm_entry_refuse(writer.transport, &writer.endpoint->announcement, TERN_ENOMEM);
	CU_ASSERT_EQUAL(shm->attach(reader.endpoint, &writer.info), TERN_ENOMEM);
	shm_entry_refuse(writer.transport, &writer.endpoint->announcement, TERN_OK);
	look();
	CU_ASSERT_EQUAL(writer.ready, 0);
	CU_ASSERT_EQUAL(writer.broken, 1);
	end_pair();
	late_depth = 0;
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "a_writer_without_room_does_not_keep_others_from_theirs",
		  a_writer_without_room_does_not_keep_others_from_theirs },
		{ "writers_take_turns_where_there_is_little_room",
		  writers_take_turns_where_there_is_little_room },
		{ "a_writer_that_nobody_reads_goes_on_without_memory",
		  a_writer_that_nobody_reads_goes_on_without_memory },
		{ "a_writer_that_is_read_says_that_memory_is_short",
		  a_writer_that_is_read_says_that_memory_is_short },
		{ "a_reader_without_memory_says_so_and_tries_again",
		  a_reader_without_memory_says_so_and_tries_again },
		{ "who_saw_a_writer_give_up_takes_another_way_at_both_ends",
		  who_saw_a_writer_give_up_takes_another_way_at_both_ends },
	};
	return SUITE_RUN(argc, argv, tests);
}
