/* Transports that do what a test says. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payload.h"
#include "port.h"
#include "qos.h"
#include "transports_builtin.h"

struct tern_transport {
	struct fake *fake;
	const struct tern_host *host;
	struct tern_domain *domain;
};

struct tern_transport_endpoint {
	struct fake *fake;
	struct tern_port *port;
	tern_endpoint_kind kind;
	tern_durability durability;
	struct fake_remote
		kept; /* with TERN_TRANSPORT_KEEPS_HISTORY: what was committed */
};

struct fake fakes[FAKES] = { { .name = "first" },
	                     { .name = "second" },
	                     { .name = "third" } };

static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static char trace[8192];

static void note(const struct fake *fake, const char *call)
{
	pthread_mutex_lock(&fake_lock);
	size_t used = strlen(trace);
	snprintf(trace + used, sizeof trace - used, "%s.%s ", fake->name, call);
	pthread_mutex_unlock(&fake_lock);
}

const char *fake_trace(void)
{
	static char text[sizeof trace];

	pthread_mutex_lock(&fake_lock);
	memcpy(text, trace, sizeof text);
	trace[0] = 0;
	pthread_mutex_unlock(&fake_lock);
	return text;
}

struct tern_guid fake_guid(uint32_t number)
{
	struct tern_guid guid = { .bytes = { 0xfa, 0xce } };

	memcpy(guid.bytes + 12, &number, sizeof number);
	return guid;
}

static uint32_t number_of(const struct tern_guid *guid)
{
	uint32_t number;

	memcpy(&number, guid->bytes + 12, sizeof number);
	return number;
}

/* ---- the contract ------------------------------------------------------------------------ */

static bool may_start(void *context)
{
	return !atomic_load(&((struct fake *)context)->start_held);
}

static tern_status start(struct fake *fake, const struct tern_host *host,
                         struct tern_domain *domain,
                         const struct tern_transport_config *config,
                         struct tern_transport **ret_transport)
{
	CU_ASSERT_TRUE(suite_wait_until(may_start, fake, SECONDS(20)));
	if (fake->start_status < 0)
		return host->fail(fake->start_status, "%s was told not to start",
		                  fake->name);
	fake->instance = malloc(sizeof *fake->instance);
	*fake->instance =
		(struct tern_transport){ .fake = fake, .host = host, .domain = domain };
	*ret_transport = fake->instance;
	memcpy(fake->host_id, config->host_id, sizeof fake->host_id);
	struct tern_peer_info us = {
		.guid = config->process,
		.is_tern = true,
		.is_ours = true,
		.process_name = "us",
		.address = "",
	};
	memcpy(us.host_id, config->host_id, sizeof us.host_id);
	if (fake->reports_us)
		host->peer_found(domain, fake->instance, &us);
	return TERN_OK;
}

static void fake_stop(struct tern_transport *transport)
{
	transport->fake->instance = NULL;
	free(transport);
}

static void fake_share(struct tern_transport *transport,
                       struct tern_transport_share *ret_share)
{
	*ret_share = transport->fake->share;
	atomic_fetch_add(&transport->fake->shared, 1);
}

static int64_t fake_discover(struct tern_transport *transport)
{
	return transport->fake->on_discover();
}

static tern_reach fake_reach(struct tern_transport *transport,
                             const struct tern_peer_info *peer)
{
	return peer->is_ours ? TERN_REACH_NO
	                     : (tern_reach)atomic_load(&transport->fake->reach);
}

static tern_status fake_announce(struct tern_transport *transport, struct tern_port *port,
                                 const struct tern_endpoint_info *info,
                                 struct tern_transport_endpoint **ret_endpoint)
{
	struct fake *fake = transport->fake;
	tern_status s = fake->announce_status;

	note(fake, "announce");
	if (s < 0)
		return transport->host->fail(s, "%s was told not to announce",
		                             fake->name);
	struct tern_transport_endpoint *endpoint = malloc(sizeof *endpoint);
	*endpoint = (struct tern_transport_endpoint){
		.fake = fake,
		.port = port,
		.kind = info->kind,
		.durability = info->qos.durability,
	};
	*ret_endpoint = endpoint;
	if (fake->on_announced)
		fake->on_announced(endpoint);
	return TERN_OK;
}

static void fake_withdraw(struct tern_transport_endpoint *endpoint)
{
	note(endpoint->fake, "withdraw");
	free(endpoint->kept.stamps);
	free(endpoint);
}

/* fake_lock is held. */
static struct fake_remote *remote_of(struct fake *fake, uint32_t number)
{
	struct fake_remote *remote = fake->remotes;

	while (remote->number && remote->number != number)
		remote++;
	return remote;
}

/* fake_lock is held. */
static void arrive(struct fake_remote *remote, int64_t source_timestamp_ns)
{
	if (!remote->stamps)
		remote->stamps = malloc(FAKE_STAMPS_MAX * sizeof *remote->stamps);
	if (remote->count < FAKE_STAMPS_MAX)
		remote->stamps[remote->count++] = source_timestamp_ns;
}

static tern_status fake_attach(struct tern_transport_endpoint *endpoint,
                               const struct tern_endpoint_info *info)
{
	struct fake *fake = endpoint->fake;
	uint32_t number = number_of(&info->guid);

	note(fake, "attach");
	if (fake->on_attach)
		fake->on_attach(endpoint, number);
	tern_status s = fake->attach_status;
	if (s < 0 && s != TERN_EAGAIN)
		return fake->instance->host->fail(s, "%s was told to refuse", fake->name);
	pthread_mutex_lock(&fake_lock);
	struct fake_remote *remote = remote_of(fake, number);
	remote->number = number;
	remote->attached = true;
	remote->attaches++;
	remote->withheld = endpoint->durability == TERN_TRANSIENT_LOCAL &&
	                   info->qos.durability == TERN_TRANSIENT_LOCAL &&
	                   !(fake->flags & TERN_TRANSPORT_KEEPS_HISTORY);
	for (uint32_t i = 0; i < endpoint->kept.count; i++)
		arrive(remote, endpoint->kept.stamps[i]);
	pthread_mutex_unlock(&fake_lock);
	return s;
}

static void fake_detach(struct tern_transport_endpoint *endpoint,
                        const struct tern_guid *guid)
{
	struct fake *fake = endpoint->fake;

	note(fake, "detach");
	pthread_mutex_lock(&fake_lock);
	struct fake_remote *remote = remote_of(fake, number_of(guid));
	CU_ASSERT_TRUE(remote->attached);
	remote->attached = false;
	pthread_mutex_unlock(&fake_lock);
	if (fake->on_detach)
		fake->on_detach(endpoint, number_of(guid));
}

static tern_status fake_reserve(struct tern_transport_endpoint *endpoint,
                                struct tern_outgoing *outgoing)
{
	(void)outgoing;
	note(endpoint->fake, "reserve");
	if (endpoint->fake->on_reserve)
		endpoint->fake->on_reserve(endpoint);
	return endpoint->fake->reserve_status;
}

static tern_status fake_commit(struct tern_transport_endpoint *endpoint,
                               struct tern_outgoing *outgoing)
{
	struct fake *fake = endpoint->fake;

	note(fake, "commit");
	if (fake->commit_status < 0)
		return fake->commit_status;
	pthread_mutex_lock(&fake_lock);
	if ((fake->flags & TERN_TRANSPORT_KEEPS_HISTORY) &&
	    endpoint->durability == TERN_TRANSIENT_LOCAL)
		arrive(&endpoint->kept, outgoing->source_timestamp_ns);
	for (struct fake_remote *remote = fake->remotes; remote->number; remote++)
		if (remote->attached && !remote->withheld)
			arrive(remote, outgoing->source_timestamp_ns);
	pthread_mutex_unlock(&fake_lock);
	return TERN_OK;
}

static void fake_cancel(struct tern_transport_endpoint *endpoint,
                        struct tern_outgoing *outgoing)
{
	(void)outgoing;
	note(endpoint->fake, "cancel");
}

static tern_status fake_replay(struct tern_transport_endpoint *endpoint,
                               const struct tern_guid *reader,
                               struct tern_outgoing *outgoing)
{
	tern_status s = TERN_OK;

	if (endpoint->fake->on_replay)
		endpoint->fake->on_replay(endpoint);
	pthread_mutex_lock(&fake_lock);
	struct fake_remote *remote = remote_of(endpoint->fake, number_of(reader));
	if (!remote->attached)
		s = TERN_ENOTFOUND;
	else if (outgoing)
		arrive(remote, outgoing->source_timestamp_ns);
	else
		remote->withheld = false;
	pthread_mutex_unlock(&fake_lock);
	return s;
}

static tern_status fake_wait_acknowledged(struct tern_transport_endpoint *endpoint,
                                          int64_t deadline_ns)
{
	(void)endpoint;
	(void)deadline_ns;
	return TERN_OK;
}

static void fake_watch(struct tern_transport_endpoint *endpoint, uint64_t bells)
{
	if (endpoint->fake->on_watch)
		endpoint->fake->on_watch(endpoint, bells);
	atomic_store(&endpoint->fake->watched, bells);
}

static void fake_poll(struct tern_transport_endpoint *endpoint)
{
	if (endpoint->fake->on_poll)
		endpoint->fake->on_poll(endpoint);
}

static size_t fake_explain(struct tern_transport_endpoint *endpoint,
                           const struct tern_guid *remote, char *text, size_t size_bytes)
{
	(void)remote;
	int written =
		snprintf(text, size_bytes, "%s does as it is told", endpoint->fake->name);
	return written < 0 ? 0 : (size_t)written;
}

/* ---- the table of the build, with the three in it --------------------------------------- */

#define FAKE_OPS(number)                                                                 \
	static tern_status start_##number(const struct tern_host *host,                  \
	                                  struct tern_domain *domain,                    \
	                                  const struct tern_transport_config *config,    \
	                                  struct tern_transport **ret_transport)         \
	{                                                                                \
		return start(&fakes[number], host, domain, config, ret_transport);       \
	}                                                                                \
	static const struct tern_transport_ops *entry_##number(                          \
		const struct tern_host *host)                                            \
	{                                                                                \
		static struct tern_transport_ops ops = {                                 \
			.abi = TERN_TRANSPORT_ABI,                                       \
			.start = start_##number,                                         \
			.stop = fake_stop,                                               \
			.reach = fake_reach,                                             \
			.announce = fake_announce,                                       \
			.withdraw = fake_withdraw,                                       \
			.attach = fake_attach,                                           \
			.detach = fake_detach,                                           \
			.reserve = fake_reserve,                                         \
			.commit = fake_commit,                                           \
			.cancel = fake_cancel,                                           \
			.replay = fake_replay,                                           \
			.wait_acknowledged = fake_wait_acknowledged,                     \
			.poll = fake_poll,                                               \
			.explain = fake_explain,                                         \
		};                                                                       \
		(void)host;                                                              \
		ops.name = fakes[number].name;                                           \
		ops.flags = fakes[number].flags;                                         \
		ops.share = fakes[number].shares ? fake_share : NULL;                    \
		ops.discover = fakes[number].on_discover ? fake_discover : NULL;         \
		ops.watch = fakes[number].watches ? fake_watch : NULL;                   \
		return &ops;                                                             \
	}

FAKE_OPS(0)
FAKE_OPS(1)
FAKE_OPS(2)

const struct tern_transport_ops *tern__local_entry(const struct tern_host *host);

const struct tern__builtin_transport tern__builtin_transports[] = {
	{ "first", entry_0 },           { "second", entry_1 }, { "third", entry_2 },
	{ "local", tern__local_entry }, { "missing", NULL },
};
const size_t tern__builtin_transport_count =
	sizeof tern__builtin_transports / sizeof *tern__builtin_transports;
const char tern__module_directory[] = "/nonexistent/tern";

/* ---- for tests --------------------------------------------------------------------------- */

void fake_reset(void)
{
	for (int i = 0; i < FAKES; i++) {
		const char *name = fakes[i].name;
		for (int j = 0; j < FAKE_REMOTES_MAX; j++)
			free(fakes[i].remotes[j].stamps);
		memset(&fakes[i], 0, sizeof fakes[i]);
		fakes[i].name = name;
		fakes[i].reach = TERN_REACH_YES;
	}
	fake_trace();
}

static struct tern_guid peer_guid(uint32_t number)
{
	return fake_guid(1000 + number);
}

void fake_found(uint32_t fake, tern_endpoint_kind kind, uint32_t number,
                const char *topic, const struct tern_qos *qos)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_peer_info peer = {
		.guid = peer_guid(number),
		.is_tern = true,
		.process_name = "peer",
		.address = "fake",
	};
	struct tern_endpoint_info info = {
		.kind = kind,
		.guid = fake_guid(number),
		.participant = peer.guid,
		.is_tern = true,
		.topic_name = topic,
		.type_name = test_Point_type.name,
		.qos = qos ? *qos : bus_durable(kind),
		.layout_hash = test_Point_type.layout_hash,
	};

	OK(tern__qos_resolve(&info.qos, kind, &test_Point_type));
	transport->host->peer_found(transport->domain, transport, &peer);
	transport->host->endpoint_found(transport->domain, transport, &info);
}

void fake_claim(uint32_t fake, struct tern_guid guid)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_endpoint_info info = {
		.kind = TERN_READER,
		.guid = guid,
		.is_tern = true,
		.topic_name = "stolen",
		.type_name = test_Point_type.name,
		.qos = tern_qos_reader_default(),
	};

	transport->host->endpoint_found(transport->domain, transport, &info);
	transport->host->endpoint_lost(transport->domain, transport, &guid);
}

void fake_lost(uint32_t fake, uint32_t number)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_guid guid = fake_guid(number);

	transport->host->endpoint_lost(transport->domain, transport, &guid);
}

void fake_peer_lost(uint32_t fake, uint32_t number)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_guid guid = peer_guid(number);

	transport->host->peer_lost(transport->domain, transport, &guid);
}

void fake_died(uint32_t fake, uint32_t number)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_peer_info peer = {
		.guid = peer_guid(number),
		.is_tern = true,
		.process_name = "peer",
		.address = "fake",
		.is_dead = true,
	};

	transport->host->peer_found(transport->domain, transport, &peer);
	fake_peer_lost(fake, number);
}

void fake_reach_changed(uint32_t fake, uint32_t number)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_guid guid = peer_guid(number);

	transport->host->reach_changed(transport->domain, &guid);
}

void fake_ready(uint32_t fake, struct tern_port *port, uint32_t number)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_guid guid = fake_guid(number);

	transport->host->pair_ready(port, transport, &guid);
}

void fake_broken(uint32_t fake, struct tern_port *port, uint32_t number)
{
	struct tern_transport *transport = fakes[fake].instance;
	const struct tern_guid guid = fake_guid(number);

	transport->host->pair_broken(port, transport, &guid, TERN_EIO,
	                             "as the test wants");
}

static tern_status deliver(uint32_t fake, struct tern_reader *reader, uint32_t writer,
                           struct tern_delivery *delivery, const test_Point *point)
{
	struct tern_transport *transport = fakes[fake].instance;
	bool key_only = delivery->kind != TERN_CHANGE_WRITE;

	delivery->writer = fake_guid(writer);
	OK(test_Point_type.codec->key_hash(&test_Point_type, point, delivery->key_hash));
	OK(tern__payload_encode(&test_Point_type, point, TERN_XCDR2, key_only, 0,
	                        &delivery->payload));
	tern_status s = transport->host->deliver(fake_port(reader), transport, delivery);
	tern_payload_unref(delivery->payload);
	return s;
}

tern_status fake_deliver(uint32_t fake, struct tern_reader *reader, uint32_t writer,
                         int64_t source_timestamp_ns, uint64_t sequence_number,
                         int32_t id, int32_t number)
{
	const test_Point point = { .id = id, .number = number };
	struct tern_delivery delivery = {
		.source_timestamp_ns = source_timestamp_ns,
		.sequence_number = sequence_number,
		.kind = TERN_CHANGE_WRITE,
	};

	return deliver(fake, reader, writer, &delivery, &point);
}

tern_status fake_end(uint32_t fake, struct tern_reader *reader, uint32_t writer,
                     int64_t source_timestamp_ns, int32_t id, tern_change_kind kind)
{
	const test_Point point = { .id = id };
	struct tern_delivery delivery = {
		.source_timestamp_ns = source_timestamp_ns,
		.kind = kind,
	};

	return deliver(fake, reader, writer, &delivery, &point);
}

struct fake_remote fake_remote(uint32_t fake, uint32_t number)
{
	pthread_mutex_lock(&fake_lock);
	struct fake_remote remote = *remote_of(&fakes[fake], number);
	pthread_mutex_unlock(&fake_lock);
	return remote;
}

struct path_search {
	struct tern_guid remote;
	char text[TERN_MATCH_REASON_SIZE_BYTES];
};

static void look_at_pair(const struct tern_pair_info *pair, void *context)
{
	struct path_search *search = context;

	if (!tern_guid_equal(&pair->writer, &search->remote) &&
	    !tern_guid_equal(&pair->reader, &search->remote))
		return;
	snprintf(search->text, sizeof search->text, "%s",
	         pair->matched ? pair->transport : pair->reason);
}

const char *fake_path(struct tern_participant *bus, uint32_t number)
{
	static struct path_search search;
	const struct tern_visitor visitor = { .pair = look_at_pair, .context = &search };

	search.remote = fake_guid(number);
	snprintf(search.text, sizeof search.text, "no pair");
	tern_participant_visit(bus, &visitor);
	return search.text;
}

struct tern_port *fake_port(const void *entity)
{
	return (struct tern_port *)entity; /* the first member of both */
}

struct tern_port *fake_port_of(const struct tern_transport_endpoint *endpoint)
{
	return endpoint->port;
}
