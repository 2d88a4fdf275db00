/* Plays core for the tests of the DDS transport. */
#include "fake_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const struct tern_transport_ops *tern__dds_entry(const struct tern_host *host);

static uint32_t payloads; /* atomic */

/* ---- the type ------------------------------------------------------------------------ */

static tern_status payload_key_hash(const struct tern_type *type, const uint8_t *payload,
                                    size_t size_bytes, bool key_only,
                                    uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	(void)type;
	(void)key_only;
	if (size_bytes < 8)
		return TERN_EMALFORMED;
	memset(ret_hash, 0, TERN_KEY_HASH_SIZE_BYTES);
	for (int i = 0; i < 4; i++)
		ret_hash[i] = payload[4 + (payload[1] & 1 ? 3 - i : i)];
	return TERN_OK;
}

static const struct tern_codec codec = { .payload_key_hash = payload_key_hash };

const struct tern_type fake_keyed_type = {
	.abi = TERN_TYPE_ABI,
	.flags = TERN_TYPE_KEYED | TERN_TYPE_XCDR1 | TERN_TYPE_KEY_FITS_HASH,
	.kind = TERN_KIND_STRUCTURE,
	.name = "fake::Type",
	.codec = &codec,
};

/* ---- struct tern_host ---------------------------------------------------------------- */

static _Thread_local char error[512];

static void host_log(tern_log_level level, const char *format, ...)
{
	va_list arguments;
	if (level > TERN_LOG_WARNING)
		return;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

static tern_status host_fail(tern_status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(error, sizeof error, format, arguments);
	va_end(arguments);
	return status;
}

static const char *host_error_text(void)
{
	return error;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t host_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

static int64_t host_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void host_peer_found(struct tern_domain *domain, struct tern_transport *transport,
                            const struct tern_peer_info *peer)
{
	(void)domain;
	(void)transport;
	(void)peer;
}

static void host_peer_lost(struct tern_domain *domain, struct tern_transport *transport,
                           const struct tern_guid *participant)
{
	(void)transport;
	(void)participant;
	pthread_mutex_lock(&domain->lock);
	domain->peer_lost = true;
	pthread_mutex_unlock(&domain->lock);
}

static void attach(struct tern_domain *domain)
{
	pthread_mutex_lock(&domain->lock);
	bool can = domain->remote_known && domain->port.endpoint;
	pthread_mutex_unlock(&domain->lock);
	if (!can)
		return;
	tern_status s = domain->ops->attach(domain->port.endpoint, &domain->remote);
	if (s != TERN_OK && s != TERN_EAGAIN)
		fprintf(stderr, "attach: %s\n", error);
	pthread_mutex_lock(&domain->lock);
	domain->ready |= s == TERN_OK;
	pthread_mutex_unlock(&domain->lock);
}

static void host_endpoint_found(struct tern_domain *domain,
                                struct tern_transport *transport,
                                const struct tern_endpoint_info *endpoint)
{
	(void)transport;
	if (strcmp(endpoint->topic_name, FAKE_TOPIC) != 0)
		return;
	pthread_mutex_lock(&domain->lock);
	domain->remote = *endpoint;
	domain->remote.topic_name = FAKE_TOPIC;
	domain->remote.type_name = fake_keyed_type.name;
	domain->remote_known = true;
	pthread_mutex_unlock(&domain->lock);
	attach(domain);
}

static void host_endpoint_lost(struct tern_domain *domain,
                               struct tern_transport *transport,
                               const struct tern_guid *endpoint)
{
	(void)transport;
	(void)endpoint;
	pthread_mutex_lock(&domain->lock);
	domain->endpoint_lost = true;
	domain->remote_known = false;
	domain->ready = false;
	pthread_mutex_unlock(&domain->lock);
}

static void host_reach_changed(struct tern_domain *domain, const struct tern_guid *peer)
{
	(void)domain;
	(void)peer;
}

static void host_pair_ready(struct tern_port *port, struct tern_transport *transport,
                            const struct tern_guid *remote)
{
	(void)transport;
	(void)remote;
	pthread_mutex_lock(&port->domain->lock);
	port->domain->ready = true;
	pthread_mutex_unlock(&port->domain->lock);
}

static void host_pair_broken(struct tern_port *port, struct tern_transport *transport,
                             const struct tern_guid *remote, tern_status why,
                             const char *text)
{
	(void)transport;
	(void)remote;
	fprintf(stderr, "pair broken: %d %s\n", why, text);
	pthread_mutex_lock(&port->domain->lock);
	port->domain->ready = false;
	pthread_mutex_unlock(&port->domain->lock);
}

static tern_status host_deliver(struct tern_port *port, struct tern_transport *transport,
                                const struct tern_delivery *delivery)
{
	struct tern_domain *domain = port->domain;
	tern_status s = TERN_OK;
	(void)transport;
	pthread_mutex_lock(&domain->lock);
	if (domain->full) {
		domain->refused++;
		s = TERN_EAGAIN;
	} else {
		domain->disordered +=
			delivery->sequence_number != domain->last.sequence_number + 1;
		domain->last = *delivery;
		domain->last_size_bytes =
			delivery->payload ? delivery->payload->size_bytes : 0;
		size_t kept = domain->last_size_bytes < sizeof domain->last_body
		                      ? domain->last_size_bytes
		                      : sizeof domain->last_body;
		if (kept > 0)
			memcpy(domain->last_body, delivery->payload->data, kept);
		domain->delivered++;
	}
	pthread_mutex_unlock(&domain->lock);
	return s;
}

static void host_ring(struct tern_port *port)
{
	(void)port;
}

static void host_lost(struct tern_port *port, const struct tern_guid *writer,
                      uint64_t count)
{
	(void)writer;
	pthread_mutex_lock(&port->domain->lock);
	port->domain->lost += (uint32_t)count;
	pthread_mutex_unlock(&port->domain->lock);
}

static tern_status host_outgoing_native(struct tern_outgoing *outgoing,
                                        struct tern_payload **ret_payload)
{
	(void)outgoing;
	(void)ret_payload;
	return TERN_EUNSUPPORTED;
}

static tern_status host_outgoing_encoded(struct tern_outgoing *outgoing,
                                         tern_representation representation,
                                         struct tern_payload **ret_payload)
{
	*ret_payload = outgoing->encoded[representation == TERN_XCDR2];
	return *ret_payload ? TERN_OK : TERN_EUNSUPPORTED;
}

static const struct tern_host host = {
	.abi = TERN_TRANSPORT_ABI,
	.version = tern_version,
	.log = host_log,
	.fail = host_fail,
	.error_text = host_error_text,
	.now_ns = host_now_ns,
	.monotonic_ns = host_monotonic_ns,
	.peer_found = host_peer_found,
	.peer_lost = host_peer_lost,
	.endpoint_found = host_endpoint_found,
	.endpoint_lost = host_endpoint_lost,
	.reach_changed = host_reach_changed,
	.pair_ready = host_pair_ready,
	.pair_broken = host_pair_broken,
	.deliver = host_deliver,
	.ring = host_ring,
	.lost = host_lost,
	.outgoing_native = host_outgoing_native,
	.outgoing_encoded = host_outgoing_encoded,
};

/* ---- for the tests ------------------------------------------------------------------- */

bool fake_host_start(struct tern_domain *domain)
{
	struct tern_transport_config config = {
		.pid = (uint32_t)getpid(),
		.process_name = "fake",
	};
	memset(domain, 0, sizeof *domain);
	pthread_mutex_init(&domain->lock, NULL);
	memcpy(config.process.bytes, &config.pid, sizeof config.pid);
	domain->port.domain = domain;
	domain->ops = tern__dds_entry(&host);
	if (!domain->ops ||
	    domain->ops->start(&host, domain, &config, &domain->transport) != TERN_OK) {
		fprintf(stderr, "start: %s\n", error);
		return false;
	}
	return true;
}

const char *fake_host_try_entry(void)
{
	return tern__dds_entry(&host) ? "ok" : error;
}

void fake_host_stop(struct tern_domain *domain)
{
	domain->ops->stop(domain->transport);
	pthread_mutex_destroy(&domain->lock);
}

bool fake_host_announce(struct tern_domain *domain, tern_endpoint_kind kind,
                        const struct tern_qos *qos)
{
	struct tern_endpoint_info info = {
		.kind = kind,
		.is_tern = true,
		.is_ours = true,
		.topic_name = FAKE_TOPIC,
		.type_name = fake_keyed_type.name,
		.type = &fake_keyed_type,
		.qos = *qos,
	};
	struct tern_transport_endpoint *endpoint;
	uint32_t pid = (uint32_t)getpid();
	memcpy(info.guid.bytes, &pid, sizeof pid);
	memcpy(info.participant.bytes, &pid, sizeof pid);
	info.guid.bytes[15] = 1;
	domain->port.kind = kind;
	if (domain->ops->announce(domain->transport, &domain->port, &info, &endpoint) !=
	    TERN_OK) {
		fprintf(stderr, "announce: %s\n", error);
		return false;
	}
	pthread_mutex_lock(&domain->lock);
	domain->port.endpoint = endpoint;
	pthread_mutex_unlock(&domain->lock);
	attach(domain);
	return true;
}

void fake_host_withdraw(struct tern_domain *domain)
{
	pthread_mutex_lock(&domain->lock);
	struct tern_transport_endpoint *endpoint = domain->port.endpoint;
	domain->port.endpoint = NULL;
	pthread_mutex_unlock(&domain->lock);
	domain->ops->withdraw(endpoint);
}

static void release(struct tern_payload *payload)
{
	__atomic_fetch_sub(&payloads, 1, __ATOMIC_RELAXED);
	free(payload);
}

tern_status fake_host_write(struct tern_domain *domain, tern_change_kind kind,
                            uint32_t key, size_t filling_bytes, int64_t timestamp_ns)
{
	size_t padding_bytes = -filling_bytes & 3;
	size_t size_bytes = 8 + filling_bytes + padding_bytes;
	struct tern_payload *payload = malloc(sizeof *payload + size_bytes);
	uint8_t *bytes = (uint8_t *)(payload + 1);
	struct tern_outgoing outgoing = {
		.type = &fake_keyed_type,
		.kind = kind,
		.source_timestamp_ns = timestamp_ns,
		.encoded = { payload },
	};
	*payload = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_SERIALIZED,
		.key_only = kind != TERN_CHANGE_WRITE,
		.data = bytes,
		.size_bytes = size_bytes,
		.release = release,
	};
	__atomic_fetch_add(&payloads, 1, __ATOMIC_RELAXED);
	memset(bytes, 0xab, size_bytes);
	memcpy(bytes, (uint8_t[]){ 0, 1, 0, (uint8_t)padding_bytes }, 4);
	memcpy(bytes + 4, &key, sizeof key);
	(void)payload_key_hash(&fake_keyed_type, bytes, size_bytes, false,
	                       outgoing.key_hash);
	tern_status s = domain->ops->commit(domain->port.endpoint, &outgoing);
	tern_payload_unref(payload);
	return s;
}

uint32_t fake_host_payloads(void)
{
	return __atomic_load_n(&payloads, __ATOMIC_RELAXED);
}

bool fake_host_is_ready(void *context)
{
	struct tern_domain *domain = context;
	pthread_mutex_lock(&domain->lock);
	bool ready = domain->ready;
	pthread_mutex_unlock(&domain->lock);
	return ready;
}
