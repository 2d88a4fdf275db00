/* The DDS transport's table of functions, and the check that the Cyclone DDS it runs on is one
 * that it knows. Everything else is in the files beside. */
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "dds.h"

const struct tern_transport_ops *tern__dds_entry(const struct tern_host *host);

static tern_status dds_loan(struct tern_transport_endpoint *endpoint, size_t size_bytes,
                            struct tern_payload **ret_payload)
{
	(void)endpoint;
	(void)size_bytes;
	*ret_payload = NULL;
	return TERN_OK;
}

static tern_status dds_reserve(struct tern_transport_endpoint *endpoint,
                               struct tern_outgoing *outgoing)
{
	(void)endpoint;
	(void)outgoing;
	return TERN_OK; /* Cyclone blocks in commit, and sends nothing if it gives up */
}

static void dds_cancel(struct tern_transport_endpoint *endpoint,
                       struct tern_outgoing *outgoing)
{
	(void)endpoint;
	(void)outgoing;
}

static tern_status dds_commit(struct tern_transport_endpoint *endpoint,
                              struct tern_outgoing *outgoing)
{
	const struct tern_host *host = endpoint->transport->host;
	struct tern_payload *payload;
	/* The deadline is Cyclone's own: it knows max_blocking_time from the writer's QoS. */
	tern_status s =
		host->outgoing_encoded(outgoing, endpoint->representation, &payload);
	if (s < 0)
		return s;
	int64_t begin_ns = 0;
	tern__sender_begin(&endpoint->sender, &begin_ns);
	dds_return_t rc = tern__cyclone_write(endpoint->entity, endpoint->sertype,
	                                      endpoint->instances, outgoing, payload);
	tern__sender_end(&endpoint->sender, begin_ns, payload->size_bytes);
	switch (rc) {
	case DDS_RETCODE_OK:
		return TERN_OK;
	case DDS_RETCODE_TIMEOUT:
		return host->fail(
			TERN_ETIMEDOUT,
			"readers of topic %s on other hosts hold the writer back: they "
			"have not acknowledged what was sent before. Take samples "
			"faster there, or raise max_blocking_time_ns",
			endpoint->topic_name);
	case DDS_RETCODE_OUT_OF_RESOURCES:
		return host->fail(TERN_ENOMEM, "no memory to send a sample of topic %s",
		                  endpoint->topic_name);
	default:
		return host->fail(TERN_EIO,
		                  "Cyclone DDS does not send a sample of topic %s: %s",
		                  endpoint->topic_name, dds_strretcode(rc));
	}
}

static tern_status dds_wait_acknowledged(struct tern_transport_endpoint *endpoint,
                                         int64_t deadline_ns)
{
	const struct tern_host *host = endpoint->transport->host;
	dds_duration_t timeout_ns = DDS_INFINITY;
	if (deadline_ns != TERN_INFINITE) {
		int64_t now_ns = host->monotonic_ns();
		timeout_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
	}
	tern__sender_flush(&endpoint->sender);
	dds_return_t rc = dds_wait_for_acks(endpoint->entity, timeout_ns);
	if (rc == DDS_RETCODE_OK)
		return TERN_OK;
	if (rc == DDS_RETCODE_TIMEOUT)
		return host->fail(
			TERN_ETIMEDOUT,
			"readers of topic %s on other hosts have not acknowledged all "
			"samples in time",
			endpoint->topic_name);
	return host->fail(TERN_EIO, "Cyclone DDS cannot wait for acknowledgments: %s",
	                  dds_strretcode(rc));
}

tern_status tern__dds_describe_type(struct tern_transport *transport,
                                    const struct tern_endpoint_info *endpoint,
                                    int64_t deadline_ns, struct tern_buffer *ret_mapping)
{
	const struct tern_host *host = transport->host;
	int64_t left_ns = deadline_ns - host->monotonic_ns();
	dds_return_t rc = tern__cyclone_describe_type(
		transport->participant, endpoint, left_ns > 0 ? left_ns : 0, ret_mapping);

	switch (rc) {
	case DDS_RETCODE_OK:
		return TERN_OK;
	case DDS_RETCODE_OUT_OF_RESOURCES:
		return host->fail(TERN_ENOMEM, "no memory for the description of type %s",
		                  endpoint->type_name);
	case DDS_RETCODE_TIMEOUT:
		return host->fail(TERN_ETIMEDOUT,
		                  "dds: nobody has sent the description of type %s yet",
		                  endpoint->type_name);
	default:
		return host->fail(TERN_EUNSUPPORTED,
		                  "dds: the description of type %s cannot be had: %s",
		                  endpoint->type_name, dds_strretcode(rc));
	}
}

static const struct tern_transport_ops ops = {
	.abi = TERN_TRANSPORT_ABI,
	.name = "dds",
	.flags = TERN_TRANSPORT_KEEPS_HISTORY | TERN_TRANSPORT_SLOW_START |
	         TERN_TRANSPORT_COMMIT_MAY_FAIL,
	.start = tern__dds_start,
	.stop = tern__dds_stop,
	.reach = tern__discovery_reach,
	.describe_type = tern__dds_describe_type,
	.announce = tern__dds_announce,
	.withdraw = tern__dds_withdraw,
	.attach = tern__dds_attach,
	.detach = tern__dds_detach,
	.loan = dds_loan,
	.reserve = dds_reserve,
	.commit = dds_commit,
	.cancel = dds_cancel,
	.wait_acknowledged = dds_wait_acknowledged,
	.explain = tern__dds_explain,
};

/* libddsc exports no version: it is in the name of the file that was loaded. */
static bool find_library(char ret_path[PATH_MAX], const char **ret_version)
{
	static const char stem[] = "libddsc.so.";
	Dl_info info;
	union {
		dds_entity_t (*function)(const dds_domainid_t, const dds_qos_t *,
		                         const dds_listener_t *);
		void *address;
	} probe = { .function = dds_create_participant };
	ret_path[0] = '\0';
	*ret_version = "";
	if (!dladdr(probe.address, &info) || !info.dli_fname ||
	    !realpath(info.dli_fname, ret_path))
		return false;
	const char *name = strrchr(ret_path, '/');
	name = name ? name + 1 : ret_path;
	if (strncmp(name, stem, sizeof stem - 1) != 0)
		return false;
	*ret_version = name + sizeof stem - 1;
	return true;
}

const struct tern_transport_ops *tern__dds_entry(const struct tern_host *host)
{
	char path[PATH_MAX];
	const char *version;
	if (host->abi != TERN_TRANSPORT_ABI) {
		(void)host->fail(
			TERN_EUNSUPPORTED,
			"the dds module speaks ABI %d of the transport contract, this "
			"libtern %u: install both from one build",
			TERN_TRANSPORT_ABI, host->abi);
		return NULL;
	}
	if (!find_library(path, &version)) {
		(void)host->fail(
			TERN_EUNSUPPORTED,
			"cannot tell the version of Cyclone DDS from %s: want a file "
			"libddsc.so.%sx, as Debian's package libddsc0debian has it",
			path[0] ? path : "the loaded libddsc",
			TERN__CYCLONE_VERSION_PREFIX);
		return NULL;
	}
	if (strncmp(version, TERN__CYCLONE_VERSION_PREFIX,
	            sizeof TERN__CYCLONE_VERSION_PREFIX - 1) != 0) {
		(void)host->fail(
			TERN_EUNSUPPORTED,
			"found Cyclone DDS %s (%s), want %sx: this transport stands on "
			"internals of that release. Install Debian 12's cyclonedds, or "
			"start without DDS: TERN_TRANSPORTS",
			version, path, TERN__CYCLONE_VERSION_PREFIX);
		return NULL;
	}
	return &ops;
}
