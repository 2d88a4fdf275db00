/* The local transport: its endpoints, who is attached to whom, and the table of functions.
 * How samples move is in send.c. */
#include "local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/transport.h>

const struct tern_transport_ops *tern__local_entry(const struct tern_host *host);

static tern_status local_start(const struct tern_host *host, struct tern_domain *domain,
                               const struct tern_transport_config *config,
                               struct tern_transport **ret_transport)
{
	struct tern_transport *local = calloc(1, sizeof *local);
	if (!local)
		return host->fail(TERN_ENOMEM, "no memory for the local transport");

	local->host = host;
	local->domain = domain;
	local->process = config->process;
	pthread_mutex_init(&local->lock, NULL);
	pthread_cond_init(&local->room, NULL);
	*ret_transport = local;

	struct tern_peer_info self = {
		.guid = config->process,
		.is_tern = true,
		.is_ours = true,
		.pid = config->pid,
		.process_name = config->process_name,
		.address = "",
	};
	memcpy(self.host_id, config->host_id, sizeof self.host_id);
	host->peer_found(domain, local, &self);
	return TERN_OK;
}

static void local_stop(struct tern_transport *local)
{
	local->host->peer_lost(local->domain, local, &local->process);
	pthread_cond_destroy(&local->room);
	pthread_mutex_destroy(&local->lock);
	free(local);
}

static tern_reach local_reach(struct tern_transport *local,
                              const struct tern_peer_info *peer)
{
	bool is_self = memcmp(&peer->guid, &local->process, sizeof peer->guid) == 0;

	return is_self ? TERN_REACH_YES : TERN_REACH_NO;
}

static tern_status local_announce(struct tern_transport *local, struct tern_port *port,
                                  const struct tern_endpoint_info *info,
                                  struct tern_transport_endpoint **ret_endpoint)
{
	struct tern_transport_endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (!endpoint)
		return local->host->fail(TERN_ENOMEM, "no memory for an endpoint of %s",
		                         info->topic_name);

	endpoint->transport = local;
	endpoint->port = port;
	endpoint->guid = info->guid;
	endpoint->kind = info->kind;
	endpoint->type = info->type;
	endpoint->reliability = info->qos.reliability;
	endpoint->history = info->qos.history;
	endpoint->history_depth = info->qos.history_depth;
	endpoint->durability = info->qos.durability;
	endpoint->representation =
		info->qos.representations & TERN_ACCEPT_XCDR1 ? TERN_XCDR1 : TERN_XCDR2;
	endpoint->next_sequence_number = 1;
	pthread_mutex_init(&endpoint->queue_lock, NULL);
	pthread_mutex_lock(&local->lock);
	endpoint->next = local->endpoints;
	local->endpoints = endpoint;
	pthread_mutex_unlock(&local->lock);
	*ret_endpoint = endpoint;
	local->host->endpoint_found(local->domain, local, info);
	return TERN_OK;
}

static struct tern_transport_endpoint *find(const struct tern_transport *local,
                                            const struct tern_guid *guid)
{
	struct tern_transport_endpoint *endpoint = local->endpoints;

	while (endpoint && memcmp(&endpoint->guid, guid, sizeof *guid) != 0)
		endpoint = endpoint->next;
	return endpoint;
}

struct link *local_link(const struct tern_transport_endpoint *writer,
                        const struct tern_guid *reader)
{
	struct link *link = writer->links;

	while (link && memcmp(&link->reader->guid, reader, sizeof *reader) != 0)
		link = link->next;
	return link;
}

/* The lock is held. */
static tern_status link_add(struct tern_transport_endpoint *writer,
                            struct tern_transport_endpoint *reader)
{
	struct link *link = calloc(1, sizeof *link);
	if (!link)
		return writer->transport->host->fail(TERN_ENOMEM,
		                                     "no memory to attach a reader");

	link->reader = reader;
	link->reliable = writer->reliability == TERN_RELIABLE &&
	                 reader->reliability == TERN_RELIABLE;
	link->may_block = link->reliable && writer->history == TERN_KEEP_ALL;
	link->encoded = writer->type != reader->type &&
	                (writer->type->layout_hash != reader->type->layout_hash ||
	                 writer->type->layout_hash == 0);
	link->withheld = writer->durability == TERN_TRANSIENT_LOCAL &&
	                 reader->durability == TERN_TRANSIENT_LOCAL;
	link->next = writer->links;
	writer->links = link;
	return TERN_OK;
}

/* The pair is one link, which the writer's side makes. */
static tern_status local_attach(struct tern_transport_endpoint *endpoint,
                                const struct tern_endpoint_info *remote)
{
	struct tern_transport *local = endpoint->transport;
	tern_status s = TERN_OK;

	if (endpoint->kind == TERN_READER)
		return TERN_OK;
	pthread_mutex_lock(&local->lock);
	struct tern_transport_endpoint *reader = find(local, &remote->guid);
	if (!reader)
		s = local->host->fail(TERN_ECLOSED, "the reader of %s is gone",
		                      remote->topic_name);
	else if (!local_link(endpoint, &remote->guid))
		s = link_add(endpoint, reader);
	pthread_mutex_unlock(&local->lock);
	return s;
}

/* The lock is held. */
static void link_remove(struct tern_transport_endpoint *writer,
                        const struct tern_guid *reader)
{
	struct link **link = &writer->links;

	while (*link && memcmp(&(*link)->reader->guid, reader, sizeof *reader) != 0)
		link = &(*link)->next;
	struct link *removed = *link;
	if (!removed)
		return;
	*link = removed->next;
	if (removed->reserved) {
		pthread_mutex_lock(&removed->reader->queue_lock);
		removed->reader->places_reserved--;
		pthread_mutex_unlock(&removed->reader->queue_lock);
	}
	free(removed);
	pthread_cond_broadcast(&writer->transport->room);
}

/* A writer may still be attached, if another thread of core's is on its way to detach it. */
static void local_withdraw(struct tern_transport_endpoint *endpoint)
{
	struct tern_transport *local = endpoint->transport;

	/* Readers of ours that hold samples of it fetch them now. */
	local->host->endpoint_lost(local->domain, local, &endpoint->guid);
	pthread_mutex_lock(&local->lock);
	struct tern_transport_endpoint **link = &local->endpoints;
	while (*link != endpoint)
		link = &(*link)->next;
	*link = endpoint->next;
	for (struct tern_transport_endpoint *other = local->endpoints; other;
	     other = other->next)
		link_remove(other, &endpoint->guid);
	pthread_mutex_unlock(&local->lock);
	queue_fini(&endpoint->queue);
	pthread_mutex_destroy(&endpoint->queue_lock);
	free(endpoint);
}

/* Either side may be first: the writer must not see a reader that was withdrawn. */
static void local_detach(struct tern_transport_endpoint *endpoint,
                         const struct tern_guid *remote)
{
	struct tern_transport *local = endpoint->transport;

	pthread_mutex_lock(&local->lock);
	struct tern_transport_endpoint *other = find(local, remote);
	if (endpoint->kind == TERN_WRITER)
		link_remove(endpoint, remote);
	else if (other)
		link_remove(other, &endpoint->guid);
	pthread_mutex_unlock(&local->lock);
}

static size_t local_explain(struct tern_transport_endpoint *endpoint,
                            const struct tern_guid *remote, char *text, size_t size_bytes)
{
	struct tern_transport *local = endpoint->transport;

	pthread_mutex_lock(&local->lock);
	bool here = find(local, remote) != NULL;
	pthread_mutex_unlock(&local->lock);
	int written =
		snprintf(text, size_bytes,
	                 here ? "both ends are in this process: samples are shared by "
	                        "reference"
	                      : "the other end is not in this process");
	return written < 0 ? 0 : (size_t)written;
}

static const struct tern_transport_ops local_ops = {
	.abi = TERN_TRANSPORT_ABI,
	.name = "local",
	.flags = TERN_TRANSPORT_PULLS,
	.start = local_start,
	.stop = local_stop,
	.reach = local_reach,
	.announce = local_announce,
	.withdraw = local_withdraw,
	.attach = local_attach,
	.detach = local_detach,
	.reserve = local_reserve,
	.commit = local_commit,
	.cancel = local_cancel,
	.replay = local_replay,
	.wait_acknowledged = local_wait_acknowledged,
	.poll = local_poll,
	.explain = local_explain,
};

const struct tern_transport_ops *tern__local_entry(const struct tern_host *host)
{
	(void)host;
	return &local_ops;
}
