/* This process's part of one domain: its transports, its ports and the directory of what was
 * found. All participants of a process in a domain share one. */
#ifndef TERN_CORE_DOMAIN_H
#define TERN_CORE_DOMAIN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <tern/participant.h>
#include <tern/transport.h>

#include "bell.h"
#include "directory.h"
#include "port.h"

struct pair;

/* The random bytes that GUIDs of this process and domain have in common. */
#define GUID_PROCESS_BYTES 10

enum transport_state { TRANSPORT_STARTING, TRANSPORT_RUNNING, TRANSPORT_FAILED };

/* In rank order: a pair takes the first that serves it. */
struct domain_transport {
	const char *name;                          /* static, or of the built-in table */
	const struct tern_transport_ops *ops;      /* NULL until its module is loaded */
	_Atomic(struct tern_transport *) instance; /* NULL until started */
	enum transport_state state;
	char failure[512]; /* FAILED: why, and what to do */
};

struct tern_domain {
	uint32_t domain_id;
	struct tern_domain *next;            /* domains_lock */
	uint32_t references;                 /* domains_lock */
	struct tern_transport_config config; /* fixed once domain_acquire() returned */
	char process_name[256];              /* fixed */
	bool shares_host_id;                 /* fixed, as config; a transport knows it */
	struct bell_table bells;

	/* Taken before a waitset's, writer's or reader's lock; never held while a transport is
	 * called, but for reach(). Guards the members below. */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* transports' states, ports' announcing and pairs */
	struct domain_transport transports[TRANSPORTS_MAX];
	uint32_t transport_count;
	_Atomic uint32_t starting; /* the one whose start() runs: it may report already */
	_Atomic uint32_t discovering; /* that run and have discover(), by bit */
	_Atomic uint64_t awaiting;    /* bells of threads that wait for `changed` too */
	struct tern_port *ports;
	struct directory directory;
	struct peer
		*dead[TERN_DEAD_MAX]; /* who ended without leaving, oldest first; owned */
	uint32_t dead_count;
	_Atomic uint64_t
		generation;      /* moves with every change of the above and of pairs */
	struct pair *work_first; /* route_run's queue */
	struct pair *work_last;
	bool work_running;
	uint32_t next_participant; /* numbers for GUIDs */
	uint32_t next_entity;

	pthread_t starter; /* brings up slow transports, then ends */
	bool starter_started;
};

/** Get this process's part of a domain, made if need be. TERN_OK, TERN_ENOMEM, TERN_EIO. */
tern_status domain_acquire(uint32_t domain_id, struct tern_domain **ret_domain);
/** Let it go; the last stops its transports. No port is open. May block. */
void domain_release(struct tern_domain *domain);

/** A GUID for a participant: its entities share the first 12 bytes. */
struct tern_guid domain_participant_guid(struct tern_domain *domain);
/** A GUID for an endpoint of the participant. */
struct tern_guid domain_endpoint_guid(struct tern_domain *domain,
                                      const struct tern_guid *participant,
                                      tern_endpoint_kind kind, bool is_keyed);

/** See tern_participant_wait_started(). */
tern_status domain_wait_started(struct tern_domain *domain, int64_t timeout_ns);

/**
 * Let transports without threads look who came and went: before an application's call waits,
 * writes, takes, or tells what is matched. Called with no lock held; what was found is matched
 * and routed when it returns. Costs next to nothing if there is no such transport.
 * @return when to call it again at the latest (monotonic), or TERN_INFINITE
 */
int64_t domain_discover(struct tern_domain *domain);

/** Something moved: wake all that wait for `changed` or for news; the lock is held. */
void domain_changed(struct tern_domain *domain);

/** The number of a transport in transports[], by its instance. Takes no lock. */
uint32_t domain_transport_index(const struct tern_domain *domain,
                                const struct tern_transport *transport);

/** The functions that transports are given. host.c */
extern const struct tern_host tern__host;

#endif
