/* Opening and closing a port: announcing it to the transports, and taking it back. */
#include "port.h"

#include <stdio.h>

#include "clock.h"
#include "domain.h"
#include "log.h"
#include "route.h"

/* Announce to one transport; the domain's lock is held and let go meanwhile. */
static void port_announce(struct tern_port *port, uint32_t index)
{
	struct tern_domain *domain = port->domain;
	struct domain_transport *transport = &domain->transports[index];
	struct tern_transport_endpoint *endpoint = NULL;

	port->announced |= 1u << index;
	port->announcing++;
	pthread_mutex_unlock(&domain->lock);
	tern_status s = transport->ops->announce(transport->instance, port, &port->info,
	                                         &endpoint);
	if (s < 0)
		tern__log(TERN_LOG_WARNING, "%s of %s cannot use the %s transport: %s",
		          port->info.kind == TERN_WRITER ? "a writer" : "a reader",
		          port->info.topic_name, transport->name, tern_error_text());
	pthread_mutex_lock(&domain->lock);
	port->endpoints[index] = endpoint;
	if (!endpoint)
		port->refused |= 1u << index;
	if (endpoint && port->events->announced) {
		pthread_mutex_unlock(&domain->lock);
		port->events->announced(port, index);
		pthread_mutex_lock(&domain->lock);
	}
	port->announcing--;
	domain_changed(domain);
	if (port->closing)
		return;

	/* What this transport had found before the port was there; or what waited for it. */
	struct endpoint *found;
	for (size_t i = 0; (found = guid_map_next(&domain->directory.endpoints, &i));)
		if (!endpoint || (found->reported_by & (1u << index)))
			route_consider(port, found);
	route_run(domain);
}

void port_open(struct tern_port *port)
{
	struct tern_domain *domain = port->domain;

	pthread_mutex_lock(&domain->lock);
	port->next = domain->ports;
	domain->ports = port;
	/* One that gets ready meanwhile announces the port by itself: see port_announce_all(). */
	for (uint32_t i = 0; i < domain->transport_count; i++)
		if (domain->transports[i].state == TRANSPORT_RUNNING &&
		    !(port->announced & (1u << i)))
			port_announce(port, i);
	pthread_mutex_unlock(&domain->lock);
	domain_discover(domain);
}

void port_close(struct tern_port *port)
{
	struct tern_domain *domain = port->domain;

	pthread_mutex_lock(&domain->lock);
	port->closing = true;
	route_close(port);
	route_run(domain);
	while (port->pairs || port->announcing)
		pthread_cond_wait(&domain->changed, &domain->lock);
	struct tern_port **link = &domain->ports;
	while (*link != port)
		link = &(*link)->next;
	*link = port->next;
	pthread_mutex_unlock(&domain->lock);

	for (uint32_t i = 0; i < domain->transport_count; i++)
		if (port->endpoints[i])
			domain->transports[i].ops->withdraw(port->endpoints[i]);
}

void port_announce_all(struct tern_domain *domain, uint32_t transport)
{
	struct tern_port *port = domain->ports;

	/* The list may change while a port is announced: begin again until all have been. */
	while (port) {
		if (port->closing || (port->announced & (1u << transport))) {
			port = port->next;
			continue;
		}
		port_announce(port, transport);
		port = domain->ports;
	}
}

/* Why pairs of this port are not matched, for people. */
static void reasons_print(const struct tern_port *port, char *text, size_t size_bytes)
{
	size_t used = 0;

	text[0] = 0;
	for (const struct pair *pair = port->pairs; pair && used < size_bytes;
	     pair = pair->next)
		if (pair->state != PAIR_MATCHED && pair->reason.text[0])
			used += (size_t)snprintf(text + used, size_bytes - used, "%s%s",
			                         used ? "; " : "", pair->reason.text);
}

static tern_status too_few(const struct tern_port *port, uint32_t matched, uint32_t count)
{
	char reasons[512];

	reasons_print(port, reasons, sizeof reasons);
	return tern_fail(
		TERN_ETIMEDOUT, "%s has %u of %u %s: %s", port->info.topic_name, matched,
		count, port->info.kind == TERN_WRITER ? "readers" : "writers",
		reasons[0] ? reasons
			   : "no others were found; is the peer running, in this "
			     "domain, on a network that is reached?");
}

/* The lock is held. */
static uint32_t count_matched(const struct tern_port *port)
{
	uint32_t matched = 0;

	for (const struct pair *pair = port->pairs; pair; pair = pair->next)
		matched += pair->state == PAIR_MATCHED;
	return matched;
}

/* The domain's lock is held and let go meanwhile. */
static void wait_for_change(struct tern_domain *domain, int64_t until_ns)
{
	struct timespec until = clock_timespec(until_ns);

	pthread_cond_clockwait(&domain->changed, &domain->lock, CLOCK_MONOTONIC, &until);
}

/* What transports without threads find elsewhere can only ring. */
static tern_status wait_by_bell(struct tern_port *port, uint32_t index, uint32_t count,
                                int64_t deadline_ns)
{
	struct tern_domain *domain = port->domain;
	struct bell *bell = &domain->bells.bells[index];
	tern_status s = TERN_EAGAIN;

	atomic_fetch_or(&domain->awaiting, UINT64_C(1) << index);
	for (;;) {
		bell_listen(bell);
		int64_t until_ns = domain_discover(domain);
		pthread_mutex_lock(&domain->lock);
		uint32_t matched = count_matched(port);
		if (matched >= count)
			s = TERN_OK;
		else if (clock_monotonic_ns() >= deadline_ns)
			s = too_few(port, matched, count);
		pthread_mutex_unlock(&domain->lock);
		if (s != TERN_EAGAIN) {
			bell_stay_awake(bell);
			break;
		}
		tern_status rang =
			bell_wait(bell, until_ns < deadline_ns ? until_ns : deadline_ns);
		(void)rang; /* either way it is time to look again */
	}
	atomic_fetch_and(&domain->awaiting, ~(UINT64_C(1) << index));
	return s;
}

/* Without a bell: all that matters happens in this process, or there are no more bells. */
static tern_status wait_by_condition(struct tern_port *port, uint32_t count,
                                     int64_t deadline_ns)
{
	enum { LOOK_AGAIN_NS = 10 * 1000 * 1000 };
	struct tern_domain *domain = port->domain;
	tern_status s = TERN_EAGAIN;

	while (s == TERN_EAGAIN) {
		bool rings = atomic_load(&domain->discovering) == 0;
		domain_discover(domain);
		pthread_mutex_lock(&domain->lock);
		uint32_t matched = count_matched(port);
		int64_t now_ns = clock_monotonic_ns();
		if (matched >= count)
			s = TERN_OK;
		else if (now_ns >= deadline_ns)
			s = too_few(port, matched, count);
		else
			wait_for_change(domain,
			                rings || deadline_ns - now_ns < LOOK_AGAIN_NS
			                        ? deadline_ns
			                        : now_ns + LOOK_AGAIN_NS);
		pthread_mutex_unlock(&domain->lock);
	}
	return s;
}

tern_status port_wait_matched(struct tern_port *port, uint32_t count, int64_t timeout_ns)
{
	struct tern_domain *domain = port->domain;
	int64_t deadline_ns = clock_deadline_ns(timeout_ns);
	uint32_t bell;

	if (!atomic_load(&domain->discovering) ||
	    bell_claim(&domain->bells, false, &bell) < 0)
		return wait_by_condition(port, count, deadline_ns);
	tern_status s = wait_by_bell(port, bell, count, deadline_ns);
	bell_release(&domain->bells, bell);
	return s;
}
