/* Samples that come in over DDS, on their way to core: whose they are, whether they are new, and
 * what their number says of lost ones. Runs on Cyclone's threads, with its locks held. */
#include <string.h>

#include "dds.h"

/* How long samples of a writer that Cyclone has matched wait for core to take the pair up.
 * Core does so within the call that made the endpoint; whatever it has not attached after this
 * time goes another way, and core counts what comes. */
#define ATTACH_GRACE_NS INT64_C(1000000000)

static void drop_malformed(struct tern_transport_endpoint *endpoint,
                           const struct tern__cyclone_sample *sample,
                           const struct tern_guid *writer)
{
	const struct tern_host *host = endpoint->transport->host;
	host->lost(endpoint->port, writer, 1);
	/* The log tells the first; the count tells how many. */
	if (__atomic_exchange_n(&endpoint->malformed_logged, 1, __ATOMIC_RELAXED) == 0)
		host->log(TERN_LOG_WARNING,
		          "dds: dropped a malformed sample of topic %s: %s. The writer's "
		          "type or "
		          "encoder is broken; more such samples are counted as lost",
		          endpoint->topic_name, sample->malformed);
}

/* What core needs of the pair, taken under its lock. */
struct arrival {
	struct tern_guid writer;
	uint64_t sequence_number; /* for core */
	uint64_t before;          /* the pair's last_sequence_number until now */
	enum { ARRIVAL_DELIVER, ARRIVAL_DROP, ARRIVAL_LATER } what;
};

static struct arrival arrive(struct tern_transport_endpoint *endpoint,
                             const struct tern__cyclone_sample *sample)
{
	struct arrival arrival = { .what = ARRIVAL_DROP };
	uint64_t number = sample->sequence_number;
	pthread_mutex_lock(&endpoint->pairs.lock);
	struct tern__pair *pair = tern__pairs_by_handle(&endpoint->pairs, sample->writer);
	if (!pair)
		goto unlock; /* its end was reported */
	/* Where several readers share a writer, Cyclone offers a sample that one of them had no
	 * room for to all of them again. */
	if (number != 0 && number <= pair->last_sequence_number)
		goto unlock;
	arrival.what = ARRIVAL_LATER;
	if (!pair->decided && endpoint->reliable &&
	    endpoint->transport->host->monotonic_ns() - pair->matched_at_ns <
	            ATTACH_GRACE_NS)
		goto unlock;
	arrival.what = ARRIVAL_DELIVER;
	arrival.writer = pair->remote;
	/* In history that is sent to a late joiner, samples that newer ones have replaced are
	 * missing: these gaps are no loss. */
	if (number != 0 && (!endpoint->transient_local ||
	                    sample->source_timestamp_ns >= pair->matched_realtime_ns))
		arrival.sequence_number = number - pair->malformed;
	arrival.before = pair->last_sequence_number;
	pair->last_sequence_number = number;
	pair->malformed += sample->malformed != NULL;
unlock:
	pthread_mutex_unlock(&endpoint->pairs.lock);
	return arrival;
}

/* There was no room: it will be offered again. */
static void take_back(struct tern_transport_endpoint *endpoint,
                      const struct tern__cyclone_sample *sample, uint64_t before)
{
	pthread_mutex_lock(&endpoint->pairs.lock);
	struct tern__pair *pair = tern__pairs_by_handle(&endpoint->pairs, sample->writer);
	if (pair)
		pair->last_sequence_number = before;
	pthread_mutex_unlock(&endpoint->pairs.lock);
}

bool tern__dds_store(void *context, const struct tern__cyclone_sample *sample)
{
	struct tern_transport_endpoint *endpoint = context;
	const struct tern_host *host = endpoint->transport->host;
	struct arrival arrival = arrive(endpoint, sample);
	if (arrival.what != ARRIVAL_DELIVER)
		return arrival.what == ARRIVAL_DROP;
	if (sample->malformed) {
		drop_malformed(endpoint, sample, &arrival.writer);
		return true;
	}
	struct tern_delivery delivery = {
		.writer = arrival.writer,
		.source_timestamp_ns = sample->source_timestamp_ns,
		.sequence_number = arrival.sequence_number,
		.kind = sample->kind,
		.payload = sample->payload,
	};
	memcpy(delivery.key_hash, sample->key_hash, sizeof delivery.key_hash);
	if (host->deliver(endpoint->port, endpoint->transport, &delivery) != TERN_EAGAIN)
		return true;
	take_back(endpoint, sample, arrival.before);
	return false;
}
