/* The shared-memory transport: what its parts share. It has no thread: core lets it look around
 * (discover()), write and poll on application threads.
 *
 *   shm.c          start, stop, the table of functions       registry, segment
 *   directory.c    our announcements; peers' and theirs      record, peer
 *   attachments.c  who reads our writers                     ring_writer
 *   discover.c     looks who came and went, and tells core
 *   endpoint.c     writers and readers of ours               ring_writer, ring_reader
 *   endpoint_write.c  what a writer of ours does             ring_writer
 *   reach.c        who can be reached, and why not
 *   observe.c      what tools see of other processes' pairs
 *
 * Every process looks at its peers' files by itself; nobody is asked, nobody answers. */
#ifndef TERN_SHM_H
#define TERN_SHM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <tern/transport.h>

#include "layout.h"
#include "peer.h"
#include "registry.h"
#include "ring_reader.h"
#include "ring_writer.h"
#include "segment.h"

/* ---- what is ours ------------------------------------------------------------------------ */

/* An endpoint of ours in our directory. */
struct announcement {
	uint32_t entry;
	uint64_t serial;
	void *record; /* in our segment */
};

/* A ring of ours. Outlives its writer for as long as somebody reads what it wrote. */
struct publication {
	struct publication *next;
	struct ring_writer *ring;
	uint32_t entry;
	uint64_t serial;
	bool closed;
};

/* A reader that a writer of ours has a pair with. */
struct served {
	struct served *next;
	struct tern_guid reader;
	bool ready; /* it attached; else we wait until it does */
};

/* A reader of ours reads this writer's ring. */
struct attached {
	struct attached *next;
	struct tern_guid writer;
	uint32_t slot; /* its process's */
	uint64_t generation;
	struct ring_reader *ring;
	tern_status broken; /* found out while polling; discover() tells core */
	bool told;
	bool is_short; /* of memory to read the next sample */
	char why[160];
};

/* A record of ours in state SHM_ATTACHMENT_REFUSED. */
struct refusal {
	struct refusal *next;
	struct tern_guid writer;
	uint32_t attachment;
};

struct tern_transport_endpoint {
	struct tern_transport *transport;
	struct tern_transport_endpoint *next; /* transport's lock */
	struct tern_port *port;
	struct tern_guid guid;
	tern_endpoint_kind kind;
	const struct tern_type *type;
	struct tern_qos qos; /* without what it points to */
	uint64_t layout_hash;
	struct announcement announcement; /* fixed */

	/* A writer's. */
	struct publication *publication; /* NULL: there was no memory for a ring */
	char why_no_ring[160];
	bool has_no_ring; /* from its beginning, or it gave it up; transport's lock */
	bool gave_up;     /* it did; of who calls reserve() and commit() */
	bool is_reserved; /* in its ring; of the same */
	struct served *served; /* transport's lock */

	/* A reader's. The lock is taken after the transport's, held while samples are delivered,
	 * and guards the members below. */
	pthread_mutex_t lock;
	struct attached *attached;
	uint64_t bells;
	struct refusal *refusals; /* transport's lock */
	bool refuses_all;         /* those that it is not attached to; transport's lock */
	_Atomic bool has_broken;  /* of attached */
};

/* ---- what is theirs ---------------------------------------------------------------------- */

/* An endpoint of a peer. */
struct remote {
	struct remote *next; /* of neighbour.lost */
	struct tern_guid guid;
	tern_endpoint_kind kind;
	uint32_t entry;
	uint64_t serial;
	uint64_t ring;
	uint64_t layout_hash;
	uint8_t *bytes; /* its announcement, checked; owned */
	size_t size_bytes;
	bool reported;
};

/* An attachment of a peer to one of our writers, as we saw it last. */
struct seen_attachment {
	uint64_t state;
	struct publication *publication; /* connected to it; or NULL */
	uint64_t refused_serial;         /* REFUSED: of our writer's entry ... */
	uint32_t refused_writer;         /* its entry */
	uint32_t refused_reader;         /* its reader's entry */
	tern_status refusal;
};

/* Another process in the registry. */
struct neighbour {
	struct neighbour *next; /* of transport.gone */
	struct peer *peer;      /* NULL: it cannot be read */
	uint32_t slot;
	uint64_t generation;
	uint32_t pid;             /* as the registry says; 0: unknown */
	struct tern_guid process; /* zero without a peer */
	bool died;                /* it ended, and had not left */
	char refusal[256]; /* why it is not reached, though it is here; "": it is */
	/* We cannot read it, nor what it claims: transport.refusals as of then. 0: we can. */
	uint64_t refused_at;
	bool reported;   /* core knows it */
	bool tell_reach; /* reach() would answer otherwise now */
	bool news;       /* something of it is to be told */

	uint32_t directory_epoch;
	bool look_again; /* an entry was in motion, or there was no memory for it */
	struct remote **remotes; /* by entry; NULL: none there */
	uint32_t remote_count;
	struct remote *lost; /* core is to be told */

	struct seen_attachment *attachments; /* by number */
	uint32_t attachment_count;
};

/* Somebody of whom another transport told, and whom the registry does not show (yet). */
struct expected {
	struct expected *next;
	struct tern_guid process;
	uint32_t pid;
	int64_t since_ns;
	bool given_up;
};

/* ---- the transport ----------------------------------------------------------------------- */

struct tern_transport {
	const struct tern_host *host;
	struct tern_domain *domain;
	struct tern_guid process;
	uint32_t pid;
	char process_name[64];

	struct registry *registry;
	struct segment *segment;
	struct shm_bells *bells;
	uint32_t slot;
	uint64_t generation;

	/* Held while core is told of news, so that it hears them in order; before `lock`. */
	pthread_mutex_t telling;

	/* Taken before an endpoint's and a ring's; not held while the host is called, but for
	 * log() and fail(). core calls reach() with locks of its own held, which come before.
	 * Recursive: rings that are called with it held may ask for a refresh. */
	pthread_mutex_t lock;
	struct tern_transport_endpoint *endpoints; /* ours */
	struct publication *publications;
	uint32_t *free_entries; /* of our directory */
	uint32_t free_entry_count;
	uint32_t free_entry_capacity;
	struct neighbour *neighbours[SHM_SLOTS_MAX]; /* by slot */
	uint32_t slots_seen;                         /* those from here on are NULL */
	struct neighbour *gone;                      /* core is to be told */
	struct expected *expected;
	char left[256]; /* why this process is to share memory no more; "": it does */
	_Atomic bool has_left;
	bool stopping;
	bool told_unlinked;
	/* Whom we cannot read may hold any sample that was published before it knew: how many were
	 * refused so far, and the last of those that are still here; 0: none. Rings keep what was
	 * published when there had been fewer. Written under `lock`. */
	_Atomic uint64_t refusals, kept_before;

	/* What discover() compares before it does anything; written under `lock`. */
	_Atomic uint32_t registry_epoch; /* as of our last look */
	_Atomic uint32_t attach_epoch;
	_Atomic uint32_t held_back;
	_Atomic int64_t next_slice_ns;
	_Atomic bool news;        /* something is to be told */
	bool pairs_news;          /* somebody attached, left or refused */
	_Atomic bool looks_again; /* something could not be looked at: soon again */
	_Atomic bool
		is_short; /* a reader had no memory for a sample: it is to try again */
	int64_t interval_ns;
	int64_t next_link_check_ns;
};

/* ---- directory.c ------------------------------------------------------------------------- */

/* All of these with the lock held. */

/** Announce. @return TERN_OK, TERN_ENOMEM, TERN_ELIMIT */
tern_status shm_entry_add(struct tern_transport *shm,
                          const struct tern_endpoint_info *info, uint64_t ring,
                          struct announcement *ret_announcement);
/** Take it back: who attached without our seeing it will notice. */
void shm_entry_remove(struct tern_transport *shm,
                      const struct announcement *announcement);
/** A reader of ours attaches to nobody any more, or nobody may attach to a writer of ours; TERN_OK:
 * the latter may after all. */
void shm_entry_refuse(struct tern_transport *shm, const struct announcement *announcement,
                      tern_status why);
/** Let all know that something changed that the registry's epoch stands for. */
void shm_moved(struct tern_transport *shm);
/** Look who came and went, and at the directories of those who are here.
 * @return false: somebody could not be looked at */
bool shm_look_around(struct tern_transport *shm);

struct neighbour *shm_neighbour_of(struct tern_transport *shm,
                                   const struct tern_guid *process_or_endpoint);
struct remote *shm_remote(struct neighbour *neighbour, const struct tern_guid *guid);
/** What its directory says of a reader's will to attach, or of a writer's to be attached to;
 * TERN_OK or why not. */
tern_status shm_remote_refuses(struct neighbour *neighbour, const struct remote *remote);
void shm_neighbour_free(struct neighbour *neighbour);
/** No pairs with it, for the reason in the error text: it is told, and takes another way, too. */
void shm_neighbour_refuse(struct tern_transport *shm, struct neighbour *neighbour,
                          tern_status why);
/** The same, and what it claims of ours cannot be seen: what it may hold is kept. */
void shm_neighbour_refuse_unseen(struct tern_transport *shm, struct neighbour *neighbour,
                                 tern_status why);

/* ---- attachments.c ----------------------------------------------------------------------- */

/** Look who is here, then connect and disconnect what changed in peers' attachments. With the lock
 * held. @return false: not all could be looked at */
bool shm_attachments_look(struct tern_transport *shm);
/** It is dead or gone. With the lock held. */
void shm_attachments_end(struct tern_transport *shm, struct neighbour *neighbour);
/** Free rings of closed writers that nobody reads any more. With the lock held. */
void shm_publications_collect(struct tern_transport *shm);
/** For the rings: struct ring_writer_config. Takes the lock. */
bool shm_refresh(void *shm);
void shm_reap(void *shm);
/** Did this reader refuse this writer of ours? TERN_OK: no. With the lock held. */
tern_status shm_attachment_refused(const struct tern_transport_endpoint *writer,
                                   const struct neighbour *neighbour,
                                   const struct remote *reader);
/** Say that a reader of ours does not attach to this writer. With the lock held. */
void shm_refuse(struct tern_transport_endpoint *reader, const struct neighbour *neighbour,
                const struct remote *writer, tern_status why);
/** Take a reader's refusals back: all, or those of one writer. With the lock held. */
void shm_refusals_drop(struct tern_transport_endpoint *reader,
                       const struct tern_guid *writer);
/** The same of all our readers: the writer is gone. With the lock held. */
void shm_refusals_drop_all(struct tern_transport *shm, const struct tern_guid *writer);

/* ---- discover.c -------------------------------------------------------------------------- */

/* A peer may die between the exchange of a bell and its futex wake: then this is how late we
 * are. With peers that do nothing we look less often. */
#define SHM_SLICE_MIN_NS (INT64_C(200) * 1000000)
#define SHM_SLICE_MAX_NS (INT64_C(2000) * 1000000)

int64_t shm_discover(struct tern_transport *shm);
/** Something is to be told to core. */
void shm_news(struct tern_transport *shm);
/** Nothing moved since our last look. With the lock held, or as a hint. */
bool shm_is_up_to_date(const struct tern_transport *shm);

/* ---- reach.c ----------------------------------------------------------------------------- */

tern_reach shm_reach(struct tern_transport *shm, const struct tern_peer_info *peer);
/** Processes of which reach() would answer otherwise now: a list to be told and freed. */
struct expected *shm_expected_take(struct tern_transport *shm, int64_t now_ns);
/** When to look at those that are expected; TERN_INFINITE: there is none. Lock held. */
int64_t shm_expected_next_ns(const struct tern_transport *shm);
size_t shm_explain(struct tern_transport_endpoint *endpoint,
                   const struct tern_guid *remote, char *text, size_t size_bytes);

/* ---- observe.c --------------------------------------------------------------------------- */

void shm_look(struct tern_transport *shm);
void shm_observe(struct tern_transport *shm,
                 const struct tern_transport_observer *observer);
tern_status shm_compare_types(struct tern_transport *shm, const struct tern_guid *writer,
                              const struct tern_guid *reader);

/* ---- endpoint.c -------------------------------------------------------------------------- */

tern_status shm_announce(struct tern_transport *shm, struct tern_port *port,
                         const struct tern_endpoint_info *info,
                         struct tern_transport_endpoint **ret_endpoint);
void shm_withdraw(struct tern_transport_endpoint *endpoint);
tern_status shm_attach(struct tern_transport_endpoint *endpoint,
                       const struct tern_endpoint_info *remote);
void shm_detach(struct tern_transport_endpoint *endpoint, const struct tern_guid *remote);
void shm_watch(struct tern_transport_endpoint *reader, uint64_t bells);
void shm_poll(struct tern_transport_endpoint *reader);
/** Does this reader of ours read that writer? */
bool shm_is_attached(struct tern_transport_endpoint *reader,
                     const struct tern_guid *writer);

/* ---- endpoint_write.c -------------------------------------------------------------------- */

tern_status shm_loan(struct tern_transport_endpoint *writer, size_t size_bytes,
                     struct tern_payload **ret_payload);
tern_status shm_reserve(struct tern_transport_endpoint *writer,
                        struct tern_outgoing *outgoing);
tern_status shm_commit(struct tern_transport_endpoint *writer,
                       struct tern_outgoing *outgoing);
void shm_cancel(struct tern_transport_endpoint *writer, struct tern_outgoing *outgoing);
tern_status shm_wait_acknowledged(struct tern_transport_endpoint *writer,
                                  int64_t deadline_ns);

/* ---- in a child of fork() ---------------------------------------------------------------- */

/** Is this a child that fork() made after the transport was started? Nothing works in it, and
 * nothing that is shared may be touched: it is the parent's. exec() makes all of it new. */
static inline bool shm_is_forked(const struct tern_transport *shm)
{
	return !registry_is_ours(shm->registry);
}
/** What its functions answer. */
tern_status shm_fork_refuse(const struct tern_transport *shm);

#endif
