/* What tools are shown of a domain: core's directory and decisions, and what transports see. */
#include <tern/participant.h>

#include "clock.h"
#include "participant_impl.h"
#include "route.h"

static bool is_running(struct tern_domain *domain, uint32_t index)
{
	pthread_mutex_lock(&domain->lock);
	bool running = domain->transports[index].state == TRANSPORT_RUNNING;
	pthread_mutex_unlock(&domain->lock);
	return running;
}

/* Those that can look harder than discover() does. A running transport stays so. */
static void look(struct tern_domain *domain)
{
	for (uint32_t i = 0; i < domain->transport_count; i++)
		if (is_running(domain, i) && domain->transports[i].ops->look)
			domain->transports[i].ops->look(domain->transports[i].instance);
	domain_discover(domain);
}

/* The lock is held by all of these. */

static void visit_transports(const struct tern_domain *domain,
                             const struct tern_visitor *visitor)
{
	static const tern_transport_state states[] = {
		[TRANSPORT_STARTING] = TERN_TRANSPORT_STARTING,
		[TRANSPORT_RUNNING] = TERN_TRANSPORT_RUNNING,
		[TRANSPORT_FAILED] = TERN_TRANSPORT_FAILED,
	};

	for (uint32_t i = 0; i < domain->transport_count; i++) {
		const struct domain_transport *transport = &domain->transports[i];
		const struct tern_transport_info info = {
			.name = transport->name,
			.bit = 1u << i,
			.state = states[transport->state],
			.why = transport->state == TRANSPORT_FAILED ? transport->failure
			                                            : "",
		};
		visitor->transport(&info, visitor->context);
	}
}

static void visit_peers(const struct tern_domain *domain,
                        const struct tern_visitor *visitor)
{
	const struct peer *peer;

	for (size_t i = 0; (peer = guid_map_next(&domain->directory.peers, &i));) {
		struct tern_peer_info info = peer->info;
		info.seen_by = peer->reported_by;
		visitor->peer(&info, visitor->context);
	}
}

static void visit_endpoints(const struct tern_domain *domain,
                            const struct tern_visitor *visitor)
{
	const struct endpoint *endpoint;

	for (size_t i = 0;
	     (endpoint = guid_map_next(&domain->directory.endpoints, &i));) {
		struct tern_endpoint_info info = endpoint->info;
		info.seen_by = endpoint->reported_by;
		visitor->endpoint(&info, visitor->context);
	}
}

static void visit_pairs(const struct tern_port *port, const struct tern_visitor *visitor)
{
	for (const struct pair *pair = port->pairs; pair; pair = pair->next) {
		bool is_writer = port->info.kind == TERN_WRITER;
		bool has_path = pair->state == PAIR_MATCHED ||
		                pair->state == PAIR_WAITING ||
		                pair->state == PAIR_ATTACHING;
		const struct tern_pair_info info = {
			.writer = is_writer ? port->info.guid : pair->remote->info.guid,
			.reader = is_writer ? pair->remote->info.guid : port->info.guid,
			.transport =
				has_path ? port->domain->transports[pair->transport].name
					 : NULL,
			.matched = pair->state == PAIR_MATCHED,
			.is_mismatched = pair->state == PAIR_MISMATCHED,
			.reason = pair->state == PAIR_MATCHED ? "" : pair->reason.text,
		};
		visitor->pair(&info, visitor->context);
	}
}

static void ignore_pair(const struct tern_pair_info *pair, void *context)
{
	(void)pair;
	(void)context;
}

static void ignore_refusal(const struct tern_refusal_info *refusal, void *context)
{
	(void)refusal;
	(void)context;
}

/* Without the lock. */
static void visit_observations(struct tern_domain *domain,
                               const struct tern_visitor *visitor)
{
	const struct tern_transport_observer observer = {
		.pair = visitor->pair ? visitor->pair : ignore_pair,
		.refusal = visitor->refusal ? visitor->refusal : ignore_refusal,
		.context = visitor->context,
	};

	for (uint32_t i = 0; i < domain->transport_count; i++)
		if (is_running(domain, i) && domain->transports[i].ops->observe)
			domain->transports[i].ops->observe(domain->transports[i].instance,
			                                   &observer);
}

void tern_participant_visit(struct tern_participant *participant,
                            const struct tern_visitor *visitor)
{
	if (!participant || !visitor)
		return;
	struct tern_domain *domain = participant->domain;

	look(domain);
	pthread_mutex_lock(&domain->lock);
	atomic_store(&participant->visited_generation, atomic_load(&domain->generation));
	if (visitor->transport)
		visit_transports(domain, visitor);
	if (visitor->peer)
		visit_peers(domain, visitor);
	for (uint32_t i = 0; visitor->dead && i < domain->dead_count; i++)
		visitor->dead(&domain->dead[i]->info, visitor->context);
	if (visitor->endpoint)
		visit_endpoints(domain, visitor);
	for (const struct tern_port *port = domain->ports; visitor->pair && port;
	     port = port->next)
		visit_pairs(port, visitor);
	pthread_mutex_unlock(&domain->lock);
	if (visitor->pair || visitor->refusal)
		visit_observations(domain, visitor);
}

uint64_t tern_participant_generation(struct tern_participant *participant)
{
	if (!participant)
		return 0;
	domain_discover(participant->domain);
	return atomic_load(&participant->domain->generation);
}

bool participant_has_news(const struct tern_participant *participant)
{
	return atomic_load(&participant->domain->generation) !=
	       atomic_load(&participant->visited_generation);
}

tern_status tern_participant_compare_types(struct tern_participant *participant,
                                           const struct tern_guid *writer,
                                           const struct tern_guid *reader)
{
	if (!participant || !writer || !reader)
		return tern_fail(TERN_EINVAL,
		                 "comparing types needs a participant and two endpoints");
	struct tern_domain *domain = participant->domain;

	for (uint32_t i = 0; i < domain->transport_count; i++) {
		if (!is_running(domain, i) || !domain->transports[i].ops->compare_types)
			continue;
		tern_status s = domain->transports[i].ops->compare_types(
			domain->transports[i].instance, writer, reader);
		if (s != TERN_ENOTFOUND)
			return s;
	}
	return tern_fail(TERN_ENOTFOUND, "no transport has a description of both types");
}
