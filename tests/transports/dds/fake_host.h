/* A host that the tests play in core's place: it attaches every endpoint of the one topic that
 * is found, and remembers what the transport told it. */
#ifndef TERN_TESTS_FAKE_HOST_H
#define TERN_TESTS_FAKE_HOST_H

#include <pthread.h>
#include <stdbool.h>

#include <tern/transport.h>

#define FAKE_TOPIC "fake_topic"

/* A type with the key in the first word of its body; nobody encodes or decodes it. */
extern const struct tern_type fake_keyed_type;

struct tern_port {
	struct tern_domain *domain;
	struct tern_transport_endpoint *endpoint; /* once it is announced */
	tern_endpoint_kind kind;
};

/* What was told, in order, as text lines: "peer found", "sample 3 key 7 write", ... */
struct tern_domain {
	pthread_mutex_t lock;
	const struct tern_transport_ops *ops;
	struct tern_transport *transport;
	struct tern_port port;
	struct tern_endpoint_info remote; /* the one endpoint of the other side */
	bool remote_known;
	bool ready; /* the pair is */
	bool full;  /* deliver() answers TERN_EAGAIN */
	uint32_t delivered, refused, lost;
	uint32_t disordered; /* not numbered one more than the one before */
	bool peer_lost, endpoint_lost;
	struct tern_delivery last; /* its payload is not kept */
	uint8_t last_body[64];
	size_t last_size_bytes;
};

/** Start the transport. @return false with the reason on stderr */
bool fake_host_start(struct tern_domain *domain);
void fake_host_stop(struct tern_domain *domain);

/** Announce an endpoint of FAKE_TOPIC and attach who is there already. */
bool fake_host_announce(struct tern_domain *domain, tern_endpoint_kind kind,
                        const struct tern_qos *qos);
void fake_host_withdraw(struct tern_domain *domain);

/** Send one sample: a key and as much filling. */
tern_status fake_host_write(struct tern_domain *domain, tern_change_kind kind,
                            uint32_t key, size_t filling_bytes, int64_t timestamp_ns);

/** "ok" if the transport runs on the Cyclone DDS that it finds, else its reason. */
const char *fake_host_try_entry(void);

/** Payloads that are still held by somebody. */
uint32_t fake_host_payloads(void);

bool fake_host_is_ready(void *domain);

#endif
