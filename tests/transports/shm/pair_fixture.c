/* Two transports of one process, and a core that only notes what it hears. */
#include <limits.h>
#include <string.h>

#include "routing.h"
#include "shm.h"

/* After those whose parameters have the names of its ends. */
#include "pair_fixture.h"

#define DOMAIN 5

const struct tern_transport_ops *tern__shm_entry(const struct tern_host *host);

const struct tern_transport_ops *shm;
struct tern_host host;

struct end writer, reader;
uint64_t written;   /* the count of the last step */
int32_t late_depth; /* 0: volatile, and all is kept */

/* The reader's history. */
unsigned room;
struct tern_guid no_room_for;
unsigned delivered_of[3]; /* by the last byte of the writer's GUID */

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
	if (room == 0 || tern_guid_equal(&delivery->writer, &no_room_for))
		return TERN_EAGAIN;
	room--;
	tern_payload_unref(end->kept);
	end->delivered++;
	delivered_of[delivery->writer.bytes[15]]++;
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

tern_status types_verdict;

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

void begin(struct end *end, tern_endpoint_kind kind)
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

void finish(struct end *end)
{
	tern_payload_unref(end->kept);
	if (end->endpoint)
		shm->withdraw(end->endpoint);
	shm->stop(end->transport);
}

void look(void)
{
	for (int i = 0; i < 3; i++) {
		shm->discover(writer.transport);
		shm->discover(reader.transport);
	}
}

void begin_ends(void)
{
	room = UINT_MAX;
	memset(delivered_of, 0, sizeof delivered_of);
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

void begin_pair(void)
{
	begin_ends();
	CU_ASSERT_EQUAL(shm->attach(writer.endpoint, &reader.info), TERN_EAGAIN);
	OK(shm->attach(reader.endpoint, &writer.info));
	look();
	CU_ASSERT_EQUAL(writer.ready, 1);
}

void end_pair(void)
{
	finish(&reader);
	finish(&writer);
	shm_directory_remove();
}

tern_status write_by(struct tern_transport_endpoint *endpoint, int64_t timeout_ns)
{
	const routing_Step step = { 1, ++written };
	struct tern_outgoing outgoing = {
		.type = &routing_Step_type,
		.sample = &step,
		.source_timestamp_ns = 1,
		.deadline_ns = timeout_ns ? host.monotonic_ns() + timeout_ns : 0,
	};
	tern_status s = shm->reserve(endpoint, &outgoing);

	return s < 0 ? s : shm->commit(endpoint, &outgoing);
}

tern_status write_one(int64_t timeout_ns)
{
	return write_by(writer.endpoint, timeout_ns);
}

tern_reach reach(const struct end *from, const struct end *to)
{
	struct tern_peer_info peer = {
		.guid = to->config.process,
		.is_tern = true,
		.pid = (uint32_t)getpid(),
	};

	memcpy(peer.host_id, registry_id(to->transport->registry), sizeof peer.host_id);
	return shm->reach(from->transport, &peer);
}
