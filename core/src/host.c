/* What core offers to transports: discovery events on their way into matching, samples on their
 * way into readers. The contract is in tern/transport.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tern/api.h>

#include "assignability.h"
#include "clock.h"
#include "domain.h"
#include "log.h"
#include "outgoing.h"
#include "reader.h"
#include "route.h"
#include "sample_open.h"

static void host_log(tern_log_level level, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	tern__log(level, "%s", text);
}

/* Who died is remembered for who looks at the bus; not for ever. The lock is held. */
static void remember_dead(struct tern_domain *domain, const struct tern_guid *guid)
{
	const struct peer *peer = directory_peer(&domain->directory, guid);
	struct peer *copy = peer ? peer_copy(peer) : NULL;

	if (!copy)
		return;
	if (domain->dead_count == TERN_DEAD_MAX) {
		peer_destroy(domain->dead[0]);
		memmove(domain->dead, domain->dead + 1,
		        --domain->dead_count * sizeof *domain->dead);
	}
	domain->dead[domain->dead_count++] = copy;
}

static void host_peer_found(struct tern_domain *domain, struct tern_transport *transport,
                            const struct tern_peer_info *peer)
{
	pthread_mutex_lock(&domain->lock);
	const struct peer *before = directory_peer(&domain->directory, &peer->guid);
	bool died = peer->is_dead && !(before && before->info.is_dead);
	if (directory_put_peer(&domain->directory, peer,
	                       1u << domain_transport_index(domain, transport)) < 0)
		tern__log(TERN_LOG_ERROR, "%s", tern_error_text());
	else if (died)
		remember_dead(domain, &peer->guid);
	domain_changed(domain);
	pthread_mutex_unlock(&domain->lock);
}

/* The endpoints of a peer, as far as this transport knows them, are gone. */
static void lose_endpoints(struct tern_domain *domain,
                           const struct tern_guid *participant, uint32_t transport_bit)
{
	struct endpoint *endpoint;

	for (size_t i = 0;
	     (endpoint = guid_map_next(&domain->directory.endpoints, &i));) {
		if (!(endpoint->reported_by & transport_bit) ||
		    !tern_guid_equal(&endpoint->info.participant, participant))
			continue;
		const struct tern_guid guid = endpoint->info.guid;
		route_lost(domain, &guid, transport_bit);
		i = 0; /* removal moves entries */
	}
}

static void host_peer_lost(struct tern_domain *domain, struct tern_transport *transport,
                           const struct tern_guid *participant)
{
	pthread_mutex_lock(&domain->lock);
	uint32_t bit = 1u << domain_transport_index(domain, transport);
	struct peer *peer = directory_peer(&domain->directory, participant);
	lose_endpoints(domain, participant, bit);
	if (peer) {
		peer->reported_by &= ~bit;
		if (!peer->reported_by)
			directory_remove_peer(&domain->directory, participant);
	}
	route_run(domain);
	domain_changed(domain);
	pthread_mutex_unlock(&domain->lock);
}

/* GUIDs that this process makes begin with the same ten random bytes (see domain.c). */
static bool has_our_prefix(const struct tern_domain *domain, const struct tern_guid *guid)
{
	return memcmp(guid->bytes, domain->config.process.bytes, GUID_PROCESS_BYTES) == 0;
}

static void host_endpoint_found(struct tern_domain *domain,
                                struct tern_transport *transport,
                                const struct tern_endpoint_info *info)
{
	/* Ours are reported by local alone, which knows their types. */
	if (!info->is_ours && has_our_prefix(domain, &info->guid)) {
		tern__log(
			TERN_LOG_WARNING,
			"a peer claims that an endpoint of this process is its own (topic "
			"%s): it is ignored",
			info->topic_name);
		return;
	}
	pthread_mutex_lock(&domain->lock);
	uint32_t bit = 1u << domain_transport_index(domain, transport);
	struct endpoint *known = directory_endpoint(&domain->directory, &info->guid);
	if (known && endpoint_same(&known->info, info)) {
		known->reported_by |= bit;
		route_reconsider(domain, &info->guid);
	} else {
		struct endpoint *endpoint;
		if (directory_put_endpoint(&domain->directory, info, bit, &endpoint) < 0)
			tern__log(TERN_LOG_ERROR, "%s", tern_error_text());
		else
			route_replace(domain, endpoint);
	}
	route_run(domain);
	domain_changed(domain);
	pthread_mutex_unlock(&domain->lock);
}

static void host_endpoint_lost(struct tern_domain *domain,
                               struct tern_transport *transport,
                               const struct tern_guid *endpoint)
{
	pthread_mutex_lock(&domain->lock);
	route_lost(domain, endpoint, 1u << domain_transport_index(domain, transport));
	route_run(domain);
	domain_changed(domain);
	pthread_mutex_unlock(&domain->lock);
}

static void host_reach_changed(struct tern_domain *domain,
                               const struct tern_guid *participant)
{
	struct endpoint *endpoint;

	pthread_mutex_lock(&domain->lock);
	for (size_t i = 0; (endpoint = guid_map_next(&domain->directory.endpoints, &i));)
		if (tern_guid_equal(&endpoint->info.participant, participant))
			route_reconsider(domain, &endpoint->info.guid);
	route_run(domain);
	domain_changed(domain);
	pthread_mutex_unlock(&domain->lock);
}

/* The pair, if this transport serves it. */
static struct pair *pair_of(struct tern_port *port, struct tern_transport *transport,
                            const struct tern_guid *remote)
{
	struct pair *pair = route_pair(port, remote);

	if (!pair || pair->state == PAIR_MISMATCHED || pair->state == PAIR_UNDECIDED ||
	    pair->transport != domain_transport_index(port->domain, transport))
		return NULL;
	return pair;
}

static void host_pair_ready(struct tern_port *port, struct tern_transport *transport,
                            const struct tern_guid *remote)
{
	pthread_mutex_lock(&port->domain->lock);
	struct pair *pair = pair_of(port, transport, remote);
	if (pair)
		route_ready(pair);
	route_run(port->domain);
	domain_changed(port->domain);
	pthread_mutex_unlock(&port->domain->lock);
}

static void host_pair_broken(struct tern_port *port, struct tern_transport *transport,
                             const struct tern_guid *remote, tern_status why,
                             const char *text)
{
	pthread_mutex_lock(&port->domain->lock);
	struct pair *pair = pair_of(port, transport, remote);
	if (pair)
		route_broken(pair, why, text);
	route_run(port->domain);
	domain_changed(port->domain);
	pthread_mutex_unlock(&port->domain->lock);
}

static tern_status host_types_match(const struct tern_type *reader,
                                    const struct tern_type *writer,
                                    const struct tern_qos *reader_qos)
{
	char reason[256];

	if (tern__type_assignable(reader, writer, reader_qos, reason, sizeof reason))
		return TERN_OK;
	return tern_fail(TERN_EMISMATCH, "%s", reason);
}

const struct tern_host tern__host = {
	.abi = TERN_TRANSPORT_ABI,
	.version = tern_version,
	.log = host_log,
	.fail = tern_fail,
	.error_text = tern_error_text,
	.now_ns = clock_real_ns,
	.monotonic_ns = clock_monotonic_ns,
	.peer_found = host_peer_found,
	.peer_lost = host_peer_lost,
	.endpoint_found = host_endpoint_found,
	.endpoint_lost = host_endpoint_lost,
	.reach_changed = host_reach_changed,
	.pair_ready = host_pair_ready,
	.pair_broken = host_pair_broken,
	.deliver = tern__reader_deliver,
	.ring = tern__reader_ring,
	.lost = tern__reader_lost,
	.outgoing_native = tern__outgoing_native,
	.outgoing_encoded = tern__outgoing_encoded,
	.outgoing_deadline = tern__outgoing_deadline,
	.outgoing_copy = tern__outgoing_copy,
	.foreign_open = sample_open,
	.foreign_close = sample_close,
	.types_match = host_types_match,
};
