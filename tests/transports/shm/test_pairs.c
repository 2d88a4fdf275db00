/* Pairs over two transports of one process: what either end is told when the other one dies, leaves,
 * breaks or refuses. What core makes of it is test_routing.c's. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "ring_reader_impl.h"
#include "ring_writer_impl.h"
#include "routing.h"
#include "shm.h"

/* After those whose parameters have the names of its ends. */
#include "pair_fixture.h"

/* ---- tests --------------------------------------------------------------------------------- */

/* Its ring is full of what the dead did not read, and nobody but the writer looks around. */
static void a_writer_goes_on_when_another_process_buries_its_reader(void)
{
	begin_pair();
	for (int i = 0; i < RING_CAPACITY; i++)
		OK(write_one(0));
	CU_ASSERT_EQUAL(write_one(0), TERN_ETIMEDOUT);
	/* As who reaps it does. */
	registry_leave(reader.transport->registry);
	CU_ASSERT_EQUAL(write_one(20 * SUITE_SECOND_NS), TERN_OK);
	shm->detach(reader.endpoint, &writer.info.guid);
	end_pair();
}

static void when_a_reader_cannot_go_on_the_writer_takes_another_way_too(void)
{
	begin_pair();
	OK(write_one(0));
	struct ring_writer *damaged = writer.endpoint->publication->ring;
	for (uint32_t i = 0; i < damaged->descriptors.count; i++)
		damaged->descriptors.all[i].shared->kind = 99;
	shm->poll(reader.endpoint);
	look();
	CU_ASSERT_EQUAL(reader.broken, 1);
	CU_ASSERT_EQUAL(writer.broken, 0);
	shm->detach(reader.endpoint, &writer.info.guid); /* as core does then */
	look();
	CU_ASSERT_EQUAL(writer.broken, 1);
	CU_ASSERT_EQUAL(writer.why, TERN_EMALFORMED);
	shm->detach(writer.endpoint, &reader.info.guid);
	look();
	CU_ASSERT_EQUAL(writer.broken, 1);
	end_pair();
}

static void a_reader_that_just_leaves_breaks_nothing(void)
{
	begin_pair();
	shm->detach(reader.endpoint, &writer.info.guid);
	look();
	CU_ASSERT_EQUAL(writer.broken, 0);
	CU_ASSERT_EQUAL(reader.broken, 0);
	end_pair();
}

static void who_attaches_in_memory_that_cannot_be_read_takes_another_way(void)
{
	begin_ends();
	CU_ASSERT_EQUAL(reach(&writer, &reader), TERN_REACH_YES);
	CU_ASSERT_EQUAL(reach(&reader, &writer), TERN_REACH_YES);
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	OK(shm->attach(reader.endpoint, &writer.info));
	reader.endpoint->attached->ring->attachment->claims = UINT64_C(1) << 40;
	look();
	CU_ASSERT_EQUAL(reach(&writer, &reader), TERN_REACH_NO);
	CU_ASSERT_EQUAL(reach(&reader, &writer), TERN_REACH_NO);
	shm->detach(reader.endpoint, &writer.info.guid);
	end_pair();
}

/* As a process does that has no room to announce an endpoint. */
static void leave(struct end *end)
{
	snprintf(end->transport->left, sizeof end->transport->left, "it has no room");
	shm_news(end->transport);
	shm->discover(end->transport);
}

static void what_is_lent_to_a_process_that_left_stays_as_it_is(void)
{
	begin_pair();
	OK(write_one(0));
	shm->poll(reader.endpoint);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader.kept);
	const routing_Step *lent = reader.kept->data;
	const uint64_t before = lent->count;
	leave(&reader);
	shm->detach(reader.endpoint, &writer.info.guid); /* as core does then */
	look();
	for (int i = 0; i < 8 * RING_CAPACITY; i++)
		OK(write_one(0));
	CU_ASSERT_EQUAL(lent->count, before);
	end_pair();
}

/* It attached and claims, and the writer cannot read that. @return what is lent */
static const routing_Step *lend_unseen(void)
{
	late_depth = 1;
	begin_ends();
	OK(write_one(0));
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	OK(shm->attach(reader.endpoint, &writer.info));
	reader.endpoint->attached->ring->attachment->claims = UINT64_C(1) << 40;
	shm->poll(reader.endpoint);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader.kept);
	const routing_Step *lent = reader.kept->data;
	const uint64_t before = lent->count;
	for (int i = 0; i < 8 * RING_CAPACITY; i++)
		OK(write_one(0));
	CU_ASSERT_EQUAL(lent->count, before);
	late_depth = 0;
	return lent;
}

static void what_is_lent_to_whom_a_writer_cannot_see_stays_as_it_is(void)
{
	(void)lend_unseen();
	/* Nothing that is not kept for it is lent to it, although it has not looked around. */
	shm->poll(reader.endpoint);
	CU_ASSERT_EQUAL(reader.delivered, 1);
	/* With its process that ends. */
	CU_ASSERT_NOT_EQUAL(writer.transport->kept_before, 0);
	shm->withdraw(writer.endpoint);
	writer.endpoint = NULL;
	CU_ASSERT_PTR_NOT_NULL(writer.transport->publications);
	shm->detach(reader.endpoint, &writer.info.guid);
	finish(&reader);
	shm->discover(writer.transport);
	CU_ASSERT_EQUAL(writer.transport->kept_before, 0);
	CU_ASSERT_PTR_NULL(writer.transport->publications);
	finish(&writer);
	shm_directory_remove();
}

/* All that was kept for it is let go of here, which the address sanitizer looks after. */
static void what_is_lent_to_it_stays_as_it_is_when_the_writers_process_ends(void)
{
	const routing_Step *lent = lend_unseen();
	const uint64_t before = lent->count;

	finish(&writer);
	CU_ASSERT_EQUAL(lent->count, before);
	shm->detach(reader.endpoint, &writer.info.guid);
	finish(&reader);
	shm_directory_remove();
}

static void who_left_is_not_waited_for(void)
{
	begin_ends();
	leave(&reader);
	CU_ASSERT_EQUAL(reach(&reader, &writer), TERN_REACH_NO);
	shm->discover(writer.transport);
	CU_ASSERT_EQUAL(reach(&writer, &reader), TERN_REACH_NO);
	/* Nor by one that comes after that. */
	finish(&writer);
	begin(&writer, TERN_WRITER);
	shm->discover(writer.transport);
	CU_ASSERT_EQUAL(reach(&writer, &reader), TERN_REACH_NO);
	end_pair();
}

/* Only some of its files were: the registry still names it. */
static void whose_files_were_removed_takes_another_way_to_newcomers(void)
{
	char name[SHM_NAME_SIZE_BYTES], path[128];

	begin_ends();
	finish(&writer);
	registry_file_name(reader.transport->registry, reader.transport->slot,
	                   reader.transport->generation, "data", name);
	snprintf(path, sizeof path, "%s/%s", shm_directory_path(), name);
	CU_ASSERT_EQUAL(unlink(path), 0);
	begin(&writer, TERN_WRITER);
	look();
	CU_ASSERT_EQUAL(reach(&writer, &reader), TERN_REACH_NO);
	CU_ASSERT_EQUAL(reach(&reader, &writer), TERN_REACH_NO);
	end_pair();
}

static unsigned count_refusals(void)
{
	struct segment *segment = reader.transport->segment;
	struct shm_data *data = segment_header(segment);
	unsigned count = 0;

	for (uint32_t i = 0; i < atomic_load(&data->attachment_count); i++) {
		const struct shm_attachment *one =
			segment_array_at(segment, &data->attachments, sizeof *one, i);
		count += (atomic_load(&one->state) & 0xff) == SHM_ATTACHMENT_REFUSED;
	}
	return count;
}

static void refusals_of_a_writer_end_with_its_process(void)
{
	begin_ends();
	writer.endpoint->publication->ring->ring->capacity = 3;
	CU_ASSERT_EQUAL(shm->attach(reader.endpoint, &writer.info), TERN_EMALFORMED);
	CU_ASSERT_EQUAL(count_refusals(), 1);
	registry_leave(writer.transport->registry);
	look();
	CU_ASSERT_EQUAL(count_refusals(), 0);
	end_pair();
}

static void pairs_beyond_what_others_look_at_are_refused(void)
{
	begin_ends();
	struct segment *segment = reader.transport->segment;
	struct shm_data *data = segment_header(segment);
	struct shm_attachment *one;
	for (uint32_t i = 0; i < SHM_ENTRIES_MAX; i++) {
		one = segment_array_at(segment, &data->attachments, sizeof *one, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(one);
		atomic_store(&one->state, 1 << 8 | SHM_ATTACHMENT_ACTIVE);
	}
	atomic_store(&data->attachment_count, SHM_ENTRIES_MAX);
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	CU_ASSERT_EQUAL(shm->attach(reader.endpoint, &writer.info), TERN_ENOMEM);
	look();
	CU_ASSERT_EQUAL(writer.ready, 0);
	CU_ASSERT_EQUAL(writer.broken, 1);
	/* Others believe that for good. */
	one = segment_array_at(segment, &data->attachments, sizeof *one, 0);
	atomic_store(&one->state, 1 << 8 | SHM_ATTACHMENT_FREE);
	CU_ASSERT_EQUAL(shm->attach(reader.endpoint, &writer.info), TERN_ENOMEM);
	end_pair();
}

static void a_reader_that_cannot_look_at_a_type_refuses(void)
{
	begin_ends();
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	types_verdict = TERN_ENOMEM;
	CU_ASSERT_EQUAL(shm->attach(reader.endpoint, &writer.info), TERN_ENOMEM);
	types_verdict = TERN_OK;
	look();
	CU_ASSERT_EQUAL(writer.broken, 1);
	end_pair();
}

static void a_writer_that_cannot_look_at_a_type_refuses(void)
{
	begin_ends();
	OK(shm->attach(reader.endpoint, &writer.info)); /* before it could know */
	types_verdict = TERN_ENOMEM;
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_ENOMEM);
	types_verdict = TERN_OK;
	look();
	CU_ASSERT_EQUAL(reach(&reader, &writer), TERN_REACH_NO);
	CU_ASSERT_EQUAL(reach(&writer, &reader), TERN_REACH_NO);
	shm->detach(reader.endpoint, &writer.info.guid);
	end_pair();
}

static void all_that_a_writer_left_is_read_at_once(void)
{
	late_depth = 10000;
	begin_ends();
	for (int32_t i = 0; i < late_depth; i++)
		OK(write_one(0));
	OK(shm->attach(reader.endpoint, &writer.info));
	shm->withdraw(writer.endpoint);
	writer.endpoint = NULL;
	shm->poll(reader.endpoint);
	CU_ASSERT_EQUAL(reader.delivered, (uint32_t)late_depth);
	shm->detach(reader.endpoint, &writer.info.guid);
	end_pair();
	late_depth = 0;
}

static unsigned count_claims(void)
{
	const struct ring_reader *ours = reader.endpoint->attached->ring;
	unsigned count = 0;

	for (uint32_t i = 0; i < ours->claim_count; i++)
		count += atomic_load(&ours->claims[i]) != 0;
	return count;
}

static void what_a_child_of_fork_returns_its_parent_keeps(void)
{
	int status = -1;

	begin_pair();
	OK(write_one(0));
	shm->poll(reader.endpoint);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader.kept);
	CU_ASSERT_EQUAL(count_claims(), 1);
	pid_t pid = fork();
	if (pid == 0) {
		tern_payload_unref(reader.kept);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(count_claims(), 1);
	tern_payload_unref(reader.kept);
	reader.kept = NULL;
	CU_ASSERT_EQUAL(count_claims(), 0);
	shm->detach(reader.endpoint, &writer.info.guid);
	end_pair();
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "a_writer_goes_on_when_another_process_buries_its_reader",
		  a_writer_goes_on_when_another_process_buries_its_reader },
		{ "when_a_reader_cannot_go_on_the_writer_takes_another_way_too",
		  when_a_reader_cannot_go_on_the_writer_takes_another_way_too },
		{ "a_reader_that_just_leaves_breaks_nothing",
		  a_reader_that_just_leaves_breaks_nothing },
		{ "who_attaches_in_memory_that_cannot_be_read_takes_another_way",
		  who_attaches_in_memory_that_cannot_be_read_takes_another_way },
		{ "what_is_lent_to_a_process_that_left_stays_as_it_is",
		  what_is_lent_to_a_process_that_left_stays_as_it_is },
		{ "what_is_lent_to_whom_a_writer_cannot_see_stays_as_it_is",
		  what_is_lent_to_whom_a_writer_cannot_see_stays_as_it_is },
		{ "what_is_lent_to_it_stays_as_it_is_when_the_writers_process_ends",
		  what_is_lent_to_it_stays_as_it_is_when_the_writers_process_ends },
		{ "who_left_is_not_waited_for", who_left_is_not_waited_for },
		{ "whose_files_were_removed_takes_another_way_to_newcomers",
		  whose_files_were_removed_takes_another_way_to_newcomers },
		{ "refusals_of_a_writer_end_with_its_process",
		  refusals_of_a_writer_end_with_its_process },
		{ "pairs_beyond_what_others_look_at_are_refused",
		  pairs_beyond_what_others_look_at_are_refused },
		{ "a_reader_that_cannot_look_at_a_type_refuses",
		  a_reader_that_cannot_look_at_a_type_refuses },
		{ "a_writer_that_cannot_look_at_a_type_refuses",
		  a_writer_that_cannot_look_at_a_type_refuses },
		{ "all_that_a_writer_left_is_read_at_once",
		  all_that_a_writer_left_is_read_at_once },
		{ "what_a_child_of_fork_returns_its_parent_keeps",
		  what_a_child_of_fork_returns_its_parent_keeps },
	};
	return SUITE_RUN(argc, argv, tests);
}
