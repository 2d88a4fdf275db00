/* The contract between core and a transport. Core owns it: it matches writers with readers,
 * chooses one transport for each pair, and calls that transport's functions; the transport
 * moves samples and reports what it finds. For authors of transports, not for applications.
 *
 *            application
 *                |  write, take, wait
 *     +----------v-----------+   struct tern_transport_ops   +-------------+
 *     |         core         | ----------------------------> |  transport  |
 *     | match, route, history| <---------------------------- |  dds, ...   |
 *     +----------------------+       struct tern_host        +-------------+
 *
 * A transport either *pushes* (calls deliver() from threads of its own when samples arrive) or
 * *pulls* (rings, and delivers from within poll(), which core calls from take, read and wait,
 * only while the reader's history has room, so that its queues keep their back-pressure).
 *
 * Locks: core calls no function of a transport with a lock held that any function of struct
 * tern_host takes, with the exceptions that are named at reserve, commit, cancel and poll. A
 * transport may hold its own locks while it calls the host. */
#ifndef TERN_TRANSPORT_H
#define TERN_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/api.h>
#include <tern/bell.h>
#include <tern/endpoint.h>
#include <tern/guid.h>
#include <tern/log.h>
#include <tern/status.h>
#include <tern/type.h>

TERN_BEGIN_DECLS

/** Changes with every change of shape or meaning in this header. */
#define TERN_TRANSPORT_ABI 5

/** The symbol that a transport module exports. */
#define TERN_TRANSPORT_ENTRY "tern_transport_entry"

struct tern_domain;             /* core's: this process's part of one domain */
struct tern_port;               /* core's: an endpoint of this process */
struct tern_transport;          /* the transport's: one per process and domain */
struct tern_transport_endpoint; /* the transport's side of a port */

/* ---- samples ------------------------------------------------------------------------- */

typedef enum tern_payload_form {
	TERN_PAYLOAD_NATIVE,     /* data is a C struct, readable in place */
	TERN_PAYLOAD_SERIALIZED, /* data is an RTPS serialized payload with its header */
} tern_payload_form;

/**
 * Bytes shared by reference count: never written after they were first handed over. The
 * transport (or core) embeds it in what owns the bytes.
 */
struct tern_payload {
	uint32_t references; /* atomic; begins at 1 */
	tern_payload_form form;
	bool key_only; /* only the key members hold values */
	const void *data;
	size_t size_bytes; /* serialized: with header, and the padding that the header counts */
	const struct tern_type *type;                  /* native: whose C struct it is */
	void (*release)(struct tern_payload *payload); /* any thread; never blocks */
};

static inline struct tern_payload *tern_payload_ref(struct tern_payload *payload)
{
	__atomic_fetch_add(&payload->references, 1, __ATOMIC_RELAXED);
	return payload;
}

/** Give up one reference; NULL is fine. Acquire-release: the last owner sees all reads done. */
static inline void tern_payload_unref(struct tern_payload *payload)
{
	if (payload && __atomic_fetch_sub(&payload->references, 1, __ATOMIC_ACQ_REL) == 1)
		payload->release(payload);
}

/** What a sample does to its instance (bits as in RTPS StatusInfo_t, 9.6.4.9). */
typedef enum tern_change_kind {
	TERN_CHANGE_WRITE = 0,
	TERN_CHANGE_DISPOSE = 1,
	TERN_CHANGE_UNREGISTER = 2,
	TERN_CHANGE_DISPOSE_UNREGISTER = 3,
} tern_change_kind;

/** A sample on its way into a reader. Borrowed for the call of deliver(). */
struct tern_delivery {
	struct tern_guid writer; /* as reported by endpoint_found */
	int64_t source_timestamp_ns;
	/* 1, 2, ... per writer on this transport; a gap is counted as lost. 0: not known */
	uint64_t sequence_number;
	/* Samples of the writer that the transport let newer ones replace (KEEP_LAST) since the
	 * delivery before: counted as overwritten, and the gap they leave not as lost. */
	uint32_t overwritten_before;
	tern_change_kind kind;
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES]; /* zero for types without a key */
	/* WRITE: the sample. Others: the key, or NULL where the medium brought the hash alone.
	 * A WRITE that also disposes or unregisters carries the whole sample. */
	struct tern_payload
		*payload; /* core takes a reference of its own if it keeps it */
};

/** How many blocks of a transport's memory a loan may have and still be handed over as it is. */
#define TERN_LOAN_BLOCKS_MAX 8
/** What core keeps for itself before the sample, in the first block. */
#define TERN_LOAN_HEADER_BYTES 16

/**
 * A sample on its way out of a writer. Native and encoded forms are made once, when the first
 * transport asks host->outgoing_native() or host->outgoing_encoded() for them.
 */
struct tern_outgoing {
	const struct tern_type *type;
	const void *sample; /* the writer's struct; valid during the call only */
	tern_change_kind kind;
	int64_t source_timestamp_ns;
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
	struct tern_payload
		*native; /* or NULL: not made yet; a published loan has it at once */
	struct tern_payload *encoded[2]; /* XCDR1, XCDR2; or NULL */
	/* A published loan whose memory all came from one transport's loan(): what that gave, in
	 * order; the sample is in the first, behind TERN_LOAN_HEADER_BYTES. Else none. */
	struct tern_payload *const *blocks;
	uint32_t block_count;  /* 0..TERN_LOAN_BLOCKS_MAX */
	size_t expected_bytes; /* core's guess at the size of an encoding; 0: none */
	int64_t timeout_ns;    /* how long the write may wait in all; 0: not at all */
	int64_t deadline_ns; /* of host->outgoing_deadline(); 0: nobody had to wait yet */
};

/**
 * One piece of memory of a native sample that another process made: where it lies there, and
 * where its bytes can be read here, while that process may still scribble on them.
 */
struct tern_foreign_block {
	uint64_t address; /* in the maker's address space */
	const void *data; /* here; read-only */
	size_t size_bytes;
};

/** A foreign sample made readable here. Zero-initialise to begin. */
struct tern_foreign_view {
	const void *sample; /* of the type */
	void *memory; /* private copies of what holds pointers; NULL if nothing does */
};

/* ---- what core offers ---------------------------------------------------------------- */

/**
 * Core's functions for a transport. A module imports no symbol of libtern: it is given this.
 * All may be called from any thread, from within calls of the transport too, except where said.
 */
struct tern_host {
	uint32_t abi;                 /* TERN_TRANSPORT_ABI */
	const char *(*version)(void); /* of libtern */

	/** One line for the log; printf-like. */
	void (*log)(tern_log_level level, const char *format, ...) TERN_PRINTF(2, 3);
	/** Set the calling thread's error text and return the status. */
	tern_status (*fail)(tern_status status, const char *format, ...)
		TERN_PRINTF(2, 3);
	const char *(*error_text)(void);
	/** CLOCK_REALTIME and CLOCK_MONOTONIC; deadlines of this contract are monotonic. */
	int64_t (*now_ns)(void);
	int64_t (*monotonic_ns)(void);

	/** A participant was found or changed (is_dead: peer_lost() follows). Infos are copied. */
	void (*peer_found)(struct tern_domain *domain, struct tern_transport *transport,
	                   const struct tern_peer_info *peer);
	/** It is gone, its endpoints with it. */
	void (*peer_lost)(struct tern_domain *domain, struct tern_transport *transport,
	                  const struct tern_guid *participant);
	/**
	 * An endpoint was found, or its QoS changed; after its participant. Matching and routing
	 * are decided when this returns: samples of a writer may be delivered from then on.
	 * Endpoints of this process are reported by no transport but local.
	 */
	void (*endpoint_found)(struct tern_domain *domain,
	                       struct tern_transport *transport,
	                       const struct tern_endpoint_info *endpoint);
	void (*endpoint_lost)(struct tern_domain *domain,
	                      struct tern_transport *transport,
	                      const struct tern_guid *endpoint);
	/** reach() would answer otherwise now: undecided pairs of this peer are decided anew. */
	void (*reach_changed)(struct tern_domain *domain,
	                      const struct tern_guid *participant);

	/** An attach that answered TERN_EAGAIN is complete. */
	void (*pair_ready)(struct tern_port *port, struct tern_transport *transport,
	                   const struct tern_guid *remote);
	/**
	 * A pair's path broke for good, or an attach that answered TERN_EAGAIN was refused.
	 * The pair is unmatched, detached, and matched anew over the next transport.
	 */
	void (*pair_broken)(struct tern_port *port, struct tern_transport *transport,
	                    const struct tern_guid *remote, tern_status why,
	                    const char *text);

	/**
	 * Bring a sample to a reader. Takes only the reader's lock and never blocks.
	 * @return TERN_OK: stored, or dropped for a reason that was counted (duplicate, another
	 *         transport's pair, filtered, undecodable);
	 *         TERN_EAGAIN: the history is full and nothing may be lost; offer it again later.
	 *         A pulling transport leaves it in its queue and stops this poll.
	 */
	tern_status (*deliver)(struct tern_port *port, struct tern_transport *transport,
	                       const struct tern_delivery *delivery);
	/** A pulling transport has something to poll for this reader: wake who waits for it. */
	void (*ring)(struct tern_port *port);
	/** Samples of a writer that this transport knows to be lost, beyond sequence gaps. */
	void (*lost)(struct tern_port *port, const struct tern_guid *writer,
	             uint64_t count);

	/**
	 * The sample as a native payload (deep copy of the writer's struct at the first call).
	 * @param ret_payload  owned by the outgoing sample; take a reference to keep it
	 */
	tern_status (*outgoing_native)(struct tern_outgoing *outgoing,
	                               struct tern_payload **ret_payload);
	/** The same, encoded; key-only unless kind is WRITE. */
	tern_status (*outgoing_encoded)(struct tern_outgoing *outgoing,
	                                tern_representation representation,
	                                struct tern_payload **ret_payload);
	/**
	 * When the write gives up (monotonic; 0: at once). Its time begins when somebody has to
	 * wait for the first time and asks: one that finds room reads no clock.
	 */
	int64_t (*outgoing_deadline)(struct tern_outgoing *outgoing);
	/**
	 * A deep copy of the sample (of its key members alone unless kind is WRITE), in memory
	 * that the caller provides.
	 * @param alloc  called for the struct first, then for what it points to; zeroing is not
	 *               needed; aligned as malloc's; NULL: no memory, and the copy is given up
	 * @return TERN_OK, TERN_ENOMEM, TERN_EINVAL
	 */
	tern_status (*outgoing_copy)(struct tern_outgoing *outgoing,
	                             void *(*alloc)(void *context, size_t size_bytes),
	                             void *context, void **ret_sample);

	/**
	 * Make a native sample of another process readable here: nodes that hold pointers are
	 * copied once to private memory, then checked and made to point to where their targets
	 * are here; all else stays in the blocks, whose values are not checked. What the maker
	 * changes meanwhile cannot make it point elsewhere. All of it costs no more than a few
	 * looks at each byte of the blocks. After each block there must be readable memory that
	 * ends in a zero byte, in case the maker takes a string's away.
	 * @param type     ours; its layout hash is the maker's
	 * @param blocks   1..TERN_LOAN_BLOCKS_MAX, checked by the caller to be readable
	 * @param address  of the struct, in the maker's address space; in one of the blocks
	 * @return TERN_OK; TERN_EMALFORMED: a pointer or length leads out of the blocks, or a
	 *         value cannot be (the text names the member); TERN_ENOMEM
	 */
	tern_status (*foreign_open)(const struct tern_type *type,
	                            const struct tern_foreign_block *blocks,
	                            uint32_t block_count, uint64_t address,
	                            struct tern_foreign_view *ret_view);
	/** Free what foreign_open() allocated. Any thread; never blocks. */
	void (*foreign_close)(struct tern_foreign_view *view);

	/**
	 * Can a reader's type be filled from samples of a writer's (XTypes 1.3, 7.2.4)? Their
	 * tables are compared; of one that another process described, codec and layout are absent.
	 * @param reader_qos  its type consistency policies
	 * @return TERN_OK; TERN_EMISMATCH with the member's path and what differs
	 */
	tern_status (*types_match)(const struct tern_type *reader,
	                           const struct tern_type *writer,
	                           const struct tern_qos *reader_qos);
};

/* ---- what a transport offers --------------------------------------------------------- */

/** Can a peer be reached by this transport? */
typedef enum tern_reach {
	TERN_REACH_NO,
	TERN_REACH_YES,
	TERN_REACH_LATER, /* not known yet: reach_changed() follows */
} tern_reach;

enum {
	TERN_TRANSPORT_PULLS = 1u << 0,
	/* Serves transient-local history to late joiners itself: it is fed even without readers. */
	TERN_TRANSPORT_KEEPS_HISTORY = 1u << 1,
	/* start() may take milliseconds: core runs it on a helper thread. */
	TERN_TRANSPORT_SLOW_START = 1u << 2,
	/* commit() may still fail and therefore comes first; at most one per writer does. */
	TERN_TRANSPORT_COMMIT_MAY_FAIL = 1u << 3,
	/* Every endpoint of a peer that it reaches will be reported by it: a pair that another
	 * transport found first waits for that. */
	TERN_TRANSPORT_REPORTS_ALL = 1u << 4,
};

/** What the processes of this host have in common, if a transport knows it. */
struct tern_transport_share {
	uint8_t host_id[TERN_HOST_ID_SIZE_BYTES]; /* random, of what they share */
	/* TERN_BELLS_MAX bells that processes of this host can ring; QUIET; until stop(). */
	struct tern_bell *bells;
};

struct tern_transport_config {
	uint32_t domain_id;       /* 0..232 */
	struct tern_guid process; /* made for this process and domain */
	uint8_t host_id
		[TERN_HOST_ID_SIZE_BYTES]; /* of this host, see struct tern_peer_info */
	uint32_t pid;
	const char *process_name;
};

/** What struct tern_transport_ops' observe() calls; both are there. Infos are borrowed. */
struct tern_transport_observer {
	void (*pair)(const struct tern_pair_info *pair, void *context);
	void (*refusal)(const struct tern_refusal_info *refusal, void *context);
	void *context;
};

/**
 * A transport. Functions are called from any application thread, from core's dispatcher and
 * helper threads, and from threads on which the transport calls the host. Calls about one
 * endpoint are ordered: announce, then the rest, then withdraw; attach and detach of a domain are
 * called one at a time; reserve, commit, cancel and replay of an endpoint one at a time; poll of
 * an endpoint one at a time.
 */
struct tern_transport_ops {
	uint32_t abi;     /* TERN_TRANSPORT_ABI */
	const char *name; /* "dds": static */
	uint32_t flags;   /* TERN_TRANSPORT_... */

	/**
	 * Begin in one domain; discovery may report before this returns, but not before
	 * *ret_transport is set.
	 * @param host    valid until stop() returns
	 * @return TERN_OK or an error whose text says how to mend it. May block.
	 */
	tern_status (*start)(const struct tern_host *host, struct tern_domain *domain,
	                     const struct tern_transport_config *config,
	                     struct tern_transport **ret_transport);
	/** All endpoints are withdrawn. No call to the host comes after it returns. May block. */
	void (*stop)(struct tern_transport *transport);

	/**
	 * What it has for the whole domain: host id and bells take the place of core's own, for
	 * transports that are started later, too. Called once, after start(), and not with
	 * TERN_TRANSPORT_SLOW_START: others may be in use by then. NULL: nothing.
	 */
	void (*share)(struct tern_transport *transport,
	              struct tern_transport_share *ret_share);
	/**
	 * Look who came and went, and report it. For transports without a thread of their own:
	 * core calls it from application threads whenever it is about to look at, wait for or
	 * write something, and before it answers what is matched; it costs next to nothing as
	 * long as nothing happened. Whoever brings news to another process rings its bells.
	 * Called with none of core's locks held, from several threads at once. NULL: it has
	 * threads for that.
	 * @return when to call it again at the latest (monotonic), TERN_INFINITE: when a bell rings
	 */
	int64_t (*discover)(struct tern_transport *transport);

	/**
	 * Ask for the description of a type whose endpoint this transport reported without one.
	 * @param endpoint     as it was reported, with type information
	 * @param deadline_ns  monotonic; it may block until then. On application threads only.
	 * @param ret_mapping  empty; XTypes TypeMapping with the complete type and all that it
	 *                     refers to, XCDR2 little-endian; free(data)
	 * @return TERN_OK, TERN_ETIMEDOUT, TERN_ENOMEM, TERN_EUNSUPPORTED. NULL: it cannot ask.
	 */
	tern_status (*describe_type)(struct tern_transport *transport,
	                             const struct tern_endpoint_info *endpoint,
	                             int64_t deadline_ns,
	                             struct tern_buffer *ret_mapping);

	/** Called with a lock of core's held: never blocks, calls no function of the host. */
	tern_reach (*reach)(struct tern_transport *transport,
	                    const struct tern_peer_info *peer);

	/**
	 * Make an endpoint of this process known to others.
	 * @param info  copied by who keeps it, except info->type, which lives on
	 */
	tern_status (*announce)(struct tern_transport *transport, struct tern_port *port,
	                        const struct tern_endpoint_info *info,
	                        struct tern_transport_endpoint **ret_endpoint);
	/** All its pairs are detached. No call with its port comes after it returns. May block. */
	void (*withdraw)(struct tern_transport_endpoint *endpoint);

	/**
	 * Serve a pair from now on. On a writer: samples committed from now on reach the reader.
	 * On a reader: deliver() accepts the writer's samples.
	 * @return TERN_OK; TERN_EAGAIN: pair_ready() or pair_broken() follows; else refused, with
	 *         a reason in the text, and the next transport is tried. Never blocks.
	 */
	tern_status (*attach)(struct tern_transport_endpoint *endpoint,
	                      const struct tern_endpoint_info *remote);
	/** Serve it no longer. A reserve() that waits for this reader alone goes on. Never blocks. */
	void (*detach)(struct tern_transport_endpoint *endpoint,
	               const struct tern_guid *remote);

	/* A writer's side: */

	/**
	 * Memory in which a sample of this writer, or a further part of one, can be built and
	 * handed over without a copy: commit() finds it again in outgoing->blocks. Need not be
	 * zero. NULL: this transport has none; core lends the heap's.
	 * @param size_bytes   1..
	 * @param ret_payload  data is writable, at least size_bytes, aligned as malloc's; released
	 *                     when the loan is discarded, or after everybody is done with it
	 * @return TERN_OK, TERN_ENOMEM (then the heap serves). Never blocks. Threads: any.
	 */
	tern_status (*loan)(struct tern_transport_endpoint *endpoint, size_t size_bytes,
	                    struct tern_payload **ret_payload);
	/**
	 * Make sure that commit() will find room. Called with the writer's lock held, which no
	 * function of the host takes. May block until host->outgoing_deadline().
	 * @return TERN_OK: commit() or cancel() follows; TERN_ETIMEDOUT: nothing is held
	 */
	tern_status (*reserve)(struct tern_transport_endpoint *endpoint,
	                       struct tern_outgoing *outgoing);
	/** Send to all attached readers. Fails only with TERN_TRANSPORT_COMMIT_MAY_FAIL. */
	tern_status (*commit)(struct tern_transport_endpoint *endpoint,
	                      struct tern_outgoing *outgoing);
	void (*cancel)(struct tern_transport_endpoint *endpoint,
	               struct tern_outgoing *outgoing);
	/**
	 * Bring one sample of the writer's history to one reader, oldest first; at last, with
	 * outgoing NULL, say that it was the last. If writer and reader are both transient-local,
	 * commit() withholds samples from the reader until then: they are in the history.
	 * NULL with TERN_TRANSPORT_KEEPS_HISTORY.
	 * @return TERN_OK, TERN_ENOMEM, TERN_ENOTFOUND: the reader is not attached any more
	 */
	tern_status (*replay)(struct tern_transport_endpoint *endpoint,
	                      const struct tern_guid *reader,
	                      struct tern_outgoing *outgoing);
	/** Wait until all that was committed has reached every attached reliable reader. */
	tern_status (*wait_acknowledged)(struct tern_transport_endpoint *endpoint,
	                                 int64_t deadline_ns);

	/* A reader's side, pulling transports only: */

	/**
	 * Which bells wait for this reader now, by their bits; at first none. What comes while a
	 * bit is set must ring that bell: core looks at the reader once more after it was told.
	 * NULL: host->ring() is enough. Never blocks. Threads: any.
	 */
	void (*watch)(struct tern_transport_endpoint *endpoint, uint64_t bells);

	/**
	 * deliver() what has come, until nothing is left or deliver() answers TERN_EAGAIN. Called
	 * with a lock of the reader's held that serialises polls and that no function of the host
	 * takes. Never blocks.
	 */
	void (*poll)(struct tern_transport_endpoint *endpoint);

	/**
	 * One sentence on why this pair does or does not use this transport.
	 * @return bytes written, as snprintf
	 */
	size_t (*explain)(struct tern_transport_endpoint *endpoint,
	                  const struct tern_guid *remote, char *text, size_t size_bytes);

	/* For who watches the bus; called with no lock held, each may be NULL: */

	/** As discover(), but at once and thoroughly: also who died without a word. */
	void (*look)(struct tern_transport *transport);
	/**
	 * Show the pairs that it sees served or refused, those of other processes too, and who
	 * refuses whom. It may hold its locks while it calls the observer, which calls nothing.
	 */
	void (*observe)(struct tern_transport *transport,
	                const struct tern_transport_observer *observer);
	/** See tern_participant_compare_types(). */
	tern_status (*compare_types)(struct tern_transport *transport,
	                             const struct tern_guid *writer,
	                             const struct tern_guid *reader);
};

/**
 * The entry of a module. It checks that the libraries it finds are ones it knows.
 * @return its table, for the life of the process; NULL after host->fail() with the reason
 */
typedef const struct tern_transport_ops *(*tern_transport_entry_fn)(
	const struct tern_host *host);

TERN_END_DECLS

#endif
