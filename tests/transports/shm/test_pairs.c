/* Pairs over two transports of one process, each with a process's GUID of its own: what either end
 * is told when the other one dies, breaks or refuses. What core makes of it is test_routing.c's. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "ring_reader_impl.h"
#include "ring_writer_impl.h"
#include "routing.h"
#include "shm.h"
#include "shm_fixture.h"

#define DOMAIN 5
#define RING_CAPACITY 256 /* of a writer that keeps all */

const struct tern_transport_ops *tern__shm_entry(const struct tern_host *host);

static const struct tern_transport_ops *shm;
static struct tern_host host;

/* One end. What its core would have heard. */
struct end {
	struct tern_transport_config config;
	struct tern_transport *transport;
	struct tern_endpoint_info info;
	struct tern_transport_endpoint *endpoint;
	unsigned ready, broken, delivered;
	tern_status why;
	struct tern_payload *kept; /* the last that was delivered */
};

static struct end writer, reader;
static uint64_t written;   /* the count of the last step */
static int32_t late_depth; /* 0: volatile, and all is kept */

static struct end *end_of(const void *port)
{
	return port == &writer ? &writer : &reader;
}

/* ---- core ---------------------------------------------------------------------------------- */

static void peer_news(struct tern_domain *domain, struct tern_transport *transport,
                      const struct tern_peer_info *peer)
{
	(void)domain;
	(void)transport;
	(void)peer;
}

static void guid_news(struct tern_domain *domain, struct tern_transport *transport,
                      const struct tern_guid *guid)
{
	(void)domain;
	(void)transport;
	(void)guid;
}

static void endpoint_news(struct tern_domain *domain, struct tern_transport *transport,
                          const struct tern_endpoint_info *endpoint)
{
	(void)domain;
	(void)transport;
	(void)endpoint;
}

static void reach_news(struct tern_domain *domain, const struct tern_guid *participant)
{
	(void)domain;
	(void)participant;
}

static void pair_ready(struct tern_port *port, struct tern_transport *transport,
                       const struct tern_guid *remote)
{
	(void)transport;
	(void)remote;
	end_of(port)->ready++;
}

static void pair_broken(struct tern_port *port, struct tern_transport *transport,
                        const struct tern_guid *remote, tern_status why, const char *text)
{
	(void)transport;
	(void)remote;
	(void)text;
	end_of(port)->broken++;
	end_of(port)->why = why;
}

static tern_status deliver(struct tern_port *port, struct tern_transport *transport,
                           const struct tern_delivery *delivery)
{
	struct end *end = end_of(port);

	(void)transport;
	tern_payload_unref(end->kept);
	end->delivered++;
	end->kept = tern_payload_ref(delivery->payload);
	return TERN_OK;
}

static void ring(struct tern_port *port)
{
	(void)port;
}

static int64_t deadline_of(struct tern_outgoing *outgoing)
{
	return outgoing->deadline_ns;
}

static tern_status types_verdict;

static tern_status types_match(const struct tern_type *of_reader,
                               const struct tern_type *of_writer,
                               const struct tern_qos *reader_qos)
{
	(void)of_reader;
	(void)of_writer;
	(void)reader_qos;
	return types_verdict;
}

/* ---- two ends ------------------------------------------------------------------------------ */

static void begin(struct end *end, tern_endpoint_kind kind)
{
	*end = (struct end){ .config = { .domain_id = DOMAIN, .process_name = "test" } };
	memset(end->config.process.bytes, kind == TERN_WRITER ? 'w' : 'r',
	       sizeof end->config.process.bytes);
	end->info = (struct tern_endpoint_info){
		.kind = kind,
		.guid = end->config.process,
		.participant = end->config.process,
		.is_tern = true,
		.topic_name = "steps",
		.type_name = routing_Step_type.name,
		.type = &routing_Step_type,
		.qos = kind == TERN_WRITER ? tern_qos_writer_default()
		                           : tern_qos_reader_default(),
		.layout_hash = routing_Step_type.layout_hash,
	};
	end->info.guid.bytes[15] = 1;
	end->info.qos.reliability = TERN_RELIABLE;
	end->info.qos.history = TERN_KEEP_ALL;
	if (late_depth > 0) {
		end->info.qos.durability = TERN_TRANSIENT_LOCAL;
		end->info.qos.history = TERN_KEEP_LAST;
		end->info.qos.history_depth = late_depth;
	}
	OK(shm->start(&host, NULL, &end->config, &end->transport));
	OK(shm->announce(end->transport, (struct tern_port *)(void *)end, &end->info,
	                 &end->endpoint));
}

static void finish(struct end *end)
{
	tern_payload_unref(end->kept);
	if (end->endpoint)
		shm->withdraw(end->endpoint);
	shm->stop(end->transport);
}

static void look(void)
{
	for (int i = 0; i < 3; i++) {
		shm->discover(writer.transport);
		shm->discover(reader.transport);
	}
}

static void begin_ends(void)
{
	host = shm_host;
	host.peer_found = peer_news;
	host.peer_lost = guid_news;
	host.endpoint_found = endpoint_news;
	host.endpoint_lost = guid_news;
	host.reach_changed = reach_news;
	host.pair_ready = pair_ready;
	host.pair_broken = pair_broken;
	host.deliver = deliver;
	host.ring = ring;
	host.outgoing_deadline = deadline_of;
	host.types_match = types_match;
	shm = tern__shm_entry(&host);
	shm_directory_make(0700);
	begin(&writer, TERN_WRITER);
	begin(&reader, TERN_READER);
	look();
}

static void begin_pair(void)
{
	begin_ends();
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	OK(shm->attach(reader.endpoint, &writer.info));
	look();
	CU_ASSERT_EQUAL(writer.ready, 1);
}

static void end_pair(void)
{
	finish(&reader);
	finish(&writer);
	shm_directory_remove();
}

static tern_status write_one(int64_t timeout_ns)
{
	const routing_Step step = { 1, ++written };
	struct tern_outgoing outgoing = {
		.type = &routing_Step_type,
		.sample = &step,
		.source_timestamp_ns = 1,
		.deadline_ns = timeout_ns ? host.monotonic_ns() + timeout_ns : 0,
	};
	tern_status s = shm->reserve(writer.endpoint, &outgoing);

	return s < 0 ? s : shm->commit(writer.endpoint, &outgoing);
}

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

static tern_reach reach(const struct end *from, const struct end *to)
{
	struct tern_peer_info peer = { .guid = to->config.process, .is_tern = true };

	memcpy(peer.host_id, registry_id(to->transport->registry), sizeof peer.host_id);
	return shm->reach(from->transport, &peer);
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
		{ "who_left_is_not_waited_for", who_left_is_not_waited_for },
		{ "refusals_of_a_writer_end_with_its_process",
		  refusals_of_a_writer_end_with_its_process },
		{ "pairs_beyond_what_others_look_at_are_refused",
		  pairs_beyond_what_others_look_at_are_refused },
		{ "a_writer_that_nobody_reads_goes_on_without_memory",
		  a_writer_that_nobody_reads_goes_on_without_memory },
		{ "a_writer_that_is_read_says_that_memory_is_short",
		  a_writer_that_is_read_says_that_memory_is_short },
		{ "who_saw_a_writer_give_up_takes_another_way_at_both_ends",
		  who_saw_a_writer_give_up_takes_another_way_at_both_ends },
		{ "a_reader_that_cannot_look_at_a_type_refuses",
		  a_reader_that_cannot_look_at_a_type_refuses },
		{ "all_that_a_writer_left_is_read_at_once",
		  all_that_a_writer_left_is_read_at_once },
		{ "what_a_child_of_fork_returns_its_parent_keeps",
		  what_a_child_of_fork_returns_its_parent_keeps },
	};
	return SUITE_RUN(argc, argv, tests);
}
