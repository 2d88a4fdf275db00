/* Matching and routing. The states are drawn in route.h. */
#include "route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "log.h"

static const char *transport_name(const struct pair *pair)
{
	return pair->port->domain->transports[pair->transport].name;
}

struct pair *route_pair(const struct tern_port *port, const struct tern_guid *remote)
{
	struct pair *pair = port->pairs;

	while (pair && !tern_guid_equal(&pair->remote->info.guid, remote))
		pair = pair->next;
	return pair;
}

static void queue_work(struct pair *pair)
{
	struct tern_domain *domain = pair->port->domain;

	if (pair->queued)
		return;
	pair->queued = true;
	pair->next_work = NULL;
	if (domain->work_last)
		domain->work_last->next_work = pair;
	else
		domain->work_first = pair;
	domain->work_last = pair;
}

static void pair_free(struct pair *pair)
{
	struct pair **link = &pair->port->pairs;

	while (*link != pair)
		link = &(*link)->next;
	*link = pair->next;
	domain_changed(pair->port->domain);
	endpoint_unref(pair->remote);
	free(pair);
}

static void feeds_update(struct tern_port *port)
{
	uint32_t feeds = 0;

	for (const struct pair *pair = port->pairs; pair; pair = pair->next)
		if (pair->state == PAIR_MATCHED)
			feeds |= 1u << pair->transport;
	port->events->feeds_changed(port, feeds);
}

/* Does this transport serve the pair? LATER with the reason. */
static tern_reach reach_by(struct pair *pair, uint32_t index, const struct peer *peer)
{
	const struct domain_transport *transport = &pair->port->domain->transports[index];
	tern_reach reach = transport->ops->reach(transport->instance, &peer->info);
	bool is_reported = pair->remote->reported_by & (1u << index);

	if (reach == TERN_REACH_NO ||
	    (reach == TERN_REACH_YES && is_reported && pair->port->endpoints[index]))
		return reach;
	if (reach == TERN_REACH_YES &&
	    !(transport->ops->flags & TERN_TRANSPORT_REPORTS_ALL))
		return TERN_REACH_NO;
	snprintf(pair->reason.text, sizeof pair->reason.text,
	         "waits for the %s transport to %s", transport->name,
	         reach == TERN_REACH_LATER ? "know whether it reaches the peer"
	         : is_reported             ? "announce our side"
	                                   : "report the other side");
	return TERN_REACH_LATER;
}

/* The first transport that serves the pair; LATER if one of a higher rank may yet. */
static tern_reach choose_transport(struct pair *pair, uint32_t *ret_transport)
{
	struct tern_domain *domain = pair->port->domain;
	const struct peer *peer =
		directory_peer(&domain->directory, &pair->remote->info.participant);

	pair->reason.text[0] = 0;
	for (uint32_t i = 0; peer && i < domain->transport_count; i++) {
		struct domain_transport *transport = &domain->transports[i];
		if (transport->state != TRANSPORT_RUNNING ||
		    ((pair->refused | pair->port->refused) & (1u << i)))
			continue;
		switch (reach_by(pair, i, peer)) {
		case TERN_REACH_LATER:
			return TERN_REACH_LATER;
		case TERN_REACH_YES:
			*ret_transport = i;
			return TERN_REACH_YES;
		case TERN_REACH_NO:
			break;
		}
	}
	snprintf(pair->reason.text, sizeof pair->reason.text,
	         "no transport of this process reaches the peer%s",
	         pair->refused ? ": each one refused, see the log" : "");
	return TERN_REACH_NO;
}

static void decide_path(struct pair *pair)
{
	uint32_t transport = 0;

	pair->state = PAIR_UNDECIDED;
	if (choose_transport(pair, &transport) != TERN_REACH_YES)
		return;
	if (pair->port->events->path_decided(pair->port, &pair->remote->info, transport) <
	    0) {
		snprintf(pair->reason.text, sizeof pair->reason.text, "%s",
		         tern_error_text());
		return;
	}
	pair->state = PAIR_ATTACHING;
	pair->transport = transport;
	pair->ready = false;
	queue_work(pair);
}

/* As tools word it, see discovery/src/problem_text.c. */
static void log_mismatch(const struct pair *pair)
{
	const struct tern_domain *domain = pair->port->domain;
	const struct peer *peer =
		directory_peer(&domain->directory, &pair->remote->info.participant);

	tern__log(TERN_LOG_WARNING, "%s: %s: our %s, the %s of %.64s[%u]: %s",
	          pair->reason.code == MATCH_TYPE ? "T02 type mismatch"
	                                          : "T01 QoS mismatch",
	          pair->port->info.topic_name,
	          pair->port->info.kind == TERN_WRITER ? "writer" : "reader",
	          pair->remote->info.kind == TERN_WRITER ? "writer" : "reader",
	          peer ? peer->info.process_name : "", peer ? peer->info.pid : 0,
	          pair->reason.text);
}

static void decide(struct pair *pair)
{
	struct tern_port *port = pair->port;
	const struct tern_endpoint_info *remote = &pair->remote->info;
	bool matches = port->info.kind == TERN_WRITER
	                       ? tern__match(&port->info, remote, &pair->reason)
	                       : tern__match(remote, &port->info, &pair->reason);

	pair->again = false;
	if (matches && pair->verdict.code == MATCH_OK) {
		decide_path(pair);
		return;
	}
	if (matches)
		pair->reason = pair->verdict;
	pair->state = PAIR_MISMATCHED;
	/* Other partitions are other buses by the user's own wish: no news to him. */
	if (pair->reason.code == MATCH_PARTITION)
		return;
	port->events->mismatched(port, remote, &pair->reason);
	if (!pair->remote->info.is_ours || port->info.kind == TERN_READER)
		log_mismatch(pair); /* in one process once */
}

static void remote_set(struct pair *pair, struct endpoint *remote)
{
	endpoint_ref(remote);
	endpoint_unref(pair->remote);
	pair->remote = remote;
	pair->verdict.code = MATCH_OK;
}

/* The endpoint went and is back before the pair was detached: it begins anew after that. */
static void revive(struct pair *pair, struct endpoint *remote)
{
	remote_set(pair, remote);
	pair->gone = false;
	pair->again = true;
	pair->refused = 0;
}

void route_consider(struct tern_port *port, struct endpoint *remote)
{
	if (port->closing || port->info.kind == remote->info.kind ||
	    strcmp(port->info.topic_name, remote->info.topic_name) != 0)
		return;
	struct pair *pair = route_pair(port, &remote->info.guid);
	if (pair) {
		if (pair->gone)
			revive(pair, remote);
		else if (pair->state == PAIR_UNDECIDED)
			decide(pair);
		return;
	}
	pair = calloc(1, sizeof *pair);
	if (!pair) {
		tern__log(TERN_LOG_ERROR, "no memory to match %s with a new endpoint",
		          port->info.topic_name);
		return;
	}
	pair->port = port;
	pair->remote = endpoint_ref(remote);
	pair->next = port->pairs;
	port->pairs = pair;
	decide(pair);
}

/* End what the pair has. It is freed, or decided anew, at once or when it is detached. */
static void pair_end(struct pair *pair, bool again)
{
	pair->again = again;
	pair->gone = pair->gone || !again;
	switch (pair->state) {
	case PAIR_WAITING:
	case PAIR_MATCHED:
		pair->state = PAIR_DETACHING;
		feeds_update(pair->port);
		queue_work(pair);
		break;
	case PAIR_ATTACHING: /* attach_pair() sees gone and again when it is its turn */
	case PAIR_DETACHING:
		break;
	case PAIR_MISMATCHED:
	case PAIR_UNDECIDED:
		if (pair->gone)
			pair_free(pair);
		else
			decide(pair);
		break;
	}
}

void route_reconsider(struct tern_domain *domain, const struct tern_guid *remote)
{
	struct endpoint *endpoint = directory_endpoint(&domain->directory, remote);

	for (struct tern_port *port = domain->ports; endpoint && port; port = port->next)
		route_consider(port, endpoint);
}

void route_replace(struct tern_domain *domain, struct endpoint *remote)
{
	for (struct tern_port *port = domain->ports; port; port = port->next) {
		struct pair *pair = route_pair(port, &remote->info.guid);
		if (port->closing || !pair || pair->gone) {
			route_consider(port, remote);
			continue;
		}
		struct match_reason reason;
		bool matches = port->info.kind == TERN_WRITER
		                       ? tern__match(&port->info, &remote->info, &reason)
		                       : tern__match(&remote->info, &port->info, &reason);
		remote_set(pair, remote);
		/* A pair that still matches goes on undisturbed. */
		if (!matches || pair->state == PAIR_MISMATCHED ||
		    pair->state == PAIR_UNDECIDED)
			pair_end(pair, true);
		else if (port->events->changed)
			port->events->changed(port, &remote->info);
	}
}

void route_lost(struct tern_domain *domain, const struct tern_guid *remote,
                uint32_t transports)
{
	struct endpoint *endpoint = directory_endpoint(&domain->directory, remote);
	if (!endpoint)
		return;
	endpoint->reported_by &= ~transports;
	bool gone = endpoint->reported_by == 0;

	for (struct tern_port *port = domain->ports; port; port = port->next) {
		struct pair *pair = route_pair(port, remote);
		bool served = pair && pair->state != PAIR_MISMATCHED &&
		              pair->state != PAIR_UNDECIDED &&
		              (transports & (1u << pair->transport));
		if (pair && (gone || served))
			pair_end(pair, !gone);
	}
	if (gone)
		directory_remove_endpoint(&domain->directory, remote);
}

void route_close(struct tern_port *port)
{
	struct pair *pair = port->pairs;

	while (pair) {
		struct pair *next = pair->next;
		pair_end(pair, false);
		pair = next;
	}
}

static void pair_matched(struct pair *pair)
{
	struct tern_port *port = pair->port;
	struct tern_domain *domain = port->domain;
	struct endpoint *remote = endpoint_ref(pair->remote);

	pair->state = PAIR_MATCHED;
	pair->was_matched = true;
	pair->reason.text[0] = 0;
	feeds_update(port);
	port->events->matched(port, &remote->info);
	domain_changed(domain);
	if (port->events->attached)
		queue_work(pair); /* to bring the history without the lock */
	endpoint_unref(remote);
}

void route_ready(struct pair *pair)
{
	if (pair->state == PAIR_WAITING)
		pair_matched(pair);
	else if (pair->state == PAIR_ATTACHING)
		pair->ready = true;
}

/* The transport does not serve the pair; that the types do not fit holds for the others too. */
static void note_refusal(struct pair *pair, tern_status why, const char *text)
{
	pair->refused |= 1u << pair->transport;
	if (why != TERN_EMISMATCH)
		return;
	pair->verdict.code = MATCH_TYPE;
	snprintf(pair->verdict.text, sizeof pair->verdict.text, "%s", text);
}

void route_broken(struct pair *pair, tern_status why, const char *text)
{
	tern__log(TERN_LOG_WARNING, "%s: the %s path to %s endpoint broke (%s): %s",
	          pair->port->info.topic_name, transport_name(pair),
	          pair->remote->info.is_tern ? "a Tern" : "a foreign",
	          tern_status_name(why), text);
	note_refusal(pair, why, text);
	pair_end(pair, true);
}

/* The next two unlock the domain while they call the transport. */

static void attach_pair(struct pair *pair)
{
	struct tern_port *port = pair->port;
	struct tern_domain *domain = port->domain;
	const struct tern_transport_ops *ops = domain->transports[pair->transport].ops;
	struct endpoint *remote = endpoint_ref(pair->remote);

	tern_status s = TERN_ECLOSED;
	if (!pair->gone && !pair->again) {
		pthread_mutex_unlock(&domain->lock);
		s = ops->attach(port->endpoints[pair->transport], &remote->info);
		pthread_mutex_lock(&domain->lock);
	}
	endpoint_unref(remote);

	if ((s == TERN_OK || s == TERN_EAGAIN) && (pair->gone || pair->again)) {
		pair->state = PAIR_DETACHING;
		queue_work(pair);
	} else if (s == TERN_OK || (s == TERN_EAGAIN && pair->ready)) {
		pair_matched(pair);
	} else if (s == TERN_EAGAIN) {
		pair->state = PAIR_WAITING;
		snprintf(pair->reason.text, sizeof pair->reason.text,
		         "waits for the %s transport to connect", transport_name(pair));
	} else {
		port->events->path_closed(port, &pair->remote->info, pair->gone);
		pair->state = PAIR_UNDECIDED;
		if (!pair->gone && !pair->again) {
			tern__log(TERN_LOG_WARNING,
			          "%s: the %s transport refused a pair: %s",
			          port->info.topic_name, transport_name(pair),
			          tern_error_text());
			note_refusal(pair, s, tern_error_text());
		}
		pair_end(pair, !pair->gone);
	}
}

static void detach_pair(struct pair *pair)
{
	struct tern_port *port = pair->port;
	struct tern_domain *domain = port->domain;
	const struct tern_transport_ops *ops = domain->transports[pair->transport].ops;
	struct tern_transport_endpoint *endpoint = port->endpoints[pair->transport];
	const struct tern_guid remote = pair->remote->info.guid;

	pthread_mutex_unlock(&domain->lock);
	if (port->events->detaching && (ops->flags & TERN_TRANSPORT_PULLS))
		port->events->detaching(port, pair->transport);
	ops->detach(endpoint, &remote);
	pthread_mutex_lock(&domain->lock);

	port->events->path_closed(port, &pair->remote->info, pair->gone);
	if (pair->was_matched)
		port->events->unmatched(port, &pair->remote->info);
	pair->was_matched = false;
	pair->state = PAIR_UNDECIDED;
	pair_end(pair, !pair->gone);
}

static void bring_history(struct pair *pair)
{
	struct tern_port *port = pair->port;
	struct tern_domain *domain = port->domain;
	struct endpoint *remote = endpoint_ref(pair->remote);
	uint32_t transport = pair->transport;

	pthread_mutex_unlock(&domain->lock);
	port->events->attached(port, &remote->info, transport);
	pthread_mutex_lock(&domain->lock);
	endpoint_unref(remote);
}

void route_run(struct tern_domain *domain)
{
	if (domain->work_running)
		return;
	domain->work_running = true;
	while (domain->work_first) {
		struct pair *pair = domain->work_first;
		domain->work_first = pair->next_work;
		if (!domain->work_first)
			domain->work_last = NULL;
		pair->queued = false;
		if (pair->state == PAIR_ATTACHING)
			attach_pair(pair);
		else if (pair->state == PAIR_DETACHING)
			detach_pair(pair);
		else if (pair->state == PAIR_MATCHED)
			bring_history(pair);
	}
	domain->work_running = false;
}
