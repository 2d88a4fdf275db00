/* One Cyclone participant for this process in one domain: configuration, start and stop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dds.h"
#include "record.h"

/* Cyclone's own defaults lose discovery for 8 s when the first announcement is lost, allow few
 * processes a host without multicast, and receive large samples through a small buffer. What
 * the user's CYCLONEDDS_URI says comes later and wins. */
#define CONFIG_DEFAULTS                                                                  \
	"<Discovery><SPDPInterval>1s</SPDPInterval>"                                     \
	"<MaxAutoParticipantIndex>119</MaxAutoParticipantIndex></Discovery>"             \
	"<Internal><SocketReceiveBufferSize max=\"" RECEIVE_BUFFER_WANTED                \
	"\"/></Internal>"

#define RECEIVE_BUFFER_WANTED "8MB"
#define RECEIVE_BUFFER_SMALL_BYTES (1024L * 1024L)

static const char rmem_max_path[] = "/proc/sys/net/core/rmem_max";

/* The kernel cuts receive buffers silently; a sample that is larger than the buffer then needs
 * seconds of retransmissions. */
static void warn_of_small_buffers(const struct tern_host *host)
{
	static uint32_t warned; /* atomic: once a process */
	long granted_bytes = -1;
	FILE *file = fopen(rmem_max_path, "re");
	if (!file)
		return;
	int got = fscanf(file, "%ld", &granted_bytes);
	fclose(file);
	if (got != 1 || granted_bytes >= RECEIVE_BUFFER_SMALL_BYTES)
		return;
	if (__atomic_exchange_n(&warned, 1, __ATOMIC_RELAXED) != 0)
		return;
	host->log(
		TERN_LOG_WARNING,
		"dds: this host grants receive buffers of %ld bytes only: samples larger "
		"than that arrive slowly or not at all. As root: sysctl -w "
		"net.core.rmem_max=8388608",
		granted_bytes);
}

static char *config_text(void)
{
	const char *user = getenv("CYCLONEDDS_URI");
	char *text;
	if (!user || !*user)
		return strdup(CONFIG_DEFAULTS);
	if (asprintf(&text, "%s,%s", CONFIG_DEFAULTS, user) < 0)
		return NULL;
	return text;
}

static dds_qos_t *participant_qos(const struct tern_transport_config *config)
{
	struct tern__record record = {
		.kind = TERN__RECORD_PARTICIPANT,
		.guid = config->process,
		.pid = config->pid,
	};
	uint8_t bytes[TERN__RECORD_SIZE_MAX_BYTES];
	memcpy(record.host_id, config->host_id, sizeof record.host_id);
	snprintf(record.process_name, sizeof record.process_name, "%s",
	         config->process_name);

	dds_qos_t *qos = dds_create_qos();
	if (!qos)
		return NULL;
	dds_qset_userdata(qos, bytes, tern__record_encode(&record, bytes));
	dds_qset_entity_name(qos, record.process_name);
	return qos;
}

static tern_status create_participant(struct tern_transport *transport,
                                      const struct tern_transport_config *config)
{
	const struct tern_host *host = transport->host;
	char *text = config_text();
	dds_qos_t *qos = participant_qos(config);
	tern_status s = TERN_OK;
	if (!text || !qos) {
		s = host->fail(TERN_ENOMEM, "no memory for Cyclone's configuration");
		goto out;
	}
	dds_entity_t domain = dds_create_domain(config->domain_id, text);
	if (domain > 0) {
		transport->cyclone_domain = domain;
	} else if (domain != DDS_RETCODE_PRECONDITION_NOT_MET) {
		/* That one: the program uses the domain with Cyclone itself, too. */
		s = host->fail(
			TERN_EIO,
			"Cyclone DDS cannot start in domain %u: %s. Its own message is "
			"on stderr; check CYCLONEDDS_URI and the network interfaces",
			config->domain_id, dds_strretcode(domain));
		goto out;
	}
	transport->participant = dds_create_participant(config->domain_id, qos, NULL);
	if (transport->participant < 0) {
		s = host->fail(
			TERN_EIO,
			"Cyclone DDS makes no participant in domain %u: %s. Its own "
			"message is on stderr; check CYCLONEDDS_URI",
			config->domain_id, dds_strretcode(transport->participant));
		goto out;
	}
	(void)dds_get_guid(transport->participant, &transport->rtps_guid);
out:
	dds_delete_qos(qos);
	free(text);
	return s;
}

tern_status tern__dds_start(const struct tern_host *host, struct tern_domain *domain,
                            const struct tern_transport_config *config,
                            struct tern_transport **ret_transport)
{
	struct tern_transport *transport = calloc(1, sizeof *transport);
	if (!transport)
		return host->fail(TERN_ENOMEM, "no memory for the DDS transport");
	transport->host = host;
	transport->domain = domain;
	pthread_mutex_init(&transport->report_lock, NULL);
	pthread_mutex_init(&transport->lock, NULL);
	transport->batch_delay_ns =
		tern__batch_delay_of(host, getenv("TERN_DDS_BATCH_US"));
	warn_of_small_buffers(host);
	tern_status s = create_participant(transport, config);
	if (s < 0)
		goto stop;
	*ret_transport = transport; /* discovery reports before this returns */
	s = tern__discovery_start(transport);
	if (s < 0)
		goto stop;
	return TERN_OK;

stop:
	tern__dds_stop(transport);
	return s;
}

void tern__dds_stop(struct tern_transport *transport)
{
	tern__discovery_stop(transport);
	if (transport->participant > 0)
		(void)dds_delete(transport->participant);
	if (transport->cyclone_domain > 0)
		(void)dds_delete(transport->cyclone_domain);
	free(transport->peers);
	free(transport->remotes);
	pthread_mutex_destroy(&transport->lock);
	pthread_mutex_destroy(&transport->report_lock);
	free(transport);
}
